//! Copies: what is made from one holds what the database held at the instant of copying, and nothing that is left out.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ledger::port::{HistoryQuery, Reader, StoreError, Writer};
use serde_json::json;
use store::{CopyFacts, CopyKey, CopyPlace, PostgresPlace, PostgresTools, SqliteOptions, Store, load_sqlite};

use crate::databases::{Database, Place};
use crate::people::{dressed, person, put};

on_both!(
    a_copy_holds_one_instant_while_others_write,
    a_copy_cut_short_changes_nothing,
    a_copy_that_is_stopped_leaves_no_file,
);

const KEY: CopyKey = CopyKey([7; 32]);

/// Add a record with its entry, search text and unique key.
fn add(store: &Store, number: u64) {
    put(store, &dressed(&person(number, json!({ "name": format!("before{number}"), "number": number.to_string() }))))
        .unwrap();
}

/// A place for scratch files; tests of one database share nothing.
fn place(folder: &std::path::Path) -> CopyPlace {
    CopyPlace { scratch: folder.join("scratch"), tools: PostgresTools::default() }
}

fn copied(store: &Store, folder: &std::path::Path) -> (CopyFacts, Vec<u8>) {
    let mut content = Vec::new();
    let facts = store
        .copy(&place(folder), &KEY, &mut |_| true, &mut |piece| {
            content.extend_from_slice(piece);
            Ok(())
        })
        .unwrap();
    assert!(!folder.join("scratch").exists(), "the scratch file is gone");
    (facts, content)
}

/// A database made from a copy, at a place of its own on SQLite and over the old one on PostgreSQL.
fn restored(database: &Database, content: &[u8], folder: &std::path::Path) -> Result<Store, StoreError> {
    match &database.place {
        Place::File(_) => {
            let (copy, target) = (folder.join("copy"), folder.join("restored.db"));
            std::fs::write(&copy, content).unwrap();
            load_sqlite(&copy, &KEY, &target, &SqliteOptions::default(), &mut |_| true)?;
            Store::open_sqlite(&target, SqliteOptions::default())
        }
        Place::Server(url) => {
            let place = PostgresPlace::of(url)?;
            let aside = format!("{}_aside", place.schema);
            place.load(&PostgresTools::default(), &aside, &mut &*content, &mut |_| true)?;
            Ok(database.place.open())
        }
    }
}

fn entries(tx: &mut dyn Reader) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    let all = tx.history(&HistoryQuery { limit: usize::MAX >> 1, ..HistoryQuery::default() })?;
    Ok(all.into_iter().map(|stored| (stored.sequence, stored.entry.canonical())).collect())
}

fn a_copy_holds_one_instant_while_others_write(database: &Database) {
    let store = &database.store;
    // Making the tables was told to the journal in entries of their own, which no history shows.
    let made = store.copy_facts().unwrap().entries;
    for number in 0..40 {
        add(store, number);
    }
    let folder = tempfile::tempdir().unwrap();
    let (stop, written) = (AtomicBool::new(false), AtomicU64::new(0));
    let (facts, content) = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                add(store, 1_000 + written.fetch_add(1, Ordering::Relaxed));
            }
        });
        while written.load(Ordering::Relaxed) < 5 {
            std::thread::yield_now();
        }
        let copied = copied(store, folder.path());
        stop.store(true, Ordering::Relaxed);
        copied
    });
    let told = facts.entries - made;
    assert!(told >= 44, "{facts:?}");
    assert_eq!(told, facts.records, "each record of this test has one entry, so the copy is of one instant");
    if let Place::File(_) = database.place {
        assert!(!content.windows(6).any(|window| window == b"before"), "the copy is encrypted");
    }

    let known = store.read(entries).unwrap();
    let copy = restored(database, &content, folder.path()).unwrap();
    assert_eq!(copy.copy_facts().unwrap(), facts);
    let kept = copy.read(entries).unwrap();
    assert_eq!(kept.len() as i64, told);
    assert!(kept.iter().all(|entry| known.contains(entry)), "the same entries under the same numbers");

    // It goes on where the copy ended: no number is given out twice.
    add(&copy, 900_000);
    let newest = copy.read(entries).unwrap().first().map(|(sequence, _)| *sequence).unwrap();
    assert!(newest > facts.last_sequence, "{newest} {facts:?}");
}

fn a_copy_cut_short_changes_nothing(database: &Database) {
    add(&database.store, 1);
    let folder = tempfile::tempdir().unwrap();
    let (_, content) = copied(&database.store, folder.path());
    add(&database.store, 2);
    let before = database.store.copy_facts().unwrap();
    let half = &content[..content.len() / 2];
    assert!(restored(database, half, folder.path()).is_err());
    assert_eq!(before.records, 2);
    assert_eq!(database.place.open().copy_facts().unwrap(), before, "what was there is there");
}

fn a_copy_that_is_stopped_leaves_no_file(database: &Database) {
    add(&database.store, 1);
    let folder = tempfile::tempdir().unwrap();
    let full = || Err(std::io::Error::from(std::io::ErrorKind::StorageFull));
    let problem = database.store.copy(&place(folder.path()), &KEY, &mut |_| true, &mut |_| full()).unwrap_err();
    assert!(matches!(&problem, StoreError::Unavailable(why) if why.contains("空き")), "{problem}");
    assert!(database.store.copy(&place(folder.path()), &KEY, &mut |_| false, &mut |_| Ok(())).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    // The database is as usable as before.
    database.store.write(|tx: &mut dyn Writer| tx.next_number("after")).unwrap();
}
