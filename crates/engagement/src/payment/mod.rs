//! Claims, penalties, honoraria: amounts that follow from what was written down, with their steps. Nobody types them.

mod amounts;
pub mod rates;

use ledger::engine::{Context, Engine};
use ledger::record::Record;
use ledger::refusal::Refusal;

/// The engine of the money ledgers.
#[derive(Debug, Clone, Copy, Default)]
pub struct PaymentEngine;

impl Engine for PaymentEngine {
    fn ledgers(&self) -> &[&str] {
        &["invoice", "penalty", "honorarium", "contract_change", "receivable_assignment"]
    }

    fn complete(&self, context: &mut Context<'_>, _: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
        match after.ledger.as_str() {
            "invoice" => amounts::invoice(context, after),
            "penalty" => amounts::penalty(context, after),
            "honorarium" => amounts::honorarium(context, after),
            "contract_change" => amounts::part_payment(context, after),
            _ => amounts::assignment(context, after),
        }
    }

    fn follow(&self, context: &mut Context<'_>, _: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        if after.ledger == "contract_change" && context.transition == Some("conclude") {
            return amounts::conclude(context, after);
        }
        Ok(())
    }
}
