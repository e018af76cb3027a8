//! Subcontracts on every tier.

use serde_json::{Value, json};
use testkit::on_each_database;

use crate::site::Site;

const ALL: [&str; 11] = [
    "security", "secrecy", "minimum", "personal", "tracing", "staff", "report", "incident", "disposal", "tiers",
    "barred",
];

pub fn subcontract() -> Value {
    json!({
        "firm": "下請株式会社", "corporate_number": "1234567890123", "address": "見本市2-2", "scope": "夜間の監視", "amount": 1_500_000,
        "necessity": "24時間の体制が要るため", "capability": "同種の実績5年", "method": "毎月の報告と立入り", "core": false, "minor": false,
        "personal": true, "protected": false, "suspended": false, "barred": false,
        "starts_on": "2026-05-01", "ends_on": "2027-03-31", "flow_down": ALL,
    })
}

#[test]
fn core_parts_the_whole_and_barred_firms_are_not_subcontracted() {
    on_each_database(|store| {
        let site = Site::open(store);
        for (field, value, said) in [
            ("core", json!(true), "主たる部分は再委託できません"),
            ("amount", json!(10_000_000), "一括して再委託する"),
            ("suspended", json!(true), "指名停止"),
            ("barred", json!(true), "暴力団排除"),
            ("ends_on", json!("2027-04-01"), "履行期間の後"),
            ("necessity", json!(""), "合理性と必要性"),
        ] {
            let mut wrong = subcontract();
            wrong[field] = value;
            let refused = site.refused(&site.lead, "subcontract", wrong);
            assert!(refused.contains(said), "{field}: {refused}");
        }
        assert_eq!(site.make(&site.lead, "subcontract", subcontract()).value("share"), &json!("15.0"));
    });
}

#[test]
fn a_subcontract_is_approved_before_it_begins_with_all_duties_handed_down() {
    on_each_database(|store| {
        let site = Site::open(store);
        let mut short = subcontract();
        short["flow_down"] = json!(["security"]);
        let one = site.make(&site.lead, "subcontract", short);
        site.take(&site.lead, &one, "apply", json!({}));
        assert!(site.stopped(&site.supervisor, &one, "approve", json!({})).contains("11の義務"));
        site.take(&site.supervisor, &one, "refuse", json!({}));
        site.amend(&site.lead, &one, json!({ "flow_down": ALL })).expect("mended");
        let applied = site.take(&site.lead, &one, "apply", json!({}));
        assert_eq!(applied.state, "applied");
        site.stopped(&site.lead, &one, "approve", json!({}));
        site.desk.go_to("2026-05-02");
        assert!(site.stopped(&site.supervisor, &one, "approve", json!({})).contains("始める日の前"));
        site.desk.go_to("2026-05-01");
        let approved = site.take(&site.supervisor, &one, "approve", json!({ "conditions": "毎月の報告" }));
        assert_eq!(approved.value("next_check_on"), &json!("2027-05-01"));
        // The next tier stands below an approved one, within its time.
        let mut below = subcontract();
        below["parent"] = json!(one.id);
        below["starts_on"] = json!("2026-06-01");
        let below = site.make(&site.lead, "subcontract", below);
        assert_eq!((below.value("tier"), below.value("contractor")), (&json!(2), one.value("contractor")));
        // A stop is ordered by the agency and carried out by the company.
        site.stopped(&site.lead, &one, "order_stop", json!({ "stop_reason": "義務違反" }));
        site.take(
            &site.supervisor,
            &one,
            "order_stop",
            json!({ "stop_reason": "暴力団排除の対象と分かった", "barred": true }),
        );
        assert_eq!(site.take(&site.lead, &one, "stop", json!({ "stopped_on": "2026-05-01" })).state, "stopped");
        site.take(&site.lead, &below, "apply", json!({}));
        assert!(site.stopped(&site.supervisor, &below, "approve", json!({})).contains("上の段が承認されている"));
    });
}

#[test]
fn a_minor_subcontract_is_only_told_unless_it_touches_personal_data() {
    on_each_database(|store| {
        let site = Site::open(store);
        let mut minor = subcontract();
        minor["minor"] = json!(true);
        let touching = site.make(&site.lead, "subcontract", minor.clone());
        assert_eq!(site.take(&site.lead, &touching, "apply", json!({})).state, "applied");
        minor["personal"] = json!(false);
        let minor = site.make(&site.lead, "subcontract", minor);
        assert_eq!(site.take(&site.lead, &minor, "apply", json!({})).state, "noticed");
    });
}
