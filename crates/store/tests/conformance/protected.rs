//! Encrypted fields: nothing readable in any table, everything as before for whoever asks, and nothing left when a key is
//! destroyed.

use std::collections::BTreeMap;
use std::sync::Arc;

use journal::{Change, Entry};
use ledger::definition::Ledger;
use ledger::pack::PackSource;
use ledger::port::{
    Attachment, DeskItem, Duty, HistoryQuery, Mail, NewJob, Put, SearchText, Shape as _, StoreError, UniqueKey, Writer,
};
use ledger::query::{Comparison, Filter, Operand, Order, Query, Sort};
use ledger::record::Record;
use ledger::search::{grams, query_grams};
use ledger::value;
use serde_json::{Value, json};
use store::Store;

use crate::databases::Database;
use crate::filters::{find, query};
use crate::people::{Wrong, amended, at, entry, id, numbers, person};
use crate::vaults::SmallVault;

on_both!(
    nothing_readable_is_stored_and_everything_is_read,
    equal_values_are_found_and_order_is_refused,
    as_of_questions_find_the_value_of_that_time,
    a_unique_encrypted_value_is_unique,
    an_unchanged_value_keeps_its_text_when_the_subject_changes,
    what_is_renamed_still_opens,
    erased_values_are_marked_kept_and_never_written,
    what_belongs_to_the_installation_is_locked_too,
    a_file_is_locked_for_the_person_whose_record_takes_it,
    nothing_is_left_of_a_person_who_is_forgotten,
);

const PERSON: &str = r#"
    [ledger]
    label = "職員"
    area = "core"
    subject = "id"
    key = "number"
    unique = [["mail"]]
    [field]
    number = { label = "職員番号", kind = "text" }
    name = { label = "氏名", kind = "text", encrypted = true, was = ["fullname"] }
    born = { label = "生年月日", kind = "date", encrypted = true }
    mail = { label = "メール", kind = "text", encrypted = true }
    note = { label = "覚え", kind = "long_text", encrypted = true }
    [[access]]
    role = "everyone"
    read = "*"
"#;

const INTERVIEW: &str = r#"
    [ledger]
    label = "面談"
    area = "core"
    subject = "person"
    [class]
    content = { label = "内容", encrypted = true }
    [field]
    person = { label = "職員", kind = "person" }
    text = { label = "内容", kind = "long_text", class = "content" }
    lines = { label = "話したこと", kind = "rows", class = "content", columns = { word = { label = "語", kind = "text" } } }
    files = { label = "添付", kind = "attachment", class = "content" }
    [[access]]
    role = "everyone"
    read = "*"
"#;

fn ledgers(person: &str) -> Vec<Arc<Ledger>> {
    let files = vec![
        ("pack.toml".into(), "label = '見本'\nversion = '1'\n[area.core]\nlabel = '共通'".into()),
        ("person.toml".into(), person.into()),
        ("interview.toml".into(), INTERVIEW.into()),
    ];
    let catalogue = ledger::pack::load(&[PackSource { name: "core".into(), files }]);
    catalogue.unwrap_or_else(|problems| panic!("{problems:?}")).ledgers.into_values().collect()
}

/// The database under a vault whose keys can be destroyed.
fn open(database: &Database) -> (Store, Arc<SmallVault>) {
    let vault = Arc::new(SmallVault::default());
    let store = database.place.open_with(vault.clone());
    store.shape(&ledgers(PERSON)).unwrap();
    (store, vault)
}

fn hanako(number: u64) -> Record {
    let body = json!({
        "number": format!("{number}"), "name": "見本　花子", "born": "1985-04-01",
        "mail": format!("hanako{number}@mihon.example"), "note": "静養中の\n覚え書き",
    });
    person(number, body)
}

fn interview(number: u64, about: u64) -> Record {
    let body = json!({ "person": id(about), "text": "家族の介護の話", "lines": [{ "word": "内密のこと" }] });
    Record { ledger: "interview".into(), ..person(number, body) }
}

/// Put a record with its search text and its unique keys, and an entry with all that changed.
fn save(store: &Store, before: Option<&Record>, record: &Record) -> Result<(), Wrong> {
    let words: Vec<&str> = ["name", "note", "text"].iter().filter_map(|field| record.text(field)).collect();
    let search = vec![SearchText { class: "base".into(), grams: grams(&words.join(" ")) }];
    let unique = record.text("mail").map(|mail| UniqueKey { name: "mail".into(), value: json!([mail]).to_string() });
    let mut changes = BTreeMap::new();
    for name in record.body.keys() {
        let (was, now) = (before.map_or(Value::Null, |before| before.value(name).clone()), record.value(name).clone());
        if was != now {
            changes.insert(name.clone(), Change { before: was, after: now });
        }
    }
    let entry = Entry { changes, reason: Some("本人の申出による".into()), ..entry(record) };
    store.write(|writer: &mut dyn Writer| {
        if before.is_some() {
            writer.record_locked(&record.ledger, &record.id)?;
        }
        let put =
            Put { record, references: vec![], search: search.clone(), unique: unique.clone().into_iter().collect() };
        writer.put(&put)?.map_err(Wrong::Clash)?;
        writer.append(&entry)?;
        Ok(())
    })
}

fn read(store: &Store, ledger: &str, number: u64) -> Record {
    store.read::<_, StoreError>(|reader| reader.record(ledger, &id(number))).unwrap().unwrap()
}

fn history(store: &Store, number: u64) -> Vec<Entry> {
    let query = HistoryQuery { record: Some(id(number)), limit: 100, ..HistoryQuery::default() };
    let entries = store.read::<_, StoreError>(|reader| reader.history(&query)).unwrap();
    entries.into_iter().map(|stored| stored.entry).collect()
}

fn is(field: &str, value: &str) -> Filter {
    Filter::Compare(Operand::Field { name: field.into(), order: Order::Text }, Comparison::Is, value.into())
}

fn asked(store: &Store, query: Query) -> Vec<u64> {
    numbers(&find(store, &query))
}

const CLEAR: [&str; 8] = ["見本", "花子", "1985-04-01", "hanako1", "静養中", "介護", "内密", "本人の申出"];

fn nothing_readable_is_stored_and_everything_is_read(database: &Database) {
    let (store, _) = open(database);
    let (one, talk) = (hanako(1), interview(2, 1));
    save(&store, None, &one).unwrap();
    save(&store, None, &talk).unwrap();
    let changed = amended(&one, "born", "1985-04-02".into(), at(10));
    save(&store, Some(&one), &changed).unwrap();

    let everything = database.place.everything();
    assert!(everything.contains("locked:1:") && everything.contains("0000001"), "the search finds what is there");
    for clear in CLEAR.into_iter().chain(["1985-04-02"]) {
        assert!(!everything.contains(clear), "{clear}");
    }

    assert_eq!(read(&store, "person", 1), changed);
    assert_eq!(read(&store, "interview", 2), talk);
    let past = |at| store.read::<_, StoreError>(|reader| reader.record_at("person", &id(1), at)).unwrap();
    assert_eq!(past(at(5)).map(|record| record.body), Some(one.body.clone()));
    let revision = store.read::<_, StoreError>(|reader| reader.record_revision("person", &id(1), 1)).unwrap();
    assert_eq!(revision.map(|record| record.body), Some(one.body));
    let entries = history(&store, 1);
    assert_eq!(entries[0].changes["born"], Change { before: "1985-04-01".into(), after: "1985-04-02".into() });
    assert_eq!(entries[1].changes["name"], Change { before: Value::Null, after: "見本　花子".into() });
    assert_eq!(entries[0].reason.as_deref(), Some("本人の申出による"));
    for word in ["花子", "覚え書き", "静養"] {
        let search = Filter::Search { grams: query_grams(word), classes: vec![("base".into(), Filter::Everything)] };
        assert_eq!(asked(&store, query(search)), [1], "{word}");
    }
}

fn equal_values_are_found_and_order_is_refused(database: &Database) {
    let (store, _) = open(database);
    for number in 1..=3 {
        let mut record = hanako(number);
        record.body.insert("born".into(), format!("1985-04-0{}", number.min(2)).into());
        if number == 3 {
            record.body.shift_remove("mail");
        }
        save(&store, None, &record).unwrap();
    }
    let born = Operand::Field { name: "born".into(), order: Order::Text };
    let mail = Operand::Field { name: "mail".into(), order: Order::Text };
    for (filter, expected) in [
        (is("born", "1985-04-02"), vec![2, 3]),
        (is("born", "1985-04"), vec![]),
        (Filter::Not(Box::new(is("born", "1985-04-02"))), vec![1]),
        (Filter::OneOf(born.clone(), vec!["1985-04-01".into(), "1985-04-02".into()]), vec![1, 2, 3]),
        (Filter::OneOf(born.clone(), vec![]), vec![]),
        (Filter::Empty(mail.clone()), vec![3]),
        (is("name", "見本　花子").and(is("number", "2")), vec![2]),
        (
            Filter::Compare(
                Operand::Guarded { operand: Box::new(born.clone()), when: Box::new(is("number", "3")) },
                Comparison::Is,
                "1985-04-02".into(),
            ),
            vec![3],
        ),
    ] {
        let query = query(filter.clone());
        assert_eq!(asked(&store, query), expected, "{filter:?}");
        let matching: Vec<u64> = (1..=3).filter(|number| filter.matches(&read(&store, "person", *number))).collect();
        assert_eq!(matching, expected, "{filter:?}");
    }
    let found = store
        .read::<_, StoreError>(|reader| {
            reader.lookup("person", "mail", &["hanako2@mihon.example".into(), "nobody@mihon.example".into()])
        })
        .unwrap();
    assert_eq!(found, BTreeMap::from([("hanako2@mihon.example".to_owned(), vec![id(2)])]));

    let refused = |query: Query| store.read::<_, StoreError>(|reader| reader.find(&query)).is_err();
    assert!(refused(query(Filter::Compare(born.clone(), Comparison::Below, "1990-01-01".into()))));
    assert!(refused(query(Filter::StartsWith(mail, "hana".into()))));
    assert!(refused(query(is("note", "覚え"))));
    assert!(refused(Query {
        sort: vec![Sort { operand: born.clone(), descending: false }],
        ..query(Filter::Everything)
    }));
    assert!(
        store
            .read::<_, StoreError>(|reader| reader.group(
                "person",
                &Filter::Everything,
                std::slice::from_ref(&born),
                None
            ))
            .is_err()
    );
}

fn as_of_questions_find_the_value_of_that_time(database: &Database) {
    let (store, _) = open(database);
    let one = hanako(1);
    save(&store, None, &one).unwrap();
    let two = amended(&one, "mail", "new@mihon.example".into(), at(10));
    save(&store, Some(&one), &two).unwrap();
    let three = amended(&two, "mail", "hanako1@mihon.example".into(), at(20));
    save(&store, Some(&two), &three).unwrap();
    for (mail, when, expected) in [
        ("hanako1@mihon.example", Some(5), vec![1]),
        ("new@mihon.example", Some(5), vec![]),
        ("new@mihon.example", Some(15), vec![1]),
        ("hanako1@mihon.example", Some(15), vec![]),
        ("hanako1@mihon.example", Some(25), vec![1]),
        ("hanako1@mihon.example", None, vec![1]),
        ("new@mihon.example", None, vec![]),
    ] {
        let asked_for = Query { as_of: when.map(at), ..query(is("mail", mail)) };
        assert_eq!(asked(&store, asked_for), expected, "{mail} {when:?}");
    }
}

fn a_unique_encrypted_value_is_unique(database: &Database) {
    let (store, _) = open(database);
    save(&store, None, &hanako(1)).unwrap();
    let mut two = hanako(2);
    two.body.insert("mail".into(), "hanako1@mihon.example".into());
    match save(&store, None, &two) {
        Err(Wrong::Clash(clash)) => {
            assert_eq!(clash.record, id(1));
            assert_eq!(clash.key.value, json!(["hanako1@mihon.example"]).to_string());
        }
        other => panic!("{other:?}"),
    }
    save(&store, None, &hanako(2)).unwrap();
}

/// What stands in the table, locked.
fn stored(database: &Database, needle: &str) -> usize {
    database.place.everything().matches(needle).count()
}

fn an_unchanged_value_keeps_its_text_when_the_subject_changes(database: &Database) {
    let (store, _) = open(database);
    let talk = interview(5, 1);
    save(&store, None, &talk).unwrap();
    let under_one = stored(database, &format!("locked:1:{}", id(1)));
    let mut moved = amended(&talk, "person", id(2).into(), at(10));
    save(&store, Some(&talk), &moved).unwrap();
    // The new version repeats the old texts; nothing but the reason is locked for the new person.
    assert!(stored(database, &format!("locked:1:{}", id(1))) > under_one);
    let before = stored(database, &format!("locked:1:{}", id(2)));
    assert_eq!(before, 1 + usize::from(before > 1), "the reason of the entry only");
    moved = amended(&moved, "text", "別の話".into(), at(20));
    save(&store, None, &moved).unwrap();
    assert!(stored(database, &format!("locked:1:{}", id(2))) > before);
    assert_eq!(read(&store, "interview", 5).body, moved.body);
}

fn what_is_renamed_still_opens(database: &Database) {
    let (store, _) = open(database);
    let mut old = hanako(1);
    let name = old.body.shift_remove("name").unwrap();
    old.body.insert("fullname".into(), name.clone());
    save(&store, None, &old).unwrap();
    let mut new = amended(&old, "name", name, at(10));
    new.body.shift_remove("fullname");
    save(&store, None, &new).unwrap();
    assert_eq!(read(&store, "person", 1).body, new.body);
    assert_eq!(asked(&store, query(is("name", "見本　花子"))), [1]);
}

fn erased_values_are_marked_kept_and_never_written(database: &Database) {
    let (store, vault) = open(database);
    let (one, talk) = (hanako(1), interview(3, 1));
    for record in [&one, &hanako(2), &talk] {
        save(&store, None, record).unwrap();
    }
    vault.erase(&id(1));
    let erased = read(&store, "person", 1);
    for field in ["name", "born", "mail", "note"] {
        assert!(value::is_erased(erased.value(field)), "{field}");
    }
    assert_eq!(erased.text("number"), Some("1"));
    assert!(value::is_erased(read(&store, "interview", 3).value("lines")));
    assert!(history(&store, 1).iter().all(|entry| value::is_erased(&entry.changes["name"].after)));
    assert_eq!(history(&store, 1)[0].reason.as_deref(), Some(value::ERASED));
    assert_eq!(read(&store, "person", 2).text("name"), Some("見本　花子"));

    // The record can still be changed elsewhere; what was locked stays what it was.
    let before = stored(database, &format!("locked:1:{}", id(1)));
    let change = amended(&erased, "number", "1001".into(), at(10));
    let put = |record: &Record| {
        store.write(|writer: &mut dyn Writer| {
            writer.record_locked(&record.ledger, &record.id)?;
            let put = Put { record, references: vec![], search: vec![], unique: vec![] };
            writer.put(&put)?.map_err(Wrong::Clash)
        })
    };
    put(&change).unwrap();
    assert!(stored(database, &format!("locked:1:{}", id(1))) >= before + 4);
    assert_eq!(read(&store, "person", 1).body, change.body);
    // Nothing new is locked for that person, and the mark is no value.
    assert!(matches!(
        put(&amended(&change, "name", "見本　太郎".into(), at(20))),
        Err(Wrong::Store(StoreError::Erased))
    ));
    assert!(matches!(save(&store, None, &interview(4, 1)), Err(Wrong::Store(StoreError::Erased))));
    let mut marked = hanako(9);
    marked.body.insert("name".into(), value::erased());
    assert!(matches!(save(&store, None, &marked), Err(Wrong::Store(StoreError::Erased))));
}

fn what_belongs_to_the_installation_is_locked_too(database: &Database) {
    let (store, _) = open(database);
    let duty = Duty {
        ledger: "interview".into(),
        record: id(3),
        name: "write".into(),
        person: Some(id(1)),
        role: None,
        office: None,
        due: None,
        opened_at: at(0),
        closed_at: None,
        title: "花子 面談".into(),
    };
    let desk = DeskItem { key: "draft:person:new".into(), value: json!({ "name": "花子" }), saved_at: at(0) };
    let mail = Mail {
        id: id(4),
        to: "hanako1@mihon.example".into(),
        subject: "花子さんへ".into(),
        body: "介護の件".into(),
        key: "one".into(),
        queued_at: at(0),
        tries: 0,
    };
    let job = NewJob {
        id: id(5),
        kind: "export".into(),
        input: json!({ "words": "花子" }),
        account: id(900),
        run_at: at(0),
        only_one: None,
    };
    store
        .write::<_, StoreError>(|writer| {
            writer.set_duties("interview", &id(3), std::slice::from_ref(&duty), at(0))?;
            writer.set_desk(&id(900), &desk)?;
            writer.add_mail(&mail)?;
            writer.mail_result(&id(4), Some("550 hanako1@mihon.example unknown"), at(60), at(0))?;
            writer.add_job(&job, at(0))?;
            writer.job_progress(&id(5), 1, 2, "花子まで", at(60))?;
            Ok(())
        })
        .unwrap();
    let title = Duty { title: "花子 面談 2回目".into(), ..duty.clone() };
    store
        .write::<_, StoreError>(|writer| {
            writer.set_duties("interview", &id(3), std::slice::from_ref(&title), at(0))?;
            writer.take_job(at(1), at(60))?;
            writer.end_job(&id(5), ledger::port::JobState::Done, "花子で終わり", &json!({ "file": "花子.csv" }), at(2))
        })
        .unwrap();
    let everything = database.place.everything();
    for clear in ["花子", "hanako1", "介護"] {
        assert!(!everything.contains(clear), "{clear}");
    }
    store
        .read::<_, StoreError>(|reader| {
            assert_eq!(reader.desk(&id(900), "draft:person:new")?, Some(desk.clone()));
            assert_eq!(reader.desk_items(&id(900), "draft:")?, std::slice::from_ref(&desk));
            let duties = reader.duties(&ledger::port::DutyFilter { limit: 10, ..Default::default() })?;
            assert_eq!(duties, std::slice::from_ref(&title));
            let mails = reader.mails(10)?;
            assert_eq!((&mails[0].0.to, &mails[0].0.subject, &mails[0].0.body), (&mail.to, &mail.subject, &mail.body));
            assert_eq!(mails[0].2.as_deref(), Some("550 hanako1@mihon.example unknown"));
            let job = reader.job(&id(5))?.unwrap();
            assert_eq!((&job.new.input, &job.output), (&json!({ "words": "花子" }), &json!({ "file": "花子.csv" })));
            assert_eq!(job.message, "花子で終わり");
            Ok(())
        })
        .unwrap();
}

fn a_file_is_locked_for_the_person_whose_record_takes_it(database: &Database) {
    let (store, vault) = open(database);
    let file = |number: u64| Attachment {
        id: id(number),
        name: "診断書 花子.pdf".into(),
        media_type: "application/pdf".into(),
        sha256: "00".into(),
        content: "花子の診断書".into(),
        stored_by: id(900),
        stored_at: at(0),
    };
    store
        .write::<_, StoreError>(|writer| [50, 51].iter().try_for_each(|number| writer.add_attachment(&file(*number))))
        .unwrap();
    let mut talk = interview(3, 1);
    talk.body.insert("files".into(), json!([{ "id": id(50), "name": "診断書 花子.pdf", "size": 18 }]));
    save(&store, None, &talk).unwrap();
    let everything = database.place.everything();
    assert!(!everything.contains("花子"));
    let read = |number: u64| store.read::<_, StoreError>(|reader| reader.attachment(&id(number)));
    assert_eq!(read(50).unwrap(), Some(file(50)));
    assert_eq!(read(51).unwrap(), Some(file(51)));
    vault.erase(&id(1));
    assert!(matches!(read(50), Err(StoreError::Erased)));
    assert_eq!(read(51).unwrap(), Some(file(51)));
}

fn nothing_is_left_of_a_person_who_is_forgotten(database: &Database) {
    let (store, vault) = open(database);
    let mut other = hanako(2);
    other.body.insert("name".into(), "見本　太郎".into());
    other.body.insert("note".into(), "元気".into());
    for record in [&hanako(1), &other, &interview(3, 1), &interview(4, 2)] {
        save(&store, None, record).unwrap();
    }
    let desk = |key: &str, text: &str| DeskItem { key: key.into(), value: json!({ "a": [text] }), saved_at: at(0) };
    let mail = |number: u64, to: &str, body: &str| Mail {
        id: id(number),
        to: to.into(),
        subject: "お知らせ".into(),
        body: body.into(),
        key: format!("{number}"),
        queued_at: at(0),
        tries: 0,
    };
    let duty = |record: u64, title: &str| Duty {
        ledger: "interview".into(),
        record: id(record),
        name: "write".into(),
        person: Some(id(1)),
        role: None,
        office: None,
        due: None,
        opened_at: at(0),
        closed_at: None,
        title: title.into(),
    };
    store
        .write::<_, StoreError>(|writer| {
            writer.set_desk(&id(900), &desk("one", "見本花子さんの件"))?;
            writer.set_desk(&id(900), &desk("two", "太郎さんの件"))?;
            writer.add_mail(&mail(10, "hanako1@mihon.example", "期限です"))?;
            writer.add_mail(&mail(11, "boss@mihon.example", "見本　花子さんの期限です"))?;
            writer.add_mail(&mail(12, "boss@mihon.example", "見本　太郎さんの期限です"))?;
            writer.set_duties("interview", &id(3), &[duty(3, "見本　花子 面談")], at(0))?;
            writer.set_duties("interview", &id(4), &[duty(4, "見本　太郎 面談")], at(0))
        })
        .unwrap();
    let words =
        |word: &str| Filter::Search { grams: query_grams(word), classes: vec![("base".into(), Filter::Everything)] };
    assert_eq!(asked(&store, query(words("花子"))), [1]);

    let forgotten = store.write::<_, StoreError>(|writer| writer.forget(&id(1))).unwrap();
    vault.erase(&id(1));
    assert_eq!(forgotten.records, [("interview".to_owned(), id(3)), ("person".to_owned(), id(1))]);
    assert_eq!(forgotten.texts, 4, "a draft, two mails, a title");

    assert_eq!(asked(&store, query(words("花子"))), Vec::<u64>::new());
    assert_eq!(asked(&store, query(is("mail", "hanako1@mihon.example"))), Vec::<u64>::new());
    assert_eq!(
        asked(&store, Query { as_of: Some(at(5)), ..query(is("mail", "hanako1@mihon.example")) }),
        Vec::<u64>::new()
    );
    store
        .read::<_, StoreError>(|reader| {
            assert_eq!(reader.desk_items(&id(900), "")?.len(), 1);
            assert_eq!(reader.mails(10)?.iter().map(|mail| mail.0.id.clone()).collect::<Vec<_>>(), [id(12)]);
            let duties = reader.duties(&ledger::port::DutyFilter { limit: 10, ..Default::default() })?;
            let titles: Vec<&str> = duties.iter().map(|duty| duty.title.as_str()).collect();
            assert_eq!(titles, ["消去済み 面談", "見本　太郎 面談"]);
            Ok(())
        })
        .unwrap();
    // Others are as they were.
    assert_eq!(asked(&store, query(words("太郎"))), [2]);
    assert_eq!(asked(&store, query(is("mail", "hanako2@mihon.example"))), [2]);
    assert_eq!(read(&store, "person", 2), other);
    assert_eq!(read(&store, "interview", 4), interview(4, 2));
    // The address is free again, and the erased record can be found by what is left of it.
    let mut heir = hanako(5);
    heir.body.insert("mail".into(), "hanako1@mihon.example".into());
    save(&store, None, &heir).unwrap();
    let left = read(&store, "person", 1);
    let put =
        Put { search: vec![SearchText { class: "base".into(), grams: grams("1") }], ..crate::people::plain(&left) };
    store.write(|writer: &mut dyn Writer| writer.index(&put)?.map_err(Wrong::Clash)).unwrap();
    assert_eq!(asked(&store, query(words("1"))), [1]);
}
