//! What sign-in needs beside the ledgers `account` and `role_grant`: secrets in hashed form, sessions, tokens.

use chrono::{DateTime, Utc};

use super::StoreError;

/// The password of an account, hashed. Has no `Debug`: a secret does not belong in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Account.
    pub account: String,
    /// PHC string of Argon2id.
    pub password_hash: String,
    /// Must be changed at the next sign-in (an initial password).
    pub must_change: bool,
    /// Instant of setting.
    pub set_at: DateTime<Utc>,
}

/// A session of a signed-in account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the session secret, in hexadecimal; the secret itself is only in the cookie.
    pub key: String,
    /// Account.
    pub account: String,
    /// Secret against forged requests, bound to the session.
    pub form_secret: String,
    /// Instant of sign-in.
    pub opened_at: DateTime<Utc>,
    /// Instant of last use, kept to the minute.
    pub seen_at: DateTime<Utc>,
    /// Network address at sign-in.
    pub address: Option<String>,
    /// What the device called itself.
    pub device: Option<String>,
    /// Instant of the newest proof that its owner is there: sign-in, resuming, re-authentication.
    pub proven_at: DateTime<Utc>,
    /// Instant at which a second factor was first shown in it; none while none was.
    pub second_at: Option<DateTime<Utc>>,
    /// Instant from which it is locked; none while it is not.
    pub locked_at: Option<DateTime<Utc>>,
}

/// A bearer token of a machine client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Identifier, a ULID.
    pub id: String,
    /// SHA-256 of the secret, in hexadecimal.
    pub key: String,
    /// Name of the client.
    pub name: String,
    /// Role whose rights it has.
    pub role: String,
    /// Organisation whose subtree it is limited to; none for everywhere.
    pub office: Option<String>,
    /// Only reading.
    pub read_only: bool,
    /// First instant at which it no longer works.
    pub expires_at: DateTime<Utc>,
    /// Instant of creation.
    pub created_at: DateTime<Utc>,
    /// Instant of withdrawal.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Reading sign-in data.
pub trait SignInReader {
    /// The password of an account.
    fn credential(&mut self, account: &str) -> Result<Option<Credential>, StoreError>;
    /// The session of that key.
    fn session(&mut self, key: &str) -> Result<Option<Session>, StoreError>;
    /// All sessions of an account, newest first.
    fn sessions(&mut self, account: &str) -> Result<Vec<Session>, StoreError>;
    /// The token of that key.
    fn token(&mut self, key: &str) -> Result<Option<Token>, StoreError>;
    /// All tokens, newest first.
    fn tokens(&mut self) -> Result<Vec<Token>, StoreError>;
}

/// Writing sign-in data.
pub trait SignInWriter {
    /// Set the password of an account.
    fn set_credential(&mut self, credential: &Credential) -> Result<(), StoreError>;
    /// Open a session.
    fn open_session(&mut self, session: &Session) -> Result<(), StoreError>;
    /// Note that a session was used.
    fn touch_session(&mut self, key: &str, at: DateTime<Utc>) -> Result<(), StoreError>;
    /// End a session.
    fn close_session(&mut self, key: &str) -> Result<(), StoreError>;
    /// End all sessions of an account and return how many there were.
    fn close_sessions(&mut self, account: &str) -> Result<u64, StoreError>;
    /// Add a token.
    fn add_token(&mut self, token: &Token) -> Result<(), StoreError>;
    /// Withdraw a token; false when there is none of that identifier.
    fn revoke_token(&mut self, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError>;
}
