//! A subject sees no draft mark by any route.

use ledger::read::{Condition, ListRequest, Test};
use ledger::{Principal, Refusal};
use serde_json::{Value, json};
use testkit::on_each_database;

use crate::agency::Agency;

/// What must not be seen: marks and findings of the three.
const SECRETS: [&str; 9] = [
    "item_marks",
    "evaluator_mark",
    "evaluator_findings",
    "adjuster_mark",
    "adjuster_findings",
    "confirmer_mark",
    "confirmer_findings",
    "result_mark",
    "result_order",
];

fn list(agency: &Agency, who: &Principal, request: ListRequest) -> Result<Vec<ledger::Record>, Refusal> {
    let request = ListRequest { ledger: "evaluation_sheet".into(), ..request };
    agency.desk.read(|tx| Ok(agency.desk.kernel.list(tx, who, &request)?.records))
}

fn assert_nothing_shows(agency: &Agency, number: &str, sheet: &ledger::Record, mark: &str) {
    let who = agency.who(number);
    let kernel = &agency.desk.kernel;
    let seen = agency.seen(number, sheet).expect("one's own sheet");
    let listed = list(agency, &who, ListRequest::default()).expect("the list");
    assert!(listed.iter().any(|record| record.id == sheet.id), "{number} {}", sheet.state);
    for record in listed.iter().chain([&seen]).filter(|record| record.id == sheet.id) {
        for field in SECRETS {
            assert!(record.value(field).is_null(), "{number} sees {field} in {}", sheet.state);
        }
    }
    // Asking for sheets with that mark, or another, or none, makes no difference that speaks of it.
    for field in ["evaluator_mark", "adjuster_mark", "confirmer_mark", "result_mark"] {
        let asked = |test: Test, values: &[&str]| {
            let condition = Condition {
                field: field.into(),
                test,
                values: values.iter().map(|value| (*value).to_string()).collect(),
            };
            let request = ListRequest {
                ledger: "evaluation_sheet".into(),
                conditions: vec![condition],
                ..ListRequest::default()
            };
            let found = list(agency, &who, request.clone()).unwrap_or_default();
            let count = agency.desk.read(|tx| kernel.count(tx, &who, &request)).unwrap_or_default();
            assert_eq!(u64::try_from(found.len()).ok(), Some(count));
            found.iter().any(|record| record.id == sheet.id)
        };
        assert!(!asked(Test::Is, &[mark]), "{number} finds {field} in {}", sheet.state);
        assert!(!asked(Test::Filled, &[]), "{number} finds that {field} is filled in {}", sheet.state);
        assert!(!asked(Test::Starts, &[&mark[..3]]), "{number} finds how {field} begins in {}", sheet.state);
        let request = ListRequest { ledger: "evaluation_sheet".into(), ..ListRequest::default() };
        let groups = agency.desk.read(|tx| kernel.group(tx, &who, &request, &[field])).unwrap_or_default();
        assert!(groups.iter().all(|group| group.values.iter().all(Value::is_null)), "{number} groups by {field}");
    }
    for words in [mark, "評価者だけの所見", "均衡を取った"] {
        let request = ListRequest { words: Some(words.into()), ..ListRequest::default() };
        let found = list(agency, &who, request).expect("the search");
        assert!(found.iter().all(|record| record.id != sheet.id), "{number} finds 「{words}」 in {}", sheet.state);
        let hits = agency.desk.read(|tx| kernel.search_everything(tx, &who, words, 10)).expect("the search");
        assert!(hits.iter().all(|hit| hit.record != sheet.id), "{number} finds 「{words}」 everywhere");
    }
    // History tells of the reasons of others; a subject has none of it.
    assert!(
        agency
            .desk
            .read(|tx| kernel.history(
                tx,
                &who,
                "evaluation_sheet",
                &sheet.id,
                ledger::port::HistoryQuery::newest(ledger::port::Told::Everything, 100)
            ))
            .is_err()
    );
    let detail = agency.desk.read(|tx| kernel.detail(tx, &who, "evaluation_sheet", &sheet.id, None)).expect("detail");
    assert!(!detail.history);
    // As of any instant so far.
    let au = agency.who("au");
    for at in agency.desk.read(|tx| kernel.versions(tx, &au, "evaluation_sheet", &sheet.id)).expect("versions") {
        let past = agency.desk.read(|tx| kernel.detail(tx, &who, "evaluation_sheet", &sheet.id, Some(at)));
        let listed = list(agency, &who, ListRequest { as_of: Some(at), ..ListRequest::default() }).unwrap_or_default();
        for record in past.into_iter().map(|detail| detail.record).chain(listed).filter(|record| record.id == sheet.id)
        {
            for field in SECRETS {
                assert!(record.value(field).is_null(), "{number} sees {field} as of {at} in {}", record.state);
            }
        }
    }
}

#[test]
fn a_subject_sees_no_mark_before_disclosure_by_any_route() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_evaluation(&agency.sheet(&round, "st1"), "st1", "dd1");
        agency
            .amend("dd1", &sheet, json!({ "evaluator_mark": "優良", "evaluator_findings": "評価者だけの所見" }))
            .expect("a draft");
        assert_nothing_shows(&agency, "st1", &agency.sheet(&round, "st1"), "優良");
        let sheet = agency.evaluated(&sheet, "dd1", "優良");
        assert_nothing_shows(&agency, "st1", &sheet, "優良");
        let values = json!({ "adjuster_mark": "良好", "adjuster_findings": "均衡を取った" });
        let sheet = agency.take("dr1", &sheet, "adjust", values).expect("adjusted");
        assert_nothing_shows(&agency, "st1", &sheet, "良好");
        let sheet = agency.take("dg", &sheet, "confirm", json!({ "confirmer_mark": "良好" })).expect("confirmed");
        assert_nothing_shows(&agency, "st1", &sheet, "良好");
        // Neither do colleagues, whose sheets lie in the same office.
        assert!(matches!(agency.seen("st2", &sheet), Err(Refusal::NotFound)));
    });
}

#[test]
fn a_personnel_officer_and_an_auditor_are_subjects_too() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.assign("au", "ST2", "2024-04-01", None, "main");
        let round = agency.round();
        agency.open(&round);
        for number in ["pa", "au"] {
            agency.desk.go_to("2026-10-01");
            let sheet = agency.to_evaluation(&agency.sheet(&round, number), number, "dr2");
            let sheet = agency.evaluated(&sheet, "dr2", "優良");
            // No adjuster in this line: the confirmer has it.
            assert_eq!(sheet.state, "confirming");
            let seen = agency.seen(number, &sheet).expect("one's own sheet");
            for field in SECRETS {
                assert!(seen.value(field).is_null(), "{number} sees {field}");
            }
            let who = agency.who(number);
            let history = agency.desk.read(|tx| {
                agency.desk.kernel.history(
                    tx,
                    &who,
                    "evaluation_sheet",
                    &sheet.id,
                    ledger::port::HistoryQuery::newest(ledger::port::Told::Everything, 100),
                )
            });
            assert!(history.is_err(), "{number}");
        }
    });
}

#[test]
fn drafts_are_open_only_to_who_must_work_with_them() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_term(&agency.sheet(&round, "st1"), "st1", "dd1");
        agency.desk.go_to("2027-03-15");
        agency.take("st1", &sheet, "start_report", json!({})).expect("begun");
        agency.amend("st1", &sheet, json!({ "self_comment": "書きかけの申告" })).expect("kept");
        let open =
            |number: &str, field: &str| agency.seen(number, &sheet).is_ok_and(|record| !record.value(field).is_null());
        let who_sees = |field: &str| -> Vec<&str> {
            ["st1", "dd1", "dr1", "dg", "pb", "au", "dr2"].into_iter().filter(|number| open(number, field)).collect()
        };
        // The self-report is the subject's alone until it is handed in.
        assert_eq!(who_sees("self_comment"), ["st1", "au"]);
        let reports = json!([{ "no": 1, "report": "一" }, { "no": 2, "report": "二" }]);
        agency.amend("st1", &sheet, json!({ "reports": reports })).expect("kept");
        agency.take("st1", &sheet, "hand_in", json!({})).expect("handed in");
        assert_eq!(who_sees("self_comment"), ["st1", "dd1", "pb", "au"]);
        agency.amend("dd1", &sheet, json!({ "evaluator_mark": "優良" })).expect("a draft");
        assert_eq!(who_sees("evaluator_mark"), ["dd1", "au"]);
        agency.evaluated(&sheet, "dd1", "優良");
        assert_eq!(who_sees("evaluator_mark"), ["dd1", "dr1", "pb", "au"]);
        agency
            .take("dr1", &sheet, "adjust", json!({ "adjuster_mark": "良好", "adjuster_findings": "均衡を取った" }))
            .expect("adjusted");
        assert_eq!(who_sees("adjuster_mark"), ["dr1", "dg", "pb", "au"]);
        agency.take("dg", &sheet, "confirm", json!({ "confirmer_mark": "良好" })).expect("confirmed");
        assert_eq!(who_sees("confirmer_mark"), ["dg", "pb", "au"]);
        assert_eq!(who_sees("result_mark"), ["dd1", "dr1", "dg", "pb", "au"]);
    });
}
