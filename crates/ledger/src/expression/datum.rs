//! Values while an expression runs: borrowed from the record where possible, numbers exact.

use std::borrow::Cow;
use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::Value;

use super::tree::Fault;

#[derive(Debug, Clone)]
pub(super) enum Datum<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Text(Cow<'a, str>),
    /// An object or list of the record.
    Json(&'a Value),
    /// A list made by the expression.
    List(Vec<Datum<'a>>),
}

impl<'a> Datum<'a> {
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Datum::Null,
            // Nobody can know the value any more, so expressions find none.
            value if crate::value::is_erased(value) => Datum::Null,
            Value::Bool(flag) => Datum::Bool(*flag),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Datum::Int(number),
                None => number.to_string().parse().map_or(Datum::Null, Datum::Decimal),
            },
            Value::String(text) => Datum::Text(Cow::Borrowed(text)),
            Value::Array(_) | Value::Object(_) => Datum::Json(value),
        }
    }

    pub fn text(text: impl Into<String>) -> Self {
        Datum::Text(Cow::Owned(text.into()))
    }

    pub fn into_value(self) -> Value {
        match self {
            Datum::Null => Value::Null,
            Datum::Bool(flag) => Value::Bool(flag),
            Datum::Int(number) => Value::from(number),
            Datum::Decimal(number) => Value::String(number.normalize().to_string()),
            Datum::Text(text) => Value::String(text.into_owned()),
            Datum::Json(value) => value.clone(),
            Datum::List(list) => Value::Array(list.into_iter().map(Datum::into_value).collect()),
        }
    }

    /// What it is, in words for an error message.
    pub fn kind(&self) -> &'static str {
        match self {
            Datum::Null => "空",
            Datum::Bool(_) => "はい・いいえ",
            Datum::Int(_) => "整数",
            Datum::Decimal(_) => "小数",
            Datum::Text(_) => "文字列",
            Datum::Json(Value::Array(_)) | Datum::List(_) => "一覧",
            Datum::Json(_) => "記録",
        }
    }

    /// Nothing at all, or a text, list or record without content.
    pub fn is_empty(&self) -> bool {
        match self {
            Datum::Null => true,
            Datum::Text(text) => text.is_empty(),
            Datum::Json(Value::Array(list)) => list.is_empty(),
            Datum::Json(Value::Object(object)) => object.is_empty(),
            Datum::List(list) => list.is_empty(),
            _ => false,
        }
    }

    /// True or false; empty is false.
    pub fn truth(&self, at: usize) -> Result<bool, Fault> {
        match self {
            Datum::Bool(flag) => Ok(*flag),
            Datum::Null => Ok(false),
            other => Err(Fault::new(
                at,
                format!(
                    "条件が「はい・いいえ」ではなく{}になります。== や empty( ) で比べる式にしてください",
                    other.kind()
                ),
            )),
        }
    }

    /// The number it is or spells; `None` for anything else.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Datum::Int(number) => Some(Decimal::from(*number)),
            Datum::Decimal(number) => Some(*number),
            Datum::Text(text) => Decimal::from_str_exact(text).ok(),
            _ => None,
        }
    }

    /// The identifier of a referred record, or the text itself.
    fn identifier(&self) -> Option<&str> {
        match self {
            Datum::Text(text) => Some(text),
            Datum::Json(Value::Object(object)) => object.get("id").and_then(Value::as_str),
            _ => None,
        }
    }

    fn is_number(&self) -> bool {
        matches!(self, Datum::Int(_) | Datum::Decimal(_))
    }

    /// Elements of a list; `None` for anything else.
    pub fn elements(&self) -> Option<Vec<Datum<'a>>> {
        match self {
            Datum::List(list) => Some(list.clone()),
            Datum::Json(Value::Array(list)) => Some(list.iter().map(Datum::of).collect()),
            _ => None,
        }
    }

    /// Whether two values are the same: numbers by amount, a referred record by its identifier, nothing only as
    /// nothing.
    pub fn same(&self, other: &Datum<'_>) -> bool {
        match (self, other) {
            (Datum::Null, Datum::Null) => true,
            (Datum::Bool(one), Datum::Bool(two)) => one == two,
            (Datum::Int(one), Datum::Int(two)) => one == two,
            (Datum::Text(one), Datum::Text(two)) => one == two,
            (one, two) if one.is_number() || two.is_number() => match (one.number(), two.number()) {
                (Some(one), Some(two)) => one == two,
                _ => false,
            },
            (Datum::Json(Value::Object(_)), _) | (_, Datum::Json(Value::Object(_))) => {
                match (self.identifier(), other.identifier()) {
                    (Some(one), Some(two)) => one == two,
                    _ => matches!((self, other), (Datum::Json(one), Datum::Json(two)) if one == two),
                }
            }
            (one, two) => match (one.elements(), two.elements()) {
                (Some(one), Some(two)) => {
                    one.len() == two.len() && one.iter().zip(&two).all(|(one, two)| one.same(two))
                }
                _ => false,
            },
        }
    }

    /// Order of two values that have one. Outer `None`: they have none; inner `None`: one of them is empty.
    pub fn order(&self, other: &Datum<'_>) -> Option<Option<Ordering>> {
        match (self, other) {
            (Datum::Null, _) | (_, Datum::Null) => Some(None),
            (Datum::Text(one), Datum::Text(two)) => Some(Some(one.cmp(two))),
            (Datum::Bool(one), Datum::Bool(two)) => Some(Some(one.cmp(two))),
            (Datum::Int(one), Datum::Int(two)) => Some(Some(one.cmp(two))),
            (one, two) if one.is_number() || two.is_number() => Some(Some(one.number()?.cmp(&two.number()?))),
            _ => None,
        }
    }
}
