use serde_json::{Value, json};
use testkit::on_each_database;

use crate::contract::{Contract, words};
use crate::pages::planned;

#[test]
fn the_monthly_report_counts_from_the_records_until_it_is_handed_in() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-04-06");
        let works = planned(&contract);
        let Contract { lead, supervisor, .. } = &contract;
        contract.desk.go_to("2026-05-07");
        assert!(words(contract.add(lead, "progress_report", json!({ "month": "2026-04-02" }))).contains("1日で"));
        let forged = json!({ "month": "2026-04-01", "figures": [{ "name": "完了率（%）", "value": "100" }] });
        assert!(
            words(contract.add(lead, "progress_report", forged)).contains("「数字」"),
            "nobody writes what is counted"
        );
        let report = contract.add(lead, "progress_report", json!({ "month": "2026-04-01" })).unwrap();
        let figure = |report: &ledger::Record, name: &str| -> String {
            let rows = report.value("figures").as_array().unwrap();
            let row = rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}"));
            row["value"].as_str().unwrap_or_default().to_string()
        };
        // At the end of April: 設計 is done (80 hours), half of 製造 is earned (40) and planned (40), 手引 was to be done (80).
        let table = [
            ("計画価値 PV（時間）", "200.00"),
            ("出来高 EV（時間）", "120.00"),
            ("実コスト AC（時間）", "40.00"),
            ("完了率（%）", "50.0"),
            ("スケジュール効率 SPI", "0.600"),
            ("この月の稼働（時間）", "40.00"),
            ("終了予定日を過ぎた作業", "1"),
            ("解決していない課題", "0"),
        ];
        for (name, value) in table {
            assert_eq!(figure(&report, name), value, "{name}");
        }
        assert_eq!(report.text("counted_on"), Some("2026-04-30"));
        assert_eq!(report.text("month_label"), Some("2026年4月"));
        assert!(words(contract.take(lead, &report, "submit", json!({}))).contains("summary"));
        contract
            .take(lead, &report, "submit", json!({ "summary": "手引が遅れている", "done": "設計", "next": "製造" }))
            .unwrap();
        // What was handed in stays, whatever happens to the records.
        contract.take(lead, &works[2], "drop", json!({})).unwrap();
        let confirmed = contract.take(supervisor, &report, "confirm", json!({})).unwrap();
        assert_eq!(
            (confirmed.state.as_str(), figure(&confirmed, "計画価値 PV（時間）")),
            ("confirmed", "200.00".into())
        );
        let names: Vec<&Value> = confirmed.value("works").as_array().unwrap().iter().map(|row| &row["name"]).collect();
        assert_eq!(names, ["設計", "製造", "手引"]);
        let next = contract.add(lead, "progress_report", json!({ "month": "2026-05-01" })).unwrap();
        assert_eq!(figure(&next, "終了予定日を過ぎた作業"), "0");
    });
}
