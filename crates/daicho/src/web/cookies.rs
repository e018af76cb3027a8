//! Cookies: the session, the device, the way they are set.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use identity::Secret;

use super::App;
use super::request::{PLAIN_COOKIE, SECURE_COOKIE};

/// Name of the cookie by which a browser is known again. It opens nothing.
const PLAIN_DEVICE: &str = "daicho_device";
/// The same over TLS.
const SECURE_DEVICE: &str = "__Host-daicho_device";
/// Seconds for which a browser is known: 400 days, the longest that browsers keep a cookie.
const DEVICE_SECONDS: u32 = 400 * 86_400;

/// Set or, without a secret, take away the session cookie.
pub fn put_session(response: &mut Response, app: &App, secret: Option<&Secret>) {
    let secure = app.installation.settings.secure_cookies;
    let name = if secure { SECURE_COOKIE } else { PLAIN_COOKIE };
    let (value, age) = match secret {
        Some(secret) => (secret.expose(), ""),
        None => ("", "; Max-Age=0"),
    };
    set(response, &format!("{name}={value}; Path=/{age}; HttpOnly; SameSite=Lax{}", suffix(app)));
}

/// Name of the cookie by which a browser is known again.
pub fn device_cookie(app: &App) -> &'static str {
    if app.installation.settings.secure_cookies { SECURE_DEVICE } else { PLAIN_DEVICE }
}

/// Let the browser be known again.
pub fn put_device(response: &mut Response, app: &App, secret: &Secret) {
    let (name, value) = (device_cookie(app), secret.expose());
    set(response, &format!("{name}={value}; Path=/; Max-Age={DEVICE_SECONDS}; HttpOnly; SameSite=Lax{}", suffix(app)));
}

fn suffix(app: &App) -> &'static str {
    if app.installation.settings.secure_cookies { "; Secure" } else { "" }
}

/// Add a cookie to a response.
pub fn set(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
