//! Unique keys that records occupy.

use std::collections::{BTreeMap, BTreeSet};

use ledger::port::{Put, StoreError, UniqueClash, UniqueKey};

use serde_json::Value;

use super::Transaction;

impl Transaction<'_> {
    /// Give up the keys that the new revision no longer has and occupy its new ones; the first that is taken is returned.
    pub(super) fn sync_unique(
        &mut self,
        put: &Put<'_>,
        held: &[(String, String)],
    ) -> Result<Option<UniqueClash>, StoreError> {
        let record = put.record;
        // The values of encrypted fields stand here as tokens.
        let plan = self.locks.plan(&record.ledger);
        let kept = |key: &UniqueKey| {
            let hidden = plan.as_ref().is_some_and(|plan| plan.unique.contains(&key.name));
            let purpose = format!("unique/{}/{}", record.ledger, key.name);
            let token = hidden.then(|| self.locks.token(&purpose, &Value::from(key.value.as_str()))).flatten();
            token.unwrap_or_else(|| key.value.clone())
        };
        let clear: BTreeMap<(String, String), &UniqueKey> =
            put.unique.iter().map(|key| ((key.name.clone(), kept(key)), key)).collect();
        let mut wanted: BTreeSet<(String, String)> = clear.keys().cloned().collect();
        for key in held {
            if !wanted.remove(key) {
                self.execute(
                    "unique_key",
                    "DELETE FROM unique_key WHERE ledger = $1 AND name = $2 AND value = $3",
                    &[(&record.ledger).into(), (&key.0).into(), (&key.1).into()],
                )?;
            }
        }
        for (name, value) in wanted {
            let occupied = self.execute(
                "unique_key",
                &format!(
                    "INSERT INTO unique_key (ledger, name, value, record, salt) VALUES ($1, $2, $3, $4, {}) \
                     ON CONFLICT (ledger, name, value) DO NOTHING",
                    self.dialect.salt()
                ),
                &[(&record.ledger).into(), (&name).into(), (&value).into(), (&record.id).into()],
            )?;
            if occupied == 0 {
                let holder = self.first(
                    "unique_key",
                    "SELECT record FROM unique_key WHERE ledger = $1 AND name = $2 AND value = $3",
                    &[(&record.ledger).into(), (&name).into(), (&value).into()],
                )?;
                let holder = holder.map(|mut row| row.text()).transpose()?;
                // A record that is indexed anew finds its own keys.
                if holder.as_deref() == Some(record.id.as_str()) {
                    continue;
                }
                return Ok(Some(UniqueClash {
                    key: match clear.get(&(name.clone(), value.clone())) {
                        Some(key) => (*key).clone(),
                        None => UniqueKey { name, value },
                    },
                    // Empty when the holder gave the key up in the very moment between the two statements.
                    record: holder.unwrap_or_default(),
                }));
            }
        }
        Ok(None)
    }
}
