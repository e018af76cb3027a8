//! Exported journals: written, read back, verified, and altered in every way that comes to mind.

use std::io;
use std::path::Path;

use sha2::Digest as _;

use journal::removal::{self, Removal};
use journal::tree;
use journal::{
    Actor, Checkpoint, Content, Entry, Finding, FolderWriter, Growth, Hash, JournalSource, SigningKey, TarWriter,
    TileId, TileNodes, VerifierKey, Writing, cosign, export, leaf_bytes, leaf_hash, open_exported, verify_exported,
};

/// A journal in memory: made-up entries, their tiles, a checkpoint with a cosignature.
struct Sample {
    entries: Vec<Vec<u8>>,
    tiles: std::collections::BTreeMap<(Content, u64), Vec<Hash>>,
    checkpoint: Checkpoint,
    note: String,
    key: VerifierKey,
    witness: VerifierKey,
}

impl Sample {
    fn of(count: usize) -> Self {
        Self::with(count, &[])
    }

    /// A journal in which an entry was disposed of, asked for by `one` and approved by this account.
    fn disposed(count: usize, approved_by: &str) -> Self {
        let at = "2026-04-01T00:00:00Z".parse().unwrap();
        let entry = |act: &str, account: &str, after: serde_json::Value| {
            let mut entry = Entry {
                at,
                actor: Actor::system("x"),
                ledger: "disposal".into(),
                record: "D1".into(),
                revision: 1,
                act: act.into(),
                reason: None,
                state_before: None,
                state_after: None,
                changes: [(act.to_owned(), journal::Change { before: serde_json::Value::Null, after })].into(),
                batch: None,
            };
            entry.actor.account = account.into();
            entry.canonical()
        };
        // The third entry is a long one, the fifth is not.
        let leaf = |place: usize| leaf_hash(&leaf_bytes(&Self::of(count).entries[place]));
        let removed: Vec<(Removal, Vec<u8>)> = [3, 5]
            .map(|place: usize| {
                let husk = removal::husk(at, "D1", &leaf(place), None);
                let position = place as u64;
                let digest = sha2::Sha256::digest(&husk).into();
                (Removal { sequence: 1, position, leaf: leaf(place), husk: digest }, husk)
            })
            .into();
        let told: Vec<Removal> = removed.iter().map(|(one, _)| one.clone()).collect();
        let mut sample = Self::with(
            count,
            &[
                entry("transition:ask", "one", serde_json::Value::Null),
                entry("transition:approve", approved_by, serde_json::Value::Null),
                entry(journal::act::DISPOSE, "system", serde_json::json!({ "entries": removal::told(&told) })),
            ],
        );
        for (one, husk) in removed {
            sample.entries[one.position as usize] = husk;
        }
        sample
    }

    fn with(count: usize, more: &[Vec<u8>]) -> Self {
        let key = SigningKey::from_seed("example.jp/daicho", [7; 32]).unwrap();
        let witness = SigningKey::from_seed("witness.example.jp", [8; 32]).unwrap();
        let entry = |number: usize| {
            let long = if number % 400 == 3 { "長".repeat(30_000) } else { "短".repeat(number % 7) };
            let text = format!(
                "{{\"act\":\"amend\",\"actor\":{{\"account\":\"a\",\"address\":null,\"channel\":\"page\",\"device\":null,\
                 \"login\":\"taro\",\"person\":null}},\"at\":\"2026-04-01T00:00:00Z\",\"batch\":null,\
                 \"changes\":{{\"note\":{{\"after\":\"{long}\",\"before\":null}}}},\"ledger\":\"person\",\
                 \"reason\":null,\"record\":\"R{number:06}\",\"revision\":1,\"state_after\":null,\"state_before\":null}}"
            );
            text.into_bytes()
        };
        let entries: Vec<_> = (0..count).map(entry).chain(more.iter().cloned()).collect();
        let count = entries.len();
        let mut growth = Growth::empty();
        entries.iter().for_each(|entry| growth.push(leaf_hash(&leaf_bytes(entry))));
        let tiles =
            growth.take_tiles().into_iter().map(|(tile, hashes)| ((tile.content, tile.number), hashes)).collect();
        let checkpoint = Checkpoint { origin: "example.jp/daicho".into(), size: count as u64, root: growth.root() };
        let mut note = checkpoint.sign(&key);
        note.signatures.push(cosign(&witness, &note.text, 1_800_000_000));
        Self {
            entries,
            tiles,
            checkpoint,
            note: note.to_string(),
            key: key.verifier().clone(),
            witness: witness.verifier().cosigner(),
        }
    }

    fn write(&mut self, out: impl Writing) {
        let (size, note, key, witness) =
            (self.checkpoint.size, self.note.clone(), self.key.clone(), self.witness.clone());
        export(self, size, &note, &key, &[witness], out).unwrap();
    }
}

impl JournalSource for Sample {
    type Error = io::Error;
    fn tile(&mut self, tile: TileId) -> io::Result<Vec<Hash>> {
        Ok(self.tiles[&(tile.content, tile.number)].clone())
    }
    fn entries(&mut self, start: u64, count: u16) -> io::Result<Vec<Vec<u8>>> {
        Ok(self.entries[start as usize..][..usize::from(count)].to_vec())
    }
}

#[test]
fn a_lawful_removal_verifies_and_any_other_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, approved_by, lawful) in [("two", "two", true), ("alone", "one", false)] {
        let path = folder.path().join(name);
        Sample::disposed(300, approved_by).write(FolderWriter::create(&path).unwrap());
        let found = findings(&path);
        let places: Vec<u64> = found
            .iter()
            .map(|finding| match finding {
                Finding::Entry { position, .. } => *position,
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(places, if lawful { vec![] } else { vec![3, 5] }, "{found:?}");
    }
    // The same body taken out without any disposal.
    let mut sample = Sample::of(300);
    let leaf = leaf_hash(&leaf_bytes(&sample.entries[5]));
    sample.entries[5] = removal::husk("2026-04-01T00:00:00Z".parse().unwrap(), "D1", &leaf, None);
    let path = folder.path().join("forged");
    sample.write(FolderWriter::create(&path).unwrap());
    let found = findings(&path);
    assert!(matches!(found.as_slice(), [Finding::Entry { position: 5, .. }]), "{found:?}");
}

fn findings(path: &Path) -> Vec<Finding> {
    match open_exported(path) {
        Ok(files) => verify_exported(files.as_ref(), None, 2).err().unwrap_or_default(),
        Err(error) => vec![Finding::File { path: String::new(), reason: error.to_string() }],
    }
}

#[test]
fn an_export_verifies_as_file_and_as_folder_at_many_sizes() {
    let folder = tempfile::tempdir().unwrap();
    for count in [0usize, 1, 2, 255, 256, 257, 512, 700] {
        let mut sample = Sample::of(count);
        let (file, tree) = (folder.path().join(format!("{count}.tar")), folder.path().join(format!("{count}")));
        sample.write(TarWriter::create(&file).unwrap());
        sample.write(FolderWriter::create(&tree).unwrap());
        for path in [file, tree] {
            let files = open_exported(&path).unwrap();
            for threads in [1, 2, 5] {
                let verified = verify_exported(files.as_ref(), Some(&sample.key), threads).unwrap();
                assert_eq!(verified.checkpoint, sample.checkpoint);
                assert_eq!(verified.witnesses, [(sample.witness.clone(), 1_800_000_000)]);
            }
            let other = SigningKey::from_seed("example.jp/daicho", [9; 32]).unwrap();
            assert!(verify_exported(files.as_ref(), Some(other.verifier()), 1).is_err());
        }
    }
}

/// More than 65,536 entries, so that there is a level 2.
#[test]
fn a_tall_tree_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let key = SigningKey::from_seed("example.jp/daicho", [7; 32]).unwrap();
    struct Plain(Vec<(TileId, Vec<Hash>)>);
    impl JournalSource for Plain {
        type Error = io::Error;
        fn tile(&mut self, tile: TileId) -> io::Result<Vec<Hash>> {
            Ok(self.0.iter().find(|(known, _)| *known == tile).unwrap().1.clone())
        }
        fn entries(&mut self, start: u64, count: u16) -> io::Result<Vec<Vec<u8>>> {
            Ok((start..start + u64::from(count)).map(|number| number.to_string().into_bytes()).collect())
        }
    }
    for count in [65_536u64, 65_537, 70_000] {
        let mut growth = Growth::empty();
        (0..count).for_each(|number| growth.push(leaf_hash(number.to_string().as_bytes())));
        let note = Checkpoint { origin: "example.jp/daicho".into(), size: count, root: growth.root() }.sign(&key);
        let path = folder.path().join(format!("{count}.tar"));
        let out = TarWriter::create(&path).unwrap();
        export(&mut Plain(growth.take_tiles()), count, &note.to_string(), key.verifier(), &[], out).unwrap();
        assert_eq!(findings(&path), []);
    }
}

#[test]
fn the_first_altered_entry_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut sample = Sample::of(700);
    let change =
        |entry: &mut Vec<u8>| *entry = String::from_utf8(entry.clone()).unwrap().replace("taro", "jiro").into();
    change(&mut sample.entries[300]);
    change(&mut sample.entries[511]);
    sample.entries[600] = Vec::new();
    let path = folder.path().join("altered.tar");
    sample.write(TarWriter::create(&path).unwrap());
    let found = findings(&path);
    let positions: Vec<_> = found
        .iter()
        .map(|finding| match finding {
            Finding::Entry { position, record, .. } => (*position, record.as_deref()),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(positions, [(300, Some("R000300")), (511, Some("R000511")), (600, None)]);
    assert!(found[0].to_string().contains("台帳 person・記録 R000300"), "{}", found[0]);
}

/// Who can alter the entries and all hashes, but has no key, is found by the root.
#[test]
fn entries_altered_with_all_their_hashes_do_not_fit_the_signature() {
    let folder = tempfile::tempdir().unwrap();
    let (honest, mut forged) = (Sample::of(300), Sample::of(301));
    forged.checkpoint = honest.checkpoint.clone();
    forged.note = honest.note.clone();
    forged.entries[5] = forged.entries[6].clone();
    let mut growth = Growth::empty();
    forged.entries[..300].iter().for_each(|entry| growth.push(leaf_hash(&leaf_bytes(entry))));
    forged.tiles =
        growth.take_tiles().into_iter().map(|(tile, hashes)| ((tile.content, tile.number), hashes)).collect();
    let path = folder.path().join("forged.tar");
    forged.write(TarWriter::create(&path).unwrap());
    assert!(matches!(findings(&path)[..], [Finding::Seal { .. }]));
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % below
    }
}

#[test]
fn a_thousand_alterations_of_the_file_are_all_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut sample = Sample::of(520);
    let path = folder.path().join("journal.tar");
    sample.write(TarWriter::create(&path).unwrap());
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(findings(&path), []);
    let altered = folder.path().join("altered.tar");
    let mut dice = Dice(42);
    for round in 0..1_000 {
        let mut changed = bytes.clone();
        let place = dice.next(bytes.len());
        match round % 5 {
            0 | 1 => changed[place] ^= 1 << dice.next(8),
            2 => {
                changed.remove(place);
            }
            3 => changed.insert(place, dice.next(256) as u8),
            _ => changed.truncate(place),
        }
        if changed == bytes {
            continue;
        }
        std::fs::write(&altered, &changed).unwrap();
        assert_ne!(findings(&altered), [], "round {round} at {place}");
    }
}

#[test]
fn files_added_removed_or_exchanged_in_a_folder_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut sample = Sample::of(600);
    let whole = folder.path().join("whole");
    sample.write(FolderWriter::create(&whole).unwrap());
    let paths = open_exported(&whole).unwrap().paths();
    assert!(paths.contains("tile/entries/002.p/88") && paths.contains("tile/1/000.p/2"), "{paths:?}");
    for path in &paths {
        let (place, kept) = (whole.join(path), folder.path().join("kept"));
        std::fs::rename(&place, &kept).unwrap();
        assert_ne!(findings(&whole), [], "{path} is missing");
        std::fs::write(&place, b"x").unwrap();
        assert_ne!(findings(&whole), [], "{path} is another");
        std::fs::rename(&kept, &place).unwrap();
    }
    assert_eq!(findings(&whole), []);
    std::fs::write(whole.join("note.txt"), "x").unwrap();
    assert_eq!(findings(&whole).len(), 1);
}

#[test]
fn hostile_files_are_refused_without_harm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile");
    let mut cases: Vec<Vec<u8>> = vec![vec![], vec![0; 1_024], vec![0; 1_536], vec![0xff; 5_000], b"x".to_vec()];
    // A checkpoint over 2^63 entries with nothing behind it.
    let key = SigningKey::from_seed("example.jp/daicho", [7; 32]).unwrap();
    let huge = Checkpoint { origin: "example.jp/daicho".into(), size: 1 << 62, root: [0; 32] }.sign(&key).to_string();
    let file = folder.path().join("huge.tar");
    let mut out = TarWriter::create(&file).unwrap();
    out.file("vkey", format!("{}\n", key.verifier()).as_bytes()).unwrap();
    out.file("checkpoint", huge.as_bytes()).unwrap();
    out.finish().unwrap();
    cases.push(std::fs::read(&file).unwrap());
    for bytes in cases {
        std::fs::write(&path, bytes).unwrap();
        assert_ne!(findings(&path), []);
    }
}

/// Our proofs and checkpoints, judged by a program that knows only the documents of C2SP and the RFCs.
#[test]
fn an_independent_program_agrees() {
    let folder = tempfile::tempdir().unwrap();
    let mut sample = Sample::of(700);
    sample.write(FolderWriter::create(&folder.path().join("journal")).unwrap());
    let tiles = sample.tiles.clone();
    let mut nodes = TileNodes::new(700, |tile| Ok::<_, io::Error>(tiles[&(tile.content, tile.number)].clone()));
    let old = tree::root(&mut nodes, 300).unwrap();
    let key = SigningKey::from_seed("example.jp/daicho", [7; 32]).unwrap();
    let before = Checkpoint { origin: "example.jp/daicho".into(), size: 300, root: old }.sign(&key).to_string();
    let consistency = tree::consistency(&mut nodes, 300, 700).unwrap();
    let request = journal::witness::AddCheckpoint { old: 300, proof: consistency, checkpoint: sample.note.clone() };
    let hashes = tree::inclusion(&mut nodes, 299, 700).unwrap();
    let extra = Some(sample.entries[299].clone());
    let proof = journal::Proof { extra, index: 299, hashes, checkpoint: sample.note.clone() };
    for (name, text) in [
        ("before", before),
        ("request", request.to_string()),
        ("proof", proof.to_string()),
        ("proof-altered", proof.to_string().replacen("index 299", "index 298", 1)),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let keys = [sample.key.to_string(), sample.witness.to_string()];
    let run = |proof: &str| {
        std::process::Command::new("node")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("checks/verify.mjs"))
            .args(["journal", "before", "request", proof].map(|name| folder.path().join(name)))
            .args(&keys)
            .output()
            .expect("node is needed to build the assets, so it is there")
    };
    let done = run("proof");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(!run("proof-altered").status.success());
    for (name, approved_by, lawful) in [("two", "two", true), ("alone", "one", false)] {
        let mut sample = Sample::disposed(697, approved_by);
        let place = folder.path().join("journal");
        std::fs::remove_dir_all(&place).unwrap();
        sample.write(FolderWriter::create(&place).unwrap());
        let done = run("proof");
        let words = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(
            (done.status.success(), words.contains("was removed without")),
            (lawful, !lawful),
            "{name}: {words}"
        );
    }
    std::fs::remove_dir_all(folder.path().join("journal")).unwrap();
    sample.write(FolderWriter::create(&folder.path().join("journal")).unwrap());
    assert!(run("proof").status.success());
    let place = folder.path().join("journal/tile/entries/001");
    let mut bytes = std::fs::read(&place).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&place, bytes).unwrap();
    assert!(!run("proof").status.success());
}
