//! The pairs of a sheet's form: what a record holds, what a draft kept, what was posted. They are named like those of the
//! generic form, so that a draft begun in one is found by the other.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ledger::definition::{Field, Kind, Ledger};
use ledger::port::{Reader, StoreError};
use ledger::{Body, Record};
use serde_json::{Map, Value};
use ui::web::Ask;
use ui::when::day_text;

use super::super::names::ledger_name::SHEET;

/// Most rows of a form.
const ROWS: usize = 200;

/// Pairs in order.
#[derive(Debug, Clone, Default)]
pub struct Pairs(pub Vec<(String, String)>);

/// One row of a table: column and text.
pub type RowPairs = BTreeMap<String, String>;

impl Pairs {
    /// What the form would send for these fields of a record.
    pub fn of(ledger: &Ledger, record: &Record, fields: &[&str]) -> Self {
        let mut pairs = Vec::new();
        for field in fields.iter().filter_map(|name| ledger.field(name)) {
            match (&field.kind, record.value(&field.name)) {
                (Kind::Rows { columns }, Value::Array(rows)) => {
                    for (number, row) in rows.iter().enumerate() {
                        for column in columns {
                            if let Some(text) = text(column, row.get(&column.name).unwrap_or(&Value::Null)) {
                                pairs.push((format!("{}.{number}.{}", field.name, column.name), text));
                            }
                        }
                    }
                }
                (_, found) => pairs.extend(text(field, found).map(|text| (field.name.clone(), text))),
            }
        }
        Self(pairs)
    }

    /// The draft of a sheet, with the time of its saving; none when there is none.
    pub fn draft(tx: &mut dyn Reader, ask: &Ask<'_>, id: &str) -> Result<Option<(Self, DateTime<Utc>)>, StoreError> {
        let Some(item) = tx.desk(&ask.who.actor.account, &draft_key(id))? else { return Ok(None) };
        let kept = item
            .value
            .get("pairs")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|pair| Some((pair.get(0)?.as_str()?.to_string(), pair.get(1)?.as_str()?.to_string())));
        Ok(Some((Self(kept.collect()), item.saved_at)))
    }

    /// The first value of a name; empty when there is none.
    pub fn first(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// Rows of a table, in order.
    pub fn rows(&self, field: &str) -> Vec<RowPairs> {
        let mut rows: BTreeMap<usize, RowPairs> = BTreeMap::new();
        for (key, value) in &self.0 {
            let Some((number, column)) =
                key.strip_prefix(field).and_then(|rest| rest.strip_prefix('.')).and_then(|rest| rest.split_once('.'))
            else {
                continue;
            };
            if let Some(number) = number.parse::<usize>().ok().filter(|number| *number < ROWS) {
                rows.entry(number).or_default().insert(column.to_string(), value.clone());
            }
        }
        rows.into_values().collect()
    }

    /// Put other rows in place of those of the field.
    pub fn set_rows(&mut self, field: &str, rows: Vec<RowPairs>) {
        let prefix = format!("{field}.");
        self.0.retain(|(key, _)| !key.starts_with(&prefix));
        for (number, mut row) in rows.into_iter().enumerate() {
            // A row just added has no cells yet; an empty one keeps its place.
            row.entry("title".into()).or_default();
            self.0.extend(row.into_iter().map(|(column, value)| (format!("{field}.{number}.{column}"), value)));
        }
    }

    /// Values for the write path. A field of which nothing was sent is emptied.
    pub fn values(&self, ledger: &Ledger, fields: &[&str]) -> Body {
        let mut body = Body::new();
        for field in fields.iter().filter_map(|name| ledger.field(name)) {
            let value = match &field.kind {
                Kind::Rows { .. } => {
                    let rows = self.rows(&field.name).into_iter().filter_map(|row| {
                        let row: Map<String, Value> = row
                            .into_iter()
                            .filter(|(_, text)| !text.trim().is_empty())
                            .map(|(column, text)| (column, text.into()))
                            .collect();
                        (!row.is_empty()).then_some(Value::Object(row))
                    });
                    Value::Array(rows.collect())
                }
                _ => self.first(&field.name).into(),
            };
            body.insert(field.name.clone(), value);
        }
        body
    }
}

/// Where the draft of a sheet lies on the desk.
pub fn draft_key(id: &str) -> String {
    format!("draft:{SHEET}:{id}")
}

fn text(field: &Field, found: &Value) -> Option<String> {
    Some(match (&field.kind, found) {
        (_, Value::Null) => return None,
        (Kind::Date, Value::String(day)) => day.parse().map_or_else(|_| day.clone(), day_text),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(title: &str) -> RowPairs {
        [("title".to_string(), title.to_string())].into()
    }

    #[test]
    fn rows_keep_their_order_and_their_empty_ones() {
        let mut pairs = Pairs(vec![
            ("goals.1.title".into(), "二".into()),
            ("goals.0.title".into(), "一".into()),
            ("goals.0.detail".into(), "水準".into()),
            ("other".into(), "x".into()),
        ]);
        assert_eq!(pairs.rows("goals").len(), 2);
        let mut rows = pairs.rows("goals");
        rows.push(RowPairs::new());
        rows.swap(0, 1);
        pairs.set_rows("goals", rows);
        assert_eq!(pairs.first("goals.0.title"), "二");
        assert_eq!(pairs.first("goals.1.detail"), "水準");
        assert_eq!(pairs.rows("goals")[2], row(""));
        assert_eq!(pairs.first("other"), "x");
    }

    #[test]
    fn a_row_number_out_of_reason_is_no_row() {
        let pairs = Pairs(vec![("goals.4000000000.title".into(), "x".into()), ("goals.a.title".into(), "y".into())]);
        assert!(pairs.rows("goals").is_empty());
    }
}
