//! How far a round is: offices by steps, what is late, and who holds it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::Kernel;
use ledger::access::Access;
use ledger::port::Reader;
use ledger::principal::Principal;
use ledger::query::{Filter, Query, Sort};
use ledger::record::Record;
use ledger::refusal::Refusal;

use super::find;
use super::names::ledger_name::{ORGANISATION, ROUND, SHEET};
use super::names::state;
use super::sheet::due_field;

/// A step of the scheme with its last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// State.
    pub state: String,
    /// Japanese words.
    pub label: String,
    /// Last day; none where the step has none.
    pub due: Option<NaiveDate>,
    /// The last day has passed, so that every sheet still here is late.
    pub late: bool,
}

/// One office.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OfficeProgress {
    /// Office.
    pub organisation: String,
    /// Code of the office.
    pub code: String,
    /// Name of the office.
    pub name: String,
    /// Sheets by step, in the order of [`Progress::steps`].
    pub counts: Vec<u64>,
    /// Sheets whose step is past its last day.
    pub late: u64,
    /// Sheets, cancelled ones left out.
    pub total: u64,
}

/// Progress of a round, over what the reader may see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Steps in order.
    pub steps: Vec<Step>,
    /// Offices by code.
    pub offices: Vec<OfficeProgress>,
    /// All offices together.
    pub whole: OfficeProgress,
}

/// Steps of a round with their last days.
pub fn steps(kernel: &Kernel, round: &Record) -> Result<Vec<Step>, Refusal> {
    let ledger = kernel.ledger(SHEET)?;
    let today = kernel.today();
    let states = state::COURSE.into_iter().chain([state::CORRECTING]);
    Ok(states
        .map(|state| {
            let due = due_field(state).and_then(|field| find::date(round, field));
            let label = ledger.workflow.state_label(state).to_string();
            Step { state: state.into(), label, due, late: due.is_some_and(|due| due < today) }
        })
        .collect())
}

/// The round, when the reader may see it.
pub(super) fn readable_round(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    round: &str,
) -> Result<Record, Refusal> {
    let ledger = kernel.ledger(ROUND)?;
    let access = Access::new(&ledger, who);
    tx.record(ROUND, round)?.filter(|record| access.may_read(record)).ok_or(Refusal::NotFound)
}

/// Offices by steps.
///
/// # Errors
/// Not found when the round or all sheets are out of the reader's sight.
pub fn progress(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    round: &str,
) -> Result<Progress, Refusal> {
    let round = readable_round(tx, kernel, who, round)?;
    let steps = steps(kernel, &round)?;
    let ledger = kernel.ledger(SHEET)?;
    let access = Access::new(&ledger, who);
    let visible = access.visible();
    let Some(office) = access.operand("organisation").filter(|_| visible != Filter::Nothing) else {
        return Err(Refusal::NotFound);
    };
    let mut by_office: BTreeMap<String, OfficeProgress> = BTreeMap::new();
    let mut whole = OfficeProgress { counts: vec![0; steps.len()], name: "全体".into(), ..OfficeProgress::default() };
    for (at, step) in steps.iter().enumerate() {
        let filter = visible.clone().and(find::is("round", &round.id)).and(find::in_state(&[&step.state]));
        for group in tx.group(SHEET, &filter, std::slice::from_ref(&office), None)? {
            let id = group.values.first().and_then(serde_json::Value::as_str).unwrap_or_default().to_string();
            let entry = by_office.entry(id.clone()).or_insert_with(|| OfficeProgress {
                organisation: id,
                counts: vec![0; steps.len()],
                ..OfficeProgress::default()
            });
            for row in [&mut *entry, &mut whole] {
                if let Some(count) = row.counts.get_mut(at) {
                    *count += group.count;
                }
                row.total += group.count;
                row.late += if step.late { group.count } else { 0 };
            }
        }
    }
    let ids: Vec<String> = by_office.keys().cloned().collect();
    for record in tx.records(ORGANISATION, &ids)? {
        if let Some(row) = by_office.get_mut(&record.id) {
            row.code = record.text("code").unwrap_or_default().to_string();
            row.name = record.text("name").unwrap_or_default().to_string();
        }
    }
    let mut offices: Vec<OfficeProgress> = by_office.into_values().collect();
    offices.sort_by(|one, two| one.code.cmp(&two.code));
    Ok(Progress { steps, offices, whole })
}

/// A sheet that somebody has in hand.
#[derive(Debug, Clone, PartialEq)]
pub struct InHand {
    /// Sheet, with what the reader may see of it.
    pub sheet: Record,
    /// Person who acts next; none while nobody has to.
    pub holder: Option<String>,
    /// Last day of the step.
    pub due: Option<NaiveDate>,
    /// 「あと3開庁日」 or 「期限超過 2開庁日」; none without a last day.
    pub remaining: Option<String>,
    /// Past its last day.
    pub late: bool,
}

/// Sheets of the round with their holders: of one office when named, of one state when named, those longest unchanged
/// first, at most `limit`.
pub fn in_hand(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    round: &str,
    organisation: Option<&str>,
    state: Option<&str>,
    limit: usize,
) -> Result<Vec<InHand>, Refusal> {
    let round = readable_round(tx, kernel, who, round)?;
    let ledger = kernel.ledger(SHEET)?;
    let access = Access::new(&ledger, who);
    let mut filter = access.visible().and(find::is("round", &round.id));
    if let Some(organisation) = organisation {
        filter = filter.and(find::is("organisation", organisation));
    }
    filter = filter.and(match state {
        Some(state) => find::in_state(&[state]),
        None => find::in_state(&state::OPEN),
    });
    let sort = vec![Sort { operand: ledger::query::Operand::RecordedAt, descending: false }];
    let query = Query { ledger: SHEET.into(), filter, sort, after: None, limit, as_of: None };
    let today = kernel.today();
    let found = tx.find(&query)?.into_iter().map(|sheet| {
        let due = due_field(&sheet.state).and_then(|field| find::date(&round, field));
        InHand {
            holder: find::owned(&sheet, "holder"),
            due,
            remaining: due.map(|due| calendar::remaining_phrase(today, due, &kernel.calendar)),
            late: due.is_some_and(|due| due < today),
            sheet: access.redact(sheet),
        }
    });
    Ok(found.collect())
}
