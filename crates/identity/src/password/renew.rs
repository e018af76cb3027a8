//! An account's own change of password: the work that is done outside a transaction.

use ledger::port::Credential;
use ledger::{Kernel, Problem};

use super::{NewPassword, Password, hash, rule, verify};
use crate::settings::Settings;

/// Check the present password and the new one, and hash the new one. Takes some 50 ms: keep it out of transactions.
/// What it returns is given to [`super::set`].
///
/// # Errors
/// What is wrong with the entries, by field (`current_password`, `new_password`), in Japanese.
pub fn renew(
    kernel: &Kernel,
    settings: &Settings,
    credential: &Credential,
    current: &Password,
    new: &Password,
) -> Result<NewPassword, Vec<Problem>> {
    if !verify(&credential.password_hash, current) {
        return Err(vec![Problem::field("current_password", "現在のパスワードが正しくありません。")]);
    }
    let mut problems = rule::problems(&settings.password, new);
    if problems.is_empty() && new.expose() == current.expose() {
        problems.push(Problem::field("new_password", "現在のパスワードと違うものにしてください。"));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let hash = hash(&*kernel.entropy, &settings.hash_cost(kernel.today()), new)
        .map_err(|failed| vec![Problem::field("new_password", format!("{failed}。"))])?;
    Ok(NewPassword { hash, must_change: false })
}
