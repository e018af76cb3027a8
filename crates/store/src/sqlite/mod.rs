//! The embedded database.

mod alone;
mod cipher;
mod connection;
mod file;
mod readers;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ledger::port::{Protection, Reader, StoreError, Writer};

use crate::connection::Fault;
use crate::guard::GuardKey;
use crate::locks::Locks;
use crate::migration::migrate;
use crate::store::Statistics;
pub(crate) use alone::open_alone;
pub use cipher::DatabaseKey;
pub(crate) use cipher::encrypt;
use connection::SqliteConnection;
pub(crate) use connection::open_bulk;
use file::Identity;
pub(crate) use file::create;
use readers::Readers;
use writer::GroupWriter;

/// How SQLite is used.
#[derive(Clone)]
pub struct SqliteOptions {
    /// Key under which the file, its log and its index of the log are encrypted; none for a plain file, as tests of single
    /// parts use it.
    pub key: Option<DatabaseKey>,
    /// The vault that locks protected values; none where nothing is locked.
    pub protection: Option<Arc<dyn Protection>>,
    /// Connections that read side by side.
    pub readers: usize,
    /// Page cache of each connection, in KiB.
    pub cache_kib: u32,
    /// How long a write waits for another process that writes, such as `daicho worker`.
    pub busy_timeout: Duration,
    /// At most so many transactions share one commit.
    pub group: usize,
    /// Key of guards; without it drafts are not guarded.
    pub guard: Option<GuardKey>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            key: None,
            protection: None,
            readers: 4,
            cache_kib: 8 * 1024,
            busy_timeout: Duration::from_secs(10),
            group: 64,
            guard: None,
        }
    }
}

/// A SQLite database in WAL mode: one writer that commits concurrent transactions in groups, and a pool of readers.
pub struct SqliteStore {
    writer: GroupWriter,
    readers: Readers,
    locks: Arc<Locks>,
}

impl SqliteStore {
    pub(crate) fn open(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        file::create(path)?;
        cipher::check_form(path, options.key.is_some())?;
        let connection = connection::open_writer(path, &options)?;
        let locks = Arc::new(Locks::new(options.protection.clone()));
        let writer = GroupWriter::new(connection, Identity::of(path)?, options.group, locks.clone());
        writer.write::<_, StoreError>(migrate)?;
        let readers = Readers::new(path, options, locks.clone());
        Ok(Self { writer, readers, locks })
    }

    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut dyn Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        self.readers.read(|transaction| work(transaction))
    }

    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        mut work: impl FnMut(&mut dyn Writer) -> Result<T, E>,
    ) -> Result<T, E> {
        self.writer.write(|transaction| work(transaction))
    }

    pub(crate) fn write_schema<T>(
        &self,
        work: impl FnMut(&mut crate::transaction::Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.writer.write(work)
    }

    pub(crate) fn read_plainly<T>(
        &self,
        work: impl FnOnce(&mut crate::transaction::Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.readers.read(work)
    }

    /// Work on a connection that nobody else uses and that is closed at the end.
    pub(crate) fn with_own_connection<T>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(&mut self.readers.open()?)
    }

    pub(crate) fn locks(&self) -> &Locks {
        &self.locks
    }

    pub(crate) fn statistics(&self) -> Statistics {
        self.writer.statistics()
    }
}

/// What an error of SQLite means for the caller. Its text may hold values and is not passed on, except for constraints,
/// which name columns only.
pub(crate) fn fault(error: &rusqlite::Error) -> Fault {
    use rusqlite::ErrorCode;
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return Fault::failed("値を受け渡せません");
    };
    let code = failure.extended_code;
    match failure.code {
        ErrorCode::DiskFull => Fault::unavailable(format!("ディスクに空きがありません (SQLite {code})")),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            Fault::unavailable(format!("データベースに書き込めません (SQLite {code})"))
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            Fault::unavailable(format!("ほかの処理が使用中です (SQLite {code})"))
        }
        ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::NotADatabase
        | ErrorCode::DatabaseCorrupt
        | ErrorCode::OutOfMemory
        | ErrorCode::FileLockingProtocolFailed => {
            Fault::unavailable(format!("データベースを読み書きできません (SQLite {code})"))
        }
        ErrorCode::ConstraintViolation => {
            Fault::failed(format!("{} (SQLite {code})", message.as_deref().unwrap_or("制約に反します")))
        }
        _ => Fault::failed(format!("SQLite {code}")),
    }
}
