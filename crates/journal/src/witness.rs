//! What a witness does (C2SP tlog-witness): read a request to cosign, and decide by what it saw last of that journal.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::checkpoint::{Checkpoint, parse_decimal, parse_hash};
use crate::hash::Hash;
use crate::key::VerifierKey;
use crate::note::{LONGEST_NOTE, NoteProblem, SignedNote, form};
use crate::proof::MOST_HASHES;
use crate::tree::verify_consistency;

/// A request to cosign: the size last cosigned, the proof from there, and the new checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the tree that the witness cosigned last, as far as the asker knows; 0 for none.
    pub old: u64,
    /// Consistency proof from the old size.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub checkpoint: String,
}

impl AddCheckpoint {
    /// Read the body of a request.
    ///
    /// # Errors
    /// [`NoteProblem::Form`].
    pub fn parse(body: &str) -> Result<Self, NoteProblem> {
        if body.len() > LONGEST_NOTE * 2 {
            return Err(form("長すぎます"));
        }
        let (head, checkpoint) = body.split_once("\n\n").ok_or_else(|| form("証明と封印を分ける空行がありません"))?;
        let mut lines = head.split('\n');
        let old = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .and_then(parse_decimal)
            .ok_or_else(|| form("1行目が「old 件数」ではありません"))?;
        let proof = lines
            .map(|line| parse_hash(line).ok_or_else(|| form("証明の行がハッシュ値ではありません")))
            .collect::<Result<Vec<_>, _>>()?;
        if proof.len() > MOST_HASHES {
            return Err(form("証明の行が多すぎます"));
        }
        Ok(Self { old, proof, checkpoint: checkpoint.into() })
    }

    /// Origin of the checkpoint, not verified.
    pub fn origin(&self) -> Option<&str> {
        self.checkpoint.split('\n').next()
    }
}

impl std::fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The request makes no sense (400).
    #[error("依頼の形式が正しくありません: {0}")]
    Request(String),
    /// No right signature of the journal (403).
    #[error(transparent)]
    Signature(NoteProblem),
    /// The witness last saw another size (409, with that size).
    #[error("立会人が最後に見た封印は {0} 件です")]
    Size(u64),
    /// Another tree of the same size (409): two histories.
    #[error("同じ件数 {0} で内容の異なる封印です。証跡が二つに分かれています")]
    Fork(u64),
    /// The proof does not show that the new tree continues the old one (422): two histories, or a wrong proof.
    #[error("封印 {old} 件の続きであることが示されていません({size} 件)。証跡が書き換えられたおそれがあります")]
    Inconsistent {
        /// Size last seen.
        old: u64,
        /// Size asked for.
        size: u64,
    },
}

impl Refused {
    /// The status of HTTP for it.
    pub fn status(&self) -> u16 {
        match self {
            Self::Request(_) => 400,
            Self::Signature(_) => 403,
            Self::Size(_) | Self::Fork(_) => 409,
            Self::Inconsistent { .. } => 422,
        }
    }

    /// Whether somebody should be told: the journal may have been rewritten.
    pub fn is_fork(&self) -> bool {
        matches!(self, Self::Fork(_) | Self::Inconsistent { .. })
    }
}

/// Decide a request by the size and root last cosigned for the journal of that key. Gives the checkpoint to be cosigned
/// and its text; it must be noted as the last one, in the same transaction, before the cosignature leaves.
///
/// # Errors
/// [`Refused`].
pub fn judge(
    request: &AddCheckpoint,
    key: &VerifierKey,
    last: Option<(u64, Hash)>,
) -> Result<(Checkpoint, SignedNote), Refused> {
    let (checkpoint, note) = Checkpoint::open(&request.checkpoint, key).map_err(|problem| match problem {
        NoteProblem::Form(reason) => Refused::Request(reason),
        other => Refused::Signature(other),
    })?;
    if request.old > checkpoint.size {
        return Err(Refused::Request("前の件数が新しい件数より大きくなっています".into()));
    }
    let (seen, root) = match last {
        Some((seen, root)) => (seen, root),
        None => (0, crate::hash::empty_root()),
    };
    if request.old != seen {
        return Err(Refused::Size(seen));
    }
    if request.old == checkpoint.size && checkpoint.root != root {
        return Err(Refused::Fork(seen));
    }
    if !verify_consistency(seen, &root, checkpoint.size, &checkpoint.root, &request.proof) {
        return Err(Refused::Inconsistent { old: seen, size: checkpoint.size });
    }
    Ok((checkpoint, note))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{leaf_hash, node_hash};
    use crate::key::SigningKey;

    #[test]
    fn a_witness_follows_one_history_and_refuses_another() {
        let key = SigningKey::from_seed("example.jp/one", [1; 32]).unwrap();
        let sign = |size, root| Checkpoint { origin: "example.jp/one".into(), size, root }.sign(&key).to_string();
        let [a, b, c] = [b"a", b"b", b"c"].map(|leaf| leaf_hash(leaf));
        let (one, two) = (a, node_hash(&a, &b));
        let ask = |old, proof: &[Hash], checkpoint: String| {
            let request = AddCheckpoint { old, proof: proof.to_vec(), checkpoint };
            let read = AddCheckpoint::parse(&request.to_string()).unwrap();
            assert_eq!(read, request);
            read
        };
        let verifier = key.verifier();
        let (first, _) = judge(&ask(0, &[], sign(1, one)), verifier, None).unwrap();
        assert_eq!(first.size, 1);
        let last = Some((1, one));
        judge(&ask(1, &[b], sign(2, two)), verifier, last).unwrap();
        judge(&ask(1, &[], sign(1, one)), verifier, last).unwrap();

        let told = |request, last| judge(&request, verifier, last).unwrap_err();
        assert_eq!(told(ask(0, &[], sign(2, two)), last), Refused::Size(1));
        assert_eq!(told(ask(1, &[], sign(1, c)), last), Refused::Fork(1));
        let rewritten = sign(2, node_hash(&c, &b));
        assert_eq!(told(ask(1, &[b], rewritten), last), Refused::Inconsistent { old: 1, size: 2 });
        assert_eq!(told(ask(2, &[], sign(1, one)), Some((2, two))).status(), 400);
        let other = SigningKey::from_seed("example.jp/one", [2; 32]).unwrap();
        let forged = Checkpoint { origin: "example.jp/one".into(), size: 2, root: two }.sign(&other).to_string();
        assert_eq!(told(ask(1, &[b], forged), last).status(), 403);
    }

    #[test]
    fn requests_of_another_form_are_refused() {
        for wrong in ["", "old 1\n", "old 01\n\nx\n", "new 1\n\nx\n", "old 1\nAAAA\n\nx\n"] {
            assert!(AddCheckpoint::parse(wrong).is_err(), "{wrong}");
        }
        let many = format!("old 1\n{}\nx\n", "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n".repeat(64));
        assert!(AddCheckpoint::parse(&many).is_err());
    }
}
