//! Days, instants and periods.

use calendar::{jst, parse_date};
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

use super::Wrong;
use super::text::narrow;

const INSTANT: &str =
    "「2026年3月14日 9時30分」「令和8年3月14日 9:30」「2026-03-14T09:30」のいずれかの形で入力してください。";

fn read(text: &str, today: NaiveDate) -> Result<NaiveDate, Wrong> {
    let date = parse_date(text, today).map_err(|problem| format!("{problem}{}", problem.mend()))?;
    if (1..=9999).contains(&date.year()) {
        Ok(date)
    } else {
        Err("年は4桁までで入力してください。".into())
    }
}

fn iso(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

/// A day in any usual form, eras included.
pub(super) fn day(input: &Value, today: NaiveDate) -> Result<String, Wrong> {
    match input {
        Value::String(text) => read(text, today).map(iso),
        _ => Err("日付として読み取れません。「2026年3月14日」の形で入力してください。".into()),
    }
}

/// An instant: with its offset as REST gives it, or as the wall clock in Japan shows it.
pub(super) fn instant(input: &Value, today: NaiveDate) -> Result<String, Wrong> {
    let Value::String(text) = input else { return Err(format!("日時として読み取れません。{INSTANT}")) };
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return written(at.to_utc(), text);
    }
    let plain = narrow(text);
    let wrong = || format!("「{text}」は日時として読み取れません。{INSTANT}");
    // The day ends at a blank, a T, or behind 日.
    let split = plain
        .char_indices()
        .find(|(at, c)| (*c == 'T' || c.is_whitespace()) && *at > 0 && plain.get(*at..).is_some_and(has_digit))
        .map(|(at, c)| (at, at + c.len_utf8()))
        .or_else(|| plain.find('日').map(|at| (at + '日'.len_utf8(), at + '日'.len_utf8())));
    let (day, time) = match split {
        Some((end, start)) => (plain.get(..end).unwrap_or_default(), plain.get(start..).unwrap_or_default()),
        None => return Err(wrong()),
    };
    let date = read(day, today)?;
    let time = clock(time.trim()).ok_or_else(wrong)?;
    written(jst::instant_of(NaiveDateTime::new(date, time)), text)
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

fn written(at: DateTime<Utc>, text: &str) -> Result<String, Wrong> {
    if (1..=9998).contains(&at.year()) {
        Ok(at.to_rfc3339_opts(SecondsFormat::Secs, true))
    } else {
        Err(format!("「{text}」の年が範囲の外です。{INSTANT}"))
    }
}

/// `9:30`, `09:30:15`, `9時30分`, `9時`, `午後3時`.
fn clock(text: &str) -> Option<NaiveTime> {
    let (noon, text) = match (text.strip_prefix("午後"), text.strip_prefix("午前")) {
        (Some(rest), _) => (Some(12), rest),
        (_, Some(rest)) => (Some(0), rest),
        _ => (None, text),
    };
    let spaced = text.replace(['時', '分'], ":").replace('秒', "");
    let parts: Vec<u32> =
        spaced.trim_end_matches(':').split(':').map(|part| part.trim().parse().ok()).collect::<Option<Vec<u32>>>()?;
    let (hour, minute, second) = match parts.as_slice() {
        [hour] if text.contains('時') => (*hour, 0, 0),
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    match noon {
        Some(noon) if hour <= 12 => NaiveTime::from_hms_opt(hour % 12 + noon, minute, second),
        Some(_) => None,
        None => NaiveTime::from_hms_opt(hour, minute, second),
    }
}

/// Two days: an object with `from` and `to`, or a text with `～` between them.
pub(super) fn period(input: &Value, today: NaiveDate) -> Result<Value, Wrong> {
    let (from, to) = match input {
        Value::Object(object) => {
            let part = |key: &str| object.get(key).cloned().unwrap_or(Value::Null);
            (part("from"), part("to"))
        }
        Value::String(text) => {
            let part = |text: &str| Value::from(text.trim());
            let mark = text
                .find(['～', '〜', '~', '－', '→'])
                .map(|at| (at, '～'))
                .or_else(|| text.find("から").map(|at| (at, 'か')));
            match mark {
                Some((at, mark)) => {
                    let behind = text.get(at..).unwrap_or_default();
                    let behind = if mark == 'か' {
                        behind.trim_start_matches("から")
                    } else {
                        let mut rest = behind.chars();
                        rest.next();
                        rest.as_str()
                    };
                    (part(text.get(..at).unwrap_or_default()), part(behind.trim().trim_end_matches("まで")))
                }
                None => {
                    return Err(
                        "期間として読み取れません。「2026年4月1日～2027年3月31日」の形で入力してください。".into()
                    );
                }
            }
        }
        _ => return Err("期間として読み取れません。初日と末日を入力してください。".into()),
    };
    let side = |value: Value, name: &str| match &value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        value => day(value, today).map(Some).map_err(|wrong| format!("{name}: {wrong}")),
    };
    let (from, to) = (side(from, "初日")?, side(to, "末日")?);
    if let (Some(from), Some(to)) = (&from, &to)
        && from > to
    {
        return Err("末日が初日より前です。初日と末日を確かめてください。".into());
    }
    if from.is_none() && to.is_none() {
        return Ok(Value::Null);
    }
    let mut object = Map::new();
    object.insert("from".into(), from.map_or(Value::Null, Value::String));
    object.insert("to".into(), to.map_or(Value::Null, Value::String));
    Ok(Value::Object(object))
}
