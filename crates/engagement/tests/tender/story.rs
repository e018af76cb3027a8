//! From the notice through a tied second round to the contract.

use ledger::read::ListRequest;
use serde_json::json;
use testkit::on_each_database;

use crate::agency::{Agency, says};

#[test]
fn a_contract_comes_from_a_tied_second_round() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        let (o1, a, b) = (agency.officer("o1"), agency.bidder("FA"), agency.bidder("FB"));
        assert_eq!(agency.desk.record("engagement", &agency.engagement.id).state, "tendering");

        // A question is answered for everybody; who asked stays between the firm and the officers.
        let asked = json!({
            "tender": agency.tender.id, "bidder": agency.firm("FA").id, "subject": "仕様書2.1(4)",
            "question": "見本電算の社員を当てられますか。",
        });
        let question = agency.create(&a, "tender_question", asked.clone()).expect("a question");
        let answer = json!({ "answer": "資格があれば当てられます。", "wording": "自社の社員を当てられますか。" });
        agency.take(&o1, &question, "publish", answer).expect("answered");
        let request = |ledger: &str| ListRequest { ledger: ledger.into(), ..ListRequest::default() };
        let seen = agency.desk.read(|tx| agency.desk.kernel.list(tx, &b, &request("tender_answer"))).expect("answers");
        assert_eq!(seen.records.len(), 1);
        assert!(!format!("{:?}", seen.records[0].body).contains("見本電算"));
        assert_eq!(seen.records[0].acts["create"].account, "system", "no trace of who asked");
        let questions = agency.desk.read(|tx| agency.desk.kernel.list(tx, &b, &request("tender_question")));
        assert_eq!(questions.map(|page| page.records.len()).unwrap_or_default(), 0);
        agency.at("2024-02-20T12:00:01+09:00");
        let late = agency.create(&a, "tender_question", asked).expect_err("a second too late");
        assert!(says(&late, "質問の期限"), "{late:?}");

        // The deadlines hold to the minute. Certificates came in time, the rest until noon of the 29th.
        agency.at("2024-02-20T11:59:00+09:00");
        for firm in ["FA", "FB", "FC"] {
            agency.qualify(firm);
        }
        agency.at("2024-02-28T10:00:00+09:00");
        agency.bid("FA", 12_500_000, 111);
        agency.bid("FB", 12_400_000, 222);
        agency.bid("FC", 12_300_000, 333);
        let early = agency.step("o1", "close", json!({})).expect_err("not yet");
        assert!(says(&early, "締切り"), "{early:?}");

        let opened = agency.open_first();
        assert_eq!(opened.value("opened_bids").as_array().map(Vec::len), Some(3));
        let judged = agency.step("o1", "judge", json!({})).expect("judged");
        assert_eq!((judged.state.as_str(), judged.text("finding")), ("judged", Some("again")));
        let no = agency.step("o1", "award", json!({})).expect_err("nobody is within the ceiling");
        assert!(says(&no, "落札者が決まる") || says(&no, "進めません"), "{no:?}");

        // The second round follows at once; bidders are told the lowest amount and nothing more.
        let recall =
            json!({ "recall_until": "2024-03-01T13:00:00+09:00", "recall_open_at": "2024-03-01T13:00:00+09:00" });
        agency.step("o1", "recall", recall).expect("called again");
        let told =
            agency.desk.read(|tx| agency.desk.kernel.detail(tx, &a, "tender", &agency.tender.id, None)).expect("seen");
        let results = told.record.value("results").as_array().cloned().unwrap_or_default();
        assert_eq!(results[0].get("lowest"), Some(&json!(12_300_000)));
        assert!(results[0].get("winner").is_none());
        for hidden in ["opened_bids", "steps", "ceiling", "base_price", "finding", "presence", "leader"] {
            assert!(told.record.value(hidden).is_null(), "{hidden}");
        }
        agency.bid("FA", 11_800_000, 7);
        agency.bid("FB", 11_800_000, 500);
        // FC does not join; nobody is forced to.
        let opened = agency.open("2024-03-01T13:00:00+09:00", "2024-03-01T13:05:00+09:00");
        assert_eq!(opened.value("opened_bids").as_array().map(Vec::len), Some(5));
        agency.step("o1", "judge", json!({})).expect("judged");
        assert_eq!(agency.finding(), "lottery");
        agency.step("o1", "draw", json!({})).expect("to the lots");
        let mut lots = agency.find("lottery", "tender", &agency.tender.id);
        lots.sort_by_key(|lots| lots.value("round").as_i64());
        assert_eq!(lots[0].state, "unused", "the promise of the first round was not needed");
        let promised = lots[1].text("commitment").expect("a promise").to_string();
        agency.take(&o1, &lots[1], "draw", json!({})).expect("drawn");
        let drawn = agency.desk.record("lottery", &lots[1].id);

        // Anyone can do it again from what is shown to every bidder.
        let shown =
            agency.desk.read(|tx| agency.desk.kernel.detail(tx, &b, "lottery", &drawn.id, None)).expect("shown").record;
        assert_eq!(shown.text("commitment"), Some(promised.as_str()));
        let entries = shown.value("entries").as_array().cloned().expect("entries");
        let secret: i64 = shown.text("secret").expect("revealed").parse().expect("a number");
        let numbers: i64 = entries.iter().filter_map(|row| row["lottery_number"].as_i64()).sum();
        assert_eq!(numbers, 507);
        let place = usize::try_from((secret + numbers) % 2).expect("a place");
        assert_eq!(shown.text("chosen_number"), entries[place]["number"].as_str());
        assert!(shown.value("winner").is_null(), "bidders read numbers, not names");
        let text = format!("{}-{}", shown.text("secret").unwrap_or_default(), shown.text("salt").unwrap_or_default());
        use sha2::Digest;
        assert_eq!(hex::encode(sha2::Sha256::digest(text)), promised);

        // Back to the judgement by itself, and awarded.
        let judged = agency.now();
        assert_eq!((judged.state.as_str(), judged.text("finding")), ("judged", Some("award")));
        let awarded = agency.step("o1", "award", json!({})).expect("awarded");
        assert_eq!(awarded.value("award_amount").as_i64(), Some(12_980_000));
        assert_eq!(awarded.value("award_tax").as_i64(), Some(1_180_000));
        let engagement = agency.desk.record("engagement", &agency.engagement.id);
        assert_eq!(engagement.state, "awarded");
        assert_eq!(engagement.text("contractor"), drawn.text("winner"));
        let notices = agency.find("award_notice", "tender", &agency.tender.id);
        assert_eq!((notices.len(), notices[0].value("bid_amount").as_i64()), (1, Some(11_800_000)));
        agency.take(&o1, &notices[0], "send", json!({ "return_by": "2024-03-15" })).expect("sent");

        // Between bid and contract a request to exclude the firm stops the contract.
        let winner = engagement.text("contractor").expect("a contractor").to_string();
        let against = json!({
            "firm": winner, "firm_name": "落札者", "kind": "crime", "from": "2024-03-20", "to": "2024-03-31",
            "source": "見本県警の要請",
        });
        agency.create(&o1, "suspension", against).expect("registered");
        agency.at("2024-03-28T10:00:00+09:00");
        let sign = json!({ "contract_on": "2024-03-28", "monthly_amount": 1_081_666, "monthly_tax": 98_333 });
        let stopped = agency.take(&o1, &engagement, "sign", sign).expect_err("excluded");
        assert!(says(&stopped, "排除の要請"), "{stopped:?}");
        agency.at("2024-04-01T10:00:00+09:00");
        let sign = json!({ "contract_on": "2024-04-01", "monthly_amount": 1_081_666, "monthly_tax": 98_333 });
        assert_eq!(agency.take(&o1, &engagement, "sign", sign).expect("signed").state, "in_force");
    });
}

#[test]
fn nobody_within_the_ceiling_twice_ends_without_a_contract() {
    on_each_database(|store| {
        let agency = Agency::new(store);
        agency.qualify("FA");
        agency.bid("FA", 20_000_000, 1);
        agency.open_first();
        agency.step("o1", "judge", json!({})).expect("judged");
        let recall =
            json!({ "recall_until": "2024-03-01T13:00:00+09:00", "recall_open_at": "2024-03-01T13:00:00+09:00" });
        agency.step("o1", "recall", recall.clone()).expect("called again");
        // Who has no valid bid in the first round stays out of the second.
        let late = agency.create(&agency.bidder("FB"), "bid", agency.bid_values("FB", 11_000_000, 3)).expect("a draft");
        let out = agency.take(&agency.bidder("FB"), &late, "file", json!({})).expect_err("not entitled");
        assert!(says(&out, "再度の入札"), "{out:?}");
        agency.bid("FA", 19_000_000, 1);
        agency.open("2024-03-01T13:01:00+09:00", "2024-03-01T13:05:00+09:00");
        agency.step("o1", "judge", json!({})).expect("judged");
        assert_eq!(agency.finding(), "none");
        assert!(agency.step("o1", "recall", recall).is_err(), "two rounds and no more");
        let failed = agency.step("o1", "fail", json!({})).expect("nobody");
        assert_eq!(failed.state, "unsuccessful");
        let rounds: Vec<_> =
            failed.value("results").as_array().expect("results").iter().map(|row| row["lowest"].as_i64()).collect();
        assert_eq!(rounds, [Some(20_000_000), Some(19_000_000)]);
    });
}
