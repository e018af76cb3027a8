//! The answer of the provider: the code is traded for an identity token, and that is verified.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm as Algorithm};
use openidconnect::url::form_urlencoded;
use openidconnect::{ClaimsVerificationError, ClientId, IssuerUrl, Nonce, SignatureVerificationError};
use serde_json::Value;

use super::open::Proved;
use super::{Flow, Known, OidcProblem, OidcSettings, Provider};
use crate::secret;

/// Signatures that are taken: asymmetric ones only, so that neither `none` nor a secret of ours ever counts.
const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::RsaSsaPkcs1V15Sha256,
    Algorithm::RsaSsaPssSha256,
    Algorithm::RsaSsaPkcs1V15Sha512,
    Algorithm::EcdsaP256Sha256,
    Algorithm::EcdsaP384Sha384,
    Algorithm::EdDsa,
];

/// What the browser brings back in the query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The code.
    pub code: Option<String>,
    /// The state we sent.
    pub state: Option<String>,
    /// The issuer (RFC 9207).
    pub issuer: Option<String>,
    /// What went wrong there.
    pub error: Option<String>,
}

impl Answer {
    /// From the pairs of a query.
    pub fn of(query: &[(String, String)]) -> Self {
        let get = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        Self { code: get("code"), state: get("state"), issuer: get("iss"), error: get("error") }
    }
}

/// Check the answer against what was begun, trade the code, verify the token. Asks the provider, so not in a transaction.
///
/// # Errors
/// Any [`OidcProblem`].
pub fn finish(
    provider: &Provider,
    settings: &OidcSettings,
    redirect: &str,
    flow: Option<Flow>,
    answer: &Answer,
    now: DateTime<Utc>,
) -> Result<Proved, OidcProblem> {
    let flow = flow.ok_or(OidcProblem::NotBegun)?;
    if !answer.state.as_deref().is_some_and(|state| secret::same(state, &flow.state)) {
        return Err(OidcProblem::NotBegun);
    }
    let known = provider.discover(settings, now)?;
    match answer.issuer.as_deref() {
        Some(issuer) if issuer != known.metadata.issuer => return Err(OidcProblem::OtherIssuer),
        None if known.metadata.authorization_response_iss_parameter_supported => return Err(OidcProblem::OtherIssuer),
        _ => {}
    }
    let code = match (&answer.error, &answer.code) {
        (None, Some(code)) => code,
        _ => return Err(OidcProblem::NotDone),
    };
    let token = trade(provider, settings, &known, redirect, &flow, code)?;
    let claims = match verify(settings, &known, &token, &flow.nonce, now) {
        // The provider may have taken a new key into use since we read them.
        Err(Unverified::UnknownKey) => {
            let again = provider.again(settings, now).ok_or(OidcProblem::BadToken)?;
            verify(settings, &again, &token, &flow.nonce, now).map_err(|_| OidcProblem::BadToken)?
        }
        other => other.map_err(|_| OidcProblem::BadToken)?,
    };
    strong_enough(settings, &claims)?;
    let text = claims.get(&settings.claim).and_then(Value::as_str).filter(|text| !text.is_empty());
    let value = text.ok_or(OidcProblem::NoClaim)?.to_string();
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_string();
    Ok(Proved { value, subject, issuer: known.metadata.issuer.clone() })
}

/// Trade the code (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
fn trade(
    provider: &Provider,
    settings: &OidcSettings,
    known: &Known,
    redirect: &str,
    flow: &Flow,
    code: &str,
) -> Result<String, OidcProblem> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", flow.verifier.as_str()),
    ];
    let methods = &known.metadata.token_endpoint_auth_methods_supported;
    let offers = |name: &str| methods.iter().any(|method| method == name);
    let mut basic = None;
    match &settings.client_secret {
        Some(secret) if !offers("client_secret_basic") && offers("client_secret_post") => {
            form.extend([("client_id", settings.client_id.as_str()), ("client_secret", secret.0.expose())]);
        }
        Some(secret) => {
            // RFC 6749 section 2.3.1: both are form-encoded before they are joined.
            let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let pair = format!("{}:{}", encoded(&settings.client_id), encoded(secret.0.expose()));
            basic = Some(format!("Basic {}", STANDARD.encode(pair)));
        }
        None => form.push(("client_id", settings.client_id.as_str())),
    }
    let answer =
        provider.fetch().post(&known.metadata.token_endpoint, basic.as_deref(), &form).map_err(
            |problem| match problem.0 {
                Some(400..500) => OidcProblem::CodeRefused,
                _ => OidcProblem::Unreachable,
            },
        )?;
    let answer: Value = serde_json::from_str(&answer).map_err(|_| OidcProblem::Unreachable)?;
    answer.get("id_token").and_then(Value::as_str).map(String::from).ok_or(OidcProblem::BadToken)
}

/// Why a token was not verified.
enum Unverified {
    UnknownKey,
    Wrong,
}

/// Verify a token (OpenID Connect Core 1.0 section 3.1.3.7) and give its claims.
fn verify(
    settings: &OidcSettings,
    known: &Known,
    token: &str,
    nonce: &str,
    now: DateTime<Utc>,
) -> Result<Value, Unverified> {
    let wrong = |_| Unverified::Wrong;
    let parsed = CoreIdToken::from_str(token).map_err(|_| Unverified::Wrong)?;
    let issuer = IssuerUrl::new(known.metadata.issuer.clone()).map_err(wrong)?;
    let skew = TimeDelta::seconds(settings.skew_seconds.into());
    let client = ClientId::new(settings.client_id.clone());
    let verifier = CoreIdTokenVerifier::new_public_client(client, issuer, known.keys.clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now - skew)
        .set_issue_time_verifier_fn(move |issued| match issued > now + skew {
            true => Err("issued in the future".into()),
            false => Ok(()),
        });
    let right = |sent: Option<&Nonce>| match sent {
        Some(sent) if secret::same(sent.secret(), nonce) => Ok(()),
        _ => Err("another nonce".to_string()),
    };
    parsed.claims(&verifier, right).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            Unverified::UnknownKey
        }
        _ => Unverified::Wrong,
    })?;
    // What was verified, read once more as plain JSON: the claims that are asked for are a matter of settings.
    let payload = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Value = payload.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or(Unverified::Wrong)?;
    let authorised = claims.get("azp").is_none_or(|party| party.as_str() == Some(settings.client_id.as_str()));
    let begun = claims.get("nbf").and_then(Value::as_i64).is_none_or(|from| from <= (now + skew).timestamp());
    if authorised && begun { Ok(claims) } else { Err(Unverified::Wrong) }
}

/// Whether the person was authenticated as strongly as is asked.
fn strong_enough(settings: &OidcSettings, claims: &Value) -> Result<(), OidcProblem> {
    let acr = claims.get("acr").and_then(Value::as_str).unwrap_or_default();
    let reached = settings.acr.is_empty() || settings.acr.iter().any(|wanted| wanted == acr);
    let used = claims.get("amr").and_then(Value::as_array).cloned().unwrap_or_default();
    let by = settings.amr.is_empty() || settings.amr.iter().any(|wanted| used.iter().any(|one| one == wanted.as_str()));
    if reached && by { Ok(()) } else { Err(OidcProblem::TooWeak) }
}
