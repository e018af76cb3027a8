//! Encryption of the whole file by SQLCipher: AES-256 in CBC mode with an HMAC-SHA512 for each page, under a raw key, so
//! that opening a connection derives nothing from a password. The write-ahead log holds the same encrypted pages;
//! temporary tables stay in memory.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ledger::port::StoreError;
use rusqlite::{Connection, ErrorCode};

use super::{fault, file};
use crate::connection::Fault;

/// First bytes of a database without encryption.
const PLAIN: &[u8; 16] = b"SQLite format 3\0";

/// The raw 256-bit key of a database. It has no `Debug`: it is shown nowhere.
#[derive(Clone)]
pub struct DatabaseKey([u8; 32]);

impl DatabaseKey {
    /// A key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn pragma(&self) -> String {
        format!("\"x'{}'\"", hex::encode(self.0))
    }
}

/// Give a fresh connection the key and see whether it opens the file.
pub(super) fn unlock(connection: &Connection, key: Option<&DatabaseKey>) -> Result<(), Fault> {
    if let Some(key) = key {
        // The statement holds the key, so nothing of an error's text is passed on.
        let given =
            connection.execute_batch(&format!("PRAGMA cipher_log_level = NONE; PRAGMA key = {};", key.pragma()));
        given.map_err(|_| Fault::unavailable("データベースに鍵を渡せません"))?;
    }
    match connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)) {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(Fault::unavailable(match key {
                Some(_) => {
                    "データベースの鍵が違うか、ファイルが壊れています。この導入先のマスター鍵(設定 master_key)を\
                 指定しているか確かめてください"
                }
                None => {
                    "データベースは暗号化されているか、データベースではありません。マスター鍵(設定 master_key)を\
                 指定してください"
                }
            }))
        }
        Err(error) => Err(fault(&error)),
    }
}

/// Refuse to open a plain file with a key: SQLCipher would call it broken.
pub(super) fn check_form(path: &Path, keyed: bool) -> Result<(), StoreError> {
    if keyed && is_plain(path)? {
        return Err(StoreError::Unavailable(
            "データベースが暗号化されていません。daicho serve を一度起動すると暗号化されます".into(),
        ));
    }
    Ok(())
}

fn is_plain(path: &Path) -> Result<bool, StoreError> {
    let mut start = [0; PLAIN.len()];
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed(&error)),
    };
    match file.read_exact(&mut start) {
        Ok(()) => Ok(start == *PLAIN),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(failed(&error)),
    }
}

/// See [`crate::Store::encrypt_sqlite`].
pub(crate) fn encrypt(path: &Path, key: &DatabaseKey) -> Result<bool, StoreError> {
    if !is_plain(path)? {
        return Ok(false);
    }
    let new = beside(path, "-encrypting");
    // What an attempt that was interrupted has left.
    let _ = std::fs::remove_file(&new);
    file::create(&new)?;
    copy(path, &new, key).map_err(Fault::store_error)?;
    File::open(&new).and_then(|file| file.sync_all()).map_err(|error| failed(&error))?;
    overwrite_after(path, || std::fs::rename(&new, path)).map_err(|error| failed(&error))?;
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
    Ok(true)
}

fn copy(path: &Path, new: &Path, key: &DatabaseKey) -> Result<(), Fault> {
    let told = |error: rusqlite::Error| fault(&error);
    let plain = Connection::open(path).map_err(told)?;
    // Out of the log into the file, and nobody else while it lasts.
    let mode: String = plain
        .query_row("PRAGMA locking_mode = EXCLUSIVE", [], |row| row.get::<_, String>(0))
        .and_then(|_| plain.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)))
        .map_err(told)?;
    if mode != "delete" {
        return Err(Fault::unavailable("データベースを使っている処理があります。止めてから実行してください"));
    }
    let text = new.to_str().ok_or_else(|| Fault::unavailable("データベースの場所の名前が読めません"))?;
    plain
        .execute(&format!("ATTACH DATABASE ?1 AS locked KEY {}", key.pragma()), [text])
        .map_err(|_| Fault::unavailable("暗号化したデータベースを作れません"))?;
    plain.query_row("SELECT sqlcipher_export('locked')", [], |_| Ok(())).map_err(told)?;
    let rows = |schema: &str| -> Result<Vec<(String, i64)>, Fault> {
        let mut counted = Vec::new();
        for table in ["record", "version", "entry", "attachment", "search"] {
            let here = format!("SELECT count(*) FROM {schema}.sqlite_schema WHERE type = 'table' AND name = ?1");
            if plain.query_row(&here, [table], |row| row.get::<_, i64>(0)).map_err(told)? == 1 {
                let count = format!("SELECT count(*) FROM {schema}.{table}");
                counted.push((table.to_owned(), plain.query_row(&count, [], |row| row.get(0)).map_err(told)?));
            }
        }
        Ok(counted)
    };
    if rows("main")? != rows("locked")? {
        return Err(Fault::failed("暗号化したデータベースの件数が元と違います"));
    }
    plain.execute_batch("DETACH DATABASE locked").map_err(told)
}

/// Overwrite what stands in the old file once the new one has taken its name.
fn overwrite_after(path: &Path, replace: impl FnOnce() -> std::io::Result<()>) -> std::io::Result<()> {
    let mut old = std::fs::OpenOptions::new().read(true).write(true).open(path)?;
    let length = old.metadata()?.len();
    replace()?;
    old.seek(SeekFrom::Start(0))?;
    let zeros = vec![0; 64 * 1024];
    let mut left = length;
    while left > 0 {
        let part = usize::try_from(left).unwrap_or(usize::MAX).min(zeros.len());
        old.write_all(zeros.get(..part).unwrap_or_default())?;
        left -= part as u64;
    }
    old.sync_all()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn failed(error: &std::io::Error) -> StoreError {
    StoreError::Unavailable(format!("データベースのファイルを読み書きできません ({})", error.kind()))
}
