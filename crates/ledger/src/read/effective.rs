//! Facts in force on a day: the second clock beside the instant of recording.

use chrono::NaiveDate;

use crate::access::Access;
use crate::definition::Ledger;
use crate::query::{Comparison, Filter};

/// Records whose effective period contains the day. Everything for a ledger without effective dates.
pub fn in_force(ledger: &Ledger, access: &Access<'_>, day: NaiveDate) -> Filter {
    let Some(effective) = &ledger.effective else { return Filter::Everything };
    let day = day.to_string();
    let from = access.operand(&effective.from).map_or(Filter::Everything, |from| {
        Filter::Empty(from.clone()).or(Filter::Compare(from, Comparison::AtMost, day.clone().into()))
    });
    let to = access.operand(&effective.to).map_or(Filter::Everything, |to| {
        Filter::Empty(to.clone()).or(Filter::Compare(to, Comparison::AtLeast, day.into()))
    });
    from.and(to)
}
