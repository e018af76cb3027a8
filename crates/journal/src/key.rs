//! Keys of the journal: Ed25519 (RFC 8032), in the texts of C2SP signed-note, and the file that keeps the secret one.

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use crate::note::{NoteProblem, SignatureLine, SignedNote, form, is_key_name};

/// What a key signs: notes themselves, or cosignatures of checkpoints with a time. One pair of keys may do both: the
/// signed texts begin differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Type 1 of signed-note.
    Note,
    /// Type 4: cosignature/v1 of tlog-cosignature.
    Cosignature,
}

impl KeyKind {
    fn byte(self) -> u8 {
        match self {
            Self::Note => 1,
            Self::Cosignature => 4,
        }
    }
}

/// The public part of a key, as `name+id+base64` (a "vkey").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    /// Name of the key; for a journal its origin.
    pub name: String,
    /// What it signs.
    pub kind: KeyKind,
    /// The Ed25519 public key.
    pub key: [u8; 32],
}

impl VerifierKey {
    /// First four bytes of SHA-256 over name, newline, kind and public key.
    pub fn id(&self) -> [u8; 4] {
        let mut hasher = Sha256::new();
        hasher.update(self.name.as_bytes());
        hasher.update([b'\n', self.kind.byte()]);
        hasher.update(self.key);
        let hash: [u8; 32] = hasher.finalize().into();
        let [a, b, c, d, ..] = hash;
        [a, b, c, d]
    }

    /// Read a vkey.
    ///
    /// # Errors
    /// [`NoteProblem::Form`], also when its identifier does not fit its key.
    pub fn parse(text: &str) -> Result<Self, NoteProblem> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(base64)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(form("公開鍵が「名前+識別子+鍵」ではありません"));
        };
        if !is_key_name(name) {
            return Err(form("公開鍵の名前が正しくありません"));
        }
        let bytes = STANDARD.decode(base64).map_err(|_| form("公開鍵がBase64ではありません"))?;
        let (kind, key) = match bytes.split_first() {
            Some((1, key)) => (KeyKind::Note, key),
            Some((4, key)) => (KeyKind::Cosignature, key),
            _ => return Err(form("公開鍵の種類を扱えません(Ed25519だけを扱います)")),
        };
        let key = key.try_into().map_err(|_| form("公開鍵の長さが正しくありません"))?;
        let verifier = Self { name: name.into(), kind, key };
        if hex::encode(verifier.id()) != id {
            return Err(form("公開鍵の識別子が鍵と一致しません"));
        }
        Ok(verifier)
    }

    /// The same key as one that verifies cosignatures.
    pub fn cosigner(&self) -> Self {
        Self { kind: KeyKind::Cosignature, ..self.clone() }
    }

    /// Whether a signature line names this key.
    pub fn named_by(&self, line: &SignatureLine) -> bool {
        line.name == self.name && line.id == self.id()
    }

    pub(crate) fn fits(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.key).verify(message, signature).is_ok()
    }

    /// Check that the note carries a right signature of this key over its text, and no wrong one.
    ///
    /// # Errors
    /// [`NoteProblem::Unsigned`] and [`NoteProblem::Forged`].
    pub fn verify(&self, note: &SignedNote) -> Result<(), NoteProblem> {
        let mut signed = false;
        for line in note.signatures.iter().filter(|line| self.named_by(line)) {
            if self.kind != KeyKind::Note || !self.fits(note.text.as_bytes(), &line.signature) {
                return Err(NoteProblem::Forged(self.name.clone()));
            }
            signed = true;
        }
        if signed { Ok(()) } else { Err(NoteProblem::Unsigned(self.name.clone())) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[self.kind.byte()], &self.key[..]].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(self.id()))
    }
}

/// The secret key of a journal. Has no `Debug`: a secret does not belong in a log.
pub struct SigningKey {
    verifier: VerifierKey,
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

/// Why the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyProblem {
    /// It cannot be read or written.
    #[error("証跡の署名鍵 {0} を読み書きできません: {1}")]
    File(PathBuf, std::io::Error),
    /// Others may read it.
    #[error(
        "証跡の署名鍵 {0} をほかの利用者が読める状態です。権限を 0600(フォルダーは 0700)にし、\
         読まれたおそれがあれば鍵を作り直してください"
    )]
    Open(PathBuf),
    /// It does not hold a key.
    #[error("証跡の署名鍵 {0} の内容が正しくありません: {1}")]
    Content(PathBuf, NoteProblem),
}

impl SigningKey {
    /// The key with that name made from 32 random bytes.
    ///
    /// # Errors
    /// [`NoteProblem::Form`] when the name is empty or has white space or a plus sign.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Result<Self, NoteProblem> {
        if !is_key_name(name) {
            return Err(form("鍵の名前に空白や「+」は使えません"));
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| form("鍵を作れません"))?;
        let key = pair.public_key().as_ref().try_into().map_err(|_| form("鍵を作れません"))?;
        Ok(Self { verifier: VerifierKey { name: name.into(), kind: KeyKind::Note, key }, seed, pair })
    }

    /// Read the text of a secret key, `PRIVATE+KEY+name+id+base64`.
    ///
    /// # Errors
    /// [`NoteProblem::Form`]; the problem never shows the text.
    pub fn parse(text: &str) -> Result<Self, NoteProblem> {
        let wrong = || form("「PRIVATE+KEY+名前+識別子+鍵」ではありません");
        let rest = text.trim_end_matches('\n').strip_prefix("PRIVATE+KEY+").ok_or_else(wrong)?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(id), Some(base64)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong());
        };
        let bytes = STANDARD.decode(base64).map_err(|_| wrong())?;
        let seed = match bytes.split_first() {
            Some((1, seed)) => seed.try_into().map_err(|_| wrong())?,
            _ => return Err(wrong()),
        };
        let key = Self::from_seed(name, seed)?;
        if hex::encode(key.verifier.id()) != id {
            return Err(form("鍵の識別子が鍵と一致しません"));
        }
        Ok(key)
    }

    /// The text of the secret key, for its file.
    fn text(&self) -> String {
        let seed = STANDARD.encode([&[1], &self.seed[..]].concat());
        format!("PRIVATE+KEY+{}+{}+{seed}\n", self.verifier.name, hex::encode(self.verifier.id()))
    }

    /// Read the key from its file; none when there is no file.
    ///
    /// # Errors
    /// [`KeyProblem`], also when the file or its folder is open to others.
    pub fn load(path: &Path) -> Result<Option<Self>, KeyProblem> {
        let failed = |error| KeyProblem::File(path.to_path_buf(), error);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if !kept_close(path).map_err(failed)? {
            return Err(KeyProblem::Open(path.to_path_buf()));
        }
        Self::parse(&text).map(Some).map_err(|problem| KeyProblem::Content(path.to_path_buf(), problem))
    }

    /// Write the key into a new file that only its owner may read, in a folder that only its owner may open. Safe on the
    /// disk when this returns; a file that is already there is left alone.
    ///
    /// # Errors
    /// [`KeyProblem::File`], also when the file exists.
    pub fn save(&self, path: &Path) -> Result<(), KeyProblem> {
        write_close(path, self.text().as_bytes()).map_err(|error| KeyProblem::File(path.to_path_buf(), error))
    }

    /// The public part.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Sign a text that ends in a newline.
    pub fn sign(&self, text: &str) -> SignatureLine {
        SignatureLine { name: self.verifier.name.clone(), id: self.verifier.id(), signature: self.raw(text.as_bytes()) }
    }

    pub(crate) fn raw(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

#[cfg(unix)]
fn kept_close(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    let closed = |path: &Path| Ok::<_, std::io::Error>(std::fs::metadata(path)?.permissions().mode() & 0o077 == 0);
    Ok(closed(path)? && path.parent().is_none_or(|folder| closed(folder).unwrap_or(false)))
}

#[cfg(not(unix))]
fn kept_close(_: &Path) -> std::io::Result<bool> {
    // Elsewhere the administrator sees to it; there are no such modes to ask for.
    Ok(true)
}

fn write_close(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    if let Some(folder) = path.parent() {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published with golang.org/x/mod/sumdb/note.
    const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const LINE: &str =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

    #[test]
    fn the_published_key_signs_the_published_note() {
        let key = SigningKey::parse(SECRET).unwrap();
        assert_eq!(key.verifier().to_string(), VKEY);
        assert_eq!(key.sign(TEXT).to_string(), LINE);
        let note = SignedNote::parse(&format!("{TEXT}\n{LINE}\n")).unwrap();
        assert_eq!(note.to_string(), format!("{TEXT}\n{LINE}\n"));
        let verifier = VerifierKey::parse(VKEY).unwrap();
        verifier.verify(&note).unwrap();
        let altered = SignedNote { text: TEXT.replace("answer", "question"), ..note.clone() };
        assert_eq!(verifier.verify(&altered), Err(NoteProblem::Forged("PeterNeumann".into())));
        let other = SigningKey::from_seed("other", [7; 32]).unwrap();
        assert_eq!(other.verifier().verify(&note), Err(NoteProblem::Unsigned("other".into())));
        let both = SignedNote { signatures: vec![note.signatures[0].clone(), other.sign(TEXT)], ..note };
        let both = SignedNote::parse(&both.to_string()).unwrap();
        verifier.verify(&both).unwrap();
        other.verifier().verify(&both).unwrap();
    }

    #[test]
    fn every_altered_key_text_is_refused() {
        for place in 0..VKEY.len() {
            let mut bytes = VKEY.as_bytes().to_vec();
            bytes[place] += 1;
            assert!(VerifierKey::parse(std::str::from_utf8(&bytes).unwrap()).is_err(), "{place}");
            assert!(VerifierKey::parse(&VKEY[..place]).is_err(), "{place}");
        }
    }

    #[test]
    fn notes_of_another_form_are_refused() {
        for wrong in [
            "",
            "text\n",
            "text\n\n",
            "text\n\n— name\n",
            "text\n\n- name x08go/Zk\n",
            "te\txt\n\n— name x08go/Zk\n",
            "text\n\n— name x08go/Zk",
            "text\n\n— na+me x08go/Zk\n",
            "text\n\n— name x08go/Zk=\n",
            "text\n\n— name x08g\n",
        ] {
            assert!(SignedNote::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("journal-key-{}", std::process::id()));
        let path = folder.join("keys").join("journal.key");
        assert!(SigningKey::load(&path).unwrap().is_none());
        let key = SigningKey::from_seed("example.jp/daicho", [9; 32]).unwrap();
        key.save(&path).unwrap();
        assert!(key.save(&path).is_err(), "a key is never overwritten");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(SigningKey::load(&path).unwrap().unwrap().verifier(), key.verifier());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(SigningKey::load(&path), Err(KeyProblem::Open(_))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::write(&path, "PRIVATE+KEY+x+00000000+AAAA").unwrap();
        let told = SigningKey::load(&path).err().unwrap().to_string();
        assert!(told.contains("journal.key") && !told.contains("AAAA"), "{told}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
