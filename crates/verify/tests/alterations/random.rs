//! Random single alterations, each on a fresh copy: found, and in the right place.
//!
//! A few hundred by default; `DAICHO_TEST_ALTERATIONS=1000` makes so many in all.

use std::path::Path;

use rusqlite::types::Value;
use store::guard::rules::rule_of;
use store::{PostgresOptions, SqliteOptions, Store};
use verify::{Finding, Options, Report, database, file};

use crate::agency::{fill, guard};
use crate::client;

/// SplitMix64, so that a failure can be told by its number.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below this one.
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below.max(1) as u64) as usize
    }
}

fn share(parts: usize) -> usize {
    let all = std::env::var("DAICHO_TEST_ALTERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    all / parts
}

fn options() -> SqliteOptions {
    SqliteOptions { guard: guard(), ..SqliteOptions::default() }
}

/// The report names the table (or what stands for it) where the alteration was made.
fn named(report: &Report, table: &str) -> bool {
    let places: &[&str] = match table {
        "entry" => &["journal"],
        "unsealed" => &["journal"],
        "seal_run" => &["seal", "journal"],
        "seal" | "checkpoint" | "seal_tile" => &["seal"],
        // Read before anything else: a program that finds other migrations does not open the database.
        "migration" => &["file"],
        "sqlite_sequence" => &["file"],
        "sqlite_stat1" | "sqlite_stat4" => &["schema"],
        "guard" => &["desk", "seal", "checkpoint", "cosignature", "witnessed"],
        table if table.starts_with("search_gram") => &["search_gram", "file"],
        _ => &[],
    };
    let fits = |finding: &Finding| finding.table == table || places.contains(&finding.table.as_str());
    !report.intact() && report.findings.iter().any(fits)
}

struct Table {
    name: String,
    columns: Vec<(String, String)>,
}

/// Another value of the same kind.
fn other(dice: &mut Dice, value: &Value) -> Value {
    match value {
        Value::Null => Value::Text("x".into()),
        Value::Integer(number) => Value::Integer(number.wrapping_add(1 + dice.roll(3) as i64)),
        Value::Real(number) => Value::Real(number + 1.0),
        Value::Text(text) => {
            let mut chars: Vec<char> = text.chars().collect();
            match dice.roll(3) {
                0 => chars.push('x'),
                1 if !chars.is_empty() => {
                    let place = dice.roll(chars.len());
                    chars[place] = if chars[place] == '7' { '8' } else { '7' };
                }
                _ => chars.insert(dice.roll(chars.len() + 1), '0'),
            }
            Value::Text(chars.into_iter().collect())
        }
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            let place = dice.roll(bytes.len());
            match bytes.get_mut(place) {
                Some(byte) => *byte ^= 1 << dice.roll(8),
                None => bytes.push(1),
            }
            Value::Blob(bytes)
        }
    }
}

/// One alteration with a plain SQLite client. Left out: columns that docs/verification.md lists, and search_gram_idx, the
/// index of pages within the full-text index, which nothing but SQLite reads. What was done, and the table. `None` when the database refused it.
fn alter_sqlite(dice: &mut Dice, path: &Path) -> Option<(String, String)> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let _ = connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false);
    let mut statement = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' \
                  AND name NOT IN ('search_gram', 'search_gram_idx') ORDER BY name",
        )
        .unwrap();
    let tables: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let name = tables[dice.roll(tables.len())].clone();
    let mut statement = connection.prepare(&format!("SELECT name, type FROM pragma_table_info('{name}')")).unwrap();
    let columns = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    let table = Table { name, columns };
    let list = table.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let mut statement = connection.prepare(&format!("SELECT {list} FROM \"{}\"", table.name)).unwrap();
    let width = table.columns.len();
    let rows: Vec<Vec<Value>> = statement
        .query_map([], |row| (0..width).map(|place| row.get(place)).collect())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    if rows.is_empty() {
        return None;
    }
    let row = rows[dice.roll(rows.len())].clone();
    let same = |first: usize| -> String {
        let tests = table.columns.iter().enumerate();
        tests.map(|(place, (name, _))| format!("\"{name}\" IS ?{}", place + first)).collect::<Vec<_>>().join(" AND ")
    };
    // Pages of the full-text index that no segment leads to, and its averages (page 1), are never read.
    let postings = table.name == "search_gram_data";
    if postings && matches!(row.first(), Some(Value::Integer(1))) {
        return None;
    }
    let column = if postings { 1 } else { dice.roll(width) };
    let (name, _) = &table.columns[column];
    // Which segment a text was written to; docs/verification.md tells what becomes of it.
    let origin = table.name == "search_gram_docsize" && name == "origin";
    let (what, done) = match dice.roll(4) {
        0 => (
            format!("DELETE FROM {}", table.name),
            connection.execute(
                &format!("DELETE FROM \"{}\" WHERE {}", table.name, same(1)),
                rusqlite::params_from_iter(&row),
            ),
        ),
        1 if postings => return None,
        1 => {
            let mut new = row.clone();
            for value in &mut new {
                if dice.roll(2) == 0 || matches!(value, Value::Integer(_)) {
                    *value = other(dice, value);
                }
            }
            let places = (1..=width).map(|place| format!("?{place}")).collect::<Vec<_>>().join(", ");
            (
                format!("INSERT INTO {} {new:?}", table.name),
                connection.execute(
                    &format!("INSERT INTO \"{}\" ({list}) VALUES ({places})", table.name),
                    rusqlite::params_from_iter(&new),
                ),
            )
        }
        _ => {
            if origin || rule_of(&table.name).is_some_and(|rule| rule.volatile.contains(&name.as_str())) {
                return None;
            }
            let value = other(dice, &row[column]);
            let mut bound = row.clone();
            bound.push(value.clone());
            (
                format!("UPDATE {}.{name}: {:?} -> {value:?}", table.name, row[column]),
                connection.execute(
                    &format!("UPDATE \"{}\" SET \"{name}\" = ?{} WHERE {}", table.name, width + 1, same(1)),
                    rusqlite::params_from_iter(&bound),
                ),
            )
        }
    };
    match done {
        Ok(1..) => Some((what, table.name)),
        _ => None,
    }
}

#[test]
fn what_a_database_client_alters_in_sqlite_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.db");
    drop(fill(Store::open_sqlite(&base, options()).unwrap()));
    let copy = folder.path().join("copy.db");
    let (mut made, mut wrong) = (0, Vec::new());
    for seed in 0.. {
        if made == share(2) {
            break;
        }
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path().join(format!("copy.db{end}")));
        }
        std::fs::copy(&base, &copy).unwrap();
        let Some((what, table)) = alter_sqlite(&mut Dice(seed), &copy) else { continue };
        made += 1;
        let report = file(&copy, options(), &Options::default()).unwrap();
        if !named(&report, &table) {
            wrong.push(format!("{seed}: {what}: {:?}", report.findings));
        }
    }
    assert!(wrong.is_empty(), "{} of {made} not found or not named:\n{}", wrong.len(), wrong.join("\n"));
}

/// One alteration with a plain PostgreSQL client.
fn alter_postgres(dice: &mut Dice, url: &str) -> Option<(String, String)> {
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    let sql = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() \
               AND table_type = 'BASE TABLE' ORDER BY 1";
    let tables: Vec<String> = client.query(sql, &[]).unwrap().into_iter().map(|row| row.get(0)).collect();
    let name = tables[dice.roll(tables.len())].clone();
    let sql = "SELECT column_name::text, data_type::text FROM information_schema.columns \
               WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
    let columns = client.query(sql, &[&name]).unwrap().into_iter().map(|row| (row.get(0), row.get(1))).collect();
    let table = Table { name, columns };
    let sql = format!("SELECT ctid::text FROM \"{}\" ORDER BY ctid", table.name);
    let rows: Vec<String> = client.query(&sql, &[]).unwrap().into_iter().map(|row| row.get(0)).collect();
    if rows.is_empty() {
        return None;
    }
    let row = &rows[dice.roll(rows.len())];
    let changed = |name: &str, kind: &str| match kind {
        "text" => format!("coalesce({name}, '') || 'x'"),
        "bigint" => format!("{name} + 1"),
        "boolean" => format!("NOT {name}"),
        "date" => format!("coalesce({name} + 1, DATE '2026-01-01')"),
        "timestamp with time zone" => format!("coalesce({name} + interval '1 second', now())"),
        "jsonb" => format!(
            "CASE jsonb_typeof({name}) WHEN 'object' THEN {name} || '{{\"zz\": 1}}'::jsonb \
             WHEN 'array' THEN {name} || '1'::jsonb ELSE '7'::jsonb END"
        ),
        "bytea" => format!("set_byte({name}, 0, (get_byte({name}, 0) + 1) % 256)"),
        "ARRAY" => format!("array_append({name}, 'x')"),
        other => panic!("{other}"),
    };
    let (name, kind) = &table.columns[dice.roll(table.columns.len())];
    let (what, sql) = match dice.roll(4) {
        0 => ("DELETE".to_owned(), format!("DELETE FROM \"{}\" WHERE ctid = '{row}'", table.name)),
        1 => {
            let names = table.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>();
            let values: Vec<String> = table
                .columns
                .iter()
                .map(|(name, kind)| if kind == "jsonb" { name.clone() } else { changed(&format!("\"{name}\""), kind) })
                .collect();
            (
                "INSERT".to_owned(),
                format!(
                    "INSERT INTO \"{0}\" ({1}) OVERRIDING SYSTEM VALUE SELECT {2} FROM \"{0}\" WHERE ctid = '{row}'",
                    table.name,
                    names.join(", "),
                    values.join(", ")
                ),
            )
        }
        _ => {
            let volatile = rule_of(&table.name).is_some_and(|rule| rule.volatile.contains(&name.as_str()));
            if volatile && name != "grams" {
                return None;
            }
            (
                format!("UPDATE {name}"),
                format!(
                    "UPDATE \"{}\" SET \"{name}\" = {} WHERE ctid = '{row}'",
                    table.name,
                    changed(&format!("\"{name}\""), kind)
                ),
            )
        }
    };
    match client.execute(&sql, &[]) {
        Ok(1..) => Some((format!("{what} on {}", table.name), table.name)),
        _ => None,
    }
}

#[test]
fn what_a_database_client_alters_in_postgresql_is_found_and_named() {
    let Some(base) = client::postgres_base() else { return };
    let (mut made, mut wrong) = (0, Vec::new());
    for seed in 0.. {
        if made == share(5) {
            break;
        }
        let copy = client::postgres_copy(&base);
        if let Some((what, table)) = alter_postgres(&mut Dice(seed), &copy) {
            made += 1;
            let options = PostgresOptions { guard: guard(), connections: 2, ..PostgresOptions::default() };
            match Store::open_postgres(&copy, options) {
                Ok(store) => {
                    let report = database(&store, &Options::default()).unwrap();
                    if !named(&report, &table) {
                        wrong.push(format!("{seed}: {what}: {:?}", report.findings));
                    }
                }
                Err(error) => assert_eq!(table, "migration", "{seed}: {what}: {error}"),
            }
        }
        client::postgres_drop(&copy);
    }
    assert!(wrong.is_empty(), "{} of {made} not found or not named:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_altered_definition_of_the_database_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.db");
    drop(fill(Store::open_sqlite(&base, options()).unwrap()));
    let statements = [
        "DROP INDEX entry_time",
        "DROP INDEX record_identity",
        "CREATE INDEX mine ON entry (act)",
        "CREATE TRIGGER quiet AFTER INSERT ON entry BEGIN DELETE FROM duty; END",
        "CREATE TABLE mine (a)",
        "CREATE VIEW mine AS SELECT * FROM record",
        "DROP VIEW v_person; CREATE VIEW v_person AS SELECT * FROM record r WHERE r.ledger = 'account'",
        "ALTER TABLE token ADD COLUMN more TEXT",
        "DELETE FROM sqlite_stat1 WHERE idx = 'entry_record'",
        "PRAGMA user_version = 7",
        "PRAGMA application_id = 7",
    ];
    for (place, statement) in statements.iter().enumerate() {
        let copy = folder.path().join(format!("copy{place}.db"));
        std::fs::copy(&base, &copy).unwrap();
        rusqlite::Connection::open(&copy).unwrap().execute_batch(statement).unwrap();
        let report = file(&copy, options(), &Options::default()).unwrap();
        let place = if statement.starts_with("PRAGMA") { "file" } else { "schema" };
        assert!(report.findings.iter().any(|finding| finding.table == place), "{statement}: {report:#?}");
    }
}

#[test]
fn an_altered_value_is_named_with_ledger_record_field_and_both_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("base.db");
    let desk = fill(Store::open_sqlite(&path, options()).unwrap());
    drop(desk);
    let client = rusqlite::Connection::open(&path).unwrap();
    let sql = "UPDATE record SET body = jsonb_set(body, '$.name', '偽の名称') WHERE ledger = 'organisation' \
               AND body ->> '$.code' = 'M'";
    assert_eq!(client.execute(sql, []).unwrap(), 1);
    drop(client);
    let report = file(&path, options(), &Options::default()).unwrap();
    assert_eq!(report.found, 1, "{report:#?}");
    let finding = &report.findings[0];
    assert_eq!((finding.ledger.as_deref(), finding.field.as_deref()), (Some("organisation"), Some("name")));
    assert_eq!(finding.expected.as_deref(), Some("\"見本省\""));
    assert_eq!(finding.found.as_deref(), Some("\"偽の名称\""));
    assert_eq!((finding.table.as_str(), finding.revision), ("record", Some(1)));
    let sealed = finding.sealed.as_ref().expect("the entry is sealed");
    assert!(sealed.position < sealed.size && sealed.at.starts_with("2026-11-20T02"), "{sealed:?}");
}
