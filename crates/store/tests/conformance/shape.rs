//! Indexes and views follow the definitions, and the indexes are used.

use std::sync::Arc;

use ledger::definition::Ledger;
use ledger::pack::PackSource;
use ledger::port::Shape as _;
use ledger::query::{Comparison, Filter, Operand, Order, Query, Sort};
use serde_json::json;

use crate::databases::{Database, Place};
use crate::filters::{find, query};
use crate::people::{amended, at, dressed, numbers, person, put, put_all};

on_both!(
    declared_indexes_are_used,
    the_usual_lists_use_an_index,
    views_have_real_columns,
    a_changed_definition_changes_only_its_own_view,
);

/// Ledgers of a pack with one file a ledger.
fn load(files: &[(&str, String)]) -> Vec<Arc<Ledger>> {
    let mut all = vec![("pack.toml".into(), "label = '見本'\nversion = '1'\n[area.core]\nlabel = '共通'".into())];
    all.extend(files.iter().map(|(name, text)| (format!("{name}.toml"), text.clone())));
    let catalogue = ledger::pack::load(&[PackSource { name: "core".into(), files: all }]);
    catalogue.unwrap_or_else(|problems| panic!("{problems:?}")).ledgers.into_values().collect()
}

fn ledger(indexes: &str, more_fields: &str) -> String {
    format!(
        r#"
        [ledger]
        label = "職員"
        area = "core"
        key = "number"
        indexes = {indexes}
        [field]
        number = {{ label = "職員番号", kind = "text" }}
        name = {{ label = "氏名", kind = "text" }}
        kana = {{ label = "氏名カナ", kind = "text", was = ["reading"] }}
        born = {{ label = "生年月日", kind = "date" }}
        grade = {{ label = "級", kind = "integer" }}
        rate = {{ label = "率", kind = "decimal", scale = 2 }}
        active = {{ label = "在職", kind = "yes_no" }}
        seen = {{ label = "確認日時", kind = "datetime" }}
        term = {{ label = "任期", kind = "period" }}
        tags = {{ label = "区分", kind = "choices", choices = {{ a = "甲", b = "乙" }} }}
        {more_fields}
        [[access]]
        role = "everyone"
        read = "*"
        "#
    )
}

fn person_ledger() -> Vec<Arc<Ledger>> {
    load(&[("person", ledger(r#"[["kana"], ["grade", "born"], ["state", "rate"]]"#, ""))])
}

fn text(name: &str) -> Operand {
    Operand::Field { name: name.into(), order: Order::Text }
}

fn number(name: &str) -> Operand {
    Operand::Field { name: name.into(), order: Order::Number }
}

/// What an index is to do.
#[derive(Clone, Copy, PartialEq)]
enum Serves {
    /// Find the records.
    Rows,
    /// Give them in the order asked for.
    Order,
    /// Give them in the order asked for but for those of equal value, which stand by rising identifier in either
    /// direction and are sorted among themselves.
    OrderButTies,
}

/// The plan names an index, and the index does what it is to do.
fn uses_index(database: &Database, prefix: &str, query: &Query, serves: Serves) {
    let plan = database.place.open_for_plans(serves != Serves::Rows).explain(query).unwrap().join("\n");
    assert!(plan.contains(prefix), "{query:?}\n{plan}");
    let sorts = match serves {
        Serves::Rows => return,
        Serves::Order => ["TEMP B-TREE", "Sort"],
        Serves::OrderButTies => ["TEMP B-TREE FOR ORDER BY", "->  Sort"],
    };
    assert!(!sorts.iter().any(|sort| plan.contains(sort)), "{query:?}\n{plan}");
}

fn some_people(database: &Database) {
    let people: Vec<_> = (1..=200)
        .map(|number| {
            person(
                number,
                json!({"number": format!("{number:04}"), "grade": number % 7, "born": format!("1990-01-{:02}", number % 28 + 1),
                       "rate": format!("{}.50", number % 11), "kana": format!("かな{number}")}),
            )
        })
        .collect();
    put_all(&database.store, &people);
}

fn declared_indexes_are_used(database: &Database) {
    database.store.shape(&person_ledger()).unwrap();
    some_people(database);
    let is = |operand, value| query(Filter::Compare(operand, Comparison::Is, value));
    uses_index(database, "x_", &is(text("number"), json!("0007")), Serves::Rows);
    uses_index(database, "x_", &query(Filter::OneOf(text("number"), vec![json!("0007"), json!("0008")])), Serves::Rows);
    uses_index(database, "x_", &query(Filter::StartsWith(text("number"), "000".into())), Serves::Rows);
    let renamed = Operand::FirstOf(vec![text("kana"), text("reading")]);
    uses_index(database, "x_", &is(renamed.clone(), json!("かな7")), Serves::Rows);
    uses_index(database, "x_", &is(number("grade"), json!(3)), Serves::Rows);
    let rate = Filter::Compare(number("rate"), Comparison::AtLeast, json!("10.00"));
    let state = Filter::OneOf(Operand::State, vec![json!("active")]);
    uses_index(database, "x_", &query(state.and(rate)), Serves::Rows);
    // Guarded by what always holds, as for somebody who may read everything.
    let guarded = Operand::Guarded { operand: Box::new(renamed.clone()), when: Box::new(Filter::Everything) };
    uses_index(database, "x_", &is(guarded, json!("かな7")), Serves::Rows);
    // An order comes out of the index, in either direction and from the middle.
    for descending in [false, true] {
        let serves = if descending { Serves::OrderButTies } else { Serves::Order };
        let mut query = query(Filter::Everything);
        query.sort = vec![Sort { operand: text("number"), descending }];
        query.limit = 10;
        uses_index(database, "x_", &query, serves);
        let last = find(&database.store, &query).pop().unwrap();
        query.after = Some(ledger::query::Cursor::behind(&last, &query.sort));
        uses_index(database, "x_", &query, serves);
    }
    assert_eq!(numbers(&find(&database.store, &is(text("number"), json!("0007")))), [7]);
}

fn the_usual_lists_use_an_index(database: &Database) {
    some_people(database);
    let mut newest = query(Filter::Everything);
    newest.limit = 10;
    uses_index(database, "record_identity", &newest, Serves::Order);
    newest.sort = vec![Sort { operand: Operand::RecordedAt, descending: false }];
    uses_index(database, "record_newest", &newest, Serves::Order);
    newest.sort = vec![Sort { operand: Operand::RecordedAt, descending: true }];
    uses_index(database, "record_newest", &newest, Serves::OrderButTies);
    let state = Filter::Compare(Operand::State, Comparison::Is, json!("closed"));
    uses_index(database, "record_state", &query(state), Serves::Rows);
    let past = Query { as_of: Some(at(10)), ..query(Filter::Everything) };
    uses_index(database, "version_", &past, Serves::Rows);
}

/// Ask a view as a reporting tool would, past the store.
fn report(database: &Database, sql: &str) -> Vec<String> {
    match &database.place {
        Place::File(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get(0)).unwrap();
            rows.map(Result::unwrap).collect()
        }
        Place::Server(url) => {
            let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
            client.query(sql, &[]).unwrap().iter().map(|row| row.get(0)).collect()
        }
    }
}

fn views_have_real_columns(database: &Database) {
    database.store.shape(&person_ledger()).unwrap();
    let full = person(
        1,
        json!({"number": "0001", "name": "見本", "reading": "みほん", "born": "1990-02-03", "grade": 4, "rate": "12.50",
               "active": true, "seen": "2026-03-14T01:02:03Z", "term": {"from": "2026-04-01", "to": null},
               "tags": ["a"]}),
    );
    put_all(&database.store, &[full.clone(), person(2, json!({"number": 5, "born": "いつか", "grade": "x"}))]);
    put(&database.store, &dressed(&amended(&full, "name", json!("見本二"), at(5)))).unwrap();
    let ask = |sql: &str| report(database, sql);
    assert_eq!(ask("SELECT name FROM v_person WHERE grade + 1 = 5"), ["見本二"]);
    assert_eq!(ask("SELECT kana FROM v_person WHERE born < '1990-03-01'"), ["みほん"]);
    assert_eq!(ask("SELECT number FROM v_person WHERE state = 'active' AND rate * 2 = 25"), ["0001"]);
    assert_eq!(
        ask("SELECT number FROM v_person WHERE term_from >= '2026-04-01' AND term_to IS NULL AND active"),
        ["0001"]
    );
    assert_eq!(ask("SELECT id FROM v_person WHERE born IS NULL AND number IS NULL AND grade IS NULL").len(), 1);
    assert_eq!(ask("SELECT id FROM v_person WHERE revision = 2 AND seen > '2026-03-14'").len(), 1);
}

fn a_changed_definition_changes_only_its_own_view(database: &Database) {
    let store = &database.store;
    let post = ("post", ledger("[]", ""));
    let plain = ("person", ledger(r#"[["grade"]]"#, ""));
    store.shape(&load(&[plain, post.clone()])).unwrap();
    put(store, &dressed(&person(1, json!({"number": "0001", "extra": "新"})))).unwrap();
    // A reporting tool's own view rests on that of the other ledger and must not be in the way.
    match &database.place {
        Place::File(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.execute_batch("CREATE VIEW own AS SELECT number FROM v_post").unwrap();
        }
        Place::Server(url) => {
            let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).unwrap();
            client.batch_execute("CREATE VIEW own AS SELECT number FROM v_post").unwrap();
        }
    }
    let extra = ("person", ledger(r#"[["extra"]]"#, r#"extra = { label = "新しい項目", kind = "text" }"#));
    let changed = load(&[extra, post]);
    store.shape(&changed).unwrap();
    store.shape(&changed).unwrap();
    assert_eq!(report(database, "SELECT extra FROM v_person"), ["新"]);
    assert_eq!(report(database, "SELECT number FROM own"), [] as [String; 0]);
    let extra = Filter::Compare(text("extra"), Comparison::Is, json!("新"));
    uses_index(database, "x_", &query(extra), Serves::Rows);
    // The index that is no longer declared is gone.
    let plan = database
        .place
        .open_for_plans(false)
        .explain(&query(Filter::Compare(number("grade"), Comparison::Is, json!(3))))
        .unwrap()
        .join("\n");
    assert!(!plan.contains("x_"), "{plan}");
}
