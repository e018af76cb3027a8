//! A fresh database for each test.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use store::{PostgresOptions, SqliteOptions, Store};

/// Where a database is.
pub enum Place {
    File(PathBuf),
    Server(String),
}

impl Place {
    pub fn open(&self) -> Store {
        match self {
            Place::File(path) => Store::open_sqlite(path, SqliteOptions::default()).unwrap(),
            Place::Server(url) => {
                Store::open_postgres(url, PostgresOptions { connections: 18, ..Default::default() }).unwrap()
            }
        }
    }

    /// The same database for asking whether an index can serve a query at all, or also its order. With the few rows of a
    /// test PostgreSQL would rather read and sort them all.
    pub fn open_for_plans(&self, sorted: bool) -> Store {
        match self {
            Place::File(_) => self.open(),
            Place::Server(url) => {
                ::postgres::Client::connect(url, ::postgres::NoTls).unwrap().batch_execute("ANALYZE record").unwrap();
                let off: &[&str] = if sorted { &["sort", "bitmapscan"] } else { &["seqscan"] };
                let off: String = off.iter().map(|what| format!("%20-cenable_{what}%3Doff")).collect();
                Place::Server(format!("{url}{off}")).open()
            }
        }
    }

    /// As one argument for a child process, and back.
    pub fn text(&self) -> String {
        match self {
            Place::File(path) => format!("file {}", path.display()),
            Place::Server(url) => format!("server {url}"),
        }
    }

    pub fn parse(text: &str) -> Self {
        match text.split_once(' ').unwrap() {
            ("file", path) => Place::File(path.into()),
            (_, url) => Place::Server(url.into()),
        }
    }
}

/// An open database that disappears with the test.
pub struct Database {
    pub store: Store,
    pub place: Place,
    _directory: Option<tempfile::TempDir>,
    schema: Option<(String, String)>,
}

pub fn sqlite() -> Database {
    let directory = tempfile::tempdir().unwrap();
    let place = Place::File(directory.path().join("daicho.db"));
    Database { store: place.open(), place, _directory: Some(directory), schema: None }
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

pub fn postgres() -> Option<Database> {
    let url = server()?;
    let schema = format!("t{}_{}", std::process::id(), SCHEMAS.fetch_add(1, Ordering::Relaxed));
    let mut client = ::postgres::Client::connect(&url, ::postgres::NoTls).unwrap();
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).unwrap();
    let join = if url.contains('?') { '&' } else { '?' };
    let place = Place::Server(format!("{url}{join}options=-csearch_path%3D{schema}"));
    Some(Database { store: place.open(), place, _directory: None, schema: Some((url, schema)) })
}

fn server() -> Option<String> {
    std::env::var("DAICHO_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((url, schema)) = &self.schema
            && let Ok(mut client) = ::postgres::Client::connect(url, ::postgres::NoTls)
        {
            let _ = client.batch_execute(&format!("DROP SCHEMA {schema} CASCADE"));
        }
    }
}

#[test]
fn postgresql_is_tested_too() {
    if server().is_none() {
        assert!(std::env::var_os("CI").is_none(), "DAICHO_TEST_POSTGRES must be set where CI runs");
        // Written past the capture of the test harness, so that it is seen.
        let _ = std::io::stderr().write_all(
            b"\n*** PostgreSQL was SKIPPED: DAICHO_TEST_POSTGRES is not set. Only SQLite was tested. ***\n\n",
        );
    }
}
