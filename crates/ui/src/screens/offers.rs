//! Records offered while a person types a number or a name.

use ledger::Record;
use ledger::access::Access;
use ledger::port::Reader;
use ledger::read::{Condition, ListRequest, Test};
use serde_json::Value;

use crate::web::{Ask, Reply, Stop};

use super::form::choices::line;
use super::words::own_titles;

/// Lines offered.
const MOST: usize = 20;

/// A JSON list of lines: key and title of records that begin with the number or have the words.
pub fn answer(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    if !Access::new(&ledger, ask.who).any() {
        return Err(ledger::Refusal::NotFound.into());
    }
    let typed = ask.query("q").unwrap_or_default().trim();
    if typed.is_empty() {
        return Ok(Reply::Json(Value::Array(Vec::new())));
    }
    let in_force = ledger.effective.as_ref().map(|_| ask.kernel.today());
    let plain = ListRequest { ledger: ledger.name.clone(), limit: MOST, in_force, ..ListRequest::default() };
    let mut found: Vec<Record> = Vec::new();
    let numeral = ledger::search::fold(typed).starts_with(|c: char| c.is_ascii_alphanumeric());
    if let Some(key) = ledger.key.as_ref().filter(|_| numeral) {
        let condition = Condition {
            field: key.clone(),
            test: Test::Starts,
            values: vec![ledger::search::fold(typed).to_uppercase()],
        };
        let request = ListRequest { conditions: vec![condition], ..plain.clone() };
        // A key that may not be seen offers nothing; the words may still.
        if let Ok(page) = ask.kernel.list(tx, ask.who, &request) {
            found = page.records;
        }
    }
    if found.is_empty() {
        let request = ListRequest { words: Some(typed.to_string()), ..plain };
        found = ask.kernel.list(tx, ask.who, &request)?.records;
    }
    let titles = own_titles(ask.kernel, tx, ask.who, &ledger, &found)?;
    let lines = found.iter().zip(titles).map(|(record, title)| Value::String(line(&ledger, record, &title)));
    Ok(Reply::Json(lines.collect()))
}
