//! Lists, paging, search and reading as of a day.

use ledger::definition::SortColumn;
use ledger::read::{Condition, ListRequest};
use ledger::{Change, Refusal};
use serde_json::json;
use testkit::{on_each_database, values};

use crate::pack::{Office, office};

fn papers(office: &Office, amounts: &[i64]) {
    for amount in amounts {
        let body = values([("subject", json!(office.subject.id)), ("amount", json!(amount))]);
        office.desk.commit(&office.clerk, Change::create("paper", body)).unwrap();
    }
}

#[test]
fn paging_visits_every_record_once_in_order() {
    on_each_database(|store| {
        let office = office(store);
        papers(&office, &[30, 10, 20, 10, 30, 20, 10]);
        let kernel = &office.desk.kernel;
        for descending in [false, true] {
            let sort = vec![SortColumn { field: "amount".into(), descending }];
            let mut request = ListRequest { ledger: "paper".into(), sort, limit: 2, ..ListRequest::default() };
            let mut seen = Vec::new();
            loop {
                let page = office.desk.read(|tx| kernel.list(tx, &office.clerk, &request)).unwrap();
                seen.extend(page.records.iter().map(|r| (r.value("amount").as_i64().unwrap(), r.id.clone())));
                match page.next {
                    Some(next) => request.cursor = Some(next),
                    None => break,
                }
            }
            let mut amounts: Vec<i64> = seen.iter().map(|(amount, _)| *amount).collect();
            assert_eq!(amounts.len(), 7);
            if descending {
                amounts.reverse();
            }
            assert_eq!(amounts, [10, 10, 10, 20, 20, 30, 30]);
            let mut ids: Vec<&String> = seen.iter().map(|(_, id)| id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), 7);
        }
    });
}

#[test]
fn a_broken_place_or_condition_is_told_in_words() {
    on_each_database(|store| {
        let office = office(store);
        let kernel = &office.desk.kernel;
        let base = ListRequest { ledger: "paper".into(), ..ListRequest::default() };
        for request in [
            ListRequest { cursor: Some("xxxx".into()), ..base.clone() },
            ListRequest { conditions: vec![Condition::parse("colour:is:red").unwrap()], ..base.clone() },
            ListRequest { conditions: vec![Condition::parse("amount:from:many").unwrap()], ..base.clone() },
            ListRequest { sort: vec![SortColumn { field: "colour".into(), descending: true }], ..base.clone() },
        ] {
            let refused = office.desk.read(|tx| kernel.list(tx, &office.clerk, &request));
            assert!(matches!(refused, Err(Refusal::Invalid(_))), "{request:?}");
        }
    });
}

#[test]
fn words_are_found_whatever_form_of_the_name_is_typed() {
    on_each_database(|store| {
        let office = office(store);
        papers(&office, &[10]);
        let kernel = &office.desk.kernel;
        for words in ["髙橋", "高橋", "たかはし", "ﾀｶﾊｼ", "高", "髙橋　見本"] {
            let hits = office.desk.read(|tx| kernel.search_everything(tx, &office.clerk, words, 10)).unwrap();
            assert!(
                hits.iter().any(|hit| hit.ledger == "person" && hit.record == office.subject.id),
                "{words}: {hits:?}"
            );
        }
        let hits = office.desk.read(|tx| kernel.search_everything(tx, &office.clerk, "橋高", 10)).unwrap();
        assert!(hits.is_empty());
    });
}

#[test]
fn a_list_can_be_read_as_it_stood() {
    on_each_database(|store| {
        let office = office(store);
        papers(&office, &[10, 20]);
        let kernel = &office.desk.kernel;
        let then = kernel.now();
        office.desk.go_to("2026-04-10");
        papers(&office, &[30]);
        let first = office
            .desk
            .read(|tx| {
                kernel.list(tx, &office.clerk, &ListRequest { ledger: "paper".into(), ..ListRequest::default() })
            })
            .unwrap()
            .records
            .remove(0);
        let change =
            Change::amend("paper", &first.id, 1, values([("amount", json!(99)), ("note", json!("後で書いた"))]));
        office.desk.commit(&office.clerk, change).unwrap();
        let total = |as_of, condition: &str| {
            let conditions = vec![Condition::parse(condition).unwrap()];
            let request = ListRequest { ledger: "paper".into(), conditions, as_of, ..ListRequest::default() };
            office.desk.read(|tx| kernel.count(tx, &office.clerk, &request)).unwrap()
        };
        assert_eq!((total(None, "amount:from:0"), total(Some(then), "amount:from:0")), (3, 2));
        assert_eq!((total(None, "amount:is:99"), total(Some(then), "amount:is:99")), (1, 0));
        let words = |as_of| {
            let request =
                ListRequest { ledger: "paper".into(), words: Some("後で".into()), as_of, ..ListRequest::default() };
            office.desk.read(|tx| kernel.count(tx, &office.clerk, &request)).unwrap()
        };
        assert_eq!((words(None), words(Some(then))), (1, 0));
    });
}

#[test]
fn facts_in_force_on_a_day_are_told_from_those_before_and_after() {
    on_each_database(|store| {
        let office = office(store);
        for (from, to) in [("2020-04-01", "2023-03-31"), ("2023-04-01", "2026-03-31")] {
            office
                .desk
                .create("stint", &[("person", &office.subject.id), ("from", from), ("to", to), ("kind", "main")]);
        }
        let kernel = &office.desk.kernel;
        for (day, count) in
            [("2020-03-31", 0), ("2020-04-01", 1), ("2023-03-31", 1), ("2023-04-01", 1), ("2026-04-01", 0)]
        {
            let request =
                ListRequest { ledger: "stint".into(), in_force: Some(day.parse().unwrap()), ..ListRequest::default() };
            assert_eq!(office.desk.read(|tx| kernel.count(tx, &office.clerk, &request)).unwrap(), count, "{day}");
        }
    });
}

#[test]
fn the_past_of_a_record_out_of_reach_today_is_out_of_reach() {
    on_each_database(|store| {
        let office = office(store);
        let made = office
            .desk
            .commit(&office.clerk, Change::create("paper", values([("subject", json!(office.subject.id))])))
            .unwrap();
        let mut subject = office.clerk.clone();
        subject.roles.clear();
        subject.actor.person = Some(office.subject.id.clone());
        let request = ListRequest { ledger: "paper".into(), as_of: Some(made.recorded_at), ..ListRequest::default() };
        let seen = || office.desk.read(|tx| office.desk.kernel.list(tx, &subject, &request)).unwrap().records.len();
        assert_eq!(seen(), 1);
        let other = office.desk.create("person", &[("number", "9999"), ("name", "別の職員")]);
        let change = Change::amend("paper", &made.id, 1, values([("subject", json!(other.id))]));
        office.desk.commit(&office.clerk, change).unwrap();
        assert_eq!(seen(), 0);
    });
}
