//! What stands in a backup, as its last part tells.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The format this program writes and reads.
pub const FORMAT: &str = "daicho-backup/1";
/// Name of the manifest in the archive.
pub const MANIFEST: &str = "manifest.json";
/// Pieces of the database are `database/00000`, `database/00001`, …; put together they are the copy.
pub const DATABASE: &str = "database/";
/// Key of the copy of an embedded database, in hexadecimal.
pub const DATABASE_KEY: &str = "database.key";

/// One part of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Path in the archive.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// How far the journal had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalState {
    /// Origin of the journal: the name in its checkpoints.
    pub origin: Option<String>,
    /// Entries.
    pub entries: i64,
    /// Sequence of the newest entry; 0 where there is none.
    pub last_sequence: i64,
    /// Instant of the newest entry.
    pub last_at: Option<DateTime<Utc>>,
    /// Text of the newest signed checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: Option<String>,
}

/// What stands in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// Version of the program that made it.
    pub program: String,
    /// Instant of which the copy is.
    pub taken_at: DateTime<Utc>,
    /// Name of the agency.
    pub agency: String,
    /// `sqlite` or `postgresql`.
    pub database: String,
    /// Schema of the tables on PostgreSQL.
    pub namespace: Option<String>,
    /// Number of the newest migration.
    pub schema: i64,
    /// Records of all ledgers.
    pub records: i64,
    /// The journal.
    pub journal: JournalState,
    /// Generation of the keyring that was in use; the current one is needed to open protected values.
    pub keyring: Option<String>,
    /// All parts but this one, in their order.
    pub parts: Vec<Part>,
}

impl Manifest {
    /// Bytes of all parts.
    pub fn size(&self) -> u64 {
        self.parts.iter().map(|part| part.size).sum()
    }
}
