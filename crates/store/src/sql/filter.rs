//! Filters as SQL conditions. [`ledger::query::Filter::matches`] says what they mean; the conformance suite compares.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use ledger::port::StoreError;
use ledger::query::{Comparison, Filter, Operand, instant_text};
use rust_decimal::Decimal;
use serde_json::Value;

use super::dialect::{Dialect, name};
use super::hidden::unanswerable;
use super::operand::Kind;
use crate::locks::Locks;
use crate::transaction::{is_identifier, is_short, search_tokens};
use crate::value::Param;

/// Writes conditions on the row `r` of one ledger and collects the values they bind.
pub(crate) struct Conditions<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) ledger: &'a str,
    /// `r` is a row of `version` that held at this instant, not of `record`.
    pub(crate) as_of: Option<DateTime<Utc>>,
    pub(crate) params: Vec<Param<'a>>,
    /// What is locked; none where no values are asked for.
    pub(crate) locks: Option<&'a Locks>,
}

impl<'a> Conditions<'a> {
    pub(crate) fn new(dialect: Dialect, ledger: &'a str, as_of: Option<DateTime<Utc>>) -> Result<Self, StoreError> {
        Ok(Self { dialect, ledger: name(ledger)?, as_of, params: Vec::new(), locks: None })
    }

    /// The same, knowing what is locked.
    pub(crate) fn with(mut self, locks: &'a Locks) -> Self {
        self.locks = Some(locks);
        self
    }

    /// Bind a value and return its placeholder.
    pub(crate) fn bind(&mut self, param: impl Into<Param<'a>>) -> String {
        self.params.push(param.into());
        format!("${}", self.params.len())
    }

    /// Table, alias and the condition that selects the ledger at the instant. The name of the ledger stands in the text,
    /// because a partial index is used only where its condition is known before values are bound.
    pub(crate) fn source(&mut self) -> String {
        match self.as_of {
            None => format!("FROM record r WHERE r.ledger = '{}'", self.ledger),
            Some(at) => {
                let at = self.bind(at);
                format!(
                    "FROM version r WHERE r.ledger = '{}' AND r.superseded_at > {at} AND r.recorded_at <= {at}",
                    self.ledger
                )
            }
        }
    }

    /// The condition. It may be NULL where it does not hold.
    pub(crate) fn filter(&mut self, filter: &Filter) -> Result<String, StoreError> {
        Ok(match filter {
            Filter::Everything => "TRUE".into(),
            Filter::Nothing => "FALSE".into(),
            Filter::All(all) => self.joined(all, " AND ", "TRUE")?,
            Filter::Any(any) => self.joined(any, " OR ", "FALSE")?,
            // There is no third truth value: what is NULL does not hold, and its contrary does.
            Filter::Not(filter) => format!("(({}) IS NOT TRUE)", self.filter(filter)?),
            Filter::Compare(operand, comparison, value) => self.compare(operand, *comparison, value)?,
            Filter::OneOf(operand, values) => self.one_of(operand, values)?,
            Filter::Empty(operand) => format!("(({}) IS NOT TRUE)", self.present(operand)?),
            Filter::StartsWith(operand, prefix) => self.starts_with(operand, prefix)?,
            Filter::Holds { field, values } => self.holds(name(field)?, values)?,
            Filter::Search { grams, classes } => self.search(grams, classes)?,
        })
    }

    fn joined(&mut self, filters: &[Filter], with: &str, empty: &str) -> Result<String, StoreError> {
        let mut parts = Vec::with_capacity(filters.len());
        for filter in filters {
            parts.push(self.filter(filter)?);
        }
        Ok(if parts.is_empty() { empty.into() } else { format!("({})", parts.join(with)) })
    }

    /// Bind a value so that it compares with an expression of that kind; `None` when it is of another kind, so that no
    /// comparison with it can hold.
    pub(crate) fn bind_value(&mut self, value: &Value, kind: Kind) -> Option<String> {
        match kind {
            Kind::Text => value.as_str().map(|text| self.bind(text.to_owned())),
            Kind::Bool => value.as_bool().map(|truth| self.bind(truth)),
            Kind::Number => decimal(value).map(|number| {
                let placeholder = self.bind(number);
                self.dialect.number(&placeholder)
            }),
            Kind::Instant => value.as_str().and_then(exact_instant).map(|at| self.bind(at)),
        }
    }

    /// How the operand is compared with the value. Instants compare as text; where the value has the exact text form of
    /// an instant, that is the same as comparing the instants, which an index can do.
    fn kind_against(operand: &Operand, value: &Value) -> Kind {
        match Kind::of(operand) {
            Kind::Instant if value.as_str().and_then(exact_instant).is_none() => Kind::Text,
            kind => kind,
        }
    }

    fn compare(&mut self, operand: &Operand, comparison: Comparison, value: &Value) -> Result<String, StoreError> {
        if self.hides(operand) {
            return match comparison {
                Comparison::Is => self.exactly(operand, std::slice::from_ref(value)),
                _ => Err(unanswerable()),
            };
        }
        let kind = Self::kind_against(operand, value);
        // Only what stands in the statement may be bound, so a value that cannot compare ends this before the operand.
        let Some(value) = self.bind_value(value, kind) else { return Ok("FALSE".into()) };
        let expression = self.typed(operand, kind)?;
        let sign = match comparison {
            Comparison::Is => "=",
            Comparison::Below => "<",
            Comparison::AtMost => "<=",
            Comparison::Above => ">",
            Comparison::AtLeast => ">=",
        };
        Ok(format!("{expression} {sign} {value}"))
    }

    fn one_of(&mut self, operand: &Operand, values: &[Value]) -> Result<String, StoreError> {
        if self.hides(operand) {
            return self.exactly(operand, values);
        }
        // One value is asked for as such, because only then an index gives the order behind it too.
        if let [value] = values {
            return self.compare(operand, Comparison::Is, value);
        }
        match Kind::of(operand) {
            Kind::Text => {
                let expression = self.typed(operand, Kind::Text)?;
                let texts: Vec<String> = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                let list = self.bind(Param::List(texts));
                Ok(self.dialect.is_in(&expression, &list))
            }
            Kind::Number => {
                let expression = self.typed(operand, Kind::Number)?;
                let list = self.bind(Param::List(values.iter().filter_map(decimal).collect()));
                Ok(self.dialect.is_in_numbers(&expression, &list))
            }
            Kind::Bool | Kind::Instant => {
                let mut parts = Vec::new();
                for value in values {
                    parts.push(self.compare(operand, Comparison::Is, value)?);
                }
                Ok(if parts.is_empty() { "FALSE".into() } else { format!("({})", parts.join(" OR ")) })
            }
        }
    }

    /// A range instead of a pattern: an index serves it, and nothing in the prefix has a meaning of its own.
    fn starts_with(&mut self, operand: &Operand, prefix: &str) -> Result<String, StoreError> {
        if self.hides(operand) {
            return Err(unanswerable());
        }
        let expression = self.typed(operand, Kind::Text)?;
        let low = self.bind(prefix.to_owned());
        Ok(match behind(prefix) {
            None => format!("{expression} >= {low}"),
            Some(high) => {
                let high = self.bind(high);
                format!("({expression} >= {low} AND {expression} < {high})")
            }
        })
    }

    /// On current records the table `reference` answers for identifiers and for short codes in lists (see
    /// `transaction::references`, which writes exactly those); the body answers for the rest.
    fn holds(&mut self, field: &str, values: &[String]) -> Result<String, StoreError> {
        let operand = Operand::Field { name: field.into(), order: ledger::query::Order::Text };
        if self.as_of.is_some() {
            return Ok(self.holds_in_body(field, values));
        }
        let short: Vec<String> = values.iter().filter(|value| is_short(value)).cloned().collect();
        let long: Vec<String> = values.iter().filter(|value| !is_short(value)).cloned().collect();
        let codes: Vec<String> = short.iter().filter(|value| !is_identifier(value)).cloned().collect();
        let mut parts = Vec::new();
        if !short.is_empty() {
            let list = self.bind(Param::List(short));
            parts.push(format!(
                "r.id IN (SELECT h.record FROM reference h WHERE h.ledger = '{}' AND h.field = '{field}' AND {} AND h.held)",
                self.ledger,
                self.dialect.is_in("h.target", &list)
            ));
        }
        if !codes.is_empty() {
            let expression = self.typed(&operand, Kind::Text)?;
            let list = self.bind(Param::List(codes));
            parts.push(self.dialect.is_in(&expression, &list));
        }
        if !long.is_empty() {
            parts.push(self.holds_in_body(field, &long));
        }
        Ok(if parts.is_empty() { "FALSE".into() } else { format!("({})", parts.join(" OR ")) })
    }

    fn holds_in_body(&mut self, field: &str, values: &[String]) -> String {
        let list = self.bind(Param::List(values.to_vec()));
        let found = self.dialect.json_type(&[field]);
        match self.dialect {
            Dialect::Sqlite => format!(
                "({found} IN ('text', 'array') AND EXISTS (SELECT 1 FROM json_each(r.body, '$.\"{field}\"') e \
                 WHERE e.type = 'text' AND e.value IN (SELECT value FROM json_each({list}))))"
            ),
            Dialect::Postgres => {
                format!("({found} IN ('string', 'array') AND ({}) ?| {list})", self.dialect.json(&[field]))
            }
        }
    }

    /// Some class has every gram and may be read. Search texts are kept by revision, so this works at any instant.
    fn search(&mut self, grams: &[String], classes: &[(String, Filter)]) -> Result<String, StoreError> {
        let keyed = self.locks.map_or(Cow::Borrowed(grams), |locks| locks.grams(grams));
        let grams: &[String] = &keyed;
        let mut parts = Vec::new();
        for (class, when) in classes {
            let hits = match self.dialect {
                Dialect::Sqlite => {
                    let tokens = self.bind(search_tokens(self.ledger, class, grams));
                    format!("s.number IN (SELECT rowid FROM search_gram WHERE search_gram MATCH {tokens})")
                }
                Dialect::Postgres => {
                    let list = self.bind(Param::List(grams.to_vec()));
                    format!("s.grams @> {list}")
                }
            };
            let class = self.bind(class.clone());
            let held = match self.as_of {
                None => format!(
                    "r.id IN (SELECT s.record FROM search s WHERE {hits} AND s.ledger = '{}' AND s.class = {class} \
                     AND s.revision_to = {})",
                    self.ledger,
                    i64::MAX
                ),
                // Any revision of the record had the words, and the one of that instant did.
                Some(_) => format!(
                    "(r.id IN (SELECT s.record FROM search s WHERE {hits} AND s.ledger = '{}' AND s.class = {class}) \
                     AND EXISTS (SELECT 1 FROM search s WHERE s.ledger = '{}' AND s.record = r.id AND s.class = {class} \
                     AND s.revision_from <= r.revision AND s.revision_to > r.revision AND {hits}))",
                    self.ledger, self.ledger
                ),
            };
            parts.push(match when {
                Filter::Everything => held,
                when => format!("({held} AND {})", self.filter(when)?),
            });
        }
        Ok(if parts.is_empty() { "FALSE".into() } else { format!("({})", parts.join(" OR ")) })
    }
}

/// The number in a value as plain decimal text, as [`ledger::query::compare`] would read it.
fn decimal(value: &Value) -> Option<String> {
    let number: Decimal = match value {
        Value::Number(number) => number.to_string().parse().ok()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    Some(number.to_string())
}

/// The instant whose text form this is, to the last digit.
fn exact_instant(text: &str) -> Option<DateTime<Utc>> {
    let at: DateTime<Utc> = text.parse().ok()?;
    (instant_text(at) == text).then_some(at)
}

/// The smallest text behind all texts with this prefix; `None` when there is none.
fn behind(prefix: &str) -> Option<String> {
    let mut kept: Vec<char> = prefix.chars().collect();
    while let Some(last) = kept.pop() {
        let next = match u32::from(last) + 1 {
            0xD800 => Some('\u{E000}'),
            next => char::from_u32(next),
        };
        if let Some(next) = next {
            kept.push(next);
            return Some(kept.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_behind_a_prefix_steps_over_what_is_no_character() {
        assert_eq!(behind("a").as_deref(), Some("b"));
        assert_eq!(behind("総務").as_deref(), Some("総\u{52DA}"));
        assert_eq!(behind("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(behind("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(behind("\u{10FFFF}"), None);
        assert_eq!(behind(""), None);
    }
}
