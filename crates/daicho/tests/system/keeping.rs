//! What makes the journal's seal worth more than the machine it is on: witnesses elsewhere, keys that are replaced, archives.

use std::path::Path;

use serde_json::Value;

use crate::browser::Browser;
use crate::database::on_each_place;
use crate::program::{Ended, Program};

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn facts(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err))
}

/// Add a table `[journal]` to the settings of a program that was set up.
fn set(program: &Program, journal: &str) {
    let path = program.data().join("daicho.toml");
    let settings = std::fs::read_to_string(&path).unwrap_or_default();
    let before = settings.split("[journal]").next().unwrap_or_default().to_string();
    std::fs::write(&path, format!("{before}\n[journal]\n{journal}\n")).expect("the settings");
}

/// An entry, sealed.
fn go_on(program: &Program) {
    program.token("auditor");
    program.done(&["journal", "seal"]);
}

#[test]
fn another_installation_cosigns_what_goes_on_and_refuses_what_was_rewritten() {
    on_each_place(|place| {
        let (program, witness) = (Program::at(&place), Program::new());
        program.init();
        let one_time = witness.init();
        let vkey = program.done(&["journal", "vkey"]);
        set(&witness, &format!("witness_of = [\"{}\"]", vkey.trim()));
        let cosigner = witness.done(&["journal", "vkey", "--witness"]);
        let serving = witness.serve(|_| {});
        let url = format!("http://{}/journal", serving.address);
        set(&program, &format!("witnesses = [{{ url = \"{url}\", vkey = \"{}\" }}]", cosigner.trim()));

        let seal_of = |program: &Program| facts(&program.run(["journal", "status", "--json"]))["checkpoint"].clone();

        // A backup of now, and then the journal goes on under the eyes of the witness.
        go_on(&program);
        let identity = program.path("identity.txt");
        let key = program.done(&["backup", "key", "--out", &text(&identity)]);
        let recipient = key.lines().find_map(|line| line.strip_prefix("公開鍵: ")).expect("a public key").to_string();
        let backup = program.path("one.age");
        program.done(&["backup", "--out", &text(&backup), "--recipient", &recipient]);
        for _ in 0..3 {
            go_on(&program);
            assert!(program.done(&["journal", "witness"]).contains("連署を受け取りました"));
            assert!(program.done(&["journal", "witness"]).contains("連署は最新です"));
        }
        // Whoever has the export sees who cosigned.
        let tar = program.path("journal.tar");
        program.done(&["journal", "export", "--out", &text(&tar)]);
        let verified = facts(&program.run(["verify", "--journal", &text(&tar), "--vkey", vkey.trim(), "--json"]));
        assert_eq!(verified["witnesses"], serde_json::json!([cosigner.trim()]), "{verified}");
        program.done(&["verify"]);
        let before = seal_of(&program).as_str().expect("a checkpoint").to_string();

        // The same installation, set back and gone on otherwise: two histories under one name.
        let opening = ["restore", &text(&backup), "--identity", &text(&identity), "--accept-loss"].map(str::to_owned);
        let restored = program.run(&opening);
        assert_eq!(restored.code, 0, "{}", restored.err);
        go_on(&program);
        let refused = program.run(["journal", "witness"]);
        assert!(refused.code != 0 && refused.err.contains("書き換えられた"), "{}{}", refused.out, refused.err);
        for _ in 0..20 {
            program.token("auditor");
        }
        program.done(&["journal", "seal"]);
        let refused = program.run(["journal", "witness"]);
        assert!(refused.code != 0 && refused.err.contains("状態 422"), "{}{}", refused.out, refused.err);
        // It is no damage to the journal itself, and the witness keeps the evidence.
        program.done(&["verify"]);
        let administrator = serving.first_sign_in("kanri", &one_time);
        let page = administrator.get("/journal").text();
        assert!(page.contains("二つに分かれています") && page.contains("書き換えの疑い"), "{page}");
        witness.done(&["verify"]);

        // Both agencies agree that it was a restore: the witness is told the checkpoint from which it goes on, and why.
        let after = seal_of(&program).as_str().expect("a checkpoint").to_string();
        let accept = |text: &str, reason: &str| {
            let file = witness.file("checkpoint", text);
            witness.run(["journal", "accept", "--checkpoint", &self::text(&file), "--reason", reason])
        };
        let changed = after.replacen('\n', "\n1", 1);
        for (text, reason, words) in [
            (after.as_str(), " ", "理由"),
            (changed.as_str(), "復元", "封印として読めません"),
            ("example.jp/other\n1\nAAAA\n", "復元", "封印として読めません"),
        ] {
            let refused = accept(text, reason);
            assert!(refused.code != 0 && refused.err.contains(words), "{}{}", refused.out, refused.err);
        }
        assert!(program.run(["journal", "witness"]).code != 0, "nothing was accepted");
        let accepted = accept(&after, "見本省の田中と見本庁の鈴木が電話で復元を確かめた");
        assert!(accepted.code == 0 && accepted.out.contains("承認しました"), "{}{}", accepted.out, accepted.err);
        assert!(accept(&after, "復元").err.contains("最後に連署した封印と同じ"));
        assert!(program.done(&["journal", "witness"]).contains("連署を受け取りました"));
        go_on(&program);
        assert!(program.done(&["journal", "witness"]).contains("連署を受け取りました"));
        assert!(!administrator.get("/journal").text().contains("二つに分かれています"));
        serving.stop();
        // What was seen before stays in the sealed journal of the witness, with the reason.
        witness.done(&["journal", "seal"]);
        let tar = witness.path("journal.tar");
        witness.done(&["journal", "export", "--out", &self::text(&tar)]);
        let kept = String::from_utf8_lossy(&std::fs::read(&tar).expect("the export")).into_owned();
        let root = before.lines().nth(2).expect("the root");
        for words in ["history_accepted", "電話で復元を確かめた", root] {
            assert!(kept.contains(words), "{words}");
        }
        witness.done(&["verify"]);

        // Who is not witnessed is told nothing.
        set(&witness, "witness_of = []");
        let serving = witness.serve(|_| {});
        let stranger = Browser::anonymous(serving.address);
        let answer = stranger.try_call("POST", "/journal/add-checkpoint", &[], b"old 0\n\nx\n1\n\n");
        assert_eq!(answer.expect("an answer").status, 404);
        serving.stop();
    });
}

#[test]
fn a_replaced_key_goes_on_and_what_the_old_one_sealed_still_verifies() {
    on_each_place(|place| {
        let program = Program::at(&place);
        program.init();
        go_on(&program);
        let old = program.done(&["journal", "vkey"]).trim().to_string();
        let before = program.path("before.tar");
        program.done(&["journal", "export", "--out", &text(&before)]);
        let identity = program.path("identity.txt");
        let key = program.done(&["backup", "key", "--out", &text(&identity)]);
        let recipient = key.lines().find_map(|line| line.strip_prefix("公開鍵: ")).expect("a public key").to_string();
        let backup = program.path("one.age");
        program.done(&["backup", "--out", &text(&backup), "--recipient", &recipient]);

        // Twice, while a server is running that seals with the old key.
        let serving = program.serve(|_| {});
        for _ in 0..2 {
            let told = program.done(&["journal", "rotate-key"]);
            assert!(told.contains("新しい公開鍵"), "{told}");
        }
        let machine = program.token("personnel");
        let size = || {
            let status = facts(&program.run(["journal", "status", "--json"]));
            (status["size"].as_u64().unwrap_or_default(), status["waiting"].as_u64().unwrap_or_default())
        };
        let sealed = size().0;
        let added = Browser::with_token(serving.address, &machine).try_call(
            "POST",
            "/api/v1/ledgers/person/records",
            &[("content-type", "application/json")],
            r#"{"number":"A0001","name":"見本　花子"}"#.as_bytes(),
        );
        assert_eq!(added.expect("an answer").status, 201);
        let waited = std::time::Instant::now();
        while size().0 <= sealed {
            assert!(waited.elapsed().as_secs() < 60, "the server takes the new key up");
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        serving.stop();

        let all = program.done(&["journal", "vkey", "--all"]);
        let all: Vec<&str> = all.lines().collect();
        assert!(all.len() == 3 && all[2] == old && all[0] != old, "{all:?}");
        // Every one of the keys may be the one that somebody kept; another may not.
        for key in &all {
            assert_eq!(program.run(["verify", "--vkey", key]).code, 0, "{key}");
        }
        let other = Program::new();
        other.init();
        let foreign = other.done(&["journal", "vkey"]);
        assert_eq!(program.run(["verify", "--vkey", foreign.trim()]).code, 1);
        // What was exported under the old key is what it was, and is the beginning of the journal of today.
        assert_eq!(program.run(["verify", "--journal", &text(&before), "--vkey", &old]).code, 0);
        let joined = program.done(&["verify", "--archive", &text(&before)]);
        assert!(joined.contains("始まりです"), "{joined}");
        // A backup from before is still ours, and the present key goes on with it.
        let opening = ["restore", &text(&backup), "--identity", &text(&identity), "--accept-loss"].map(str::to_owned);
        let restored = program.run(&opening);
        assert_eq!(restored.code, 0, "{}", restored.err);
        go_on(&program);
        let present = program.done(&["journal", "vkey"]);
        assert_eq!(present.trim(), all[0]);
        assert_eq!(program.run(["verify", "--vkey", &old]).code, 0);
    });
}

#[test]
fn an_archive_verifies_alone_and_as_the_beginning_of_the_journal() {
    on_each_place(|place| {
        let program = Program::at(&place);
        program.init();
        go_on(&program);
        let folder = program.path("archives");
        let none = program.run(["journal", "archive", "--until", "2001-01-01", "--out", &text(&folder)]);
        assert!(none.code != 0 && none.err.contains("封印した証跡がありません"), "{}", none.err);
        let told = program.done(&["journal", "archive", "--until", "2999-12-31", "--out", &text(&folder)]);
        assert!(told.contains("封印のとおり"), "{told}");
        let file = std::fs::read_dir(&folder).expect("the folder").next().expect("a file").expect("a file").path();
        // Asked for once more, it is checked and left as it is; something else under its name is not taken for it.
        let again = program.done(&["journal", "archive", "--until", "2999-12-31", "--out", &text(&folder)]);
        assert!(again.contains("すでに") && again.contains("封印のとおり"), "{again}");
        let whole = std::fs::read(&file).expect("the archive");
        std::fs::write(&file, b"x").expect("written");
        let other = program.run(["journal", "archive", "--until", "2999-12-31", "--out", &text(&folder)]);
        assert!(other.code != 0 && other.err.contains("別のフォルダー"), "{}{}", other.out, other.err);
        std::fs::write(&file, whole).expect("written");
        go_on(&program);
        let joined = facts(&program.run(["verify", "--json", "--archive", &text(&file)]));
        assert_eq!((&joined["intact"], &joined["archives"][0]["intact"]), (&Value::Bool(true), &Value::Bool(true)));
        assert!(joined["archives"][0]["entries"].as_u64() < joined["sealed"].as_u64(), "{joined}");
        let administrator = program.done(&["journal", "status"]);
        assert!(administrator.contains("封印した証跡"), "{administrator}");

        // An altered archive, and one of somebody else.
        let mut bytes = std::fs::read(&file).expect("the archive");
        let word = b"\"act\":\"";
        let at = bytes.windows(word.len()).position(|window| window == word).expect("an entry") + word.len();
        bytes[at] ^= 1;
        let altered = program.file("altered.tar", &bytes);
        let ended = program.run(["verify", "--archive", &text(&altered)]);
        assert!(ended.code == 1 && ended.out.contains("altered.tar"), "{}{}", ended.out, ended.err);
        let other = Program::new();
        other.init();
        go_on(&other);
        let ended = other.run(["verify", "--archive", &text(&file)]);
        assert!(ended.code == 1 && ended.out.contains("この台帳の証跡ではありません"), "{}{}", ended.out, ended.err);
        assert_eq!(program.run(["verify", "--archive", &text(&program.path("nothing.tar"))]).code, 2);
    });
}
