//! Proofs within a session: what is asked, how it is read from a form and judged, the page that asks for it in the middle of
//! an act and then lets the act go on.

use axum::http::StatusCode;
use axum::response::Response;
use identity::second::{Asked, Given, Purpose};
use identity::session::{self, ProofRefused, Proven, Resolved};
use identity::{Arrival, Password, Secret};
use ledger::port::{Reader, StoreError, Writer};
use maud::{Markup, html};
use ui::Url;
use ui::components::{Button, ErrorSummary, Field, Form, Page, Text};

use super::dispatch::SECRET_INPUT;
use super::request::{Incoming, url};
use super::{App, answer, frame};

/// Inputs of a proof begin so; a handler never sees them.
pub const PREFIX: &str = "_proof_";
const PASSWORD: &str = "_proof_password";
const CODE: &str = "_proof_code";
const CHALLENGE: &str = "_proof_challenge";
const PASSKEY: &str = "_proof_passkey";

/// What was given in a form; `None` when it asks for nothing of the kind.
pub fn given(incoming: &Incoming) -> Option<Given> {
    let input = |name: &str| incoming.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let password = input(PASSWORD).filter(|text| !text.is_empty()).map(Password::new);
    let code = input(CODE).filter(|text| !text.is_empty()).map(String::from);
    let passkey = match (input(CHALLENGE), input(PASSKEY)) {
        (Some(challenge), Some(answer)) if !answer.is_empty() => {
            Some((Secret::from_text(challenge), answer.to_string()))
        }
        _ => None,
    };
    let there = incoming.form.iter().any(|(key, _)| key.starts_with(PREFIX));
    there.then_some(Given { password, code, passkey })
}

/// Why a proof was not accepted.
pub enum NotProven {
    /// It did not fit.
    Refused(ProofRefused),
    /// Too many were tried from here.
    TooMany,
    /// The database.
    Unavailable,
}

impl NotProven {
    /// What the page says, with its status.
    pub fn told(&self) -> (StatusCode, String) {
        match self {
            NotProven::Refused(refused) => (StatusCode::UNPROCESSABLE_ENTITY, refused.to_string()),
            NotProven::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "続けて失敗したため、しばらく受け付けません。数分待ってからやり直してください。".into(),
            ),
            NotProven::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "ただいま確認できません。しばらくしてからやり直してください。".into())
            }
        }
    }
}

/// What proofs are limited by: the name where somebody wants to come in, the session where somebody is in, so that nobody
/// outside uses up their attempts.
pub fn limited_by(resolved: &Resolved, purpose: Purpose) -> String {
    match purpose {
        Purpose::SignIn => format!("proof:{}", resolved.principal.actor.login),
        Purpose::Resume | Purpose::Fresh => format!("proof:{}", resolved.session.key),
    }
}

/// Judge a proof: one hashing at most, outside of any transaction.
pub fn prove(
    app: &App,
    incoming: &Incoming,
    resolved: &Resolved,
    purpose: Purpose,
    given: Given,
) -> Result<Proven, NotProven> {
    let kernel = app.installation.kernel();
    let login = limited_by(resolved, purpose);
    let address = incoming.origin.address.as_deref();
    if app.attempts.attempt(kernel.now(), &login, address).is_err() {
        return Err(NotProven::TooMany);
    }
    let judged = judge(app, incoming, resolved, purpose, given).map_err(|error| {
        tracing::error!(%error, "proof not judged");
        NotProven::Unavailable
    })?;
    let proven = judged.map_err(NotProven::Refused)?;
    app.attempts.succeeded(&login, address);
    Ok(proven)
}

fn judge(
    app: &App,
    incoming: &Incoming,
    resolved: &Resolved,
    purpose: Purpose,
    given: Given,
) -> Result<Result<Proven, ProofRefused>, StoreError> {
    let kernel = app.installation.kernel();
    let store = &app.installation.store;
    let account = resolved.session.account.clone();
    let settings = app.installation.settings.clone();
    let question = store.read(|tx: &mut dyn Reader| session::read_asked(tx, &settings.sign_in, &account, purpose))?;
    // Hashing takes some 25 ms and must not hold the database.
    let checked = session::check(&kernel, &settings.sign_in, &question, given);
    let (vault, party, resolved) = (app.installation.vault.clone(), app.party.clone(), resolved.clone());
    let (origin, device) = (incoming.origin.clone(), incoming.device.clone());
    store.write(move |tx: &mut dyn Writer| {
        let arrival = Arrival { device: device.as_ref(), ..Arrival::new(&origin) };
        let party = (*party).as_ref();
        session::conclude(tx, &kernel, &settings.sign_in, &*vault, party, &resolved, purpose, &checked, &arrival)
    })
}

/// The inputs of a proof.
fn inputs(app: &App, asked: Asked, problem: Option<&str>) -> Markup {
    let passkey = asked.passkey && app.party.is_some();
    let code_words = "認証アプリに表示されている6桁の数字です。端末がないときは、回復コードを1つ入力します。";
    html! {
        @if passkey {
            input type="hidden" name=(CHALLENGE);
            input type="hidden" name=(PASSKEY);
            p class="passkey" hidden data-passkey="show" data-to="/sign-in/challenge" {
                button type="button" class="button button-primary" { "パスキーで確認する" }
                span role="status" {}
            }
        }
        @if asked.password {
            (Field::new(PASSWORD, "パスワード", Text::password().autocomplete("current-password")).required_if(!passkey)
                .error_if(problem))
        }
        @if asked.code {
            (Field::new(CODE, "認証コード", Text::new().autocomplete("one-time-code")).required_if(!passkey)
                .help(code_words).error_if(problem.filter(|_| !asked.password)))
        }
    }
}

/// What a page asks of somebody, with what was wrong with the last answer.
pub struct Question {
    /// Status of the page.
    pub status: StatusCode,
    /// What was wrong.
    pub errors: ErrorSummary,
    /// The inputs.
    pub inputs: Markup,
}

/// What is asked of somebody for a purpose. `first` is the status of a page on which nothing was answered yet.
pub fn question(
    app: &App,
    resolved: &Resolved,
    purpose: Purpose,
    outcome: Option<&NotProven>,
    first: StatusCode,
) -> Result<Question, Box<Response>> {
    let settings = &app.installation.settings.sign_in;
    let account = &resolved.session.account;
    let read = |tx: &mut dyn Reader| session::read_asked(tx, settings, account, purpose);
    let asked = match app.installation.store.read(read) {
        Ok(question) => question.asked,
        Err(error) => {
            tracing::error!(%error, "proof cannot be asked for");
            return Err(Box::new(answer::unavailable()));
        }
    };
    let Some((status, problem)) = outcome.map(NotProven::told) else {
        return Ok(Question { status: first, errors: ErrorSummary::new(), inputs: inputs(app, asked, None) });
    };
    let place = if asked.password { PASSWORD } else { CODE };
    let errors = ErrorSummary::new().field(place, problem.as_str());
    Ok(Question { status, errors, inputs: inputs(app, asked, Some(&problem)) })
}

/// The page that asks for a proof in the middle of an act. Whatever the form held comes along hidden, so that nothing that
/// was typed is lost: the same form goes to the same address again, with the proof.
pub fn in_between(
    app: &App,
    incoming: &Incoming,
    resolved: &Resolved,
    purpose: Purpose,
    outcome: Option<&NotProven>,
) -> Response {
    let question = match question(app, resolved, purpose, outcome, StatusCode::FORBIDDEN) {
        Ok(question) => question,
        Err(response) => return *response,
    };
    let mut form = Form::new(url(&incoming.address)).hidden(SECRET_INPUT, &resolved.session.form_secret);
    for (name, value) in incoming.form.iter().filter(|(name, _)| name != SECRET_INPUT && !name.starts_with(PREFIX)) {
        form = form.hidden(name, value);
    }
    let (title, lead) = words(purpose);
    let form = form.body(question.inputs).errors(question.errors).button(Button::primary(told(purpose)));
    let mut page = Page::new(title).lead(format!("{lead}入力した内容は、そのまま引き継ぎます。"));
    page = if incoming.files.is_empty() {
        page.body(html! { div class="narrow" { (form) } })
    } else {
        // A file cannot be sent along hidden: the act is begun again.
        page.lead("確認のあとで、ファイルを選び直してもう一度操作してください。今回は何も保存していません。")
            .body(html! { p { a class="button button-primary" href=(again(&incoming.address)) { (told(purpose)) } } })
    };
    let kernel = app.installation.kernel();
    let shown = frame::Surroundings::new(app, &kernel, resolved, incoming);
    // The same surroundings as any page, so that the script puts it in the place of the form.
    answer::html(question.status, &shown.page(page))
}

/// Title and first sentence of a page that asks for a proof.
pub fn words(purpose: Purpose) -> (&'static str, &'static str) {
    match purpose {
        Purpose::SignIn => ("二段階目の認証", "パスワードを確認しました。続けて、登録した端末で認証してください。"),
        Purpose::Resume => ("ロックの解除", "画面はロックされています。本人であることを確かめて、続きから再開します。"),
        Purpose::Fresh => ("本人の確認", "大切な操作なので、本人であることを確かめます。"),
    }
}

/// Words on the button of such a page.
pub fn told(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::SignIn => "サインインする",
        Purpose::Resume => "ロックを解除する",
        Purpose::Fresh => "確認して続ける",
    }
}

/// The page of its own on which a proof is asked, and where it leads back to.
pub fn again(next: &str) -> Url {
    Url::path(["sign-in", "again"]).query("next", next)
}
