//! After an erasure the values open nowhere: not in the record, its versions, its history, the search, a draft, on paper,
//! or in a copy of the database made before.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use ledger::port::{Attachment, DeskItem, HistoryQuery, JobState, Mail, NewJob, Reader, Writer};
use ledger::read::ListRequest;
use ledger::value::is_erased;
use ledger::{Body, Change, Principal, Record, Refusal};
use serde_json::{Value, json};
use store::{CopyKey, CopyPlace, PostgresPlace, PostgresTools, Store};
use testkit::{Desk, somebody, values};
use vault::{Erasure, Vault};

/// What belonged to the person: names of two versions, day of birth, address of mail.
const WORDS: [&str; 5] = ["消田", "花子", "春子", "1980-04-01", "a@example.go.jp"];

fn desk(folder: &Path, (store, vault): (Store, Arc<Vault>)) -> Desk {
    let signing_key = folder.join("keys").join("journal.key");
    Desk::new(store, "2026-11-20", vec![Arc::new(Erasure { vault, agency: "見本省".into(), signing_key })])
}

fn person(desk: &Desk, [number, name, born, mail]: [&str; 4]) -> Record {
    let values = [("number", number), ("name", name), ("birth_date", born), ("mail", mail)];
    desk.create("person", &values)
}

fn officer(name: &str) -> Principal {
    somebody(name, None, &["security_officer"])
}

fn clean(place: &str, shown: &impl std::fmt::Debug) {
    let shown = format!("{shown:?}");
    for word in WORDS {
        assert!(!shown.contains(word), "{place} shows {word}: {shown}");
    }
}

/// Everything that is read of the person: the record, both versions, as of then, the history, the paper.
fn everything(desk: &Desk, person: &str, then: DateTime<Utc>) -> Vec<(&'static str, Value)> {
    let ids = [person.to_owned()];
    desk.read(|tx: &mut dyn Reader| {
        let told = |record: Option<Record>| json!(record.expect("the record").body);
        let mut all = vec![
            ("the record", told(tx.record("person", person)?)),
            ("the first version", told(tx.record_revision("person", person, 1)?)),
            ("the second version", told(tx.record_revision("person", person, 2)?)),
            ("the record as of then", told(tx.record_at("person", person, then)?)),
        ];
        let asked = HistoryQuery { record: Some(person.into()), limit: 100, ..HistoryQuery::default() };
        let entries: Vec<_> = tx.history(&asked)?.into_iter().map(|stored| stored.entry.changes).collect();
        assert!(entries.len() >= 2);
        all.push(("the history", json!(entries)));
        let printed =
            exchange::paper_data(&desk.kernel, tx, &Principal::system("test"), "person_card", &ids, "省", None);
        all.push(("the paper", printed.unwrap().data));
        Ok(all)
    })
    .unwrap()
}

fn found(desk: &Desk, word: &str) -> usize {
    let request = ListRequest { ledger: "person".into(), words: Some(word.into()), ..ListRequest::default() };
    desk.read(|tx: &mut dyn Reader| Ok(desk.kernel.list(tx, &Principal::system("test"), &request)?.records.len()))
        .unwrap()
}

fn drafts(desk: &Desk) -> usize {
    desk.read(|tx: &mut dyn Reader| Ok(tx.desk_items("account-other", "draft:")?.len())).unwrap()
}

/// What was typed about the person, and the subject and body of every mail.
fn typed_and_sent(desk: &Desk, key: &str) -> Vec<String> {
    desk.read(|tx: &mut dyn Reader| {
        let typed = tx.desk("account-other", key)?.map(|item| item.value.to_string());
        let mails = tx.mails(10)?.into_iter().flat_map(|(mail, ..)| [mail.subject, mail.body]);
        Ok(typed.into_iter().chain(mails).collect())
    })
    .unwrap()
}

/// `old` makes a copy of the database as it is, and gives what puts it back; `open` opens the database.
fn story<Back: FnOnce()>(folder: &Path, open: impl Fn() -> (Store, Arc<Vault>), old: impl FnOnce(&Store) -> Back) {
    let office = desk(folder, open());
    let (person, other) = (
        person(&office, ["000001", "消田花子", "1980-04-01", "a@example.go.jp"]),
        person(&office, ["000002", "残野太郎", "1975-12-24", "b@example.go.jp"]),
    );
    let then = person.recorded_at;
    let person = Change::amend("person", &person.id, person.revision, values([("name", json!("消田春子"))]));
    let person = office.commit(&Principal::system("test"), person).unwrap();
    let draft =
        DeskItem {
            key: "draft:person:new".into(), value: json!({ "name": "消田春子さんの後任" }), saved_at: then
        };
    office.store.write::<_, Refusal>(|tx: &mut dyn Writer| Ok(tx.set_desk("account-other", &draft)?)).unwrap();
    // What somebody typed into the form of the record, and a mail to the person: locked under the person's own key.
    let typed = DeskItem {
        key: format!("draft:person:{}", person.id),
        value: json!({ "pairs": [["name", "消田花子"]] }),
        saved_at: then,
    };
    let mail = Mail {
        id: "01MAIL".into(),
        to: "a@example.go.jp".into(),
        subject: "花子さんへ".into(),
        body: "消田花子さんの期限です。".into(),
        key: "nowhere".into(),
        queued_at: then,
        tries: 0,
    };
    office
        .store
        .write::<_, Refusal>(|tx: &mut dyn Writer| {
            tx.set_desk_of(&person.id, "account-other", &typed)?;
            Ok(tx.add_mail_to(&person.id, &mail)?)
        })
        .unwrap();
    assert!(typed_and_sent(&office, &typed.key).iter().all(|text| text.contains("花子")));

    // Before, each place shows it: what is asked below can be answered.
    for (place, shown) in everything(&office, &person.id, then) {
        assert!(WORDS.iter().any(|word| shown.to_string().contains(word)), "{place}: {shown}");
    }
    assert_eq!((found(&office, "春子"), drafts(&office)), (1, 2));
    let back = old(&office.store);

    let asked = values([("person", json!(person.id)), ("basis", json!("asked")), ("reason", json!("見本の理由"))]);
    let request = office.commit(&officer("asks"), Change::create("erasure_request", asked)).unwrap();
    office.take(&officer("second"), &request, "approve", Body::new()).unwrap();
    office.take(&officer("second"), &request, "execute", Body::new()).unwrap();
    // The certificate can be printed, and names nobody.
    let (officer, ids) = (officer("second"), [request.id.clone()]);
    let paper = office.read(|tx: &mut dyn Reader| {
        let paper = exchange::paper_data(&office.kernel, tx, &officer, "erasure_certificate", &ids, "見本省", None);
        Ok(paper.expect("the certificate"))
    });
    let paper = paper.unwrap();
    clean("the certificate", &paper.data);
    let pdf = exchange::typeset(&office.kernel, &document::pdf::Typesetter::new(), &paper, "見本省").unwrap();
    assert!(pdf.bytes.starts_with(b"%PDF"));
    for (place, shown) in everything(&office, &person.id, then) {
        clean(place, &shown);
    }
    for word in WORDS {
        assert_eq!(found(&office, word), 0, "{word}");
    }
    assert_eq!((found(&office, "残野"), drafts(&office)), (1, 0));

    // Somebody puts the old database back. The keyring is that of today.
    drop(office);
    back();
    let again = desk(folder, open());
    let record = again.record("person", &person.id);
    assert!(is_erased(record.value("name")) && is_erased(record.value("birth_date")), "{record:?}");
    for (place, shown) in everything(&again, &person.id, then) {
        clean(place, &shown);
    }
    let kept = typed_and_sent(&again, &typed.key);
    assert_eq!(kept.len(), 3, "the copy held them: {kept:?}");
    clean("a draft and a mail of then", &kept);
    assert_eq!(again.record("person", &other.id).text("name"), Some("残野太郎"));
    life_is_bounded(&again, then);
}

/// What sent mails and ended jobs held goes after its days; what waits stays.
fn life_is_bounded(desk: &Desk, then: DateTime<Utc>) {
    let paper = Attachment {
        id: "01PAPER".into(),
        name: "まとめ印刷.pdf".into(),
        media_type: "application/pdf".into(),
        sha256: "00".into(),
        content: b"%PDF".to_vec(),
        stored_by: "test".into(),
        stored_at: then,
    };
    let job = |id: &str| NewJob {
        id: id.into(),
        kind: "paper".into(),
        input: json!({ "name": "残野太郎" }),
        account: "account-other".into(),
        run_at: then,
        only_one: None,
    };
    let days = |days| then + TimeDelta::days(days);
    let emptied = desk.store.write::<_, Refusal>(|tx: &mut dyn Writer| {
        tx.add_attachment(&paper)?;
        tx.add_job(&job("01ENDED"), then)?;
        tx.add_job(&job("01WAITS"), then)?;
        tx.end_job("01ENDED", JobState::Done, "残野太郎", &json!({ "attachment": paper.id }), then)?;
        tx.mail_result("01MAIL", None, then, then)?;
        Ok([tx.empty_work(then)?, tx.empty_work(days(1))?, tx.empty_work(days(2))?])
    });
    assert_eq!(emptied.unwrap(), [0, 2, 0]);
    desk.read(|tx: &mut dyn Reader| {
        let (ended, waits) = (tx.job("01ENDED")?.expect("the job"), tx.job("01WAITS")?.expect("the job"));
        assert_eq!((ended.new.input, ended.output, ended.message.as_str()), (Value::Null, Value::Null, ""));
        assert_eq!(waits.new.input, json!({ "name": "残野太郎" }));
        assert!(tx.attachment(&paper.id)?.is_none(), "its paper is gone");
        let mail = tx.mails(10)?.into_iter().find(|(mail, ..)| mail.id == "01MAIL").expect("the mail").0;
        assert_eq!((mail.to.as_str(), mail.subject.as_str(), mail.body.as_str()), ("", "", ""));
        Ok(())
    })
    .unwrap();
}

fn own_schema(url: &str) -> String {
    let schema = format!("nowhere_{}", std::process::id());
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).unwrap();
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}options=-csearch_path%3D{schema}")
}

#[test]
fn what_was_erased_opens_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let (data, aside) = (folder.path().join("data"), folder.path().join("aside"));
    std::fs::create_dir(&data).unwrap();
    story(
        &data,
        || testkit::sqlite(&data),
        |_| {
            std::fs::create_dir(&aside).unwrap();
            let files = || ["daicho.db", "daicho.db-wal", "daicho.db-shm"].into_iter();
            files().filter(|name| data.join(name).exists()).for_each(|name| {
                std::fs::copy(data.join(name), aside.join(name)).unwrap();
            });
            let (data, aside) = (&data, &aside);
            move || {
                files().for_each(|name| drop(std::fs::remove_file(data.join(name))));
                for file in std::fs::read_dir(aside).unwrap() {
                    let file = file.unwrap();
                    std::fs::copy(file.path(), data.join(file.file_name())).unwrap();
                }
            }
        },
    );
    let Ok(url) = std::env::var("DAICHO_TEST_POSTGRES") else {
        eprintln!("SKIPPED on PostgreSQL: DAICHO_TEST_POSTGRES is not set");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let url = own_schema(&url);
    story(
        folder.path(),
        || testkit::postgres(folder.path(), &url),
        |store| {
            let (tools, mut copy) = (PostgresTools::default(), Vec::new());
            let place = CopyPlace { scratch: folder.path().join("scratch"), tools: PostgresTools::default() };
            let mut sink = |piece: &[u8]| {
                copy.extend_from_slice(piece);
                Ok(())
            };
            store.copy(&place, &CopyKey([7; 32]), &mut |_| true, &mut sink).unwrap();
            let place = PostgresPlace::of(&url).unwrap();
            move || {
                place.load(&tools, &format!("{}_aside", place.schema), &mut &*copy, &mut |_| true).map(drop).unwrap()
            }
        },
    );
}
