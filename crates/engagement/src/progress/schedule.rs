//! When each work can happen: a pass forwards and a pass backwards over the predecessors, in business days.
//!
//! The critical path method as every textbook of project management tells it (JIS Q 21508 refers to it): a work begins on
//! the business day after its last predecessor ends, and not before the day it is planned for; its float is how many
//! business days it may slip before the whole ends later; works without float are critical.

use std::collections::BTreeMap;

use calendar::BusinessCalendar;
use chrono::NaiveDate;

/// A work to be laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// Identifier that predecessors name.
    pub id: String,
    /// What people call it; a cycle is told with it.
    pub label: String,
    /// Business days it takes; 0 counts as 1.
    pub days: u32,
    /// Identifiers of the works that must end before. Those that are not in the list are left out.
    pub after: Vec<String>,
    /// Not before this day.
    pub not_before: Option<NaiveDate>,
}

/// Where a work lies. All days are business days and included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Earliest first day.
    pub early_start: NaiveDate,
    /// Earliest last day.
    pub early_end: NaiveDate,
    /// Latest first day that keeps the end of the whole.
    pub late_start: NaiveDate,
    /// Latest last day that keeps the end of the whole.
    pub late_end: NaiveDate,
    /// Business days it may slip without moving the end of the whole.
    pub float: u32,
}

impl Placed {
    /// Whether a delay of it delays the whole.
    pub fn critical(&self) -> bool {
        self.float == 0
    }
}

/// Works that wait for one another in a circle, by their labels: each after the one before it, the last before the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("先行作業が輪になっています（{}）。どれかの先行作業を外してください。", .0.join(" → "))]
pub struct Cycle(pub Vec<String>);

/// The furthest business day that is reckoned with: some forty years. Later ones are put there.
const HORIZON: usize = 10_000;

/// Lay the works out from a first day on.
///
/// # Errors
/// A [`Cycle`] when works wait for one another.
pub fn lay_out(
    works: &[Work],
    from: NaiveDate,
    calendar: &BusinessCalendar,
) -> Result<BTreeMap<String, Placed>, Cycle> {
    let first = calendar.on_or_after(from);
    let before = predecessors(works);
    let order = order(works, &before)?;
    // Places are numbers of business days after the first.
    let mut early = vec![(0usize, 0usize); works.len()];
    for &at in &order {
        let Some(work) = works.get(at) else { continue };
        let planned = work.not_before.map_or(0, |day| place(first, day, calendar));
        let freed = links(&before, at).iter().filter_map(|&other| Some(early.get(other)?.1 + 1)).max().unwrap_or(0);
        let start = planned.max(freed);
        if let Some(slot) = early.get_mut(at) {
            *slot = (start, start + length(work) - 1);
        }
    }
    let end = early.iter().map(|(_, end)| *end).max().unwrap_or(0);
    let mut late_end = vec![end; works.len()];
    for &at in order.iter().rev() {
        let Some(work) = works.get(at) else { continue };
        let latest = late_end.get(at).copied().unwrap_or(end) + 1 - length(work);
        for &other in links(&before, at) {
            if let Some(slot) = late_end.get_mut(other) {
                *slot = (*slot).min(latest.saturating_sub(1));
            }
        }
    }
    let days = business_days(first, end.min(HORIZON), calendar);
    let day = |place: usize| days.get(place).or_else(|| days.last()).copied().unwrap_or(first);
    let placed = works.iter().zip(early).zip(late_end).map(|((work, (start, end)), late)| {
        let late_start = late + 1 - length(work);
        let float = u32::try_from(late_start.saturating_sub(start)).unwrap_or(u32::MAX);
        let placed = Placed {
            early_start: day(start),
            early_end: day(end),
            late_start: day(late_start),
            late_end: day(late),
            float,
        };
        (work.id.clone(), placed)
    });
    Ok(placed.collect())
}

/// Refuse works that wait for one another.
///
/// # Errors
/// The [`Cycle`].
pub fn check(works: &[Work]) -> Result<(), Cycle> {
    order(works, &predecessors(works)).map(|_| ())
}

fn length(work: &Work) -> usize {
    (work.days.max(1) as usize).min(HORIZON)
}

/// The place of a day: how many business days lie between the first and it. A closed day stands for the next open one.
fn place(first: NaiveDate, day: NaiveDate, calendar: &BusinessCalendar) -> usize {
    usize::try_from(calendar.business_days_between(first, calendar.on_or_after(day))).unwrap_or(0).min(HORIZON)
}

fn business_days(first: NaiveDate, last: usize, calendar: &BusinessCalendar) -> Vec<NaiveDate> {
    let next = |day: &NaiveDate| calendar.add_business_days(*day, 1);
    std::iter::successors(Some(first), next).take(last + 1).collect()
}

fn links(before: &[Vec<usize>], at: usize) -> &[usize] {
    before.get(at).map_or(&[], Vec::as_slice)
}

/// For each work the places of its predecessors.
fn predecessors(works: &[Work]) -> Vec<Vec<usize>> {
    let places: BTreeMap<&str, usize> = works.iter().enumerate().map(|(at, work)| (work.id.as_str(), at)).collect();
    works.iter().map(|work| work.after.iter().filter_map(|id| places.get(id.as_str()).copied()).collect()).collect()
}

/// The works in an order in which each comes after its predecessors.
fn order(works: &[Work], before: &[Vec<usize>]) -> Result<Vec<usize>, Cycle> {
    let mut waiting: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut behind: Vec<Vec<usize>> = vec![Vec::new(); works.len()];
    for (at, others) in before.iter().enumerate() {
        for &other in others {
            if let Some(list) = behind.get_mut(other) {
                list.push(at);
            }
        }
    }
    let mut ready: Vec<usize> = (0..works.len()).filter(|at| waiting.get(*at) == Some(&0)).collect();
    let mut order = Vec::with_capacity(works.len());
    while let Some(at) = ready.pop() {
        order.push(at);
        for &next in links(&behind, at) {
            if let Some(count) = waiting.get_mut(next) {
                *count -= 1;
                if *count == 0 {
                    ready.push(next);
                }
            }
        }
    }
    if order.len() == works.len() { Ok(order) } else { Err(cycle(works, before, &waiting)) }
}

/// Follow predecessors that still wait until one comes again.
fn cycle(works: &[Work], before: &[Vec<usize>], waiting: &[usize]) -> Cycle {
    let waits = |at: &usize| waiting.get(*at).is_some_and(|count| *count > 0);
    let mut path: Vec<usize> = Vec::new();
    let mut next = (0..works.len()).find(|at| waits(at));
    while let Some(at) = next {
        if let Some(start) = path.iter().position(|known| *known == at) {
            path.drain(..start);
            break;
        }
        path.push(at);
        next = links(before, at).iter().copied().find(|other| waits(other));
    }
    path.reverse();
    Cycle(path.iter().filter_map(|at| works.get(*at)).map(|work| work.label.clone()).collect())
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
