//! A PostgreSQL server.

mod connection;
mod server;
mod verifier;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ledger::port::{Protection, Reader, StoreError, Writer};

use crate::connection::{Connection, Fault};
use crate::guard::GuardKey;
use crate::locks::Locks;
use crate::migration::migrate;
use crate::pool::{Lease, Pool};
use crate::store::Statistics;
use crate::transaction::{Transaction, run};
use connection::PostgresConnection;
pub(crate) use server::Server;

/// Programs that start at the same time bring the tables to the newest form one after another.
const SCHEMA_LOCK: &str = "SELECT pg_advisory_xact_lock(7166081)";

/// How often a transaction is run when the server asks for it (serialization failure, deadlock).
const ATTEMPTS: u32 = 5;

/// How PostgreSQL is used.
#[derive(Clone)]
pub struct PostgresOptions {
    /// The vault that locks protected values; none where nothing is locked.
    pub protection: Option<Arc<dyn Protection>>,
    /// Connections at most.
    pub connections: usize,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// Key of guards; without it drafts are not guarded.
    pub guard: Option<GuardKey>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { protection: None, connections: 12, connect_timeout: Duration::from_secs(10), guard: None }
    }
}

/// A PostgreSQL database behind a pool of connections.
pub struct PostgresStore {
    server: Server,
    guard: Option<GuardKey>,
    pool: Pool<PostgresConnection>,
    locks: Locks,
    transactions: AtomicU64,
    commits: AtomicU64,
}

/// One connection that is nobody else's, outside of the pool.
pub(crate) fn connect_alone(url: &str) -> Result<Box<dyn Connection + Send>, Fault> {
    let server = configured(url, &PostgresOptions::default())?;
    Ok(Box::new(PostgresConnection::connect(&server, None)?))
}

fn configured(url: &str, options: &PostgresOptions) -> Result<Server, Fault> {
    let mut server = Server::of(url)?;
    server.config.connect_timeout(options.connect_timeout).application_name("daicho");
    Ok(server)
}

impl PostgresStore {
    pub(crate) fn open(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        let server = configured(url, &options).map_err(Fault::store_error)?;
        let store = Self {
            server,
            guard: options.guard,
            pool: Pool::new(options.connections),
            locks: Locks::new(options.protection),
            transactions: AtomicU64::new(0),
            commits: AtomicU64::new(0),
        };
        store.write_schema(migrate)?;
        Ok(store)
    }

    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut dyn Reader) -> Result<T, E>,
    ) -> Result<T, E> {
        self.read_transaction(|transaction| work(transaction))
    }

    pub(crate) fn read_plainly<T>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.read_transaction(work)
    }

    fn read_transaction<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection =
            self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").map_err(Fault::store_error)?;
        let ran = run(&mut *connection, &self.locks, work);
        if connection.batch("ROLLBACK").is_err() {
            connection.forget();
        }
        ran.result
    }

    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        mut work: impl FnMut(&mut dyn Writer) -> Result<T, E>,
    ) -> Result<T, E> {
        self.write_transaction(|transaction| work(transaction))
    }

    /// A transaction that changes tables, indexes and views.
    pub(crate) fn write_schema<T>(
        &self,
        mut work: impl FnMut(&mut Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.write_transaction(|transaction| {
            transaction.query("migration", SCHEMA_LOCK, &[])?;
            work(transaction)
        })
    }

    fn write_transaction<T, E: From<StoreError>>(
        &self,
        mut work: impl FnMut(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut attempt = 1;
        loop {
            let mut connection = self.begin("BEGIN ISOLATION LEVEL READ COMMITTED").map_err(Fault::store_error)?;
            let ran = run(&mut *connection, &self.locks, &mut work);
            self.transactions.fetch_add(1, Ordering::Relaxed);
            let mut again = ran.retry;
            let result = match ran.result {
                Ok(value) => match connection.batch("COMMIT") {
                    Ok(()) => {
                        self.commits.fetch_add(1, Ordering::Relaxed);
                        return Ok(value);
                    }
                    Err(fault) => {
                        again = fault.retry;
                        Err(fault.store_error().into())
                    }
                },
                Err(error) => Err(error),
            };
            if connection.batch("ROLLBACK").is_err() {
                connection.forget();
            } else {
                drop(connection);
            }
            if !again || attempt == ATTEMPTS {
                return result;
            }
            // Those who met each other step aside for different lengths of time.
            std::thread::sleep(Duration::from_millis(u64::from(attempt * attempt) * 3));
            attempt += 1;
        }
    }

    /// A connection on which the transaction has begun. Connections that broke while they were idle are replaced.
    fn begin(&self, sql: &str) -> Result<Lease<'_, PostgresConnection>, Fault> {
        loop {
            let mut fresh = false;
            let mut connection = self.pool.take(|| {
                fresh = true;
                PostgresConnection::connect(&self.server, self.guard.clone())
            })?;
            match connection.batch(sql) {
                Ok(()) => return Ok(connection),
                Err(fault) if fresh || !fault.unavailable => {
                    connection.forget();
                    return Err(fault);
                }
                Err(_) => connection.forget(),
            }
        }
    }

    /// Work on a connection that nobody else uses and that is closed at the end.
    pub(crate) fn with_own_connection<T>(
        &self,
        work: impl FnOnce(&mut dyn Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(&mut PostgresConnection::connect(&self.server, None)?)
    }

    /// Server, database and account.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn locks(&self) -> &Locks {
        &self.locks
    }

    pub(crate) fn statistics(&self) -> Statistics {
        Statistics {
            transactions: self.transactions.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
        }
    }
}
