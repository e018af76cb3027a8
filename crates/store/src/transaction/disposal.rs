//! Taking away what a disposal decided. What is left in the place of an entry's body is a husk ([`journal::removal`]).

use std::collections::{BTreeMap, BTreeSet};

use journal::act::{DISPOSE, READS, REMOVED};
use journal::removal::{Removal, husk};
use journal::{Content, TileId, WIDTH, leaf_bytes, leaf_hash};
use ledger::port::{DisposalReader, DisposalWriter, DisposedBy, SealReader, StoreError};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Transaction;
use crate::sql::Dialect;
use crate::value::Param;

impl DisposalReader for Transaction<'_> {
    fn disposed(&mut self, ids: &[String]) -> Result<BTreeMap<String, DisposedBy>, StoreError> {
        let wanted = self.dialect.is_in("t.target", "$1");
        let sql = format!(
            "SELECT t.target, e.record, e.at FROM touch t JOIN entry e ON e.sequence = t.sequence \
             WHERE {wanted} AND e.act = '{DISPOSE}'"
        );
        let rows = self.query("touch", &sql, &[Param::List(ids.to_vec())])?;
        let one =
            |mut row: crate::value::Row| Ok((row.text()?, DisposedBy { disposal: row.text()?, at: row.instant()? }));
        rows.into_iter().map(one).collect()
    }

    fn entries_about(&mut self, ledger: &str, record: &str) -> Result<Vec<i64>, StoreError> {
        let kept = READS.map(|act| format!("'{act}'")).join(", ");
        let sql = format!(
            "SELECT sequence FROM entry WHERE record = $2 AND ledger = $1 AND act NOT IN ({kept}) ORDER BY sequence"
        );
        self.query("entry", &sql, &[ledger.into(), record.into()])?.into_iter().map(|mut row| row.int()).collect()
    }
}

impl DisposalWriter for Transaction<'_> {
    fn remove_record(
        &mut self,
        ledger: &str,
        id: &str,
        files: &[String],
        file_ledgers: &[String],
    ) -> Result<bool, StoreError> {
        let both = [ledger.into(), id.into()];
        self.overwriting(true)?;
        self.remove_search(ledger, id)?;
        for table in ["exact", "unique_key", "reference", "duty"] {
            self.execute(table, &format!("DELETE FROM {table} WHERE ledger = $1 AND record = $2"), &both)?;
        }
        self.execute("version", "DELETE FROM version WHERE ledger = $1 AND id = $2", &both)?;
        let gone = self.execute("record", "DELETE FROM record WHERE ledger = $1 AND id = $2", &both)? > 0;
        for file in files {
            if !self.named_elsewhere(file, file_ledgers)? {
                self.execute("attachment", "DELETE FROM attachment WHERE id = $1", &[file.into()])?;
            }
        }
        let marks = BTreeSet::from([id.to_owned()]);
        self.forget_desks(&marks)?;
        self.forget_mails(&marks)?;
        self.forget_jobs(&marks)?;
        self.overwriting(false)?;
        Ok(gone)
    }

    fn remove_bodies(&mut self, sequences: &[i64], disposal: &str, of: &str) -> Result<Vec<Removal>, StoreError> {
        self.overwriting(true)?;
        let mut removals = Vec::with_capacity(sequences.len());
        for sequence in sequences {
            removals.push(self.remove_body(*sequence, disposal, of)?);
        }
        self.overwriting(false)?;
        Ok(removals)
    }

    fn remove_words(&mut self, ledger: &str, id: &str) -> Result<(), StoreError> {
        self.remove_search(ledger, id).map(drop)
    }

    fn settle_removal(&mut self) -> Result<(), StoreError> {
        if self.dialect == Dialect::Sqlite {
            self.execute("search_gram", "INSERT INTO search_gram (search_gram) VALUES ('optimize')", &[])?;
        }
        Ok(())
    }
}

impl Transaction<'_> {
    /// Whether what is deleted is overwritten at once, instead of standing in the file until its place is needed. SQLite
    /// only; PostgreSQL's dead rows go with VACUUM.
    fn overwriting(&mut self, on: bool) -> Result<(), StoreError> {
        match self.dialect {
            Dialect::Sqlite => {
                let sql = if on { "PRAGMA secure_delete = ON" } else { "PRAGMA secure_delete = OFF" };
                self.query("sqlite_schema", sql, &[]).map(drop)
            }
            Dialect::Postgres => Ok(()),
        }
    }

    /// Take the search texts of a record away, those of former revisions too.
    pub(super) fn remove_search(&mut self, ledger: &str, record: &str) -> Result<u64, StoreError> {
        let both = [ledger.into(), record.into()];
        let mut gone = 0;
        for mut row in self.query("search", "SELECT number FROM search WHERE ledger = $1 AND record = $2", &both)? {
            let number = row.int()?;
            if self.dialect == Dialect::Sqlite {
                self.execute("search_gram", "DELETE FROM search_gram WHERE rowid = $1", &[number.into()])?;
            }
            gone += self.execute("search", "DELETE FROM search WHERE number = $1", &[number.into()])?;
        }
        Ok(gone)
    }

    /// Whether a version that still stands names the file.
    fn named_elsewhere(&mut self, file: &str, ledgers: &[String]) -> Result<bool, StoreError> {
        let body = match self.dialect {
            Dialect::Sqlite => "json(body)",
            Dialect::Postgres => "body::text",
        };
        let wanted = self.dialect.is_in("ledger", "$1");
        let sql = format!("SELECT 1 FROM version WHERE {wanted} AND {body} LIKE $2 LIMIT 1");
        let params = [Param::List(ledgers.to_vec()), format!("%\"{file}\"%").into()];
        Ok(self.first("version", &sql, &params)?.is_some())
    }

    fn remove_body(&mut self, sequence: i64, disposal: &str, of: &str) -> Result<Removal, StoreError> {
        let corrupt =
            |reason: &str| StoreError::Corrupt { table: "entry", row: sequence.to_string(), reason: reason.into() };
        let sql = "SELECT body, at, act FROM entry WHERE sequence = $1";
        let Some(mut row) = self.first("entry", sql, &[sequence.into()])? else {
            return Err(corrupt("ありません"));
        };
        let (body, at, act) = (row.text()?, row.instant()?, row.text()?);
        if [DISPOSE, REMOVED].contains(&act.as_str()) {
            return Err(corrupt("廃棄の証跡は廃棄できません"));
        }
        let leaf = leaf_hash(&leaf_bytes(body.as_bytes()));
        let position = self.seal_position(sequence)?.ok_or_else(|| corrupt("まだ封印されていません"))?;
        let size = self.seal_head()?.map_or(0, |head| head.size);
        let tile = TileId::of(Content::Level(0), position / u64::from(WIDTH), size);
        let hashes = self.seal_tile(tile.ok_or_else(|| corrupt("まだ封印されていません"))?)?;
        let place = usize::try_from(position % u64::from(WIDTH)).unwrap_or(usize::MAX);
        if hashes.get(place) != Some(&leaf) {
            return Err(corrupt("内容が、封印されたものと違います"));
        }
        let rows = serde_json::from_str::<Value>(&body).ok().and_then(|body| needed(body.get("rows")?, of));
        let husk = husk(at, disposal, &leaf, rows);
        let digest = Sha256::digest(&husk).into();
        let text = String::from_utf8(husk).map_err(|_| corrupt("跡を文字列にできません"))?;
        let sql = "UPDATE entry SET account = 'system', ledger = '', record = '', act = $2, batch = NULL, body = $3 \
                   WHERE sequence = $1";
        let params = [sequence.into(), REMOVED.into(), Param::Json(text)];
        if self.execute("entry", sql, &params)? != 1 {
            return Err(corrupt("ありません"));
        }
        self.execute("touch", "DELETE FROM touch WHERE sequence = $1", &[sequence.into()])?;
        Ok(Removal { sequence, position, leaf, husk: digest })
    }
}

/// The stamps of an entry without those of the rows that go with the record: the entry of the disposal says that they are
/// gone. The others tell of rows that may still be there, and stay.
fn needed(rows: &Value, of: &str) -> Option<Value> {
    let mut tables = rows.as_object()?.clone();
    for rows in tables.values_mut().filter_map(Value::as_object_mut) {
        rows.retain(|row, _| of.is_empty() || !row.split('|').any(|part| part == of));
    }
    tables.retain(|_, rows| rows.as_object().is_none_or(|rows| !rows.is_empty()));
    (!tables.is_empty()).then_some(Value::Object(tables))
}
