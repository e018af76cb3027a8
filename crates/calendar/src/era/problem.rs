//! What is wrong with a date that somebody wrote, and how to mend it.

use chrono::NaiveDate;
use thiserror::Error;

use super::{Era, format_era, format_era_month};
use crate::jst::{format_date, weekday_name};

/// Why a text is not a date. The message says in Japanese what is wrong;
/// [`mend`](Self::mend) says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DateProblem {
    /// Nothing was written.
    #[error("日付が入力されていません。")]
    Empty,
    /// No known way of writing a date.
    #[error("「{input}」は日付として読み取れません。")]
    Unreadable {
        /// The text as written.
        input: String,
    },
    /// No known way of writing a month.
    #[error("「{input}」は年月として読み取れません。")]
    UnreadableMonth {
        /// The text as written.
        input: String,
    },
    /// No known way of writing a year.
    #[error("「{input}」は年度として読み取れません。")]
    UnreadableYear {
        /// The text as written.
        input: String,
    },
    /// One or two digits that may be of an era or of a Western year.
    #[error("「{input}」の年が、西暦か元号か分かりません。")]
    AmbiguousYear {
        /// The text as written.
        input: String,
    },
    /// No era has such a year and month.
    #[error("「{input}」に当てはまる元号がありません。")]
    NoEraFits {
        /// The text as written.
        input: String,
    },
    /// A Western year before 1868.
    #[error("西暦{year}年は扱えません。")]
    UnlikelyYear {
        /// The year as written.
        year: i32,
    },
    /// The era never had that year.
    #[error("{}{year}年はありません。", era.name())]
    NoSuchEraYear {
        /// The era.
        era: Era,
        /// The year as written.
        year: i32,
    },
    /// A month outside 1 to 12.
    #[error("{month}月はありません。")]
    NoSuchMonth {
        /// The month as written.
        month: i32,
    },
    /// A day that the month does not have.
    #[error("{year}年{month}月に{day}日はありません。")]
    NoSuchDay {
        /// The Western year.
        year: i32,
        /// The month.
        month: u32,
        /// The day as written.
        day: i32,
        /// The month's last day.
        last: u32,
    },
    /// The day lies before the era began.
    #[error("{}は{}からです。", era.name(), format_date(era.start()))]
    EraNotBegun {
        /// The era.
        era: Era,
        /// The day meant.
        date: NaiveDate,
        /// Whether only a month was written.
        month_only: bool,
    },
    /// The day lies after the era ended.
    #[error("{}は{}までです。", era.name(), last_day(*era))]
    EraEnded {
        /// The era.
        era: Era,
        /// The day meant.
        date: NaiveDate,
        /// Whether only a month was written.
        month_only: bool,
    },
    /// 明治5年 and before follow the old lunar calendar.
    #[error("明治5年以前の日付は旧暦のため、換算できません。")]
    LunarCalendar,
    /// The weekday in brackets is another one.
    #[error("{}は{}曜日で、「{written}」と合いません。", format_date(*date), weekday_name(*date))]
    WeekdayDiffers {
        /// The day as read.
        date: NaiveDate,
        /// The weekday as written.
        written: String,
    },
}

impl DateProblem {
    /// What to write instead, in Japanese.
    pub fn mend(&self) -> String {
        match self {
            Self::Empty | Self::Unreadable { .. } | Self::NoEraFits { .. } => {
                "「2026年3月14日」「令和8年3月14日」「R8.3.14」「2026-03-14」のいずれかの形で入力してください。".into()
            }
            Self::UnreadableMonth { .. } => {
                "「2026年10月」「令和8年10月」「R8.10」「2026-10」のいずれかの形で入力してください。".into()
            }
            Self::UnreadableYear { .. } => {
                "「令和8年度」「R8」「2026年度」「2026」のいずれかの形で入力してください。".into()
            }
            Self::AmbiguousYear { .. } => {
                "西暦は4桁で「2026/3/14」、和暦は元号を付けて「R8.3.14」のように入力してください。".into()
            }
            Self::UnlikelyYear { .. } | Self::LunarCalendar => {
                "明治6年（1873年）以後の日付を入力してください。西暦は4桁です。".into()
            }
            Self::NoSuchEraYear { .. } => "元号と年の組合せを確かめてください。".into(),
            Self::NoSuchMonth { .. } => "月は1から12までで入力してください。".into(),
            Self::NoSuchDay { month, last, .. } => {
                format!("日は1から{last}までで入力してください（{month}月は{last}日まで）。")
            }
            Self::EraNotBegun { date, month_only, .. } | Self::EraEnded { date, month_only, .. } => {
                let right = if *month_only { format_era_month(*date) } else { format_era(*date) };
                format!("「{right}」ではありませんか。元号を確かめてください。")
            }
            Self::WeekdayDiffers { .. } => "日付と曜日のどちらが正しいか確かめてください。".into(),
        }
    }
}

fn last_day(era: Era) -> String {
    era.next().and_then(|next| next.start().pred_opt()).map_or_else(String::new, format_era)
}
