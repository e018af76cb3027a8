//! Each ledger as a read-only view with real columns, for reporting tools.

use ledger::access::plain_operand;
use ledger::definition::{Field, Kind, Ledger};
use ledger::port::StoreError;

use super::Made;
use crate::sql::{Conditions, Dialect, Kind as SqlKind, name};

/// Columns every view has before those of the fields.
const OWN: [&str; 5] = ["id", "revision", "state", "created_at", "recorded_at"];

/// The view of a ledger: its records as they are now, one column for each field that holds one value, two for a period.
pub(super) fn of(dialect: Dialect, ledger: &Ledger) -> Result<Made, StoreError> {
    let mut conditions = Conditions::new(dialect, &ledger.name, None)?;
    let mut columns: Vec<String> = OWN.iter().map(|column| format!("r.{column}")).collect();
    for field in &ledger.fields {
        for (column, expression) in expressions(&mut conditions, field)? {
            let column = if OWN.contains(&column.as_str()) { format!("field_{column}") } else { column };
            columns.push(format!("{expression} AS \"{column}\""));
        }
    }
    let view = format!("v_{}", ledger.name);
    let sql = format!(
        "CREATE VIEW \"{view}\" AS SELECT {} FROM record r WHERE r.ledger = '{}'",
        columns.join(", "),
        ledger.name
    );
    Ok(Made { name: view, kind: "view", sql, width: 0 })
}

fn expressions(conditions: &mut Conditions<'_>, field: &Field) -> Result<Vec<(String, String)>, StoreError> {
    let own = name(&field.name)?;
    if let Kind::Period = field.kind {
        return ["from", "to"]
            .into_iter()
            .map(|part| column(conditions, field, Some(part), format!("{own}_{part}")))
            .collect();
    }
    if plain_operand(field, None).is_none() {
        return Ok(Vec::new());
    }
    Ok(vec![column(conditions, field, None, own.into())?])
}

fn column(
    conditions: &mut Conditions<'_>,
    field: &Field,
    part: Option<&str>,
    name: String,
) -> Result<(String, String), StoreError> {
    let Some(operand) = plain_operand(field, part) else { return Ok((name, "NULL".into())) };
    let expression = conditions.typed(&operand, SqlKind::of(&operand))?;
    let expression = match field.kind {
        Kind::Date | Kind::Period => day(conditions.dialect, expression),
        Kind::DateTime => instant(conditions.dialect, expression),
        Kind::Integer | Kind::Yen => whole(conditions.dialect, expression),
        _ => expression,
    };
    Ok((name, expression))
}

/// A day; SQLite has no type for it and keeps the text. A text in another form is empty rather than an error, so that
/// one old record does not make the whole view unreadable.
fn day(dialect: Dialect, text: String) -> String {
    match dialect {
        Dialect::Sqlite => {
            format!("CASE WHEN {text} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' THEN {text} END")
        }
        Dialect::Postgres => {
            format!("CASE WHEN {text} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$' THEN CAST({text} AS date) END")
        }
    }
}

fn instant(dialect: Dialect, text: String) -> String {
    match dialect {
        Dialect::Sqlite => {
            format!("CASE WHEN {text} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z' THEN {text} END")
        }
        Dialect::Postgres => format!(
            "CASE WHEN {text} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:.]+Z$' THEN CAST({text} AS timestamptz) END"
        ),
    }
}

fn whole(dialect: Dialect, number: String) -> String {
    match dialect {
        Dialect::Sqlite => format!("CAST({number} AS INTEGER)"),
        Dialect::Postgres => format!("CAST({number} AS bigint)"),
    }
}
