//! Conditions as people and addresses write them: `field:test:values`.

use std::fmt;

use calendar::parse_date;
use chrono::NaiveDate;
use serde_json::Value;

use super::subtree;
use crate::access::{Access, holds, plain_operand};
use crate::definition::{Catalogue, Field, Kind, Ledger};
use crate::port::Reader;
use crate::principal::Principal;
use crate::query::{Comparison, Filter, Operand};
use crate::refusal::{Problem, Refusal};

/// How a field is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// It is one of the values. `@me` is the reader's own person.
    Is,
    /// It is none of the values.
    IsNot,
    /// It is the value or more.
    From,
    /// It is the value or less.
    To,
    /// It begins with the value.
    Starts,
    /// It is the office or one under it.
    Under,
    /// It has no value.
    Empty,
    /// It has a value.
    Filled,
}

impl Test {
    const NAMES: [(&'static str, Test); 8] = [
        ("is", Test::Is),
        ("not", Test::IsNot),
        ("from", Test::From),
        ("to", Test::To),
        ("starts", Test::Starts),
        ("under", Test::Under),
        ("empty", Test::Empty),
        ("filled", Test::Filled),
    ];

    /// The words of all tests in addresses.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }

    /// The word in addresses.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, test)| *test == self).map_or("is", |(name, _)| name)
    }
}

/// One condition of a list, with the values as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Field name, `state`, `created_at` or `recorded_at`; `period.from` for a part.
    pub field: String,
    /// Test.
    pub test: Test,
    /// Values, parted by commas in an address.
    pub values: Vec<String>,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.field, self.test.name(), self.values.join(","))
    }
}

impl Condition {
    /// Read `field:test:value,value`; `field:value` is short for `field:is:value`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut parts = text.splitn(3, ':');
        let field = parts.next().unwrap_or_default().trim().to_string();
        let (test, values) = match (parts.next(), parts.next()) {
            (Some(test), values) if Test::NAMES.iter().any(|(name, _)| *name == test) => {
                let test = Test::NAMES.iter().find(|(name, _)| *name == test).map_or(Test::Is, |(_, test)| *test);
                (test, values.unwrap_or_default())
            }
            (Some(value), None) => (Test::Is, value),
            _ => {
                return Err(Problem::record(format!(
                    "条件「{text}」を読み取れません。「項目:is:値」の形で指定してください。"
                )));
            }
        };
        let values = values.split(',').filter(|value| !value.is_empty()).map(String::from).collect();
        Ok(Self { field, test, values })
    }

    /// The filter of this condition for a reader. An unknown or unreadable field gives the same problem.
    pub fn filter(
        &self,
        catalogue: &Catalogue,
        tx: &mut (impl Reader + ?Sized),
        ledger: &Ledger,
        who: &Principal,
        today: NaiveDate,
    ) -> Result<Filter, Refusal> {
        let access = Access::new(ledger, who);
        let unknown = || Refusal::invalid(Problem::record(format!("「{}」では絞り込めません。", self.field)));
        let plain = self.field.split('.').next().unwrap_or_default();
        let field = ledger.field(plain);
        // Lists are tested as a whole, single values by their operand.
        if let Some(field) = field.filter(|field| plain_operand(field, Some("from")).is_none()) {
            if access.operand_class_hidden(field) {
                return Err(unknown());
            }
            let values = self.own_values(who);
            let values = if self.test == Test::Under { offices(tx, &values)? } else { values };
            let holds = holds(ledger, &field.name, &values);
            if field.encrypted {
                return Err(unknown());
            }
            let filter = match self.test {
                Test::Is | Test::Under => access.guard_filter(field, holds),
                Test::IsNot => Filter::Not(Box::new(access.guard_filter(field, holds))),
                _ => return Err(unknown()),
            };
            return Ok(filter);
        }
        let operand = access.operand(&self.field).ok_or_else(unknown)?;
        self.compare(catalogue, tx, field, operand, who, today)
    }

    fn compare(
        &self,
        catalogue: &Catalogue,
        tx: &mut (impl Reader + ?Sized),
        field: Option<&Field>,
        operand: Operand,
        who: &Principal,
        today: NaiveDate,
    ) -> Result<Filter, Refusal> {
        if let Some(field) = field.filter(|field| field.encrypted) {
            let equality = matches!(self.test, Test::Is | Test::IsNot) && field.has_token();
            if !equality && !matches!(self.test, Test::Empty | Test::Filled) {
                return Err(Refusal::invalid(Problem::record(format!(
                    "「{}」は暗号化した項目なので、この条件では絞り込めません。{}検索を使ってください。",
                    field.label,
                    if field.has_token() { "一致(is)か" } else { "" }
                ))));
            }
        }
        let texts = self.own_values(who);
        let value = |text: &String| typed(catalogue, field, &self.field, text, today);
        let first = || texts.first().ok_or_else(|| Refusal::invalid(Problem::record("条件の値を入力してください。")));
        Ok(match self.test {
            Test::Is => Filter::OneOf(operand, texts.iter().map(value).collect::<Result<_, _>>()?),
            Test::IsNot => {
                let values = texts.iter().map(value).collect::<Result<_, _>>()?;
                Filter::Not(Box::new(Filter::OneOf(operand, values)))
            }
            Test::From => Filter::Compare(operand, Comparison::AtLeast, value(first()?)?),
            Test::To => match (self.field.as_str(), value(first()?)?) {
                // "to 14 March" means the whole of that day.
                ("created_at" | "recorded_at", Value::String(day)) if day.len() == 10 => {
                    Filter::Compare(operand, Comparison::Below, next_day(&day).into())
                }
                (_, value) => Filter::Compare(operand, Comparison::AtMost, value),
            },
            Test::Starts => Filter::StartsWith(operand, first()?.clone()),
            Test::Under => {
                let offices = offices(tx, &texts)?;
                Filter::OneOf(operand, offices.into_iter().map(Value::String).collect())
            }
            Test::Empty => Filter::Empty(operand),
            Test::Filled => Filter::Not(Box::new(Filter::Empty(operand))),
        })
    }

    fn own_values(&self, who: &Principal) -> Vec<String> {
        self.values
            .iter()
            .map(|value| if value == "@me" { who.person().unwrap_or("-").to_string() } else { value.clone() })
            .collect()
    }
}

/// Most offices in one condition: each costs a walk of the tree.
const MOST_OFFICES: usize = 50;

fn offices(tx: &mut (impl Reader + ?Sized), values: &[String]) -> Result<Vec<String>, Refusal> {
    if values.len() > MOST_OFFICES {
        let words = format!("一つの条件に指定できる組織は{MOST_OFFICES}までです。上の組織を指定してください。");
        return Err(Refusal::invalid(Problem::record(words)));
    }
    let mut all = Vec::new();
    for office in values {
        all.extend(subtree::under(tx, office)?);
    }
    Ok(all)
}

/// The text as a value that the field's operand compares with.
fn typed(
    catalogue: &Catalogue,
    field: Option<&Field>,
    name: &str,
    text: &str,
    today: NaiveDate,
) -> Result<Value, Refusal> {
    let day = |text: &str| {
        parse_date(text, today)
            .map(|date| Value::String(date.to_string()))
            .map_err(|problem| Refusal::invalid(Problem::field(name, format!("{problem}"))))
    };
    match field.map(|field| &field.kind) {
        Some(Kind::Date | Kind::Period) => day(text),
        Some(Kind::Choice { .. } | Kind::Reference { .. } | Kind::Text | Kind::LongText) => Ok(text.into()),
        Some(_) => {
            let context = crate::value::Context { catalogue, today };
            field.map_or(Ok(text.into()), |field| {
                crate::value::normalise(field, &text.into(), &context).map_err(Refusal::Invalid)
            })
        }
        None if matches!(name, "created_at" | "recorded_at") && !text.contains('T') => day(text),
        None => Ok(text.into()),
    }
}

fn next_day(day: &str) -> String {
    day.parse::<NaiveDate>().ok().and_then(|day| day.succ_opt()).map_or(day.to_string(), |day| day.to_string())
}
