//! Running a page handler: session, secret, transaction, frame.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::response::Response;
use identity::Secret;
use identity::second::Purpose;
use identity::session::{self, Resolved, Step};
use journal::Entry;
use ledger::evidence::Seen;
use ledger::port::{Reader, Writer};
use ledger::{Kernel, Principal, Refusal};
use ui::Url;
use ui::web::{Ask, Handler, Keep, Reply, Route, Stop};

use super::answer::{self, Answer};
use super::proof::{self, NotProven};
use super::request::{Incoming, url};
use super::{App, cookies, danger, device, evidence, frame};

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

/// Who is signed in; else the way to sign in, or to what their session awaits.
pub fn resolve(app: &App, incoming: &Incoming) -> Result<Resolved, Box<Response>> {
    let resolved = resolve_any(app, incoming)?;
    match resolved.step {
        Step::Open => Ok(resolved),
        _ => Err(Box::new(lead(incoming, &resolved))),
    }
}

/// The way on for a session that does not open everything.
pub fn lead(incoming: &Incoming, resolved: &Resolved) -> Response {
    // Only a page can be come back to.
    let next = if incoming.posted { "/" } else { incoming.address.as_str() };
    answer::go(&match resolved.step {
        Step::Open => url(next),
        Step::NewPassword => Url::path(["profile", "password"]),
        Step::Enrolment => Url::path(["profile", "factors"]),
        Step::SecondFactor => Url::path(["sign-in", "second"]).query("next", next),
        Step::Locked => proof::again(next),
    })
}

/// Whose session it is, whatever it opens; else the way to sign in. A session found idle is locked in the books as well.
pub fn resolve_any(app: &App, incoming: &Incoming) -> Result<Resolved, Box<Response>> {
    let Some(secret) = &incoming.session else { return Err(Box::new(answer::sign_in_first(&incoming.address))) };
    let known = device::admit(app, incoming)?;
    let kernel = app.installation.kernel();
    let settings = &app.installation.settings.sign_in;
    let found = app.installation.store.read(|tx| session::resolve_any(tx, &kernel, settings, secret, &known.origin));
    match found {
        Ok(Some(resolved)) if !device::fits(&known, &resolved) => {
            Err(Box::new(device::refuse(app, incoming, "ほかの職員の端末")))
        }
        Ok(Some(resolved)) => {
            if resolved.step == Step::Locked && resolved.session.locked_at.is_none() {
                note_lock(app, &kernel, &resolved);
            }
            Ok(resolved)
        }
        Ok(None) => Err(Box::new(answer::sign_in_first(&incoming.address))),
        Err(error) => {
            tracing::error!(%error, "session cannot be read");
            Err(Box::new(answer::unavailable()))
        }
    }
}

/// Note that an idle session is locked. It is locked all the same when this fails.
fn note_lock(app: &App, kernel: &Kernel, resolved: &Resolved) {
    let (kernel, session, actor) = (kernel.clone(), resolved.session.clone(), resolved.principal.actor.clone());
    let done = app.installation.store.write(move |tx: &mut dyn Writer| {
        session::lock(tx, &kernel, actor.clone(), &session, session::Cause::Idle).map(|_| ())
    });
    if let Err(error) = done {
        tracing::warn!(%error, "lock of a session not noted");
    }
}

/// Whether a form carries the secret of this session.
pub fn from_session(incoming: &Incoming, resolved: &Resolved) -> bool {
    let sent = incoming.form.iter().find(|(name, _)| name == SECRET_INPUT);
    sent.is_some_and(|(_, sent)| session::is_from_session(&resolved.session, sent))
}

/// Let an act go on only with the proof that it needs: of a locked session always, of an open one for a dangerous act that
/// comes too long after the last. Gives who acts, and whether their session has a new secret; else the page that asks.
pub fn proven(
    app: &App,
    incoming: &mut Incoming,
    dangerous: bool,
) -> Result<(Resolved, Option<Secret>), Box<Response>> {
    let resolved = resolve_any(app, incoming)?;
    let kernel = app.installation.kernel();
    let fresh = session::is_fresh(&kernel, &app.installation.settings.sign_in, &resolved);
    let purpose = match resolved.step {
        Step::Locked => Purpose::Resume,
        Step::Open if dangerous && !fresh => Purpose::Fresh,
        Step::Open => return Ok((resolved, None)),
        _ => return Err(Box::new(lead(incoming, &resolved))),
    };
    if !incoming.posted {
        return Err(Box::new(answer::go(&proof::again(&incoming.address))));
    }
    if !from_session(incoming, &resolved) {
        let surroundings = frame::Surroundings::new(app, &kernel, &resolved, incoming);
        return Err(Box::new(answer::forged(&surroundings)));
    }
    let ask = |outcome: Option<&NotProven>| Box::new(proof::in_between(app, incoming, &resolved, purpose, outcome));
    let Some(given) = proof::given(incoming) else { return Err(ask(None)) };
    let proven = proof::prove(app, incoming, &resolved, purpose, given).map_err(|outcome| ask(Some(&outcome)))?;
    incoming.form.retain(|(name, _)| !name.starts_with(proof::PREFIX));
    // The secret of before is worth nothing: whatever asks again in this request asks with the new one.
    incoming.session = Some(proven.secret.clone());
    let resolved = resolve(app, incoming).map_err(|mut response| {
        cookies::put_session(&mut response, app, Some(&proven.secret));
        response
    })?;
    Ok((resolved, Some(proven.secret)))
}

fn run(app: &App, mut incoming: Incoming, route: Route) -> Response {
    let dangerous = route.proof || danger::is_dangerous(&app.installation.kernel(), &route, &incoming);
    let (resolved, secret) = match proven(app, &mut incoming, dangerous) {
        Ok(found) => found,
        Err(response) => return *response,
    };
    let mut response = answer_of(app, incoming, route, &resolved);
    if secret.is_some() {
        cookies::put_session(&mut response, app, secret.as_ref());
    }
    response
}

fn answer_of(app: &App, incoming: Incoming, route: Route, resolved: &Resolved) -> Response {
    let kernel = app.installation.kernel();
    if resolved.touch_due {
        note_use(app, &kernel, resolved);
    }
    let surroundings = frame::Surroundings::new(app, &kernel, resolved, &incoming);
    if matches!(route.handler, Handler::Write(_)) && !from_session(&incoming, resolved) {
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
