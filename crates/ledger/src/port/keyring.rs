//! Where wrapped keys are kept. `store` implements it on a file of its own beside the embedded database, and in a schema of
//! its own on PostgreSQL; `vault` is the only caller. No key passes here that is not wrapped.

use chrono::{DateTime, Utc};

use super::StoreError;

/// What a keyring says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyringState {
    /// Version of the master key under which the ring key is wrapped.
    pub master: u32,
    /// Grows with every erasure and every rotation: another node that sees it grow forgets what it keeps in memory.
    pub generation: i64,
}

/// A version of the master key as the keyring remembers it, the retired ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterVersion {
    /// Number, from 1.
    pub version: u32,
    /// Kind of the master key: `file`, `pkcs11`.
    pub provider: String,
    /// The ring key, wrapped under this version; nothing once the version is retired.
    pub ring: Option<Vec<u8>>,
    /// When it was put in force.
    pub made_at: DateTime<Utc>,
    /// When the next one took its place.
    pub retired_at: Option<DateTime<Utc>>,
}

/// The key of a holder, wrapped under the ring key; or what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderKey {
    /// Whose key it is.
    pub holder: String,
    /// Version of the holder's key, from 1.
    pub version: u32,
    /// The wrapped key; nothing once it was destroyed.
    pub wrapped: Option<Vec<u8>>,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// When it was destroyed.
    pub erased_at: Option<DateTime<Utc>>,
    /// Hash of the wrapped key as it was when it was destroyed.
    pub fingerprint: Option<String>,
    /// Whether the row is known to be flushed to the disk.
    pub settled: bool,
}

/// How many keys a keyring holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyCount {
    /// Holders whose key can be used.
    pub live: u64,
    /// Holders whose key was destroyed.
    pub erased: u64,
}

/// The destruction of a holder's key, as a part of a [`Renewal`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Whose key is destroyed.
    pub holder: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Kept in the tombstone.
    pub fingerprint: String,
}

/// Wraps a holder's key anew.
pub type Rewrap<'a> = dyn FnMut(&HolderKey) -> Result<Vec<u8>, StoreError> + 'a;

/// Storage of wrapped keys.
pub trait Keyring: Send + Sync {
    /// What the keyring says about itself; `None` while it is new.
    fn state(&self) -> Result<Option<KeyringState>, StoreError>;

    /// All versions of the master key, oldest first.
    fn masters(&self) -> Result<Vec<MasterVersion>, StoreError>;

    /// Begin a new keyring under this version. Does nothing when another node was faster.
    fn begin(&self, master: &MasterVersion) -> Result<(), StoreError>;

    /// The key of a holder.
    fn holder_key(&self, holder: &str) -> Result<Option<HolderKey>, StoreError>;

    /// Keep the key of a holder, wrapped under the ring key of `master`. Answers the row that holds now: the one of whoever was
    /// first. Seen by all nodes at once, but safe on the disk only after [`settle`](Self::settle).
    ///
    /// # Errors
    /// [`StoreError::Stale`] when another version of the master key is in force by now.
    fn add(&self, key: &HolderKey, master: u32) -> Result<HolderKey, StoreError>;

    /// Return when every row that can be seen now is safe on the disk.
    fn settle(&self) -> Result<(), StoreError>;

    /// How many keys there are.
    fn count(&self) -> Result<KeyCount, StoreError>;

    /// Holders whose keys were destroyed, with the instant, oldest first.
    fn erased(&self) -> Result<Vec<(String, DateTime<Utc>)>, StoreError>;

    /// Put the next version of the master key in force: wrap every key anew and destroy one, if asked, all in one
    /// transaction that is safe on the disk when this returns. The ring keys of older versions are dropped.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when `from` is not the version in force; what `rewrap` answers.
    fn renew(
        &self,
        from: u32,
        to: &MasterVersion,
        erase: Option<&Erasure>,
        rewrap: &mut Rewrap<'_>,
    ) -> Result<KeyringState, StoreError>;

    /// Overwrite what was deleted before, so that the bytes are gone from the file of the database.
    fn scrub(&self) -> Result<(), StoreError>;
}
