//! The write path: every step refuses what it must, and stores what it promises.

use ledger::port::{DutyFilter, HistoryQuery};
use ledger::{Change, Problem, Refusal};
use serde_json::json;
use testkit::{on_each_database, values};

use crate::pack::office;

fn problems(refusal: Refusal) -> Vec<Problem> {
    match refusal {
        Refusal::Invalid(problems) => problems,
        other => panic!("not an invalid input: {other:?}"),
    }
}

#[test]
fn a_new_record_gets_its_number_default_and_computed_value_and_one_entry() {
    on_each_database(|store| {
        let office = office(store);
        let made = office
            .desk
            .commit(&office.clerk, Change::create("paper", values([("subject", json!(office.subject.id))])))
            .unwrap();
        assert_eq!((made.revision, made.state.as_str()), (1, "writing"));
        assert_eq!(made.text("number"), Some("S-2026-0001"));
        assert_eq!((made.value("amount"), made.value("double")), (&json!(100), &json!(200)));
        let query = HistoryQuery { record: Some(made.id.clone()), limit: 10, ..HistoryQuery::default() };
        let entries = office.desk.read(|tx| Ok(tx.history(&query)?)).unwrap();
        assert_eq!(entries.len(), 1);
        let entry = &entries[0].entry;
        assert_eq!((entry.act.as_str(), entry.actor.login.as_str()), ("create", "clerk"));
        assert_eq!(entry.changes["amount"].after, json!(100));
    });
}

#[test]
fn every_mistake_is_told_at_once_and_nothing_is_stored() {
    on_each_database(|store| {
        let office = office(store);
        let wrong = values([
            ("amount", json!("二千")),
            ("note", json!("あ".repeat(51))),
            ("subject", json!("01ARZ3NDEKTSV4RRFFQ69G5FAV")),
            ("colour", json!("赤")),
        ]);
        let told = problems(office.desk.commit(&office.clerk, Change::create("paper", wrong)).unwrap_err());
        let fields: Vec<&str> = told.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["amount", "note", "colour"], "what cannot be read is told first");
        let gone = values([("subject", json!("01ARZ3NDEKTSV4RRFFQ69G5FAV")), ("amount", json!(2_000_000))]);
        let told = problems(office.desk.commit(&office.clerk, Change::create("paper", gone)).unwrap_err());
        let fields: Vec<&str> = told.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["subject", "amount"], "then what leads nowhere or breaks a check");
        let made = office
            .desk
            .commit(&office.clerk, Change::create("paper", values([("subject", json!(office.subject.id))])))
            .unwrap();
        assert_eq!(made.text("number"), Some("S-2026-0001"), "refused records leave no gap in the numbers");
    });
}

#[test]
fn a_change_of_another_revision_is_a_conflict_and_an_empty_one_writes_nothing() {
    on_each_database(|store| {
        let office = office(store);
        let made = office
            .desk
            .commit(&office.clerk, Change::create("paper", values([("subject", json!(office.subject.id))])))
            .unwrap();
        let change = |amount: i64| Change::amend("paper", &made.id, 1, values([("amount", json!(amount))]));
        assert_eq!(office.desk.commit(&office.clerk, change(100)).unwrap().revision, 1);
        assert_eq!(office.desk.commit(&office.clerk, change(300)).unwrap().revision, 2);
        match office.desk.commit(&office.clerk, change(500)).unwrap_err() {
            Refusal::Conflict(now) => assert_eq!((now.revision, now.value("amount")), (2, &json!(300))),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn nobody_approves_their_own_act() {
    on_each_database(|store| {
        let office = office(store);
        let mut both = office.clerk.clone();
        both.roles.extend(office.judge.roles.clone());
        let made = office
            .desk
            .commit(&both, Change::create("paper", values([("subject", json!(office.subject.id))])))
            .unwrap();
        let mark = values([("mark", json!("良好"))]);
        office.desk.take(&both, &made, "hand_in", mark.clone()).unwrap();
        // Neither under the same account, nor under another account of the same person.
        let mut second_account = both.clone();
        second_account.actor.account = "another".into();
        for who in [&both, &second_account] {
            let refused = office.desk.take(who, &made, "tell", values([])).unwrap_err();
            assert!(refused.to_string().contains("二者確認"), "{refused}");
        }
        // The person it is about is out of the rule altogether, whatever roles they hold.
        let mut about_me = both.clone();
        about_me.actor.account = "subject".into();
        about_me.actor.person = Some(office.subject.id.clone());
        assert!(matches!(office.desk.take(&about_me, &made, "tell", values([])), Err(Refusal::Denied(_))));
        assert_eq!(office.desk.take(&office.judge, &made, "tell", values([])).unwrap().state, "told");
    });
}

#[test]
fn a_transition_demands_its_fields_its_comment_and_its_state() {
    on_each_database(|store| {
        let office = office(store);
        let made = office
            .desk
            .commit(&office.clerk, Change::create("paper", values([("subject", json!(office.subject.id))])))
            .unwrap();
        let told = problems(office.desk.take(&office.clerk, &made, "hand_in", values([])).unwrap_err());
        assert_eq!(told[0].field, "mark");
        let early = office.desk.take(&office.judge, &made, "tell", values([])).unwrap_err();
        assert!(early.to_string().contains("作成中"), "{early}");
        office.desk.take(&office.clerk, &made, "hand_in", values([("mark", json!("良好"))])).unwrap();
        let silent = Change::transition("paper", &made.id, 2, "back");
        assert_eq!(problems(office.desk.commit(&office.judge, silent).unwrap_err())[0].field, "reason");
        let back = office.desk.take(&office.judge, &made, "back", values([])).unwrap();
        assert!(!back.acts.contains_key("hand_in"), "the loop back lets anyone hand in again");
    });
}

#[test]
fn duties_follow_the_state_and_the_date_in_the_record_referred_to() {
    on_each_database(|store| {
        let office = office(store);
        let term = office.desk.create("term", &[("name", "上期"), ("due_on", "2026-04-30")]);
        let made = office
            .desk
            .commit(
                &office.clerk,
                Change::create("paper", values([("subject", json!(office.subject.id)), ("term", json!(term.id))])),
            )
            .unwrap();
        let open = || {
            let filter = DutyFilter { record: Some(made.id.clone()), limit: 10, ..DutyFilter::default() };
            let duties = office.desk.read(|tx| Ok(tx.duties(&filter)?)).unwrap();
            duties
                .into_iter()
                .map(|duty| (duty.name, duty.person, duty.role, duty.due.map(|due| due.to_string())))
                .collect::<Vec<_>>()
        };
        let subject = Some(office.subject.id.clone());
        assert_eq!(open(), [("write".into(), subject.clone(), None, Some("2026-04-30".into()))]);
        let moved = Change::amend("term", &term.id, 1, values([("due_on", json!("令和8年5月15日"))]));
        office.desk.commit(&office.clerk, moved).unwrap();
        assert_eq!(open(), [("write".into(), subject, None, Some("2026-05-15".into()))]);
        office.desk.take(&office.clerk, &made, "hand_in", values([("mark", json!("良好"))])).unwrap();
        assert_eq!(open(), [("judge".into(), None, Some("judge".into()), None)]);
    });
}

#[test]
fn two_main_periods_of_a_person_may_not_overlap() {
    on_each_database(|store| {
        let office = office(store);
        let stint = |from: &str, to: Option<&str>, kind: &str| {
            let person = json!(office.subject.id);
            let change = Change::create(
                "stint",
                values([("person", person), ("from", json!(from)), ("to", json!(to)), ("kind", json!(kind))]),
            );
            office.desk.commit(&office.clerk, change)
        };
        let first = stint("2024-04-01", None, "main").unwrap();
        assert_eq!(problems(stint("2026-04-01", None, "main").unwrap_err())[0].other, Some(first.id.clone()));
        assert!(stint("2026-04-01", None, "side").is_ok(), "a side period may run beside");
        assert!(stint("2020-04-01", Some("2024-03-31"), "main").is_ok(), "the day before is free");
        assert!(stint("2020-04-01", Some("2024-04-01"), "main").is_err());
        let ended = Change::amend("stint", &first.id, 1, values([("to", json!("2026-03-31"))]));
        office.desk.commit(&office.clerk, ended).unwrap();
        assert!(stint("2026-04-01", None, "main").is_ok());
    });
}

#[test]
fn a_key_occurs_once() {
    on_each_database(|store| {
        let office = office(store);
        let again = Change::create("person", values([("number", json!("0001")), ("name", json!("別人"))]));
        let told = problems(office.desk.commit(&office.clerk, again).unwrap_err());
        assert_eq!(told[0].field, "number");
    });
}

#[test]
fn of_main_periods_entered_at_the_same_moment_one_is_kept() {
    on_each_database(|store| {
        let office = office(store);
        let person = json!(office.subject.id);
        let kept = std::thread::scope(|scope| {
            let enter = || {
                let stint = [("person", person.clone()), ("from", json!("2026-04-01")), ("kind", json!("main"))];
                office.desk.commit(&office.clerk, Change::create("stint", values(stint))).is_ok()
            };
            let entered: Vec<_> = (0..8).map(|_| scope.spawn(enter)).collect();
            entered.into_iter().map(|one| one.join().unwrap()).filter(|kept| *kept).count()
        });
        assert_eq!(kept, 1);
    });
}

#[test]
fn a_number_given_by_hand_is_stepped_over() {
    on_each_database(|store| {
        let office = office(store);
        let paper = |number: Option<&str>| {
            let body = values([("subject", json!(office.subject.id)), ("number", json!(number))]);
            office.desk.commit(&office.clerk, Change::create("paper", body)).unwrap()
        };
        paper(Some("S-2026-0002"));
        let numbers: Vec<_> = (0..2).map(|_| paper(None).text("number").map(String::from)).collect();
        assert_eq!(numbers, [Some("S-2026-0001".into()), Some("S-2026-0003".into())]);
    });
}
