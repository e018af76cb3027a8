//! The two databases behind one name. Each operation names them in exactly one `match`.

use std::path::Path;
use std::sync::Arc;

use ledger::definition::Ledger;
use ledger::port::{Reader, Shape, StoreError, Writer};
use ledger::query::Query;

use crate::connection::Connection;
use crate::locks::Locks;
use crate::postgresql::{PostgresOptions, PostgresStore};
use crate::shape;
use crate::sqlite::{self, DatabaseKey, SqliteOptions, SqliteStore};
use crate::transaction::Transaction;

/// An open database. Cloning it is cheap and gives the same database.
#[derive(Clone)]
pub enum Store {
    /// The embedded database.
    Sqlite(Arc<SqliteStore>),
    /// A PostgreSQL server.
    Postgres(Arc<PostgresStore>),
}

/// How much was written since the store was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Writing transactions that were run, failed ones included.
    pub transactions: u64,
    /// Commits; fewer than transactions where several shared one.
    pub commits: u64,
}

impl Store {
    /// Open a SQLite file, make it when it is not there, and bring its tables to the newest form.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be opened or written; [`StoreError::Failed`] when a newer program
    /// has changed its tables.
    pub fn open_sqlite(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        Ok(Self::Sqlite(Arc::new(SqliteStore::open(path, options)?)))
    }

    /// Encrypt a SQLite file that was made without a key, if it is one, while nobody uses it. Whether it was. The old
    /// file is overwritten before it is given up; a copy of it elsewhere stays readable.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file is in use or cannot be written; the old file then stays as it was.
    pub fn encrypt_sqlite(path: &Path, key: &DatabaseKey) -> Result<bool, StoreError> {
        sqlite::encrypt(path, key)
    }

    /// Connect to a PostgreSQL database (`postgres://user:password@host:port/database`) and bring its tables to the
    /// newest form, one program at a time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server cannot be reached; [`StoreError::Failed`] when the address makes no
    /// sense or a newer program has changed the tables.
    pub fn open_postgres(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        Ok(Self::Postgres(Arc::new(PostgresStore::open(url, options)?)))
    }

    /// Run a reading transaction. Everything the closure reads is of one instant. Blocks the calling thread.
    ///
    /// # Errors
    /// What the closure returns, or a [`StoreError`] when the database fails or the closure panics.
    pub fn read<T, E: From<StoreError>>(&self, work: impl FnOnce(&mut dyn Reader) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Sqlite(store) => store.read(work),
            Self::Postgres(store) => store.read(work),
        }
    }

    /// Run a writing transaction. Returns when what the closure wrote is safe on the disk; an error, a failed statement
    /// and a panic leave nothing of it. Blocks the calling thread. The closure may be run more than once and must not call
    /// this store itself.
    ///
    /// # Errors
    /// What the closure returns, or a [`StoreError`] when the database fails or the closure panics.
    pub fn write<T, E: From<StoreError>>(&self, work: impl FnMut(&mut dyn Writer) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Sqlite(store) => store.write(work),
            Self::Postgres(store) => store.write(work),
        }
    }

    /// Overwrite what was deleted and what former values left behind in the database file: SQLite's file is written anew, which
    /// takes some seconds for each GB while nobody writes; on PostgreSQL the dead rows of the tables concerned are let go.
    ///
    /// # Errors
    /// [`StoreError`] when somebody keeps the database busy, or the disk has no room for the copy.
    pub fn overwrite_removed(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.with_own_connection(|connection| {
                connection.batch("PRAGMA query_only = OFF; VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
                Ok(())
            }),
            Self::Postgres(store) => store.with_own_connection(|connection| {
                for table in ["record", "version", "entry", "search", "duty", "attachment", "exact", "unique_key"] {
                    connection.batch(&format!("VACUUM {table}"))?;
                }
                Ok(())
            }),
        }
    }

    /// How the database would answer a query, in its own words: for finding out why a list is slow.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn explain(&self, query: &Query) -> Result<Vec<String>, StoreError> {
        let work = |transaction: &mut Transaction<'_>| transaction.explain(query);
        match self {
            Self::Sqlite(store) => store.read_plainly(work),
            Self::Postgres(store) => store.read_plainly(work),
        }
    }

    fn locks(&self) -> &Locks {
        match self {
            Self::Sqlite(store) => store.locks(),
            Self::Postgres(store) => store.locks(),
        }
    }

    /// How much was written since the store was opened, for `/metrics`.
    pub fn statistics(&self) -> Statistics {
        match self {
            Self::Sqlite(store) => store.statistics(),
            Self::Postgres(store) => store.statistics(),
        }
    }
}

impl Shape for Store {
    fn shape(&self, ledgers: &[Arc<Ledger>]) -> Result<(), StoreError> {
        let work = |transaction: &mut Transaction<'_>| shape::shape(transaction, ledgers);
        match self {
            Self::Sqlite(store) => store.write_schema(work)?,
            Self::Postgres(store) => store.write_schema(work)?,
        }
        self.locks().follow(ledgers);
        Ok(())
    }
}
