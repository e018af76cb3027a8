//! What may not be seen is not seen by any route, and what may not be written is not written.

use ledger::definition::SortColumn;
use ledger::read::{Condition, ListRequest};
use ledger::{Change, Record, Refusal, RoleHeld};
use serde_json::json;
use testkit::{on_each_database, somebody, values};

use crate::pack::{Office, PAPER, office, office_with};

/// A paper about the subject with a draft mark, handed in.
fn handed_in(office: &Office) -> Record {
    let made = office
        .desk
        .commit(&office.clerk, Change::create("paper", values([("subject", json!(office.subject.id))])))
        .unwrap();
    let draft = values([("mark", json!("やや不十分")), ("secret", json!("ひみつの所見"))]);
    office.desk.take(&office.clerk, &made, "hand_in", draft).unwrap()
}

fn request(conditions: &[&str]) -> ListRequest {
    ListRequest {
        ledger: "paper".into(),
        conditions: conditions.iter().map(|text| Condition::parse(text).unwrap()).collect(),
        ..ListRequest::default()
    }
}

#[test]
fn a_draft_is_seen_by_no_route_before_it_is_told() {
    on_each_database(|store| {
        let office = office(store);
        let paper = handed_in(&office);
        let (kernel, me) = (&office.desk.kernel, &office.as_subject);
        office
            .desk
            .read(|tx| {
                let detail = kernel.detail(tx, me, "paper", &paper.id, None)?;
                assert!(detail.record.text("number").is_some());
                assert!(detail.record.body.get("mark").is_none() && detail.record.body.get("secret").is_none());
                let as_of = kernel.detail(tx, me, "paper", &paper.id, Some(kernel.now()))?;
                assert!(as_of.record.body.get("mark").is_none());
                let list = kernel.list(tx, me, &request(&[]))?;
                assert_eq!(list.records.len(), 1);
                assert!(list.records[0].body.get("mark").is_none());
                for asked in ["mark:is:やや不十分", "mark:starts:や", "mark:filled:"] {
                    assert_eq!(kernel.count(tx, me, &request(&[asked]))?, 0, "{asked}");
                    assert_eq!(kernel.list(tx, me, &request(&[asked]))?.records.len(), 0, "{asked}");
                }
                let sorted = SortColumn { field: "mark".into(), descending: false };
                let page = kernel.list(tx, me, &ListRequest { sort: vec![sorted], limit: 1, ..request(&[]) })?;
                assert!(page.records[0].body.get("mark").is_none());
                for group in kernel.group(tx, me, &request(&[]), &["mark"])? {
                    assert!(group.values[0].is_null(), "{group:?}");
                }
                for words in ["ひみつ", "不十分", "や"] {
                    let found = kernel.list(tx, me, &ListRequest { words: Some(words.into()), ..request(&[]) })?;
                    assert!(found.records.is_empty(), "{words}");
                    assert!(kernel.search_everything(tx, me, words, 10)?.iter().all(|hit| hit.ledger != "paper"));
                }
                let history = kernel.history(
                    tx,
                    me,
                    "paper",
                    &paper.id,
                    ledger::port::HistoryQuery::newest(ledger::port::Told::Everything, 10),
                )?;
                assert!(history.iter().all(|seen| !seen.entry.changes.contains_key("mark")));
                assert_eq!(history[0].withheld, 2);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn what_was_a_draft_stays_hidden_in_the_history_after_it_is_told() {
    on_each_database(|store| {
        let office = office(store);
        let paper = handed_in(&office);
        let before = office.desk.kernel.now();
        let told = office.desk.take(&office.judge, &paper, "tell", values([])).unwrap();
        let (kernel, me) = (&office.desk.kernel, &office.as_subject);
        office
            .desk
            .read(|tx| {
                assert_eq!(kernel.detail(tx, me, "paper", &told.id, None)?.record.text("mark"), Some("やや不十分"));
                assert_eq!(kernel.count(tx, me, &request(&["mark:is:やや不十分"]))?, 1);
                let past = kernel.detail(tx, me, "paper", &told.id, Some(before))?;
                assert!(past.record.body.get("mark").is_none(), "as of a day on which it was a draft");
                let history = kernel.history(
                    tx,
                    me,
                    "paper",
                    &told.id,
                    ledger::port::HistoryQuery::newest(ledger::port::Told::Everything, 10),
                )?;
                assert!(history.iter().all(|seen| !seen.entry.changes.contains_key("mark")));
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn a_record_out_of_scope_does_not_exist() {
    on_each_database(|store| {
        let office = office(store);
        let paper = handed_in(&office);
        let kernel = &office.desk.kernel;
        let stranger = somebody("stranger", None, &[]);
        let nowhere = office.desk.read(|tx| kernel.detail(tx, &stranger, "paper", &paper.id, None));
        assert!(matches!(nowhere, Err(Refusal::NotFound)));
        assert!(matches!(office.desk.read(|tx| kernel.list(tx, &stranger, &request(&[]))), Err(Refusal::NotFound)));
        let other = somebody("other", Some(&office.desk.create("person", &[("number", "8"), ("name", "別人")])), &[]);
        assert_eq!(office.desk.read(|tx| kernel.count(tx, &other, &request(&[]))).unwrap(), 0);
        let change = Change::amend("paper", &paper.id, 2, values([("amount", json!(5))]));
        assert!(matches!(office.desk.commit(&stranger, change), Err(Refusal::NotFound)));
    });
}

#[test]
fn only_classes_that_may_be_written_are_written() {
    on_each_database(|store| {
        let office = office(store);
        let paper = handed_in(&office);
        let change = Change::amend("paper", &paper.id, 2, values([("amount", json!(5))]));
        match office.desk.commit(&office.as_subject, change) {
            Err(Refusal::Invalid(problems)) => assert_eq!(problems[0].field, "amount"),
            other => panic!("{other:?}"),
        }
        let number = Change::create("person", values([("number", json!("9")), ("name", json!("だれか"))]));
        assert!(matches!(office.desk.commit(&office.as_subject, number), Err(Refusal::Denied(_))));
    });
}

#[test]
fn a_role_for_an_office_reaches_the_offices_under_it() {
    on_each_database(|store| {
        let office = office(store);
        let top = office.desk.create("organisation", &[("code", "1"), ("name", "局")]);
        let under = office.desk.create("organisation", &[("code", "11"), ("name", "課"), ("parent", &top.id)]);
        let other = office.desk.create("organisation", &[("code", "2"), ("name", "別の局")]);
        for place in [&under, &other] {
            let body = values([("subject", json!(office.subject.id)), ("office", json!(place.id))]);
            office.desk.commit(&office.clerk, Change::create("paper", body)).unwrap();
        }
        let kernel = &office.desk.kernel;
        let offices = office.desk.read(|tx| Ok(ledger::read::subtree::under(tx, &top.id)?)).unwrap();
        assert_eq!(offices.len(), 2);
        let mut chief = somebody("chief", None, &[]);
        chief.roles.push(RoleHeld { role: "chief".into(), offices: Some(offices), outside: false });
        let seen = office.desk.read(|tx| kernel.list(tx, &chief, &request(&[]))).unwrap();
        assert_eq!(seen.records.len(), 1);
        assert_eq!(seen.records[0].text("office"), Some(under.id.as_str()));
        let filtered =
            office.desk.read(|tx| kernel.count(tx, &office.clerk, &request(&[&format!("office:under:{}", top.id)])));
        assert_eq!(filtered.unwrap(), 1);
    });
}

#[test]
fn what_a_state_hides_is_written_by_a_transition_that_asks_for_it_and_by_nothing_else() {
    on_each_database(|store| {
        let hiding = PAPER
            .replace("label = \"作成中\",", "label = \"作成中\", hidden = [\"note\", \"secret\"],")
            .replace("required = [\"mark\"],", "required = [\"mark\"], fields = [\"secret\"],");
        assert_ne!(hiding, PAPER);
        let office = office_with(store, &hiding);
        let paper = |name: &str| values([("subject", json!(office.subject.id)), (name, json!("前もって書いた"))]);
        let refused = |done: Result<Record, Refusal>| match done {
            Err(Refusal::Invalid(problems)) => problems[0].field.clone(),
            other => panic!("{other:?}"),
        };
        let made =
            office.desk.commit(&office.clerk, Change::create("paper", values([("subject", json!(office.subject.id))])));
        let made = made.unwrap();
        for name in ["note", "secret"] {
            let created = office.desk.commit(&office.clerk, Change::create("paper", paper(name)));
            assert_eq!(refused(created), name);
            let amended = Change::amend("paper", &made.id, made.revision, values([(name, json!("後から書いた"))]));
            assert_eq!(refused(office.desk.commit(&office.clerk, amended)), name);
        }
        // The step asks for the one and not for the other.
        let both = values([("mark", json!("良い")), ("secret", json!("所見")), ("note", json!("メモ"))]);
        assert_eq!(refused(office.desk.take(&office.clerk, &made, "hand_in", both)), "note");
        let one = values([("mark", json!("良い")), ("secret", json!("所見"))]);
        let handed_in = office.desk.take(&office.clerk, &made, "hand_in", one).unwrap();
        assert_eq!(handed_in.text("secret"), Some("所見"));
        // Where it is no longer hidden it is written as ever.
        let amended = Change::amend("paper", &made.id, handed_in.revision, values([("note", json!("後から書いた"))]));
        assert!(office.desk.commit(&office.clerk, amended).is_ok());
    });
}
