//! What belongs to one account alone and is no record: drafts of forms, saved views, chosen columns, last visits.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{INSTALLATION, StoreError};

/// One thing on the desk of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskItem {
    /// Key, such as `draft:person:new` or `view:evaluation_sheet:mine`.
    pub key: String,
    /// Value.
    pub value: Value,
    /// Instant of saving.
    pub saved_at: DateTime<Utc>,
}

/// Reading the desk.
pub trait DeskReader {
    /// One thing.
    fn desk(&mut self, account: &str, key: &str) -> Result<Option<DeskItem>, StoreError>;
    /// All things whose key begins with the prefix, by key.
    fn desk_items(&mut self, account: &str, prefix: &str) -> Result<Vec<DeskItem>, StoreError>;
}

/// Writing the desk.
pub trait DeskWriter {
    /// Put a thing, replacing the one of the same key. It is locked under the key of the installation.
    fn set_desk(&mut self, account: &str, item: &DeskItem) -> Result<(), StoreError> {
        self.set_desk_of(INSTALLATION, account, item)
    }
    /// The same with a thing about somebody: it is locked under that holder's key, and opens nowhere once the key is
    /// destroyed, in no older copy of the database either.
    fn set_desk_of(&mut self, holder: &str, account: &str, item: &DeskItem) -> Result<(), StoreError>;
    /// Take a thing away.
    fn clear_desk(&mut self, account: &str, key: &str) -> Result<(), StoreError>;
}
