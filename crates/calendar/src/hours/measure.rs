//! Service time over the intervals in which a case was running.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::table::OpeningHours;
use crate::jst;

/// A half-open interval `[from, to)` of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// The first instant inside.
    pub from: DateTime<Utc>,
    /// The first instant outside.
    pub to: DateTime<Utc>,
}

/// Service time with the intervals it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Open seconds while running.
    pub seconds: i64,
    /// Where they lie, in order; their lengths add up to `seconds`.
    pub intervals: Vec<Interval>,
}

impl OpeningHours {
    /// Open seconds within the running intervals. Intervals may come in any order; time in which
    /// several run counts once; empty and backward intervals count nothing.
    pub fn elapsed_running(&self, running: &[Interval]) -> i64 {
        merged(running).iter().map(|interval| self.elapsed(interval.from, interval.to)).sum()
    }

    /// Open seconds within the running intervals, with every interval *running ∩ open* behind them.
    pub fn measure(&self, running: &[Interval]) -> Measured {
        let mut intervals = Vec::new();
        for span in merged(running) {
            let (from, to) = (whole(span.from), whole(span.to));
            let last = jst::jst_date(to);
            let mut date = Some(jst::jst_date(from));
            while let Some(day) = date.filter(|day| *day <= last) {
                let midnight = jst::start_of_day(day);
                let at = |second: u32| midnight + TimeDelta::seconds(second.into());
                intervals.extend(
                    self.openings_on(day)
                        .iter()
                        .map(|opening| Interval {
                            from: at(opening.from().seconds()).max(from),
                            to: at(opening.to().seconds()).min(to),
                        })
                        .filter(|interval| interval.from < interval.to),
                );
                date = self.next_open_day(day);
            }
        }
        let seconds = intervals.iter().map(|interval| (interval.to - interval.from).num_seconds()).sum();
        Measured { seconds, intervals }
    }

    /// The instant at which `seconds` of service time are used up by the running intervals, the last
    /// of which goes on from `resumed` without end when the case is running now. `None` when they
    /// are not used up.
    pub fn deadline_running(
        &self,
        running: &[Interval],
        resumed: Option<DateTime<Utc>>,
        seconds: u64,
    ) -> Option<DateTime<Utc>> {
        let endless = resumed.map(|from| Interval { from, to: DateTime::<Utc>::MAX_UTC });
        let all: Vec<_> = running.iter().copied().chain(endless).collect();
        let mut left = i64::try_from(seconds).ok()?;
        for interval in merged(&all) {
            let spent = self.elapsed(interval.from, interval.to);
            if left <= spent {
                return self.deadline(interval.from, u64::try_from(left).ok()?);
            }
            left -= spent;
        }
        None
    }

    /// The next day with openings, found by the clock itself so that long closed stretches cost
    /// nothing.
    fn next_open_day(&self, day: chrono::NaiveDate) -> Option<chrono::NaiveDate> {
        let reached = self.deadline(jst::start_of_day(day.succ_opt()?), 1)?;
        Some(jst::jst_date(reached - TimeDelta::seconds(1)))
    }
}

/// Running intervals in order, those that overlap or touch made one.
fn merged(running: &[Interval]) -> Vec<Interval> {
    let mut sorted: Vec<_> = running.iter().copied().filter(|interval| interval.from < interval.to).collect();
    sorted.sort_by_key(|interval| interval.from);
    let mut merged: Vec<Interval> = Vec::with_capacity(sorted.len());
    for interval in sorted {
        match merged.last_mut() {
            Some(last) if interval.from <= last.to => last.to = last.to.max(interval.to),
            _ => merged.push(interval),
        }
    }
    merged
}

/// The instant without its fraction of a second.
fn whole(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(instant.timestamp(), 0).unwrap_or(instant)
}
