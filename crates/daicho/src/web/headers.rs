//! Headers that protect a page, and the limit of requests from one address.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use identity::device::Fingerprint;

use super::App;
use crate::door::Peer;

/// No script, style, image or frame from anywhere but this server, and none written into a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Abilities of the browser that no page needs. Passkeys are of this server alone.
const FEATURES: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), \
                        geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), \
                        microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-create=(self), \
                        publickey-credentials-get=(self), screen-wake-lock=(), serial=(), usb=(), web-share=(), \
                        xr-spatial-tracking=()";

/// Set the protecting headers on every answer.
pub async fn protect(State(app): State<App>, request: Request, next: Next) -> Response {
    let settings = &app.installation.settings;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    // Over a plain connection browsers must ignore it (RFC 6797 section 8.1), so it is sent where TLS is certain.
    if settings.secure_cookies && settings.hsts_days > 0 {
        let words = format!("max-age={}; includeSubDomains", u64::from(settings.hsts_days) * 86_400);
        if let Ok(value) = HeaderValue::from_str(&words) {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
        }
    }
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("permissions-policy", FEATURES),
        ("origin-agent-cluster", "?1"),
        ("x-frame-options", "DENY"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    // What an answer says is of one reader at one moment; only the assets say otherwise of themselves.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Turn away an address with the character that ends a text in C, for nothing has it in its name, and one that writes in
/// code what needs none: it would be another spelling of a page, and what is asked about pages looks at how they are
/// spelt (RFC 3986 section 6.2.2.2).
pub async fn sound(request: Request, next: Next) -> Response {
    if !plainly_spelt(request.uri().path()) {
        return (StatusCode::BAD_REQUEST, "アドレスに使えない文字があります。リンクを確かめてください。")
            .into_response();
    }
    next.run(request).await
}

fn plainly_spelt(path: &str) -> bool {
    path.split('%').skip(1).all(|code| {
        let byte = code.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_some_and(|byte| byte != 0 && !byte.is_ascii_alphanumeric() && !b"-._~".contains(&byte))
    })
}

/// Say who is at the other end: the connection itself, or what the trusted proxy says of the one it came from.
pub async fn client(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let known = request.extensions().get::<ConnectInfo<Peer>>().map(|info| info.0.clone());
    let plain = || request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| Peer::plain(info.0));
    if let Some(mut peer) = known.or_else(plain) {
        let settings = &app.installation.settings;
        if Some(peer.address.ip().to_canonical()) == settings.trusted_proxy {
            if let Some(client) = forwarded(request.headers()) {
                peer.address = SocketAddr::new(client, peer.address.port());
            }
            // The proxy's own certificate says nothing of the device; from anybody else the header is not read at all.
            let named = settings.device_header.as_deref().and_then(|name| request.headers().get(name));
            peer.certificate = named.and_then(|value| value.to_str().ok()).and_then(Fingerprint::of_header);
        }
        request.extensions_mut().insert(ConnectInfo(peer.address));
        request.extensions_mut().insert(peer);
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
    fn an_address_has_one_spelling() {
        for path in ["/", "/ledgers/person", "/documents/%E5%B1%B1", "/a%2Fb", "/a%20b", "/a-b_c.d~e"] {
            assert!(plainly_spelt(path), "{path}");
        }
        for path in ["/ledgers/%61ccount", "/ledgers/role%5Fgrant", "/%2e%2E/a", "/a%00", "/a%", "/a%4", "/a%zz"] {
            assert!(!plainly_spelt(path), "{path}");
        }
    }

    #[test]
    fn an_address_is_turned_away_only_beyond_its_own_limit() {
        let limiter = RequestLimiter::new(3);
        let [one, two] = ["127.0.0.1", "127.0.0.2"].map(|text| text.parse().unwrap());
        let admitted: Vec<bool> = (0..5).map(|_| limiter.admit(one)).collect();
        assert_eq!(admitted, [true, true, true, false, false]);
        assert!(limiter.admit(two));
    }
}
