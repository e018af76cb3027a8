//! Sealing: every committed entry gets one position, whatever the order of commits, and what was sealed cannot be changed
//! unseen.

use std::sync::mpsc;

use chrono::{DateTime, TimeDelta, Utc};
use journal::tree::verify_consistency;
use journal::{Actor, Checkpoint, Entry, SigningKey, TarWriter, leaf_bytes, leaf_hash, open_exported, verify_exported};
use ledger::port::{Cosignature, NewSeal, Reader, StoreError, Writer};
use ledger::seal::{self, SealProblem};
use store::{GuardKey, PostgresOptions, SqliteOptions, Store};

use crate::databases::{Database, Place};

on_both!(
    entries_are_sealed_in_batches_that_continue_one_another,
    a_late_commit_is_sealed_later_and_not_skipped,
    of_two_sealers_one_wins,
    what_is_stored_is_byte_for_byte_what_is_hashed,
    an_entry_of_a_database_client_is_not_sealed,
    an_altered_tree_or_a_database_set_back_is_not_sealed_on,
    of_each_hour_the_last_checkpoint_is_kept_and_those_cosigned,
    a_journal_that_cannot_be_written_stops_the_act,
    the_stored_journal_is_exported_and_verifies,
);

fn key() -> SigningKey {
    SigningKey::from_seed("example.jp/journal", [3; 32]).unwrap()
}

fn at(minute: i64) -> DateTime<Utc> {
    "2026-11-20T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

fn entry(record: &str) -> Entry {
    Entry {
        at: at(0),
        actor: Actor::system("test"),
        ledger: "person".into(),
        record: record.into(),
        revision: 1,
        act: "create".into(),
        reason: Some("髙橋 \"引用\" \\ 葛\u{E0100}".into()),
        state_before: None,
        state_after: None,
        changes: Default::default(),
        batch: None,
    }
}

fn append(store: &Store, count: usize) {
    store
        .write(|tx: &mut dyn Writer| {
            (0..count).try_for_each(|number| tx.append(&entry(&format!("R{number:04}"))).map(drop))
        })
        .map_err(|error: StoreError| error)
        .unwrap();
}

fn prepare(store: &Store, batch: usize) -> Result<seal::Prepared, SealProblem> {
    store.read(|tx: &mut dyn Reader| seal::prepare(tx, &key(), None, at(1), batch))
}

fn add(store: &Store, new: &NewSeal) -> bool {
    store.write(|tx: &mut dyn Writer| tx.add_seal(new)).unwrap()
}

/// Seal what waits and return the size.
fn seal_all(store: &Store, batch: usize) -> u64 {
    while let Some(new) = prepare(store, batch).unwrap().seal {
        assert!(add(store, &new));
    }
    store.read(|tx: &mut dyn Reader| tx.seal_head()).unwrap().map_or(0, |head| head.size)
}

/// Making the tables has left entries of its own: begin with an empty journal, so that positions can be told.
fn empty(database: &Database) {
    let restart = match database.place {
        Place::File(_) => "DELETE FROM sqlite_sequence WHERE name = 'entry'",
        Place::Server(_) => "ALTER TABLE entry ALTER COLUMN sequence RESTART",
    };
    behind(database, &format!("DELETE FROM unsealed; DELETE FROM entry; {restart}"));
}

fn newest(store: &Store) -> Checkpoint {
    let stored = store.read(|tx: &mut dyn Reader| tx.newest_checkpoint()).unwrap().unwrap();
    Checkpoint::open(&stored.note, key().verifier()).unwrap().0
}

fn entries_are_sealed_in_batches_that_continue_one_another(database: &Database) {
    empty(database);
    let store = &database.store;
    assert!(prepare(store, 10).unwrap().seal.is_none());
    let mut before: Option<Checkpoint> = None;
    for (count, batch) in [(3, 10), (300, 100), (1, 1), (250, 1_000)] {
        append(store, count);
        assert_eq!(store.read(|tx: &mut dyn Reader| tx.seal_lag()).unwrap().waiting, count as u64);
        seal_all(store, batch);
        assert_eq!(store.read(|tx: &mut dyn Reader| tx.seal_lag()).unwrap(), Default::default());
        let now = newest(store);
        if let Some(before) = before {
            let proof = store.read(|tx: &mut dyn Reader| seal::consistency(tx, before.size, now.size)).unwrap();
            assert!(verify_consistency(before.size, &before.root, now.size, &now.root, &proof));
        }
        before = Some(now);
    }
    let (runs, entries) = store
        .read(|tx: &mut dyn Reader| Ok::<_, StoreError>((tx.seal_runs(0, 100)?, tx.sealed_entries(0, 554)?)))
        .unwrap();
    assert_eq!(entries.len(), 554);
    assert!(runs.len() < 10, "{runs:?}");
    assert!(entries.iter().enumerate().all(|(place, entry)| entry.position == place as u64));
    // Any part of it, across the borders of runs.
    let part = store.read(|tx: &mut dyn Reader| tx.sealed_entries(100, 110)).unwrap();
    assert_eq!(part, entries[100..110]);
    for wanted in [&entries[0], &entries[303], &entries[553]] {
        let found = store.read(|tx: &mut dyn Reader| tx.seal_position(wanted.sequence)).unwrap();
        assert_eq!(found, Some(wanted.position));
    }
    // A proof for each entry of one record, each of which holds by itself.
    let proofs = store
        .read(|tx: &mut dyn Reader| {
            let checkpoint = tx.newest_checkpoint()?.unwrap();
            let entries = tx.sealed_entries_of("person", "R0000", 100)?;
            assert_eq!(entries.len(), 4);
            seal::proofs(tx, &checkpoint, &entries)
        })
        .unwrap();
    for proof in proofs {
        let (checkpoint, entry) = proof.verify(key().verifier()).unwrap();
        assert_eq!(checkpoint.size, 554);
        assert_eq!(serde_json::from_slice::<Entry>(entry).unwrap().record, "R0000");
    }
}

fn a_late_commit_is_sealed_later_and_not_skipped(database: &Database) {
    let Place::Server(url) = &database.place else {
        // On SQLite transactions come one after another, so none commits late.
        return;
    };
    empty(database);
    let store = &database.store;
    append(store, 2);
    let other = Store::open_postgres(url, PostgresOptions::default()).unwrap();
    let (began, has_begun) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let slow = std::thread::spawn(move || {
        other
            .write(|tx: &mut dyn Writer| {
                let sequence = tx.append(&entry("LATE"))?;
                began.send(sequence).unwrap();
                may_go.recv().unwrap();
                Ok::<_, StoreError>(())
            })
            .unwrap();
    });
    let late = has_begun.recv().unwrap();
    append(store, 5);
    assert_eq!(seal_all(store, 100), 7);
    assert_eq!(store.read(|tx: &mut dyn Reader| tx.seal_position(late)).unwrap(), None);
    go.send(()).unwrap();
    slow.join().unwrap();
    assert_eq!(seal_all(store, 100), 8);
    assert_eq!(store.read(|tx: &mut dyn Reader| tx.seal_position(late)).unwrap(), Some(7));
    let entries = store.read(|tx: &mut dyn Reader| tx.sealed_entries_of("person", "LATE", 5)).unwrap();
    assert_eq!((entries[0].position, entries[0].sequence), (7, late));
}

fn of_two_sealers_one_wins(database: &Database) {
    empty(database);
    let store = &database.store;
    append(store, 4);
    let (one, two) = (prepare(store, 3).unwrap().seal.unwrap(), prepare(store, 4).unwrap().seal.unwrap());
    assert!(add(store, &one));
    assert!(!add(store, &two), "the second began from a size that is no more");
    assert_eq!(newest(store).size, 3);
    assert_eq!(seal_all(store, 100), 4);
    // With another key nothing goes on.
    append(store, 1);
    let other = SigningKey::from_seed("example.jp/journal", [4; 32]).unwrap();
    let refused = store.read(|tx: &mut dyn Reader| seal::prepare(tx, &other, None, at(1), 10));
    assert!(matches!(refused, Err(SealProblem::OtherKey(_))));
}

fn what_is_stored_is_byte_for_byte_what_is_hashed(database: &Database) {
    empty(database);
    let store = &database.store;
    store.write(|tx: &mut dyn Writer| tx.append(&entry("R1"))).unwrap();
    seal_all(store, 10);
    let stored = store.read(|tx: &mut dyn Reader| tx.sealed_entries(0, 1)).unwrap();
    assert_eq!(stored[0].body.as_bytes(), entry("R1").canonical());
    assert_eq!(newest(store).root, leaf_hash(&leaf_bytes(stored[0].body.as_bytes())));
}

fn guarded(database: &Database) -> Store {
    let guard = Some(GuardKey::new(&[5; 32]));
    match &database.place {
        Place::File(path) => Store::open_sqlite(path, SqliteOptions { guard, ..Default::default() }).unwrap(),
        Place::Server(url) => Store::open_postgres(url, PostgresOptions { guard, ..Default::default() }).unwrap(),
    }
}

/// Run a statement as somebody with a database client would.
fn behind(database: &Database, sql: &str) {
    match &database.place {
        Place::File(path) => rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap(),
        Place::Server(url) => {
            ::postgres::Client::connect(url, ::postgres::NoTls).unwrap().batch_execute(sql).unwrap();
        }
    }
}

fn an_entry_of_a_database_client_is_not_sealed(database: &Database) {
    empty(database);
    let store = &guarded(database);
    append(store, 3);
    assert_eq!(seal_all(store, 100), 3);
    append(store, 3);
    let columns = "at, account, ledger, record, act, batch, body";
    behind(
        database,
        &format!(
            "INSERT INTO entry ({columns}) SELECT {columns} FROM entry WHERE sequence = 1;
             INSERT INTO unsealed (sequence, mark) SELECT max(sequence), '' FROM entry;
             UPDATE entry SET body = replace(body, 'R0001', 'R0009') WHERE sequence = 5"
        ),
    );
    append(store, 1);
    let prepared = prepare(store, 100).unwrap();
    assert_eq!(prepared.foreign, [5, 7], "the altered one and the one put in");
    assert!(add(store, &prepared.seal.unwrap()));
    assert_eq!(newest(store).size, 6);
    let small = prepare(store, 1).unwrap();
    assert!(small.seal.is_none() && !small.foreign.is_empty());
}

fn an_altered_tree_or_a_database_set_back_is_not_sealed_on(database: &Database) {
    empty(database);
    let store = &database.store;
    append(store, 3);
    seal_all(store, 100);
    let seen = store.read(|tx: &mut dyn Reader| tx.newest_checkpoint()).unwrap().unwrap().note;
    append(store, 300);
    seal_all(store, 100);
    append(store, 1);
    let with = |seen: Option<&str>| {
        store.read(|tx: &mut dyn Reader| seal::prepare(tx, &key(), seen, at(1), 10)).map(|prepared| prepared.seal)
    };
    assert!(with(Some(&seen)).unwrap().is_some(), "it continues what was seen");
    // What was seen is of a longer history, or of another one.
    let other = |size, root| Checkpoint { origin: "example.jp/journal".into(), size, root }.sign(&key()).to_string();
    for seen in [other(999, [1; 32]), other(3, [1; 32])] {
        assert!(matches!(with(Some(&seen)), Err(SealProblem::Rewound { .. })));
    }
    let literal =
        if matches!(database.place, Place::File(_)) { "zeroblob(1504)" } else { "decode(repeat('00', 1504), 'hex')" };
    behind(database, &format!("UPDATE seal_tile SET hashes = {literal} WHERE level = 0 AND number = 1"));
    assert!(matches!(with(None), Err(SealProblem::Tree(_))));
    behind(database, "DELETE FROM seal; DELETE FROM seal_run; DELETE FROM seal_tile; DELETE FROM checkpoint");
    assert!(matches!(with(Some(&seen)), Err(SealProblem::Rewound { seen: 3, size: 0 })));
}

fn of_each_hour_the_last_checkpoint_is_kept_and_those_cosigned(database: &Database) {
    empty(database);
    let store = &database.store;
    for minute in [1, 2, 3, 61, 62] {
        append(store, 1);
        let new = store.read(|tx: &mut dyn Reader| seal::prepare(tx, &key(), None, at(minute), 10)).unwrap();
        assert!(add(store, &new.seal.unwrap()));
        if minute == 2 {
            let cosignature =
                Cosignature { size: 2, witness: "w+00000000+BA==".into(), line: "— w AAAA".into(), at: at(2) };
            store
                .write(|tx: &mut dyn Writer| {
                    tx.add_cosignature(&cosignature)?;
                    tx.add_cosignature(&cosignature)
                })
                .unwrap();
            let lines = store.read(|tx: &mut dyn Reader| tx.cosignatures(2)).unwrap();
            assert_eq!(lines, [cosignature]);
        }
    }
    let sizes: Vec<_> =
        store.read(|tx: &mut dyn Reader| tx.checkpoints(100)).unwrap().iter().map(|kept| kept.size).collect();
    assert_eq!(sizes, [5, 3, 2]);
    let over = store.read(|tx: &mut dyn Reader| tx.checkpoint_over(2)).unwrap().unwrap();
    assert_eq!(over.size, 3);
}

/// Seed 003 付紙 第9 1(1)エ: what cannot be written down is not done.
fn a_journal_that_cannot_be_written_stops_the_act(database: &Database) {
    empty(database);
    let store = &database.store;
    behind(database, "DROP TABLE unsealed");
    let refused = store.write(|tx: &mut dyn Writer| {
        tx.next_number("case:2026")?;
        tx.append(&entry("R1"))
    });
    assert!(refused.is_err());
    let number = store.write(|tx: &mut dyn Writer| tx.next_number("case:2026"));
    // Even a number is an act that the journal tells of, so it is refused too; nothing of the first act stayed.
    assert!(number.is_err() || number.is_ok_and(|number| number == 1));
    assert!(
        store
            .read(|tx: &mut dyn Reader| tx.history(&ledger::port::HistoryQuery { limit: 9, ..Default::default() }))
            .unwrap()
            .is_empty()
    );
}

fn the_stored_journal_is_exported_and_verifies(database: &Database) {
    empty(database);
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| folder.path().join(name);
    let none = store.read(|tx: &mut dyn Reader| seal::export(tx, TarWriter::create(&out("none.tar"))?));
    assert!(matches!(none, Err(seal::ExportProblem::NotSealed)));
    append(store, 600);
    seal_all(store, 250);
    append(store, 1);
    let size = store.read(|tx: &mut dyn Reader| seal::export(tx, TarWriter::create(&out("one.tar"))?)).unwrap();
    assert_eq!(size, 600);
    let verify = |name: &str| {
        let files = open_exported(&out(name)).unwrap();
        verify_exported(files.as_ref(), Some(key().verifier()), 2)
    };
    assert_eq!(verify("one.tar").unwrap().checkpoint, newest(store));
    behind(
        database,
        "UPDATE entry SET body = replace(body, 'R0300', 'R0301') WHERE sequence = 301; DELETE FROM entry WHERE sequence = 400",
    );
    store.read(|tx: &mut dyn Reader| seal::export(tx, TarWriter::create(&out("two.tar"))?)).unwrap();
    let found: Vec<_> = verify("two.tar").unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("位置 300") && found[1].contains("位置 399"), "{found:?}");
}
