//! Working out the date, and showing how it was counted.

use chrono::{Datelike, Months, NaiveDate};

use super::{DayOfMonth, DeadlineRule, Due, Whole};
use crate::business::BusinessCalendar;
use crate::counting::{self, Counting, Length, Shift, Unit};
use crate::fiscal::FiscalYear;
use crate::jst::format_date_with_weekday;

/// A due date with the way it was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The due date.
    pub due: NaiveDate,
    /// Whether it rests on days for which no official holiday list exists yet.
    pub provisional: bool,
    /// The steps from the field's date to the due date, in order.
    pub steps: Vec<Step>,
}

/// One step of a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The day reached.
    pub date: NaiveDate,
    /// What was done, in Japanese.
    pub words: String,
}

/// The days a count passes through.
struct Course {
    value: NaiveDate,
    /// The day the count starts from: the value, or the border of the month or year it lies in.
    base: NaiveDate,
    end: NaiveDate,
    due: NaiveDate,
}

impl DeadlineRule {
    /// The due date. `value_of` gives the date of a field (a period as the first day of its month);
    /// `None` when the field has no date yet or the date would leave the representable years.
    pub fn resolve(
        &self,
        value_of: &dyn Fn(&str) -> Option<NaiveDate>,
        calendar: &BusinessCalendar,
    ) -> Option<NaiveDate> {
        self.course(value_of(self.field())?, calendar).map(|course| course.due)
    }

    /// The due date with the steps that led to it. `label_of` gives a field's Japanese label; the
    /// field's own name is shown when there is none.
    pub fn count(
        &self,
        value_of: &dyn Fn(&str) -> Option<NaiveDate>,
        label_of: &dyn Fn(&str) -> Option<String>,
        calendar: &BusinessCalendar,
    ) -> Option<Counted> {
        let course = self.course(value_of(self.field())?, calendar)?;
        let label = label_of(self.field()).unwrap_or_else(|| self.field().to_owned());
        let mut steps = vec![Step { date: course.value, words: format!("「{label}」の日") }];
        if course.base != course.value {
            steps.push(Step { date: course.base, words: self.words_for_base() });
        }
        if self.due != Due::On {
            let words = self.words_for_count(&course, calendar);
            steps.push(Step { date: course.end, words });
        }
        if course.due != course.end {
            let reason =
                calendar.closed_reason(course.end).map_or(String::new(), |reason| format!("（{}）", reason.label()));
            let to = if self.shift == Shift::Next { "次" } else { "直前" };
            steps.push(Step {
                date: course.due, words: format!("閉庁日{reason}に当たるため、{to}の開庁日に移します")
            });
        }
        let provisional = self.needs_calendar()
            && [course.base, course.end, course.due].iter().any(|day| calendar.is_provisional(*day));
        if provisional {
            steps.push(Step {
                date: course.due,
                words: "祝日が公表されていない年に掛かるため、変わることがあります".into(),
            });
        }
        Some(Counted { due: course.due, provisional, steps })
    }

    fn course(&self, value: NaiveDate, calendar: &BusinessCalendar) -> Option<Course> {
        let (base, end) = match self.due {
            Due::On => (value, value),
            Due::Counted(counting, length, whole) => {
                let base = match counting {
                    Counting::FromNextDay => last_of(whole, value)?,
                    Counting::FromThatDay => first_of(whole, value)?,
                };
                (base, counting.end(base, length, calendar)?)
            }
            Due::Before(length, whole) => {
                let base = first_of(whole, value)?;
                (base, counting::before(base, length, calendar)?)
            }
            Due::InMonth(day, away) => {
                let first = months_away(value.with_day(1)?, away.into())?;
                (value, day_in_month(day, first, calendar)?)
            }
            Due::EndOfFiscalYear(away) => {
                let year = FiscalYear::of(value).year().checked_add(away.into())?;
                (value, FiscalYear::new(year).last_day())
            }
        };
        Some(Course { value, base, end, due: self.shift.apply(end, calendar) })
    }

    /// Whether closed days have a part in the result.
    fn needs_calendar(&self) -> bool {
        let in_business_days = match self.due {
            Due::Counted(_, length, _) | Due::Before(length, _) => length.unit == Unit::BusinessDays,
            Due::InMonth(day, _) => matches!(day, DayOfMonth::BusinessDay(_)),
            Due::On | Due::EndOfFiscalYear(_) => false,
        };
        in_business_days || self.shift != Shift::Stay
    }

    fn words_for_base(&self) -> String {
        let (whole, last) = match self.due {
            Due::Counted(Counting::FromNextDay, _, whole) => (whole, true),
            Due::Counted(_, _, whole) | Due::Before(_, whole) => (whole, false),
            _ => (Whole::Day, false),
        };
        let whole = if whole == Whole::FiscalYear { "年度" } else { "月" };
        format!("その{whole}の{}", if last { "末日" } else { "初日" })
    }

    fn words_for_count(&self, course: &Course, calendar: &BusinessCalendar) -> String {
        match self.due {
            Due::Counted(counting, length, _) => {
                let day_one = match counting {
                    Counting::FromThatDay => "その日を1日目として",
                    Counting::FromNextDay => "翌日を1日目として",
                };
                let first = match counting {
                    Counting::FromThatDay => Some(course.base),
                    Counting::FromNextDay => course.base.succ_opt(),
                };
                let skipped = skipped(length, first, Some(course.end), calendar);
                format!("{day_one}{}{skipped}", super::explain::end_of(length))
            }
            Due::Before(length, _) => {
                let skipped = skipped(length, Some(course.end), course.base.pred_opt(), calendar);
                format!("{}{skipped}", super::explain::back(length))
            }
            Due::InMonth(..) | Due::EndOfFiscalYear(_) => self.words_for_place(),
            Due::On => String::new(),
        }
    }
}

/// The closed days that a count in business days left out, by name while they are few.
fn skipped(length: Length, first: Option<NaiveDate>, last: Option<NaiveDate>, calendar: &BusinessCalendar) -> String {
    const NAMED: usize = 12;
    let (Unit::BusinessDays, Some(first), Some(last)) = (length.unit, first, last) else {
        return String::new();
    };
    let closed = (last - first).num_days() + 1 - calendar.count(first, last);
    match usize::try_from(closed) {
        Ok(1..=NAMED) => {
            let days: Vec<_> = first
                .iter_days()
                .take_while(|day| *day <= last)
                .filter_map(|day| {
                    let reason = calendar.closed_reason(day)?;
                    Some(format!("{}{}", format_date_with_weekday(day), reason.label()))
                })
                .collect();
            format!("。閉庁日を除きます：{}", days.join("、"))
        }
        Ok(0) | Err(_) => String::new(),
        Ok(many) => format!("。閉庁日{many}日を除きます"),
    }
}

fn first_of(whole: Whole, value: NaiveDate) -> Option<NaiveDate> {
    match whole {
        Whole::Day => Some(value),
        Whole::Month => value.with_day(1),
        Whole::FiscalYear => Some(FiscalYear::of(value).first_day()),
    }
}

fn last_of(whole: Whole, value: NaiveDate) -> Option<NaiveDate> {
    match whole {
        Whole::Day => Some(value),
        Whole::Month => value.with_day(value.num_days_in_month().into()),
        Whole::FiscalYear => Some(FiscalYear::of(value).last_day()),
    }
}

fn months_away(first: NaiveDate, away: i32) -> Option<NaiveDate> {
    let months = Months::new(away.unsigned_abs());
    if away < 0 { first.checked_sub_months(months) } else { first.checked_add_months(months) }
}

fn day_in_month(day: DayOfMonth, first: NaiveDate, calendar: &BusinessCalendar) -> Option<NaiveDate> {
    let last = u32::from(first.num_days_in_month());
    match day {
        DayOfMonth::Last => first.with_day(last),
        DayOfMonth::Day(n) => first.with_day(u32::from(n).min(last)),
        DayOfMonth::BusinessDay(n) => calendar.add_business_days(first.pred_opt()?, n.into()),
    }
}
