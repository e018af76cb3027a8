//! Protected values leave the program only with a reason: as a file, on paper, in bulk by REST.

use ledger::port::JournalQuery;
use serde_json::json;
use testkit::on_each_database;

use crate::agency::Agency;
use crate::browser::coded;

/// Reasons in the journal, oldest first, of these acts.
fn reasons(agency: &Agency, acts: &[&str]) -> Vec<String> {
    let query = JournalQuery {
        acts: acts.iter().map(|act| (*act).to_string()).collect(),
        oldest_first: true,
        limit: 100,
        ..JournalQuery::default()
    };
    let found = agency.installation().store.read(|tx| tx.journal(&query)).expect("the journal");
    found.into_iter().map(|stored| stored.entry.reason.unwrap_or_default()).collect()
}

#[test]
fn files_papers_and_mass_readings_ask_for_a_reason_that_the_journal_keeps() {
    on_each_database(|store| {
        let agency = Agency::start(store, "2026-11-20");
        let kernel = agency.installation().kernel();
        // Whatever a pack protects is taken out with a reason only; notes are nobody's but their writer's.
        for ledger in kernel.catalogue.ledgers.values().filter(|ledger| ledger.classes.iter().any(|one| one.protected))
        {
            assert_eq!(ledger.asks_reason, ledger.name != "evaluation_memo", "{}", ledger.name);
        }
        let person =
            agency.create("person", json!({ "number": "7001", "name": "見本　花子", "birth_date": "1990-02-03" }));
        for number in 1..=100 {
            agency.create(
                "person",
                json!({ "number": format!("80{number:03}"), "name": "見本　多数", "birth_date": "1991-02-03" }),
            );
        }
        let officer = agency.somebody("officer", None, &["personnel"]);
        let why = coded("名簿の点検");

        let page = officer.get("/ledgers/person/export?format=csv");
        assert!(page.text().contains("取り出す理由") && !page.text().contains("1990"), "{}", page.text());
        assert!(reasons(&agency, &["export"]).is_empty());
        let file = officer.get(&format!("/ledgers/person/export?format=csv&reason={why}"));
        assert!(file.text().contains("見本"), "{}", file.text());
        assert_eq!(reasons(&agency, &["export"]), ["名簿の点検"]);

        let paper = format!("/documents/person_card?record={}", person.id);
        assert!(officer.get(&paper).text().contains("印刷する理由"));
        assert!(
            officer.get(&format!("{paper}&reason={}", coded("　"))).text().contains("印刷する理由"),
            "blank is none"
        );
        assert!(officer.get(&format!("{paper}&reason={why}")).body.starts_with(b"%PDF"));
        assert_eq!(reasons(&agency, &["print"]), ["名簿の点検"]);
        // A paper about oneself owes nobody a reason.
        let own = agency.somebody("own", Some(&person.id), &["personnel"]);
        assert!(own.get(&paper).body.starts_with(b"%PDF"));

        let machine = agency.machine("personnel", true);
        assert_eq!(machine.get(&format!("/api/v1{paper}")).status, 422);
        assert!(machine.get(&format!("/api/v1{paper}&reason={why}")).body.starts_with(b"%PDF"));
        let list = "/api/v1/ledgers/person/records?limit=101";
        let refused = machine.get(list);
        assert!(refused.status == 422 && refused.text().contains("reason"), "{}", refused.text());
        assert_eq!(machine.get("/api/v1/ledgers/person/records?limit=100").status, 200);
        assert_eq!(machine.get(&format!("{list}&reason={why}")).status, 200);
        let answer = machine.call("GET", list, &[("X-Daicho-Reason", &why)], b"");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(reasons(&agency, &["read_list"]), ["", "名簿の点検", "名簿の点検"]);
    });
}
