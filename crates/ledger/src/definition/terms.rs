//! Terms (契約の決まり): what a contract's documents demand, by when, and what they leave open. A pack brings one set of
//! them (`terms.toml`); an engine makes records of them for each contract.

use calendar::{DeadlineRule, RuleError};
use serde_json::Value;

use crate::expression::Expression;

/// Most items of one set of terms.
pub const MAX_ITEMS: usize = 300;
/// Most settings of one set of terms.
pub const MAX_SETTINGS: usize = 100;

/// The terms that one pack brings.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Identifier: the name of the pack, and the code in the choice set `terms`.
    pub name: String,
    /// Japanese name.
    pub label: String,
    /// Document that the clauses are of.
    pub source: String,
    /// Ledger of the contracts that are made from these terms.
    pub ledger: String,
    /// Ledger of the records that are made for a contract, one for each thing due.
    pub makes: String,
    /// First values of a new contract, by field.
    pub values: Vec<(String, Value)>,
    /// What is decided for each contract.
    pub settings: Vec<Setting>,
    /// What is due.
    pub items: Vec<Item>,
}

/// What the documents leave open, or say in two ways: decided for each contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Identifier; `{name}` in a rule stands for the value.
    pub name: String,
    /// Japanese name.
    pub label: String,
    /// First value: a part of a deadline rule, or a whole one.
    pub value: String,
    /// The only values that are allowed, by name; empty where any will do.
    pub options: Vec<(String, String)>,
    /// Clauses that make it necessary.
    pub clause: String,
    /// Why the first value is what it is.
    pub note: String,
    /// It says how a clause is read, and stands in no rule.
    pub reading: bool,
}

/// One thing that is due: once, for every span of time, or for every record of a ledger.
#[derive(Debug, Clone)]
pub struct Item {
    /// Identifier within the terms.
    pub name: String,
    /// Japanese name.
    pub label: String,
    /// Clause that demands it.
    pub clause: String,
    /// How often.
    pub every: Every,
    /// Only for records of which this holds.
    pub when: Option<Expression>,
    /// Deadline rule with `{settings}` in it; none where it is due when somebody asks.
    pub due: Option<String>,
    /// Further values of the record that is made, by field.
    pub values: Vec<(String, Value)>,
}

/// How often something is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Every {
    /// Once.
    Once,
    /// For every calendar month of the contract.
    Month,
    /// For every quarter of the fiscal year.
    Quarter,
    /// For every half of the fiscal year.
    Half,
    /// For every fiscal year.
    Year,
    /// For every business day.
    BusinessDay,
    /// For every span of the length that is decided for each contract by this setting. The names of its options are of
    /// [`Every::DECIDED`].
    Decided {
        /// The setting.
        setting: String,
    },
    /// For every record of a ledger that refers to the contract.
    Record {
        /// The ledger.
        ledger: String,
    },
}

impl Every {
    /// Words for spans in a pack, with their meaning.
    pub const SPANS: [(&'static str, Every); 5] = [
        ("month", Every::Month),
        ("quarter", Every::Quarter),
        ("half", Every::Half),
        ("year", Every::Year),
        ("business_day", Every::BusinessDay),
    ];

    /// Names that the options of such a setting may have.
    pub const DECIDED: [&'static str; 4] = ["month", "quarter", "half", "year"];

    /// The span that a word of a pack means.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::SPANS.iter().find(|(span, _)| *span == word).map(|(_, every)| every.clone())
    }

    /// Whether it is for spans of time, so that rules know `period` and `period_end`, the first and the last day of the
    /// span.
    pub fn is_span(&self) -> bool {
        !matches!(self, Every::Once | Every::Record { .. })
    }
}

/// Why an item has no readable rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillProblem {
    /// The braces name no setting, or are not closed.
    #[error("「{{{name}}}」という決めごとはありません。")]
    NoSetting {
        /// What stands in the braces.
        name: String,
        /// Byte offset in the text as written.
        offset: usize,
    },
    /// What results is not a rule.
    #[error("期限「{text}」: {error}")]
    NotARule {
        /// The rule with the settings put in.
        text: String,
        /// What is wrong with it.
        error: RuleError,
        /// Byte offset in the text as written.
        offset: usize,
    },
}

impl Terms {
    /// The setting of that name.
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    /// The item of that name.
    pub fn item(&self, name: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.name == name)
    }

    /// How often an item is due with these values of the settings. What is no option counts as a year.
    pub fn every_of(&self, item: &Item, value_of: &dyn Fn(&str) -> Option<String>) -> Every {
        let Every::Decided { setting } = &item.every else { return item.every.clone() };
        let options = self.setting(setting).map_or(&[][..], |setting| setting.options.as_slice());
        let value = value_of(setting);
        let option = options.iter().find(|(_, option)| Some(option) == value.as_ref());
        option.and_then(|(name, _)| Every::of_word(name)).unwrap_or(Every::Year)
    }

    /// Items that are due for every record of this ledger.
    pub fn items_of<'a>(&'a self, ledger: &'a str) -> impl Iterator<Item = &'a Item> + 'a {
        self.items
            .iter()
            .filter(move |item| matches!(&item.every, Every::Record { ledger: events } if events == ledger))
    }
}

impl Item {
    /// Settings that it needs, for its rule and its span, each once.
    pub fn settings(&self) -> Vec<&str> {
        let mut names: Vec<&str> = match &self.every {
            Every::Decided { setting } => vec![setting.as_str()],
            _ => Vec::new(),
        };
        for part in self.due.as_deref().unwrap_or_default().split('{').skip(1) {
            let name = part.split('}').next().unwrap_or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The rule with these values of the settings; `None` where there is none.
    ///
    /// # Errors
    /// When a setting is not known, or what results is not a rule.
    pub fn rule(&self, value_of: &dyn Fn(&str) -> Option<String>) -> Result<Option<DeadlineRule>, FillProblem> {
        let Some(written) = &self.due else { return Ok(None) };
        // The filled text, and for each of its characters where it comes from in the text as written.
        let (mut text, mut from) = (String::new(), Vec::new());
        let mut rest = written.as_str();
        while let Some(start) = rest.find(['{', '}']) {
            let (plain, behind) = rest.split_at(start);
            let base = written.len() - rest.len();
            from.extend(plain.char_indices().map(|(at, _)| base + at));
            text.push_str(plain);
            let offset = base + start;
            let inner = behind.strip_prefix('{').and_then(|behind| behind.split_once('}'));
            let Some((name, after)) = inner else {
                let name = behind.trim_matches(['{', '}']).to_owned();
                return Err(FillProblem::NoSetting { name, offset });
            };
            let value = value_of(name).ok_or(FillProblem::NoSetting { name: name.to_owned(), offset })?;
            from.extend(value.chars().map(|_| offset));
            text.push_str(&value);
            rest = after;
        }
        let base = written.len() - rest.len();
        from.extend(rest.char_indices().map(|(at, _)| base + at));
        text.push_str(rest);
        match DeadlineRule::parse(&text) {
            Ok(rule) => Ok(Some(rule)),
            Err(error) => {
                let offset = from.get(error.column.saturating_sub(1)).copied().unwrap_or(written.len());
                Err(FillProblem::NotARule { text, error, offset })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(due: &str) -> Item {
        Item {
            name: "a".into(),
            label: "甲".into(),
            clause: "1".into(),
            every: Every::Once,
            when: None,
            due: Some(due.into()),
            values: Vec::new(),
        }
    }

    #[test]
    fn settings_are_put_in_and_what_is_wrong_is_found_where_it_was_written() {
        let value_of = |name: &str| match name {
            "soon" => Some("5 business days".to_owned()),
            "whole" => Some("on starts_on".to_owned()),
            "bad" => Some("5 bussiness days".to_owned()),
            _ => None,
        };
        for (due, rule) in [
            ("{soon} after contract_on", "5 business days after contract_on"),
            ("{whole}", "on starts_on"),
            ("{whole}, next business day", "on starts_on, next business day"),
            ("10 days after contract_on", "10 days after contract_on"),
        ] {
            let read = item(due).rule(&value_of).map(|rule| rule.map(|rule| rule.to_string()));
            assert_eq!(read, Ok(Some(rule.to_owned())), "{due}");
        }
        for (due, at) in [
            ("{later} after x", 0),
            ("1 day after x, {later}", 15),
            ("{soon after x", 0),
            ("soon} after x", 4),
            ("{soon} afetr x", 7),
            ("{bad} after x", 0),
            ("{soon} after", 12),
        ] {
            let found = match item(due).rule(&value_of) {
                Err(FillProblem::NoSetting { offset, .. } | FillProblem::NotARule { offset, .. }) => Some(offset),
                Ok(_) => None,
            };
            assert_eq!(found, Some(at), "{due}");
        }
        assert_eq!(item("{a} of {b} {a}").settings(), ["a", "b"]);
    }
}
