//! Workers, their change, and their notices.

use serde_json::json;
use testkit::on_each_database;

use crate::site::{Site, person};

#[test]
fn exactly_one_lead_works_on_any_day_and_a_successor_begins_the_day_after() {
    on_each_database(|store| {
        let site = Site::open(store);
        let first = site.worker("見本 太郎", "lead");
        let mut next = person("見本 花子", "lead");
        assert!(site.refused(&site.lead, "worker", next.clone()).contains("統括責任者は、どの日にも一人"));
        site.take(&site.lead, &first, "end", json!({ "ends_on": "2026-09-30", "leaving_pledged_on": "2026-09-30" }));
        next["starts_on"] = json!("2026-09-30");
        assert!(site.refused(&site.lead, "worker", next.clone()).contains("どの日にも一人"));
        next["starts_on"] = json!("2026-10-01");
        let second = site.make(&site.lead, "worker", next.clone());
        // Who was refused no longer takes the place; when proposed again, the place must still be free.
        site.take(&site.lead, &second, "propose", json!({}));
        site.take(&site.supervisor, &second, "refuse", json!({}));
        let third = site.make(&site.lead, "worker", next);
        assert!(site.stopped(&site.lead, &second, "propose", json!({})).contains("どの日にも一人"));
        site.take(&site.lead, &third, "propose", json!({}));
    });
}

#[test]
fn experience_qualification_and_employment_are_held_against_the_rule_of_the_duty() {
    on_each_database(|store| {
        let site = Site::open(store);
        let rule = json!({
            "name": "統括役務員", "duty": "lead", "experience": "leadership", "years": 5, "own_employee": true,
            "qualification": "情報処理安全確保支援士", "japanese": true, "clause": "3.2.2.1",
        });
        let rule = site.make(&site.supervisor, "staffing_rule", rule);
        let mut lead = person("見本 太郎", "lead");
        lead["rule"] = json!(rule.id);
        for (field, value, said) in [
            (
                "careers",
                json!([{ "experience": "leadership", "from": "2021-04-02", "to": "2026-03-30", "content": "統率" }]),
                "経験の年数に足りません",
            ),
            (
                "careers",
                json!([{ "experience": "operation", "from": "2000-04-01", "to": "2026-03-31", "content": "運用" }]),
                "経験の年数に足りません",
            ),
            ("qualifications", json!([]), "資格が求められています"),
            ("employment", json!("contract"), "自社の従業員に限られています"),
            ("nationality", json!("見本国"), "日本国籍の人に限られています"),
            ("duty", json!("maintenance"), "別の役割のもの"),
        ] {
            let mut wrong = lead.clone();
            wrong[field] = value;
            let refused = site.refused(&site.lead, "worker", wrong);
            assert!(refused.contains(said), "{field}: {refused}");
        }
        // Five years and not a day less, in two parts.
        lead["careers"] = json!([
            { "experience": "leadership", "from": "2020-04-01", "to": "2022-03-31", "content": "統率" },
            { "experience": "leadership", "from": "2023-04-01", "to": "2026-03-30", "content": "統率" },
        ]);
        let worker = site.make(&site.lead, "worker", lead);
        assert_eq!(worker.value("experience_days"), &json!(730 + 1095));
    });
}

#[test]
fn a_worker_is_approved_by_the_agency_and_stays_as_approved() {
    on_each_database(|store| {
        let site = Site::open(store);
        let mut values = person("見本 太郎", "operation");
        values["pledged_on"] = json!(null);
        let worker = site.make(&site.lead, "worker", values);
        site.take(&site.lead, &worker, "propose", json!({}));
        assert!(site.stopped(&site.supervisor, &worker, "approve", json!({})).contains("誓約書を受けてから"));
        site.take(&site.supervisor, &worker, "refuse", json!({}));
        site.amend(&site.lead, &worker, json!({ "pledged_on": "2026-04-02" })).expect("mended");
        site.take(&site.lead, &worker, "propose", json!({}));
        // Not by the company itself, and not changed behind the approval.
        site.stopped(&site.lead, &worker, "approve", json!({}));
        site.stopped(&site.inspector, &worker, "approve", json!({}));
        let approved = site.take(&site.supervisor, &worker, "approve", json!({}));
        assert_eq!(approved.value("review_on"), &json!("2027-04-20"));
        assert!(site.amend(&site.lead, &worker, json!({ "name": "別人" })).is_err());
        assert!(site.stopped(&site.lead, &worker, "end", json!({ "ends_on": "2026-12-31" })).contains("離任後の誓約"));
    });
}

#[test]
fn a_change_of_workers_is_approved_before_it_takes_effect() {
    on_each_database(|store| {
        let site = Site::open(store);
        let leaving = site.worker("見本 太郎", "operation");
        let successor = site.make(&site.lead, "worker", person("見本 花子", "operation"));
        let mut change =
            json!({ "side": "agency", "kind": "replace", "effective_on": "2026-05-11", "leaving": leaving.id });
        assert!(site.refused(&site.supervisor, "worker_change", change.clone()).contains("理由"));
        change["reason"] = json!("業務の遂行に著しく不適当なため");
        let change = site.make(&site.supervisor, "worker_change", change);
        assert!(
            site.stopped(&site.lead, &change, "submit", json!({ "handover": "3日かけて引き継ぐ" }))
                .contains("加わる従事者")
        );
        site.take(&site.lead, &change, "submit", json!({ "successor": successor.id, "handover": "3日かけて引き継ぐ" }));
        assert!(site.stopped(&site.supervisor, &change, "approve", json!({})).contains("加わる人を承認してから"));
        site.take(&site.lead, &successor, "propose", json!({}));
        site.take(&site.supervisor, &successor, "approve", json!({}));
        site.desk.go_to("2026-05-12");
        assert!(site.stopped(&site.supervisor, &change, "approve", json!({})).contains("変更の日より前"));
        site.desk.go_to("2026-05-08");
        site.take(&site.supervisor, &change, "approve", json!({}));
        assert!(site.stopped(&site.lead, &change, "finish", json!({})).contains("まだ来ていません"));
        site.desk.go_to("2026-05-11");
        site.take(&site.lead, &change, "finish", json!({}));
    });
}

#[test]
fn nobody_works_in_the_agencys_facilities_without_the_notice_that_names_them() {
    on_each_database(|store| {
        let site = Site::open(store);
        let (known, unknown) = (site.worker("見本 太郎", "operation"), site.worker("見本 花子", "maintenance"));
        let notice = site.make(&site.lead, "staff_notice", notice(&[&known.id]));
        site.take(&site.lead, &notice, "file", json!({}));
        let mut work = json!({
            "place": "見本基地", "works_on": "2026-05-11", "ends_on": "2026-05-12", "added": false, "addressee": "見本基地 検査官",
            "representative": "代表 見本", "address": "見本市1-1", "notice": notice.id, "workers": [known.id],
            "plans": [{ "day": "2026-05-11", "no": 1, "content": "点検" }, { "day": "2026-05-12", "no": 1, "content": "交換" }],
        });
        assert!(site.refused(&site.lead, "site_work", work.clone()).contains("確認済みの従事者の届出書"));
        site.take(&site.supervisor, &notice, "confirm", json!({}));
        work["workers"] = json!([known.id, unknown.id]);
        assert!(site.refused(&site.lead, "site_work", work.clone()).contains("届出書にない従事者"));
        work["workers"] = json!([known.id]);
        let work = site.make(&site.lead, "site_work", work);
        site.take(&site.lead, &work, "file", json!({}));
        assert!(
            site.stopped(
                &site.supervisor,
                &work,
                "confirm",
                json!({ "matched": false, "confirmer": "見本基地 総務課" })
            )
            .contains("差し戻し")
        );
        site.take(&site.supervisor, &work, "confirm", json!({ "matched": true, "confirmer": "見本基地 総務課" }));
        // The result is the inspector's to write.
        let result = json!({ "results": [{ "day": "2026-05-11", "no": 1, "content": "点検を終えた" }] });
        site.stopped(&site.lead, &work, "finish", result.clone());
        site.take(&site.inspector, &work, "finish", result);
    });
}

/// Values of a notice of these workers.
pub fn notice(workers: &[&str]) -> serde_json::Value {
    json!({
        "kind": "own", "change": false, "effective_on": "2026-05-11", "addressee": "支出負担行為担当官", "representative": "代表 見本",
        "address": "見本市1-1", "workers": workers,
        "firms": [{ "capital": "独立", "officers": "代表 見本", "place": "本社", "address": "見本市1-1 電話00-0000", "scope": "運用支援" }],
        "contracts": [{ "party": "見本県", "system": "人事給与", "year": "令和6年度" }],
    })
}
