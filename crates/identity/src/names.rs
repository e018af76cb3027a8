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
