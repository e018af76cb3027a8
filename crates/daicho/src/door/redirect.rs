//! The plain door that only leads to the one with TLS.

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A service that sends every reader to `https`. `public_url` names the host where it is set; else the host that the
/// request names is used, with the port of the TLS door.
pub fn redirect(public_url: Option<String>, port: u16) -> Router {
    let host =
        public_url.and_then(|url| url.strip_prefix("https://").map(|rest| rest.trim_end_matches('/').to_string()));
    Router::new().fallback(move |request: Request| {
        let host = host.clone();
        async move { answer(host.as_deref(), port, &request) }
    })
}

fn answer(host: Option<&str>, port: u16, request: &Request) -> Response {
    // What was posted has already gone over the wire in clear; sending it on would hide that.
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let words = "暗号化されていない接続では受け付けません。https:// で始まるアドレスを使ってください。";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    let host = match host {
        Some(host) => host.to_string(),
        None => match request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).and_then(name) {
            Some(name) if port == 443 => name.to_string(),
            Some(name) => format!("{name}:{port}"),
            None => return (StatusCode::BAD_REQUEST, "Hostヘッダーを読み取れません。").into_response(),
        },
    };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, format!("https://{host}{path}"))]).into_response()
}

/// The name in a `Host` header without its port, if it is a name or an address and nothing else.
fn name(host: &str) -> Option<&str> {
    let name = match host.strip_prefix('[') {
        Some(rest) => &host[..rest.find(']')? + 2],
        None => host.split(':').next()?,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-[]:".contains(c);
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_or_an_address_is_led_to() {
        for (host, found) in [
            ("daicho.example.jp", Some("daicho.example.jp")),
            ("daicho.example.jp:8080", Some("daicho.example.jp")),
            ("192.0.2.1:80", Some("192.0.2.1")),
            ("[2001:db8::1]:80", Some("[2001:db8::1]")),
            ("", None),
            ("evil.example/@", None),
            ("a\\b", None),
            ("[2001:db8", None),
        ] {
            assert_eq!(name(host), found, "{host}");
        }
    }
}
