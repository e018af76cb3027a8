//! Many at once: no update is lost, conflicts are seen as conflicts, reads stay whole, commits are shared.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ledger::port::StoreError;
use ledger::query::Filter;
use serde_json::json;

use crate::databases::Database;
use crate::people::{Wrong, amended, at, dressed, id, person, put, put_all, read, store_in};

on_both!(
    sixteen_writers_see_every_conflict,
    sixteen_writers_wait_for_a_locked_record,
    writers_who_cross_are_run_again,
    a_reading_transaction_sees_one_instant,
    unique_keys_hold_under_a_race,
);

const WRITERS: usize = 16;
const TURNS: usize = 12;

fn count(store: &store::Store, number: u64) -> (i64, i64) {
    let record = read(store, number).unwrap();
    (record.value("count").as_i64().unwrap(), record.revision)
}

fn sixteen_writers_see_every_conflict(database: &Database) {
    let store = &database.store;
    put(store, &dressed(&person(1, json!({"count": 0})))).unwrap();
    let conflicts = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let mut done = 0;
                while done < TURNS {
                    // As two people do: both read, then both write what they read plus one.
                    let before = read(store, 1).unwrap();
                    let count = before.value("count").as_i64().unwrap();
                    match put(store, &dressed(&amended(&before, "count", json!(count + 1), at(1)))) {
                        Ok(()) => done += 1,
                        Err(Wrong::Store(StoreError::Stale)) => {
                            conflicts.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    let all = (WRITERS * TURNS) as i64;
    assert_eq!(count(store, 1), (all, all + 1));
    assert!(conflicts.load(Ordering::Relaxed) > 0, "sixteen writers on one record must have met");
    for revision in 1..=all + 1 {
        let version =
            store.read::<_, StoreError>(|reader| reader.record_revision("person", &id(1), revision)).unwrap().unwrap();
        assert_eq!(version.value("count"), &json!(revision - 1));
    }
}

/// Add one to each of the records within one transaction that locks them in this order.
fn add_one(store: &store::Store, order: &[u64]) -> Result<(), Wrong> {
    store.write(|writer| {
        for number in order {
            let before = writer.record_locked("person", &id(*number))?.unwrap();
            let count = before.value("count").as_i64().unwrap();
            store_in(writer, &dressed(&amended(&before, "count", json!(count + 1), at(1))))?;
        }
        Ok(())
    })
}

fn sixteen_writers_wait_for_a_locked_record(database: &Database) {
    let store = &database.store;
    put(store, &dressed(&person(1, json!({"count": 0})))).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| (0..TURNS).for_each(|_| add_one(store, &[1]).unwrap()));
        }
    });
    let all = (WRITERS * TURNS) as i64;
    assert_eq!(count(store, 1), (all, all + 1));
}

fn writers_who_cross_are_run_again(database: &Database) {
    let store = &database.store;
    put_all(store, &[person(1, json!({"count": 0})), person(2, json!({"count": 0}))]);
    std::thread::scope(|scope| {
        // On PostgreSQL the two lock each other out now and then; the server ends one, and the store runs it again.
        for order in [[1, 2], [2, 1]] {
            scope.spawn(move || (0..3).for_each(|_| add_one(store, &order).unwrap()));
        }
    });
    assert_eq!((count(store, 1), count(store, 2)), ((6, 7), (6, 7)));
}

fn a_reading_transaction_sees_one_instant(database: &Database) {
    let store = &database.store;
    put(store, &dressed(&person(1, json!({})))).unwrap();
    let (before, after) = store
        .read::<_, StoreError>(|reader| {
            let before = reader.count("person", &Filter::Everything, None, 100)?;
            // Somebody writes in between, on a thread of their own.
            std::thread::scope(|scope| {
                scope.spawn(|| put(store, &dressed(&person(2, json!({})))).unwrap()).join().unwrap();
            });
            Ok((before, reader.count("person", &Filter::Everything, None, 100)?))
        })
        .unwrap();
    assert_eq!((before, after), (1, 1));
    assert!(read(store, 2).is_some());
}

fn unique_keys_hold_under_a_race(database: &Database) {
    let store = &database.store;
    let winners = std::thread::scope(|scope| {
        let workers: Vec<_> = (1..=8_u64)
            .map(|number| {
                scope.spawn(move || match put(store, &dressed(&person(number, json!({"number": "7"})))) {
                    Ok(()) => 1,
                    Err(Wrong::Clash(clash)) => {
                        assert!(read(store, clash.record[3..].parse().unwrap()).is_some());
                        0
                    }
                    Err(other) => panic!("{other:?}"),
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum::<i32>()
    });
    assert_eq!(winners, 1);
}

/// How a caller ends.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    Well,
    /// With a refusal, before it has written anything.
    Refused,
    /// With a refusal, after it has written.
    Undone,
}

/// Nine callers who come while the first still works; how often they ran, and how often was committed.
fn nine_callers(ends: fn(u64) -> Ends) -> (usize, u64) {
    let database = crate::databases::sqlite();
    let store = &database.store;
    let before = store.statistics();
    let (arrived, runs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = |number: u64| {
        store.write::<_, Wrong>(|writer| {
            runs.fetch_add(1, Ordering::SeqCst);
            if ends(number) != Ends::Refused {
                store_in(writer, &dressed(&person(number, json!({}))))?;
            }
            if number == 1 {
                while arrived.load(Ordering::SeqCst) < 8 {
                    std::thread::yield_now();
                }
                // Time for the last of them to step from here to the door, on a busy machine too.
                std::thread::sleep(Duration::from_millis(400));
            }
            if ends(number) == Ends::Well { Ok(()) } else { Err(Wrong::Refused) }
        })
    };
    std::thread::scope(|scope| {
        let (arrived, work) = (&arrived, &work);
        for number in 1..10 {
            scope.spawn(move || {
                if number > 1 {
                    arrived.fetch_add(1, Ordering::SeqCst);
                }
                assert_eq!(work(number).is_ok(), ends(number) == Ends::Well);
            });
        }
    });
    for number in 1..10 {
        assert_eq!(read(store, number).is_some(), ends(number) == Ends::Well, "only who failed is undone: {number}");
    }
    let after = store.statistics();
    assert_eq!(after.transactions - before.transactions, 9);
    (runs.into_inner(), after.commits - before.commits)
}

#[test]
fn writers_who_wait_share_one_commit() {
    let (runs, commits) = nine_callers(|_| Ends::Well);
    assert_eq!(runs, 9);
    assert!(commits <= 3, "{commits}");
}

#[test]
fn who_is_refused_before_writing_disturbs_nobody() {
    let (runs, commits) = nine_callers(|number| if number % 4 == 0 { Ends::Refused } else { Ends::Well });
    assert_eq!(runs, 9);
    assert!(commits <= 3, "{commits}");
}

#[test]
fn who_is_refused_after_writing_is_undone_alone() {
    // Those who shared the transaction are run again; once, as savepoints keep them apart from then on.
    let (runs, _) = nine_callers(|number| if number % 4 == 0 { Ends::Undone } else { Ends::Well });
    assert!((11..=17).contains(&runs), "{runs}");
}
