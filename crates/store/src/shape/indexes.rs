//! Declared indexes as partial expression indexes on the records of one ledger.

use std::collections::BTreeSet;

use ledger::access::plain_operand;
use ledger::definition::Ledger;
use ledger::port::StoreError;
use ledger::query::Operand;
use sha2::{Digest, Sha256};

use super::Made;
use crate::sql::{Conditions, Dialect, Kind};

/// The indexes of a ledger: those it declares, one on the field by which files and people name its records, and one on
/// whom its versions are about.
pub(super) fn of(dialect: Dialect, ledger: &Ledger) -> Result<Vec<Made>, StoreError> {
    let mut lists: BTreeSet<Vec<&str>> =
        ledger.indexes.iter().map(|list| list.iter().map(String::as_str).collect()).collect();
    lists.extend(ledger.key.as_deref().map(|key| vec![key]));
    let mut indexes = Vec::new();
    // Whom a record was once about: asked by whoever looks for everybody who touched a person.
    if let Some(field) = ledger.subject.as_deref().filter(|field| *field != "id") {
        let on = dialect.json_text(&[field]).replace("r.", "");
        let (first, width) = if dialect == Dialect::Sqlite { ("ledger, ", 3) } else { ("", 2) };
        indexes.push(made(format!("ON version ({first}({on}), id) WHERE ledger = '{}'", ledger.name), width));
    }
    for list in lists {
        let mut columns = Vec::new();
        let mut conditions = Conditions::new(dialect, &ledger.name, None)?;
        for column in list {
            let Some(operand) = operand(ledger, column) else {
                columns.clear();
                break;
            };
            let expression = conditions.typed(&operand, Kind::of(&operand))?;
            // The order in which PostgreSQL is asked for lists: empty values first.
            let nulls = if dialect == Dialect::Postgres { " NULLS FIRST" } else { "" };
            columns.push(format!("({expression}){nulls}"));
        }
        if columns.is_empty() {
            continue;
        }
        if dialect == Dialect::Sqlite {
            // Every row of the index has the same ledger, but only a first column that the query fixes makes SQLite see
            // that the index gives the order too.
            columns.insert(0, "ledger".into());
        }
        columns.push("id".into());
        let on = columns.join(", ").replace("r.", "");
        indexes.push(made(format!("ON record ({on}) WHERE ledger = '{}'", ledger.name), columns.len()));
    }
    Ok(indexes)
}

/// An index is named by what it is, so that a changed definition is another index.
fn made(text: String, width: usize) -> Made {
    let name = format!("x_{}", hex::encode(Sha256::digest(text.as_bytes())).get(..24).unwrap_or_default());
    let sql = format!("CREATE INDEX \"{name}\" {text}");
    Made { name, kind: "index", sql, width }
}

/// The operand behind a column of an index; `None` for a field that cannot be compared (a list, rows, a period).
fn operand(ledger: &Ledger, column: &str) -> Option<Operand> {
    match column {
        "state" => Some(Operand::State),
        "created_at" => Some(Operand::CreatedAt),
        "recorded_at" => Some(Operand::RecordedAt),
        // The very operand that the kernel asks with: an index is used only for the same expression.
        field => plain_operand(ledger.field(field)?, None),
    }
}
