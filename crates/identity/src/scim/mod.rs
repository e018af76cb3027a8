//! SCIM 2.0 (RFC 7643, RFC 7644): the agency's identity system registers accounts here and stops them.
//!
//! This module knows the language: the filter grammar ([`filter`]), changes by patch ([`patch`]), what a user looks like
//! ([`user`]) and what is told of all that ([`schema`]). It reads and writes accounts through the kernel as the machine
//! whose token was sent, so the pack decides what that machine may do. The server adds addresses and status codes.
//!
//! Two things differ from the letter of RFC 7644, both because identifiers must never be used twice: `userName` cannot
//! be changed, and a deleted user still stands in the way of a new one of that name (section 3.6 would free it). Deleting
//! closes the account; nothing is removed.

pub mod filter;
pub mod patch;
pub mod schema;
pub mod user;

/// Schema of a user.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Schema of the extension for enterprises.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The role of a token that may provision.
pub const PROVISIONER: &str = "provisioner";

/// A request that cannot be done: the keyword of RFC 7644 table 9, and why, in Japanese.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Wrong {
    /// Keyword, such as `invalidFilter`.
    pub kind: &'static str,
    /// Why.
    pub detail: String,
}

impl Wrong {
    /// A request of this kind that is wrong for this reason.
    pub fn new(kind: &'static str, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}
