//! Typesetting of papers: forms written in Typst, records as JSON, tagged PDF out.
//!
//! A [`Form`] belongs to a pack and reads its record with `json("/data.json")`; `/base.typ` gives it the look of a
//! Japanese agency's paper (page, heads, tables, dates in eras, footer). The output conforms to PDF/UA-1 (ISO 14289-1,
//! accessible) and PDF/A-2a (ISO 19005-2, archival) at once, carries no clock of its own, and is the same bytes for the
//! same input. A character that no font can draw is an error that names it, never a blank.
//!
//! ```
//! use document::pdf::{Form, PdfOptions, Typesetter};
//! use chrono::NaiveDate;
//!
//! let form = Form::new("見本.typ", r#"#import "/base.typ": *
//! #show: paper.with(title: "受領書", agency: "見本庁", date: "2026-11-21")
//! #let data = json("/data.json")
//! #data.name 様
//! "#, [])?;
//! let created = NaiveDate::from_ymd_opt(2026, 11, 21).and_then(|day| day.and_hms_opt(9, 0, 0)).unwrap();
//! let pdf = Typesetter::new().render(
//!     &form,
//!     &serde_json::json!({ "name": "見本 太郎" }),
//!     &PdfOptions::new("受領書", "見本庁", created),
//! )?;
//! assert_eq!(pdf.pages, 1);
//! # Ok::<(), document::pdf::TypesetProblem>(())
//! ```

mod fonts;
mod form;
mod problem;
mod typesetter;
mod world;

pub use form::Form;
pub use problem::{FormFault, MissingGlyph, TypesetProblem};
pub use typesetter::{Pdf, PdfOptions, Standard, Typesetter};

/// The library of heads, tables and dates that forms import as `/base.typ`.
pub const BASE: &str = include_str!("../../forms/base.typ");
