//! The second step of a sign-in, locking the screen, and proving anew who one is.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use identity::second::{self, Awaits, Purpose};
use identity::session::{self, Resolved, Step};
use ledger::port::Writer;
use maud::html;
use serde_json::json;
use ui::Url;
use ui::components::{Button, Form, Page, PostButton};

use super::dispatch::{SECRET_INPUT, lead, resolve_any};
use super::proof::{self, NotProven};
use super::request::{Incoming, url};
use super::sign_in::{entered, guarded, local};
use super::{App, answer, cookies, frame};

async fn blocking(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

/// Where the page leads back to.
fn next(incoming: &Incoming) -> String {
    let found = incoming.query.iter().chain(&incoming.form).find(|(name, _)| name == "next");
    found.map(|(_, next)| next.clone()).filter(|next| local(next)).unwrap_or_else(|| "/".into())
}

/// The page on which the second factor is shown.
pub async fn form(State(app): State<App>, incoming: Incoming) -> Response {
    blocking(move || match resolve_any(&app, &incoming) {
        Ok(resolved) if resolved.step == Step::SecondFactor => page(&app, &incoming, &resolved, Purpose::SignIn, None),
        Ok(resolved) => lead(&Incoming { address: next(&incoming), ..incoming }, &resolved),
        Err(response) => *response,
    })
    .await
}

fn page(
    app: &App,
    incoming: &Incoming,
    resolved: &Resolved,
    purpose: Purpose,
    outcome: Option<&NotProven>,
) -> Response {
    let question = match proof::question(app, resolved, purpose, outcome, StatusCode::OK) {
        Ok(question) => question,
        Err(response) => return *response,
    };
    let secret = resolved.session.form_secret.as_str();
    let to = if purpose == Purpose::SignIn { "second" } else { "again" };
    let form = Form::new(Url::path(["sign-in", to]))
        .hidden(SECRET_INPUT, secret)
        .hidden("next", next(incoming))
        .body(question.inputs)
        .errors(question.errors)
        .button(Button::primary(proof::told(purpose)));
    let leave =
        PostButton::new(Url::path(["sign-out"]), Button::quiet("サインアウトする")).hidden(SECRET_INPUT, secret);
    let (title, lead) = proof::words(purpose);
    let who = &resolved.principal.actor.login;
    let page = Page::new(title).lead(lead).body(html! {
        div class="narrow" {
            (form)
            p { "利用者名 " (who) " でサインインしています。別の人のときや、認証できないときは、サインアウトしてください。" }
            (leave)
            @if purpose == Purpose::SignIn {
                p { "端末も回復コードも使えないときは、システム管理者に「二段階認証の解除」を頼んでください。" }
            }
        }
    });
    let kernel = app.installation.kernel();
    let shown = frame::Surroundings::new(app, &kernel, resolved, incoming);
    let markup = if resolved.step == Step::Open { shown.page(page) } else { shown.bare(&page) };
    answer::html(question.status, &markup)
}

/// Show the second factor: the sign-in is complete, under a new secret.
pub async fn show(State(app): State<App>, incoming: Incoming) -> Response {
    blocking(move || {
        let resolved = match guarded(&app, &incoming) {
            Ok(resolved) => resolved,
            Err(response) => return *response,
        };
        if resolved.step != Step::SecondFactor {
            return lead(&incoming, &resolved);
        }
        let given = proof::given(&incoming).unwrap_or_default();
        match proof::prove(&app, &incoming, &resolved, Purpose::SignIn, given) {
            Ok(proven) => entered(&app, &proven.secret, proven.welcome.as_ref(), Awaits::Nothing, &next(&incoming)),
            Err(outcome) => page(&app, &incoming, &resolved, Purpose::SignIn, Some(&outcome)),
        }
    })
    .await
}

/// What proving anew is for: resuming a locked screen, or an act that asks for it.
fn purpose(resolved: &Resolved) -> Option<Purpose> {
    match resolved.step {
        Step::Locked => Some(Purpose::Resume),
        Step::Open => Some(Purpose::Fresh),
        _ => None,
    }
}

/// The page on which a locked screen is resumed, or a proof is asked before a page that needs one.
pub async fn again_form(State(app): State<App>, incoming: Incoming) -> Response {
    blocking(move || {
        let resolved = match resolve_any(&app, &incoming) {
            Ok(resolved) => resolved,
            Err(response) => return *response,
        };
        let kernel = app.installation.kernel();
        let settings = &app.installation.settings.sign_in;
        match purpose(&resolved) {
            // Nothing is to be proven: the way back was taken by hand.
            Some(Purpose::Fresh) if session::is_fresh(&kernel, settings, &resolved) => {
                answer::go(&url(&next(&incoming)))
            }
            Some(purpose) => page(&app, &incoming, &resolved, purpose, None),
            None => lead(&incoming, &resolved),
        }
    })
    .await
}

/// Prove anew who one is, and go back.
pub async fn again(State(app): State<App>, incoming: Incoming) -> Response {
    blocking(move || {
        let resolved = match guarded(&app, &incoming) {
            Ok(resolved) => resolved,
            Err(response) => return *response,
        };
        let Some(purpose) = purpose(&resolved) else { return lead(&incoming, &resolved) };
        let given = proof::given(&incoming).unwrap_or_default();
        match proof::prove(&app, &incoming, &resolved, purpose, given) {
            Ok(proven) => {
                let mut response = answer::go(&url(&next(&incoming)));
                cookies::put_session(&mut response, &app, Some(&proven.secret));
                response
            }
            Err(outcome) => page(&app, &incoming, &resolved, purpose, Some(&outcome)),
        }
    })
    .await
}

/// What the browser is asked to show a passkey: read by the script.
pub async fn challenge(State(app): State<App>, incoming: Incoming) -> Response {
    blocking(move || {
        let resolved = match guarded(&app, &incoming) {
            Ok(resolved) => resolved,
            Err(response) => return *response,
        };
        let purpose = match resolved.step {
            Step::SecondFactor => Purpose::SignIn,
            _ => match purpose(&resolved) {
                Some(purpose) => purpose,
                None => return lead(&incoming, &resolved),
            },
        };
        let kernel = app.installation.kernel();
        let key = format!("challenge:{}", proof::limited_by(&resolved, purpose));
        if app.attempts.attempt(kernel.now(), &key, incoming.origin.address.as_deref()).is_err() {
            return StatusCode::TOO_MANY_REQUESTS.into_response();
        }
        let (party, settings) = (app.party.clone(), app.installation.settings.clone());
        let Some(party) = (*party).clone() else { return StatusCode::NOT_FOUND.into_response() };
        let begun = app.installation.store.write(move |tx: &mut dyn Writer| {
            second::begin_proof(tx, &kernel, &settings.sign_in, &party, &resolved.principal, purpose)
        });
        match begun {
            Ok(Some((secret, options))) => {
                axum::Json(json!({ "challenge": secret.expose(), "options": options })).into_response()
            }
            Ok(None) => StatusCode::NOT_FOUND.into_response(),
            Err(error) => {
                tracing::error!(%error, "passkey not asked for");
                answer::unavailable()
            }
        }
    })
    .await
}

/// Lock the screen: its owner leaves the desk.
pub async fn lock(State(app): State<App>, incoming: Incoming) -> Response {
    blocking(move || {
        let resolved = match guarded(&app, &incoming) {
            Ok(resolved) => resolved,
            Err(response) => return *response,
        };
        let again = proof::again(&next(&incoming));
        if !matches!(resolved.step, Step::Open | Step::NewPassword) {
            return answer::go(&again);
        }
        let kernel = app.installation.kernel();
        let idle = incoming.form.iter().any(|(name, value)| name == "idle" && value == "yes");
        let cause = if idle { session::Cause::Idle } else { session::Cause::Asked };
        let done = app.installation.store.write(move |tx: &mut dyn Writer| {
            session::lock(tx, &kernel, resolved.principal.actor.clone(), &resolved.session, cause).map(|_| ())
        });
        match done {
            Ok(()) => answer::go(&again),
            Err(error) => {
                tracing::error!(%error, "session not locked");
                answer::unavailable()
            }
        }
    })
    .await
}
