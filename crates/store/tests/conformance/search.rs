//! Search for Japanese words, by class and as of a date.

use ledger::port::{Put, SearchText};
use ledger::query::{Filter, Operand, Query};
use ledger::record::Record;
use ledger::search::{grams, query_grams};
use serde_json::json;

use crate::databases::Database;
use crate::filters::{find, query};
use crate::people::{amended, at, dressed, numbers, person, plain, put, put_all};

on_both!(
    words_of_one_and_two_characters_are_found,
    a_class_that_may_not_be_read_is_not_searched,
    search_follows_the_revisions,
    ledgers_do_not_mix,
);

fn searching(word: &str) -> Filter {
    Filter::Search { grams: query_grams(word), classes: vec![("base".into(), Filter::Everything)] }
}

fn words_of_one_and_two_characters_are_found(database: &Database) {
    let names =
        ["髙橋 一郎", "たかはし商店", "道路占用許可の工事", "渡邉\u{E0100} 花子", "ＡＢＣ商会", "!\"'* OR -", "𠮷田"];
    let records: Vec<Record> =
        names.iter().enumerate().map(|(place, name)| person(place as u64 + 1, json!({"name": name}))).collect();
    put_all(&database.store, &records);
    for (word, expected) in [
        ("高橋", vec![1]),
        ("高", vec![1]),
        ("タカハシ", vec![2]),
        ("工事", vec![3]),
        ("工", vec![3]),
        ("事工", vec![]),
        ("道路占用", vec![3]),
        ("商", vec![2, 5]),
        ("渡辺", vec![4]),
        ("abc", vec![5]),
        ("\"", vec![6]),
        ("*", vec![6]),
        ("or", vec![6]),
        ("吉田", vec![7]),
        ("橋 郎", vec![1]),
        ("山", vec![]),
    ] {
        assert_eq!(numbers(&find(&database.store, &query(searching(word)))), expected, "{word}");
    }
}

fn a_class_that_may_not_be_read_is_not_searched(database: &Database) {
    for (number, state) in [(1, "draft"), (2, "closed")] {
        let mut record = person(number, json!({}));
        record.state = state.into();
        let search = vec![
            SearchText { class: "base".into(), grams: grams("山田") },
            SearchText { class: "mark".into(), grams: grams("優秀") },
        ];
        put(&database.store, &Put { search, ..plain(&record) }).unwrap();
    }
    let closed = Filter::OneOf(Operand::State, vec![json!("closed")]);
    let asked = |word: &str, classes: Vec<(String, Filter)>| {
        numbers(&find(&database.store, &query(Filter::Search { grams: query_grams(word), classes })))
    };
    let base = || ("base".to_owned(), Filter::Everything);
    assert_eq!(asked("優秀", vec![base()]), [] as [u64; 0]);
    assert_eq!(asked("優秀", vec![base(), ("mark".into(), closed.clone())]), [2]);
    assert_eq!(asked("山田", vec![base(), ("mark".into(), closed)]), [1, 2]);
    assert_eq!(asked("山田", vec![]), [] as [u64; 0]);
}

fn search_follows_the_revisions(database: &Database) {
    let store = &database.store;
    let first = person(1, json!({"name": "総務課"}));
    put(store, &dressed(&first)).unwrap();
    let second = amended(&first, "other", json!(1), at(10));
    put(store, &dressed(&second)).unwrap();
    let third = amended(&second, "name", json!("人事課"), at(20));
    put(store, &dressed(&third)).unwrap();
    let fourth = amended(&third, "name", json!(""), at(30));
    put(store, &dressed(&fourth)).unwrap();
    for (second, word, expected) in [
        (Some(0), "総務", 1),
        (Some(15), "総務", 1),
        (Some(20), "総務", 0),
        (Some(15), "人事", 0),
        (Some(25), "人事", 1),
        (Some(30), "人事", 0),
        (Some(30), "総務", 0),
        (None, "人事", 0),
    ] {
        let query = Query { as_of: second.map(at), ..query(searching(word)) };
        assert_eq!(find(store, &query).len(), expected, "{second:?} {word}");
    }
}

fn ledgers_do_not_mix(database: &Database) {
    put(&database.store, &dressed(&person(1, json!({"name": "総務課"})))).unwrap();
    let mut other = person(1, json!({"name": "総務課"}));
    other.ledger = "organisation".into();
    put(&database.store, &dressed(&other)).unwrap();
    let found = find(&database.store, &query(searching("総務")));
    assert_eq!(found.iter().map(|record| record.ledger.as_str()).collect::<Vec<_>>(), ["person"]);
}
