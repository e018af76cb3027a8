//! Small steps that the rules of this folder share: deadlines of a round, acts of the program, words of refusals.

use calendar::format_instant;
use chrono::{DateTime, SecondsFormat, Utc};
use ledger::engine::Context;
use ledger::port::{Reader, Writer};
use ledger::record::{Body, Record};
use ledger::refusal::{Problem, Refusal};
use ledger::write::Change;
use ledger::{Kernel, Principal, find};
use serde_json::Value;

use super::names::{BID, ORGANISATION, TENDER};

/// The round that a procurement is in, from 1.
pub fn round(tender: &Record) -> i64 {
    tender.value("round").as_i64().unwrap_or(1)
}

/// Until when bids of a round are taken.
pub fn deadline(tender: &Record, round: i64) -> Option<DateTime<Utc>> {
    find::instant(tender, if round > 1 { "recall_until" } else { "bid_until" })
}

/// When a round is opened.
pub fn opening(tender: &Record, round: i64) -> Option<DateTime<Utc>> {
    find::instant(tender, if round > 1 { "recall_open_at" } else { "open_at" })
}

/// The procurement that a record belongs to.
///
/// # Errors
/// Invalid when none is named.
pub fn tender_of(tx: &mut (impl Reader + ?Sized), record: &Record) -> Result<Record, Refusal> {
    let id = record.text("tender").unwrap_or_default();
    tx.record(TENDER, id)?.ok_or_else(|| Refusal::invalid(Problem::field("tender", "調達を選んでください。")))
}

/// Bids of a procurement that were filed, in order of their numbers.
///
/// # Errors
/// Those of the store.
pub fn bids(tx: &mut (impl Reader + ?Sized), tender: &str, states: &[&str]) -> Result<Vec<Record>, Refusal> {
    let mut bids = find::all(tx, BID, find::is("tender", tender).and(find::in_state(states)), super::names::MANY)?;
    bids.sort_by(|one, other| one.text("number").cmp(&other.text("number")));
    Ok(bids)
}

/// Name of a firm.
///
/// # Errors
/// Those of the store.
pub fn firm(tx: &mut (impl Reader + ?Sized), id: &str) -> Result<String, Refusal> {
    Ok(tx.record(ORGANISATION, id)?.and_then(|firm| find::owned(&firm, "name")).unwrap_or_default())
}

/// An instant as fields hold it.
pub fn written(at: DateTime<Utc>) -> Value {
    at.to_rfc3339_opts(SecondsFormat::Secs, true).into()
}

/// The program takes a transition of a record as it is now.
///
/// # Errors
/// What the write path refuses.
pub fn take(context: &mut Context<'_>, record: &Record, transition: &str, values: Body) -> Result<Record, Refusal> {
    take_as(context.tx, context.kernel, &Principal::system("tender"), record, transition, values)
}

/// Somebody takes a transition of a record as it is now.
///
/// # Errors
/// What the write path refuses.
pub fn take_as(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    record: &Record,
    transition: &str,
    values: Body,
) -> Result<Record, Refusal> {
    let seen = tx.record(&record.ledger, &record.id)?.ok_or(Refusal::NotFound)?.revision;
    let change = Change::transition(&record.ledger, &record.id, seen, transition).with(values);
    kernel.commit(tx, who, change.because("調達の手続による"))
}

/// The program makes a record.
///
/// # Errors
/// What the write path refuses.
pub fn make(context: &mut Context<'_>, ledger: &str, values: Body) -> Result<Record, Refusal> {
    let change = Change::create(ledger, values).because("調達の手続による");
    context.kernel.commit(context.tx, &Principal::system("tender"), change)
}

/// The program amends a record as it is now.
///
/// # Errors
/// What the write path refuses.
pub fn amend(context: &mut Context<'_>, record: &Record, values: Body) -> Result<Record, Refusal> {
    let seen = context.tx.record(&record.ledger, &record.id)?.ok_or(Refusal::NotFound)?.revision;
    let change = Change::amend(&record.ledger, &record.id, seen, values).because("調達の手続による");
    context.kernel.commit(context.tx, &Principal::system("tender"), change)
}

/// Values of a change.
pub fn values<const N: usize>(pairs: [(&str, Value); N]) -> Body {
    pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

/// A refusal of one field.
pub fn wrong<T>(field: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::invalid(Problem::field(field, message)))
}

/// Refuse what comes after an instant. Without an instant nothing is refused.
///
/// # Errors
/// Invalid, with both instants.
pub fn until(kernel: &Kernel, limit: Option<DateTime<Utc>>, what: &str) -> Result<(), Refusal> {
    match limit {
        Some(limit) if kernel.now() > limit => {
            let words = format!("{what}の期限（{}）を過ぎました。期限の後は受け付けません。", format_instant(limit));
            Err(Refusal::invalid(Problem::record(words)))
        }
        _ => Ok(()),
    }
}

/// Refuse what comes before an instant.
///
/// # Errors
/// Invalid, with the instant.
pub fn not_before(kernel: &Kernel, from: Option<DateTime<Utc>>, what: &str) -> Result<(), Refusal> {
    match from {
        Some(from) if kernel.now() < from => {
            let words = format!("{what}は、{}から行えます。それまでお待ちください。", format_instant(from));
            Err(Refusal::invalid(Problem::record(words)))
        }
        _ => Ok(()),
    }
}
