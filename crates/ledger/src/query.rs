//! Queries: what may be asked of a ledger, free of any database.
//!
//! A [`Filter`] is evaluated in two places that must agree: by [`Filter::matches`] on one record, and by `store` as SQL.
//! The conformance suite of `store` compares the two on generated records.

use std::cmp::Ordering;

use base64::Engine as _;
use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::Record;

/// How the values of an operand compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// As text, by code point (dates and instants too: their texts sort like their times).
    Text,
    /// As numbers: integers, yen, and decimals kept as text.
    Number,
    /// As booleans, false first.
    Bool,
}

/// Something of a record that can be compared, sorted and grouped by.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Value of a field of the body. Lists and objects are not operands.
    Field {
        /// Field name.
        name: String,
        /// How its values compare.
        order: Order,
    },
    /// A part of an object field, such as `from` of a period.
    Part {
        /// Field name.
        name: String,
        /// Key in the object.
        part: String,
    },
    /// The first operand that has a value (a field that was renamed is looked up under its former names too).
    FirstOf(Vec<Operand>),
    /// State of the record.
    State,
    /// Identifier.
    Id,
    /// Instant of creation.
    CreatedAt,
    /// Instant of the last change.
    RecordedAt,
    /// The value where the filter holds, and nothing elsewhere: how a value that may not be seen is kept out of
    /// filters, orders and groups.
    Guarded {
        /// The value.
        operand: Box<Operand>,
        /// Where it may be seen.
        when: Box<Filter>,
    },
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Is,
    /// Less than.
    Below,
    /// Less than or equal.
    AtMost,
    /// Greater than.
    Above,
    /// Greater than or equal.
    AtLeast,
}

/// A condition on a record. A comparison with an empty value does not hold (there is no third truth value: `Not` of it
/// does hold).
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every record.
    Everything,
    /// No record.
    Nothing,
    /// All hold.
    All(Vec<Filter>),
    /// At least one holds.
    Any(Vec<Filter>),
    /// Does not hold.
    Not(Box<Filter>),
    /// Comparison of an operand with a value (text, number or boolean).
    Compare(Operand, Comparison, Value),
    /// The operand is one of the values.
    OneOf(Operand, Vec<Value>),
    /// The operand has no value.
    Empty(Operand),
    /// The text of the operand begins with this.
    StartsWith(Operand, String),
    /// The field holds the identifier or code: it equals it, or is a list that contains it.
    Holds {
        /// Field name.
        field: String,
        /// Identifiers or codes, of which one must be held.
        values: Vec<String>,
    },
    /// Every gram is in the search text of one of the classes whose condition holds. See [`crate::search`].
    Search {
        /// Grams of the words searched for.
        grams: Vec<String>,
        /// Classes, each with the records whose class may be read.
        classes: Vec<(String, Filter)>,
    },
}

impl Filter {
    /// Both hold; simplified where one of them is trivial.
    pub fn and(self, other: Filter) -> Filter {
        match (self, other) {
            (Filter::Everything, one) | (one, Filter::Everything) => one,
            (Filter::Nothing, _) | (_, Filter::Nothing) => Filter::Nothing,
            (Filter::All(mut all), Filter::All(more)) => {
                all.extend(more);
                Filter::All(all)
            }
            (Filter::All(mut all), one) | (one, Filter::All(mut all)) => {
                all.push(one);
                Filter::All(all)
            }
            (one, two) => Filter::All(vec![one, two]),
        }
    }

    /// At least one holds; simplified where one of them is trivial.
    pub fn or(self, other: Filter) -> Filter {
        match (self, other) {
            (Filter::Nothing, one) | (one, Filter::Nothing) => one,
            (Filter::Everything, _) | (_, Filter::Everything) => Filter::Everything,
            (Filter::Any(mut any), one) | (one, Filter::Any(mut any)) => {
                if any.iter().any(|known| one.implies(known)) {
                    return Filter::Any(any);
                }
                any.retain(|known| !known.implies(&one));
                any.push(one);
                if any.len() == 1 { any.remove(0) } else { Filter::Any(any) }
            }
            (one, two) if two.implies(&one) => one,
            (one, two) if one.implies(&two) => two,
            (one, two) => Filter::Any(vec![one, two]),
        }
    }

    /// Whether this condition plainly holds only where the other does: it is the same, or the same and more. What is
    /// not plain is answered with no.
    fn implies(&self, other: &Filter) -> bool {
        let parts = |filter: &Filter| match filter {
            Filter::All(all) => all.clone(),
            one => vec![one.clone()],
        };
        self == other || parts(other).iter().all(|part| parts(self).contains(part))
    }

    /// Whether the record satisfies the condition. `Search` is answered by the database only and is true here.
    pub fn matches(&self, record: &Record) -> bool {
        match self {
            Filter::Everything => true,
            Filter::Nothing => false,
            Filter::All(all) => all.iter().all(|filter| filter.matches(record)),
            Filter::Any(any) => any.iter().any(|filter| filter.matches(record)),
            Filter::Not(filter) => !filter.matches(record),
            Filter::Compare(operand, comparison, value) => {
                let found = operand.value(record);
                match compare(&found, value, operand.order()) {
                    None => false,
                    Some(order) => match comparison {
                        Comparison::Is => order == Ordering::Equal,
                        Comparison::Below => order == Ordering::Less,
                        Comparison::AtMost => order != Ordering::Greater,
                        Comparison::Above => order == Ordering::Greater,
                        Comparison::AtLeast => order != Ordering::Less,
                    },
                }
            }
            Filter::OneOf(operand, values) => {
                let found = operand.value(record);
                values.iter().any(|value| compare(&found, value, operand.order()) == Some(Ordering::Equal))
            }
            Filter::Empty(operand) => operand.value(record).is_null(),
            Filter::StartsWith(operand, prefix) => {
                operand.value(record).as_str().is_some_and(|text| text.starts_with(prefix.as_str()))
            }
            Filter::Holds { field, values } => {
                record.references(field).iter().any(|held| values.iter().any(|value| value == held))
            }
            Filter::Search { .. } => true,
        }
    }
}

impl Operand {
    /// How values of this operand compare.
    pub fn order(&self) -> Order {
        match self {
            Operand::Field { order, .. } => *order,
            Operand::Guarded { operand, .. } => operand.order(),
            Operand::FirstOf(operands) => operands.first().map_or(Order::Text, Operand::order),
            _ => Order::Text,
        }
    }

    /// The value in a record; `Null` when there is none.
    pub fn value(&self, record: &Record) -> Value {
        match self {
            Operand::Field { name, .. } => match record.value(name) {
                Value::Array(_) | Value::Object(_) => Value::Null,
                value => value.clone(),
            },
            Operand::Part { name, part } => record.value(name).get(part).cloned().unwrap_or(Value::Null),
            Operand::FirstOf(operands) => operands
                .iter()
                .map(|operand| operand.value(record))
                .find(|value| !value.is_null())
                .unwrap_or(Value::Null),
            Operand::State => Value::String(record.state.clone()),
            Operand::Id => Value::String(record.id.clone()),
            Operand::CreatedAt => Value::String(instant_text(record.created_at)),
            Operand::RecordedAt => Value::String(instant_text(record.recorded_at)),
            Operand::Guarded { operand, when } => {
                if when.matches(record) {
                    operand.value(record)
                } else {
                    Value::Null
                }
            }
        }
    }
}

/// The text form of an instant that sorts like the instant: UTC with six digits of a second.
pub fn instant_text(at: DateTime<Utc>) -> String {
    let (day, time) = (at.date_naive(), at.time());
    // By hand where it can be: every row holds some, and chrono reads its pattern each time.
    let Ok(year @ 0..=9999) = u32::try_from(day.year()) else {
        return at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    };
    let mut text = String::with_capacity(27);
    let parts = [
        (year, 4, '-'),
        (day.month(), 2, '-'),
        (day.day(), 2, 'T'),
        (time.hour(), 2, ':'),
        (time.minute(), 2, ':'),
        // In a leap second the nanoseconds go on beyond a whole one.
        (time.second() + time.nanosecond() / 1_000_000_000, 2, '.'),
        (time.nanosecond() / 1_000 % 1_000_000, 6, 'Z'),
    ];
    for (number, digits, end) in parts {
        for place in (0..digits).rev() {
            text.push(char::from_digit(number / 10u32.pow(place) % 10, 10).unwrap_or('0'));
        }
        text.push(end);
    }
    text
}

/// Compare two values under an order; `None` when either is empty or of another kind.
pub fn compare(left: &Value, right: &Value, order: Order) -> Option<Ordering> {
    match order {
        Order::Text => Some(left.as_str()?.cmp(right.as_str()?)),
        Order::Bool => Some(left.as_bool()?.cmp(&right.as_bool()?)),
        Order::Number => Some(decimal(left)?.cmp(&decimal(right)?)),
    }
}

fn decimal(value: &Value) -> Option<rust_decimal::Decimal> {
    match value {
        Value::Number(number) => number.to_string().parse().ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// One column of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// What is sorted by; records without a value come first when ascending and last when descending.
    pub operand: Operand,
    /// Largest first.
    pub descending: bool,
}

/// Where a page of a list ended: the sort values and the identifier of its last record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// Sort values in the order of the sort columns.
    pub values: Vec<Value>,
    /// Identifier of the record, the last sort column of all.
    pub id: String,
}

impl Cursor {
    /// The place behind this record in that order.
    pub fn behind(record: &Record, sort: &[Sort]) -> Self {
        Self { values: sort.iter().map(|sort| sort.operand.value(record)).collect(), id: record.id.clone() }
    }

    /// Text for an address.
    pub fn encode(&self) -> String {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Read back what [`Cursor::encode`] wrote; `None` for anything else.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// A question for records of one ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Name of the ledger.
    pub ledger: String,
    /// Condition.
    pub filter: Filter,
    /// Order; the identifier is always the last column, so that the order is total.
    pub sort: Vec<Sort>,
    /// Only records behind this place.
    pub after: Option<Cursor>,
    /// At most so many records.
    pub limit: usize,
    /// As the ledger stood at this instant; none for now.
    pub as_of: Option<DateTime<Utc>>,
}

/// Records counted by the values of the grouping operands.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Values in the order of the operands; `Null` where a record has none.
    pub values: Vec<Value>,
    /// Number of records.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(name: &str) -> Filter {
        Filter::OneOf(Operand::State, vec![name.into()])
    }

    fn mine() -> Filter {
        Filter::Holds { field: "subject".into(), values: vec!["me".into()] }
    }

    #[test]
    fn instants_are_text_of_fixed_width() {
        for (seconds, nanoseconds) in [
            (0, 0),
            (1_795_333_323, 1_999),
            (1_709_164_799, 999_999_999),
            (-62_135_596_800, 7_000),
            (1_483_228_799, 1_500_000_000),
        ] {
            let at = DateTime::from_timestamp(seconds, nanoseconds).unwrap();
            assert_eq!(instant_text(at), at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
        }
    }

    #[test]
    fn what_is_granted_already_is_not_asked_again() {
        let both = state("open").and(mine());
        for (one, other) in [(mine(), both.clone()), (both, mine()), (mine(), mine())] {
            assert_eq!(one.or(other), mine());
        }
        let any = state("open").or(state("closed"));
        assert_eq!(any.clone().or(state("open").and(mine())), any);
        assert_eq!(state("open").and(mine()).or(state("closed")).or(state("open")), state("closed").or(state("open")));
        assert!(matches!(state("open").or(mine()), Filter::Any(any) if any.len() == 2));
    }
}
