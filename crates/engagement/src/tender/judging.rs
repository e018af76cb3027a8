//! The finding of a round from its bids, written into the procurement: what comes next, and the calculation.

use ledger::engine::Context;
use ledger::find;
use ledger::port::Reader;
use ledger::record::{Body, Record};
use ledger::refusal::{Problem, Refusal};
use serde_json::{Value, json};

use super::bidding::void_codes;
use super::evaluate::{Decision, Finding, Judged, Measure, Valid, evaluate};
use super::lots;
use super::names::{FILED, INVESTIGATION, LOTTERY, MANY};
use super::step::{amend, bids, firm, round};
use crate::money::Rate;

/// A judged round with the bids it was judged by.
pub struct Round {
    /// Finding and calculation.
    pub judged: Judged,
    /// Valid bids, in order of their numbers.
    pub valid: Vec<Record>,
    /// Bids that turned out to be void and are not yet marked so.
    pub void: Vec<Record>,
}

impl Round {
    /// The valid bid of that number.
    pub fn bid(&self, number: &str) -> Option<&Record> {
        self.valid.iter().find(|bid| bid.text("number") == Some(number))
    }
}

/// Judge the round that a procurement is in.
///
/// # Errors
/// Invalid while a paper bid has no amount or the reserve price is missing.
pub fn judge(tx: &mut (impl Reader + ?Sized), tender: &Record) -> Result<Round, Refusal> {
    let now = round(tender);
    let mut open = bids(tx, &tender.id, &["opened", "valid"])?;
    open.retain(|bid| bid.value("round").as_i64() == Some(now));
    let (mut valid, mut void) = (Vec::new(), Vec::new());
    for bid in open {
        if bid.state == "opened" && !void_codes(tx, tender, &bid)?.is_empty() {
            void.push(bid);
        } else {
            valid.push(bid);
        }
    }
    let mut weighed = Vec::with_capacity(valid.len());
    for bid in &valid {
        let number = bid.text("number").unwrap_or_default().to_string();
        let Some(amount) = bid.value("amount").as_i64() else {
            let words =
                format!("紙の入札書（{number}）の金額をまだ書いていません。読み上げて書いてから判定してください。");
            return Err(Refusal::invalid(Problem::record(words)));
        };
        weighed.push(Valid { number, amount, looked_into: looked_into(tx, &bid.id)? });
    }
    let Some(ceiling) = tender.value("ceiling").as_i64() else {
        return Err(Refusal::invalid(Problem::field("ceiling", "予定価格を書いてください。")));
    };
    let small = |field: &str| u32::try_from(tender.value(field).as_i64().unwrap_or_default()).unwrap_or_default();
    let measure = Measure {
        ceiling,
        base: tender.value("base_price").as_i64(),
        tax: Rate::percent(small("tax_percent")),
        round: small("round").max(1),
        rounds: small("max_rounds"),
    };
    let judged = evaluate(&weighed, &lots_order(tx, tender)?, measure)
        .map_err(|error| Refusal::invalid(Problem::record(error.to_string())))?;
    Ok(Round { judged, valid, void })
}

fn looked_into(tx: &mut (impl Reader + ?Sized), bid: &str) -> Result<Option<Decision>, Refusal> {
    let filter = find::is("bid", bid).and(find::in_state(&["decided"]));
    let last = find::all(tx, INVESTIGATION, filter, MANY)?.pop();
    Ok(last.and_then(|one| match one.text("decision") {
        Some("accept") => Some(Decision::Accept),
        Some("skip") => Some(Decision::Skip),
        _ => None,
    }))
}

/// The lots of the round that a procurement is in.
///
/// # Errors
/// Those of the store.
pub fn lottery(tx: &mut (impl Reader + ?Sized), tender: &Record) -> Result<Option<Record>, Refusal> {
    let mut all = find::all(tx, LOTTERY, find::is("tender", &tender.id), MANY)?;
    all.retain(|lots| lots.value("round").as_i64() == Some(round(tender)));
    Ok(all.pop())
}

/// The order that the lots of this round gave; empty before.
fn lots_order(tx: &mut (impl Reader + ?Sized), tender: &Record) -> Result<Vec<String>, Refusal> {
    let Some(record) = lottery(tx, tender)?.filter(|record| record.state == "drawn") else { return Ok(Vec::new()) };
    let rows = record.value("entries").as_array().map_or(&[] as &[Value], Vec::as_slice);
    let entries = rows
        .iter()
        .filter_map(|row| Some(lots::Entry { bid: row.get("number")?.as_str()?.into(), number: 0 }))
        .collect();
    let place = record.value("chosen").as_u64().and_then(|place| usize::try_from(place).ok()).unwrap_or_default();
    Ok(lots::Drawn { entries, sum: 0, place }.order())
}

/// Put the finding and its calculation into the record.
pub fn write(tender: &mut Record, round: &Round) {
    tender.body.shift_remove("leader");
    tender.body.extend(finding(round));
}

fn finding(round: &Round) -> Body {
    let (code, leader) = match &round.judged.finding {
        Finding::Award { bid } => ("award", Some(bid)),
        Finding::Investigate { bid } => ("investigate", Some(bid)),
        Finding::Lottery { .. } => ("lottery", None),
        Finding::Again => ("again", None),
        Finding::Nobody => ("none", None),
    };
    let lines = round.judged.lines.iter();
    let steps: Vec<Value> =
        lines.map(|line| json!({ "label": line.label, "formula": line.formula, "value": line.value })).collect();
    let mut values = Body::new();
    values.insert("finding".into(), code.into());
    let leader = leader.and_then(|number| round.bid(number));
    values.insert("leader".into(), leader.map_or(Value::Null, |bid| bid.id.clone().into()));
    values.insert("steps".into(), steps.into());
    values.retain(|_, value| !value.is_null());
    values
}

/// All bids that were opened, as the record of the opening shows them.
///
/// # Errors
/// Those of the store.
pub fn opened_bids(
    tx: &mut (impl Reader + ?Sized),
    tender: &Record,
    words: &dyn Fn(&str) -> String,
) -> Result<Value, Refusal> {
    let mut rows = Vec::new();
    let mut all = bids(tx, &tender.id, &FILED)?;
    all.retain(|bid| bid.state != "filed");
    all.sort_by_key(|bid| bid.value("round").as_i64());
    for bid in all {
        let bidder = firm(tx, bid.text("bidder").unwrap_or_default())?;
        let result = match bid.state.as_str() {
            "opened" => "開札".to_string(),
            "valid" => "有効".to_string(),
            _ => {
                let codes = bid.value("void_reasons").as_array().cloned().unwrap_or_default();
                let named: Vec<String> = codes.iter().filter_map(Value::as_str).map(words).collect();
                format!("無効（{}）", named.join("、"))
            }
        };
        let mut row = json!({
            "round": bid.value("round"), "number": bid.text("number"), "bidder": bidder,
            "channel": if bid.text("channel") == Some("paper") { "紙" } else { "電子" },
            "amount": bid.value("amount"), "total": bid.value("total"), "result": result,
        });
        if let Some(row) = row.as_object_mut() {
            row.retain(|_, value| !value.is_null());
        }
        rows.push(row);
    }
    Ok(rows.into())
}

/// Write the opened bids, and once judged the finding, anew.
///
/// # Errors
/// What the write path refuses.
pub fn renew(context: &mut Context<'_>, tender: &Record) -> Result<(), Refusal> {
    let mut values = Body::new();
    let kernel = context.kernel;
    let words = |code: &str| {
        let set = kernel.catalogue.choices.get("void_reason");
        let known = set.and_then(|set| set.choices.iter().find(|choice| choice.code == code));
        known.map_or_else(|| code.to_string(), |choice| choice.label.clone())
    };
    values.insert("opened_bids".into(), opened_bids(context.tx, tender, &words)?);
    if tender.state == "judged" {
        let round = judge(context.tx, tender)?;
        let mut found = finding(&round);
        if !found.contains_key("leader") {
            found.insert("leader".into(), Value::Null);
        }
        values.extend(found);
    }
    amend(context, tender, values)?;
    Ok(())
}
