//! The home of a contract, as each side opens it.

use ledger::Principal;
use serde_json::{Value, json};
use testkit::on_each_database;

use crate::contract::Contract;
use crate::visitor::get;

fn home(contract: &Contract, who: &Principal) -> String {
    let (status, html) = get(contract, who, &format!("/engagements/{}", contract.engagement.id));
    assert_eq!(status, 200);
    html
}

/// What stands between a heading and the next one of its rank.
fn section<'h>(html: &'h str, id: &str) -> Option<&'h str> {
    html.split(&format!("id=\"{id}\"")).nth(1).and_then(|rest| rest.split("<section").next())
}

#[test]
fn a_young_contract_shows_what_to_begin_and_no_empty_ledger() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-04-06");
        let html = home(&contract, &contract.supervisor);
        assert!(html.contains("期限はまだありません") && html.contains("待っているものはありません"));
        assert!(!html.contains("0件"), "nothing is counted as nothing");
        let begin = section(&html, "ledgers").unwrap();
        let (held, empty) = begin.split_once("始める").expect("what can be begun");
        assert!(held.contains("まだ記録はありません") && !held.contains("href"));
        assert!(empty.contains("会議を登録する") && !empty.contains("稼働実績を登録する"), "only what one may make");
        let issue = json!({ "content": "容量が足りない", "impact": "遅れる", "priority": "high", "owner": "見本 統括", "occurred_on": "2026-04-02", "due_on": "2026-04-03" });
        contract.add(&contract.lead, "issue_item", issue).expect("an issue");
        let html = home(&contract, &contract.supervisor);
        let (held, empty) = section(&html, "ledgers").unwrap().split_once("始める").unwrap();
        assert!(held.contains("課題") && held.contains("1件") && !empty.contains("課題を登録する"));
        let standing = section(&html, "standing").expect("how it stands");
        assert!(standing.contains("対応が要ります") && standing.contains("対応期限を過ぎたもの1件"), "{standing}");
    });
}

#[test]
fn the_money_is_shown_with_its_records_to_those_who_may_know_it() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-06-20");
        let Contract { desk, lead, supervisor, member, .. } = &contract;
        let system = Principal::system("test");
        let monthly = json!({ "payment": "monthly", "monthly_amount": 1_000_000 }).as_object().cloned().unwrap();
        let now = contract.now(&contract.engagement);
        desk.commit(&system, ledger::Change::amend("engagement", &now.id, now.revision, monthly))
            .expect("by the month");
        let invoice = |month: &str| {
            let values = json!({ "kind": "monthly", "month": month, "amount": 1_000_000 });
            contract.add(lead, "invoice", values).expect("a claim")
        };
        let april = invoice("2026-04-01");
        contract.take(lead, &april, "submit", json!({})).expect("claimed");
        let html = home(&contract, supervisor);
        let money = section(&html, "money").expect("the money");
        for wanted in ["12,000,000円", "1,000,000円", "請求書1件", "11,000,000円", "令和8年5月分"] {
            assert!(money.contains(wanted), "{wanted}: {money}");
        }
        assert!(!money.contains("請求書を作る"), "the supervisor claims nothing");
        let theirs = home(&contract, lead);
        assert!(section(&theirs, "money").unwrap().contains("令和8年5月分の請求書を作る"));
        invoice("2026-05-01");
        assert!(section(&home(&contract, lead), "money").unwrap().contains("の請求書</a> が提出を待っています"));
        // A worker of the company reads no claims: neither their amounts nor what is left of the contract.
        let html = home(&contract, member);
        let money = section(&html, "money").expect("the agreed amount");
        assert!(
            money.contains("12,000,000円") && !money.contains("11,000,000円") && !money.contains("請求"),
            "{money}"
        );
    });
}

#[test]
fn what_was_decided_is_told_in_words_and_never_as_a_rule() {
    on_each_database(|store| {
        let contract = Contract::on_terms(store, "2026-05-11", json!("contract_verification"), Value::Null);
        let html = home(&contract, &contract.supervisor);
        for rule in ["business day", " days", "after ", "counting from", "_on<"] {
            assert!(!html.contains(rule), "{rule}");
        }
        assert!(html.contains("「受理した日」を1日目として数えて14日目"));
        // Said anew when it is decided anew, and still the rule that is counted by.
        let now = contract.now(&contract.engagement);
        let mut settings = now.value("settings").as_array().cloned().unwrap();
        let row = settings.iter_mut().find(|row| row["name"] == "deemed_pass").unwrap();
        row["value"] = "20 days counting from received_on".into();
        row["note"] = "協議して改めた".into();
        row["said"] = "書いてはならない".into();
        let values = json!({ "settings": settings }).as_object().cloned().unwrap();
        let change = ledger::Change::amend("engagement", &now.id, now.revision, values).because("協議のため");
        contract.desk.commit(&Principal::system("test"), change).expect("decided");
        let html = home(&contract, &contract.supervisor);
        assert!(html.contains("1日目として数えて20日目") && !html.contains("書いてはならない"));
    });
}
