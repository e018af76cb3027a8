//! What happens when the program is killed, the disk is full or the file is gone.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use ledger::port::{HistoryQuery, StoreError};
use serde_json::json;

use crate::databases::{self, Database, Place};
use crate::people::{Wrong, amended, at, dressed, person, put, read};

on_both!(acknowledged_writes_survive_a_kill);

const PLACE: &str = "STORE_TEST_PLACE";

/// Not a test of its own: what the killed child does. It tells every number whose write was acknowledged.
#[test]
#[ignore = "run as a child process by the tests of this file"]
fn child() {
    let Ok(place) = std::env::var(PLACE) else { return };
    let store = Place::parse(&place).open();
    std::thread::scope(|scope| {
        for worker in 0..4_u64 {
            let store = &store;
            scope.spawn(move || {
                for turn in 0..100_000 {
                    let number = turn * 4 + worker + 1;
                    let text = "見本".repeat(200);
                    let result =
                        put(store, &dressed(&person(number, json!({"name": format!("{number}"), "text": text}))));
                    let line = match result {
                        Ok(()) => format!("\nack {number}\n"),
                        Err(Wrong::Store(StoreError::Unavailable(_))) => "\nunavailable\n".to_owned(),
                        Err(other) => format!("\nwrong {other:?}\n"),
                    };
                    let mut out = std::io::stdout().lock();
                    out.write_all(line.as_bytes()).unwrap();
                    out.flush().unwrap();
                    if !line.contains("ack") {
                        return;
                    }
                }
            });
        }
    });
}

fn start(command: &mut Command, place: &Place) -> Child {
    command.env(PLACE, place.text()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

const CHILD: [&str; 4] = ["--exact", "damage::child", "--ignored", "--nocapture"];

/// Read what the child says until it has acknowledged that many, or all of it.
fn acknowledged(child: &mut Child, enough: usize) -> (BTreeSet<u64>, usize) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut numbers, mut unavailable) = (BTreeSet::new(), 0);
    while let Some(Ok(line)) = lines.next() {
        assert!(!line.starts_with("wrong"), "{line}");
        unavailable += usize::from(line == "unavailable");
        numbers.extend(line.strip_prefix("ack ").and_then(|number| number.parse::<u64>().ok()));
        if numbers.len() == enough {
            // SIGKILL, in the middle of whatever it is doing.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    (numbers, unavailable)
}

fn all_are_there(database: &Database, numbers: &BTreeSet<u64>) {
    let store = database.place.open();
    for number in numbers {
        assert!(read(&store, *number).is_some(), "{number} was acknowledged and is gone");
    }
    // Every record that is there is there as a whole, with its entry, and can be changed.
    let entries = store
        .read::<_, StoreError>(|reader| reader.history(&HistoryQuery { limit: 100_000, ..HistoryQuery::default() }))
        .unwrap();
    let count =
        store.read::<_, StoreError>(|reader| reader.count("person", &ledger::query::Filter::Everything, None, 100_000));
    assert_eq!(count.unwrap(), entries.len() as u64);
    let record = read(&store, *numbers.first().unwrap()).unwrap();
    put(&store, &dressed(&amended(&record, "name", json!("後"), at(9)))).unwrap();
}

fn acknowledged_writes_survive_a_kill(database: &Database) {
    let mut child = start(Command::new(std::env::current_exe().unwrap()).args(CHILD), &database.place);
    let (numbers, _) = acknowledged(&mut child, 150);
    assert!(numbers.len() >= 150);
    all_are_there(database, &numbers);
}

#[test]
#[cfg(unix)]
fn a_full_disk_acknowledges_nothing_it_did_not_keep() {
    let database = databases::sqlite();
    // A limit on the size of files (in blocks of 512 bytes) fails a write like a full disk, without stopping the program.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' 25; ulimit -f 4000; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
    let mut child = start(command.args(CHILD), &database.place);
    let (numbers, unavailable) = acknowledged(&mut child, usize::MAX);
    assert_eq!(unavailable, 4, "every writer is told");
    assert!(numbers.len() > 10, "{}", numbers.len());
    all_are_there(&database, &numbers);
}

#[test]
#[cfg(unix)]
fn a_vanished_file_is_unavailable() {
    let database = databases::sqlite();
    let store = &database.store;
    put(store, &dressed(&person(1, json!({})))).unwrap();
    let Place::File(path) = &database.place else { unreachable!() };
    let moved = path.with_extension("moved");
    std::fs::rename(path, &moved).unwrap();
    let result = put(store, &dressed(&person(2, json!({}))));
    assert!(matches!(result, Err(Wrong::Store(StoreError::Unavailable(_)))), "{result:?}");
    std::fs::write(path, b"").unwrap();
    let result = put(store, &dressed(&person(2, json!({}))));
    assert!(matches!(result, Err(Wrong::Store(StoreError::Unavailable(_)))), "another file: {result:?}");
    std::fs::rename(&moved, path).unwrap();
    put(store, &dressed(&person(2, json!({})))).unwrap();
}

#[test]
fn what_cannot_be_opened_is_unavailable() {
    let directory = tempfile::tempdir().unwrap();
    let nowhere = directory.path().join("no/such/place.db");
    let result = store::Store::open_sqlite(&nowhere, store::SqliteOptions::default());
    assert!(matches!(result.err(), Some(StoreError::Unavailable(_))));
    let text = directory.path().join("text.db");
    std::fs::write(&text, "これはデータベースではありません。".repeat(100)).unwrap();
    let result = store::Store::open_sqlite(&text, store::SqliteOptions::default());
    assert!(matches!(result.err(), Some(StoreError::Unavailable(_))));
    // A port where nobody listens.
    let result = store::Store::open_postgres("postgres://a:b@127.0.0.1:9/c", store::PostgresOptions::default());
    assert!(matches!(result.err(), Some(StoreError::Unavailable(_))));
    // Encryption that anybody on the way may leave out is refused.
    let result =
        store::Store::open_postgres("postgres://a:b@127.0.0.1:9/c?sslmode=prefer", store::PostgresOptions::default());
    assert!(matches!(result.err(), Some(StoreError::Failed(_))));
}
