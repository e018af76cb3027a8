//! Documents of records: one at once, many as a task with progress.

use axum::extract::State;
use axum::response::Response;
use exchange::PaperProblem;
use ledger::port::{NewJob, Reader, Writer};
use ledger::read::{Condition, ListRequest};
use ledger::{Problem, Refusal};
use serde_json::json;
use ui::Url;
use ui::screens::{given_reason, reason_page};
use ui::web::{Ask, Reply, Route, Stop};

use super::dispatch::{reply, resolve};
use super::request::Incoming;
use super::{App, answer, evidence, frame};
use crate::work::PAPER;

/// Most records of one bulk print.
const MOST: usize = 20_000;

/// Routes of documents beside [`one`].
pub fn routes() -> Vec<Route> {
    vec![Route::write("/documents/{name}/all", all)]
}

/// `/documents/{name}?record=ID`: the paper of one record or of some.
pub async fn one(State(app): State<App>, incoming: Incoming) -> Response {
    let work = move || {
        let resolved = match resolve(&app, &incoming) {
            Ok(resolved) => resolved,
            Err(response) => return *response,
        };
        let kernel = app.installation.kernel();
        let surroundings = frame::Surroundings::new(&app, &kernel, &resolved, &incoming);
        let name = incoming.path.first().map(|(_, name)| name.clone()).unwrap_or_default();
        let ids: Vec<String> =
            incoming.query.iter().filter(|(key, _)| key == "record").map(|(_, id)| id.clone()).take(100).collect();
        if ids.is_empty() {
            return answer::refused(&surroundings, &Refusal::NotFound);
        }
        let reason =
            given_reason(incoming.query.iter().find(|(key, _)| key == "reason").map(|(_, text)| text.as_str()));
        let owes = || {
            let asked = |tx: &mut dyn Reader| crate::paper::owes_reason(tx, &kernel, &resolved.principal, &name, &ids);
            app.installation.store.read(asked).unwrap_or(false)
        };
        if reason.is_none() && owes() {
            let to = Url::path(["documents", &name]);
            let help = format!("{}件を印刷します。", ids.len());
            let page = reason_page("印刷する理由", &help, &to, &incoming.query, Url::path([""; 0]), None);
            return reply(&surroundings, Reply::page(page));
        }
        let (store, agency) = (&app.installation.store, &app.installation.settings.agency);
        let pdf = app.typesetter().map_err(PaperProblem::from).and_then(|typesetter| {
            crate::paper::print(store, &kernel, typesetter, &resolved.principal, &name, &ids, agency, reason.as_deref())
        });
        match pdf {
            Ok(pdf) => {
                let file = Reply::File {
                    name: format!("{name}.pdf"),
                    media_type: "application/pdf".into(),
                    content: pdf.bytes,
                    inline: true,
                };
                reply(&surroundings, file)
            }
            Err(PaperProblem::Refusal(refusal)) => {
                let ledger = kernel.catalogue.documents.get(&name).map_or("", |form| form.ledger.as_str());
                let asked = evidence::Asked { ledger, record: ids.first().map_or("", String::as_str) };
                evidence::denied(&app, &kernel, &resolved.principal, &asked, &refusal);
                answer::refused(&surroundings, &refusal)
            }
            Err(PaperProblem::Typeset(problem)) => {
                tracing::error!(document = name, "document cannot be typeset");
                answer::refused(&surroundings, &Refusal::invalid(Problem::record(problem.to_string())))
            }
        }
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

/// Queue the papers of all records that a list finds.
fn all(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let document = ask.param("name");
    let form = ask.kernel.catalogue.documents.get(document).ok_or(Refusal::NotFound)?;
    let reason = given_reason(ask.form("reason"));
    if reason.is_none() && crate::paper::asks_reason(ask.kernel, document) {
        let to = Url::path(["documents", document, "all"]);
        let back = Url::path(["ledgers", &form.ledger]);
        let page =
            reason_page("印刷する理由", "一覧の記録をまとめて印刷します。", &to, &ask.form, back, Some(ask.secret));
        return Ok(Reply::page(page));
    }
    let mut conditions = Vec::new();
    for text in ask.forms("f") {
        conditions.push(Condition::parse(text).map_err(Refusal::invalid)?);
    }
    if !form.states.is_empty() {
        conditions.push(Condition { field: "state".into(), test: ledger::read::Test::Is, values: form.states.clone() });
    }
    let request = ListRequest {
        ledger: form.ledger.clone(),
        conditions,
        words: ask.form("q").map(String::from),
        limit: ledger::read::LARGEST_PAGE,
        ..ListRequest::default()
    };
    let mut ids = Vec::new();
    let mut page = request.clone();
    loop {
        let found = ask.kernel.list(tx, ask.who, &page)?;
        ids.extend(found.records.into_iter().map(|record| record.id));
        match found.next {
            Some(next) if ids.len() < MOST => page.cursor = Some(next),
            _ => break,
        }
    }
    if ids.is_empty() {
        let words = "印刷できる記録がありません。条件と状態を確かめてください。";
        return Err(Refusal::invalid(Problem::record(words)).into());
    }
    let id = ask.kernel.new_id();
    let job = NewJob {
        id: id.clone(),
        kind: PAPER.into(),
        input: json!({ "document": document, "records": ids, "reason": reason }),
        account: ask.who.actor.account.clone(),
        run_at: ask.kernel.now(),
        only_one: None,
    };
    tx.add_job(&job, ask.kernel.now())?;
    Ok(Reply::to(Url::path(["jobs", &id])))
}
