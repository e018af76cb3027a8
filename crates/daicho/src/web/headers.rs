//! Headers that protect a page, and the limit of requests from one address.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::App;

/// No script, style, image or frame from anywhere but this server, and none written into a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Set the protecting headers on every answer.
pub async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        ("x-frame-options", "DENY"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // What an answer says is of one reader at one moment; only the assets say otherwise of themselves.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Turn away an address with the character that ends a text in C: nothing has it in its name.
pub async fn sound(request: Request, next: Next) -> Response {
    if request.uri().path().contains("%00") {
        return (StatusCode::BAD_REQUEST, "アドレスに使えない文字があります。リンクを確かめてください。")
            .into_response();
    }
    next.run(request).await
}

/// Let a request count for the address it came from behind the trusted proxy.
pub async fn client(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let proxy = app.installation.settings.trusted_proxy;
    if let Some(from) = from.filter(|from| Some(from.ip().to_canonical()) == proxy)
        && let Some(client) = forwarded(request.headers())
    {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client, from.port())));
    }
    next.run(request).await
}

/// The last address in `X-Forwarded-For`: the one the proxy wrote itself. Those before it anybody may have written.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next()?.trim().parse().ok()
}

/// Requests of each address in the minute that runs.
pub struct RequestLimiter {
    per_minute: u32,
    seen: Mutex<(Instant, HashMap<IpAddr, u32>)>,
}

impl RequestLimiter {
    /// At most so many requests a minute from one address.
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, seen: Mutex::new((now(), HashMap::new())) }
    }

    fn admit(&self, address: IpAddr) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0.elapsed() >= Duration::from_secs(60) {
            *seen = (now(), HashMap::new());
        }
        let count = seen.1.entry(address).or_default();
        *count = count.saturating_add(1);
        *count <= self.per_minute
    }
}

fn now() -> Instant {
    Instant::now()
}

/// Turn away an address that asks too often. Assets and health are not counted.
pub async fn limit(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let free = path.starts_with("/assets/") || matches!(path, "/healthz" | "/readyz" | "/metrics");
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if !free && address.is_some_and(|address| !app.requests.admit(address)) {
        let words = "短い時間に多くの要求がありました。1分ほど待ってから開き直してください。";
        let rest = path.starts_with("/api/");
        let refused = if rest { crate::api::too_many() } else { words.into_response() };
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")], refused).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_turned_away_only_beyond_its_own_limit() {
        let limiter = RequestLimiter::new(3);
        let [one, two] = ["127.0.0.1", "127.0.0.2"].map(|text| text.parse().unwrap());
        let admitted: Vec<bool> = (0..5).map(|_| limiter.admit(one)).collect();
        assert_eq!(admitted, [true, true, true, false, false]);
        assert!(limiter.admit(two));
    }
}
