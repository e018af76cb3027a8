//! Whole copies of a database, made while it is in use, and databases made from such a copy.
//!
//! A copy is of one instant. It holds tables and rows; indexes, views and search tables are made again when a database is
//! made from it. Left out are rows that are derived from others ([`LEFT_OUT`]), above all the tokens by which protected
//! values are found: from a copy nobody shall guess a value whose key was destroyed.

mod destroy;
mod postgresql;
mod sqlite;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use journal::Entry;
use ledger::port::StoreError;

use crate::sqlite::SqliteOptions;
use crate::store::Store;
use crate::transaction::Transaction;

pub use destroy::{Held, OwnSchema};
pub use postgresql::{PostgresPlace, PostgresTools, RehearsalDatabase};

/// Tables whose rows are left out of a copy: search texts, tokens and keys are derived from the records anew, and nobody who was
/// signed in when the copy was made shall be signed in after it was restored.
pub const LEFT_OUT: &[&str] = &["search", "exact", "unique_key", "session"];

/// The key under which one copy of the embedded database is written, 256 bits. Made for that copy alone, so that a backup
/// opens under every later master key. Has no `Debug`.
#[derive(Clone)]
pub struct CopyKey(pub [u8; 32]);

impl CopyKey {
    /// The key as SQLCipher takes a raw key.
    fn raw(&self) -> String {
        format!("x'{}'", hex::encode(self.0))
    }
}

/// What a copy holds, read in the same instant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CopyFacts {
    /// `sqlite` or `postgresql`.
    pub database: String,
    /// Number of the newest migration of its tables.
    pub schema: i64,
    /// Schema of its tables on PostgreSQL.
    pub namespace: Option<String>,
    /// Records of all ledgers.
    pub records: i64,
    /// Entries of the journal.
    pub entries: i64,
    /// Sequence of the newest entry; 0 where there is none.
    pub last_sequence: i64,
    /// Instant of the newest entry.
    pub last_at: Option<DateTime<Utc>>,
}

/// Told what is being copied; `false` ends the copying.
pub type Progress<'p> = &'p mut dyn FnMut(&str) -> bool;

/// Where the pieces of a copy go.
pub type Sink<'s> = &'s mut dyn FnMut(&[u8]) -> std::io::Result<()>;

/// What copying needs of its surroundings.
pub struct CopyPlace {
    /// A file that may be written meanwhile; it is encrypted under the key of the copy and removed at the end.
    pub scratch: PathBuf,
    /// PostgreSQL's own programs.
    pub tools: PostgresTools,
}

impl Store {
    /// Copy the whole database as it is now and hand it piece by piece to the sink. Others read and write meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the database or one of its tools fails, the sink cannot take more, or progress says to end.
    pub fn copy(
        &self,
        place: &CopyPlace,
        key: &CopyKey,
        progress: Progress<'_>,
        sink: Sink<'_>,
    ) -> Result<CopyFacts, StoreError> {
        match self {
            Self::Sqlite(store) => {
                let removed = Removed(&place.scratch);
                let facts = sqlite::copy(store, removed.0, key, progress)?;
                stream(&mut std::fs::File::open(removed.0).map_err(file)?, progress, sink)?;
                Ok(facts)
            }
            Self::Postgres(store) => postgresql::copy(store, &place.tools, progress, sink),
        }
    }

    /// What a copy made now would hold.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn copy_facts(&self) -> Result<CopyFacts, StoreError> {
        match self {
            Self::Sqlite(store) => store.read_plainly(|transaction| facts(transaction, "sqlite")),
            Self::Postgres(store) => store.read_plainly(|transaction| facts(transaction, "postgresql")),
        }
    }

    /// After a restore: write its journal entry, which also says that the rows of the tables [`LEFT_OUT`] are gone, and
    /// send no mail any more that waited when the copy was made, because it may have been sent since. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn settle_after_restore(&self, entry: &Entry) -> Result<u64, StoreError> {
        let work = |transaction: &mut Transaction<'_>| {
            transaction.note_left_out(LEFT_OUT)?;
            transaction.append_entry(entry)?;
            let sql = "UPDATE mail SET sent_at = $1, error = $2 WHERE sent_at IS NULL";
            transaction.execute("mail", sql, &[entry.at.into(), "復元の前の通知のため送りません".into()])
        };
        match self {
            Self::Sqlite(store) => store.write_schema(work),
            Self::Postgres(store) => store.write_schema(work),
        }
    }
}

/// Make an embedded database from a copy, at a path where nothing is yet. `copy` is the file with the pieces put together.
///
/// # Errors
/// [`StoreError`] when the copy does not open under the key or a file cannot be written.
pub fn load_sqlite(
    copy: &Path,
    key: &CopyKey,
    target: &Path,
    options: &SqliteOptions,
    progress: Progress<'_>,
) -> Result<(), StoreError> {
    sqlite::load(copy, key, target, options, progress)
}

/// Removes the file at the end, however it comes.
struct Removed<'p>(&'p Path);

impl Drop for Removed<'_> {
    fn drop(&mut self) {
        // Encrypted and at a fixed name; the next copy overwrites what could not be removed.
        let _ = std::fs::remove_file(self.0);
    }
}

fn stream(from: &mut dyn Read, progress: Progress<'_>, sink: Sink<'_>) -> Result<u64, StoreError> {
    let mut buffer = vec![0; 1 << 20];
    let mut total = 0u64;
    loop {
        let read = from.read(&mut buffer).map_err(file)?;
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else { return Ok(total) };
        sink(piece).map_err(file)?;
        total += read as u64;
        if !progress("") {
            return Err(stopped());
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Failed("途中で取りやめました".into())
}

fn file(error: std::io::Error) -> StoreError {
    use std::io::ErrorKind;
    StoreError::Unavailable(match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "ディスクに空きがありません".into(),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => "書き込めない場所です".into(),
        _ => error.to_string(),
    })
}

fn facts(transaction: &mut Transaction<'_>, database: &str) -> Result<CopyFacts, StoreError> {
    let one = |transaction: &mut Transaction<'_>, table: &'static str, sql: &str| {
        transaction.first(table, sql, &[])?.map_or(Ok(0), |mut row| row.int())
    };
    let namespace = match transaction.dialect {
        crate::sql::Dialect::Sqlite => None,
        crate::sql::Dialect::Postgres => {
            transaction.first("schema", "SELECT current_schema()::text", &[])?.map(|mut row| row.text()).transpose()?
        }
    };
    Ok(CopyFacts {
        database: database.into(),
        namespace,
        schema: one(transaction, "migration", "SELECT COALESCE(MAX(number), 0) FROM migration")?,
        records: one(transaction, "record", "SELECT COUNT(*) FROM record")?,
        entries: one(transaction, "entry", "SELECT COUNT(*) FROM entry")?,
        last_sequence: one(transaction, "entry", "SELECT COALESCE(MAX(sequence), 0) FROM entry")?,
        last_at: transaction
            .first("entry", "SELECT at FROM entry ORDER BY sequence DESC LIMIT 1", &[])?
            .map(|mut row| row.instant())
            .transpose()?,
    })
}

/// A writer of pieces that remembers the first failure, for programs that write into us.
struct Pieces<'s> {
    sink: Sink<'s>,
}

impl Write for Pieces<'_> {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        (self.sink)(piece)?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
