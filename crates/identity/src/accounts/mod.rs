//! Accounts that follow the people: what happens to accounts and roles when nobody uses them, when somebody leaves, moves
//! or is away, and how each office confirms them every quarter.
//!
//! The numbers come from the ledger of dated rules ([`rule`]); every change is made through [`Kernel::commit`], so it
//! has its journal entry. What takes effect on a day is done once a day ([`daily`]); what was written late takes effect
//! at once, in the transaction that wrote it ([`engine`]).
//!
//! Source: the protection rules of the procurement specifications on accounts (least rights, revocation within a set
//! time, no re-use of identifiers, disabling of unused ones).
//!
//! [`Kernel::commit`]: ledger::Kernel::commit

pub mod daily;
mod engine;
pub mod grants;
pub mod review;
pub mod rule;
pub mod stop;

use std::sync::Arc;

pub use engine::AccountEngine;
use ledger::Engine;
pub(crate) use ledger::find;
use ledger::task::Daily;
pub use rule::Rule;

use crate::second::reset::FactorReset;

/// Rules over accounts that a pack cannot express.
pub fn engines() -> Vec<Arc<dyn Engine>> {
    vec![Arc::new(AccountEngine), Arc::new(FactorReset)]
}

/// What falls due with the day: first who is to stop, then the quarterly review of those who stay.
pub const DAILY: &[Daily] =
    &[Daily { name: "accounts.follow", run: daily::follow }, Daily { name: "accounts.review", run: review::begin }];
