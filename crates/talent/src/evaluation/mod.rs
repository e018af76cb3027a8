//! National personnel evaluation (人事評価): ability once a year, performance twice, from goals to disclosure.
//!
//! The pack `packs/talent` declares the ledgers, the steps of a sheet and who may see what when. This module works out
//! what a declaration cannot: who evaluates whom on a day, the sheets of a round, transfers within it, marks of dated
//! scales, and the figures that people look at. In reading order:
//!
//! - [`start`]: [`preview()`] a round, [`open_round`] it, [`hand_out`](templates::hand_out) goals, [`start_special`];
//! - [`lines`]: who evaluates whom, over [`staffing`];
//! - [`EvaluationEngine`]: what the write path asks on every change;
//! - [`transfer`] and [`daily`]: what follows from an assignment and from the day ([`TASKS`], [`DAILY`]);
//! - [`progress()`], [`distribution()`], [`look_back()`], [`year`]: what people look at;
//! - [`confirm_all`], [`record_form()`]: confirming in bulk, the printed record;
//! - [`standard`]: the scales and items an agency starts from.
//!
//! [`start`]: open

mod complaint;
pub mod confirm;
pub mod daily;
pub mod distribution;
mod engine;
pub mod lines;
pub mod look_back;
pub mod names;
pub mod open;
pub mod pages;
pub mod preview;
pub mod progress;
pub mod record_form;
mod round;
pub mod scale;
pub mod sheet;
pub mod special;
pub mod staffing;
pub mod standard;
pub mod templates;
pub mod transfer;
pub mod year;

pub use confirm::confirm_all;
pub use daily::{DAILY, TASKS};
pub use distribution::distribution;
pub use engine::EvaluationEngine;
use ledger::find;
pub use look_back::look_back;
pub use open::open_round;
pub use preview::preview;
pub use progress::{in_hand, progress};
pub use record_form::{record_form, record_forms};
pub use special::start_special;
pub use transfer::apply_transfers;
pub use year::{sheet_before, year_of, years_of};
