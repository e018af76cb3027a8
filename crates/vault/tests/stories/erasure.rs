//! Erasure: the value opens nowhere any more, whatever copy is put back.

use ledger::port::{INSTALLATION, Protection, ProtectionProblem};
use vault::KeyProblem;

use crate::{Place, copy_files, on_each_database};

const PLACE: &str = "person/01J/name";

#[test]
fn an_erased_holder_can_neither_be_read_nor_written_and_others_are_untouched() {
    on_each_database(|place| {
        let vault = place.open().unwrap();
        let node = place.open().unwrap();
        let gone = vault.lock("01J", PLACE, "見本花子".as_bytes()).unwrap();
        let stays = vault.lock("01K", PLACE, "見本太郎".as_bytes()).unwrap();
        vault.settle().unwrap();
        assert!(node.open("01J", PLACE, &gone).unwrap().is_some());

        let facts = vault.erase("01J").unwrap();
        assert_eq!((facts.holder.as_str(), facts.key_version, facts.master_version), ("01J", 1, 2));
        assert_eq!(facts.fingerprint.len(), 64);
        assert_eq!(vault.open("01J", PLACE, &gone).unwrap(), None);
        assert!(matches!(vault.lock("01J", PLACE, b"x"), Err(ProtectionProblem::Erased)));
        assert_eq!(vault.open("01K", PLACE, &stays).unwrap().unwrap(), "見本太郎".as_bytes());

        // Another node that has the key in memory forgets it as soon as it looks.
        node.refresh().unwrap();
        assert_eq!(node.open("01J", PLACE, &gone).unwrap(), None);
        assert_eq!(node.open("01K", PLACE, &stays).unwrap().unwrap(), "見本太郎".as_bytes());

        // Done again, it says the same.
        assert_eq!(vault.erase("01J").unwrap(), facts);
        assert_eq!(place.open().unwrap().erase("01J").unwrap(), facts);
        let status = vault.status().unwrap();
        assert_eq!((status.count.live, status.count.erased, status.held), (1, 1, vec![2]));
        assert_eq!(vault.erased().unwrap(), [("01J".to_string(), facts.at)]);
    });
}

#[test]
fn another_node_sees_an_erasure_within_a_second_by_itself() {
    let place = Place::new();
    let (vault, node) = (place.open().unwrap(), place.open().unwrap());
    let text = vault.lock("01J", PLACE, b"x").unwrap();
    assert!(node.open("01J", PLACE, &text).unwrap().is_some());
    vault.erase("01J").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(900));
    assert_eq!(node.open("01J", PLACE, &text).unwrap(), None);
}

#[test]
fn somebody_without_a_key_can_be_erased_and_the_installation_cannot() {
    on_each_database(|place| {
        let vault = place.open().unwrap();
        vault.erase("01J").unwrap();
        assert!(matches!(vault.lock("01J", PLACE, b"x"), Err(ProtectionProblem::Erased)));
        assert!(matches!(vault.erase(INSTALLATION), Err(KeyProblem::NotErasable(_))));
        assert!(matches!(vault.erase("a:b"), Err(KeyProblem::NotErasable(_))));
    });
}

#[test]
fn an_older_keyring_put_back_after_an_erasure_opens_nothing_of_anybody_and_says_why() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.lock("01J", PLACE, b"x").unwrap();
    vault.lock("01K", PLACE, b"y").unwrap();
    vault.settle().unwrap();
    drop(vault);
    let older = place.copy_keys();
    place.open().unwrap().erase("01J").unwrap();

    // The thief, or the hasty administrator, puts the older keyring back beside the master key of today.
    for name in ["keyring.db", "keyring.db-wal", "keyring.db-shm"] {
        let _ = std::fs::remove_file(place.keys().join(name));
    }
    std::fs::remove_file(older.path().join("master.key")).unwrap();
    copy_files(older.path(), &place.keys());
    let problem = place.open().err().unwrap();
    assert!(matches!(problem, KeyProblem::Version { needed: 1, .. }), "{problem}");
    assert!(problem.to_string().contains("古い鍵束"), "{problem}");
}

#[test]
fn an_old_database_with_the_keyring_of_today_shows_nothing_of_the_erased() {
    on_each_database(|place| {
        let vault = place.open().unwrap();
        // What an old backup of the records holds:
        let old: Vec<String> =
            (0..20).map(|n| vault.lock("01J", &format!("person/01J/{n}"), b"secret").unwrap()).collect();
        vault.erase("01J").unwrap();
        drop(vault);
        let vault = place.open().unwrap();
        for (n, text) in old.iter().enumerate() {
            assert_eq!(vault.open("01J", &format!("person/01J/{n}"), text).unwrap(), None);
        }
    });
}

#[test]
fn the_bytes_of_the_destroyed_key_are_gone_from_every_file() {
    let place = Place::new();
    let vault = place.open().unwrap();
    vault.lock("01J", PLACE, b"x").unwrap();
    vault.settle().unwrap();
    let master = std::fs::read_to_string(place.keys().join("master.key")).unwrap();
    let first = master.lines().find_map(|line| line.strip_prefix("version 1 ")).unwrap().to_owned();
    vault.erase("01J").unwrap();
    drop(vault);
    for file in std::fs::read_dir(place.keys()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(first.len()).any(|window| window == first.as_bytes()));
    }
    // Inside, too: the keyring is opened with its own key, and the old ring key and the wrapped key are not there.
    let vault = place.open().unwrap();
    let status = vault.status().unwrap();
    assert_eq!(status.versions.iter().map(|version| version.ring.is_some()).collect::<Vec<_>>(), [false, true]);
    assert!(status.versions[0].retired_at.is_some());
}
