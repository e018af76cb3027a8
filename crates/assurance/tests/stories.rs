//! The watch, the alerts, the search and the holds through the one write path, on both databases.

use assurance::names::ledger_name;
use assurance::search::Asked;
use assurance::watch::live;
use assurance::watch::past::{Progress, Span, proceed};
use assurance::{defaults, report, retention};
use chrono::TimeDelta;
use journal::Entry;
use journal::act;
use ledger::evidence::{Seen, reading, readings};
use ledger::port::{JournalQuery, Writer};
use ledger::read::{ListRequest, Trail};
use ledger::{Change, Principal, Record, Refusal};
use serde_json::json;
use testkit::{Desk, on_each_database, somebody, values};

const DAY: &str = "2026-11-20";

fn desk(store: store::Store) -> Desk {
    let desk = Desk::new(store, DAY, vec![]);
    desk.store.write(|tx: &mut dyn Writer| defaults::load(tx, &desk.kernel)).expect("the rules");
    desk
}

fn append(desk: &Desk, entries: &[Entry]) {
    desk.clock.advance(TimeDelta::seconds(1));
    let written =
        desk.store.write(|tx: &mut dyn Writer| entries.iter().try_for_each(|entry| tx.append(entry).map(drop)));
    written.map_err(Refusal::from).expect("the entries");
}

/// Judge until nothing is left; the new alerts.
fn watch(desk: &Desk) -> Vec<Record> {
    let mut raised = Vec::new();
    loop {
        desk.clock.advance(TimeDelta::milliseconds(1));
        let round = desk.store.write(|tx: &mut dyn Writer| live::step(tx, &desk.kernel)).expect("a round");
        raised.extend(round.raised);
        if round.judged == 0 {
            assert!(!desk.read(|tx| live::due(tx).map_err(Refusal::from)).expect("the database"));
            return raised;
        }
    }
}

fn alerts(desk: &Desk) -> Vec<Record> {
    let request = ListRequest { ledger: ledger_name::ALERT.into(), limit: 100, ..ListRequest::default() };
    desk.read(|tx| Ok(desk.kernel.list(tx, &Principal::system("test"), &request)?.records)).expect("a list")
}

fn exported(desk: &Desk, who: &Principal, records: usize) {
    let ids: Vec<String> = (0..records).map(|number| format!("01J{number:023}")).collect();
    let facts = [("format".to_string(), json!("csv"))].into_iter().collect();
    append(desk, &readings(&desk.kernel, who, act::EXPORT, "person", facts, &ids, Some("見本の理由")));
}

#[test]
fn a_mass_export_becomes_one_alert_that_is_judged_by_somebody_else() {
    on_each_database(|store| {
        let desk = desk(store);
        let person = desk.create("person", &[("number", "000001"), ("name", "見本 一郎")]);
        let reader = somebody("reader", Some(&person), &["personnel"]);
        exported(&desk, &reader, 299);
        assert_eq!(watch(&desk).iter().filter(|alert| alert.text("severity") == Some("high")).count(), 0);
        exported(&desk, &reader, 700);
        let raised = watch(&desk);
        let mass: Vec<&Record> = raised.iter().filter(|alert| alert.text("severity") == Some("high")).collect();
        let [alert] = mass.as_slice() else { panic!("{raised:?}") };
        assert_eq!(alert.text("person"), Some(person.id.as_str()));
        assert!(alert.text("told").unwrap().contains("999件"), "{alert:?}");
        // The same again is added to the open one, and nothing is judged twice.
        exported(&desk, &reader, 300);
        assert_eq!(watch(&desk).len(), 0);
        let now = desk.record(ledger_name::ALERT, &alert.id);
        assert_eq!(now.value("count"), &json!(2));
        let before = alerts(&desk).len();
        assert_eq!(watch(&desk).len(), 0);
        assert_eq!(alerts(&desk).len(), before);
        // Whom it is about may neither see nor judge it; somebody else must say why.
        let officer = somebody("officer", None, &["security_officer"]);
        let about = somebody("reader", Some(&person), &["security_officer"]);
        let duties = |who: &Principal| {
            let duties = desk.read(|tx| desk.kernel.duties_of(tx, who, 100)).expect("duties");
            duties.iter().any(|seen| seen.duty.record == now.id)
        };
        assert!(duties(&officer) && !duties(&about));
        assert!(matches!(
            desk.take(&about, &now, "dismiss", values([("judgement", json!("問題なし"))])),
            Err(Refusal::NotFound)
        ));
        assert!(matches!(desk.take(&officer, &now, "dismiss", values([])), Err(Refusal::Invalid(_))));
        let judged =
            desk.take(&officer, &now, "dismiss", values([("judgement", json!("命じられた出力"))])).expect("judged");
        assert_eq!((judged.state.as_str(), judged.text("judged_on")), ("false_alarm", Some(DAY)));
    });
}

#[test]
fn a_long_list_of_one_s_own_duties_is_no_sign_and_a_walk_through_everybody_is() {
    on_each_database(|store| {
        let desk = desk(store);
        let reader = somebody("reader", None, &["personnel"]);
        let (sheet, person) = ("evaluation_sheet", "person");
        let look = |ledger: &str, records: std::ops::Range<usize>| {
            let ids: Vec<String> = records.map(|number| format!("01J{number:023}")).collect();
            append(&desk, &readings(&desk.kernel, &reader, act::READ_LIST, ledger, Default::default(), &ids, None));
        };
        let open = |number: usize| {
            let id = format!("01J{number:023}");
            append(
                &desk,
                &[reading(&desk.kernel, &reader, act::OPEN, sheet, &id, json!({ "classes": ["evaluation"] }))],
            );
        };
        let mass = |raised: Vec<Record>| {
            raised
                .iter()
                .filter(|alert| alert.text("told").is_some_and(|told| told.contains("読みました（しきい値")))
                .count()
        };
        // The list of 250 sheets again and again, and each of fifty opened from it.
        for number in 0..50 {
            look(sheet, 0..250);
            open(number);
        }
        assert_eq!(mass(watch(&desk)), 0);
        // Another list of 349 makes 599 different ones, one more 600.
        look(person, 0..349);
        assert_eq!(mass(watch(&desk)), 0);
        open(300);
        assert_eq!(mass(watch(&desk)), 1);
    });
}

#[test]
fn a_machine_whatever_it_calls_itself_is_reported_and_never_stops_the_watch() {
    on_each_database(|store| {
        let desk = desk(store);
        // A token has an identifier like an account's, but is none; its client may be named by anybody.
        let mut machine = somebody("machine", None, &["personnel"]);
        machine.actor.account = "01M8168G0YV6ABPEMJXTJY9P3S".into();
        machine.actor.login = format!("連携\u{202E}\u{7}\n{}", "長".repeat(3_000));
        machine.actor.person = Some("01M8168G0YV6ABPEMJXTJY9P3T".into());
        exported(&desk, &machine, 700);
        let raised = watch(&desk);
        let high = raised.iter().filter(|alert| alert.text("severity") == Some("high"));
        let [alert] = high.collect::<Vec<_>>()[..] else { panic!("{raised:?}") };
        assert_eq!(alert.text("subject"), Some(machine.actor.account.as_str()));
        assert_eq!((alert.text("account"), alert.text("person")), (None, None));
        // What comes after it is judged.
        let person = desk.create("person", &[("number", "000001"), ("name", "見本 一郎")]);
        exported(&desk, &somebody("reader", Some(&person), &["personnel"]), 700);
        assert!(watch(&desk).iter().any(|alert| alert.text("person") == Some(person.id.as_str())));
    });
}

#[test]
fn failures_lockouts_restarts_clocks_and_refused_attempts_are_alerts() {
    on_each_database(|store| {
        let desk = desk(store);
        let account = desk.create("account", &[("login", "mihon")]);
        let nobody = Principal {
            actor: journal::Actor {
                account: "anonymous".into(),
                address: Some("192.0.2.9".into()),
                ..journal::Actor::system("anonymous")
            },
            ..somebody("anonymous", None, &[])
        };
        for _ in 0..5 {
            append(&desk, &[reading(&desk.kernel, &nobody, "sign_in_failed", "account", &account.id, json!({}))]);
        }
        append(&desk, &[reading(&desk.kernel, &nobody, "locked_out", "account", &account.id, json!({}))]);
        let program = Principal::system("serve");
        for what in [act::START, act::CLOCK_JUMP, act::JOURNAL_FAILED, act::VERIFY_FAILED] {
            append(&desk, &[reading(&desk.kernel, &program, what, act::PROGRAM, "", json!({ "seconds": 9 }))]);
        }
        let curious = somebody("curious", None, &[]);
        for _ in 0..10 {
            append(
                &desk,
                &[reading(&desk.kernel, &curious, act::DENIED, "person", "", json!({ "answer": "not_found" }))],
            );
        }
        let mut names: Vec<String> = watch(&desk).iter().map(|alert| alert.text("name").unwrap().to_string()).collect();
        names.sort();
        let mut wanted = [
            "サインインの失敗の繰返し",
            "利用者のロック",
            "プログラムの再起動",
            "時計の飛び",
            "証跡の書込みの失敗",
            "封印の遅れと検証の不一致",
            "範囲外の記録へのアクセスの繰返し",
        ]
        .map(String::from);
        wanted.sort();
        assert_eq!(names, wanted);
        let locked = alerts(&desk).into_iter().find(|alert| alert.text("name") == Some("利用者のロック")).unwrap();
        assert_eq!(locked.text("account"), Some(account.id.as_str()));
    });
}

#[test]
fn the_past_is_judged_as_it_would_have_been_and_not_twice() {
    on_each_database(|store| {
        let desk = desk(store);
        desk.go_to("2026-11-02");
        let reader = somebody("reader", None, &["personnel"]);
        exported(&desk, &reader, 800);
        desk.go_to("2026-11-04");
        exported(&desk, &reader, 800);
        desk.go_to(DAY);
        let evaluate = |from: &str, until: &str| {
            let span = Span { from: from.parse().unwrap(), until: until.parse().unwrap() };
            let mut progress = Progress::default();
            while !progress.finished {
                let before = progress.clone();
                progress = desk
                    .store
                    .write(|tx: &mut dyn Writer| {
                        let mut progress = before.clone();
                        proceed(tx, &desk.kernel, span, &mut progress)?;
                        Ok::<_, Refusal>(progress)
                    })
                    .expect("a step");
            }
            (progress.new, progress.added)
        };
        let mass = |desk: &Desk| alerts(desk).iter().filter(|alert| alert.text("severity") == Some("high")).count();
        // Only the second day lies in the span.
        let (new, _) = evaluate("2026-11-03", "2026-11-05");
        assert!(new >= 1);
        assert_eq!(mass(&desk), 1);
        assert_eq!(evaluate("2026-11-03", "2026-11-05"), (0, 0));
        evaluate("2026-11-01", "2026-11-05");
        assert_eq!(mass(&desk), 2);
        // The live watch finds the same entries and makes no other alert of them.
        let before = alerts(&desk).len();
        watch(&desk);
        assert_eq!(alerts(&desk).len(), before);
        assert!(alerts(&desk).iter().all(|alert| alert.value("past") == &json!(true)));
    });
}

fn trail(desk: &Desk, who: &Principal, asked: &[(&str, &str)]) -> Result<Trail, Refusal> {
    desk.read(|tx| {
        let question = Asked::read(asked.iter().copied()).question(tx, &desk.kernel, 50)?;
        desk.kernel.trail(tx, who, &question)
    })
}

#[test]
fn an_investigator_asks_who_touched_a_person_what_an_account_did_and_what_changed() {
    on_each_database(|store| {
        let desk = desk(store);
        let person =
            desk.create("person", &[("number", "000007"), ("name", "見本 花子"), ("birth_date", "1990-04-01")]);
        let other = desk.create("person", &[("number", "000008"), ("name", "見本 次郎")]);
        let account = desk.create("account", &[("login", "hanako"), ("person", &person.id)]);
        let clerk = somebody("clerk", None, &["personnel"]);
        let change = Change::amend("person", &person.id, 1, values([("birth_date", json!("1990-04-02"))]));
        desk.commit(&clerk, change.because("届出による訂正")).expect("amended");
        let seen = Seen::default();
        let ledger = desk.kernel.ledger("person").unwrap();
        seen.shown(&clerk, &ledger, [&desk.record("person", &person.id)], None);
        append(&desk, &seen.entries(&desk.kernel, &clerk, None));
        let both = [person.id.clone(), other.id.clone()];
        append(&desk, &readings(&desk.kernel, &clerk, act::READ_LIST, "person", Default::default(), &both, None));
        let auditor = somebody("auditor", None, &["auditor"]);
        let acts =
            |trail: &Trail| -> Vec<String> { trail.entries.iter().map(|one| one.seen.entry.act.clone()).collect() };
        // Who touched this person: readings of many are found too.
        let touched = trail(&desk, &auditor, &[("whom", "000007")]).expect("a trail");
        assert_eq!(acts(&touched), ["read_list", "open", "amend", "create", "create"]);
        let amended = &touched.entries[2].seen;
        assert_eq!(amended.entry.changes["birth_date"].before, json!("1990-04-01"));
        assert_eq!(amended.entry.reason.as_deref(), Some("届出による訂正"));
        // No identifiers of the others are given out with a reading of many.
        assert!(!touched.entries[0].facts.contains_key("records"));
        assert_eq!(acts(&trail(&desk, &auditor, &[("whom", "000008")]).expect("a trail")), ["read_list", "create"]);
        // What did this account do, readings only, changes only.
        let clerks = [("account", "account-clerk")];
        assert_eq!(acts(&trail(&desk, &auditor, &clerks).expect("a trail")), ["read_list", "open", "amend"]);
        let changes = [("account", "account-clerk"), ("kind", "changes"), ("from", DAY), ("until", DAY)];
        assert_eq!(acts(&trail(&desk, &auditor, &changes).expect("a trail")), ["amend"]);
        assert_eq!(acts(&trail(&desk, &auditor, &[("who", "hanako")]).expect("a trail")), [""; 0]);
        assert!(trail(&desk, &auditor, &[("record", &account.id)]).expect("a trail").entries.len() == 1);
        // The security officer knows that it was done, and not what the value is.
        let officer = somebody("officer", None, &["security_officer"]);
        let touched = trail(&desk, &officer, &[("whom", "000007"), ("act", "amend")]).expect("a trail");
        let [one] = touched.entries.as_slice() else { panic!("{touched:?}") };
        assert!(one.seen.entry.changes.is_empty() && one.seen.withheld == 1);
        // Whoever has no history of the ledger sees nothing of it.
        let plain = somebody("plain", None, &["administrator"]);
        assert_eq!(acts(&trail(&desk, &plain, &[("whom", "000008")]).expect("a trail")), [""; 0]);
        // Bad questions are answered with what to mend.
        for wrong in [("whom", "999999"), ("who", "nobody"), ("from", "昨日の昨日"), ("kind", "x"), ("sequence", "x")]
        {
            assert!(matches!(trail(&desk, &auditor, &[wrong]), Err(Refusal::Invalid(_))), "{wrong:?}");
        }
    });
}

#[test]
fn a_record_that_changed_hands_is_found_under_both_persons() {
    on_each_database(|store| {
        let desk = desk(store);
        let person = |number: &str| desk.create("person", &[("number", number), ("name", "見本 花子")]);
        let (first, second, chief) = (person("000011"), person("000012"), person("000013"));
        let talk = values([
            ("person", json!(first.id)),
            ("interviewer", json!(chief.id)),
            ("held_on", json!(DAY)),
            ("kind", json!("other")),
            ("content", json!("見本の面談")),
        ]);
        let talk = Change::create("interview_record", talk);
        let talk = desk.commit(&Principal::system("test"), talk).expect("an interview");
        let auditor = somebody("auditor", None, &["auditor"]);
        let touched = |number: &str| {
            let found = trail(&desk, &auditor, &[("whom", number), ("ledger", "interview_record")]).expect("a trail");
            found.entries.iter().map(|one| one.seen.entry.act.clone()).collect::<Vec<_>>()
        };
        // Whoever held the interview is not whom it is about.
        assert_eq!((touched("000011").len(), touched("000013").len()), (1, 0));
        let mended = Change::amend("interview_record", &talk.id, 1, values([("person", json!(second.id))]));
        desk.commit(&Principal::system("test"), mended.because("別の職員の面談であった")).expect("amended");
        assert_eq!(touched("000011"), ["amend", "create"]);
        assert_eq!(touched("000012"), ["amend", "create"]);
    });
}

#[test]
fn a_hold_keeps_what_is_past_its_time_until_two_people_lift_it() {
    on_each_database(|store| {
        let desk = desk(store);
        desk.go_to("2021-06-01");
        let person = desk.create("person", &[("number", "000001"), ("name", "見本 一郎")]);
        let other = desk.create("person", &[("number", "000002"), ("name", "見本 二郎")]);
        let reader = somebody("reader", None, &["personnel"]);
        for record in [&person, &other] {
            append(
                &desk,
                &[reading(&desk.kernel, &reader, act::OPEN, "person", &record.id, json!({ "classes": ["private"] }))],
            );
        }
        let propose = |desk: &Desk| {
            desk.clock.advance(TimeDelta::seconds(1));
            desk.store.write(|tx: &mut dyn Writer| retention::propose(tx, &desk.kernel)).expect("proposed")
        };
        // Five years to the day: not yet due, then due.
        desk.go_to("2026-06-01");
        assert_eq!(propose(&desk), 0);
        let one = somebody("one", None, &["security_officer"]);
        let two = somebody("two", None, &["security_officer"]);
        let hold = values([
            ("name", json!("見本の訴訟")),
            ("persons", json!([person.id])),
            ("reason", json!("訴訟")),
            ("requested_by", json!("法務")),
        ]);
        let hold = desk.commit(&one, Change::create(ledger_name::HOLD, hold)).expect("held");
        assert_eq!(desk.read(|tx| Ok(ledger::hold::holds(tx, &person.id, &[])?.len())).unwrap(), 1);
        assert_eq!(desk.read(|tx| Ok(ledger::hold::holds(tx, &other.id, &[])?.len())).unwrap(), 0);
        desk.go_to("2026-06-02");
        assert_eq!(propose(&desk), 1);
        assert_eq!(propose(&desk), 0);
        let request = ListRequest { ledger: ledger_name::DISPOSAL.into(), ..ListRequest::default() };
        let due = desk.read(|tx| Ok(desk.kernel.list(tx, &one, &request)?.records)).unwrap().remove(0);
        assert_eq!((due.value("entries"), due.value("held")), (&json!(1), &json!(1)));
        let asked = desk.take(&one, &due, "ask", values([])).expect("asked");
        assert!(desk.take(&one, &asked, "approve", values([])).is_err());
        assert_eq!(desk.take(&two, &asked, "approve", values([])).expect("approved").state, "approved");
        // Lifting needs another person, and until then the hold is in force.
        let asked = desk.take(&one, &hold, "ask", values([("lift_reason", json!("和解"))])).expect("asked");
        assert_eq!(desk.read(|tx| Ok(ledger::hold::holds(tx, &person.id, &[])?.len())).unwrap(), 1);
        assert!(desk.take(&one, &asked, "lift", values([])).is_err());
        desk.take(&two, &asked, "lift", values([])).expect("lifted");
        assert_eq!(desk.read(|tx| Ok(ledger::hold::holds(tx, &person.id, &[])?.len())).unwrap(), 0);
    });
}

#[test]
fn the_monthly_report_counts_what_its_searches_find() {
    on_each_database(|store| {
        let desk = desk(store);
        desk.go_to("2026-10-05");
        let reader = somebody("reader", None, &["personnel"]);
        exported(&desk, &reader, 800);
        append(&desk, &[reading(&desk.kernel, &reader, "sign_in", "account", "", json!({}))]);
        watch(&desk);
        desk.go_to("2026-11-02");
        append(&desk, &[reading(&desk.kernel, &reader, "sign_in", "account", "", json!({}))]);
        let monthly =
            |desk: &Desk| desk.store.write(|tx: &mut dyn Writer| report::monthly(tx, &desk.kernel)).expect("a report");
        assert_eq!((monthly(&desk), monthly(&desk)), (1, 0));
        let request = ListRequest { ledger: ledger_name::REPORT.into(), ..ListRequest::default() };
        let made = desk.read(|tx| Ok(desk.kernel.list(tx, &Principal::system("test"), &request)?.records)).unwrap();
        let [made] = made.as_slice() else { panic!("{made:?}") };
        assert_eq!(made.text("month_label"), Some("2026年10月"));
        let figure = |name: &str| {
            let rows = made.value("figures").as_array().unwrap();
            rows.iter()
                .find(|row| row["name"] == name)
                .map(|row| (row["count"].as_i64().unwrap(), row["search"].as_str().unwrap().to_string()))
                .unwrap()
        };
        assert_eq!(figure("サインイン").0, 1);
        let (count, address) = figure("ファイルへの出力");
        assert_eq!(count, 1);
        // The address asks the same question.
        let query = address.split_once('?').unwrap().1.to_string();
        let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let auditor = somebody("auditor", None, &["auditor"]);
        assert_eq!(trail(&desk, &auditor, &pairs).expect("a trail").entries.len(), 1);
        assert!(made.value("alerts").as_array().unwrap().iter().any(|row| row["waiting"] == 1));
    });
}

#[test]
fn a_list_of_many_is_told_in_entries_of_bounded_size() {
    let folder = tempfile::tempdir().unwrap();
    let store = store::Store::open_sqlite(&folder.path().join("daicho.db"), store::SqliteOptions::default()).unwrap();
    let desk = desk(store);
    let reader = somebody("reader", None, &["personnel"]);
    exported(&desk, &reader, 1_201);
    let query =
        JournalQuery { acts: vec![act::EXPORT.into(), act::READ_MORE.into()], limit: 9, ..JournalQuery::default() };
    let found = desk.read(|tx| Ok(tx.journal(&query)?)).unwrap();
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|stored| stored.entry.batch.is_some() && stored.entry.canonical().len() < 20_000));
    // Every one of them is found by whoever asks about that person.
    for number in [0, 600, 1_200] {
        let query = JournalQuery { records: vec![format!("01J{number:023}")], limit: 9, ..JournalQuery::default() };
        assert_eq!(desk.read(|tx| Ok(tx.journal(&query)?)).unwrap().len(), 1, "{number}");
    }
    assert_eq!(found.iter().map(|stored| ledger::evidence::records_read(&stored.entry)).sum::<u64>(), 1_201);
}
