//! Protected information, its copies, media, loans.

use ledger::Record;
use serde_json::{Value, json};
use testkit::on_each_database;

use crate::site::Site;

pub fn item(manager: &Record, origin: Option<&Record>) -> Value {
    let mut values = json!({
        "name": "ネットワーク構成図", "kind": "network", "designation": "protected", "designated_on": "2026-04-01", "purpose": "運用",
        "form": "paper", "place": "取扱施設A 施錠ロッカー1", "locked": true, "manager": manager.id,
        "marked_cover": true, "marked_parts": true, "received_on": "2026-04-20", "receive_means": "hand",
    });
    if let Some(origin) = origin {
        values["origin"] = json!(origin.id);
        values["copy_reason"] = json!("現地の点検に使うため");
    }
    values
}

/// An inventory entry that is held.
pub fn held(site: &Site, manager: &Record, origin: Option<&Record>) -> Record {
    let made = site.make(&site.lead, "protected_item", item(manager, origin));
    let made = site.take(&site.lead, &made, "register", json!({}));
    if origin.is_none() { made } else { site.take(&site.supervisor, &made, "permit_copy", json!({})) }
}

#[test]
fn copies_of_copies_are_approved_and_followed_until_the_last_is_gone() {
    on_each_database(|store| {
        let site = Site::open(store);
        site.desk.go_to("2026-04-20");
        let (one, two) = (site.worker("見本 太郎", "operation"), site.worker("見本 花子", "security"));
        let manager = site.handler(&two, &["handler", "manager"]);
        let origin = held(&site, &manager, None);
        let asked = site.make(&site.lead, "protected_item", item(&manager, Some(&origin)));
        let asked = site.take(&site.lead, &asked, "register", json!({}));
        assert_eq!((asked.state.as_str(), asked.value("generation")), ("copy_asked", &json!(1)));
        // No copy of what is not yet permitted.
        assert!(
            site.refused(&site.lead, "protected_item", item(&manager, Some(&asked))).contains("保管中ではありません")
        );
        site.stopped(&site.lead, &asked, "permit_copy", json!({}));
        let copy = site.take(&site.supervisor, &asked, "permit_copy", json!({}));
        let below = held(&site, &manager, Some(&copy));
        assert_eq!(below.value("generation"), &json!(2));
        // The origin is not gone while a copy is left, nor the copy while its copy is.
        let gone = |record: &Record| {
            dispose(&site, record, &one);
            site.take(&site.second, record, "check", json!({ "checker": two.id }));
            site.desk.take(&site.supervisor, record, "confirm", serde_json::Map::new())
        };
        let refused = |record: &Record| crate::site::words(&gone(record).expect_err("copies are left"));
        assert!(refused(&origin).contains("複製がまだ残っています。先に複製を返却・廃棄してください。 残り: 1件"));
        assert!(refused(&copy).contains("残り: 1件"));
        assert_eq!(gone(&below).expect("the last copy").state, "disposed");
        for record in [&copy, &origin] {
            site.take(&site.supervisor, record, "confirm", json!({}));
        }
        let close = site.desk.take(
            &ledger::Principal::system("test"),
            &site.contract,
            "complete",
            crate::site::body(json!({ "accepted_on": "2026-04-20" })),
        );
        assert_eq!(close.expect("completed").state, "completed");
    });
}

/// Shredded by this worker.
fn dispose(site: &Site, record: &Record, who: &Record) {
    let done =
        json!({ "ended_on": "2026-04-20", "method": "shred", "destroyer": who.id, "proof": site.file("写真.pdf") });
    site.take(&site.lead, record, "dispose", done);
}

#[test]
fn what_one_destroys_another_checks() {
    on_each_database(|store| {
        let site = Site::open(store);
        site.desk.go_to("2026-04-20");
        let (one, two) = (site.worker("見本 太郎", "operation"), site.worker("見本 花子", "security"));
        let manager = site.handler(&two, &["handler", "manager"]);
        let origin = held(&site, &manager, None);
        let without = json!({ "ended_on": "2026-04-20", "method": "shred", "destroyer": one.id });
        assert!(site.stopped(&site.lead, &origin, "dispose", without).contains("完了を証明する資料"));
        dispose(&site, &origin, &one);
        // Neither the same account nor the same worker, nor the agency's word from the company.
        site.stopped(&site.lead, &origin, "check", json!({ "checker": two.id }));
        assert!(site.stopped(&site.second, &origin, "check", json!({ "checker": one.id })).contains("点検は別の人"));
        site.take(&site.second, &origin, "check", json!({ "checker": two.id }));
        site.stopped(&site.second, &origin, "confirm", json!({}));
        site.take(&site.supervisor, &origin, "confirm", json!({}));
    });
}

#[test]
fn taking_out_and_sending_follow_the_rules_of_the_standard() {
    on_each_database(|store| {
        let site = Site::open(store);
        site.desk.go_to("2026-04-20");
        let worker = site.worker("見本 太郎", "operation");
        let manager = site.handler(&worker, &["handler", "manager"]);
        let origin = held(&site, &manager, None);
        let event = json!({
            "item": origin.id, "kind": "take_out", "at": "2026-04-20T10:00:00+09:00", "worker": worker.id, "place": "見本基地", "purpose": "点検",
            "permitted_by": manager.id, "container": true, "outside_mark": false, "back_by": "2026-04-21",
        });
        for (field, value, said) in [
            ("container", json!(false), "施錠した容器"),
            ("outside_mark", json!(true), "外側に表示しません"),
            ("permitted_by", json!(null), "許可した管理者"),
            ("back_by", json!(null), "戻す期限"),
        ] {
            let mut wrong = event.clone();
            wrong[field] = value;
            let refused = site.refused(&site.member, "custody_event", wrong);
            assert!(refused.contains(said), "{field}: {refused}");
        }
        let out = site.make(&site.member, "custody_event", event);
        assert_eq!(out.value("unit"), &json!("運用部"));
        site.take(&site.member, &out, "leave", json!({}));
        site.take(&site.member, &out, "give_back", json!({ "back_at": "2026-04-20T17:00:00+09:00" }));
    });
}

#[test]
fn loans_come_back_before_the_contract_is_closed() {
    on_each_database(|store| {
        let site = Site::open(store);
        let system = ledger::Principal::system("test");
        let lent = json!({ "name": "業務用端末", "kind": "equipment", "quantity": 2, "conditions": "執務室の外に出さない", "place": "運用室" });
        let loan = site.make(&site.supervisor, "loan", lent);
        assert_eq!(loan.value("return_by"), &json!("2027-03-31"));
        site.take(&site.lead, &loan, "receive", json!({}));
        site.take(&system, &site.contract, "complete", json!({ "accepted_on": "2026-04-01" }));
        assert!(site.stopped(&system, &site.contract, "close", json!({})).contains("貸与品"));
        site.take(&site.lead, &loan, "give_back", json!({ "returned_on": "2026-04-01" }));
        site.stopped(&site.lead, &loan, "confirm", json!({ "condition": "good" }));
        site.take(&site.supervisor, &loan, "confirm", json!({ "condition": "good" }));
        assert_eq!(site.take(&system, &site.contract, "close", json!({})).state, "closed");
    });
}

#[test]
fn private_and_unencrypted_media_are_not_used() {
    on_each_database(|store| {
        let site = Site::open(store);
        let worker = site.worker("見本 太郎", "operation");
        let medium = json!({
            "name": "USBメモリ1", "kind": "usb", "owner": "見本システム株式会社 運用部", "own_thing": false, "uses": "修正プログラムの運搬",
            "systems": "保護システム", "users": [worker.id], "encrypted_medium": true, "labelled": true, "place": "金庫",
        });
        for (field, value, said) in
            [("own_thing", json!(true), "個人の持ち物"), ("encrypted_medium", json!(false), "暗号化していない")]
        {
            let mut wrong = medium.clone();
            wrong[field] = value;
            let refused = site.refused(&site.lead, "medium", wrong);
            assert!(refused.contains(said), "{field}: {refused}");
        }
        let medium = site.make(&site.member, "medium", medium);
        site.stopped(&site.member, &medium, "approve", json!({}));
        assert_eq!(site.take(&site.lead, &medium, "approve", json!({})).value("review_on"), &json!("2026-10-01"));
    });
}
