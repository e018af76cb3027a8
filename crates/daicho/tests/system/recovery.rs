//! Backups of the whole program: made while it serves, checked, rehearsed and restored, by the command line alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use calendar::SystemClock;
use daicho::installation::{Ambient, Installation, SystemEntropy};
use daicho::settings::Settings;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::database::{Where, on_each_place};
use crate::program::{Program, Serving};

/// A key of its own and an installation with a token for the role `personnel`.
struct Story {
    program: Program,
    place: Where,
    identity: PathBuf,
    recipient: String,
    token: String,
}

impl Story {
    fn new(place: Where) -> Self {
        let program = Program::at(&place);
        program.init();
        let token = program.token("personnel");
        let identity = program.path("identity.txt");
        let out = program.done(&["backup", "key", "--out", &text(&identity)]);
        let recipient = out.lines().find_map(|line| line.strip_prefix("公開鍵: ")).expect("a public key").to_string();
        Self { program, place, identity, recipient, token }
    }

    fn backup(&self, name: &str) -> PathBuf {
        let path = self.program.path(name);
        self.program.done(&["backup", "--out", &text(&path), "--recipient", &self.recipient]);
        path
    }

    fn opened(&self, act: &[&str], path: &Path) -> crate::program::Ended {
        let (path, identity) = (text(path), text(&self.identity));
        let mut arguments = act.to_vec();
        arguments.extend([path.as_str(), "--identity", identity.as_str()]);
        self.program.run(arguments)
    }

    fn names(&self) -> Vec<String> {
        let out = self.program.path("out");
        self.program.done(&["export", "person", "--reason", "見本", "--format", "json", "--out", &text(&out)]);
        let text = std::fs::read_to_string(out.join("person.json")).expect("the export");
        let all: Value = serde_json::from_str(&text).expect("JSON");
        let list = all.get("records").unwrap_or(&all).as_array().cloned().unwrap_or_default();
        let mut names: Vec<String> = list
            .iter()
            .map(|one| one.get("values").unwrap_or(one)["number"].as_str().unwrap_or_default().to_string())
            .collect();
        names.sort();
        names
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn add(machine: &Browser, number: &str, name: &str) -> u16 {
    let body = json!({ "number": number, "name": name }).to_string();
    let headers = [("content-type", "application/json")];
    machine
        .try_call("POST", "/api/v1/ledgers/person/records", &headers, body.as_bytes())
        .map_or(0, |reply| reply.status)
}

fn found(serving: &Serving, token: &str, word: &str) -> u64 {
    let machine = Browser::with_token(serving.address, token);
    let word: String = word.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let page = machine.get(&format!("/api/v1/ledgers/person/records?limit=1&count=true&q={word}"));
    page.json()["count"].as_u64().unwrap_or_default()
}

#[test]
fn a_folder_of_generations_goes_back_to_the_newest_not_after_an_instant() {
    on_each_place(|place| {
        let story = Story::new(place);
        for (number, name) in [("G0001", "daicho-20261101T000000Z.age"), ("G0002", "daicho-20261103T000000Z.age")] {
            let serving = story.program.serve(|_| {});
            assert_eq!(add(&Browser::with_token(serving.address, &story.token), number, "見本　花子"), 201);
            serving.stop();
            story.program.file(&format!("generations/{name}"), "");
            std::fs::remove_file(story.program.path("generations").join(name)).expect("an empty folder");
            story.backup(&format!("generations/{name}"));
        }
        let folder = story.program.path("generations");
        if story.program.url().is_some() {
            // A server goes back by its own log; the operator is told how, and nothing happens.
            let told = story.opened(&["restore", "--until", "2026-11-02 09:30"], &folder);
            assert_eq!(told.code, 2, "{}{}", told.out, told.err);
            for words in ["recovery_target_time = '2026-11-02 09:30:00+09'", "何も変えていません", "journal resume"]
            {
                assert!(told.err.contains(words), "{words}: {}", told.err);
            }
            assert_eq!(story.names(), ["G0001", "G0002"]);
            return;
        }
        let early = story.opened(&["restore", "--until", "2026-11-01T08:59"], &folder);
        assert!(early.code == 1 && early.err.contains("最も古い世代は 2026年11月1日 9:00"), "{}", early.err);
        let restored = story.opened(&["restore", "--accept-loss", "--until", "2026-11-02 09:30"], &folder);
        assert_eq!(restored.code, 0, "{}", restored.err);
        for words in
            ["20261101T000000Z.age", "指定した時点: 2026-11-02T09:30:00+09:00", "(24時間30分)", "2026-11-03T09:00"]
        {
            assert!(restored.err.contains(words), "{words}: {}", restored.err);
        }
        assert!(restored.out.contains("最後の証跡: "), "{}", restored.out);
        assert_eq!(story.names(), ["G0001"]);
        // Without an instant the newest is taken.
        let restored = story.opened(&["restore", "--accept-loss"], &folder);
        assert_eq!(restored.code, 0, "{}", restored.err);
        assert_eq!(story.names(), ["G0001", "G0002"]);
    });
}

#[test]
fn a_backup_made_while_serving_restores_to_what_was_there() {
    on_each_place(|place| {
        let story = Story::new(place);
        let serving = story.program.serve(|_| {});
        let machine = Browser::with_token(serving.address, &story.token);
        for number in 0..20 {
            assert_eq!(add(&machine, &format!("A{number:04}"), "見本　花子"), 201);
        }
        // Others write while it is made: each record is in it whole, or not at all.
        let (stop, written) = (AtomicBool::new(false), AtomicU64::new(0));
        let path = std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let number = written.fetch_add(1, Ordering::Relaxed);
                    assert_eq!(add(&machine, &format!("B{number:04}"), "見本　太郎"), 201);
                }
            });
            let path = story.backup("one.age");
            stop.store(true, Ordering::Relaxed);
            path
        });
        // The keyring stands apart, one generation.
        let copies = ["keyring-copy.db", "keyring-copy.dump"].map(|name| story.program.path(name).is_file());
        assert_eq!(copies.iter().filter(|there| **there).count(), 1, "{copies:?}");
        // The file says nothing to whoever has no key; the hash beside it is the one of the ledger.
        let bytes = std::fs::read(&path).expect("the backup");
        assert!(bytes.starts_with(b"age-encryption.org/v1"), "the public tool opens it");
        assert!(!bytes.windows(6).any(|window| window == "花子".as_bytes()));
        let checked = story.program.run(["backup", "check", &text(&path)]);
        assert_eq!(checked.code, 0, "{}", checked.err);
        assert!(checked.out.contains("SHA-256と一致"), "{}", checked.out);
        let checked = story.opened(&["backup", "check"], &path);
        assert!(checked.out.contains("壊れていません") && checked.out.contains("台帳に記録"), "{}", checked.out);

        // A rehearsal beside the running program; it leaves nothing behind.
        let rehearsed = story.opened(&["backup", "rehearse"], &path);
        assert_eq!(rehearsed.code, 0, "{}", rehearsed.err);
        assert!(rehearsed.out.contains("復元できました"), "{}", rehearsed.out);
        assert!(!story.program.data().join("rehearsing").exists());

        // Nobody restores under a running program.
        let refused = story.opened(&["restore"], &path);
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("使っているプログラム"), "{}", refused.err);
        serving.stop();

        // What came after would be lost, and it is said how much.
        let before = story.names();
        let refused = story.opened(&["restore"], &path);
        assert_eq!(refused.code, 2, "{}{}", refused.out, refused.err);
        assert!(refused.err.contains("失われる証跡"), "{}", refused.err);
        assert_eq!(story.names(), before, "nothing was changed");
        let restored = story.opened(&["restore", "--accept-loss"], &path);
        assert_eq!(restored.code, 0, "{}", restored.err);
        assert!(restored.out.contains("サインインし直す"), "{}", restored.out);
        story.program.done(&["verify"]);

        let after = story.names();
        assert!(after.iter().filter(|number| number.starts_with('A')).count() == 20, "{after:?}");
        assert!(after.len() <= before.len() && after.iter().all(|number| before.contains(number)));
        // It serves, finds by name (search texts are not in the backup) and keeps numbers unique.
        let serving = story.program.serve(|_| {});
        assert_eq!(found(&serving, &story.token, "花子"), 20);
        let machine = Browser::with_token(serving.address, &story.token);
        assert_eq!(add(&machine, "A0001", "見本"), 422, "the unique key is there again");
        assert_eq!(add(&machine, "C0001", "見本"), 201);
        serving.stop();
        story.program.done(&["verify"]);
        drop(story.place);
    });
}

#[test]
fn a_damaged_backup_or_a_wrong_key_changes_nothing() {
    on_each_place(|place| {
        let story = Story::new(place);
        let path = story.backup("one.age");
        let whole = std::fs::read(&path).expect("the backup");
        let other = story.program.path("other.txt");
        story.program.done(&["backup", "key", "--out", &text(&other)]);
        let wrong = story.program.run(["restore", &text(&path), "--identity", &text(&other)]);
        assert!(wrong.code == 1 && wrong.err.contains("このバックアップのものではありません"), "{}", wrong.err);
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, &bytes).expect("a damaged backup");
        for act in [["restore", "--accept-loss"].as_slice(), &["backup", "rehearse"], &["backup", "check"]] {
            let refused = story.opened(act, &path);
            assert!(refused.code == 1, "{act:?}: {}{}", refused.out, refused.err);
        }
        assert!(story.names().is_empty(), "the installation opens as before");
        let folder = std::fs::read_dir(story.program.data()).expect("the data directory");
        let names: Vec<String> =
            folder.map(|one| one.expect("an entry").file_name().to_string_lossy().into()).collect();
        assert!(!names.iter().any(|name| name.starts_with("before-") || name == "restoring"), "{names:?}");
        // The ledger knows it as bad, and it is somebody's duty.
        let out = story.program.path("out");
        story.program.done(&["export", "backup_generation", "--out", &text(&out)]);
        let csv = std::fs::read_to_string(out.join("backup_generation.csv")).expect("the export");
        assert!(csv.contains("壊れています") || csv.contains("SHA-256"), "{csv}");
        drop(story.place);
    });
}

#[test]
fn a_backup_is_never_made_for_nobody() {
    let program = Program::new();
    program.init();
    let refused = program.run(["backup", "--out", &text(&program.path("one.age"))]);
    assert!(refused.code == 1 && refused.err.contains("いつも暗号化"), "{}", refused.err);
    let short = program.file("word.txt", "short\n");
    let refused = program.run(["backup", "--out", &text(&program.path("one.age")), "--passphrase-file", &text(&short)]);
    assert!(refused.code == 1 && refused.err.contains("12文字以上"), "{}", refused.err);
    assert!(!program.path("one.age").exists());
}

#[test]
fn an_old_backup_shows_nothing_of_a_person_whose_key_was_destroyed_since() {
    on_each_place(|place| {
        let story = Story::new(place);
        let serving = story.program.serve(|_| {});
        let machine = Browser::with_token(serving.address, &story.token);
        let headers = [("content-type", "application/json")];
        let ids = [("A0001", "見本　花子"), ("A0002", "見本　太郎")].map(|(number, name)| {
            let body = json!({ "number": number, "name": name }).to_string();
            let reply = machine.try_call("POST", "/api/v1/ledgers/person/records", &headers, body.as_bytes());
            let reply = reply.expect("an answer").json();
            reply["id"].as_str().expect("an identifier").to_string()
        });
        serving.stop();
        let path = story.backup("one.age");

        let settings = Settings { database_url: story.place.url.clone(), ..Settings::default() };
        let ambient = Ambient { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) };
        let vault = Installation::open_vault(&story.program.data(), &settings, &ambient).expect("the keys");
        vault.erase(&ids[0]).expect("the key is destroyed");
        drop(vault);

        let restored = story.opened(&["restore", "--accept-loss"], &path);
        assert_eq!(restored.code, 0, "{}", restored.err);
        let out = story.program.path("out");
        story.program.done(&["export", "person", "--reason", "見本", "--out", &text(&out)]);
        let csv = std::fs::read_to_string(out.join("person.csv")).expect("the export");
        assert!(csv.contains("A0001") && csv.contains("太郎"), "{csv}");
        assert!(!csv.contains("花子") && csv.contains("消去済み"), "{csv}");
        let serving = story.program.serve(|_| {});
        assert_eq!(found(&serving, &story.token, "花子"), 0, "nobody finds what was erased");
        assert_eq!(found(&serving, &story.token, "太郎"), 1);
        serving.stop();
        story.program.done(&["verify"]);
    });
}
