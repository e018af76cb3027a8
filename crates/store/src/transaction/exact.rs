//! Tokens of encrypted values, by which records are found when the value is known exactly. Like search texts they are
//! valid for the revisions from one up to, not including, another, and stand in a side table only.

use std::collections::BTreeMap;

use ledger::port::{Put, StoreError};
use ledger::value;
use serde_json::Value;

use super::Transaction;
use crate::locks::Locks;
use crate::value::Param;

/// What keeps the tokens of one field apart from those of others.
pub(crate) fn purpose(ledger: &str, field: &str) -> String {
    format!("exact/{ledger}/{field}")
}

fn tokens(locks: &Locks, put: &Put<'_>) -> Option<BTreeMap<String, String>> {
    let plan = locks.plan(&put.record.ledger)?;
    let mut tokens = BTreeMap::new();
    for (name, clear) in &put.record.body {
        if plan.fields.get(name).is_some_and(|names| names.token) && !value::is_erased(clear) {
            tokens.insert(name.clone(), locks.token(&purpose(&put.record.ledger, name), clear)?);
        }
    }
    Some(tokens)
}

impl Transaction<'_> {
    /// Identifiers of records whose encrypted field has one of the values now.
    pub(super) fn exact_lookup(
        &mut self,
        ledger: &str,
        field: &str,
        values: &[String],
    ) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
        let purpose = purpose(ledger, field);
        let tokens: BTreeMap<String, &String> = values
            .iter()
            .filter_map(|value| Some((self.locks.token(&purpose, &Value::from(value.as_str()))?, value)))
            .collect();
        let wanted = self.dialect.is_in("token", "$3");
        let sql = format!(
            "SELECT record, token FROM exact WHERE ledger = $1 AND field = $2 AND {wanted} AND revision_to = $4 \
             ORDER BY record"
        );
        let list = Param::List(tokens.keys().cloned().collect());
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mut row in self.query("exact", &sql, &[ledger.into(), field.into(), list, i64::MAX.into()])? {
            let record = row.text()?;
            if let Some(value) = tokens.get(&row.text()?) {
                found.entry((*value).clone()).or_default().push(record);
            }
        }
        Ok(found)
    }

    /// Let the tokens of the new revision begin with it.
    pub(super) fn sync_exact(&mut self, put: &Put<'_>, held: &[(String, String)]) -> Result<(), StoreError> {
        let Some(mut wanted) = tokens(self.locks, put) else { return Ok(()) };
        let record = put.record;
        for (field, old) in held {
            if wanted.get(field) == Some(old) {
                wanted.remove(field);
                continue;
            }
            let sql = "UPDATE exact SET revision_to = $1 WHERE ledger = $2 AND field = $3 AND token = $4 \
                       AND record = $5 AND revision_to = $6";
            let params = [
                record.revision.into(),
                (&record.ledger).into(),
                field.into(),
                old.into(),
                (&record.id).into(),
                i64::MAX.into(),
            ];
            self.execute("exact", sql, &params)?;
        }
        let sql = format!(
            "INSERT INTO exact (ledger, field, token, record, revision_from, revision_to, salt) \
             VALUES ($1, $2, $3, $4, $5, $6, {})",
            self.dialect.salt()
        );
        for (field, token) in wanted {
            let params = [
                (&record.ledger).into(),
                field.into(),
                token.into(),
                (&record.id).into(),
                record.revision.into(),
                i64::MAX.into(),
            ];
            self.execute("exact", &sql, &params)?;
        }
        Ok(())
    }
}
