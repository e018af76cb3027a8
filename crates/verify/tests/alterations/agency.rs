//! A small agency made through the real write path, with a row in every table.

use chrono::{DateTime, Duration, Utc};
use ledger::port::{Attachment, Credential, DeskItem, JobState, Mail, NewJob, Session, StoredPack, Token, Writer};
use ledger::{Change, Principal, Record, Refusal};
use serde_json::{Value, json};
use store::Store;
use testkit::{Desk, somebody, values};

/// The key of guards in these tests.
pub const GUARD: [u8; 32] = [7; 32];

pub fn guard() -> Option<store::GuardKey> {
    Some(store::GuardKey::new(&GUARD))
}

/// Fill a database; what the last transaction wrote is not sealed yet.
pub fn fill(store: Store) -> Desk {
    let desk = Desk::new(store, "2026-11-20", vec![]);
    let ministry = desk.create("organisation", &[("code", "M"), ("name", "見本省")]);
    let office = desk.create("organisation", &[("code", "M1"), ("name", "見本課"), ("parent", &ministry.id)]);
    let people: Vec<Record> = ["花子", "一郎", "桜子", "次郎"]
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let number = format!("{:05}", place + 1);
            desk.create(
                "person",
                &[("number", &number), ("name", &format!("見本 {name}")), ("birth_date", "1990-01-02")],
            )
        })
        .collect();
    let system = Principal::system("test");
    for name in ["見本第一課", "見本第二課"] {
        let now = desk.record("organisation", &office.id);
        desk.commit(&system, Change::amend("organisation", &office.id, now.revision, values([("name", json!(name))])))
            .unwrap();
    }
    let officer = somebody("officer", Some(&people[1]), &["security_officer"]);
    let holder = somebody("holder", Some(&people[0]), &["security_officer"]);
    for place in 0..6 {
        let paper = desk
            .commit(
                &system,
                Change::create(
                    "copy_ledger",
                    values([
                        ("name", json!(format!("見本の資料 {place}"))),
                        ("information", json!(["personal"])),
                        ("medium", json!("paper")),
                        ("purpose", json!("説明のため")),
                        ("holder", json!(people[0].id)),
                        ("dispose_by", json!("2026-12-25")),
                    ]),
                ),
            )
            .unwrap_or_else(|refusal| panic!("{refusal:?}"));
        if place > 0 {
            desk.take(&officer, &paper, "consent", values([])).unwrap();
        }
        if place > 1 {
            let gone = values([("disposed_on", json!("2026-11-19")), ("method", json!("shred"))]);
            desk.take(&holder, &paper, "dispose", gone).unwrap();
        }
        if place > 2 {
            desk.take(&officer, &paper, "reject", values([])).unwrap();
        }
    }
    let now = desk.kernel.now();
    work(&desk, now).unwrap();
    // Longer than a bundle of C2SP takes: its leaf is a short text in its place.
    let long = json!({ "words": "見本".repeat(12_000) });
    let long = ledger::evidence::reading(&desk.kernel, &system, journal::act::START, journal::act::PROGRAM, "", long);
    desk.store.write(|tx: &mut dyn Writer| tx.append(&long)).unwrap();
    crate::seal::seal(&desk.store);
    let now = desk.record("organisation", &office.id);
    let amend = Change::amend("organisation", &office.id, now.revision, values([("name", json!("見本第三課"))]));
    desk.commit(&system, amend).unwrap();
    desk
}

fn work(desk: &Desk, now: DateTime<Utc>) -> Result<(), Refusal> {
    let write =
        |work: &dyn Fn(&mut dyn Writer) -> Result<(), Refusal>| desk.store.write(|tx: &mut dyn Writer| work(tx));
    for number in 1..4 {
        let account = format!("account-{number}");
        write(&|tx| {
            tx.set_credential(&Credential {
                account: account.clone(),
                password_hash: format!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ${number}"),
                must_change: number == 1,
                set_at: now,
            })?;
            tx.open_session(&Session {
                key: format!("{number:064x}"),
                account: account.clone(),
                form_secret: format!("secret-{number}"),
                opened_at: now,
                seen_at: now,
                address: Some("192.0.2.1".into()),
                device: None,
                proven_at: now,
                second_at: None,
                locked_at: None,
            })?;
            Ok(())
        })?;
        write(&|tx| {
            tx.add_token(&Token {
                id: format!("01J000000000000000000000T{number}"),
                key: format!("{number:064x}"),
                name: "連携".into(),
                role: "clerk".into(),
                office: None,
                read_only: number == 1,
                expires_at: now + Duration::days(90),
                created_at: now,
                revoked_at: None,
            })?;
            tx.add_attachment(&Attachment {
                id: format!("01J000000000000000000000F{number}"),
                name: "見本.txt".into(),
                media_type: "text/plain".into(),
                sha256: format!("{number:064x}"),
                content: format!("見本の内容 {number}").into_bytes(),
                stored_by: account.clone(),
                stored_at: now,
            })?;
            tx.set_desk(&account, &DeskItem { key: "draft".into(), value: json!({"a": number}), saved_at: now })?;
            tx.add_job(
                &NewJob {
                    id: format!("01J000000000000000000000J{number}"),
                    kind: "paper".into(),
                    input: json!({"n": number}),
                    account: account.clone(),
                    run_at: now,
                    only_one: Some(format!("{number}")),
                },
                now,
            )?;
            tx.add_mail(&Mail {
                id: format!("01J000000000000000000000M{number}"),
                to: "mihon@example.jp".into(),
                subject: "期限のお知らせ".into(),
                body: "見本".into(),
                key: format!("duty-{number}"),
                queued_at: now,
                tries: 0,
            })?;
            tx.add_pack(&StoredPack {
                name: format!("own{number}"),
                installation: 0,
                files: vec![("pack.toml".into(), "label = \"見本\"".into())],
                digest: format!("{number:064x}"),
                installed_at: now,
                installed_by: account.clone(),
            })?;
            Ok(())
        })?;
    }
    write(&|tx| {
        tx.touch_session(&format!("{:064x}", 1), now + Duration::minutes(5))?;
        tx.close_session(&format!("{:064x}", 3))?;
        tx.revoke_token("01J000000000000000000000T2", now)?;
        let taken = tx.take_job(now, now + Duration::minutes(5))?.unwrap();
        tx.job_progress(&taken.new.id, 1, 2, "半分", now + Duration::minutes(5))?;
        tx.end_job(&taken.new.id, JobState::Done, "済", &Value::Null, now)?;
        let mails = tx.take_mails(now, now + Duration::minutes(1), 1)?;
        tx.mail_result(&mails[0].id, None, now, now)?;
        tx.clear_desk("account-3", "draft")?;
        Ok(())
    })
}
