//! Questions to the store in the words of an engine. What an engine reads this way is for deciding, not for showing:
//! whatever goes to a page is taken through [`crate::access::Access`] first.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use crate::port::{Reader, StoreError};
use crate::query::{Comparison, Filter, Operand, Order, Query};
use crate::record::Record;

/// More records than one agency has of anything that an engine looks at as a whole.
pub const MOST: usize = 200_000;

/// The operand of a field that holds text, a date, a choice or one reference.
pub fn text(field: &str) -> Operand {
    Operand::Field { name: field.into(), order: Order::Text }
}

/// The field is this text.
pub fn is(field: &str, value: &str) -> Filter {
    Filter::Compare(text(field), Comparison::Is, value.into())
}

/// The field is one of these texts.
pub fn one_of<T: AsRef<str>>(field: &str, values: &[T]) -> Filter {
    Filter::OneOf(text(field), values.iter().map(|value| Value::from(value.as_ref())).collect())
}

/// The field refers to this record: it is it, or a list that contains it.
pub fn holds(field: &str, value: &str) -> Filter {
    Filter::Holds { field: field.into(), values: vec![value.into()] }
}

/// The record stands in one of these states.
pub fn in_state<T: AsRef<str>>(states: &[T]) -> Filter {
    Filter::OneOf(Operand::State, states.iter().map(|state| Value::from(state.as_ref())).collect())
}

/// The period between two date fields holds the day; an empty end is open.
pub fn in_force(from: &str, to: &str, day: NaiveDate) -> Filter {
    let day = day.to_string();
    let begun = Filter::Empty(text(from)).or(Filter::Compare(text(from), Comparison::AtMost, day.clone().into()));
    let not_over = Filter::Empty(text(to)).or(Filter::Compare(text(to), Comparison::AtLeast, day.into()));
    begun.and(not_over)
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
    record.text(field).and_then(|text| text.get(..10)).and_then(|text| text.parse().ok())
}

/// The instant in a field.
pub fn instant(record: &Record, field: &str) -> Option<DateTime<Utc>> {
    record.text(field)?.parse().ok()
}

/// The text in a field, owned.
pub fn owned(record: &Record, field: &str) -> Option<String> {
    record.text(field).map(String::from)
}
