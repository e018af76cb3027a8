//! `GET /api/v1/ledgers/{ledger}/records`.

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use ledger::definition::SortColumn;
use ledger::evidence::{Seen, reasoned};
use ledger::port::Reader;
use ledger::read::{Condition, LARGEST_PAGE, ListRequest};
use ledger::{Problem, Refusal};
use serde_json::{Value, json};
use ui::screens::given_reason;

use super::problem::Failure;
use super::{record, with_caller};
use crate::web::request::pairs;
use crate::web::{App, evidence};

/// Header with the reason for a reading in bulk, percent-encoded UTF-8; `reason` in the query says the same.
const REASON: &str = "x-daicho-reason";
/// More records than this in one answer are a mass reading, which asks for a reason where the pack says so.
const MASS: usize = 100;

fn decoded(text: &str) -> String {
    pairs(&format!("r={text}")).into_iter().next().map(|(_, text)| text).unwrap_or_default()
}

/// A page of records.
pub async fn list(State(app): State<App>, Path(ledger): Path<String>, request: Request) -> Response {
    let query = pairs(request.uri().query().unwrap_or_default());
    let sent = request.headers().get(REASON).and_then(|reason| reason.to_str().ok()).map(decoded);
    with_caller(app, request, false, move |app, caller| {
        let (mut query, mut reason) = (query, sent);
        query.retain(|(key, value)| {
            let own = key == "reason";
            if own {
                reason = Some(value.clone());
            }
            !own
        });
        let reason = given_reason(reason.as_deref());
        let seen = Seen::default();
        let (asked, group, count) = read(&ledger, &query)?;
        let answer = app.installation.store.read(|tx: &mut dyn Reader| -> Result<Value, Refusal> {
            if !group.is_empty() {
                let by: Vec<&str> = group.iter().map(String::as_str).collect();
                let groups = caller.kernel.group(tx, &caller.who, &asked, &by)?;
                let groups: Vec<Value> =
                    groups.into_iter().map(|group| json!({ "values": group.values, "count": group.count })).collect();
                if let Ok(ledger) = caller.kernel.ledger(&ledger) {
                    seen.looked(&ledger, "", by.iter().filter_map(|name| Some(ledger.field(name)?.class.clone())));
                }
                return Ok(json!({ "groups": groups }));
            }
            let page = caller.kernel.list(tx, &caller.who, &asked)?;
            let definition = caller.kernel.ledger(&ledger)?;
            if page.records.len() > MASS {
                reasoned(&definition, reason.as_deref())?;
            }
            seen.shown(&caller.who, &definition, &page.records, None);
            let records: Vec<Value> = page.records.iter().map(record::value).collect();
            let mut answer = json!({ "records": records, "next": page.next });
            if count {
                answer["count"] = caller.kernel.count(tx, &caller.who, &asked)?.into();
            }
            Ok(answer)
        })?;
        evidence::leave(app, &caller.kernel, &caller.who, &seen, reason.as_deref())?;
        Ok(axum::Json(answer).into_response())
    })
    .await
}

/// The request of a query string, the grouping fields, and whether a count is wanted.
pub fn read(ledger: &str, query: &[(String, String)]) -> Result<(ListRequest, Vec<String>, bool), Failure> {
    let mut request = ListRequest { ledger: ledger.to_string(), ..ListRequest::default() };
    let (mut group, mut count) = (Vec::new(), false);
    for (key, value) in query {
        match key.as_str() {
            "filter" if value.is_empty() => {}
            "filter" => request
                .conditions
                .push(Condition::parse(value).map_err(|problem: Problem| Failure::Malformed(problem.message))?),
            "q" => request.words = Some(value.clone()),
            "sort" => request.sort = value.split(',').filter(|column| !column.is_empty()).map(column).collect(),
            "cursor" => request.cursor = Some(value.clone()).filter(|cursor| !cursor.is_empty()),
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=LARGEST_PAGE).contains(limit));
                request.limit = limit.ok_or_else(|| {
                    Failure::Malformed(format!("limitは1から{LARGEST_PAGE}までの整数で指定してください。"))
                })?;
            }
            "as_of" => request.as_of = Some(record::instant(value)?),
            "in_force" => {
                let day = value.parse();
                request.in_force =
                    Some(day.map_err(|_| Failure::Malformed("in_forceは2026-03-14の形で指定してください。".into()))?);
            }
            "group" => group = value.split(',').filter(|name| !name.is_empty()).map(String::from).collect(),
            "count" => {
                let wanted = value.parse();
                count = wanted.map_err(|_| Failure::Malformed("countはtrueかfalseで指定してください。".into()))?;
            }
            other => return Err(Failure::Malformed(format!("「{other}」というパラメーターはありません。"))),
        }
    }
    Ok((request, group, count))
}

fn column(text: &str) -> SortColumn {
    match text.strip_prefix('-') {
        Some(field) => SortColumn { field: field.into(), descending: true },
        None => SortColumn { field: text.into(), descending: false },
    }
}
