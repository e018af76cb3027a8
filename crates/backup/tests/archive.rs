//! Stories of the archive: what was put in comes out, and every other file is refused for the right reason.

use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret;
use backup::{
    ArchiveWriter, DATABASE, DATABASE_KEY, FORMAT, JournalState, Lock, Manifest, Opener, Problem, file_digest,
    new_identity, pass, sidecar,
};

fn manifest() -> Manifest {
    Manifest {
        format: FORMAT.into(),
        program: "0".into(),
        taken_at: "2026-11-22T00:00:00Z".parse().unwrap(),
        agency: "見本省".into(),
        database: "sqlite".into(),
        namespace: None,
        schema: 3,
        records: 1,
        journal: JournalState { origin: None, entries: 1, last_sequence: 1, last_at: None, checkpoint: None },
        keyring: None,
        parts: vec![],
    }
}

fn keys() -> (Opener, Lock) {
    let (secret, recipient) = new_identity();
    let opener = Opener::identities(&format!("# 見本\n{}\n", secret.expose_secret())).unwrap();
    (opener, Lock::recipients([recipient.as_str()]).unwrap())
}

/// A database of 20 MB that does not compress or repeat.
fn database() -> Vec<u8> {
    (0..20_000_000_u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect()
}

fn make(path: &Path, lock: &Lock, database: &[u8]) -> Manifest {
    let mut writer = ArchiveWriter::create(path, lock, 0).unwrap();
    writer.part("settings/daicho.toml", b"agency = \"x\"").unwrap();
    writer.part(DATABASE_KEY, b"00").unwrap();
    for piece in database.chunks(777_777) {
        writer.database(piece).unwrap();
    }
    let (manifest, finished) = writer.finish(manifest()).unwrap();
    assert_eq!(file_digest(path).unwrap(), (finished.sha256, finished.size));
    manifest
}

fn check(path: &Path, opener: &Opener) -> Result<Manifest, Problem> {
    pass(path, opener, &mut |_| Ok(()))
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daicho-20261122T000000Z.age");
    (folder, path)
}

#[test]
fn what_was_put_in_comes_out() {
    let (folder, path) = folder();
    let (opener, lock) = keys();
    let content = database();
    let made = make(&path, &lock, &content);
    let mut back = Vec::new();
    let read = pass(&path, &opener, &mut |part| {
        if part.name.starts_with(DATABASE) {
            part.content.read_to_end(&mut back).unwrap();
        }
        Ok(())
    })
    .unwrap();
    assert!(back == content, "the database is the same");
    assert_eq!(read, made);
    assert_eq!(read.parts.iter().filter(|part| part.name.starts_with(DATABASE)).count(), 3);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "the backup and its hash, nothing else");
    let line = std::fs::read_to_string(sidecar(&path)).unwrap();
    assert!(line.ends_with("  daicho-20261122T000000Z.age\n"), "{line}");

    // A second backup does not overwrite it.
    assert!(matches!(ArchiveWriter::create(&path, &lock, 0), Err(Problem::File(..))));
}

#[test]
fn only_the_right_key_or_passphrase_opens_it() {
    let (folder, path) = folder();
    let (opener, lock) = keys();
    make(&path, &lock, b"x");
    assert!(matches!(check(&path, &keys().0), Err(Problem::Closed(_))));
    assert!(matches!(check(&path, &Opener::passphrase("見本の長い合言葉なのです。")), Err(Problem::Closed(_))));
    check(&path, &opener).unwrap();

    let other = folder.path().join("other.age");
    make(&other, &Lock::passphrase("見本の長い合言葉なのです。\n").unwrap(), b"x");
    check(&other, &Opener::passphrase("見本の長い合言葉なのです。")).unwrap();
    assert!(matches!(check(&other, &Opener::passphrase("別の長い合言葉です。。")), Err(Problem::Closed(_))));
    assert!(matches!(check(&other, &opener), Err(Problem::Closed(_))));
    assert!(Lock::passphrase("短い").is_err());
    assert!(Lock::recipients(["AGE-SECRET-KEY-1"]).is_err());
    assert!(Lock::recipients([]).is_err());
}

#[test]
fn every_changed_or_missing_byte_is_found() {
    let (_folder, path) = folder();
    let (opener, lock) = keys();
    make(&path, &lock, &database()[..300_000]);
    let whole = std::fs::read(&path).unwrap();
    for place in (0..whole.len()).step_by(whole.len() / 40) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(check(&path, &opener).is_err(), "altered at {place}");
        std::fs::write(&path, &whole[..place]).unwrap();
        assert!(check(&path, &opener).is_err(), "cut at {place}");
    }
    // Cut at the border of a block of the age format, and with something behind.
    for blocks in 1..4 {
        std::fs::write(&path, &whole[..whole.len().min(200 + blocks * (65_536 + 16))]).unwrap();
        assert!(check(&path, &opener).is_err());
    }
    std::fs::write(&path, [whole.as_slice(), b"more"].concat()).unwrap();
    assert!(check(&path, &opener).is_err());
    std::fs::write(&path, &whole).unwrap();
    check(&path, &opener).unwrap();
}

/// An archive made by somebody who knows the recipient, as everybody may: opening it must not be dangerous.
fn forged(path: &Path, lock: &Lock, parts: &[(&str, &[u8])]) {
    let Lock::Recipients(list) = lock else { unreachable!() };
    let mut out = Vec::new();
    let encryptor = age::Encryptor::with_recipients(list.iter().map(|one| one as &dyn age::Recipient)).unwrap();
    let mut tar = tar::Builder::new(encryptor.wrap_output(&mut out).unwrap());
    for (name, content) in parts {
        let mut header = tar::Header::new_gnu();
        // Written past the checks of the writer, as a forger would.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        header.set_entry_type(if name.starts_with("link") { tar::EntryType::Symlink } else { tar::EntryType::Regular });
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
    std::fs::write(path, out).unwrap();
}

#[test]
fn a_forged_archive_is_refused() {
    let (_folder, path) = folder();
    let (opener, lock) = keys();
    let text = serde_json::to_vec(&manifest()).unwrap();
    let newer = serde_json::to_vec(&Manifest { format: "daicho-backup/9".into(), ..manifest() }).unwrap();
    let cases: [(&str, &[(&str, &[u8])], &str); 8] = [
        ("no manifest", &[("a", b"1")], "目録がありません"),
        ("a part more than the manifest says", &[("a", b"1"), ("manifest.json", &text)], "目録にない"),
        ("out of the folder", &[("../a", b"1"), ("manifest.json", &text)], "あってはならない"),
        ("an absolute place", &[("/etc/a", b"1"), ("manifest.json", &text)], "あってはならない"),
        ("a link", &[("link", b""), ("manifest.json", &text)], "あってはならない"),
        ("behind the manifest", &[("manifest.json", &text), ("a", b"1")], "目録の後"),
        ("a newer format", &[("manifest.json", &newer)], "この版では読めません"),
        ("no JSON", &[("manifest.json", b"{")], "目録を読めません"),
    ];
    for (case, parts, words) in cases {
        forged(&path, &lock, parts);
        let problem = check(&path, &opener).unwrap_err().to_string();
        assert!(problem.contains(words), "{case}: {problem}");
    }
}

#[test]
fn an_unfinished_archive_leaves_nothing() {
    let (folder, path) = folder();
    let (_, lock) = keys();
    let mut writer = ArchiveWriter::create(&path, &lock, 0).unwrap();
    writer.database(&[1; 9_000_000]).unwrap();
    assert!(matches!(ArchiveWriter::create(&path, &lock, 0), Err(Problem::File(..))), "one writer at a time");
    drop(writer);
    assert!(!path.exists());
    // What a killed one left is no hindrance.
    std::fs::write(folder.path().join("daicho-20261122T000000Z.age.part"), b"rest").unwrap();
    make(&path, &lock, b"x");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}
