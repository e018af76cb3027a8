//! Proofs that can be checked anywhere with nothing else: the text file of C2SP tlog-proof.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::bundle::leaf_bytes;
use crate::checkpoint::{Checkpoint, parse_decimal, parse_hash};
use crate::hash::{Hash, leaf_hash};
use crate::key::VerifierKey;
use crate::note::{NoteProblem, form};
use crate::tree::verify_inclusion;

const HEAD: &str = "c2sp.org/tlog-proof@v1\n";
/// Most hashes in a proof: a tree has at most 2^63 leaves.
pub const MOST_HASHES: usize = 63;
/// Most bytes of a proof file that is read: an entry of any length that the journal holds, and a note.
pub const LONGEST_PROOF: usize = 64 * 1024 * 1024;

/// Proof that an entry is under a checkpoint. Daicho puts the entry's canonical bytes into `extra`, so that the file shows
/// by itself what it proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The entry's canonical bytes. They prove nothing before [`verify`](Self::verify).
    pub extra: Option<Vec<u8>>,
    /// Position of the entry, from 0.
    pub index: u64,
    /// Hashes from the leaf's sibling up.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, as it was published.
    pub checkpoint: String,
}

/// Why a proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofProblem {
    /// The checkpoint is not one of the journal.
    #[error(transparent)]
    Note(#[from] NoteProblem),
    /// The file has no entry, and none was given.
    #[error("証明に証跡の本文が含まれていません")]
    NoEntry,
    /// The hashes do not lead from the entry to the checkpoint.
    #[error("位置 {0} の証跡は、この封印に含まれていません(内容が変わったか、別の記録の証明です)")]
    NotIncluded(u64),
}

impl Proof {
    /// Read a proof file.
    ///
    /// # Errors
    /// [`NoteProblem::Form`].
    pub fn parse(text: &str) -> Result<Self, NoteProblem> {
        if text.len() > LONGEST_PROOF {
            return Err(form("長すぎます"));
        }
        let rest = text.strip_prefix(HEAD).ok_or_else(|| form("1行目が c2sp.org/tlog-proof@v1 ではありません"))?;
        let (head, checkpoint) = rest.split_once("\n\n").ok_or_else(|| form("証明と封印を分ける空行がありません"))?;
        let mut lines = head.split('\n').peekable();
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(
                STANDARD.decode(line.trim_start_matches("extra ")).map_err(|_| form("extra がBase64ではありません"))?,
            ),
            None => None,
        };
        let index = lines
            .next()
            .and_then(|line| line.strip_prefix("index "))
            .and_then(parse_decimal)
            .ok_or_else(|| form("index の行がありません"))?;
        let hashes = lines
            .take(MOST_HASHES + 1)
            .map(|line| parse_hash(line).ok_or_else(|| form("証明の行がハッシュ値ではありません")))
            .collect::<Result<Vec<_>, _>>()?;
        if hashes.len() > MOST_HASHES {
            return Err(form("証明の行が多すぎます"));
        }
        Ok(Self { extra, index, hashes, checkpoint: checkpoint.into() })
    }

    /// Check the proof with the key of the journal, for the entry in the file. Gives the checkpoint and the entry's bytes.
    ///
    /// # Errors
    /// [`ProofProblem`].
    pub fn verify(&self, key: &VerifierKey) -> Result<(Checkpoint, &[u8]), ProofProblem> {
        let entry = self.extra.as_deref().ok_or(ProofProblem::NoEntry)?;
        Ok((self.verify_for(key, entry)?, entry))
    }

    /// Check the proof with the key of the journal, for an entry given by its canonical bytes.
    ///
    /// # Errors
    /// [`ProofProblem`].
    pub fn verify_for(&self, key: &VerifierKey, canonical: &[u8]) -> Result<Checkpoint, ProofProblem> {
        let (checkpoint, _) = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = leaf_hash(&leaf_bytes(canonical));
        if verify_inclusion(&leaf, self.index, checkpoint.size, &self.hashes, &checkpoint.root) {
            Ok(checkpoint)
        } else {
            Err(ProofProblem::NotIncluded(self.index))
        }
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::node_hash;
    use crate::key::SigningKey;

    #[test]
    fn a_proof_file_reads_back_verifies_and_tells_alterations() {
        let (one, two) = (b"{\"act\":\"create\"}".as_slice(), b"{\"act\":\"amend\"}".as_slice());
        let key = SigningKey::from_seed("example.jp/one", [1; 32]).unwrap();
        let root = node_hash(&leaf_hash(one), &leaf_hash(two));
        let checkpoint = Checkpoint { origin: "example.jp/one".into(), size: 2, root }.sign(&key).to_string();
        let proof = Proof { extra: Some(two.to_vec()), index: 1, hashes: vec![leaf_hash(one)], checkpoint };
        let text = proof.to_string();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nextra eyJ"));
        let read = Proof::parse(&text).unwrap();
        assert_eq!(read, proof);
        let (found, entry) = read.verify(key.verifier()).unwrap();
        assert_eq!((found.size, entry), (2, two));
        assert_eq!(read.verify_for(key.verifier(), one), Err(ProofProblem::NotIncluded(1)));
        // Every byte counts: no alteration of the file leaves a proof that holds for the same entry at the same place.
        for place in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[place] ^= 1;
            let Ok(altered) = String::from_utf8(bytes) else { continue };
            let holds = Proof::parse(&altered).is_ok_and(|proof| proof.verify(key.verifier()).is_ok());
            assert!(!holds, "{place}");
        }
        for wrong in
            ["", HEAD, "c2sp.org/tlog-proof@v1\nindex 01\n\nx\n", "c2sp.org/tlog-proof@v1\nindex 1\nAA==\n\nx\n"]
        {
            assert!(Proof::parse(wrong).is_err(), "{wrong}");
        }
    }
}
