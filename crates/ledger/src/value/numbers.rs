//! Numbers: exact, in full or half width, with separators.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::Wrong;
use super::text::narrow;
use crate::definition::{Field, Kind};

/// The number that was written. `▲` and `△` mark a negative amount in budget papers.
fn number(input: &Value) -> Result<Decimal, Wrong> {
    let written = match input {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err("数として読み取れません。数字で入力してください。".into()),
    };
    let plain = narrow(&written);
    let wrong =
        || format!("「{}」は数として読み取れません。「12345」や「12,345」の形で入力してください。", written.trim());
    let plain = plain.strip_suffix('円').unwrap_or(&plain).trim_end();
    let plain = plain.strip_prefix(['¥', '\\']).unwrap_or(plain).trim();
    let (negative, plain) = match plain.strip_prefix(['-', '−', '▲', '△', '‐', '–', 'ー']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, plain.strip_prefix('+').unwrap_or(plain)),
    };
    let (whole, fraction) = plain.split_once('.').map_or((plain, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Separators stand before every third digit, or nowhere: 1,23 is a slip and not 123.
    let groups: Vec<&str> = whole.split(',').collect();
    let separated = match groups.as_slice() {
        [one] => digits(one),
        [first, rest @ ..] => {
            digits(first) && first.len() <= 3 && rest.iter().all(|group| digits(group) && group.len() == 3)
        }
        [] => false,
    };
    if !separated || !fraction.is_none_or(digits) {
        return Err(wrong());
    }
    let mut text = groups.concat();
    if let Some(fraction) = fraction {
        text = format!("{text}.{fraction}");
    }
    let number = Decimal::from_str_exact(&text)
        .map_err(|_| format!("「{}」は桁が多すぎます。桁数を確かめてください。", written.trim()))?;
    Ok(if negative { -number } else { number })
}

fn bounds(field: &Field, number: Decimal) -> Result<(), Wrong> {
    let unit = if matches!(field.kind, Kind::Yen) { "円" } else { "" };
    let shown = |bound: i64| match field.plain {
        true => format!("{bound}{unit}"),
        false => format!("{}{unit}", grouped(&bound.to_string())),
    };
    match (field.min, field.max) {
        (Some(min), Some(max)) if number < Decimal::from(min) || number > Decimal::from(max) => {
            Err(format!("{}から{}までの数を入力してください。", shown(min), shown(max)))
        }
        (Some(min), _) if number < Decimal::from(min) => Err(format!("{}以上の数を入力してください。", shown(min))),
        (_, Some(max)) if number > Decimal::from(max) => Err(format!("{}以下の数を入力してください。", shown(max))),
        _ => Ok(()),
    }
}

/// A whole number that JSON readers keep exactly (RFC 8259, section 6: up to 2^53 - 1).
pub(super) fn whole(field: &Field, input: &Value) -> Result<i64, Wrong> {
    const EXACT: i64 = 9_007_199_254_740_991;
    let number = number(input)?;
    if !number.fract().is_zero() {
        let what = if matches!(field.kind, Kind::Yen) { "円未満の端数" } else { "小数" };
        return Err(format!("{what}が入っています。整数で入力してください。"));
    }
    bounds(field, number)?;
    match number.trunc().to_i64() {
        Some(number) if (-EXACT..=EXACT).contains(&number) => Ok(number),
        _ => Err("数が大きすぎます。15桁までで入力してください。".into()),
    }
}

/// A decimal with exactly `scale` digits after the point. A computed one is rounded half away from zero (四捨五入); an
/// entered one with more digits is refused, because dropping what a person wrote would be silent.
pub(super) fn decimal(field: &Field, input: &Value, scale: u32) -> Result<String, Wrong> {
    let number = number(input)?;
    let rounded = number.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
    if rounded != number && field.computed.is_none() {
        return Err(format!("小数点以下は{scale}桁までで入力してください。"));
    }
    bounds(field, rounded)?;
    let mut exact = if rounded.is_zero() { Decimal::ZERO } else { rounded };
    exact.rescale(scale);
    if exact.scale() != scale {
        return Err("数が大きすぎます。桁数を確かめてください。".into());
    }
    Ok(exact.to_string())
}

/// Digits in groups of three.
pub(super) fn grouped(number: &str) -> String {
    let (sign, plain) = number.strip_prefix('-').map_or(("", number), |plain| ("-", plain));
    let (whole, fraction) = plain.split_once('.').map_or((plain, ""), |(whole, fraction)| (whole, fraction));
    let mut out = String::with_capacity(number.len() + number.len() / 3);
    out.push_str(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}
