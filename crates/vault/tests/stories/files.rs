//! The files of the keys: who may read them, and what is said when one is missing, broken or exchanged.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ledger::port::Protection;
use vault::KeyProblem;

use crate::Place;

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn only_the_owner_can_read_the_keys() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.lock("01J", "a/b/c", b"x").unwrap();
    vault.rotate().unwrap();
    assert_eq!(mode(&place.keys()), 0o700);
    for file in std::fs::read_dir(place.keys()).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn keys_that_others_can_read_are_refused_with_the_mend() {
    for (name, bad, good) in
        [("keys", 0o755, 0o700), ("keys/master.key", 0o640, 0o600), ("keys/master.key", 0o604, 0o600)]
    {
        let place = Place::new();
        place.open().unwrap();
        let path = place.folder.path().join(name);
        set_mode(&path, bad);
        let told = place.open().err().unwrap().to_string();
        assert!(told.contains(&format!("chmod {good:o} {}", path.display())), "{told}");
        set_mode(&path, good);
        place.open().unwrap();
    }
}

#[test]
fn a_broken_or_missing_master_key_is_told_and_never_made_anew() {
    let place = Place::new();
    place.open().unwrap();
    let path = place.keys().join("master.key");
    let good = std::fs::read_to_string(&path).unwrap();
    for bad in [
        String::new(),
        "daicho master key 1\n".into(),
        good[..good.len() / 2].to_string(),
        good.replacen("root ", "root A", 1),
        good.replacen("version 1", "version 2", 1),
        good.replacen("check ", "check 0", 1),
    ] {
        std::fs::write(&path, bad).unwrap();
        let problem = place.open().err().unwrap();
        assert!(matches!(problem, KeyProblem::Damaged(..)), "{problem}");
    }
    std::fs::remove_file(&path).unwrap();
    let problem = place.open().err().unwrap();
    assert!(matches!(problem, KeyProblem::Missing(_)), "{problem}");
    assert!(problem.to_string().contains("金庫の写し"));
    assert!(!path.exists());

    std::fs::write(&path, good).unwrap();
    set_mode(&path, 0o600);
    place.open().unwrap();
}

#[test]
fn a_lost_keyring_beside_an_encrypted_database_is_told_and_never_made_anew() {
    let place = Place::new();
    place.open().unwrap();
    for name in ["keyring.db", "keyring.db-wal", "keyring.db-shm"] {
        let _ = std::fs::remove_file(place.keys().join(name));
    }
    std::fs::write(place.folder.path().join("daicho.db"), [0x5a; 4096]).unwrap();
    let problem = place.open().err().unwrap();
    assert!(matches!(problem, KeyProblem::NoKeyring(_)), "{problem}");
    // Beside a plain database of an older version of this program, keys are made.
    std::fs::write(place.folder.path().join("daicho.db"), b"SQLite format 3\0....").unwrap();
    place.open().unwrap();
}

#[test]
fn the_keyring_of_another_installation_does_not_open() {
    let (one, other) = (Place::new(), Place::new());
    one.open().unwrap();
    other.open().unwrap();
    std::fs::copy(one.keys().join("master.key"), other.keys().join("master.key")).unwrap();
    assert!(other.open().is_err());
}

#[test]
fn no_file_of_the_keys_shows_a_holder_in_clear() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.lock("01JSHOWSNOWHERE", "a/b/c", b"x").unwrap();
    vault.settle().unwrap();
    for file in std::fs::read_dir(place.keys()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(15).any(|window| window == b"01JSHOWSNOWHERE"));
    }
}

#[test]
fn a_setting_that_names_no_master_key_is_told() {
    let mut place = Place::new();
    place.settings.master_key = "master.key".into();
    let told = place.open().err().unwrap().to_string();
    assert!(told.contains("file:") && told.contains("pkcs11:"), "{told}");
}
