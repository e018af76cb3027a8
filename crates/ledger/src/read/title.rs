//! Titles of records: how a record is named wherever it is referred to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::access::Access;
use crate::definition::{Catalogue, Kind, Ledger};
use crate::port::{Reader, StoreError};
use crate::principal::{Principal, Standing};
use crate::record::Record;
use crate::value;

/// Shown in place of a title that the reader may not know.
pub const UNREADABLE: &str = "(閲覧できません)";

/// Shown in place of the title of a record that was disposed of.
pub const DISPOSED: &str = "(廃棄済み)";

/// Which of the records that are not found were disposed of. Nothing is asked where all were found.
fn disposed<'a>(
    tx: &mut (impl Reader + ?Sized),
    ids: &[String],
    found: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<String>, StoreError> {
    let found: std::collections::BTreeSet<&str> = found.into_iter().collect();
    let missing: Vec<String> = ids.iter().filter(|id| !found.contains(id.as_str())).cloned().collect();
    Ok(if missing.is_empty() { missing } else { tx.disposed(&missing)?.into_keys().collect() })
}

/// Title of a record: its title fields, references by their own titles, parted by a blank. References are followed
/// twice at most, the second time only where the first leads to no words; a record without words is called by its
/// ledger, never by its identifier.
pub fn of(
    catalogue: &Catalogue,
    tx: &mut (impl Reader + ?Sized),
    ledger: &Ledger,
    record: &Record,
) -> Result<String, StoreError> {
    let mut parts = Vec::new();
    for field in ledger.title.iter().filter_map(|name| ledger.field(name)) {
        let value = record.value(&field.name);
        if value.is_null() {
            continue;
        }
        match (&field.kind, value) {
            (Kind::Reference { ledger: target, .. }, Value::String(id)) => {
                if let (Some(target), Some(found)) = (catalogue.ledger(target), tx.record(target, id)?) {
                    let mut words = own_words(catalogue, target, &found);
                    if words.is_empty() {
                        // Named by nothing but references: one step more.
                        words = referred_words(catalogue, tx, target, &found)?;
                    }
                    parts.push(if words.is_empty() { target.label.clone() } else { words });
                }
            }
            _ => parts.push(value::format(field, value, catalogue)),
        }
    }
    Ok(if parts.is_empty() { ledger.label.clone() } else { parts.join(" ") })
}

/// Title of the record of that identifier; empty when there is none.
pub fn of_id(
    catalogue: &Catalogue,
    tx: &mut (impl Reader + ?Sized),
    ledger: &str,
    id: &str,
) -> Result<String, StoreError> {
    match (catalogue.ledger(ledger), tx.record(ledger, id)?) {
        (Some(ledger), Some(record)) => of(catalogue, tx, ledger, &record),
        _ => Ok(String::new()),
    }
}

/// Title from the own values of the records that stand in a record's title.
fn referred_words(
    catalogue: &Catalogue,
    tx: &mut (impl Reader + ?Sized),
    ledger: &Ledger,
    record: &Record,
) -> Result<String, StoreError> {
    let mut parts = Vec::new();
    for field in ledger.title.iter().filter_map(|name| ledger.field(name)) {
        let Some(target) = field.target().and_then(|target| catalogue.ledger(target)) else { continue };
        for id in record.references(&field.name) {
            if let Some(found) = tx.record(&target.name, id)? {
                parts.push(own_words(catalogue, target, &found));
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    Ok(parts.join(" "))
}

/// Title from the record's own values, without following references; empty where there are none.
fn own_words(catalogue: &Catalogue, ledger: &Ledger, record: &Record) -> String {
    let parts: Vec<String> = ledger
        .title
        .iter()
        .filter_map(|name| ledger.field(name))
        .filter(|field| !record.value(&field.name).is_null() && field.target().is_none())
        .map(|field| value::format(field, record.value(&field.name), catalogue))
        .collect();
    parts.join(" ")
}

/// Titles of records of one ledger, unreadable fields taken out before, in the same order: one question for each ledger
/// that a title names, and one more where records named there are named by references themselves. A record named in a
/// title that the reader may not know stands as [`UNREADABLE`].
pub fn of_many(
    catalogue: &Catalogue,
    tx: &mut (impl Reader + ?Sized),
    who: &Principal,
    ledger: &Ledger,
    records: &[Record],
) -> Result<Vec<String>, StoreError> {
    followed(catalogue, tx, who, ledger, records, 2)
}

/// [`of_many`], following references for this number of steps.
fn followed(
    catalogue: &Catalogue,
    tx: &mut (impl Reader + ?Sized),
    who: &Principal,
    ledger: &Ledger,
    records: &[Record],
    steps: u8,
) -> Result<Vec<String>, StoreError> {
    let fields: Vec<_> = ledger.title.iter().filter_map(|name| ledger.field(name)).collect();
    let mut wanted = ByLedger::default();
    for field in &fields {
        let Some(ledger) = field.target() else { continue };
        for id in records.iter().flat_map(|record| record.references(&field.name)) {
            wanted.add(Wanted { ledger, id, named: field.named });
        }
    }
    let mut named: BTreeMap<(&str, String), String> = BTreeMap::new();
    for (name, (ids, told)) in wanted.0 {
        let Some(target) = catalogue.ledger(name) else { continue };
        let access = Access::new(target, who);
        let mut wordless = Vec::new();
        let found = tx.records(name, &ids)?;
        for id in disposed(tx, &ids, found.iter().map(|record| record.id.as_str()))? {
            named.insert((name, id), DISPOSED.to_string());
        }
        for record in found {
            let known = told.contains(&record.id);
            if !known && who.standing != Standing::System && !access.may_read(&record) {
                named.insert((name, record.id), UNREADABLE.to_string());
                continue;
            }
            let record = if known { record } else { access.redact(record) };
            let words = own_words(catalogue, target, &record);
            if words.is_empty() {
                wordless.push(record);
            } else {
                named.insert((name, record.id), words);
            }
        }
        if wordless.is_empty() {
            continue;
        }
        let words = match steps {
            0 | 1 => vec![target.label.clone(); wordless.len()],
            _ => followed(catalogue, tx, who, target, &wordless, steps - 1)?,
        };
        named.extend(wordless.into_iter().zip(words).map(|(record, words)| ((name, record.id), words)));
    }
    let title = |record: &Record| {
        let parts: Vec<String> = fields
            .iter()
            .filter(|field| !record.value(&field.name).is_null())
            .filter_map(|field| match field.target() {
                None => Some(value::format(field, record.value(&field.name), catalogue)),
                Some(target) => {
                    let ids = record.references(&field.name).into_iter();
                    let words: Vec<&str> =
                        ids.filter_map(|id| named.get(&(target, id.to_string())).map(String::as_str)).collect();
                    (!words.is_empty()).then(|| words.join("、"))
                }
            })
            .collect();
        if parts.is_empty() { ledger.label.clone() } else { parts.join(" ") }
    };
    Ok(records.iter().map(title).collect())
}

/// Titles of many records as this reader may see them, keyed by ledger and identifier. One question per ledger, one
/// more for each ledger that its titles name.
pub fn many<'a, W: Into<Wanted<'a>>>(
    catalogue: &Catalogue,
    tx: &mut (impl Reader + ?Sized),
    who: &Principal,
    wanted: impl IntoIterator<Item = W>,
) -> Result<Titles, StoreError> {
    let mut by_ledger = ByLedger::default();
    for one in wanted {
        by_ledger.add(one.into());
    }
    let mut titles = Titles::default();
    for (name, (ids, told)) in by_ledger.0 {
        let Some(ledger) = catalogue.ledger(name) else { continue };
        let access = Access::new(ledger, who);
        let mut open = Vec::new();
        let found = tx.records(name, &ids)?;
        for id in disposed(tx, &ids, found.iter().map(|record| record.id.as_str()))? {
            titles.0.insert((name.to_string(), id), (DISPOSED.to_string(), false));
        }
        for record in found {
            if who.standing == Standing::System || access.may_read(&record) {
                open.push(access.redact(record));
            } else if told.contains(&record.id) {
                let words = of(catalogue, tx, ledger, &record)?;
                titles.0.insert((name.to_string(), record.id), (words, false));
            } else {
                titles.0.insert((name.to_string(), record.id), (UNREADABLE.to_string(), false));
            }
        }
        let words = of_many(catalogue, tx, who, ledger, &open)?;
        for (record, text) in open.into_iter().zip(words) {
            titles.0.insert((name.to_string(), record.id), (text, true));
        }
    }
    Ok(titles)
}

/// A record whose title is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Its ledger.
    pub ledger: &'a str,
    /// Its identifier.
    pub id: &'a str,
    /// The field that names it tells its title to whoever reads the field (`named = true`).
    pub named: bool,
}

impl<'a> From<(&'a str, &'a str)> for Wanted<'a> {
    fn from((ledger, id): (&'a str, &'a str)) -> Self {
        Self { ledger, id, named: false }
    }
}

/// What is wanted of each ledger: identifiers, and which of them are told to everybody who asks here.
#[derive(Default)]
struct ByLedger<'a>(BTreeMap<&'a str, (Vec<String>, BTreeSet<String>)>);

impl<'a> ByLedger<'a> {
    fn add(&mut self, wanted: Wanted<'a>) {
        let (ids, told) = self.0.entry(wanted.ledger).or_default();
        if !ids.iter().any(|known| known == wanted.id) {
            ids.push(wanted.id.to_string());
        }
        if wanted.named {
            told.insert(wanted.id.to_string());
        }
    }
}

/// Titles by ledger and identifier.
#[derive(Debug, Clone, Default)]
pub struct Titles(BTreeMap<(String, String), (String, bool)>);

impl Titles {
    /// The title; the identifier itself where none was looked up.
    pub fn get<'a>(&'a self, ledger: &str, id: &'a str) -> &'a str {
        self.0.get(&(ledger.to_string(), id.to_string())).map_or(id, |(text, _)| text.as_str())
    }

    /// Whether the record may be opened by the reader.
    pub fn open(&self, ledger: &str, id: &str) -> bool {
        self.0.get(&(ledger.to_string(), id.to_string())).is_some_and(|(_, open)| *open)
    }
}

/// Every record that these records refer to, rows included: what a page needs titles for.
pub fn referred<'a>(ledger: &'a Ledger, records: &'a [Record]) -> Vec<Wanted<'a>> {
    let mut wanted = Vec::new();
    for record in records {
        for field in &ledger.fields {
            match &field.kind {
                Kind::Reference { ledger: target, .. } => {
                    let wants = |id| Wanted { ledger: target, id, named: field.named };
                    wanted.extend(record.references(&field.name).into_iter().map(wants));
                }
                Kind::Rows { columns } => {
                    for column in columns {
                        let Some(target) = column.target() else { continue };
                        for row in record.value(&field.name).as_array().into_iter().flatten() {
                            if let Some(id) = row.get(&column.name).and_then(Value::as_str) {
                                wanted.push(Wanted { ledger: target, id, named: column.named });
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }
    wanted
}
