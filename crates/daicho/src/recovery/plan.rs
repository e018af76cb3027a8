//! How often, how long, how soon: the plan in force, a dated record.

use backup::Keep;
use chrono::TimeDelta;
use ledger::Kernel;
use ledger::port::{Reader, StoreError};
use ledger::query::{Filter, Operand, Query, Sort};
use ledger::record::Record;

/// The ledger of plans.
pub const LEDGER: &str = "backup_plan";

/// The plan in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// A backup is made when the newest is so old.
    pub every: TimeDelta,
    /// The newest good generation may be so old (RPO).
    pub rpo: TimeDelta,
    /// A restore may take so long (RTO).
    pub rto: TimeDelta,
    /// How many generations are kept.
    pub keep: Keep,
    /// A new generation is checked within so many days.
    pub check_days: i64,
    /// From one rehearsal to the next, in days.
    pub rehearse_days: i64,
}

impl Default for Plan {
    /// The defaults of the ledger `backup_plan`.
    fn default() -> Self {
        Self {
            every: TimeDelta::hours(24),
            rpo: TimeDelta::hours(26),
            rto: TimeDelta::minutes(60),
            keep: Keep { days: 7, weeks: 5, months: 12 },
            check_days: 7,
            rehearse_days: 90,
        }
    }
}

impl Plan {
    /// The newest plan whose first day has come; the defaults where there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn in_force(tx: &mut dyn Reader, kernel: &Kernel) -> Result<Self, StoreError> {
        let query = Query {
            ledger: LEDGER.into(),
            filter: Filter::Everything,
            sort: vec![Sort { operand: Operand::RecordedAt, descending: true }],
            after: None,
            limit: 1_000,
            as_of: None,
        };
        let today = kernel.today().to_string();
        let begun = |plan: &&Record| plan.text("valid_from").is_some_and(|from| from <= today.as_str());
        let plans = tx.find(&query)?;
        let newest = plans.iter().filter(begun).max_by_key(|plan| plan.text("valid_from"));
        Ok(newest.map_or_else(Self::default, Self::of))
    }

    fn of(record: &Record) -> Self {
        let default = Self::default();
        let number = |field: &str| record.value(field).as_i64();
        let count = |field: &str, default: u32| number(field).and_then(|n| n.try_into().ok()).unwrap_or(default);
        Self {
            every: number("every_hours").map_or(default.every, TimeDelta::hours),
            rpo: number("rpo_hours").map_or(default.rpo, TimeDelta::hours),
            rto: number("rto_minutes").map_or(default.rto, TimeDelta::minutes),
            keep: Keep {
                days: count("keep_days", default.keep.days),
                weeks: count("keep_weeks", default.keep.weeks),
                months: count("keep_months", default.keep.months),
            },
            check_days: number("check_days").unwrap_or(default.check_days),
            rehearse_days: number("rehearse_days").unwrap_or(default.rehearse_days),
        }
    }
}
