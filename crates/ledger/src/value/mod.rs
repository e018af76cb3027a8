//! Values: what people, files and programs enter, turned into the canonical JSON of [`Kind`], and canonical JSON turned
//! into the words that people read.
//!
//! [`normalise`] takes a field's input as a form, a workbook or REST gives it; [`format()`] gives the words for pages,
//! documents and exports. Both know nothing of other records: whether a reference exists is asked by the write path, and
//! its title is written by whoever shows it.
//!
//! ```
//! use ledger::pack::{PackSource, load};
//! use ledger::value::{Context, format, normalise};
//! let text = "[ledger]\nlabel = '支出'\narea = 'money'\n[field]\namount = { label = '金額', kind = 'yen' }\n\
//!     [[access]]\nrole = 'everyone'\nread = '*'";
//! let head = "label = '会計'\nversion = '1'\n[area.money]\nlabel = '会計'";
//! let files = vec![("pack.toml".into(), head.into()), ("spending.toml".into(), text.into())];
//! let catalogue = load(&[PackSource { name: "money".into(), files }]).expect("no mistakes");
//! let amount = catalogue.ledger("spending").and_then(|ledger| ledger.field("amount")).expect("the field");
//!
//! let context = Context { catalogue: &catalogue, today: "2026-11-21".parse().expect("a date") };
//! let value = normalise(amount, &"１２，３４５円".into(), &context).expect("an amount");
//! assert_eq!(value, 12345);
//! assert_eq!(format(amount, &value, &catalogue), "12,345円");
//! ```
//!
//! [`Kind`]: crate::definition::Kind

mod dates;
mod numbers;
mod shown;
mod text;

pub use shown::{format, format_short};

use chrono::NaiveDate;
use serde_json::{Map, Value};

use crate::definition::{Catalogue, Choice, ChoiceSet, Field, Kind, Required};
use crate::refusal::Problem;

/// The words that stand where a value was erased with the key of the person it was about.
pub const ERASED: &str = "消去済み";

/// The mark in a record's body where a value was erased: neither empty nor a value. Stores give it, and leave what they
/// hold as it is when it comes back.
pub fn erased() -> Value {
    Value::Object(Map::from_iter([("erased".to_owned(), Value::Bool(true))]))
}

/// Whether this is [`erased()`].
pub fn is_erased(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.len() == 1 && object.get("erased") == Some(&Value::Bool(true)))
}

/// What a value is read against.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Definitions, for choice sets.
    pub catalogue: &'a Catalogue,
    /// Today in Japan: which choices are valid, which era a short year means.
    pub today: NaiveDate,
}

/// Most rows of a field of rows.
pub const MAX_ROWS: usize = 2_000;
/// Most references, choices or files of one field.
pub const MAX_ITEMS: usize = 1_000;
/// Most characters of a text whose field states no limit: one line, and several lines.
pub const MAX_LINE: usize = 1_000;
/// See [`MAX_LINE`].
pub const MAX_LINES: usize = 100_000;

/// What is wrong with one value, without its place. Message and mend, in Japanese.
pub(crate) type Wrong = String;

/// The canonical JSON of what was entered for a field; `Null` for nothing. Canonical values come out as they went in.
///
/// Texts are trimmed of outer white space (one line) and otherwise kept as written: names are never normalised. Numbers
/// may be in full width, with separators and 円; dates in any form that [`calendar::parse_date`] reads; yes and no as
/// ○ × はい いいえ; choices by code or by Japanese label, as long as they are valid today.
///
/// # Errors
/// Every problem of the value: one, or one for each wrong cell of a table of rows. Whether a value is demanded is not
/// asked here, except for the columns of rows.
pub fn normalise(field: &Field, input: &Value, context: &Context<'_>) -> Result<Value, Vec<Problem>> {
    match &field.kind {
        Kind::Rows { columns } => rows(field, columns, input, context),
        _ => one(field, input, context).map_err(|message| vec![Problem::field(&field.name, message)]),
    }
}

/// A value of any kind but rows.
fn one(field: &Field, input: &Value, context: &Context<'_>) -> Result<Value, Wrong> {
    if matches!(input, Value::Null) || input.as_str().is_some_and(|text| text.trim().is_empty()) {
        return Ok(Value::Null);
    }
    match &field.kind {
        Kind::Text => text::line(field, input).map(Value::String),
        Kind::LongText => text::lines(field, input).map(Value::String),
        Kind::Integer | Kind::Yen => numbers::whole(field, input).map(Value::from),
        Kind::Decimal { scale } => numbers::decimal(field, input, *scale).map(Value::String),
        Kind::Date => dates::day(input, context.today).map(Value::String),
        Kind::DateTime => dates::instant(input, context.today).map(Value::String),
        Kind::Period => dates::period(input, context.today),
        Kind::YesNo => yes_no(input).map(Value::Bool),
        Kind::Choice { set } => choice(set, input, context).map(Value::String),
        Kind::Choices { set } => choices(set, input, context),
        Kind::Reference { many: false, .. } => text::identifier(input).map(Value::String),
        Kind::Reference { many: true, .. } => many(input),
        Kind::Attachment => attachments(input),
        Kind::Rows { .. } => Err("表の中に表は置けません。".into()),
    }
}

fn yes_no(input: &Value) -> Result<bool, Wrong> {
    if let Some(flag) = input.as_bool() {
        return Ok(flag);
    }
    let written = match input {
        Value::Number(number) => number.to_string(),
        Value::String(written) => written.trim().to_owned(),
        _ => return Err("「はい」か「いいえ」で入力してください。".into()),
    };
    match text::narrow(&written).to_lowercase().as_str() {
        "○" | "〇" | "◯" | "●" | "◎" | "はい" | "有" | "あり" | "有り" | "済" | "可" | "true" | "yes" | "y" | "on"
        | "1" | "✓" | "✔" | "レ" => Ok(true),
        "×" | "✕" | "✗" | "いいえ" | "無" | "なし" | "無し" | "未" | "否" | "不可" | "false" | "no" | "n" | "off"
        | "0" => Ok(false),
        _ => Err(format!(
            "「{written}」は、はい・いいえとして読み取れません。「はい」か「いいえ」（○か×）で入力してください。"
        )),
    }
}

fn choice(set: &str, input: &Value, context: &Context<'_>) -> Result<String, Wrong> {
    let Some(set) = context.catalogue.choices.get(set) else {
        return Err(format!("選択肢「{set}」が定義されていません。管理者に知らせてください。"));
    };
    let written = match input {
        Value::String(written) => written.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err(format!("{}から一つ選んでください。", labels(set, context.today))),
    };
    let valid = |choice: &&Choice| {
        choice.from.is_none_or(|from| from <= context.today) && choice.to.is_none_or(|to| context.today <= to)
    };
    let named = |choice: &&Choice| choice.code == written || choice.label == written;
    if let Some(choice) = set.choices.iter().filter(named).find(valid) {
        return Ok(choice.code.clone());
    }
    // A file may hold the label in full width where the set has it in half width, and the other way round.
    let narrow = text::narrow(&written);
    let alike = |choice: &&Choice| text::narrow(&choice.code) == narrow || text::narrow(&choice.label) == narrow;
    if let Some(choice) = set.choices.iter().filter(alike).find(valid) {
        return Ok(choice.code.clone());
    }
    Err(match set.choices.iter().find(named) {
        Some(past) => format!(
            "「{}」は今日（{}）の時点では選べません。{}から選んでください。",
            past.label,
            calendar::format_date(context.today),
            labels(set, context.today)
        ),
        None => format!("「{written}」という選択肢はありません。{}から選んでください。", labels(set, context.today)),
    })
}

/// The labels that may be chosen today, at most twelve.
fn labels(set: &ChoiceSet, today: NaiveDate) -> String {
    let valid: Vec<&str> = set
        .choices
        .iter()
        .filter(|choice| choice.from.is_none_or(|from| from <= today) && choice.to.is_none_or(|to| today <= to))
        .map(|choice| choice.label.as_str())
        .collect();
    let more = if valid.len() > 12 { "ほか" } else { "" };
    format!("「{}」{more}", valid.iter().take(12).copied().collect::<Vec<_>>().join("」「"))
}

/// Elements of a list, or of a text parted by commas, 、 or line ends.
fn items(input: &Value) -> Result<Vec<Value>, Wrong> {
    let items: Vec<Value> = match input {
        Value::Array(items) => items.iter().filter(|item| !item.is_null()).cloned().collect(),
        Value::String(written) => written
            .split([',', '、', '，', '\n', ';', '；'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(Value::from)
            .collect(),
        Value::Number(_) => vec![input.clone()],
        _ => return Err("一覧として読み取れません。「、」で区切って入力してください。".into()),
    };
    if items.len() > MAX_ITEMS {
        return Err(format!("{}個あります。{MAX_ITEMS}個までにしてください。", items.len()));
    }
    Ok(items)
}

/// Several codes, in the order of the set, each once.
fn choices(set: &str, input: &Value, context: &Context<'_>) -> Result<Value, Wrong> {
    let mut codes = Vec::new();
    for item in items(input)? {
        if item.as_str().is_some_and(|text| text.trim().is_empty()) {
            continue;
        }
        codes.push(choice(set, &item, context)?);
    }
    let order = |code: &String| {
        let set = context.catalogue.choices.get(set);
        set.and_then(|set| set.choices.iter().position(|choice| choice.code == *code)).unwrap_or(usize::MAX)
    };
    codes.sort_by_key(order);
    codes.dedup();
    Ok(if codes.is_empty() { Value::Null } else { Value::from(codes) })
}

/// Several identifiers, in the order entered, each once.
fn many(input: &Value) -> Result<Value, Wrong> {
    let mut identifiers: Vec<String> = Vec::new();
    for item in items(input)? {
        if item.as_str().is_some_and(|text| text.trim().is_empty()) {
            continue;
        }
        let identifier = text::identifier(&item)?;
        if !identifiers.contains(&identifier) {
            identifiers.push(identifier);
        }
    }
    Ok(if identifiers.is_empty() { Value::Null } else { Value::from(identifiers) })
}

/// Files that were stored before: `{id, name, media_type, size, sha256}` each.
fn attachments(input: &Value) -> Result<Value, Wrong> {
    const WRONG: &str = "添付ファイルとして読み取れません。ファイルを選び直してください。";
    let Value::Array(files) = input else { return Err(WRONG.into()) };
    if files.len() > MAX_ITEMS {
        return Err(format!("添付ファイルは{MAX_ITEMS}個までです。"));
    }
    let mut kept = Vec::with_capacity(files.len());
    for file in files {
        let mut one = Map::new();
        for key in ["id", "name", "media_type", "sha256"] {
            match file.get(key) {
                Some(Value::String(text)) if !text.is_empty() && text::is_clean(text, false) => {
                    one.insert(key.into(), text.as_str().into());
                }
                _ => return Err(WRONG.into()),
            }
        }
        match file.get("size").and_then(Value::as_u64) {
            Some(size) => one.insert("size".into(), size.into()),
            None => return Err(WRONG.into()),
        };
        kept.push(Value::Object(one));
    }
    Ok(if kept.is_empty() { Value::Null } else { Value::Array(kept) })
}

/// A table: rows without any value are left out, every wrong cell is named.
fn rows(field: &Field, columns: &[Field], input: &Value, context: &Context<'_>) -> Result<Value, Vec<Problem>> {
    let whole = |message: String| vec![Problem::field(&field.name, message)];
    let rows = match input {
        Value::Null => return Ok(Value::Null),
        Value::String(text) if text.trim().is_empty() => return Ok(Value::Null),
        Value::Array(rows) => rows,
        _ => return Err(whole("表として読み取れません。行の一覧で入力してください。".into())),
    };
    if rows.len() > MAX_ROWS {
        return Err(whole(format!("{}行あります。{MAX_ROWS}行までにしてください。", rows.len())));
    }
    let mut kept = Vec::new();
    let mut problems = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let Value::Object(cells) = row else {
            problems.push(Problem {
                row: Some(index),
                ..Problem::field(&field.name, "行として読み取れません。列ごとに入力してください。")
            });
            continue;
        };
        let mut wrong = Vec::new();
        let mut values = Map::new();
        for column in columns {
            match one(column, cells.get(&column.name).unwrap_or(&Value::Null), context) {
                Ok(Value::Null) => {}
                Ok(value) => {
                    values.insert(column.name.clone(), value);
                }
                Err(message) => wrong.push(Problem::cell(&field.name, index, &column.name, message)),
            }
        }
        for name in cells.keys().filter(|name| !columns.iter().any(|column| column.name == **name)) {
            wrong.push(Problem::cell(&field.name, index, name, format!("「{name}」という列はありません。")));
        }
        if values.is_empty() && wrong.is_empty() {
            continue;
        }
        for column in columns {
            let missing =
                !values.contains_key(&column.name) && !wrong.iter().any(|p| p.column.as_ref() == Some(&column.name));
            if missing && matches!(column.required, Required::Always) {
                wrong.push(Problem::cell(
                    &field.name,
                    index,
                    &column.name,
                    format!("{}を入力してください。", column.label),
                ));
            }
        }
        problems.append(&mut wrong);
        kept.push(Value::Object(values));
    }
    match (problems.is_empty(), kept.is_empty()) {
        (false, _) => Err(problems),
        (true, true) => Ok(Value::Null),
        (true, false) => Ok(Value::Array(kept)),
    }
}

#[cfg(test)]
mod tests;
