//! Every page for everybody: it opens for whom it should, and says no to the rest.

use ledger::port::HistoryQuery;
use testkit::on_each_database;

use crate::agency::Agency;
use crate::visitor::Visitor;

#[test]
fn each_page_opens_for_each_role_as_the_table_says() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.evaluated(&agency.to_evaluation(&agency.sheet(&round, "st1"), "st1", "dd1"), "dd1", "優良");
        let people = ["st1", "st2", "dd1", "dr1", "dg", "vm", "pa", "au", "co"];
        let table: [(String, [u16; 9]); 12] = [
            ("/evaluation".into(), [200; 9]),
            ("/evaluation/mine".into(), [200; 9]),
            ("/evaluation/people".into(), [200; 9]),
            ("/evaluation/adjustment".into(), [200; 9]),
            ("/evaluation/confirmation".into(), [200; 9]),
            ("/evaluation/rounds".into(), [200; 9]),
            (format!("/evaluation/rounds/{}", round.id), [200; 9]),
            (format!("/evaluation/rounds/{}/waiting", round.id), [200; 9]),
            (format!("/evaluation/rounds/{}/start", round.id), [403, 403, 403, 403, 403, 403, 200, 403, 403]),
            ("/evaluation/look-back".into(), [403, 403, 403, 403, 403, 403, 200, 200, 403]),
            // st2 is a colleague, vm stands above the line, co keeps complaints apart: none of them knows of the sheet.
            (format!("/evaluation/sheets/{}", sheet.id), [200, 404, 200, 200, 200, 404, 200, 200, 404]),
            (format!("/evaluation/sheets/{}/acts/confirm", sheet.id), [403, 404, 403, 403, 403, 404, 403, 403, 404]),
        ];
        for (path, wanted) in &table {
            for (number, wanted) in people.iter().zip(wanted) {
                assert_eq!(Visitor::new(&agency, number).get(path).status, *wanted, "{number} {path}");
            }
        }
        // Lists and duties lead to these pages: whoever reads a record opens its page.
        for ledger in agency.desk.kernel.catalogue.ledgers.values() {
            let Some(page) = &ledger.page else { continue };
            let known = talent::routes().iter().any(|route| route.path == page);
            assert!(known, "no page at {page}, which {} names", ledger.name);
        }
        for (record, page) in [(&sheet, "/evaluation/sheets/"), (&round, "/evaluation/rounds/")] {
            for number in people {
                let opened = Visitor::new(&agency, number).get(&format!("{page}{}", record.id)).status == 200;
                assert_eq!(opened, agency.seen(number, record).is_ok(), "{number} {page}");
            }
        }
        assert_eq!(Visitor::new(&agency, "pa").get("/evaluation/sheets/01NONE").status, 404);
    });
}

#[test]
fn only_what_one_may_see_is_on_the_sheet() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_evaluation(&agency.sheet(&round, "st1"), "st1", "dd1");
        let path = format!("/evaluation/sheets/{}", sheet.id);
        agency.amend("dd1", &sheet, serde_json::json!({ "evaluator_findings": "書きかけの所見" })).expect("a draft");
        let sees = |number: &str, words: &str| Visitor::new(&agency, number).get(&path).html.contains(words);
        for (number, draft) in
            [("dd1", true), ("st1", false), ("dr1", false), ("dg", false), ("pa", false), ("au", true)]
        {
            assert_eq!(sees(number, "書きかけの所見"), draft, "{number}");
        }
        for (number, report) in [("dd1", true), ("st1", true), ("dr1", false), ("dg", false), ("pa", true)] {
            assert_eq!(sees(number, "手順書を作った。"), report, "{number}");
        }
        agency.evaluated(&sheet, "dd1", "優良");
        assert!(sees("dr1", "評価者だけの所見") && !sees("dg", "評価者だけの所見"));
        // The way back is one's own.
        assert!(sees("dr1", "/evaluation/adjustment?round=") && sees("dd1", "/evaluation/people?round="));
    });
}

#[test]
fn every_opening_of_a_sheet_is_written_down() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.to_term(&agency.sheet(&round, "st1"), "st1", "dd1");
        let path = format!("/evaluation/sheets/{}", sheet.id);
        let opened = || {
            let query = HistoryQuery {
                ledger: Some("evaluation_sheet".into()),
                record: Some(sheet.id.clone()),
                limit: 100,
                ..HistoryQuery::default()
            };
            let entries = agency.desk.read(|tx| Ok(tx.history(&query)?)).expect("entries");
            entries.iter().filter(|stored| stored.entry.act == "open").count()
        };
        Visitor::new(&agency, "st1").get(&path);
        assert_eq!(opened(), 1, "one's own sheet too");
        for _ in 0..2 {
            Visitor::new(&agency, "dd1").get(&path);
        }
        Visitor::new(&agency, "pa").get(&path);
        assert_eq!(opened(), 4);
    });
}
