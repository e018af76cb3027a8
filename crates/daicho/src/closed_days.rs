//! The agency's own open and closed days: when one changes, deadlines that reach over it are reckoned anew, in the same
//! transaction.

use std::collections::BTreeSet;

use calendar::{AgencyDay, BusinessCalendar};
use chrono::{NaiveDate, TimeDelta};
use ledger::port::{DutyFilter, Reader, StoreError};
use ledger::query::{Filter, Query};
use ledger::{Context, Engine, Record, Refusal};

/// Ledger of the days.
pub const LEDGER: &str = "closed_day";
/// Most days, and most open duties, that are looked at.
const MOST: usize = 200_000;
/// A deadline moved to the business day before may lie this far before the day itself.
const REACH: TimeDelta = TimeDelta::days(31);

/// The question for all days.
pub fn query() -> Query {
    Query { ledger: LEDGER.into(), filter: Filter::Everything, sort: Vec::new(), after: None, limit: MOST, as_of: None }
}

/// All days as the calendar takes them.
pub fn read(tx: &mut (impl Reader + ?Sized)) -> Result<Vec<AgencyDay>, StoreError> {
    Ok(tx
        .find(&query())?
        .iter()
        .filter_map(|record| {
            Some(AgencyDay {
                date: date(record)?,
                closed: record.text("kind") != Some("open"),
                label: record.text("label").unwrap_or_default().to_string(),
            })
        })
        .collect())
}

fn date(record: &Record) -> Option<NaiveDate> {
    record.text("date")?.parse().ok()
}

/// Reckons deadlines anew when a day changes.
pub struct ClosedDays;

impl Engine for ClosedDays {
    fn ledgers(&self) -> &[&str] {
        &[LEDGER]
    }

    fn follow(&self, context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        let Some(earliest) = before.and_then(date).into_iter().chain(date(after)).min() else { return Ok(()) };
        let mut kernel = context.kernel.clone();
        kernel.calendar = BusinessCalendar::new(read(context.tx)?);
        let open = context.tx.duties(&DutyFilter { limit: MOST, ..DutyFilter::default() })?;
        let touched: BTreeSet<(String, String)> = open
            .into_iter()
            .filter(|duty| duty.due.is_some_and(|due| due >= earliest - REACH))
            .map(|duty| (duty.ledger, duty.record))
            .collect();
        for (ledger, id) in touched {
            if let Some(record) = context.tx.record(&ledger, &id)? {
                kernel.renew_duties(context.tx, &record)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ledger::Change;
    use serde_json::json;
    use testkit::{Desk, on_each_database, somebody, values};

    use super::*;

    #[test]
    fn a_day_that_is_closed_or_opened_moves_the_deadlines_that_reach_over_it() {
        on_each_database(|store| {
            let desk = Desk::new(store, "2026-04-01", vec![Arc::new(ClosedDays)]);
            let person = desk.create("person", &[("number", "0001"), ("name", "見本　一郎")]);
            let officer = somebody("officer", None, &["security_officer"]);
            let pledge = values([("person", json!(person.id)), ("kind", json!("joining")), ("work", json!("名簿"))]);
            desk.commit(&officer, Change::create("pledge", pledge)).unwrap();
            let due = || {
                let duties = desk.read(|tx| Ok(tx.duties(&DutyFilter { limit: 9, ..DutyFilter::default() })?)).unwrap();
                duties.iter().filter_map(|duty| duty.due).map(|due| due.to_string()).collect::<Vec<_>>()
            };
            assert_eq!(due(), ["2026-04-08"]);
            let closed =
                desk.create("closed_day", &[("date", "2026-04-03"), ("kind", "closed"), ("label", "庁舎点検")]);
            assert_eq!(due(), ["2026-04-09"]);
            let moved = Change::amend("closed_day", &closed.id, 1, values([("date", json!("2026-05-15"))]));
            desk.commit(&ledger::Principal::system("test"), moved).unwrap();
            assert_eq!(due(), ["2026-04-08"]);
        });
    }
}
