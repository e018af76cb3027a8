//! The log says what the server did, and nothing of whom it was about.

use serde_json::json;

use crate::browser::{Browser, PASSWORD, coded};
use crate::program::Program;

#[test]
fn the_log_holds_no_personal_data_and_no_secret_even_when_it_says_most() {
    let program = Program::new();
    let one_time = program.init();
    let token = program.token("personnel");
    let people = "職員番号,氏名,氏名カナ,生年月日,メール\r\n\
                  7654321,見本　烏丸,ミホン　カラスマル,1990-02-03,karasumaru@mihon.example\r\n\
                  7654322,見本　不正,ミホン　フセイ,1990-02-31,fusei@mihon.example\r\n";
    let people = program.file("people.csv", people);
    let mut command = program.command();
    command.args(["import", "person"]).arg(&people).env("DAICHO_LOG", "trace");
    let refused = command.output().expect("the import");
    assert_eq!(refused.status.code(), Some(2));
    let mut log = String::from_utf8_lossy(&refused.stderr).into_owned();

    let serving = program.serve(|command| {
        command.env("DAICHO_LOG", "trace");
    });
    let officer = serving.first_sign_in("kanri", &one_time);
    let stranger = Browser::anonymous(serving.address);
    let wrong = stranger.post("/sign-in", &[("login", "karasumaru-login"), ("password", "machigatta-aikotoba")]);
    assert_eq!(wrong.status, 422);
    let machine = Browser::with_token(serving.address, &token);
    let value = json!({ "number": "7654321", "name": "見本　烏丸", "kana": "ミホン　カラスマル",
        "birth_date": "1990-02-03", "mail": "karasumaru@mihon.example" });
    let made = machine.send("POST", "/api/v1/ledgers/person/records", None, &value);
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap_or_default().to_string();
    let again = machine.send("POST", "/api/v1/ledgers/person/records", None, &value);
    assert_eq!(again.status, 422, "the number is taken");
    for path in [
        format!("/ledgers/person/{id}"),
        format!("/ledgers/person/{id}/edit"),
        format!("/ledgers/person?q={}", coded("烏丸")),
        format!("/search?q={}", coded("カラスマル")),
        "/ledgers/person?f=mail:is:karasumaru@mihon.example".into(),
        "/ledgers/person/export?format=csv&reason=story".into(),
        "/ledgers/karasumaru@mihon.example/7654321".into(),
        "/api/v1/ledgers/person/records?filter=name:is:karasumaru@mihon.example".into(),
        "/api/v1/ledgers/person/records?filter=birth_date:is:karasumaru@mihon.example".into(),
        "/metrics".into(),
    ] {
        let reply = officer.get(&path);
        assert!(reply.status < 500, "{path}: {}", reply.status);
    }
    let form = [("_fields", "number,name,mail"), ("number", "7654323"), ("name", "見本　烏丸"), ("mail", "karasumaru")];
    assert_eq!(officer.post("/ledgers/person", &form).status, 422);
    log.push_str(&serving.stop());

    assert!(log.contains("answered") && log.contains("/ledgers/{ledger}/{id}"), "the log says what was asked: {log}");
    let cookies: Vec<String> = Vec::from([one_time, token, PASSWORD.to_string(), "machigatta-aikotoba".to_string()]);
    let secret_words = ["karasumaru", "7654321", "7654323", "烏丸", "カラスマル", "見本　不正", "1990-02", "fusei"];
    for word in cookies.iter().map(String::as_str).chain(secret_words).chain([id.as_str(), &coded("烏丸")]) {
        let line = log.lines().find(|line| line.contains(word));
        assert!(line.is_none(), "「{word}」 stands in the log: {}", line.unwrap_or_default());
    }
}
