//! Transfers within a round.

use serde_json::json;
use talent::evaluation::{apply_transfers, daily};
use testkit::on_each_database;

use crate::agency::Agency;

fn daily_work(agency: &Agency) -> u64 {
    agency.desk.store.write(|tx| daily::transfers(tx, &agency.desk.kernel)).expect("the daily work")
}

#[test]
fn the_evaluator_follows_a_transfer_on_its_day_and_the_former_hands_over() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.hire("dd2", "見本 七郎");
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_term(&agency.sheet(&round, "st1"), "st1", "dd1");
        // On 20 December a transfer of 1 January is recorded: nothing changes yet.
        agency.desk.go_to("2026-12-20");
        agency.transfer("dd1", "ST2", "2027-01-01");
        agency.assign("dd2", "DD1", "2027-01-01", None, "main");
        assert_eq!(daily_work(&agency), 0);
        assert_eq!(agency.sheet(&round, "st1").text("evaluator"), Some(agency.person("dd1").as_str()));
        agency.desk.go_to("2027-01-01");
        assert!(daily_work(&agency) >= 2);
        assert_eq!(daily_work(&agency), 0);
        let sheet_now = agency.sheet(&round, "st1");
        assert_eq!(sheet_now.text("evaluator"), Some(agency.person("dd2").as_str()));
        assert_eq!(sheet_now.references("former_evaluators"), [agency.person("dd1")]);
        // The new one works with it, the former one reads goals and hands over, and neither can do the other's part.
        assert!(agency.seen("dd2", &sheet).expect("seen").value("goals").is_array());
        assert!(agency.seen("dd1", &sheet).expect("seen").value("goals").is_array());
        let handovers = agency.find("evaluation_handover", "sheet", &sheet.id);
        assert_eq!(handovers.len(), 1);
        let handover = &handovers[0];
        assert_eq!(handover.text("transfer_on"), Some("2027-01-01"));
        assert!(agency.seen("st1", handover).is_err(), "not for the subject");
        agency.take("dd1", handover, "hand_over", json!({ "findings": "順調" })).expect("handed over");
        assert_eq!(agency.seen("dd2", handover).expect("seen").text("findings"), Some("順調"));
        agency.take("dd2", handover, "receive", json!({})).expect("received");
        // A sheet still in goal setting without goals moves without a handover.
        let st2 = agency.sheet(&round, "st2");
        assert_eq!(st2.text("evaluator"), Some(agency.person("dd2").as_str()));
        assert!(agency.find("evaluation_handover", "sheet", &st2.id).is_empty());
    });
}

#[test]
fn a_transfer_in_force_today_moves_the_sheets_at_once_and_a_vacant_post_moves_nothing() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.hire("dd2", "見本 七郎");
        let round = agency.round();
        agency.open(&round);
        agency.desk.go_to("2026-11-02");
        agency.transfer("dd1", "ST2", "2026-11-02");
        let vacant = agency.sheet(&round, "st1");
        assert_eq!(vacant.text("evaluator"), Some(agency.person("dd1").as_str()));
        assert_eq!(vacant.text("adjuster"), Some(agency.person("dr1").as_str()));
        agency.assign("dd2", "DD1", "2026-11-02", None, "main");
        let filled = agency.sheet(&round, "st1");
        assert_eq!(filled.text("evaluator"), Some(agency.person("dd2").as_str()), "at once");
        assert_eq!(filled.text("adjuster"), Some(agency.person("dr1").as_str()));
        // The one who moved has a new line for their own sheet.
        let own = agency.sheet(&round, "dd1");
        assert_eq!(own.value("organisation"), &agency.id("organisation", "code", "D2"));
        assert_eq!(own.text("evaluator"), Some(agency.person("dr2").as_str()));
    });
}

#[test]
fn an_adjuster_who_becomes_evaluator_does_not_adjust_what_they_evaluate() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        agency.desk.go_to("2026-11-02");
        // The deputy director leaves, and the director takes the post over beside their own.
        agency.transfer("dd1", "ST2", "2026-11-02");
        agency.assign("dr1", "DD1", "2026-11-02", None, "concurrent");
        let sheet = agency.sheet(&round, "st1");
        assert_eq!(sheet.text("evaluator"), Some(agency.person("dr1").as_str()));
        assert_eq!(sheet.text("adjuster"), None);
        assert_eq!(sheet.text("confirmer"), Some(agency.person("dg").as_str()));
    });
}

#[test]
fn many_assignments_in_one_batch_leave_one_job_behind() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.hire("dd2", "見本 七郎");
        let round = agency.round();
        agency.open(&round);
        agency.desk.go_to("2026-11-02");
        let present = agency.find("assignment", "person", &agency.person("dd1")).pop().expect("an assignment");
        let system = ledger::Principal::system("test");
        let values = crate::agency::body(json!({ "end_on": "2026-11-01" }));
        let end = ledger::Change::amend("assignment", &present.id, present.revision, values).in_batch("import");
        agency.desk.commit(&system, end).expect("ended");
        let post = agency.id("post", "code", "DD1");
        let values = json!({ "person": agency.person("dd2"), "post": post, "start_on": "2026-11-02", "kind": "main" });
        let begin = ledger::Change::create("assignment", crate::agency::body(values)).in_batch("import");
        agency.desk.commit(&system, begin).expect("begun");
        assert_eq!(agency.sheet(&round, "st1").text("evaluator"), Some(agency.person("dd1").as_str()));
        let (waiting, _) = agency.desk.read(|tx| Ok(tx.backlog()?)).expect("the backlog");
        assert_eq!(waiting, 1);
        let step = agency
            .desk
            .store
            .write(|tx| talent::evaluation::transfer::step(tx, &agency.desk.kernel, &system, &json!({}), 0))
            .expect("a step");
        assert!(step.finished && step.done >= 2, "{step:?}");
        assert_eq!(agency.sheet(&round, "st1").text("evaluator"), Some(agency.person("dd2").as_str()));
    });
}

#[test]
fn an_evaluation_that_was_handed_in_stays_with_who_gave_it() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.hire("dd2", "見本 七郎");
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_evaluation(&agency.sheet(&round, "st1"), "st1", "dd1");
        let sheet = agency.evaluated(&sheet, "dd1", "優良");
        agency.desk.go_to("2027-04-01");
        agency.transfer("dd1", "ST2", "2027-04-01");
        agency.assign("dd2", "DD1", "2027-04-01", None, "main");
        let now = agency.sheet(&round, "st1");
        assert_eq!(now.text("evaluator"), Some(agency.person("dd1").as_str()));
        // When it comes back, it comes back to who is there now.
        let sheet = agency.take("dr1", &sheet, "request_reevaluation", json!({})).expect("re-evaluation");
        assert_eq!(
            (sheet.text("evaluator"), sheet.text("holder")),
            (Some(agency.person("dd2").as_str()), Some(agency.person("dd2").as_str()))
        );
    });
}

#[test]
fn the_subjects_own_transfer_brings_the_sheet_under_the_new_line() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_term(&agency.sheet(&round, "st1"), "st1", "dd1");
        agency.desk.go_to("2027-01-01");
        agency.transfer("st1", "ST2", "2027-01-01");
        let now = agency.sheet(&round, "st1");
        assert_eq!(now.text("evaluator"), Some(agency.person("dr2").as_str()));
        assert_eq!((now.text("adjuster"), now.text("adjuster_post")), (None, None));
        assert_eq!(agency.find("evaluation_handover", "sheet", &sheet.id).len(), 1);
    });
}

#[test]
fn promotion_into_an_exempt_rank_takes_the_sheet_out_of_disclosure() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        assert_eq!(agency.sheet(&round, "dd1").value("exempt"), &json!(false));
        agency.desk.go_to("2026-11-02");
        agency.transfer("dr2", "ST1", "2026-11-02");
        agency.transfer("dd1", "DR2", "2026-11-02");
        let sheet = agency.sheet(&round, "dd1");
        assert_eq!((sheet.text("rank"), sheet.value("exempt")), (Some("director"), &json!(true)));
        assert_eq!(agency.sheet(&round, "dr2").value("exempt"), &json!(false));
    });
}

#[test]
fn a_line_set_by_hand_is_left_alone() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        agency.amend("pa", &sheet, json!({ "evaluator": agency.person("uc1") })).expect("amended");
        let today = agency.desk.kernel.today();
        let moved =
            agency.desk.store.write(|tx| apply_transfers(tx, &agency.desk.kernel, today, 100)).expect("applied");
        assert_eq!(moved, []);
        assert_eq!(agency.sheet(&round, "st1").text("evaluator"), Some(agency.person("uc1").as_str()));
    });
}

#[test]
fn a_second_office_adds_its_view() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_term(&agency.sheet(&round, "st1"), "st1", "dd1");
        assert!(agency.seen("dr2", &sheet).is_err());
        agency.assign("st1", "ST2", "2026-10-01", None, "concurrent");
        assert_eq!(agency.sheet(&round, "st1").references("concurrent_evaluators"), [agency.person("dr2")]);
        let views = json!({ "concurrent_views": [{ "view": "第二課でもよく働いている" }] });
        let sheet = agency.amend("dr2", &sheet, views).expect("the view");
        assert_eq!(sheet.value("concurrent_views")[0]["writer"], json!(agency.person("dr2")));
        // The view is for the line, not for the subject, and it is not a mark.
        assert!(agency.seen("st1", &sheet).expect("seen").value("concurrent_views").is_null());
        assert!(agency.amend("dr2", &sheet, json!({ "evaluator_mark": "優良" })).is_err());
    });
}
