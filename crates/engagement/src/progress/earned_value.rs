//! Earned value (出来高管理, EVM): what was planned, what is done, what it took, and what it will take.
//!
//! Figures and formulas are the standard ones (JIS Q 21508). Values are exact decimals in whatever the plan counts: hours
//! or yen. A figure whose divisor is nothing does not exist; it is `None` and shown blank, never infinite. Quotients are
//! formed last, so that nothing is rounded before it is shown.

use calendar::BusinessCalendar;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// How the earned share of a work is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// 0/100: nothing until it is finished.
    ZeroHundred,
    /// 50/50: half when it begins, all when it is finished.
    FiftyFifty,
    /// Weighted milestones: weight in percent, day reached.
    Milestones(Vec<(Decimal, Option<NaiveDate>)>),
    /// Percent complete, as measured on a day.
    Percent(Vec<(NaiveDate, Decimal)>),
}

/// A work with its plan and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Budget of the work, in hours or yen.
    pub budget: Decimal,
    /// First planned day.
    pub starts_on: NaiveDate,
    /// Last planned day.
    pub ends_on: NaiveDate,
    /// How its share is measured.
    pub measure: Measure,
    /// Day it began.
    pub started_on: Option<NaiveDate>,
    /// Day it was finished.
    pub finished_on: Option<NaiveDate>,
}

impl Item {
    /// The share, 0 to 1, that was to be earned at the end of the day: by the rule where it says so (0/100, 50/50), else
    /// spread evenly over the planned business days.
    pub fn planned_share(&self, day: NaiveDate, calendar: &BusinessCalendar) -> Decimal {
        let half = Decimal::new(5, 1);
        match self.measure {
            _ if day >= self.ends_on => Decimal::ONE,
            _ if day < self.starts_on => Decimal::ZERO,
            Measure::ZeroHundred => Decimal::ZERO,
            Measure::FiftyFifty => half,
            Measure::Milestones(_) | Measure::Percent(_) => {
                let all = calendar.count(self.starts_on, self.ends_on);
                let gone = calendar.count(self.starts_on, day);
                // A plan that lies on closed days only is earned at its end.
                if all == 0 { Decimal::ZERO } else { Decimal::from(gone) / Decimal::from(all) }
            }
        }
    }

    /// The share, 0 to 1, that was earned at the end of the day.
    pub fn earned_share(&self, day: NaiveDate) -> Decimal {
        let by = |known: Option<NaiveDate>| known.is_some_and(|known| known <= day);
        let hundred = Decimal::ONE_HUNDRED;
        let share = match &self.measure {
            _ if by(self.finished_on) => Decimal::ONE,
            Measure::ZeroHundred => Decimal::ZERO,
            Measure::FiftyFifty if by(self.started_on) => Decimal::new(5, 1),
            Measure::FiftyFifty => Decimal::ZERO,
            Measure::Milestones(milestones) => {
                milestones.iter().filter(|(_, done)| by(*done)).map(|(weight, _)| *weight).sum::<Decimal>() / hundred
            }
            Measure::Percent(measured) => {
                let last = measured.iter().filter(|(on, _)| *on <= day).max_by_key(|(on, _)| *on);
                last.map_or(Decimal::ZERO, |(_, percent)| *percent / hundred)
            }
        };
        share.clamp(Decimal::ZERO, Decimal::ONE)
    }
}

/// Planned, earned and actual value at a day, and the budget of all works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// PV 計画価値
    pub planned: Decimal,
    /// EV 出来高
    pub earned: Decimal,
    /// AC 実コスト
    pub actual: Decimal,
    /// BAC 完成時総予算
    pub budget: Decimal,
}

/// Three ways to estimate what the whole will take (EAC 完成時総コスト見積り).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// It goes on as it went: BAC ÷ CPI.
    Typical,
    /// What went wrong does not come again: AC + (BAC − EV).
    Atypical,
    /// Cost and schedule both weigh on it: AC + (BAC − EV) ÷ (CPI × SPI).
    Both,
}

impl Figures {
    /// SV スケジュール差異 = EV − PV.
    pub fn schedule_variance(&self) -> Decimal {
        self.earned - self.planned
    }

    /// CV コスト差異 = EV − AC.
    pub fn cost_variance(&self) -> Decimal {
        self.earned - self.actual
    }

    /// SPI スケジュール効率指数 = EV ÷ PV.
    pub fn schedule_index(&self) -> Option<Decimal> {
        quotient(self.earned, self.planned)
    }

    /// CPI コスト効率指数 = EV ÷ AC.
    pub fn cost_index(&self) -> Option<Decimal> {
        quotient(self.earned, self.actual)
    }

    /// Share done = EV ÷ BAC.
    pub fn complete(&self) -> Option<Decimal> {
        quotient(self.earned, self.budget)
    }

    /// EAC. `None` where an index it stands on does not exist or is nothing.
    pub fn at_completion(&self, outlook: Outlook) -> Option<Decimal> {
        let rest = self.budget - self.earned;
        match outlook {
            Outlook::Atypical => Some(self.actual + rest),
            _ if self.actual.is_zero() => None,
            Outlook::Typical => quotient(self.budget.checked_mul(self.actual)?, self.earned),
            _ if self.planned.is_zero() => None,
            Outlook::Both => {
                let weighed = rest.checked_mul(self.actual)?.checked_mul(self.planned)?;
                Some(self.actual + quotient(weighed, self.earned.checked_mul(self.earned)?)?)
            }
        }
    }

    /// ETC 残作業コスト見積り = EAC − AC.
    pub fn remaining(&self, outlook: Outlook) -> Option<Decimal> {
        Some(self.at_completion(outlook)? - self.actual)
    }

    /// VAC 完成時コスト差異 = BAC − EAC.
    pub fn variance_at_completion(&self, outlook: Outlook) -> Option<Decimal> {
        Some(self.budget - self.at_completion(outlook)?)
    }

    /// TCPI 残作業効率指数 against the budget = (BAC − EV) ÷ (BAC − AC). `None` once the budget is used up.
    pub fn needed_for_budget(&self) -> Option<Decimal> {
        needed(self.budget - self.earned, self.budget - self.actual)
    }

    /// TCPI against the estimate = (BAC − EV) ÷ (EAC − AC).
    pub fn needed_for_estimate(&self, outlook: Outlook) -> Option<Decimal> {
        needed(self.budget - self.earned, self.remaining(outlook)?)
    }
}

fn quotient(of: Decimal, by: Decimal) -> Option<Decimal> {
    if by.is_zero() { None } else { of.checked_div(by) }
}

fn needed(rest: Decimal, left: Decimal) -> Option<Decimal> {
    if left <= Decimal::ZERO { None } else { rest.checked_div(left) }
}

/// The figures at the end of a day. `spent` is what each day took, in the unit of the budgets.
pub fn figures(items: &[Item], spent: &[(NaiveDate, Decimal)], day: NaiveDate, calendar: &BusinessCalendar) -> Figures {
    Figures {
        planned: items.iter().map(|item| item.budget * item.planned_share(day, calendar)).sum(),
        earned: items.iter().map(|item| item.budget * item.earned_share(day)).sum(),
        actual: spent.iter().filter(|(on, _)| *on <= day).map(|(_, amount)| *amount).sum(),
        budget: items.iter().map(|item| item.budget).sum(),
    }
}

/// One place of the S-curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// End of this day.
    pub day: NaiveDate,
    /// PV.
    pub planned: Decimal,
    /// EV and AC; none for days that have not come.
    pub known: Option<(Decimal, Decimal)>,
}

/// The S-curve from the first planned day to the last (or today, when that is later): the last business day of each week,
/// or of each month when there would be more than so many weeks, today, and the last day.
pub fn curve(
    items: &[Item],
    spent: &[(NaiveDate, Decimal)],
    today: NaiveDate,
    calendar: &BusinessCalendar,
) -> Vec<Point> {
    let (Some(first), Some(last)) =
        (items.iter().map(|item| item.starts_on).min(), items.iter().map(|item| item.ends_on).max())
    else {
        return Vec::new();
    };
    let last = if today > last && items.iter().any(|item| item.finished_on.is_none()) { today } else { last };
    days(first, last, today, calendar)
        .into_iter()
        .map(|day| {
            let at = figures(items, spent, day, calendar);
            Point { day, planned: at.planned, known: (day <= today).then_some((at.earned, at.actual)) }
        })
        .collect()
}

/// Weeks beyond which the curve goes by months.
const MOST_WEEKS: i64 = 26;

fn days(first: NaiveDate, last: NaiveDate, today: NaiveDate, calendar: &BusinessCalendar) -> Vec<NaiveDate> {
    use chrono::Datelike;
    let monthly = (last - first).num_days() > MOST_WEEKS * 7;
    let period = |day: NaiveDate| {
        if monthly {
            (day.year(), day.month())
        } else {
            let week = day.iso_week();
            (week.year(), week.week())
        }
    };
    let mut ends: Vec<NaiveDate> = Vec::new();
    for day in first.iter_days().take_while(|day| *day <= last).filter(|day| calendar.is_business_day(*day)) {
        match ends.last_mut() {
            Some(end) if period(*end) == period(day) => *end = day,
            _ => ends.push(day),
        }
    }
    ends.extend([last]);
    ends.extend((first <= today && today <= last).then_some(today));
    ends.sort_unstable();
    ends.dedup();
    ends
}

#[cfg(test)]
#[path = "earned_value_tests.rs"]
mod tests;
