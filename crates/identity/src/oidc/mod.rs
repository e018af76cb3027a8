//! Sign-in at the agency's own identity provider: OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636),
//! state, nonce and the issuer in the answer (RFC 9207).
//!
//! Four steps: [`Provider::discover`] reads where the provider is and its keys; [`begin`] makes the address to go to and
//! the [`Flow`] that the browser keeps in a cookie; [`finish`] trades the code for an identity token and verifies it,
//! without a database; [`open`] finds the account and opens the session, or leaves the entry of a failure.
//!
//! The identity token is verified by the crate `openidconnect`; HTTP goes through [`Fetch`], so that this module knows no
//! network. Accounts are never made here unless the settings say so.

mod flow;
mod http;
mod open;
mod provider;
mod settings;
mod token;

pub use flow::{Flow, begin, query_of};
pub use http::{Fetch, FetchProblem, Http};
pub use open::{Proved, open};
pub use provider::{Known, Metadata, Provider};
pub use settings::{ClientSecret, MatchBy, OidcSettings};
pub use token::{Answer, finish};

/// Why somebody does not come in by the provider. The words are for the journal and the log; the page says the same for
/// every cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OidcProblem {
    /// The provider does not answer, or not as the standard says.
    #[error("認証基盤に接続できない")]
    Unreachable,
    /// The provider says no, or the person stopped there.
    #[error("認証基盤での認証が終わっていない")]
    NotDone,
    /// The answer belongs to no sign-in that this browser has begun, or to one of too long ago.
    #[error("この端末で始めた認証ではない")]
    NotBegun,
    /// The answer comes from another issuer than asked (mix-up, RFC 9207).
    #[error("別の認証基盤からの応答")]
    OtherIssuer,
    /// The code was refused: used before, over, or of somebody else.
    #[error("認可コードが受け付けられない")]
    CodeRefused,
    /// Signature, audience, nonce, times or algorithm of the identity token are wrong.
    #[error("IDトークンを検証できない")]
    BadToken,
    /// The person was authenticated less strongly than is asked.
    #[error("認証の強さが足りない")]
    TooWeak,
    /// The token lacks the claim by which accounts are found.
    #[error("IDトークンに利用者を示す値がない")]
    NoClaim,
}
