//! From a verified identity to an account and its session.

use journal::Actor;
use ledger::port::{StoreError, Writer};
use ledger::{Body, Change, Kernel, Principal, Record, Refusal};
use serde_json::json;

use super::{MatchBy, OidcProblem, OidcSettings};
use crate::Origin;
use crate::accounts::stop;
use crate::evidence::{self, Act};
use crate::names::{NOBODY, UNKNOWN, account, act, person};
use crate::settings::Settings;
use crate::sign_in::{self, Arrival, SignInRefused, SignedIn, folded};

/// Somebody whom the provider has authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// Value of the claim by which the account is found.
    pub value: String,
    /// Subject: the provider's own identifier, never used twice.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
}

/// Open a session for whom the provider has authenticated, or leave the entry of a failure. Where the settings demand a kind of
/// authentication of the provider (`acr`, `amr`), it stands for the second factor; else ours is asked by the same rules as
/// after a password.
///
/// # Errors
/// The outer ones are those of the store.
pub fn open(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    (sign_in_settings, settings): (&Settings, &OidcSettings),
    proved: Result<&Proved, OidcProblem>,
    arrival: &Arrival<'_>,
) -> Result<Result<SignedIn, SignInRefused>, StoreError> {
    let origin = arrival.origin;
    let proved = match proved {
        Ok(proved) => proved,
        Err(problem) => return refuse(tx, kernel, None, origin, &problem.to_string()),
    };
    let mut account = find(tx, settings.match_by, &proved.value)?;
    if account.is_none() && settings.create && settings.match_by == MatchBy::Login {
        account = match create(tx, kernel, &proved.value) {
            Ok(made) => Some(made),
            Err(Refusal::Store(error)) => return Err(error),
            Err(_) => return refuse(tx, kernel, None, origin, "利用者を登録できない"),
        };
    }
    let Some(account) = account else { return refuse(tx, kernel, None, origin, "利用者の登録なし") };
    let facts = vec![("issuer", json!(proved.issuer)), ("subject", json!(proved.subject))];
    // What the settings demand of the provider (`acr`, `amr`) was there, or nothing would be proved.
    let second = !settings.acr.is_empty() || !settings.amr.is_empty();
    sign_in::open_vouched(tx, kernel, sign_in_settings, &account.id, (second, facts), arrival)
}

/// The one account that the claim names; none when there are several.
fn find(tx: &mut dyn Writer, by: MatchBy, value: &str) -> Result<Option<Record>, StoreError> {
    let one = |ids: Vec<String>| match ids.as_slice() {
        [id] => Some(id.clone()),
        _ => None,
    };
    let id = match by {
        MatchBy::Login => lookup(tx, account::IDENTIFIER, &folded(value))?,
        MatchBy::ExternalId => lookup(tx, account::EXTERNAL_ID, value)?,
        MatchBy::Number => {
            let people = tx.lookup(person::LEDGER, "number", &[value.to_string()])?;
            match one(people.into_values().flatten().collect()) {
                Some(person) => {
                    let accounts = stop::accounts_of(tx, &person)?;
                    accounts.into_iter().filter(|one| one.state != account::CLOSED).map(|one| one.id).collect()
                }
                None => lookup(tx, account::NUMBER, value)?,
            }
        }
    };
    match one(id) {
        Some(id) => tx.record(account::LEDGER, &id),
        None => Ok(None),
    }
}

fn lookup(tx: &mut dyn Writer, field: &str, value: &str) -> Result<Vec<String>, StoreError> {
    Ok(tx.lookup(account::LEDGER, field, &[value.to_string()])?.into_values().flatten().collect())
}

fn create(tx: &mut dyn Writer, kernel: &Kernel, login: &str) -> Result<Record, Refusal> {
    let mut values = Body::new();
    values.insert(account::LOGIN.into(), login.into());
    kernel.commit(tx, &Principal::system("oidc"), Change::create(account::LEDGER, values))
}

/// The entry of a failure. What the provider said of the person is not kept: it is nobody of ours.
fn refuse(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    account: Option<&Record>,
    origin: &Origin,
    cause: &str,
) -> Result<Result<SignedIn, SignInRefused>, StoreError> {
    let login = account.and_then(|account| account.text(account::LOGIN)).unwrap_or(UNKNOWN);
    let actor = Actor {
        account: NOBODY.into(),
        login: login.into(),
        person: None,
        channel: origin.channel,
        address: origin.address.clone(),
        device: origin.device.clone(),
    };
    let id = account.map_or("", |account| account.id.as_str());
    let act = Act { actor, act: act::SIGN_IN_FAILED, account: id, reason: Some(cause.into()), facts: vec![] };
    evidence::append(tx, kernel, act)?;
    Ok(Err(SignInRefused))
}
