//! The clock itself: open seconds as prefix sums, one year at a time, built when first asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};

use super::opening::{HoursProblem, Opening, in_order};
use super::schedule::{ClosedDays, DayException, Schedule};
use crate::business::BusinessCalendar;
use crate::jst;

/// The first year with opening hours.
pub const FIRST_YEAR: i32 = 1990;
/// The last year with opening hours.
pub const LAST_YEAR: i32 = 2149;

/// When a desk is open: schedules by effective date, exceptions by day, and closed days.
pub struct OpeningHours {
    schedules: Vec<Schedule>,
    exceptions: BTreeMap<NaiveDate, DayException>,
    calendar: BusinessCalendar,
    years: Vec<OnceLock<Year>>,
}

/// Open seconds from 1 January through each day of the year.
struct Year(Vec<u32>);

impl Year {
    fn total(&self) -> i64 {
        self.0.last().copied().map_or(0, i64::from)
    }

    /// Open seconds before the day with that 0-based number.
    fn before(&self, ordinal: usize) -> i64 {
        ordinal.checked_sub(1).and_then(|at| self.0.get(at)).copied().map_or(0, i64::from)
    }
}

impl fmt::Debug for OpeningHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpeningHours")
            .field("schedules", &self.schedules)
            .field("exceptions", &self.exceptions)
            .finish_non_exhaustive()
    }
}

impl OpeningHours {
    /// A clock from its schedules (in any order) and exceptions. Before the first schedule the desk
    /// is closed.
    ///
    /// # Errors
    /// A [`HoursProblem`] when openings of a day overlap, or two schedules or exceptions have the
    /// same date.
    pub fn new(
        schedules: impl IntoIterator<Item = Schedule>,
        exceptions: impl IntoIterator<Item = DayException>,
        calendar: BusinessCalendar,
    ) -> Result<Self, HoursProblem> {
        let mut in_force = schedules.into_iter().map(Schedule::checked).collect::<Result<Vec<_>, _>>()?;
        in_force.sort_by_key(|schedule| schedule.from);
        let twice = in_force.iter().zip(in_force.iter().skip(1)).find(|(a, b)| a.from == b.from);
        if let Some((schedule, _)) = twice {
            return Err(HoursProblem::TwoSchedules { date: schedule.from });
        }
        let mut by_day = BTreeMap::new();
        for mut exception in exceptions {
            let date = exception.date;
            exception.openings = in_order(exception.openings)?;
            if by_day.insert(date, exception).is_some() {
                return Err(HoursProblem::TwoExceptions { date });
            }
        }
        let years = (FIRST_YEAR..=LAST_YEAR).map(|_| OnceLock::new()).collect();
        Ok(Self { schedules: in_force, exceptions: by_day, calendar, years })
    }

    /// The openings of a day, in order.
    pub fn openings_on(&self, date: NaiveDate) -> &[Opening] {
        if !(FIRST_YEAR..=LAST_YEAR).contains(&date.year()) {
            return &[];
        }
        if let Some(exception) = self.exceptions.get(&date) {
            return &exception.openings;
        }
        let in_force = self.schedules.partition_point(|schedule| schedule.from <= date);
        let Some(schedule) = in_force.checked_sub(1).and_then(|at| self.schedules.get(at)) else {
            return &[];
        };
        let closed = schedule.closed_days == ClosedDays::Observed && !self.calendar.is_business_day(date);
        if closed { &[] } else { schedule.on(date) }
    }

    /// Whether the desk is open at that instant.
    pub fn is_open(&self, instant: DateTime<Utc>) -> bool {
        let (date, second) = local(instant);
        self.openings_on(date)
            .iter()
            .any(|opening| (opening.from().seconds()..opening.to().seconds()).contains(&second))
    }

    /// Open seconds in `[start, end)`; negative when `end` is earlier. O(log n): sums by year and by
    /// day are looked up, no day is walked.
    pub fn elapsed(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> i64 {
        if end < start {
            return -self.elapsed(end, start);
        }
        let (first, last) = (local(start).0.year(), local(end).0.year());
        let between: i64 = (first.max(FIRST_YEAR - 1)..last.min(LAST_YEAR + 1))
            .filter_map(|year| self.year(year))
            .map(Year::total)
            .sum();
        between + self.since_new_year(end) - self.since_new_year(start)
    }

    /// The earliest instant at which `seconds` of open time have run since `start`: the inverse of
    /// [`elapsed`](Self::elapsed). A limit that is used up exactly at closing time is reached at
    /// closing time. `None` when so much time never comes.
    pub fn deadline(&self, start: DateTime<Utc>, seconds: u64) -> Option<DateTime<Utc>> {
        if seconds == 0 {
            return Some(start);
        }
        let first = local(start).0.year().max(FIRST_YEAR);
        let mut wanted = i64::try_from(seconds).ok()?.checked_add(self.since_new_year(start))?;
        for number in first..=LAST_YEAR {
            let year = self.year(number)?;
            if wanted <= year.total() {
                return self.in_year(number, year, wanted);
            }
            wanted -= year.total();
        }
        None
    }

    /// The instant at which that many (at least one) open seconds of the year have run.
    fn in_year(&self, number: i32, year: &Year, wanted: i64) -> Option<DateTime<Utc>> {
        let ordinal = year.0.partition_point(|sum| i64::from(*sum) < wanted);
        let date = NaiveDate::from_yo_opt(number, u32::try_from(ordinal).ok()? + 1)?;
        let mut left = wanted - year.before(ordinal);
        for opening in self.openings_on(date) {
            let length = i64::from(opening.seconds());
            if left <= length {
                let second = i64::from(opening.from().seconds()) + left;
                return jst::start_of_day(date).checked_add_signed(TimeDelta::seconds(second));
            }
            left -= length;
        }
        None
    }

    /// Open seconds from the start of the instant's year (in Japan) to the instant.
    fn since_new_year(&self, instant: DateTime<Utc>) -> i64 {
        let (date, second) = local(instant);
        let Some(year) = self.year(date.year()) else { return 0 };
        let ordinal = usize::try_from(date.ordinal0()).unwrap_or(0);
        let today: u32 = self
            .openings_on(date)
            .iter()
            .map(|opening| {
                let from = opening.from().seconds();
                second.clamp(from, opening.to().seconds()) - from
            })
            .sum();
        year.before(ordinal) + i64::from(today)
    }

    fn year(&self, number: i32) -> Option<&Year> {
        let at = usize::try_from(number.checked_sub(FIRST_YEAR)?).ok()?;
        let year = self.years.get(at)?.get_or_init(|| {
            let first = NaiveDate::from_ymd_opt(number, 1, 1).unwrap_or_default();
            let mut sum = 0;
            let days = first.iter_days().take_while(|date| date.year() == number);
            Year(
                days.map(|date| {
                    sum += self.openings_on(date).iter().map(Opening::seconds).sum::<u32>();
                    sum
                })
                .collect(),
            )
        });
        Some(year)
    }
}

/// The day in Japan and the whole seconds since its midnight.
fn local(instant: DateTime<Utc>) -> (NaiveDate, u32) {
    let local = jst::wall_clock(instant);
    (local.date(), local.num_seconds_from_midnight())
}
