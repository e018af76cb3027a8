use ledger::{Change, Record};
use serde_json::{Value, json};
use testkit::on_each_database;

use crate::contract::{Contract, words};

fn item(contract: &Contract, number: &str, days: (&str, &str), more: Value) -> Record {
    let mut values = json!({
        "number": number, "name": format!("作業{number}"), "owner": "見本 統括", "starts_on": days.0, "ends_on": days.1,
        "criterion": "監督職員が確かめた", "planned_hours": "40", "planned_cost": 400_000,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        values[name] = value.clone();
    }
    contract.add(&contract.lead, "work_item", values).expect("a work")
}

fn amend(contract: &Contract, record: &Record, values: Value) -> Result<Record, ledger::Refusal> {
    let now = contract.now(record);
    let values = values.as_object().cloned().unwrap_or_default();
    contract.desk.commit(&contract.lead, Change::amend(&now.ledger, &now.id, now.revision, values))
}

#[test]
fn a_baseline_is_a_frozen_copy_that_the_agency_approves_and_a_second_one_says_why() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-04-06");
        let Contract { supervisor, lead, .. } = &contract;
        assert!(words(contract.add(lead, "baseline", json!({}))).contains("作業項目がありません"));
        let first = item(&contract, "1.2", ("2026-04-06", "2026-04-10"), json!({}));
        item(&contract, "1.10", ("2026-04-13", "2026-04-17"), json!({ "predecessors": [first.id] }));
        // Whoever writes a copy by hand writes it in vain.
        let forged = json!({ "items": [{ "number": "9", "name": "ない作業", "starts_on": "2026-04-06", "ends_on": "2026-04-07" }] });
        let baseline = contract.add(lead, "baseline", forged).unwrap();
        let shown = |record: &Record| -> Vec<(String, String)> {
            let cell = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_string();
            record
                .value("items")
                .as_array()
                .unwrap()
                .iter()
                .map(|row| (cell(row, "number"), cell(row, "ends_on")))
                .collect()
        };
        let planned = vec![("1.2".to_string(), "2026-04-10".to_string()), ("1.10".into(), "2026-04-17".into())];
        assert_eq!(shown(&baseline), planned);
        assert_eq!(baseline.value("total_cost").as_i64(), Some(800_000));
        contract.take(lead, &baseline, "submit", json!({})).unwrap();
        assert!(contract.take(lead, &baseline, "approve", json!({})).is_err());
        contract.take(supervisor, &baseline, "approve", json!({})).unwrap();

        // The plan moves on; the baseline does not.
        amend(&contract, &first, json!({ "ends_on": "2026-04-14" })).unwrap();
        assert_eq!(shown(&contract.now(&baseline)), planned);
        assert!(amend(&contract, &baseline, json!({ "version": 3 })).is_err(), "nobody writes an approved baseline");

        assert!(words(contract.add(lead, "baseline", json!({ "version": 2 }))).starts_with("reason"));
        let second = contract.add(lead, "baseline", json!({ "version": 2, "reason": "要件が増えた" })).unwrap();
        contract.take(lead, &second, "submit", json!({})).unwrap();
        assert_eq!(contract.now(&baseline).state, "approved");
        contract.take(supervisor, &second, "approve", json!({})).unwrap();
        assert_eq!(contract.now(&baseline).state, "superseded");
        assert_eq!(shown(&contract.now(&second))[0].1, "2026-04-14");
    });
}

#[test]
fn works_that_wait_for_one_another_are_refused_by_name() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-04-06");
        let design = item(&contract, "1", ("2026-04-06", "2026-04-10"), json!({ "name": "設計" }));
        let build =
            item(&contract, "2", ("2026-04-13", "2026-04-17"), json!({ "name": "製造", "predecessors": [design.id] }));
        let told = words(amend(&contract, &design, json!({ "predecessors": [build.id] })));
        assert!(told.contains("輪になっています") && told.contains("1 設計") && told.contains("2 製造"), "{told}");
        let told = words(amend(&contract, &design, json!({ "predecessors": [design.id] })));
        assert!(told.contains("1 設計"), "{told}");
    });
}

#[test]
fn each_rule_earns_as_it_says_and_a_delay_is_told_and_answered() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-04-08");
        let days = ("2026-04-06", "2026-04-10");
        let earned = |record: &Record| contract.now(record).value("earned").as_i64();
        let all = item(&contract, "1", days, json!({ "rule": "zero_hundred" }));
        let half = item(&contract, "2", days, json!({ "rule": "fifty_fifty" }));
        let steps = item(
            &contract,
            "3",
            days,
            json!({ "rule": "milestones", "milestones": [{ "name": "案", "weight": 30, "done_on": "2026-04-07" }, { "name": "承認", "weight": 70 }] }),
        );
        let share = item(
            &contract,
            "4",
            days,
            json!({ "rule": "percent", "measured": [{ "on": "2026-04-08", "percent": 45 }, { "on": "2026-04-07", "percent": 20 }] }),
        );
        assert_eq!([&all, &half, &steps, &share].map(earned), [Some(0), Some(0), Some(30), Some(45)]);
        for record in [&all, &half, &steps, &share] {
            contract.take(&contract.member, record, "start", json!({})).unwrap();
        }
        assert_eq!([&all, &half, &steps, &share].map(earned), [Some(0), Some(50), Some(30), Some(45)]);
        for record in [&all, &half, &steps, &share] {
            contract.take(&contract.member, record, "finish", json!({})).unwrap();
        }
        assert_eq!([&all, &half, &steps, &share].map(earned), [Some(100); 4]);
        let wrong = json!({ "rule": "milestones", "milestones": [{ "name": "案", "weight": 30 }, { "name": "承認", "weight": 60 }] });
        let wrong = json!({ "number": "5", "name": "a", "owner": "b", "starts_on": days.0, "ends_on": days.1, "criterion": "c", "rule": "milestones", "milestones": wrong["milestones"] });
        assert!(words(contract.add(&contract.lead, "work_item", wrong)).contains("100になっていません"));

        let late = item(&contract, "6", days, json!({}));
        contract.take(&contract.lead, &late, "start", json!({})).unwrap();
        assert!(words(contract.take(&contract.lead, &late, "report_delay", json!({}))).contains("expected_on"));
        let told = json!({ "expected_on": "2026-04-20", "delay_reason": "機器の故障", "recovery": "人を増やす" });
        let told = contract.take(&contract.lead, &late, "report_delay", told).unwrap();
        assert_eq!((told.state.as_str(), told.text("delay_told_on")), ("delayed", Some("2026-04-08")));
        contract
            .take(&contract.supervisor, &late, "instruct", json!({ "instruction": "毎日の進み具合を知らせること" }))
            .unwrap();
    });
}
