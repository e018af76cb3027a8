use ledger::{Record, Refusal};
use serde_json::{Value, json};
use testkit::on_each_database;

use crate::contract::{Contract, words};

fn deliverable(contract: &Contract, name: &str, version: &str, pages: &str) -> Record {
    let mut revisions = vec![json!({ "version": "1.0", "on": "2026-03-01", "summary": "初版" })];
    if version != "1.0" {
        revisions.push(json!({ "version": version, "on": "2026-03-20", "summary": "指摘を直した", "pages": pages }));
    }
    let values = json!({ "name": name, "version": version, "revisions": revisions, "source_none": "図表はありません" });
    contract.add(&contract.lead, "deliverable", values).expect("a deliverable")
}

fn checked(on: &str) -> Value {
    json!({
        "virus_product": "見本アンチウイルス", "virus_definition": "2026-03-19", "virus_checked_on": on,
        "reviewed_by": "見本 統括", "review": "仕様書の項目と突き合わせた",
        "style_checked": true, "publishable": "whole",
    })
}

fn hand_in(contract: &Contract, deliverables: &[&Record]) -> Record {
    let ids: Vec<&str> = deliverables.iter().map(|record| record.id.as_str()).collect();
    let values = json!({ "title": "設計書の納入", "deliverables": ids, "medium": "disc", "finalised": true, "place": "見本局 運用課" });
    contract.add(&contract.lead, "hand_in", values).expect("a hand-in")
}

#[test]
fn nothing_is_handed_in_before_its_virus_check_and_review() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-03-20");
        let lead = &contract.lead;
        let book = deliverable(&contract, "設計書", "1.0", "");
        let made = hand_in(&contract, &[&book]);
        assert!(
            words(contract.take(lead, &made, "send", json!({})))
                .contains("「設計書」はまだ納入できる状態ではありません")
        );
        let lacking = words(contract.take(lead, &book, "prepare", json!({})));
        assert!(
            ["virus_product", "virus_definition", "virus_checked_on", "review"]
                .iter()
                .all(|field| lacking.contains(field)),
            "{lacking}"
        );
        assert!(words(contract.take(lead, &book, "prepare", checked("2026-03-21"))).contains("今日より後"));
        contract.take(lead, &book, "prepare", checked("2026-03-20")).unwrap();
        contract.take(lead, &made, "send", json!({})).unwrap();
        assert_eq!(contract.now(&book).state, "handed_in");
        // A new version says which pages changed; a special tool waits for its approval.
        let values = json!({ "name": "設計書", "version": "1.1", "revisions": [{ "version": "1.0", "on": "2026-03-01", "summary": "初版" }, { "version": "1.1", "on": "2026-03-20", "summary": "直した" }] });
        assert!(words(contract.add(lead, "deliverable", values)).contains("直した頁"));
        let tool = json!({ "name": "模型", "revisions": [{ "version": "1.0", "on": "2026-03-01", "summary": "初版" }], "special_tool": true, "tool": "見本CAD", "source_none": "図表はありません" });
        let tool = contract.add(lead, "deliverable", tool).unwrap();
        assert!(words(contract.take(lead, &tool, "prepare", checked("2026-03-20"))).contains("特別なツールの承認"));
        contract.take(&contract.supervisor, &tool, "approve_tool", json!({})).unwrap();
        contract.take(lead, &tool, "prepare", checked("2026-03-20")).unwrap();
    });
}

/// Row: what the contract says, day of receipt, last day of inspection. Counted by hand: the day of receipt is day 1 unless
/// the contract counts from the next day (Civil Code, art. 140); closed days count.
#[test]
fn inspection_is_counted_with_the_day_of_receipt_as_day_one() {
    let table = [
        (None, "2026-03-31", "2026-04-09"),
        (None, "2026-02-20", "2026-03-01"),
        (Some("10 days after received_on"), "2026-03-31", "2026-04-10"),
        (Some("5 days"), "2026-03-31", "2026-04-04"),
    ];
    for (setting, received_on, inspect_by) in table {
        on_each_database(|store| {
            let settings =
                setting.map(|value| json!([{ "name": "inspection", "label": "検査の期限", "value": value }]));
            let contract = Contract::decided(store, received_on, settings.unwrap_or_else(|| json!([])));
            let book = deliverable(&contract, "設計書", "1.0", "");
            contract.take(&contract.lead, &book, "prepare", checked(received_on)).unwrap();
            let made = hand_in(&contract, &[&book]);
            contract.take(&contract.lead, &made, "send", json!({})).unwrap();
            let received = contract.take(&contract.inspector, &made, "receive", json!({})).unwrap();
            assert_eq!(received.text("inspect_by"), Some(inspect_by), "{setting:?} {received_on}");
            assert_eq!(received.text("deemed_on"), None, "silence passes nothing unless the contract says so");
        });
    }
}

#[test]
fn what_failed_is_reworked_and_counted_anew_until_it_is_accepted() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-03-20");
        let Contract { supervisor, inspector, lead, stranger, .. } = &contract;
        let due = json!({ "label": "設計書", "due_on": "2026-03-31" });
        let due = contract.add(supervisor, "obligation", due).unwrap();
        let book = deliverable(&contract, "設計書", "1.0", "");
        contract.take(lead, &book, "prepare", checked("2026-03-20")).unwrap();
        let made = hand_in(&contract, &[&book]);
        let change = ledger::Change::amend(
            "hand_in",
            &made.id,
            made.revision,
            [("obligations".to_string(), json!([due.id]))].into_iter().collect(),
        );
        let made = contract.desk.commit(lead, change).unwrap();
        contract.take(lead, &made, "send", json!({})).unwrap();
        assert_eq!(contract.now(&due).state, "submitted", "the deadline is met by what was handed in");
        assert!(contract.take(lead, &made, "receive", json!({})).is_err());
        assert!(matches!(contract.take(stranger, &made, "receive", json!({})), Err(Refusal::NotFound)));
        contract.take(inspector, &made, "receive", json!({})).unwrap();
        contract.desk.go_to("2026-03-25");
        assert!(
            contract.take(supervisor, &made, "pass", json!({ "means": "documents" })).is_err(),
            "inspectors inspect"
        );
        let lacking = words(contract.take(inspector, &made, "fail", json!({ "means": "documents" })));
        assert!(lacking.contains("finding") && lacking.contains("rework_by"), "{lacking}");
        let told = json!({ "means": "documents", "finding": "図3がない", "rework_by": "2026-03-30" });
        let failed = contract.take(inspector, &made, "fail", told).unwrap();
        assert_eq!((failed.state.as_str(), failed.text("notified_on")), ("failed", Some("2026-03-25")));
        assert_eq!(contract.now(&book).state, "drafting");

        contract.desk.go_to("2026-03-30");
        assert!(
            words(contract.take(lead, &made, "send_again", json!({ "rework": "図3を加えた" })))
                .contains("納入できる状態")
        );
        let now = contract.now(&book);
        let better = json!({ "version": "1.1", "revisions": [{ "version": "1.0", "on": "2026-03-01", "summary": "初版" }, { "version": "1.1", "on": "2026-03-28", "summary": "図3を加えた", "pages": "12頁" }] });
        let change = ledger::Change::amend("deliverable", &now.id, now.revision, better.as_object().cloned().unwrap());
        contract.desk.commit(lead, change).unwrap();
        contract.take(lead, &book, "prepare", checked("2026-03-30")).unwrap();
        contract.take(lead, &made, "send_again", json!({ "rework": "図3を加えた" })).unwrap();
        contract.desk.go_to("2026-04-01");
        let again = contract.take(inspector, &made, "receive", json!({})).unwrap();
        assert_eq!(again.text("first_received_on"), Some("2026-03-20"));
        assert_eq!(again.text("inspect_by"), Some("2026-04-10"), "ten days again, counted from the second receipt");
        contract.desk.go_to("2026-04-03");
        contract.take(inspector, &made, "pass", json!({ "means": "documents", "finding": "直っている" })).unwrap();
        let accepted = contract.take(inspector, &made, "accept", json!({})).unwrap();
        assert_eq!(accepted.text("accepted_on"), Some("2026-04-03"));
        let course: Vec<(String, String)> = accepted
            .value("rounds")
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["received_on"].as_str().unwrap().into(), row["result"].as_str().unwrap().into()))
            .collect();
        assert_eq!(course, [("2026-03-20".to_string(), "fail".to_string()), ("2026-04-01".into(), "pass".into())]);
        assert_eq!(accepted.value("rounds")[0]["rework"], "図3を加えた");
        assert_eq!((contract.now(&book).state, contract.now(&due).state), ("accepted".into(), "accepted".into()));

        // One year from the day of acceptance, which counts as its first day; and one year of notice after it is known.
        let flaw = json!({ "title": "表の誤り", "hand_in": made.id, "content": "表2の単位が違う", "kind": "error", "known_on": "2026-04-02" });
        let flaw = contract.add(supervisor, "nonconformity", flaw).unwrap();
        assert_eq!(flaw.text("liable_until"), Some("2027-04-02"));
        assert_eq!(flaw.text("notify_until"), Some("2027-04-02"));
        contract.desk.go_to("2027-04-03");
        assert!(
            words(contract.take(supervisor, &flaw, "notify", json!({ "demand": "repair" })))
                .contains("1年を過ぎている")
        );
        contract.take(supervisor, &flaw, "notify", json!({ "demand": "repair", "limited": true })).unwrap();
    });
}

#[test]
fn silence_passes_after_the_fourteenth_day_where_the_contract_says_so() {
    on_each_database(|store| {
        let settings =
            json!([{ "name": "deemed_pass", "label": "合格とみなす日", "value": "14 days counting from received_on" }]);
        let contract = Contract::decided(store, "2026-03-02", settings);
        let book = deliverable(&contract, "報告書", "1.0", "");
        contract.take(&contract.lead, &book, "prepare", checked("2026-03-02")).unwrap();
        let made = hand_in(&contract, &[&book]);
        contract.take(&contract.lead, &made, "send", json!({})).unwrap();
        let received = contract.take(&contract.inspector, &made, "receive", json!({})).unwrap();
        assert_eq!((received.text("inspect_by"), received.text("deemed_on")), (Some("2026-03-11"), Some("2026-03-15")));
        let run = || {
            let daily = engagement::daily().into_iter().find(|daily| daily.name == "deemed_pass").unwrap();
            contract
                .desk
                .store
                .write(|tx: &mut dyn ledger::port::Writer| (daily.run)(tx, &contract.desk.kernel))
                .unwrap()
        };
        contract.desk.go_to("2026-03-15");
        assert_eq!(run(), 0, "the fourteenth day is not over");
        assert!(words(contract.take(&contract.inspector, &made, "deem", json!({}))).contains("過ぎていません"));
        contract.desk.go_to("2026-03-16");
        assert_eq!(run(), 1);
        assert_eq!(run(), 0, "once is enough");
        let passed = contract.now(&made);
        assert_eq!((passed.state.as_str(), passed.value("deemed")), ("passed", &json!(true)));
    });
}

/// The terms of the verification contract, clause 10.5: ten days to inspect, fourteen to give notice, both counted from the
/// day of receipt; and 7.1 no. 5 for the minutes. What is done on the records meets the deadlines made from the terms.
#[test]
fn deadlines_made_from_terms_are_met_by_meetings_and_inspections() {
    on_each_database(|store| {
        let contract = Contract::on_terms(store, "2026-05-11", json!("contract_verification"), json!(null));
        let Contract { lead, supervisor, inspector, .. } = &contract;
        let due = |event: &Record, item: &str| {
            let filter = ledger::find::is("event", &event.id).and(ledger::find::is("item", item));
            contract.desk.read(|tx| Ok(ledger::find::all(tx, "obligation", filter, 10)?)).unwrap().pop()
        };
        let meeting = json!({ "title": "全体会", "held_on": "2026-05-11", "place": "会議室", "agenda": [{ "topic": "進捗", "said": "予定どおり" }] });
        let meeting = contract.add(lead, "meeting", meeting).unwrap();
        let attends =
            json!({ "meeting": meeting.id, "name": "見本 監督", "side": "agency", "person": supervisor.person() });
        let attends = contract.add(supervisor, "attendance", attends).unwrap();
        contract.take(lead, &meeting, "hold", json!({})).unwrap();
        assert_eq!(due(&meeting, "minutes").unwrap().text("due_on"), Some("2026-05-14"));
        contract.take(lead, &meeting, "submit", json!({})).unwrap();
        assert_eq!(due(&meeting, "minutes").unwrap().state, "submitted");
        contract.take(supervisor, &attends, "confirm", json!({})).unwrap();
        assert_eq!(
            (contract.now(&meeting).state, due(&meeting, "minutes").unwrap().state),
            ("confirmed".into(), "accepted".into())
        );

        let report = json!({ "title": "4月分", "kind": "completion", "period": "2026-04-01", "report": "終えた", "medium": "upload", "place": "この台帳" });
        let made = contract.add(lead, "hand_in", report).unwrap();
        contract.take(lead, &made, "send", json!({})).unwrap();
        let received = contract.take(inspector, &made, "receive", json!({})).unwrap();
        assert_eq!((received.text("inspect_by"), received.text("deemed_on")), (Some("2026-05-20"), Some("2026-05-24")));
        assert_eq!(due(&made, "inspection").unwrap().text("due_on"), Some("2026-05-20"));
        assert_eq!(due(&made, "inspection_notice").unwrap().text("due_on"), Some("2026-05-24"));
        contract.take(inspector, &made, "pass", json!({ "means": "documents" })).unwrap();
        for item in ["inspection", "inspection_notice"] {
            assert_eq!(due(&made, item).unwrap().state, "accepted", "{item}");
        }
    });
}
