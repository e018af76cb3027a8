//! Open and closed duties.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::query::Filter;

/// One duty of one holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Ledger of the record.
    pub ledger: String,
    /// Record that the duty is about.
    pub record: String,
    /// Name of the duty rule.
    pub name: String,
    /// Person who holds it; none for a duty of a role.
    pub person: Option<String>,
    /// Role that holds it; none for a duty of a person.
    pub role: Option<String>,
    /// Office that the role must cover; none for any.
    pub office: Option<String>,
    /// Last day; none where no date is set.
    pub due: Option<NaiveDate>,
    /// Instant from which it was open.
    pub opened_at: DateTime<Utc>,
    /// Instant of completion; none while it is open.
    pub closed_at: Option<DateTime<Utc>>,
    /// Title of the record, to be shown to its holder only.
    pub title: String,
}

/// Which duties to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DutyFilter {
    /// Duties of this person, or of one of `roles`; all duties where both are empty.
    pub person: Option<String>,
    /// Duties of these roles: name, and the offices it covers (none for everywhere).
    pub roles: Vec<(String, Option<Vec<String>>)>,
    /// Only of this ledger.
    pub ledger: Option<String>,
    /// Only of this record.
    pub record: Option<String>,
    /// Only due on or before this day.
    pub due_until: Option<NaiveDate>,
    /// Closed ones too.
    pub closed_too: bool,
    /// At most so many, earliest due day first, those without a date last.
    pub limit: usize,
}

/// Reading duties.
pub trait DutyReader {
    /// Duties that satisfy the filter.
    fn duties(&mut self, filter: &DutyFilter) -> Result<Vec<Duty>, StoreError>;

    /// Open duties of a ledger on records that satisfy the filter, by the text in a field of the record: the text, how
    /// many were due before `today`, how many are due until `until`. Of all duties of the ledger the earliest `limit` are
    /// looked at; true when there are more.
    fn duties_by_field(
        &mut self,
        ledger: &str,
        filter: &Filter,
        field: &str,
        days: (NaiveDate, NaiveDate),
        limit: u64,
    ) -> Result<(Vec<(String, u64, u64)>, bool), StoreError>;

    /// Number of open duties by ledger, duty name and holder person, up to 10,000 rows; for pages that show who waits.
    fn duty_counts(
        &mut self,
        ledger: &str,
        today: NaiveDate,
    ) -> Result<Vec<(String, Option<String>, u64, u64)>, StoreError>;
}

/// Writing duties.
pub trait DutyWriter {
    /// Make exactly these the open duties of the record: open those that are new, change the due day of those that
    /// moved, close at `now` those that are no longer there.
    fn set_duties(&mut self, ledger: &str, record: &str, open: &[Duty], now: DateTime<Utc>) -> Result<(), StoreError>;
}
