//! Filters, orders, pages, counts and groups agree with what `ledger` says they mean.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use ledger::port::StoreError;
use ledger::query::{Cursor, Filter, Operand, Order, Query, Sort, compare};
use ledger::record::Record;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use store::Store;

use crate::databases::Database;
use crate::generated;
use crate::people::{Wrong, at, numbers, person, plain, put_all, store_in};

on_both!(
    filters_select_what_matches_says,
    paging_visits_every_record_once_in_order,
    groups_and_counts_add_up,
    values_cannot_leave_their_place,
);

fn runner(cases: u32) -> TestRunner {
    TestRunner::new_with_rng(
        Config { cases, failure_persistence: None, ..Config::default() },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

fn stored(database: &Database, count: usize) -> Vec<Record> {
    let records = generated::records(count).new_tree(&mut runner(1)).unwrap().current();
    database
        .store
        .write::<_, Wrong>(|writer| records.iter().try_for_each(|record| store_in(writer, &plain(record))))
        .unwrap();
    records
}

pub fn query(filter: Filter) -> Query {
    Query { ledger: "person".into(), filter, sort: vec![], after: None, limit: 1000, as_of: None }
}

pub fn find(store: &Store, query: &Query) -> Vec<Record> {
    store.read::<_, StoreError>(|reader| reader.find(query)).unwrap()
}

fn filters_select_what_matches_says(database: &Database) {
    let records = stored(database, 80);
    runner(250)
        .run(&generated::filter(), |filter| {
            let expected: Vec<u64> =
                numbers(&records.iter().filter(|record| filter.matches(record)).cloned().collect::<Vec<_>>());
            for as_of in [None, Some(at(1000))] {
                let query = Query { as_of, ..query(filter.clone()) };
                let found = find(&database.store, &query);
                prop_assert_eq!(numbers(&found), expected.clone(), "as of {:?}", as_of);
                let count =
                    database.store.read::<_, StoreError>(|reader| reader.count("person", &filter, as_of, 10)).unwrap();
                prop_assert_eq!(count, expected.len().min(10) as u64);
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(find(&database.store, &query(Filter::Everything)), records, "records come back as they were stored");
}

/// The value by which a record is sorted: none when it is of a kind that does not compare.
fn key(record: &Record, sort: &Sort) -> Option<Value> {
    let value = sort.operand.value(record);
    compare(&value, &value, sort.operand.order()).map(|_| value)
}

fn model(records: &[Record], sort: &[Sort]) -> Vec<u64> {
    let mut sorted = records.to_vec();
    sorted.sort_by(|a, b| {
        for sort in sort {
            let order = match (key(a, sort), key(b, sort)) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Less,
                (Some(_), None) => Ordering::Greater,
                (Some(a), Some(b)) => compare(&a, &b, sort.operand.order()).unwrap(),
            };
            let order = if sort.descending { order.reverse() } else { order };
            if order != Ordering::Equal {
                return order;
            }
        }
        a.id.cmp(&b.id)
    });
    numbers(&sorted)
}

fn paging_visits_every_record_once_in_order(database: &Database) {
    let records = stored(database, 60);
    let sort = (generated::operand(), any::<bool>()).prop_map(|(operand, descending)| Sort { operand, descending });
    runner(80)
        .run(&(proptest::collection::vec(sort, 0..4), 1usize..20, any::<bool>()), |(sort, limit, past)| {
            let mut query = Query { sort: sort.clone(), limit, ..query(Filter::Everything) };
            query.as_of = past.then(|| at(1000));
            let mut visited = Vec::new();
            loop {
                let page = find(&database.store, &query);
                let Some(last) = page.last() else { break };
                // Through its text, as in the address of the next page.
                query.after = Cursor::decode(&Cursor::behind(last, &sort).encode());
                prop_assert!(query.after.is_some());
                visited.extend(numbers(&page));
                prop_assert!(visited.len() <= records.len());
            }
            prop_assert_eq!(visited, model(&records, &sort));
            Ok(())
        })
        .unwrap();
}

fn groups_and_counts_add_up(database: &Database) {
    let records = stored(database, 80);
    runner(50)
        .run(&(proptest::collection::vec(generated::operand(), 0..3), generated::filter()), |(by, filter)| {
            let groups =
                database.store.read::<_, StoreError>(|reader| reader.group("person", &filter, &by, None)).unwrap();
            let matching: Vec<&Record> = records.iter().filter(|record| filter.matches(record)).collect();
            let total: u64 = groups.iter().map(|group| group.count).sum();
            prop_assert_eq!(total, matching.len() as u64);
            if !by.is_empty() {
                let found: BTreeSet<String> = groups.iter().map(|group| json!(group.values).to_string()).collect();
                prop_assert_eq!(found.len(), groups.len());
                let expected: BTreeSet<String> = matching
                    .iter()
                    .map(|record| json!(by.iter().map(|one| one.value(record)).collect::<Vec<_>>()).to_string())
                    .collect();
                prop_assert_eq!(found, expected);
            }
            Ok(())
        })
        .unwrap();
}

fn values_cannot_leave_their_place(database: &Database) {
    let evil = "'; DROP TABLE record; -- $1 ?1 \" \\";
    put_all(&database.store, &[person(1, json!({"text": evil})), person(2, json!({"text": "善"}))]);
    let field = || Operand::Field { name: "text".into(), order: Order::Text };
    let one = find(&database.store, &query(Filter::OneOf(field(), vec![json!(evil)])));
    assert_eq!(numbers(&one), [1]);
    // A name that could end its quotes is refused before it reaches the database.
    for name in ["a' OR 'a'='a", "a\"b", "$.a", ""] {
        let query = query(Filter::Empty(Operand::Field { name: name.into(), order: Order::Text }));
        assert!(database.store.read::<_, StoreError>(|reader| reader.find(&query)).is_err(), "{name}");
    }
    assert_eq!(find(&database.store, &query(Filter::Everything)).len(), 2);
}
