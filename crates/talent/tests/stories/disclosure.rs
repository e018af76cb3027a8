//! The set day, exempt ranks, and what a subject then sees.

use serde_json::json;
use talent::evaluation::daily;
use testkit::on_each_database;

use crate::agency::Agency;

#[test]
fn on_the_set_day_the_subject_sees_the_result_and_not_how_it_came_about() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.confirmed(&agency.sheet(&round, "st1"), "st1");
        agency.desk.go_to("2027-05-20");
        agency.desk.store.write(|tx| daily::disclose(tx, &agency.desk.kernel)).expect("disclosed");
        let seen = agency.seen("st1", &sheet).expect("seen");
        assert_eq!(seen.text("result_mark"), Some("良好"));
        for field in ["evaluator_mark", "adjuster_mark", "confirmer_mark", "evaluator_findings", "item_marks"] {
            assert!(seen.value(field).is_null(), "{field}");
        }
    });
}

#[test]
fn exempt_ranks_are_closed_without_disclosure() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_evaluation(&agency.sheet(&round, "dr1"), "dr1", "dg");
        assert_eq!(sheet.value("exempt"), &json!(true));
        let sheet = agency.evaluated(&sheet, "dg", "優良");
        let sheet = agency.take("vm", &sheet, "confirm", json!({ "confirmer_mark": "優良" })).expect("confirmed");
        assert!(agency.take("pa", &sheet, "disclose", json!({})).is_err());
        agency.desk.go_to("2027-05-20");
        assert!(agency.take("pa", &sheet, "disclose", json!({})).is_err());
        agency.desk.store.write(|tx| daily::disclose(tx, &agency.desk.kernel)).expect("the day");
        let sheet = agency.sheet(&round, "dr1");
        assert_eq!((sheet.state.as_str(), sheet.text("disclosed_on")), ("closed", None));
        let seen = agency.seen("dr1", &sheet).expect("one's own sheet");
        assert!(seen.value("result_mark").is_null());
        // The personnel office uses the result all the same.
        assert_eq!(agency.seen("pa", &sheet).expect("seen").text("result_mark"), Some("優良"));
    });
}
