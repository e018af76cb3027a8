//! The embedded database as a whole under a key: what stands on the disk, and what a wrong key or a plain file is told.

use std::path::Path;

use ledger::port::StoreError;
use serde_json::json;
use store::{DatabaseKey, SqliteOptions, Store};

use crate::people::{dressed, person, put, read};

const NAME: &str = "見本　秘匿花子";

fn keyed(byte: u8) -> SqliteOptions {
    SqliteOptions { key: Some(DatabaseKey::new([byte; 32])), ..SqliteOptions::default() }
}

fn fill(store: &Store) {
    for number in 1..=200 {
        put(store, &dressed(&person(number, json!({"number": format!("{number}"), "name": NAME})))).unwrap();
    }
}

/// Whether any file of the folder holds the text.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes.windows(text.len()).any(|part| part == text.as_bytes())
    })
}

fn told(result: Result<Store, StoreError>) -> String {
    match result {
        Ok(_) => panic!("the database opened"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_keyed_database_holds_nothing_readable_in_any_of_its_files_and_a_plain_one_does() {
    for (options, readable) in [(SqliteOptions::default(), true), (keyed(7), false)] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("daicho.db"), options).unwrap();
        fill(&store);
        // The log is still there: the store is open.
        assert!(folder.path().join("daicho.db-wal").exists());
        for text in [NAME, "CREATE TABLE", "SQLite format 3"] {
            assert_eq!(holds(folder.path(), text), readable, "{text}");
        }
        assert_eq!(read(&store, 200).unwrap().text("name"), Some(NAME));
    }
}

#[test]
fn a_wrong_and_a_missing_key_are_told_plainly_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daicho.db");
    fill(&Store::open_sqlite(&path, keyed(7)).unwrap());
    let before = std::fs::read(&path).unwrap();
    assert!(told(Store::open_sqlite(&path, keyed(8))).contains("鍵が違うか"));
    assert!(told(Store::open_sqlite(&path, SqliteOptions::default())).contains("暗号化されている"));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(read(&Store::open_sqlite(&path, keyed(7)).unwrap(), 1).unwrap().text("name"), Some(NAME));
}

#[test]
fn a_plain_database_is_recognised_and_encrypted_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daicho.db");
    let key = DatabaseKey::new([7; 32]);
    assert!(!Store::encrypt_sqlite(&path, &key).unwrap(), "there is no file yet");
    fill(&Store::open_sqlite(&path, SqliteOptions::default()).unwrap());
    assert!(told(Store::open_sqlite(&path, keyed(7))).contains("暗号化されていません"));

    assert!(Store::encrypt_sqlite(&path, &key).unwrap());
    assert!(!Store::encrypt_sqlite(&path, &key).unwrap(), "once is enough");
    assert!(!holds(folder.path(), NAME));
    let store = Store::open_sqlite(&path, keyed(7)).unwrap();
    for number in [1, 200] {
        assert_eq!(read(&store, number).unwrap().text("name"), Some(NAME));
    }
    // It goes on: search, unique keys and the numbers of the journal.
    put(&store, &dressed(&person(201, json!({"number": "201", "name": NAME})))).unwrap();
    assert!(put(&store, &dressed(&person(202, json!({"number": "7", "name": NAME})))).is_err());
}

#[test]
fn a_database_that_is_in_use_is_not_encrypted_under_its_users() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daicho.db");
    let store = Store::open_sqlite(&path, SqliteOptions::default()).unwrap();
    fill(&store);
    assert!(Store::encrypt_sqlite(&path, &DatabaseKey::new([7; 32])).is_err());
    put(&store, &dressed(&person(300, json!({"number": "300", "name": NAME})))).unwrap();
    assert_eq!(read(&store, 300).unwrap().text("name"), Some(NAME));
}
