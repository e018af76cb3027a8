//! Functions of expressions. `f(x, y)` and `x.f(y)` are the same.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use unicode_segmentation::UnicodeSegmentation;

use super::datum::Datum;
use super::tree::Fault;

macro_rules! functions {
    ($($variant:ident $name:literal $least:literal ..= $most:literal $usage:literal),* $(,)?) => {
        /// A function that expressions may call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Function { $($variant),* }

        impl Function {
            const ALL: &'static [Function] = &[$(Function::$variant),*];

            pub fn name(self) -> &'static str {
                match self { $(Function::$variant => $name),* }
            }

            /// Smallest and largest number of arguments, what stands before a point included.
            pub fn arity(self) -> (usize, usize) {
                match self { $(Function::$variant => ($least, $most)),* }
            }

            /// How it is written.
            pub fn usage(self) -> &'static str {
                match self { $(Function::$variant => $usage),* }
            }
        }
    };
}

functions! {
    Empty "empty" 1..=1 "empty(値)",
    Size "size" 1..=1 "size(一覧か文字列)",
    Length "length" 1..=1 "length(文字列)",
    Contains "contains" 2..=2 "contains(文字列か一覧, 探すもの)",
    StartsWith "startsWith" 2..=2 "startsWith(文字列, 初めの部分)",
    EndsWith "endsWith" 2..=2 "endsWith(文字列, 終わりの部分)",
    Coalesce "coalesce" 2..=8 "coalesce(値, 空のときの値)",
    Sum "sum" 1..=1 "sum(数の一覧)",
    Min "min" 1..=8 "min(値, 値) か min(一覧)",
    Max "max" 1..=8 "max(値, 値) か max(一覧)",
    Decimal "decimal" 1..=1 "decimal(数か文字列)",
    Int "int" 1..=1 "int(数か文字列)",
    Text "string" 1..=1 "string(値)",
    Floor "floor" 1..=1 "floor(数)",
    Round "round" 1..=2 "round(数, 小数の桁)",
    Date "date" 1..=1 "date(日時)",
    DaysBetween "days_between" 2..=2 "days_between(初めの日, 後の日)",
    AddDays "add_days" 2..=2 "add_days(日付, 日数)",
    AddMonths "add_months" 2..=2 "add_months(日付, 月数)",
    Year "year" 1..=1 "year(日付)",
    Month "month" 1..=1 "month(日付)",
    FiscalYear "fiscal_year" 1..=1 "fiscal_year(日付)",
}

impl Function {
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|function| function.name() == name)
    }

    /// The message for a function that does not exist.
    pub fn unknown(name: &str) -> String {
        let names = Self::ALL.iter().map(|function| function.name()).chain(["has", "exists", "all", "map", "filter"]);
        match crate::pack::nearest(name, names.clone()) {
            Some(near) => format!("「{name}」という関数はありません。「{near}」ではありませんか"),
            None => {
                format!("「{name}」という関数はありません。使えるのは {} です", names.collect::<Vec<_>>().join("、"))
            }
        }
    }
}

pub(super) fn call<'a>(function: Function, mut values: Vec<Datum<'a>>, at: usize) -> Result<Datum<'a>, Fault> {
    let second = if values.len() == 2 { values.pop() } else { None };
    let wrong = |value: &Datum<'_>| {
        Fault::new(
            at,
            format!("「{}」に{}は渡せません。{} と書いてください", function.name(), value.kind(), function.usage()),
        )
    };
    // Functions of several values take the whole list; everything else has one or two values.
    match function {
        Function::Coalesce => {
            return Ok(values.into_iter().chain(second).find(|value| !value.is_empty()).unwrap_or(Datum::Null));
        }
        Function::Min | Function::Max => {
            values.extend(second);
            let list = match values.as_slice() {
                [one] => one.elements().unwrap_or_else(|| vec![one.clone()]),
                _ => values,
            };
            return extreme(function, list, &wrong);
        }
        _ => {}
    }
    let first = values.into_iter().next().unwrap_or(Datum::Null);
    let second = second.unwrap_or(Datum::Null);
    match function {
        Function::Empty => return Ok(Datum::Bool(first.is_empty())),
        Function::Contains | Function::StartsWith | Function::EndsWith => {
            return held(function, &first, &second).map(Datum::Bool).ok_or_else(|| wrong(&first));
        }
        Function::Size | Function::Length => {
            return size(function, &first).map(Datum::Int).ok_or_else(|| wrong(&first));
        }
        Function::Sum => return sum(&first, at).and_then(|sum| sum.ok_or_else(|| wrong(&first))),
        _ => {}
    }
    if matches!(first, Datum::Null) {
        return Ok(Datum::Null);
    }
    match function {
        Function::Decimal => first.number().map(Datum::Decimal).ok_or_else(|| wrong(&first)),
        Function::Int => first.number().and_then(|n| n.trunc().to_i64()).map(Datum::Int).ok_or_else(|| wrong(&first)),
        Function::Floor => first.number().and_then(|n| n.floor().to_i64()).map(Datum::Int).ok_or_else(|| wrong(&first)),
        Function::Round => rounded(&first, &second).ok_or_else(|| wrong(&first)),
        Function::Text => match first {
            Datum::Text(text) => Ok(Datum::Text(text)),
            Datum::Int(number) => Ok(Datum::text(number.to_string())),
            Datum::Decimal(number) => Ok(Datum::text(number.normalize().to_string())),
            Datum::Bool(flag) => Ok(Datum::text(flag.to_string())),
            other => Err(wrong(&other)),
        },
        _ => on_dates(function, &first, &second, &wrong),
    }
}

fn extreme<'a>(
    function: Function,
    list: Vec<Datum<'a>>,
    wrong: &impl Fn(&Datum<'_>) -> Fault,
) -> Result<Datum<'a>, Fault> {
    let mut found = Datum::Null;
    for value in list {
        match value.order(&found) {
            Some(Some(order)) => {
                if (order == std::cmp::Ordering::Less) == (function == Function::Min) {
                    found = value;
                }
            }
            Some(None) if matches!(found, Datum::Null) => found = value,
            Some(None) => {}
            None => return Err(wrong(&value)),
        }
    }
    Ok(found)
}

fn held(function: Function, first: &Datum<'_>, second: &Datum<'_>) -> Option<bool> {
    match (first, second) {
        (Datum::Null, _) | (Datum::Text(_), Datum::Null) => Some(false),
        (Datum::Text(text), Datum::Text(part)) => Some(match function {
            Function::StartsWith => text.starts_with(part.as_ref()),
            Function::EndsWith => text.ends_with(part.as_ref()),
            _ => text.contains(part.as_ref()),
        }),
        (list, part) if function == Function::Contains => {
            Some(list.elements()?.iter().any(|element| element.same(part)))
        }
        _ => None,
    }
}

/// Characters as people count them, or elements.
fn size(function: Function, value: &Datum<'_>) -> Option<i64> {
    let count = match value {
        Datum::Null => 0,
        Datum::Text(text) => text.graphemes(true).count(),
        list if function == Function::Size => list.elements()?.len(),
        _ => return None,
    };
    i64::try_from(count).ok()
}

/// Sum of a list, empty elements left out: whole as long as all are whole.
fn sum<'a>(list: &Datum<'a>, at: usize) -> Result<Option<Datum<'a>>, Fault> {
    let overflow = || Fault::new(at, "合計が大きすぎます。値の範囲を min・max で限ってください");
    if matches!(list, Datum::Null) {
        return Ok(Some(Datum::Int(0)));
    }
    let Some(elements) = list.elements() else { return Ok(None) };
    let mut whole = Some(0_i64);
    let mut exact = Decimal::ZERO;
    for element in &elements {
        if matches!(element, Datum::Null) {
            continue;
        }
        let Some(number) = element.number() else { return Ok(None) };
        exact = exact.checked_add(number).ok_or_else(overflow)?;
        whole = match (whole, element) {
            (Some(so_far), Datum::Int(number)) => Some(so_far.checked_add(*number).ok_or_else(overflow)?),
            _ => None,
        };
    }
    Ok(Some(whole.map_or(Datum::Decimal(exact), Datum::Int)))
}

/// Half away from zero, as the rounding of amounts in Japanese offices (四捨五入).
fn rounded<'a>(value: &Datum<'a>, digits: &Datum<'a>) -> Option<Datum<'a>> {
    let digits = match digits {
        Datum::Null => 0,
        Datum::Int(digits) => u32::try_from(*digits).ok().filter(|digits| *digits <= 20)?,
        _ => return None,
    };
    let number = value.number()?.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    if digits == 0 { number.to_i64().map(Datum::Int) } else { Some(Datum::Decimal(number)) }
}

fn on_dates<'a>(
    function: Function,
    first: &Datum<'a>,
    second: &Datum<'a>,
    wrong: &impl Fn(&Datum<'_>) -> Fault,
) -> Result<Datum<'a>, Fault> {
    let date = day(first).ok_or_else(|| wrong(first))?;
    match function {
        Function::Date => return Ok(Datum::text(date.format("%Y-%m-%d").to_string())),
        Function::Year => return Ok(Datum::Int(i64::from(date.year()))),
        Function::Month => return Ok(Datum::Int(i64::from(date.month()))),
        // 年度: 1 April to 31 March (財政法 第11条).
        Function::FiscalYear => return Ok(Datum::Int(i64::from(date.year()) - i64::from(date.month() < 4))),
        _ => {}
    }
    if matches!(second, Datum::Null) {
        return Ok(Datum::Null);
    }
    if function == Function::DaysBetween {
        let later = day(second).ok_or_else(|| wrong(second))?;
        return Ok(Datum::Int((later - date).num_days()));
    }
    let Datum::Int(amount) = second else { return Err(wrong(second)) };
    let moved = match (function, u32::try_from(amount.unsigned_abs())) {
        (_, Err(_)) => None,
        (Function::AddMonths, Ok(months)) if *amount < 0 => date.checked_sub_months(Months::new(months)),
        (Function::AddMonths, Ok(months)) => date.checked_add_months(Months::new(months)),
        (_, Ok(days)) if *amount < 0 => date.checked_sub_days(Days::new(days.into())),
        (_, Ok(days)) => date.checked_add_days(Days::new(days.into())),
    };
    match moved {
        Some(moved) if (0..=9999).contains(&moved.year()) => Ok(Datum::text(moved.format("%Y-%m-%d").to_string())),
        _ => Err(wrong(second)),
    }
}

/// The day of an ISO date, or of an instant as the calendar in Japan shows it.
fn day(value: &Datum<'_>) -> Option<NaiveDate> {
    match value {
        Datum::Text(text) if text.len() == 10 => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
        Datum::Text(text) => DateTime::parse_from_rfc3339(text).ok().map(|at| calendar::jst_date(at.to_utc())),
        _ => None,
    }
}
