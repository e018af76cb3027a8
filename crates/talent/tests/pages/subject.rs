//! The subject: a year on one page, goals and self-report by hand, and never a mark before its day.

use serde_json::json;
use testkit::on_each_database;

use crate::agency::Agency;
use crate::visitor::{SECRET, Visitor, revision};

#[test]
fn a_subject_writes_goals_adds_one_and_hands_them_in() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        let st1 = Visitor::new(&agency, "st1");
        let path = format!("/evaluation/sheets/{}", sheet.id);

        let mine = st1.get("/evaluation/mine");
        assert_eq!(mine.status, 200);
        assert!(mine.html.contains("目標を書く") && mine.html.contains(&path), "the next act leads to the sheet");
        assert!(mine.html.contains("令和8年10月30日"), "the last day stands there");

        let form = st1.get(&path);
        assert!(form.html.contains("name=\"goals.0.title\"") && !form.html.contains("name=\"goals.1.title\""));

        // Adding a row stores nothing and keeps what was typed.
        let typed = [("goals.0.title", "申請の審査"), ("goals.0.detail", "期限内に終える。"), ("_secret", SECRET)];
        let with_row = [&typed[..], &[("_rows", "goals:add")]].concat();
        let more = st1.post(&path, &with_row);
        assert_eq!(more.status, 200);
        assert!(more.html.contains("name=\"goals.1.title\"") && more.html.contains("申請の審査"));
        assert!(agency.sheet(&round, "st1").value("goals").is_null());

        let now = revision(&agency, &sheet.id);
        let base = [("_fields", "goals"), ("_revision", now.as_str())];
        // A goal without its level names the cell.
        let half = [&base[..], &[("goals.0.title", "申請の審査"), ("_act", "propose_goals")]].concat();
        let wrong = st1.post(&path, &half);
        assert_eq!(wrong.status, 422);
        assert!(wrong.html.contains("href=\"#f-goals.0.detail\""), "{}", wrong.html);

        let kept = st1.post(
            &path,
            &[&base[..], &typed[..], &[("goals.0.challenge", "true"), ("goals.0.difficulty", "high")]].concat(),
        );
        assert_eq!((kept.status, kept.to.as_str()), (303, path.as_str()));
        assert!(kept.html.contains("提出はまだ"));
        let now = revision(&agency, &sheet.id);
        let handed = st1.post(
            &path,
            &[&typed[..], &[("_fields", "goals"), ("_revision", &now), ("_act", "propose_goals")]].concat(),
        );
        assert_eq!(handed.status, 303, "{}", handed.html);
        let stored = agency.sheet(&round, "st1");
        assert_eq!((stored.state.as_str(), &stored.value("goals")[0]["no"]), ("goal_check", &json!(1)));
        // Then there is nothing left to write.
        assert!(!st1.get(&path).html.contains("name=\"goals.0.title\""));
    });
}

#[test]
fn somebody_else_s_change_is_shown_and_nothing_is_lost() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        let st1 = Visitor::new(&agency, "st1");
        let seen = revision(&agency, &sheet.id);
        agency.amend("st1", &sheet, json!({ "goals": [{ "title": "別の端末の題", "detail": "別" }] })).expect("stored");
        let path = format!("/evaluation/sheets/{}", sheet.id);
        let late = st1.post(
            &path,
            &[
                ("_fields", "goals"),
                ("_revision", &seen),
                ("goals.0.title", "自分の題"),
                ("goals.0.detail", "自分の水準"),
            ],
        );
        assert_eq!(late.status, 409);
        assert!(late.html.contains("別の端末の題") && late.html.contains("value=\"自分の題\""));
        assert!(late.html.contains(&format!("name=\"_revision\" value=\"{}\"", revision(&agency, &sheet.id))));
        assert_eq!(agency.sheet(&round, "st1").value("goals")[0]["title"], json!("別の端末の題"));
    });
}

#[test]
fn a_subject_s_pages_never_show_a_mark_before_disclosure() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_evaluation(&agency.sheet(&round, "st1"), "st1", "dd1");
        let st1 = Visitor::new(&agency, "st1");
        let nothing_shows = |secrets: &[&str]| {
            for path in
                ["/evaluation".to_string(), "/evaluation/mine".into(), format!("/evaluation/sheets/{}", sheet.id)]
            {
                let answer = st1.get(&path);
                assert_eq!(answer.status, 200, "{path}");
                for secret in secrets {
                    assert!(!answer.html.contains(secret), "{path} shows {secret}");
                }
            }
        };
        let draft = json!({ "evaluator_mark": "優良", "evaluator_findings": "評価者だけの所見" });
        agency.amend("dd1", &sheet, draft).expect("a draft");
        nothing_shows(&["優良", "評価者だけの所見"]);
        agency.evaluated(&sheet, "dd1", "優良");
        nothing_shows(&["優良", "評価者だけの所見", "着実"]);
        let values = json!({ "adjuster_mark": "良好", "adjuster_findings": "均衡を取った" });
        agency.take("dr1", &sheet, "adjust", values).expect("adjusted");
        nothing_shows(&["優良", "良好", "均衡を取った"]);
        agency.take("dg", &sheet, "confirm", json!({ "confirmer_mark": "良好" })).expect("confirmed");
        nothing_shows(&["優良", "良好", "均衡を取った"]);
        // From the day on the result is there; what led to it still is not.
        agency.desk.go_to("2027-05-20");
        agency.desk.store.write(|tx| talent::evaluation::daily::disclose(tx, &agency.desk.kernel)).expect("disclosed");
        let mine = st1.get("/evaluation/mine?year=2026");
        assert!(mine.html.contains("良好") && !mine.html.contains("優良"), "{}", mine.html);
        nothing_shows(&["優良", "評価者だけの所見", "均衡を取った"]);
    });
}

#[test]
fn the_self_report_stands_beside_its_goal_and_is_handed_in() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_term(&agency.sheet(&round, "st1"), "st1", "dd1");
        agency.desk.go_to("2027-03-15");
        agency.take("st1", &sheet, "start_report", json!({})).expect("begun");
        let st1 = Visitor::new(&agency, "st1");
        let path = format!("/evaluation/sheets/{}", sheet.id);
        let form = st1.get(&path);
        assert!(form.html.contains("受け付けてから5開庁日以内に審査を終える。"), "the goal is in view");
        assert!(form.html.contains("自己申告を提出する"));
        let now = revision(&agency, &sheet.id);
        let sent = |reports: [&'static str; 2], act: &'static str| {
            vec![
                ("_fields", "reports,self_comment"),
                ("reports.0.no", "1"),
                ("reports.0.report", reports[0]),
                ("reports.1.no", "2"),
                ("reports.1.report", reports[1]),
                ("self_comment", "全体の申告"),
                ("_act", act),
            ]
        };
        let half = st1.post(&path, &[sent(["終えた。", ""], "hand_in"), vec![("_revision", &now)]].concat());
        assert_eq!(half.status, 422);
        assert!(half.html.contains("自己申告が空の行があります") && half.html.contains("終えた。"));
        let whole = st1.post(&path, &[sent(["終えた。", "作った。"], "hand_in"), vec![("_revision", &now)]].concat());
        assert_eq!(whole.status, 303, "{}", whole.html);
        let stored = agency.sheet(&round, "st1");
        assert_eq!((stored.state.as_str(), &stored.value("reports")[1]["report"]), ("evaluating", &json!("作った。")));
    });
}

#[test]
fn a_draft_is_offered_resumed_and_thrown_away() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        let st1 = Visitor::new(&agency, "st1");
        let path = format!("/evaluation/sheets/{}", sheet.id);
        // As the generic draft address keeps it.
        let item = ledger::port::DeskItem {
            key: format!("draft:evaluation_sheet:{}", sheet.id),
            value: json!({ "pairs": [["goals.0.title", "書きかけの題"]] }),
            saved_at: agency.desk.kernel.now(),
        };
        let stored: Result<(), ledger::port::StoreError> =
            agency.desk.store.write(|tx| tx.set_desk(&st1.who.actor.account, &item));
        stored.expect("kept");
        let offered = st1.get(&path);
        assert!(offered.html.contains("下書きから続ける") && !offered.html.contains("書きかけの題"));
        assert!(st1.get(&format!("{path}?draft=1")).html.contains("value=\"書きかけの題\""));
        assert_eq!(st1.post(&format!("{path}/discard"), &[]).status, 303);
        assert!(!st1.get(&path).html.contains("下書きから続ける"));
    });
}
