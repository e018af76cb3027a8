//! Plan and progress (計画と進捗): works and when they can happen ([`schedule`]), what they are worth ([`earned_value`]),
//! baselines, issues, risks, and meetings whose minutes everybody confirms.

pub mod earned_value;
mod engine;
pub mod names;
pub mod pages;
pub mod paper;
pub mod plan;
mod report;
pub mod schedule;

pub use engine::ProgressEngine;

use ledger::Record;
use rust_decimal::Decimal;

/// A number in a field, exact; `None` when there is none.
pub fn amount(record: &Record, field: &str) -> Option<Decimal> {
    match record.value(field) {
        serde_json::Value::String(text) => text.parse().ok(),
        serde_json::Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

/// The order of WBS numbers: 1.2 before 1.10. Parts that are no numbers come last, by their text.
pub fn wbs_order(item: &Record) -> Vec<(u64, String)> {
    let part = |part: &str| match part.parse() {
        Ok(number) => (number, String::new()),
        Err(_) => (u64::MAX, part.to_string()),
    };
    item.text("number").unwrap_or_default().split('.').map(part).collect()
}
