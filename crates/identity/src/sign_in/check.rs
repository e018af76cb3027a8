//! Second step: whether the password is the one of the account. The only slow step, and the only one without a database.

use ledger::Kernel;

use super::Candidate;
use crate::password::{self, Password};
use crate::settings::Settings;

/// What the check found. Becomes a session, or an entry of a failure, in [`super::open`].
#[derive(Clone)]
pub struct Checked {
    pub(super) candidate: Candidate,
    pub(super) passed: bool,
    /// Hash at the cost now in force, where the stored one was made at another.
    pub(super) rehashed: Option<String>,
}

/// Verify the password: exactly one hashing, whether or not there is an account, and one more for a right password whose
/// hash is to be made anew. Blocks the thread, and waits while as many passwords are being hashed as there are cores.
pub fn check(kernel: &Kernel, settings: &Settings, candidate: Candidate, password: &Password) -> Checked {
    let cost = settings.hash_cost(kernel.today());
    let Some(credential) = &candidate.credential else {
        password::verify_none(&cost, password);
        return Checked { candidate, passed: false, rehashed: None };
    };
    let stored = &credential.password_hash;
    let passed = password::verify(stored, password);
    // A hash that cannot be made anew stays as it is; that is no reason to keep the person out.
    let rehashed = (passed && password::needs_rehash(stored, &cost))
        .then(|| password::hash(&*kernel.entropy, &cost, password).ok())
        .flatten();
    Checked { candidate, passed, rehashed }
}
