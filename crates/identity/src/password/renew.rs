//! An account's own change of password: the work that is done outside a transaction.

use ledger::port::{Credential, Reader, StoreError};
use ledger::{Kernel, Principal, Problem};

use super::{NewPassword, Password, hash, rule, standing, verify};
use crate::settings::Settings;

/// What a new password is held against: the present one, those before, its owner. Has no `Debug`: it holds hashes.
pub struct Renewal {
    credential: Credential,
    before: Vec<String>,
    owner: Vec<String>,
}

/// Read what a new password is held against; `None` for an account without a password.
///
/// # Errors
/// Only those of the store.
pub fn read_renewal(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    settings: &Settings,
    who: &Principal,
) -> Result<Option<Renewal>, StoreError> {
    let account = &who.actor.account;
    let Some(credential) = tx.credential(account)? else { return Ok(None) };
    let history = settings.password_rule(kernel.today()).history;
    let before = tx.passwords_before(account, history)?;
    let mut owner: Vec<String> = who.name.split_whitespace().map(String::from).collect();
    owner.push(who.actor.login.clone());
    Ok(Some(Renewal { credential, before, owner }))
}

/// Check the present password and the new one, and hash the new one. Takes some 25 ms for each password it is held
/// against: keep it out of transactions. What it returns is given to [`super::set`].
///
/// # Errors
/// What is wrong with the entries, by field (`current_password`, `new_password`), in Japanese.
pub fn renew(
    kernel: &Kernel,
    settings: &Settings,
    renewal: &Renewal,
    current: &Password,
    new: &Password,
) -> Result<NewPassword, Vec<Problem>> {
    if !verify(&renewal.credential.password_hash, current) {
        return Err(vec![Problem::field("current_password", "現在のパスワードが正しくありません。")]);
    }
    let refused = |message: String| Err(vec![Problem::field("new_password", message)]);
    let today = settings.password_rule(kernel.today());
    if let Some(until) = standing::held_until(&today, &renewal.credential, kernel.now()) {
        let until = calendar::jst::format_instant(until);
        return refused(format!("パスワードは変更したばかりです。次に変更できるのは{until}からです。"));
    }
    let problems = rule::problems(&today, &renewal.owner, new);
    if !problems.is_empty() {
        return Err(problems);
    }
    if new.expose() == current.expose() {
        return refused("現在のパスワードと違うものにしてください。".into());
    }
    if today.history > 0 && renewal.before.iter().any(|hash| verify(hash, new)) {
        return refused("前に使ったことのあるパスワードです。使ったことのないものにしてください。".into());
    }
    let hash = hash(&*kernel.entropy, &settings.hash_cost(kernel.today()), new)
        .map_err(|failed| vec![Problem::field("new_password", format!("{failed}。"))])?;
    Ok(NewPassword { hash, must_change: false })
}
