//! The description of a table to be written.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

/// Rows in the order of writing.
pub type Rows<'a> = Box<dyn Iterator<Item = Vec<Cell>> + 'a>;

/// One table.
pub struct Sheet<'a> {
    /// Name of the sheet; characters that spreadsheets forbid are replaced, and it is cut to 31 UTF-16 units.
    pub name: String,
    /// Heading above the table; the table starts in the first row without it.
    pub title: Option<String>,
    /// Lines between title and table, such as the conditions of a list or how to correct a file.
    pub notes: Vec<String>,
    /// Columns from the left.
    pub columns: Vec<Column>,
    /// Rows; missing cells at the end of a row are blank.
    pub rows: Rows<'a>,
    /// Label of an extra last column that repeats the faults of each row in words, so that they can be filtered and
    /// are not told by colour alone.
    pub faults: Option<String>,
}

impl<'a> Sheet<'a> {
    /// A sheet with neither title nor notes.
    pub fn new<I>(name: impl Into<String>, columns: Vec<Column>, rows: I) -> Self
    where
        I: IntoIterator<Item = Vec<Cell>>,
        I::IntoIter: 'a,
    {
        Sheet {
            name: name.into(),
            title: None,
            notes: Vec::new(),
            columns,
            rows: Box::new(rows.into_iter()),
            faults: None,
        }
    }

    /// Adds a title.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Heading.
    pub label: String,
    /// What the column holds, which settles format and alignment.
    pub kind: Kind,
    /// Width in half-width characters; `None` for a width that suits kind and label.
    pub width: Option<f64>,
}

impl Column {
    /// A column of suitable width.
    pub fn new(label: impl Into<String>, kind: Kind) -> Self {
        Column { label: label.into(), kind, width: None }
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text; the cells are formatted as text so that typing 00012 into them keeps the zeros.
    Text,
    /// Whole number without grouping.
    Integer,
    /// Yen, grouped by three.
    Yen,
    /// Decimal number with this many digits after the point.
    Decimal(u8),
    /// Date, shown as 2026/03/14.
    Date,
    /// Date and time in Japan Standard Time, shown as 2026/03/14 09:30.
    DateTime,
}

/// A value. It need not agree with the kind of its column: a wrong import value stays the text it was.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Blank,
    /// Text.
    Text(String),
    /// Whole number; beyond 15 digits it is written as text, because spreadsheets would round it.
    Integer(i64),
    /// Exact decimal; beyond 15 digits it is written as text.
    Decimal(Decimal),
    /// Date.
    Date(NaiveDate),
    /// Date and time in Japan Standard Time.
    DateTime(NaiveDateTime),
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<String>) -> Self {
        Value::Text(text.into())
    }
}

/// A value, and what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The value.
    pub value: Value,
    /// Japanese sentence that says what is wrong and the mend; shown as a comment on the coloured cell.
    pub fault: Option<String>,
}

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        Cell { value, fault: None }
    }
}

impl Cell {
    /// A value that must be corrected.
    pub fn faulty(value: Value, fault: impl Into<String>) -> Self {
        Cell { value, fault: Some(fault.into()) }
    }
}
