//! The pairs of a form as they were sent, or as they would be sent for a record. All inputs are drawn from pairs, so
//! that a new form, an old record, a draft and a form with errors look alike and lose nothing.

use ledger::Record;
use ledger::definition::{Field, Kind};
use serde_json::Value;

use crate::figures::grouped;
use crate::when::day_text;

use super::words::{day, instant};

/// Name of the hidden input that lists the fields a form asks for.
pub const FIELDS: &str = "_fields";
/// Name of the hidden input with the revision that was seen.
pub const REVISION: &str = "_revision";

/// Pairs in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pairs(pub Vec<(String, String)>);

/// One row of a table of rows: column (and part of it), value.
pub type RowPairs = Vec<(String, String)>;

impl Pairs {
    /// What a form would send for these fields of a record.
    pub fn of<'a>(record: &Record, fields: impl IntoIterator<Item = &'a Field>) -> Self {
        let mut pairs = Self::default();
        for field in fields {
            pairs.push_value(&field.name, field, record.value(&field.name));
        }
        pairs
    }

    /// Add a value under a name.
    pub fn push_value(&mut self, name: &str, field: &Field, found: &Value) {
        let mut push = |name: String, value: String| self.0.push((name, value));
        match (&field.kind, found) {
            (_, Value::Null) => {}
            // The mark comes back as it went out, and the write path leaves what is erased as it is.
            (_, found) if ledger::value::is_erased(found) => push(name.to_string(), ledger::value::ERASED.to_string()),
            (Kind::Period, Value::Object(period)) => {
                for key in ["from", "to"] {
                    let text = period.get(key).and_then(Value::as_str).unwrap_or_default();
                    push(format!("{name}.{key}"), day(text).map_or_else(|| text.to_string(), day_text));
                }
            }
            (Kind::Rows { columns }, Value::Array(rows)) => {
                for (number, row) in rows.iter().enumerate() {
                    for column in columns {
                        let found = row.get(&column.name).unwrap_or(&Value::Null);
                        self.push_value(&format!("{name}.{number}.{}", column.name), column, found);
                    }
                }
            }
            (Kind::Attachment, Value::Array(files)) => {
                for file in files {
                    let part = |key: &str| file.get(key).and_then(Value::as_str).unwrap_or_default();
                    push(format!("{name}.keep"), format!("{} {}", part("id"), part("name")));
                }
            }
            (Kind::Reference { many: true, .. } | Kind::Choices { .. }, Value::Array(items)) => {
                for item in items.iter().filter_map(Value::as_str) {
                    push(name.to_string(), item.to_string());
                }
            }
            (Kind::Date, Value::String(text)) => {
                push(name.to_string(), day(text).map_or_else(|| text.clone(), day_text));
            }
            (Kind::DateTime, Value::String(text)) => push(name.to_string(), clock_text(text)),
            (Kind::Integer | Kind::Yen, Value::Number(number)) if !field.plain => {
                let text = number.as_i64().map_or_else(|| number.to_string(), |n| grouped(n).replace('−', "-"));
                push(name.to_string(), text);
            }
            (_, Value::String(text)) => push(name.to_string(), text.clone()),
            (_, other) => push(name.to_string(), other.to_string()),
        }
    }

    /// The first value of a name; empty when there is none.
    pub fn first(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// All values of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Rows of a table of rows, in order.
    pub fn rows(&self, field: &str) -> Vec<RowPairs> {
        let mut rows: Vec<RowPairs> = Vec::new();
        for (key, value) in &self.0 {
            let Some(rest) = key.strip_prefix(field).and_then(|rest| rest.strip_prefix('.')) else { continue };
            let Some((number, column)) = rest.split_once('.') else { continue };
            let Ok(number) = number.parse::<usize>() else { continue };
            if number >= ledger::value::MAX_ROWS {
                continue;
            }
            if rows.len() <= number {
                rows.resize_with(number + 1, Vec::new);
            }
            if let Some(row) = rows.get_mut(number) {
                row.push((column.to_string(), value.clone()));
            }
        }
        rows
    }

    /// Put other rows in place of those of the field.
    pub fn set_rows(&mut self, field: &str, rows: Vec<RowPairs>) {
        let prefix = format!("{field}.");
        self.0.retain(|(key, _)| !key.starts_with(&prefix));
        for (number, row) in rows.into_iter().enumerate() {
            if row.is_empty() {
                // A row just added has no cells yet; an empty one keeps its place.
                self.0.push((format!("{field}.{number}."), String::new()));
            }
            for (column, value) in row {
                self.0.push((format!("{field}.{number}.{column}"), value));
            }
        }
    }

    /// Names of the fields that the form asked for.
    pub fn fields(&self) -> Vec<&str> {
        self.first(FIELDS).split(',').filter(|name| !name.is_empty()).collect()
    }

    /// The revision that was seen.
    pub fn revision(&self) -> Option<i64> {
        self.first(REVISION).parse().ok()
    }

    /// What was entered, without the pairs of the form itself.
    pub fn entered(&self) -> impl Iterator<Item = &(String, String)> {
        self.0.iter().filter(|(key, _)| !key.starts_with('_'))
    }
}

/// An instant as it is typed: 2026年3月14日 9:05, with seconds only where there are any, so that nothing changes when it
/// is sent back.
fn clock_text(stored: &str) -> String {
    use chrono::Timelike;
    let Some(at) = instant(stored) else { return stored.to_string() };
    let clock = calendar::jst::wall_clock(at);
    let time = if clock.second() == 0 { clock.format("%-H:%M") } else { clock.format("%-H:%M:%S") };
    format!("{} {time}", calendar::format_date(clock.date()))
}
