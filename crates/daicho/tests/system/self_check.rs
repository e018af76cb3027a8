//! The running database verifies itself: passed and failed, as the journal, the page, the figures, alerts and mails tell it.

use chrono::TimeDelta;
use daicho::seal::{self, SealTrouble};
use daicho::verification::self_check;
use daicho::work;
use journal::act;
use ledger::port::{HistoryQuery, Reader, Writer};
use ledger::query::{Filter, Query};
use serde_json::{Value, json};
use vault::Vault;

use crate::agency::{Agency, morning};
use crate::browser::{Browser, PASSWORD};
use crate::database::{Where, on_each_place};

/// Put one more letter behind the state of every organisation, with a client that knows the password of the database.
fn alter(place: &Where, folder: &std::path::Path, vault: &Vault) {
    let sql = "UPDATE record SET state = state || 'x' WHERE ledger = 'organisation'";
    let changed = match &place.url {
        Some(url) => {
            let mut client = postgres::Client::connect(url, postgres::NoTls).expect("PostgreSQL answers");
            client.execute(sql, &[]).expect("the client may") as usize
        }
        None => {
            let client = rusqlite::Connection::open(folder.join("daicho.db")).expect("the file");
            let key = vault.derive("database").expect("its key");
            client.execute_batch(&format!("PRAGMA key = \"x'{}'\"", hex::encode(key.expose()))).expect("the key");
            client.busy_timeout(std::time::Duration::from_secs(10)).expect("a limit");
            client.execute(sql, []).expect("the client may")
        }
    };
    assert!(changed > 0);
}

fn work_off(agency: &Agency) {
    while work::round(&agency.app).expect("the database") {}
}

/// Queue the check of the day and do it.
fn check(agency: &Agency) {
    let (kernel, settings) = (agency.installation().kernel(), agency.installation().settings.clone());
    let queued = |tx: &mut dyn Writer| self_check::queue(tx, &kernel, &settings);
    assert_eq!(agency.installation().store.write(queued).expect("the database"), 1);
    work_off(agency);
}

/// What the journal tells of the program: acts and facts, the newest first.
fn told(agency: &Agency) -> Vec<(String, Value)> {
    let query = HistoryQuery { ledger: Some(act::PROGRAM.into()), limit: 100, ..HistoryQuery::default() };
    let entries = agency.installation().store.read(|tx: &mut dyn Reader| tx.history(&query)).expect("the journal");
    entries
        .into_iter()
        .map(|stored| (stored.entry.act.clone(), stored.entry.changes[&stored.entry.act].after.clone()))
        .collect()
}

fn alerts(agency: &Agency) -> usize {
    let query = Query {
        ledger: "alert".into(),
        filter: Filter::Everything,
        sort: vec![],
        after: None,
        limit: 100,
        as_of: None,
    };
    let found = agency.installation().store.read(|tx: &mut dyn Reader| tx.find(&query)).expect("the ledger");
    found.iter().filter(|alert| alert.text("name") == Some("封印の遅れと検証の不一致")).count()
}

#[test]
fn what_a_client_alters_is_an_alert_the_next_day_without_anybody_asking() {
    on_each_place(|place| {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, vault) = match &place.url {
            Some(url) => testkit::postgres(folder.path(), url),
            None => testkit::sqlite(folder.path()),
        };
        let agency = Agency::start(store, "2026-11-20");
        let kernel = agency.installation().kernel();
        let store = agency.installation().store.clone();
        store.write(|tx: &mut dyn Writer| assurance::defaults::load(tx, &kernel)).expect("the rules");
        let person = agency
            .create("person", json!({ "number": "000001", "name": "見本　花子", "mail": "hanako@example.go.jp" }));
        agency.create("organisation", json!({ "code": "M", "name": "見本省" }));
        agency.somebody("hoan", Some(&person.id), &["security_officer"]);
        let auditor = agency.somebody("kansa", None, &["auditor"]);
        assert!(!auditor.get("/metrics").text().contains("daicho_self_check"), "there was none yet");

        check(&agency);
        let (what, facts) = told(&agency).into_iter().next().expect("an entry");
        assert_eq!((what.as_str(), &facts["found"]), (act::VERIFY_PASSED, &json!(0)));
        assert!(facts["entries"].as_u64() > Some(3) && facts["records"].as_u64() > Some(3), "{facts}");
        assert_eq!(alerts(&agency), 0);
        seal::Sealer::open(agency.installation()).and_then(|one| one.seal_all(agency.installation())).expect("sealed");
        let page = auditor.get("/journal").text();
        assert!(page.contains("記録は証跡のとおりです") && page.contains("2026年11月20日 9:00"), "{page}");

        alter(&place, folder.path(), &vault);
        agency.clock.set(morning("2026-11-21") + TimeDelta::hours(1));
        check(&agency);
        work_off(&agency);
        let (what, facts) = told(&agency).into_iter().next().expect("an entry");
        assert_eq!(what, act::VERIFY_FAILED);
        assert!(facts["places"].to_string().contains("record organisation/"), "{facts}");
        let auditor = Browser::sign_in(agency.address, "kansa", PASSWORD);
        let page = auditor.get("/journal").text();
        assert!(page.contains("台帳を通さない変更が") && !page.contains("記録は証跡のとおりです"), "{page}");
        let figures = auditor.get("/metrics").text();
        let found = figures.lines().find_map(|line| line.strip_prefix("daicho_self_check_found "));
        assert!(found.is_some_and(|found| found != "0"), "{figures}");
        assert_eq!(alerts(&agency), 1);
        let now = agency.installation().kernel().now();
        let mails = store.write(|tx: &mut dyn Writer| tx.take_mails(now, now + TimeDelta::minutes(1), 50));
        let mails = mails.expect("the database");
        let warned = mails.iter().any(|mail| mail.to == "hanako@example.go.jp" && mail.subject.contains("重大な警告"));
        assert!(warned, "{:?}", mails.iter().map(|mail| &mail.subject).collect::<Vec<_>>());
    });
}

#[test]
fn sealing_that_stands_still_or_meets_foreign_entries_is_an_alert() {
    testkit::on_each_database(|store| {
        let agency = Agency::start(store, "2026-11-20");
        let kernel = agency.installation().kernel();
        let store = agency.installation().store.clone();
        store.write(|tx: &mut dyn Writer| assurance::defaults::load(tx, &kernel)).expect("the rules");
        for (trouble, wanted) in
            [(SealTrouble::Late(3, 120), act::SEAL_LATE), (SealTrouble::Foreign(7), act::VERIFY_FAILED)]
        {
            seal::tell(agency.installation(), &trouble);
            let (what, facts) = told(&agency).into_iter().next().expect("an entry");
            assert_eq!((what.as_str(), facts["kind"].as_str()), (wanted, Some(trouble.kind())));
        }
        work_off(&agency);
        assert_eq!(alerts(&agency), 1, "both within the hour are one alert");
    });
}

#[test]
fn who_answers_for_the_journal_can_ask_for_a_check_and_nobody_else() {
    testkit::on_each_database(|store| {
        let agency = Agency::start(store, "2026-11-20");
        assert_eq!(agency.somebody("heiin", None, &[]).post("/journal/check", &[]).status, 404);
        let auditor = agency.somebody("kansa", None, &["auditor"]);
        let asked = auditor.post("/journal/check", &[]);
        assert!(asked.status == 303 && asked.to().starts_with("/jobs/"), "{} {}", asked.status, asked.text());
        assert_eq!(auditor.post("/journal/check", &[]).to(), "/journal", "one is enough");
        work_off(&agency);
        let job = auditor.get(asked.to()).text();
        assert!(job.contains("変更は見つかりませんでした"), "{job}");
    });
}
