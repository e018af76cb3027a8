//! Reading: from beginning to end, in constant memory, comparing every part with the manifest.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::Problem;
use crate::cipher::Opener;
use crate::manifest::{FORMAT, MANIFEST, Manifest, Part};

/// The largest manifest that is read, in bytes.
const LARGEST_MANIFEST: u64 = 16 << 20;

/// One part while it is being read.
pub struct Unpacked<'p> {
    /// Path in the archive. It names no place outside of a folder it is unpacked into.
    pub name: &'p str,
    /// Bytes.
    pub size: u64,
    /// Content.
    pub content: &'p mut dyn Read,
}

struct Hashing<R> {
    from: R,
    hasher: Sha256,
    size: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        self.size += read as u64;
        Ok(read)
    }
}

/// Read a backup once from its beginning to its end. `each` is handed every part and may leave it unread; whatever it
/// made of a part counts only when this returns `Ok`, for only then every part was compared with the manifest.
///
/// # Errors
/// [`Problem`] when the file cannot be read, does not open, or a part is missing, added or altered; what `each` returns.
pub fn pass(
    path: &Path,
    opener: &Opener,
    each: &mut dyn FnMut(Unpacked<'_>) -> Result<(), Problem>,
) -> Result<Manifest, Problem> {
    let file = File::open(path).map_err(|error| Problem::file(path, error))?;
    unpack(opener.open(BufReader::with_capacity(1 << 20, file))?, each)
}

/// The same for what lies under the lock.
///
/// # Errors
/// As [`pass`].
pub fn unpack(from: impl Read, each: &mut dyn FnMut(Unpacked<'_>) -> Result<(), Problem>) -> Result<Manifest, Problem> {
    let mut archive = tar::Archive::new(from);
    let torn = |_| Problem::Damaged("途中から読めません。ファイルが途切れているか、書き換えられています。".into());
    let mut seen: BTreeMap<String, Part> = BTreeMap::new();
    let mut manifest: Option<Manifest> = None;
    for entry in archive.entries().map_err(torn)? {
        let entry = entry.map_err(torn)?;
        let size = entry.size();
        let name = safe_name(&entry)?;
        if manifest.is_some() {
            return Err(Problem::Damaged(format!("目録の後に「{name}」があります。")));
        }
        if name == MANIFEST {
            let mut text = Vec::new();
            entry.take(LARGEST_MANIFEST).read_to_end(&mut text).map_err(torn)?;
            let read: Manifest = serde_json::from_slice(&text)
                .map_err(|_| Problem::Damaged("目録を読めません。新しい版で作られたものかもしれません。".into()))?;
            if read.format != FORMAT {
                return Err(Problem::Damaged(format!("形式「{}」は、この版では読めません。", read.format)));
            }
            manifest = Some(read);
            continue;
        }
        let mut hashing = Hashing { from: entry, hasher: Sha256::new(), size: 0 };
        each(Unpacked { name: &name, size, content: &mut hashing })?;
        std::io::copy(&mut hashing, &mut std::io::sink()).map_err(torn)?;
        let part = Part { name: name.clone(), size: hashing.size, sha256: hex::encode(hashing.hasher.finalize()) };
        if seen.insert(name.clone(), part).is_some() {
            return Err(Problem::Damaged(format!("「{name}」が二つあります。")));
        }
    }
    // The last block of the age format carries its own mark: reading on to the end finds a file that was cut.
    let mut rest = archive.into_inner();
    std::io::copy(&mut rest, &mut std::io::sink()).map_err(torn)?;
    let manifest =
        manifest.ok_or_else(|| Problem::Damaged("目録がありません。作成の途中で終わったものです。".into()))?;
    for part in &manifest.parts {
        match seen.remove(&part.name) {
            Some(found) if found == *part => {}
            Some(_) => return Err(Problem::Damaged(format!("「{}」が目録と違います。", part.name))),
            None => return Err(Problem::Damaged(format!("「{}」がありません。", part.name))),
        }
    }
    match seen.into_keys().next() {
        Some(name) => Err(Problem::Damaged(format!("目録にない「{name}」があります。"))),
        None => Ok(manifest),
    }
}

/// The name of an entry, when it is a plain file inside of the folder.
fn safe_name<R: Read>(entry: &tar::Entry<'_, R>) -> Result<String, Problem> {
    let path = entry.path().map_err(|_| Problem::Damaged("読めない名前があります。".into()))?;
    let name = path.to_str().unwrap_or_default().to_owned();
    let plain = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if name.is_empty() || !plain || !entry.header().entry_type().is_file() {
        return Err(Problem::Damaged(format!("「{name}」は、バックアップにあってはならない名前か種類です。")));
    }
    Ok(name)
}
