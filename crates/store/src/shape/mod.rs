//! Indexes and read-only views that follow the definitions. What fits already is left alone, so a start with unchanged
//! packs touches nothing.

mod indexes;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::definition::Ledger;
use ledger::port::StoreError;

use crate::guard::{objects, stamp_changes};
use crate::sql::{Dialect, name};
use crate::transaction::Transaction;

/// Something that is made in the database from a definition.
struct Made {
    name: String,
    kind: &'static str,
    /// The statement that makes it; when it changes, the thing is made anew.
    sql: String,
    /// Columns of an index.
    width: usize,
}

impl Made {
    /// The table of an index.
    fn table(&self) -> &'static str {
        if self.sql.contains(" ON version ") { "version" } else { "record" }
    }

    /// Rows in the index and rows that share its first columns, in the form of SQLite's `sqlite_stat1`.
    fn statistics(&self) -> String {
        let mut text = String::from("20000");
        for column in 1..=self.width {
            text.push_str(match column {
                1 => " 20000",
                2 => " 20",
                column if column == self.width => " 1",
                _ => " 5",
            });
        }
        text
    }
}

/// Make, replace and drop indexes and views of these ledgers; those of other ledgers stay as they are.
pub(crate) fn shape(transaction: &mut Transaction<'_>, ledgers: &[Arc<Ledger>]) -> Result<(), StoreError> {
    let before = objects(transaction)?;
    let mut changed = false;
    for ledger in ledgers {
        name(&ledger.name)?;
        let mut wanted: BTreeMap<String, Made> = BTreeMap::new();
        for made in indexes::of(transaction.dialect, ledger)? {
            wanted.insert(made.name.clone(), made);
        }
        let view = views::of(transaction.dialect, ledger)?;
        wanted.insert(view.name.clone(), view);
        changed |= follow(transaction, &ledger.name, wanted)?;
    }
    if changed { stamp_changes(transaction, before) } else { Ok(()) }
}

fn follow(
    transaction: &mut Transaction<'_>,
    ledger: &str,
    mut wanted: BTreeMap<String, Made>,
) -> Result<bool, StoreError> {
    let mut changed = false;
    let rows =
        transaction.query("shape", "SELECT name, kind, definition FROM shape WHERE ledger = $1", &[ledger.into()])?;
    for mut row in rows {
        let (name, kind, sql) = (row.text()?, row.text()?, row.text()?);
        if wanted.get(&name).is_some_and(|made| made.sql == sql) {
            wanted.remove(&name);
            continue;
        }
        let kind = if kind == "view" { "VIEW" } else { "INDEX" };
        transaction.batch("shape", &format!("DROP {kind} IF EXISTS \"{name}\""))?;
        transaction.execute("shape", "DELETE FROM shape WHERE name = $1", &[(&name).into()])?;
        changed = true;
    }
    for made in wanted.into_values() {
        transaction.batch("shape", &made.sql)?;
        if made.kind == "index" && transaction.dialect == Dialect::Sqlite {
            // See the migration 0003: few of the records of a ledger share a value that is worth an index.
            transaction.execute(
                "shape",
                "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)",
                &[made.table().into(), (&made.name).into(), made.statistics().into()],
            )?;
        }
        let sql = "INSERT INTO shape (name, ledger, kind, definition) VALUES ($1, $2, $3, $4)";
        transaction.execute("shape", sql, &[made.name.into(), ledger.into(), made.kind.into(), made.sql.into()])?;
        changed = true;
    }
    if changed && transaction.dialect == Dialect::Sqlite {
        transaction.batch("shape", "ANALYZE sqlite_schema")?;
    }
    Ok(changed)
}
