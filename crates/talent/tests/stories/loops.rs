//! Ways back: goals, self-report, re-evaluation, re-adjustment, and a sheet without an adjuster.

use serde_json::json;
use testkit::on_each_database;

use crate::agency::{Agency, words};

#[test]
fn goals_and_self_report_go_back_with_advice_for_the_subject() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        let goals = json!({ "goals": [{ "title": "甲", "detail": "乙" }] });
        agency.take("st1", &sheet, "propose_goals", goals).expect("handed in");
        let silent = agency.take("dd1", &sheet, "return_goals", json!({})).expect_err("advice is demanded");
        assert!(words(silent).contains("助言"));
        let back =
            agency.take("dd1", &sheet, "return_goals", json!({ "goal_advice": "期限を書く" })).expect("returned");
        assert_eq!(back.state, "goal_setting");
        assert_eq!(agency.seen("st1", &sheet).expect("seen").text("goal_advice"), Some("期限を書く"));

        let sheet = agency.to_evaluation(&sheet, "st1", "dd1");
        let advice = json!({ "report_advice": "数字を書く" });
        let back = agency.take("dd1", &sheet, "return_report", advice).expect("returned");
        assert_eq!((back.state.as_str(), back.text("holder")), ("self_report", Some(agency.person("st1").as_str())));
        // What is being written again is hidden again.
        assert!(agency.seen("dd1", &sheet).expect("seen").value("reports").is_null());
        agency.take("st1", &sheet, "hand_in", json!({})).expect("handed in again");
    });
}

#[test]
fn re_evaluation_and_re_adjustment_run_until_the_confirmer_is_content() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_evaluation(&agency.sheet(&round, "st1"), "st1", "dd1");
        let sheet = agency.evaluated(&sheet, "dd1", "卓越して優秀");
        let sheet = agency.take("dr1", &sheet, "request_reevaluation", json!({})).expect("re-evaluation");
        assert_eq!(sheet.state, "evaluating");
        let sheet = agency.evaluated(&sheet, "dd1", "優良");
        let sheet = agency.take("dr1", &sheet, "adjust", json!({ "adjuster_mark": "優良" })).expect("adjusted");
        let sheet = agency.take("dg", &sheet, "send_back", json!({})).expect("re-adjustment");
        assert_eq!(sheet.state, "adjusting");
        // Whoever moves a mark says why.
        let silent = agency.take("dr1", &sheet, "adjust", json!({ "adjuster_mark": "良好" })).expect_err("no reason");
        assert!(matches!(silent, ledger::Refusal::Invalid(_)));
        let moved = json!({ "adjuster_mark": "良好", "adjuster_findings": "均衡を取った" });
        let sheet = agency.take("dr1", &sheet, "adjust", moved).expect("adjusted again");
        let sheet = agency.take("dg", &sheet, "confirm", json!({ "confirmer_mark": "良好" })).expect("confirmed");
        assert_eq!(sheet.text("result_mark"), Some("良好"));
    });
}

#[test]
fn without_an_adjuster_the_evaluation_goes_to_the_confirmer_and_back_to_the_evaluator() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_evaluation(&agency.sheet(&round, "uc1"), "uc1", "dr1");
        let sheet = agency.evaluated(&sheet, "dr1", "良好");
        assert_eq!(sheet.state, "confirming");
        let sheet = agency.take("dg", &sheet, "send_back", json!({})).expect("re-evaluation");
        assert_eq!(sheet.state, "evaluating");
        let sheet = agency.evaluated(&sheet, "dr1", "優良");
        let sheet = agency.take("dg", &sheet, "confirm", json!({ "confirmer_mark": "優良" })).expect("confirmed");
        assert_eq!((sheet.state.as_str(), sheet.text("adjuster_mark")), ("confirmed", None));
    });
}

#[test]
fn an_adjuster_may_be_taken_out_for_one_person() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st2");
        let sheet = agency.amend("pa", &sheet, json!({ "adjuster": null })).expect("taken out");
        assert_eq!(sheet.value("line_fixed"), &json!(true));
        let sheet = agency.to_evaluation(&sheet, "st2", "dd1");
        assert_eq!(agency.evaluated(&sheet, "dd1", "良好").state, "confirming");
        // Others of the same line keep theirs.
        assert!(agency.sheet(&round, "st1").text("adjuster").is_some());
    });
}

#[test]
fn marks_must_be_of_the_scale_and_every_item_needs_one() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_evaluation(&agency.sheet(&round, "uc1"), "uc1", "dr1");
        let old = agency.amend("dr1", &sheet, json!({ "evaluator_mark": "S" })).expect_err("a mark of the old scale");
        assert!(words(old).contains("卓越して優秀、非常に優秀、優良、良好、やや不十分、不十分"));
        let item = json!({ "item_marks": [{ "no": 1, "mark": "Z" }] });
        assert!(words(agency.amend("dr1", &sheet, item).expect_err("no such mark")).contains("「Z」"));
        // The code of a mark is taken as its words.
        let sheet = agency.amend("dr1", &sheet, json!({ "evaluator_mark": "4" })).expect("a code");
        assert_eq!(sheet.text("evaluator_mark"), Some("優良"));
        let overall = json!({ "evaluator_mark": "優良", "evaluator_findings": "所見" });
        let bare = agency.take("dr1", &sheet, "submit_evaluation", overall).expect_err("items without a mark");
        assert!(words(bare).contains("個別評語が空"));
    });
}
