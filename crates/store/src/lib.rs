//! The storage port of the ledger kernel on SQLite and on PostgreSQL.
//!
//! This crate owns every line of SQL: the core tables and their migrations, the translation of filters, the way a
//! transaction is run, and the indexes and read-only views that follow the definitions. It leaves to `ledger` what is
//! written and who may read it; it never decides about permission, workflow or time.
//!
//! A transaction is a synchronous closure. On SQLite, closures of concurrent callers share one commit; on PostgreSQL, a
//! closure is run again when the database asks for it, so it must not have effects outside of the transaction. Within a
//! writing closure, only the writer that was passed in may be used: calling [`Store::write`] there would wait for itself.
//! Callers in asynchronous code use a blocking thread.
//!
//! ```
//! use store::{SqliteOptions, Store};
//! # use ledger::port::StoreError;
//! # let directory = std::env::temp_dir().join(format!("store-example-{}", std::process::id()));
//! # std::fs::create_dir_all(&directory).unwrap();
//! let store = Store::open_sqlite(&directory.join("daicho.db"), SqliteOptions::default())?;
//! let number = store.write(|writer| writer.next_number("case:2026"))?;
//! assert_eq!(number, 1);
//! let (waiting_jobs, waiting_mails) = store.read(|reader| reader.backlog())?;
//! assert_eq!((waiting_jobs, waiting_mails), (0, 0));
//! # drop(store);
//! # std::fs::remove_dir_all(&directory).unwrap();
//! # Ok::<(), StoreError>(())
//! ```

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod connection;
mod copy;
pub mod guard;
pub mod inspect;
mod keyring;
mod locks;
mod migration;
mod pool;
mod postgresql;
mod shape;
mod sql;
mod sqlite;
mod store;
mod transaction;
mod value;

pub use copy::{
    CopyFacts, CopyKey, CopyPlace, Held, LEFT_OUT, OwnSchema, PostgresPlace, PostgresTools, RehearsalDatabase,
    load_sqlite,
};
pub use guard::GuardKey;
pub use keyring::KeyringStore;
pub use postgresql::{PostgresOptions, PostgresStore};
pub use sqlite::{DatabaseKey, SqliteOptions, SqliteStore};
pub use store::{Statistics, Store};
