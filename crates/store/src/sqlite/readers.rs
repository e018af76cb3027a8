//! Reading transactions on a pool of connections.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::port::StoreError;

use super::SqliteOptions;
use super::connection::{SqliteConnection, open_reader};
use crate::connection::{Connection, Fault};
use crate::locks::Locks;
use crate::pool::Pool;
use crate::transaction::{Transaction, run};

pub(super) struct Readers {
    path: PathBuf,
    options: SqliteOptions,
    pool: Pool<SqliteConnection>,
    locks: Arc<Locks>,
}

impl Readers {
    pub(super) fn new(path: &Path, options: SqliteOptions, locks: Arc<Locks>) -> Self {
        Self { path: path.to_owned(), pool: Pool::new(options.readers), options, locks }
    }

    /// A connection beside the pool.
    pub(super) fn open(&self) -> Result<SqliteConnection, StoreError> {
        open_reader(&self.path, &self.options).map_err(Fault::store_error)
    }

    /// Run a closure in one deferred transaction: everything it reads is of one instant.
    pub(super) fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.pool.take(|| open_reader(&self.path, &self.options)).map_err(Fault::store_error)?;
        connection.batch("BEGIN DEFERRED").map_err(Fault::store_error)?;
        let ran = run(&mut *connection, &self.locks, work);
        if connection.batch("ROLLBACK").is_err() && !connection.inner.is_autocommit() {
            connection.forget();
        }
        ran.result
    }
}
