//! Locking of protected values: what the store asks of the vault before a value is stored or hashed.
//!
//! The store locks on the way in and opens on the way out, so that nothing above it sees a locked value and nothing below
//! it, the journal included, a clear one.

/// Holder of the values that belong to no person: drafts, mails, files of the installation.
pub const INSTALLATION: &str = "installation";

/// Why a value was not locked or opened.
#[derive(Debug, thiserror::Error)]
pub enum ProtectionProblem {
    /// The holder's key was destroyed; nothing can be locked for this holder any more.
    #[error("本人の鍵は消去済みです。この人の保護項目は記録できません")]
    Erased,
    /// The text was not locked by this vault at this place, or was altered.
    #[error("保護された値を開けません: {0}")]
    Altered(String),
    /// The keys cannot be reached.
    #[error("鍵を利用できません: {0}")]
    Unavailable(String),
}

/// Locks and opens values under a key for each holder (a person, or [`INSTALLATION`]). Implemented by `vault`.
///
/// Locking is deterministic: the same value at the same place gives the same text, so that a record and its journal entry
/// agree and an unchanged value stays unchanged.
pub trait Protection: Send + Sync {
    /// Lock a value. `place` (`ledger/record/field`) is bound to it: a text moved elsewhere does not open.
    /// A holder's key is made at first use; it is safe on the disk after [`settle`](Self::settle) only.
    fn lock(&self, holder: &str, place: &str, clear: &[u8]) -> Result<String, ProtectionProblem>;

    /// Open a value; `None` when the holder's key was destroyed.
    fn open(&self, holder: &str, place: &str, locked: &str) -> Result<Option<Vec<u8>>, ProtectionProblem>;

    /// A keyed token that is equal for equal input, for exact search without the value. `purpose` keeps tokens of
    /// different fields apart.
    fn token(&self, purpose: &str, clear: &[u8]) -> String;

    /// Return when every key that was used so far is safe on the disk. The store calls it just before it commits a
    /// transaction that locked something, so that many new keys cost one flush and no committed value is without its key.
    fn settle(&self) -> Result<(), ProtectionProblem> {
        Ok(())
    }
}
