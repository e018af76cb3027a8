//! Where the provider is and which keys it signs with: discovery (OpenID Connect Discovery 1.0), kept for a while.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;

use super::settings::secure;
use super::{Fetch, OidcProblem, OidcSettings};

/// How long what was discovered is used.
const KEEP: TimeDelta = TimeDelta::minutes(10);
/// Not asked again sooner than this, whatever key a token names.
const LEAST: TimeDelta = TimeDelta::seconds(30);

/// What the provider says of itself, as far as it is needed here.
#[derive(Debug, Clone, Deserialize)]
pub struct Metadata {
    /// Issuer; must be the one that was asked.
    pub issuer: String,
    /// Where the browser is sent.
    pub authorization_endpoint: String,
    /// Where the code is traded.
    pub token_endpoint: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Where the browser is sent to sign out (RP-Initiated Logout 1.0).
    #[serde(default)]
    pub end_session_endpoint: Option<String>,
    /// The answer names its issuer (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
    /// Ways in which a client may prove itself.
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Vec<String>,
}

/// What was discovered.
#[derive(Debug)]
pub struct Known {
    pub(super) metadata: Metadata,
    pub(super) keys: CoreJsonWebKeySet,
    read_at: DateTime<Utc>,
}

impl Known {
    /// What the provider says of itself.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }
}

/// A provider; one for the whole process.
pub struct Provider {
    fetch: Box<dyn Fetch>,
    known: Mutex<Option<Arc<Known>>>,
}

impl Provider {
    /// A provider asked in this way. Nothing is asked yet.
    pub fn new(fetch: Box<dyn Fetch>) -> Self {
        Self { fetch, known: Mutex::new(None) }
    }

    /// How it is asked.
    pub fn fetch(&self) -> &dyn Fetch {
        &*self.fetch
    }

    /// What is known of the provider, read anew after ten minutes.
    ///
    /// # Errors
    /// [`OidcProblem::Unreachable`] when it does not answer, names another issuer or an address without TLS.
    pub fn discover(&self, settings: &OidcSettings, now: DateTime<Utc>) -> Result<Arc<Known>, OidcProblem> {
        if let Some(known) = self.kept().filter(|known| now - known.read_at < KEEP) {
            return Ok(known);
        }
        self.read(settings, now)
    }

    /// The same read anew, because a token names a key that is not known; not more often than every half minute.
    pub(super) fn again(&self, settings: &OidcSettings, now: DateTime<Utc>) -> Option<Arc<Known>> {
        if self.kept().is_some_and(|known| now - known.read_at < LEAST) {
            return None;
        }
        self.read(settings, now).ok()
    }

    fn kept(&self) -> Option<Arc<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read(&self, settings: &OidcSettings, now: DateTime<Utc>) -> Result<Arc<Known>, OidcProblem> {
        let at = format!("{}/.well-known/openid-configuration", settings.issuer.trim_end_matches('/'));
        let text = self.fetch.get(&at).map_err(|_| OidcProblem::Unreachable)?;
        let metadata: Metadata = serde_json::from_str(&text).map_err(|_| OidcProblem::Unreachable)?;
        let named = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
        let all = named.into_iter().chain(&metadata.end_session_endpoint);
        // Discovery section 4.3: the issuer must be exactly the one whose document was asked for.
        if metadata.issuer != settings.issuer || !all.into_iter().all(|address| secure(address)) {
            return Err(OidcProblem::Unreachable);
        }
        let keys = self.fetch.get(&metadata.jwks_uri).map_err(|_| OidcProblem::Unreachable)?;
        let keys: CoreJsonWebKeySet = serde_json::from_str(&keys).map_err(|_| OidcProblem::Unreachable)?;
        let known = Arc::new(Known { metadata, keys, read_at: now });
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known)
    }
}
