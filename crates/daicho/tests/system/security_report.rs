//! The monthly report of the security officer as a paper that is handed on.

use std::process::Command;

use assurance::report;
use chrono::TimeDelta;
use journal::act;
use ledger::evidence::{reading, readings};
use ledger::port::Writer;
use ledger::read::ListRequest;
use ledger::{Principal, Refusal};
use serde_json::{Map, json};

use crate::agency::{Agency, morning};

#[test]
fn the_monthly_report_is_a_paper_with_what_matters_first() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = store::Store::open_sqlite(&folder.path().join("daicho.db"), store::SqliteOptions::default());
    let agency = Agency::start(store.expect("SQLite opens"), "2026-10-05");
    let (kernel, store) = (agency.installation().kernel(), &agency.installation().store);
    let person = agency.create("person", json!({ "number": "26001", "name": "見本　花子" })).id;
    let who = testkit::somebody("reader", None, &["personnel"]);
    store.write(|tx: &mut dyn Writer| assurance::defaults::load(tx, &kernel)).expect("the rules");
    let ids: Vec<String> = (0..700).map(|number| format!("01J{number:023}")).collect();
    let mut entries = readings(&kernel, &who, act::EXPORT, "person", Map::new(), &ids, Some("見本の理由"));
    for _ in 0..12 {
        agency.clock.advance(TimeDelta::seconds(1));
        entries.push(reading(&kernel, &who, "sign_in", "account", "", json!({})));
    }
    store
        .write(|tx: &mut dyn Writer| entries.iter().try_for_each(|entry| tx.append(entry).map(drop)))
        .expect("the entries");
    while store.write(|tx: &mut dyn Writer| assurance::watch::live::step(tx, &kernel)).expect("judged").judged > 0 {}
    agency.clock.set(morning("2026-11-04"));
    let made = store.write(|tx: &mut dyn Writer| report::monthly(tx, &kernel)).expect("a report");
    assert_eq!(made, 1);
    let request = ListRequest { ledger: "security_report".into(), ..ListRequest::default() };
    let system = Principal::system("test");
    let found = store.read(|tx| Ok::<_, Refusal>(kernel.list(tx, &system, &request)?.records)).expect("a list");
    let officer = agency.somebody("officer", Some(&person), &["security_officer"]);
    let record = &found[0].id;
    let form = [
        ("_revision", "1"),
        ("_fields", "findings,measures"),
        ("findings", "名簿の出力が増えた。"),
        ("measures", "理由の書き方を周知する。"),
    ];
    let amended = officer.post(&format!("/ledgers/security_report/{record}"), &form);
    assert_eq!(amended.status, 303, "{}", amended.text());
    let paper = officer.get(&format!("/documents/security_report?record={record}"));
    assert!(paper.body.starts_with(b"%PDF"), "{}", paper.text());
    let file = folder.path().join("report.pdf");
    std::fs::write(&file, &paper.body).expect("a file");
    if let Ok(keep) = std::env::var("DAICHO_TEST_KEEP") {
        std::fs::write(keep, &paper.body).expect("a file to look at");
    }
    let text = Command::new("pdftotext").arg("-layout").arg(&file).arg("-").output().expect("pdftotext runs");
    let text: String = String::from_utf8_lossy(&text.stdout).split_whitespace().collect();
    for words in [
        "令和8年10月分",
        "見本省",
        "取扱注意",
        "件（事案0件、誤検知0件、判定待ち",
        "保護項目の大量の取出し",
        "サインイン（0件から12件）",
        "名簿の出力が増えた。",
        "理由の書き方を周知する。",
        "ファイルへの出力10+1",
        "この月に検証の記録はありません。",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // What matters stands before what it was counted from.
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
    assert!(at("1要点") < at("2所見") && at("3対策") < at("4警告と判定") && at("4警告と判定") < at("5証跡の件数"));
}
