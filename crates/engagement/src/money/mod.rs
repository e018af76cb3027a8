//! Amounts of a public contract in whole yen, each with the steps that lead to it.
//!
//! Everything is integers: fractions of a yen are cut (国等の債権債務等の金額の端数計算に関する法律, art. 2), never rounded, and
//! no yen is lost or made on the way. Rates are exact decimals of four digits ([`Rate`]), because laws give them so.
//!
//! | module | what |
//! |---|---|
//! | [`bid`] | bid and contract amount: 110/100 and back |
//! | [`late`] | interest on late payment, damages for late performance, penalties |
//! | [`pay`] | pro rata by days, instalments, withholding on honoraria |
//!
//! ```
//! use engagement::money::{Rate, pay};
//! let tax = pay::withholding(24_300).unwrap();
//! assert_eq!(tax.amount, 2_481);
//! assert_eq!(tax.steps.last().unwrap().value, 2_481);
//! assert_eq!("2.5".parse::<Rate>().unwrap().to_string(), "2.5");
//! ```

pub mod bid;
pub mod late;
pub mod pay;
#[cfg(test)]
mod properties;
mod rate;

use thiserror::Error;

pub use rate::Rate;

/// The largest amount that is reckoned with, in yen: fifteen digits, as fields of ledgers hold them.
pub const MOST: i64 = 999_999_999_999_999;

/// An amount with its steps; the last step gives the amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reckoned {
    /// Yen.
    pub amount: i64,
    /// From what was given to the amount, in order.
    pub steps: Vec<Step>,
}

/// One step of a calculation, as a page and a paper show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is worked out, in Japanese.
    pub label: String,
    /// How, with the figures: `1,000,000 × 10 ÷ 100（1円未満切捨て）`.
    pub formula: String,
    /// What came out: yen, or days where the label says so.
    pub value: i64,
}

impl Step {
    fn new(label: impl Into<String>, formula: impl Into<String>, value: i64) -> Self {
        Self { label: label.into(), formula: formula.into(), value }
    }
}

/// Why an amount cannot be worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// An amount below zero or of more than fifteen digits.
    #[error("金額は0円から{}円までです。金額を確かめてください。", grouped(MOST))]
    Range,
    /// More days than the span has, or days below zero.
    #[error("日数が期間の長さに合いません。日付を確かめてください。")]
    Days,
    /// No parts, or parts that weigh nothing.
    #[error("分ける先がありません。回数を1以上にしてください。")]
    Parts,
}

/// The amount, when it is one that is reckoned with.
fn within(amount: i64) -> Result<i128, MoneyError> {
    if (0..=MOST).contains(&amount) { Ok(amount.into()) } else { Err(MoneyError::Range) }
}

/// Back from the wide number that products need.
fn narrow(amount: i128) -> Result<i64, MoneyError> {
    i64::try_from(amount).ok().filter(|amount| (0..=MOST).contains(amount)).ok_or(MoneyError::Range)
}

/// Share of an amount, fractions of a yen cut.
fn share_of(amount: i64, share: Rate) -> Result<i64, MoneyError> {
    narrow(within(amount)? * share.wide() / rate::WHOLE)
}

/// With separators, as people read amounts: `1,166,400`.
pub fn grouped(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::from(if amount < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
