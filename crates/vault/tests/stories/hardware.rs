//! A master key in a hardware module, told on SoftHSM 2, an implementation of PKCS#11 that we did not write.

use std::path::Path;
use std::process::Command;

use ledger::port::Protection;
use vault::KeyProblem;

use crate::Place;

const MODULES: [&str; 2] = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"];
const PIN: &str = "4711-0815";

/// The module reads its configuration from the environment, which is set for a program of its own: this one, once more.
#[test]
fn a_master_key_in_a_token() {
    let Some(module) = MODULES.iter().find(|path| Path::new(path).exists()) else {
        assert!(std::env::var("CI").is_err(), "CI must test PKCS#11 too: install softhsm2");
        eprintln!("SKIPPED: SoftHSM 2 is not installed (apt-get install softhsm2)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let settings = folder.path().join("softhsm2.conf");
    std::fs::write(&settings, format!("directories.tokendir = {}\nobjectstore.backend = file\n", tokens.display()))
        .unwrap();
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", "daicho", "--so-pin", "12345678", "--pin", PIN])
        .env("SOFTHSM2_CONF", &settings)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let told = Command::new(std::env::current_exe().unwrap())
        .args(["hardware::inside", "--exact", "--ignored", "--nocapture"])
        .env("SOFTHSM2_CONF", &settings)
        .env("DAICHO_TEST_MODULE", module)
        .output()
        .unwrap();
    let words = format!("{}{}", String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    assert!(told.status.success() && words.contains("1 passed"), "{words}");
}

#[test]
#[ignore = "run by a_master_key_in_a_token, with a token"]
fn inside() {
    let module = std::env::var("DAICHO_TEST_MODULE").unwrap();
    let mut place = Place::new();
    let setting = format!("pkcs11:module={module};token=daicho;object=ledger");
    place.settings.master_key = setting.clone();

    // Without a PIN, with a wrong one, with the wrong token.
    assert!(place.open().err().unwrap().to_string().contains("DAICHO_MASTER_KEY_PIN"));
    place.settings.pin = Some("9999".to_string().into());
    let told = place.open().err().unwrap().to_string();
    assert!(told.contains("PINが違います") && !told.contains("9999"), "{told}");
    place.settings.pin = Some(PIN.to_string().into());
    place.settings.master_key = setting.replace("token=daicho", "token=other");
    assert!(place.open().err().unwrap().to_string().contains("other"));
    place.settings.master_key = setting.replace(".so", ".none");
    assert!(place.open().err().unwrap().to_string().contains("module"));

    place.settings.master_key = setting.clone();
    let vault = place.open().unwrap();
    assert_eq!(vault.status().unwrap().provider, "pkcs11");
    assert!(!place.keys().join("master.key").exists());
    let one = vault.lock("01J", "a/b/c", b"one").unwrap();
    let two = vault.lock("01K", "a/b/c", b"two").unwrap();
    vault.settle().unwrap();
    let database = *vault.derive("database").unwrap().expose();
    assert_ne!(database, *vault.derive("guard").unwrap().expose());

    // Rotated, opened anew with the PIN from a file, erased.
    assert_eq!(vault.rotate().unwrap().to, 2);
    drop(vault);
    let pin = place.folder.path().join("pin");
    std::fs::write(&pin, format!("{PIN}\n")).unwrap();
    place.settings.pin = None;
    place.settings.master_key = format!("{setting};pin-file=pin");
    std::fs::set_permissions(&pin, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert!(matches!(place.open().err().unwrap(), KeyProblem::Open { wanted: 0o600, .. }));
    std::fs::set_permissions(&pin, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let vault = place.open().unwrap();
    assert_eq!(*vault.derive("database").unwrap().expose(), database);
    assert_eq!(vault.open("01J", "a/b/c", &one).unwrap().unwrap(), b"one");
    let older = place.copy_keys();
    vault.erase("01J").unwrap();
    assert_eq!(vault.status().unwrap().held, [3]);
    drop(vault);
    let vault = place.open().unwrap();
    assert_eq!(vault.open("01J", "a/b/c", &one).unwrap(), None);
    assert_eq!(vault.open("01K", "a/b/c", &two).unwrap().unwrap(), b"two");
    drop(vault);

    // The keyring from before the erasure opens nothing with the token of today.
    for name in ["keyring.db", "keyring.db-wal", "keyring.db-shm"] {
        let _ = std::fs::remove_file(place.keys().join(name));
    }
    crate::copy_files(older.path(), &place.keys());
    assert!(matches!(place.open().err().unwrap(), KeyProblem::Version { needed: 2, .. }));

    // Another keyring is not begun with a token that holds keys of none, nor are keys made beside encrypted data.
    let mut other = Place::new();
    other.settings.master_key = format!("pkcs11:module={module};token=daicho;object=other;pin-file={}", pin.display());
    std::fs::write(other.folder.path().join("daicho.db"), [7; 100]).unwrap();
    assert!(other.open().err().unwrap().to_string().contains("other-root"));

    // At the end of a contract all keys of this master key are destroyed in the token; those of another are not.
    let other = setting.replace("object=ledger", "object=other");
    let settings = vault::Settings { master_key: format!("{other};pin-file=pin"), ..place.settings.clone() };
    let beside = tempfile::tempdir().unwrap();
    std::fs::copy(&pin, beside.path().join("pin")).unwrap();
    let others = || vault::open(&settings, beside.path(), crate::clock(), crate::entropy());
    drop(others().unwrap());
    let destroy = || vault::destroy_master(&place.settings.master_key, place.folder.path(), None).unwrap();
    assert_eq!((destroy(), destroy()), (2, 0), "the version in force and the root, once");
    assert!(place.open().is_err());
    drop(others().unwrap());
}
