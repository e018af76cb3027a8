//! What lies on the desk of an account.

use ledger::port::{DeskItem, DeskReader, DeskWriter, StoreError};

use super::Transaction;
use crate::value::Row;

fn item(mut row: Row) -> Result<DeskItem, StoreError> {
    Ok(DeskItem { key: row.text()?, value: row.json()?, saved_at: row.instant()? })
}

impl DeskReader for Transaction<'_> {
    fn desk(&mut self, account: &str, key: &str) -> Result<Option<DeskItem>, StoreError> {
        let sql = "SELECT key, value, saved_at FROM desk WHERE account = $1 AND key = $2";
        self.first("desk", sql, &[account.into(), key.into()])?.map(item).transpose()
    }

    fn desk_items(&mut self, account: &str, prefix: &str) -> Result<Vec<DeskItem>, StoreError> {
        // A desk holds few things, so its account is found by the index and the prefix compared as it stands.
        let sql = "SELECT key, value, saved_at FROM desk WHERE account = $1 AND substr(key, 1, length($2)) = $2 \
                   ORDER BY key";
        self.query("desk", sql, &[account.into(), prefix.into()])?.into_iter().map(item).collect()
    }
}

impl DeskWriter for Transaction<'_> {
    fn set_desk(&mut self, account: &str, item: &DeskItem) -> Result<(), StoreError> {
        let sql = "INSERT INTO desk (account, key, value, saved_at) VALUES ($1, $2, $3, $4) ON CONFLICT (account, key) \
                   DO UPDATE SET value = excluded.value, saved_at = excluded.saved_at";
        let params = [account.into(), (&item.key).into(), (&item.value).into(), item.saved_at.into()];
        self.execute("desk", sql, &params).map(drop)
    }

    fn clear_desk(&mut self, account: &str, key: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM desk WHERE account = $1 AND key = $2";
        self.execute("desk", sql, &[account.into(), key.into()]).map(drop)
    }
}
