//! One record: read, made, amended, moved on, and its history.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use ledger::evidence::Seen;
use ledger::port::{HistoryQuery, Reader, Told, Writer};
use ledger::{Body as Values, Change, Record, Refusal};
use serde_json::{Value, json};

use super::caller::Caller;
use super::problem::{self, Failure};
use super::with_caller;
use crate::web::App;
use crate::web::evidence;
use crate::web::request::{FORM_BYTES, pairs};

/// A record as JSON.
pub fn value(record: &Record) -> Value {
    json!({
        "id": record.id,
        "ledger": record.ledger,
        "revision": record.revision,
        "state": record.state,
        "created_at": record.created_at,
        "recorded_at": record.recorded_at,
        "values": record.body,
    })
}

/// An instant, or the end of a day in Japan.
pub fn instant(text: &str) -> Result<DateTime<Utc>, Failure> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    let day: Option<chrono::NaiveDate> = text.parse().ok();
    let next = day.and_then(|day| day.succ_opt());
    next.map(|next| calendar::jst::start_of_day(next) - chrono::TimeDelta::microseconds(1)).ok_or_else(|| {
        Failure::Malformed("as_ofは2026-03-14または2026-03-14T09:00:00+09:00の形で指定してください。".into())
    })
}

fn answer(status: StatusCode, record: &Record) -> Response {
    let tag = format!("\"{}\"", record.revision);
    (status, [(header::ETAG, tag)], axum::Json(value(record))).into_response()
}

/// `GET …/records/{id}`.
pub async fn show(State(app): State<App>, Path((ledger, id)): Path<(String, String)>, request: Request) -> Response {
    let query = pairs(request.uri().query().unwrap_or_default());
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()).map(String::from);
    with_caller(app, request, false, move |app, caller| {
        let as_of = query.iter().find(|(key, _)| key == "as_of").map(|(_, text)| instant(text)).transpose()?;
        let detail = app
            .installation
            .store
            .read(|tx: &mut dyn Reader| caller.kernel.detail(tx, &caller.who, &ledger, &id, as_of))?;
        if known.as_deref() == Some(format!("\"{}\"", detail.record.revision).as_str()) {
            return Ok(StatusCode::NOT_MODIFIED.into_response());
        }
        let definition = caller.kernel.ledger(&ledger)?;
        let seen = Seen::default();
        seen.shown(&caller.who, &definition, [&detail.record], None);
        evidence::leave(app, &caller.kernel, &caller.who, &seen, None)?;
        let mut response = value(&detail.record);
        response["transitions"] = detail
            .offers
            .iter()
            .map(|offer| {
                json!({ "name": offer.transition.name, "label": offer.transition.label, "obstacle": offer.obstacle })
            })
            .collect();
        let tag = format!("\"{}\"", detail.record.revision);
        Ok(([(header::ETAG, tag)], axum::Json(response)).into_response())
    })
    .await
}

/// What a writing call sends.
struct Sent {
    values: Values,
    reason: Option<String>,
    revision: Option<i64>,
}

/// What a writing call carries, before it is known who calls: read, but nothing is made of it yet.
struct Carried {
    body: Bytes,
    revision: Option<i64>,
}

impl Carried {
    async fn of(request: Request) -> Result<(Self, Request), Response> {
        let (parts, body) = request.into_parts();
        let tag = parts.headers.get(header::IF_MATCH).and_then(|tag| tag.to_str().ok());
        let revision = tag.and_then(|tag| tag.trim_start_matches("W/").trim_matches('"').parse().ok());
        let body = to_bytes(body, FORM_BYTES).await.map_err(|_| {
            let words = format!("本文は{}メガバイトまでです。", FORM_BYTES / 1_000_000);
            problem::response(&Failure::Malformed(words))
        })?;
        Ok((Self { body, revision }, Request::from_parts(parts, Body::empty())))
    }

    /// An object of values, or `{"values": …, "reason": …}` where `wrapped`.
    fn read(self, wrapped: bool) -> Result<Sent, Failure> {
        let mut map = match serde_json::from_slice::<Value>(&self.body) {
            Ok(Value::Object(map)) => map,
            Ok(_) => return Err(Failure::Malformed("本文はJSONのオブジェクトにしてください。".into())),
            Err(_) if self.body.is_empty() && wrapped => Values::new(),
            Err(error) => {
                let words = format!("本文のJSONを読み取れません({}行{}桁)。", error.line(), error.column());
                return Err(Failure::Malformed(words));
            }
        };
        let mut reason = None;
        if wrapped {
            reason = map.get("reason").and_then(Value::as_str).map(String::from);
            map = match map.shift_remove("values") {
                Some(Value::Object(values)) => values,
                None => Values::new(),
                Some(_) => return Err(Failure::Malformed("valuesはオブジェクトにしてください。".into())),
            };
        }
        Ok(Sent { values: map, reason, revision: self.revision })
    }
}

fn commit(app: &App, caller: &Caller, change: Change) -> Result<Record, Failure> {
    let (kernel, who) = (caller.kernel.clone(), caller.who.clone());
    let record = app.installation.store.write(move |tx: &mut dyn Writer| -> Result<Record, Refusal> {
        let record = kernel.commit(tx, &who, change.clone())?;
        let ledger = kernel.ledger(&record.ledger)?;
        Ok(ledger::access::Access::new(&ledger, &who).redact(record))
    })?;
    Ok(record)
}

/// `POST …/records`: a new record. The body is its values.
pub async fn create(State(app): State<App>, Path(ledger): Path<String>, request: Request) -> Response {
    let (carried, request) = match Carried::of(request).await {
        Ok(carried) => carried,
        Err(response) => return response,
    };
    with_caller(app, request, true, move |app, caller| {
        let sent = carried.read(false)?;
        let record = commit(app, &caller, Change::create(&ledger, sent.values))?;
        let place = format!("/api/v1/ledgers/{ledger}/records/{}", record.id);
        let mut response = answer(StatusCode::CREATED, &record);
        if let Ok(place) = place.parse() {
            response.headers_mut().insert(header::LOCATION, place);
        }
        Ok(response)
    })
    .await
}

/// `PATCH …/records/{id}`: a merge patch (RFC 7396) of the values, of the revision in `If-Match`.
pub async fn amend(State(app): State<App>, Path((ledger, id)): Path<(String, String)>, request: Request) -> Response {
    let (carried, request) = match Carried::of(request).await {
        Ok(carried) => carried,
        Err(response) => return response,
    };
    with_caller(app, request, true, move |app, caller| {
        let sent = carried.read(false)?;
        let revision = sent.revision.ok_or(Failure::NoRevision)?;
        let record = commit(app, &caller, Change::amend(&ledger, &id, revision, sent.values))?;
        Ok(answer(StatusCode::OK, &record))
    })
    .await
}

/// `POST …/records/{id}/transitions/{name}`: `{"values": {…}, "reason": "…"}`, of the revision in `If-Match`.
pub async fn transition(
    State(app): State<App>,
    Path((ledger, id, name)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    let (carried, request) = match Carried::of(request).await {
        Ok(carried) => carried,
        Err(response) => return response,
    };
    with_caller(app, request, true, move |app, caller| {
        let sent = carried.read(true)?;
        let revision = sent.revision.ok_or(Failure::NoRevision)?;
        let mut change = Change::transition(&ledger, &id, revision, &name).with(sent.values);
        change.reason = sent.reason;
        let record = commit(app, &caller, change)?;
        Ok(answer(StatusCode::OK, &record))
    })
    .await
}

/// `GET …/records/{id}/history`.
pub async fn history(State(app): State<App>, Path((ledger, id)): Path<(String, String)>, request: Request) -> Response {
    let query = pairs(request.uri().query().unwrap_or_default());
    with_caller(app, request, false, move |app, caller| {
        let before = query.iter().find(|(key, _)| key == "before").map(|(_, text)| text.parse());
        let before = before.transpose().map_err(|_| Failure::Malformed("beforeは整数で指定してください。".into()))?;
        let asked = HistoryQuery { before, ..HistoryQuery::newest(Told::Everything, 200) };
        let entries = app
            .installation
            .store
            .read(|tx: &mut dyn Reader| caller.kernel.history(tx, &caller.who, &ledger, &id, asked))?;
        let definition = caller.kernel.ledger(&ledger)?;
        let shown = entries.iter().flat_map(|seen| seen.entry.changes.keys());
        let seen = Seen::default();
        seen.looked(&definition, &id, shown.filter_map(|name| Some(definition.field(name)?.class.clone())));
        evidence::leave(app, &caller.kernel, &caller.who, &seen, None)?;
        let entries: Vec<Value> = entries
            .iter()
            .map(|seen| json!({ "sequence": seen.sequence, "entry": seen.entry, "withheld": seen.withheld }))
            .collect();
        Ok(axum::Json(json!({ "entries": entries })).into_response())
    })
    .await
}
