//! What people look at: progress, distribution, look-back, the year.

use ledger::{Change, Record};
use serde_json::json;
use talent::evaluation::distribution::{By, Given};
use talent::evaluation::{confirm_all, distribution, in_hand, look_back, progress, year_of};
use testkit::on_each_database;

use crate::agency::{Agency, body};

fn carried(agency: &Agency, round: &Record, number: &str, mark: &str) {
    let office = agency.id("organisation", "code", "D1");
    let post = agency.id("post", "code", "ST1");
    let values = json!({
        "round": round.id, "subject": agency.person(number), "organisation": office, "post": post, "rank": "staff",
        "carried_over": true, "result_mark": mark,
    });
    let sheet =
        agency.desk.commit(&agency.who("pa"), Change::create("evaluation_sheet", body(values))).expect("carried over");
    assert_eq!(sheet.state, "closed");
}

#[test]
fn the_look_back_crosses_the_change_of_scale() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        for (code, from, to, mark) in [
            ("2020-10-G", "2020-10-01", "2021-03-31", "C"),
            ("2021-04-G", "2021-04-01", "2021-09-30", "B"),
            ("2021-10-G", "2021-10-01", "2022-03-31", "A"),
            ("2022-04-G", "2022-04-01", "2022-09-30", "S"),
            ("2022-10-G", "2022-10-01", "2023-03-31", "優良"),
        ] {
            let round = agency.other_round(code, "performance", from, to);
            carried(&agency, &round, "st1", mark);
        }
        let ability = agency.other_round("2021-A", "ability", "2021-10-01", "2022-09-30");
        carried(&agency, &ability, "st1", "A");
        // The old words do not fit the new scale, nor the new ones the old.
        let new = agency.other_round("2023-04-G", "performance", "2023-04-01", "2023-09-30");
        let post = agency.id("post", "code", "ST1");
        let values = json!({
            "round": new.id, "subject": agency.person("st1"), "organisation": agency.id("organisation", "code", "D1"),
            "post": post, "rank": "staff", "carried_over": true, "result_mark": "A",
        });
        assert!(agency.desk.commit(&agency.who("pa"), Change::create("evaluation_sheet", body(values))).is_err());

        let people = [agency.person("st1"), agency.person("st2")];
        let look = |number: &str| {
            let who = agency.who(number);
            agency.desk.read(|tx| look_back(tx, &agency.desk.kernel, &who, &people)).expect("the table")
        };
        let table = look("pa");
        let marks: Vec<(&str, i64, usize)> =
            table[0].performance.iter().map(|mark| (mark.label.as_str(), mark.order, mark.of)).collect();
        assert_eq!(marks, [("優良", 3, 6), ("S", 1, 5), ("A", 2, 5), ("B", 3, 5)]);
        assert_eq!(table[0].ability.iter().map(|mark| mark.label.as_str()).collect::<Vec<_>>(), ["A"]);
        assert_eq!(table[1].performance, []);
        // Who may not see a result finds an empty table.
        assert_eq!(look("uc1")[0].performance, []);
        assert_eq!(look("st1")[0].performance.len(), 4);
    });
}

#[test]
fn a_distribution_carries_a_caution_on_small_numbers_and_shows_only_what_may_be_seen() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        let round_now = agency.desk.record("evaluation_round", &round.id);
        agency.amend("pa", &round_now, json!({ "small_group": 2 })).expect("amended");
        agency.open(&round);
        for (number, evaluator, mark) in
            [("st1", "dd1", "優良"), ("st2", "dd1", "良好"), ("uc1", "dr1", "卓越して優秀"), ("pb", "dr2", "良好")]
        {
            agency.desk.go_to("2026-10-01");
            let sheet = agency.to_evaluation(&agency.sheet(&round, number), number, evaluator);
            agency.evaluated(&sheet, evaluator, mark);
        }
        let ask = |number: &str, by, given| {
            let who = agency.who(number);
            agency.desk.read(|tx| distribution(tx, &agency.desk.kernel, &who, &round.id, by, given))
        };
        let found = ask("pa", By::Evaluator, Given::Evaluator).expect("the distribution");
        assert_eq!(
            found.marks.iter().map(|mark| mark.label.as_str()).collect::<Vec<_>>()[..3],
            ["卓越して優秀", "非常に優秀", "優良"]
        );
        assert_eq!((found.whole.total, found.whole.counts.clone()), (4, vec![1, 0, 1, 2, 0, 0]));
        // Points from the lowest mark: 6 + 4 + 3 + 3 over four sheets.
        assert_eq!(found.whole.mean, Some(4.0));
        let row = |name: &str| found.rows.iter().find(|row| row.name == name).expect("a row");
        assert_eq!(
            (row("見本 四郎").mean, row("見本 四郎").difference, row("見本 四郎").caution),
            (Some(3.5), Some(-0.5), false)
        );
        assert!(row("見本 三郎").caution);
        // An adjuster sees the evaluators whose sheets they adjust, and no others.
        let adjuster = ask("dr1", By::Evaluator, Given::Evaluator).expect("the distribution");
        let names: Vec<&str> = adjuster.rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["見本 三郎", "見本 四郎"]);
        assert_eq!(ask("st1", By::Evaluator, Given::Evaluator).map(|found| found.whole.total).unwrap_or_default(), 0);
        let ranks = ask("pa", By::Rank, Given::Evaluator).expect("by rank");
        assert_eq!(
            ranks.rows.iter().map(|row| (row.name.as_str(), row.total)).collect::<Vec<_>>(),
            [("係員", 3), ("係長", 1)]
        );
    });
}

#[test]
fn progress_counts_offices_by_step_and_says_who_is_late() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        agency.to_term(&agency.sheet(&round, "st1"), "st1", "dd1");
        agency.desk.go_to("2026-11-02");
        let who = agency.who("pa");
        let seen = agency.desk.read(|tx| progress(tx, &agency.desk.kernel, &who, &round.id)).expect("progress");
        let at = |state: &str| seen.steps.iter().position(|step| step.state == state).expect("a step");
        assert!(seen.steps[at("goal_setting")].late && !seen.steps[at("goal_check")].late);
        let d1 = seen.offices.iter().find(|office| office.code == "D1").expect("an office");
        assert_eq!((d1.name.as_str(), d1.counts[at("goal_setting")], d1.counts[at("in_term")]), ("第一課", 4, 1));
        assert_eq!((d1.late, d1.total, seen.whole.total), (4, 5, 8));
        let office = agency.id("organisation", "code", "D1");
        let stalled = agency
            .desk
            .read(|tx| in_hand(tx, &agency.desk.kernel, &who, &round.id, office.as_str(), Some("goal_setting"), 10))
            .expect("sheets");
        assert_eq!(stalled.len(), 4);
        assert!(stalled.iter().all(|one| one.late && one.holder.as_deref() == one.sheet.text("subject")));
        assert!(
            stalled[0].remaining.as_deref().is_some_and(|words| words.contains("期限超過")),
            "{:?}",
            stalled[0].remaining
        );
        // A manager of the division sees it alone.
        let mut manager = agency.who_with("uc1", &["manager"]);
        manager.roles[0].offices = office.as_str().map(|office| vec![office.to_string()]);
        let seen = agency.desk.read(|tx| progress(tx, &agency.desk.kernel, &manager, &round.id)).expect("progress");
        assert_eq!(seen.offices.iter().map(|office| office.code.as_str()).collect::<Vec<_>>(), ["D1"]);
    });
}

#[test]
fn the_rounds_of_one_year_belong_together() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let ability = agency.other_round("2026-A", "ability", "2026-10-01", "2027-09-30");
        let first = agency.round();
        let second = agency.other_round("2027-04-G", "performance", "2027-04-01", "2027-09-30");
        agency.open(&ability);
        agency.open(&first);
        let who = agency.who("st1");
        let person = agency.person("st1");
        let year = agency.desk.read(|tx| year_of(tx, &agency.desk.kernel, &who, &person, 2026)).expect("the year");
        let parts: Vec<(&str, bool)> =
            year.iter().map(|part| (part.round.text("code").unwrap_or_default(), part.sheet.is_some())).collect();
        assert_eq!(parts, [("2026-A", true), ("2026-10-G", true)]);
        agency.desk.go_to("2027-04-01");
        agency.open(&second);
        let year = agency.desk.read(|tx| year_of(tx, &agency.desk.kernel, &who, &person, 2026)).expect("the year");
        assert_eq!(year.len(), 3);
    });
}

#[test]
fn many_sheets_are_confirmed_at_once_and_those_that_cannot_be_are_named() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let mut ids = Vec::new();
        for number in ["uc1", "dd1"] {
            agency.desk.go_to("2026-10-01");
            let sheet = agency.to_evaluation(&agency.sheet(&round, number), number, "dr1");
            ids.push(agency.evaluated(&sheet, "dr1", "優良").id);
        }
        ids.push(agency.sheet(&round, "st2").id);
        let all = |number: &str| {
            let who = agency.who(number);
            agency.desk.store.write(|tx| confirm_all(tx, &agency.desk.kernel, &who, &ids)).expect("confirmed")
        };
        assert_eq!(all("dr1").0, 0, "an evaluator confirms nothing");
        let (confirmed, left) = all("dg");
        assert_eq!((confirmed, left.len()), (2, 1));
        assert!(left[0].reason.contains("目標設定"), "{}", left[0].reason);
        assert_eq!(agency.sheet(&round, "uc1").text("result_mark"), Some("優良"));
    });
}
