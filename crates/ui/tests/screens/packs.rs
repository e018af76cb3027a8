//! The packs of the project: every generic page of every ledger, for every role, with a record in it where one can be
//! made from defaults and required fields alone.

use ledger::definition::{Field, Kind, Ledger, Required};
use ledger::{Change, Principal};
use serde_json::{Value, json};
use testkit::{Desk, on_each_database, somebody};

use crate::site::get;

/// A value that fits a field, as far as one can tell without its rules.
fn some_value(desk: &Desk, field: &Field, person: &str, office: &str) -> Value {
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
        Kind::Reference { ledger, many } => {
            let id = match ledger.as_str() {
                "person" => person,
                "organisation" => office,
                _ => return Value::Null,
            };
            if *many { json!([id]) } else { json!(id) }
        }
        Kind::Choices { .. } | Kind::Rows { .. } | Kind::Attachment => Value::Null,
        Kind::Text | Kind::LongText => json!("見本"),
    }
}

fn make(desk: &Desk, ledger: &Ledger, person: &str, office: &str) -> Option<String> {
    let wanted = ledger.current_fields().filter(|field| {
        let asked = matches!(field.required, Required::Always) || matches!(field.kind, Kind::LongText);
        asked && field.computed.is_none() && field.default.is_none()
    });
    let values = wanted.map(|field| (field.name.clone(), some_value(desk, field, person, office))).collect();
    desk.commit(&Principal::system("test"), Change::create(&ledger.name, values)).ok().map(|record| record.id)
}

#[test]
fn every_page_of_every_ledger_renders_for_every_role() {
    on_each_database(|store| {
        let desk = Desk::new(store, "2026-11-20", Vec::new());
        let number = [("number", "100001"), ("name", "見本 花子"), ("kana", "ミホン ハナコ")];
        let person = desk.create("person", &number);
        let office = desk.create("organisation", &[("code", "010000"), ("name", "見本局")]);
        let ledgers: Vec<_> = desk.kernel.catalogue.ledgers.values().cloned().collect();
        let made: Vec<Option<String>> =
            ledgers.iter().map(|ledger| make(&desk, ledger, &person.id, &office.id)).collect();
        assert!(
            made.iter().flatten().count() > 10,
            "only {} of {} ledgers have a record",
            made.iter().flatten().count(),
            made.len()
        );
        let mut people = vec![somebody("nobody", Some(&person), &[])];
        people.extend(desk.kernel.catalogue.roles.keys().map(|role| somebody(role, Some(&person), &[role])));
        let mut opened = 0;
        for who in &people {
            get(&desk, who, "/").is(200);
            get(&desk, who, "/ledgers").is(200);
            get(&desk, who, "/search?q=%E8%A6%8B%E6%9C%AC").is(200);
            for (ledger, id) in ledgers.iter().zip(&made) {
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
