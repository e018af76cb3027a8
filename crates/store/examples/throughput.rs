//! Audited writes a second: record, version, entry, reference and search text, with 1 and 8 writers.
//!
//! `cargo run --release -p store --example throughput [SECONDS]`; PostgreSQL is measured too where
//! `DAICHO_TEST_POSTGRES` names a database. Half of the writes are new records, half are amendments of one's own.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use journal::{Actor, Change, Entry};
use ledger::port::{Put, ReferenceRow, SearchText, StoreError, UniqueKey};
use ledger::record::Record;
use ledger::search::grams;
use serde_json::{Value, json};
use store::{PostgresOptions, SqliteOptions, Store};

fn at(number: u64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::microseconds(number as i64 * 1000)
}

fn sample(number: u64) -> Record {
    let body = json!({
        "number": format!("{number:08}"), "subject": format!("01J{:023}", number % 3000),
        "organisation": format!("01J{:023}", 10_000 + number % 60), "fiscal_year": 2026, "mark": "A",
        "goals": [{"title": "見本の目標その一", "weight": 50}, {"title": "見本の目標その二", "weight": 50}],
        "comment": "これは測定のための見本です。実在の人物とは関係がありません。".repeat(4),
    });
    Record {
        ledger: "evaluation_sheet".into(),
        id: format!("01J{:023}", 100_000 + number),
        revision: 1,
        state: "self_report".into(),
        body: body.as_object().cloned().unwrap_or_default(),
        acts: BTreeMap::new(),
        created_at: at(number),
        recorded_at: at(number),
    }
}

fn write(store: &Store, record: &Record) -> Result<(), StoreError> {
    let reference = |field: &str, ledger: &str| ReferenceRow {
        ledger: record.ledger.clone(),
        record: record.id.clone(),
        field: field.into(),
        target_ledger: ledger.into(),
        target: record.text(field).unwrap_or_default().into(),
    };
    let put = Put {
        record,
        references: vec![reference("subject", "person"), reference("organisation", "organisation")],
        search: vec![SearchText { class: "base".into(), grams: grams(record.text("comment").unwrap_or_default()) }],
        unique: vec![UniqueKey { name: "number".into(), value: format!("[{}]", record.value("number")) }],
    };
    let entry = Entry {
        at: record.recorded_at,
        actor: Actor::system("throughput"),
        ledger: record.ledger.clone(),
        record: record.id.clone(),
        revision: record.revision,
        act: "amend".into(),
        reason: None,
        state_before: None,
        state_after: Some(record.state.clone()),
        changes: BTreeMap::from([("mark".into(), Change { before: Value::Null, after: record.value("mark").clone() })]),
        batch: None,
    };
    store.write(|writer| {
        if record.revision > 1 {
            writer.record_locked(&record.ledger, &record.id)?;
        }
        if let Err(clash) = writer.put(&put)? {
            return Err(StoreError::Failed(format!("{} is taken", clash.key.name)));
        }
        writer.append(&entry).map(drop)
    })
}

fn measure(name: &str, store: &Store, writers: u64, seconds: u64, from: &AtomicU64) -> Result<(), StoreError> {
    let before = store.statistics();
    let begin = Instant::now();
    let end = begin + Duration::from_secs(seconds);
    let done = AtomicU64::new(0);
    let failed = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..writers)
            .map(|_| {
                scope.spawn(|| {
                    while Instant::now() < end {
                        let mut record = sample(from.fetch_add(1, Ordering::Relaxed));
                        write(store, &record)?;
                        record.revision = 2;
                        record.recorded_at += TimeDelta::seconds(1);
                        record.body.insert("mark".into(), json!("B"));
                        write(store, &record)?;
                        done.fetch_add(2, Ordering::Relaxed);
                    }
                    Ok::<_, StoreError>(())
                })
            })
            .collect();
        workers.into_iter().filter_map(|worker| worker.join().ok()).find_map(Result::err)
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let after = store.statistics();
    let rate = done.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64();
    let shared = (after.transactions - before.transactions) as f64 / (after.commits - before.commits).max(1) as f64;
    println!("{name:<11} {writers:>2} writers {rate:>8.0} writes/s  {shared:>5.1} transactions a commit");
    Ok(())
}

/// How often a second this disk takes 32 KiB to safety: the bound of every commit.
fn flushes(path: &std::path::Path) -> std::io::Result<f64> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path)?;
    let begin = Instant::now();
    for _ in 0..200 {
        file.write_all(&[7; 32 * 1024])?;
        file.sync_data()?;
    }
    Ok(200.0 / begin.elapsed().as_secs_f64())
}

fn main() -> Result<(), StoreError> {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(3);
    // Beside the program and not in the directory for temporary files, which may be memory.
    let directory = std::env::current_exe()
        .ok()
        .and_then(|program| Some(program.parent()?.join("throughput-data")))
        .ok_or_else(|| StoreError::Unavailable("no place for the database".into()))?;
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    let flushes = flushes(&directory.join("flush")).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    println!("disk        {flushes:>21.0} flushes/s  (8 writers cannot exceed 8 times this with full sync)");
    let store = Store::open_sqlite(&directory.join("daicho.db"), SqliteOptions::default())?;
    let from = AtomicU64::new(1);
    for writers in [1, 8] {
        measure("SQLite", &store, writers, seconds, &from)?;
    }
    drop(store);
    let _ = std::fs::remove_dir_all(&directory);

    match std::env::var("DAICHO_TEST_POSTGRES") {
        Err(_) => println!("PostgreSQL is not measured: DAICHO_TEST_POSTGRES is not set"),
        Ok(url) => {
            let wrong = |error: ::postgres::Error| StoreError::Unavailable(error.to_string());
            let mut client = ::postgres::Client::connect(&url, ::postgres::NoTls).map_err(wrong)?;
            client
                .batch_execute("DROP SCHEMA IF EXISTS throughput CASCADE; CREATE SCHEMA throughput")
                .map_err(wrong)?;
            let join = if url.contains('?') { '&' } else { '?' };
            let url = format!("{url}{join}options=-csearch_path%3Dthroughput");
            let store = Store::open_postgres(&url, PostgresOptions::default())?;
            for writers in [1, 8] {
                measure("PostgreSQL", &store, writers, seconds, &from)?;
            }
            drop(store);
            client.batch_execute("DROP SCHEMA throughput CASCADE").map_err(wrong)?;
        }
    }
    Ok(())
}
