//! What is handed out and applied for before a bid: the documents, bidding on paper, equal goods (入札説明書 5, 入札心得書
//! art. 3-1, 12).

use chrono::{DateTime, Utc};
use ledger::engine::Context;
use ledger::find;
use ledger::port::Reader;
use ledger::record::Record;
use ledger::refusal::Refusal;

use super::counter::Hours;
use super::names::{EQUAL_GOODS, MANY};
use super::step::{self, tender_of, wrong};

/// Hours of a procurement whose notice says none.
const HOURS: &str = "10:00-12:00, 13:00-17:00";

/// Refuse what was done at the counter while it was closed, or is said to have been done later than now.
///
/// # Errors
/// Invalid, naming the field.
pub fn at_counter(
    context: &Context<'_>,
    tender: &Record,
    field: &str,
    at: Option<DateTime<Utc>>,
) -> Result<(), Refusal> {
    let Some(at) = at else { return wrong(field, "日時を書いてください。") };
    if at > context.kernel.now() {
        return wrong(field, "日時が今より後です。日時を確かめてください。");
    }
    let text = tender.text("counter_hours").unwrap_or(HOURS);
    let hours: Hours = text.parse().or_else(|error: super::counter::HoursError| wrong(field, error.to_string()))?;
    if hours.open(at, &context.kernel.calendar) {
        return Ok(());
    }
    wrong(field, format!("窓口の受付時間（開庁日の{text}）ではありません。日時を確かめてください。"))
}

/// Documents are handed out until the deadline: at any time by the system, within its hours at the counter.
pub fn handout(context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
    let given = ["tender", "bidder", "means", "handed_at"];
    if before.is_some_and(|before| given.iter().all(|name| before.value(name) == after.value(name))) {
        return Ok(());
    }
    let tender = tender_of(context.tx, after)?;
    if tender.state != "announced" {
        return wrong("tender", "この調達は、今は入札説明書を交付していません。");
    }
    let limit = find::instant(&tender, "handout_until");
    if after.text("means") != Some("counter") {
        step::until(context.kernel, limit, "入札説明書の交付")?;
        after.body.insert("handed_at".into(), step::written(context.kernel.now()));
        return Ok(());
    }
    let at = find::instant(after, "handed_at");
    if at.zip(limit).is_some_and(|(at, limit)| at > limit) {
        return wrong("handed_at", "入札説明書の交付の期限の後です。期限の後は渡せません。");
    }
    at_counter(context, &tender, "handed_at", at)
}

/// An application to bid on paper: brought within the hours, or come by mail. What comes by wire is refused by the pack.
pub fn application(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    let tender = tender_of(context.tx, after)?;
    if context.transition != Some("receive") {
        return Ok(());
    }
    let at = find::instant(after, "arrived_at");
    if after.text("means") == Some("hand") {
        return at_counter(context, &tender, "arrived_at", at);
    }
    match at {
        Some(at) if at > context.kernel.now() => {
            wrong("arrived_at", "届いた日時が今より後です。日時を確かめてください。")
        }
        _ => Ok(()),
    }
}

/// Equal goods are applied for until the time that the notice says.
pub fn equal_goods(context: &mut Context<'_>, after: &mut Record) -> Result<(), Refusal> {
    if context.transition != Some("ask") {
        return Ok(());
    }
    let tender = tender_of(context.tx, after)?;
    if tender.state != "announced" {
        return wrong("tender", "この調達は、今は同等品の申請を受け付けていません。");
    }
    step::until(context.kernel, find::instant(&tender, "equal_until"), "同等品の申請")?;
    after.body.insert("asked_at".into(), step::written(context.kernel.now()));
    Ok(())
}

/// The record of a firm in a procurement that is in this state, of a ledger of such records.
///
/// # Errors
/// Those of the store.
pub fn of_firm(
    tx: &mut (impl Reader + ?Sized),
    ledger: &str,
    tender: &str,
    firm: &str,
    state: &str,
) -> Result<Option<Record>, Refusal> {
    let filter = find::is("tender", tender).and(find::is("bidder", firm)).and(find::in_state(&[state]));
    Ok(find::all(tx, ledger, filter, MANY)?.pop())
}

/// Whether the agency agreed that a firm offers equal goods.
///
/// # Errors
/// Those of the store.
pub fn equal_agreed(tx: &mut (impl Reader + ?Sized), tender: &str, firm: &str) -> Result<bool, Refusal> {
    Ok(of_firm(tx, EQUAL_GOODS, tender, firm, "approved")?.is_some())
}
