use serde_json::json;
use testkit::on_each_database;

use crate::contract::{Contract, words};

#[test]
fn a_wish_is_answered_by_a_proposal_and_decided_by_the_agency() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-06-01");
        let Contract { supervisor, lead, .. } = &contract;
        let wish = contract.add(supervisor, "wish", json!({ "business": "支給", "wish": "一覧を印刷したい" })).unwrap();
        assert!(words(contract.take(lead, &wish, "propose", json!({}))).contains("proposal"));
        contract.take(lead, &wish, "propose", json!({ "proposal": "帳票を加える", "effort": "16" })).unwrap();
        assert!(contract.take(lead, &wish, "adopt", json!({ "decision": "採る" })).is_err(), "the agency decides");
        assert!(words(contract.take(supervisor, &wish, "adopt", json!({}))).contains("decision"));
        let adopted = contract.take(supervisor, &wish, "adopt", json!({ "decision": "次の改修で行う" })).unwrap();
        assert_eq!(adopted.text("decided_on"), Some("2026-06-01"));
    });
}

#[test]
fn a_design_has_two_options_and_one_of_them_is_recommended_and_chosen() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-06-01");
        let Contract { supervisor, lead, .. } = &contract;
        let option = |name: &str| json!({ "name": name, "pros": "早い", "cons": "高い" });
        let design = |options: serde_json::Value, recommended: &str| json!({ "title": "保存先", "options": options, "recommended": recommended, "reason": "運用しやすい" });
        assert!(words(contract.add(lead, "design_choice", design(json!([option("甲")]), "甲"))).contains("二つ以上"));
        let two = || json!([option("甲"), option("乙")]);
        assert!(words(contract.add(lead, "design_choice", design(two(), "丙"))).contains("案の中にありません"));
        let made = contract.add(lead, "design_choice", design(two(), "甲")).unwrap();
        assert!(contract.take(lead, &made, "decide", json!({ "chosen": "甲" })).is_err(), "not by whoever proposed it");
        assert!(
            words(contract.take(supervisor, &made, "decide", json!({ "chosen": "丙" }))).contains("案の中にありません")
        );
        contract.take(supervisor, &made, "decide", json!({ "chosen": "乙" })).unwrap();
    });
}

#[test]
fn a_handover_is_reported_only_when_every_item_is_over() {
    on_each_database(|store| {
        let contract = Contract::new(store, "2026-06-01");
        let Contract { supervisor, lead, .. } = &contract;
        let items = |done: Option<&str>| {
            json!([
                { "kind": "document", "name": "運用の経緯", "done_on": "2026-05-20" },
                { "kind": "key", "name": "署名の鍵", "done_on": done },
                { "kind": "code", "name": "構成の定義", "done_on": "2026-05-21" },
            ])
        };
        let made =
            json!({ "direction": "received", "counterpart": "前の会社", "due_on": "2026-06-08", "items": items(None) });
        let made = contract.add(lead, "handover", made).unwrap();
        assert_eq!(made.value("open_items").as_i64(), Some(1));
        let early = words(contract.take(lead, &made, "report", json!({ "result": "受けた" })));
        assert!(early.contains("引き継いでいないもの"), "{early}");
        let done = json!({ "result": "受けた", "items": items(Some("2026-06-01")) });
        contract.take(lead, &made, "report", done).unwrap();
        assert!(contract.take(lead, &made, "approve", json!({})).is_err());
        contract.take(supervisor, &made, "approve", json!({})).unwrap();
    });
}
