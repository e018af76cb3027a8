//! What another site makes a browser send is turned away before anything is read. Forms carry a secret besides; signing in
//! has no session yet that could hold one, and nobody is to be signed in under an attacker's name.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;

/// What the browser itself says of the site that made it ask (W3C Fetch Metadata); no script can write it.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Turn away what changes something and comes from another site. Programs that are no browsers say nothing and pass.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let reading = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !reading && foreign(request.headers(), app.installation.settings.public_url.as_deref()) {
        let words = "ほかのサイトから送られた要求は受け付けません。台帳の画面を開き直して、操作し直してください。";
        return (StatusCode::FORBIDDEN, words).into_response();
    }
    next.run(request).await
}

/// Whether a browser tells that another site is behind the request; older ones tell by `Origin` (RFC 6454) alone.
fn foreign(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let told = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (told(SITE), told(header::ORIGIN)) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            let ours = public_url.is_some_and(|url| url.trim_end_matches('/') == origin);
            !ours && told(header::HOST) != Some(host)
        }
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_site_is_foreign() {
        let url = Some("https://daicho.example.go.jp/");
        for (site, origin, wanted) in [
            ("", "", false),
            ("same-origin", "", false),
            ("none", "", false),
            ("same-site", "", true),
            ("cross-site", "", true),
            ("cross-site", "http://10.0.0.1:8080", true),
            ("same-origin", "null", false),
            ("", "http://10.0.0.1:8080", false),
            ("", "https://daicho.example.go.jp", false),
            ("", "https://daicho.example.go.jp.evil.example", true),
            ("", "http://10.0.0.1:8081", true),
            ("", "null", true),
            ("", "10.0.0.1:8080", true),
        ] {
            let mut headers = HeaderMap::from_iter([(header::HOST, "10.0.0.1:8080".parse().unwrap())]);
            for (name, value) in [(SITE, site), (header::ORIGIN, origin)] {
                if !value.is_empty() {
                    headers.insert(name, value.parse().unwrap());
                }
            }
            assert_eq!(foreign(&headers, url), wanted, "{site} {origin}");
        }
    }
}
