//! Sample records (見本) and how tests store them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use journal::{Actor, Entry};
use ledger::port::{Put, SearchText, StoreError, UniqueClash, UniqueKey, Writer};
use ledger::record::{Act, Record};
use ledger::search::grams;
use serde_json::{Value, json};
use store::Store;

/// A day in spring, so many seconds later.
pub fn at(seconds: i64) -> DateTime<Utc> {
    "2026-04-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
}

/// An identifier in the form of a ULID.
pub fn id(number: u64) -> String {
    format!("01J{number:023}")
}

/// A new record of the ledger `person`.
pub fn person(number: u64, body: Value) -> Record {
    Record {
        ledger: "person".into(),
        id: id(number),
        revision: 1,
        state: "active".into(),
        body: body.as_object().unwrap().clone(),
        acts: BTreeMap::from([("create".into(), Act { account: id(900), person: Some(id(901)), at: at(0) })]),
        created_at: at(0),
        recorded_at: at(0),
    }
}

/// The next revision of a record.
pub fn amended(record: &Record, field: &str, value: Value, when: DateTime<Utc>) -> Record {
    let mut next = record.clone();
    next.revision += 1;
    next.recorded_at = when;
    next.body.insert(field.into(), value);
    next
}

/// A put with nothing on it but the record.
pub fn plain(record: &Record) -> Put<'_> {
    Put { record, references: vec![], search: vec![], unique: vec![] }
}

/// A put whose search text, in the class `base`, is the field `name`, and whose unique key is the field `number`.
pub fn dressed(record: &Record) -> Put<'_> {
    let name = record.text("name").unwrap_or_default();
    let unique =
        record.text("number").map(|number| UniqueKey { name: "number".into(), value: json!([number]).to_string() });
    Put {
        record,
        references: vec![],
        search: vec![SearchText { class: "base".into(), grams: grams(name) }],
        unique: unique.into_iter().collect(),
    }
}

pub fn entry(record: &Record) -> Entry {
    Entry {
        at: record.recorded_at,
        actor: Actor::system("test"),
        ledger: record.ledger.clone(),
        record: record.id.clone(),
        revision: record.revision,
        act: if record.revision == 1 { "create".into() } else { "amend".into() },
        reason: Some("見本".into()),
        state_before: None,
        state_after: Some(record.state.clone()),
        changes: BTreeMap::new(),
        batch: None,
    }
}

/// What can go wrong in a test transaction.
#[derive(Debug)]
pub enum Wrong {
    Store(StoreError),
    Clash(UniqueClash),
    Refused,
}

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        Wrong::Store(error)
    }
}

pub fn store_in(writer: &mut dyn Writer, put: &Put<'_>) -> Result<(), Wrong> {
    writer.put(put)?.map_err(Wrong::Clash)?;
    writer.append(&entry(put.record))?;
    Ok(())
}

pub fn put(store: &Store, put: &Put<'_>) -> Result<(), Wrong> {
    store.write(|writer| store_in(writer, put))
}

pub fn put_all(store: &Store, records: &[Record]) {
    store.write(|writer| records.iter().try_for_each(|record| store_in(writer, &dressed(record)))).unwrap();
}

pub fn read(store: &Store, number: u64) -> Option<Record> {
    store.read::<_, StoreError>(|reader| reader.record("person", &id(number))).unwrap()
}

/// Identifiers as numbers, for comparing.
pub fn numbers(records: &[Record]) -> Vec<u64> {
    records.iter().map(|record| record.id[3..].parse().unwrap()).collect()
}
