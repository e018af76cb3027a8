//! The end of a contract: everything is handed over in open formats.

use std::path::Path;
use std::sync::Arc;

use calendar::SystemClock;
use daicho::installation::{Ambient, Installation, SystemEntropy};
use daicho::settings::Settings;
use ledger::port::{Attachment, Writer};
use ledger::{Change, Principal};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::values;

use crate::browser::Browser;
use crate::database::on_each_place;
use crate::program::Program;

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// An agency with three persons, one of whom was amended.
fn agency(program: &Program) {
    program.init();
    let token = program.token("personnel");
    let serving = program.serve(|_| {});
    let machine = Browser::with_token(serving.address, &token);
    let headers = [("content-type", "application/json")];
    for (number, name) in [("A0001", "見本　花子"), ("A0002", "見本　太郎"), ("A0003", "見本　次郎")] {
        let body = json!({ "number": number, "name": name }).to_string();
        let reply = machine.try_call("POST", "/api/v1/ledgers/person/records", &headers, body.as_bytes());
        assert_eq!(reply.map_or(0, |reply| reply.status), 201);
    }
    serving.stop();
    attach(program);
}

/// What is attached.
const COPY: &[u8] = b"\x89PNG copy of a licence";

/// Somebody's licence, with its copy.
fn attach(program: &Program) {
    let environment = program.url().map(|url| ("DAICHO_DATABASE_URL".to_owned(), url.to_owned())).into_iter();
    let settings = Settings::read(&program.data(), environment).unwrap();
    let ambient = Ambient { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) };
    let installation = Installation::open(&program.data(), settings, ambient).unwrap();
    let kernel = installation.kernel();
    let attached = installation.store.write(|tx: &mut dyn Writer| {
        let person = tx.lookup("person", "number", &["A0001".to_owned()])?.remove("A0001").unwrap_or_default();
        let file = Attachment {
            id: kernel.new_id(),
            name: "免許証の写し.png".into(),
            media_type: "image/png".into(),
            sha256: hex::encode(Sha256::digest(COPY)),
            content: COPY.to_vec(),
            stored_by: "test".into(),
            stored_at: kernel.now(),
        };
        tx.add_attachment(&file)?;
        let evidence = json!([{
            "id": file.id, "name": file.name, "media_type": file.media_type, "sha256": file.sha256,
            "size": file.content.len(),
        }]);
        let held = values([
            ("person", json!(person[0])),
            ("kind", json!("license")),
            ("name", json!("見本免許")),
            ("acquired_on", json!("2020-04-01")),
            ("source", json!("免許証")),
            ("evidence", evidence),
        ]);
        kernel.commit(tx, &Principal::system("test"), Change::create("qualification", held)).map(drop)
    });
    attached.unwrap();
}

/// Every file below the folder, as the manifest names it.
fn files(folder: &Path, below: &str, found: &mut Vec<String>) {
    for one in std::fs::read_dir(folder.join(below)).expect("a folder") {
        let one = one.expect("an entry");
        let name = format!("{below}{}", one.file_name().to_string_lossy());
        match one.path().is_dir() {
            true => files(folder, &format!("{name}/"), found),
            false => found.push(name),
        }
    }
}

fn json_of(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("the file")).expect("JSON")
}

#[test]
fn everything_is_handed_over_in_open_formats() {
    on_each_place(|place| {
        let program = Program::at(&place);
        agency(&program);
        let out = program.path("all");
        let said = program.run(["export", "--all", "--out", &text(&out)]);
        assert_eq!(said.code, 0, "{}{}", said.out, said.err);
        assert!(said.err.contains("証跡"), "progress is told: {}", said.err);

        let manifest = json_of(&out.join("manifest.json"));
        assert_eq!(manifest["ledgers"]["person"], 3);
        assert_eq!(manifest["meanwhile"], 0);
        let named = manifest["files"].as_object().expect("files");
        let mut there = Vec::new();
        files(&out, "", &mut there);
        there.retain(|name| name != "manifest.json");
        there.sort();
        assert_eq!(there, named.keys().cloned().collect::<Vec<_>>(), "every file and no other");
        for (name, part) in named {
            let bytes = std::fs::read(out.join(name)).expect("the file");
            assert_eq!(part["sha256"], hex::encode(Sha256::digest(&bytes)), "{name}");
        }
        let csv = std::fs::read_to_string(out.join("ledgers/person.csv")).expect("the ledger");
        assert!(csv.contains("見本　花子") && csv.lines().count() == 4, "{csv}");
        assert_eq!(json_of(&out.join("ledgers/person.json")).as_array().map(Vec::len), Some(3));
        let history = std::fs::read_to_string(out.join("history/person.jsonl")).expect("the history");
        assert_eq!(history.lines().count(), 3);
        assert!(out.join("definitions/core/person.toml").is_file(), "{there:?}");

        // The attached file is there under its identifier, and the index tells its name.
        assert_eq!(manifest["attachments"], 1);
        let index = json_of(&out.join("attachments/index.json"));
        assert_eq!((&index[0]["name"], &index[0]["ledger"]), (&json!("免許証の写し.png"), &json!("qualification")));
        assert_eq!(std::fs::read(out.join(index[0]["path"].as_str().unwrap())).unwrap(), COPY);
        let check = || program.run(["export", "--check", &text(&out)]);
        let (checked, copy) = (check(), out.join(index[0]["path"].as_str().unwrap()));
        assert!(checked.code == 0 && checked.out.contains("書き出したときのまま"), "{}{}", checked.out, checked.err);
        std::fs::write(&copy, b"\x89PNG copy of a licencE").unwrap();
        let checked = check();
        assert!(
            checked.code == 1 && checked.err.contains("書き出したときと違います"),
            "{}{}",
            checked.out,
            checked.err
        );
        std::fs::write(&copy, COPY).unwrap();

        let journal = journal::open_exported(&out.join("journal")).expect("the journal");
        let key = journal::VerifierKey::parse(manifest["vkey"].as_str().expect("a key")).expect("a key");
        let verified = journal::verify_exported(journal.as_ref(), Some(&key), 2).expect("a whole journal");
        assert_eq!(manifest["entries"], verified.checkpoint.size);

        // A folder with something in it is left alone.
        let again = program.run(["export", "--all", "--out", &text(&out)]);
        assert!(again.code == 1 && again.err.contains("空ではありません"), "{}", again.err);
        let inside = program.run(["export", "--all", "--out", &text(&program.data().join("all"))]);
        assert!(inside.code == 1 && inside.err.contains("外にしてください"), "{}", inside.err);
        // The journal tells of it, and the ledger is as it should be.
        let checked = program.run(["verify"]);
        assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
        drop(place);
    });
}
