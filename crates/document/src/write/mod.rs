//! Writing tables: workbooks for people and CSV for other systems, from one description.
//!
//! A [`Sheet`] names its columns and hands over its rows one after another, so that a hundred thousand rows need no
//! memory of their own. Texts are always written as texts: nothing a user typed becomes a formula (CSV injection,
//! CWE-1236), and numbers of staff keep their zeros.
//!
//! ```
//! use document::write::{Cell, Column, CsvOptions, Kind, Sheet, Value, write_csv};
//!
//! let columns = vec![Column::new("職員番号", Kind::Text), Column::new("支給額", Kind::Yen)];
//! let rows = vec![vec![Cell::from(Value::text("00012")), Cell::from(Value::Integer(15_000))]];
//! let csv = write_csv(Sheet::new("名簿", columns, rows), &CsvOptions::default())?;
//! assert_eq!(csv.bytes, "\u{FEFF}職員番号,支給額\r\n00012,15000\r\n".as_bytes());
//! # Ok::<(), document::write::WriteProblem>(())
//! ```

mod archive;
mod csv;
mod problem;
mod sheet;
mod xlsx;

pub use archive::write_zip;
pub use csv::{Csv, CsvEncoding, CsvOptions, OnMissing, write_csv};
pub use problem::{Unmappable, WriteProblem};
pub use sheet::{Cell, Column, Kind, Rows, Sheet, Value};
pub use xlsx::{Workbook, write_xlsx};
