use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use journal::{Proof, SigningKey, VerifierKey};
use ledger::port::{Attachment, HistoryQuery, Reader, Told, Writer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::on_each_database;

use crate::contract::Contract;
use crate::visitor::fetch;

fn hash(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// An uploaded file as a form stores it; the value of its field.
fn upload(contract: &Contract, name: &str, content: &str) -> Value {
    let id = contract.desk.kernel.new_id();
    let file = Attachment {
        id: id.clone(),
        name: name.into(),
        media_type: "text/plain".into(),
        sha256: hash(content.as_bytes()),
        content: content.as_bytes().to_vec(),
        stored_by: contract.lead.actor.account.clone(),
        stored_at: contract.desk.kernel.now(),
    };
    contract.desk.store.write(|tx: &mut dyn Writer| tx.add_attachment(&file)).expect("the file is stored");
    json!({ "id": id, "name": name, "media_type": "text/plain", "size": content.len(), "sha256": file.sha256 })
}

fn unpacked(content: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(content)).expect("a ZIP");
    (0..archive.len())
        .map(|at| {
            let mut file = archive.by_index(at).expect("a file");
            let name = file.name().expect("a name").into_owned();
            let mut read = Vec::new();
            file.read_to_end(&mut read).expect("its content");
            (name, read)
        })
        .collect()
}

#[test]
fn the_bundle_of_a_hand_in_holds_all_files_their_hashes_and_proofs_that_stand_alone() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-03-20");
        let Contract { lead, member, stranger, inspector, .. } = &contract;
        let (first, second) = (upload(&contract, "設計書.txt", "本文"), upload(&contract, "設計書.txt", "別紙"));
        let book = json!({
            "name": "設計書", "version": "1.0", "revisions": [{ "version": "1.0", "on": "2026-03-01", "summary": "初版" }],
            "files": [first, second], "source_files": [upload(&contract, "../図/1.csv", "a,b")],
            "virus_product": "見本アンチウイルス", "virus_definition": "2026-03-19", "virus_checked_on": "2026-03-20",
            "reviewed_by": "見本 統括", "review": "突き合わせた", "style_checked": true, "publishable": "whole",
            "format": "other", "format_agreed": "文字だけの文書とする",
        });
        let book = contract.add(lead, "deliverable", book).unwrap();
        contract.take(lead, &book, "prepare", json!({})).unwrap();
        let made =
            json!({ "title": "設計書の納入", "deliverables": [book.id], "medium": "upload", "place": "この台帳" });
        let made = contract.add(lead, "hand_in", made).unwrap();
        contract.take(lead, &made, "send", json!({})).unwrap();
        contract.take(inspector, &made, "receive", json!({})).unwrap();
        let address = format!("/hand-ins/{}/bundle", made.id);
        assert_eq!(fetch(&contract, stranger, &address).0, 404);
        assert_eq!(fetch(&contract, member, &address).0, 403, "who may not read the history takes nothing out");
        let unsealed = unpacked(&fetch(&contract, lead, &address).1);
        assert!(!unsealed.keys().any(|name| name.ends_with(".tlog-proof")), "nothing is sealed yet");

        let key = SigningKey::from_seed("daicho.example.jp/journal", [7; 32]).unwrap();
        let now = contract.desk.kernel.now();
        let prepared =
            contract.desk.store.read(|tx: &mut dyn Reader| ledger::seal::prepare(tx, &key, None, now, 1_000));
        let seal = prepared.expect("a seal").seal.expect("entries wait");
        assert!(contract.desk.store.write(|tx: &mut dyn Writer| tx.add_seal(&seal)).expect("the seal is added"));

        let (_, content) = fetch(&contract, lead, &address);
        let files = unpacked(&content);
        let wanted = ["01_設計書_1.0/設計書.txt", "01_設計書_1.0/設計書 (2).txt", "01_設計書_1.0/元データ/_図_1.csv"];
        for name in wanted {
            assert!(files.contains_key(name), "{name} is missing: {:?}", files.keys());
        }
        assert_eq!(files[wanted[1]], "別紙".as_bytes());
        // The list of hashes covers every file but itself, and is right.
        let sums = String::from_utf8(files["SHA256SUMS"].clone()).unwrap();
        let listed: BTreeMap<&str, &str> =
            sums.lines().filter_map(|line| line.split_once("  ")).map(|(sum, name)| (name, sum)).collect();
        assert_eq!(listed.len(), files.len() - 1);
        for (name, sum) in listed {
            assert_eq!(hash(&files[name]), sum, "{name}");
        }
        let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
        assert_eq!(manifest["deliverables"][0]["virus_check"]["product"], "見本アンチウイルス");
        assert_eq!(manifest["deliverables"][0]["files"][1]["sha256"], hash("別紙".as_bytes()));
        // Each act on the hand-in is proven by the key alone: made, sent, received.
        let vkey: VerifierKey =
            VerifierKey::parse(String::from_utf8(files["proofs/journal.vkey"].clone()).unwrap().trim()).unwrap();
        assert_eq!(vkey.to_string(), key.verifier().to_string());
        let proofs: Vec<String> = files
            .iter()
            .filter(|(name, _)| name.ends_with(".tlog-proof"))
            .map(|(_, text)| {
                let proof = Proof::parse(&String::from_utf8(text.clone()).unwrap()).unwrap();
                String::from_utf8(proof.verify(&vkey).expect("the proof holds").1.to_vec()).unwrap()
            })
            .collect();
        for act in ["create", "send", "receive"] {
            assert!(proofs.iter().any(|entry| entry.contains(act)), "{act} is not proven");
        }
        // That it was taken out is in the journal, with its hash.
        let query = HistoryQuery { record: Some(made.id.clone()), ..HistoryQuery::newest(Told::Readings, 50) };
        let taken = contract.desk.read(|tx| Ok(tx.history(&query)?)).unwrap();
        let taken: Vec<String> = taken.iter().map(|stored| serde_json::to_string(&stored.entry).unwrap()).collect();
        assert_eq!(taken.len(), 2);
        assert!(taken.iter().any(|entry| entry.contains(&hash(&content))), "{taken:?}");
    });
}
