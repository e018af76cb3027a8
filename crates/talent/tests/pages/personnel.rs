//! The personnel office: start with a preview, the map, reminders with their log, templates, look-back.

use ledger::port::{HistoryQuery, Writer};
use serde_json::json;
use testkit::on_each_database;

use crate::agency::Agency;
use crate::visitor::{Answer, Visitor};

/// Run the queued job as the worker does.
fn work(agency: &Agency, answer: &Answer) -> String {
    assert!(answer.to.starts_with("/jobs/"), "{} {}", answer.status, answer.html);
    let id = answer.to.trim_start_matches("/jobs/");
    let job = agency.desk.read(|tx| Ok(tx.job(id)?)).expect("the database").expect("the job");
    assert!(job.new.input.get("to").is_some(), "the progress page leads back");
    let task = talent::tasks().into_iter().find(|task| task.kind == job.new.kind).expect("a task of that kind");
    let who = agency.who("pa");
    let mut done = 0;
    loop {
        let step = agency
            .desk
            .store
            .write(|tx: &mut dyn Writer| (task.step)(tx, &agency.desk.kernel, &who, &job.new.input, done))
            .expect("a step");
        done = step.done;
        if step.finished {
            return step.words;
        }
    }
}

#[test]
fn a_round_is_previewed_and_started_as_a_task() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.make("goal_template", json!({
            "name": "係員のひな型", "rank": "staff", "goals": [{ "title": "ひな型の目標", "detail": "期限内に処理する。" }],
        }));
        let round = agency.round();
        let pa = Visitor::new(&agency, "pa");
        let path = format!("/evaluation/rounds/{}", round.id);
        assert!(pa.get(&path).html.contains("開始前の一覧を見る"));
        let before = pa.get(&format!("{path}/start?show=all"));
        assert!(
            before.html.contains("見本 花子")
                && before.html.contains("見本 四郎")
                && before.html.contains("評価期を開始する")
        );
        // The vice minister has nobody above.
        let blocked = pa.get(&format!("{path}/start"));
        assert!(blocked.html.contains("作れません") && blocked.html.contains("見本 一郎"), "{}", blocked.html);
        let queued = pa.post(&format!("{path}/start"), &[]);
        assert!(pa.post(&format!("{path}/start"), &[]).html.contains("すでに始まっています"));
        work(&agency, &queued);
        assert_eq!(agency.sheet(&round, "st1").value("goals")[0]["title"], json!("ひな型の目標"));
        let map = pa.get(&path);
        assert!(map.html.contains("組織と段階") && map.html.contains("第一課"));
        let office = agency.id("organisation", "code", "D1");
        let link = format!(
            "/evaluation/rounds/{}/waiting?office={}&amp;step=goal_setting",
            round.id,
            office.as_str().expect("an id")
        );
        assert!(map.html.contains(&link), "a number of the map opens its list");
        // Others may not start anything.
        assert_eq!(Visitor::new(&agency, "dg").get(&format!("{path}/start")).status, 403);
        assert_eq!(Visitor::new(&agency, "dg").post(&format!("{path}/start"), &[]).status, 403);
    });
}

#[test]
fn reminders_go_to_each_holder_once_a_day_and_leave_their_log() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let person = agency.desk.record("person", &agency.person("st1"));
        agency.amend("pa", &person, json!({ "mail": "st1@example.jp" })).expect("a mail address");
        let round = agency.round();
        agency.open(&round);
        agency.desk.go_to("2026-11-10");
        let pa = Visitor::new(&agency, "pa");
        let path = format!("/evaluation/rounds/{}", round.id);
        let list = pa.get(&format!("{path}/waiting?late=1"));
        assert!(list.html.contains("期限超過") && list.html.contains("見本 花子"), "{}", list.html);
        let (one, two) = (agency.sheet(&round, "st1").id, agency.sheet(&round, "st2").id);
        let sent = pa.post(&format!("{path}/remind"), &[("pick", &one), ("pick", &two), ("back", "/x?late=1")]);
        assert_eq!(sent.status, 303);
        assert!(
            sent.html.contains("1人の担当者") && sent.html.contains("1人はメールが登録されていません"),
            "{}",
            sent.html
        );
        assert_eq!(sent.to, format!("{path}/waiting?late=1"));
        let mails = agency.desk.read(|tx| Ok(tx.mails(10)?)).expect("mails");
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].0.to, "st1@example.jp");
        assert!(mails[0].0.body.contains("目標を書いて提出する　1件") && !mails[0].0.body.contains("見本 花子"));
        // The same day again: no second mail.
        assert!(pa.post(&format!("{path}/remind"), &[("pick", &one)]).html.contains("今日すでに連絡している"));
        assert_eq!(agency.desk.read(|tx| Ok(tx.mails(10)?)).expect("mails").len(), 1);
        let list = pa.get(&format!("{path}/waiting?late=1"));
        assert!(list.html.contains("令和8年11月10日 9:"), "when it was");
        assert!(pa.get(&path).html.contains("最後に連絡したのは"));
        let query = HistoryQuery { ledger: Some("evaluation_round".into()), limit: 100, ..HistoryQuery::default() };
        let entries = agency.desk.read(|tx| Ok(tx.history(&query)?)).expect("entries");
        assert_eq!(entries.iter().filter(|stored| stored.entry.act == "remind").count(), 1);
        assert_eq!(Visitor::new(&agency, "dd1").post(&format!("{path}/remind"), &[("pick", &one)]).status, 403);
    });
}

#[test]
fn templates_are_handed_out_afterwards_too() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let own = json!({ "goals": [{ "title": "自分で書いた目標", "detail": "水準" }] });
        agency.amend("st1", &agency.sheet(&round, "st1"), own).expect("kept");
        agency.make("goal_template", json!({
            "name": "係員のひな型", "rank": "staff", "goals": [{ "title": "ひな型の目標", "detail": "期限内に処理する。" }],
        }));
        let pa = Visitor::new(&agency, "pa");
        let path = format!("/evaluation/rounds/{}", round.id);
        assert!(pa.get(&path).html.contains("目標のひな型を配る"));
        let words = work(&agency, &pa.post(&format!("{path}/templates"), &[]));
        assert!(words.contains("配りました"), "{words}");
        assert_eq!(agency.sheet(&round, "st2").value("goals")[0]["title"], json!("ひな型の目標"));
        assert_eq!(agency.sheet(&round, "st1").value("goals")[0]["title"], json!("自分で書いた目標"));
    });
}

#[test]
fn a_special_evaluation_is_started_for_one_person() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let newcomer = agency.make(
            "person",
            json!({
                "number": "nw", "name": "見本 新人", "hired_on": "2026-07-01", "conditional_until": "2026-12-31",
            }),
        );
        agency.assign("nw", "ST1", "2026-07-01", None, "main");
        let round = agency.other_round("2026-S", "special", "2026-07-01", "2026-12-31");
        let pa = Visitor::new(&agency, "pa");
        let round = agency.desk.take(&pa.who, &round, "open", ledger::Body::new()).expect("opened");
        let path = format!("/evaluation/rounds/{}", round.id);
        assert!(pa.get(&path).html.contains("見本 新人"));
        assert_eq!(
            Visitor::new(&agency, "dd1").post(&format!("{path}/special"), &[("person", &newcomer.id)]).status,
            403
        );
        let started = pa.post(&format!("{path}/special"), &[("person", &newcomer.id)]);
        assert_eq!(started.status, 303, "{}", started.html);
        assert_eq!(agency.sheet(&round, "nw").text("kind"), Some("special"));
        assert!(pa.get(&path).html.contains("特別評価を待つ職員はいません"));
    });
}

#[test]
fn past_marks_are_a_list_a_list_of_candidates_and_a_file() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        agency.confirmed(&agency.sheet(&round, "st1"), "st1");
        let pa = Visitor::new(&agency, "pa");
        let all = pa.get("/evaluation/look-back");
        assert!(all.html.contains("見本 花子") && all.html.contains("良好"), "{}", all.html);
        let good = pa.get("/evaluation/look-back?purpose=grade&performance=middle");
        assert!(good.html.contains("昇格の候補者の一覧") && good.html.contains("判断の材料"));
        assert!(good.html.contains("見本 花子"));
        // 良好 is the fourth of six.
        let third = pa.get("/evaluation/look-back?purpose=grade&performance=third").html;
        assert!(third.contains("条件に当たる職員はいません"), "{third}");
        assert!(pa.get("/evaluation/look-back?complete=true").html.contains("条件に当たる職員はいません"));
        assert!(pa.get("/evaluation/look-back/file?format=csv").html.contains("取り出す理由"));
        let csv = pa.get("/evaluation/look-back/file?format=csv&reason=story");
        let text = String::from_utf8(csv.file).expect("UTF-8");
        assert!(text.starts_with('\u{feff}') && text.contains("見本 花子") && text.contains("業績1回前の順位"));
        let line = text.lines().find(|line| line.contains("見本 花子")).expect("her line");
        assert!(line.contains("良好,4,6,令和8年度後期業績評価"), "{line}");
        assert!(pa.get("/evaluation/look-back/file?format=xlsx&reason=story").file.starts_with(b"PK"));
        let query = HistoryQuery { ledger: Some("evaluation_sheet".into()), limit: 5, ..HistoryQuery::default() };
        let entries = agency.desk.read(|tx| Ok(tx.history(&query)?)).expect("entries");
        assert_eq!(entries.iter().filter(|stored| stored.entry.act == "export").count(), 2);
        for number in ["st1", "dd1", "dg", "co"] {
            assert_eq!(Visitor::new(&agency, number).get("/evaluation/look-back").status, 403, "{number}");
            assert_eq!(Visitor::new(&agency, number).get("/evaluation/look-back/file").status, 403, "{number}");
        }
        // Officers find nothing about themselves.
        let own = agency.to_evaluation_of_officer(&round);
        assert!(!Visitor::new(&agency, "pa").get("/evaluation/look-back").html.contains(&own));
    });
}

impl Agency {
    /// A confirmed sheet of the officer `pa`; gives its identifier.
    fn to_evaluation_of_officer(&self, round: &ledger::Record) -> String {
        self.desk.go_to("2026-10-01");
        let sheet = self.to_evaluation(&self.sheet(round, "pa"), "pa", "dr2");
        let sheet = self.evaluated(&sheet, "dr2", "優良");
        self.take("dg", &sheet, "confirm", json!({ "confirmer_mark": "優良" })).expect("confirmed").id
    }
}
