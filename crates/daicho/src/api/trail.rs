//! `GET /api/v1/journal`: the search over the journal, for a system that gathers logs (SIEM) and for scripts.

use assurance::search::{Asked, cursor, permitted, read_cursor};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use journal::act::JOURNAL_READ;
use ledger::Refusal;
use ledger::evidence::{Seen, reading};
use ledger::port::{Reader, Writer};
use serde_json::{Value, json};

use super::problem::Failure;
use super::with_caller;
use crate::web::request::pairs;
use crate::web::{App, evidence};

/// Entries in one answer at most.
const MOST: usize = 1_000;

/// Entries that answer the query, newest first or (`order=oldest`) oldest first, with a cursor for the next.
pub async fn search(State(app): State<App>, request: Request) -> Response {
    let query = pairs(request.uri().query().unwrap_or_default());
    with_caller(app, request, false, move |app, caller| {
        let (kernel, who) = (&caller.kernel, &caller.who);
        if !permitted(kernel, who) {
            return Err(Refusal::Denied("証跡を検索する権限がありません。".into()).into());
        }
        let given = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let limit = match given("limit").map(str::parse::<usize>) {
            None => 100,
            Some(Ok(limit)) => limit.clamp(1, MOST),
            Some(Err(_)) => return Err(Failure::Malformed("limitは整数で指定してください。".into())),
        };
        let behind =
            match given("cursor").filter(|text| !text.is_empty()) {
                None => None,
                Some(text) => Some(read_cursor(text).ok_or_else(|| {
                    Failure::Malformed("cursorには、前の答えのnextをそのまま指定してください。".into())
                })?),
            };
        let asked = Asked::read(query.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let trail = app.installation.store.read(|tx: &mut dyn Reader| -> Result<_, Refusal> {
            let mut question = asked.question(tx, kernel, limit)?;
            question.behind = behind;
            question.oldest_first = given("order") == Some("oldest");
            kernel.trail(tx, who, &question)
        })?;
        let seen = Seen::default();
        for traced in &trail.entries {
            let entry = &traced.seen.entry;
            let Some(ledger) = kernel.catalogue.ledger(&entry.ledger) else { continue };
            let shown = entry.changes.keys().filter_map(|name| ledger.field(name)).map(|field| field.class.clone());
            seen.looked(ledger, &entry.record, shown);
        }
        let facts = json!({ "asked": asked.pairs(), "found": trail.entries.len() });
        let told = reading(kernel, who, JOURNAL_READ, "journal", "", facts);
        app.installation.store.write(move |tx: &mut dyn Writer| tx.append(&told))?;
        evidence::leave(app, kernel, who, &seen, None)?;
        let entries: Vec<Value> = trail
            .entries
            .iter()
            .map(|traced| {
                json!({
                    "sequence": traced.seen.sequence,
                    "entry": traced.seen.entry,
                    "facts": traced.facts,
                    "withheld": traced.seen.withheld,
                })
            })
            .collect();
        Ok(axum::Json(json!({ "entries": entries, "next": trail.next.map(cursor) })).into_response())
    })
    .await
}
