//! Taking Daicho's own tables away from a PostgreSQL server at the end of a contract, and nothing else: tables of others in
//! the same schema stay, and nothing is dropped on which something of others depends.

use ledger::port::StoreError;

use super::postgresql::{PostgresPlace, connect, quoted, server, statement};
use crate::guard;
use crate::store::Store;
use crate::transaction::Transaction;

/// Tables of the keyring, in the schema beside the one of the records.
const KEYRING: [&str; 3] = ["holder_key", "keyring", "master"];

/// A schema with tables of Daicho.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSchema {
    /// Name.
    pub name: String,
    /// Whether it holds the keyring, which goes first.
    pub keyring: bool,
    /// Tables of Daicho in it.
    pub tables: u64,
    /// Rows of all of them.
    pub rows: u64,
    /// Tables in it that are not Daicho's; they stay.
    pub foreign: Vec<String>,
}

impl PostgresPlace {
    /// The schemas with tables of Daicho: the keyring's, that of the records, and those that restores set aside.
    ///
    /// # Errors
    /// [`StoreError`] when the server does not answer.
    pub fn own_schemas(&self, url: &str) -> Result<Vec<OwnSchema>, StoreError> {
        let mut client = connect(&server(url)?)?;
        let aside = format!("{}_before_", self.schema);
        let keyring = format!("{}_keyring", self.schema);
        let sql = "SELECT nspname::text FROM pg_namespace WHERE nspname::text = $1 OR nspname::text = $2 \
                   OR (starts_with(nspname::text, $3) AND substr(nspname::text, length($3) + 1) ~ '^[0-9]{14}$') \
                   ORDER BY nspname::text = $1 DESC, nspname";
        let found = client.query(sql, &[&keyring, &self.schema, &aside]).map_err(|error| statement(&error))?;
        let mut schemas = Vec::new();
        for row in found {
            let name: String = row.get(0);
            let own = tables(name == keyring);
            let sql = "SELECT relname::text FROM pg_class WHERE relnamespace = to_regnamespace($1) \
                       AND relkind IN ('r', 'p', 'm', 'f') ORDER BY relname";
            let present = client.query(sql, &[&quoted(&name)]).map_err(|error| statement(&error))?;
            let present: Vec<String> = present.into_iter().map(|row| row.get(0)).collect();
            let (ours, foreign): (Vec<String>, Vec<String>) =
                present.into_iter().partition(|table| own.contains(&table.as_str()));
            // A schema of somebody else that happens to have such a name holds no such table.
            if ours.is_empty() {
                continue;
            }
            let mut rows = 0;
            for table in &ours {
                let sql = format!("SELECT count(*) FROM {}.{}", quoted(&name), quoted(table));
                let count: i64 = client.query_one(&sql, &[]).map_err(|error| statement(&error))?.get(0);
                rows += u64::try_from(count).unwrap_or_default();
            }
            schemas.push(OwnSchema { keyring: name == keyring, name, tables: ours.len() as u64, rows, foreign });
        }
        Ok(schemas)
    }

    /// Drop Daicho's tables and views in one of the [`own_schemas`](Self::own_schemas), in one transaction, and the schema
    /// where Daicho made it and nothing is left in it. `keep` undoes it all: then it only shows whether it can be done.
    /// Answers whether there was a table.
    ///
    /// # Errors
    /// [`StoreError`] when the server refuses; then nothing has changed. Where something of others depends on a table, its
    /// name is told.
    pub fn drop_own(&self, url: &str, schema: &str, keep: bool) -> Result<bool, StoreError> {
        let mut client = connect(&server(url)?)?;
        let mut transaction = client.transaction().map_err(|error| statement(&error))?;
        transaction
            .batch_execute("SET LOCAL lock_timeout = '20s'; SET LOCAL client_min_messages = error")
            .map_err(|error| statement(&error))?;
        let keyring = schema == format!("{}_keyring", self.schema);
        let place = |name: &str| format!("{}.{}", quoted(schema), quoted(name));
        let own = tables(keyring);
        let sql = "SELECT relname::text, relkind::text FROM pg_class \
                   WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'v')";
        let present = transaction.query(sql, &[&quoted(schema)]).map_err(|error| statement(&error))?;
        let present: Vec<(String, String)> = present.into_iter().map(|row| (row.get(0), row.get(1))).collect();
        let there = |name: &str, kind: &str| present.iter().any(|(found, is)| found == name && is == kind);
        let mut views: Vec<String> = Vec::new();
        if there("shape", "r") {
            let sql = format!("SELECT name FROM {} WHERE kind = 'view'", place("shape"));
            let made = transaction.query(&sql, &[]).map_err(|error| statement(&error))?;
            views = made.into_iter().map(|row| row.get(0)).filter(|name: &String| there(name, "v")).collect();
        }
        let tables: Vec<&str> = own.into_iter().filter(|name| there(name, "r")).collect();
        for (kind, names) in [("VIEW", views.iter().map(String::as_str).collect()), ("TABLE", tables.clone())] {
            let names: Vec<String> = names.into_iter().map(place).collect();
            if !names.is_empty() {
                let sql = format!("DROP {kind} {} RESTRICT", names.join(", "));
                transaction.batch_execute(&sql).map_err(|error| depended_on(&error, schema))?;
            }
        }
        if schema != self.schema && present.len() == tables.len() + views.len() {
            // Where functions or types of others stand in it, it stays.
            let mut inner = transaction.transaction().map_err(|error| statement(&error))?;
            let dropped = inner.batch_execute(&format!("DROP SCHEMA IF EXISTS {} RESTRICT", quoted(schema)));
            let ended = if dropped.is_ok() { inner.commit() } else { inner.rollback() };
            ended.map_err(|error| statement(&error))?;
        }
        let ended = if keep { transaction.rollback() } else { transaction.commit() };
        ended.map_err(|error| statement(&error))?;
        Ok(!tables.is_empty())
    }
}

/// Tables that Daicho makes.
fn tables(keyring: bool) -> Vec<&'static str> {
    if keyring {
        return KEYRING.to_vec();
    }
    // The embedded database alone has the other table of the search.
    guard::rules::RULES.iter().map(|rule| rule.table).filter(|table| *table != "search_gram").collect()
}

fn depended_on(error: &::postgres::Error, schema: &str) -> StoreError {
    match error.as_db_error().and_then(|error| error.detail()).and_then(|detail| detail.lines().next()) {
        Some(detail) => StoreError::Failed(format!(
            "スキーマ {schema} の台帳の表に、ほかのものが依存しています({detail})。先に取り除いてください"
        )),
        None => statement(error),
    }
}

/// What a database holds, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    /// Records of each ledger.
    pub ledgers: Vec<(String, u64)>,
    /// Attached files.
    pub attachments: u64,
    /// Mails, sent and waiting.
    pub mails: u64,
}

impl Store {
    /// Count what the database holds.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn held(&self) -> Result<Held, StoreError> {
        match self {
            Self::Sqlite(store) => store.read_plainly(held),
            Self::Postgres(store) => store.read_plainly(held),
        }
    }
}

fn held(transaction: &mut Transaction<'_>) -> Result<Held, StoreError> {
    let sql = "SELECT ledger, count(*) FROM record GROUP BY ledger ORDER BY ledger";
    let rows = transaction.query("record", sql, &[])?;
    let ledgers = rows.into_iter().map(|mut row| Ok((row.text()?, row.count()?))).collect::<Result<_, StoreError>>()?;
    let mut count = |table: &'static str, sql: &str| -> Result<u64, StoreError> {
        transaction.first(table, sql, &[])?.map_or(Ok(0), |mut row| row.count())
    };
    let attachments = count("attachment", "SELECT count(*) FROM attachment")?;
    Ok(Held { ledgers, attachments, mails: count("mail", "SELECT count(*) FROM mail")? })
}
