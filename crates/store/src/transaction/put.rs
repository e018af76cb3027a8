//! Storing a revision of a record.

use ledger::port::{Forgotten, Put, RecordWriter, StoreError, UniqueClash};
use ledger::record::Record;

use super::Transaction;
use super::records::record_of;
use crate::sql::{Dialect, record_columns};
use crate::value::Param;

/// The instant until which a version holds that nothing has superseded.
const OPEN: &str = "9999-12-31T23:59:59.999999Z";

impl RecordWriter for Transaction<'_> {
    fn record_locked(&mut self, ledger: &str, id: &str) -> Result<Option<Record>, StoreError> {
        let sql = format!(
            "SELECT {} FROM record r WHERE r.ledger = $1 AND r.id = $2{}",
            record_columns(self.dialect),
            self.dialect.for_update()
        );
        let Some(row) = self.first("record", &sql, &[ledger.into(), id.into()])? else { return Ok(None) };
        self.opened_for_change(record_of(ledger, row)?).map(Some)
    }

    fn put(&mut self, put: &Put<'_>) -> Result<Result<(), UniqueClash>, StoreError> {
        // Everything that is stored of the record is written from the locked form; what only helps to find it comes from
        // the clear one, by tokens.
        let locked = self.locked_body(put.record)?.map(|body| Record { body, ..put.record.clone() });
        let stored = locked.as_ref().unwrap_or(put.record);
        let held = self.held(put.record)?;
        // One journey to a server instead of three.
        let together = self.dialect == Dialect::Postgres && stored.revision > 1;
        if together {
            self.put_revision(stored)?
        } else {
            self.put_record(stored)?
        }
        self.pending.acts(put.record);
        // The key is occupied before anything else is written: a clash is the usual end of a double entry.
        if let Some(clash) = self.sync_unique(put, &held.unique)? {
            return Ok(Err(clash));
        }
        if !together {
            self.put_version(stored)?;
        }
        self.sync_references(&put.references, stored, &held.references)?;
        self.sync_exact(put, &held.exact)?;
        self.sync_search(put, &held.search)?;
        Ok(Ok(()))
    }

    fn index(&mut self, put: &Put<'_>) -> Result<Result<(), UniqueClash>, StoreError> {
        self.put_derived(put, true)
    }

    fn put_derived(&mut self, put: &Put<'_>, newest: bool) -> Result<Result<(), UniqueClash>, StoreError> {
        let held = self.held(put.record)?;
        if newest && let Some(clash) = self.sync_unique(put, &held.unique)? {
            return Ok(Err(clash));
        }
        self.sync_exact(put, &held.exact)?;
        self.sync_search(put, &held.search)?;
        Ok(Ok(()))
    }

    fn forget(&mut self, holder: &str) -> Result<Forgotten, StoreError> {
        self.forget_holder(holder)
    }

    fn append(&mut self, entry: &journal::Entry) -> Result<i64, StoreError> {
        self.append_entry(entry)
    }

    fn next_number(&mut self, sequence: &str) -> Result<i64, StoreError> {
        let sql = "INSERT INTO number (sequence, last) VALUES ($1, 1) \
                   ON CONFLICT (sequence) DO UPDATE SET last = number.last + 1 RETURNING last";
        match self.first("number", sql, &[sequence.into()])? {
            Some(mut row) => row.int(),
            None => Err(StoreError::Failed("number INSERT: 番号を採れませんでした".into())),
        }
    }
}

impl Transaction<'_> {
    fn put_record(&mut self, record: &Record) -> Result<(), StoreError> {
        let mut params = columns(record)?;
        let body = self.dialect.stored_json("$8");
        let changed = if record.revision == 1 {
            let sql = format!(
                "INSERT INTO record (ledger, id, revision, state, created_at, recorded_at, acts, body) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, {body}) ON CONFLICT (ledger, id) DO NOTHING"
            );
            self.execute("record", &sql, &params)?
        } else {
            params.push((record.revision - 1).into());
            let sql = format!(
                "UPDATE record SET revision = $3, state = $4, created_at = $5, recorded_at = $6, acts = $7, \
                 body = {body} WHERE ledger = $1 AND id = $2 AND revision = $9"
            );
            self.execute("record", &sql, &params)?
        };
        if changed == 1 { Ok(()) } else { Err(StoreError::Stale) }
    }

    /// Record and version of a revision after the first, in one statement.
    fn put_revision(&mut self, record: &Record) -> Result<(), StoreError> {
        let sql = "\
            WITH changed AS (UPDATE record SET revision = $3, state = $4, created_at = $5, recorded_at = $6, acts = $7, body = $8 \
              WHERE ledger = $1 AND id = $2 AND revision = $9 RETURNING id), \
            closed AS (UPDATE version SET superseded_at = $6 WHERE ledger = $1 AND id = $2 AND revision = $9 \
              AND EXISTS (SELECT 1 FROM changed) RETURNING id), \
            opened AS (INSERT INTO version (ledger, id, revision, state, created_at, recorded_at, acts, body, superseded_at) \
              SELECT $1, $2, $3, $4, $5, $6, $7, $8, CAST($10 AS timestamptz) FROM closed RETURNING id) \
            SELECT (SELECT count(*) FROM changed), (SELECT count(*) FROM opened)";
        let mut params = columns(record)?;
        params.push((record.revision - 1).into());
        params.push(open()?);
        let done = self.first("record", sql, &params)?;
        match done.map(|mut row| Ok::<_, StoreError>((row.int()?, row.int()?))).transpose()? {
            Some((1, 1)) => Ok(()),
            Some((1, _)) => Err(without_version(record)),
            _ => Err(StoreError::Stale),
        }
    }

    fn put_version(&mut self, record: &Record) -> Result<(), StoreError> {
        if record.revision > 1 {
            let sql = "UPDATE version SET superseded_at = $1 WHERE ledger = $2 AND id = $3 AND revision = $4";
            let before = record.revision - 1;
            let params = [record.recorded_at.into(), (&record.ledger).into(), (&record.id).into(), before.into()];
            if self.execute("version", sql, &params)? != 1 {
                return Err(without_version(record));
            }
        }
        let mut params = columns(record)?;
        params.push(open()?);
        let sql = format!(
            "INSERT INTO version (ledger, id, revision, state, created_at, recorded_at, acts, body, superseded_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, {}, $9)",
            self.dialect.stored_json("$8")
        );
        self.execute("version", &sql, &params)?;
        Ok(())
    }
}

fn without_version(record: &Record) -> StoreError {
    let reason = format!("版{}がありません", record.revision - 1);
    StoreError::Corrupt { table: "version", row: record.id.clone(), reason }
}

fn open() -> Result<Param<'static>, StoreError> {
    let open: chrono::DateTime<chrono::Utc> =
        OPEN.parse().map_err(|_| StoreError::Failed("version: 終わりのない日時を作れません".into()))?;
    Ok(open.into())
}

fn columns(record: &Record) -> Result<Vec<Param<'_>>, StoreError> {
    let written = |what: serde_json::Result<String>| {
        what.map(Param::Json).map_err(|_| StoreError::Failed("record: JSONに書けない値があります".into()))
    };
    Ok(vec![
        (&record.ledger).into(),
        (&record.id).into(),
        record.revision.into(),
        (&record.state).into(),
        record.created_at.into(),
        record.recorded_at.into(),
        written(serde_json::to_string(&record.acts))?,
        written(serde_json::to_string(&record.body))?,
    ])
}
