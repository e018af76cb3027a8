//! The search over the journal: each question, its order, its pages, and that it has an index.

use journal::{Change, Entry, act};
use ledger::port::{EntryKind, JournalQuery, StoreError};
use serde_json::{Value, json};
use store::Store;
use store::guard::ROWS_ACT;

use crate::databases::Database;
use crate::people::{at, entry, id, person};

on_both! {
    each_question_finds_what_it_asks_for,
    pages_follow_one_another_without_gap_or_double,
    every_question_has_an_index,
    a_reading_of_many_is_found_by_each_of_them,
}

/// Twelve entries: accounts 900 and 901 in turn, persons 0 to 3, two minutes apart, told in another order than they
/// happened, as late commits do.
fn told() -> Vec<Entry> {
    let mut entries: Vec<Entry> = (0..12u64)
        .map(|number| {
            let mut entry = entry(&person(number % 4, json!({})));
            entry.at = at(number as i64 * 120);
            entry.actor.account = id(900 + number % 2);
            entry.actor.address = Some(format!("192.0.2.{}", number % 3));
            entry.actor.device = Some(if number < 6 { "Edge 100%" } else { "curl_8" }.into());
            (entry.act, entry.revision) = match number % 3 {
                0 => (act::OPEN.into(), 0),
                1 => ("transition:retire".into(), 2),
                _ => ("amend".into(), 1),
            };
            entry.ledger = if number == 11 { "post".into() } else { "person".into() };
            entry.reason = (number == 5).then(|| "監査の100%確認".into());
            entry.batch = (number >= 10).then(|| id(800));
            entry
        })
        .collect();
    entries.swap(2, 3);
    entries
}

fn fill(store: &Store, entries: &[Entry]) {
    store.write::<_, StoreError>(|writer| entries.iter().try_for_each(|entry| writer.append(entry).map(drop))).unwrap();
}

/// What a question finds, as minutes of the entries.
fn found(store: &Store, query: JournalQuery) -> Vec<i64> {
    let found = store.read::<_, StoreError>(|reader| reader.journal(&query)).unwrap();
    let counted = store.read::<_, StoreError>(|reader| reader.journal_count(&query, 100)).unwrap();
    let minutes: Vec<i64> = found.iter().map(|stored| (stored.entry.at - at(0)).num_minutes()).collect();
    assert_eq!(counted, minutes.len() as u64, "{query:?}");
    minutes
}

fn each_question_finds_what_it_asks_for(database: &Database) {
    let store = &database.store;
    fill(store, &told());
    let all = || JournalQuery { limit: 100, ..JournalQuery::default() };
    let text = |text: &str| Some(text.to_string());
    let table: Vec<(JournalQuery, Vec<i64>)> = vec![
        (all(), (0..12).rev().map(|n| n * 2).collect()),
        (JournalQuery { oldest_first: true, ..all() }, (0..12).map(|n| n * 2).collect()),
        (JournalQuery { from: Some(at(240)), until: Some(at(600)), ..all() }, vec![8, 6, 4]),
        (JournalQuery { accounts: vec![id(900)], until: Some(at(600)), ..all() }, vec![8, 4, 0]),
        (JournalQuery { accounts: vec![id(900), id(901)], until: Some(at(400)), ..all() }, vec![6, 4, 2, 0]),
        (JournalQuery { records: vec![id(1)], ..all() }, vec![18, 10, 2]),
        (JournalQuery { records: vec![id(1), id(2)], accounts: vec![id(900)], ..all() }, vec![20, 12, 4]),
        (JournalQuery { acts: vec!["open".into()], ..all() }, vec![18, 12, 6, 0]),
        (JournalQuery { acts: vec!["open".into(), "amend".into()], from: Some(at(900)), ..all() }, vec![22, 18, 16]),
        (JournalQuery { acts: vec!["transition:".into()], ..all() }, vec![20, 14, 8, 2]),
        (JournalQuery { kind: Some(EntryKind::Reads), ..all() }, vec![18, 12, 6, 0]),
        (JournalQuery { kind: Some(EntryKind::Changes), from: Some(at(900)), ..all() }, vec![22, 20, 16]),
        (JournalQuery { batch: Some(id(800)), ..all() }, vec![22, 20]),
        (JournalQuery { address: text("192.0.2.1"), ..all() }, vec![20, 14, 8, 2]),
        (JournalQuery { ledgers: vec!["post".into()], ..all() }, vec![22]),
        (JournalQuery { except: vec!["person".into()], ..all() }, vec![22]),
        // Signs that mean something to a pattern are letters like all others.
        (JournalQuery { device: text("100%"), ..all() }, vec![10, 8, 6, 4, 2, 0]),
        (JournalQuery { device: text("l_8"), from: Some(at(1_200)), ..all() }, vec![22, 20]),
        (JournalQuery { device: text("l%8"), ..all() }, vec![]),
        (JournalQuery { reason: text("監査の100%"), ..all() }, vec![10]),
        (JournalQuery { accounts: vec!["'; DROP TABLE entry".into()], ..all() }, vec![]),
    ];
    for (query, wanted) in table {
        assert_eq!(found(store, query.clone()), wanted, "{query:?}");
    }
    let after =
        store.read::<_, StoreError>(|reader| reader.journal(&JournalQuery { after: Some(0), ..all() })).unwrap();
    assert!(after.is_sorted_by_key(|stored| stored.sequence));
    // Whoever follows the journal entry by entry meets those about rows too: that the tables were made.
    let (rows, after): (Vec<_>, Vec<_>) = after.into_iter().partition(|stored| stored.entry.act == ROWS_ACT);
    assert_eq!((rows.len(), after.len()), (1, 12));
    let some: Vec<i64> = after.iter().map(|stored| stored.sequence).skip(3).take(2).collect();
    let again =
        store.read::<_, StoreError>(|reader| reader.journal(&JournalQuery { sequences: some.clone(), ..all() }));
    let mut again: Vec<i64> = again.unwrap().iter().map(|stored| stored.sequence).collect();
    again.sort_unstable();
    assert_eq!(again, some);
}

fn pages_follow_one_another_without_gap_or_double(database: &Database) {
    let store = &database.store;
    let mut entries = told();
    // Several at the same instant: the sequence decides.
    entries.iter_mut().for_each(|entry| entry.at = at((entry.at - at(0)).num_seconds() / 360));
    fill(store, &entries);
    for oldest_first in [true, false] {
        for accounts in [vec![], vec![id(900), id(901)]] {
            let mut query = JournalQuery { accounts, oldest_first, limit: 5, ..JournalQuery::default() };
            let mut seen = Vec::new();
            loop {
                let page = store.read::<_, StoreError>(|reader| reader.journal(&query)).unwrap();
                let Some(last) = page.last() else { break };
                query.behind = Some((last.entry.at, last.sequence));
                seen.extend(page.iter().map(|stored| (stored.entry.at, stored.sequence)));
            }
            assert_eq!(seen.len(), 12);
            let ordered = if oldest_first { seen.is_sorted() } else { seen.is_sorted_by(|one, two| one > two) };
            assert!(ordered, "{seen:?}");
        }
    }
}

fn every_question_has_an_index(database: &Database) {
    let store = &database.store;
    fill(store, &told());
    let asked =
        || JournalQuery { limit: 50, from: Some(at(0)), except: vec!["post".into()], ..JournalQuery::default() };
    let table: [(JournalQuery, &str); 8] = [
        (asked(), "entry_time"),
        (JournalQuery { accounts: vec![id(900)], acts: vec!["open".into()], ..asked() }, "entry_account_time"),
        (JournalQuery { acts: vec!["open".into()], ..asked() }, "entry_act_time"),
        (JournalQuery { kind: Some(EntryKind::Reads), ..asked() }, "entry_act_time"),
        (JournalQuery { ledgers: vec!["person".into()], ..asked() }, "entry_ledger_time"),
        (JournalQuery { address: Some("192.0.2.1".into()), ..asked() }, "entry_address_time"),
        (JournalQuery { batch: Some(id(800)), ..asked() }, "entry_batch"),
        (JournalQuery { records: vec![id(1)], ..asked() }, "entry_record"),
    ];
    for (query, index) in table {
        let plan = store.read::<_, StoreError>(|reader| reader.explain_journal(&query)).unwrap().join("\n");
        // PostgreSQL reads a table of twelve rows as a whole whatever its indexes are; what it would do with a million is
        // measured by the benchmark.
        if matches!(store, Store::Sqlite(_)) {
            assert!(plan.contains(index), "{index}: {plan}");
            // The answer of one index is in order already.
            let sorted = plan.contains("USE TEMP B-TREE") && !query.records.is_empty();
            assert!(sorted || !plan.contains("SCAN entry\n"), "{plan}");
        } else {
            assert!(plan.contains("entry"), "{plan}");
        }
    }
}

fn a_reading_of_many_is_found_by_each_of_them(database: &Database) {
    let store = &database.store;
    let mut reading = entry(&person(1, json!({})));
    reading.act = act::READ_LIST.into();
    reading.revision = 0;
    reading.record = String::new();
    let ids: Vec<String> = (0..300).map(id).collect();
    reading.changes =
        [("read_list".to_string(), Change { before: Value::Null, after: json!({ "records": ids }) })].into();
    fill(store, &[reading]);
    for wanted in [0, 150, 299] {
        let query = JournalQuery { records: vec![id(wanted)], limit: 5, ..JournalQuery::default() };
        assert_eq!(found(store, query), [0], "{wanted}");
    }
    assert_eq!(found(store, JournalQuery { records: vec![id(300)], limit: 5, ..JournalQuery::default() }), [0; 0]);
}
