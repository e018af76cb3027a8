//! The certificate of a destruction on paper.

use calendar::{jst, jst_date};
use chrono::{DateTime, FixedOffset, Utc};
use document::pdf::{Form, PdfOptions, Typesetter};
use serde_json::json;

use super::certificate::DestructionCertificate;
use super::plan::HandedOver;
use super::{LeavingProblem, manifest, told};
use crate::settings::Settings;

/// The form.
const FORM: &str = include_str!("certificate.typ");

/// Typeset it. The paper names the hash of the signed note, so that the two belong together.
pub(super) fn print(
    settings: &Settings,
    certificate: &DestructionCertificate,
    note: &str,
    vkey: &str,
    now: DateTime<Utc>,
) -> Result<Vec<u8>, LeavingProblem> {
    let words = |problem: document::pdf::TypesetProblem| told(problem.to_string());
    let instant = |at: DateTime<FixedOffset>| at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let (handed, digest) = match &certificate.handed_over {
        HandedOver::Export(sha256) => ("すべてを出力して引き渡した。", Some(sha256.as_str())),
        HandedOver::Nothing(reason) => (reason.as_str(), None),
    };
    let destroyed: Vec<_> = certificate
        .destroyed
        .iter()
        .map(|one| {
            json!({
                "what": one.what, "place": one.place, "size": one.size, "method": one.method.words(),
                "rows": one.method == super::Method::Dropped, "at": instant(one.at), "found_gone": one.found_gone,
            })
        })
        .collect();
    let data = json!({
        "agency": certificate.agency,
        "date": jst_date(certificate.ended.to_utc()).to_string(),
        "number": certificate.number,
        "contract": certificate.contract,
        "basis": certificate.basis,
        "requested": { "account": certificate.requested.account, "at": instant(certificate.requested.at) },
        "approved": { "account": certificate.approved.account, "at": instant(certificate.approved.at) },
        "begun": instant(certificate.begun),
        "ended": instant(certificate.ended),
        "handed_over": handed,
        "manifest": digest,
        "holdings": certificate.holdings,
        "journal": certificate.journal,
        "destroyed": destroyed,
        "left": certificate.left,
        "kept_backups": certificate.kept_backups,
        "algorithms": certificate.algorithms,
        "note": manifest::digest(note.as_bytes()),
        "vkey": vkey,
        "printed_at": instant(vault::jst(now)),
    });
    // The folder of further fonts may be gone with the settings.
    let typesetter = crate::paper::typesetter(settings).unwrap_or_else(|_| Typesetter::new());
    let form = Form::new("destruction_certificate.typ", FORM, []).map_err(words)?;
    let options = PdfOptions::new("消去証明書", certificate.agency.as_str(), jst::wall_clock(now));
    Ok(typesetter.render(&form, &data, &options).map_err(words)?.bytes)
}
