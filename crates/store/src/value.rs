//! Values on their way into a statement and out of a row.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use ledger::port::StoreError;
use serde_json::{Map, Value};

use crate::connection::Fault;

/// A value bound to a placeholder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Param<'a> {
    Null,
    Text(Cow<'a, str>),
    Int(i64),
    Bool(bool),
    Instant(DateTime<Utc>),
    Day(NaiveDate),
    /// JSON, already written as text.
    Json(String),
    Bytes(&'a [u8]),
    /// A list of texts for [`crate::sql::Dialect::is_in`] and the like.
    List(Vec<String>),
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}
impl<'a> From<&'a String> for Param<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}
impl<'a> From<Cow<'a, str>> for Param<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}
impl From<String> for Param<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}
impl From<i64> for Param<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}
impl From<bool> for Param<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}
impl From<DateTime<Utc>> for Param<'_> {
    fn from(at: DateTime<Utc>) -> Self {
        Self::Instant(at)
    }
}
impl From<NaiveDate> for Param<'_> {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}
impl From<&Value> for Param<'_> {
    fn from(value: &Value) -> Self {
        Self::Json(value.to_string())
    }
}
impl<'a, T> From<Option<T>> for Param<'a>
where
    Param<'a>: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

impl Param<'_> {
    /// Refuse the character U+0000: PostgreSQL cannot hold it, and what one database holds the other must hold too.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        let bad = match self {
            Self::Text(text) => text.contains('\0'),
            Self::Json(text) => escapes_nul(text),
            Self::List(list) => list.iter().any(|text| text.contains('\0')),
            _ => false,
        };
        if bad { Err(Fault::failed("U+0000 の文字は保存できません")) } else { Ok(()) }
    }
}

/// Whether JSON text holds `\u0000` as an escape, not as the end of an escaped backslash.
fn escapes_nul(json: &str) -> bool {
    json.match_indices("\\u0000").any(|(at, _)| {
        let before = json.as_bytes().get(..at).unwrap_or_default();
        before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0
    })
}

/// A value that came out of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bool(bool),
    Instant(DateTime<Utc>),
    Day(NaiveDate),
    Json(Value),
    Bytes(Vec<u8>),
}

/// A row whose cells are read one after another, in the order of the selected columns.
pub(crate) struct Row {
    table: &'static str,
    name: String,
    cells: std::vec::IntoIter<Cell>,
    place: usize,
}

impl Row {
    /// A row of that table. Its first cell names it in errors when it is short text or a number.
    pub(crate) fn new(table: &'static str, cells: Vec<Cell>) -> Self {
        let name = match cells.first() {
            Some(Cell::Text(text)) if text.len() <= 64 => text.clone(),
            Some(Cell::Int(number)) => number.to_string(),
            _ => String::new(),
        };
        Self { table, name, cells: cells.into_iter(), place: 0 }
    }

    fn next(&mut self) -> Cell {
        self.place += 1;
        self.cells.next().unwrap_or(Cell::Null)
    }

    /// The error that this row makes no sense.
    pub(crate) fn corrupt(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Corrupt { table: self.table, row: self.name.clone(), reason: reason.into() }
    }

    fn wrong(&self, expected: &str) -> StoreError {
        self.corrupt(format!("{}番目の列が{expected}ではありません", self.place))
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        self.optional_text()?.ok_or_else(|| self.wrong("文字列"))
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.next() {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            _ => Err(self.wrong("文字列")),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        match self.next() {
            Cell::Int(number) => Ok(number),
            _ => Err(self.wrong("整数")),
        }
    }

    /// A number of things: zero or more.
    pub(crate) fn count(&mut self) -> Result<u64, StoreError> {
        let number = self.int()?;
        u64::try_from(number).map_err(|_| self.wrong("0以上の整数"))
    }

    pub(crate) fn bool(&mut self) -> Result<bool, StoreError> {
        match self.next() {
            Cell::Bool(truth) => Ok(truth),
            Cell::Int(0) => Ok(false),
            Cell::Int(1) => Ok(true),
            _ => Err(self.wrong("真偽")),
        }
    }

    pub(crate) fn instant(&mut self) -> Result<DateTime<Utc>, StoreError> {
        self.optional_instant()?.ok_or_else(|| self.wrong("日時"))
    }

    pub(crate) fn optional_instant(&mut self) -> Result<Option<DateTime<Utc>>, StoreError> {
        match self.next() {
            Cell::Null => Ok(None),
            Cell::Instant(at) => Ok(Some(at)),
            Cell::Text(text) => text.parse().map(Some).map_err(|_| self.wrong("日時")),
            _ => Err(self.wrong("日時")),
        }
    }

    pub(crate) fn optional_day(&mut self) -> Result<Option<NaiveDate>, StoreError> {
        match self.next() {
            Cell::Null => Ok(None),
            Cell::Day(day) => Ok(Some(day)),
            Cell::Text(text) => text.parse().map(Some).map_err(|_| self.wrong("日付")),
            _ => Err(self.wrong("日付")),
        }
    }

    /// JSON; `Null` where the column is empty.
    pub(crate) fn json(&mut self) -> Result<Value, StoreError> {
        match self.next() {
            Cell::Null => Ok(Value::Null),
            Cell::Json(value) => Ok(value),
            Cell::Text(text) => serde_json::from_str(&text).map_err(|_| self.wrong("JSON")),
            _ => Err(self.wrong("JSON")),
        }
    }

    pub(crate) fn object(&mut self) -> Result<Map<String, Value>, StoreError> {
        match self.json()? {
            Value::Object(map) => Ok(map),
            _ => Err(self.wrong("JSONのオブジェクト")),
        }
    }

    pub(crate) fn optional_bytes(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        match self.next() {
            Cell::Null => Ok(None),
            Cell::Bytes(bytes) => Ok(Some(bytes)),
            _ => Err(self.wrong("バイト列")),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        match self.next() {
            Cell::Bytes(bytes) => Ok(bytes),
            _ => Err(self.wrong("バイト列")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nul_is_found_and_an_escaped_backslash_is_not_taken_for_it() {
        for (value, bad) in [
            (json!({"a": "x\u{0}"}), true),
            (json!({"a": ["\u{0}"]}), true),
            (json!({"a": "\\u0000"}), false),
            (json!({"a": "\\\\u0000"}), false),
            (json!({"a": "\\\u{0}"}), true),
            (json!({"a": "葛\u{E0100}城"}), false),
        ] {
            assert_eq!(Param::from(&value).check().is_err(), bad, "{value}");
        }
    }
}
