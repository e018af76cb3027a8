//! Everything of an installation that is destroyed, in order: keys first, so that whatever stays behind when something fails
//! opens no more.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ledger::port::Reader;
use ledger::query::{Filter, Query};
use store::PostgresPlace;

use super::LeavingProblem;
use super::plan::{Backup, FOLDER, Item, Method, Target};
use crate::commands::SAMPLE_SIGN_INS;
use crate::hold;
use crate::installation::{DATABASE, Installation, SIGNING_KEY};
use crate::settings::{FILE, Settings};

/// Endings of the files in which SQLite keeps what is not yet in a database. They come and go while it is open.
pub(super) const LOGS: [&str; 2] = ["-wal", "-shm"];

/// What is destroyed, and what stays.
pub(super) struct Inventory {
    pub(super) items: Vec<Item>,
    pub(super) kept: Vec<Backup>,
    pub(super) left: Vec<String>,
}

/// Look everything up, and whether nothing of others hangs on it.
pub(super) fn of(
    data: &Path,
    settings: &Settings,
    generations: Vec<Backup>,
    keep_backups: bool,
) -> Result<Inventory, LeavingProblem> {
    let mut items = vec![Item {
        what: "マスター鍵".into(),
        target: Target::Master(settings.master_key.clone()),
        place: settings.master_key.split(';').filter(|part| !part.starts_with("pin")).collect::<Vec<_>>().join(";"),
        size: None,
        method: Method::KeyDestroyed,
    }];
    let mut left = Vec::new();
    if let Some(url) = &settings.database_url {
        let server = PostgresPlace::of(url)?;
        for schema in server.own_schemas(url)? {
            server.drop_own(url, &schema.name, true)?;
            let what = if schema.keyring { "鍵束" } else { "データベース" };
            items.push(Item {
                what: format!("{what}（{}表）", schema.tables),
                place: format!("スキーマ {}", schema.name),
                target: Target::Schema(schema.name.clone()),
                size: Some(schema.rows),
                method: Method::Dropped,
            });
            left.extend(
                schema
                    .foreign
                    .iter()
                    .map(|table| format!("スキーマ {} の表 {table}（台帳のものではありません）", schema.name)),
            );
        }
        left.push(
            "PostgreSQLサーバーの控えとWALに残る前の内容。保護した項目は暗号化されており、鍵は廃棄しました。".into(),
        );
    }
    let mut folders: BTreeSet<PathBuf> =
        [&settings.backup.keyring_copy, &settings.backup.folder].into_iter().flatten().cloned().collect();
    folders.extend(generations.iter().map(|backup| PathBuf::from(&backup.place)));
    let keys = data.join(vault::FOLDER);
    for name in destroyed(&keys).into_iter().filter(|name| name != SIGNING_KEY && name != vault::FILE) {
        items.push(file(if name.starts_with(vault::KEYRING) { "鍵束" } else { "鍵に付くもの" }, keys.join(name)));
    }
    for folder in &folders {
        for name in ["keyring-copy.db", "keyring-copy.dump", "keyring-copy.part"] {
            items.extend(Some(folder.join(name)).filter(|path| path.is_file()).map(|path| file("鍵束の写し", path)));
        }
    }
    for name in destroyed(data) {
        let path = data.join(&name);
        match name.as_str() {
            _ if name.starts_with(DATABASE) => items.push(file("データベース", path)),
            _ if name.starts_with("before-") => items.push(file("復元の前のデータベース", path)),
            "packs" => items.push(file("業務パック", path)),
            "restoring" | "rehearsing" => items.push(file("復元の途中のもの", path)),
            SAMPLE_SIGN_INS => items.push(file("見本の利用者の一覧", path)),
            FILE | FOLDER | hold::FILE | vault::FOLDER => {}
            _ => left.push(format!("データのフォルダーの {name}（台帳のものではありません）")),
        }
    }
    let mut kept = Vec::new();
    for backup in generations {
        let path = Path::new(&backup.place).join(&backup.file);
        let same = backup::file_digest(&path).is_ok_and(|(sha256, _)| sha256 == backup.sha256);
        if same && !keep_backups {
            items.push(file("バックアップ", path.clone()));
            items.extend(
                Some(backup::sidecar(&path))
                    .filter(|path| path.is_file())
                    .map(|path| file("バックアップの要約値", path)),
            );
        } else {
            kept.push(backup);
        }
    }
    // Where the database is stands in the settings, so they go last.
    items.extend(Some(data.join(FILE)).filter(|path| path.is_file()).map(|path| file("設定", path)));
    left.push(
        "記憶媒体そのもの。上書きしても前の値が残る媒体（フラッシュメモリーなど）は、物理的に破壊してください。".into(),
    );
    left.push("これまでに印刷し、出力し、ほかへ渡したもの。".into());
    Ok(Inventory { items, kept, left })
}

fn file(what: &str, path: PathBuf) -> Item {
    let size = size(&path);
    Item {
        what: what.into(),
        place: path.display().to_string(),
        target: Target::Path(path),
        size: Some(size),
        method: Method::Overwritten,
    }
}

fn size(path: &Path) -> u64 {
    if path.is_dir() {
        return names(path).iter().map(|name| size(&path.join(name))).sum();
    }
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Names in a folder, in order; without the log of an embedded database, which goes with it.
fn destroyed(folder: &Path) -> Vec<String> {
    let names = names(folder);
    let of_another = |name: &String| {
        LOGS.iter()
            .filter_map(|ending| name.strip_suffix(ending))
            .any(|database| names.iter().any(|one| one == database))
    };
    names.iter().filter(|name| !of_another(name)).cloned().collect()
}

/// Names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let listed = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = listed.map(|found| found.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Backups that were made and not removed, as their ledger knows them.
pub(super) fn generations(installation: &Installation) -> Result<Vec<Backup>, LeavingProblem> {
    let query = Query {
        ledger: "backup_generation".into(),
        filter: Filter::Everything,
        sort: Vec::new(),
        after: None,
        limit: 10_000,
        as_of: None,
    };
    let found = installation.store.read(|tx: &mut dyn Reader| tx.find(&query))?;
    let text = |record: &ledger::Record, field: &str| record.text(field).unwrap_or_default().to_owned();
    let there = found.iter().filter(|record| record.state != "removed" && record.text("sha256").is_some());
    // An interrupted destruction may go on from another folder.
    let place = |record| {
        let written = text(record, "place");
        std::path::absolute(&written).map_or(written, |path| path.display().to_string())
    };
    let backup = |record| Backup { file: text(record, "file"), place: place(record), sha256: text(record, "sha256") };
    Ok(there.map(backup).collect())
}
