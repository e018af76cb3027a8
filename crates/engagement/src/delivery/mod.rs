//! Delivery and inspection (納入と検査): what is handed over, counted from the day of receipt, passed, reworked or deemed
//! to have passed.

mod bundle;
mod engine;
pub mod names;
pub mod pages;

pub use engine::DeliveryEngine;

use ledger::task::Daily;

/// What falls due with the day.
pub const DAILY: &[Daily] = &[Daily { name: "deemed_pass", run: engine::deem }];
