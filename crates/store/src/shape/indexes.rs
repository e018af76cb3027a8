//! Declared indexes as partial expression indexes on the records of one ledger.

use std::collections::BTreeSet;

use ledger::access::plain_operand;
use ledger::definition::Ledger;
use ledger::port::StoreError;
use ledger::query::Operand;
use sha2::{Digest, Sha256};

use super::Made;
use crate::sql::{Conditions, Dialect, Kind};

/// The indexes of a ledger: those it declares, and one on the field by which files and people name its records.
pub(super) fn of(dialect: Dialect, ledger: &Ledger) -> Result<Vec<Made>, StoreError> {
    let mut lists: BTreeSet<Vec<&str>> =
        ledger.indexes.iter().map(|list| list.iter().map(String::as_str).collect()).collect();
    lists.extend(ledger.key.as_deref().map(|key| vec![key]));
    let mut indexes = Vec::new();
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
        let text = format!("ON record ({on}) WHERE ledger = '{}'", ledger.name);
        // Named by what it is, so that a changed definition is another index.
        let name = format!("x_{}", hex::encode(Sha256::digest(text.as_bytes())).get(..24).unwrap_or_default());
        let sql = format!("CREATE INDEX \"{name}\" {text}");
        indexes.push(Made { name, kind: "index", sql, width: columns.len() });
    }
    Ok(indexes)
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
