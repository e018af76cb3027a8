//! The plan of a contract as its pages and papers need it: works laid out, the baseline beside them, what was spent.

use std::collections::BTreeMap;

use calendar::BusinessCalendar;
use chrono::NaiveDate;
use ledger::{Record, find};
use rust_decimal::Decimal;
use serde_json::Value;

use super::earned_value::{Item, Measure};
use super::schedule::{self, Cycle, Placed};
use super::{amount, engine, wbs_order};

/// What a plan counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Hours of work.
    Hours,
    /// Yen.
    Yen,
}

impl Unit {
    /// The word behind a figure.
    pub fn word(self) -> &'static str {
        match self {
            Unit::Hours => "時間",
            Unit::Yen => "円",
        }
    }

    fn planned(self) -> &'static str {
        match self {
            Unit::Hours => "planned_hours",
            Unit::Yen => "planned_cost",
        }
    }
}

/// One work of the plan.
#[derive(Debug, Clone)]
pub struct Work<'r> {
    /// The work item.
    pub item: &'r Record,
    /// First and last planned day.
    pub planned: (NaiveDate, NaiveDate),
    /// The same in the approved baseline.
    pub base: Option<(NaiveDate, NaiveDate)>,
    /// Where the pass over its predecessors puts it; none when they form a circle.
    pub placed: Option<Placed>,
    /// Share earned, percent.
    pub earned: u8,
}

impl Work<'_> {
    /// Whether nothing of it is left to do, said or not.
    pub fn over(&self) -> bool {
        self.item.state == "done" || self.earned == 100
    }

    /// Whether a delay of it delays the whole.
    pub fn critical(&self) -> bool {
        !self.over() && self.placed.is_some_and(|placed| placed.critical())
    }

    /// Whether it should have been finished.
    pub fn late(&self, today: NaiveDate) -> bool {
        !self.over() && self.planned.1 < today
    }

    /// Whether its predecessors end only after it is planned to begin.
    pub fn squeezed(&self, calendar: &BusinessCalendar) -> bool {
        self.placed.is_some_and(|placed| placed.early_start > calendar.on_or_after(self.planned.0))
    }
}

/// Lay out the works of a contract, in the order of their numbers. Those that were dropped are left out.
///
/// # Errors
/// The circle of predecessors, when they wait for one another.
pub fn works<'r>(
    items: &'r [Record],
    baseline: Option<&Record>,
    calendar: &BusinessCalendar,
) -> (Vec<Work<'r>>, Result<(), Cycle>) {
    let mut kept: Vec<&Record> = items.iter().filter(|item| item.state != "dropped").collect();
    kept.sort_by_key(|item| wbs_order(item));
    let days = |item: &Record| Some((find::date(item, "starts_on")?, find::date(item, "ends_on")?));
    let laid: Vec<schedule::Work> = kept
        .iter()
        .filter_map(|item| {
            let (from, to) = days(item)?;
            Some(engine::work(item, u32::try_from(calendar.count(from, to)).unwrap_or(1)))
        })
        .collect();
    let first = laid.iter().filter_map(|work| work.not_before).min();
    let placed = first.map_or(Ok(BTreeMap::new()), |first| schedule::lay_out(&laid, first, calendar));
    let (placed, circle) = match placed {
        Ok(placed) => (placed, Ok(())),
        Err(cycle) => (BTreeMap::new(), Err(cycle)),
    };
    let frozen = baseline.map(frozen).unwrap_or_default();
    let works = kept
        .into_iter()
        .filter_map(|item| {
            Some(Work {
                item,
                planned: days(item)?,
                base: frozen.get(item.text("number").unwrap_or_default()).copied(),
                placed: placed.get(&item.id).copied(),
                earned: item.value("earned").as_u64().and_then(|share| u8::try_from(share).ok()).unwrap_or(0).min(100),
            })
        })
        .collect();
    (works, circle)
}

/// First and last day of each work of a baseline, by WBS number.
fn frozen(baseline: &Record) -> BTreeMap<&str, (NaiveDate, NaiveDate)> {
    let rows = baseline.value("items").as_array().into_iter().flatten();
    let day = |row: &Value, column: &str| row.get(column)?.as_str()?.parse().ok();
    rows.filter_map(|row| Some((row.get("number")?.as_str()?, (day(row, "starts_on")?, day(row, "ends_on")?))))
        .collect()
}

/// The works as earned value counts them: planned as the approved baseline says where it knows them, else as the plan
/// does; earned as the records say.
pub fn earned_items(items: &[Record], baseline: Option<&Record>, unit: Unit) -> Vec<Item> {
    let rows: BTreeMap<&str, &Value> = baseline
        .and_then(|baseline| baseline.value("items").as_array())
        .into_iter()
        .flatten()
        .filter_map(|row| Some((row.get("number")?.as_str()?, row)))
        .collect();
    let column = if unit == Unit::Hours { "hours" } else { "cost" };
    items
        .iter()
        .filter(|item| item.state != "dropped")
        .filter_map(|item| {
            let frozen = rows.get(item.text("number").unwrap_or_default());
            let day = |column: &str| {
                let from = frozen.and_then(|row| row.get(column)?.as_str()?.parse().ok());
                from.or_else(|| find::date(item, column))
            };
            let budget = match frozen {
                Some(row) => row.get(column).and_then(number),
                None => amount(item, unit.planned()),
            };
            Some(Item {
                budget: budget.unwrap_or_default(),
                starts_on: day("starts_on")?,
                ends_on: day("ends_on")?,
                measure: measure(item),
                started_on: find::date(item, "started_on"),
                finished_on: find::date(item, "finished_on"),
            })
        })
        .collect()
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

fn measure(item: &Record) -> Measure {
    let rows = |field: &str| item.value(field).as_array().cloned().unwrap_or_default();
    let day = |row: &Value, column: &str| row.get(column)?.as_str()?.parse().ok();
    match item.text("rule") {
        Some("fifty_fifty") => Measure::FiftyFifty,
        Some("milestones") => {
            let reached = |row: &Value| Some((row.get("weight").and_then(number)?, day(row, "done_on")));
            Measure::Milestones(rows("milestones").iter().filter_map(reached).collect())
        }
        Some("percent") => {
            let read = |row: &Value| Some((day(row, "on")?, row.get("percent").and_then(number)?));
            Measure::Percent(rows("measured").iter().filter_map(read).collect())
        }
        _ => Measure::ZeroHundred,
    }
}

/// What each day took, in the unit of the plan.
pub fn spent(records: &[Record], unit: Unit) -> Vec<(NaiveDate, Decimal)> {
    let field = if unit == Unit::Hours { "hours" } else { "cost" };
    records.iter().filter_map(|record| Some((find::date(record, "worked_on")?, amount(record, field)?))).collect()
}
