//! Nobody reads a sealed amount: not a bidder, not another, not an officer, auditor or administrator, by no road.

use ledger::definition::SortColumn;
use ledger::port::{HistoryQuery, Told};
use ledger::query::{Filter, Query};
use ledger::read::{Condition, ListRequest, Test};
use ledger::{Change, Principal, Record, Refusal};
use serde_json::{Value, json};
use testkit::{on_each_database, somebody};

use crate::agency::{Agency, body, says};

const AMOUNT: i64 = 11_223_344;
/// What the class of the sealed contents holds.
const SEALED: [&str; 7] = ["amount", "total", "explained", "lottery_number", "breakdown", "breakdown_file", "wanted"];

/// Everybody who might want to know.
fn curious(agency: &Agency) -> Vec<(&'static str, Principal)> {
    vec![
        ("the bidder", agency.bidder("FA")),
        ("another bidder", agency.bidder("FB")),
        ("an officer", agency.officer("o1")),
        ("another officer", agency.officer("o2")),
        ("an auditor", somebody("au", None, &["auditor"])),
        ("the administrator", somebody("ad", None, &["administrator", "security_officer"])),
        (
            "everybody at once",
            somebody(
                "all",
                None,
                &[
                    "contract_officer",
                    "supervisor",
                    "inspector",
                    "payment_officer",
                    "auditor",
                    "administrator",
                    "security_officer",
                    "personnel",
                    "manager",
                ],
            ),
        ),
    ]
}

fn closed(name: &str, road: &str, record: &Record) {
    for field in SEALED {
        assert!(record.value(field).is_null(), "{name} reads {field} by {road}");
    }
    assert!(!format!("{:?}", record.body).contains(&AMOUNT.to_string()), "{name} by {road}");
}

fn nothing_shows(agency: &Agency, bid: &Record, own: &str) {
    let kernel = &agency.desk.kernel;
    let all = ListRequest { ledger: "bid".into(), ..ListRequest::default() };
    for (name, who) in curious(agency) {
        let list =
            |request: &ListRequest| agency.desk.read(|tx| kernel.list(tx, &who, request)).map(|page| page.records);
        for record in list(&all).unwrap_or_default() {
            closed(name, "list", &record);
        }
        if let Ok(detail) = agency.desk.read(|tx| kernel.detail(tx, &who, "bid", &bid.id, None)) {
            closed(name, "detail", &detail.record);
        }
        for field in SEALED {
            for (test, value) in [
                (Test::Is, AMOUNT.to_string()),
                (Test::From, "1".into()),
                (Test::To, AMOUNT.to_string()),
                (Test::Filled, String::new()),
            ] {
                let values = if value.is_empty() { vec![] } else { vec![value] };
                let condition = Condition { field: field.into(), test, values };
                let request = ListRequest { conditions: vec![condition], ..all.clone() };
                let found = list(&request).unwrap_or_default();
                assert!(found.is_empty(), "{name} finds by {field} {test:?}");
                let count = agency.desk.read(|tx| kernel.count(tx, &who, &request)).unwrap_or_default();
                assert_eq!(count, 0, "{name} counts by {field}");
            }
            let sort = vec![SortColumn { field: field.into(), descending: false }];
            for record in list(&ListRequest { sort, ..all.clone() }).unwrap_or_default() {
                closed(name, "sort", &record);
            }
            let groups = agency.desk.read(|tx| kernel.group(tx, &who, &all, &[field])).unwrap_or_default();
            assert!(groups.iter().all(|group| group.values.iter().all(Value::is_null)), "{name} groups by {field}");
        }
        for words in [AMOUNT.to_string(), "11,223,344".into(), "人件費".into()] {
            let found = list(&ListRequest { words: Some(words.clone()), ..all.clone() }).unwrap_or_default();
            assert!(found.is_empty(), "{name} finds {words}");
            let hits = agency.desk.read(|tx| kernel.search_everything(tx, &who, &words, 20)).expect("the search");
            assert!(hits.iter().all(|hit| hit.record != bid.id), "{name} finds {words} everywhere");
        }
        let newest = HistoryQuery::newest(Told::Everything, 100);
        for entry in agency.desk.read(|tx| kernel.history(tx, &who, "bid", &bid.id, newest.clone())).unwrap_or_default()
        {
            let text = format!("{:?}", entry.entry.changes);
            assert!(!text.contains(&AMOUNT.to_string()) && !text.contains("人件費"), "{name} by history: {text}");
        }
        // As of any instant: whoever wrote the draft may read the draft they wrote, nobody else.
        let at = bid.created_at;
        let past = agency.desk.read(|tx| kernel.detail(tx, &who, "bid", &bid.id, Some(at)));
        let listed = list(&ListRequest { as_of: Some(at), ..all.clone() }).unwrap_or_default();
        for record in past.into_iter().map(|detail| detail.record).chain(listed) {
            if name != own {
                closed(name, "a past version", &record);
            }
        }
        // Nobody can open one alone, change it, or take it to another state to read it.
        for transition in ["unseal", "read_out", "confirm_valid", "void", "draw_number"] {
            assert!(agency.take(&who, bid, transition, json!({ "amount": 1 })).is_err(), "{name} {transition}");
        }
        let change =
            Change::amend("bid", &bid.id, agency.desk.record("bid", &bid.id).revision, body(json!({ "amount": 5 })));
        assert!(agency.desk.commit(&who, change).is_err(), "{name} changes a filed bid");
    }
}

#[test]
fn a_filed_bid_is_read_by_nobody_until_two_open_it() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.qualify("FA");
        agency.qualify("FB");
        agency.at("2024-02-28T10:00:00+09:00");
        let bid = agency.bid("FA", AMOUNT, 77);
        nothing_shows(&agency, &bid, "the bidder");
        agency.at("2024-02-29T17:01:00+09:00");
        agency.step("o1", "close", json!({})).expect("closed");
        nothing_shows(&agency, &bid, "the bidder");
        agency.at("2024-03-01T11:00:00+09:00");
        let presence = json!([{ "name": "見本 太郎", "side": "official", "present": true }]);
        let alone = agency.step("o1", "prepare_opening", json!({ "presence": [] })).expect_err("no witness");
        assert!(says(&alone, "立ち会"), "{alone:?}");
        agency.step("o1", "prepare_opening", json!({ "presence": presence })).expect("prepared");
        nothing_shows(&agency, &bid, "the bidder");
        let same = agency.step("o1", "open", json!({})).expect_err("two people");
        assert!(says(&same, "二者確認"), "{same:?}");

        // What is stored and sealed in the journal is locked, so that the proof of an entry tells nothing either.
        let raw = agency.desk.read(|tx| Ok(tx.unsealed(0, 10_000)?)).expect("entries as they are stored and sealed");
        let about: Vec<_> = raw.iter().filter(|entry| entry.body.contains(&bid.id)).collect();
        assert!(about.len() >= 2 && about.iter().any(|entry| entry.body.contains("locked:1:")));
        assert!(raw.iter().all(|entry| !entry.body.contains(&AMOUNT.to_string()) && !entry.body.contains("人件費")));

        agency.step("o2", "open", json!({})).expect("opened");
        let seen = |who: &Principal| {
            let found = agency.desk.read(|tx| agency.desk.kernel.detail(tx, who, "bid", &bid.id, None));
            found.ok().and_then(|detail| detail.record.value("amount").as_i64())
        };
        assert_eq!(seen(&agency.officer("o1")), Some(AMOUNT));
        assert_eq!(seen(&agency.bidder("FA")), Some(AMOUNT));
        assert_eq!(seen(&agency.bidder("FB")), None, "another firm's bid stays closed for ever");
        let other = agency.desk.read(|tx| agency.desk.kernel.detail(tx, &agency.bidder("FB"), "bid", &bid.id, None));
        assert!(matches!(other, Err(Refusal::NotFound)));
    });
}

#[test]
fn the_reserve_price_and_the_secret_number_stay_closed() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.qualify("FA");
        agency.bid("FA", 11_000_000, 5);
        agency.at("2024-02-29T17:01:00+09:00");
        agency.step("o1", "close", json!({})).expect("closed");
        let lots = agency.find("lottery", "tender", &agency.tender.id).remove(0);
        assert!(lots.text("secret").is_some(), "the promise is kept");
        for (name, who) in curious(&agency) {
            let kernel = &agency.desk.kernel;
            if let Ok(detail) = agency.desk.read(|tx| kernel.detail(tx, &who, "lottery", &lots.id, None)) {
                assert!(detail.record.value("secret").is_null() && detail.record.value("salt").is_null(), "{name}");
                assert!(detail.record.text("commitment").is_some(), "{name} reads the promise");
            }
            if who.holds("contract_officer") {
                continue;
            }
            if let Ok(detail) = agency.desk.read(|tx| kernel.detail(tx, &who, "tender", &agency.tender.id, None)) {
                assert!(
                    detail.record.value("ceiling").is_null() && detail.record.value("base_price").is_null(),
                    "{name}"
                );
            }
        }
        // The promise cannot be changed, not even by the program.
        let change = Change::amend("lottery", &lots.id, lots.revision, body(json!({ "secret": "000000001" })));
        assert!(agency.desk.commit(&Principal::system("test"), change).is_err());
        let early = agency.take(&agency.officer("o1"), &lots, "draw", json!({})).expect_err("no lots are due");
        assert!(says(&early, "くじに進んで"), "{early:?}");
        let all = Query {
            ledger: "lottery".into(),
            filter: Filter::Everything,
            sort: vec![],
            after: None,
            limit: 10,
            as_of: None,
        };
        assert_eq!(agency.desk.read(|tx| Ok(tx.find(&all)?)).expect("lots").len(), 1);
    });
}
