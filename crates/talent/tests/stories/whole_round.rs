//! One performance round from goals to the closing interview.

use serde_json::json;
use talent::evaluation::daily;
use testkit::on_each_database;

use crate::agency::{Agency, words};

#[test]
fn a_performance_round_runs_from_goals_to_the_closing_interview() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        assert_eq!(round.value("year"), &json!(2026));
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        assert_eq!(sheet.state, "goal_setting");
        assert_eq!(sheet.text("holder"), Some(agency.person("st1").as_str()));
        assert!(sheet.text("number").is_some_and(|number| number.starts_with("HK-2026-")));

        // Goals are numbered as they stand.
        let sheet = agency.to_term(&sheet, "st1", "dd1");
        assert_eq!(sheet.state, "in_term");
        assert_eq!(sheet.value("goals")[1]["no"], json!(2));
        assert_eq!(sheet.text("holder"), None);

        // Not before its day; then the day itself takes every sheet on.
        let early = agency.take("st1", &sheet, "start_report", json!({})).expect_err("too early");
        assert!(words(early).contains("開始日"));
        agency.desk.go_to("2027-03-15");
        let run = |job: fn(&mut dyn ledger::port::Writer, &ledger::Kernel) -> Result<u64, ledger::Refusal>| {
            agency.desk.store.write(|tx| job(tx, &agency.desk.kernel)).expect("the daily work")
        };
        assert_eq!(run(daily::start_reports), 1);
        assert_eq!(run(daily::start_reports), 0);
        let sheet = agency.sheet(&round, "st1");
        assert_eq!(sheet.state, "self_report");
        assert_eq!(sheet.value("reports").as_array().map(Vec::len), Some(2));

        // An empty row cannot be handed in.
        let empty = agency.take("st1", &sheet, "hand_in", json!({})).expect_err("empty");
        assert!(words(empty).contains("自己申告が空"));
        let reports = json!([{ "no": 2, "report": "手順書を作った。" }, { "no": 1, "report": "すべて終えた。" }]);
        agency.amend("st1", &sheet, json!({ "reports": reports, "self_comment": "全体の申告" })).expect("kept");
        let sheet = agency.take("st1", &sheet, "hand_in", json!({})).expect("handed in");
        assert_eq!(sheet.state, "evaluating");
        assert_eq!(sheet.value("reports")[0]["title"], json!("申請の審査"));
        assert_eq!(sheet.value("item_marks")[1]["title"], json!("手順書の作成"));

        let sheet = agency.evaluated(&sheet, "dd1", "優良");
        assert_eq!(sheet.state, "adjusting");
        let sheet = agency
            .take("dr1", &sheet, "adjust", json!({ "adjuster_mark": "良好", "adjuster_findings": "均衡を取った" }))
            .expect("adjusted");
        assert_eq!((sheet.state.as_str(), sheet.text("holder")), ("confirming", Some(agency.person("dg").as_str())));
        let sheet = agency.take("dg", &sheet, "confirm", json!({ "confirmer_mark": "良好" })).expect("confirmed");
        // The three marks stay side by side; the last one is the result, the fourth of six.
        assert_eq!(
            ["evaluator_mark", "adjuster_mark", "confirmer_mark", "result_mark"].map(|field| sheet.text(field)),
            [Some("優良"), Some("良好"), Some("良好"), Some("良好")]
        );
        assert_eq!(sheet.value("result_order"), &json!(4));

        assert_eq!(run(daily::disclose), 0);
        agency.desk.go_to("2027-05-20");
        assert_eq!(run(daily::disclose), 1);
        let sheet = agency.sheet(&round, "st1");
        assert_eq!((sheet.state.as_str(), sheet.text("disclosed_on")), ("disclosed", Some("2027-05-20")));
        let ahead = json!({ "closing_on": "2027-05-21", "closing_means": "online" });
        assert!(words(agency.take("dd1", &sheet, "finish", ahead).expect_err("ahead")).contains("今日より後"));
        let talk = json!({ "closing_on": "2027-05-20", "closing_means": "online", "closing_record": "次の期の課題を話した。" });
        let sheet = agency.take("dd1", &sheet, "finish", talk).expect("the interview");
        assert_eq!(sheet.state, "closed");

        // The round itself ends only when every sheet has.
        let close = agency.take("pa", &round, "close", json!({})).expect_err("sheets are left");
        assert!(words(close).contains("終わっていない評価記録書"));
    });
}

#[test]
fn duties_follow_the_dates_of_the_round() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let due = |number: &str| {
            let who = agency.who(number);
            let duties = agency.desk.read(|tx| agency.desk.kernel.duties_of(tx, &who, 100)).expect("duties");
            let days: Vec<(String, String)> = duties
                .into_iter()
                .filter(|seen| seen.duty.ledger == "evaluation_sheet")
                .map(|seen| (seen.label, seen.duty.due.map(|due| due.to_string()).unwrap_or_default()))
                .collect();
            days
        };
        assert_eq!(due("st1"), [("目標を書いて提出する".to_string(), "2026-10-30".to_string())]);
        // The agency moves the date: the duty moves with it.
        let round = agency.desk.record("evaluation_round", &round.id);
        agency.amend("pa", &round, json!({ "goal_due": "2026-10-23" })).expect("amended");
        assert_eq!(due("st1")[0].1, "2026-10-23");
        let sheet = agency.sheet(&round, "st1");
        let goals = json!({ "goals": [{ "title": "甲", "detail": "乙" }] });
        agency.take("st1", &sheet, "propose_goals", goals).expect("handed in");
        assert_eq!(due("st1"), []);
        assert!(due("dd1").contains(&("期首面談をして目標を確定する".to_string(), "2026-11-13".to_string())));
    });
}
