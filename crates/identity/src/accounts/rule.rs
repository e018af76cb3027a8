//! The dated numbers of account management (利用者管理の基準).

use chrono::NaiveDate;
use ledger::port::{Reader, StoreError};
use ledger::query::{Comparison, Filter, Query, Sort};

use super::find;

/// The ledger of the numbers.
const LEDGER: &str = "account_rule";

/// The numbers in force on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Days without sign-in after which an account stops.
    pub unused_days: i64,
    /// Days before that on which its holder is warned by mail.
    pub warn_days: i64,
    /// Days from the end of an assignment to the end of the roles that hang on it.
    pub transfer_days: i64,
    /// Most hours of one use of a privileged role.
    pub privilege_hours: i64,
    /// Months from one review to the next, counted from April.
    pub review_months: i64,
    /// Days that a review may take.
    pub review_days: i64,
}

impl Default for Rule {
    /// 90 days unused, warned 14 days before; roles end with the assignment; eight hours of privilege; a review each
    /// quarter within 30 days.
    fn default() -> Self {
        Self { unused_days: 90, warn_days: 14, transfer_days: 0, privilege_hours: 8, review_months: 3, review_days: 30 }
    }
}

impl Rule {
    /// The numbers in force on a day: the newest record that has begun, else the defaults.
    ///
    /// # Errors
    /// Only those of the store.
    pub fn on(tx: &mut (impl Reader + ?Sized), day: NaiveDate) -> Result<Self, StoreError> {
        let begun = Filter::Compare(find::text("valid_from"), Comparison::AtMost, day.to_string().into());
        let newest = tx.find(&Query {
            ledger: LEDGER.into(),
            filter: begun,
            sort: vec![Sort { operand: find::text("valid_from"), descending: true }],
            after: None,
            limit: 1,
            as_of: None,
        })?;
        let Some(record) = newest.first() else { return Ok(Self::default()) };
        let usual = Self::default();
        let number = |field: &str, usual: i64| record.value(field).as_i64().unwrap_or(usual);
        Ok(Self {
            unused_days: number("unused_days", usual.unused_days),
            warn_days: number("warn_days", usual.warn_days),
            transfer_days: number("transfer_days", usual.transfer_days),
            privilege_hours: number("privilege_hours", usual.privilege_hours),
            review_months: number("review_months", usual.review_months).clamp(1, 12),
            review_days: number("review_days", usual.review_days),
        })
    }
}
