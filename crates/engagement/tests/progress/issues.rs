use ledger::port::DutyFilter;
use ledger::{Change, Refusal};
use serde_json::json;
use testkit::on_each_database;

use crate::contract::{Contract, words};

#[test]
fn an_issue_goes_from_raised_over_examined_and_acted_to_approved_and_no_step_is_left_out() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-11-20");
        let Contract { supervisor, lead, stranger, .. } = &contract;
        let nine = json!({
            "content": "試験環境の容量が足りない", "impact": "結合試験が始められない", "priority": "high",
            "occurred_on": "2026-11-19", "owner": "見本 従事", "due_on": "2026-11-27",
        });
        for field in ["content", "impact", "priority", "owner", "due_on"] {
            let mut less = nine.clone();
            less.as_object_mut().unwrap().remove(field);
            assert!(words(contract.add(lead, "issue_item", less)).starts_with(field), "{field} is mandatory");
        }
        let issue = contract.add(lead, "issue_item", nine).unwrap();
        assert_eq!(issue.state, "raised");
        for later in ["act", "finish", "approve"] {
            let who = if later == "approve" { supervisor } else { lead };
            assert!(contract.take(who, &issue, later, json!({})).is_err(), "{later} from the beginning");
        }
        contract.take(lead, &issue, "examine", json!({})).unwrap();
        let lacking = words(contract.take(lead, &issue, "act", json!({})));
        assert!(lacking.contains("measure") && lacking.contains("status"), "{lacking}");
        contract.take(lead, &issue, "act", json!({ "measure": "容量を増やす", "status": "手配中" })).unwrap();
        assert!(words(contract.take(lead, &issue, "finish", json!({}))).contains("result"));
        contract.take(lead, &issue, "finish", json!({ "result": "増やして確かめた" })).unwrap();
        assert!(contract.take(lead, &issue, "approve", json!({})).is_err(), "nobody approves their own");
        assert!(matches!(contract.take(stranger, &issue, "approve", json!({})), Err(Refusal::NotFound)));
        let closed = contract.take(supervisor, &issue, "approve", json!({})).unwrap();
        assert_eq!((closed.state.as_str(), closed.text("closed_on")), ("closed", Some("2026-11-20")));
        // What was resolved is learnt from: the knowledge begins with the issue's words.
        let known = contract
            .add(lead, "knowledge", json!({ "title": "試験環境の容量", "tags": "試験、容量", "issue": issue.id }))
            .unwrap();
        assert_eq!(known.text("context"), Some("試験環境の容量が足りない"));
        assert_eq!(known.text("solution"), Some("容量を増やす"));
    });
}

#[test]
fn a_grave_issue_is_escalated_once_with_its_instant_and_asks_for_it_until_then() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-11-20");
        let values = json!({
            "content": "移行の日程が守れない", "impact": "本番の開始が遅れる", "priority": "high", "grave": true,
            "owner": "見本 統括", "due_on": "2026-11-30",
        });
        let issue = contract.add(&contract.lead, "issue_item", values).unwrap();
        let open = |name: &str| {
            let filter = DutyFilter { record: Some(issue.id.clone()), limit: 10, ..DutyFilter::default() };
            let duties = contract.desk.read(|tx| Ok(tx.duties(&filter)?)).unwrap();
            duties.into_iter().find(|duty| duty.name == name)
        };
        assert_eq!(open("tell").unwrap().due.unwrap().to_string(), "2026-11-24");
        contract.take(&contract.lead, &issue, "examine", json!({})).unwrap();
        let told = contract.take(&contract.lead, &issue, "escalate", json!({})).unwrap();
        assert_eq!(told.state, "examining", "escalating is no step of its own");
        assert!(told.text("escalated_at").unwrap().starts_with("2026-11-20T00:00"), "{:?}", told.text("escalated_at"));
        assert!(open("tell").is_none());
        assert!(words(contract.take(&contract.lead, &issue, "escalate", json!({}))).contains("すでに報告"));
    });
}

#[test]
fn a_high_risk_needs_a_contingency_plan_and_is_reviewed_again_and_again() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-11-20");
        let lead = &contract.lead;
        let risk = |probability: &str, impact: &str| {
            json!({
                "viewpoint": "staffing", "content": "熟練者が抜ける", "cause": "一人に頼っている", "probability": probability,
                "impact": impact, "owner": "見本 統括", "review_on": "2026-12-01",
            })
        };
        // Row: probability, impact, score, priority, whether it can be written without a contingency plan.
        let table = [
            ("1", "1", 1, "low", true),
            ("2", "3", 6, "middle", true),
            ("2", "5", 10, "middle", true),
            ("3", "4", 12, "high", false),
            ("5", "5", 25, "high", false),
        ];
        for (probability, impact, score, priority, plain) in table {
            match contract.add(lead, "risk", risk(probability, impact)) {
                Ok(record) => {
                    assert!(plain, "{probability}×{impact} is high");
                    assert_eq!(
                        (record.value("score").as_i64(), record.text("priority")),
                        (Some(score), Some(priority))
                    );
                }
                refused => assert!(!plain && words(refused).starts_with("contingency"), "{probability}×{impact}"),
            }
        }
        let mut high = risk("4", "4");
        high["contingency"] = "交替の者が手順書で引き継ぐ".into();
        let risk = contract.add(lead, "risk", high).unwrap();
        assert!(words(contract.take(lead, &risk, "treat", json!({}))).contains("measure"));
        contract.take(lead, &risk, "treat", json!({ "measure": "手順書を作り二人で行う" })).unwrap();
        let again = words(contract.take(lead, &risk, "review", json!({ "review_on": "2027-01-05" })));
        assert!(again.contains("reviews"), "{again}");
        let review = |on: &str, next: &str| json!({ "reviews": [{ "on": on, "status": "手順書は8割", "evaluation": "下がっている", "by": "見本 統括" }], "review_on": next });
        assert!(
            words(contract.take(lead, &risk, "review", review("2026-11-20", "2026-11-20"))).contains("次の見直しの日")
        );
        let reviewed = contract.take(lead, &risk, "review", review("2026-11-20", "2027-01-05")).unwrap();
        assert_eq!(reviewed.state, "treated");
        assert!(words(contract.take(lead, &risk, "review", review("2026-11-20", "2027-02-05"))).contains("一行加え"));
        // It happened: an issue takes over.
        assert!(words(contract.take(lead, &risk, "occur", json!({}))).contains("issue"));
    });
}

#[test]
fn an_issue_of_another_company_cannot_be_found_or_named() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-11-20");
        let values = json!({ "engagement": contract.engagement.id, "content": "a", "impact": "b", "priority": "low", "owner": "c", "due_on": "2026-12-01" });
        let change = Change::create("issue_item", values.as_object().cloned().unwrap());
        assert!(
            contract.desk.commit(&contract.stranger, change).is_err(),
            "nothing is written into a contract of others"
        );
    });
}
