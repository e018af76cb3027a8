//! Expressions in packs: the part of the Common Expression Language (CEL, cel.dev) that decisions about a record need.
//! An expression always ends, changes nothing and reads only what it is given.
//!
//! What an expression sees: every field of the record by its name (empty fields are `null`; a field that refers to
//! another record is that record's body with its `id`, one step deep), `state`, `today` (ISO date as text, so dates
//! compare as text), `me` (`account`, `person`, `roles`), and `before` (the body before the change, or `null`).
//!
//! Syntax and meaning are those of CEL, which the tests compare with an independent implementation, with three
//! differences that records need:
//!
//! - **Empty is ordinary.** A member of `null` is `null`; `<`, `<=`, `>`, `>=` with `null` are false; sums with `null`
//!   are `null`; `null` counts as false in `&&`, `||`, `!` and `?:`. In CEL each of these is an error.
//! - **No binary fractions.** Numbers with a point are exact decimals, and come out as text (`"12.5"`) as the kind
//!   `decimal` stores them. The stored text of a decimal is compared with a number as a number; two stored decimals are
//!   compared with `decimal(a) < decimal(b)`.
//! - **A referred record is its identifier** in `==`, `!=` and `in`: `subject == me.person`.
//!
//! ```
//! use ledger::expression::{Expression, Names};
//! use serde_json::{Value, json};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let overdue = Expression::parse("state == 'open' && days_between(due_on, today) > 7")?;
//! let fields = json!({ "due_on": "2026-11-10" });
//! let names = Names {
//!     fields: fields.as_object().ok_or("an object")?,
//!     state: "open",
//!     today: "2026-11-21",
//!     me: &Value::Null,
//!     before: &Value::Null,
//! };
//! assert!(overdue.holds(&names)?);
//! # Ok(()) }
//! ```

mod datum;
mod evaluate;
mod functions;
mod grammar;
mod tokens;
mod tree;
mod weighed;

use std::sync::Arc;

use serde_json::Value;

use tree::Node;
pub use tree::Path;
pub use weighed::{Comparison, Pair};

/// Longest expression in bytes.
pub const MAX_SOURCE: usize = 4096;

/// An expression that was found to be well formed.
#[derive(Clone)]
pub struct Expression {
    source: String,
    tree: Arc<Node>,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionProblem {
    /// Line within the expression, from 1; 0 when the place is unknown.
    pub line: usize,
    /// Column in characters, from 1; 0 when the place is unknown.
    pub column: usize,
    /// What is wrong, in Japanese, with the mend.
    pub message: String,
}

/// The values an expression sees.
#[derive(Debug, Clone)]
pub struct Names<'a> {
    /// Fields by name, references already opened to objects.
    pub fields: &'a serde_json::Map<String, Value>,
    /// State of the record.
    pub state: &'a str,
    /// Today in Japan, as an ISO date.
    pub today: &'a str,
    /// `account`, `person` and `roles` of whoever acts.
    pub me: &'a Value,
    /// Body before the change; `Null` for a new record.
    pub before: &'a Value,
}

impl Expression {
    /// Read an expression. At most [`MAX_SOURCE`] bytes and 60 levels deep.
    ///
    /// # Errors
    /// The first thing that is not well formed, with its place and the mend: syntax, an unknown function, a wrong number
    /// of arguments. Whether the names exist is asked of the ledger with [`Expression::paths`].
    pub fn parse(source: &str) -> Result<Self, ExpressionProblem> {
        let tree = grammar::parse(source).map_err(|fault| fault.place(source))?;
        Ok(Self { source: source.into(), tree: Arc::new(tree) })
    }

    /// The text of the expression.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Names of variables that are read, each once, in order of appearance (`state`, `today`, `me` and `before`
    /// included).
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for path in self.paths() {
            if let Some(first) = path.names.into_iter().next()
                && !names.contains(&first)
            {
                names.push(first);
            }
        }
        names
    }

    /// Members that are read of a variable, each once: `members("round")` of `round.goal_due < today` is `goal_due`.
    /// For rows and lists these are the members of their elements.
    pub fn members(&self, name: &str) -> Vec<String> {
        let mut members: Vec<String> = Vec::new();
        for path in self.paths() {
            let mut names = path.names.into_iter();
            if names.next().as_deref() == Some(name)
                && let Some(member) = names.next()
                && !members.contains(&member)
            {
                members.push(member);
            }
        }
        members
    }

    /// Every variable with the members that are read of it, and its place, in order of appearance. A variable of
    /// `exists`, `all`, `map` or `filter` appears as what it runs over.
    pub fn paths(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        self.tree.paths(&mut Vec::new(), &mut paths);
        paths.sort_by_key(|path| path.offset);
        for path in &mut paths {
            (path.line, path.column) = tree::place(&self.source, path.offset);
        }
        paths
    }

    /// Variables that are compared with one another, added up, or weighed by `min` and `max`. A check of kinds asks it:
    /// two stored decimals are texts and would be compared as such.
    pub fn pairs(&self) -> Vec<Pair> {
        self.weighed().pairs
    }

    /// Variables that are compared with a text, such as a state or the code of a choice.
    pub fn comparisons(&self) -> Vec<Comparison> {
        self.weighed().comparisons
    }

    fn weighed(&self) -> weighed::Weighed {
        let mut found = weighed::Weighed::default();
        self.tree.weigh(&mut Vec::new(), &mut found);
        found
    }

    /// The value. Exact decimals come as text.
    ///
    /// # Errors
    /// Values that do not fit together (text minus number, division by zero, overflow, a date that is none), or more
    /// than 100,000 steps.
    pub fn evaluate(&self, names: &Names<'_>) -> Result<Value, ExpressionProblem> {
        evaluate::run(&self.tree, names).map(datum::Datum::into_value).map_err(|fault| fault.place(&self.source))
    }

    /// Whether it is true; empty is not true.
    ///
    /// # Errors
    /// As [`Expression::evaluate`], and when the value is neither true, false nor empty.
    pub fn holds(&self, names: &Names<'_>) -> Result<bool, ExpressionProblem> {
        evaluate::run(&self.tree, names)
            .and_then(|found| found.truth(self.tree.at))
            .map_err(|fault| fault.place(&self.source))
    }

    /// Whether the field is read, now or as it was before.
    pub fn mentions(&self, field: &str) -> bool {
        self.paths().iter().any(|path| {
            path.names.first().is_some_and(|name| name == field)
                || (path.names.first().is_some_and(|name| name == "before")
                    && path.names.get(1).is_some_and(|name| name == field))
        })
    }
}

impl std::fmt::Debug for Expression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expression").field(&self.source).finish()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

#[cfg(test)]
mod tests;
