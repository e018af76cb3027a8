//! Going to the provider, and what the browser keeps meanwhile.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ledger::Entropy;
use openidconnect::url::{Url, form_urlencoded};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Known, OidcProblem, OidcSettings};
use crate::Secret;

/// How long somebody may take at the provider.
const LONGEST: TimeDelta = TimeDelta::minutes(10);

/// A sign-in that has begun. It lives in a cookie of the browser that began it and nowhere else, so an answer that
/// somebody foists on another browser finds none. Has no `Debug`: it holds secrets.
#[derive(Clone, Serialize, Deserialize)]
pub struct Flow {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    /// Where to go afterwards.
    pub next: String,
    begun_at: DateTime<Utc>,
}

impl Flow {
    /// For the cookie.
    pub fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// From the cookie; `None` when it is none of ours or too old.
    pub fn read(text: &str, now: DateTime<Utc>) -> Option<Self> {
        let flow: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let fresh = (TimeDelta::zero()..LONGEST).contains(&(now - flow.begun_at));
        (fresh && flow.state.len() >= 43 && flow.nonce.len() >= 43).then_some(flow)
    }
}

/// The address at the provider to go to, and what to keep.
///
/// # Errors
/// [`OidcProblem::Unreachable`] when the provider's address is none.
pub fn begin(
    entropy: &dyn Entropy,
    settings: &OidcSettings,
    known: &Known,
    redirect: &str,
    next: &str,
    now: DateTime<Utc>,
) -> Result<(String, Flow), OidcProblem> {
    let random = || Secret::random(entropy).expose().to_string();
    let flow = Flow { state: random(), nonce: random(), verifier: random(), next: next.into(), begun_at: now };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(flow.verifier.as_bytes()));
    let (scope, acr) = (settings.scopes.join(" "), settings.acr.join(" "));
    let mut url = Url::parse(&known.metadata.authorization_endpoint).map_err(|_| OidcProblem::Unreachable)?;
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code").append_pair("client_id", &settings.client_id);
        query.append_pair("redirect_uri", redirect).append_pair("scope", &scope);
        query.append_pair("state", &flow.state).append_pair("nonce", &flow.nonce);
        query.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
        if !acr.is_empty() {
            query.append_pair("acr_values", &acr);
        }
    }
    Ok((url.into(), flow))
}

/// An address with these pairs added to its query.
pub fn query_of(address: &str, pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let join = if address.contains('?') { '&' } else { '?' };
    format!("{address}{join}{query}")
}
