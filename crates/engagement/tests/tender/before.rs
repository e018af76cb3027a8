//! What comes before a bid: documents handed out, bidding on paper, equal goods, and what keeps a bidding fair.

use ledger::{Change, Principal, Record, Refusal};
use serde_json::{Value, json};
use testkit::on_each_database;

use crate::agency::{Agency, body, says};

/// Dates of the notice that this part is about (seed 003), and equal goods allowed.
fn announced(store: store::Store) -> Agency {
    let agency = Agency::new(store);
    let dates = json!({
        "handout_until": "2024-02-29T12:00:00+09:00", "paper_until": "2024-02-20T12:00:00+09:00",
        "changes": [{ "on": "2024-02-09", "what": "交付と承諾願の期限を加える" }],
    });
    agency.step("o1", "change", dates).expect("the dates");
    agency
}

fn refused(result: Result<Record, Refusal>, words: &str) {
    let refusal = result.expect_err(words);
    assert!(says(&refusal, words), "{words}: {refusal:?}");
}

#[test]
fn documents_are_handed_out_within_the_hours_and_only_for_estimating() {
    on_each_database(|store| {
        let agency = announced(store);
        let (o1, a) = (agency.officer("o1"), agency.bidder("FA"));
        let values = |means: &str, at: &str| {
            json!({
                "tender": agency.tender.id, "bidder": agency.firm("FA").id, "means": means, "purpose": true, "handed_at": at,
            })
        };
        let hand = |means: &str, at: &str| agency.create(&o1, "document_handout", values(means, at));
        agency.at("2024-02-29T12:30:00+09:00");
        hand("counter", "2024-02-13T10:00:00+09:00").expect("a Tuesday at ten");
        hand("counter", "2024-02-29T12:00:00+09:00").expect("the last day until noon");
        for at in ["2024-02-13T12:30:00+09:00", "2024-02-13T17:00:01+09:00", "2024-02-12T10:00:00+09:00"] {
            refused(hand("counter", at), "受付時間（開庁日の10:00-12:00, 13:00-17:00）ではありません");
        }
        refused(hand("counter", "2024-02-29T12:00:01+09:00"), "交付の期限の後です");
        refused(hand("counter", "2024-02-29T13:00:00+09:00"), "交付の期限の後です");
        refused(hand("counter", ""), "日時を書いて");
        let mine = |at: &str| {
            agency.at(at);
            agency.create(&a, "document_handout", values("electronic", "2024-02-09T00:00:00+09:00"))
        };
        refused(mine("2024-02-29T12:00:01+09:00"), "交付の期限");
        // By the system at any time, and the time is not chosen.
        let given = mine("2024-02-10T03:00:00+09:00").expect("a Saturday night");
        assert_eq!(given.text("handed_at"), Some("2024-02-09T18:00:00Z"));
        let mut other = values("electronic", "");
        other["purpose"] = false.into();
        refused(agency.create(&a, "document_handout", other), "積算などの目的のほか");
        assert!(agency.create(&a, "document_handout", values("counter", "")).is_err(), "officers mind the counter");
    });
}

#[test]
fn who_cannot_bid_by_the_system_applies_on_paper_and_never_by_wire() {
    on_each_database(|store| {
        let agency = announced(store);
        let (o1, a) = (agency.officer("o1"), agency.bidder("FA"));
        let apply = |who: &Principal, code: &str| {
            let values = json!({
                "tender": agency.tender.id, "bidder": agency.firm(code).id, "reason": "電子証明書の更新が間に合わない。",
            });
            agency.create(who, "paper_application", values).expect("an application")
        };
        let one = apply(&a, "FA");
        agency.at("2024-02-21T09:00:00+09:00");
        let receive = |record: &Record, means: &str, at: &str| {
            agency.take(&o1, record, "receive", json!({ "means": means, "arrived_at": at }))
        };
        refused(receive(&one, "wire", "2024-02-16T10:00:00+09:00"), "電送による承諾願は受け付けません");
        refused(receive(&one, "hand", "2024-02-16T12:30:00+09:00"), "受付時間");
        refused(receive(&one, "mail", "2024-02-20T12:00:01+09:00"), "必着です");
        refused(receive(&one, "mail", "2024-02-22T10:00:00+09:00"), "今より後です");
        receive(&one, "mail", "2024-02-20T12:00:00+09:00").expect("noon of the last day");
        let two = apply(&o1, "FB");
        receive(&two, "hand", "2024-02-19T16:59:00+09:00").expect("brought in time");

        // The bid on paper takes the day of the consent; without one it is not written down.
        let envelope = |code: &str, more: Value| {
            let mut values = body(json!({
                "tender": agency.tender.id, "bidder": agency.firm(code).id, "channel": "paper", "delivery": "mail",
                "received_at": "2024-02-28T10:00:00+09:00", "pledge": true, "fair": true,
                "envelope": ["sealed", "red_mark", "subject", "opening_time", "firm", "double"],
            }));
            values.extend(body(more));
            agency.at("2024-02-28T16:00:00+09:00");
            let draft = agency.create(&o1, "bid", values.into())?;
            agency.take(&o1, &draft, "file", json!({}))
        };
        refused(envelope("FA", json!({})), "承諾がありません");
        agency.at("2024-02-21T09:00:00+09:00");
        agency.take(&o1, &one, "approve", json!({})).expect("agreed");
        agency.take(&o1, &two, "refuse", json!({ "reply": "電子調達システムを使える。" })).expect("not agreed");
        let filed = envelope("FA", json!({})).expect("written down");
        assert_eq!(filed.text("paper_approved_on"), Some("2024-02-21"));
        refused(envelope("FB", json!({})), "承諾がありません");

        // The envelope: what is lacking is said, and what was done about it.
        let told = json!({ "paper_approved_on": "2024-02-20" });
        envelope("FB", told.clone()).expect("told to bid on paper");
        for lacking in ["sealed", "red_mark", "subject", "opening_time", "firm", "double"] {
            let mut all = vec!["sealed", "red_mark", "subject", "opening_time", "firm", "double"];
            all.retain(|one| *one != lacking);
            let mut more = told.clone();
            more["envelope"] = all.into();
            refused(envelope("FC", more.clone()), "欠けているものとその扱い");
            more["envelope_note"] = "会社に電話で確かめた。".into();
            envelope("FC", more).expect("with a word on it");
        }
        let by_hand = json!({
            "paper_approved_on": "2024-02-20", "delivery": "hand", "received_at": "2024-02-28T12:30:00+09:00",
            "envelope": ["sealed", "red_mark", "subject", "opening_time", "firm"],
        });
        refused(envelope("FC", by_hand), "受付時間");
    });
}

#[test]
fn documents_too_large_for_the_system_come_on_paper_all_of_them() {
    on_each_database(|store| {
        let agency = announced(store);
        let (o1, a) = (agency.officer("o1"), agency.bidder("FA"));
        let values = |means: &str, more: Value| {
            let mut values = body(json!({
                "tender": agency.tender.id, "bidder": agency.firm("FA").id, "received_documents_on": "2024-02-10",
                "grade": "C", "barred": true, "means": means,
            }));
            values.extend(body(more));
            Value::from(values)
        };
        let mega = 1 << 20;
        let large = values(
            "electronic",
            json!({ "certificate": agency.file(&a, "a.pdf", 2 * mega), "files": agency.file(&a, "b.pdf", mega + 1) }),
        );
        let made = agency.create(&a, "bid_qualification", large).expect("a draft");
        refused(agency.take(&a, &made, "submit", json!({})), "合わせて3MBまでです。分けずに全部を紙で");
        let amend = |who: &Principal, more: Value| {
            let now = agency.desk.record("bid_qualification", &made.id);
            agency.desk.commit(who, Change::amend("bid_qualification", &made.id, now.revision, body(more)))
        };
        // Not half on paper and half by the system.
        refused(amend(&a, json!({ "means": "mail" })), "電子と分けずに全部を紙で");
        amend(&a, json!({ "means": "mail", "certificate": null, "files": null })).expect("all on paper");
        let bare = agency.take(&o1, &made, "submit", json!({})).expect_err("without a list");
        assert!(format!("{bare:?}").contains("cover") && format!("{bare:?}").contains("dispatched_on"), "{bare:?}");
        let cover =
            json!([{ "name": "資格審査結果通知書の写し", "copies": 1 }, { "name": "認証の登録証の写し", "copies": 1 }]);
        amend(&a, json!({ "cover": cover, "dispatched_on": "2024-02-26" })).expect("names and the day");
        agency.take(&o1, &made, "submit", json!({})).expect("arrived");

        let b = agency.bidder("FB");
        let small = values(
            "electronic",
            json!({ "bidder": agency.firm("FB").id, "files": agency.file(&b, "b.pdf", 3 * mega) }),
        );
        let made = agency.create(&b, "bid_qualification", small).expect("a draft");
        agency.take(&b, &made, "submit", json!({})).expect("three megabytes are taken");
    });
}

#[test]
fn equal_goods_are_agreed_before_they_are_bid() {
    on_each_database(|store| {
        let agency = announced(store);
        let (o1, a) = (agency.officer("o1"), agency.bidder("FA"));
        agency.qualify("FA");
        let goods = json!([{ "wanted": "甲社 型式1", "offered": "乙社 型式2", "equal": "性能が同じか上回る。" }]);
        let values = json!({ "tender": agency.tender.id, "bidder": agency.firm("FA").id, "goods": goods });
        refused(agency.create(&a, "equal_goods", values.clone()), "認めていません");
        let allow = json!({
            "equal_goods": true, "equal_until": "2024-02-20T12:00:00+09:00",
            "changes": [{ "on": "2024-02-09", "what": "同等品を認める" }],
        });
        let now = agency.now();
        agency.desk.commit(&o1, Change::amend("tender", &now.id, now.revision, body(allow))).expect("allowed");
        let made = agency.create(&a, "equal_goods", values).expect("an application");
        let mut bid = agency.bid_values("FA", 11_000_000, 1);
        bid["equal"] = true.into();
        let bid = agency.create(&a, "bid", bid).expect("a draft");
        refused(agency.take(&a, &bid, "file", json!({})), "同等品の承認を受けていません");
        agency.at("2024-02-20T12:00:01+09:00");
        refused(agency.take(&a, &made, "ask", json!({})), "同等品の申請の期限");
        agency.at("2024-02-20T11:59:00+09:00");
        agency.take(&a, &made, "ask", json!({})).expect("in time");
        refused(agency.take(&a, &bid, "file", json!({})), "同等品の承認を受けていません");
        agency.take(&o1, &made, "approve", json!({ "reply": "性能を確かめた。" })).expect("agreed");
        agency.take(&a, &bid, "file", json!({})).expect("filed");
    });
}

fn measure(agency: &Agency, more: Value) -> Record {
    let mut values = body(json!({
        "tender": agency.tender.id, "cause": "collusion", "facts": "三社の内訳が一円まで同じである旨の通報と、その写し。",
    }));
    values.extend(body(more));
    let made = agency.create(&agency.officer("o1"), "bid_measure", values.into()).expect("a measure");
    agency.take(&agency.officer("o1"), &made, "ask", json!({})).expect("asked")
}

#[test]
fn collusion_leaves_firms_out_and_another_officer_decides() {
    on_each_database(|store| {
        let agency = announced(store);
        for code in ["FA", "FB", "FC"] {
            agency.qualify(code);
        }
        let filed = agency.bid("FA", 11_000_000, 1);
        let firms = json!([agency.firm("FA").id, agency.firm("FB").id]);
        let made = measure(&agency, json!({ "decision": "exclude", "firms": firms }));
        assert!(agency.take(&agency.officer("o1"), &made, "decide", json!({})).is_err(), "not by who wrote it");
        agency.take(&agency.officer("o2"), &made, "decide", json!({})).expect("decided");
        let b = agency.bidder("FB");
        let draft = agency.create(&b, "bid", agency.bid_values("FB", 11_500_000, 2)).expect("a draft");
        refused(agency.take(&b, &draft, "file", json!({})), "入札の公正を保つ措置");
        let fair = agency.bid("FC", 12_000_000, 3);
        agency.open_first();
        let reasons = agency.desk.record("bid", &filed.id).value("void_reasons").clone();
        assert_eq!(reasons, json!(["collusion"]), "what was filed before is void");
        agency.step("o1", "judge", json!({})).expect("judged");
        assert_eq!(agency.now().text("leader"), Some(fair.id.as_str()));
        // Nobody else reads of it.
        assert!(agency.desk.kernel.catalogue.ledger("bid_measure").is_some());
        let late = measure(&agency, json!({ "decision": "postpone", "open_at": "2024-03-08T11:00:00+09:00" }));
        refused(agency.take(&agency.officer("o2"), &late, "decide", json!({})), "開札が済んだか始まっている");
    });
}

#[test]
fn disorder_postpones_the_opening_or_calls_it_off() {
    on_each_database(|store| {
        let agency = announced(store);
        agency.qualify("FA");
        agency.bid("FA", 11_000_000, 1);
        agency.at("2024-02-29T17:01:00+09:00");
        agency.step("o1", "close", json!({})).expect("closed");
        let later = json!({ "cause": "disorder", "decision": "postpone", "open_at": "2024-03-08T11:00:00+09:00" });
        let made = measure(&agency, later);
        agency.take(&agency.officer("o2"), &made, "decide", json!({})).expect("decided");
        let now = agency.now();
        assert_eq!((now.state.as_str(), now.text("open_at")), ("closed", Some("2024-03-08T02:00:00Z")));
        let changes = now.value("changes").as_array().cloned().unwrap_or_default();
        assert!(changes.last().is_some_and(|row| row["what"] == "開札を延期する"), "{changes:?}");
        agency.at("2024-03-01T11:00:00+09:00");
        let presence = json!([{ "name": "見本 太郎", "side": "official", "present": true }]);
        agency.step("o1", "prepare_opening", json!({ "presence": presence })).expect("prepared");
        refused(agency.step("o2", "open", json!({})), "開札");
        let made = measure(&agency, json!({ "cause": "other", "decision": "cancel" }));
        agency.take(&agency.officer("o2"), &made, "decide", json!({})).expect("decided");
        assert_eq!(agency.now().state, "cancelled");
    });
}

#[test]
fn who_has_bid_raises_no_doubt_about_the_documents() {
    on_each_database(|store| {
        let agency = announced(store);
        agency.qualify("FA");
        let ask = |code: &str| {
            let values = json!({
                "tender": agency.tender.id, "bidder": agency.firm(code).id, "subject": "仕様書3", "question": "部数は。",
            });
            agency.create(&agency.bidder(code), "tender_question", values)
        };
        ask("FA").expect("before the bid");
        agency.bid("FA", 11_000_000, 1);
        refused(ask("FA"), "入札心得書第13条");
        ask("FB").expect("others still ask");
    });
}
