//! `daicho verify` as an auditor runs it: its exit codes and its two forms of answer.

use std::path::Path;

use serde_json::Value;

use crate::database::{Where, on_each_place};
use crate::program::{Ended, Program};

fn facts(ended: &Ended) -> Value {
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {}{}", ended.out, ended.err))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Change something behind the program's back; the table that must be named.
fn alter(program: &Program, place: &Where) -> &'static str {
    match &place.url {
        Some(url) => {
            let mut client = postgres::Client::connect(url, postgres::NoTls).expect("PostgreSQL answers");
            let sql = "UPDATE record SET state = state || 'x' WHERE ledger = 'account'";
            assert_eq!(client.execute(sql, &[]).expect("the client may"), 1);
            "record"
        }
        None => {
            let path = program.data().join("daicho.db");
            let mut bytes = std::fs::read(&path).expect("the database");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(&path, bytes).expect("a damaged database");
            "file"
        }
    }
}

#[test]
fn the_exit_code_tells_intact_altered_and_not_checked() {
    on_each_place(|place| {
        let program = Program::at(&place);
        program.init();
        program.done(&["journal", "seal"]);
        let intact = program.done(&["verify"]);
        assert!(intact.contains("変更は見つかりませんでした"), "{intact}");
        let intact = facts(&program.run(["verify", "--json"]));
        assert_eq!((&intact["intact"], &intact["found"]), (&Value::Bool(true), &Value::from(0)), "{intact}");
        assert!(intact["sealed"].as_u64() > Some(0) && intact["records"].as_u64() > Some(0), "{intact}");
        let vkey = program.done(&["journal", "vkey"]);
        assert_eq!(program.run(["verify", "--vkey", vkey.trim()]).code, 0);

        let not_checked = program.run(["verify", "--vkey", "not a key"]);
        assert_ne!(not_checked.code, 0, "{}", not_checked.out);

        let table = alter(&program, &place);
        let altered = program.run(["verify"]);
        assert_eq!(altered.code, 1, "{}{}", altered.out, altered.err);
        assert!(altered.out.contains("台帳を通さない変更が"), "{}", altered.out);
        let altered = program.run(["verify", "--json"]);
        assert_eq!(altered.code, 1, "{}{}", altered.out, altered.err);
        let altered = facts(&altered);
        assert_eq!(altered["intact"], Value::Bool(false));
        let tables: Vec<&str> = altered["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .filter_map(|finding| finding["table"].as_str())
            .collect();
        assert!(tables.contains(&table), "{altered}");
    });
}

#[test]
fn what_cannot_be_reached_was_not_checked() {
    let away = Where::server("postgres://nobody@127.0.0.1:1/away");
    let ended = Program::at(&away).run(["verify"]);
    assert_eq!(ended.code, 2, "{}{}", ended.out, ended.err);
    let program = Program::new();
    let ended = program.run(["verify", "--journal", &text(&program.path("nothing.tar"))]);
    assert_eq!(ended.code, 2, "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("がありません"), "{}", ended.err);
}

#[test]
fn an_exported_journal_is_verified_alone() {
    on_each_place(|place| {
        let program = Program::at(&place);
        program.init();
        program.done(&["journal", "seal"]);
        let tar = program.path("journal.tar");
        program.done(&["journal", "export", "--out", &text(&tar)]);
        let vkey = program.file("vkey.txt", program.done(&["journal", "vkey"]));
        // Whoever has the export needs no installation.
        let auditor = Program::new();
        let arguments = ["verify", "--journal", &text(&tar), "--vkey", &text(&vkey), "--json"].map(str::to_owned);
        let intact = auditor.run(&arguments);
        assert_eq!(intact.code, 0, "{}{}", intact.out, intact.err);
        let intact = facts(&intact);
        assert_eq!((&intact["intact"], &intact["trusted"]), (&Value::Bool(true), &Value::Bool(true)), "{intact}");
        assert!(intact["entries"].as_u64() > Some(0), "{intact}");

        let mut bytes = std::fs::read(&tar).expect("the export");
        let word = b"\"act\":\"";
        let at = bytes.windows(word.len()).position(|window| window == word).expect("an entry") + word.len();
        bytes[at] ^= 1;
        std::fs::write(&tar, bytes).expect("an altered export");
        let altered = auditor.run(&arguments);
        assert_eq!(altered.code, 1, "{}{}", altered.out, altered.err);
        let altered = facts(&altered);
        assert!(!altered["findings"].as_array().expect("findings").is_empty(), "{altered}");
    });
}
