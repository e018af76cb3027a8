//! An exported journal as a folder.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{Files, MOST_FILES, Writing, wrong};

/// Writes the files into a folder.
pub struct FolderWriter {
    folder: PathBuf,
}

impl FolderWriter {
    /// Write into that folder, which must be new.
    ///
    /// # Errors
    /// When it exists or cannot be made.
    pub fn create(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir(folder)?;
        Ok(Self { folder: folder.to_path_buf() })
    }
}

impl Writing for FolderWriter {
    fn file(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = std::fs::File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn finish(self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the files of a folder. Links are not followed.
pub struct FolderFiles {
    folder: PathBuf,
    files: BTreeMap<String, u64>,
}

/// Deepest folder of an exported journal: `tile/entries/x000/x000/x000/000.p/1` and some to spare.
const DEEPEST: usize = 12;

impl FolderFiles {
    /// The files of that folder.
    ///
    /// # Errors
    /// When the folder cannot be read, or holds something that is neither file nor folder.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        let mut waiting = vec![(folder.to_path_buf(), String::new(), 0)];
        while let Some((place, prefix, depth)) = waiting.pop() {
            for entry in std::fs::read_dir(&place)? {
                let entry = entry?;
                let name = entry.file_name().into_string().map_err(|name| wrong(format!("{}", name.display())))?;
                let path = format!("{prefix}{name}");
                let kind = entry.file_type()?;
                if kind.is_dir() && depth < DEEPEST {
                    waiting.push((entry.path(), format!("{path}/"), depth + 1));
                } else if kind.is_file() && files.len() < MOST_FILES {
                    files.insert(path, entry.metadata()?.len());
                } else {
                    return Err(wrong(format!("{path}: 書き出した証跡にない種類のファイルです")));
                }
            }
        }
        Ok(Self { folder: folder.to_path_buf(), files })
    }
}

impl Files for FolderFiles {
    fn paths(&self) -> BTreeSet<String> {
        self.files.keys().cloned().collect()
    }

    fn read(&self, path: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        if !self.files.contains_key(path) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        std::fs::File::open(self.folder.join(path))?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > limit { Err(wrong("大きすぎます")) } else { Ok(Some(bytes)) }
    }
}
