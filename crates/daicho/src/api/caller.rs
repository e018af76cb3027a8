//! Who calls.

use axum::extract::Request;
use axum::http::header;
use identity::device::Fingerprint;
use identity::{Origin, Secret, session, token};
use journal::Channel;
use ledger::port::Reader;
use ledger::{Kernel, Principal};

use super::problem::Failure;
use crate::door::Peer;
use crate::web::request::{origin, session_cookie};
use crate::web::{App, device};

/// Header with the session's secret, for writing with the session cookie.
const SECRET: &str = "x-daicho-secret";

/// What a request says of its caller.
#[derive(Clone)]
pub struct Asked {
    bearer: Option<String>,
    cookie: Option<Secret>,
    secret: Option<String>,
    origin: Origin,
    certificate: Option<Fingerprint>,
}

impl Asked {
    /// What this request says.
    pub fn of(app: &App, request: &Request) -> Self {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let bearer = header(header::AUTHORIZATION.as_str()).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_string())
        });
        Self {
            bearer,
            cookie: session_cookie(request.headers(), app),
            secret: header(SECRET).map(String::from),
            origin: origin(app, request, Channel::Api),
            certificate: request.extensions().get::<Peer>().and_then(|peer| peer.certificate.clone()),
        }
    }
}

/// A caller who is known.
pub struct Caller {
    /// Who.
    pub who: Principal,
    /// The kernel in force.
    pub kernel: Kernel,
    /// A person whose last proof is too old for a dangerous act.
    pub stale: bool,
}

/// Find out who calls, and refuse a writing call that may not write.
pub fn of(app: &App, asked: &Asked, writes: bool) -> Result<Caller, Failure> {
    let kernel = app.installation.kernel();
    let settings = &app.installation.settings.sign_in;
    if let Some(bearer) = &asked.bearer {
        let found =
            app.installation.store.read(|tx: &mut dyn Reader| token::resolve(tx, &kernel, bearer, &asked.origin))?;
        let machine = found.ok_or(Failure::Unauthorised)?;
        if writes && machine.read_only {
            return Err(Failure::ReadOnly);
        }
        return Ok(Caller { who: machine.principal, kernel, stale: false });
    }
    let cookie = asked.cookie.as_ref().ok_or(Failure::Unauthorised)?;
    let known = device::known(app, &asked.origin, asked.certificate.as_ref())?.map_err(|_| Failure::Unauthorised)?;
    let found = app
        .installation
        .store
        .read(|tx: &mut dyn Reader| session::resolve(tx, &kernel, settings, cookie, &known.origin))?;
    let resolved = found
        .filter(|resolved| !resolved.must_change && device::fits(&known, resolved))
        .ok_or(Failure::Unauthorised)?;
    let sent = asked.secret.as_deref().unwrap_or_default();
    if writes && !session::is_from_session(&resolved.session, sent) {
        return Err(Failure::Forged);
    }
    let stale = !session::is_fresh(&kernel, settings, &resolved);
    Ok(Caller { who: resolved.principal, kernel, stale })
}
