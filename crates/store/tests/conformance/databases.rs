//! A fresh database for each test.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::vaults::SmallVault;
use store::{PostgresOptions, SqliteOptions, Store};

/// Where a database is.
pub enum Place {
    File(PathBuf),
    Server(String),
}

impl Place {
    /// Everything is shown with a vault, as the program always has one.
    pub fn open(&self) -> Store {
        self.open_with(Arc::new(SmallVault::default()))
    }

    pub fn open_with(&self, vault: Arc<SmallVault>) -> Store {
        let protection = Some(vault as _);
        match self {
            Place::File(path) => Store::open_sqlite(path, SqliteOptions { protection, ..Default::default() }).unwrap(),
            Place::Server(url) => {
                let options = PostgresOptions { protection, connections: 18, ..Default::default() };
                Store::open_postgres(url, options).unwrap()
            }
        }
    }

    /// Every text of every table, for looking whether something stands there.
    pub fn everything(&self) -> String {
        match self {
            Place::File(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                let tables: Vec<String> = rows(&connection, "SELECT name FROM sqlite_schema WHERE type = 'table'");
                let mut all = String::new();
                for table in tables {
                    let columns = rows(&connection, &format!("SELECT name FROM pragma_table_info('{table}')"));
                    for column in columns {
                        // Binary JSON as text; everything else as it stands, blobs as the characters in them.
                        let json =
                            format!("SELECT json(\"{column}\") FROM \"{table}\" WHERE json_valid(\"{column}\", 8)");
                        all.extend(rows(&connection, &json));
                        all.extend(rows(&connection, &format!("SELECT CAST(\"{column}\" AS TEXT) FROM \"{table}\"")));
                    }
                }
                all
            }
            Place::Server(url) => {
                let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
                let sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() \
                           AND table_type = 'BASE TABLE'";
                let tables: Vec<String> = client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect();
                let mut all = String::new();
                for table in tables {
                    for row in client.query(&format!("SELECT t::text FROM \"{table}\" t"), &[]).unwrap() {
                        all.push_str(row.get::<_, &str>(0));
                    }
                }
                all
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

fn rows(connection: &rusqlite::Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get_ref(0).map(|cell| cell.as_bytes().unwrap_or_default().to_vec()));
    rows.unwrap().map(|bytes| String::from_utf8_lossy(&bytes.unwrap()).into_owned()).collect()
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
