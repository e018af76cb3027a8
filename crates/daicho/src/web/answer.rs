//! Sending answers: pages, redirects, files, refusals.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::Refusal;
use ledger::port::StoreError;
use maud::Markup;
use ui::Url;
use ui::components::{Notice, Page};
use ui::web::Reply;

use super::frame::Surroundings;

/// Cookie that carries a message over a redirect.
const NOTICE_COOKIE: &str = "daicho_notice";
/// The same over TLS; browsers take it from this host alone.
const SECURE_NOTICE_COOKIE: &str = "__Host-daicho_notice";

/// Name of the cookie that carries a message.
pub fn notice_cookie(secure: bool) -> &'static str {
    if secure { SECURE_NOTICE_COOKIE } else { NOTICE_COOKIE }
}

/// A reply with its status.
pub struct Answer {
    reply: Reply,
    status: StatusCode,
}

impl Answer {
    /// A reply and its status.
    pub fn new(status: u16, reply: Reply) -> Self {
        Self { reply, status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK) }
    }

    /// The response.
    pub fn send(self, surroundings: &Surroundings<'_>) -> Response {
        match self.reply {
            Reply::Page(page) => {
                let mut response = html(self.status, &surroundings.page(*page));
                if surroundings.has_notice() {
                    let (name, secure) = (notice_cookie(surroundings.secure()), suffix(surroundings));
                    set_cookie(&mut response, format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}"));
                }
                response
            }
            Reply::Redirect { to, notice } => {
                let mut response = go(&to);
                if let Some(notice) = notice {
                    leave_notice(&mut response, &notice, surroundings.secure());
                }
                response
            }
            Reply::File { name, media_type, content, inline } => file(&name, &media_type, content, inline),
            Reply::Json(value) => (self.status, axum::Json(value)).into_response(),
        }
    }
}

fn suffix(surroundings: &Surroundings<'_>) -> &'static str {
    if surroundings.secure() { "; Secure" } else { "" }
}

/// A document in HTML.
pub fn html(status: StatusCode, markup: &Markup) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, kind, markup.0.clone()).into_response()
}

/// See other.
pub fn go(to: &Url) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, to.to_string())]).into_response()
}

/// A file to be saved or shown. The name is given in both forms of RFC 6266, so that no browser garbles Japanese.
fn file(name: &str, media_type: &str, content: Vec<u8>, inline: bool) -> Response {
    let kind = if inline { "inline" } else { "attachment" };
    let ascii: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    let disposition = format!("{kind}; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
    let media_type = HeaderValue::from_str(media_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let mut response = Body::from(content).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, media_type);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// The page of a refusal, with its status.
pub fn refused(surroundings: &Surroundings<'_>, refusal: &Refusal) -> Response {
    let status = status(refusal);
    if status.is_server_error() {
        tracing::error!(error = %refusal, "request failed");
    }
    html(status, &surroundings.page(ui::screens::refusal_page(refusal)))
}

fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::Denied(_) => StatusCode::FORBIDDEN,
        Refusal::Conflict(_) | Refusal::Store(StoreError::Stale) => StatusCode::CONFLICT,
        Refusal::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::Disposed(_) | Refusal::Store(StoreError::Erased) => StatusCode::GONE,
        Refusal::Store(StoreError::Unavailable(_)) => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Store(_) | Refusal::Definition(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A posted form that does not carry the secret of the session.
pub fn forged(surroundings: &Surroundings<'_>) -> Response {
    let notice = Notice::error("この操作を受け付けられませんでした")
        .text("画面を開いてから時間がたったか、別の画面で再びサインインした可能性があります。")
        .text("前の画面に戻り、読み込み直してから、もう一度操作してください。入力した内容は保存していません。");
    html(StatusCode::FORBIDDEN, &surroundings.page(Page::new("操作を受け付けられませんでした").notice(notice)))
}

/// To the sign-in page, and back to the address afterwards.
pub fn sign_in_first(address: &str) -> Response {
    let url = Url::path(["sign-in"]);
    go(&if address == "/" { url } else { url.query("next", address) })
}

/// The database does not answer.
pub fn unavailable() -> Response {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(header::RETRY_AFTER, "10")],
        "ただいま利用できません。しばらくしてから開き直してください。",
    )
        .into_response()
}

/// Something in the program went wrong; nothing was stored.
pub fn failed() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "処理に失敗しました。何も保存していません。管理者に連絡してください。")
        .into_response()
}

fn set_cookie(response: &mut Response, cookie: String) {
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Leave a message for the page that the browser goes to.
pub fn leave_notice(response: &mut Response, notice: &Notice, secure: bool) {
    let (name, suffix) = (notice_cookie(secure), if secure { "; Secure" } else { "" });
    let text = write_notice(notice);
    set_cookie(response, format!("{name}={text}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax{suffix}"));
}

fn write_notice(notice: &Notice) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&notice.to_parts()).unwrap_or_default())
}

/// Read back what [`write_notice`] wrote. It is text only, and shown only to the browser that holds it.
pub fn read_notice(text: &str) -> Option<Notice> {
    let parts = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    Notice::from_parts(parts)
}
