//! The machine's clock is set back an hour and forward again: nothing is lost, the journal keeps its order, somebody is told,
//! and seals and verification hold.

use chrono::TimeDelta;
use daicho::seal::Sealer;
use daicho::{program, work};
use ledger::Change;
use ledger::port::{HistoryQuery, Reader, Writer};
use ledger::query::{Filter, Query};
use serde_json::json;
use testkit::on_each_database;

use crate::agency::Agency;

const NEW: [(&str, &str); 3] = [("26001", "見本　花子"), ("26002", "見本　太郎"), ("26003", "見本　次郎")];

#[test]
fn a_clock_set_back_loses_nothing_keeps_the_order_and_is_told() {
    on_each_database(|store| {
        let agency = Agency::start(store, "2026-10-05");
        let installation = agency.installation();
        let kernel = installation.kernel();
        let rules = |tx: &mut dyn Writer| assurance::defaults::load(tx, &kernel);
        installation.store.write(rules).expect("the rules of the watch");
        let sealer = Sealer::open(installation).expect("a sealer");
        let seal = || assert!(sealer.seal_all(installation).expect("a seal").sealed > 0);
        let rounds = || while work::round(&agency.app).expect("the database") {};
        let create = |at: usize| agency.create("person", json!({ "number": NEW[at].0, "name": NEW[at].1 }));
        let browser = agency.somebody("jinji01", None, &["personnel"]);
        let began = kernel.now();

        let first = create(0);
        rounds();
        seal();
        agency.clock.set(began - TimeDelta::hours(1));
        program::started(installation, "serve").expect("the journal");
        let second = create(1);
        let change = json!({ "name": "見本　華子" });
        let values = change.as_object().cloned().expect("an object");
        let amended = agency.commit(Change::amend("person", &first.id, first.revision, values)).expect("a change");
        assert!(amended.recorded_at > first.recorded_at, "a record does not become older than it was");
        assert_eq!(browser.get("/ledgers/person").status, 200, "a session goes on");
        rounds();
        seal();
        agency.clock.set(began + TimeDelta::hours(1));
        let third = create(2);
        rounds();
        seal();

        let read = |tx: &mut dyn Reader| -> Result<_, ledger::port::StoreError> {
            let all = Query {
                ledger: "person".into(),
                filter: Filter::All(Vec::new()),
                sort: Vec::new(),
                after: None,
                limit: 100,
                as_of: None,
            };
            let limit = 1_000;
            Ok((tx.find(&all)?, tx.history(&HistoryQuery { limit, ..HistoryQuery::default() })?))
        };
        let (people, history) = installation.store.read(read).expect("the database");
        let mut names: Vec<&str> = people.iter().filter_map(|person| person.text("name")).collect();
        names.sort_unstable();
        let mut wanted = ["見本　華子", NEW[1].1, NEW[2].1];
        wanted.sort_unstable();
        assert_eq!(names, wanted, "nothing is lost");
        let told: Vec<(&str, i64)> = history
            .iter()
            .rev()
            .filter(|stored| stored.entry.ledger == "person")
            .map(|stored| (stored.entry.record.as_str(), stored.entry.revision))
            .collect();
        let ids = [&first, &second, &amended, &third].map(|record| (record.id.as_str(), record.revision));
        assert_eq!(told, ids, "the journal is in the order of the acts, whatever the clock said");
        let jump = history.iter().find(|stored| stored.entry.act == "clock_jump").expect("the jump is in the journal");
        let seconds = jump.entry.changes["clock_jump"].after["seconds"].as_i64().expect("a number");
        assert!((-3_601..=-3_595).contains(&seconds), "{seconds}");

        let alerts = installation.store.read(|tx: &mut dyn Reader| {
            tx.find(&Query {
                ledger: "alert".into(),
                filter: Filter::All(Vec::new()),
                sort: Vec::new(),
                after: None,
                limit: 100,
                as_of: None,
            })
        });
        let alerts = alerts.expect("the database");
        let about: Vec<&str> = alerts.iter().filter_map(|alert| alert.text("name")).collect();
        assert!(about.iter().any(|name| name.contains("時計")), "somebody is told: {about:?}");

        let report = verify::database(&installation.store, &verify::Options::default()).expect("a report");
        assert!(report.intact(), "{:?}", report.findings);
    });
}
