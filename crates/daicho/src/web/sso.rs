//! Signing in at the agency's identity provider, and the page after signing out.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::Arrival;
use identity::oidc::{self, Answer, Flow, OidcProblem, OidcSettings, Provider};
use ledger::port::Writer;
use maud::html;
use ui::Url;
use ui::components::{LinkButton, Notice, Page};

use super::request::{self, Incoming};
use super::sign_in::{entered, local};
use super::{App, answer, device, frame};

/// Cookie that carries a sign-in while the person is at the provider.
const COOKIE: &str = "daicho_sso";
/// The same over TLS.
const SECURE_COOKIE: &str = "__Host-daicho_sso";

/// The provider and its settings, where one is set.
fn provider(app: &App) -> Option<(&Provider, &OidcSettings, String)> {
    let settings = &app.installation.settings;
    let home = settings.public_url.as_deref()?.trim_end_matches('/');
    Some((app.provider.as_deref()?, settings.oidc.as_ref()?, format!("{home}/sign-in/sso/callback")))
}

/// The way to the provider on the sign-in page.
pub fn link(app: &App, next: Option<&str>) -> Option<LinkButton> {
    let (_, settings, _) = provider(app)?;
    let to = Url::path(["sign-in", "sso"]).query_if("next", next.filter(|next| local(next)));
    Some(LinkButton::secondary(format!("{}でサインインする", settings.label), to))
}

fn input<'a>(incoming: &'a Incoming, name: &str) -> &'a str {
    incoming.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

/// Go to the provider.
pub async fn begin(State(app): State<App>, incoming: Incoming) -> Response {
    let work = move || {
        if let Err(response) = device::admit(&app, &incoming) {
            return *response;
        }
        let Some((provider, settings, redirect)) = provider(&app) else {
            return answer::go(&Url::path(["sign-in"]));
        };
        let kernel = app.installation.kernel();
        let next = Some(input(&incoming, "next")).filter(|next| local(next)).unwrap_or("/");
        let begun = provider
            .discover(settings, kernel.now())
            .and_then(|known| oidc::begin(&*kernel.entropy, settings, &known, &redirect, next, kernel.now()));
        match begun {
            Ok((to, flow)) => {
                let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response();
                put(&mut response, &app, Some(&flow.write()));
                response
            }
            Err(problem) => {
                tracing::error!(%problem, "identity provider");
                failed(&app, settings, StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

/// Come back from the provider.
pub async fn finish(State(app): State<App>, headers: axum::http::HeaderMap, incoming: Incoming) -> Response {
    let flow = request::cookie(&headers, cookie_name(&app));
    let work = move || come_back(&app, &incoming, flow.as_deref());
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

fn come_back(app: &App, incoming: &Incoming, flow: Option<&str>) -> Response {
    let known = match device::admit(app, incoming) {
        Ok(known) => known,
        Err(response) => return *response,
    };
    let Some((provider, settings, redirect)) = provider(app) else { return answer::go(&Url::path(["sign-in"])) };
    let kernel = app.installation.kernel();
    let now = kernel.now();
    let flow = flow.and_then(|text| Flow::read(text, now));
    let next = flow.as_ref().map(|flow| flow.next.clone()).filter(|next| local(next)).unwrap_or_else(|| "/".into());
    // Asking the provider takes a while and must not hold the database.
    let proved = oidc::finish(provider, settings, &redirect, flow, &Answer::of(&incoming.query), now);
    match &proved {
        Err(problem @ (OidcProblem::Unreachable | OidcProblem::BadToken)) => {
            tracing::error!(%problem, "identity provider");
        }
        Err(problem) => tracing::warn!(%problem, "identity provider"),
        Ok(_) => {}
    }
    let (origin, settings_of, all) = (known.origin, settings.clone(), app.installation.settings.clone());
    let (old, device) = (incoming.session.clone(), incoming.device.clone());
    let opened = app.installation.store.write(move |tx: &mut dyn Writer| {
        let arrival = Arrival { origin: &origin, replaces: old.as_ref(), device: device.as_ref() };
        let proved = proved.as_ref().map_err(|problem| *problem);
        oidc::open(tx, &kernel, (&all.sign_in, &settings_of), proved, &arrival)
    });
    let mut response = match opened {
        Ok(Ok(signed_in)) => entered(app, &signed_in.secret, signed_in.welcome.as_ref(), signed_in.awaits, &next),
        Ok(Err(_)) => failed(app, settings, StatusCode::UNPROCESSABLE_ENTITY),
        Err(error) => {
            tracing::error!(%error, "sign-in failed");
            answer::unavailable()
        }
    };
    // Whatever came of it, this answer is not taken twice.
    put(&mut response, app, None);
    response
}

fn failed(app: &App, settings: &OidcSettings, status: StatusCode) -> Response {
    let notice = Notice::error(format!("{}でサインインできませんでした", settings.label))
        .text("時間がたったか、この台帳の利用者として登録されていない可能性があります。もう一度やり直してください。")
        .text("続けてできないときは、情報システムの管理者に連絡してください。");
    let page = Page::new("サインインできませんでした").notice(notice).body(html! {
        p { (LinkButton::secondary("サインインの画面に戻る", Url::path(["sign-in"]))) }
    });
    answer::html(status, &frame::outside(app, &page))
}

/// The page after signing out: who came in by the provider is still signed in there.
pub async fn signed_out(State(app): State<App>) -> Response {
    let work = move || {
        let mut page = Page::new("サインアウトしました").lead("ブラウザーを閉じてもかまいません。");
        let mut leave = None;
        if let Some((provider, settings, _)) = provider(&app) {
            let known = provider.discover(settings, app.installation.kernel().now()).ok();
            let end = known.and_then(|known| known.metadata().end_session_endpoint.clone());
            let home = app.installation.settings.public_url.as_deref().unwrap_or_default().trim_end_matches('/');
            let back = format!("{home}/sign-in");
            leave = end.map(|end| {
                let pairs = [("client_id", settings.client_id.as_str()), ("post_logout_redirect_uri", back.as_str())];
                (settings.label.clone(), oidc::query_of(&end, &pairs))
            });
        }
        if leave.is_some() {
            let words = "認証基盤には、まだサインインしたままです。共用の端末では、続けて認証基盤からもサインアウトしてください。";
            page = page.notice(Notice::info("もう一つ手順があります").text(words));
        }
        let page = page.body(html! {
            @if let Some((label, to)) = &leave {
                p { a class="button button-primary" href=(to) rel="noreferrer" { (label) "からもサインアウトする" } }
            }
            p { (LinkButton::secondary("サインインの画面を開く", Url::path(["sign-in"]))) }
        });
        answer::html(StatusCode::OK, &frame::outside(&app, &page))
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

fn cookie_name(app: &App) -> &'static str {
    if app.installation.settings.secure_cookies { SECURE_COOKIE } else { COOKIE }
}

/// Keep the flow with the browser, or take it away.
fn put(response: &mut Response, app: &App, flow: Option<&str>) {
    let name = cookie_name(app);
    let suffix = if app.installation.settings.secure_cookies { "; Secure" } else { "" };
    let cookie = match flow {
        Some(flow) => format!("{name}={flow}; Path=/; Max-Age=600; HttpOnly; SameSite=Lax{suffix}"),
        None => format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{suffix}"),
    };
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
