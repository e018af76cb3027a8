//! A definition that changes: old records keep opening.

use ledger::read::{Condition, ListRequest};
use ledger::{Change, Kernel};
use serde_json::json;
use std::sync::Arc;
use testkit::{on_each_database, values};

use crate::pack::{PAPER, office, source};

#[test]
fn a_renamed_field_is_read_found_and_kept_under_its_new_name() {
    on_each_database(|store| {
        let office = office(store);
        let body = values([("subject", json!(office.subject.id)), ("note", json!("前の名前で書いた"))]);
        let old = office.desk.commit(&office.clerk, Change::create("paper", body)).unwrap();
        let renamed = PAPER.replace("note = { label = \"メモ\",", "remark = { label = \"備考\", was = [\"note\"],");
        let catalogue = ledger::pack::load(&[source(&renamed)]).unwrap();
        let now = &office.desk.kernel;
        let kernel = Kernel::new(
            Arc::new(catalogue),
            now.calendar.clone(),
            now.engines.clone(),
            now.clock.clone(),
            now.entropy.clone(),
        );
        let found = |condition: &str| {
            let conditions = vec![Condition::parse(condition).unwrap()];
            let request = ListRequest { ledger: "paper".into(), conditions, ..ListRequest::default() };
            office.desk.read(|tx| kernel.list(tx, &office.clerk, &request)).unwrap().records
        };
        let by_new_name = found("remark:starts:前の名前");
        assert_eq!(by_new_name.len(), 1);
        assert_eq!(by_new_name[0].text("remark"), Some("前の名前で書いた"), "the old value is shown");
        let detail = office.desk.read(|tx| kernel.detail(tx, &office.clerk, "paper", &old.id, None)).unwrap();
        assert_eq!(detail.record.text("remark"), Some("前の名前で書いた"));
        let change = Change::amend("paper", &old.id, 1, values([("amount", json!(7))]));
        let written = office
            .desk
            .store
            .write(|tx: &mut dyn ledger::port::Writer| kernel.commit(tx, &office.clerk, change.clone()))
            .unwrap();
        assert_eq!(written.text("remark"), Some("前の名前で書いた"));
        assert!(written.body.get("note").is_none());
    });
}

#[test]
fn a_renamed_person_keeps_what_it_opens_and_what_it_shuts() {
    on_each_database(|store| {
        let office = office(store);
        let body = values([("subject", json!(office.subject.id)), ("mark", json!("良好"))]);
        office.desk.commit(&office.clerk, Change::create("paper", body)).unwrap();
        let renamed = PAPER
            .replace(
                "subject = { label = \"対象者\", kind = \"person\", required = true }",
                "about = { label = \"対象者\", kind = \"person\", required = true, was = [\"subject\"] }",
            )
            .replace("person:subject", "person:about")
            .replace("[\"subject\"]", "[\"about\"]")
            .replace("was = [\"about\"]", "was = [\"subject\"]")
            .replace("\"number\", \"subject\"", "\"number\", \"about\"");
        let catalogue = ledger::pack::load(&[source(&renamed)]).unwrap();
        let now = &office.desk.kernel;
        let kernel = Kernel::new(
            Arc::new(catalogue),
            now.calendar.clone(),
            now.engines.clone(),
            now.clock.clone(),
            now.entropy.clone(),
        );
        // A judge whom the paper is about: sees it as its subject only, without the mark.
        let mut judge = office.judge.clone();
        judge.actor.person = Some(office.subject.id.clone());
        let request = ListRequest { ledger: "paper".into(), ..ListRequest::default() };
        let seen = office.desk.read(|tx| kernel.list(tx, &judge, &request)).unwrap().records;
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].text("mark"), None);
        let detail = office.desk.read(|tx| kernel.detail(tx, &judge, "paper", &seen[0].id, None)).unwrap();
        assert_eq!(detail.record.text("mark"), None);
    });
}
