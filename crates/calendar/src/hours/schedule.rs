//! Weekly schedules with effective dates, and exceptions for single days.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::opening::{HoursProblem, Opening, in_order, parse_openings};

/// Whether closed days of the business calendar close the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedDays {
    /// The desk is closed on them. A weekend day that the agency opens follows the week's hours of
    /// that weekday; a [`DayException`] gives it others.
    #[default]
    Observed,
    /// The desk follows the week alone, such as an emergency desk.
    Ignored,
}

/// The hours of a week, in force from a date until the next schedule begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The first day on which it is in force.
    pub from: NaiveDate,
    /// The openings of each weekday, Monday first; an empty list is a closed day.
    pub week: [Vec<Opening>; 7],
    /// What closed days do.
    #[serde(default)]
    pub closed_days: ClosedDays,
}

impl Schedule {
    /// The same hours from Monday to Friday, closed on weekends and closed days.
    ///
    /// # Errors
    /// A [`HoursProblem`] when the openings cannot be read; their form is that of
    /// [`parse_openings`].
    pub fn weekdays(from: NaiveDate, openings: &str) -> Result<Self, HoursProblem> {
        let day = parse_openings(openings)?;
        let week = [day.clone(), day.clone(), day.clone(), day.clone(), day, Vec::new(), Vec::new()];
        Ok(Self { from, week, closed_days: ClosedDays::Observed })
    }

    /// Round the clock, every day of the year.
    pub fn always(from: NaiveDate) -> Self {
        let week = std::array::from_fn(|_| vec![Opening::WHOLE_DAY]);
        Self { from, week, closed_days: ClosedDays::Ignored }
    }

    /// Closed altogether, for the time after a service has ended.
    pub fn never(from: NaiveDate) -> Self {
        Self { from, week: Default::default(), closed_days: ClosedDays::Observed }
    }

    pub(super) fn checked(mut self) -> Result<Self, HoursProblem> {
        for day in &mut self.week {
            *day = in_order(std::mem::take(day))?;
        }
        Ok(self)
    }

    pub(super) fn on(&self, date: NaiveDate) -> &[Opening] {
        let weekday = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or(0);
        self.week.get(weekday).map_or(&[], Vec::as_slice)
    }
}

/// Other hours on one day, open or closed day alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayException {
    /// The day.
    pub date: NaiveDate,
    /// The hours of that day; an empty list closes it.
    pub openings: Vec<Opening>,
    /// The reason shown to people.
    pub label: String,
}
