//! One-time passwords: how an administrator lets somebody in for the first time, or again after a password was forgotten.
//!
//! Handlers of their own, because hashing must not hold a transaction.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use identity::names::account;
use identity::password::{self, NewPassword};
use identity::session::Resolved;
use ledger::access::Access;
use ledger::port::{Reader, Writer};
use ledger::read::title;
use ledger::{Kernel, Principal, Refusal};
use maud::html;
use ui::Url;
use ui::components::{Button, ErrorSummary, Field, Form, Notice, Page, Text};
use ui::web::Place;

use super::dispatch::{SECRET_INPUT, proven, resolve};
use super::request::Incoming;
use super::sign_in::guarded;
use super::{App, answer, cookies, frame};

/// The role that administers accounts.
const ADMINISTRATOR: &str = "administrator";

/// Its place in the navigation.
pub const PLACE: Place =
    Place { area: "administration", words: "一度限りのパスワード", path: "/accounts/password", open: may };

fn may(_: &Kernel, who: &Principal) -> bool {
    who.holds(ADMINISTRATOR)
}

/// The page on which an account is named.
pub async fn form(State(app): State<App>, incoming: Incoming) -> Response {
    let work = move || match resolve(&app, &incoming) {
        Ok(resolved) => page(&app, &incoming, &resolved, StatusCode::OK, "", None),
        Err(response) => *response,
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

/// What is told after a password was issued.
struct Issued {
    title: String,
    password: password::Password,
}

fn page(
    app: &App,
    incoming: &Incoming,
    resolved: &Resolved,
    status: StatusCode,
    login: &str,
    outcome: Option<Result<Issued, String>>,
) -> Response {
    let kernel = app.installation.kernel();
    let surroundings = frame::Surroundings::new(app, &kernel, resolved, incoming);
    if !may(&kernel, &resolved.principal) {
        return answer::refused(&surroundings, &Refusal::NotFound);
    }
    let problem = match &outcome {
        Some(Err(problem)) => Some(problem.clone()),
        _ => None,
    };
    let errors = match &problem {
        Some(problem) => ErrorSummary::new().field("login", problem.as_str()),
        None => ErrorSummary::new(),
    };
    let field = Field::new("login", "利用者名", Text::new().value(login).autocomplete("off"))
        .required()
        .help("利用者台帳に登録してある利用者名を入力します。")
        .error_if(problem);
    let form = Form::new(Url::path(["accounts", "password"]))
        .hidden(SECRET_INPUT, resolved.session.form_secret.as_str())
        .body(html! { (field) })
        .errors(errors)
        .button(Button::primary("パスワードを発行する"));
    let mut page = Page::new("一度限りのパスワード")
        .lead("初めて使う人や、パスワードを忘れた人に発行します。その人が使っている端末のサインインは終わります。");
    if let Some(Ok(issued)) = &outcome {
        page = page.notice(Notice::success(format!("{}のパスワードを発行しました", issued.title)));
    }
    let body = html! {
        @if let Some(Ok(issued)) = &outcome {
            p class="one-time-password" { "一度限りのパスワード: " strong { (issued.password.expose()) } }
            p { "本人に、ほかの人に知られない方法で伝えてください。この画面を離れると再び表示できません。本人は次のサインインで新しいパスワードを決めます。" }
        }
        div class="narrow" { (form) }
    };
    answer::html(status, &surroundings.page(page.body(body)))
}

/// Issue a password.
pub async fn issue(State(app): State<App>, incoming: Incoming) -> Response {
    let mut incoming = incoming;
    let work = move || {
        if let Err(response) = guarded(&app, &incoming) {
            return *response;
        }
        let (resolved, secret) = match proven(&app, &mut incoming, true) {
            Ok(found) => found,
            Err(response) => return *response,
        };
        let login = incoming.form.iter().find(|(name, _)| name == "login").map_or("", |(_, value)| value.trim());
        let mut response = match try_to_issue(&app, &resolved.principal, login) {
            Ok(issued) => page(&app, &incoming, &resolved, StatusCode::OK, "", Some(Ok(issued))),
            Err(Refusal::Denied(words)) => {
                page(&app, &incoming, &resolved, StatusCode::UNPROCESSABLE_ENTITY, login, Some(Err(words)))
            }
            Err(refusal) => {
                let kernel = app.installation.kernel();
                answer::refused(&frame::Surroundings::new(&app, &kernel, &resolved, &incoming), &refusal)
            }
        };
        if secret.is_some() {
            cookies::put_session(&mut response, &app, secret.as_ref());
        }
        response
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

fn try_to_issue(app: &App, who: &Principal, login: &str) -> Result<Issued, Refusal> {
    let kernel = app.installation.kernel();
    if !may(&kernel, who) {
        return Err(Refusal::NotFound);
    }
    let ledger = kernel.ledger(account::LEDGER)?;
    let logins = [login.to_string()];
    let found = app.installation.store.read(|tx: &mut dyn Reader| -> Result<_, Refusal> {
        let ids = tx.lookup(account::LEDGER, account::LOGIN, &logins)?.remove(login).unwrap_or_default();
        let Some(id) = ids.first() else { return Ok(None) };
        let record = tx.record(account::LEDGER, id)?.filter(|one| Access::new(&ledger, who).may_read(one));
        let Some(record) = record else { return Ok(None) };
        let title = title::of(&kernel.catalogue, tx, &ledger, &record)?;
        Ok(Some((record, title)))
    })?;
    let (record, title) = found.ok_or_else(|| Refusal::Denied(format!("利用者「{login}」は登録されていません。")))?;
    if record.id == who.actor.account {
        return Err(Refusal::Denied("自分のパスワードは「自分の設定」で変更してください。".into()));
    }
    let one_time = password::initial(&*kernel.entropy);
    let hashed = NewPassword::initial(&kernel, &app.installation.settings.sign_in, &one_time)
        .map_err(|failed| Refusal::Definition(failed.to_string()))?;
    app.installation.store.write(|tx: &mut dyn Writer| password::set(tx, &kernel, who, &record.id, &hashed, None))?;
    Ok(Issued { title, password: one_time })
}
