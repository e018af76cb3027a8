//! Witnesses (立会人): asking others to cosign our checkpoints, and cosigning those of others (C2SP tlog-witness).

use std::time::Duration;

use chrono::DateTime;
use journal::witness::{AddCheckpoint, Refused, judge};
use journal::{Checkpoint, NoteProblem, SignatureLine, SignedNote, VerifierKey, act, cosign, verify_cosignature};
use ledger::Principal;
use ledger::evidence::reading;
use ledger::port::{Cosignature, Reader, StoreError, StoredCheckpoint, Witnessed, Writer};
use ledger::seal::consistency;
use serde::Deserialize;
use serde_json::json;

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

/// Public keys of the journals that this installation witnesses; the settings were checked when they were read.
pub fn witnessed_keys(installation: &Installation) -> Vec<VerifierKey> {
    let keys = &installation.settings.journal.witness_of;
    keys.iter().filter_map(|vkey| VerifierKey::parse(vkey).ok()).collect()
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

/// Why another history of a journal is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum NotAccepted {
    /// The file holds no checkpoint, or its signature is not right.
    #[error("封印として読めません: {0}。相手が画面「証跡の封印」で保存した封印のファイルを、そのまま渡してください")]
    Note(#[from] NoteProblem),
    /// Nobody asked us to witness that journal.
    #[error(
        "証跡「{0}」の立会人ではありません。daicho.toml の [journal] の witness_of に、相手の公開鍵を書いてください"
    )]
    Unknown(String),
    /// There is no history yet that another could take the place of.
    #[error("証跡「{0}」の封印は、まだ一度も見ていません。承認しなくても、はじめの封印から連署します")]
    NeverSeen(String),
    /// It is the one that was seen last.
    #[error("この封印({0}件)は、最後に連署した封印と同じです。承認するものはありません")]
    Same(u64),
    /// Nobody says why.
    #[error("理由が書かれていません。--reason に、だれが何を確かめて承認したかを書いてください")]
    NoReason,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// From now on, go on from this checkpoint of a journal that we witness, although it does not continue the one cosigned
/// last: the other installation was restored from a backup, and people agreed that it was meant. What was seen before,
/// and the fork that was kept as evidence, go into an entry of our own sealed journal.
///
/// # Errors
/// [`NotAccepted`]; nothing is changed then.
pub fn accept(
    installation: &Installation,
    known: &[VerifierKey],
    text: &str,
    reason: &str,
) -> Result<(Witnessed, Witnessed), NotAccepted> {
    if reason.trim().is_empty() {
        return Err(NotAccepted::NoReason);
    }
    let origin = text.split('\n').next().unwrap_or_default().to_string();
    let mut opened = known.iter().filter(|key| key.name == origin).map(|key| Checkpoint::open(text, key)).peekable();
    if opened.peek().is_none() {
        SignedNote::parse(text)?;
        return Err(NotAccepted::Unknown(origin));
    }
    // Of several keys of one journal any may have signed; where none has, what the last one says is told.
    let mut outcome = Err(NoteProblem::Form("署名がありません".into()));
    for one in opened {
        outcome = one;
        if outcome.is_ok() {
            break;
        }
    }
    let (checkpoint, _) = outcome?;
    let kernel = installation.kernel();
    installation.store.write(|tx: &mut dyn Writer| {
        let before = tx.witnessed_locked(&origin)?.ok_or_else(|| NotAccepted::NeverSeen(origin.clone()))?;
        if (before.size, before.root) == (checkpoint.size, checkpoint.root) && before.fork.is_none() {
            return Err(NotAccepted::Same(before.size));
        }
        let after = seen(&checkpoint, text, kernel.now(), None);
        let facts = json!({
            "origin": origin,
            "before": { "size": before.size, "checkpoint": before.note, "cosigned_at": before.at },
            "fork": before.fork,
            "after": { "size": after.size, "checkpoint": after.note },
        });
        let who = Principal::system("journal");
        let mut entry = reading(&kernel, &who, act::HISTORY_ACCEPTED, act::PROGRAM, act::JOURNAL, facts);
        entry.reason = Some(reason.trim().into());
        tx.append(&entry)?;
        tx.set_witnessed(&after)?;
        Ok((before, after))
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
