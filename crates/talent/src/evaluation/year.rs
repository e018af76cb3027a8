//! One person's year of evaluation: the ability round and the two performance rounds that belong together.

use ledger::Kernel;
use ledger::access::Access;
use ledger::port::Reader;
use ledger::principal::Principal;
use ledger::query::{Comparison, Filter, Operand, Order, Query, Sort};
use ledger::record::Record;
use ledger::refusal::Refusal;

use super::find;
use super::names::ledger_name::{ROUND, SHEET};
use super::progress::{self, Step};

/// One round of the year.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Round.
    pub round: Record,
    /// The person's sheet with what the reader may see of it; none where there is none or none to be seen.
    pub sheet: Option<Record>,
    /// Steps with their last days.
    pub steps: Vec<Step>,
}

/// The rounds of the year that begins in October of `year`, by first day, ability before performance.
pub fn year_of(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    person: &str,
    year: i64,
) -> Result<Vec<Part>, Refusal> {
    let ledger = kernel.ledger(SHEET)?;
    let access = Access::new(&ledger, who);
    let of_year =
        || Filter::Compare(Operand::Field { name: "year".into(), order: Order::Number }, Comparison::Is, year.into());
    let mut rounds = find::all(tx, ROUND, of_year(), 100)?;
    rounds.retain(|round| round.state != "preparing");
    rounds.sort_by_key(|round| (find::owned(round, "starts_on"), find::owned(round, "kind")));
    let filter = access.visible().and(find::is("subject", person)).and(of_year());
    let sheets = find::all(tx, SHEET, filter, 100)?;
    rounds
        .into_iter()
        .map(|round| {
            let sheet = sheets.iter().find(|sheet| sheet.text("round") == Some(round.id.as_str()));
            let sheet = sheet.map(|sheet| access.redact(sheet.clone()));
            Ok(Part { steps: progress::steps(kernel, &round)?, sheet, round })
        })
        .collect()
}

/// Years in which the person has a sheet that the reader may see, newest first.
pub fn years_of(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    person: &str,
) -> Result<Vec<i64>, Refusal> {
    let ledger = kernel.ledger(SHEET)?;
    let access = Access::new(&ledger, who);
    let filter = access.visible().and(find::is("subject", person));
    let Some(operand) = access.operand("year") else { return Ok(Vec::new()) };
    let groups = tx.group(SHEET, &filter, &[operand], None)?;
    let mut years: Vec<i64> =
        groups.iter().filter_map(|group| group.values.first().and_then(serde_json::Value::as_i64)).collect();
    years.sort_unstable_by(|one, two| two.cmp(one));
    Ok(years)
}

/// The sheet of the same person and kind in the round before, with what the reader may see of it: last term's goals
/// beside this term's.
pub fn sheet_before(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    sheet: &Record,
) -> Result<Option<Record>, Refusal> {
    let ledger = kernel.ledger(SHEET)?;
    let access = Access::new(&ledger, who);
    let (Some(subject), Some(kind)) = (sheet.text("subject"), sheet.text("kind")) else { return Ok(None) };
    let Some(round) = sheet.text("round") else { return Ok(None) };
    let Some(present) = tx.record(ROUND, round)? else { return Ok(None) };
    let first = present.text("starts_on").unwrap_or_default().to_string();
    let earlier = find::is("kind", kind).and(Filter::Compare(find::text("starts_on"), Comparison::Below, first.into()));
    let sort = vec![Sort { operand: find::text("starts_on"), descending: true }];
    let query = Query { ledger: ROUND.into(), filter: earlier, sort, after: None, limit: 4, as_of: None };
    for round in tx.find(&query)? {
        let filter = access.visible().and(find::is("subject", subject)).and(find::is("round", &round.id));
        if let Some(found) = find::all(tx, SHEET, filter, 1)?.into_iter().next() {
            return Ok(Some(access.redact(found)));
        }
    }
    Ok(None)
}
