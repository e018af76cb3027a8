//! Setting the password of an account, by itself or by an administrator.

use ledger::port::{Credential, StoreError, Writer};
use ledger::{Kernel, Principal};
use serde_json::json;

use super::{HashFailed, Password, hash};
use crate::evidence::{self, Act};
use crate::names::act;
use crate::session;
use crate::settings::{LONGEST_HISTORY, Settings};

/// A password that was hashed and is ready to be stored.
#[derive(Clone)]
pub struct NewPassword {
    pub(super) hash: String,
    pub(super) must_change: bool,
}

impl NewPassword {
    /// An initial password, which must be changed at the next sign-in. Takes some 25 ms: keep it out of transactions.
    ///
    /// # Errors
    /// As [`hash`](super::hash()).
    pub fn initial(kernel: &Kernel, settings: &Settings, password: &Password) -> Result<Self, HashFailed> {
        Self::hashed(kernel, settings, password, true)
    }

    /// A password that its owner need not change, for sample accounts and for a choice checked elsewhere.
    ///
    /// # Errors
    /// As [`hash`](super::hash()).
    pub fn lasting(kernel: &Kernel, settings: &Settings, password: &Password) -> Result<Self, HashFailed> {
        Self::hashed(kernel, settings, password, false)
    }

    fn hashed(
        kernel: &Kernel,
        settings: &Settings,
        password: &Password,
        must_change: bool,
    ) -> Result<Self, HashFailed> {
        let hash = hash(&*kernel.entropy, &settings.hash_cost(kernel.today()), password)?;
        Ok(Self { hash, must_change })
    }
}

/// Store the password, keep the hash of the one before for the history, end the sessions of the account but the one named by its key, and write the journal entry.
/// Returns how many sessions were ended. Whether `who` may do this is the caller's question: an account may set its own
/// after [`super::renew`], anybody else's needs the right to administer accounts.
///
/// # Errors
/// Only those of the store.
pub fn set(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    account: &str,
    new: &NewPassword,
    keep: Option<&str>,
) -> Result<u64, StoreError> {
    if let Some(before) = tx.credential(account)? {
        tx.keep_password(account, kernel.now(), &before.password_hash, LONGEST_HISTORY)?;
    }
    // Guesses at the old password are void, and with them the lock they led to.
    let released = tx.release_account(account)? | tx.release_browser(account, None)?;
    tx.set_credential(&Credential {
        account: account.into(),
        password_hash: new.hash.clone(),
        must_change: new.must_change,
        set_at: kernel.now(),
    })?;
    let ended = session::end_others(tx, account, keep)?;
    evidence::append(
        tx,
        kernel,
        Act {
            actor: who.actor.clone(),
            act: act::PASSWORD_SET,
            account,
            reason: None,
            facts: vec![
                ("must_change", json!(new.must_change)),
                ("sessions_ended", json!(ended)),
                ("lock_released", json!(released)),
            ],
        },
    )?;
    Ok(ended)
}
