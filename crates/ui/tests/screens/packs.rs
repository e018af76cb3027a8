//! The packs of the project: every generic page of every ledger, for every role, with a record in it where one can be
//! made from defaults and required fields alone.

use std::collections::BTreeMap;

use ledger::definition::{Field, Kind, Required};
use ledger::{Change, Principal};
use serde_json::{Value, json};
use testkit::{Desk, on_each_database, somebody};

use crate::site::get;

/// Records made so far: identifier by ledger.
type Made = BTreeMap<String, String>;

/// A value that fits a field, as far as one can tell without its rules.
fn some_value(desk: &Desk, field: &Field, made: &Made) -> Value {
    match &field.kind {
        Kind::Integer | Kind::Yen => json!(field.min.unwrap_or(1).max(1)),
        Kind::Decimal { .. } => json!("1"),
        Kind::Date => json!("2026-10-01"),
        Kind::DateTime => json!("2026-10-01 9:00"),
        Kind::Period => json!({ "from": "2026-10-01", "to": "2026-10-31" }),
        Kind::YesNo => json!(true),
        Kind::Choice { set } => {
            let choice = desk.kernel.catalogue.choices.get(set).and_then(|set| set.choices.first());
            json!(choice.map(|choice| choice.code.clone()))
        }
        // Whom a record is about is never the one who writes it.
        Kind::Reference { ledger, many: false }
            if ledger == "person" && matches!(field.name.as_str(), "person" | "subject") =>
        {
            json!(made.get("somebody else"))
        }
        Kind::Reference { ledger, many } => match made.get(ledger) {
            None => Value::Null,
            Some(id) if *many => json!([id]),
            Some(id) => json!(id),
        },
        Kind::Rows { columns } => {
            let cells = columns.iter().map(|column| (column.name.clone(), some_value(desk, column, made)));
            json!([cells.collect::<serde_json::Map<_, _>>()])
        }
        Kind::Choices { .. } | Kind::Attachment => Value::Null,
        Kind::Text | Kind::LongText => json!("見本"),
    }
}

/// A record of each ledger where one can be made; those that others refer to come first.
fn make(desk: &Desk, made: &mut Made) {
    for _ in 0..3 {
        for ledger in desk.kernel.catalogue.ledgers.values() {
            if made.contains_key(&ledger.name) {
                continue;
            }
            // First what is demanded, then as much as possible.
            for all in [false, true] {
                let wanted = ledger.current_fields().filter(|field| {
                    let asked = all || matches!(field.required, Required::Always);
                    let own = field.default.is_some() && field.target() != Some("person");
                    asked && field.computed.is_none() && !own
                });
                let values = wanted.map(|field| (field.name.clone(), some_value(desk, field, made))).collect();
                let change = Change::create(&ledger.name, values);
                match desk.commit(&Principal::system("test"), change) {
                    Ok(record) => {
                        made.insert(ledger.name.clone(), record.id);
                        break;
                    }
                    Err(refusal) => println!("{}: {refusal:?}", ledger.name),
                }
            }
        }
    }
}

#[test]
fn every_page_of_every_ledger_renders_for_every_role() {
    on_each_database(|store| {
        let desk = Desk::new(store, "2026-11-20", Vec::new());
        let number = [("number", "100001"), ("name", "見本 花子"), ("kana", "ミホン ハナコ")];
        let person = desk.create("person", &number);
        let office = desk.create("organisation", &[("code", "010000"), ("name", "見本局")]);
        let other = desk.create("person", &[("number", "100002"), ("name", "試験 一郎")]);
        let mut made = Made::from([
            ("somebody else".to_string(), other.id.clone()),
            ("person".to_string(), person.id.clone()),
            ("organisation".to_string(), office.id.clone()),
        ]);
        make(&desk, &mut made);
        let without: Vec<&String> =
            desk.kernel.catalogue.ledgers.keys().filter(|name| !made.contains_key(*name)).collect();
        assert!(made.len() > 15, "no record of {without:?}");
        let mut people = vec![somebody("nobody", Some(&person), &[])];
        people.extend(desk.kernel.catalogue.roles.keys().map(|role| somebody(role, Some(&person), &[role])));
        let mut opened = 0;
        for who in &people {
            get(&desk, who, "/").is(200);
            get(&desk, who, "/ledgers").is(200);
            get(&desk, who, "/search?q=%E8%A6%8B%E6%9C%AC").is(200);
            for ledger in desk.kernel.catalogue.ledgers.values() {
                let id = made.get(&ledger.name);
                let list = format!("/ledgers/{}", ledger.name);
                let mut pages: Vec<String> =
                    ["", "/new", "/import", "/definition"].iter().map(|page| format!("{list}{page}")).collect();
                pages.extend(ledger.views.saved.iter().map(|view| format!("{list}?view={}", view.name)));
                pages.extend(ledger.views.groups.iter().map(|group| format!("{list}?group={group}")));
                if let Some(id) = id {
                    pages.extend(["", "/edit", "/history"].iter().map(|page| format!("{list}/{id}{page}")));
                    let transitions = ledger.workflow.transitions.iter();
                    pages.extend(transitions.map(|step| format!("{list}/{id}/transitions/{}", step.name)));
                }
                for page in pages {
                    let answer = get(&desk, who, &page);
                    assert!(matches!(answer.status, 200 | 403 | 404 | 422), "{page} for {}: {}", who.name, answer.text);
                    // Only a page about a field that this role may not count by is refused as wrong.
                    assert!(
                        answer.status != 422 || page.contains("group="),
                        "{page} for {}: {}",
                        who.name,
                        answer.text
                    );
                    opened += usize::from(answer.status == 200);
                }
            }
        }
        assert!(opened > 300, "{opened} pages opened");
    });
}
