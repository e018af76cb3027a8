//! The OpenAPI description, made from the definitions the caller may see.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use ledger::access::Access;
use ledger::definition::{Catalogue, Field, Kind, Ledger, Required};
use serde_json::{Map, Value, json};

use super::with_caller;
use crate::web::App;

/// `GET /api/openapi.json`.
pub async fn document(State(app): State<App>, request: Request) -> Response {
    with_caller(app, request, false, |_, caller| {
        let catalogue = &caller.kernel.catalogue;
        let seen = |ledger: &Ledger, field: &Field| !Access::new(ledger, &caller.who).operand_class_hidden(field);
        let ledgers = catalogue.ledgers.values().filter(|ledger| Access::new(ledger, &caller.who).any());
        Ok(axum::Json(describe(catalogue, ledgers.map(AsRef::as_ref), &seen)).into_response())
    })
    .await
}

/// The description of these ledgers and their fields.
pub fn describe<'a>(
    catalogue: &Catalogue,
    ledgers: impl Iterator<Item = &'a Ledger>,
    seen: &dyn Fn(&Ledger, &Field) -> bool,
) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for ledger in ledgers {
        let fields = || ledger.current_fields().filter(|field| seen(ledger, field));
        let values: Map<String, Value> = fields().map(|field| (field.name.clone(), schema(catalogue, field))).collect();
        schemas.insert(
            format!("{}.values", ledger.name),
            json!({ "type": "object", "properties": values, "additionalProperties": false }),
        );
        let needed = fields().filter(|field| {
            matches!(field.required, Required::Always)
                && field.default.is_none()
                && ledger.numbering.as_ref().is_none_or(|numbering| numbering.field != field.name)
        });
        let needed: Vec<&str> = needed.map(|field| field.name.as_str()).collect();
        schemas.insert(ledger.name.clone(), record_schema(ledger));
        let (list, one) = (format!("/api/v1/ledgers/{}/records", ledger.name), "{id}");
        paths.insert(list.clone(), collection(ledger, &needed));
        paths.insert(format!("{list}/{one}"), item(ledger));
        paths.insert(
            format!("{list}/{one}/history"),
            json!({
                "get": operation(ledger, "history", "の履歴を読む", &[ID], json!({ "200": { "description": "履歴" } })),
            }),
        );
        paths.insert(
            format!("{list}/{one}/proof"),
            json!({
                "get": operation(ledger, "proof", "の証明を読む", &[ID], json!({ "200": { "description": "証跡の証明" } })),
            }),
        );
        for transition in &ledger.workflow.transitions {
            let call = json!({ "post": {
                "tags": [ledger.label],
                "operationId": format!("{}_take_{}", ledger.name, transition.name),
                "summary": transition.label,
                "parameters": [parameter("id", "path", true), parameter("If-Match", "header", true)],
                "requestBody": { "content": { "application/json": { "schema": {
                    "type": "object",
                    "properties": {
                        "values": reference(&format!("{}.values", ledger.name)),
                        "reason": { "type": "string" },
                    },
                    "additionalProperties": false,
                } } } },
                "responses": answers(ledger, "200"),
            } });
            paths.insert(format!("{list}/{one}/transitions/{}", transition.name), call);
        }
    }
    schemas.insert(
        "problem".into(),
        json!({
            "type": "object",
            "required": ["type", "title", "status"],
            "properties": {
                "type": { "type": "string" },
                "title": { "type": "string" },
                "status": { "type": "integer" },
                "detail": { "type": "string" },
                "errors": { "type": "array", "items": { "type": "object" } },
            },
        }),
    );
    for (path, summary) in [
        ("/api/v1/ledgers", "台帳の定義"),
        ("/api/v1/duties", "自分の期限付き作業"),
        ("/api/v1/checkpoint", "証跡の最新の封印"),
    ] {
        let id = path.trim_start_matches("/api/v1/");
        paths.insert(
            path.into(),
            json!({ "get": {
            "operationId": id, "summary": summary,
            "responses": { "200": { "description": summary }, "default": problem() },
        } }),
        );
    }
    let names = assurance::search::NAMES.iter().copied().chain(["order", "limit", "cursor"]);
    let asked: Vec<Value> = names.map(|name| parameter(name, "query", false)).collect();
    paths.insert(
        "/api/v1/journal".into(),
        json!({ "get": {
        "operationId": "journal",
        "summary": "証跡の検索",
        "parameters": asked,
        "responses": { "200": { "description": "証跡と、続きの位置" }, "default": problem() },
    } }),
    );
    let mut record = parameter("record", "query", true);
    record["schema"] = json!({ "type": "array", "items": { "type": "string" }, "maxItems": 100 });
    paths.insert(
        "/api/v1/documents/{name}".into(),
        json!({ "get": {
        "operationId": "document",
        "summary": "帳票を作る",
        "parameters": [parameter("name", "path", true), record, parameter("reason", "query", false)],
        "responses": {
            "200": { "description": "PDF", "content": { "application/pdf": {} } },
            "default": problem(),
        },
    } }),
    );
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Daicho", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } },
        },
        "security": [{ "bearer": [] }],
    })
}

const ID: &str = "id";

/// A parameter, with what its value must be.
fn parameter(name: &str, place: &str, required: bool) -> Value {
    let schema = match name {
        "id" => json!({ "type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$" }),
        "If-Match" => json!({ "type": "string", "pattern": r#"^"\d+"$"# }),
        "limit" => json!({ "type": "integer", "minimum": 1, "maximum": ledger::read::LARGEST_PAGE }),
        "as_of" => json!({ "anyOf": [
            { "type": "string", "format": "date" },
            { "type": "string", "format": "date-time" },
        ] }),
        "in_force" => json!({ "type": "string", "format": "date" }),
        "count" => json!({ "type": "boolean" }),
        // `field:value` or `field:test:value,value`; an empty one asks nothing.
        "filter" => {
            let tests = ledger::read::Test::names().collect::<Vec<_>>().join("|");
            json!({ "type": "string", "pattern": format!("^$|^[^:]*:[^:]*$|^[^:]*:({tests}):") })
        }
        _ => json!({ "type": "string" }),
    };
    json!({ "name": name, "in": place, "required": required, "schema": schema })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

fn problem() -> Value {
    json!({ "description": "問題の説明", "content": { "application/problem+json": { "schema": reference("problem") } } })
}

fn answers(ledger: &Ledger, good: &str) -> Value {
    json!({
        good: {
            "description": ledger.label,
            "headers": { "ETag": { "schema": { "type": "string" } } },
            "content": { "application/json": { "schema": reference(&ledger.name) } },
        },
        "default": problem(),
    })
}

fn operation(ledger: &Ledger, name: &str, words: &str, path: &[&str], responses: Value) -> Value {
    let parameters: Vec<Value> = path.iter().map(|name| parameter(name, "path", true)).collect();
    let mut responses = responses;
    responses["default"] = problem();
    json!({
        "tags": [ledger.label],
        "operationId": format!("{}_{name}", ledger.name),
        "summary": format!("{}{words}", ledger.label),
        "parameters": parameters,
        "responses": responses,
    })
}

fn collection(ledger: &Ledger, needed: &[&str]) -> Value {
    let page = json!({
        "type": "object",
        "required": ["records"],
        "properties": {
            "records": { "type": "array", "items": reference(&ledger.name) },
            "next": { "type": ["string", "null"] },
            "count": { "type": "integer" },
        },
    });
    let names = ["filter", "q", "sort", "cursor", "limit", "as_of", "in_force", "count", "group", "reason"];
    let parameters: Vec<Value> = names.iter().map(|name| parameter(name, "query", false)).collect();
    json!({
        "get": {
            "tags": [ledger.label],
            "operationId": format!("{}_list", ledger.name),
            "summary": format!("{}の一覧を読む", ledger.label),
            "parameters": parameters,
            "responses": {
                "200": { "description": "一覧", "content": { "application/json": { "schema": page } } },
                "default": problem(),
            },
        },
        "post": {
            "tags": [ledger.label],
            "operationId": format!("{}_create", ledger.name),
            "summary": format!("{}を作る", ledger.label),
            "requestBody": { "required": true, "content": { "application/json": {
                "schema": { "allOf": [reference(&format!("{}.values", ledger.name)), { "required": needed }] },
            } } },
            "responses": answers(ledger, "201"),
        },
    })
}

fn item(ledger: &Ledger) -> Value {
    let mut show = operation(ledger, "show", "を読む", &[ID], answers(ledger, "200"));
    if let Some(parameters) = show["parameters"].as_array_mut() {
        parameters.push(parameter("as_of", "query", false));
    }
    let mut amend = operation(ledger, "amend", "を直す", &[ID], answers(ledger, "200"));
    if let Some(parameters) = amend["parameters"].as_array_mut() {
        parameters.push(parameter("If-Match", "header", true));
    }
    amend["requestBody"] = json!({ "required": true, "content": { "application/merge-patch+json": {
        "schema": reference(&format!("{}.values", ledger.name)),
    } } });
    json!({ "get": show, "patch": amend })
}

fn record_schema(ledger: &Ledger) -> Value {
    let states: Vec<&str> = ledger.workflow.states.iter().map(|state| state.name.as_str()).collect();
    json!({
        "type": "object",
        "description": ledger.help,
        "required": ["id", "ledger", "revision", "state", "values"],
        "properties": {
            "id": { "type": "string" },
            "ledger": { "const": ledger.name },
            "revision": { "type": "integer", "minimum": 1 },
            "state": { "enum": states },
            "created_at": { "type": "string", "format": "date-time" },
            "recorded_at": { "type": "string", "format": "date-time" },
            "values": reference(&format!("{}.values", ledger.name)),
        },
    })
}

fn schema(catalogue: &Catalogue, field: &Field) -> Value {
    let codes = |set: &str| -> Vec<String> {
        let set = catalogue.choices.get(set);
        set.map(|set| set.choices.iter().map(|choice| choice.code.clone()).collect()).unwrap_or_default()
    };
    let mut schema = match &field.kind {
        // A number is taken for the text that it is written as.
        Kind::Text | Kind::LongText => json!({ "type": ["string", "number"] }),
        Kind::Integer | Kind::Yen => json!({ "type": "integer" }),
        Kind::Decimal { scale } => json!({ "type": "string", "pattern": format!(r"^-?\d+(\.\d{{1,{scale}}})?$") }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::DateTime => json!({ "type": "string", "format": "date-time" }),
        Kind::Period => json!({ "type": "object", "properties": {
            "from": { "type": ["string", "null"], "format": "date" },
            "to": { "type": ["string", "null"], "format": "date" },
        } }),
        Kind::YesNo => json!({ "type": "boolean" }),
        Kind::Choice { set } => json!({ "enum": codes(set) }),
        Kind::Choices { set } => json!({ "type": "array", "items": { "enum": codes(set) } }),
        Kind::Reference { many: false, .. } => json!({ "type": "string" }),
        Kind::Reference { many: true, .. } => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Rows { columns } => {
            let cells: Map<String, Value> =
                columns.iter().map(|column| (column.name.clone(), schema(catalogue, column))).collect();
            json!({ "type": "array", "items": { "type": "object", "properties": cells } })
        }
        Kind::Attachment => json!({ "type": "array", "items": { "type": "object" } }),
    };
    if let Some(longest) = field.max_length {
        schema["maxLength"] = longest.into();
    }
    if matches!(field.required, Required::Always) && matches!(field.kind, Kind::Text | Kind::LongText) {
        schema["minLength"] = 1.into();
    }
    for (name, bound) in [("minimum", field.min), ("maximum", field.max)] {
        if let Some(bound) = bound {
            schema[name] = bound.into();
        }
    }
    schema["title"] = field.label.clone().into();
    if field.computed.is_some() {
        schema["readOnly"] = true.into();
    }
    schema
}
