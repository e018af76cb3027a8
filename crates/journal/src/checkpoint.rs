//! Checkpoints (C2SP tlog-checkpoint): origin, number of entries and root of the tree, signed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;
use crate::key::{KeyKind, SigningKey, VerifierKey};
use crate::note::{NoteProblem, SignatureLine, SignedNote, form};

/// What a checkpoint (封印) says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the journal.
    pub origin: String,
    /// Number of entries under the seal.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Read the text. Further lines are allowed by the specification, and are of no meaning here.
    ///
    /// # Errors
    /// [`NoteProblem::Form`].
    pub fn parse(text: &str) -> Result<Self, NoteProblem> {
        let mut lines = text.strip_suffix('\n').ok_or_else(|| form("封印が改行で終わりません"))?.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(form("封印は3行以上です"));
        };
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(form("封印に空の行があります"));
        }
        let size = parse_decimal(size).ok_or_else(|| form("封印の件数が数ではありません"))?;
        let root = parse_hash(root).ok_or_else(|| form("封印のハッシュ値が正しくありません"))?;
        Ok(Self { origin: origin.into(), size, root })
    }

    /// The checkpoint as a signed note.
    pub fn sign(&self, key: &SigningKey) -> SignedNote {
        let text = self.text();
        SignedNote { signatures: vec![key.sign(&text)], text }
    }

    /// Read a signed checkpoint of the journal whose key is known.
    ///
    /// # Errors
    /// [`NoteProblem`]: another form, another origin, no signature or a wrong one.
    pub fn open(note: &str, key: &VerifierKey) -> Result<(Self, SignedNote), NoteProblem> {
        let note = SignedNote::parse(note)?;
        key.verify(&note)?;
        let checkpoint = Self::parse(&note.text)?;
        if checkpoint.origin != key.name {
            return Err(NoteProblem::Origin { expected: key.name.clone(), found: checkpoint.origin });
        }
        Ok((checkpoint, note))
    }
}

/// A decimal number without leading zeros or sign.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// A hash in Base64.
pub(crate) fn parse_hash(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// Cosign the text of a checkpoint (C2SP tlog-cosignature, cosignature/v1): the statement that at this time (seconds since
/// 1970) this is the largest consistent tree that the witness has seen of the origin.
pub fn cosign(key: &SigningKey, text: &str, seconds: u64) -> SignatureLine {
    let verifier = key.verifier().cosigner();
    let signature = key.raw(cosigned(text, seconds).as_bytes());
    SignatureLine {
        id: verifier.id(),
        name: verifier.name,
        signature: [&seconds.to_be_bytes()[..], &signature].concat(),
    }
}

fn cosigned(text: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

/// The time of a cosignature, in seconds since 1970.
///
/// # Errors
/// [`NoteProblem::Unsigned`] when the line is not of this key, [`NoteProblem::Forged`] when it does not fit the text.
pub fn verify_cosignature(line: &SignatureLine, key: &VerifierKey, text: &str) -> Result<u64, NoteProblem> {
    if key.kind != KeyKind::Cosignature || !key.named_by(line) {
        return Err(NoteProblem::Unsigned(key.name.clone()));
    }
    let forged = || NoteProblem::Forged(key.name.clone());
    let (seconds, signature) = line.signature.split_first_chunk::<8>().ok_or_else(forged)?;
    let seconds = u64::from_be_bytes(*seconds);
    if i64::try_from(seconds).is_ok() && key.fits(cosigned(text, seconds).as_bytes(), signature) {
        Ok(seconds)
    } else {
        Err(forged())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_has_the_lines_of_tlog_checkpoint() {
        // The body is the example of C2SP tlog-checkpoint.
        let body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let checkpoint = Checkpoint::parse(body).unwrap();
        assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
        assert_eq!(checkpoint.text(), body);
        assert_eq!(Checkpoint::parse(&format!("{body}extension\n")).unwrap(), checkpoint);
        for wrong in [
            body.trim_end(),
            &body.replace("208", "0208"),
            &body.replace("208", "+208"),
            &body.replace("Q=", "R="),
            &body.replace("q2I=", "q2J="),
            &format!("{body}\n"),
            "\n0\n\n",
            "",
        ] {
            if wrong != body {
                assert!(Checkpoint::parse(wrong).is_err(), "{wrong}");
            }
        }
    }

    #[test]
    fn only_the_origin_of_the_key_is_accepted() {
        let key = SigningKey::from_seed("example.jp/one", [1; 32]).unwrap();
        let checkpoint = Checkpoint { origin: "example.jp/one".into(), size: 3, root: [5; 32] };
        let note = checkpoint.sign(&key).to_string();
        assert_eq!(Checkpoint::open(&note, key.verifier()).unwrap().0, checkpoint);
        let other = Checkpoint { origin: "example.jp/two".into(), ..checkpoint }.sign(&key).to_string();
        assert!(matches!(Checkpoint::open(&other, key.verifier()), Err(NoteProblem::Origin { .. })));
    }

    #[test]
    fn a_cosignature_binds_text_and_time() {
        let witness = SigningKey::from_seed("witness.example.jp", [2; 32]).unwrap();
        let text = "example.jp/one\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
        let line = cosign(&witness, text, 1_679_315_147);
        let line = SignatureLine::parse(&line.to_string()).unwrap();
        let key = witness.verifier().cosigner();
        assert_eq!(verify_cosignature(&line, &key, text), Ok(1_679_315_147));
        assert!(verify_cosignature(&line, &key, &text.replace("\n3\n", "\n4\n")).is_err());
        assert!(verify_cosignature(&line, witness.verifier(), text).is_err(), "a key of notes is no witness");
        let mut later = line.clone();
        later.signature[7] += 1;
        assert!(verify_cosignature(&later, &key, text).is_err());
        assert_eq!(VerifierKey::parse(&key.to_string()).unwrap(), key);
    }

    #[test]
    fn the_cosignature_in_the_specification_of_tlog_cosignature_reads() {
        let line = "— witness.example.com/w1 \
                    jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==";
        let line = SignatureLine::parse(line).unwrap();
        let seconds = u64::from_be_bytes(line.signature[..8].try_into().unwrap());
        assert_eq!((seconds, line.signature.len()), (1_679_315_147, 72));
    }
}
