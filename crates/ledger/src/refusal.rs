//! Refusals: the ways in which an act is not done. A person's mistake is a [`Problem`], never a program error.

use serde::Serialize;

use crate::port::{DisposedBy, StoreError};
use crate::record::Record;

/// One thing that is wrong with what a person entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Field; empty for the record as a whole.
    pub field: String,
    /// Row within a field of rows, from 0.
    pub row: Option<usize>,
    /// Column within the row.
    pub column: Option<String>,
    /// Another record that is part of the problem, such as the one whose period has no end.
    #[serde(skip)]
    pub other: Option<String>,
    /// What is wrong and how to mend it, in Japanese.
    pub message: String,
}

impl Problem {
    /// A problem of one field.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), row: None, column: None, other: None, message: message.into() }
    }

    /// A problem of the record as a whole.
    pub fn record(message: impl Into<String>) -> Self {
        Self::field("", message)
    }

    /// A problem of one cell of a field of rows.
    pub fn cell(field: impl Into<String>, row: usize, column: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), row: Some(row), column: Some(column.into()), other: None, message: message.into() }
    }

    /// The same with the other record that is part of it.
    pub fn with_other(mut self, record: &str) -> Self {
        self.other = Some(record.into());
        self
    }
}

/// Why an act was not done. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such ledger or record, or the principal may not know of it.
    #[error("記録が見つかりません")]
    NotFound,
    /// The record was disposed of, as two people decided.
    #[error("この記録は廃棄済みです")]
    Disposed(DisposedBy),
    /// The principal may know of it but may not do this. The text says why, in Japanese.
    #[error("{0}")]
    Denied(String),
    /// Somebody changed the record in the meantime. Holds the record as it is now.
    #[error("ほかの人が先に更新しました")]
    Conflict(Box<Record>),
    /// What was entered is wrong.
    #[error("入力に誤りがあります")]
    Invalid(Vec<Problem>),
    /// The database did not do its part.
    #[error(transparent)]
    Store(StoreError),
    /// The definition itself cannot be followed (an expression failed, a state is missing).
    #[error("定義の誤りです: {0}")]
    Definition(String),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            // Nothing is wrong with the database: somebody writes about a person whose data were erased.
            StoreError::Erased => Refusal::invalid(Problem::record(format!("{error}。"))),
            error => Refusal::Store(error),
        }
    }
}

impl Refusal {
    /// One problem as a refusal.
    pub fn invalid(problem: Problem) -> Self {
        Refusal::Invalid(vec![problem])
    }
}
