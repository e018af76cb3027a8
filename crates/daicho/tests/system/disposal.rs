//! A disposal in the running program: the worker carries it out, pages and REST say so, verification agrees and finds what
//! is altered afterwards.

use daicho::work;
use ledger::port::{Reader, Writer};
use ledger::{Change, Principal, Refusal};
use serde_json::json;
use testkit::{somebody, values};

use crate::agency::{Agency, morning};

#[test]
fn a_disposal_is_carried_out_by_the_worker_and_told_to_whoever_asks_for_the_record() {
    testkit::on_each_database(|store| {
        let agency = Agency::start(store, "2015-04-01");
        let (installation, system) = (agency.installation(), Principal::system("test"));
        let person = agency.create("person", json!({ "number": "26001", "name": "見本　花子" }));
        let paper = agency.create(
            "copy_ledger",
            json!({ "name": "消える資料", "information": ["personal"], "medium": "paper", "purpose": "説明", "holder": person.id,
                    "dispose_by": "2015-12-25" }),
        );
        let refused = Change::transition("copy_ledger", &paper.id, 1, "refuse").because("見本の理由");
        agency.commit(refused).expect("refused");
        let copy = agency.create(
            "copy_ledger",
            json!({ "name": "写しの写し", "information": ["personal"], "medium": "paper", "purpose": "説明", "holder": person.id,
                    "dispose_by": "2015-12-25", "origin": paper.id }),
        );
        agency.create(
            "retention_rule",
            json!({ "code": "保存-09", "name": "複製", "target": "copy_ledger", "kind": "changes", "years": 5,
                    "clause": "見本", "valid_from": "2015-04-01" }),
        );
        daicho::seal::Sealer::open(installation).and_then(|sealer| sealer.seal_all(installation)).expect("sealed");

        agency.clock.set(morning("2026-11-20"));
        while work::round(&agency.app).expect("the database") {}
        let kernel = installation.kernel();
        let find = |state: &str| {
            let request = ledger::read::ListRequest { ledger: "disposal".into(), ..Default::default() };
            let list = |tx: &mut dyn Reader| Ok::<_, Refusal>(kernel.list(tx, &system, &request)?.records);
            let found = installation.store.read(list).expect("a list");
            found.into_iter().find(|one| one.state == state).unwrap_or_else(|| panic!("none is {state}"))
        };
        for (who, from, act) in [("one", "due", "ask"), ("two", "asked", "approve")] {
            let now = find(from);
            let who = somebody(who, None, &["security_officer"]);
            let change = Change::transition("disposal", &now.id, now.revision, act).with(values([]));
            installation.store.write(|tx: &mut dyn Writer| kernel.commit(tx, &who, change.clone())).expect("decided");
        }
        daicho::seal::Sealer::open(installation).and_then(|sealer| sealer.seal_all(installation)).expect("sealed");
        agency.clock.set(morning("2026-11-21"));
        while work::round(&agency.app).expect("the database") {}
        assert_eq!(find("disposed").value("records_gone"), &json!(1));

        let officer = agency.somebody("officer", None, &["security_officer"]);
        let page = officer.get(&format!("/ledgers/copy_ledger/{}", paper.id));
        assert!(page.status == 410 && page.text().contains("廃棄済みです"), "{}", page.text());
        let page = officer.get(&format!("/ledgers/copy_ledger/{}", copy.id));
        assert!(page.status == 200 && page.text().contains("(廃棄済み)"), "{}", page.text());
        let rest = officer.get(&format!("/api/v1/ledgers/copy_ledger/records/{}", paper.id));
        assert!(
            rest.status == 410 && rest.text().contains("/help/problems/disposed"),
            "{} {}",
            rest.status,
            rest.text()
        );
        let decided = find("disposed");
        let printed = officer.get(&format!("/documents/disposal_record?record={}", decided.id));
        assert!(printed.body.starts_with(b"%PDF"), "{}", printed.text());
        if let Ok(keep) = std::env::var("DAICHO_TEST_KEEP") {
            std::fs::write(keep, &printed.body).expect("a file to look at");
        }

        daicho::seal::Sealer::open(installation).and_then(|sealer| sealer.seal_all(installation)).expect("sealed");
        let report = verify::database(&installation.store, &verify::Options::default()).expect("verified");
        assert!(report.intact() && report.disposed >= 2, "{:#?}", report.findings);
    });
}
