//! Unique keys that records occupy.

use std::collections::BTreeSet;

use ledger::port::{Put, StoreError, UniqueClash, UniqueKey};

use super::Transaction;

impl Transaction<'_> {
    /// Give up the keys that the new revision no longer has and occupy its new ones; the first that is taken is returned.
    pub(super) fn sync_unique(&mut self, put: &Put<'_>) -> Result<Option<UniqueClash>, StoreError> {
        let record = put.record;
        let mut wanted: BTreeSet<(String, String)> =
            put.unique.iter().map(|key| (key.name.clone(), key.value.clone())).collect();
        if record.revision > 1 {
            let sql = "SELECT name, value FROM unique_key WHERE ledger = $1 AND record = $2";
            for mut row in self.query("unique_key", sql, &[(&record.ledger).into(), (&record.id).into()])? {
                let key = (row.text()?, row.text()?);
                if !wanted.remove(&key) {
                    self.execute(
                        "unique_key",
                        "DELETE FROM unique_key WHERE ledger = $1 AND name = $2 AND value = $3",
                        &[(&record.ledger).into(), key.0.into(), key.1.into()],
                    )?;
                }
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
                return Ok(Some(UniqueClash {
                    key: UniqueKey { name, value },
                    // Empty when the holder gave the key up in the very moment between the two statements.
                    record: holder.map(|mut row| row.text()).transpose()?.unwrap_or_default(),
                }));
            }
        }
        Ok(None)
    }
}
