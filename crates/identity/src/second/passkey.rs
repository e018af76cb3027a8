//! Passkeys (WebAuthn level 2): a key pair on the person's device, opened there by PIN or fingerprint, bound to our address.
//!
//! User verification is required, so a passkey is two kinds of proof at once. The challenges are drawn by the library from
//! the operating system's random numbers.

use ledger::Kernel;
use ledger::port::{SecondFactor, StoreError, Writer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use webauthn_rs::prelude::{
    Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Url, Uuid,
    Webauthn, WebauthnBuilder,
};

use super::{challenge, kind};
use crate::Secret;
use crate::settings::Settings;

/// Longest answer of a browser that is read, in bytes.
const LONGEST: usize = 100_000;
/// Purpose of the challenge of an enrolment.
const ENROL: &str = "passkey enrolment";

/// The address to which passkeys are bound (relying party).
#[derive(Clone)]
pub struct Party(Webauthn);

/// Passkeys cannot be used at this address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "public_url「{0}」ではパスキーを使えません。https で始まり、IPアドレスでなく名前で書いたアドレスにしてください"
)]
pub struct PartyProblem(pub String);

impl Party {
    /// The party of the address under which the program is reached from outside. Without one it is `localhost` at any
    /// port, which browsers hold to be safe without TLS. Passkeys are bound to the name in it for good.
    ///
    /// # Errors
    /// [`PartyProblem`] for an address whose host is no name, and for one without TLS.
    pub fn new(public_url: Option<&str>, agency: &str) -> Result<Self, PartyProblem> {
        let text = public_url.unwrap_or("http://localhost");
        let problem = || PartyProblem(text.to_string());
        let url = Url::parse(text).map_err(|_| problem())?;
        let host = url.domain().ok_or_else(problem)?.to_string();
        if url.scheme() != "https" && host != "localhost" {
            return Err(problem());
        }
        let builder = WebauthnBuilder::new(&host, &url).map_err(|_| problem())?;
        let builder = builder.rp_name(agency).allow_any_port(public_url.is_none());
        builder.build().map(Self).map_err(|_| problem())
    }
}

/// The number under which a browser files the passkeys of an account: not the account's own, so that it tells nothing.
fn user(account: &str) -> Uuid {
    let digest = Sha256::new().chain_update("passkey user\0").chain_update(account).finalize();
    let mut bytes = [0u8; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, drawn)| *byte = drawn);
    Uuid::from_bytes(bytes)
}

/// What the browser is asked to make a passkey, and the secret it answers with; `None` when the library refuses.
pub fn begin_enrolment(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    party: &Party,
    (account, login, name): (&str, &str, &str),
) -> Result<Option<(Secret, Value)>, StoreError> {
    let known = passkeys(&tx.second_factors(account)?);
    let known = known.iter().map(|(_, passkey)| passkey.cred_id().clone()).collect();
    let begun = party.0.start_passkey_registration(user(account), login, name, Some(known));
    let Ok((options, state)) = begun else { return Ok(None) };
    let (Ok(options), Ok(state)) = (serde_json::to_value(options), serde_json::to_string(&state)) else {
        return Ok(None);
    };
    let secret = challenge::keep(tx, kernel, settings, account, ENROL, state)?;
    Ok(Some((secret, options)))
}

/// A passkey that a browser has made.
pub struct Made {
    /// Its identifier, as text.
    pub handle: String,
    /// Its public key, as JSON.
    pub stored: String,
}

/// Check what the browser answers; `None` when it is not an answer to the challenge.
pub fn finish_enrolment(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    party: &Party,
    account: &str,
    secret: &Secret,
    answer: &str,
) -> Result<Option<Made>, StoreError> {
    let Some(kept) = challenge::take(tx, kernel, secret, account, ENROL)? else { return Ok(None) };
    let (Some(answer), Ok(state)) =
        (read::<RegisterPublicKeyCredential>(answer), serde_json::from_str::<PasskeyRegistration>(&kept.state))
    else {
        return Ok(None);
    };
    let Ok(passkey) = party.0.finish_passkey_registration(&answer, &state) else { return Ok(None) };
    let Ok(stored) = serde_json::to_string(&passkey) else { return Ok(None) };
    Ok(Some(Made { handle: handle(&passkey), stored }))
}

/// What the browser is asked to show one of the passkeys of an account; `None` when it has none.
pub fn begin_proof(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    settings: &Settings,
    party: &Party,
    account: &str,
    purpose: &str,
) -> Result<Option<(Secret, Value)>, StoreError> {
    let known: Vec<Passkey> = passkeys(&tx.second_factors(account)?).into_iter().map(|(_, passkey)| passkey).collect();
    if known.is_empty() {
        return Ok(None);
    }
    let Ok((options, state)) = party.0.start_passkey_authentication(&known) else { return Ok(None) };
    let (Ok(options), Ok(state)) = (serde_json::to_value(options), serde_json::to_string(&state)) else {
        return Ok(None);
    };
    let secret = challenge::keep(tx, kernel, settings, account, purpose, state)?;
    Ok(Some((secret, options)))
}

/// Check what the browser shows, and keep the passkey's counter; false when it is not an answer to the challenge by one of
/// the account's passkeys. A counter that went back shows a copy, and is refused.
pub fn finish_proof(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    party: &Party,
    account: &str,
    purpose: &str,
    (secret, answer): (&Secret, &str),
) -> Result<bool, StoreError> {
    let Some(kept) = challenge::take(tx, kernel, secret, account, purpose)? else { return Ok(false) };
    let (Some(answer), Ok(state)) =
        (read::<PublicKeyCredential>(answer), serde_json::from_str::<PasskeyAuthentication>(&kept.state))
    else {
        return Ok(false);
    };
    let Ok(result) = party.0.finish_passkey_authentication(&answer, &state) else { return Ok(false) };
    if !result.user_verified() {
        return Ok(false);
    }
    // One that was removed while the browser asked is no longer among them.
    for (id, mut passkey) in passkeys(&tx.second_factors(account)?) {
        if passkey.update_credential(&result).is_some() {
            let Ok(stored) = serde_json::to_string(&passkey) else { return Ok(false) };
            tx.use_passkey(&id, &stored, kernel.now())?;
            return Ok(true);
        }
    }
    Ok(false)
}

fn read<T: serde::de::DeserializeOwned>(answer: &str) -> Option<T> {
    (answer.len() <= LONGEST).then(|| serde_json::from_str(answer).ok()).flatten()
}

fn passkeys(factors: &[SecondFactor]) -> Vec<(String, Passkey)> {
    let passkeys = factors.iter().filter(|factor| factor.kind == kind::PASSKEY);
    passkeys.filter_map(|one| Some((one.id.clone(), serde_json::from_str(&one.secret).ok()?))).collect()
}

fn handle(passkey: &Passkey) -> String {
    hex::encode(passkey.cred_id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_name_and_tls_or_this_very_machine() {
        for (url, good) in [
            (None, true),
            (Some("https://daicho.example.go.jp"), true),
            (Some("https://daicho.example.go.jp:8443/"), true),
            (Some("http://localhost:8080"), true),
            (Some("http://daicho.example.go.jp"), false),
            (Some("https://192.0.2.1"), false),
            (Some("http://127.0.0.1:8080"), false),
            (Some("daicho"), false),
        ] {
            assert_eq!(Party::new(url, "見本省").is_ok(), good, "{url:?}");
        }
    }

    #[test]
    fn a_browser_files_passkeys_under_a_number_of_their_own() {
        assert_eq!(user("01K"), user("01K"));
        assert_ne!(user("01K"), user("01L"));
    }
}
