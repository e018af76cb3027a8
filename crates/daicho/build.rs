//! Gathers the packs of `packs/` and the manuals of `docs/manual/` into the program, so that it needs no file beside it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    packs()?;
    manuals()
}

fn manuals() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../docs/manual");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut code = String::from("&[\n");
    for file in entries(&root)?.iter().filter(|file| file.extension().is_some_and(|ending| ending == "md")) {
        let text = fs::read_to_string(file)?;
        let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(&name).to_string();
        println!("cargo::rerun-if-changed={}", file.display());
        let path = file.display().to_string();
        let _ = writeln!(code, "    Manual {{ name: {name:?}, title: {title:?}, text: include_str!({path:?}) }},");
    }
    code.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("manual.rs"), code)
}

fn packs() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../packs");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut code = String::from("&[\n");
    for pack in entries(&root)? {
        let name = file_name(&pack);
        let mut files = Vec::new();
        gather(&pack, &mut files)?;
        let _ = writeln!(code, "    ({name:?}, &[");
        for file in files {
            println!("cargo::rerun-if-changed={}", file.display());
            let path = file.strip_prefix(&pack).unwrap_or(&file).display().to_string();
            let _ = writeln!(code, "        ({path:?}, include_str!({:?})),", file.display().to_string());
        }
        code.push_str("    ]),\n");
    }
    code.push_str("]\n");
    fs::write(PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("packs.rs"), code)
}

/// Folders and files in a folder, by name.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    entries.sort();
    Ok(entries)
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in entries(folder)? {
        if entry.is_dir() {
            println!("cargo::rerun-if-changed={}", entry.display());
            gather(&entry, files)?;
        } else if matches!(entry.extension().and_then(|e| e.to_str()), Some("toml" | "typ")) {
            files.push(entry);
        }
    }
    Ok(())
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
