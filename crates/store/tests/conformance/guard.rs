//! Every table has a rule, and what changes a row leaves a stamp.

use std::collections::BTreeSet;

use store::guard::rules::RULES;

use crate::databases::{Database, Place};

on_both!(every_table_and_column_has_a_rule);

/// Tables with their columns, as the database tells them.
fn columns(database: &Database) -> BTreeSet<(String, String)> {
    match &database.place {
        Place::File(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            // The tables behind the full-text index and SQLite's own are reached through search_gram and the schema.
            let sql = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table' \
                       AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name NOT LIKE 'search\\_gram\\_%' ESCAPE '\\'";
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            rows.map(Result::unwrap).collect()
        }
        Place::Server(url) => {
            let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
            let sql = "SELECT c.table_name::text, c.column_name::text FROM information_schema.columns c \
                       JOIN information_schema.tables t USING (table_schema, table_name) \
                       WHERE table_schema = current_schema() AND t.table_type = 'BASE TABLE'";
            client.query(sql, &[]).unwrap().into_iter().map(|row| (row.get(0), row.get(1))).collect()
        }
    }
}

fn every_table_and_column_has_a_rule(database: &Database) {
    for (table, column) in columns(database) {
        let rule = RULES.iter().find(|rule| rule.table == table).unwrap_or_else(|| {
            panic!(
                "the table {table} has no rule: say in crates/store/src/guard/rules.rs how a change of it behind Daicho's \
                 back is found (usually Kind::Stamped, with the columns that matter)"
            )
        });
        assert!(
            rule.names().any(|known| known == column) || rule.volatile.contains(&column.as_str()),
            "{table}.{column} has no place in its rule in crates/store/src/guard/rules.rs: a column that matters, or volatile?"
        );
    }
}
