//! One's own second factors: the first enrolment after the password, and the list on the profile page.
//!
//! Whoever comes here with an open session has proven anew who they are; whoever must enrol has just given the password.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use identity::second::{self, BeginTotp, EnrolProblem, Enrolled, kind};
use identity::session::{self, Proven, Resolved, Step};
use identity::{Arrival, Secret};
use ledger::port::{Reader, SecondFactor, StoreError, Writer};
use maud::{Markup, PreEscaped, html};
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::json;
use ui::Url;
use ui::components::{
    Button, Cell, Column, ErrorSummary, Field, Form, LinkButton, Notice, Page, PostButton, Row, Section, Table, Text,
};
use ui::when::Instant;

use super::dispatch::{SECRET_INPUT, lead, proven, resolve_any};
use super::request::Incoming;
use super::sign_in::guarded;
use super::{App, answer, cookies, frame, proof};

async fn blocking(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| answer::failed())
}

fn here() -> Url {
    Url::path(["profile", "factors"])
}

/// Who comes: with a form, and with a fresh proof where the session is open.
fn admitted(app: &App, incoming: &mut Incoming) -> Result<(Resolved, Option<Secret>), Box<Response>> {
    let resolved = if incoming.posted { guarded(app, incoming)? } else { resolve_any(app, incoming)? };
    match resolved.step {
        Step::Enrolment => Ok((resolved, None)),
        _ => proven(app, incoming, true),
    }
}

/// Do it for whoever is admitted, and let their browser have the new secret of the session where there is one.
async fn act(app: App, mut incoming: Incoming, work: fn(&App, &Incoming, &Resolved) -> Response) -> Response {
    blocking(move || match admitted(&app, &mut incoming) {
        Ok((resolved, secret)) => {
            let mut response = work(&app, &incoming, &resolved);
            if secret.is_some() {
                cookies::put_session(&mut response, &app, secret.as_ref());
            }
            response
        }
        Err(response) => *response,
    })
    .await
}

fn input<'a>(incoming: &'a Incoming, name: &str) -> &'a str {
    incoming.form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

/// A page in its surroundings: bare while the session opens nothing else.
fn sent(app: &App, incoming: &Incoming, resolved: &Resolved, status: StatusCode, page: Page) -> Response {
    let kernel = app.installation.kernel();
    let shown = frame::Surroundings::new(app, &kernel, resolved, incoming);
    let markup = if resolved.step == Step::Open { shown.page(page) } else { shown.bare(&page) };
    answer::html(status, &markup)
}

/// The devices, and how to add one.
pub async fn list(State(app): State<App>, incoming: Incoming) -> Response {
    act(app, incoming, |app, incoming, resolved| overview(app, incoming, resolved, None)).await
}

fn overview(app: &App, incoming: &Incoming, resolved: &Resolved, problem: Option<&EnrolProblem>) -> Response {
    let account = resolved.session.account.clone();
    let read = |tx: &mut dyn Reader| -> Result<_, StoreError> {
        Ok((second::devices(tx, &account)?, second::recovery_codes_left(tx, &account)?))
    };
    let (devices, codes) = match app.installation.store.read(read) {
        Ok(found) => found,
        Err(error) => return failed(&error),
    };
    let secret = resolved.session.form_secret.as_str();
    let mut page = Page::new("二段階認証");
    if resolved.step == Step::Enrolment {
        page = page.lead("この利用者には、パスワードのほかに、本人だけが持つ端末による認証が必要です。どちらかを登録すると使い始められます。");
    } else {
        page = page
            .under("自分の設定", Url::path(["profile"]))
            .lead("サインインのとき、パスワードのほかに、ここに登録した端末のどれかで認証します。");
    }
    let errors = match problem {
        Some(problem) => ErrorSummary::new().whole(problem.to_string()),
        None => ErrorSummary::new(),
    };
    let code =
        PostButton::new(here().join("code"), Button::primary("認証アプリを登録する")).hidden(SECRET_INPUT, secret);
    let body = html! {
        (errors)
        @if !devices.is_empty() { (Section::new("登録した端末").body(table(&devices, secret))) }
        (Section::new("認証アプリ").body(html! {
            p { "電話などの認証アプリに、30秒ごとに変わる6桁の数字を表示させます。" }
            (code)
        }))
        @if app.party.is_some() { (Section::new("パスキー").body(passkey_form(secret))) }
        @if !devices.is_empty() {
            (Section::new("回復コード").body(html! {
                p { "端末を失くしたときに1回ずつ使えるコードです。残りは" (codes) "個です。" }
                (PostButton::new(here().join("recovery"), Button::secondary("回復コードを作り直す")
                    .confirm("今までの回復コードは使えなくなります。作り直しますか。")).hidden(SECRET_INPUT, secret))
            }))
        }
        @if resolved.step == Step::Enrolment {
            (PostButton::new(Url::path(["sign-out"]), Button::quiet("サインアウトする")).hidden(SECRET_INPUT, secret))
        }
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    sent(app, incoming, resolved, status, page.body(body))
}

fn kind_words(kind: &str) -> &'static str {
    if kind == kind::TOTP { "認証アプリ" } else { "パスキー" }
}

fn table(devices: &[SecondFactor], secret: &str) -> Table {
    let columns = vec![
        Column::text("名前").names_row(),
        Column::text("種類"),
        Column::text("登録した日時"),
        Column::text("最後に使った日時"),
        Column::text("操作"),
    ];
    let mut table = Table::new("登録した端末", columns).hide_caption();
    for device in devices {
        let used = device.used_at.map(Instant);
        let remove = PostButton::new(
            here().join("remove"),
            Button::danger("削除する")
                .small()
                .for_whom(format!("({})", device.name))
                .confirm("この端末では認証できなくなります。削除しますか。"),
        )
        .hidden(SECRET_INPUT, secret)
        .hidden("factor", &device.id);
        table = table.row(Row::new(vec![
            Cell::of_markup(rename(device, secret)),
            Cell::text(kind_words(&device.kind)),
            Cell::of_markup(Instant(device.added_at)),
            Cell::of_markup(html! { @if let Some(used) = used { (used) } @else { "—" } }),
            Cell::of_markup(remove),
        ]));
    }
    table
}

fn rename(device: &SecondFactor, secret: &str) -> Markup {
    let id = format!("name-{}", device.id);
    html! {
        form method="post" action=(here().join("name")) class="rename" {
            input type="hidden" name=(SECRET_INPUT) value=(secret);
            input type="hidden" name="factor" value=(device.id);
            label class="visually-hidden" for=(id) { "端末の名前" }
            input type="text" id=(id) name="name" value=(device.name) maxlength="40" autocomplete="off";
            button type="submit" class="button button-quiet" { "名前を変える" }
        }
    }
}

fn passkey_form(secret: &str) -> Markup {
    let name = Field::new("name", "パスキーの名前", Text::new().value("この端末")).required().help("例: 机のパソコン");
    html! {
        p { "この端末や鍵のPIN、指紋、顔で認証します。番号を打ち込む必要がなく、偽の画面には反応しません。" }
        noscript { p { "パスキーの登録には、ブラウザーのスクリプトが必要です。認証アプリは、スクリプトがなくても登録できます。" } }
        form method="post" action=(here().join("passkey").join("confirm")) class="form" data-passkey-form hidden {
            input type="hidden" name=(SECRET_INPUT) value=(secret);
            input type="hidden" name="_proof_challenge";
            input type="hidden" name="_proof_passkey";
            (name)
            p class="passkey" hidden data-passkey="make" data-to="/profile/factors/passkey" {
                button type="button" class="button button-primary" { "パスキーを登録する" }
                span role="status" {}
            }
        }
    }
}

/// Begin the enrolment of one-time codes: show the picture.
pub async fn begin_code(State(app): State<App>, incoming: Incoming) -> Response {
    act(app, incoming, |app, incoming, resolved| {
        let kernel = app.installation.kernel();
        let (settings, vault) = (app.installation.settings.clone(), app.installation.vault.clone());
        let who = resolved.principal.clone();
        let begun = app.installation.store.write(move |tx: &mut dyn Writer| {
            second::begin_totp(tx, &kernel, &settings.sign_in, &*vault, &who, &settings.agency)
        });
        match begun {
            Ok(begun) => code_page(app, incoming, resolved, &begun, None),
            Err(problem) => refused(app, incoming, resolved, &problem),
        }
    })
    .await
}

fn code_page(
    app: &App,
    incoming: &Incoming,
    resolved: &Resolved,
    begun: &BeginTotp,
    problem: Option<&EnrolProblem>,
) -> Response {
    let Ok(picture) = QrCode::new(begun.address.as_bytes()) else { return answer::failed() };
    let picture = picture.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
    // Without its XML declaration it is part of the page.
    let picture = picture.split_once("?>").map_or(picture.as_str(), |(_, svg)| svg).to_string();
    let told = problem.map(ToString::to_string);
    let (at_name, at_code) = match problem {
        Some(EnrolProblem::Name) => (told.clone(), None),
        _ => (None, told.clone()),
    };
    let errors = match (problem, &told) {
        (Some(EnrolProblem::Name), Some(told)) => ErrorSummary::new().field("name", told.as_str()),
        (_, Some(told)) => ErrorSummary::new().field("code", told.as_str()),
        _ => ErrorSummary::new(),
    };
    let name = Some(input(incoming, "name")).filter(|name| !name.is_empty()).unwrap_or("認証アプリ");
    let fields = html! {
        (Field::new("name", "端末の名前", Text::new().value(name)).required().help("例: 自分の電話").error_if(at_name))
        (Field::new("code", "認証コード", Text::new().autocomplete("one-time-code")).required()
            .help("アプリに表示された6桁の数字を入力します。").error_if(at_code))
    };
    let form = Form::new(here().join("code").join("confirm"))
        .hidden(SECRET_INPUT, &resolved.session.form_secret)
        .hidden("challenge", begun.challenge.expose())
        .body(fields)
        .errors(errors)
        .button(Button::primary("登録する"))
        .button(LinkButton::secondary("やめる", here()));
    let body = html! {
        div class="narrow stack" {
            p { "1. 電話などの認証アプリで、次の図を読み取ります。" }
            div class="qr" role="img" aria-label="認証アプリで読み取る図" { (PreEscaped(picture)) }
            p { "読み取れないときは、次の文字を入力します: " code class="typed-secret" { (begun.typed) } }
            p { "2. アプリに表示された数字を入力します。" }
            (form)
        }
    };
    let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = Page::new("認証アプリの登録").under("二段階認証", here()).body(body);
    sent(app, incoming, resolved, status, page)
}

/// Add one-time codes.
pub async fn confirm_code(State(app): State<App>, incoming: Incoming) -> Response {
    act(app, incoming, |app, incoming, resolved| {
        let challenge = Secret::from_text(input(incoming, "challenge"));
        let (name, code) = (input(incoming, "name").to_string(), input(incoming, "code").to_string());
        let (kernel, vault, who) =
            (app.installation.kernel(), app.installation.vault.clone(), resolved.principal.clone());
        let kept = challenge.clone();
        let done = enrolled(app, incoming, resolved, kind::TOTP, move |tx| {
            second::confirm_totp(tx, &kernel, &*vault, &who, &kept, (&name, &code))
        });
        match done {
            Ok((enrolled, proven)) => finished(app, incoming, &enrolled, &proven),
            Err(problem @ (EnrolProblem::WrongCode | EnrolProblem::Name)) => {
                let (kernel, vault, who) =
                    (app.installation.kernel(), app.installation.vault.clone(), resolved.principal.clone());
                let agency = app.installation.settings.agency.clone();
                let shown = app.installation.store.write(move |tx: &mut dyn Writer| {
                    second::resume_totp(tx, &kernel, &*vault, &who, &agency, &challenge)
                });
                match shown {
                    Ok(begun) => code_page(app, incoming, resolved, &begun, Some(&problem)),
                    Err(problem) => refused(app, incoming, resolved, &problem),
                }
            }
            Err(problem) => refused(app, incoming, resolved, &problem),
        }
    })
    .await
}

/// Enrol, and let the session go on under a new secret: enrolling showed the factor.
fn enrolled(
    app: &App,
    incoming: &Incoming,
    resolved: &Resolved,
    kind: &'static str,
    enrol: impl Fn(&mut dyn Writer) -> Result<Enrolled, EnrolProblem> + Send + 'static,
) -> Result<(Enrolled, Proven), EnrolProblem> {
    let (kernel, settings) = (app.installation.kernel(), app.installation.settings.clone());
    let (origin, device, resolved) = (incoming.origin.clone(), incoming.device.clone(), resolved.clone());
    app.installation.store.write(move |tx: &mut dyn Writer| {
        let enrolled = enrol(tx)?;
        let arrival = Arrival { device: device.as_ref(), ..Arrival::new(&origin) };
        let proven = session::conclude_enrolment(tx, &kernel, &settings.sign_in, &resolved, kind, &arrival)?;
        Ok::<_, EnrolProblem>((enrolled, proven))
    })
}

fn finished(app: &App, incoming: &Incoming, enrolled: &Enrolled, proven: &Proven) -> Response {
    let resolved = Resolved { step: Step::Open, ..proven.resolved.clone() };
    let page = Page::new("二段階認証").notice(Notice::success("登録しました"));
    let page = if enrolled.recovery.is_empty() {
        page.body(html! { p { (LinkButton::primary("二段階認証に戻る", here())) } })
    } else {
        page.body(codes(&enrolled.recovery))
    };
    let mut response = sent(app, incoming, &resolved, StatusCode::OK, page);
    cookies::put_session(&mut response, app, Some(&proven.secret));
    if let Some(device) = proven.welcome.as_ref().and_then(|welcome| welcome.device.as_ref()) {
        cookies::put_device(&mut response, app, device);
    }
    response
}

fn codes(codes: &[second::RecoveryCode]) -> Markup {
    html! {
        (Section::new("回復コード").body(html! {
            p { "端末を失くしたときは、認証コードの代わりにこのうち1つを入力します。1つは1回だけ使えます。" }
            ol class="recovery-codes" { @for code in codes { li { code { (code.expose()) } } } }
            p { "この画面を離れると再び表示できません。印刷して、鍵のかかる場所に保管してください。電子ファイルには残さないでください。" }
            p data-print-button {}
        }))
        p { (LinkButton::primary("保管したので続ける", Url::root())) }
    }
}

/// What the browser is asked to make a passkey: read by the script.
pub async fn begin_passkey(State(app): State<App>, incoming: Incoming) -> Response {
    act(app, incoming, |app, _, resolved| {
        let (kernel, settings) = (app.installation.kernel(), app.installation.settings.clone());
        let who = resolved.principal.clone();
        let Some(party) = (*app.party).clone() else { return StatusCode::NOT_FOUND.into_response() };
        let begun = app
            .installation
            .store
            .write(move |tx: &mut dyn Writer| second::begin_passkey(tx, &kernel, &settings.sign_in, &party, &who));
        match begun {
            Ok((secret, options)) => {
                axum::Json(json!({ "challenge": secret.expose(), "options": options })).into_response()
            }
            Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, problem.to_string()).into_response(),
        }
    })
    .await
}

/// Add the passkey that the browser has made.
pub async fn confirm_passkey(State(app): State<App>, incoming: Incoming) -> Response {
    act(app, incoming, |app, incoming, resolved| {
        let Some((challenge, made)) = proof::given(incoming).and_then(|given| given.passkey) else {
            return refused(app, incoming, resolved, &EnrolProblem::WrongAnswer);
        };
        let Some(party) = (*app.party).clone() else { return StatusCode::NOT_FOUND.into_response() };
        let (kernel, who) = (app.installation.kernel(), resolved.principal.clone());
        let name = input(incoming, "name").to_string();
        let done = enrolled(app, incoming, resolved, kind::PASSKEY, move |tx| {
            second::confirm_passkey(tx, &kernel, &party, &who, &challenge, (&name, &made))
        });
        match done {
            Ok((enrolled, proven)) => finished(app, incoming, &enrolled, &proven),
            Err(problem) => refused(app, incoming, resolved, &problem),
        }
    })
    .await
}

/// Give a device a name.
pub async fn name(State(app): State<App>, incoming: Incoming) -> Response {
    act(app, incoming, |app, incoming, resolved| {
        let (kernel, who) = (app.installation.kernel(), resolved.principal.clone());
        let (id, name) = (input(incoming, "factor").to_string(), input(incoming, "name").to_string());
        let done =
            app.installation.store.write(move |tx: &mut dyn Writer| second::rename(tx, &kernel, &who, &id, &name));
        back(app, incoming, resolved, done, "名前を変えました")
    })
    .await
}

/// Remove a device.
pub async fn remove(State(app): State<App>, incoming: Incoming) -> Response {
    act(app, incoming, |app, incoming, resolved| {
        let (kernel, settings, who) =
            (app.installation.kernel(), app.installation.settings.clone(), resolved.principal.clone());
        let id = input(incoming, "factor").to_string();
        let done = app
            .installation
            .store
            .write(move |tx: &mut dyn Writer| second::remove(tx, &kernel, &settings.sign_in, &who, &id));
        back(app, incoming, resolved, done, "端末を削除しました")
    })
    .await
}

/// Make new recovery codes, and show them once.
pub async fn recovery(State(app): State<App>, incoming: Incoming) -> Response {
    act(app, incoming, |app, incoming, resolved| {
        if resolved.step != Step::Open {
            return lead(incoming, resolved);
        }
        let (kernel, who) = (app.installation.kernel(), resolved.principal.clone());
        let made = app.installation.store.write(move |tx: &mut dyn Writer| -> Result<_, EnrolProblem> {
            if second::devices(tx, &who.actor.account)?.is_empty() {
                return Err(EnrolProblem::Unknown);
            }
            Ok(second::renew_recovery_codes(tx, &kernel, &who)?)
        });
        match made {
            Ok(made) => {
                let page =
                    Page::new("二段階認証").notice(Notice::success("回復コードを作り直しました")).body(codes(&made));
                sent(app, incoming, resolved, StatusCode::OK, page)
            }
            Err(problem) => refused(app, incoming, resolved, &problem),
        }
    })
    .await
}

fn back(app: &App, incoming: &Incoming, resolved: &Resolved, done: Result<(), EnrolProblem>, words: &str) -> Response {
    match done {
        Ok(()) => {
            let mut response = answer::go(&here());
            answer::leave_notice(&mut response, &Notice::success(words), app.installation.settings.secure_cookies);
            response
        }
        Err(problem) => refused(app, incoming, resolved, &problem),
    }
}

fn refused(app: &App, incoming: &Incoming, resolved: &Resolved, problem: &EnrolProblem) -> Response {
    match problem {
        EnrolProblem::Store(error) => failed(error),
        EnrolProblem::Protection(error) => {
            tracing::error!(%error, "the key of second factors cannot be used");
            answer::unavailable()
        }
        _ => overview(app, incoming, resolved, Some(problem)),
    }
}

fn failed(error: &StoreError) -> Response {
    tracing::error!(%error, "second factors cannot be read or written");
    answer::unavailable()
}
