//! Names of ledgers, fields, states and acts that sign-in relies on. The pack `core` declares them.

/// The ledger of accounts (利用者).
pub mod account {
    /// Ledger.
    pub const LEDGER: &str = "account";
    /// Field: sign-in name (利用者名), unique.
    pub const LOGIN: &str = "login";
    /// Field: the person behind the account; none for an account of a function.
    pub const PERSON: &str = "person";
    /// Field: the sign-in name in its folded form, by which no name is used twice.
    pub const IDENTIFIER: &str = "identifier";
    /// Field: personnel number that came from another system; leads to the person once it is registered.
    pub const NUMBER: &str = "number";
    /// Field: identifier that a provisioning client gave (SCIM `externalId`).
    pub const EXTERNAL_ID: &str = "external_id";
    /// Field: why the program stopped the account.
    pub const STOPPED_FOR: &str = "stopped_for";
    /// State in which an account may sign in.
    pub const ACTIVE: &str = "active";
    /// State of an account that is stopped and may go on.
    pub const SUSPENDED: &str = "suspended";
    /// State of an account that is gone for good; its name stays taken.
    pub const CLOSED: &str = "closed";
}

/// The ledger of granted roles (役割の付与).
pub mod role_grant {
    /// Ledger.
    pub const LEDGER: &str = "role_grant";
    /// Field: account that holds the role.
    pub const ACCOUNT: &str = "account";
    /// Field: name of the role.
    pub const ROLE: &str = "role";
    /// Field: organisation to whose subtree the role is limited; none for everywhere.
    pub const OFFICE: &str = "organisation";
    /// Field: first day of validity; none for always.
    pub const VALID_FROM: &str = "valid_from";
    /// Field: last day of validity; none for without end.
    pub const VALID_TO: &str = "valid_to";
    /// Field: the assignment whose end ends the grant.
    pub const ASSIGNMENT: &str = "assignment";
    /// Field: whether the grant outlives the assignment.
    pub const STAYS: &str = "stays";
    /// State in which a grant counts.
    pub const IN_FORCE: &str = "active";
}

/// The ledger of persons (人).
pub mod person {
    /// Ledger.
    pub const LEDGER: &str = "person";
    /// Field: name as the person writes it.
    pub const NAME: &str = "name";
}

/// Acts as the journal names them. All stand under the ledger of accounts.
pub mod act {
    /// A session was opened.
    pub const SIGN_IN: &str = "sign_in";
    /// A sign-in was refused.
    pub const SIGN_IN_FAILED: &str = "sign_in_failed";
    /// A session was ended by its account.
    pub const SIGN_OUT: &str = "sign_out";
    /// All sessions of an account were ended.
    pub const SIGN_OUT_EVERYWHERE: &str = "sign_out_everywhere";
    /// A password was set.
    pub const PASSWORD_SET: &str = "password_set";
    /// A device that may not be used was turned away.
    pub const UNKNOWN_DEVICE: &str = "unknown_device";
    /// The password was right, and a second factor is awaited.
    pub const PASSWORD_ACCEPTED: &str = "password_accepted";
    /// A second factor was refused at sign-in.
    pub const SECOND_FACTOR_FAILED: &str = "second_factor_failed";
    /// An account was locked after failures.
    pub const LOCKED_OUT: &str = "locked_out";
    /// The lock of an account was released, by an administrator or by its time.
    pub const LOCK_RELEASED: &str = "lock_released";
    /// A sign-in on a device on which this account had not signed in before.
    pub const NEW_DEVICE: &str = "new_device";
    /// A session was locked, by its owner or after idleness.
    pub const SESSION_LOCKED: &str = "session_locked";
    /// A locked session was resumed.
    pub const SESSION_RESUMED: &str = "session_resumed";
    /// Resuming was refused.
    pub const RESUME_FAILED: &str = "resume_failed";
    /// A fresh proof was given for a dangerous act.
    pub const PROVEN_AFRESH: &str = "proven_afresh";
    /// A fresh proof was refused.
    pub const PROOF_FAILED: &str = "proof_failed";
    /// A second factor was added.
    pub const FACTOR_ADDED: &str = "factor_added";
    /// A second factor was given a name.
    pub const FACTOR_NAMED: &str = "factor_named";
    /// A second factor was removed by its owner.
    pub const FACTOR_REMOVED: &str = "factor_removed";
    /// All second factors of an account were taken away after a loss.
    pub const FACTORS_RESET: &str = "factors_reset";
    /// Recovery codes were made.
    pub const RECOVERY_CODES_MADE: &str = "recovery_codes_made";
    /// A token was made.
    pub const TOKEN_CREATED: &str = "token_created";
    /// A token was withdrawn.
    pub const TOKEN_REVOKED: &str = "token_revoked";
}

/// Account and sign-in name in the journal where nobody is signed in yet.
pub const NOBODY: &str = "anonymous";
/// Sign-in name in the journal for a name that no account has. The name that was tried is not kept: people type their
/// password into that field by mistake.
pub const UNKNOWN: &str = "unknown";
