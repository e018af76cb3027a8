//! The seal of the journal (封印): which entries have which position in the tree, the tiles, the signed checkpoints, and
//! what witnesses said.
//!
//! An entry is not sealed in the business transaction. It leaves a row among the unsealed there; a sealer takes those a
//! moment later, gives them positions and signs a checkpoint, all in one transaction that names the size it began from.

use chrono::{DateTime, Utc};
use journal::{Hash, TileId};

use super::StoreError;

/// The journal of this database as its newest checkpoint has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealHead {
    /// Public key that signs it, as a vkey.
    pub vkey: String,
    /// Entries under the newest checkpoint.
    pub size: u64,
}

/// An entry that waits to be sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsealed {
    /// Its sequence.
    pub sequence: i64,
    /// Its canonical text, as stored.
    pub body: String,
    /// Whether it bears the mark of this program: it was not put in, or altered, with a database client. True where the
    /// store has no key to tell.
    pub genuine: bool,
}

/// How far sealing is behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SealLag {
    /// Entries that wait, counted up to 10,000.
    pub waiting: u64,
    /// Instant of the one with the smallest sequence.
    pub oldest: Option<DateTime<Utc>>,
}

/// An entry with its position in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEntry {
    /// Position, from 0.
    pub position: u64,
    /// Sequence.
    pub sequence: i64,
    /// Canonical text, as stored.
    pub body: String,
}

/// Neighbouring entries at neighbouring positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealRun {
    /// Position of the first.
    pub position: u64,
    /// Sequence of the first.
    pub sequence: i64,
    /// How many.
    pub length: u64,
}

/// A checkpoint (封印) as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// Entries under it.
    pub size: u64,
    /// The signed note with the journal's own signature.
    pub note: String,
    /// Instant of sealing.
    pub sealed_at: DateTime<Utc>,
}

/// A witness's signature under a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// Size of the checkpoint.
    pub size: u64,
    /// Public key of the witness, as a vkey.
    pub witness: String,
    /// The signature line, without newline.
    pub line: String,
    /// Instant that the witness names.
    pub at: DateTime<Utc>,
}

/// What this installation, as a witness, last saw of another journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// Origin of the journal.
    pub origin: String,
    /// Entries under the checkpoint last cosigned.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// The checkpoint itself, as its journal signed it.
    pub note: String,
    /// Instant of cosigning.
    pub at: DateTime<Utc>,
    /// A checkpoint that did not continue the last one: proof of two histories.
    pub fork: Option<String>,
}

/// What a sealer adds in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSeal {
    /// Public key of the journal; must be the one it began with.
    pub vkey: String,
    /// Size it continues from.
    pub from: u64,
    /// Positions of the entries that are new.
    pub runs: Vec<SealRun>,
    /// Tiles that are new or wider.
    pub tiles: Vec<(TileId, Vec<Hash>)>,
    /// The checkpoint over all of it.
    pub checkpoint: StoredCheckpoint,
}

/// Reading the seal.
pub trait SealReader {
    /// The journal; none before the first sealing.
    fn seal_head(&mut self) -> Result<Option<SealHead>, StoreError>;
    /// Entries that wait to be sealed with a greater sequence than this, in the order of their sequence.
    fn unsealed(&mut self, after: i64, limit: usize) -> Result<Vec<Unsealed>, StoreError>;
    /// How far sealing is behind.
    fn seal_lag(&mut self) -> Result<SealLag, StoreError>;
    /// Hashes of a tile: as many as its width says.
    fn seal_tile(&mut self, tile: TileId) -> Result<Vec<Hash>, StoreError>;
    /// Runs from the one that holds a position on.
    fn seal_runs(&mut self, from: u64, limit: usize) -> Result<Vec<SealRun>, StoreError>;
    /// Sealed entries from a position on up to, not including, another; those that are missing are left out.
    fn sealed_entries(&mut self, from: u64, until: u64) -> Result<Vec<SealedEntry>, StoreError>;
    /// Sealed entries of a record, in the order of their sequence, at most `limit`.
    fn sealed_entries_of(&mut self, ledger: &str, record: &str, limit: usize) -> Result<Vec<SealedEntry>, StoreError>;
    /// Position of an entry; none while it is not sealed.
    fn seal_position(&mut self, sequence: i64) -> Result<Option<u64>, StoreError>;
    /// The newest checkpoint.
    fn newest_checkpoint(&mut self) -> Result<Option<StoredCheckpoint>, StoreError>;
    /// Checkpoints, newest first. Of each hour the last one is kept, and all that a witness or a second key signed.
    fn checkpoints(&mut self, limit: usize) -> Result<Vec<StoredCheckpoint>, StoreError>;
    /// The oldest kept checkpoint over more than that many entries: the first seal of the entry at that position.
    fn checkpoint_over(&mut self, position: u64) -> Result<Option<StoredCheckpoint>, StoreError>;
    /// Cosignatures of the checkpoint of that size.
    fn cosignatures(&mut self, size: u64) -> Result<Vec<Cosignature>, StoreError>;
    /// The newest cosignature of each witness.
    fn newest_cosignatures(&mut self) -> Result<Vec<Cosignature>, StoreError>;
    /// What was last seen of other journals.
    fn witnessed(&mut self) -> Result<Vec<Witnessed>, StoreError>;
}

/// Writing the seal.
pub trait SealWriter {
    /// Add a seal. False when another sealer was faster: nothing was written then.
    fn add_seal(&mut self, seal: &NewSeal) -> Result<bool, StoreError>;
    /// Let another key seal from now on, and keep the newest checkpoint with the signatures of both. False when the key or
    /// the newest checkpoint is another one by now: nothing was written then.
    fn hand_over(&mut self, from: &str, to: &str, both: &StoredCheckpoint) -> Result<bool, StoreError>;
    /// Keep a cosignature; one witness has one for each size.
    fn add_cosignature(&mut self, cosignature: &Cosignature) -> Result<(), StoreError>;
    /// What was last seen of a journal, locked until the transaction ends.
    fn witnessed_locked(&mut self, origin: &str) -> Result<Option<Witnessed>, StoreError>;
    /// Note what was seen last.
    fn set_witnessed(&mut self, witnessed: &Witnessed) -> Result<(), StoreError>;
}
