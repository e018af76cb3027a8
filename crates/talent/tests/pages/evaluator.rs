//! The evaluator: people as rows, one sheet after the other, marks by posted forms.

use serde_json::json;
use testkit::on_each_database;

use crate::agency::Agency;
use crate::visitor::{Visitor, revision};

#[test]
fn an_evaluator_walks_from_the_opening_interview_to_the_closing_one() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        let dd1 = Visitor::new(&agency, "dd1");
        let path = format!("/evaluation/sheets/{}", sheet.id);
        agency
            .take("st1", &sheet, "propose_goals", json!({ "goals": [{ "title": "甲", "detail": "乙" }] }))
            .expect("handed in");

        let people = dd1.get("/evaluation/people");
        assert!(
            people.html.contains("見本 花子")
                && people.html.contains("見本 梅子")
                && people.html.contains("あなたの番")
        );
        let mine = dd1.get("/evaluation/people?step=mine");
        assert!(mine.html.contains("見本 花子") && !mine.html.contains("見本 梅子"));

        // Sending goals back needs words for the subject.
        let now = revision(&agency, &sheet.id);
        let fields = ("_fields", "goals,goal_advice,opening_on,opening_means,opening_record");
        let goals = [("goals.0.title", "甲"), ("goals.0.detail", "乙")];
        let back = dd1.post(&path, &[&goals[..], &[fields, ("_revision", &now), ("_act", "return_goals")]].concat());
        assert_eq!(back.status, 422);
        assert!(back.html.contains("「目標についての助言」を入力してください"));

        let talk = [("opening_on", "R8.10.1"), ("opening_means", "online"), ("opening_record", "水準を確かめた。")];
        let agreed =
            dd1.post(&path, &[&goals[..], &talk[..], &[fields, ("_revision", &now), ("_act", "agree_goals")]].concat());
        assert_eq!(agreed.status, 303, "{}", agreed.html);
        let stored = agency.sheet(&round, "st1");
        assert_eq!((stored.state.as_str(), stored.text("opening_on")), ("in_term", Some("2026-10-01")));
        assert!(dd1.get("/evaluation/people").html.contains("2026-10-01"), "the last contact");

        agency.desk.go_to("2027-03-15");
        agency.take("st1", &stored, "start_report", json!({})).expect("begun");
        assert!(!dd1.get(&path).html.contains("自己申告の本文"));
        agency.amend("st1", &stored, json!({ "reports": [{ "no": 1, "report": "自己申告の本文" }] })).expect("kept");
        assert!(!dd1.get(&path).html.contains("自己申告の本文"), "hidden until handed in");
        agency.take("st1", &stored, "hand_in", json!({})).expect("handed in");

        let form = dd1.get(&path);
        assert!(form.html.contains("自己申告の本文") && form.html.contains("name=\"item_marks.0.mark\""));
        let now = revision(&agency, &sheet.id);
        let fields = ("_fields", "item_marks,evaluator_mark,evaluator_findings,report_advice");
        let marks = [
            ("item_marks.0.no", "1"),
            ("item_marks.0.mark", "a"),
            ("item_marks.0.finding", "着実"),
            ("evaluator_mark", "優良"),
            ("evaluator_findings", "目標を超えた。"),
        ];
        let unknown = [("item_marks.0.no", "1"), ("item_marks.0.mark", "z"), ("evaluator_mark", "優良")];
        let wrong = dd1.post(&path, &[&unknown[..], &[fields, ("_revision", &now)]].concat());
        assert_eq!(wrong.status, 422);
        assert!(wrong.html.contains("href=\"#f-item_marks.0.mark\""), "the cell is named");
        let kept = dd1.post(&path, &[&marks[..], &[fields, ("_revision", &now)]].concat());
        assert_eq!(kept.status, 303, "{}", kept.html);
        assert_eq!(agency.sheet(&round, "st1").state, "evaluating");
        let now = revision(&agency, &sheet.id);
        let handed =
            dd1.post(&path, &[&marks[..], &[fields, ("_revision", &now), ("_act", "submit_evaluation")]].concat());
        assert_eq!(handed.status, 303, "{}", handed.html);
        assert_eq!(agency.sheet(&round, "st1").state, "adjusting");
        // Handed in is handed in.
        assert!(!dd1.get(&path).html.contains("name=\"evaluator_mark\""));

        agency.take("dr1", &sheet, "adjust", json!({ "adjuster_mark": "優良" })).expect("adjusted");
        agency.take("dg", &sheet, "confirm", json!({ "confirmer_mark": "優良" })).expect("confirmed");
        agency.desk.go_to("2027-05-20");
        agency.desk.store.write(|tx| talent::evaluation::daily::disclose(tx, &agency.desk.kernel)).expect("disclosed");
        let now = revision(&agency, &sheet.id);
        let talk = [
            ("_fields", "closing_on,closing_means,closing_record"),
            ("closing_on", "令和9年5月20日"),
            ("closing_means", "face_to_face"),
            ("closing_record", "次の期の課題を話した。"),
            ("_act", "finish"),
            ("_revision", &now),
        ];
        let finished = dd1.post(&path, &talk);
        assert_eq!(finished.status, 303, "{}", finished.html);
        assert_eq!(agency.sheet(&round, "st1").state, "closed");
    });
}

#[test]
fn next_and_previous_person_are_links_for_one_key() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let (one, two) = (agency.sheet(&round, "st1"), agency.sheet(&round, "st2"));
        let dd1 = Visitor::new(&agency, "dd1");
        let link = |from: &str, to: &str| {
            let html = dd1.get(&format!("/evaluation/sheets/{from}")).html;
            let next = html.contains(&format!("data-next href=\"/evaluation/sheets/{to}\""));
            let previous = html.contains(&format!("data-prev href=\"/evaluation/sheets/{to}\""));
            assert!(html.contains("2人中"));
            (next, previous)
        };
        let (first, second) = (link(&one.id, &two.id), link(&two.id, &one.id));
        assert!(
            first != second && [first, second].contains(&(true, false)) && [first, second].contains(&(false, true))
        );
        // A subject has no neighbours.
        let own = Visitor::new(&agency, "st1").get(&format!("/evaluation/sheets/{}", one.id)).html;
        assert!(!own.contains("data-next") && !own.contains("人中"));
    });
}

#[test]
fn notes_on_a_person_are_the_writer_s_alone() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        let path = format!("/evaluation/sheets/{}", sheet.id);
        let dd1 = Visitor::new(&agency, "dd1");
        assert_eq!(dd1.post(&format!("{path}/memo"), &[("note", "会議の準備が早かった。")]).status, 303);
        assert!(dd1.get(&path).html.contains("会議の準備が早かった。"));
        for number in ["st1", "dr1", "dg", "pa", "au"] {
            assert!(!Visitor::new(&agency, number).get(&path).html.contains("会議の準備が早かった。"), "{number}");
        }
        assert!(dd1.post(&format!("{path}/memo"), &[("note", " ")]).html.contains("残していません"));
    });
}

#[test]
fn a_second_office_s_view_is_written_beside_those_of_others() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.assign("st1", "ST2", "2024-04-01", None, "concurrent");
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_term(&agency.sheet(&round, "st1"), "st1", "dd1");
        let dr2 = Visitor::new(&agency, "dr2");
        let path = format!("/evaluation/sheets/{}", sheet.id);
        assert!(dr2.get("/evaluation/people").html.contains("（併任）"));
        assert!(dr2.get(&path).html.contains("併任先としての所見"));
        let now = revision(&agency, &sheet.id);
        let view = [
            ("_fields", "concurrent_views"),
            ("_revision", &now),
            ("concurrent_views.mine.view", "応援先でもよく働いた。"),
        ];
        let kept = dr2.post(&path, &view);
        assert_eq!(kept.status, 303, "{}", kept.html);
        let stored = agency.sheet(&round, "st1");
        assert_eq!(stored.value("concurrent_views")[0]["writer"], json!(agency.person("dr2")));
        assert!(dr2.get(&path).html.contains("応援先でもよく働いた。"));
        assert!(!Visitor::new(&agency, "st1").get(&path).html.contains("応援先でもよく働いた。"));
    });
}
