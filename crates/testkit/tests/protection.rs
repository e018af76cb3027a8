//! The plain ledgers of `packs/core` that protect information: pledges, permissions, copies, approvals, as stories on
//! each database. They have no Rust of their own.

use ledger::port::DutyFilter;
use ledger::{Change, Principal, Record, Refusal};
use serde_json::{Value, json};
use testkit::{Desk, on_each_database, somebody, values};

struct Office {
    desk: Desk,
    worker: Record,
    as_worker: Principal,
    manager: Principal,
    officer: Principal,
}

/// The desk on Wednesday, 1 April 2026.
fn office(store: store::Store) -> Office {
    let desk = Desk::new(store, "2026-04-01", vec![]);
    let person = |number: &str, name: &str| desk.create("person", &[("number", number), ("name", name)]);
    let worker = person("0001", "見本　一郎");
    let manager = person("0002", "見本　二郎");
    let officer = person("0003", "見本　三郎");
    Office {
        as_worker: somebody("worker", Some(&worker), &[]),
        manager: somebody("manager", Some(&manager), &["manager"]),
        officer: somebody("officer", Some(&officer), &["security_officer"]),
        desk,
        worker,
    }
}

impl Office {
    fn due(&self, record: &Record) -> Vec<(String, Option<String>)> {
        let filter = DutyFilter { record: Some(record.id.clone()), limit: 10, ..DutyFilter::default() };
        let duties = self.desk.read(|tx| Ok(tx.duties(&filter)?)).unwrap();
        duties.into_iter().map(|duty| (duty.name, duty.due.map(|due| due.to_string()))).collect()
    }

    fn pledge(&self) -> Record {
        let body = values([
            ("person", json!(self.worker.id)),
            ("kind", json!("従事するとき")),
            ("work", json!("名簿の整備（見本）")),
        ]);
        self.desk.commit(&self.officer, Change::create("pledge", body)).unwrap()
    }
}

fn denied(result: Result<Record, Refusal>) -> bool {
    matches!(result, Err(Refusal::Denied(_)))
}

#[test]
fn a_pledge_is_given_by_the_worker_in_time_and_accepted_by_somebody_else() {
    on_each_database(|store| {
        let office = office(store);
        let pledge = office.pledge();
        // Five business days after 1 April 2026, a Wednesday.
        assert_eq!(office.due(&pledge), [("hand_in".to_string(), Some("2026-04-08".to_string()))]);
        assert!(denied(office.desk.take(&office.officer, &pledge, "hand_in", values([]))));
        let given = office.desk.take(&office.as_worker, &pledge, "hand_in", values([])).unwrap();
        assert_eq!(given.text("pledged_on"), Some("2026-04-01"));
        assert!(denied(office.desk.take(&office.as_worker, &pledge, "accept", values([]))));
        assert_eq!(office.desk.take(&office.officer, &pledge, "accept", values([])).unwrap().state, "accepted");
        assert!(office.due(&pledge).is_empty());
    });
}

#[test]
fn whoever_handles_personal_data_is_permitted_after_a_pledge_and_reviewed() {
    on_each_database(|store| {
        let office = office(store);
        let pledge = office.pledge();
        let body = values([
            ("person", json!(office.worker.id)),
            ("work", json!("名簿の整備（見本）")),
            ("information", json!(["personal"])),
            ("purpose", json!("名簿の更新")),
            ("reason", json!("担当であるため")),
            ("pledge", json!(pledge.id)),
            ("valid_from", json!("2026-04-10")),
            ("review_on", json!("2027-04-01")),
        ]);
        // The manager may not know of the pledge; the officer registers it with the manager's request.
        let asked = office.desk.commit(&office.officer, Change::create("handling_permission", body.clone()));
        let asked = asked.unwrap();
        assert!(denied(office.desk.take(&office.officer, &asked, "permit", values([]))), "four-eyes");
        let mut second = office.officer.clone();
        second.actor.account = "second".into();
        second.actor.person = Some(office.desk.create("person", &[("number", "9"), ("name", "見本　四郎")]).id);
        match office.desk.take(&second, &asked, "permit", values([])) {
            Err(Refusal::Invalid(problems)) => assert!(problems[0].message.contains("誓約"), "{problems:?}"),
            other => panic!("{other:?}"),
        }
        office.desk.take(&office.as_worker, &pledge, "hand_in", values([])).unwrap();
        office.desk.take(&office.officer, &pledge, "accept", values([])).unwrap();
        let permitted = office.desk.take(&second, &asked, "permit", values([])).unwrap();
        assert_eq!(permitted.state, "permitted");
        assert_eq!(office.due(&permitted), [("review".to_string(), Some("2027-04-01".to_string()))]);
    });
}

#[test]
fn a_copy_of_a_copy_is_traced_until_each_is_destroyed_by_one_and_checked_by_another() {
    on_each_database(|store| {
        let office = office(store);
        let copy = |origin: Value| {
            let body = values([
                ("origin", origin),
                ("name", json!("名簿（見本）")),
                ("information", json!(["personal"])),
                ("medium", json!("紙")),
                ("purpose", json!("会議")),
                ("holder", json!(office.worker.id)),
                ("dispose_by", json!("令和8年4月30日")),
            ]);
            office.desk.commit(&office.as_worker, Change::create("copy_ledger", body)).unwrap()
        };
        let first = copy(Value::Null);
        assert!(denied(office.desk.take(&office.as_worker, &first, "consent", values([]))));
        office.desk.take(&office.officer, &first, "consent", values([])).unwrap();
        let second = copy(json!(first.id));
        assert_eq!((first.value("generation"), second.value("generation")), (&json!(1), &json!(2)));
        let found = office.desk.read(|tx| Ok(tx.referrers("copy_ledger", &first.id, 10)?)).unwrap();
        assert_eq!(found.iter().map(|row| row.record.as_str()).collect::<Vec<_>>(), [second.id.as_str()]);

        let done = values([("disposed_on", json!("2026-04-01")), ("method", json!("裁断"))]);
        office.desk.take(&office.as_worker, &first, "dispose", done).unwrap();
        assert!(denied(office.desk.take(&office.as_worker, &first, "verify", values([]))));
        assert_eq!(office.desk.take(&office.officer, &first, "verify", values([])).unwrap().state, "disposed");
        let still = office.desk.record("copy_ledger", &second.id);
        assert_eq!(still.state, "requested", "the copy of the copy has a life of its own");
    });
}

#[test]
fn a_subcontract_is_approved_in_writing_and_its_safety_is_checked_again() {
    on_each_database(|store| {
        let office = office(store);
        let handed_in = |who: &Principal, id: &str| {
            let file = ledger::port::Attachment {
                id: id.into(),
                name: "申請書.pdf".into(),
                media_type: "application/pdf".into(),
                sha256: "00".into(),
                content: vec![1, 2, 3],
                stored_by: who.actor.account.clone(),
                stored_at: office.desk.kernel.now(),
            };
            office.desk.store.write(|tx: &mut dyn ledger::port::Writer| tx.add_attachment(&file)).unwrap();
            json!([{ "id": id, "name": "申請書.pdf", "media_type": "application/pdf", "size": 3, "sha256": "00" }])
        };
        let paper = handed_in(&office.manager, "01J");
        let of_another = handed_in(&office.officer, "01K");
        let body = |documents: Value| {
            values([
                ("kind", json!("再委託")),
                ("contractor", json!("見本データ株式会社")),
                ("work", json!("入力")),
                ("information", json!(["personal"])),
                ("reason", json!("専門の設備が要るため")),
                ("safeguards", json!("専用の室で扱う")),
                ("period", json!({ "from": "2026-04-10", "to": "2027-03-31" })),
                ("documents", documents),
            ])
        };
        let bare = office.desk.commit(&office.manager, Change::create("processing_approval", body(Value::Null)));
        match bare {
            Err(Refusal::Invalid(problems)) => assert_eq!(problems[0].field, "documents"),
            other => panic!("{other:?}"),
        }
        let taken = office.desk.commit(&office.manager, Change::create("processing_approval", body(of_another)));
        assert!(matches!(taken, Err(Refusal::Invalid(_))), "another's file is not attached by its identifier");
        let asked = office.desk.commit(&office.manager, Change::create("processing_approval", body(paper))).unwrap();
        assert_eq!(asked.text("number"), Some("承-2026-0001"));
        assert!(denied(office.desk.take(&office.manager, &asked, "approve", values([]))));
        let next = values([("next_check", json!("2026-10-04"))]);
        let approved = office.desk.take(&office.officer, &asked, "approve", next).unwrap();
        // 4 October 2026 is a Sunday: the check is due on the business day before.
        assert_eq!(office.due(&approved), [("check".to_string(), Some("2026-10-02".to_string()))]);
        let finding = json!([{ "on": "2026-04-01", "finding": "施錠を確かめた" }]);
        let checked = values([("checks", finding), ("next_check", json!("2027-03-01"))]);
        let kept = office.desk.take(&office.officer, &approved, "check", checked).unwrap();
        assert_eq!(kept.value("checks").as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn qualifications_are_kept_with_their_dates_and_what_proves_them() {
    on_each_database(|store| {
        let office = office(store);
        let clerk = somebody("clerk", None, &["personnel"]);
        let body = values([
            ("person", json!(office.worker.id)),
            ("kind", json!("資格")),
            ("name", json!("見本検定1級")),
            ("acquired_on", json!("令和7年10月1日")),
            ("expires_on", json!("2027-09-30")),
        ]);
        match office.desk.commit(&clerk, Change::create("qualification", body.clone())) {
            Err(Refusal::Invalid(problems)) => assert_eq!(problems[0].field, "source"),
            other => panic!("{other:?}"),
        }
        let mut proven = body;
        proven.insert("source".into(), json!("合格証明書"));
        let held = office.desk.commit(&clerk, Change::create("qualification", proven)).unwrap();
        assert_eq!(held.text("acquired_on"), Some("2025-10-01"));
        assert_eq!(office.due(&held), [("renew".to_string(), Some("2027-09-30".to_string()))]);
    });
}

#[test]
fn an_organisation_in_a_project_has_its_role_its_duties_and_whom_to_call() {
    on_each_database(|store| {
        let office = office(store);
        let ledger = office.desk.kernel.catalogue.ledger("project_role").unwrap().clone();
        let maker = ledger.access.iter().find(|rule| rule.create).map(|rule| rule.role.clone()).unwrap();
        let body = values([
            ("name", json!("見本システムズ株式会社")),
            ("role", json!("運用の役務")),
            ("duties", json!("窓口と監視")),
            ("contacts", json!([{ "name": "見本　五郎", "telephone": "00-0000-0000" }])),
            ("valid_from", json!("2026-04-01")),
        ]);
        let made = office.desk.commit(&somebody("maker", None, &[&maker]), Change::create("project_role", body));
        assert_eq!(made.unwrap().value("contacts")[0]["name"], json!("見本　五郎"));
    });
}
