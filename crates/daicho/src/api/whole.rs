//! What belongs to no single record: definitions, duties, documents.

use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use exchange::PaperProblem;
use ledger::access::Access;
use ledger::definition::{Field, Kind, Ledger};
use ledger::evidence::reasoned;
use ledger::port::Reader;
use ledger::{Principal, Refusal};
use serde_json::{Value, json};
use ui::screens::given_reason;

use super::problem::Failure;
use super::with_caller;
use crate::web::App;
use crate::web::request::pairs;

/// `GET /api/v1/ledgers`: definitions of what the caller may see.
pub async fn ledgers(State(app): State<App>, request: Request) -> Response {
    with_caller(app, request, false, |_, caller| {
        let all = caller.kernel.catalogue.ledgers.values();
        let list: Vec<Value> = all
            .filter(|ledger| Access::new(ledger, &caller.who).any())
            .map(|ledger| definition(ledger, &caller.who))
            .collect();
        Ok(axum::Json(json!({ "ledgers": list })).into_response())
    })
    .await
}

fn definition(ledger: &Ledger, who: &Principal) -> Value {
    let access = Access::new(ledger, who);
    let fields: Vec<Value> =
        ledger.current_fields().filter(|field| !access.operand_class_hidden(field)).map(field_value).collect();
    let states: Vec<Value> =
        ledger.workflow.states.iter().map(|state| json!({ "name": state.name, "label": state.label })).collect();
    let transitions: Vec<Value> = ledger
        .workflow
        .transitions
        .iter()
        .map(|one| json!({ "name": one.name, "label": one.label, "from": one.from, "required": one.required }))
        .collect();
    json!({
        "name": ledger.name,
        "label": ledger.label,
        "area": ledger.area,
        "key": ledger.key,
        "fields": fields,
        "states": states,
        "transitions": transitions,
    })
}

fn field_value(field: &Field) -> Value {
    let (kind, more) = kind(&field.kind);
    json!({
        "name": field.name,
        "label": field.label,
        "kind": kind,
        "class": field.class,
        "computed": field.computed.is_some(),
        "detail": more,
    })
}

/// Name of a kind, and what belongs to it.
pub fn kind(kind: &Kind) -> (&'static str, Value) {
    match kind {
        Kind::Text => ("text", Value::Null),
        Kind::LongText => ("long_text", Value::Null),
        Kind::Integer => ("integer", Value::Null),
        Kind::Decimal { scale } => ("decimal", json!({ "scale": scale })),
        Kind::Yen => ("yen", Value::Null),
        Kind::Date => ("date", Value::Null),
        Kind::DateTime => ("date_time", Value::Null),
        Kind::Period => ("period", Value::Null),
        Kind::YesNo => ("yes_no", Value::Null),
        Kind::Choice { set } => ("choice", json!({ "set": set })),
        Kind::Choices { set } => ("choices", json!({ "set": set })),
        Kind::Reference { ledger, many } => ("reference", json!({ "ledger": ledger, "many": many })),
        Kind::Rows { columns } => ("rows", json!({ "columns": columns.iter().map(field_value).collect::<Vec<_>>() })),
        Kind::Attachment => ("attachment", Value::Null),
    }
}

/// `GET /api/v1/duties`: what the caller must do.
pub async fn duties(State(app): State<App>, request: Request) -> Response {
    with_caller(app, request, false, |app, caller| {
        let duties =
            app.installation.store.read(|tx: &mut dyn Reader| caller.kernel.duties_of(tx, &caller.who, 1_000))?;
        let list: Vec<Value> = duties
            .iter()
            .map(|seen| {
                json!({
                    "ledger": seen.duty.ledger,
                    "record": seen.duty.record,
                    "name": seen.duty.name,
                    "label": seen.label,
                    "title": seen.duty.title,
                    "due": seen.duty.due,
                    "remaining": seen.remaining,
                    "overdue": seen.overdue,
                })
            })
            .collect();
        Ok(axum::Json(json!({ "duties": list })).into_response())
    })
    .await
}

/// `GET /api/v1/documents/{name}?record=ID`: PDF.
pub async fn document(State(app): State<App>, Path(name): Path<String>, request: Request) -> Response {
    let query = pairs(request.uri().query().unwrap_or_default());
    with_caller(app, request, false, move |app, caller| {
        let reason = given_reason(query.iter().find(|(key, _)| key == "reason").map(|(_, text)| text.as_str()));
        let ids: Vec<String> =
            query.into_iter().filter(|(key, _)| key == "record").map(|(_, id)| id).take(100).collect();
        if ids.is_empty() {
            return Err(Failure::Malformed("recordに記録の識別子を指定してください。".into()));
        }
        if let Some(form) = caller.kernel.catalogue.documents.get(&name) {
            let owes = |tx: &mut dyn Reader| crate::paper::owes_reason(tx, &caller.kernel, &caller.who, &name, &ids);
            if app.installation.store.read(owes)? {
                reasoned(&*caller.kernel.ledger(&form.ledger)?, reason.as_deref())?;
            }
        }
        let (store, agency) = (&app.installation.store, &app.installation.settings.agency);
        let typeset = app.typesetter().map_err(PaperProblem::from);
        let pdf = typeset.and_then(|typesetter| {
            crate::paper::print(store, &caller.kernel, typesetter, &caller.who, &name, &ids, agency, reason.as_deref())
        });
        match pdf {
            Ok(pdf) => Ok(([(header::CONTENT_TYPE, "application/pdf")], pdf.bytes).into_response()),
            Err(PaperProblem::Refusal(refusal)) => Err(refusal.into()),
            Err(PaperProblem::Typeset(problem)) => {
                Err(Refusal::invalid(ledger::Problem::record(problem.to_string())).into())
            }
        }
    })
    .await
}
