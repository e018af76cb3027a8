//! Entries of the journal.

use journal::act::{READS, REMOVED};
use journal::{Entry, StoredEntry};
use ledger::port::{HistoryQuery, StoreError, Told};

use super::Transaction;
use crate::guard::ROWS_ACT;
use crate::sql::Dialect;
use crate::value::Param;

impl Transaction<'_> {
    /// Write an entry with what the transaction changed since the last one.
    pub(crate) fn append_entry(&mut self, entry: &Entry) -> Result<i64, StoreError> {
        let locked = self.locked_entry(entry)?;
        let entry = locked.as_ref().unwrap_or(entry);
        // Nobody who reads a hash beside their own proof can try out what a short entry may have said.
        let salt = self.guard.as_ref().map(|key| {
            let named =
                format!("{} {} {} {} {}", entry.at, entry.actor.account, entry.record, entry.revision, entry.act);
            key.guard("salt", named.as_bytes())
        });
        let body = self.pending.text(entry, salt)?;
        // Nobody without the key of guards can add an entry, or alter this one before it is sealed.
        let mark = self.mark(&body);
        let params: [Param<'_>; 8] = [
            entry.at.into(),
            (&entry.actor.account).into(),
            (&entry.ledger).into(),
            (&entry.record).into(),
            (&entry.act).into(),
            entry.batch.as_ref().into(),
            Param::Json(body),
            mark.into(),
        ];
        let insert = "INSERT INTO entry (at, account, ledger, record, act, batch, body) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING sequence";
        let row = match self.dialect {
            Dialect::Sqlite => self.first("entry", insert, params.get(..7).unwrap_or_default())?,
            Dialect::Postgres => {
                let sql = format!(
                    "WITH made AS ({insert}), marked AS \
                     (INSERT INTO unsealed (sequence, mark) SELECT sequence, CAST($8 AS text) FROM made) SELECT sequence FROM made"
                );
                self.first("entry", &sql, &params)?
            }
        };
        let Some(mut row) = row else {
            return Err(StoreError::Failed("entry INSERT: 証跡の番号が返りません".into()));
        };
        let sequence = row.int()?;
        if self.dialect == Dialect::Sqlite {
            let [.., mark] = params;
            let sql = "INSERT INTO unsealed (sequence, mark) VALUES ($1, $2)";
            self.execute("unsealed", sql, &[sequence.into(), mark])?;
        }
        self.touch(sequence, entry)?;
        Ok(sequence)
    }

    /// Entries with their locked values opened, for people to read.
    pub(super) fn entries(&mut self, query: &HistoryQuery) -> Result<Vec<StoredEntry>, StoreError> {
        let stored = self.stored_entries(query)?;
        stored.into_iter().map(|one| Ok(StoredEntry { entry: self.opened_entry(one.entry)?, ..one })).collect()
    }

    /// Entries as they are stored and hashed, locked values and all: what sealing and verification read.
    pub(crate) fn stored_entries(&mut self, query: &HistoryQuery) -> Result<Vec<StoredEntry>, StoreError> {
        let mut params: Vec<Param<'_>> = Vec::new();
        // Entries that tell of rows only, or of nothing any more, are for verification; nobody did anything by them.
        let mut sql = format!("SELECT sequence, body FROM entry WHERE act NOT IN ('{ROWS_ACT}', '{REMOVED}')");
        let conditions: [(&str, Option<Param<'_>>); 6] = [
            ("record =", query.record.as_ref().map(Param::from)),
            ("ledger =", query.ledger.as_ref().map(Param::from)),
            ("account =", query.account.as_ref().map(Param::from)),
            ("at >=", query.from.map(Param::from)),
            ("at <", query.until.map(Param::from)),
            ("sequence <", query.before.map(Param::from)),
        ];
        for (condition, param) in conditions {
            if let Some(param) = param {
                params.push(param);
                sql.push_str(&format!(" AND {condition} ${}", params.len()));
            }
        }
        let readings = || READS.map(|act| format!("'{act}'")).join(", ");
        match query.told {
            Told::Everything => {}
            Told::Changes => sql.push_str(&format!(" AND act NOT IN ({})", readings())),
            Told::Readings => sql.push_str(&format!(" AND act IN ({})", readings())),
        }
        params.push(i64::try_from(query.limit).unwrap_or(i64::MAX).into());
        // As the indexes of ledger and account have it; of one record there are few entries.
        let by_time = query.record.is_none() && (query.ledger.is_some() || query.account.is_some());
        let order = if by_time { "at DESC, sequence DESC" } else { "sequence DESC" };
        sql.push_str(&format!(" ORDER BY {order} LIMIT ${}", params.len()));
        let rows = self.query("entry", &sql, &params)?;
        rows.into_iter()
            .map(|mut row| {
                let (sequence, body) = (row.int()?, row.text()?);
                let entry = serde_json::from_str(&body).map_err(|_| row.corrupt("証跡として読めません"))?;
                Ok(StoredEntry { sequence, entry })
            })
            .collect()
    }
}
