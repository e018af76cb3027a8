//! What stands around the password: failures in a row and locks, second factors, challenges under way, devices.

use chrono::{DateTime, Utc};

use super::{Session, StoreError};

/// How an account fares at the door.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignInGuard {
    /// Failures in a row.
    pub failures: i64,
    /// Instant of the first of them.
    pub counted_from: Option<DateTime<Utc>>,
    /// Instant of the lock; none while the account is not locked.
    pub locked_at: Option<DateTime<Utc>>,
    /// First instant at which the lock no longer holds; none for a lock that only an administrator releases.
    pub locked_until: Option<DateTime<Utc>>,
    /// Instant of the last sign-in that succeeded.
    pub last_at: Option<DateTime<Utc>>,
    /// Network address of the last sign-in that succeeded.
    pub last_address: Option<String>,
}

/// A second factor of an account. Has no `Debug`: it holds a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Identifier, a ULID.
    pub id: String,
    /// Account.
    pub account: String,
    /// `totp`, `passkey` or `recovery`.
    pub kind: String,
    /// What its owner calls it.
    pub name: String,
    /// The locked secret of one-time codes, a passkey's public key as JSON, empty for a recovery code.
    pub secret: String,
    /// What no two have: the credential's identifier of a passkey, SHA-256 of a recovery code, else the identifier.
    pub handle: String,
    /// Newest time step of which a one-time code was accepted.
    pub step: i64,
    /// Instant of enrolment.
    pub added_at: DateTime<Utc>,
    /// Instant of last use.
    pub used_at: Option<DateTime<Utc>>,
}

/// What was asked of a browser and may be answered once. Has no `Debug`: it may hold a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// SHA-256 of the secret that the browser answers with, in hexadecimal.
    pub key: String,
    /// Account it was made for.
    pub account: String,
    /// What it is for.
    pub purpose: String,
    /// What the server must remember.
    pub state: String,
    /// First instant at which it no longer counts.
    pub expires_at: DateTime<Utc>,
}

/// Reading what stands around the password.
pub trait FactorReader {
    /// How an account fares at the door; all empty when nothing is known.
    fn guard(&mut self, account: &str) -> Result<SignInGuard, StoreError>;
    /// The same for one browser of an account, whose failures are counted apart; last sign-ins are left out.
    fn browser_guard(&mut self, account: &str, browser: &str) -> Result<SignInGuard, StoreError>;
    /// Accounts with a lock of their own or of one of their browsers, the newest first, at most `limit`.
    fn locked_accounts(&mut self, limit: usize) -> Result<Vec<(String, SignInGuard)>, StoreError>;
    /// Hashes of the newest passwords of an account, newest first, the present one not among them.
    fn passwords_before(&mut self, account: &str, limit: usize) -> Result<Vec<String>, StoreError>;
    /// Second factors of an account in the order of enrolment, recovery codes among them.
    fn second_factors(&mut self, account: &str) -> Result<Vec<SecondFactor>, StoreError>;
    /// The second factor of that handle.
    fn second_factor(&mut self, handle: &str) -> Result<Option<SecondFactor>, StoreError>;
    /// Whether an account has signed in on this device before, and whether on any.
    fn knows_device(&mut self, account: &str, device: &str) -> Result<(bool, bool), StoreError>;
    /// Whether any account has signed in on this device before.
    fn is_device(&mut self, device: &str) -> Result<bool, StoreError>;
    /// Sessions not used since then that are not locked yet.
    fn idle_sessions(&mut self, unused_since: DateTime<Utc>) -> Result<Vec<Session>, StoreError>;
}

/// Writing what stands around the password.
pub trait FactorWriter {
    /// Count a failure, in one statement, so that two at once are two. A run that began before `since` begins anew.
    fn count_failure(
        &mut self,
        account: &str,
        at: DateTime<Utc>,
        since: DateTime<Utc>,
    ) -> Result<SignInGuard, StoreError>;
    /// Lock an account until then; none for until it is released.
    fn lock_account(
        &mut self,
        account: &str,
        at: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError>;
    /// Forget failures and lock of an account, not those of its browsers; false when there were none.
    fn release_account(&mut self, account: &str) -> Result<bool, StoreError>;
    /// Count a failure of one browser of an account, like [`FactorWriter::count_failure`]; runs of other browsers that began
    /// before `since` and locked nothing are forgotten.
    fn count_browser_failure(
        &mut self,
        account: &str,
        browser: &str,
        at: DateTime<Utc>,
        since: DateTime<Utc>,
    ) -> Result<SignInGuard, StoreError>;
    /// Lock one browser of an account until then; none for until it is released.
    fn lock_browser(
        &mut self,
        account: &str,
        browser: &str,
        at: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError>;
    /// Forget failures and lock of one browser of an account, or of all; false when none was locked.
    fn release_browser(&mut self, account: &str, browser: Option<&str>) -> Result<bool, StoreError>;
    /// Note a sign-in that succeeded, and forget failures; the lock of the account too, if `release`.
    fn note_sign_in(
        &mut self,
        account: &str,
        at: DateTime<Utc>,
        address: Option<&str>,
        release: bool,
    ) -> Result<(), StoreError>;
    /// Keep the hash of a password that is replaced at this instant, and no more than the newest `keep`.
    fn keep_password(&mut self, account: &str, at: DateTime<Utc>, hash: &str, keep: usize) -> Result<(), StoreError>;
    /// Add a second factor; false when its handle is taken.
    fn add_second_factor(&mut self, factor: &SecondFactor) -> Result<bool, StoreError>;
    /// Give a second factor of an account a name; false when it has none of that identifier.
    fn name_second_factor(&mut self, account: &str, id: &str, name: &str) -> Result<bool, StoreError>;
    /// Take a second factor away; false when the account has none of that identifier.
    fn remove_second_factor(&mut self, account: &str, id: &str) -> Result<bool, StoreError>;
    /// Use the codes of a time step up; false when one of this step or a later one was accepted before, here or on another
    /// node.
    fn use_step(&mut self, id: &str, step: i64, at: DateTime<Utc>) -> Result<bool, StoreError>;
    /// Keep a passkey as it is after its use.
    fn use_passkey(&mut self, id: &str, secret: &str, at: DateTime<Utc>) -> Result<(), StoreError>;
    /// Keep a challenge, and forget those that no longer count.
    fn add_challenge(&mut self, challenge: &Challenge, now: DateTime<Utc>) -> Result<(), StoreError>;
    /// Take a challenge: it counts once.
    fn take_challenge(&mut self, key: &str) -> Result<Option<Challenge>, StoreError>;
    /// Note that an account signed in on a device.
    fn note_device(&mut self, account: &str, device: &str, at: DateTime<Utc>) -> Result<(), StoreError>;
    /// Lock a session; false when it is locked already or gone.
    fn lock_session(&mut self, key: &str, at: DateTime<Utc>) -> Result<bool, StoreError>;
    /// Replace a session by one with another key.
    fn renew_session(&mut self, old: &str, new: &Session) -> Result<(), StoreError>;
    /// End all sessions opened before then.
    fn close_old_sessions(&mut self, opened_before: DateTime<Utc>) -> Result<u64, StoreError>;
}
