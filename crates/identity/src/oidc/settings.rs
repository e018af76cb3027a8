//! Settings of the identity provider, the table `[oidc]` of `daicho.toml`.

use std::path::PathBuf;

use serde::Deserialize;

use crate::Secret;

/// The identity provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcSettings {
    /// Issuer: the address under which `/.well-known/openid-configuration` lies. `https`, or `http` on this machine.
    pub issuer: String,
    /// Our identifier at the provider.
    pub client_id: String,
    /// Our secret at the provider; none for a public client, which PKCE protects.
    pub client_secret: Option<ClientSecret>,
    /// What the button on the sign-in page says it signs in with. Default 「職員認証基盤」.
    #[serde(default = "label")]
    pub label: String,
    /// Scopes asked for. Default `openid profile`.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// Claim by which the account is found. Default `preferred_username`.
    #[serde(default = "claim")]
    pub claim: String,
    /// What the claim is compared with. Default: the sign-in name.
    #[serde(default)]
    pub match_by: MatchBy,
    /// Authentication contexts of which one must be reached (`acr`); none for any.
    #[serde(default)]
    pub acr: Vec<String>,
    /// Methods of which one must have been used (`amr`, RFC 8176), such as `mfa`; none for any.
    #[serde(default)]
    pub amr: Vec<String>,
    /// Seconds by which the clocks of both may differ. Default 60.
    #[serde(default = "skew")]
    pub skew_seconds: u16,
    /// Make an account for somebody who has none. Default no.
    #[serde(default)]
    pub create: bool,
    /// Authority that signed the provider's certificate, PEM; the public ones unless set.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}

fn label() -> String {
    "職員認証基盤".into()
}

fn scopes() -> Vec<String> {
    vec!["openid".into(), "profile".into()]
}

fn claim() -> String {
    "preferred_username".into()
}

fn skew() -> u16 {
    60
}

/// What the claim of the provider is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchBy {
    /// The sign-in name (利用者名).
    #[default]
    Login,
    /// The personnel number: of the person, else the one that came by provisioning.
    Number,
    /// The identifier that the provisioning client gave (SCIM `externalId`).
    ExternalId,
}

/// The secret of the client; it is never shown.
#[derive(Clone)]
pub struct ClientSecret(pub Secret);

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(伏せています)")
    }
}

impl<'de> Deserialize<'de> for ClientSecret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::from_text(text)))
    }
}

impl OidcSettings {
    /// What is wrong with the settings, in Japanese; empty when they may be used.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !secure(&self.issuer) {
            problems.push("oidc.issuer は https:// で始まるアドレスにしてください。".into());
        }
        if self.client_id.is_empty() || self.claim.is_empty() {
            problems.push("oidc.client_id と oidc.claim を空にはできません。".into());
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            problems.push("oidc.scopes には openid が要ります。".into());
        }
        if self.skew_seconds > 300 {
            problems.push("oidc.skew_seconds は300以下にしてください。".into());
        }
        problems
    }
}

/// Whether an address is spoken to with TLS, or never leaves this machine.
pub(super) fn secure(address: &str) -> bool {
    address.starts_with("https://")
        || ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|local| {
            address.strip_prefix(local).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
        })
}

#[cfg(test)]
mod tests {
    use super::secure;

    #[test]
    fn only_tls_or_this_machine_is_spoken_to() {
        for (address, good) in [
            ("https://sso.example.jp", true),
            ("http://127.0.0.1:9000/x", true),
            ("http://localhost", true),
            ("http://sso.example.jp", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost.evil.example/", false),
            ("ftp://x", false),
        ] {
            assert_eq!(secure(address), good, "{address}");
        }
    }
}
