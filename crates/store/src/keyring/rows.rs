//! The statements of the keyring, each inside a transaction.

use chrono::{DateTime, Utc};
use ledger::port::{Erasure, HolderKey, KeyCount, KeyringState, MasterVersion, Rewrap, StoreError};

use crate::sql::Dialect;
use crate::transaction::Transaction;
use crate::value::{Param, Row};

/// Keys that are wrapped anew at a time.
const PAGE: i64 = 500;

const KEY: &str = "SELECT k.number, k.holder, k.version, k.wrapped, k.made_at, k.erased_at, k.fingerprint, \
                   (SELECT settled FROM keyring) FROM holder_key k";

fn version(row: &mut Row) -> Result<u32, StoreError> {
    let number = row.int()?;
    u32::try_from(number).map_err(|_| row.corrupt("版の番号ではありません"))
}

pub(super) fn state(tx: &mut Transaction<'_>) -> Result<Option<KeyringState>, StoreError> {
    found(tx, "")
}

fn found(tx: &mut Transaction<'_>, lock: &str) -> Result<Option<KeyringState>, StoreError> {
    let sql = format!("SELECT master, generation FROM keyring{lock}");
    tx.first("keyring", &sql, &[])?
        .map(|mut row| Ok(KeyringState { master: version(&mut row)?, generation: row.int()? }))
        .transpose()
}

/// The version in force, held until the transaction ends: whoever adds a key and whoever wraps all of them anew wait for each
/// other. On SQLite the transaction alone does that.
fn held(tx: &mut Transaction<'_>, strength: &str) -> Result<KeyringState, StoreError> {
    let lock = match tx.dialect {
        Dialect::Sqlite => String::new(),
        Dialect::Postgres => format!(" FOR {strength}"),
    };
    found(tx, &lock)?.ok_or(StoreError::Stale)
}

pub(super) fn masters(tx: &mut Transaction<'_>) -> Result<Vec<MasterVersion>, StoreError> {
    let sql = "SELECT version, provider, ring, made_at, retired_at FROM master ORDER BY version";
    let rows = tx.query("master", sql, &[])?;
    rows.into_iter()
        .map(|mut row| {
            Ok(MasterVersion {
                version: version(&mut row)?,
                provider: row.text()?,
                ring: row.optional_bytes()?,
                made_at: row.instant()?,
                retired_at: row.optional_instant()?,
            })
        })
        .collect()
}

pub(super) fn begin(tx: &mut Transaction<'_>, master: &MasterVersion) -> Result<(), StoreError> {
    let sql = "INSERT INTO keyring (one, master, generation, settled) VALUES (1, $1, 1, 0) ON CONFLICT DO NOTHING";
    if tx.execute("keyring", sql, &[i64::from(master.version).into()])? == 1 {
        insert_master(tx, master)?;
    }
    Ok(())
}

fn insert_master(tx: &mut Transaction<'_>, master: &MasterVersion) -> Result<(), StoreError> {
    let sql = "INSERT INTO master (version, provider, ring, made_at) VALUES ($1, $2, $3, $4)";
    let ring = master.ring.as_deref().map_or(Param::Null, Param::Bytes);
    let params = [i64::from(master.version).into(), (&master.provider).into(), ring, master.made_at.into()];
    tx.execute("master", sql, &params).map(drop)
}

fn key(mut row: Row) -> Result<(i64, HolderKey), StoreError> {
    let number = row.int()?;
    let mut key = HolderKey {
        holder: row.text()?,
        version: version(&mut row)?,
        wrapped: row.optional_bytes()?,
        made_at: row.instant()?,
        erased_at: row.optional_instant()?,
        fingerprint: row.optional_text()?,
        settled: false,
    };
    key.settled = number <= row.int()?;
    Ok((number, key))
}

pub(super) fn holder_key(tx: &mut Transaction<'_>, holder: &str) -> Result<Option<(i64, HolderKey)>, StoreError> {
    tx.first("holder_key", &format!("{KEY} WHERE k.holder = $1"), &[holder.into()])?.map(key).transpose()
}

pub(super) fn add(tx: &mut Transaction<'_>, new: &HolderKey, master: u32) -> Result<(i64, HolderKey), StoreError> {
    if held(tx, "SHARE")?.master != master {
        return Err(StoreError::Stale);
    }
    let sql =
        "INSERT INTO holder_key (holder, version, wrapped, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let wrapped = new.wrapped.as_deref().map_or(Param::Null, Param::Bytes);
    tx.execute("holder_key", sql, &[(&new.holder).into(), i64::from(new.version).into(), wrapped, new.made_at.into()])?;
    holder_key(tx, &new.holder)?.ok_or(StoreError::Stale)
}

/// The highest number there is; every row up to it is safe when this transaction is, as it is flushed after them.
pub(super) fn settle(tx: &mut Transaction<'_>) -> Result<i64, StoreError> {
    let sql = "UPDATE keyring SET settled = (SELECT coalesce(max(number), 0) FROM holder_key)";
    tx.execute("keyring", sql, &[])?;
    tx.first("keyring", "SELECT settled FROM keyring", &[])?.map_or(Ok(0), |mut row| row.int())
}

pub(super) fn count(tx: &mut Transaction<'_>) -> Result<KeyCount, StoreError> {
    let sql = "SELECT count(wrapped), count(erased_at) FROM holder_key";
    let row = tx.first("holder_key", sql, &[])?;
    row.map_or(Ok(KeyCount::default()), |mut row| Ok(KeyCount { live: row.count()?, erased: row.count()? }))
}

pub(super) fn erased(tx: &mut Transaction<'_>) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
    let sql = "SELECT holder, erased_at FROM holder_key WHERE erased_at IS NOT NULL ORDER BY erased_at, number";
    tx.query("holder_key", sql, &[])?.into_iter().map(|mut row| Ok((row.text()?, row.instant()?))).collect()
}

pub(super) fn renew(
    tx: &mut Transaction<'_>,
    from: u32,
    to: &MasterVersion,
    erase: Option<&Erasure>,
    rewrap: &mut Rewrap<'_>,
) -> Result<KeyringState, StoreError> {
    let before = held(tx, "UPDATE")?;
    if before.master != from {
        return Err(StoreError::Stale);
    }
    if let Some(erasure) = erase {
        let sql = "UPDATE holder_key SET wrapped = NULL, erased_at = $2, fingerprint = $3 \
                   WHERE holder = $1 AND erased_at IS NULL";
        let params = [(&erasure.holder).into(), erasure.at.into(), (&erasure.fingerprint).into()];
        if tx.execute("holder_key", sql, &params)? != 1 {
            return Err(StoreError::Stale);
        }
    }
    let mut last = 0;
    loop {
        let sql = format!("{KEY} WHERE k.number > $1 AND k.wrapped IS NOT NULL ORDER BY k.number LIMIT {PAGE}");
        let page = tx.query("holder_key", &sql, &[last.into()])?;
        if page.is_empty() {
            break;
        }
        for row in page {
            let (number, key) = key(row)?;
            let wrapped = rewrap(&key)?;
            let sql = "UPDATE holder_key SET wrapped = $2 WHERE number = $1";
            tx.execute("holder_key", sql, &[number.into(), Param::Bytes(&wrapped)])?;
            last = number;
        }
    }
    let sql = "UPDATE master SET ring = NULL, retired_at = coalesce(retired_at, $1) WHERE version < $2";
    tx.execute("master", sql, &[to.made_at.into(), i64::from(to.version).into()])?;
    insert_master(tx, to)?;
    let after = KeyringState { master: to.version, generation: before.generation + 1 };
    let sql =
        "UPDATE keyring SET master = $1, generation = $2, settled = (SELECT coalesce(max(number), 0) FROM holder_key)";
    tx.execute("keyring", sql, &[i64::from(after.master).into(), after.generation.into()])?;
    Ok(after)
}
