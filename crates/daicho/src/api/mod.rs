//! REST under `/api/v1`: the same kernel, the same rules, in JSON.
//!
//! A client is a machine with a bearer token, or a signed-in person's script with the session cookie (which for writing
//! must send the session's secret in `X-Daicho-Secret`). Errors are problem details (RFC 9457); a record's revision is
//! its `ETag`, and a change must name it in `If-Match` (RFC 9110).

mod caller;
pub mod journal;
mod list;
mod openapi;
mod problem;
mod record;
mod scim;
mod trail;
mod whole;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get, post};
use ledger::Refusal;

use crate::web::{App, danger, evidence};
use caller::Caller;
use problem::Failure;

/// Routes of the API.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/openapi.json", get(openapi::document))
        .route("/api/v1/ledgers", get(whole::ledgers))
        .route("/api/v1/duties", get(whole::duties))
        .route("/api/v1/journal", get(trail::search))
        .route("/api/v1/documents/{name}", get(whole::document))
        .route("/api/v1/checkpoint", get(journal::checkpoint))
        .route("/api/v1/ledgers/{ledger}/records/{id}/proof", get(journal::of_record))
        .route("/journal/checkpoint", get(journal::note))
        .route("/journal/tile/{*path}", get(journal::tile))
        .route("/journal/add-checkpoint", post(journal::add_checkpoint))
        .route("/api/v1/ledgers/{ledger}/records", get(list::list).post(record::create))
        .route("/api/v1/ledgers/{ledger}/records/{id}", get(record::show).patch(record::amend))
        .route("/api/v1/ledgers/{ledger}/records/{id}/transitions/{name}", post(record::transition))
        .route("/api/v1/ledgers/{ledger}/records/{id}/history", get(record::history))
        .route("/scim/v2/ServiceProviderConfig", get(scim::abilities))
        .route("/scim/v2/ResourceTypes", get(scim::resource_types))
        .route("/scim/v2/ResourceTypes/{name}", get(scim::resource_type))
        .route("/scim/v2/Schemas", get(scim::schemas))
        .route("/scim/v2/Schemas/{name}", get(scim::schema_of))
        .route("/scim/v2/Users", get(scim::users).post(scim::create))
        .route("/scim/v2/Users/{id}", get(scim::show).put(scim::replace).patch(scim::amend).delete(scim::delete))
        .route("/scim/v2/.search", post(scim::search))
        .route("/scim/v2/Users/.search", post(scim::search))
        .route("/scim/{*rest}", any(scim::nowhere))
        .route("/api/{*rest}", get(nowhere).post(nowhere).patch(nowhere).put(nowhere).delete(nowhere))
}

/// The answer to an address that asks too often.
pub fn too_many() -> Response {
    problem::response(&problem::Failure::TooMany)
}

/// A call that does not exist, or not at this door.
pub(crate) async fn nowhere(State(app): State<App>, request: Request) -> Response {
    with_caller(app, request, false, |_, _| Err(Failure::Refusal(Refusal::NotFound))).await
}

/// The ledger and record that an address of a call is about.
fn about(path: &str) -> evidence::Asked<'_> {
    let mut parts = path.strip_prefix("/api/v1/ledgers/").unwrap_or_default().split('/');
    let ledger = parts.next().unwrap_or_default();
    evidence::Asked { ledger, record: parts.nth(1).unwrap_or_default() }
}

/// Run a call on a blocking thread, for a caller who is known and may call so.
async fn with_caller(
    app: App,
    request: Request,
    writes: bool,
    call: impl FnOnce(&App, Caller) -> Result<Response, Failure> + Send + 'static,
) -> Response {
    let asked = caller::Asked::of(&app, &request);
    let path = request.uri().path().to_string();
    let work = move || {
        let caller = caller::of(&app, &asked, writes)?;
        if caller.stale && danger::is_dangerous_call(&caller.kernel, &path, writes) {
            return Err(Failure::Stale);
        }
        let (kernel, who) = (caller.kernel.clone(), caller.who.clone());
        call(&app, caller).inspect_err(|failure| {
            if let Failure::Refusal(refusal) = failure {
                evidence::denied(&app, &kernel, &who, &about(&path), refusal);
            }
        })
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(response)) => response,
        Ok(Err(failure)) => problem::response(&failure),
        Err(_) => problem::response(&Failure::Broken),
    }
}
