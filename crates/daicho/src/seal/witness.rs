//! Witnesses (立会人): asking others to cosign our checkpoints, and cosigning those of others (C2SP tlog-witness).

use std::time::Duration;

use chrono::DateTime;
use journal::witness::{AddCheckpoint, Refused, judge};
use journal::{Checkpoint, SignatureLine, SignedNote, VerifierKey, cosign, verify_cosignature};
use ledger::port::{Cosignature, Reader, StoreError, StoredCheckpoint, Witnessed, Writer};
use ledger::seal::consistency;
use serde::Deserialize;

use super::Sealer;
use crate::installation::Installation;

/// A witness that is asked to cosign.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessSettings {
    /// Submission prefix: `https://daicho.other.example.jp/journal`.
    pub url: String,
    /// Its public key for cosignatures.
    pub vkey: String,
}

/// How long a witness may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer that is read.
const LONGEST: u64 = 64 * 1024;

/// Why there is no cosignature.
#[derive(Debug, thiserror::Error)]
pub enum WitnessProblem {
    /// The settings name no key.
    #[error("立会人の公開鍵が正しくありません: {0}")]
    Key(#[from] journal::NoteProblem),
    /// It does not answer.
    #[error("立会人 {0} につながりません")]
    Unreachable(String),
    /// It refuses.
    #[error("立会人 {0} が連署を断りました(状態 {1})")]
    Refused(String, u16),
    /// It says that our journal has two histories.
    #[error("立会人 {0} は、証跡が書き換えられたと見ています(状態 {1})")]
    Fork(String, u16),
    /// The database failed.
    #[error(transparent)]
    Seal(#[from] ledger::seal::SealProblem),
}

impl From<StoreError> for WitnessProblem {
    fn from(error: StoreError) -> Self {
        Self::Seal(error.into())
    }
}

/// Ask a witness to cosign the newest checkpoint, unless it has. True when there is a new cosignature.
///
/// # Errors
/// [`WitnessProblem`].
pub fn ask(installation: &Installation, witness: &WitnessSettings) -> Result<bool, WitnessProblem> {
    let key = VerifierKey::parse(&witness.vkey)?;
    let store = &installation.store;
    let Some(checkpoint) = store.read(|tx: &mut dyn Reader| tx.newest_checkpoint())? else { return Ok(false) };
    let known: Vec<Cosignature> = store.read(|tx: &mut dyn Reader| tx.newest_cosignatures())?;
    let last = known.iter().find(|one| one.witness == witness.vkey).map_or(0, |one| one.size);
    if last == checkpoint.size {
        return Ok(false);
    }
    let mut answer = submit(installation, witness, &checkpoint, last)?;
    // It remembers another size than we do: it says which.
    if answer.0 == 409
        && let Ok(size) = answer.1.trim().parse::<u64>()
        && size <= checkpoint.size
        && size != last
    {
        answer = submit(installation, witness, &checkpoint, size)?;
    }
    match answer {
        (200, text) => keep(installation, &key, witness, &checkpoint, &text),
        (status @ (409 | 422), _) => Err(WitnessProblem::Fork(witness.url.clone(), status)),
        (status, _) => Err(WitnessProblem::Refused(witness.url.clone(), status)),
    }
}

fn submit(
    installation: &Installation,
    witness: &WitnessSettings,
    checkpoint: &StoredCheckpoint,
    old: u64,
) -> Result<(u16, String), WitnessProblem> {
    let proof = installation.store.read(|tx: &mut dyn Reader| consistency(tx, old, checkpoint.size))?;
    let request = AddCheckpoint { old, proof, checkpoint: checkpoint.note.clone() };
    let unreachable = || WitnessProblem::Unreachable(witness.url.clone());
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build().into();
    let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
    let mut response = agent.post(&url).send(request.to_string()).map_err(|_| unreachable())?;
    let status = response.status().as_u16();
    let text = response.body_mut().with_config().limit(LONGEST).read_to_string().map_err(|_| unreachable())?;
    Ok((status, text))
}

/// Keep the cosignature in an answer, after it was verified.
fn keep(
    installation: &Installation,
    key: &VerifierKey,
    witness: &WitnessSettings,
    checkpoint: &StoredCheckpoint,
    answer: &str,
) -> Result<bool, WitnessProblem> {
    let note = SignedNote::parse(&checkpoint.note)?;
    for line in answer.lines() {
        let parsed = SignatureLine::parse(line)?;
        if !key.named_by(&parsed) {
            continue;
        }
        let seconds = verify_cosignature(&parsed, key, &note.text)?;
        let at =
            i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).unwrap_or_default();
        let cosignature =
            Cosignature { size: checkpoint.size, witness: witness.vkey.clone(), line: line.to_string(), at };
        installation.store.write(|tx: &mut dyn Writer| tx.add_cosignature(&cosignature))?;
        return Ok(true);
    }
    Err(WitnessProblem::Refused(witness.url.clone(), 200))
}

/// What a witness answers.
pub enum Answer {
    /// The lines with our cosignature.
    Cosigned(String),
    /// We do not witness that journal.
    Unknown,
    /// Refused.
    Refused(Refused),
}

/// Cosign the checkpoint of another journal, when it continues what we saw last of it.
///
/// # Errors
/// When the database fails.
pub fn answer(
    installation: &Installation,
    sealer: &Sealer,
    known: &[VerifierKey],
    body: &str,
) -> Result<Answer, StoreError> {
    let request = match AddCheckpoint::parse(body) {
        Ok(request) => request,
        Err(problem) => return Ok(Answer::Refused(Refused::Request(problem.to_string()))),
    };
    let origin = request.origin().unwrap_or_default().to_string();
    // A journal whose key was replaced is known by several; the one that signed is taken.
    let named = || known.iter().filter(|key| key.name == origin);
    let signed = named().find(|key| Checkpoint::open(&request.checkpoint, key).is_ok());
    let Some(key) = signed.or_else(|| named().next()) else { return Ok(Answer::Unknown) };
    let now = installation.kernel().now();
    let outcome = installation.store.write(|tx: &mut dyn Writer| -> Result<Result<String, Refused>, StoreError> {
        let last = tx.witnessed_locked(&origin)?;
        match judge(&request, key, last.as_ref().map(|last| (last.size, last.root))) {
            Ok((checkpoint, note)) => {
                tx.set_witnessed(&seen(&checkpoint, &request.checkpoint, now, last.and_then(|last| last.fork)))?;
                let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
                Ok(Ok(format!("{}\n", cosign(sealer.key(), &note.text, seconds))))
            }
            Err(refused) => {
                // A signed checkpoint that does not continue the last one is evidence: it is kept.
                if let Some(last) = last.filter(|_| refused.is_fork()) {
                    tx.set_witnessed(&Witnessed { fork: Some(request.checkpoint.clone()), ..last })?;
                }
                Ok(Err(refused))
            }
        }
    })?;
    Ok(match outcome {
        Ok(lines) => Answer::Cosigned(lines),
        Err(refused) => {
            if refused.is_fork() {
                tracing::error!(origin, %refused, "another journal has two histories");
            }
            Answer::Refused(refused)
        }
    })
}

fn seen(checkpoint: &Checkpoint, note: &str, at: DateTime<chrono::Utc>, fork: Option<String>) -> Witnessed {
    Witnessed {
        origin: checkpoint.origin.clone(),
        size: checkpoint.size,
        root: checkpoint.root,
        note: note.into(),
        at,
        fork,
    }
}
