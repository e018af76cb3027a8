//! The tables, indexes, views and triggers of the database as rows that are stamped when Daicho changes them.

use std::collections::BTreeMap;

use ledger::port::StoreError;
use sha2::{Digest, Sha256};

use super::digest::short;
use crate::sql::Dialect;
use crate::transaction::Transaction;

/// Name under which the objects of the database are stamped.
pub(crate) const SCHEMA: &str = "schema";

const SQLITE: &str = "SELECT type || '|' || name, coalesce(sql, '') FROM sqlite_schema \
                      WHERE name NOT LIKE 'sqlite\\_autoindex%' ESCAPE '\\'";

/// Every object of the schema that the connection works in. Definitions name the schema itself nowhere, so that a restored
/// database may stand in another one.
const POSTGRES: &str = "\
    WITH own AS (SELECT oid, nspname FROM pg_namespace WHERE nspname = current_schema()) \
    SELECT 'table|' || c.relname, c.relkind::text || ' ' || c.relrowsecurity || ' ' || (SELECT coalesce(string_agg( \
        a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' || a.attidentity::text || ' ' || \
        a.attgenerated::text || ' ' || a.attcollation || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), ''), ',' ORDER BY a.attnum), '') \
        FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) \
      FROM pg_class c JOIN own ON c.relnamespace = own.oid WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') \
    UNION ALL SELECT 'view|' || c.relname, pg_get_viewdef(c.oid) \
      FROM pg_class c JOIN own ON c.relnamespace = own.oid WHERE c.relkind IN ('v', 'm') \
    UNION ALL SELECT 'index|' || c.relname, i.indisvalid || ' ' || replace(pg_get_indexdef(c.oid), quote_ident(own.nspname) || '.', '') \
      FROM pg_class c JOIN own ON c.relnamespace = own.oid JOIN pg_index i ON i.indexrelid = c.oid \
    UNION ALL SELECT 'constraint|' || c.relname || '|' || k.conname, replace(pg_get_constraintdef(k.oid), quote_ident(own.nspname) || '.', '') \
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN own ON c.relnamespace = own.oid \
    UNION ALL SELECT 'trigger|' || c.relname || '|' || t.tgname, t.tgenabled::text || ' ' || replace(pg_get_triggerdef(t.oid), quote_ident(own.nspname) || '.', '') \
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN own ON c.relnamespace = own.oid WHERE NOT t.tgisinternal \
    UNION ALL SELECT 'rule|' || c.relname || '|' || r.rulename, replace(pg_get_ruledef(r.oid), quote_ident(own.nspname) || '.', '') \
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN own ON c.relnamespace = own.oid WHERE r.rulename <> '_RETURN' \
    UNION ALL SELECT 'policy|' || c.relname || '|' || p.polname, p.polcmd::text || ' ' || coalesce(pg_get_expr(p.polqual, p.polrelid), '') \
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN own ON c.relnamespace = own.oid \
    UNION ALL SELECT 'function|' || f.proname || '|' || f.oid::regprocedure::text, f.prosrc \
      FROM pg_proc f JOIN own ON f.pronamespace = own.oid";

/// Digest of the definition of every object, by kind and name.
pub(crate) fn objects(transaction: &mut Transaction<'_>) -> Result<BTreeMap<String, String>, StoreError> {
    let sql = match transaction.dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
    };
    let mut objects = BTreeMap::new();
    for mut row in transaction.query(SCHEMA, sql, &[])? {
        let (name, definition) = (row.text()?, row.text()?);
        objects.insert(name, short(&Sha256::digest(definition.as_bytes())));
    }
    if transaction.dialect == Dialect::Sqlite && objects.contains_key("table|sqlite_stat1") {
        // What the planner believes: altered, it makes lists slow.
        let sql = "SELECT 'statistics|' || tbl || '|' || coalesce(idx, ''), stat FROM sqlite_stat1";
        for mut row in transaction.query(SCHEMA, sql, &[])? {
            let (mut name, statistics) = (row.text()?, row.text()?);
            // A second row of the same name is one more object.
            while objects.contains_key(&name) {
                name.push('+');
            }
            objects.insert(name, short(&Sha256::digest(statistics.as_bytes())));
        }
    }
    if transaction.dialect == Dialect::Sqlite && objects.contains_key("table|sqlite_stat4") {
        let sql = "SELECT 'sample|' || tbl || '|' || coalesce(idx, '') || '|' || hex(sample) || '|' || rowid, \
                   coalesce(neq, '') || '|' || coalesce(nlt, '') || '|' || coalesce(ndlt, '') FROM sqlite_stat4";
        for mut row in transaction.query(SCHEMA, sql, &[])? {
            let (mut name, statistics) = (row.text()?, row.text()?);
            // A second row of the same name is one more object.
            while objects.contains_key(&name) {
                name.push('+');
            }
            objects.insert(name, short(&Sha256::digest(statistics.as_bytes())));
        }
    }
    Ok(objects)
}

/// Stamp what differs from before: objects that were made, changed or dropped by this transaction. What somebody else
/// changed earlier stands in both and is not taken over.
pub(crate) fn stamp_changes(
    transaction: &mut Transaction<'_>,
    mut before: BTreeMap<String, String>,
) -> Result<(), StoreError> {
    for (name, digest) in objects(transaction)? {
        if before.remove(&name).as_ref() != Some(&digest) {
            transaction.pending.row(SCHEMA, name, Some(digest));
        }
    }
    for gone in before.into_keys() {
        transaction.pending.row(SCHEMA, gone, None);
    }
    Ok(())
}
