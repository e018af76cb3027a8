//! A small made-up ministry and a round in it.

use std::path::PathBuf;
use std::sync::Arc;

use ledger::pack::read_folder;
use ledger::{Body, Change, Principal, Record, Refusal};
use serde_json::{Value, json};
use store::Store;
use talent::evaluation::{EvaluationEngine, open_round, standard};
use testkit::{Desk, somebody};

/// Offices, posts, people and an open round.
///
/// 見本省 (事務次官) > 見本局 (局長) > 第一課 (課長, 課長補佐, 係長, 係員 2) and 第二課 (課長, 係員, 人事担当 2).
/// Officers of 第一課 are evaluated by the deputy director, adjusted by the director, confirmed by the director-general;
/// everybody else in a division is evaluated by the director without an adjuster.
pub struct Agency {
    pub desk: Desk,
}

pub fn body(value: Value) -> Body {
    match value {
        Value::Object(map) => map,
        _ => Body::new(),
    }
}

impl Agency {
    /// The ministry on 1 October 2026.
    pub fn new(store: Store) -> Self {
        let packs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let packs = ["core", "talent"].map(|name| read_folder(&packs.join(name)).expect("the pack"));
        let desk = Desk::with_packs(store, "2026-10-01", vec![Arc::new(EvaluationEngine)], &packs);
        let agency = Self { desk };
        for scale in standard::scales() {
            agency.make("rating_scale", scale.into());
        }
        for (code, name, parent) in
            [("M", "見本省", ""), ("B", "見本局", "M"), ("D1", "第一課", "B"), ("D2", "第二課", "B")]
        {
            agency.make(
                "organisation",
                json!({ "code": code, "name": name, "parent": agency.id("organisation", "code", parent) }),
            );
        }
        for (code, name, office, rank) in [
            ("VM", "事務次官", "M", "vice_minister"),
            ("DG", "局長", "B", "director_general"),
            ("DR1", "第一課長", "D1", "director"),
            ("DD1", "第一課課長補佐", "D1", "deputy_director"),
            ("UC1", "第一課係長", "D1", "unit_chief"),
            ("ST1", "第一課係員", "D1", "staff"),
            ("DR2", "第二課長", "D2", "director"),
            ("ST2", "第二課係員", "D2", "staff"),
        ] {
            let office = agency.id("organisation", "code", office);
            agency.make(
                "post",
                json!({ "code": code, "name": name, "organisation": office, "rank": rank, "capacity": 5 }),
            );
        }
        for (number, name, post) in [
            ("vm", "見本 一郎", "VM"),
            ("dg", "見本 二郎", "DG"),
            ("dr1", "見本 三郎", "DR1"),
            ("dd1", "見本 四郎", "DD1"),
            ("uc1", "見本 五郎", "UC1"),
            ("st1", "見本 花子", "ST1"),
            ("st2", "見本 梅子", "ST1"),
            ("dr2", "見本 六郎", "DR2"),
            ("pa", "見本 桜子", "ST2"),
            ("pb", "見本 桃子", "ST2"),
        ] {
            agency.hire(number, name);
            agency.assign(number, post, "2024-04-01", None, "main");
        }
        agency.hire("au", "見本 監査");
        agency.hire("co", "見本 相談");
        for (office, rank, evaluator, adjuster, confirmer) in [
            ("D1", Some("staff"), "DD1", Some("DR1"), "DG"),
            ("D1", Some("director"), "DG", None, "VM"),
            ("D1", None, "DR1", None, "DG"),
            ("D2", None, "DR2", None, "DG"),
        ] {
            let post = |code: &str| agency.id("post", "code", code);
            agency.make("evaluation_line", json!({
                "organisation": agency.id("organisation", "code", office), "rank": rank, "evaluator_post": post(evaluator),
                "adjuster_post": adjuster.map(post), "confirmer_post": post(confirmer),
            }));
        }
        agency
    }

    /// With the items of ability evaluation beside the scales. Most stories do without, which is quicker.
    pub fn with_items(self) -> Self {
        let who = Principal::system("test");
        let install = || self.desk.store.write(|tx| standard::install(tx, &self.desk.kernel, &who)).expect("items");
        assert!(install() > 40);
        assert_eq!(install(), 0, "only what is missing is added");
        self
    }

    pub fn make(&self, ledger: &str, values: Value) -> Record {
        self.desk
            .commit(&Principal::system("test"), Change::create(ledger, body(values)))
            .expect("the record is stored")
    }

    pub fn hire(&self, number: &str, name: &str) -> Record {
        self.make("person", json!({ "number": number, "name": name, "hired_on": "2010-04-01" }))
    }

    pub fn assign(&self, person: &str, post: &str, from: &str, to: Option<&str>, kind: &str) -> Record {
        let (person, post) = (self.person(person), self.id("post", "code", post));
        self.make("assignment", json!({ "person": person, "post": post, "start_on": from, "end_on": to, "kind": kind }))
    }

    /// End the principal assignment of a person and begin another.
    pub fn transfer(&self, person: &str, post: &str, day: &str) {
        let day: chrono::NaiveDate = day.parse().expect("a day");
        let id = self.person(person);
        let present = self
            .find("assignment", "person", &id)
            .into_iter()
            .find(|one| one.text("kind") == Some("main") && one.value("end_on").is_null())
            .expect("an assignment");
        let eve = day.pred_opt().expect("a day before").to_string();
        let end = Change::amend("assignment", &present.id, present.revision, body(json!({ "end_on": eve })));
        self.desk.commit(&Principal::system("test"), end).expect("the assignment ends");
        self.assign(person, post, &day.to_string(), None, "main");
    }

    /// Identifier of the record with that value; null for an empty value.
    pub fn id(&self, ledger: &str, field: &str, value: &str) -> Value {
        match self.find(ledger, field, value).first() {
            Some(record) => record.id.clone().into(),
            None => Value::Null,
        }
    }

    pub fn find(&self, ledger: &str, field: &str, value: &str) -> Vec<Record> {
        let query = ledger::query::Query {
            ledger: ledger.into(),
            filter: ledger::query::Filter::Compare(
                ledger::query::Operand::Field { name: field.into(), order: ledger::query::Order::Text },
                ledger::query::Comparison::Is,
                value.into(),
            ),
            sort: vec![],
            after: None,
            limit: 1000,
            as_of: None,
        };
        self.desk.read(|tx| Ok(tx.find(&query)?)).expect("the database")
    }

    /// Identifier of a person by staff number.
    pub fn person(&self, number: &str) -> String {
        self.id("person", "number", number).as_str().expect("the person").to_string()
    }

    /// Somebody signed in, with the role their number stands for.
    pub fn who(&self, number: &str) -> Principal {
        let roles: &[&str] = match number {
            "pa" | "pb" => &["personnel"],
            "au" => &["auditor"],
            "co" => &["complaint_officer"],
            _ => &[],
        };
        self.who_with(number, roles)
    }

    pub fn who_with(&self, number: &str, roles: &[&str]) -> Principal {
        let person = self.desk.record("person", &self.person(number));
        somebody(number, Some(&person), roles)
    }

    /// A performance round from October 2026 to March 2027.
    pub fn round(&self) -> Record {
        self.make(
            "evaluation_round",
            json!({
                "code": "2026-10-G", "name": "令和8年度後期業績評価", "kind": "performance",
                "starts_on": "2026-10-01", "ends_on": "2027-03-31",
                "goal_due": "2026-10-30", "opening_interview_due": "2026-11-13", "report_from": "2027-03-15",
                "self_report_due": "2027-04-09", "evaluation_due": "2027-04-23", "adjustment_due": "2027-05-07",
                "confirmation_due": "2027-05-14", "disclosure_on": "2027-05-20", "closing_interview_due": "2027-06-11",
                "exempt_ranks": ["director"],
            }),
        )
    }

    /// Another round: kind, first and last day.
    pub fn other_round(&self, code: &str, kind: &str, from: &str, to: &str) -> Record {
        self.make(
            "evaluation_round",
            json!({
                "code": code, "name": code, "kind": kind, "starts_on": from, "ends_on": to,
                "goal_due": to, "opening_interview_due": to, "self_report_due": to, "evaluation_due": to,
                "adjustment_due": to, "confirmation_due": to, "disclosure_on": to, "closing_interview_due": to,
            }),
        )
    }

    /// Open a round as personnel officer `pa`.
    pub fn open(&self, round: &Record) {
        let pa = self.who("pa");
        self.desk
            .store
            .write(|tx| open_round(tx, &self.desk.kernel, &pa, &round.id, &mut |_, _| {}))
            .expect("the round opens");
    }

    /// A sheet of a person in a round, as stored.
    pub fn sheet(&self, round: &Record, number: &str) -> Record {
        let person = self.person(number);
        self.find("evaluation_sheet", "subject", &person)
            .into_iter()
            .find(|sheet| sheet.text("round") == Some(round.id.as_str()))
            .expect("the sheet")
    }

    pub fn take(&self, number: &str, sheet: &Record, transition: &str, values: Value) -> Result<Record, Refusal> {
        self.desk.take(&self.who(number), sheet, transition, body(values))
    }

    pub fn amend(&self, number: &str, sheet: &Record, values: Value) -> Result<Record, Refusal> {
        let now = self.desk.record(&sheet.ledger, &sheet.id);
        self.desk.commit(&self.who(number), Change::amend(&sheet.ledger, &sheet.id, now.revision, body(values)))
    }

    /// The sheet as somebody sees it.
    pub fn seen(&self, number: &str, sheet: &Record) -> Result<Record, Refusal> {
        let who = self.who(number);
        self.desk.read(|tx| Ok(self.desk.kernel.detail(tx, &who, &sheet.ledger, &sheet.id, None)?.record))
    }

    /// Goals handed in and agreed on, with the evaluator given.
    pub fn to_term(&self, sheet: &Record, subject: &str, evaluator: &str) -> Record {
        let goals = json!([
            { "title": "申請の審査", "detail": "受け付けてから5開庁日以内に審査を終える。" },
            { "title": "手順書の作成", "detail": "11月末までに手順書を作る。", "challenge": true },
        ]);
        self.take(subject, sheet, "propose_goals", json!({ "goals": goals })).expect("goals are handed in");
        // As the page does, the agreeing act carries the goals along, without their numbers.
        let talk = json!({ "opening_on": "2026-10-01", "opening_means": "face_to_face", "goals": goals });
        self.take(evaluator, sheet, "agree_goals", talk).expect("goals are agreed on")
    }

    /// From the term to the evaluator's desk; the day becomes 15 March 2027.
    pub fn to_evaluation(&self, sheet: &Record, subject: &str, evaluator: &str) -> Record {
        let sheet = self.to_term(sheet, subject, evaluator);
        self.desk.go_to("2027-03-15");
        let sheet = self.take(subject, &sheet, "start_report", json!({})).expect("the self-report begins");
        let reports =
            json!([{ "no": 1, "report": "すべて期限内に終えた。" }, { "no": 2, "report": "手順書を作った。" }]);
        self.amend(subject, &sheet, json!({ "reports": reports })).expect("the self-report is kept");
        self.take(subject, &sheet, "hand_in", json!({})).expect("the self-report is handed in")
    }

    /// Marks of the evaluator handed in.
    pub fn evaluated(&self, sheet: &Record, evaluator: &str, mark: &str) -> Record {
        let marks = json!([{ "no": 1, "mark": "a", "finding": "着実" }, { "no": 2, "mark": "s" }]);
        self.amend(evaluator, sheet, json!({ "item_marks": marks })).expect("item marks are kept");
        let overall = json!({ "evaluator_mark": mark, "evaluator_findings": "評価者だけの所見" });
        self.take(evaluator, sheet, "submit_evaluation", overall).expect("the evaluation is handed in")
    }

    /// From goals to confirmation for an officer of 第一課.
    pub fn confirmed(&self, sheet: &Record, subject: &str) -> Record {
        let sheet = self.to_evaluation(sheet, subject, "dd1");
        let sheet = self.evaluated(&sheet, "dd1", "優良");
        let sheet = self
            .take("dr1", &sheet, "adjust", json!({ "adjuster_mark": "良好", "adjuster_findings": "均衡を取った" }))
            .expect("the adjustment");
        self.take("dg", &sheet, "confirm", json!({ "confirmer_mark": "良好" })).expect("the confirmation")
    }
}

/// The message of a refusal.
pub fn words(refusal: Refusal) -> String {
    match refusal {
        Refusal::Invalid(problems) => {
            problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}
