//! The end of a contract: everything is handed over in open formats, and nothing opens any more.

use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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
