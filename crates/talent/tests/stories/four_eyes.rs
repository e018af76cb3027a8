//! Nobody approves their own act.

use ledger::{Change, Refusal};
use serde_json::json;
use testkit::on_each_database;

use crate::agency::{Agency, body, words};

#[test]
fn nobody_is_two_of_the_line_or_in_the_line_of_their_own_sheet() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        for (field, number) in [
            ("evaluator", "st1"),
            ("adjuster", "st1"),
            ("confirmer", "st1"),
            ("adjuster", "dd1"),
            ("confirmer", "dd1"),
            ("confirmer", "dr1"),
        ] {
            let person = agency.person(number);
            let refused = agency.amend("pa", &sheet, json!({ field: person })).expect_err(field);
            assert!(matches!(refused, Refusal::Invalid(_)), "{field} {number}");
        }
    });
}

#[test]
fn whoever_evaluated_can_neither_adjust_nor_confirm_even_from_the_other_chair() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_evaluation(&agency.sheet(&round, "st1"), "st1", "dd1");
        let sheet = agency.evaluated(&sheet, "dd1", "優良");
        // The personnel office puts another evaluator on record and the old one into the adjuster's chair.
        let (dr2, dd1) = (agency.person("dr2"), agency.person("dd1"));
        agency.amend("pa", &sheet, json!({ "evaluator": dr2, "adjuster": dd1 })).expect("amended");
        let refused = agency.take("dd1", &sheet, "adjust", json!({ "adjuster_mark": "優良" })).expect_err("own act");
        assert!(words(refused).contains("二者確認"));
        for other in ["st1", "dr2", "pa", "au", "uc1"] {
            assert!(agency.take(other, &sheet, "adjust", json!({ "adjuster_mark": "優良" })).is_err(), "{other}");
        }
    });
}

#[test]
fn a_correction_after_closing_needs_a_second_personnel_officer_and_leaves_a_trace() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.confirmed(&agency.sheet(&round, "st1"), "st1");
        agency.desk.go_to("2027-05-20");
        let system = ledger::Principal::system("test");
        let sheet = agency.desk.take(&system, &sheet, "disclose", body(json!({}))).expect("disclosed");
        let talk = json!({ "closing_on": "2027-05-20", "closing_means": "document" });
        let sheet = agency.take("dd1", &sheet, "finish", talk).expect("closed");
        // Nobody amends a closed sheet.
        for number in ["pa", "dd1", "dg", "st1"] {
            assert!(agency.amend(number, &sheet, json!({ "result_mark": "優良" })).is_err(), "{number}");
            assert!(agency.amend(number, &sheet, json!({ "evaluator": agency.person("uc1") })).is_err(), "{number}");
        }
        let values = json!({ "correction_mark": "優良", "correction_note": "転記の誤り" });
        let now = agency.sheet(&round, "st1");
        let silent =
            Change::transition("evaluation_sheet", &sheet.id, now.revision, "correct").with(body(values.clone()));
        assert!(agency.desk.commit(&agency.who("pa"), silent).is_err(), "a reason is demanded");
        agency.take("pa", &sheet, "correct", values).expect("corrected");
        // Until it is checked the old result stands, and the subject sees nothing of the new one.
        let seen = agency.seen("st1", &sheet).expect("seen");
        assert_eq!((seen.text("result_mark"), seen.text("correction_mark")), (Some("良好"), None));
        let own = agency.take("pa", &sheet, "approve_correction", json!({})).expect_err("own correction");
        assert!(words(own).contains("二者確認"));
        let sheet = agency.take("pb", &sheet, "approve_correction", json!({})).expect("checked");
        assert_eq!(
            (sheet.state.as_str(), sheet.text("result_mark"), sheet.value("result_order")),
            ("closed", Some("優良"), &json!(3))
        );
        let au = agency.who("au");
        let history = agency
            .desk
            .read(|tx| {
                agency.desk.kernel.history(
                    tx,
                    &au,
                    "evaluation_sheet",
                    &sheet.id,
                    ledger::port::HistoryQuery::newest(ledger::port::Told::Everything, 5),
                )
            })
            .expect("history");
        let change = history[0].entry.changes.get("result_mark").expect("the result changed");
        assert_eq!((&change.before, &change.after), (&json!("良好"), &json!("優良")));
    });
}

#[test]
fn a_running_sheet_cannot_be_turned_into_one_carried_over() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        for values in [
            json!({ "carried_over": true }),
            json!({ "carried_over": true, "result_mark": "優良" }),
            json!({ "result_mark": "優良" }),
            json!({ "subject": agency.person("st2") }),
        ] {
            assert!(agency.amend("pa", &sheet, values.clone()).is_err(), "{values}");
        }
    });
}

#[test]
fn a_personnel_officer_has_no_hold_on_their_own_sheet() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "pa");
        assert!(agency.amend("pa", &sheet, json!({ "evaluator": agency.person("dd1") })).is_err());
        assert!(agency.take("pa", &sheet, "cancel", json!({})).is_err());
        assert!(agency.take("pb", &sheet, "cancel", json!({})).is_ok());
    });
}
