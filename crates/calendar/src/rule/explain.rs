//! A rule in Japanese words.

use super::{DayOfMonth, DeadlineRule, Due, Whole};
use crate::counting::{Counting, Length, Shift, Unit};

impl DeadlineRule {
    /// The rule in Japanese, with field names as they stand.
    pub fn explain(&self) -> String {
        self.explain_with(&|_| None)
    }

    /// The rule in Japanese. `label_of` gives a field's Japanese label; the field's own name is
    /// shown when there is none.
    pub fn explain_with(&self, label_of: &dyn Fn(&str) -> Option<String>) -> String {
        let label = label_of(self.field()).unwrap_or_else(|| self.field().to_owned());
        let due = match self.due {
            Due::On => format!("「{label}」の日"),
            Due::Counted(counting, length, whole) => match counting {
                Counting::FromThatDay => {
                    let start = border(whole, "初日");
                    format!("「{label}」{start}を1日目として{}", end_of(length))
                }
                Counting::FromNextDay => {
                    let start = border(whole, "末日");
                    format!("「{label}」{start}の翌日を1日目として{}", end_of(length))
                }
            },
            Due::Before(length, whole) => {
                format!("「{label}」{}から{}", border(whole, "初日"), back(length))
            }
            Due::InMonth(..) => format!("「{label}」の属する月{}", self.words_for_place()),
            Due::EndOfFiscalYear(_) => format!("「{label}」の属する年度{}", self.words_for_place()),
        };
        let shift = match self.shift {
            Shift::Stay => "",
            Shift::Next => "（閉庁日に当たるときは次の開庁日）",
            Shift::Previous => "（閉庁日に当たるときは直前の開庁日）",
        };
        format!("{due}{shift}")
    }

    /// The place in a month or year, such as `の翌月の末日`.
    pub(super) fn words_for_place(&self) -> String {
        match self.due {
            Due::InMonth(day, away) => {
                let month = match away {
                    0 => String::new(),
                    1 => "の翌月".into(),
                    2 => "の翌々月".into(),
                    -1 => "の前月".into(),
                    3.. => format!("の{away}か月後の月"),
                    _ => format!("の{}か月前の月", away.unsigned_abs()),
                };
                match day {
                    DayOfMonth::Last => format!("{month}の末日"),
                    DayOfMonth::Day(n) => format!("{month}の{n}日"),
                    DayOfMonth::BusinessDay(n) => format!("{month}の{n}開庁日目"),
                }
            }
            Due::EndOfFiscalYear(0) => "の末日".into(),
            Due::EndOfFiscalYear(1..) => "の翌年度の末日".into(),
            Due::EndOfFiscalYear(_) => "の前年度の末日".into(),
            Due::On | Due::Counted(..) | Due::Before(..) => String::new(),
        }
    }
}

/// The end of a period: `数えて3開庁日目`, `2か月の期間の末日`.
pub(super) fn end_of(length: Length) -> String {
    match length.unit {
        Unit::Days | Unit::BusinessDays => format!("数えて{length}目"),
        Unit::Weeks | Unit::Months | Unit::Years => format!("{length}の期間の末日"),
    }
}

/// A count back: `さかのぼって3開庁日前`, `1週間前の日`.
pub(super) fn back(length: Length) -> String {
    format!("さかのぼって{length}前の日")
}

fn border(whole: Whole, day: &str) -> String {
    match whole {
        Whole::Day => String::new(),
        Whole::Month => format!("の属する月の{day}"),
        Whole::FiscalYear => format!("の属する年度の{day}"),
    }
}
