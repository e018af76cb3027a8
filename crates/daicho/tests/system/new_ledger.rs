//! A plain ledger with workflow, deadline, list, form, import and document is one TOML file (and the paper's form), and
//! a running server takes it without a restart. The file is the one that `docs/guides/add-a-ledger.md` shows.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::program::Program;

const GUIDE: &str = include_str!("../../../../docs/guides/add-a-ledger.md");

/// The block of the guide whose first line names this file.
fn from_guide(path: &str) -> String {
    let block = GUIDE.split("```").find(|block| {
        let named = block.split_once('\n').and_then(|(_, text)| text.lines().next()).unwrap_or_default();
        named.trim_start_matches(['#', '/', ' ']) == path
    });
    let (_, text) =
        block.and_then(|block| block.split_once('\n')).unwrap_or_else(|| panic!("{path} is not in the guide"));
    text.to_string()
}

/// Ask until the answer fits: another process takes over what was installed within a second.
fn until(what: &str, fits: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !fits() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn found(list: &Value, key: &str, value: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|item| item[key] == value))
}

#[test]
fn a_ledger_from_one_file_works_in_a_running_server() {
    let program = Program::new();
    let one_time = program.init();
    let people = "職員番号,氏名,氏名カナ\r\n26001,見本 花子,ミホン ハナコ\r\n26002,見本 次郎,ミホン ジロウ\r\n";
    let people = program.file("people.csv", people);
    assert_eq!(program.import("person", &people).code, 0);

    // The agency has a pack of its own, as yet without a ledger.
    program.file("office/pack.toml", from_guide("packs/office/pack.toml"));
    let pack = program.path("office").to_string_lossy().into_owned();
    program.done(&["packs", "install", &pack]);
    let serving = program.serve(|_| {});
    let officer = serving.first_sign_in("kanri", &one_time);
    assert_eq!(officer.get("/ledgers/key_loan").status, 404);

    // One file is added, with the form of its paper.
    program.file("office/key_loan.toml", from_guide("packs/office/key_loan.toml"));
    program.file("office/forms/key_receipt.typ", from_guide("packs/office/forms/key_receipt.typ"));
    let grant = program.file("grant.csv", "利用者,役割\r\nkanri,鍵の担当者\r\n");
    let granted = program.import("role_grant", &grant);
    assert_eq!(granted.code, 0, "{}", granted.out);
    program.done(&["packs", "install", &pack]);
    until("the ledger appears", || officer.get("/ledgers/key_loan").status == 200);

    let asked = form(&officer);
    file(&officer);
    list(&officer);
    let keeper = Browser::with_token(serving.address, &program.token("key_keeper"));
    workflow_and_deadline(&officer, &keeper, &asked);
    paper(&officer, &keeper, &asked);

    // The file with a mistake is refused by name and line, and what is in force stays.
    let broken = from_guide("packs/office/key_loan.toml").replace("kind = \"long_text\"", "kind = \"longtext\"");
    program.file("office/key_loan.toml", &broken);
    let refused = program.run(["packs", "install", &pack]);
    assert_eq!(refused.code, 2, "{}{}", refused.out, refused.err);
    assert!(refused.out.contains("key_loan.toml:") && refused.out.contains("longtext"), "{}", refused.out);
    assert_eq!(officer.get("/ledgers/key_loan").status, 200);
    serving.stop();
}

/// The form: drawn, refused with the error beside its field, stored.
fn form(officer: &Browser) -> String {
    let page = officer.get("/ledgers/key_loan/new").text();
    for words in ["鍵の貸出し", "借りる人", "返却予定日", "書庫の鍵では必ず書きます。"] {
        assert!(page.contains(words), "{words}");
    }
    let fields = ("_fields", "borrower,room,kind,reason,return_by");
    let mut inputs =
        vec![fields, ("borrower", "26001"), ("room", "第一書庫"), ("kind", "archive"), ("return_by", "2036-12-01")];
    let refused = officer.post("/ledgers/key_loan", &inputs);
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("「理由」を入力してください。"), "{}", refused.text());
    inputs.push(("reason", "旧い図面を探すため"));
    let stored = officer.post("/ledgers/key_loan", &inputs);
    assert_eq!(stored.status, 303, "{}", stored.text());
    let place = stored.to().to_string();
    let page = officer.get(&place).text();
    assert!(page.contains("第一書庫") && page.contains("見本 花子"), "{page}");
    place.rsplit('/').next().expect("an identifier").to_string()
}

/// The import: from the headings of the guide, one bad cell named, then stored.
fn file(officer: &Browser) {
    let bad = "職員番号,部屋,区分,返却予定日\r\n26002,第二会議室,執務室,2036-13-40\r\n";
    let reply = officer.upload("/ledgers/key_loan/import", &[("_action", "store")], "keys.csv", bad.as_bytes());
    assert_eq!(reply.status, 422, "{}", reply.text());
    assert!(reply.text().contains("D2"), "{}", reply.text());
    let good = bad.replace("2036-13-40", "2036-12-02");
    let reply = officer.upload("/ledgers/key_loan/import", &[("_action", "store")], "keys.csv", good.as_bytes());
    assert_eq!(reply.status, 303, "{}", reply.text());
}

/// The list: page, filter, REST, search, export, description.
fn list(officer: &Browser) {
    let page = officer.get("/ledgers/key_loan").text();
    assert!(page.contains("第一書庫") && page.contains("第二会議室"), "{page}");
    let rest = officer.get("/api/v1/ledgers/key_loan/records?filter=kind:is:office&count=true").json();
    assert_eq!((rest["count"].as_i64(), &rest["records"][0]["values"]["room"]), (Some(1), &json!("第二会議室")));
    let number = rest["records"][0]["values"]["number"].as_str().unwrap_or_default();
    assert!(number.starts_with("鍵-") && number.ends_with("-0002"), "{number}");
    assert!(officer.get("/search?q=%E6%9B%B8%E5%BA%AB").text().contains("第一書庫"), "書庫 is found");
    let csv = officer.get("/ledgers/key_loan/export?format=csv");
    assert!(csv.status == 200 && csv.text().contains("26002"), "{}", csv.text());
    let description = officer.get("/api/openapi.json").json();
    assert!(description["paths"]["/api/v1/ledgers/key_loan/records/{id}/transitions/lend"].is_object());
}

/// The duty goes from the keeper to the borrower, and nobody lends to themselves.
fn workflow_and_deadline(officer: &Browser, keeper: &Browser, id: &str) {
    let duties = keeper.get("/api/v1/duties").json()["duties"].clone();
    assert!(found(&duties, "record", id) && found(&duties, "label", "鍵の貸出しを決める"), "{duties}");
    let record = format!("/api/v1/ledgers/key_loan/records/{id}");
    let tag = officer.get(&record).tag();
    let lend = format!("{record}/transitions/lend");
    let own = officer.send("POST", &lend, Some(&tag), &json!({}));
    assert_eq!(own.status, 403, "who asked may not lend: {}", own.text());
    assert!(own.text().contains("二者確認"), "{}", own.text());
    let lent = keeper.send("POST", &lend, Some(&tag), &json!({}));
    assert_eq!((lent.status, &lent.json()["state"]), (200, &json!("lent")), "{}", lent.text());
    assert!(lent.json()["values"]["lent_on"].is_string(), "{}", lent.text());
    let duties = keeper.get("/api/v1/duties").json()["duties"].clone();
    assert!(!found(&duties, "record", id), "the keeper has decided: {duties}");
    let page = officer.get(&format!("/ledgers/key_loan/{id}")).text();
    // 2036-12-01 is a Monday, so the day itself is the last one.
    assert!(page.contains("鍵を返す") && page.contains("令和18年12月1日"), "the borrower's duty stands on the page");
    let history = officer.get(&format!("{record}/history")).json();
    let acts: Vec<&str> =
        history["entries"].as_array().into_iter().flatten().filter_map(|e| e["entry"]["act"].as_str()).collect();
    // The borrower tried to lend the key to themselves, and that was written down too.
    assert_eq!(acts, ["transition:lend", "denied", "create"]);
}

/// The paper, by REST and by page; a record in another state has none.
fn paper(officer: &Browser, keeper: &Browser, id: &str) {
    let rest = keeper.get(&format!("/api/v1/documents/key_receipt?record={id}"));
    assert_eq!(rest.status, 200, "{}", rest.text());
    assert!(rest.body.starts_with(b"%PDF-") && rest.body.len() > 2_000);
    let page = officer.get(&format!("/documents/key_receipt?record={id}"));
    assert_eq!((page.status, page.header("content-type")), (200, Some("application/pdf")));
    let other = officer.get("/api/v1/ledgers/key_loan/records?filter=state:is:asked").json();
    let other = other["records"][0]["id"].as_str().unwrap_or_default().to_string();
    let refused = officer.get(&format!("/api/v1/documents/key_receipt?record={other}"));
    assert_eq!(refused.status, 403, "{}", refused.text());
}
