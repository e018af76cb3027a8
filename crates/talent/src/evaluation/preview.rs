//! Before a round is opened: who will be evaluated by whom, what is missing, and who is left out and why.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::Kernel;
use ledger::access::Access;
use ledger::port::Reader;
use ledger::principal::Principal;
use ledger::record::Record;
use ledger::refusal::Refusal;
use serde_json::Value;

use super::find;
use super::lines::{Line, Lines, Present, Seat, Snag};
use super::names::kind;
use super::names::ledger_name::SHEET;
use super::progress::readable_round;
use super::staffing::{Holding, Staffing};
use super::transfer;

/// One person to be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Person.
    pub subject: String,
    /// Staff number.
    pub number: String,
    /// Name of the person.
    pub name: String,
    /// Office.
    pub organisation: String,
    /// Name of the office.
    pub organisation_name: String,
    /// Post.
    pub post: String,
    /// Name of the post.
    pub post_name: String,
    /// Rank (職制段階).
    pub rank: String,
    /// Who evaluates, adjusts and confirms, and what to know about it.
    pub line: Line,
    /// Evaluators of second offices (併任先).
    pub second_offices: Vec<Seat>,
    /// The overall mark will not be disclosed.
    pub exempt: bool,
    /// Sheet that was made already.
    pub sheet: Option<String>,
}

impl Row {
    /// A sheet can be made.
    pub fn ready(&self) -> bool {
        self.sheet.is_none() && !self.line.snags.iter().any(Snag::blocks)
    }

    /// Without a mend no sheet can be made.
    pub fn blocked(&self) -> bool {
        self.sheet.is_none() && !self.ready()
    }
}

/// Why somebody with a post gets no sheet in this round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exclusion {
    /// Left the service on this day.
    Left(NaiveDate),
    /// Appointed conditionally until this day; a special evaluation is made instead (国家公務員法第59条).
    Conditional(NaiveDate),
}

impl Exclusion {
    /// In words, with what to do.
    pub fn words(&self) -> String {
        match self {
            Exclusion::Left(day) => format!("{}に退職しています。", calendar::format_era(*day)),
            Exclusion::Conditional(day) => {
                format!("{}まで条件付採用期間中です。特別評価をしてください。", calendar::format_era(*day))
            }
        }
    }
}

/// Somebody who gets no sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    /// Person.
    pub subject: String,
    /// Staff number.
    pub number: String,
    /// Name of the person.
    pub name: String,
    /// Name of the post.
    pub post_name: String,
    /// Why.
    pub reason: Exclusion,
}

/// Numbers of a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// People to be evaluated.
    pub people: usize,
    /// Sheets that will be made.
    pub ready: usize,
    /// Sheets that were made already.
    pub made: usize,
    /// People for whom no sheet can be made until something is mended.
    pub blocked: usize,
    /// People about whom something should be known.
    pub with_snags: usize,
    /// People without an adjuster.
    pub without_adjuster: usize,
    /// People with a second office.
    pub second_office: usize,
    /// People left out.
    pub excluded: usize,
}

/// The preview of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Round.
    pub round: String,
    /// Day whose assignments and lines were looked at.
    pub day: NaiveDate,
    /// People to be evaluated, by staff number.
    pub rows: Vec<Row>,
    /// People left out.
    pub excluded: Vec<Excluded>,
}

impl Preview {
    /// Numbers.
    pub fn counts(&self) -> Counts {
        let many = |fits: fn(&Row) -> bool| self.rows.iter().filter(|row| fits(row)).count();
        Counts {
            people: self.rows.len(),
            ready: many(Row::ready),
            made: many(|row| row.sheet.is_some()),
            blocked: many(Row::blocked),
            with_snags: many(|row| !row.line.snags.is_empty()),
            without_adjuster: many(|row| row.line.adjuster.is_none()),
            second_office: many(|row| !row.second_offices.is_empty()),
            excluded: self.excluded.len(),
        }
    }
}

/// The round, when the principal may open it.
pub(super) fn round_to_open(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    round: &str,
) -> Result<Record, Refusal> {
    let record = readable_round(tx, kernel, who, round)?;
    let ledger = kernel.ledger(&record.ledger)?;
    if !Access::new(&ledger, who).may_take(&record, "open") {
        return Err(Refusal::Denied("評価期を開始する権限がありません。".into()));
    }
    Ok(record)
}

/// The day that decides who is evaluated by whom: today, within the round.
pub fn deciding_day(round: &Record, today: NaiveDate) -> NaiveDate {
    let first = find::date(round, "starts_on").unwrap_or(today);
    let last = find::date(round, "ends_on").unwrap_or(today).max(first);
    today.clamp(first, last)
}

/// Who would be evaluated by whom in the round, as of [`deciding_day`].
///
/// # Errors
/// Not found or denied unless the principal may open the round.
pub fn preview(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    round: &str,
) -> Result<Preview, Refusal> {
    let round = round_to_open(tx, kernel, who, round)?;
    Ok(of_round(tx, kernel, &round)?.0)
}

/// The preview, with the staffing it was made from.
pub(super) fn of_round(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    round: &Record,
) -> Result<(Preview, Staffing), Refusal> {
    let day = deciding_day(round, kernel.today());
    let mut preview = Preview { round: round.id.clone(), day, rows: Vec::new(), excluded: Vec::new() };
    if round.text("kind") == Some(kind::SPECIAL) {
        // A special evaluation is made for one person at a time.
        return Ok((preview, Staffing::default()));
    }
    let staffing = Staffing::load(tx, kernel, day)?;
    let lines = Lines::load(tx, day)?;
    let made: BTreeMap<String, String> = find::all(tx, SHEET, find::is("round", &round.id), find::MOST)?
        .into_iter()
        .filter_map(|sheet| Some((find::owned(&sheet, "subject")?, sheet.id)))
        .collect();
    let exempt_ranks = round.references("exempt_ranks");
    for holding in staffing.staff() {
        let sheet = made.get(&holding.person).cloned();
        match exclusion(&staffing, holding, day).filter(|_| sheet.is_none()) {
            Some(reason) => preview.excluded.push(excluded(&staffing, holding, reason)),
            None => {
                if let Some(row) = row(&staffing, &lines, holding, &exempt_ranks, sheet) {
                    preview.rows.push(row);
                }
            }
        }
    }
    Ok((preview, staffing))
}

fn exclusion(staffing: &Staffing, holding: &Holding, day: NaiveDate) -> Option<Exclusion> {
    let member = staffing.people.get(&holding.person)?;
    match (member.retired_on, member.conditional_until) {
        (Some(left), _) if left < day => Some(Exclusion::Left(left)),
        (_, Some(until)) if until >= day => Some(Exclusion::Conditional(until)),
        _ => None,
    }
}

fn excluded(staffing: &Staffing, holding: &Holding, reason: Exclusion) -> Excluded {
    let member = staffing.people.get(&holding.person).cloned().unwrap_or_default();
    Excluded {
        subject: holding.person.clone(),
        number: member.number,
        name: member.name,
        post_name: staffing.post_name(&holding.post).to_string(),
        reason,
    }
}

pub(super) fn row(
    staffing: &Staffing,
    lines: &Lines,
    holding: &Holding,
    exempt_ranks: &[&str],
    sheet: Option<String>,
) -> Option<Row> {
    let post = staffing.posts.get(&holding.post)?;
    let member = staffing.people.get(&holding.person)?;
    let line = lines.of(staffing, &holding.person, &holding.post, Present::default());
    let evaluator = line.evaluator.as_ref().map(|seat| seat.person.clone());
    let mut second_offices = transfer::second_offices(staffing, lines, &holding.person);
    second_offices.retain(|seat| Some(&seat.person) != evaluator.as_ref());
    Some(Row {
        subject: holding.person.clone(),
        number: member.number.clone(),
        name: member.name.clone(),
        organisation: post.organisation.clone(),
        organisation_name: staffing.office_name(&post.organisation).to_string(),
        post: holding.post.clone(),
        post_name: post.name.clone(),
        rank: post.rank.clone(),
        line,
        second_offices,
        exempt: exempt_ranks.contains(&post.rank.as_str()),
        sheet,
    })
}

/// The values of a new sheet for a row.
pub(super) fn values(round: &str, row: &Row) -> ledger::Body {
    let mut values = ledger::Body::new();
    let mut put = |name: &str, value: Value| {
        values.insert(name.into(), value);
    };
    put("round", round.into());
    put("subject", row.subject.clone().into());
    put("organisation", row.organisation.clone().into());
    put("post", row.post.clone().into());
    put("rank", row.rank.clone().into());
    put("exempt", row.exempt.into());
    let seats = [&row.line.evaluator, &row.line.adjuster, &row.line.confirmer];
    for ((person, post), seat) in super::names::SEATS.into_iter().zip(seats) {
        if let Some(seat) = seat {
            put(person, seat.person.clone().into());
            put(post, seat.post.clone().into());
        }
    }
    if !row.second_offices.is_empty() {
        let people: Vec<&str> = row.second_offices.iter().map(|seat| seat.person.as_str()).collect();
        put("concurrent_evaluators", people.into());
    }
    values
}
