//! A contract made from terms: its first values, what is decided, what falls due.

use serde_json::{Value, json};
use testkit::{on_each_database, values};

use crate::desk::{Office, told};

#[test]
fn every_duty_is_there_as_soon_as_the_dates_are() {
    on_each_database(|store| {
        let office = Office::new(store);
        let contract = office.contract(&[("contract_on", "2024-03-28")]);
        assert_eq!(contract.text("title"), Some("見本の役務一式"));
        // The ledger's own default of the category gives way to that of the terms.
        assert_eq!((contract.text("category"), contract.text("method")), (Some("lease"), Some("direct")));
        // 28 March 2024 is a Thursday, 30 September a Monday; counted on a paper calendar.
        assert_eq!(
            office.lines(&contract),
            [
                "chart - 2024-04-04",
                "final - 2024-10-07",
                "material - -",
                "monthly 2024-04-01 2024-05-31",
                "monthly 2024-05-01 2024-06-30",
                "monthly 2024-06-01 2024-07-31",
                "monthly 2024-07-01 2024-08-31",
                "monthly 2024-08-01 2024-09-30",
                "monthly 2024-09-01 2024-10-31",
                "plan - 2024-04-01",
            ]
        );
        let chart = office.one(&contract, "chart", None);
        for (field, said) in [
            ("label", "運用体系図"),
            ("clause", "表2-1"),
            ("source", "見本の仕様書"),
            ("kind", "deliverable"),
            ("counted", "契約締結日（令和6年3月28日）の翌日を1日目として数えて5開庁日目"),
            ("office", &office.office.id),
        ] {
            assert_eq!(chart.text(field), Some(said), "{field}");
        }
        assert_eq!(chart.value("copies"), &json!(2));
        for (item, period, counted, span) in [
            ("plan", None, "履行期間の初日（令和6年4月1日）の日", None),
            (
                "final",
                None,
                "履行期間の末日（令和6年9月30日）を1日目として数えて7日目（閉庁日に当たるときは次の開庁日）",
                None,
            ),
            ("monthly", Some("2024-06-01"), "対象の月（令和6年6月）の翌月の末日", Some("令和6年6月")),
            ("material", None, "求めがあったとき", None),
        ] {
            let one = office.one(&contract, item, period);
            assert_eq!((one.text("counted"), one.text("span")), (Some(counted), span), "{item}");
        }
    });
}

#[test]
fn what_was_entered_stays_and_dates_that_are_missing_are_waited_for() {
    on_each_database(|store| {
        let office = Office::new(store);
        let contract = office.contract(&[("title", "別の件名"), ("ends_on", "2024-04-30"), ("method", "open_bid")]);
        assert_eq!((contract.text("title"), contract.text("method")), (Some("別の件名"), Some("open_bid")));
        let chart = office.one(&contract, "chart", None);
        assert_eq!((chart.text("due_on"), chart.text("counted")), (None, Some("「契約締結日」が入ると決まります")));
        assert_eq!(office.lines(&contract).iter().filter(|line| line.starts_with("monthly")).count(), 1);

        // Terms may be chosen later, and a contract without them has nothing by terms.
        let plain = office.contract(&[("terms", ""), ("title", "決まりのない契約"), ("method", "direct")]);
        assert!(office.lines(&plain).is_empty() && plain.value("settings").is_null());
        let chosen = office.set(&plain, &[("terms", "contract_sample")]);
        assert_eq!((chosen.text("title"), chosen.text("ends_on")), (Some("決まりのない契約"), Some("2024-09-30")));
        assert_eq!(office.lines(&chosen).len(), 10);
        // What is no longer wanted is withdrawn, what was never by terms is not touched.
        let none = office.set(&chosen, &[("terms", "")]);
        assert!(office.all(&none).iter().all(|one| one.state == "waived"));
    });
}

#[test]
fn what_is_decided_for_a_contract_moves_its_dates_and_nothing_else() {
    on_each_database(|store| {
        let office = Office::new(store);
        let contract = office.contract(&[("contract_on", "2024-03-28")]);
        let row = |name: &str, value: &str, note: &str| json!({ "name": name, "value": value, "note": note });
        assert_eq!(
            contract.value("settings"),
            &json!([
                { "name": "promptly", "label": "「速やかに」の日数", "value": "5 business days", "said": "5開庁日", "clause": "表2", "note": "日数がないので5開庁日とします。" },
                { "name": "plan", "label": "計画書の期限", "value": "on starts_on", "said": "「履行期間の初日」の日", "clause": "4(5) と 表4" },
            ])
        );
        let lines = office.lines(&contract);
        let decide = |rows: Vec<Value>| {
            let mut body = values([("settings", rows.into())]);
            body.insert("amount".into(), json!(1000));
            office.amend(&contract, body)
        };
        for (rows, place, says) in [
            (vec![row("promptry", "1 day", "a")], "settings[Some(0)].Some(\"name\")", "promptly、plan"),
            (
                vec![row("plan", "2 weeks before starts_on", "a")],
                "settings[Some(0)].Some(\"value\")",
                "「on starts_on」「1 week before starts_on」のどれか",
            ),
            (
                vec![row("promptly", "5 bussiness days", "a")],
                "settings[Some(0)].Some(\"value\")",
                "「運用体系図」の期限を数えられません",
            ),
            (
                vec![row("plan", "on starts_on", ""), row("promptly", "3 days after notice", "a")],
                "settings[Some(1)].Some(\"value\")",
                "「5 business days」のような形",
            ),
            (vec![row("promptly", "3 business days", "")], "settings[Some(0)].Some(\"note\")", "改めた理由"),
            (
                vec![row("promptly", "3 business days", "日数がないので5開庁日とします。")],
                "settings[Some(0)].Some(\"note\")",
                "改めた理由",
            ),
            (
                vec![row("plan", "on starts_on", ""), row("plan", "on starts_on", "")],
                "settings[Some(1)].Some(\"name\")",
                "二つあります",
            ),
        ] {
            let said = told(decide(rows));
            assert!(said.contains(place) && said.contains(says), "{said}");
        }
        assert_eq!(office.lines(&contract), lines, "a refusal moves nothing");

        // Rows that were left out come back with their first values.
        decide(vec![row("plan", "1 week before starts_on", "監督職員と相手方で確かめた。")]).expect("decided");
        let moved = office.lines(&contract);
        let changed: Vec<&String> = moved.iter().filter(|line| !lines.contains(line)).collect();
        assert_eq!((changed, moved.len()), (vec![&"plan - 2024-03-25".to_owned()], lines.len()));
        let settings = office.desk.record("engagement", &contract.id).value("settings").clone();
        assert_eq!(settings[0]["value"], json!("5 business days"));
        assert_eq!(settings[1]["label"], json!("計画書の期限"));
    });
}

#[test]
fn more_deadlines_than_a_contract_can_have_are_refused() {
    on_each_database(|store| {
        let office = Office::new(store);
        let said = told(office.try_contract(&[("starts_on", "2024-04-01"), ("ends_on", "9999-12-31")]));
        assert!(said.starts_with("ends_on") && said.contains("3000件を超えます"), "{said}");
    });
}
