//! Attached files.

use chrono::{DateTime, Utc};

use super::StoreError;

/// An attached file with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Identifier, a ULID.
    pub id: String,
    /// File name as the person gave it.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Content.
    pub content: Vec<u8>,
    /// Account that stored it.
    pub stored_by: String,
    /// Instant of storing.
    pub stored_at: DateTime<Utc>,
}

/// Reading files.
pub trait FileReader {
    /// The file of that identifier.
    fn attachment(&mut self, id: &str) -> Result<Option<Attachment>, StoreError>;
}

/// Writing files.
pub trait FileWriter {
    /// Store a file.
    fn add_attachment(&mut self, attachment: &Attachment) -> Result<(), StoreError>;
}
