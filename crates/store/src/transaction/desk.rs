//! What lies on the desk of an account.

use ledger::port::{DeskItem, DeskReader, DeskWriter, StoreError};

use super::Transaction;
use crate::value::Row;

pub(super) fn place(account: &str, key: &str) -> String {
    format!("desk/{account}/{key}")
}

impl Transaction<'_> {
    fn desk_item(&self, account: &str, mut row: Row) -> Result<DeskItem, StoreError> {
        let key = row.text()?;
        let value = self.locks.open_json(&place(account, &key), row.json()?)?;
        Ok(DeskItem { key, value, saved_at: row.instant()? })
    }
}

impl DeskReader for Transaction<'_> {
    fn desk(&mut self, account: &str, key: &str) -> Result<Option<DeskItem>, StoreError> {
        let sql = "SELECT key, value, saved_at FROM desk WHERE account = $1 AND key = $2";
        let row = self.first("desk", sql, &[account.into(), key.into()])?;
        row.map(|row| self.desk_item(account, row)).transpose()
    }

    fn desk_items(&mut self, account: &str, prefix: &str) -> Result<Vec<DeskItem>, StoreError> {
        // A desk holds few things, so its account is found by the index and the prefix compared as it stands.
        let sql = "SELECT key, value, saved_at FROM desk WHERE account = $1 AND substr(key, 1, length($2)) = $2 \
                   ORDER BY key";
        let rows = self.query("desk", sql, &[account.into(), prefix.into()])?;
        rows.into_iter().map(|row| self.desk_item(account, row)).collect()
    }
}

impl DeskWriter for Transaction<'_> {
    fn set_desk_of(&mut self, holder: &str, account: &str, item: &DeskItem) -> Result<(), StoreError> {
        let sql = "INSERT INTO desk (account, key, value, saved_at) VALUES ($1, $2, $3, $4) ON CONFLICT (account, key) \
                   DO UPDATE SET value = excluded.value, saved_at = excluded.saved_at";
        let value = self.locks.lock_json_of(holder, &place(account, &item.key), &item.value)?;
        self.locked = true;
        let params = [account.into(), (&item.key).into(), (&value).into(), item.saved_at.into()];
        self.execute("desk", sql, &params).map(drop)
    }

    fn clear_desk(&mut self, account: &str, key: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM desk WHERE account = $1 AND key = $2";
        self.execute("desk", sql, &[account.into(), key.into()]).map(drop)
    }
}
