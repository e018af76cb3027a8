//! Nothing of a person stands in clear in any file of the data directory or in the log: not in the database, its log and
//! its index, not beside the keys, in UTF-8, UTF-16 or CP932.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use calendar::SystemClock;
use daicho::installation::{Ambient, Installation, SystemEntropy};
use daicho::settings::Settings;
use ledger::port::{Attachment, DeskItem, Mail, Writer};
use ledger::query::{Filter, Query};
use ledger::{Change, Principal, Record, Refusal};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::database::on_each_place;
use crate::program::Program;

/// Persons whose values are searched for.
const PERSONS: usize = 100;

/// The list of sign-ins that `demo` lays beside its data for whoever tries it out. No installation has it.
const SAMPLE_LIST: &str = "sample-sign-ins.tsv";

/// Every form in which a text could stand in a file.
fn forms(text: &str) -> Vec<Vec<u8>> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let cp932 = document::cp932::encode_with(text, |_| Some("?"));
    vec![
        text.as_bytes().to_vec(),
        units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        cp932,
        // As JSON writes it when it escapes everything.
        units.iter().map(|unit| format!("\\u{unit:04x}")).collect::<String>().into_bytes(),
    ]
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if !path.ends_with(SAMPLE_LIST) {
            all.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    all
}

/// Texts of which any may stand in a file; one pass over the bytes finds them all.
struct Needles {
    forms: Vec<Vec<u8>>,
    /// Whether a form begins with these two bytes.
    begins: Vec<bool>,
}

impl Needles {
    fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        // Five bytes that are no text at all may stand by accident in a file of encrypted pages.
        let all: Vec<Vec<u8>> = texts.into_iter().flat_map(forms).filter(|form| form.len() >= 6).collect();
        let mut begins = vec![false; 1 << 16];
        all.iter().for_each(|form| begins[usize::from(form[0]) << 8 | usize::from(form[1])] = true);
        Self { forms: all, begins }
    }

    /// The first that stands in the bytes.
    fn found(&self, bytes: &[u8]) -> Option<&[u8]> {
        let (mut at, end) = (0, bytes.len().saturating_sub(1));
        while at < end {
            if self.begins[usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1])]
                && let Some(form) = self.forms.iter().find(|form| bytes[at..].starts_with(form))
            {
                return Some(form);
            }
            at += 1;
        }
        None
    }
}

/// The installation, and what must stand nowhere in clear: values of a hundred persons, one of whom was amended and is named
/// in a draft, a mail and a file; whose name it is comes last.
fn sample(program: &Program, settings: Settings) -> (Installation, BTreeSet<String>, String) {
    let ambient = Ambient { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) };
    let installation = Installation::open(&program.data(), settings, ambient).unwrap();
    let query = Query {
        ledger: "person".into(),
        filter: Filter::Everything,
        sort: Vec::new(),
        after: None,
        limit: PERSONS,
        as_of: None,
    };
    let persons: Vec<Record> = installation.store.read::<_, Refusal>(|tx| Ok(tx.find(&query)?)).unwrap();
    assert_eq!(persons.len(), PERSONS);

    // Drafts, mails, files, an amendment: whatever may name a person beside the record.
    let kernel = installation.kernel();
    let one = &persons[0];
    let name = one.text("name").unwrap().to_owned();
    let amended = format!("{name}　改");
    installation
        .store
        .write::<_, Refusal>(|tx: &mut dyn Writer| {
            let desk =
                DeskItem { key: "draft:person:new".into(), value: json!({ "name": name }), saved_at: kernel.now() };
            tx.set_desk("account", &desk)?;
            tx.add_mail(&Mail {
                id: kernel.new_id(),
                to: one.text("mail").unwrap_or_default().into(),
                subject: format!("{name}さんの面談"),
                body: format!("{name}さんの面談の期限です。"),
                key: "clear-text".into(),
                queued_at: kernel.now(),
                tries: 0,
            })?;
            tx.add_attachment(&Attachment {
                id: kernel.new_id(),
                name: format!("{name}.txt"),
                media_type: "text/plain".into(),
                sha256: "00".into(),
                content: format!("{name}の履歴書").into_bytes(),
                stored_by: "account".into(),
                stored_at: kernel.now(),
            })?;
            let values = [("name".to_string(), amended.clone().into())].into_iter().collect();
            let change = Change::amend("person", &one.id, one.revision, values);
            kernel.commit(tx, &Principal::system("test"), change).map(drop)
        })
        .unwrap();

    let mut clear: BTreeSet<String> = BTreeSet::from([amended, daicho::demo::PASSWORD.to_owned()]);
    for person in &persons {
        clear.extend(
            ["name", "kana", "birth_date", "mail"].iter().filter_map(|field| person.text(field)).map(str::to_owned),
        );
        // A part of the name alone betrays a person too.
        clear.extend(person.text("name").unwrap_or_default().split_whitespace().map(str::to_owned));
    }
    // A day on which somebody was born and something else happened is no secret of either; most are left.
    let open = open_values(&installation);
    let births =
        |clear: &BTreeSet<String>| clear.iter().filter(|text| text.parse::<chrono::NaiveDate>().is_ok()).count();
    clear.retain(|text| text.len() >= 6 && !open.contains(text));
    assert!(births(&clear) > PERSONS / 2, "{} dates of birth are looked for", births(&clear));
    (installation, clear, name)
}

/// Dates that stand in fields which are not encrypted, in all ledgers.
fn open_values(installation: &Installation) -> BTreeSet<String> {
    fn dates(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::String(text) if text.parse::<chrono::NaiveDate>().is_ok() => drop(into.insert(text.clone())),
            Value::Array(all) => all.iter().for_each(|one| dates(one, into)),
            Value::Object(all) => all.values().for_each(|one| dates(one, into)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for ledger in installation.kernel().catalogue.ledgers.values() {
        let query = Query {
            ledger: ledger.name.clone(),
            filter: Filter::Everything,
            sort: Vec::new(),
            after: None,
            limit: 100_000,
            as_of: None,
        };
        for record in installation.store.read::<_, Refusal>(|tx| Ok(tx.find(&query)?)).unwrap() {
            for field in ledger.fields.iter().filter(|field| !field.encrypted) {
                dates(record.value(&field.name), &mut found);
            }
        }
    }
    found
}

#[test]
fn no_name_birth_date_mail_or_password_stands_in_clear_in_any_file_or_log() {
    let program = Program::new();
    let made = program.command().args(["demo", "--staff", "120", "--no-serve"]).env("DAICHO_LOG", "debug").output();
    let made = made.expect("the program runs");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut logs = made.stderr;

    // Somebody searches, looks and fails to sign in, while the log says as much as it can.
    let serving = program.serve(|command| {
        command.env("DAICHO_LOG", "debug");
    });
    let list = std::fs::read_to_string(program.data().join(SAMPLE_LIST)).unwrap();
    let login = list.lines().find_map(|line| line.strip_prefix("人事担当\t")).unwrap().split('\t').next().unwrap();
    let browser = Browser::sign_in(serving.address, login, daicho::demo::PASSWORD);
    assert_eq!(browser.get("/ledgers/person?q=%E8%A6%8B%E6%9C%AC").status, 200);
    assert_eq!(browser.get("/ledgers/person/export?format=csv&reason=story&q=%E8%A6%8B%E6%9C%AC").status, 200);
    logs.extend(serving.stop().into_bytes());

    // Two exports under numbers, with one table: the numbers agree, and lead back only through the table.
    let (out, table) = (program.path("out"), program.path("table.locked"));
    for ledger in ["person", "assignment"] {
        let mut command = program.command();
        command.args(["export", ledger, "--format", "json", "--pseudonymise", "--reason", "見本の分析"]);
        let ended = command.arg("--out").arg(&out).arg("--table").arg(&table).output().expect("the program runs");
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }
    let read = |ledger: &str| -> Vec<Value> {
        serde_json::from_slice(&std::fs::read(out.join(format!("{ledger}.json"))).unwrap()).unwrap()
    };
    let numbers: BTreeSet<String> = read("person").iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(numbers.len(), read("person").len());
    assert!(read("assignment").iter().all(|one| numbers.contains(one["values"]["person"].as_str().unwrap())));
    // People of firms have no day of birth here.
    let ages: Vec<String> =
        read("person").iter().filter_map(|one| one["values"]["birth_date"].as_str().map(str::to_owned)).collect();
    assert!(ages.len() >= 100 && ages.iter().all(|age| age.ends_with('歳')));
    let first = numbers.first().unwrap();
    let mut identify = program.command();
    identify
        .args(["export", "--identify", first, "--reason", "本人への連絡", "--table"])
        .arg(&table)
        .arg("--out")
        .arg(&out);
    let told = identify.output().expect("the program runs");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();

    let (installation, clear, name) = sample(&program, Settings::default());
    // The store is open: its write-ahead log is there and is searched too.
    let mut everything = files(&program.data());
    let names: Vec<&str> = everything.iter().map(|(name, _)| name.as_str()).collect();
    for part in ["daicho.db", "daicho.db-wal", "keyring.db", "master.key"] {
        assert!(names.iter().any(|name| name.ends_with(part)), "{part} is searched: {names:?}");
    }
    everything.push(("the log".into(), logs));
    everything.push(("the table of numbers".into(), std::fs::read(&table).unwrap()));
    everything.extend(files(&out));
    let id = told.split('\t').nth(2).unwrap();
    let behind = installation.store.read::<_, Refusal>(|tx| Ok(tx.record("person", id)?)).unwrap().unwrap();
    assert!(told.contains(behind.text("name").unwrap()), "{told}");
    let needles = Needles::new(clear.iter().map(String::as_str));
    for form in forms(&name) {
        assert!(needles.found(&[b"ab", &form[..], b"c"].concat()).is_some(), "the search finds what is there");
    }
    for (file, bytes) in &everything {
        if let Some(form) = needles.found(bytes) {
            panic!("{file} holds a value in clear ({} bytes)", form.len());
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(program.data()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "the data directory is for its owner only");
    }
}

#[test]
fn no_name_birth_date_mail_or_password_stands_in_clear_in_a_dump_of_the_server() {
    on_each_place(|place| {
        // The embedded database is searched above, file by file.
        let Some(url) = &place.url else { return };
        let program = Program::at(&place);
        program.done(&["demo", "--staff", "120", "--no-serve"]);
        let settings = Settings { database_url: Some(url.clone()), ..Settings::default() };
        let (installation, clear, name) = sample(&program, settings);
        drop(installation);
        // Every schema, as anybody who can read the server's disk or its backups sees it; blobs as digits.
        let dumped = Command::new("pg_dump").args(["--inserts", "--dbname", url]).output().expect("pg_dump runs");
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        let dump = dumped.stdout;
        for part in
            ["INSERT INTO public.record", "INSERT INTO public.desk", "INSERT INTO public.mail", "_keyring.holder_key"]
        {
            assert!(dump.windows(part.len()).any(|window| window == part.as_bytes()), "{part} is searched");
        }
        let blobs = |text: &String| [text.clone(), hex::encode(text)];
        let needles: Vec<String> = clear.iter().flat_map(blobs).collect();
        let needles = Needles::new(needles.iter().map(String::as_str));
        assert!(needles.found(&[b"ab", hex::encode(&name).as_bytes(), b"c"].concat()).is_some(), "it would be found");
        if let Some(form) = needles.found(&dump) {
            panic!("the dump holds a value in clear ({} bytes)", form.len());
        }
        drop(place);
    });
}
