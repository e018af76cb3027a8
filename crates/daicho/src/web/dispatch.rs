//! Running a page handler: session, secret, transaction, frame.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::response::Response;
use identity::session::{self, Resolved};
use journal::Entry;
use ledger::evidence::Seen;
use ledger::port::{Reader, Writer};
use ledger::{Kernel, Principal, Refusal};
use ui::Url;
use ui::web::{Ask, Handler, Keep, Reply, Route, Stop};

use super::answer::{self, Answer};
use super::request::Incoming;
use super::{App, device, evidence, frame};

/// Name of the hidden input that carries the request secret.
pub const SECRET_INPUT: &str = "_secret";

/// Serve one route: resolve the session, check the request secret, run the handler in its transaction.
pub async fn serve_route(State(app): State<App>, incoming: Incoming, route: Route) -> Response {
    let work = move || run(&app, incoming, route);
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(_) => answer::failed(),
    }
}

/// An address that no route serves. Whoever is not signed in learns nothing of which addresses exist.
pub async fn not_found(State(app): State<App>, incoming: Incoming) -> Response {
    let work = move || match resolve(&app, &incoming) {
        Err(response) => *response,
        Ok(resolved) => {
            let kernel = app.installation.kernel();
            let page = frame::Surroundings::new(&app, &kernel, &resolved, &incoming);
            answer::refused(&page, &Refusal::NotFound)
        }
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

/// Who is signed in; else the way to sign in. With an initial password, nothing but its change is open.
pub fn resolve(app: &App, incoming: &Incoming) -> Result<Resolved, Box<Response>> {
    match resolve_newcomer(app, incoming) {
        Ok(resolved) if resolved.must_change => Err(Box::new(answer::go(&Url::path(["profile", "password"])))),
        resolved => resolved,
    }
}

/// The same, for the pages that somebody with an initial password needs.
pub fn resolve_newcomer(app: &App, incoming: &Incoming) -> Result<Resolved, Box<Response>> {
    let Some(secret) = &incoming.session else { return Err(Box::new(answer::sign_in_first(&incoming.address))) };
    let known = device::admit(app, incoming)?;
    let kernel = app.installation.kernel();
    let settings = &app.installation.settings.sign_in;
    let found = app.installation.store.read(|tx| session::resolve(tx, &kernel, settings, secret, &known.origin));
    match found {
        Ok(Some(resolved)) if !device::fits(&known, &resolved) => {
            Err(Box::new(device::refuse(app, incoming, "ほかの職員の端末")))
        }
        Ok(Some(resolved)) => Ok(resolved),
        Ok(None) => Err(Box::new(answer::sign_in_first(&incoming.address))),
        Err(error) => {
            tracing::error!(%error, "session cannot be read");
            Err(Box::new(answer::unavailable()))
        }
    }
}

fn run(app: &App, incoming: Incoming, route: Route) -> Response {
    let resolved = match resolve(app, &incoming) {
        Ok(resolved) => resolved,
        Err(response) => return *response,
    };
    let kernel = app.installation.kernel();
    if resolved.touch_due {
        note_use(app, &kernel, &resolved);
    }
    let surroundings = frame::Surroundings::new(app, &kernel, &resolved, &incoming);
    let from_session = || {
        let sent = incoming.form.iter().find(|(name, _)| name == SECRET_INPUT);
        sent.is_some_and(|(_, sent)| session::is_from_session(&resolved.session, sent))
    };
    if matches!(route.handler, Handler::Write(_)) && !from_session() {
        return answer::forged(&surroundings);
    }
    let shared = Arc::new(Shared {
        kernel: kernel.clone(),
        resolved: resolved.clone(),
        agency: app.installation.settings.agency.clone(),
        incoming,
    });
    let outcome = handle(app, &shared, route.handler);
    match outcome {
        Ok(reply) => Answer::new(200, reply).send(&surroundings),
        Err(Stop::Answer(reply)) => Answer::new(422, reply).send(&surroundings),
        Err(Stop::Instead { status, reply, .. }) => Answer::new(status, *reply).send(&surroundings),
        Err(Stop::Refusal(refusal)) => {
            let asked = evidence::Asked { ledger: route_ledger(&shared, &route), record: shared.param("id") };
            evidence::denied(app, &kernel, &resolved.principal, &asked, &refusal);
            answer::refused(&surroundings, &refusal)
        }
    }
}

/// Run the handler, then write what it leaves behind: traces of what it showed, and what it keeps. When that cannot be
/// written, nothing is shown.
fn handle(app: &App, shared: &Arc<Shared>, handler: Handler) -> Result<Reply, Stop> {
    let store = &app.installation.store;
    let who = &shared.resolved.principal;
    let shown = |ask: &Ask<'_>| ask.seen.entries(ask.kernel, ask.who, ask.query("reason"));
    let mut keep = Keep::default();
    let outcome = match handler {
        Handler::Read(handler) => store.read(|tx: &mut dyn Reader| {
            let ask = shared.ask();
            let reply = handler(tx, &ask);
            keep.entries = shown(&ask);
            reply
        }),
        Handler::Noted(handler) => store
            .read(|tx: &mut dyn Reader| {
                let ask = shared.ask();
                let reply = handler(tx, &ask);
                keep.entries = shown(&ask);
                reply
            })
            .map(|(reply, noted)| {
                keep.add(noted);
                reply
            }),
        Handler::Traced(handler) | Handler::Write(handler) => {
            let entries: Arc<Mutex<Vec<Entry>>> = Arc::default();
            let (shared, slot) = (shared.clone(), entries.clone());
            let outcome = store.write(move |tx: &mut dyn Writer| {
                let ask = shared.ask();
                let reply = handler(tx, &ask);
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = ask.seen.entries(ask.kernel, ask.who, None);
                reply
            });
            keep.entries = std::mem::take(&mut *entries.lock().unwrap_or_else(PoisonError::into_inner));
            outcome
        }
    };
    match outcome {
        Ok(reply) => {
            leave(app, who, keep)?;
            Ok(reply)
        }
        Err(Stop::Refusal(refusal)) => Err(Stop::Refusal(refusal)),
        Err(Stop::Answer(reply)) => {
            leave(app, who, keep)?;
            Err(Stop::Answer(reply))
        }
        Err(Stop::Instead { status, reply, keep: own }) => {
            keep.add(own);
            leave(app, who, keep)?;
            Err(Stop::Instead { status, reply, keep: Keep::default() })
        }
    }
}

/// The ledger that an address names or is about; empty for none.
fn route_ledger<'a>(shared: &'a Shared, route: &Route) -> &'a str {
    let named = shared.param("ledger");
    if !named.is_empty() || shared.param("id").is_empty() {
        return named;
    }
    // `/evaluation/sheets/{id}` belongs to the ledger that says so itself.
    let pages = shared.kernel.catalogue.ledgers.values();
    pages
        .filter(|ledger| ledger.page.as_deref() == Some(route.path))
        .map(|ledger| ledger.name.as_str())
        .next()
        .unwrap_or_default()
}

/// Write what is kept although the handler itself changed nothing.
fn leave(app: &App, who: &Principal, keep: Keep) -> Result<(), Stop> {
    if keep.is_empty() {
        return Ok(());
    }
    let who = who.clone();
    app.installation.store.write(move |tx: &mut dyn Writer| keep.write(tx, &who))?;
    Ok(())
}

/// What a handler sees, kept while the transaction runs on another thread.
struct Shared {
    kernel: Kernel,
    resolved: Resolved,
    agency: String,
    incoming: Incoming,
}

impl Shared {
    /// A parameter of the path; empty for none.
    fn param(&self, name: &str) -> &str {
        let found = self.incoming.path.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    fn ask(&self) -> Ask<'_> {
        let incoming = &self.incoming;
        Ask {
            kernel: &self.kernel,
            who: &self.resolved.principal,
            path: incoming.path.clone(),
            query: incoming.query.clone(),
            form: incoming.form.clone(),
            files: incoming.files.clone(),
            secret: &self.resolved.session.form_secret,
            agency: &self.agency,
            seen: Seen::default(),
        }
    }
}

/// Note that the session is in use. That this fails keeps nobody from reading.
fn note_use(app: &App, kernel: &Kernel, resolved: &Resolved) {
    let (kernel, session) = (kernel.clone(), resolved.session.clone());
    if let Err(error) = app.installation.store.write(move |tx: &mut dyn Writer| session::touch(tx, &kernel, &session)) {
        tracing::warn!(%error, "use of a session not noted");
    }
}

/// A reply that a page of the server itself gives, outside a route.
pub fn reply(surroundings: &frame::Surroundings<'_>, reply: Reply) -> Response {
    Answer::new(200, reply).send(surroundings)
}
