//! Values as people read them.

use calendar::{format_date, format_date_with_weekday, jst};
use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use super::numbers::grouped;
use crate::definition::{Catalogue, Field, Kind};

/// The words for a value on pages, in documents and exports: `12,345円`, `2026年3月14日（土）`, the label of a choice,
/// はい and いいえ. References come out as identifiers, because titles are read under access control by whoever shows
/// them; rows as one line each. Nothing gives an empty text.
pub fn format(field: &Field, value: &Value, catalogue: &Catalogue) -> String {
    words(field, value, catalogue, false)
}

/// The same for narrow places: dates without weekday.
pub fn format_short(field: &Field, value: &Value, catalogue: &Catalogue) -> String {
    words(field, value, catalogue, true)
}

fn words(field: &Field, value: &Value, catalogue: &Catalogue, short: bool) -> String {
    match (&field.kind, value) {
        (_, Value::Null) => String::new(),
        (_, value) if super::is_erased(value) => super::ERASED.into(),
        (Kind::Integer, Value::Number(number)) if field.plain => number.to_string(),
        (Kind::Integer, Value::Number(number)) => grouped(&number.to_string()),
        (Kind::Yen, Value::Number(number)) => format!("{}円", grouped(&number.to_string())),
        (Kind::Decimal { .. }, Value::String(number)) => grouped(number),
        (Kind::Date, Value::String(date)) => day(date, short),
        (Kind::DateTime, Value::String(at)) => instant(at, short),
        (Kind::Period, Value::Object(period)) => {
            let side =
                |key: &str| period.get(key).and_then(Value::as_str).map_or(String::new(), |date| day(date, short));
            format!("{}～{}", side("from"), side("to"))
        }
        (Kind::YesNo, Value::Bool(flag)) => if *flag { "はい" } else { "いいえ" }.into(),
        (Kind::Choice { set }, Value::String(code)) => label(catalogue, set, code),
        (Kind::Choices { set }, Value::Array(codes)) => joined(codes, |code| label(catalogue, set, code)),
        (Kind::Reference { .. }, Value::Array(identifiers)) => joined(identifiers, str::to_owned),
        (Kind::Attachment, Value::Array(files)) => {
            let names: Vec<&str> = files.iter().filter_map(|file| file.get("name")?.as_str()).collect();
            names.join("、")
        }
        (Kind::Rows { columns }, Value::Array(rows)) => {
            let lines: Vec<String> = rows.iter().map(|row| line(columns, row, catalogue)).collect();
            lines.join("\n")
        }
        (_, Value::String(text)) => text.clone(),
        // A value of a kind that the field had before: shown as it is rather than hidden.
        (_, other) => other.to_string(),
    }
}

fn line(columns: &[Field], row: &Value, catalogue: &Catalogue) -> String {
    let cells: Vec<String> = columns
        .iter()
        .filter_map(|column| {
            let text = words(column, row.get(&column.name)?, catalogue, true);
            (!text.is_empty()).then(|| format!("{}: {text}", column.label))
        })
        .collect();
    cells.join("、")
}

fn joined(values: &[Value], words: impl Fn(&str) -> String) -> String {
    values.iter().filter_map(Value::as_str).map(words).collect::<Vec<_>>().join("、")
}

fn label(catalogue: &Catalogue, set: &str, code: &str) -> String {
    catalogue.choices.get(set).map_or(code, |set| set.label(code)).to_owned()
}

fn day(date: &str, short: bool) -> String {
    match NaiveDate::parse_from_str(date, "%Y-%m-%d") {
        Ok(date) if short => format_date(date),
        Ok(date) => format_date_with_weekday(date),
        Err(_) => date.to_owned(),
    }
}

fn instant(at: &str, short: bool) -> String {
    match DateTime::parse_from_rfc3339(at) {
        Ok(at) => {
            let clock = jst::wall_clock(at.to_utc());
            let day = if short { format_date(clock.date()) } else { format_date_with_weekday(clock.date()) };
            format!("{day} {}", clock.format("%H:%M"))
        }
        Err(_) => at.to_owned(),
    }
}
