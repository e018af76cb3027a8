//! A procurement of the sample that waits to be opened: notice, qualifications and three sealed bids, two of them equal, so
//! that the opening, the lots and the award can be tried by two contract officers.

use std::sync::Arc;

use calendar::FixedClock;
use chrono::{Months, TimeDelta};
use ledger::{Principal, Refusal};
use serde_json::{Value, json};

use super::contracts::Stage;

/// Bids without tax, and lottery numbers, by firm. The first two are equal and lowest; the third is above the ceiling.
const BIDS: [(i64, i64); 3] = [(11_800_000, 111), (11_800_000, 502), (12_400_000, 7)];

/// Add it: who announces, the office, the firms with somebody of each.
pub(super) fn play(
    stage: &Stage<'_>,
    clock: &Arc<FixedClock>,
    officer: &Principal,
    office: &str,
    firms: &[(&str, &Principal)],
) -> Result<(), Refusal> {
    let now = stage.kernel.now();
    let later = |hours: i64| (now + TimeDelta::hours(hours)).to_rfc3339();
    let today = stage.kernel.today();
    let start = calendar::FiscalYear::of(today + Months::new(12)).first_day();
    let engagement = json!({
        "title": "見本: 庁内ネットワークの運用支援役務", "method": "open_bid", "office": office, "officer": officer.person(),
        "starts_on": start, "ends_on": calendar::FiscalYear::of(start).last_day(), "payment": "monthly", "note": "見本の調達です。",
    });
    let engagement = stage.create(officer, "engagement", engagement)?;
    let certificates = json!([
        { "kind": "iso27001", "number": "見本-27001", "valid_to": today + Months::new(24) },
        { "kind": "iso9001", "number": "見本-9001", "valid_to": today + Months::new(24) },
    ]);
    let notice = json!({
        "engagement": engagement.id, "notice_on": today, "question_until": later(1), "answers_from": today,
        "answers_until": today, "suitability_until": later(1), "qualification_until": later(1), "bid_until": later(2),
        "open_at": later(3), "open_place": "第1会議室", "grade": "D", "need_security": true, "need_quality": true,
        "ceiling": 13_200_000, "base_price": 6_600_000,
        "clauses": ["security", "supply_chain", "personal", "rigging", "crime"],
    });
    let tender = stage.create(officer, "tender", notice)?;
    let tender = stage.take(officer, &tender, "announce", json!({}))?;
    for ((firm, who), (amount, lot)) in firms.iter().zip(BIDS) {
        let documents = json!({
            "tender": tender.id, "bidder": firm, "received_documents_on": today, "grade": "C", "barred": true,
        });
        let shown = stage.create(who, "bid_qualification", documents)?;
        let shown = stage.take(who, &shown, "hand_in_certificates", json!({ "certificates": certificates }))?;
        let shown = stage.take(who, &shown, "submit", json!({}))?;
        stage.take(officer, &shown, "pass", json!({}))?;
        let bid = stage.create(who, "bid", bid(&tender.id, firm, amount, lot))?;
        stage.take(who, &bid, "file", json!({}))?;
    }
    clock.set(now + TimeDelta::hours(2) + TimeDelta::minutes(1));
    stage.take(officer, &tender, "close", json!({}))?;
    Ok(())
}

fn bid(tender: &str, firm: &str, amount: i64, lot: i64) -> Value {
    json!({
        "tender": tender, "bidder": firm, "certificate": "representative", "amount": amount, "lottery_number": lot,
        "pledge": true, "fair": true,
        "breakdown": [{ "item": "人件費", "amount": amount - 800_000 }, { "item": "諸経費", "amount": 800_000 }],
    })
}
