//! The seal of the journal.

use journal::{Content, Hash, TileId, tile_bytes, tile_hashes};
use ledger::port::{
    Cosignature, NewSeal, SealHead, SealLag, SealReader, SealRun, SealWriter, SealedEntry, StoreError,
    StoredCheckpoint, Unsealed, Witnessed,
};

use super::Transaction;
use crate::sql::Dialect;
use crate::value::{Param, Row};

/// Lines of a checkpoint with one signature: origin, size, root, an empty one, the signature.
const SIGNED_ONCE: usize = 5;
/// Entries are counted as waiting up to here.
const MOST_COUNTED: i64 = 10_000;

fn whole(number: u64) -> Result<Param<'static>, StoreError> {
    i64::try_from(number).map(Param::from).map_err(|_| StoreError::Failed("seal: 数が大きすぎます".into()))
}

fn checkpoint(mut row: Row) -> Result<StoredCheckpoint, StoreError> {
    Ok(StoredCheckpoint { size: row.count()?, note: row.text()?, sealed_at: row.instant()? })
}

fn cosignature(mut row: Row) -> Result<Cosignature, StoreError> {
    Ok(Cosignature { size: row.count()?, witness: row.text()?, line: row.text()?, at: row.instant()? })
}

fn run(mut row: Row) -> Result<SealRun, StoreError> {
    Ok(SealRun { position: row.count()?, sequence: row.int()?, length: row.count()? })
}

fn entry(mut row: Row) -> Result<SealedEntry, StoreError> {
    Ok(SealedEntry { position: row.count()?, sequence: row.int()?, body: row.text()? })
}

fn witnessed(mut row: Row) -> Result<Witnessed, StoreError> {
    let (origin, size, root) = (row.text()?, row.count()?, row.text()?);
    let root: Option<Hash> = hex::decode(root).ok().and_then(|root| root.try_into().ok());
    let root = root.ok_or_else(|| row.corrupt("ハッシュ値として読めません"))?;
    Ok(Witnessed { origin, size, root, note: row.text()?, at: row.instant()?, fork: row.optional_text()? })
}

const WITNESSED: &str = "SELECT origin, size, root, note, at, fork FROM witnessed";

impl Transaction<'_> {
    /// The mark of an entry between commit and seal: empty where the store has no key.
    pub(super) fn mark(&self, body: &str) -> String {
        self.guard.as_ref().map(|key| key.guard("unsealed", body.as_bytes())).unwrap_or_default()
    }

    fn level(tile: TileId) -> Result<(Param<'static>, Param<'static>), StoreError> {
        match tile.content {
            Content::Level(level) => Ok((i64::from(level).into(), whole(tile.number)?)),
            Content::Entries => Err(StoreError::Failed("seal_tile: 証跡の束は保存していません".into())),
        }
    }

    fn checkpoint_by(&mut self, rest: &str, params: &[Param<'_>]) -> Result<Vec<StoredCheckpoint>, StoreError> {
        let sql = format!("SELECT size, note, sealed_at FROM checkpoint {rest}");
        self.query("checkpoint", &sql, params)?.into_iter().map(checkpoint).collect()
    }
}

impl SealReader for Transaction<'_> {
    fn seal_head(&mut self) -> Result<Option<SealHead>, StoreError> {
        match self.first("seal", "SELECT vkey, size FROM seal WHERE id = 1", &[])? {
            Some(mut row) => Ok(Some(SealHead { vkey: row.text()?, size: row.count()? })),
            None => Ok(None),
        }
    }

    fn unsealed(&mut self, after: i64, limit: usize) -> Result<Vec<Unsealed>, StoreError> {
        let adopted = match self.first("seal", "SELECT adopted FROM seal WHERE id = 1", &[])? {
            Some(mut row) => row.int()?,
            // Before the first seal all that is there is adopted.
            None => i64::MAX,
        };
        let limit: Param<'_> = i64::try_from(limit).unwrap_or(i64::MAX).into();
        let sql = "SELECT u.sequence, u.mark, e.body FROM unsealed u JOIN entry e ON e.sequence = u.sequence \
                   WHERE u.sequence > $1 ORDER BY u.sequence LIMIT $2";
        let rows = self.query("unsealed", sql, &[after.into(), limit])?;
        rows.into_iter()
            .map(|mut row| {
                let (sequence, mark, body) = (row.int()?, row.text()?, row.text()?);
                let genuine =
                    self.guard.is_none() || (mark.is_empty() && sequence <= adopted) || mark == self.mark(&body);
                Ok(Unsealed { sequence, body, genuine })
            })
            .collect()
    }

    fn seal_lag(&mut self) -> Result<SealLag, StoreError> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM unsealed LIMIT $1) AS waiting";
        let waiting = self.first("unsealed", sql, &[MOST_COUNTED.into()])?.map_or(Ok(0), |mut row| row.count())?;
        let sql = "SELECT e.at FROM unsealed u JOIN entry e ON e.sequence = u.sequence ORDER BY u.sequence LIMIT 1";
        let oldest = self.first("unsealed", sql, &[])?.map(|mut row| row.instant()).transpose()?;
        Ok(SealLag { waiting, oldest })
    }

    fn seal_tile(&mut self, tile: TileId) -> Result<Vec<Hash>, StoreError> {
        let (level, number) = Self::level(tile)?;
        let corrupt =
            |reason: &str| StoreError::Corrupt { table: "seal_tile", row: tile.path(), reason: reason.into() };
        let sql = "SELECT hashes FROM seal_tile WHERE level = $1 AND number = $2";
        let Some(mut row) = self.first("seal_tile", sql, &[level, number])? else {
            return Err(corrupt("ありません"));
        };
        let bytes = row.bytes()?;
        bytes
            .get(..usize::from(tile.width) * 32)
            .and_then(|bytes| tile_hashes(bytes, tile.width))
            .ok_or_else(|| corrupt("短すぎます"))
    }

    fn seal_runs(&mut self, from: u64, limit: usize) -> Result<Vec<SealRun>, StoreError> {
        let sql = "SELECT position, sequence, length FROM seal_run \
                   WHERE position >= (SELECT coalesce(max(position), 0) FROM seal_run WHERE position <= $1) \
                   ORDER BY position LIMIT $2";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.query("seal_run", sql, &[whole(from)?, limit.into()])?.into_iter().map(run).collect()
    }

    fn sealed_entries(&mut self, from: u64, until: u64) -> Result<Vec<SealedEntry>, StoreError> {
        let sql = "SELECT r.position + (e.sequence - r.sequence), e.sequence, e.body FROM seal_run r \
                   JOIN entry e ON e.sequence >= r.sequence + CASE WHEN r.position < $1 THEN $1 - r.position ELSE 0 END \
                   AND e.sequence < r.sequence + CASE WHEN r.position + r.length > $2 THEN $2 - r.position ELSE r.length END \
                   WHERE r.position >= (SELECT coalesce(max(position), 0) FROM seal_run WHERE position <= $1) \
                   AND r.position < $2 ORDER BY r.position, e.sequence";
        self.query("entry", sql, &[whole(from)?, whole(until)?])?.into_iter().map(entry).collect()
    }

    fn sealed_entries_of(&mut self, ledger: &str, record: &str, limit: usize) -> Result<Vec<SealedEntry>, StoreError> {
        let sql = "SELECT r.position + (e.sequence - r.sequence), e.sequence, e.body FROM entry e \
                   JOIN seal_run r ON r.sequence = (SELECT max(sequence) FROM seal_run WHERE sequence <= e.sequence) \
                   WHERE e.record = $2 AND e.ledger = $1 AND e.sequence < r.sequence + r.length \
                   ORDER BY e.sequence LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.query("entry", sql, &[ledger.into(), record.into(), limit.into()])?.into_iter().map(entry).collect()
    }

    fn seal_position(&mut self, sequence: i64) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT position, sequence, length FROM seal_run WHERE sequence <= $1 ORDER BY sequence DESC LIMIT 1";
        let Some(run) = self.first("seal_run", sql, &[sequence.into()])?.map(run).transpose()? else { return Ok(None) };
        let within = u64::try_from(sequence - run.sequence).unwrap_or(u64::MAX);
        Ok((within < run.length).then(|| run.position + within))
    }

    fn newest_checkpoint(&mut self) -> Result<Option<StoredCheckpoint>, StoreError> {
        Ok(self.checkpoint_by("ORDER BY size DESC LIMIT 1", &[])?.into_iter().next())
    }

    fn checkpoints(&mut self, limit: usize) -> Result<Vec<StoredCheckpoint>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.checkpoint_by("ORDER BY size DESC LIMIT $1", &[limit.into()])
    }

    fn checkpoint_over(&mut self, position: u64) -> Result<Option<StoredCheckpoint>, StoreError> {
        let rest = "WHERE size > $1 ORDER BY size LIMIT 1";
        Ok(self.checkpoint_by(rest, &[whole(position)?])?.into_iter().next())
    }

    fn cosignatures(&mut self, size: u64) -> Result<Vec<Cosignature>, StoreError> {
        let sql = "SELECT size, witness, line, at FROM cosignature WHERE size = $1 ORDER BY witness";
        self.query("cosignature", sql, &[whole(size)?])?.into_iter().map(cosignature).collect()
    }

    fn newest_cosignatures(&mut self) -> Result<Vec<Cosignature>, StoreError> {
        let sql = "SELECT size, witness, line, at FROM cosignature c WHERE size = \
                   (SELECT max(size) FROM cosignature o WHERE o.witness = c.witness) ORDER BY witness";
        self.query("cosignature", sql, &[])?.into_iter().map(cosignature).collect()
    }

    fn witnessed(&mut self) -> Result<Vec<Witnessed>, StoreError> {
        let sql = format!("{WITNESSED} ORDER BY origin");
        self.query("witnessed", &sql, &[])?.into_iter().map(witnessed).collect()
    }
}

impl SealWriter for Transaction<'_> {
    fn add_seal(&mut self, seal: &NewSeal) -> Result<bool, StoreError> {
        let size = whole(seal.checkpoint.size)?;
        if seal.from == 0 {
            let sql = "INSERT INTO seal (id, vkey, size, adopted) \
                       VALUES (1, $1, 0, (SELECT coalesce(max(sequence), 0) FROM entry)) ON CONFLICT (id) DO NOTHING";
            self.execute("seal", sql, &[(&seal.vkey).into()])?;
        }
        // Compare and set: whoever comes second, on whatever node, finds another size and leaves.
        let sql = "UPDATE seal SET size = $1 WHERE id = 1 AND size = $2 AND vkey = $3";
        if self.execute("seal", sql, &[size.clone(), whole(seal.from)?, (&seal.vkey).into()])? != 1 {
            return Ok(false);
        }
        for run in &seal.runs {
            let (first, length) = (run.sequence, i64::try_from(run.length).unwrap_or(i64::MAX));
            let params: [Param<'_>; 3] = [whole(run.position)?, first.into(), length.into()];
            self.execute("seal_run", "INSERT INTO seal_run (position, sequence, length) VALUES ($1, $2, $3)", &params)?;
            let sql = "DELETE FROM unsealed WHERE sequence >= $1 AND sequence < $2";
            let gone = self.execute("unsealed", sql, &[first.into(), (first + length).into()])?;
            if gone != run.length {
                return Err(StoreError::Failed("unsealed DELETE: 封印を待つ証跡が変わりました".into()));
            }
        }
        for (tile, hashes) in &seal.tiles {
            let (level, number) = Self::level(*tile)?;
            let bytes = tile_bytes(hashes);
            let sql = "INSERT INTO seal_tile (level, number, hashes) VALUES ($1, $2, $3) \
                       ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes";
            self.execute("seal_tile", sql, &[level, number, Param::Bytes(&bytes)])?;
        }
        // Of each hour the last checkpoint is kept, and each that somebody cosigned or that bears two signatures, because it
        // hands the journal over to another key: the one before makes room.
        let hour = match self.dialect {
            Dialect::Sqlite => "substr(sealed_at, 1, 13) = substr($2, 1, 13)",
            Dialect::Postgres => "date_trunc('hour', sealed_at) = date_trunc('hour', $2::timestamptz)",
        };
        let sql = format!(
            "DELETE FROM checkpoint WHERE size = $1 AND {hour} \
             AND length(note) - length(replace(note, $3, '')) <= {SIGNED_ONCE} \
             AND NOT EXISTS (SELECT 1 FROM cosignature c WHERE c.size = checkpoint.size)"
        );
        let at: Param<'_> = seal.checkpoint.sealed_at.into();
        self.execute("checkpoint", &sql, &[whole(seal.from)?, at.clone(), "\n".into()])?;
        let sql = "INSERT INTO checkpoint (size, note, sealed_at) VALUES ($1, $2, $3)";
        self.execute("checkpoint", sql, &[size, (&seal.checkpoint.note).into(), at])?;
        Ok(true)
    }

    fn hand_over(&mut self, from: &str, to: &str, both: &StoredCheckpoint) -> Result<bool, StoreError> {
        let size = whole(both.size)?;
        let sql = "UPDATE seal SET vkey = $1 WHERE id = 1 AND vkey = $2 AND size = $3";
        if self.execute("seal", sql, &[to.into(), from.into(), size.clone()])? != 1 {
            return Ok(false);
        }
        let sql = "UPDATE checkpoint SET note = $1 WHERE size = $2";
        if self.execute("checkpoint", sql, &[(&both.note).into(), size])? != 1 {
            return Err(StoreError::Failed("checkpoint UPDATE: 最新の封印がありません".into()));
        }
        Ok(true)
    }

    fn add_cosignature(&mut self, cosignature: &Cosignature) -> Result<(), StoreError> {
        let sql = "INSERT INTO cosignature (size, witness, line, at) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (size, witness) DO UPDATE SET line = excluded.line, at = excluded.at";
        let params: [Param<'_>; 4] = [
            whole(cosignature.size)?,
            (&cosignature.witness).into(),
            (&cosignature.line).into(),
            cosignature.at.into(),
        ];
        self.execute("cosignature", sql, &params).map(drop)
    }

    fn witnessed_locked(&mut self, origin: &str) -> Result<Option<Witnessed>, StoreError> {
        if self.dialect == Dialect::Postgres {
            // A first request finds no row to lock, so the origin itself is.
            let sql = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 7166081))) AS held";
            self.query("witnessed", sql, &[origin.into()])?;
        }
        let sql = format!("{WITNESSED} WHERE origin = $1");
        self.first("witnessed", &sql, &[origin.into()])?.map(witnessed).transpose()
    }

    fn set_witnessed(&mut self, seen: &Witnessed) -> Result<(), StoreError> {
        let sql = "INSERT INTO witnessed (origin, size, root, note, at, fork) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (origin) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note, \
                   at = excluded.at, fork = excluded.fork";
        let params: [Param<'_>; 6] = [
            (&seen.origin).into(),
            whole(seen.size)?,
            hex::encode(seen.root).into(),
            (&seen.note).into(),
            seen.at.into(),
            seen.fork.as_ref().into(),
        ];
        self.execute("witnessed", sql, &params).map(drop)
    }
}
