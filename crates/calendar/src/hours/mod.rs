//! The opening-hours clock: how much service time has run, and when a time limit is reached.
//!
//! Service time is *running ∩ open*: a case runs between facts (received, waiting, resumed, closed)
//! and the desk is open in half-open intervals `[from, to)` of the wall clock in Japan.
//! [`OpeningHours::elapsed`] measures, [`OpeningHours::deadline`] is the exact inverse of the same
//! function, and [`OpeningHours::measure`] lists the intervals behind a verdict. The limits
//! themselves, and what is done when one is missed, belong to the area that promised them.
//!
//! Whole seconds are counted; the fraction of an instant is dropped. Years outside
//! [`FIRST_YEAR`] to [`LAST_YEAR`] are closed, so that an absurd clock cannot run for ever.
//!
//! ```
//! use calendar::BusinessCalendar;
//! use calendar::hours::{OpeningHours, Schedule};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let schedule = Schedule::weekdays("2026-04-01".parse()?, "9:30-12:00, 13:00-18:15")?;
//! let desk = OpeningHours::new([schedule], [], BusinessCalendar::government())?;
//! // Friday 20 November 2026, 17:15 in Japan; Monday 23 is a holiday.
//! let start = "2026-11-20T08:15:00Z".parse()?;
//! let due = desk.deadline(start, 2 * 3600).ok_or("never")?;
//! assert_eq!(calendar::format_instant(due), "2026年11月24日 10:30");
//! assert_eq!(desk.elapsed(start, due), 2 * 3600);
//! # Ok(()) }
//! ```

mod measure;
mod opening;
mod schedule;
mod table;

pub use measure::{Interval, Measured};
pub use opening::{HoursProblem, Opening, TimeOfDay, parse_openings};
pub use schedule::{ClosedDays, DayException, Schedule};
pub use table::{FIRST_YEAR, LAST_YEAR, OpeningHours};

#[cfg(test)]
mod tests;
