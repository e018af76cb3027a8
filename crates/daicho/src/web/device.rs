//! Whether the device of a request is one that may be used, before anything is said to whoever sits at it.

use axum::http::StatusCode;
use axum::response::Response;
use identity::device::{self, DeviceRule, Fingerprint, Recognised};
use identity::{Origin, session};
use ledger::port::{Reader, StoreError, Writer};
use ui::components::{Notice, Page};

use super::request::Incoming;
use super::{App, answer, frame};

/// Where a request came from, with the device named that it came from; or why that device is not let in.
pub fn known(
    app: &App,
    origin: &Origin,
    presented: Option<&Fingerprint>,
) -> Result<Result<Known, &'static str>, StoreError> {
    let rule = app.installation.settings.devices;
    if rule == DeviceRule::Off {
        return Ok(Ok(Known { origin: origin.clone(), holder: None }));
    }
    let kernel = app.installation.kernel();
    let found = app.installation.store.read(|tx: &mut dyn Reader| device::recognise(tx, &kernel, rule, presented))?;
    Ok(match found {
        Recognised::Unasked => Ok(Known { origin: origin.clone(), holder: None }),
        Recognised::Known { name, holder } => {
            let named = match &origin.device {
                Some(agent) => format!("{name} / {agent}"),
                None => name,
            };
            let known = Origin::new(origin.channel, origin.address.clone(), Some(&named));
            Ok(Known { origin: known.withholding(origin.withheld.clone()), holder })
        }
        Recognised::Unknown(why) => Err(why),
    })
}

/// A device that may be used.
pub struct Known {
    /// The origin, naming it.
    pub origin: Origin,
    /// The only person who may use it.
    pub holder: Option<String>,
}

/// The same for a page, with the answer to a device that is not let in; that leaves an entry in the journal, and ends
/// the session that was carried to it.
pub fn admit(app: &App, incoming: &Incoming) -> Result<Known, Box<Response>> {
    match known(app, &incoming.origin, incoming.certificate.as_ref()) {
        Ok(Ok(known)) => Ok(known),
        Ok(Err(why)) => Err(Box::new(refuse(app, incoming, why))),
        Err(error) => {
            tracing::error!(%error, "device cannot be looked up");
            Err(Box::new(answer::unavailable()))
        }
    }
}

/// Turn a device away.
pub fn refuse(app: &App, incoming: &Incoming, why: &'static str) -> Response {
    let kernel = app.installation.kernel();
    let (asked, presented) = (incoming.origin.clone(), incoming.certificate.clone());
    // The secret alone is in hand; whose session it is does not matter for ending it.
    let session = incoming.session.as_ref().map(identity::Secret::key);
    let written = app.installation.store.write(move |tx: &mut dyn Writer| {
        if let Some(key) = &session
            && tx.session(key)?.is_some()
        {
            tx.close_session(key)?;
        }
        device::refused(tx, &kernel, &asked, presented.as_ref(), why)
    });
    if let Err(error) = written {
        tracing::error!(%error, "refusal of a device not written");
        return answer::unavailable();
    }
    let notice = Notice::error("この端末からは利用できません")
        .text("台帳は、登録して承認を受けた端末だけで使えます。")
        .text("端末を替えたときや、証明書を更新したときは、情報システムの管理者に申し出てください。");
    answer::html(StatusCode::FORBIDDEN, &frame::outside(app, &Page::new("利用できない端末").notice(notice)))
}

/// Whether a session may be used at this device: some belong to one person.
pub fn fits(known: &Known, resolved: &session::Resolved) -> bool {
    known.holder.as_deref().is_none_or(|holder| resolved.principal.person() == Some(holder))
}
