//! What is decided when a bidding cannot be held fairly: a firm is left out, the bidding is postponed or called off
//! (入札心得書 art. 6). Decided by a second person; what was decided reaches the procurement at once.

use ledger::engine::Context;
use ledger::find;
use ledger::port::Reader;
use ledger::record::{Body, Record};
use ledger::refusal::Refusal;
use serde_json::{Value, json};

use super::names::{MANY, MEASURE};
use super::step::{take_as, tender_of, wrong};

/// Before a measure is decided: what it reaches must still be open to it.
pub fn complete(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    if context.transition != Some("decide") {
        return Ok(());
    }
    let tender = tender_of(context.tx, after)?;
    let possible: &[&str] = match after.text("decision") {
        Some("postpone") => &["announced", "closed"],
        Some("exclude") => &["announced", "closed", "opening", "recalled"],
        _ => return Ok(()),
    };
    if possible.contains(&tender.state.as_str()) {
        return Ok(());
    }
    wrong(
        "decision",
        "開札が済んだか始まっているので、この措置は決められません。入札の無効か取りやめで扱ってください。",
    )
}

/// What a decided measure does to the procurement.
pub fn follow(context: &mut Context<'_>, after: &Record) -> Result<(), Refusal> {
    if context.transition != Some("decide") {
        return Ok(());
    }
    let tender = tender_of(context.tx, after)?;
    let number = after.text("number").unwrap_or_default();
    match after.text("decision") {
        Some("postpone") => {
            let mut rows = tender.value("changes").as_array().cloned().unwrap_or_default();
            let today = context.kernel.today().to_string();
            rows.push(
                json!({ "on": today, "what": "開札を延期する", "reason": format!("入札心得書第6条（{number}）") }),
            );
            let mut values = Body::new();
            values.insert("changes".into(), rows.into());
            for field in ["bid_until", "open_at"] {
                if !after.value(field).is_null() {
                    values.insert(field.into(), after.value(field).clone());
                }
            }
            take_as(context.tx, context.kernel, context.who, &tender, "change", values)?;
        }
        Some("cancel") => {
            take_as(context.tx, context.kernel, context.who, &tender, "cancel", Body::new())?;
        }
        _ => {}
    }
    Ok(())
}

/// Why a firm is left out of a procurement: `collusion`, `disorder` or `other`.
///
/// # Errors
/// Those of the store.
pub fn excluded(tx: &mut (impl Reader + ?Sized), tender: &str, firm: &str) -> Result<Option<String>, Refusal> {
    let filter = find::is("tender", tender).and(find::is("decision", "exclude")).and(find::in_state(&["decided"]));
    let all = find::all(tx, MEASURE, filter, MANY)?;
    let names = |measure: &Record| {
        let firms = measure.value("firms").as_array().map_or(&[][..], Vec::as_slice);
        firms.iter().any(|one| one.as_str() == Some(firm) || one.get("id").and_then(Value::as_str) == Some(firm))
    };
    Ok(all.iter().find(|measure| names(measure)).and_then(|measure| find::owned(measure, "cause")))
}
