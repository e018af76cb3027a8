//! Where the write path calls the rules of evaluation.

use ledger::engine::{Context, Engine};
use ledger::record::Record;
use ledger::refusal::Refusal;

use super::names::ledger_name::{ASSIGNMENT, COMPLAINT, ROUND, SHEET};
use super::{complaint, round, sheet, transfer};

/// The engine of national personnel evaluation (人事評価).
#[derive(Debug, Clone, Copy, Default)]
pub struct EvaluationEngine;

impl Engine for EvaluationEngine {
    fn ledgers(&self) -> &[&str] {
        &[ASSIGNMENT, ROUND, SHEET, COMPLAINT]
    }

    fn complete(&self, context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
        match after.ledger.as_str() {
            ROUND => round::complete(context, before, after),
            SHEET => sheet::complete(context, before, after),
            COMPLAINT => complaint::complete(context, after),
            _ => Ok(()),
        }
    }

    fn follow(&self, context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        match after.ledger.as_str() {
            ASSIGNMENT => transfer::follow(context, before, after),
            SHEET => complaint::follow_sheet(context.tx, context.kernel, before, after),
            _ => Ok(()),
        }
    }
}
