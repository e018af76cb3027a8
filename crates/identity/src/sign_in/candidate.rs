//! First step: which account a sign-in name stands for.

use ledger::Record;
use ledger::port::{Credential, Reader, StoreError};

use crate::names::account;

/// Longest sign-in name that is looked for, in bytes.
const MAX_LOGIN: usize = 256;

/// The account that somebody wants to sign in to, if there is one. Has no `Debug`: it holds a hash.
#[derive(Clone)]
pub struct Candidate {
    pub(super) account: Option<Record>,
    pub(super) credential: Option<Credential>,
}

/// Look for the account of a sign-in name and for its password.
///
/// The name is taken without the spaces around it. Where no account has exactly this name, the one in half-width small
/// letters is looked for, because input methods and telephones begin with a capital or in full width.
///
/// # Errors
/// Only those of the store. An unknown name is no error.
pub fn read_candidate(tx: &mut dyn Reader, login: &str) -> Result<Candidate, StoreError> {
    let mut candidate = Candidate { account: None, credential: None };
    let typed = login.trim();
    if typed.is_empty() || typed.len() > MAX_LOGIN {
        return Ok(candidate);
    }
    let mut names = vec![typed.to_string(), folded(typed)];
    names.dedup();
    let found = tx.lookup(account::LEDGER, account::LOGIN, &names)?;
    // Sign-in names are unique; should two accounts share one, neither may be entered by it.
    let account = names.iter().find_map(|name| found.get(name)).and_then(|ids| match ids.as_slice() {
        [id] => Some(id.clone()),
        _ => None,
    });
    if let Some(id) = account {
        candidate.credential = tx.credential(&id)?;
        candidate.account = tx.record(account::LEDGER, &id)?;
    }
    Ok(candidate)
}

/// The name in half-width small letters.
pub(crate) fn folded(login: &str) -> String {
    login.trim().chars().map(|character| half_width(character).to_ascii_lowercase()).collect()
}

/// U+FF01 to U+FF5E are ASCII 21 to 7E, moved by a fixed distance.
fn half_width(character: char) -> char {
    const DISTANCE: u32 = 0xff01 - 0x21;
    match character {
        '\u{ff01}'..='\u{ff5e}' => {
            u32::from(character).checked_sub(DISTANCE).and_then(char::from_u32).unwrap_or(character)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_to_half_width_small_letters() {
        for (typed, name) in [
            ("jinji01", "jinji01"),
            (" Jinji01　", "jinji01"),
            ("ｊｉｎｊｉ０１", "jinji01"),
            ("ＪＩＮＪＩ＿０１＠Ａ", "jinji_01@a"),
            ("人事01", "人事01"),
        ] {
            assert_eq!(folded(typed), name);
        }
    }
}
