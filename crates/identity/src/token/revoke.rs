//! The withdrawal of a token.

use ledger::port::{StoreError, Writer};
use ledger::{Kernel, Principal};
use serde_json::json;

use crate::evidence::{self, Act};
use crate::names::act;

/// Withdraw a token by its identifier; false when there is none. Whether `who` may do this is the caller's question.
///
/// # Errors
/// Only those of the store.
pub fn revoke(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, id: &str) -> Result<bool, StoreError> {
    if !tx.revoke_token(id, kernel.now())? {
        return Ok(false);
    }
    let facts = vec![("token", json!(id))];
    let act = Act { actor: who.actor.clone(), act: act::TOKEN_REVOKED, account: "", reason: None, facts };
    evidence::append(tx, kernel, act)?;
    Ok(true)
}
