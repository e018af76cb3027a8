//! SCIM 2.0 under `/scim/v2`: addresses, status codes and bodies. What they mean is in `identity::scim`.

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::scim::filter::{Filter, member};
use identity::scim::patch::Wanted;
use identity::scim::user::{self, Failed};
use identity::scim::{PROVISIONER, Wrong, schema};
use ledger::port::{Reader, StoreError, Writer};
use ledger::{Record, Refusal};
use serde_json::{Value, json};

use super::caller::{self, Asked, Caller};
use super::problem::Failure;
use crate::web::App;
use crate::web::request::pairs;

/// Largest body that is read, in bytes.
const BODY: usize = 100_000;
/// Media type (RFC 7644 section 8.1).
const KIND: &str = "application/scim+json";

/// A call, read before it is known who calls.
#[derive(Clone)]
struct Call {
    asked: Asked,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    base: String,
    body: Option<Value>,
}

impl Call {
    async fn of(app: &App, request: Request) -> Result<Self, Response> {
        let asked = Asked::of(app, &request);
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, BODY)
            .await
            .map_err(|_| error(StatusCode::PAYLOAD_TOO_LARGE, None, "本文が大きすぎます。"))?;
        let home = app.installation.settings.public_url.clone().unwrap_or_default();
        Ok(Self {
            asked,
            query: pairs(parts.uri.query().unwrap_or_default()),
            base: format!("{}/scim/v2", home.trim_end_matches('/')),
            headers: parts.headers,
            body: if bytes.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&bytes).ok() },
        })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn body(&self) -> Result<&Value, Failed> {
        Ok(self.body.as_ref().ok_or_else(|| Wrong::new("invalidSyntax", "本文のJSONを読み取れません。"))?)
    }

    /// The revision in `If-Match`; none for none or `*`.
    fn seen(&self) -> Result<Option<i64>, Failed> {
        match self.header(header::IF_MATCH).map(str::trim) {
            None | Some("*") => Ok(None),
            Some(tag) => match tag.trim_start_matches("W/").trim_matches('"').parse() {
                Ok(revision) => Ok(Some(revision)),
                Err(_) => Err(Failed::Changed),
            },
        }
    }
}

/// Run a call for a machine that may provision.
async fn run(
    app: App,
    request: Request,
    writes: bool,
    work: impl FnOnce(&App, &Call, Caller) -> Result<Response, Failed> + Send + 'static,
) -> Response {
    let call = match Call::of(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let work = move || {
        let caller = match caller::of(&app, &call.asked, writes) {
            Ok(caller) if caller.who.holds(PROVISIONER) => caller,
            Ok(_) | Err(Failure::ReadOnly | Failure::Forged) => {
                return error(StatusCode::FORBIDDEN, None, "役割「利用者連携」の、書込みのできるトークンが必要です。");
            }
            Err(Failure::Unauthorised) => {
                let mut response = error(StatusCode::UNAUTHORIZED, None, "有効なトークンが必要です。");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                return response;
            }
            Err(_) => return error(StatusCode::SERVICE_UNAVAILABLE, None, "ただいま利用できません。"),
        };
        work(&app, &call, caller).unwrap_or_else(|failed| refused(&failed))
    };
    let broken = || error(StatusCode::INTERNAL_SERVER_ERROR, None, "処理に失敗しました。");
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| broken())
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, KIND)], Body::from(body.to_string())).into_response()
}

/// An error (RFC 7644 section 3.12).
fn error(status: StatusCode, kind: Option<&str>, detail: &str) -> Response {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.as_u16().to_string(), "detail": detail,
    });
    if let (Some(kind), Some(body)) = (kind, body.as_object_mut()) {
        body.insert("scimType".into(), kind.into());
    }
    answer(status, &body)
}

fn refused(failed: &Failed) -> Response {
    let words = failed.to_string();
    match failed {
        Failed::Wrong(wrong) => error(StatusCode::BAD_REQUEST, Some(wrong.kind), &words),
        Failed::Taken => error(StatusCode::CONFLICT, Some("uniqueness"), &words),
        Failed::Changed => error(StatusCode::PRECONDITION_FAILED, None, &words),
        Failed::Refusal(Refusal::NotFound) => error(StatusCode::NOT_FOUND, None, "見つかりません。"),
        Failed::Refusal(Refusal::Denied(_)) => error(StatusCode::FORBIDDEN, None, &words),
        Failed::Refusal(Refusal::Store(StoreError::Unavailable(_))) => {
            error(StatusCode::SERVICE_UNAVAILABLE, None, "ただいま利用できません。")
        }
        Failed::Refusal(_) => {
            tracing::error!("provisioning failed");
            error(StatusCode::INTERNAL_SERVER_ERROR, None, "処理に失敗しました。")
        }
    }
}

/// A list (RFC 7644 section 3.4.2), of the part that the query asks for.
fn listed(call: &Call, all: Vec<Value>) -> Result<Value, Failed> {
    let number = |name: &str, usual: usize| match call.get(name) {
        None => Ok(usual),
        // Negative numbers count as zero (section 3.4.2.4).
        Some(text) => text
            .parse::<i64>()
            .map(|number| usize::try_from(number).unwrap_or(0))
            .map_err(|_| Failed::from(Wrong::new("invalidValue", format!("{name}は整数で指定してください。")))),
    };
    let (start, count) = (number("startIndex", 1)?.max(1), number("count", schema::MOST)?.min(schema::MOST));
    let total = all.len();
    let page: Vec<Value> = all.into_iter().skip(start - 1).take(count).map(|one| projected(call, one)).collect();
    Ok(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total, "startIndex": start, "itemsPerPage": page.len(), "Resources": page,
    }))
}

/// Only the attributes asked for, or all but those not wanted (RFC 7644 section 3.9), by their first names.
fn projected(call: &Call, mut resource: Value) -> Value {
    let names = |text: &str| -> Vec<String> {
        let last = |name: &str| name.trim().rsplit(':').next().unwrap_or_default().to_string();
        let first = |name: String| name.split('.').next().unwrap_or_default().to_ascii_lowercase();
        text.split(',').map(|name| first(last(name))).collect()
    };
    let Some(members) = resource.as_object_mut() else { return resource };
    let always = |name: &str| name == "id" || name == "schemas";
    if let Some(wanted) = call.get("attributes") {
        let wanted = names(wanted);
        let enterprise = wanted.iter().any(|name| name == "employeenumber");
        members.retain(|name, _| {
            always(name) || wanted.contains(&name.to_ascii_lowercase()) || enterprise && name.starts_with("urn:")
        });
    } else if let Some(unwanted) = call.get("excludedAttributes") {
        let unwanted = names(unwanted);
        members.retain(|name, _| always(name) || !unwanted.contains(&name.to_ascii_lowercase()));
    }
    resource
}

/// A user with its tag.
fn one(app: &App, call: &Call, caller: &Caller, status: StatusCode, account: &Record) -> Result<Response, Failed> {
    let base = format!("{}/Users", call.base);
    let read = |tx: &mut dyn Reader| user::shown(tx, &caller.kernel, &caller.who, account, &base);
    let shown = app.installation.store.read(read).map_err(Refusal::from)?;
    let mut response = answer(status, &projected(call, shown));
    for (name, value) in [(header::ETAG, user::version(account)), (header::LOCATION, format!("{base}/{}", account.id))]
    {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

/// `GET /ServiceProviderConfig`.
pub async fn abilities(State(app): State<App>, request: Request) -> Response {
    run(app, request, false, |_, call, _| Ok(answer(StatusCode::OK, &schema::abilities(&call.base)))).await
}

/// `GET /ResourceTypes`.
pub async fn resource_types(State(app): State<App>, request: Request) -> Response {
    run(app, request, false, |_, call, _| {
        Ok(answer(StatusCode::OK, &listed(call, vec![schema::resource_type(&call.base)])?))
    })
    .await
}

/// `GET /ResourceTypes/{name}`.
pub async fn resource_type(State(app): State<App>, Path(name): Path<String>, request: Request) -> Response {
    run(app, request, false, move |_, call, _| match name.as_str() {
        "User" => Ok(answer(StatusCode::OK, &schema::resource_type(&call.base))),
        _ => Err(Refusal::NotFound.into()),
    })
    .await
}

/// `GET /Schemas`.
pub async fn schemas(State(app): State<App>, request: Request) -> Response {
    run(app, request, false, |_, call, _| Ok(answer(StatusCode::OK, &listed(call, schema::schemas(&call.base))?))).await
}

/// `GET /Schemas/{name}`.
pub async fn schema_of(State(app): State<App>, Path(name): Path<String>, request: Request) -> Response {
    run(app, request, false, move |_, call, _| {
        let found = schema::schemas(&call.base).into_iter().find(|schema| schema["id"] == name.as_str());
        Ok(answer(StatusCode::OK, &found.ok_or(Refusal::NotFound)?))
    })
    .await
}

/// `GET /Users`.
pub async fn users(State(app): State<App>, request: Request) -> Response {
    run(app, request, false, |app, call, caller| found(app, call, &caller)).await
}

fn found(app: &App, call: &Call, caller: &Caller) -> Result<Response, Failed> {
    let filter = call.get("filter").map(Filter::read).transpose()?;
    let base = format!("{}/Users", call.base);
    let read = |tx: &mut dyn Reader| user::list(tx, &caller.kernel, &caller.who, filter.as_ref(), &base);
    let all = app.installation.store.read(read).map_err(Refusal::from)?;
    Ok(answer(StatusCode::OK, &listed(call, all)?))
}

/// `POST /Users/.search` and `POST /.search` (RFC 7644 section 3.4.3): a question too long or too private for an address.
pub async fn search(State(app): State<App>, request: Request) -> Response {
    run(app, request, false, |app, call, caller| {
        let body = call.body()?;
        let text = |name: &str| match member(body, name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::Array(names)) => Some(names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
            _ => None,
        };
        let names = ["filter", "startIndex", "count", "attributes", "excludedAttributes"];
        let query = names.iter().filter_map(|name| Some(((*name).to_string(), text(name)?))).collect();
        found(app, &Call { query, ..call.clone() }, &caller)
    })
    .await
}

/// Whatever else is under this root.
pub async fn nowhere(State(app): State<App>, request: Request) -> Response {
    run(app, request, false, |_, _, _| Err(Refusal::NotFound.into())).await
}

/// `POST /Users`.
pub async fn create(State(app): State<App>, request: Request) -> Response {
    run(app, request, true, |app, call, caller| {
        let wanted = Wanted::of_resource(call.body()?, false)?;
        let (kernel, who) = (caller.kernel.clone(), caller.who.clone());
        let made = app.installation.store.write(move |tx: &mut dyn Writer| user::create(tx, &kernel, &who, &wanted))?;
        one(app, call, &caller, StatusCode::CREATED, &made)
    })
    .await
}

/// `GET /Users/{id}`.
pub async fn show(State(app): State<App>, Path(id): Path<String>, request: Request) -> Response {
    run(app, request, false, move |app, call, caller| {
        let account = app.installation.store.read(|tx: &mut dyn Reader| user::read(tx, &id)).map_err(Refusal::from)?;
        let account = account.ok_or(Refusal::NotFound)?;
        if call.header(header::IF_NONE_MATCH) == Some(user::version(&account).as_str()) {
            return Ok(StatusCode::NOT_MODIFIED.into_response());
        }
        one(app, call, &caller, StatusCode::OK, &account)
    })
    .await
}

/// `PUT /Users/{id}`.
pub async fn replace(State(app): State<App>, Path(id): Path<String>, request: Request) -> Response {
    run(app, request, true, move |app, call, caller| {
        change(app, call, &caller, id, Wanted::of_resource(call.body()?, true)?)
    })
    .await
}

/// `PATCH /Users/{id}`.
pub async fn amend(State(app): State<App>, Path(id): Path<String>, request: Request) -> Response {
    run(app, request, true, move |app, call, caller| change(app, call, &caller, id, Wanted::of_patch(call.body()?)?))
        .await
}

fn change(app: &App, call: &Call, caller: &Caller, id: String, wanted: Wanted) -> Result<Response, Failed> {
    let (kernel, who, seen) = (caller.kernel.clone(), caller.who.clone(), call.seen()?);
    let changed =
        app.installation.store.write(move |tx: &mut dyn Writer| user::change(tx, &kernel, &who, &id, seen, &wanted))?;
    one(app, call, caller, StatusCode::OK, &changed)
}

/// `DELETE /Users/{id}`: the account is closed; its record stays.
pub async fn delete(State(app): State<App>, Path(id): Path<String>, request: Request) -> Response {
    run(app, request, true, move |app, call, caller| {
        let seen = call.seen()?;
        let (kernel, who) = (caller.kernel.clone(), caller.who.clone());
        app.installation.store.write(move |tx: &mut dyn Writer| user::delete(tx, &kernel, &who, &id, seen))?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
    .await
}
