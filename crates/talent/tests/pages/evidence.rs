//! What each page owes the journal: whoever looked, which records, which classes of protected values. Every route of this
//! area is asked for once at least, so that a new page must say here what it shows. Complaints, handovers and the rest
//! use the generic screens, whose evidence the system test of `daicho` holds by marks in every protected value.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use journal::Entry;
use ledger::port::{HistoryQuery, Told};
use ledger::{Change, Record};
use serde_json::json;
use testkit::on_each_database;
use ui::web::Handler;

use crate::agency::{Agency, body};
use crate::visitor::{Answer, Visitor, fits, revision};

/// What a page owes: ledger, records, protected classes; one entry for each.
type Owed = (&'static str, &'static [&'static str], &'static [&'static str]);
/// Ledger, records and protected classes that one look showed.
type Look = (String, BTreeSet<String>, BTreeSet<String>);

struct Watch<'a> {
    agency: &'a Agency,
    /// Names of records, so that a failure can be read.
    names: RefCell<BTreeMap<String, &'static str>>,
    asked: RefCell<BTreeSet<(&'static str, bool)>>,
}

impl Watch<'_> {
    fn readings(&self) -> Vec<(i64, Entry)> {
        let newest = HistoryQuery::newest(Told::Readings, 50);
        let found = self.agency.desk.read(|tx| Ok(tx.history(&newest)?)).expect("entries");
        found.into_iter().map(|stored| (stored.sequence, stored.entry)).collect()
    }

    fn named(&self, id: &str) -> String {
        self.names.borrow().get(id).map_or(id, |name| name).to_string()
    }

    fn look(&self, entry: &Entry) -> Look {
        let facts = &entry.changes.get(&entry.act).expect("facts of the reading").after;
        let list = |name: &str| -> BTreeSet<String> {
            let list = facts.get(name).and_then(serde_json::Value::as_array);
            list.into_iter().flatten().filter_map(|one| Some(one.as_str()?.to_string())).collect()
        };
        let mut records = list("records");
        records.extend(Some(entry.record.clone()).filter(|id| !id.is_empty()));
        (entry.ledger.clone(), records.iter().map(|id| self.named(id)).collect(), list("classes"))
    }

    fn note(&self, path: &str, post: bool) {
        let path = path.split('?').next().unwrap_or_default();
        let routes = talent::routes();
        let route = routes
            .iter()
            .filter(|route| matches!(route.handler, Handler::Write(_)) == post)
            .find(|route| fits(route.path, path).is_some());
        self.asked.borrow_mut().insert((route.expect("a route").path, post));
    }

    /// The act of this person leaves exactly these readings, each under their name.
    fn owes(&self, number: &str, act: &str, owed: &[Owed], take: impl FnOnce(&Visitor<'_>) -> Answer) {
        let before = self.readings().first().map_or(0, |(sequence, _)| *sequence);
        let visitor = Visitor::new(self.agency, number);
        let answer = take(&visitor);
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect::<BTreeSet<_>>();
        let wanted: BTreeSet<Look> =
            owed.iter().map(|(ledger, records, classes)| ((*ledger).to_string(), set(records), set(classes))).collect();
        let left: Vec<Entry> =
            self.readings().into_iter().filter(|(sequence, _)| *sequence > before).map(|(_, entry)| entry).collect();
        let found: BTreeSet<Look> = left.iter().map(|entry| self.look(entry)).collect();
        assert_eq!(found, wanted, "{number} {act} ({})", answer.status);
        assert_eq!(left.len(), wanted.len(), "{number} {act}: each look once");
        for entry in left {
            assert_eq!(entry.actor, visitor.who.actor, "{number} {act}");
        }
    }

    fn get(&self, number: &str, path: &str, status: u16, owed: &[Owed]) {
        self.note(path, false);
        self.owes(number, path, owed, |visitor| {
            let answer = visitor.get(path);
            assert_eq!(answer.status, status, "{number} {path}: {}", answer.html);
            answer
        });
    }

    fn post(&self, number: &str, path: &str, form: &[(&str, &str)], status: u16, owed: &[Owed]) {
        self.note(path, true);
        self.owes(number, path, owed, |visitor| {
            let answer = visitor.post(path, form);
            assert_eq!(answer.status, status, "{number} {path}: {}", answer.html);
            answer
        });
    }

    fn name(&self, record: &Record, name: &'static str) {
        self.names.borrow_mut().insert(record.id.clone(), name);
    }
}

/// A mark from before this program, which stands beside the sheets of today.
fn carried(agency: &Agency, code: &str, from: &str, to: &str) -> Record {
    let round = agency.other_round(code, "performance", from, to);
    let values = json!({
        "round": round.id, "subject": agency.person("st1"), "organisation": agency.id("organisation", "code", "D1"),
        "post": agency.id("post", "code", "ST1"), "rank": "staff", "carried_over": true, "result_mark": "良好",
    });
    agency.desk.commit(&agency.who("pa"), Change::create("evaluation_sheet", body(values))).expect("carried over")
}

/// Findings of somebody who evaluated before.
fn handed_over(agency: &Agency, sheet: &Record) -> Record {
    let person = |number: &str| agency.person(number);
    let waits = agency.make(
        "evaluation_handover",
        json!({
            "sheet": sheet.id, "subject": person("st1"), "organisation": agency.id("organisation", "code", "D1"),
            "from_evaluator": person("uc1"), "to_evaluator": person("dd1"), "transfer_on": "2026-10-01",
        }),
    );
    agency.take("uc1", &waits, "hand_over", json!({ "findings": "丁寧に書く。" })).expect("handed over")
}

#[test]
fn each_page_leaves_the_evidence_it_owes() {
    const SHEET: &str = "evaluation_sheet";
    on_each_database(|store| {
        let agency = Agency::new(store);
        let watch = Watch { agency: &agency, names: RefCell::default(), asked: RefCell::default() };
        watch.name(&carried(&agency, "2025-04-G", "2025-04-01", "2025-09-30"), "older");
        watch.name(&carried(&agency, "2026-04-G", "2026-04-01", "2026-09-30"), "past");
        let round = agency.round();
        let map = format!("/evaluation/rounds/{}", round.id);

        // The personnel office runs a round and sees who stands where, and nothing of what was written.
        watch.get("pa", "/evaluation", 200, &[]);
        watch.get("pa", "/evaluation/rounds", 200, &[]);
        watch.get("pa", &format!("{map}/start"), 200, &[]);
        watch.post("pa", &format!("{map}/start"), &[], 303, &[]);
        agency.open(&round);
        watch.get("pa", &map, 200, &[]);
        watch.get("pa", &format!("{map}/waiting"), 200, &[]);
        watch.post("pa", &format!("{map}/remind"), &[], 303, &[]);
        watch.post("pa", &format!("{map}/templates"), &[], 303, &[]);
        let person = agency.person("st1");
        watch.post("pa", &format!("{map}/special"), &[("person", &person)], 422, &[]);

        // The evaluator: interviews of everybody, one sheet with what stands beside it, the notes.
        let one = agency.to_term(&agency.sheet(&round, "st1"), "st1", "dd1");
        watch.name(&one, "one");
        let path = format!("/evaluation/sheets/{}", one.id);
        watch.get("dd1", "/evaluation/people", 200, &[(SHEET, &["one"], &["interviews"])]);
        watch.post("dd1", &format!("{path}/memo"), &[("note", "早い。")], 303, &[]);
        watch.name(&agency.find("evaluation_memo", "subject", &person)[0], "memo");
        let beside: &[Owed] =
            &[(SHEET, &["one"], &["goals", "interviews"]), ("evaluation_memo", &["memo"], &["private"])];
        watch.get("dd1", &path, 200, beside);
        watch.name(&handed_over(&agency, &one), "handover");
        let handover: Owed = ("evaluation_handover", &["handover"], &["findings"]);
        watch.get("dd1", &path, 200, &[beside, &[handover]].concat());
        watch.post("dd1", &format!("{path}/discard"), &[], 303, &[]);

        // A mark of somebody else among the figures alone is a look as well.
        let other = agency.to_evaluation(&agency.sheet(&round, "uc1"), "uc1", "dr1");
        watch.get("dr1", "/evaluation/adjustment", 200, &[]);
        watch.name(&agency.evaluated(&other, "dr1", "優良"), "other");
        watch.get("dr1", "/evaluation/adjustment", 200, &[(SHEET, &[], &["evaluation"])]);

        // The adjuster: the list, an act that asks for findings, what comes back with a problem.
        let report = json!([{ "no": 1, "report": "すべて期限内に終えた。" }]);
        agency.take("st1", &one, "start_report", json!({})).expect("the report begins");
        agency.take("st1", &one, "hand_in", json!({ "reports": report })).expect("handed in");
        agency.evaluated(&one, "dd1", "優良");
        let marks: &[Owed] = &[(SHEET, &["one"], &["evaluation"])];
        watch.get("dr1", "/evaluation/adjustment", 200, marks);
        agency.amend("dr1", &one, json!({ "adjuster_findings": "同じ水準" })).expect("a draft");
        let marks: &[Owed] = &[(SHEET, &["one"], &["adjustment", "evaluation"])];
        watch.get("dr1", "/evaluation/adjustment", 200, marks);
        let act = format!("{path}/acts/adjust");
        watch.get("dr1", &act, 200, &[(SHEET, &["one"], &["adjustment"])]);
        let now = revision(&agency, &one.id);
        watch.post("dr1", &act, &[("_revision", &now)], 422, &[(SHEET, &["one"], &["adjustment"])]);
        let whole: &[Owed] = &[(SHEET, &["one"], &["adjustment", "evaluation", "goals", "interviews", "self"])];
        let sent = [("_fields", "adjuster_mark"), ("adjuster_mark", "優良"), ("_act", "adjust")];
        watch.post("dr1", &path, &[&sent[..], &[("_revision", "1")]].concat(), 409, whole);
        watch.post(
            "dr1",
            &path,
            &[&sent[..1], &[("adjuster_mark", "?"), sent[2], ("_revision", &now)]].concat(),
            422,
            whole,
        );
        let stale = format!("seen.{}", one.id);
        watch.post(
            "dr1",
            "/evaluation/adjustment",
            &[("round", &round.id), ("pick", &one.id), (&stale, "1")],
            409,
            marks,
        );
        watch.post("dr1", &path, &[&sent[..], &[("_revision", &now)]].concat(), 303, &[]);

        // The authority: the list, what it is about to confirm, what comes back.
        let confirmation = "/evaluation/confirmation";
        let waiting: &[Owed] = &[(SHEET, &["one", "other"], &["adjustment", "evaluation"])];
        watch.get("dg", confirmation, 200, waiting);
        let picked = [("round", round.id.as_str()), ("pick", &one.id)];
        watch.post("dg", confirmation, &picked, 200, marks);
        watch.post("dg", confirmation, &[&picked[..], &[("sure", "yes"), (&stale, "1")]].concat(), 409, waiting);
        let now = revision(&agency, &one.id);
        watch.post("dg", confirmation, &[&picked[..], &[("sure", "yes"), (&stale, &now)]].concat(), 303, &[]);

        // Disclosed: the year of the person, the marks of all for the personnel office, on a page and in a file.
        agency.desk.go_to("2027-05-20");
        agency.take("pa", &one, "disclose", json!({})).expect("disclosed");
        let own: &[Owed] = &[(SHEET, &["one", "past"], &["goals", "interviews", "result", "self"])];
        watch.get("st1", "/evaluation/mine", 200, own);
        watch.get("st1", &path, 200, own);
        let results: &[Owed] = &[(SHEET, &["older", "one", "past"], &["result"])];
        watch.get("pa", "/evaluation/look-back", 200, results);
        let file = "/evaluation/look-back/file?format=csv";
        watch.get("pa", file, 200, &[]);
        watch.get("pa", &format!("{file}&reason=story"), 200, results);
        let seven: &'static [&'static str] =
            &["adjustment", "confirmation", "evaluation", "goals", "interviews", "result", "self"];
        watch.get("pa", &path, 200, &[(SHEET, &["older", "one", "past"], seven)]);

        // Every route was asked for.
        let all: BTreeSet<(&str, bool)> =
            talent::routes().iter().map(|route| (route.path, matches!(route.handler, Handler::Write(_)))).collect();
        let missing: Vec<_> = all.difference(&watch.asked.borrow()).copied().collect();
        assert!(missing.is_empty(), "say here what these show: {missing:?}");
    });
}
