//! Numbers in place of persons (仮名化): what goes out says that two records are about the same person, and not who it is.
//! The table that leads back is kept apart by whoever made the export.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::definition::{Field, Kind, Ledger};
use ledger::{Kernel, Record, value};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which number stands for whom: the table of one purpose. The same table gives the same numbers again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pseudonyms {
    /// Number by ledger and identifier.
    numbers: BTreeMap<String, String>,
}

impl Pseudonyms {
    /// The number of a person; a new one is drawn at random, so that it says nothing of the order of persons.
    pub fn number(&mut self, kernel: &Kernel, ledger: &str, id: &str) -> String {
        let place = format!("{ledger}/{id}");
        if let Some(number) = self.numbers.get(&place) {
            return number.clone();
        }
        loop {
            let mut bytes = [0; 8];
            kernel.entropy.fill(&mut bytes);
            let number = format!("N{:010}", u64::from_le_bytes(bytes) % 10_000_000_000);
            if !self.numbers.values().any(|known| *known == number) {
                self.numbers.insert(place, number.clone());
                return number;
            }
        }
    }

    /// Ledger and identifier behind a number.
    pub fn behind(&self, number: &str) -> Option<(&str, &str)> {
        self.numbers.iter().find(|(_, known)| *known == number)?.0.split_once('/')
    }
}

/// Whether records of the ledger are persons, or lead straight to one.
fn is_person(ledger: &Ledger) -> bool {
    ledger.subject.as_deref() == Some("id") || ledger.name == "account"
}

/// The band of years that an age falls into, such as 「30～39歳」.
fn band(born: NaiveDate, today: NaiveDate, years: u32) -> String {
    let age = today.years_since(born).unwrap_or_default();
    let years = years.max(1);
    let from = age / years * years;
    format!("{from}～{}歳", from + years - 1)
}

/// The record without what says who a person is. Names and numbers become the person's number, days of birth an age band,
/// references to persons their numbers; free texts, tables and files of encrypted fields and all long texts are left out,
/// because anybody may be named in them.
pub(crate) fn pseudonymised(
    kernel: &Kernel,
    ledger: &Ledger,
    record: &Record,
    pseudonyms: &mut Pseudonyms,
    band_years: u32,
) -> Record {
    let mut out = record.clone();
    let person = is_person(ledger);
    let own = person.then(|| pseudonyms.number(kernel, &ledger.name, &record.id));
    for field in &ledger.fields {
        let Some(found) = record.body.get(&field.name) else { continue };
        match replaced(kernel, ledger, field, found, own.as_deref(), pseudonyms, band_years) {
            Some(value) => out.body.insert(field.name.clone(), value),
            None => out.body.shift_remove(&field.name),
        };
    }
    if let Some(own) = own {
        out.id = own;
    }
    out
}

fn replaced(
    kernel: &Kernel,
    ledger: &Ledger,
    field: &Field,
    found: &Value,
    own: Option<&str>,
    pseudonyms: &mut Pseudonyms,
    band_years: u32,
) -> Option<Value> {
    let names = ledger.key.as_deref() == Some(field.name.as_str()) || ledger.title.contains(&field.name);
    match (&field.kind, own) {
        _ if value::is_erased(found) => Some(found.clone()),
        (Kind::Reference { ledger: target, .. }, _) => {
            let Some(target) = kernel.catalogue.ledger(target).filter(|target| is_person(target)) else {
                return Some(found.clone());
            };
            let mut number =
                |id: &Value| id.as_str().map(|id| Value::from(pseudonyms.number(kernel, &target.name, id)));
            match found {
                Value::Array(ids) => Some(ids.iter().filter_map(number).collect()),
                id => number(id),
            }
        }
        (Kind::Text | Kind::Integer, Some(own)) if names => Some(own.into()),
        (Kind::Date, _) if field.encrypted => {
            let born = found.as_str()?.parse().ok()?;
            Some(band(born, kernel.today(), band_years).into())
        }
        (Kind::LongText | Kind::Attachment, _) => None,
        _ if field.encrypted => None,
        (Kind::Rows { columns }, _) => {
            let rows = found.as_array()?;
            let row = |row: &Value, pseudonyms: &mut Pseudonyms| {
                let cells = columns.iter().filter_map(|column| {
                    let found = row.get(&column.name)?;
                    let value = replaced(kernel, ledger, column, found, None, pseudonyms, band_years)?;
                    Some((column.name.clone(), value))
                });
                Value::Object(cells.collect())
            };
            Some(rows.iter().map(|one| row(one, pseudonyms)).collect())
        }
        _ => Some(found.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_falls_into_the_band_it_has_on_that_day() {
        for (born, today, years, expected) in [
            ("1986-11-23", "2026-11-22", 10, "30～39歳"),
            ("1986-11-22", "2026-11-22", 10, "40～49歳"),
            ("2024-02-29", "2026-02-28", 5, "0～4歳"),
            ("1960-01-01", "2026-01-01", 1, "66～66歳"),
            ("1960-01-01", "2026-01-01", 0, "66～66歳"),
        ] {
            assert_eq!(band(born.parse().unwrap(), today.parse().unwrap(), years), expected, "{born} {today}");
        }
    }
}
