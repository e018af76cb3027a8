//! Claims, penalties and honoraria on their ledgers.

use ledger::{Change, Principal, Record, Refusal, RoleHeld};
use serde_json::{Value, json};
use testkit::{on_each_database, somebody};

use crate::agency::{Agency, body, says};

/// A contract in force from 1 April 2024, at 1,000,000 yen a month.
fn in_force(store: store::Store) -> Agency {
    let agency = Agency::new(store);
    let values = json!({
        "contractor": agency.firm("FA").id, "award_on": "2024-03-01", "amount": 12_000_000, "tax": 1_090_909,
    });
    let system = Principal::system("test");
    let engagement = agency.desk.take(&system, &agency.engagement, "award", body(values)).expect("awarded");
    let settings = json!([{ "name": "honorarium_ceiling", "label": "謝金の限度", "value": "50,000円" }]);
    let sign = json!({
        "contract_on": "2024-04-01", "monthly_amount": 1_000_000, "monthly_tax": 90_909,
    });
    agency.at("2024-04-01T09:00:00+09:00");
    agency.desk.take(&system, &engagement, "sign", body(sign)).expect("signed");
    let now = agency.desk.record("engagement", &engagement.id);
    let change = Change::amend(
        "engagement",
        &now.id,
        now.revision,
        body(json!({ "settings": settings, "small_business": true })),
    );
    agency.desk.commit(&system, change).expect("settings");
    let install =
        || agency.desk.store.write(|tx| engagement::payment::rates::install(tx, &agency.desk.kernel, &system));
    assert_eq!(install().expect("rates"), 14);
    assert_eq!(install().expect("again"), 0, "only what is missing is added");
    agency
}

fn lead(agency: &Agency) -> Principal {
    let mut who = somebody("lead", None, &[]);
    let offices = Some(vec![agency.firm("FA").id]);
    who.roles.push(RoleHeld { role: "contractor_lead".into(), offices, outside: true });
    who
}

fn payer(name: &str) -> Principal {
    somebody(name, None, &["payment_officer"])
}

fn yen(record: &Record, field: &str) -> Option<i64> {
    record.value(field).as_i64()
}

/// The last step gives the amount.
fn last(record: &Record) -> Option<i64> {
    record.value("steps").as_array()?.last()?.get("value")?.as_i64()
}

#[test]
fn a_claim_is_sent_back_paid_late_and_bears_interest() {
    on_each_database(|store| {
        let agency = in_force(store);
        let (lead, p1, p2) = (lead(&agency), payer("p1"), payer("p2"));
        agency.at("2024-05-10T09:00:00+09:00");
        let values = json!({ "engagement": agency.engagement.id, "month": "2024-04-01" });
        let claim = agency.create(&lead, "invoice", values).expect("a claim");
        assert_eq!((yen(&claim, "amount"), yen(&claim, "tax")), (Some(1_000_000), Some(90_909)), "the month's amount");
        assert_eq!(claim.text("span"), Some("2024年4月"));
        agency.take(&lead, &claim, "submit", json!({})).expect("submitted");
        agency.take(&p1, &claim, "send_back", json!({ "sent_back_reason": "登録番号がない" })).expect("sent back");
        agency.take(&lead, &claim, "submit", json!({})).expect("submitted again");
        let proper = json!({ "received_on": "2024-05-10", "inspected_on": "2024-05-09" });
        let accepted = agency.take(&p1, &claim, "accept", proper).expect("proper");
        assert_eq!(accepted.text("due_on"), Some("2024-06-09"), "the next day is the first of thirty");
        agency.at("2024-07-09T09:00:00+09:00");
        let paid = json!({ "paid_on": "2024-07-09", "paid_amount": 1_000_000 });
        assert!(agency.take(&p1, &claim, "pay", paid.clone()).is_err(), "another pays than accepted");
        let paid = agency.take(&p2, &claim, "pay", paid).expect("paid");
        // 1,000,000 × 2.5 % × 30 ÷ 365 = 2,054.79…, cut to hundreds.
        assert_eq!((paid.text("rate"), yen(&paid, "interest"), last(&paid)), (Some("2.5"), Some(2_000), Some(2_000)));
        // Nobody types what is worked out.
        let now = agency.desk.record("invoice", &claim.id);
        let change = Change::amend("invoice", &now.id, now.revision, body(json!({ "interest": 9 })));
        assert!(agency.desk.commit(&p1, change).is_err());
    });
}

#[test]
fn a_part_of_a_month_is_paid_by_its_days() {
    on_each_database(|store| {
        let agency = in_force(store);
        let values = json!({ "engagement": agency.engagement.id, "kind": "final", "month": "2024-06-01", "days": 17 });
        let claim = agency.create(&lead(&agency), "invoice", values).expect("a claim");
        assert_eq!((yen(&claim, "amount"), last(&claim)), (Some(566_666), Some(566_666)));
        let values = json!({
            "engagement": agency.engagement.id, "kind": "breach", "subject": "解除", "reason": "履行の見込みがない。",
            "done_days": 17, "month_days": 30,
        });
        let change = agency.create(&agency.officer("o1"), "contract_change", values).expect("a cancellation");
        assert_eq!(yen(&change, "part_payment"), Some(566_666));
    });
}

#[test]
fn penalties_follow_their_kind_and_bear_interest() {
    on_each_database(|store| {
        let agency = in_force(store);
        let (o1, o2) = (agency.officer("o1"), agency.officer("o2"));
        let make = |kind: &str, more: Value| -> Result<Record, Refusal> {
            let mut values =
                body(json!({ "engagement": agency.engagement.id, "kind": kind, "facts": "見本", "base": 12_345_678 }));
            values.extend(body(more));
            agency.create(&o1, "penalty", values.into())
        };
        for (kind, more, amount) in [
            ("late", json!({ "base": 1_000_000, "late_due": "2024-06-10", "late_done": "2024-06-20" }), 10_000),
            ("cancel", json!({}), 1_234_567),
            ("rigging", json!({}), 1_234_567),
            ("rigging_grave", json!({}), 1_851_851),
            ("crime", json!({ "base": 100_000 }), 10_000),
            ("damage", json!({ "damage": 500_000, "own_fault": 120_000 }), 380_000),
        ] {
            let made = make(kind, more).expect(kind);
            assert_eq!((yen(&made, "amount"), last(&made)), (Some(amount), Some(amount)), "{kind}");
        }
        let more = make("rigging", json!({ "damage": 2_000_000 })).expect("more damage than the penalty");
        assert_eq!(yen(&more, "excess"), Some(765_433));
        agency.take(&o1, &more, "ask", json!({})).expect("asked");
        assert!(agency.take(&o1, &more, "decide", json!({})).is_err(), "not by who wrote it");
        agency.take(&o2, &more, "decide", json!({})).expect("decided");
        agency.take(&o1, &more, "notice", json!({ "notice_on": "2024-06-01", "due_on": "2024-06-30" })).expect("told");
        agency.at("2024-08-01T09:00:00+09:00");
        let paid = agency.take(&o1, &more, "settle", json!({ "paid_on": "2024-07-30" })).expect("paid");
        // 1,234,567 × 3 % × 30 ÷ 365 = 3,044.13…
        assert_eq!((paid.text("rate"), yen(&paid, "interest")), (Some("3"), Some(3_044)));
        let cut = make("damage", json!({ "damage": 1, "own_fault": 2 })).expect_err("more than the damage");
        assert!(says(&cut, "損害の額より"), "{cut:?}");
    });
}

#[test]
fn a_fee_is_agreed_before_taxed_and_kept_within_the_ceiling() {
    on_each_database(|store| {
        let agency = in_force(store);
        let (lead, supervisor) = (lead(&agency), somebody("sv", None, &["supervisor"]));
        let fee = |hours: &str| {
            json!({
                "engagement": agency.engagement.id, "payee_code": "専-1", "payee": "見本 一郎", "meeting": "第1回会議",
                "held_on": "2024-05-20", "hourly": 8_100, "hours": hours,
            })
        };
        let made = agency.create(&lead, "honorarium", fee("3")).expect("a fee");
        assert_eq!(
            (yen(&made, "gross"), yen(&made, "withheld"), yen(&made, "net")),
            (Some(24_300), Some(2_481), Some(21_819))
        );
        assert!(agency.take(&lead, &made, "agree", json!({})).is_err(), "the agency agrees");
        agency.take(&supervisor, &made, "agree", json!({})).expect("agreed beforehand");
        agency.at("2024-06-01T09:00:00+09:00");
        let paid = agency.take(&lead, &made, "pay", json!({ "paid_on": "2024-05-31" })).expect("paid");
        assert_eq!(paid.text("tax_due"), Some("2024-06-10"));
        agency.create(&lead, "honorarium", fee("3")).expect("48,600 yen in all");
        let over = agency.create(&lead, "honorarium", fee("0.25")).expect_err("50,625 yen in all");
        assert!(says(&over, "限度"), "{over:?}");
        let odd = agency.create(&lead, "honorarium", fee("1.1")).expect_err("quarters only");
        assert!(says(&odd, "15分"), "{odd:?}");
    });
}

#[test]
fn a_small_firm_assigns_what_is_left_of_an_accepted_claim() {
    on_each_database(|store| {
        let agency = in_force(store);
        let (lead, o1) = (lead(&agency), agency.officer("o1"));
        let values = |amount: i64| {
            json!({
                "engagement": agency.engagement.id, "scheme": true, "assignee": "見本信用保証協会", "assignee_kind": "guarantee",
                "claim": 1_000_000, "partial": 300_000, "amount": amount,
            })
        };
        let over = agency.create(&lead, "receivable_assignment", values(700_001)).expect_err("more than is left");
        assert!(says(&over, "残りより大きく"), "{over:?}");
        let made = agency.create(&lead, "receivable_assignment", values(700_000)).expect("the balance");
        assert_eq!(yen(&made, "balance"), Some(700_000));
        let early = json!({ "accepted": true, "fixed": false });
        assert!(agency.take(&o1, &made, "approve", early).is_err(), "both checks, and the clauses explained");
        let now = agency.desk.record("receivable_assignment", &made.id);
        let explained = Change::amend(
            "receivable_assignment",
            &now.id,
            now.revision,
            body(json!({ "explained_on": "2024-04-01" })),
        );
        agency.desk.commit(&lead, explained).expect("explained");
        agency.take(&o1, &made, "approve", json!({ "accepted": true, "fixed": true })).expect("approved");
        let done =
            agency.take(&o1, &made, "notify", json!({ "notified_at": "2024-04-01T15:30:00+09:00" })).expect("told");
        assert_eq!(done.state, "effective");
    });
}

/// A rate that nobody has confirmed is not taken to go on, and nothing is received before it came.
#[test]
fn what_is_not_known_yet_is_asked_for() {
    on_each_database(|store| {
        let agency = in_force(store);
        let (lead, p1, p2) = (lead(&agency), payer("p1"), payer("p2"));
        agency.at("2026-03-16T09:00:00+09:00");
        let values = json!({ "engagement": agency.engagement.id, "month": "2026-02-01", "amount": 1_000_000 });
        let claim = agency.create(&lead, "invoice", values).expect("a claim");
        agency.take(&lead, &claim, "submit", json!({})).expect("submitted");
        for (field, words) in [("received_on", "請求書を受けた日"), ("inspected_on", "検査に合格した日")]
        {
            let mut proper = json!({ "received_on": "2026-03-16", "inspected_on": "2026-03-13" });
            proper[field] = "2026-03-17".into();
            let early = agency.take(&p1, &claim, "accept", proper).expect_err("tomorrow");
            assert!(says(&early, words) && says(&early, "今日より後です"), "{early:?}");
        }
        let proper = json!({ "received_on": "2026-03-16", "inspected_on": "2026-03-13" });
        agency.take(&p1, &claim, "accept", proper).expect("proper");
        agency.at("2026-06-01T09:00:00+09:00");
        let pay = json!({ "paid_on": "2026-05-15", "paid_amount": 1_000_000 });
        let unknown = agency.take(&p2, &claim, "pay", pay.clone()).expect_err("no rate for 16 April 2026");
        assert!(says(&unknown, "2026年4月16日の利息の率が登録されていません"), "{unknown:?}");
        let row = json!({
            "kind": "late_payment", "from": "2026-04-01", "percent": "3.1", "source": "見本", "confidence": "notice",
        });
        agency.create(&p1, "interest_rate", row).expect("the new notice");
        let paid = agency.take(&p2, &claim, "pay", pay).expect("paid");
        // 1,000,000 × 3.1 % × 30 ÷ 365 = 2,547.9…
        assert_eq!((paid.text("due_on"), yen(&paid, "interest")), (Some("2026-04-15"), Some(2_500)));
    });
}

/// What was done before a cancellation is inspected and paid as every month is (契約書 art. 14-2), and only once.
#[test]
fn the_last_part_is_inspected_and_paid_like_every_month() {
    on_each_database(|store| {
        let agency = in_force(store);
        let (lead, p1, p2) = (lead(&agency), payer("p1"), payer("p2"));
        agency.at("2024-06-28T09:00:00+09:00");
        let values = |kind: &str| {
            json!({
                "engagement": agency.engagement.id, "kind": kind, "month": "2024-06-01", "days": 17,
                "reported_on": "2024-06-20",
            })
        };
        let claim = agency.create(&lead, "invoice", values("final")).expect("a claim");
        assert_eq!((yen(&claim, "amount"), claim.text("inspect_by")), (Some(566_666), Some("2024-06-29")));
        agency.take(&lead, &claim, "submit", json!({})).expect("submitted");
        let unseen = agency.take(&p1, &claim, "accept", json!({ "received_on": "2024-06-28" }));
        assert!(unseen.is_err(), "not before the inspection");
        let proper = json!({ "received_on": "2024-06-28", "inspected_on": "2024-06-25" });
        let accepted = agency.take(&p1, &claim, "accept", proper).expect("proper");
        assert_eq!(accepted.text("due_on"), Some("2024-07-28"));
        agency.at("2024-07-26T09:00:00+09:00");
        agency.take(&p2, &claim, "pay", json!({ "paid_on": "2024-07-26", "paid_amount": 566_666 })).expect("paid");
        let again = agency.create(&lead, "invoice", values("monthly")).expect_err("the month is claimed");
        assert!(format!("{again:?}").contains("この月の請求書がすでにあります"), "{again:?}");
    });
}

#[test]
fn only_a_contract_paid_by_the_month_takes_monthly_claims() {
    on_each_database(|store| {
        let agency = in_force(store);
        let contract = agency.desk.record("engagement", &agency.engagement.id);
        assert_eq!((contract.text("payment"), contract.text("bond")), (Some("monthly"), Some("exempt")));
        let once = Change::amend("engagement", &contract.id, contract.revision, body(json!({ "payment": "once" })));
        agency.desk.commit(&Principal::system("test"), once).expect("paid at the end");
        let values = json!({ "engagement": agency.engagement.id, "month": "2024-04-01" });
        let claim = agency.create(&lead(&agency), "invoice", values).expect_err("no monthly claims");
        assert!(says(&claim, "毎月払ではありません"), "{claim:?}");
    });
}

/// 談合特約 art. 2-3: a contract that was carried out pays the penalty as well.
#[test]
fn carrying_the_contract_out_does_not_free_from_the_penalty() {
    on_each_database(|store| {
        let agency = in_force(store);
        let system = Principal::system("test");
        agency.at("2025-04-01T09:00:00+09:00");
        let contract = agency.desk.record("engagement", &agency.engagement.id);
        let done = agency.desk.take(&system, &contract, "complete", body(json!({ "accepted_on": "2025-03-31" })));
        assert_eq!(done.expect("carried out").state, "completed");
        let (o1, o2) = (agency.officer("o1"), agency.officer("o2"));
        let values = json!({
            "engagement": contract.id, "kind": "rigging", "ground": "rigging_order", "facts": "課徴金納付命令が確定した。",
            "base": 12_000_000,
        });
        let made = agency.create(&o1, "penalty", values).expect("a penalty");
        agency.take(&o1, &made, "ask", json!({})).expect("asked");
        let decided = agency.take(&o2, &made, "decide", json!({})).expect("decided");
        assert_eq!(yen(&decided, "amount"), Some(1_200_000));
    });
}

/// 契約書 art. 3: rights and duties pass to somebody else only with written consent given before.
#[test]
fn rights_pass_on_only_with_written_consent_given_before() {
    on_each_database(|store| {
        let agency = in_force(store);
        let (lead, o1, o2) = (lead(&agency), agency.officer("o1"), agency.officer("o2"));
        let values = json!({
            "engagement": agency.engagement.id, "kind": "transfer", "subject": "会社分割による承継",
            "reason": "事業を子会社が承継する。", "effective_on": "2024-05-01",
        });
        let made = agency.create(&lead, "contract_change", values).expect("a request");
        agency.take(&o1, &made, "ask", json!({})).expect("asked");
        assert!(agency.take(&lead, &made, "approve", json!({})).is_err(), "the agency consents");
        agency.take(&o2, &made, "approve", json!({})).expect("approved");
        let paper = agency.file(&o1, "承認書.pdf", 4);
        let conclude =
            |on: &str, paper: Value| agency.take(&o1, &made, "conclude", json!({ "agreed_on": on, "paper": paper }));
        let late = conclude("2024-05-02", paper.clone()).expect_err("after it took effect");
        assert!(says(&late, "事前の承認"), "{late:?}");
        let spoken = conclude("2024-04-30", Value::Null).expect_err("spoken");
        assert!(says(&spoken, "書面でします"), "{spoken:?}");
        assert_eq!(conclude("2024-04-30", paper).expect("written, before").state, "done");
    });
}
