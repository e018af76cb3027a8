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

use std::sync::Arc;

use ledger::port::Reader;
use ledger::task::{Daily, Task};
use ledger::{Engine, Kernel, Principal, Problem, Refusal};
use serde_json::Value;
use ui::web::{Place, Route};

/// What the write path asks on every change of this area's records.
pub fn engines() -> Vec<Arc<dyn Engine>> {
    vec![Arc::new(evaluation::EvaluationEngine)]
}

/// Pages made by hand.
pub fn routes() -> Vec<Route> {
    evaluation::pages::routes()
}

/// Places in the navigation beside the ledgers.
pub fn places() -> Vec<Place> {
    evaluation::pages::places()
}

/// Tasks that a person starts and follows.
pub fn tasks() -> Vec<Task> {
    [evaluation::TASKS, evaluation::pages::TASKS].concat()
}

/// What falls due with the day.
pub fn daily() -> Vec<Daily> {
    evaluation::DAILY.to_vec()
}

/// Lays out what a form prints of these records.
pub type PaperData = fn(&mut dyn Reader, &Kernel, &Principal, &[String]) -> Result<Value, Refusal>;

/// Forms with data of their own.
pub fn papers() -> Vec<(&'static str, PaperData)> {
    vec![(evaluation::record_form::FORM, evaluation_records)]
}

fn evaluation_records(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    who: &Principal,
    sheets: &[String],
) -> Result<Value, Refusal> {
    match evaluation::record_forms(tx, kernel, who, sheets)? {
        (data, 0) => Ok(data),
        (_, left_out) => {
            let words = format!("{left_out}枚の評価記録書は、印刷する権限がないか、見つかりません。");
            Err(Refusal::invalid(Problem::record(words)))
        }
    }
}
