//! Packs that were installed at run time.

use ledger::port::{PackReader, PackWriter, RecordWriter, StoreError, StoredPack};
use serde_json::{Value, json};

use super::Transaction;
use crate::value::{Param, Row};

const COLUMNS: &str = "p.installation, p.name, p.files, p.digest, p.installed_at, p.installed_by";

fn pack(mut row: Row) -> Result<StoredPack, StoreError> {
    Ok(StoredPack {
        installation: row.int()?,
        name: row.text()?,
        files: {
            let files = row.json()?;
            serde_json::from_value(files).map_err(|_| row.corrupt("ファイルの一覧として読めません"))?
        },
        digest: row.text()?,
        installed_at: row.instant()?,
        installed_by: row.text()?,
    })
}

impl Transaction<'_> {
    fn packs_by(&mut self, rest: &str, params: &[Param<'_>]) -> Result<Vec<StoredPack>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM pack p {rest}");
        self.query("pack", &sql, params)?.into_iter().map(pack).collect()
    }
}

impl PackReader for Transaction<'_> {
    fn newest_installation(&mut self) -> Result<i64, StoreError> {
        self.first("pack", "SELECT coalesce(max(installation), 0) FROM pack", &[])?.map_or(Ok(0), |mut row| row.int())
    }

    fn packs(&mut self) -> Result<Vec<StoredPack>, StoreError> {
        self.packs_by(
            "JOIN (SELECT min(installation) AS oldest, max(installation) AS newest FROM pack GROUP BY name) n \
             ON n.newest = p.installation ORDER BY n.oldest",
            &[],
        )
    }

    fn pack_versions(&mut self, name: &str) -> Result<Vec<StoredPack>, StoreError> {
        self.packs_by("WHERE p.name = $1 ORDER BY p.installation DESC", &[name.into()])
    }
}

impl PackWriter for Transaction<'_> {
    fn add_pack(&mut self, pack: &StoredPack) -> Result<i64, StoreError> {
        let installation = self.next_number("pack")?;
        let files: Value = pack.files.iter().map(|(path, source)| json!([path, source])).collect();
        let params = [
            installation.into(),
            (&pack.name).into(),
            (&files).into(),
            (&pack.digest).into(),
            pack.installed_at.into(),
            (&pack.installed_by).into(),
        ];
        let sql = "INSERT INTO pack (installation, name, files, digest, installed_at, installed_by) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        self.execute("pack", sql, &params)?;
        Ok(installation)
    }
}
