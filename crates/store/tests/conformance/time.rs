//! Reading as of a date.

use ledger::port::StoreError;
use ledger::query::{Comparison, Filter, Operand, Order, Query, Sort};
use ledger::record::Record;
use serde_json::json;

use crate::databases::Database;
use crate::filters::{find, query};
use crate::people::{amended, at, dressed, id, person, put, put_all};

on_both!(every_instant_reads_as_it_was);

fn every_instant_reads_as_it_was(database: &Database) {
    let store = &database.store;
    // What was true at the end of each second, kept beside.
    let mut model: Vec<Vec<Record>> = Vec::new();
    let mut now: Vec<Record> = (1..=8).map(|number| person(number, json!({"step": 0}))).collect();
    put_all(store, &now);
    model.push(now.clone());
    for second in 1..=40_i64 {
        let place = (second * 5 % 8) as usize;
        let mut next = amended(&now[place], "step", json!(second), at(second));
        next.state = if second % 3 == 0 { "closed".into() } else { "active".into() };
        put(store, &dressed(&next)).unwrap();
        now[place] = next;
        if second == 20 {
            let mut late = person(9, json!({"step": 20}));
            late.recorded_at = at(20);
            late.created_at = at(20);
            put(store, &dressed(&late)).unwrap();
            now.push(late);
        }
        model.push(now.clone());
    }
    let step = || Operand::Field { name: "step".into(), order: Order::Number };
    for (second, expected) in model.iter().enumerate() {
        for instant in [at(second as i64), at(second as i64) + chrono::TimeDelta::microseconds(999_999)] {
            let everything = Query { as_of: Some(instant), ..query(Filter::Everything) };
            assert_eq!(find(store, &everything), *expected, "{instant}");
            let filter = Filter::Compare(step(), Comparison::AtLeast, json!(10))
                .and(Filter::OneOf(Operand::State, vec![json!("closed")]));
            let count =
                store.read::<_, StoreError>(|reader| reader.count("person", &filter, Some(instant), 100)).unwrap();
            assert_eq!(count, expected.iter().filter(|record| filter.matches(record)).count() as u64);
            let newest =
                Query { sort: vec![Sort { operand: Operand::RecordedAt, descending: true }], limit: 1, ..everything };
            let last = expected.iter().map(|record| record.recorded_at).max();
            assert_eq!(find(store, &newest).first().map(|record| record.recorded_at), last);
            for number in 1..=9 {
                let found =
                    store.read::<_, StoreError>(|reader| reader.record_at("person", &id(number), instant)).unwrap();
                assert_eq!(found.as_ref(), expected.get(number as usize - 1), "{number} {instant}");
            }
        }
    }
    let before = Query { as_of: Some(at(-1)), ..query(Filter::Everything) };
    assert_eq!(find(store, &before), []);
    let third = store.read::<_, StoreError>(|reader| reader.record_revision("person", &id(1), 3)).unwrap();
    assert_eq!(third.map(|record| record.revision), Some(3));
}
