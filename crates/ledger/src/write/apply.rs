//! What was entered, turned into values of the ledger.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::definition::Ledger;
use crate::kernel::Kernel;
use crate::record::{Body, Record};
use crate::refusal::{Problem, Refusal};
use crate::value;
use crate::write::Change;

/// The record with the entered values. Its revision, state and acts are still those of `before`.
pub fn values(kernel: &Kernel, ledger: &Ledger, before: Option<&Record>, change: &Change) -> Result<Record, Refusal> {
    let mut record = before.cloned().unwrap_or_else(|| new_record(kernel, ledger));
    let context = value::Context { catalogue: &kernel.catalogue, today: kernel.today() };
    let mut problems = Vec::new();
    for (name, input) in &change.values {
        let Some(field) = ledger.field(name) else {
            problems
                .push(Problem::field(name.clone(), format!("「{name}」という項目は{}にありません。", ledger.label)));
            continue;
        };
        // What was there and comes back unchanged stays, even where it could no longer be chosen today.
        if input == record.value(name) {
            continue;
        }
        if value::is_erased(record.value(name)) {
            // Forms, files and programs may carry the mark along; another value cannot take its place.
            if !comes_back(input) {
                let message = format!("「{}」は消去済みです。書き換えられません。", field.label);
                problems.push(Problem::field(name.clone(), message));
            }
            continue;
        }
        if field.encrypted && (value::is_erased(input) || *input == value::ERASED) {
            let message = format!("「{}」に「{}」は書けません。値を入力してください。", field.label, value::ERASED);
            problems.push(Problem::field(name.clone(), message));
            continue;
        }
        match value::normalise(field, input, &context) {
            Ok(value) if value == *record.value(name) => {}
            // A computed value follows from the others; forms and files may carry it along, but it is not taken.
            Ok(_) if field.computed.is_some() => {}
            Ok(Value::Null) => {
                record.body.shift_remove(name);
            }
            Ok(value) => {
                record.body.insert(name.clone(), value);
            }
            Err(more) => problems.extend(more),
        }
    }
    if problems.is_empty() { Ok(record) } else { Err(Refusal::Invalid(problems)) }
}

/// What a form, a file or a program sends for a value that it was shown as erased.
fn comes_back(input: &Value) -> bool {
    match input {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() || text == value::ERASED,
        Value::Array(items) => items.is_empty(),
        Value::Object(parts) => parts.values().all(comes_back),
        _ => false,
    }
}

fn new_record(kernel: &Kernel, ledger: &Ledger) -> Record {
    let now = kernel.now();
    Record {
        ledger: ledger.name.clone(),
        id: kernel.new_id(),
        revision: 0,
        state: ledger.workflow.initial.clone(),
        body: Body::new(),
        acts: BTreeMap::new(),
        created_at: now,
        recorded_at: now,
    }
}
