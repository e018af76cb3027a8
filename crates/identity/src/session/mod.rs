//! Sessions of signed-in people. They live in the database, so that any node serves them and ending one works at once.
//!
//! The cookie carries a secret; the database keeps its SHA-256 ([`Session::key`]), so that nobody can sign in with what
//! a backup holds.

mod end;
mod form;
mod lock;
mod prove;
mod resolve;
mod start;

pub(crate) use end::end_others;
pub use end::{end, end_everywhere, sign_out, sweep};
pub use form::is_from_session;
use ledger::port::{Reader, Session, StoreError};
pub use lock::{Cause, idle_since, lock, lock_idle};
pub use prove::{
    CheckedProof, ProofRefused, Proven, Question, check, conclude, conclude_enrolment, is_fresh, read_asked,
};
pub use resolve::{Resolved, Step, resolve, resolve_any, touch};
pub(crate) use start::start;

/// All sessions of an account, newest first, for the page on which their owner may end them.
///
/// # Errors
/// Only those of the store.
pub fn list(tx: &mut dyn Reader, account: &str) -> Result<Vec<Session>, StoreError> {
    tx.sessions(account)
}
