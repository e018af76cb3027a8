//! Stamping anew after a restore: rows that a backup leaves out are gone, and rows made again from the records are new.

use std::collections::BTreeMap;

use ledger::port::StoreError;
use serde_json::Value;

use super::rules::{Kind, rule_of};
use super::stamp;
use crate::store::Store;
use crate::transaction::Transaction;

impl Store {
    /// Tell the journal how the rows of these tables stand now, where it knows them otherwise; returns how many were told.
    /// For tables that a backup leaves out, right after a restore that was verified. Never for others: whatever stands in
    /// them is vouched for from here on.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or a table is not stamped.
    pub fn restamp(&self, tables: &[&str]) -> Result<u64, StoreError> {
        let work = |transaction: &mut Transaction<'_>| restamp(transaction, tables);
        match self {
            Self::Sqlite(store) => store.write_schema(work),
            Self::Postgres(store) => store.write_schema(work),
        }
    }
}

fn restamp(transaction: &mut Transaction<'_>, tables: &[&str]) -> Result<u64, StoreError> {
    let mut known: BTreeMap<(String, String), Option<String>> = BTreeMap::new();
    let sql = "SELECT body FROM entry WHERE body LIKE '%\"rows\":%' ORDER BY sequence";
    for mut row in transaction.query("entry", sql, &[])? {
        let body: Value = serde_json::from_str(&row.text()?).map_err(|_| row.corrupt("証跡として読めません"))?;
        for table in tables {
            let rows = body.get("rows").and_then(|rows| rows.get(table)).and_then(Value::as_object);
            for (name, digest) in rows.into_iter().flatten() {
                known.insert(((*table).to_owned(), name.clone()), digest.as_str().map(String::from));
            }
        }
    }
    let mut told = 0;
    for table in tables {
        let rule = rule_of(table).filter(|rule| rule.kind == Kind::Stamped);
        let rule = rule.ok_or_else(|| StoreError::Failed(format!("{table}: 刻印のない表です")))?;
        let mut rows = Vec::new();
        let sql = format!("SELECT {} FROM {}", rule.selected(), rule.table);
        transaction.each(rule.table, &sql, &[], &mut |cells| {
            rows.push(stamp(rule, &cells));
            Ok(())
        })?;
        for row in rows {
            let before = known.remove(&(rule.table.to_owned(), row.key.clone())).flatten();
            if before.as_ref() != Some(&row.digest) {
                transaction.pending.row(rule.table, row.key, Some(row.digest));
                told += 1;
            }
        }
        for ((_, name), _) in known.iter().filter(|((of, _), digest)| of == rule.table && digest.is_some()) {
            transaction.pending.row(rule.table, name.clone(), None);
            told += 1;
        }
    }
    Ok(told)
}
