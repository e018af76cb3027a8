//! The encrypted file itself is damaged, as by a disk or by somebody without the key: every damage is a finding.

use std::path::Path;

use store::{DatabaseKey, SqliteOptions, Store};
use verify::{Options, file};

use crate::agency::{fill, guard};
use crate::random::Dice;

/// Bytes of a page of SQLCipher 4.
const PAGE: usize = 4096;

fn options() -> SqliteOptions {
    SqliteOptions { key: Some(DatabaseKey::new([9; 32])), guard: guard(), ..SqliteOptions::default() }
}

/// One damage to the bytes of a file, and what it was.
fn damage(dice: &mut Dice, bytes: &mut Vec<u8>) -> String {
    let pages = bytes.len() / PAGE;
    match dice.roll(6) {
        0 => {
            let (one, other) = (dice.roll(pages), dice.roll(pages - 1));
            let other = if other >= one { other + 1 } else { other };
            for place in 0..PAGE {
                bytes.swap(one * PAGE + place, other * PAGE + place);
            }
            format!("pages {one} and {other} swapped")
        }
        1 => {
            let left = dice.roll(bytes.len());
            bytes.truncate(left);
            format!("cut to {left} bytes")
        }
        2 => {
            let left = 1 + dice.roll(pages - 1);
            bytes.truncate(left * PAGE);
            format!("cut to {left} pages")
        }
        _ => {
            let place = dice.roll(bytes.len());
            bytes[place] ^= 1 << dice.roll(8);
            format!("bit of byte {place} flipped")
        }
    }
}

fn every_damage_is_found(bytes: &[u8], folder: &Path, seeds: std::ops::Range<u64>) {
    assert!(!bytes.starts_with(b"SQLite format 3") && bytes.len() > 20 * PAGE, "an encrypted database");
    let copy = folder.join("copy.db");
    let check = |bytes: &[u8]| {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("copy.db{end}")));
        }
        std::fs::write(&copy, bytes).unwrap();
        file(&copy, options(), &Options::default()).unwrap()
    };
    let report = check(bytes);
    assert!(report.intact(), "nobody touched it: {:#?}", report.findings);
    let mut missed = Vec::new();
    for seed in seeds {
        let mut damaged = bytes.to_vec();
        let what = damage(&mut Dice::new(seed), &mut damaged);
        if check(&damaged).intact() {
            missed.push(format!("{seed}: {what}"));
        }
    }
    assert!(missed.is_empty(), "{} not found:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn damage_to_the_encrypted_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.db");
    drop(fill(Store::open_sqlite(&base, options()).unwrap()));
    assert!(!folder.path().join("base.db-wal").exists(), "the last connection moves its log into the file");
    every_damage_is_found(&std::fs::read(&base).unwrap(), folder.path(), 0..40);
}

#[test]
fn damage_to_a_file_whose_log_was_moved_into_it_while_open_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base.db");
    let desk = fill(Store::open_sqlite(&base, options()).unwrap());
    // Another connection moves the log into the file and empties it, while the program has the database open.
    let client = rusqlite::Connection::open(&base).unwrap();
    client.execute_batch(&format!("PRAGMA key = \"x'{}'\"", "09".repeat(32))).unwrap();
    let busy: i64 = client.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert_eq!(busy, 0, "the whole log was moved");
    assert_eq!(std::fs::metadata(folder.path().join("base.db-wal")).unwrap().len(), 0);
    every_damage_is_found(&std::fs::read(&base).unwrap(), folder.path(), 1_000..1_040);
    drop((client, desk));
}
