//! What is found when bids are opened: void ones, paper ones, low ones, and awards that are taken back.

use ledger::Record;
use serde_json::{Value, json};
use testkit::on_each_database;

use crate::agency::{Agency, says};

fn reasons(agency: &Agency, bid: &Record) -> Vec<String> {
    let bid = agency.desk.record("bid", &bid.id);
    let codes = bid.value("void_reasons").as_array().cloned().unwrap_or_default();
    codes.iter().filter_map(Value::as_str).map(String::from).collect()
}

#[test]
fn void_bids_are_named_with_their_reasons_and_paper_is_read_out() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let o1 = agency.officer("o1");
        agency.qualify("FA");
        agency.qualify("FB");
        agency.at("2024-02-28T10:00:00+09:00");
        // FA bids twice: electronically, and by an envelope besides. A second electronic bid is refused outright.
        let first = agency.bid("FA", 11_000_000, 1);
        let again =
            agency.create(&agency.bidder("FA"), "bid", agency.bid_values("FA", 10_000_000, 1)).expect("a draft");
        let no = agency.take(&agency.bidder("FA"), &again, "file", json!({})).expect_err("one bid each");
        assert!(says(&no, "もう提出"), "{no:?}");
        let second = agency.envelope("FA", "2024-02-28T10:00:00+09:00");
        // FC was not found qualified, and its envelope came a minute too late.
        agency.at("2024-02-29T17:01:00+09:00");
        let late = agency.envelope("FC", "2024-02-29T17:01:00+09:00");
        // FB's envelope is good; nobody writes an amount before it is opened.
        let good = agency.envelope("FB", "2024-02-29T16:59:00+09:00");
        let peek = json!({
            "tender": agency.tender.id, "bidder": agency.firm("FB").id, "channel": "paper", "delivery": "hand",
            "paper_approved_on": "2024-02-19", "received_at": "2024-02-29T16:00:00+09:00", "pledge": true, "fair": true,
            "amount": 1,
        });
        assert!(agency.create(&o1, "bid", peek).is_err(), "an envelope has no amount");
        agency.open_first();
        assert_eq!(reasons(&agency, &first), ["two_bids"]);
        assert_eq!(reasons(&agency, &second), ["two_bids"]);
        assert_eq!(reasons(&agency, &late), ["no_qualification", "not_arrived"]);
        assert_eq!(reasons(&agency, &good), [] as [&str; 0]);
        let early = agency.step("o1", "judge", json!({})).expect_err("the envelope is not read out");
        assert!(says(&early, "読み上げ"), "{early:?}");
        agency.take(&o1, &good, "read_out", json!({ "amount": 11_500_000, "has_breakdown": true })).expect("read out");
        agency.step("o1", "judge", json!({})).expect("judged");
        assert_eq!(agency.finding(), "award");
        assert_eq!(agency.now().text("leader"), Some(good.id.as_str()));
        let rows = agency.now().value("opened_bids").as_array().cloned().expect("rows");
        let said: Vec<&str> = rows.iter().filter_map(|row| row["result"].as_str()).collect();
        assert!(said.iter().any(|words| words.contains("9 入札書を2通以上出した")), "{said:?}");
    });
}

#[test]
fn what_people_find_voids_a_bid_and_changes_the_finding() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let o1 = agency.officer("o1");
        agency.qualify("FA");
        agency.qualify("FB");
        let cheap = agency.bid("FA", 10_000_000, 1);
        let dear = agency.bid("FB", 11_000_000, 1);
        agency.open_first();
        agency.step("o1", "judge", json!({})).expect("judged");
        assert_eq!(agency.now().text("leader"), Some(cheap.id.as_str()));
        let none = agency.take(&o1, &cheap, "void", json!({})).expect_err("no reason");
        assert!(says(&none, "無効の理由"), "{none:?}");
        agency.step("o1", "award", json!({})).expect("awarded");
        let late = agency.take(&o1, &cheap, "void", json!({ "collusion": true })).expect_err("awarded already");
        assert!(says(&late, "取り消して"), "{late:?}");
        // The award to a void bid is taken back, and the next is awarded (入札説明書 12(2)).
        agency.step("o1", "revoke", json!({})).expect("taken back");
        assert_eq!(agency.desk.record("engagement", &agency.engagement.id).state, "tendering");
        agency.take(&o1, &cheap, "void", json!({ "collusion": true })).expect("void");
        assert_eq!(reasons(&agency, &cheap), ["collusion"]);
        assert_eq!(agency.now().text("leader"), Some(dear.id.as_str()));
        let awarded = agency.step("o1", "award", json!({})).expect("awarded");
        assert_eq!(awarded.value("award_amount").as_i64(), Some(12_100_000));
    });
}

#[test]
fn a_low_price_is_looked_into_by_one_and_decided_by_another() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let (o1, o2) = (agency.officer("o1"), agency.officer("o2"));
        agency.qualify("FA");
        agency.qualify("FB");
        agency.bid("FA", 5_000_000, 1); // 5,500,000 with tax: below the base of 6,600,000
        let next = agency.bid("FB", 11_000_000, 1);
        agency.open_first();
        agency.step("o1", "judge", json!({})).expect("judged");
        assert_eq!(agency.finding(), "investigate");
        agency.step("o1", "investigate", json!({})).expect("looked into");
        let early = agency.step("o1", "return", json!({})).expect_err("not decided");
        assert!(says(&early, "終わって"), "{early:?}");
        let look = agency.find("low_price_investigation", "tender", &agency.tender.id).remove(0);
        assert_eq!(look.text("kind"), Some("below_base"));
        let report = json!({ "hearing": "人員の見積りが足りない。", "opinion": "skip", "requested_on": "2024-03-02" });
        agency.take(&o1, &look, "report", report).expect("reported");
        let decide = json!({ "decision": "skip", "reason": "履行されないおそれがある。" });
        assert!(agency.take(&o1, &look, "decide", decide.clone()).is_err(), "not by who reported");
        agency.take(&o2, &look, "decide", decide).expect("decided");
        let now = agency.now();
        assert_eq!((now.state.as_str(), now.text("finding")), ("judged", Some("award")));
        assert_eq!(now.text("leader"), Some(next.id.as_str()), "the next lowest within the ceiling");
    });
}

#[test]
fn who_has_no_number_has_an_official_draw_for_them() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let o1 = agency.officer("o1");
        agency.qualify("FA");
        agency.qualify("FB");
        agency.bid("FA", 11_000_000, 123);
        agency.at("2024-02-29T16:00:00+09:00");
        let paper = agency.envelope("FB", "2024-02-29T15:00:00+09:00");
        agency.open_first();
        agency.take(&o1, &paper, "read_out", json!({ "amount": 11_000_000, "has_breakdown": true })).expect("read out");
        agency.step("o1", "judge", json!({})).expect("judged");
        agency.step("o1", "draw", json!({})).expect("to the lots");
        let lots = agency.find("lottery", "tender", &agency.tender.id).remove(0);
        let missing = agency.take(&o1, &lots, "draw", json!({})).expect_err("a number is missing");
        assert!(says(&missing, "くじ番号のない"), "{missing:?}");
        let draw = json!({ "drawn_number": 456, "drawn_by": "見本局総務課 見本 花子" });
        agency.take(&o1, &paper, "draw_number", draw).expect("drawn by an official");
        let drawn = agency.take(&o1, &lots, "draw", json!({})).expect("drawn");
        let entries = drawn.value("entries").as_array().cloned().expect("entries");
        assert!(entries.iter().any(|row| row["drawn_by"].as_str() == Some("見本局総務課 見本 花子")));
        assert_eq!(agency.finding(), "award");
    });
}

#[test]
fn documents_after_their_deadline_and_suspended_firms_are_refused() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let o1 = agency.officer("o1");
        let against =
            json!({ "firm_name": "見本通信", "kind": "suspension", "from": "2024-02-01", "source": "見本の措置" });
        agency.create(&o1, "suspension", against).expect("registered");
        let who = agency.bidder("FC");
        let values = json!({
            "tender": agency.tender.id, "bidder": agency.firm("FC").id, "received_documents_on": "2024-02-10",
            "years": "令和4・5・6年度", "grade": "C", "region": "九州・沖縄", "barred": true,
        });
        let record = agency.create(&who, "bid_qualification", values.clone()).expect("documents");
        let submitted = agency.take(&who, &record, "submit", json!({})).expect("submitted");
        let failed: Vec<_> = submitted
            .value("checks")
            .as_array()
            .expect("checks")
            .iter()
            .filter(|row| row["passed"] == json!(false))
            .filter_map(|row| row["item"].as_str())
            .collect();
        assert_eq!(failed, ["適合条件Ⅰ（情報セキュリティ）", "適合条件Ⅱ（品質マネジメント）", "指名停止・排除の要請"]);
        assert!(agency.take(&o1, &record, "pass", json!({})).is_err(), "not with a failed check");
        agency.take(&o1, &record, "fail", json!({ "reason": "指名停止の期間中です。" })).expect("failed");
        let told = agency.take(&o1, &record, "notify", json!({})).expect("told");
        assert_eq!((told.state.as_str(), told.text("notified_on")), ("failed", Some("2024-02-09")));
        agency.at("2024-02-29T12:00:01+09:00");
        let other = agency.bidder("FA");
        let mut values = values;
        values["bidder"] = agency.firm("FA").id.clone().into();
        let record = agency.create(&other, "bid_qualification", values).expect("a draft");
        let late = agency.take(&other, &record, "submit", json!({})).expect_err("a second too late");
        assert!(says(&late, "資料の提出の期限"), "{late:?}");
        agency.at("2024-02-29T17:00:01+09:00");
        let draft = agency.create(&other, "bid", agency.bid_values("FA", 1_000, 1)).expect("a draft");
        let late = agency.take(&other, &draft, "file", json!({})).expect_err("a second too late");
        assert!(says(&late, "入札書の提出の期限"), "{late:?}");
    });
}
