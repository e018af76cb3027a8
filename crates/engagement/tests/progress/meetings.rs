use serde_json::json;
use testkit::on_each_database;

use crate::contract::{Contract, words};

fn meeting(contract: &Contract, held_on: &str) -> ledger::Record {
    let values = json!({
        "title": "第1回 進捗会議", "held_on": held_on, "place": "見本庁舎 第2会議室",
        "agenda": [{ "topic": "進捗の確認", "speaker": "見本 統括" }, { "topic": "課題の確認" }],
    });
    contract.add(&contract.lead, "meeting", values).expect("a meeting")
}

/// Row: contract setting, day of the meeting, day by which minutes are due, day by which material goes out. Counted by hand:
/// closed are Saturdays, Sundays, 3 and 23 November, 29 December to 3 January.
#[test]
fn minutes_are_due_three_business_days_from_the_next_day_or_as_the_contract_says() {
    let table = [
        (None, "2026-11-20", "2026-11-26", "2026-11-19"),
        (None, "2026-11-02", "2026-11-06", "2026-10-30"),
        (None, "2026-12-28", "2027-01-06", "2026-12-25"),
        (Some("5 business days"), "2026-11-20", "2026-11-30", "2026-11-19"),
        (Some("3 days after held_on"), "2026-11-20", "2026-11-23", "2026-11-19"),
    ];
    for (setting, held_on, minutes_by, material_by) in table {
        on_each_database(|store| {
            let settings = setting.map(|value| json!([{ "name": "minutes", "label": "議事録の期限", "value": value }]));
            let contract = Contract::decided(store, "2026-10-01", settings.unwrap_or_else(|| json!([])));
            let made = meeting(&contract, held_on);
            assert_eq!(made.text("minutes_by"), Some(minutes_by), "{setting:?} {held_on}");
            assert_eq!(made.text("material_by"), Some(material_by), "{setting:?} {held_on}");
        });
    }
}

#[test]
fn minutes_are_settled_when_everybody_who_attended_has_confirmed_them() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-11-20");
        let Contract { supervisor, lead, member, stranger, .. } = &contract;
        let made = meeting(&contract, "2026-11-20");
        let attends = |who: &ledger::Principal, name: &str, side: &str| {
            let values = json!({ "meeting": made.id, "name": name, "side": side, "person": who.person() });
            contract.add(supervisor, "attendance", values).expect("an attendance")
        };
        let held = contract.take(lead, &made, "hold", json!({})).unwrap();
        assert!(words(contract.take(lead, &held, "submit", json!({}))).contains("出席者がまだ"));
        let of_agency = attends(supervisor, "見本 監督", "agency");
        let of_company = attends(member, "見本 従事", "contractor");
        let silent = words(contract.take(lead, &held, "submit", json!({})));
        assert!(silent.contains("議事の要旨"), "{silent}");
        let agenda = json!([{ "topic": "進捗の確認", "said": "予定どおり進んでいる。", "decided": "次回までに試験計画を示す。" }]);
        let change = ledger::Change::amend(
            "meeting",
            &held.id,
            held.revision,
            [("agenda".to_string(), agenda)].into_iter().collect(),
        );
        let written = contract.desk.commit(lead, change).unwrap();
        let expert = contract
            .add(supervisor, "attendance", json!({ "meeting": made.id, "name": "見本 有識", "side": "outside" }))
            .unwrap();

        let submitted = contract.take(lead, &written, "submit", json!({})).unwrap();
        assert_eq!(submitted.text("submitted_on"), Some("2026-11-20"));
        for attendance in [&of_agency, &of_company, &expert] {
            assert_eq!(contract.now(attendance).state, "asked");
        }
        // Nobody confirms for another, not even the lead of the same company; a stranger sees nothing of it.
        assert!(words(contract.take(lead, &of_company, "confirm", json!({}))).contains("本人だけ"));
        assert!(words(contract.take(supervisor, &of_company, "confirm", json!({}))).contains("本人だけ"));
        assert!(matches!(contract.take(stranger, &of_company, "confirm", json!({})), Err(ledger::Refusal::NotFound)));
        let early = words(contract.take(supervisor, &submitted, "confirm", json!({})));
        assert!(early.contains("見本 監督、見本 従事、見本 有識"), "{early}");

        contract.take(supervisor, &of_agency, "confirm", json!({})).unwrap();
        // An objection sends the minutes back; the next version is asked of everybody anew.
        contract.take(member, &of_company, "object", json!({ "objection": "次回の日付が違う。" })).unwrap();
        contract.take(supervisor, &submitted, "send_back", json!({})).unwrap();
        contract.take(lead, &submitted, "submit", json!({})).unwrap();
        assert_eq!(contract.now(&of_agency).state, "asked");
        contract.take(supervisor, &of_agency, "confirm", json!({})).unwrap();
        contract.take(member, &of_company, "confirm", json!({})).unwrap();
        assert_eq!(contract.now(&made).state, "submitted");
        contract.take(supervisor, &expert, "in_writing", json!({ "means": "11月25日の電子メール" })).unwrap();
        let settled = contract.now(&made);
        assert_eq!((settled.state.as_str(), settled.text("confirmed_on")), ("confirmed", Some("2026-11-20")));
    });
}
