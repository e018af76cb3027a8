//! An exported journal as one tar file: ustar headers with nothing but name and size.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::{Files, MOST_FILES, Writing, wrong};

const BLOCK: usize = 512;

/// The header of a file: everything but name and size is always the same.
fn header(path: &str, size: u64) -> Option<[u8; BLOCK]> {
    let mut block = [0u8; BLOCK];
    let mut put = |place: usize, bytes: &[u8]| -> Option<()> {
        block.get_mut(place..place + bytes.len())?.copy_from_slice(bytes);
        Some(())
    };
    if path.is_empty() || path.len() > 99 || size > 0o77_777_777_777 {
        return None;
    }
    put(0, path.as_bytes())?;
    put(100, b"0000644\0")?;
    put(108, b"0000000\0")?;
    put(116, b"0000000\0")?;
    put(124, format!("{size:011o}\0").as_bytes())?;
    put(136, b"00000000000\0")?;
    put(148, b"        ")?;
    put(156, b"0")?;
    put(257, b"ustar\x0000")?;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    let sum = format!("{sum:06o}\0 ");
    block.get_mut(148..156)?.copy_from_slice(sum.as_bytes());
    Some(block)
}

fn padding(size: u64) -> usize {
    (BLOCK - (size % BLOCK as u64) as usize) % BLOCK
}

/// Writes the files into one tar file.
pub struct TarWriter {
    out: BufWriter<File>,
}

impl TarWriter {
    /// Write into a new file.
    ///
    /// # Errors
    /// When it exists or cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { out: BufWriter::with_capacity(1 << 20, File::create_new(path)?) })
    }
}

impl Writing for TarWriter {
    fn file(&mut self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let header = header(path, bytes.len() as u64)
            .ok_or_else(|| wrong(format!("{path}: 名前か大きさが限度を超えています")))?;
        self.out.write_all(&header)?;
        self.out.write_all(bytes)?;
        self.out.write_all(&vec![0u8; padding(bytes.len() as u64)])
    }

    fn finish(mut self) -> io::Result<()> {
        self.out.write_all(&[0u8; BLOCK * 2])?;
        let file = self.out.into_inner().map_err(|error| error.into_error())?;
        file.sync_all()
    }
}

/// Reads the files of a tar file of exactly the form that [`TarWriter`] writes.
pub struct TarFiles {
    file: Mutex<File>,
    places: BTreeMap<String, (u64, u64)>,
}

impl TarFiles {
    /// Read the headers.
    ///
    /// # Errors
    /// When the file cannot be read or one of its headers or fillings is not as it was written; the message says where.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut input = BufReader::with_capacity(1 << 16, file);
        let mut places = BTreeMap::new();
        let mut at = 0u64;
        loop {
            let mut block = [0u8; BLOCK];
            input.read_exact(&mut block).map_err(|_| wrong(format!("{at} バイト目で途切れています")))?;
            if block == [0u8; BLOCK] {
                input.read_exact(&mut block).map_err(|_| wrong(format!("{at} バイト目で途切れています")))?;
                if block != [0u8; BLOCK] || at + 2 * BLOCK as u64 != length {
                    return Err(wrong(format!("{at} バイト目の終わりの印が正しくありません")));
                }
                break;
            }
            let altered = || wrong(format!("{at} バイト目の見出しが書き換えられています"));
            let (name, size) = named(&block).ok_or_else(altered)?;
            if header(&name, size) != Some(block) || places.len() >= MOST_FILES {
                return Err(altered());
            }
            let start = at + BLOCK as u64;
            let after = start.checked_add(size).filter(|after| *after <= length).ok_or_else(altered)?;
            input.seek_relative(i64::try_from(size).map_err(|_| altered())?)?;
            let mut filling = vec![0u8; padding(size)];
            input.read_exact(&mut filling).map_err(|_| wrong(format!("{name} が途切れています")))?;
            if filling.iter().any(|byte| *byte != 0) {
                return Err(wrong(format!("{name} の後の詰め物が書き換えられています")));
            }
            at = after + filling.len() as u64;
            if places.insert(name.clone(), (start, size)).is_some() {
                return Err(wrong(format!("{name} が2つあります")));
            }
        }
        Ok(Self { file: Mutex::new(input.into_inner()), places })
    }
}

fn named(block: &[u8; BLOCK]) -> Option<(String, u64)> {
    let name = block.get(..100)?.split(|byte| *byte == 0).next()?;
    let size = std::str::from_utf8(block.get(124..135)?).ok()?;
    Some((String::from_utf8(name.to_vec()).ok()?, u64::from_str_radix(size, 8).ok()?))
}

impl Files for TarFiles {
    fn paths(&self) -> BTreeSet<String> {
        self.places.keys().cloned().collect()
    }

    fn read(&self, path: &str, limit: usize) -> io::Result<Option<Vec<u8>>> {
        let Some((start, size)) = self.places.get(path) else { return Ok(None) };
        let size = usize::try_from(*size).ok().filter(|size| *size <= limit).ok_or_else(|| wrong("大きすぎます"))?;
        let mut bytes = vec![0u8; size];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(*start))?;
        file.read_exact(&mut bytes)?;
        Ok(Some(bytes))
    }
}
