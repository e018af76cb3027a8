//! The evaluation rounds of the sample: two past ones and the current one.

use std::sync::Arc;

use calendar::FixedClock;
use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use ledger::port::Writer;
use ledger::{Body, Change, Kernel, Principal, Record, Refusal};
use serde_json::{Value, json};

use super::at;
use crate::installation::Installation;

/// The days of the current round, so laid that today falls into the time of evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Today.
    pub today: NaiveDate,
    /// First day of the half-year that is being evaluated.
    pub begins: NaiveDate,
    /// Its last day.
    pub ends: NaiveDate,
    /// Self-reports open.
    pub report_from: NaiveDate,
    /// Self-reports are due.
    pub report_due: NaiveDate,
}

impl Plan {
    /// The half-year that ended last before today.
    pub fn of(today: NaiveDate) -> Self {
        let (year, month) = (today.year(), today.month());
        let (first, first_month) = match month {
            4..=9 => (year - 1, 10),
            10..=12 => (year, 4),
            _ => (year - 1, 4),
        };
        let begins = NaiveDate::from_ymd_opt(first, first_month, 1).unwrap_or(today);
        let ends = begins.checked_add_months(Months::new(6)).and_then(|next| next.pred_opt()).unwrap_or(today);
        Self { today, begins, ends, report_from: days(today, -30), report_due: days(today, -8) }
    }
}

fn days(day: NaiveDate, days: i64) -> NaiveDate {
    day + TimeDelta::days(days)
}

/// The rounds as records.
pub struct Rounds {
    /// Ability evaluation of the year before, closed.
    pub ability: Record,
    /// Performance evaluation of the half-year before, closed.
    pub performance: Record,
    /// The current round, open, without sheets yet.
    pub current: Record,
}

/// Make the rounds: the past ones opened and closed, the current one ready to be opened on its first day.
pub fn prepare(installation: &Installation, clock: &Arc<FixedClock>, plan: &Plan) -> Result<Rounds, Refusal> {
    let kernel = installation.kernel();
    let before = |months: u32| plan.begins.checked_sub_months(Months::new(months)).unwrap_or(plan.begins);
    let eve = |day: NaiveDate| day.pred_opt().unwrap_or(day);
    // The last ability evaluation that ended before the current half-year: October to September.
    let ability_begins = if plan.begins.month() == 10 { before(12) } else { before(18) };
    let ability_ends = eve(ability_begins.checked_add_months(Months::new(12)).unwrap_or(plan.begins));
    let performance_begins = before(6);
    let half = if performance_begins.month() == 10 { "下期" } else { "上期" };
    let year = |day: NaiveDate| calendar::FiscalYear::of(day).label();
    let past = |code: &str, name: String, kind: &str, begins: NaiveDate, ends: NaiveDate| {
        let day = |after: i64| json!(days(ends, after).to_string());
        let mut values = body(json!({
            "code": code, "name": name, "kind": kind, "starts_on": begins.to_string(), "ends_on": ends.to_string(),
            "self_report_due": day(5), "evaluation_due": day(6), "adjustment_due": day(7), "confirmation_due": day(8),
            "disclosure_on": day(9), "closing_interview_due": day(10), "note": "前のシステムから移行した評価期です（見本）。",
        }));
        if kind == "performance" {
            values.insert("goal_due".into(), json!(days(begins, 20).to_string()));
            values.insert("opening_interview_due".into(), json!(days(begins, 30).to_string()));
        }
        values
    };
    let ability = past(
        &format!("{}-N", ability_begins.format("%Y-%m")),
        format!("能力評価（{}10月から1年間）", year(ability_begins).replace("年度", "年")),
        "ability",
        ability_begins,
        ability_ends,
    );
    let performance = past(
        &format!("{}-G", performance_begins.format("%Y-%m")),
        format!("{}{half} 業績評価", year(performance_begins)),
        "performance",
        performance_begins,
        eve(plan.begins),
    );
    let day = |after: i64| json!(days(plan.today, after).to_string());
    let half = if plan.begins.month() == 10 { "下期" } else { "上期" };
    let current = body(json!({
        "code": format!("{}-G", plan.begins.format("%Y-%m")),
        "name": format!("{}{half} 業績評価", year(plan.begins)),
        "kind": "performance",
        "starts_on": plan.begins.to_string(),
        "ends_on": plan.ends.to_string(),
        "goal_due": days(plan.begins, 20).to_string(),
        "opening_interview_due": days(plan.begins, 30).to_string(),
        "report_from": plan.report_from.to_string(),
        "self_report_due": plan.report_due.to_string(),
        "evaluation_due": day(4),
        "adjustment_due": day(14),
        "confirmation_due": day(24),
        "disclosure_on": day(35),
        "closing_interview_due": day(50),
        "exempt_ranks": ["vice_minister", "director_general"],
    }));
    let rounds = installation.store.write(|tx: &mut dyn Writer| {
        let ability = closed(tx, &kernel, ability.clone())?;
        let performance = closed(tx, &kernel, performance.clone())?;
        let current = kernel.commit(tx, &system(), Change::create("evaluation_round", current.clone()))?;
        Ok::<_, Refusal>(Rounds { ability, performance, current })
    })?;
    clock.set(at(plan.begins, 9));
    Ok(rounds)
}

/// A round that is over.
fn closed(tx: &mut dyn Writer, kernel: &Kernel, values: Body) -> Result<Record, Refusal> {
    let made = kernel.commit(tx, &system(), Change::create("evaluation_round", values))?;
    let open = kernel.commit(tx, &system(), Change::transition("evaluation_round", &made.id, made.revision, "open"))?;
    kernel.commit(tx, &system(), Change::transition("evaluation_round", &open.id, open.revision, "close"))
}

fn system() -> Principal {
    Principal::system("demo")
}

/// An object as field values.
pub fn body(value: Value) -> Body {
    match value {
        Value::Object(map) => map,
        _ => Body::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_round_is_the_half_year_that_ended_last() {
        for (today, begins, ends) in [
            ("2026-11-21", "2026-04-01", "2026-09-30"),
            ("2027-03-31", "2026-04-01", "2026-09-30"),
            ("2027-04-01", "2026-10-01", "2027-03-31"),
            ("2027-09-30", "2026-10-01", "2027-03-31"),
            ("2027-10-01", "2027-04-01", "2027-09-30"),
        ] {
            let plan = Plan::of(today.parse().unwrap());
            assert_eq!((plan.begins.to_string(), plan.ends.to_string()), (begins.into(), ends.into()), "{today}");
        }
    }
}
