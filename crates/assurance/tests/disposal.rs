//! Disposal, carried out: what two people decided is gone everywhere, and verification still proves all that is left.

use assurance::names::ledger_name;
use assurance::{disposal, retention};
use chrono::TimeDelta;
use journal::{SigningKey, act};
use ledger::evidence::reading;
use ledger::port::{Attachment, JournalQuery, Reader, Writer};
use ledger::read::{ListRequest, title};
use ledger::{Change, Principal, Record, Refusal};
use serde_json::json;
use testkit::{Desk, on_each_database, somebody, values};

const NAME: &str = "消え残り資料";

fn file_of(place: usize) -> String {
    format!("01J000000000000000000000F{place}")
}

/// Seal all that waits, as the server does.
fn seal(desk: &Desk) {
    let key = SigningKey::from_seed("example.jp/daicho", [3; 32]).unwrap();
    let now = desk.kernel.now();
    let prepared = desk.store.read(|tx: &mut dyn Reader| ledger::seal::prepare(tx, &key, None, now, 100_000)).unwrap();
    if let Some(seal) = prepared.seal {
        assert!(desk.store.write(|tx: &mut dyn Writer| tx.add_seal(&seal)).unwrap());
    }
}

fn report(desk: &Desk) -> verify::Report {
    verify::database(&desk.store, &verify::Options::default()).unwrap()
}

fn intact(desk: &Desk) -> verify::Report {
    let report = report(desk);
    assert!(report.intact(), "{:#?}", report.findings);
    report
}

/// Some loans long over, one of them with a file; somebody read one of them; a record that refers to another.
struct Office {
    desk: Desk,
    person: Record,
    papers: Vec<Record>,
    one: Principal,
    two: Principal,
}

fn office(store: store::Store) -> Office {
    let desk = Desk::new(store, "2015-04-01", vec![]);
    let system = Principal::system("test");
    let person = desk.create("person", &[("number", "000001"), ("name", "見本 一郎")]);
    let mut papers = Vec::new();
    for place in 0..3 {
        let file = Attachment {
            id: file_of(place),
            name: format!("{NAME}.txt"),
            media_type: "text/plain".into(),
            sha256: format!("{place:064x}"),
            content: format!("{NAME}の中身 {place}").into_bytes(),
            stored_by: "account-holder".into(),
            stored_at: desk.kernel.now(),
        };
        desk.store.write(|tx: &mut dyn Writer| tx.add_attachment(&file)).unwrap();
        let mut body = values([
            ("name", json!(format!("{NAME} {place}"))),
            ("information", json!(["personal"])),
            ("medium", json!("paper")),
            ("purpose", json!("説明のため")),
            ("holder", json!(person.id)),
            ("dispose_by", json!("2015-12-25")),
        ]);
        // The third is a copy of the first, and so refers to it.
        if place == 2 {
            let first: &Record = &papers[0];
            body.insert("origin".into(), json!(first.id));
        }
        papers.push(desk.commit(&system, Change::create("copy_ledger", body)).unwrap_or_else(|no| panic!("{no:?}")));
    }
    let officer = somebody("officer", None, &["security_officer"]);
    let holder = somebody("holder", Some(&person), &["security_officer"]);
    for (place, paper) in papers.iter().take(2).enumerate() {
        desk.take(&officer, paper, "consent", values([])).unwrap();
        let proof = json!([{ "id": file_of(place), "name": "見本.txt", "media_type": "text/plain", "sha256": format!("{place:064x}"), "size": 1 }]);
        let gone = values([("disposed_on", json!("2015-04-01")), ("method", json!("shred")), ("proof", proof)]);
        desk.take(&holder, paper, "dispose", gone).unwrap();
        desk.take(&officer, paper, "verify", values([])).unwrap();
    }
    let reader = somebody("reader", None, &["security_officer"]);
    let read = reading(&desk.kernel, &reader, act::OPEN, "copy_ledger", &papers[0].id, json!({ "classes": ["base"] }));
    desk.store.write(|tx: &mut dyn Writer| tx.append(&read)).unwrap();
    let rule = values([
        ("code", json!("保存-02")),
        ("name", json!("複製の管理簿")),
        ("target", json!("copy_ledger")),
        ("kind", json!("all")),
        ("years", json!(5)),
        ("clause", json!("見本")),
        ("valid_from", json!("2015-04-01")),
    ]);
    desk.commit(&system, Change::create(ledger_name::RETENTION, rule)).unwrap();
    seal(&desk);
    desk.go_to("2026-11-20");
    let (one, two) = (somebody("one", None, &["security_officer"]), somebody("two", None, &["security_officer"]));
    Office { desk, person, papers, one, two }
}

impl Office {
    fn propose(&self) -> Option<Record> {
        self.desk.store.write(|tx: &mut dyn Writer| retention::propose(tx, &self.desk.kernel)).unwrap();
        let request = ListRequest { ledger: ledger_name::DISPOSAL.into(), ..ListRequest::default() };
        let found = self.desk.read(|tx| Ok(self.desk.kernel.list(tx, &self.one, &request)?.records)).unwrap();
        found.into_iter().find(|one| one.state == "due")
    }

    fn approved(&self) -> Record {
        let due = self.propose().expect("a proposal");
        let asked = self.desk.take(&self.one, &due, "ask", values([])).unwrap();
        assert!(self.desk.take(&self.one, &asked, "approve", values([])).is_err(), "one alone");
        self.desk.take(&self.two, &asked, "approve", values([])).unwrap()
    }

    /// Run steps until it is done, each after what waits was sealed; how many steps it took.
    fn carry_out(&self, id: &str) -> usize {
        for number in 1..50 {
            self.desk.clock.advance(TimeDelta::seconds(1));
            seal(&self.desk);
            let work = |tx: &mut dyn Writer| disposal::proceed(tx, &self.desk.kernel, id, 0);
            if self.desk.store.write(work).unwrap_or_else(|no| panic!("{no:?}")).finished {
                return number;
            }
        }
        panic!("it does not end");
    }

    fn there(&self, paper: &Record) -> bool {
        self.desk.read(|tx| Ok(tx.record("copy_ledger", &paper.id)?)).unwrap().is_some()
    }
}

#[test]
fn what_two_people_decided_is_gone_and_the_rest_still_verifies() {
    on_each_database(|store| {
        let office = office(store);
        let desk = &office.desk;
        let before = intact(desk);
        let decided = office.approved();
        // Two papers went through to their end; the third is still in use. One entry of reading.
        assert_eq!((decided.value("records"), decided.value("entries")), (&json!(2), &json!(1)));
        // The day of the approval it can still be taken back.
        let queued = |desk: &Desk| desk.store.write(|tx: &mut dyn Writer| disposal::queue(tx, &desk.kernel)).unwrap();
        assert_eq!(queued(desk), 0);
        desk.go_to("2026-11-21");
        assert_eq!((queued(desk), queued(desk)), (1, 0));
        office.carry_out(&decided.id);

        assert!(
            !office.there(&office.papers[0]) && !office.there(&office.papers[1]) && office.there(&office.papers[2])
        );
        let done = desk.record(ledger_name::DISPOSAL, &decided.id);
        assert_eq!(
            (done.state.as_str(), done.value("records_gone"), done.value("records_kept")),
            ("disposed", &json!(2), &json!(0))
        );
        let bodies = done.value("entries_gone").as_u64().unwrap();
        // create, consent, dispose, verify of two papers; the entry of reading.
        assert_eq!(bodies, 9);
        let after = intact(desk);
        assert_eq!((after.disposed, after.records), (9, before.records - 2 + 1));
        seal(desk);
        assert_eq!(intact(desk).disposed, 9);

        // The exported journal proves the same with nothing else.
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.tar");
        desk.store
            .read(|tx: &mut dyn Reader| ledger::seal::export(tx, journal::TarWriter::create(&file).unwrap()))
            .unwrap();
        let files = journal::open_exported(&file).unwrap();
        journal::verify_exported(files.as_ref(), None, 2).unwrap_or_else(|found| panic!("{found:?}"));
        // Nothing of the first two is in it; of the third there is.
        let exported = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!(!exported.contains(&format!("{NAME} 0")) && exported.contains(&format!("{NAME} 2")));

        // Their files are gone too; a file that nobody disposed of is not.
        let there = [0, 1, 2].map(|place| desk.read(|tx| Ok(tx.attachment(&file_of(place))?)).unwrap().is_some());
        assert_eq!(there, [false, false, true]);
        // Who refers to it reads that it was disposed of, and who opens it is told so.
        let titles = desk
            .read(|tx| {
                Ok(title::many(
                    &desk.kernel.catalogue,
                    tx,
                    &office.one,
                    [("copy_ledger", office.papers[0].id.as_str())],
                )?)
            })
            .unwrap();
        assert_eq!(titles.get("copy_ledger", &office.papers[0].id), title::DISPOSED);
        let opened = desk.read(|tx| desk.kernel.detail(tx, &office.one, "copy_ledger", &office.papers[0].id, None));
        assert!(matches!(&opened, Err(Refusal::Disposed(by)) if by.disposal == decided.id), "{opened:?}");
        let nobody = somebody("nobody", None, &[]);
        let opened = desk.read(|tx| desk.kernel.detail(tx, &nobody, "copy_ledger", &office.papers[0].id, None));
        assert!(matches!(opened, Err(Refusal::NotFound) | Err(Refusal::Disposed(_))), "{opened:?}");
        // The record that is left is amended as before, and proposed again is nothing.
        let amended = Change::amend("copy_ledger", &office.papers[2].id, 1, values([("purpose", json!("別の説明"))]));
        desk.commit(&Principal::system("test"), amended).unwrap();
        assert!(office.propose().is_none());
        intact(desk);
    });
}

#[test]
fn a_hold_or_a_changed_rule_stops_it_after_the_approval() {
    on_each_database(|store| {
        let office = office(store);
        let decided = office.approved();
        let hold = values([
            ("name", json!("見本の訴訟")),
            ("persons", json!([office.person.id])),
            ("reason", json!("訴訟")),
            ("requested_by", json!("法務")),
        ]);
        let hold = office.desk.commit(&office.one, Change::create(ledger_name::HOLD, hold)).unwrap();
        office.desk.go_to("2026-11-21");
        office.carry_out(&decided.id);
        let done = office.desk.record(ledger_name::DISPOSAL, &decided.id);
        assert_eq!((done.value("records_gone"), done.value("records_kept")), (&json!(0), &json!(2)));
        let results: Vec<&str> =
            done.value("list").as_array().unwrap().iter().filter_map(|row| row["result"].as_str()).collect();
        assert!(results.iter().all(|words| words.contains(hold.text("number").unwrap())), "{results:?}");
        assert!(office.papers.iter().all(|paper| office.there(paper)));
        intact(&office.desk);

        // Lifted, it is proposed again; then the rule is made longer.
        let asked = office.desk.take(&office.one, &hold, "ask", values([("lift_reason", json!("和解"))])).unwrap();
        office.desk.take(&office.two, &asked, "lift", values([])).unwrap();
        let decided = office.approved();
        let rule = decided.text("rule").unwrap().to_owned();
        let longer = Change::amend(ledger_name::RETENTION, &rule, 1, values([("years", json!(30))]));
        office.desk.commit(&office.one, longer).unwrap();
        office.desk.go_to("2026-11-23");
        office.carry_out(&decided.id);
        assert_eq!(office.desk.record(ledger_name::DISPOSAL, &decided.id).state, "kept");
        assert!(office.papers.iter().all(|paper| office.there(paper)));
    });
}

#[test]
fn a_run_that_was_cut_off_goes_on_and_loses_nothing() {
    on_each_database(|store| {
        let office = office(store);
        let decided = office.approved();
        office.desk.go_to("2026-11-21");
        seal(&office.desk);
        // The power goes out within a step: nothing of it is there.
        let cut: Result<(), Refusal> = office.desk.store.write(|tx: &mut dyn Writer| {
            disposal::proceed(tx, &office.desk.kernel, &decided.id, 0)?;
            Err(Refusal::Denied("power".into()))
        });
        assert!(cut.is_err());
        assert!(office.there(&office.papers[0]));
        intact(&office.desk);
        // One step done, then another program begins from its start.
        office
            .desk
            .store
            .write(|tx: &mut dyn Writer| disposal::proceed(tx, &office.desk.kernel, &decided.id, 0))
            .unwrap();
        seal(&office.desk);
        intact(&office.desk);
        assert!(office.carry_out(&decided.id) >= 2);
        seal(&office.desk);
        assert_eq!(intact(&office.desk).disposed, 9);
    });
}

#[test]
fn a_removal_that_nobody_approved_is_found() {
    on_each_database(|store| {
        let office = office(store);
        let desk = &office.desk;
        let entries = desk.read(|tx| Ok(tx.entries_about("copy_ledger", &office.papers[0].id)?)).unwrap();
        // Through the store itself, but by one person's decision only.
        let due = office.propose().unwrap();
        desk.take(&office.one, &due, "ask", values([])).unwrap();
        desk.store
            .write(|tx: &mut dyn Writer| -> Result<(), Refusal> {
                tx.remove_record("copy_ledger", &office.papers[0].id, &[], &[])?;
                let gone = tx.remove_bodies(&entries, &due.id, &office.papers[0].id)?;
                let facts = json!({ "records": [office.papers[0].id], "entries": journal::removal::told(&gone) });
                let who = Principal::system("retention");
                tx.append(&reading(&desk.kernel, &who, act::DISPOSE, ledger_name::DISPOSAL, &due.id, facts))?;
                Ok(())
            })
            .unwrap();
        seal(desk);
        let found = report(desk);
        let named: Vec<i64> = found.findings.iter().filter_map(|one| one.sequence).collect();
        assert!(!found.intact() && entries.iter().all(|one| named.contains(one)), "{:#?}", found.findings);
        assert!(found.findings.iter().all(|one| one.reason.contains("二人")), "{:#?}", found.findings);
    });
}

#[test]
fn an_entry_of_a_disposal_or_one_not_sealed_cannot_be_removed() {
    on_each_database(|store| {
        let office = office(store);
        let desk = &office.desk;
        let decided = office.approved();
        let query = JournalQuery { records: vec![decided.id.clone()], limit: 10, ..JournalQuery::default() };
        let waiting = desk.read(|tx| Ok(tx.journal(&query)?)).unwrap();
        let first = waiting.first().unwrap().sequence;
        let refused = desk.store.write(|tx: &mut dyn Writer| tx.remove_bodies(&[first], &decided.id, ""));
        assert!(matches!(&refused, Err(error) if error.to_string().contains("封印")), "{refused:?}");
    });
}

/// Databases that lock nothing, so that a value would be seen wherever it is left.
#[test]
fn nothing_of_it_is_left_in_tables_or_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daicho.db");
    let open = || store::Store::open_sqlite(&path, store::SqliteOptions::default()).unwrap();
    let told = |first: &str| {
        let words = first.as_bytes();
        let files =
            ["daicho.db", "daicho.db-wal"].map(|name| std::fs::read(folder.path().join(name)).unwrap_or_default());
        files.iter().map(|bytes| bytes.windows(words.len()).filter(|part| *part == words).count()).sum::<usize>()
    };
    let words = format!("{NAME} 0");
    let ran = office(open());
    let decided = ran.approved();
    assert!(told(&words) > 0);
    ran.desk.go_to("2026-11-21");
    ran.carry_out(&decided.id);
    ran.desk.store.overwrite_removed().unwrap();
    drop(ran);
    assert_eq!((told(&words), told(&format!("{NAME}の中身 1")), told(&format!("{NAME} 2")) > 0), (0, 0, true));
    intact(&Desk::new(open(), "2026-11-21", vec![]));

    let Ok(url) = std::env::var("DAICHO_TEST_POSTGRES") else {
        assert!(std::env::var("CI").is_err(), "CI must test PostgreSQL too: DAICHO_TEST_POSTGRES is not set");
        return eprintln!("SKIPPED on PostgreSQL: DAICHO_TEST_POSTGRES is not set");
    };
    let schema = format!("disposal_{}", std::process::id());
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).unwrap();
    let join = if url.contains('?') { '&' } else { '?' };
    let own = format!("{url}{join}options=-csearch_path%3D{schema}");
    let ran = office(store::Store::open_postgres(&own, store::PostgresOptions::default()).unwrap());
    let mut told = |words: &str| {
        let sql = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = $1";
        let tables: Vec<String> = client.query(sql, &[&schema]).unwrap().iter().map(|row| row.get(0)).collect();
        tables
            .iter()
            .filter(|table| {
                let sql = format!("SELECT count(*) FROM {schema}.\"{table}\" t WHERE t::text LIKE '%' || $1 || '%'");
                client.query_one(&sql, &[&words]).unwrap().get::<_, i64>(0) > 0
            })
            .count()
    };
    let decided = ran.approved();
    assert!(told(&words) > 2);
    ran.desk.go_to("2026-11-21");
    ran.carry_out(&decided.id);
    ran.desk.store.overwrite_removed().unwrap();
    assert_eq!((told(&words), told(&format!("{NAME} 2")) > 0), (0, true));

    // What is altered afterwards is found as before: a husk, and a record that is left.
    seal(&ran.desk);
    intact(&ran.desk);
    let husk = format!(
        "{schema}.entry SET body = replace(body, '\"login\":\"retention\"', '\"login\":\"retentiom\"') WHERE act = 'removed'"
    );
    let record = format!("{schema}.record SET state = 'held' WHERE id = '{}'", ran.papers[2].id);
    for (altered, reason) in [(husk, "跡の内容が"), (record, "値が、台帳を通さずに")] {
        assert!(client.execute(&format!("UPDATE {altered}"), &[]).unwrap() > 0);
        let found = report(&ran.desk);
        assert!(found.findings.iter().any(|one| one.reason.contains(reason)), "{:#?}", found.findings);
    }
}
