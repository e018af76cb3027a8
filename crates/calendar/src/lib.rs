//! Dates as Japanese public agencies count them: closed days, business days, eras, fiscal years,
//! deadline rules and the opening-hours clock. This crate is pure: it reads no file, no database and,
//! but for [`SystemClock`], no clock. What must be remembered (an agency's own closed days, a duty and
//! its due date) is kept by `ledger`, which hands the dated facts in and stores what comes out.
//!
//! Dates are [`chrono::NaiveDate`] in Japan Standard Time; instants are `DateTime<Utc>`.
//!
//! ```
//! use calendar::{BusinessCalendar, DeadlineRule, format_era, parse_date};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let today = parse_date("2026-11-21", Default::default())?;
//! let held_on = parse_date("令和8年9月18日", today)?;
//! let rule = DeadlineRule::parse("3 business days after held_on")?;
//! let value = |field: &str| (field == "held_on").then_some(held_on);
//! let due = rule.resolve(&value, &BusinessCalendar::government());
//! assert_eq!(due.map(format_era).as_deref(), Some("令和8年9月28日"));
//! # Ok(()) }
//! ```
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod business;
mod clock;
mod counting;
pub mod era;
mod fiscal;
pub mod holidays;
pub mod hours;
pub mod jst;
mod remaining;
pub mod rule;

pub use business::{AgencyDay, BusinessCalendar, ClosedReason};
pub use clock::{Clock, FixedClock, ShiftedClock, SystemClock};
pub use counting::{Counting, Length, Shift, Unit};
pub use era::{DateProblem, Era, format_era, format_era_month, format_era_short, parse_date, parse_month};
pub use fiscal::FiscalYear;
pub use jst::{format_date, format_date_with_weekday, format_instant, format_iso, jst_date};
pub use remaining::{Remaining, remaining, remaining_phrase};
pub use rule::{DeadlineRule, RuleError};
