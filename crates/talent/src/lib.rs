//! Talent: what an agency does for and with its staff beyond the records themselves. At present that is personnel
//! evaluation ([`evaluation`]).
//!
//! This crate owns the rules that the pack `packs/talent` cannot declare, and the pages made by hand for them. It leaves
//! records, access and workflow to `ledger`, typesetting to `document`, and the composition to `daicho`. It meets other
//! areas only through ledgers.
//!
//! ```
//! use talent::evaluation::staffing::Staffing;
//! use talent::evaluation::lines::{Lines, Present, Snag};
//!
//! // In an empty agency nobody can evaluate.
//! let line = Lines::default().of(&Staffing::default(), "person", "post", Present::default());
//! assert_eq!(line.snags, [Snag::NoEvaluator]);
//! ```

pub mod evaluation;
pub mod sample;
