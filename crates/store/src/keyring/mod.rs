//! The keyring: wrapped keys, in a file of its own beside the embedded database, or in a schema of its own on PostgreSQL, so
//! that a copy of the data is never a copy of the keys.

mod open;
mod rows;

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use ledger::port::{Erasure, HolderKey, KeyCount, Keyring, KeyringState, MasterVersion, Rewrap, StoreError};

use crate::connection::{Connection, Fault};
use crate::sql::Dialect;
use crate::transaction::{Transaction, run};

type Open = dyn Fn() -> Result<Box<dyn Connection + Send>, Fault> + Send + Sync;

/// The keyring of an installation, on one connection of its own: keys are kept in memory by the vault, so it is asked seldom.
pub struct KeyringStore {
    open: Box<Open>,
    connection: Mutex<Option<Box<dyn Connection + Send>>>,
    dialect: Dialect,
    /// Number of the newest row that was seen here and that nobody is known to have flushed.
    loose: AtomicI64,
    /// Everything up to this number is safe on the disk.
    settled: AtomicI64,
}

/// A connection that nobody else uses meanwhile.
type Seat<'s> = MutexGuard<'s, Option<Box<dyn Connection + Send>>>;

impl KeyringStore {
    /// Open the keyring in this file, made when it is not there, encrypted as a whole under this key.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be opened, or not with this key.
    pub fn open_sqlite(path: &Path, key: [u8; 32]) -> Result<Self, StoreError> {
        let path = path.to_owned();
        Self::new(Dialect::Sqlite, Box::new(move || open::sqlite(&path, &key)))
    }

    /// Open the keyring in the schema beside the one that the address works in: its name followed by `_keyring`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the server cannot be reached.
    pub fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let url = url.to_owned();
        Self::new(Dialect::Postgres, Box::new(move || open::postgres(&url)))
    }

    fn new(dialect: Dialect, open: Box<Open>) -> Result<Self, StoreError> {
        let store =
            Self { open, connection: Mutex::new(None), dialect, loose: AtomicI64::new(0), settled: AtomicI64::new(0) };
        // The first connection makes the tables, so that a wrong key or address is told at once.
        store.seat().map(drop)?;
        Ok(store)
    }

    fn seat(&self) -> Result<Seat<'_>, StoreError> {
        let mut seat = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if seat.is_none() {
            *seat = Some((self.open)().map_err(Fault::store_error)?);
        }
        Ok(seat)
    }

    /// Run a closure in a transaction. A broken connection is thrown away, and the next call opens another.
    fn within<T>(
        &self,
        begin: &str,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut seat = self.seat()?;
        let done = seat.as_mut().map(|connection| transact(&mut **connection, begin, work));
        match done {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => {
                if matches!(error, StoreError::Unavailable(_)) {
                    *seat = None;
                }
                Err(error)
            }
            None => Err(StoreError::Unavailable("鍵束に接続できません".into())),
        }
    }

    /// Copy the keyring of the embedded database to a file that is not there yet. The copy opens under the same key, and
    /// holds wrapped keys only.
    ///
    /// # Errors
    /// [`StoreError`] when the file cannot be written; on PostgreSQL, whose own program copies a schema.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let path = path.to_str().filter(|_| self.dialect == Dialect::Sqlite);
        let path = path.ok_or_else(|| StoreError::Failed("鍵束をこの場所に写せません".into()))?;
        let mut seat = self.seat()?;
        let connection = seat.as_mut().ok_or_else(|| StoreError::Unavailable("鍵束に接続できません".into()))?;
        let sql = format!("VACUUM INTO '{}'", path.replace('\'', "''"));
        connection.batch(&sql).map_err(Fault::store_error)
    }

    fn read<T>(&self, work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.within("BEGIN", work)
    }

    /// A change that every node sees at once and that is flushed later.
    fn write_loosely<T>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.within(
            match self.dialect {
                Dialect::Sqlite => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
                Dialect::Postgres => "BEGIN; SET LOCAL synchronous_commit = off",
            },
            work,
        )
    }

    fn write<T>(&self, work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.within(
            match self.dialect {
                Dialect::Sqlite => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
                Dialect::Postgres => "BEGIN; SET LOCAL synchronous_commit = on",
            },
            work,
        )
    }

    /// Note that a row was seen which may not be flushed yet.
    fn note(&self, number: i64, settled: bool) {
        if settled {
            self.settled.fetch_max(number, Ordering::SeqCst);
        } else {
            self.loose.fetch_max(number, Ordering::SeqCst);
        }
    }

    fn is_settled(&self) -> bool {
        self.settled.load(Ordering::SeqCst) >= self.loose.load(Ordering::SeqCst)
    }
}

fn transact<T>(
    connection: &mut dyn Connection,
    begin: &str,
    work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.batch(begin).map_err(Fault::store_error)?;
    let ran = run(connection, &crate::locks::Locks::default(), work);
    let result = match ran.result {
        Ok(value) => match connection.batch("COMMIT") {
            Ok(()) => return Ok(value),
            Err(fault) => Err(fault.store_error()),
        },
        Err(error) => Err(error),
    };
    match connection.batch("ROLLBACK") {
        Ok(()) => result,
        // What a connection is that cannot roll back, nobody knows; it is thrown away.
        Err(fault) => result.map_err(|_| StoreError::Unavailable(fault.reason)),
    }
}

impl Keyring for KeyringStore {
    fn state(&self) -> Result<Option<KeyringState>, StoreError> {
        self.read(rows::state)
    }

    fn masters(&self) -> Result<Vec<MasterVersion>, StoreError> {
        self.read(rows::masters)
    }

    fn begin(&self, master: &MasterVersion) -> Result<(), StoreError> {
        self.write(|tx| rows::begin(tx, master))
    }

    fn holder_key(&self, holder: &str) -> Result<Option<HolderKey>, StoreError> {
        let found = self.read(|tx| rows::holder_key(tx, holder))?;
        Ok(found.map(|(number, key)| {
            self.note(number, key.settled);
            key
        }))
    }

    fn add(&self, key: &HolderKey, master: u32) -> Result<HolderKey, StoreError> {
        let (number, key) = self.write_loosely(|tx| rows::add(tx, key, master))?;
        self.note(number, key.settled);
        Ok(key)
    }

    fn settle(&self) -> Result<(), StoreError> {
        if self.is_settled() {
            return Ok(());
        }
        // Others may have flushed while this one waited for the connection; then there is nothing left to do.
        let number = self.write(|tx| if self.is_settled() { Ok(0) } else { rows::settle(tx) })?;
        self.settled.fetch_max(number, Ordering::SeqCst);
        Ok(())
    }

    fn count(&self) -> Result<KeyCount, StoreError> {
        self.read(rows::count)
    }

    fn erased(&self) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        self.read(rows::erased)
    }

    fn renew(
        &self,
        from: u32,
        to: &MasterVersion,
        erase: Option<&Erasure>,
        rewrap: &mut Rewrap<'_>,
    ) -> Result<KeyringState, StoreError> {
        self.write(|tx| rows::renew(tx, from, to, erase, rewrap))
    }

    fn scrub(&self) -> Result<(), StoreError> {
        let mut seat = self.seat()?;
        let Some(connection) = seat.as_mut() else { return Ok(()) };
        open::scrub(&mut **connection).map_err(Fault::store_error)
    }
}
