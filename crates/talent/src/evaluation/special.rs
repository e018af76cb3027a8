//! Special evaluation (特別評価): one sheet for a person in conditional appointment, apart from the regular rounds.

use chrono::NaiveDate;
use ledger::Kernel;
use ledger::access::Access;
use ledger::port::Writer;
use ledger::principal::Principal;
use ledger::record::{Body, Record};
use ledger::refusal::{Problem, Refusal};

use super::lines::{Lines, Snag};
use super::names::kind;
use super::names::ledger_name::ROUND;
use super::staffing::Staffing;
use super::{find, open, preview};

/// Start the special evaluation of one person in an open round of that kind, by the line of the day. Gives the sheet.
///
/// # Errors
/// Not found or denied unless the principal may open rounds; invalid when the round is not an open special one, when the
/// person holds no post on the day, or when nobody can evaluate or confirm.
pub fn start_special(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    round: &str,
    person: &str,
    day: NaiveDate,
) -> Result<Record, Refusal> {
    let definition = kernel.ledger(ROUND)?;
    let access = Access::new(&definition, who);
    let record = tx.record(ROUND, round)?.filter(|record| access.may_read(record)).ok_or(Refusal::NotFound)?;
    if !access.may_take(&record, "open") {
        return Err(Refusal::Denied("特別評価を開始する権限がありません。".into()));
    }
    if record.text("kind") != Some(kind::SPECIAL) || record.state != "open" {
        let message = "実施中の特別評価の評価期を選んでください。";
        return Err(Refusal::invalid(Problem::field("round", message)));
    }
    let staffing = Staffing::load(tx, kernel, day)?;
    let lines = Lines::load(tx, day)?;
    let no_post =
        || Refusal::invalid(Problem::field("subject", "この日に本務の官職がありません。発令を確かめてください。"));
    let holding = staffing.main(person).ok_or_else(no_post)?;
    let exempt_ranks = record.references("exempt_ranks");
    let row = preview::row(&staffing, &lines, holding, &exempt_ranks, None).ok_or_else(no_post)?;
    if let Some(snag) = row.line.snags.iter().find(|snag| Snag::blocks(snag)) {
        return Err(Refusal::invalid(Problem::field("evaluator", snag.words())));
    }
    let mut contents = Body::new();
    if let Some(items) = open::items(tx, day)?.remove(&row.rank) {
        contents.insert("items".into(), items);
    }
    open::commit(tx, kernel, who, round, &row, contents, &format!("special:{round}"))
}

/// People in conditional appointment on the day who have no special evaluation yet, with the day it ends.
pub fn waiting(
    tx: &mut (impl ledger::port::Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    day: NaiveDate,
) -> Result<Vec<(String, NaiveDate)>, Refusal> {
    let definition = kernel.ledger(super::names::ledger_name::PERSON)?;
    let access = Access::new(&definition, who);
    let readable = access.readable("career");
    let still = ledger::query::Filter::Compare(
        find::text("conditional_until"),
        ledger::query::Comparison::AtLeast,
        day.to_string().into(),
    );
    let people = find::all(tx, super::names::ledger_name::PERSON, readable.and(still), find::MOST)?;
    let mut found = Vec::new();
    for person in people {
        let filter = find::is("subject", &person.id).and(find::is("kind", kind::SPECIAL));
        let has_sheet = tx.count(super::names::ledger_name::SHEET, &filter, None, 1)? > 0;
        if let Some(until) = find::date(&person, "conditional_until").filter(|_| !has_sheet) {
            found.push((person.id, until));
        }
    }
    found.sort_by_key(|(_, until)| *until);
    Ok(found)
}
