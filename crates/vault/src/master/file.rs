//! A master key in a file that only its owner can read.
//!
//! ```text
//! daicho master key 1
//! root <base64>
//! version 3 <base64>
//! check <first 16 hexadecimal digits of the SHA-256 of the lines above>
//! ```

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ledger::Entropy;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{MasterKey, told};
use crate::cipher::Cipher;
use crate::problem::KeyProblem;
use crate::secret::Secret;

const HEADING: &str = "daicho master key 1";
const TO_BE_KEPT: &str = "# 台帳のマスター鍵。写しはデータとは別の金庫に保管し、更新や消去のたびに取り替えます。";

/// What the file holds.
struct Keys {
    root: Secret,
    versions: BTreeMap<u32, Secret>,
}

/// A master key in a file.
pub struct FileMaster {
    path: PathBuf,
    keys: Mutex<Keys>,
}

impl FileMaster {
    /// Open the file; when it is not there and may be made, make it with its first version.
    ///
    /// # Errors
    /// [`KeyProblem::Open`] when others can read it or its folder, [`KeyProblem::Missing`] when it is not there and may not
    /// be made, [`KeyProblem::Damaged`] when it is not what was written.
    pub fn open(path: &Path, make: bool, entropy: &dyn Entropy) -> Result<Self, KeyProblem> {
        let folder = path.parent().unwrap_or(Path::new("."));
        if make && !path.exists() {
            make_folder(folder)?;
            check_mode(folder, 0o700)?;
            let keys = Keys { root: Secret::random(entropy), versions: [(1, Secret::random(entropy))].into() };
            write(path, &keys)?;
        }
        if !path.exists() {
            return Err(KeyProblem::Missing(path.to_owned()));
        }
        let keys = Mutex::new(read(path)?);
        Ok(Self { path: path.to_owned(), keys })
    }

    /// Work with the file as it is now: another process may have written it.
    fn with<T>(&self, work: impl FnOnce(&mut Keys) -> Result<T, KeyProblem>) -> Result<T, KeyProblem> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        *keys = read(&self.path)?;
        work(&mut keys)
    }

    fn cipher<T>(&self, version: u32, work: impl FnOnce(&Cipher) -> Result<T, KeyProblem>) -> Result<T, KeyProblem> {
        self.with(|keys| match keys.versions.get(&version) {
            Some(key) => work(&Cipher::new(key).map_err(|_| KeyProblem::Foreign)?),
            None => {
                let held: Vec<u32> = keys.versions.keys().copied().collect();
                Err(KeyProblem::Version { needed: version, held: told(&held) })
            }
        })
    }
}

impl MasterKey for FileMaster {
    fn provider(&self) -> &'static str {
        "file"
    }

    fn place(&self) -> String {
        format!("file:{}", self.path.display())
    }

    fn versions(&self) -> Result<Vec<u32>, KeyProblem> {
        self.with(|keys| Ok(keys.versions.keys().copied().collect()))
    }

    fn next_version(&self, current: u32, entropy: &dyn Entropy) -> Result<u32, KeyProblem> {
        self.with(|keys| {
            if let Some((&newest, _)) = keys.versions.last_key_value().filter(|(newest, _)| **newest > current) {
                return Ok(newest);
            }
            keys.versions.insert(current + 1, Secret::random(entropy));
            write(&self.path, keys)?;
            Ok(current + 1)
        })
    }

    fn retire_before(&self, version: u32) -> Result<(), KeyProblem> {
        self.with(|keys| {
            let before = keys.versions.len();
            keys.versions.retain(|number, _| *number >= version);
            if keys.versions.len() == before { Ok(()) } else { write(&self.path, keys) }
        })
    }

    fn wrap(&self, version: u32, bound: &str, key: &Secret, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyProblem> {
        self.cipher(version, |cipher| cipher.wrap(bound, key, entropy).map_err(|_| KeyProblem::Foreign))
    }

    fn unwrap(&self, version: u32, bound: &str, wrapped: &[u8]) -> Result<Secret, KeyProblem> {
        self.cipher(version, |cipher| cipher.unwrap(bound, wrapped).map_err(|_| KeyProblem::Foreign))
    }

    fn derive(&self, purpose: &str) -> Result<Secret, KeyProblem> {
        Ok(self.keys.lock().unwrap_or_else(PoisonError::into_inner).root.derive(purpose))
    }
}

fn read(path: &Path) -> Result<Keys, KeyProblem> {
    let failed = |error| KeyProblem::File(path.to_owned(), error);
    check_mode(path.parent().unwrap_or(Path::new(".")), 0o700)?;
    check_mode(path, 0o600)?;
    let mut text = Zeroizing::new(String::new());
    let file = File::open(path).map_err(failed)?;
    file.take(1 << 20).read_to_string(&mut text).map_err(failed)?;
    parse(&text).map_err(|reason| KeyProblem::Damaged(path.to_owned(), reason))
}

fn parse(text: &str) -> Result<Keys, String> {
    let (body, check) = text.rsplit_once("check ").ok_or("検査の行がありません")?;
    if check.trim_end() != checksum(body) {
        return Err("検査の値が合いません".into());
    }
    let key = |coded: &str| {
        let bytes = Zeroizing::new(STANDARD.decode(coded).unwrap_or_default());
        Secret::from_slice(&bytes).ok_or("鍵の長さが違います")
    };
    let (mut root, mut versions) = (None, BTreeMap::new());
    let mut lines = body.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    if lines.next() != Some(HEADING) {
        return Err("見出しが違います".into());
    }
    for line in lines {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("root"), Some(coded), None, None) => root = Some(key(coded)?),
            (Some("version"), Some(number), Some(coded), None) => {
                versions.insert(number.parse().map_err(|_| "版の番号が数ではありません")?, key(coded)?);
            }
            _ => return Err("知らない行があります".into()),
        }
    }
    match root {
        Some(root) if !versions.is_empty() => Ok(Keys { root, versions }),
        _ => Err("鍵がありません".into()),
    }
}

fn checksum(body: &str) -> String {
    hex::encode(Sha256::digest(body.as_bytes())).chars().take(16).collect()
}

/// Put the keys in the place of the file, at once or not at all, then overwrite what the old file held.
fn write(path: &Path, keys: &Keys) -> Result<(), KeyProblem> {
    let failed = |error| KeyProblem::File(path.to_owned(), error);
    let mut body = Zeroizing::new(format!("{TO_BE_KEPT}\n{HEADING}\n"));
    let mut line = |start: &str, key: &Secret| {
        let coded = Zeroizing::new(STANDARD.encode(key.expose()));
        for part in [start, &coded, "\n"] {
            body.push_str(part);
        }
    };
    line("root ", &keys.root);
    for (number, key) in &keys.versions {
        line(&format!("version {number} "), key);
    }
    let check = checksum(&body);
    let fresh = path.with_extension("key.new");
    // What a crash left there is not trusted.
    match std::fs::remove_file(&fresh) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&fresh).map_err(failed)?;
    file.write_all(body.as_bytes()).map_err(failed)?;
    file.write_all(format!("check {check}\n").as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let old = OpenOptions::new().write(true).open(path).ok();
    std::fs::rename(&fresh, path).map_err(failed)?;
    if let Some(folder) = path.parent() {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    old.map_or(Ok(()), overwrite).map_err(failed)
}

/// Overwrite a file that has no name any more. On a file system that writes elsewhere (copy on write, flash), the old bytes may
/// stay until the medium is destroyed; the manual says so.
fn overwrite(mut file: File) -> std::io::Result<()> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(0).min(1 << 20);
    file.rewind()?;
    file.write_all(&vec![0; length])?;
    file.sync_all()
}

/// Destroy the file of a master key, and what an interrupted change of it left.
pub(super) fn destroy(path: &Path) -> Result<u64, KeyProblem> {
    let mut destroyed = 0;
    for path in [path.to_owned(), path.with_extension("key.new")] {
        destroyed += u64::from(shred(&path).map_err(|error| KeyProblem::File(path, error))?.is_some());
    }
    Ok(destroyed)
}

/// Overwrite a file with zeros, and remove it when that is on the disk. Answers its bytes; `None` where there is no file.
///
/// # Errors
/// Those of the file system; the file is then still there, and may be shredded again.
pub fn shred(path: &Path) -> std::io::Result<Option<u64>> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let length = file.metadata()?.len();
    std::io::copy(&mut std::io::repeat(0).take(length), &mut file)?;
    file.sync_all()?;
    std::fs::remove_file(path)?;
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(Some(length))
}

/// Make a folder that only its owner can enter.
pub(crate) fn make_folder(folder: &Path) -> Result<(), KeyProblem> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder).map_err(|error| KeyProblem::File(folder.to_owned(), error))
}

/// Refuse what anybody but the owner can read, write or enter.
#[cfg(unix)]
pub(crate) fn check_mode(path: &Path, wanted: u32) -> Result<(), KeyProblem> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).map_err(|error| KeyProblem::File(path.to_owned(), error))?;
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyProblem::Open { path: path.to_owned(), mode, wanted }) }
}

#[cfg(not(unix))]
pub(crate) fn check_mode(_: &Path, _: u32) -> Result<(), KeyProblem> {
    Ok(())
}
