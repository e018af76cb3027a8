//! Storing records: revisions, unique keys, references, the journal, numbers, and what a failure leaves behind.

use journal::Entry;
use ledger::port::{HistoryQuery, Put, ReferenceRow, StoreError, Told};
use serde_json::json;

use crate::databases::Database;
use crate::people::{Wrong, amended, at, dressed, entry, id, person, plain, put, put_all, read, store_in};

on_both!(
    a_record_comes_back_as_it_was_stored,
    a_revision_out_of_turn_is_stale,
    a_unique_key_is_occupied_once,
    references_follow_the_record,
    the_journal_keeps_every_entry,
    numbers_have_neither_gaps_nor_doubles,
    a_failure_leaves_nothing,
    a_panic_leaves_nothing_and_harms_nobody,
    a_swallowed_failure_is_still_a_failure,
    nul_is_refused,
    records_are_looked_up_by_natural_key,
    a_second_opening_changes_nothing,
);

fn a_record_comes_back_as_it_was_stored(database: &Database) {
    let record = person(
        1,
        json!({"name": "葛\u{E0100}城 𠮷子", "amount": 9_007_199_254_740_993_i64, "rate": "12.50", "flag": false,
               "list": ["b", "a"], "rows": [{"x": 1}], "text": "\\u0000 は文字列", "newline": "一\n二\t三"}),
    );
    put(&database.store, &plain(&record)).unwrap();
    assert_eq!(read(&database.store, 1).as_ref(), Some(&record));
    assert_eq!(read(&database.store, 2), None);
    let (first, none, many) = database
        .store
        .read::<_, StoreError>(|reader| {
            Ok((
                reader.record_revision("person", &id(1), 1)?,
                reader.record("post", &id(1))?,
                reader.records("person", &[id(1), id(7)])?,
            ))
        })
        .unwrap();
    assert_eq!((first.as_ref(), none), (Some(&record), None));
    assert_eq!(many, [record]);
}

fn a_revision_out_of_turn_is_stale(database: &Database) {
    let record = person(1, json!({"name": "見本"}));
    put(&database.store, &dressed(&record)).unwrap();
    let stale =
        |result: Result<(), Wrong>| assert!(matches!(result, Err(Wrong::Store(StoreError::Stale))), "{result:?}");
    stale(put(&database.store, &dressed(&record)));
    let mut third = amended(&record, "name", json!("三"), at(5));
    third.revision = 3;
    stale(put(&database.store, &dressed(&third)));
    stale(put(&database.store, &dressed(&amended(&person(2, json!({})), "name", json!("無"), at(5)))));
    assert_eq!(read(&database.store, 1), Some(record.clone()));

    let second = amended(&record, "name", json!("二"), at(5));
    put(&database.store, &dressed(&second)).unwrap();
    stale(put(&database.store, &dressed(&amended(&record, "name", json!("別"), at(6)))));
    assert_eq!(read(&database.store, 1), Some(second));
}

fn a_unique_key_is_occupied_once(database: &Database) {
    let store = &database.store;
    let (one, two) = (person(1, json!({"number": "0001"})), person(2, json!({"number": "0002"})));
    put_all(store, &[one.clone(), two.clone()]);
    let taken = amended(&two, "number", json!("0001"), at(1));
    match put(store, &dressed(&taken)) {
        Err(Wrong::Clash(clash)) => {
            assert_eq!((clash.key.name.as_str(), clash.key.value.as_str()), ("number", "[\"0001\"]"));
            assert_eq!(clash.record, id(1));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(read(store, 2), Some(two.clone()), "a clash leaves the record as it was");
    // The key becomes free when its holder gives it up.
    put(store, &dressed(&amended(&one, "number", json!("0009"), at(2)))).unwrap();
    put(store, &dressed(&taken)).unwrap();
    assert_eq!(read(store, 2), Some(taken));
    // Keeping one's own key is no clash.
    let same = amended(&read(store, 1).unwrap(), "name", json!("見本"), at(3));
    put(store, &dressed(&same)).unwrap();
}

fn references_follow_the_record(database: &Database) {
    let store = &database.store;
    let row = |field: &str, target: u64| ReferenceRow {
        ledger: "person".into(),
        record: id(1),
        field: field.into(),
        target_ledger: "post".into(),
        target: id(target),
    };
    let record = person(1, json!({"post": id(50), "others": [id(51), id(52)]}));
    let references = vec![row("post", 50), row("others", 51), row("others", 52), row("rows.post", 50)];
    put(store, &Put { references, ..plain(&record) }).unwrap();
    let referrers =
        |target: u64| store.read::<_, StoreError>(|reader| reader.referrers("post", &id(target), 10)).unwrap();
    assert_eq!(referrers(50), [row("post", 50), row("rows.post", 50)]);
    assert_eq!(referrers(52), [row("others", 52)]);
    let next = amended(&record, "others", json!([id(52), id(53)]), at(1));
    put(store, &Put { references: vec![row("post", 50), row("others", 52), row("others", 53)], ..plain(&next) })
        .unwrap();
    assert_eq!(referrers(50), [row("post", 50)]);
    assert_eq!(referrers(51), []);
    assert_eq!(referrers(53), [row("others", 53)]);
    assert_eq!(store.read::<_, StoreError>(|reader| reader.referrers("person", &id(50), 10)).unwrap(), []);
}

fn the_journal_keeps_every_entry(database: &Database) {
    let store = &database.store;
    let mut entries: Vec<Entry> = Vec::new();
    for number in 0..6 {
        let mut entry = entry(&person(number % 2, json!({})));
        entry.at = at(number as i64 * 10);
        entry.actor.account = if number < 3 { id(900) } else { id(901) };
        entry.reason = Some("理由\u{E0100}\n二行目".into());
        entry.batch = (number == 5).then(|| id(800));
        entry.act = (if number == 2 { "open" } else { "amend" }).into();
        entries.push(entry);
    }
    let sequences = store
        .write::<_, StoreError>(|writer| {
            entries.iter().map(|entry| writer.append(entry)).collect::<Result<Vec<_>, _>>()
        })
        .unwrap();
    assert!(sequences.is_sorted_by(|a, b| a < b));
    let history = |query: HistoryQuery| -> Vec<usize> {
        let found = store.read::<_, StoreError>(|reader| reader.history(&query)).unwrap();
        found
            .iter()
            .map(|stored| {
                let place = sequences.iter().position(|sequence| *sequence == stored.sequence).unwrap();
                assert_eq!(stored.entry, entries[place]);
                place
            })
            .collect()
    };
    let all = || HistoryQuery { limit: 100, ..HistoryQuery::default() };
    assert_eq!(history(all()), [5, 4, 3, 2, 1, 0]);
    assert_eq!(history(HistoryQuery { limit: 2, ..all() }), [5, 4]);
    assert_eq!(history(HistoryQuery { before: Some(sequences[2]), ..all() }), [1, 0]);
    assert_eq!(history(HistoryQuery { record: Some(id(1)), ledger: Some("person".into()), ..all() }), [5, 3, 1]);
    assert_eq!(history(HistoryQuery { account: Some(id(900)), ..all() }), [2, 1, 0]);
    assert_eq!(history(HistoryQuery { from: Some(at(10)), until: Some(at(30)), ..all() }), [2, 1]);
    assert_eq!(history(HistoryQuery { ledger: Some("post".into()), ..all() }), [] as [usize; 0]);
    assert_eq!(history(HistoryQuery { told: Told::Readings, ..all() }), [2]);
    assert_eq!(history(HistoryQuery::newest(Told::Changes, 4)), [5, 4, 3, 1]);
}

fn numbers_have_neither_gaps_nor_doubles(database: &Database) {
    let store = &database.store;
    let mut taken = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|worker| {
                scope.spawn(move || {
                    (0..20)
                        .filter_map(|turn| {
                            store
                                .write(|writer| {
                                    let number = writer.next_number("case:2026")?;
                                    // Every third transaction is given up after it took its number.
                                    if (turn + worker) % 3 == 0 { Err(Wrong::Refused) } else { Ok(number) }
                                })
                                .ok()
                        })
                        .collect::<Vec<i64>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect::<Vec<i64>>()
    });
    taken.sort_unstable();
    assert_eq!(taken, (1..=taken.len() as i64).collect::<Vec<_>>());
    assert_eq!(store.write::<_, StoreError>(|writer| writer.next_number("case:2027")).unwrap(), 1);
}

fn a_failure_leaves_nothing(database: &Database) {
    let store = &database.store;
    let result: Result<(), Wrong> = store.write(|writer| {
        store_in(writer, &dressed(&person(1, json!({"name": "見本", "number": "1"}))))?;
        writer.next_number("n")?;
        Err(Wrong::Refused)
    });
    assert!(matches!(result, Err(Wrong::Refused)));
    assert_eq!(read(store, 1), None);
    let entries = store
        .read::<_, StoreError>(|reader| reader.history(&HistoryQuery { limit: 9, ..HistoryQuery::default() }))
        .unwrap();
    assert_eq!(entries, []);
    put(store, &dressed(&person(2, json!({"name": "見本", "number": "1"})))).unwrap();
}

fn a_panic_leaves_nothing_and_harms_nobody(database: &Database) {
    let store = &database.store;
    let result: Result<(), Wrong> = store.write(|writer| {
        store_in(writer, &dressed(&person(1, json!({}))))?;
        panic!("as a test")
    });
    assert!(matches!(result, Err(Wrong::Store(StoreError::Failed(_)))), "{result:?}");
    let result: Result<(), StoreError> = store.read(|_| panic!("as a test"));
    assert!(result.is_err());
    assert_eq!(read(store, 1), None);
    put(store, &dressed(&person(1, json!({})))).unwrap();
    assert!(read(store, 1).is_some());
}

fn a_swallowed_failure_is_still_a_failure(database: &Database) {
    let store = &database.store;
    let result: Result<(), Wrong> = store.write(|writer| {
        store_in(writer, &dressed(&person(1, json!({}))))?;
        let _ = writer.put(&plain(&person(2, json!({"bad": "\0"}))));
        Ok(())
    });
    assert!(matches!(result, Err(Wrong::Store(StoreError::Failed(_)))), "{result:?}");
    assert_eq!(read(store, 1), None);
}

fn nul_is_refused(database: &Database) {
    for body in [json!({"name": "a\0b"}), json!({"list": ["\0"]}), json!({"a\0": 1})] {
        let result = put(&database.store, &plain(&person(1, body)));
        assert!(matches!(result, Err(Wrong::Store(StoreError::Failed(_)))), "{result:?}");
    }
    assert_eq!(read(&database.store, 1), None);
}

fn records_are_looked_up_by_natural_key(database: &Database) {
    put_all(
        &database.store,
        &[
            person(1, json!({"code": "A"})),
            person(2, json!({"code": "B"})),
            person(3, json!({"code": "A"})),
            person(4, json!({"code": 5})),
            person(5, json!({})),
        ],
    );
    let values: Vec<String> = ["A", "B", "C", "5", ""].map(String::from).to_vec();
    let found = database.store.read::<_, StoreError>(|reader| reader.lookup("person", "code", &values)).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found["A"], [id(1), id(3)]);
    assert_eq!(found["B"], [id(2)]);
}

fn a_second_opening_changes_nothing(database: &Database) {
    let record = person(1, json!({"name": "見本"}));
    put(&database.store, &dressed(&record)).unwrap();
    let again = database.place.open();
    assert_eq!(read(&again, 1), Some(record));
    put(&again, &dressed(&person(2, json!({})))).unwrap();
    assert!(read(&database.store, 2).is_some());
}
