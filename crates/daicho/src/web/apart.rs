//! Functions for administrators live apart from those for users: with a second address (`admin_listen`) they are served
//! there alone, and nothing else is.

use axum::extract::{FromRequest, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use ledger::Kernel;

use super::request::Incoming;
use super::{App, dispatch};
use crate::door::{Door, Peer};

/// The area of the navigation whose ledgers are functions of administrators.
const AREA: &str = "administration";
/// What both doors need: signing in, oneself, help, health.
const SHARED: [&str; 9] =
    ["/sign-in", "/sign-out", "/signed-out", "/profile", "/assets", "/help", "/healthz", "/readyz", "/favicon.ico"];

/// Whether an address is a function of administrators.
pub fn administrative(kernel: &Kernel, path: &str) -> bool {
    let mut parts = path.trim_start_matches('/').split('/');
    let ledger = match (parts.next(), parts.next()) {
        (Some("admin" | "accounts" | "scim"), _) => return true,
        (Some("ledgers"), ledger) => ledger,
        (Some("api"), Some("v1")) if parts.next() == Some("ledgers") => parts.next(),
        _ => None,
    };
    ledger.and_then(|ledger| kernel.catalogue.ledger(ledger)).is_some_and(|ledger| ledger.area == AREA)
}

/// Whether a door leads to an address.
pub fn leads_to(door: Door, kernel: &Kernel, path: &str) -> bool {
    let under = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match door {
        Door::All => true,
        Door::Users => !administrative(kernel, path),
        Door::Administrators => {
            administrative(kernel, path) || path == "/metrics" || SHARED.iter().any(|root| under(root))
        }
    }
}

/// Answer as for an address that does not exist where a door does not lead there.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let door = request.extensions().get::<Peer>().map(|peer| peer.door).unwrap_or_default();
    if leads_to(door, &app.installation.kernel(), request.uri().path()) {
        return next.run(request).await;
    }
    if ["/api/", "/scim/"].iter().any(|root| request.uri().path().starts_with(root)) {
        return crate::api::nowhere(State(app), request).await;
    }
    match Incoming::from_request(request, &app).await {
        Ok(incoming) => dispatch::not_found(State(app), incoming).await,
        Err(response) => response,
    }
}
