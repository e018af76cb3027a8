//! Complaints are read by the complainant and the complaint office, and by nobody of the line.

use ledger::read::ListRequest;
use ledger::{Change, Refusal};
use serde_json::json;
use testkit::on_each_database;

use crate::agency::{Agency, body};

#[test]
fn a_complaint_is_invisible_to_the_line_and_to_everybody_else() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let sheet = agency.sheet(&round, "st1");
        let values = json!({ "kind": "procedure", "sheet": sheet.id, "content": "評価の理由が分からない" });
        let complaint =
            agency.desk.commit(&agency.who("st1"), Change::create("evaluation_complaint", body(values))).expect("made");
        // Who complains about whom fills itself, and is not for the complainant to write.
        assert_eq!(complaint.text("complainant"), Some(agency.person("st1").as_str()));
        let seen = agency.seen("st1", &complaint).expect("seen");
        assert!(seen.references("line").contains(&agency.person("dd1").as_str()));
        for values in [
            json!({ "line": [] }),
            json!({ "received_on": "2026-10-01" }),
            json!({ "complainant": agency.person("st2") }),
        ] {
            assert!(matches!(agency.amend("st1", &complaint, values), Err(Refusal::Invalid(_))));
        }
        // Until it is handed in, it is the complainant's alone.
        assert!(matches!(agency.seen("co", &complaint), Err(Refusal::NotFound)));
        agency.take("st1", &complaint, "submit", json!({})).expect("handed in");
        assert_eq!(agency.seen("co", &complaint).expect("seen").text("content"), Some("評価の理由が分からない"));
        for number in ["dd1", "dr1", "dg", "pa", "au", "st2", "uc1"] {
            assert!(matches!(agency.seen(number, &complaint), Err(Refusal::NotFound)), "{number}");
            let who = agency.who(number);
            let request = ListRequest { ledger: "evaluation_complaint".into(), ..ListRequest::default() };
            let count = agency.desk.read(|tx| agency.desk.kernel.count(tx, &who, &request)).unwrap_or_default();
            assert_eq!(count, 0, "{number}");
            let hits = agency
                .desk
                .read(|tx| agency.desk.kernel.search_everything(tx, &who, "理由が分からない", 10))
                .expect("search");
            assert_eq!(hits, [], "{number}");
        }
        // The role does not help who evaluated: not the evaluator, adjuster or confirmer.
        for number in ["dd1", "dr1", "dg"] {
            let who = agency.who_with(number, &["complaint_officer"]);
            let seen =
                agency.desk.read(|tx| agency.desk.kernel.detail(tx, &who, "evaluation_complaint", &complaint.id, None));
            assert!(matches!(seen, Err(Refusal::NotFound)), "{number}");
        }
        // One who comes into the line later is kept out from then on.
        let dr2 = agency.who_with("dr2", &["complaint_officer"]);
        let look =
            || agency.desk.read(|tx| agency.desk.kernel.detail(tx, &dr2, "evaluation_complaint", &complaint.id, None));
        assert!(look().is_ok());
        agency.amend("pa", &sheet, json!({ "evaluator": agency.person("dr2") })).expect("amended");
        assert!(matches!(look(), Err(Refusal::NotFound)));

        agency.take("co", &complaint, "accept", json!({})).expect("accepted");
        agency.amend("co", &complaint, json!({ "inquiry": "評価者に聴いた" })).expect("kept");
        assert!(agency.seen("st1", &complaint).expect("seen").value("answer").is_null());
        agency
            .take("co", &complaint, "reply", json!({ "outcome": "explained", "answer": "説明の場を設けた" }))
            .expect("answered");
        let seen = agency.seen("st1", &complaint).expect("seen");
        assert_eq!((seen.text("answer"), seen.text("inquiry")), (Some("説明の場を設けた"), None));
    });
}

#[test]
fn a_consultation_that_names_no_sheet_is_kept_from_the_line_all_the_same() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let round = agency.round();
        agency.open(&round);
        let values = json!({ "kind": "consultation", "content": "面談がない" });
        let complaint =
            agency.desk.commit(&agency.who("st1"), Change::create("evaluation_complaint", body(values))).expect("made");
        agency.take("st1", &complaint, "submit", json!({})).expect("handed in");
        let dd1 = agency.who_with("dd1", &["complaint_officer"]);
        let seen =
            agency.desk.read(|tx| agency.desk.kernel.detail(tx, &dd1, "evaluation_complaint", &complaint.id, None));
        assert!(matches!(seen, Err(Refusal::NotFound)));
        // Nobody complains for another, and nobody about another's sheet.
        let other = json!({ "kind": "consultation", "content": "他人の分", "complainant": agency.person("st2") });
        assert!(agency.desk.commit(&agency.who("st1"), Change::create("evaluation_complaint", body(other))).is_err());
    });
}

#[test]
fn a_memo_is_read_by_its_writer_alone() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let values =
            json!({ "writer": agency.person("dd1"), "subject": agency.person("st1"), "text": "会議の進行がよかった" });
        let memo =
            agency.desk.commit(&agency.who("dd1"), Change::create("evaluation_memo", body(values))).expect("made");
        assert!(agency.seen("dd1", &memo).is_ok());
        for number in ["st1", "dr1", "pa", "au"] {
            assert!(matches!(agency.seen(number, &memo), Err(Refusal::NotFound)), "{number}");
        }
    });
}
