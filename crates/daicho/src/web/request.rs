//! Reading a request: cookies, where it came from, form and files.

use std::net::SocketAddr;

use axum::RequestExt;
use axum::body::to_bytes;
use axum::extract::{ConnectInfo, FromRequest, Multipart, Path, RawQuery, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::device::Fingerprint;
use identity::{Origin, Secret};
use journal::Channel;
use ui::Url;
use ui::web::Upload;

use super::App;
use super::cookies::device_cookie;
use crate::door::{Door, Peer};

/// Name of the session cookie. The prefix makes browsers refuse it from anywhere but this host, over TLS.
pub const SECURE_COOKIE: &str = "__Host-daicho";
/// Name of the session cookie where there is no TLS.
pub const PLAIN_COOKIE: &str = "daicho";
/// Most inputs of one form.
const MOST_INPUTS: usize = 20_000;
/// Largest form without files, and largest body of a call, in bytes. They are read before anybody is known, so a stranger
/// must not be able to fill the memory with them.
pub const FORM_BYTES: usize = 8_000_000;

/// A request, read as far as a page handler needs it.
#[derive(Clone)]
pub struct Incoming {
    /// Values of the path's parameters.
    pub path: Vec<(String, String)>,
    /// Path and query as they were asked for.
    pub address: String,
    /// Pairs of the query.
    pub query: Vec<(String, String)>,
    /// Pairs of the form.
    pub form: Vec<(String, String)>,
    /// Files of the form.
    pub files: Vec<Upload>,
    /// The session secret of the cookie.
    pub session: Option<Secret>,
    /// What the browser is known by again.
    pub device: Option<Secret>,
    /// A form was posted.
    pub posted: bool,
    /// A message left for this page by the one before.
    pub notice: Option<String>,
    /// Where it came from.
    pub origin: Origin,
    /// The certificate of its device.
    pub certificate: Option<Fingerprint>,
    /// The door it came to.
    pub door: Door,
}

impl FromRequest<App> for Incoming {
    type Rejection = Response;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let path: Path<Vec<(String, String)>> = request.extract_parts().await.unwrap_or(Path(Vec::new()));
        let RawQuery(query) = request.extract_parts().await.unwrap_or(RawQuery(None));
        let address = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_string();
        let origin = origin(app, &request, Channel::Page);
        let peer = request.extensions().get::<Peer>().cloned();
        let headers = request.headers().clone();
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let mut incoming = Self {
            path: path.0,
            address,
            query: pairs(query.as_deref().unwrap_or_default()),
            form: Vec::new(),
            files: Vec::new(),
            session: session_cookie(&headers, app),
            device: cookie(&headers, device_cookie(app)).map(Secret::from_text),
            posted: request.method() == Method::POST,
            notice: cookie(&headers, super::answer::notice_cookie(app.installation.settings.secure_cookies)),
            origin,
            certificate: peer.as_ref().and_then(|peer| peer.certificate.clone()),
            door: peer.map(|peer| peer.door).unwrap_or_default(),
        };
        (incoming.form, incoming.files) = if kind.starts_with("multipart/form-data") {
            // Files are large, so they are read for somebody who is signed in only; a locked screen is asked about later, with
            // what was typed at hand.
            let (app, asked) = (app.clone(), incoming.clone());
            let known = tokio::task::spawn_blocking(move || super::dispatch::resolve_any(&app, &asked).map(|_| ()));
            known.await.map_err(|_| super::answer::failed())?.map_err(|response| *response)?;
            parts(request).await?
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            let body = to_bytes(request.into_body(), FORM_BYTES).await.map_err(|_| too_large())?;
            (pairs(&String::from_utf8_lossy(&body)), Vec::new())
        } else {
            (Vec::new(), Vec::new())
        };
        if incoming.form.len() > MOST_INPUTS {
            return Err(too_large());
        }
        Ok(incoming)
    }
}

/// Read a form with files.
async fn parts(request: Request) -> Result<(Vec<(String, String)>, Vec<Upload>), Response> {
    let mut form = Vec::new();
    let mut files = Vec::new();
    let mut multipart = Multipart::from_request(request, &()).await.map_err(IntoResponse::into_response)?;
    while let Some(part) = multipart.next_field().await.map_err(IntoResponse::into_response)? {
        let field = part.name().unwrap_or_default().to_string();
        let name = part.file_name().map(|name| name.rsplit(['/', '\\']).next().unwrap_or_default().to_string());
        let media_type = part.content_type().unwrap_or("application/octet-stream").to_string();
        let content = part.bytes().await.map_err(IntoResponse::into_response)?;
        match name {
            None => form.push((field, String::from_utf8_lossy(&content).into_owned())),
            // A file input that was left empty is sent without a name.
            Some(name) if name.is_empty() && content.is_empty() => {}
            Some(name) => files.push(Upload { field, name, media_type, content: content.to_vec() }),
        }
        if form.len() + files.len() > MOST_INPUTS {
            return Err(too_large());
        }
    }
    Ok((form, files))
}

fn too_large() -> Response {
    (StatusCode::PAYLOAD_TOO_LARGE, "送信された内容が大きすぎます。分けて送信してください。").into_response()
}

/// Pairs of a query or form (application/x-www-form-urlencoded), and one more than a form may have at most.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .take(MOST_INPUTS + 1)
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

/// An address of this server as a value, to be led back to.
pub fn url(address: &str) -> Url {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let segments = path.split('/').map(|segment| decode(&segment.replace('+', "%2B")));
    pairs(query).into_iter().fold(Url::path(segments), |url, (name, value)| url.query(name, value))
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => match hex(after) {
                Some(decoded) => {
                    bytes.push(decoded);
                    rest = after.get(2..).unwrap_or_default();
                }
                None => bytes.push(b'%'),
            },
            byte => bytes.push(*byte),
        }
    }
    // No database keeps the character that ends a text in C; browsers show it as this one.
    String::from_utf8_lossy(&bytes).replace('\0', "\u{FFFD}")
}

/// The byte that two hexadecimal digits at the front stand for.
fn hex(text: &[u8]) -> Option<u8> {
    let digits = text.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Where a request came from, and what does not count from there.
pub fn origin(app: &App, request: &Request, channel: Channel) -> Origin {
    let address = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
    let device = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let withheld = app.installation.settings.sign_in.remote.withheld(address.as_deref());
    Origin::new(channel, address, device).withholding(withheld)
}

/// The session secret among the cookies.
pub fn session_cookie(headers: &HeaderMap, app: &App) -> Option<Secret> {
    // Never the other one: a neighbour under the same domain could have set that.
    let name = if app.installation.settings.secure_cookies { SECURE_COOKIE } else { PLAIN_COOKIE };
    cookie(headers, name).map(Secret::from_text)
}

/// A cookie's value.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_pairs_are_made_than_are_refused() {
        assert_eq!(pairs(&"&a".repeat(MOST_INPUTS * 3)).len(), MOST_INPUTS + 1);
    }

    #[test]
    fn an_address_is_led_back_to_as_it_was() {
        for address in ["/", "/ledgers/person", "/ledgers/person?q=%E5%B1%B1%20a&sort=-kana", "/a%2Fb/c%2Bd"] {
            assert_eq!(url(address).to_string(), address);
        }
        assert_eq!(url("/../etc?x=1&&y").to_string(), "/etc?x=1&y=");
    }

    #[test]
    fn pairs_are_decoded_and_nothing_malformed_panics() {
        for (text, wanted) in [
            ("a=1&b=%E5%B1%B1+%E7%94%B0", vec![("a", "1"), ("b", "山 田")]),
            ("a=%", vec![("a", "%")]),
            ("a=%4", vec![("a", "%4")]),
            ("a=%zz&&b", vec![("a", "%zz"), ("b", "")]),
            ("%E5=%FF", vec![("\u{FFFD}", "\u{FFFD}")]),
            ("a=%00b", vec![("a", "\u{FFFD}b")]),
            ("", vec![]),
        ] {
            let wanted: Vec<(String, String)> =
                wanted.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
            assert_eq!(pairs(text), wanted, "{text}");
        }
    }
}
