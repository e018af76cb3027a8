//! Writing: into a file of another name, which gets its own only when everything is on the disk.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use age::stream::StreamWriter;
use sha2::{Digest, Sha256};

use crate::cipher::Lock;
use crate::manifest::{DATABASE, MANIFEST, Manifest, Part};
use crate::{Problem, sidecar};

/// Bytes of one piece of the database. A piece is kept in memory, because its size stands before it in the archive.
const PIECE: usize = 8 << 20;

/// A finished backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Bytes of the file.
    pub size: u64,
    /// SHA-256 of the file in hexadecimal.
    pub sha256: String,
}

/// Counts and hashes what goes to the disk.
struct Hashing {
    out: BufWriter<File>,
    hasher: Sha256,
    size: u64,
}

impl Write for Hashing {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(piece)?;
        self.hasher.update(piece.get(..written).unwrap_or_default());
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// An archive that is being written. Dropped before [`finish`](Self::finish), it leaves nothing behind.
pub struct ArchiveWriter {
    target: PathBuf,
    scratch: PathBuf,
    tar: Option<tar::Builder<StreamWriter<Hashing>>>,
    parts: Vec<Part>,
    piece: Vec<u8>,
    pieces: usize,
    seconds: u64,
}

impl ArchiveWriter {
    /// Begin an archive that will stand at `target`. `seconds` since 1970 is the time of its parts.
    ///
    /// # Errors
    /// [`Problem::File`] when `target` exists, another backup is being written there, or the folder cannot be written.
    pub fn create(target: &Path, lock: &Lock, seconds: u64) -> Result<Self, Problem> {
        if target.exists() {
            let exists = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "同じ名前のファイルがすでにあります");
            return Err(Problem::File(target.display().to_string(), exists));
        }
        let mut name = target.as_os_str().to_owned();
        name.push(".part");
        let scratch = PathBuf::from(name);
        let told = |error| Problem::file(&scratch, error);
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(&scratch).map_err(told)?;
        // What a killed backup left is overwritten; one that is still being written is not.
        file.try_lock().map_err(|_| {
            let busy = std::io::Error::new(std::io::ErrorKind::ResourceBusy, "別のバックアップが書込み中です");
            Problem::File(scratch.display().to_string(), busy)
        })?;
        file.set_len(0).map_err(told)?;
        let hashing = Hashing { out: BufWriter::with_capacity(1 << 20, file), hasher: Sha256::new(), size: 0 };
        let tar = Some(tar::Builder::new(lock.wrap(hashing).map_err(told)?));
        let target = target.to_owned();
        Ok(Self { target, scratch, tar, parts: Vec::new(), piece: Vec::new(), pieces: 0, seconds })
    }

    /// Add a part.
    ///
    /// # Errors
    /// The disk is full or fails.
    pub fn part(&mut self, name: &str, content: &[u8]) -> std::io::Result<()> {
        let sha256 = hex::encode(Sha256::digest(content));
        self.append(name, content)?;
        self.parts.push(Part { name: name.into(), size: content.len() as u64, sha256 });
        Ok(())
    }

    fn append(&mut self, name: &str, content: &[u8]) -> std::io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(self.seconds);
        match &mut self.tar {
            Some(tar) => tar.append_data(&mut header, name, content),
            None => Err(std::io::Error::other("closed")),
        }
    }

    /// Add to the copy of the database.
    ///
    /// # Errors
    /// The disk is full or fails.
    pub fn database(&mut self, mut content: &[u8]) -> std::io::Result<()> {
        while !content.is_empty() {
            let (now, rest) = content.split_at(content.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            content = rest;
            if self.piece.len() == PIECE {
                self.close_piece()?;
            }
        }
        Ok(())
    }

    fn close_piece(&mut self) -> std::io::Result<()> {
        let piece = std::mem::take(&mut self.piece);
        if piece.is_empty() {
            return Ok(());
        }
        let name = format!("{DATABASE}{:05}", self.pieces);
        self.pieces += 1;
        self.part(&name, &piece)?;
        self.piece = piece;
        self.piece.clear();
        Ok(())
    }

    /// Add the manifest, with the parts filled in, and put the file in its place: after this it survives a power loss.
    ///
    /// # Errors
    /// [`Problem::File`] when the disk is full or fails; then nothing is left.
    pub fn finish(mut self, mut manifest: Manifest) -> Result<(Manifest, Finished), Problem> {
        let (target, scratch) = (self.target.clone(), self.scratch.clone());
        let told = |error| Problem::file(&scratch, error);
        self.close_piece().map_err(told)?;
        manifest.parts = std::mem::take(&mut self.parts);
        let text = serde_json::to_vec_pretty(&manifest).map_err(|error| told(error.into()))?;
        self.append(MANIFEST, &text).map_err(told)?;
        let tar = self.tar.take().ok_or_else(|| told(std::io::Error::other("closed")))?;
        let hashing = tar.into_inner().and_then(StreamWriter::finish).map_err(told)?;
        let file = hashing.out.into_inner().map_err(|error| told(error.into_error()))?;
        file.sync_all().map_err(told)?;
        let finished = Finished { size: hashing.size, sha256: hex::encode(hashing.hasher.finalize()) };
        std::fs::rename(&scratch, &target).map_err(told)?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let beside = sidecar(&target);
        std::fs::write(&beside, format!("{}  {name}\n", finished.sha256))
            .and_then(|()| File::open(&beside)?.sync_all())
            .map_err(|error| Problem::file(&beside, error))?;
        sync_folder(&target).map_err(|error| Problem::file(&target, error))?;
        Ok((manifest, finished))
    }
}

impl Drop for ArchiveWriter {
    fn drop(&mut self) {
        // After `finish` there is no file of this name any more.
        let _ = std::fs::remove_file(&self.scratch);
    }
}

/// A renamed file survives a power loss only when its folder was flushed.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    let _ = folder;
    Ok(())
}
