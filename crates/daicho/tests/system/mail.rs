//! Reminders reach a mail server that speaks SMTP (RFC 5321), and wait for it when it is not there.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use daicho::settings::MailEncryption;
use daicho::work;
use identity::{Origin, principal};
use journal::Channel;
use journal::act::EXPORT;
use ledger::evidence::readings;
use ledger::port::Writer;
use serde_json::{Map, json};
use testkit::on_each_database;

use crate::agency::{Agency, morning};

/// A mail as it came in.
#[derive(Debug, Clone, Default)]
struct Received {
    from: String,
    to: Vec<String>,
    data: String,
}

/// A mail server that takes everything for one domain.
struct Sink {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Sink {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let kept = received.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = kept.clone();
                std::thread::spawn(move || converse(stream, &kept));
            }
        });
        Self { address, received }
    }

    fn mails(&self) -> Vec<Received> {
        self.received.lock().expect("the mails").clone()
    }
}

/// Both sides of a session until the client leaves.
fn converse(stream: TcpStream, kept: &Mutex<Vec<Received>>) -> Option<()> {
    let mut out = stream.try_clone().ok()?;
    let mut lines = BufReader::new(stream).lines();
    let mut mail = Received::default();
    out.write_all(b"220 sink ESMTP\r\n").ok()?;
    while let Some(Ok(line)) = lines.next() {
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-sink\r\n250 8BITMIME\r\n",
            "MAIL" => {
                mail = Received { from: line.clone(), ..Received::default() };
                "250 ok\r\n"
            }
            "RCPT" if line.contains("@fumei.example") => "550 no such mailbox\r\n",
            "RCPT" => {
                mail.to.push(line.split(['<', '>']).nth(1).unwrap_or_default().to_string());
                "250 ok\r\n"
            }
            "DATA" => {
                out.write_all(b"354 go on\r\n").ok()?;
                loop {
                    let line = lines.next()?.ok()?;
                    if line == "." {
                        break;
                    }
                    mail.data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.data.push('\n');
                }
                kept.lock().ok()?.push(mail.clone());
                "250 kept\r\n"
            }
            "QUIT" => {
                out.write_all(b"221 bye\r\n").ok()?;
                return Some(());
            }
            _ => "250 ok\r\n",
        };
        out.write_all(answer.as_bytes()).ok()?;
    }
    Some(())
}

const PACK: &str = "label = \"見本\"\nversion = \"1\"\n[area]\nsample = { label = \"見本\", order = 99 }\n";
const LEDGER: &str = r#"
[ledger]
label = "宿題"
area = "sample"

[field]
name = { label = "名称", kind = "text", required = true }
owner = { label = "担当", kind = "person", required = true }
due_on = { label = "期限", kind = "date", required = true }

[state]
open = { label = "未了" }
done = { label = "完了", tone = "done" }

[transition]
finish = { label = "終える", from = "open", to = "done" }

[duty]
report = { label = "報告書を出す", states = ["open"], holder = "person:owner", due = "on due_on", remind = [-3, 0, 1] }

[[access]]
role = "administrator"
read = "*"
transitions = "*"
"#;

/// Do all that is to be done now.
fn work_off(agency: &Agency) {
    for _ in 0..20 {
        if !work::round(&agency.app).expect("the database") {
            return;
        }
    }
    panic!("the worker never comes to rest");
}

fn header<'a>(mail: &'a Received, name: &str) -> &'a str {
    let head = mail.data.split("\n\n").next().unwrap_or_default();
    head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim()
}

fn body(mail: &Received) -> String {
    let (_, body) = mail.data.split_once("\n\n").unwrap_or_default();
    let bytes = match header(mail, "Content-Transfer-Encoding:") {
        "base64" => STANDARD.decode(body.split_whitespace().collect::<String>()).expect("base64"),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).expect("UTF-8")
}

/// One story, because the worker of a process does what falls due with the day once a day.
#[test]
fn reminders_reach_a_mail_server_and_wait_for_it_when_it_is_gone() {
    let sink = Sink::open();
    // An address at which nobody listens: the port was free a moment ago.
    let gone = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let days = ["2026-11-16", "2027-02-15"];
    let next = std::cell::Cell::new(0);
    on_each_database(|store| {
        let day = days[next.get()];
        next.set(next.get() + 1);
        let before = sink.mails().len();
        story(store, &sink, gone, day);
        assert_eq!(sink.mails().len() - before, 2, "one mail a holder, and none twice");
    });
}

fn story(store: store::Store, sink: &Sink, gone: SocketAddr, day: &str) {
    let server = |address: SocketAddr| {
        move |settings: &mut daicho::settings::Settings| {
            settings.mail_server = Some(address.to_string());
            settings.mail_encryption = MailEncryption::None;
            settings.mail_from = "daicho@mihon.example".into();
            settings.public_url = Some("https://daicho.mihon.example".into());
        }
    };
    let agency = Agency::with(store.clone(), day, server(gone));
    agency.install("sample", &[("pack.toml", PACK), ("homework.toml", LEDGER)]);
    let person = |number: &str, name: &str, mail: &str| {
        agency.create("person", json!({ "number": number, "name": name, "mail": mail })).id
    };
    let hanako = person("26001", "見本　花子", "hanako@mihon.example");
    let jiro = person("26002", "見本　次郎", "jiro@mihon.example");
    let unknown = person("26003", "見本　三郎", "saburo@fumei.example");
    let today: chrono::NaiveDate = day.parse().expect("a day");
    let homework = |owner: &str, days: i64| {
        let due = today + TimeDelta::days(days);
        agency.create("homework", json!({ "name": "秘密の件名", "owner": owner, "due_on": due.to_string() }));
    };
    homework(&hanako, 0);
    homework(&hanako, 0);
    homework(&hanako, 3);
    // Two days before is no step of the ladder.
    homework(&hanako, 2);
    homework(&jiro, -1);
    homework(&unknown, 0);

    // Nobody listens: the mails wait, and the metrics say so.
    let known = sink.mails().len();
    work_off(&agency);
    assert_eq!(sink.mails().len(), known);
    let metrics = crate::browser::Browser::anonymous(agency.address).get("/metrics").text();
    assert!(metrics.contains("daicho_mails_waiting 3"), "{metrics}");
    drop(agency);

    // Another node that reaches the server takes over what waits, when the pause after the failure is over.
    let agency = Agency::with(store, day, server(sink.address));
    work_off(&agency);
    assert_eq!(sink.mails().len(), known, "a failed mail is not tried again at once");
    agency.clock.set(morning(day) + TimeDelta::minutes(5));
    work_off(&agency);
    let mut mails: Vec<Received> = sink.mails()[known..].to_vec();
    mails.sort_by(|a, b| a.to.cmp(&b.to));
    assert_eq!(
        mails.iter().map(|mail| mail.to.concat()).collect::<Vec<_>>(),
        ["hanako@mihon.example", "jiro@mihon.example"]
    );
    let [first, second] = mails.as_slice() else { panic!("{mails:?}") };
    assert!(first.from.contains("daicho@mihon.example"), "{}", first.from);
    let text = body(first);
    assert!(text.contains("報告書を出す　2件") && text.contains("報告書を出す　1件"), "{text}");
    assert!(text.contains("https://daicho.mihon.example/") && !text.contains("秘密の件名"), "{text}");
    assert!(body(second).contains("期限超過"), "{}", body(second));
    assert!(header(first, "Message-ID:").ends_with("@daicho>"), "{}", first.data);

    // What the server refuses for good waits with its reason and does not hold up the others.
    let waiting = agency.installation().store.read(|tx| tx.mails(10)).expect("the outbox");
    let refused: Vec<_> = waiting.iter().filter(|(_, sent, _)| sent.is_none()).collect();
    assert_eq!(refused.len(), 1);
    assert!(refused[0].2.as_deref().is_some_and(|error| error.contains("550")), "{:?}", refused[0].2);
    // The same day again: nothing more.
    agency.clock.set(morning(day) + TimeDelta::hours(8));
    work_off(&agency);
}

#[test]
fn a_severe_alert_is_mailed_to_those_who_answer_for_security_and_not_to_whom_it_is_about() {
    let sink = Sink::open();
    on_each_database(|store| {
        let known = sink.mails().len();
        let agency = Agency::with(store, "2026-11-20", |settings| {
            settings.mail_server = Some(sink.address.to_string());
            settings.mail_encryption = MailEncryption::None;
            settings.mail_from = "daicho@mihon.example".into();
            settings.public_url = Some("https://daicho.mihon.example".into());
        });
        let kernel = agency.installation().kernel();
        let store = &agency.installation().store;
        store.write(|tx: &mut dyn Writer| assurance::defaults::load(tx, &kernel)).expect("the rules");
        let officer = |number: &str, name: &str, mail: &str, roles: &[&str]| {
            let person = agency.create("person", json!({ "number": number, "name": name, "mail": mail })).id;
            let account = agency.create("account", json!({ "login": mail.split('@').next(), "person": person }));
            for role in roles {
                agency.create("role_grant", json!({ "account": account.id, "role": role }));
            }
            account.id
        };
        officer("26001", "見本　花子", "hanako@mihon.example", &["security_officer"]);
        let jiro = officer("26002", "見本　次郎", "jiro@mihon.example", &["security_officer", "personnel"]);
        officer("26003", "見本　三郎", "saburo@mihon.example", &["auditor"]);
        let who = store.read(|tx| principal::load(tx, &kernel, &jiro, &Origin::new(Channel::Page, None, None)));
        let who = who.expect("the database").expect("an account");
        let ids: Vec<String> = (0..700).map(|number| format!("01J{number:023}")).collect();
        let entries = readings(&kernel, &who, EXPORT, "person", Map::new(), &ids, Some("見本の理由"));
        store
            .write(|tx: &mut dyn Writer| entries.iter().try_for_each(|entry| tx.append(entry).map(drop)))
            .expect("entries");
        work_off(&agency);
        let told: Vec<Received> =
            sink.mails()[known..].iter().filter(|mail| body(mail).contains("重大な警告")).cloned().collect();
        let [mail] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(mail.to, ["hanako@mihon.example"]);
        let text = body(mail);
        assert!(
            text.contains("保護項目の大量の取出し") && text.contains("https://daicho.mihon.example/alerts/01"),
            "{text}"
        );
        assert!(!text.contains("次郎") && !text.contains("jiro") && !text.contains("見本の理由"), "{text}");
        // Found again, it is added to the same alert, and nobody is mailed twice.
        store
            .write(|tx: &mut dyn Writer| entries.iter().try_for_each(|entry| tx.append(entry).map(drop)))
            .expect("entries");
        work_off(&agency);
        assert_eq!(sink.mails()[known..].iter().filter(|mail| body(mail).contains("重大な警告")).count(), 1);
    });
}
