//! Recovery of somebody who lost every second factor: one administrator asks, another approves, and what was enrolled is
//! taken away in the transaction of the approval.

use ledger::{Context, Engine, Record, Refusal};

use super::remove_all;

/// Ledger of the requests.
pub const LEDGER: &str = "second_factor_reset";
/// Field: the account.
const ACCOUNT: &str = "account";
/// The transition by which a second person approves.
const APPROVE: &str = "approve";

/// Takes second factors away when a request is approved.
pub struct FactorReset;

impl Engine for FactorReset {
    fn ledgers(&self) -> &[&str] {
        &[LEDGER]
    }

    fn follow(&self, context: &mut Context<'_>, _: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        if context.transition == Some(APPROVE)
            && let Some(account) = after.text(ACCOUNT)
        {
            remove_all(context.tx, context.kernel, context.who, account)?;
        }
        Ok(())
    }
}
