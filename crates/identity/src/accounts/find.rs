//! Questions to the store in the words of this area. They decide; nothing read here is shown to anybody.

use chrono::{DateTime, NaiveDate, Utc};
use ledger::Record;
use ledger::port::{Reader, StoreError};
use ledger::query::{Comparison, Filter, Operand, Order, Query};
use serde_json::Value;

/// More records of one kind than an agency has.
pub const MOST: usize = 200_000;

/// The operand of a field that holds text, a date or one reference.
pub fn text(field: &str) -> Operand {
    Operand::Field { name: field.into(), order: Order::Text }
}

/// The field refers to this record.
pub fn holds(field: &str, value: &str) -> Filter {
    Filter::Holds { field: field.into(), values: vec![value.into()] }
}

/// The record is in one of these states.
pub fn in_state(states: &[&str]) -> Filter {
    Filter::OneOf(Operand::State, states.iter().map(|state| Value::from(*state)).collect())
}

/// The period between two date fields holds the day; an empty end is open.
pub fn in_force(from: &str, to: &str, day: NaiveDate) -> Filter {
    let day = day.to_string();
    let begun = Filter::Empty(text(from)).or(Filter::Compare(text(from), Comparison::AtMost, day.clone().into()));
    let lasts = Filter::Empty(text(to)).or(Filter::Compare(text(to), Comparison::AtLeast, day.into()));
    begun.and(lasts)
}

/// Records of a ledger that satisfy the filter, in order of creation.
///
/// # Errors
/// Only those of the store.
pub fn all(
    tx: &mut (impl Reader + ?Sized),
    ledger: &str,
    filter: Filter,
    limit: usize,
) -> Result<Vec<Record>, StoreError> {
    tx.find(&Query { ledger: ledger.into(), filter, sort: Vec::new(), after: None, limit, as_of: None })
}

/// The date in a field.
pub fn date(record: &Record, field: &str) -> Option<NaiveDate> {
    record.text(field)?.get(..10)?.parse().ok()
}

/// The instant in a field.
pub fn instant(record: &Record, field: &str) -> Option<DateTime<Utc>> {
    record.text(field)?.parse().ok()
}
