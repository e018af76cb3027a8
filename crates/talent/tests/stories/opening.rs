//! Opening a round: who evaluates whom, what is missing, and that it can be done again.

use ledger::{Change, Principal};
use serde_json::json;
use talent::evaluation::lines::Snag;
use talent::evaluation::preview::Exclusion;
use talent::evaluation::{open, preview, start_special, templates};
use testkit::on_each_database;

use crate::agency::{Agency, body};

#[test]
fn the_preview_names_the_line_of_everybody_and_what_is_missing() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.hire("new", "見本 新人");
        let id = agency.person("new");
        let new = agency.desk.record("person", &id);
        let values = body(json!({ "conditional_until": "2027-03-31" }));
        agency
            .desk
            .commit(&Principal::system("test"), Change::amend("person", &id, new.revision, values))
            .expect("amended");
        agency.assign("new", "ST1", "2026-10-01", None, "main");
        agency.assign("st1", "ST2", "2026-04-01", None, "concurrent");
        let round = agency.round();
        let who = agency.who("pa");
        let seen = agency.desk.read(|tx| preview(tx, &agency.desk.kernel, &who, &round.id)).expect("the preview");
        let line = |number: &str| {
            let row = seen.rows.iter().find(|row| row.number == number).expect("a row");
            let name = |seat: &Option<talent::evaluation::lines::Seat>| {
                seat.as_ref().map_or("-".to_string(), |seat| seat.post_name.clone())
            };
            let line = &row.line;
            ([name(&line.evaluator), name(&line.adjuster), name(&line.confirmer)], line.snags.clone())
        };
        let expect = |number: &str, seats: [&str; 3], snags: &[Snag]| {
            assert_eq!(line(number), (seats.map(String::from), snags.to_vec()), "{number}");
        };
        expect("st1", ["第一課課長補佐", "第一課長", "局長"], &[]);
        expect("uc1", ["第一課長", "-", "局長"], &[]);
        expect("dd1", ["第一課長", "-", "局長"], &[]);
        expect("dr1", ["局長", "-", "事務次官"], &[]);
        // The head of the office is evaluated by the next above, never by themselves.
        expect("dr2", ["局長", "-", "事務次官"], &[Snag::OwnEvaluator, Snag::ConfirmerTaken("局長".into())]);
        expect("dg", ["事務次官", "-", "-"], &[Snag::NoLine, Snag::NoConfirmer]);
        expect("vm", ["-", "-", "-"], &[Snag::NoLine, Snag::NoEvaluator, Snag::NoConfirmer]);
        let st1 = seen.rows.iter().find(|row| row.number == "st1").expect("a row");
        assert_eq!(st1.second_offices.iter().map(|seat| seat.post_name.as_str()).collect::<Vec<_>>(), ["第二課長"]);
        // Directors are exempt from disclosure in this round.
        let exempt: Vec<&str> = seen.rows.iter().filter(|row| row.exempt).map(|row| row.number.as_str()).collect();
        assert_eq!(exempt, ["dr1", "dr2"]);
        let left_out: Vec<(&str, &Exclusion)> =
            seen.excluded.iter().map(|one| (one.number.as_str(), &one.reason)).collect();
        assert_eq!(left_out, [("new", &Exclusion::Conditional("2027-03-31".parse().expect("a day")))]);
        let counts = seen.counts();
        assert_eq!((counts.people, counts.ready, counts.blocked, counts.second_office), (10, 8, 2, 1));
        // Nobody but the personnel office looks at it.
        let staff = agency.who("st1");
        assert!(agency.desk.read(|tx| preview(tx, &agency.desk.kernel, &staff, &round.id)).is_err());
    });
}

#[test]
fn a_vacant_post_is_named_and_the_next_above_takes_its_place() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.transfer("dd1", "ST2", "2026-10-01");
        let round = agency.round();
        let who = agency.who("pa");
        let seen = agency.desk.read(|tx| preview(tx, &agency.desk.kernel, &who, &round.id)).expect("the preview");
        let row = seen.rows.iter().find(|row| row.number == "st1").expect("a row");
        assert_eq!(row.line.snags, [Snag::EvaluatorVacant("第一課課長補佐".into())]);
        assert_eq!(row.line.evaluator.as_ref().map(|seat| seat.post_name.as_str()), Some("第一課長"));
        // The director cannot adjust their own evaluation.
        assert_eq!(row.line.adjuster, None);
        assert!(row.line.snags[0].words().contains("第一課課長補佐"));
    });
}

#[test]
fn opening_again_adds_only_who_came_since() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        let who = agency.who("pa");
        let step = |done| {
            let input = json!({ "round": round.id });
            agency.desk.store.write(|tx| open::step(tx, &agency.desk.kernel, &who, &input, done)).expect("a step")
        };
        let first = step(0);
        assert_eq!((first.done, first.total, first.finished), (8, 8, true));
        assert!(first.words.contains("2人の分は作れません"), "{}", first.words);
        assert_eq!(agency.desk.record("evaluation_round", &round.id).state, "open");
        let sheet = agency.sheet(&round, "st1");
        assert_eq!(step(first.done).done, 8);
        assert_eq!(agency.sheet(&round, "st1").revision, sheet.revision);
        agency.hire("late", "見本 途中");
        agency.assign("late", "ST1", "2026-10-01", None, "main");
        assert_eq!(step(0).done, 9);
        // Personnel officers have no hold on their own sheets; these were made for them.
        let maker = |number: &str| agency.sheet(&round, number).acts.get("create").map(|act| act.account.clone());
        assert!(maker("pa").is_some_and(|account| account != "account-pa"));
        assert_eq!(maker("pb").as_deref(), Some("account-pa"));
    });
}

#[test]
fn an_ability_round_brings_the_items_of_the_rank_and_begins_in_term() {
    on_each_database(|store| {
        let agency = Agency::new(store).with_items();
        let round = agency.other_round("2026-A", "ability", "2026-10-01", "2027-09-30");
        agency.open(&round);
        let staff = agency.sheet(&round, "st1");
        assert_eq!(staff.state, "in_term");
        assert_eq!(staff.value("items")[1]["title"], json!("知識・技術"));
        let director = agency.sheet(&round, "dr1");
        assert_eq!(director.value("items").as_array().map(Vec::len), Some(6));
        let (sheet, transition) = (&staff, "start_report");
        let sheet = agency.take("st1", sheet, transition, json!({})).expect("no goals stand before it");
        assert_eq!(sheet.value("reports").as_array().map(Vec::len), Some(5));
    });
}

#[test]
fn templates_of_the_nearest_office_and_rank_are_handed_out() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let office = |code| agency.id("organisation", "code", code);
        let goals = |title: &str| json!([{ "title": title, "detail": "ひな型" }]);
        agency.make("goal_template", json!({ "name": "省", "goals": goals("省の目標") }));
        agency.make("goal_template", json!({ "name": "局", "organisation": office("B"), "goals": goals("局の目標") }));
        agency.make(
            "goal_template",
            json!({ "name": "課の係員", "organisation": office("D1"), "rank": "staff", "goals": goals("係員の目標") }),
        );
        let round = agency.round();
        agency.open(&round);
        let title = |number| agency.sheet(&round, number).value("goals")[0]["title"].clone();
        assert_eq!(title("st1"), json!("係員の目標"));
        assert_eq!(title("uc1"), json!("局の目標"));
        assert_eq!(title("pb"), json!("局の目標"));
        // Handed out later, templates reach only sheets that have no goals yet.
        let sheet = agency.sheet(&round, "st1");
        agency.amend("st1", &sheet, json!({ "goals": null })).expect("cleared");
        let who = agency.who("pa");
        let handed = agency
            .desk
            .store
            .write(|tx| templates::hand_out(tx, &agency.desk.kernel, &who, &round.id))
            .expect("handed");
        assert_eq!(handed, 1);
        assert_eq!(title("st1"), json!("係員の目標"));
    });
}

#[test]
fn a_special_evaluation_is_made_for_one_person_in_conditional_appointment() {
    on_each_database(|store| {
        let agency = Agency::new(store).with_items();
        let round = agency.other_round("2026-S", "special", "2026-10-01", "2027-03-31");
        agency.open(&round);
        assert_eq!(agency.find("evaluation_sheet", "round", &round.id), []);
        let who = agency.who("pa");
        let person = agency.person("st2");
        let day = "2026-10-01".parse().expect("a day");
        let start =
            || agency.desk.store.write(|tx| start_special(tx, &agency.desk.kernel, &who, &round.id, &person, day));
        let sheet = start().expect("the special evaluation");
        assert_eq!((sheet.state.as_str(), sheet.text("kind")), ("in_term", Some("special")));
        assert!(start().is_err(), "one sheet a person and round");
    });
}
