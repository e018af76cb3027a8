//! Migrations of the core tables: the same numbers and names on both databases, applied in order, each once.

use std::collections::{BTreeMap, BTreeSet};

use ledger::port::StoreError;

use crate::guard::rules::{Kind, RULES};
use crate::guard::{objects, stamp_changes};
use crate::sql::Dialect;
use crate::transaction::Transaction;

/// One step: its number, its name and its text for each database.
struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),* $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

const MIGRATIONS: &[Migration] = migrations![1 "0001_records", 2 "0002_work", 3 "0003_shape", 4 "0004_seal", 5 "0005_guard", 6 "0006_protect", 7 "0007_sign_in", 9 "0009_assurance", 10 "0010_browsers", 11 "0011_entry", 12 "0012_duty"];

/// Bring the tables to the newest form. Fails on a database that a newer program has changed.
pub(crate) fn migrate(transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
    let dialect = transaction.dialect;
    transaction.batch(
        "migration",
        match dialect {
            Dialect::Sqlite => "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL)",
            Dialect::Postgres => "CREATE TABLE IF NOT EXISTS migration (number bigint PRIMARY KEY, name text NOT NULL)",
        },
    )?;
    let mut applied = BTreeSet::new();
    for mut row in transaction.query("migration", "SELECT number, name FROM migration ORDER BY number", &[])? {
        applied.insert((row.int()?, row.text()?));
    }
    let known: BTreeSet<_> = MIGRATIONS.iter().map(|one| (one.number, one.name.to_owned())).collect();
    if !applied.is_subset(&known) {
        return Err(StoreError::Failed("このデータベースは、このプログラムより新しい版で作られています".into()));
    }
    let pending = MIGRATIONS.len() > applied.len();
    let before = if pending { objects(transaction)? } else { BTreeMap::new() };
    // Numbers may have gaps, and a lower one may come later than a higher one: each is applied once.
    for migration in MIGRATIONS.iter().filter(|one| !applied.contains(&(one.number, one.name.to_owned()))) {
        transaction.batch(
            migration.name,
            match dialect {
                Dialect::Sqlite => migration.sqlite,
                Dialect::Postgres => migration.postgres,
            },
        )?;
        let sql = "INSERT INTO migration (number, name) VALUES ($1, $2)";
        transaction.execute("migration", sql, &[migration.number.into(), migration.name.into()])?;
    }
    if pending {
        // A database from before the guards had no stamps: what stands in it now is what is vouched for from here on.
        let before = if applied.iter().any(|(number, _)| *number == GUARD) { before } else { BTreeMap::new() };
        stamp_changes(transaction, before)?;
        if !applied.is_empty() && !applied.iter().any(|(number, _)| *number == GUARD) {
            adopt(transaction)?;
        }
    }
    Ok(())
}

/// Number of the migration with which stamps and guards begin.
const GUARD: i64 = 5;

/// Stamp and guard every row that is there.
fn adopt(transaction: &mut Transaction<'_>) -> Result<(), StoreError> {
    for rule in RULES.iter().filter(|rule| matches!(rule.kind, Kind::Stamped | Kind::Guarded)) {
        let sql = format!("SELECT {} FROM {}", rule.selected(), rule.table);
        let mut rows = Vec::new();
        transaction.each(rule.table, &sql, &[], &mut |cells| {
            rows.push(cells);
            Ok(())
        })?;
        transaction.note_rows(rule, false, &rows)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn files(database: &str) -> BTreeSet<String> {
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/migrations").join(database))
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn both_databases_have_the_same_migrations_and_all_are_applied() {
        let declared: BTreeSet<String> = MIGRATIONS.iter().map(|migration| format!("{}.sql", migration.name)).collect();
        assert_eq!(files("sqlite"), declared);
        assert_eq!(files("postgres"), declared);
        assert!(MIGRATIONS.is_sorted_by(|one, next| one.number < next.number), "in ascending order");
        for migration in MIGRATIONS {
            assert!(migration.name.starts_with(&format!("{:04}_", migration.number)));
        }
    }

    /// Names of tables and of their columns, in order.
    fn columns(sql: &str) -> Vec<(String, Vec<String>)> {
        let mut tables = Vec::new();
        for part in sql.split("CREATE TABLE ").skip(1) {
            let (name, rest) = part.split_once(" (").unwrap();
            let (body, _) = rest.split_once("\n)").unwrap();
            let columns = body
                .lines()
                .filter_map(|line| line.split_whitespace().next())
                .filter(|word| word.chars().all(|c| c.is_lowercase() || c == '_'))
                .map(str::to_owned)
                .collect();
            tables.push((name.to_owned(), columns));
        }
        tables
    }

    #[test]
    fn both_databases_have_the_same_tables_and_columns() {
        for migration in MIGRATIONS {
            let mut postgres = columns(migration.postgres);
            // The grams stand in the row on PostgreSQL and in their own FTS5 table on SQLite.
            for (name, columns) in &mut postgres {
                if name == "search" {
                    columns.retain(|column| column != "grams");
                }
            }
            assert_eq!(columns(migration.sqlite), postgres, "{}", migration.name);
        }
    }
}
