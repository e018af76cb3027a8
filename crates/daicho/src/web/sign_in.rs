//! Signing in and out, and changing one's password.

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use identity::second::Awaits;
use identity::session::{self, Resolved, Step};
use identity::sign_in::Welcome;
use identity::{Arrival, Password, Secret, SignedIn, sign_in};
use ledger::port::{Reader, StoreError, Writer};
use maud::html;
use ui::Url;
use ui::components::{Button, ErrorSummary, Field, Form, Notice, Page, Text};

use super::dispatch::{SECRET_INPUT, from_session, lead, resolve_any};
use super::request::{Incoming, url};
use super::{App, answer, cookies, device, frame, sso};

/// The sign-in page.
pub async fn form(State(app): State<App>, incoming: Incoming) -> Response {
    let (shared, asked) = (app.clone(), incoming.clone());
    match tokio::task::spawn_blocking(move || device::admit(&shared, &asked).map(drop)).await {
        Ok(Ok(())) => {}
        Ok(Err(response)) => return *response,
        Err(_) => return answer::failed(),
    }
    let next = incoming.query.iter().find(|(key, _)| key == "next").map(|(_, value)| value.clone());
    page(&app, StatusCode::OK, next.as_deref(), "", None)
}

fn page(app: &App, status: StatusCode, next: Option<&str>, login: &str, problem: Option<&str>) -> Response {
    let mut form = Form::new(Url::path(["sign-in"]));
    if let Some(next) = next.filter(|next| local(next)) {
        form = form.hidden("next", next);
    }
    let body = html! {
        (Field::new("login", "利用者名", Text::new().value(login).autocomplete("username")).required())
        (Field::new("password", "パスワード", Text::password().autocomplete("current-password")).required())
    };
    let errors = match problem {
        Some(problem) => ErrorSummary::new().whole(problem),
        None => ErrorSummary::new(),
    };
    let form = form.body(body).errors(errors).button(Button::primary("サインインする"));
    let page = Page::new("サインイン")
        .lead("利用者名とパスワードは、機関の管理者から受け取ったものを入力してください。")
        .body(html! {
            div class="narrow" {
                @if let Some(sso) = sso::link(app, next) { p { (sso) } }
                (form)
            }
        });
    answer::html(status, &frame::outside(app, &page))
}

/// Check name and password. The answer is the same for every cause, and takes the same time.
pub async fn enter(State(app): State<App>, incoming: Incoming) -> Response {
    let work = move || try_to_enter(&app, &incoming);
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

fn try_to_enter(app: &App, incoming: &Incoming) -> Response {
    let input = |name: &str| {
        incoming.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let (login, next) = (input("login").trim().to_string(), input("next"));
    let known = match device::admit(app, incoming) {
        Ok(known) => known,
        Err(response) => return *response,
    };
    let kernel = app.installation.kernel();
    let address = incoming.origin.address.as_deref();
    let limited = |tx: &mut dyn Reader| sign_in::limited_by(tx, &login, incoming.device.as_ref());
    let limited = match app.installation.store.read(limited) {
        Ok(limited) => limited,
        Err(error) => {
            tracing::error!(%error, "sign-in failed");
            return answer::unavailable();
        }
    };
    if app.attempts.attempt(kernel.now(), &limited, address).is_err() {
        let words = "続けて失敗したため、しばらくサインインを受け付けません。数分待ってからやり直してください。";
        return page(app, StatusCode::TOO_MANY_REQUESTS, Some(&next), &login, Some(words));
    }
    match check(app, incoming, &known.origin, &login, &Password::new(&input("password"))) {
        Ok(Ok(signed_in)) => {
            app.attempts.succeeded(&limited, address);
            entered(app, &signed_in.secret, signed_in.welcome.as_ref(), signed_in.awaits, &next)
        }
        Ok(Err(refused)) => {
            page(app, StatusCode::UNPROCESSABLE_ENTITY, Some(&next), &login, Some(&refused.to_string()))
        }
        Err(error) => {
            tracing::error!(%error, "sign-in failed");
            answer::unavailable()
        }
    }
}

fn check(
    app: &App,
    incoming: &Incoming,
    origin: &identity::Origin,
    login: &str,
    password: &Password,
) -> Result<Result<SignedIn, identity::SignInRefused>, StoreError> {
    let kernel = app.installation.kernel();
    let settings = &app.installation.settings.sign_in;
    let candidate = app.installation.store.read(|tx: &mut dyn Reader| sign_in::read_candidate(tx, login))?;
    // Hashing takes some 25 ms and must not hold the database.
    let checked = sign_in::check(&kernel, settings, candidate, password);
    let (incoming, origin) = (incoming.clone(), origin.clone());
    let settings = app.installation.settings.clone();
    app.installation.store.write(move |tx: &mut dyn Writer| {
        let (replaces, device) = (incoming.session.as_ref(), incoming.device.as_ref());
        let arrival = Arrival { origin: &origin, replaces, device };
        sign_in::open(tx, &kernel, &settings.sign_in, &checked, &arrival)
    })
}

/// The answer to whoever is in, or half in: the new session, and where it goes on.
pub(super) fn entered(app: &App, secret: &Secret, welcome: Option<&Welcome>, awaits: Awaits, next: &str) -> Response {
    let next = if local(next) { next } else { "/" };
    let mut response = answer::go(&match awaits {
        Awaits::Nothing => url(next),
        Awaits::Proof => Url::path(["sign-in", "second"]).query("next", next),
        Awaits::Enrolment => Url::path(["profile", "factors"]),
    });
    cookies::put_session(&mut response, app, Some(secret));
    let Some(welcome) = welcome else { return response };
    if let Some(device) = &welcome.device {
        cookies::put_device(&mut response, app, device);
    }
    if let Some(notice) = told(welcome) {
        answer::leave_notice(&mut response, &notice, app.installation.settings.secure_cookies);
    }
    response
}

/// What is told to somebody who has signed in: when and from where the last time was, what failed since, how long the
/// password may be used. Whoever sees something that was not them tells the administrator.
fn told(welcome: &Welcome) -> Option<Notice> {
    let at = calendar::jst::format_instant(welcome.last_at?);
    let from = welcome.last_address.as_deref().map(|from| format!("（接続元 {from}）")).unwrap_or_default();
    let mut notice = Notice::info(format!("前回のサインインは{at}です{from}"));
    if welcome.failures > 0 {
        let words = format!(
            "その後、サインインの失敗が{}回ありました。心当たりがないときは、管理者に連絡してください。",
            welcome.failures
        );
        notice = notice.text(words);
    }
    if let Some(days) = welcome.password_days {
        notice = notice.text(format!("パスワードの期限まであと{days}日です。「自分の設定」で変更してください。"));
    }
    Some(notice)
}

/// Whether an address leads to this server only.
pub(super) fn local(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && !address.contains('\\')
        && !address.chars().any(char::is_control)
}

/// Asks the browser to forget what this server left there (W3C Clear Site Data, section 3.1).
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
/// Pages it has seen, also those that the way back would show. Not the cookies: that of the session is taken away by name, and
/// by that of the device its owner is known again. Not what scripts kept: the one thing they keep is whether letters act as
/// keys (`assets/src/js/keys.ts`), which is of the person at this browser and says nothing of anybody.
const LEFT_BEHIND: &str = r#""cache""#;

/// Sign out.
pub async fn leave(State(app): State<App>, incoming: Incoming) -> Response {
    let work = move || {
        let resolved = match guarded(&app, &incoming) {
            Ok(resolved) => resolved,
            Err(response) => return *response,
        };
        let kernel = app.installation.kernel();
        let done = app
            .installation
            .store
            .write(move |tx: &mut dyn Writer| session::sign_out(tx, &kernel, &resolved.principal, &resolved.session));
        if let Err(error) = done {
            tracing::error!(%error, "sign-out failed");
            return answer::unavailable();
        }
        let to = if app.provider.is_some() { "signed-out" } else { "sign-in" };
        let mut response = answer::go(&Url::path([to]));
        cookies::put_session(&mut response, &app, None);
        response.headers_mut().insert(CLEAR_SITE_DATA, HeaderValue::from_static(LEFT_BEHIND));
        response
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

/// Who posts, whatever their session opens, when the form carries its secret.
pub(super) fn guarded(app: &App, incoming: &Incoming) -> Result<Resolved, Box<Response>> {
    let resolved = resolve_any(app, incoming)?;
    if from_session(incoming, &resolved) {
        return Ok(resolved);
    }
    let kernel = app.installation.kernel();
    let response = answer::forged(&frame::Surroundings::new(app, &kernel, &resolved, incoming));
    Err(Box::new(response))
}

/// The same for the pages of the password, which are open to whoever must change it.
fn changing(app: &App, incoming: &Incoming, posted: bool) -> Result<Resolved, Box<Response>> {
    let resolved = if posted { guarded(app, incoming)? } else { resolve_any(app, incoming)? };
    match resolved.step {
        Step::Open | Step::NewPassword => Ok(resolved),
        _ => Err(Box::new(lead(incoming, &resolved))),
    }
}

/// The page for a new password.
pub async fn password_form(State(app): State<App>, incoming: Incoming) -> Response {
    let work = move || match changing(&app, &incoming, false) {
        Ok(resolved) => password_page(&app, &incoming, &resolved, StatusCode::OK, &[]),
        Err(response) => *response,
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

fn password_page(
    app: &App,
    incoming: &Incoming,
    resolved: &Resolved,
    status: StatusCode,
    problems: &[ledger::Problem],
) -> Response {
    let kernel = app.installation.kernel();
    let problem = |name: &str| problems.iter().find(|problem| problem.field == name).map(|p| p.message.clone());
    let errors = problems.iter().fold(ErrorSummary::new(), |all, p| all.field(&p.field, p.message.clone()));
    let rule = app.installation.settings.sign_in.password_rule(kernel.today());
    let body = html! {
        (Field::new("current_password", "現在のパスワード", Text::password().autocomplete("current-password"))
            .required().error_if(problem("current_password")))
        (Field::new("new_password", "新しいパスワード", Text::password().autocomplete("new-password"))
            .required().help(identity::password::told(&rule))
            .error_if(problem("new_password")))
        (Field::new("new_password_again", "新しいパスワード(確認)", Text::password().autocomplete("new-password"))
            .required().error_if(problem("new_password_again")))
    };
    let form = Form::new(Url::path(["profile", "password"]))
        .hidden(SECRET_INPUT, resolved.session.form_secret.as_str())
        .body(body)
        .errors(errors)
        .button(Button::primary("パスワードを変更する"));
    let mut page = Page::new("パスワードの変更").under("自分の設定", Url::path(["profile"]));
    if resolved.must_change {
        let words = "初回のパスワードや期限を過ぎたパスワードのままでは、ほかの画面を開けません。新しいパスワードを決めてください。";
        page = page.notice(Notice::info(words));
    }
    let page = page.body(html! { div class="narrow" { (form) } });
    let surroundings = frame::Surroundings::new(app, &kernel, resolved, incoming);
    answer::html(status, &surroundings.page(page))
}

/// Change one's password; ends the account's other sessions.
pub async fn change_password(State(app): State<App>, incoming: Incoming) -> Response {
    let work = move || {
        let resolved = match changing(&app, &incoming, true) {
            Ok(resolved) => resolved,
            Err(response) => return *response,
        };
        match renew(&app, &incoming, &resolved) {
            Ok(Ok(())) => {
                let notice = Notice::success("パスワードを変更しました").text("ほかの端末のサインインは終了しました。");
                let kernel = app.installation.kernel();
                let surroundings = frame::Surroundings::new(&app, &kernel, &resolved, &incoming);
                super::dispatch::reply(&surroundings, ui::web::Reply::to_with(Url::path(["profile"]), notice))
            }
            Ok(Err(problems)) => password_page(&app, &incoming, &resolved, StatusCode::UNPROCESSABLE_ENTITY, &problems),
            Err(error) => {
                tracing::error!(%error, "password not changed");
                answer::unavailable()
            }
        }
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

fn renew(app: &App, incoming: &Incoming, resolved: &Resolved) -> Result<Result<(), Vec<ledger::Problem>>, StoreError> {
    let input = |name: &str| {
        incoming.form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str()).to_string()
    };
    let kernel = app.installation.kernel();
    let settings = &app.installation.settings.sign_in;
    let account = resolved.session.account.clone();
    let read = |tx: &mut dyn Reader| identity::password::read_renewal(tx, &kernel, settings, &resolved.principal);
    let Some(renewal) = app.installation.store.read(read)? else {
        return Ok(Err(vec![ledger::Problem::field("current_password", "現在のパスワードが正しくありません。")]));
    };
    if input("new_password") != input("new_password_again") {
        let words = "新しいパスワードと一致しません。同じものを2回入力してください。";
        return Ok(Err(vec![ledger::Problem::field("new_password_again", words)]));
    }
    let (current, new) = (Password::new(&input("current_password")), Password::new(&input("new_password")));
    let new = match identity::password::renew(&kernel, settings, &renewal, &current, &new) {
        Ok(new) => new,
        Err(problems) => return Ok(Err(problems)),
    };
    let (who, keep) = (resolved.principal.clone(), resolved.session.key.clone());
    app.installation.store.write(move |tx: &mut dyn Writer| {
        identity::password::set(tx, &kernel, &who, &account, &new, Some(&keep))?;
        Ok::<_, StoreError>(())
    })?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_addresses_of_this_server_are_gone_back_to() {
        for (address, good) in [
            ("/", true),
            ("/ledgers/person?q=%E5", true),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("https://evil.example", false),
            ("javascript:alert(1)", false),
            ("/a\r\nSet-Cookie: x=y", false),
            ("", false),
        ] {
            assert_eq!(local(address), good, "{address}");
        }
    }
}
