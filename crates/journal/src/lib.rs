//! The journal (証跡): what is written down about every act, and how it is sealed so that nobody can alter it unseen.
//!
//! This crate owns the shape of an [`Entry`] and its canonical bytes; the Merkle tree over them (RFC 6962), its tiles, its
//! signed checkpoints, proofs and witnesses in the formats of C2SP (tlog-tiles, tlog-checkpoint, signed-note,
//! tlog-cosignature, tlog-proof, tlog-witness); and the exported journal with its verification. It leaves storing entries
//! and tiles to `store`, deciding what to write to `ledger`, and when to seal to `daicho`.
//!
//! ```
//! use journal::{Checkpoint, Growth, SigningKey, leaf_hash};
//! let key = SigningKey::from_seed("example.jp/daicho", [7; 32])?;
//! let mut tree = Growth::empty();
//! tree.push(leaf_hash(br#"{"act":"create"}"#));
//! let checkpoint = Checkpoint { origin: "example.jp/daicho".into(), size: tree.size(), root: tree.root() };
//! let note = checkpoint.sign(&key).to_string();
//! assert_eq!(Checkpoint::open(&note, key.verifier())?.0, checkpoint);
//! # Ok::<(), journal::NoteProblem>(())
//! ```

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod act;
mod bundle;
mod canonical;
mod checkpoint;
mod entry;
mod export;
mod growth;
mod hash;
mod key;
mod note;
mod proof;
pub mod removal;
mod tile;
pub mod tree;
mod verify;
pub mod witness;

pub use bundle::{
    LONGEST, LONGEST_BUNDLE, decode as decode_bundle, encode as encode_bundle, leaf_bytes, long_name, long_of,
};
pub use canonical::canonical_bytes;
pub use checkpoint::{Checkpoint, cosign, verify_cosignature};
pub use entry::{Actor, Change, Channel, Entry, StoredEntry};
pub use export::{
    Files, FolderFiles, FolderWriter, JournalSource, TarFiles, TarWriter, Writing, export, open_exported,
};
pub use growth::{Growth, WrongEdge};
pub use hash::{Hash, empty_root, leaf_hash, node_hash};
pub use key::{KeyKind, KeyProblem, SigningKey, VerifierKey};
pub use note::{LONGEST_NOTE, NoteProblem, SignatureLine, SignedNote};
pub use proof::{LONGEST_PROOF, Proof, ProofProblem};
pub use tile::{Content, TileId, TileNodes, TileProblem, WIDTH, tile_bytes, tile_hashes, tile_root};
pub use verify::{Finding, Verified, verify_exported};
