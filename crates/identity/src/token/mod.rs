//! Bearer tokens (RFC 6750) of machine clients: one role, one office or all, an end date.
//!
//! The text is `daicho_<identifier>_<secret>`: the word makes it findable by scanners for leaked secrets, the identifier
//! says which one to withdraw, and only SHA-256 of the secret is stored.

mod create;
mod resolve;
mod revoke;
mod text;

pub use create::{NewToken, create};
use ledger::port::{Reader, StoreError, Token};
pub use resolve::{Machine, resolve};
pub use revoke::revoke;
pub use text::read;

/// All tokens, newest first. They hold no secrets.
///
/// # Errors
/// Only those of the store.
pub fn list(tx: &mut dyn Reader) -> Result<Vec<Token>, StoreError> {
    tx.tokens()
}
