//! Reading and writing of files: tables in (XLSX, CSV, TSV), tables out (XLSX, CSV) and papers out (tagged PDF).
//!
//! This crate owns the bytes: character sets, archives, header rows, cell addresses, fonts and typesetting. It knows
//! nothing of ledgers, fields or the database: what a cell *means* (a date in an era, a number in full-width digits, a
//! reference to a post) is decided by its caller, with `calendar` and `ledger`. Nothing here reads the clock or the
//! network.
//!
//! ```
//! use document::read::{read_table, ReadOptions};
//!
//! let file = "職員名簿（見本）\n職員番号,氏名\n00012,見本 太郎\n".as_bytes();
//! let table = read_table(file, "meibo.csv", &ReadOptions::wanting(["職員番号", "氏名"]))?;
//! assert_eq!(table.header_row, 2);
//! let cell = &table.rows[0].cells[0];
//! assert_eq!((cell.text.as_str(), cell.address().as_str()), ("00012", "A3"));
//! # Ok::<(), document::read::ReadProblem>(())
//! ```

pub mod cp932;
pub mod names;
pub mod pdf;
pub mod read;
pub mod write;
