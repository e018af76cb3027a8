//! The sealed journal outward: checkpoint, proofs, tiles for monitors, and the address at which we cosign for others.
//!
//! Who may read what: the checkpoint, everybody who may call; the proof of a record, whoever may read its history; hashes
//! (`/journal/tile/…`), auditors and security officers, because a hash of something short can be guessed; bundles of
//! entries (`/journal/tile/entries/…`), only who may read everything in every ledger by the policy.

use std::sync::{Mutex, OnceLock, PoisonError};

use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use journal::{Content, TileId, encode_bundle, leaf_bytes, tile_bytes};
use ledger::definition::Scope;
use ledger::port::{Reader, StoreError};
use ledger::seal::cosigned;
use ledger::{Kernel, Principal, Refusal};
use serde_json::{Value, json};

use super::problem::{Failure, response};
use super::with_caller;
use crate::installation::Installation;
use crate::seal::witness::{Answer, answer, witnessed_keys};
use crate::seal::{Sealer, proof};
use crate::web::App;

/// Largest request to a witness.
const REQUEST: usize = 128 * 1024;

/// Whether the reader may have hashes of the journal.
pub fn may_read_hashes(who: &Principal) -> bool {
    who.holds("auditor") || who.holds("security_officer")
}

/// Whether the policy lets the reader read all fields of all records in all ledgers with their history: then, and only
/// then, the whole journal is no more than what they may read anyway.
pub fn may_read_everything(kernel: &Kernel, who: &Principal) -> bool {
    let unlimited = |role: &str| who.roles.iter().any(|held| held.role == role && held.offices.is_none());
    kernel.catalogue.ledgers.values().all(|ledger| {
        ledger.access.iter().any(|rule| {
            unlimited(&rule.role)
                && matches!(rule.scope, Scope::All)
                && rule.states.is_empty()
                && rule.conditions.is_empty()
                && rule.except.is_empty()
                && rule.read.all
                && rule.history
        })
    })
}

/// What is told of the newest checkpoint.
///
/// # Errors
/// When the database fails; [`Refusal::NotFound`] before the first seal.
pub fn told(tx: &mut dyn Reader) -> Result<Value, Refusal> {
    let (Some(head), Some(checkpoint)) = (tx.seal_head()?, tx.newest_checkpoint()?) else {
        return Err(Refusal::NotFound);
    };
    let note = cosigned(tx, &checkpoint)?;
    let cosignatures: Vec<Value> = tx
        .newest_cosignatures()?
        .iter()
        .map(|one| json!({ "witness": one.witness, "size": one.size, "at": one.at }))
        .collect();
    let lag = tx.seal_lag()?;
    let mut lines = note.lines();
    let (origin, _, root) = (lines.next(), lines.next(), lines.next());
    Ok(json!({
        "origin": origin,
        "size": checkpoint.size,
        "root": root,
        "sealed_at": checkpoint.sealed_at,
        "vkey": head.vkey,
        "checkpoint": note,
        "cosignatures": cosignatures,
        "waiting": lag.waiting,
        "oldest_waiting": lag.oldest,
    }))
}

/// `GET /api/v1/checkpoint`.
pub async fn checkpoint(State(app): State<App>, request: Request) -> Response {
    with_caller(app, request, false, |app, _| {
        Ok(axum::Json(app.installation.store.read(|tx: &mut dyn Reader| told(tx))?).into_response())
    })
    .await
}

/// The proofs of a record as JSON; each holds the file of C2SP tlog-proof, which suffices by itself.
///
/// # Errors
/// As [`proof::of_record`].
pub fn record_proof(
    tx: &mut dyn Reader,
    kernel: &Kernel,
    who: &Principal,
    ledger: &str,
    id: &str,
) -> Result<Value, Refusal> {
    let found = proof::of_record(tx, kernel, who, ledger, id)?;
    let entries: Vec<Value> = found
        .proofs
        .iter()
        .map(|(sequence, proof)| {
            let entry = proof.extra.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
            json!({
                "sequence": sequence,
                "position": proof.index,
                "entry": entry,
                "proof": proof.hashes.iter().map(|hash| STANDARD.encode(hash)).collect::<Vec<_>>(),
                "tlog_proof": proof.to_string(),
            })
        })
        .collect();
    Ok(json!({
        "ledger": ledger,
        "record": id,
        "vkey": found.vkey,
        "checkpoint": cosigned(tx, &found.checkpoint)?,
        "sealed_at": found.checkpoint.sealed_at,
        "entries": entries,
        "waiting": found.waiting,
        "withheld": found.withheld,
    }))
}

/// `GET …/records/{id}/proof`.
pub async fn of_record(
    State(app): State<App>,
    Path((ledger, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    with_caller(app, request, false, move |app, caller| {
        let store = &app.installation.store;
        let proof = store.read(|tx: &mut dyn Reader| record_proof(tx, &caller.kernel, &caller.who, &ledger, &id))?;
        Ok(axum::Json(proof).into_response())
    })
    .await
}

/// `GET /journal/checkpoint`: the signed note (C2SP tlog-tiles).
pub async fn note(State(app): State<App>, request: Request) -> Response {
    with_caller(app, request, false, |app, _| {
        let note = app.installation.store.read(|tx: &mut dyn Reader| -> Result<String, Refusal> {
            let checkpoint = tx.newest_checkpoint()?.ok_or(Refusal::NotFound)?;
            Ok(cosigned(tx, &checkpoint)?)
        })?;
        Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response())
    })
    .await
}

/// `GET /journal/tile/…`: hashes, or entries.
pub async fn tile(State(app): State<App>, Path(path): Path<String>, request: Request) -> Response {
    with_caller(app, request, false, move |app, caller| {
        let missing = || Failure::Refusal(Refusal::NotFound);
        let tile = TileId::parse(&format!("tile/{path}")).ok_or_else(missing)?;
        let allowed = match tile.content {
            Content::Level(_) => may_read_hashes(&caller.who),
            Content::Entries => may_read_everything(&caller.kernel, &caller.who),
        };
        if !allowed {
            return Err(missing());
        }
        let bytes = app.installation.store.read(|tx: &mut dyn Reader| bytes_of(tx, tile))?.ok_or_else(missing)?;
        Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
    })
    .await
}

/// The bytes of a tile; none when the tree has not grown so far.
fn bytes_of(tx: &mut dyn Reader, tile: TileId) -> Result<Option<Vec<u8>>, StoreError> {
    let size = tx.seal_head()?.map_or(0, |head| head.size);
    if TileId::of(tile.content, tile.number, size).is_none_or(|grown| grown.width < tile.width) {
        return Ok(None);
    }
    if matches!(tile.content, Content::Level(_)) {
        return Ok(Some(tile_bytes(&tx.seal_tile(tile)?)));
    }
    let start = tile.number * 256;
    let entries = tx.sealed_entries(start, start + u64::from(tile.width))?;
    let leaves: Vec<_> = entries.iter().map(|entry| leaf_bytes(entry.body.as_bytes())).collect();
    Ok(encode_bundle(leaves.iter().map(AsRef::as_ref)).filter(|_| leaves.len() == usize::from(tile.width)))
}

/// `POST /journal/add-checkpoint` (C2SP tlog-witness): another journal asks us to cosign. It proves who it is by its own
/// signature; journals that the settings do not name get 404.
pub async fn add_checkpoint(State(app): State<App>, request: Request) -> Response {
    let Ok(body) = to_bytes(request.into_body(), REQUEST).await else {
        return response(&Failure::Malformed("依頼が長すぎます。".into()));
    };
    match tokio::task::spawn_blocking(move || cosign(&app.installation, &body)).await {
        Ok(response) => response,
        Err(_) => response(&Failure::Broken),
    }
}

fn cosign(installation: &Installation, body: &[u8]) -> Response {
    let known = witnessed_keys(installation);
    if known.is_empty() {
        return response(&Failure::Refusal(Refusal::NotFound));
    }
    let Ok(body) = std::str::from_utf8(body) else {
        return response(&Failure::Malformed("依頼が文字として読めません。".into()));
    };
    let sealer = match Sealer::open(installation) {
        Ok(sealer) => sealer,
        Err(trouble) => {
            tracing::error!(%trouble, "cannot cosign");
            return response(&Failure::Broken);
        }
    };
    // Requests of one process come one after another: keeping what was seen must not race (C2SP tlog-witness).
    static TURN: OnceLock<Mutex<()>> = OnceLock::new();
    let _turn = TURN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    match answer(installation, &sealer, &known, body) {
        Ok(Answer::Cosigned(lines)) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], lines).into_response(),
        Ok(Answer::Unknown) => response(&Failure::Refusal(Refusal::NotFound)),
        Ok(Answer::Refused(refused)) => {
            let status = StatusCode::from_u16(refused.status()).unwrap_or(StatusCode::BAD_REQUEST);
            match refused {
                journal::witness::Refused::Size(size) => {
                    (status, [(header::CONTENT_TYPE, "text/x.tlog.size")], format!("{size}\n")).into_response()
                }
                other => (status, format!("{other}\n")).into_response(),
            }
        }
        Err(error) => response(&error.into()),
    }
}
