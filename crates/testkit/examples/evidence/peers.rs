//! What is measured beside Daicho: the least that other programs do when they change a row and log it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use postgres::{Client, NoTls, Statement};
use rusqlite::Connection;

use crate::Failure;
use crate::agency::PEOPLE;

/// Work that is done again and again by each of several writers until the time is over; how often it was done a second.
pub fn rate<W: Send>(
    writers: Vec<W>,
    seconds: f64,
    work: impl Fn(&mut W, u64) -> Result<(), Failure> + Sync,
) -> Result<f64, Failure> {
    let began = Instant::now();
    let end = began + Duration::from_secs_f64(seconds);
    let work = &work;
    let counts: Vec<Result<u64, Failure>> = std::thread::scope(|scope| {
        let threads: Vec<_> = writers
            .into_iter()
            .map(|mut writer| {
                scope.spawn(move || {
                    let mut done = 0;
                    while Instant::now() < end {
                        work(&mut writer, done)?;
                        done += 1;
                    }
                    Ok(done)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a writer panicked".into()))).collect()
    });
    let seconds = began.elapsed().as_secs_f64();
    let done: u64 = counts.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().sum();
    Ok(done as f64 / seconds)
}

/// Numbers that look random, the same in every run: which row comes next.
pub fn scattered(writer: usize, turn: u64) -> u64 {
    (turn + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add((writer as u64).wrapping_mul(0xBF58_476D_1CE4_E5B9))
        >> 16
}

/// A plain SQLite file: a row changed and a line in a log of two columns, flushed at every commit as Daicho's is.
pub struct PlainSqlite(Mutex<Connection>);

impl PlainSqlite {
    pub fn new(path: &Path) -> Result<Self, Failure> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             CREATE TABLE person (id INTEGER PRIMARY KEY, mail TEXT); CREATE TABLE log (at INTEGER, line TEXT);",
        )?;
        let people = i64::try_from(PEOPLE)?;
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) INSERT INTO person SELECT i, '' FROM n",
            [people],
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    pub fn run(&self, writers: usize, seconds: f64) -> Result<f64, Failure> {
        rate((0..writers).collect(), seconds, |writer, turn| {
            let (id, mail) = row(*writer, turn);
            let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction()?;
            transaction.prepare_cached("UPDATE person SET mail = ?2 WHERE id = ?1")?.execute((id, &mail))?;
            let line = format!("officer changed the mail of {id} to {mail}");
            transaction
                .prepare_cached("INSERT INTO log VALUES (?1, ?2)")?
                .execute((i64::try_from(turn).unwrap_or_default(), line))?;
            Ok(transaction.commit()?)
        })
    }
}

fn row(writer: usize, turn: u64) -> (i64, String) {
    (i64::try_from(scattered(writer, turn) % PEOPLE as u64).unwrap_or_default(), format!("p{turn}@mihon.example"))
}

/// Plain PostgreSQL.
pub struct PlainPostgres {
    /// Clients of each kind, connected once: a connection is not what is measured.
    clients: BTreeMap<Plain, Vec<Mutex<Writer>>>,
    /// The server has loaded pgaudit.
    pub audits: bool,
}

struct Writer {
    client: Client,
    update: Statement,
    insert: Statement,
}

/// Clients at most.
const WRITERS: usize = 8;

/// What a plain client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plain {
    /// One row inserted, nothing more.
    Insert,
    /// A row changed and a line of the log, in one transaction, every write in pgaudit's log.
    Audited,
}

impl PlainPostgres {
    pub fn new(url: &str) -> Result<Self, Failure> {
        let mut client = Client::connect(url, NoTls)?;
        let loaded: String = client.query_one("SHOW shared_preload_libraries", &[])?.get(0);
        let audits = loaded.contains("pgaudit");
        client.batch_execute(
            "DROP SCHEMA IF EXISTS plain CASCADE; CREATE SCHEMA plain; SET search_path = plain;
             CREATE TABLE person (id bigint PRIMARY KEY, mail text); CREATE TABLE log (at timestamptz, line text);",
        )?;
        client.execute(&format!("INSERT INTO person SELECT n, '' FROM generate_series(0, {PEOPLE}) n"), &[])?;
        if audits {
            client.batch_execute("CREATE EXTENSION IF NOT EXISTS pgaudit")?;
        }
        let kinds = [Plain::Insert, Plain::Audited].into_iter().filter(|plain| audits || *plain == Plain::Insert);
        let clients = kinds.map(|plain| {
            let clients = (0..WRITERS).map(|_| Writer::connect(url, plain).map(Mutex::new));
            Ok((plain, clients.collect::<Result<_, Failure>>()?))
        });
        Ok(Self { clients: clients.collect::<Result<_, Failure>>()?, audits })
    }

    pub fn run(&self, plain: Plain, writers: usize, seconds: f64) -> Result<f64, Failure> {
        let clients = self.clients.get(&plain).into_iter().flatten().take(writers).enumerate().collect();
        rate(clients, seconds, |(writer, client), turn| {
            let (id, mail) = row(*writer, turn);
            let line = format!("officer changed the mail of {id} to {mail}");
            let mut guard = client.lock().unwrap_or_else(PoisonError::into_inner);
            let Writer { client, update, insert } = &mut *guard;
            if plain == Plain::Insert {
                client.execute(&*insert, &[&line])?;
                return Ok(());
            }
            let mut transaction = client.transaction()?;
            transaction.execute(&*update, &[&id, &mail])?;
            transaction.execute(&*insert, &[&line])?;
            Ok(transaction.commit()?)
        })
    }
}

impl Writer {
    fn connect(url: &str, plain: Plain) -> Result<Self, Failure> {
        let mut client = Client::connect(url, NoTls)?;
        client.batch_execute("SET search_path = plain")?;
        if plain == Plain::Audited {
            client.batch_execute("SET pgaudit.log = 'write'")?;
        }
        let update = client.prepare("UPDATE person SET mail = $2 WHERE id = $1")?;
        let insert = client.prepare("INSERT INTO log VALUES (now(), $1)")?;
        Ok(Self { client, update, insert })
    }
}
