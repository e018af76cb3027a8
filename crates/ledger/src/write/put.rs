//! Storing the record with what hangs on it: references, search text, unique keys.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::definition::{Kind, Ledger};
use crate::kernel::Kernel;
use crate::port::{Put, ReferenceRow, SearchText, UniqueKey, Writer};
use crate::read::title;
use crate::record::Record;
use crate::refusal::{Problem, Refusal};
use crate::search;

/// Store the new revision.
pub fn record(kernel: &Kernel, tx: &mut dyn Writer, ledger: &Ledger, record: &Record) -> Result<(), Refusal> {
    let put = of(kernel, tx, ledger, record)?;
    match tx.put(&put)? {
        Ok(()) => Ok(()),
        Err(clash) => {
            let unique = ledger.unique.iter().find(|unique| unique.fields.join("+") == clash.key.name);
            let field = unique.and_then(|unique| unique.fields.first()).cloned().unwrap_or_default();
            let message = unique.map(|unique| unique.message.clone()).unwrap_or_default();
            Err(Refusal::invalid(Problem::field(field, message)))
        }
    }
}

/// The record with everything that hangs on it.
pub fn of<'r>(kernel: &Kernel, tx: &mut dyn Writer, ledger: &Ledger, record: &'r Record) -> Result<Put<'r>, Refusal> {
    let search = search_texts(kernel, tx, ledger, record)?;
    Ok(Put { record, references: references(ledger, record), search, unique: unique_keys(ledger, record) })
}

impl Kernel {
    /// Write anew what helps to find a record: its unique keys, tokens and search texts. After an erasure, after a field
    /// has become encrypted, and when the tables that only help to find are made again from the records.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when there is no such record.
    pub fn reindex(&self, tx: &mut dyn Writer, ledger: &str, id: &str) -> Result<(), Refusal> {
        let ledger = self.ledger(ledger)?;
        let mut record = tx.record_locked(&ledger.name, id)?.ok_or(Refusal::NotFound)?;
        ledger.bring_up_to_date(&mut record);
        let search = search_texts(self, tx, &ledger, &record)?;
        let put = Put { record: &record, references: Vec::new(), search, unique: unique_keys(&ledger, &record) };
        match tx.index(&put)? {
            Ok(()) => Ok(()),
            Err(clash) => Err(Refusal::Definition(format!("{}: {}", ledger.name, clash.key.name))),
        }
    }
}

fn references(ledger: &Ledger, record: &Record) -> Vec<ReferenceRow> {
    let mut rows = Vec::new();
    let mut add = |field: &str, target_ledger: &str, target: &str| {
        let row = ReferenceRow {
            ledger: record.ledger.clone(),
            record: record.id.clone(),
            field: field.to_string(),
            target_ledger: target_ledger.to_string(),
            target: target.to_string(),
        };
        if !rows.contains(&row) {
            rows.push(row);
        }
    };
    for field in &ledger.fields {
        match &field.kind {
            Kind::Reference { ledger: target, .. } => {
                for id in record.references(&field.name) {
                    add(&field.name, target, id);
                }
            }
            Kind::Rows { columns } => {
                for column in columns {
                    let Some(target) = column.target() else { continue };
                    for row in record.value(&field.name).as_array().into_iter().flatten() {
                        if let Some(id) = row.get(&column.name).and_then(Value::as_str) {
                            add(&field.name, target, id);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    rows
}

/// Search text by class: texts as they are, choices by their words, references by their titles.
fn search_texts(
    kernel: &Kernel,
    tx: &mut dyn Writer,
    ledger: &Ledger,
    record: &Record,
) -> Result<Vec<SearchText>, Refusal> {
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    for field in ledger.fields.iter().filter(|field| field.searchable) {
        let text = texts.entry(field.class.as_str()).or_default();
        match (&field.kind, record.value(&field.name)) {
            (_, Value::Null) => {}
            (Kind::Reference { ledger: target, .. }, _) => {
                for id in record.references(&field.name) {
                    text.push(' ');
                    text.push_str(&title::of_id(&kernel.catalogue, tx, target, id)?);
                }
            }
            (Kind::Rows { columns }, Value::Array(rows)) => {
                for value in rows.iter().flat_map(|row| columns.iter().filter_map(|column| row.get(&column.name))) {
                    if let Some(value) = value.as_str() {
                        text.push(' ');
                        text.push_str(value);
                    }
                }
            }
            (Kind::Choice { set }, Value::String(code)) => {
                text.push(' ');
                text.push_str(kernel.catalogue.choices.get(set).map_or(code.as_str(), |set| set.label(code)));
            }
            (_, Value::String(value)) => {
                text.push(' ');
                text.push_str(value);
            }
            (_, Value::Number(value)) => {
                text.push(' ');
                text.push_str(&value.to_string());
            }
            _ => {}
        }
    }
    Ok(texts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(class, text)| SearchText { class: class.to_string(), grams: search::grams(&text) })
        .collect())
}

fn unique_keys(ledger: &Ledger, record: &Record) -> Vec<UniqueKey> {
    ledger
        .unique
        .iter()
        .filter_map(|unique| {
            let values: Vec<&Value> = unique.fields.iter().map(|field| record.value(field)).collect();
            if values.iter().any(|value| value.is_null() || crate::value::is_erased(value)) {
                return None;
            }
            let value = serde_json::to_string(&values).ok()?;
            Some(UniqueKey { name: unique.fields.join("+"), value })
        })
        .collect()
}
