//! Reading packs from disk.

use std::io;
use std::path::Path;

use super::PackSource;

/// Largest file of a pack in bytes.
const MAX_FILE: u64 = 1_000_000;
/// Most files of a pack.
const MAX_FILES: usize = 500;

/// Read the pack in a folder: its `*.toml` files and the `*.typ` files under `forms/`, in order of their names.
///
/// # Errors
/// When a file cannot be read or is not UTF-8, when a file is over 1 MB, or when there are more than 500.
pub fn read_folder(path: &Path) -> io::Result<PackSource> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("pack").to_owned();
    let mut files = Vec::new();
    collect(path, "", "toml", &mut files)?;
    let forms = path.join("forms");
    if forms.is_dir() {
        collect(&forms, "forms/", "typ", &mut files)?;
    }
    Ok(PackSource { name, files })
}

/// Read every pack below a folder: each subfolder with a `pack.toml`, in order of name; or the folder itself when it
/// has one.
///
/// # Errors
/// As [`read_folder`].
pub fn read_folders(path: &Path) -> io::Result<Vec<PackSource>> {
    if path.join("pack.toml").is_file() {
        return Ok(vec![read_folder(path)?]);
    }
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let folder = entry?.path();
        if folder.join("pack.toml").is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    folders.iter().map(|folder| read_folder(folder)).collect()
}

fn collect(folder: &Path, prefix: &str, ending: &str, files: &mut Vec<(String, String)>) -> io::Result<()> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == ending) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    for path in found {
        let too_large = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{}: {what}", path.display()));
        if std::fs::metadata(&path)?.len() > MAX_FILE {
            return Err(too_large("パックのファイルは1 MBまでです"));
        }
        if files.len() >= MAX_FILES {
            return Err(too_large("パックのファイルは500個までです"));
        }
        let name =
            path.file_name().and_then(|name| name.to_str()).ok_or_else(|| too_large("ファイル名が読めません"))?;
        files.push((format!("{prefix}{name}"), std::fs::read_to_string(&path)?));
    }
    Ok(())
}
