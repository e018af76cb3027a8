//! Replacing the key of the journal: everything is sealed with the old key, an entry names both, the new key signs the same
//! checkpoint beside the old one, and from then on it seals alone.
//!
//! The new key lies beside the old one until the database knows it, so that an interrupted rotation is ended by the next.

use std::path::{Path, PathBuf};

use journal::{SigningKey, VerifierKey, act};
use ledger::Principal;
use ledger::evidence::reading;
use ledger::port::{Reader, StoreError, Writer};
use ledger::seal::{Handover, SealProblem, hand_over, handovers};
use serde_json::json;

use super::{SealTrouble, Sealer, key_path, lag};
use crate::installation::Installation;

/// How often the handover is tried while others seal too.
const TRIES: usize = 20;

/// The keys before and after.
pub struct Rotated {
    /// The key before.
    pub from: VerifierKey,
    /// The key that seals now.
    pub to: VerifierKey,
}

/// Replace the key. Servers and workers of this installation take the new one up by themselves. The old one goes to the
/// folder `former`: a database restored from an older backup is handed over to the new one with it.
///
/// # Errors
/// [`SealTrouble`]; then the old key goes on, or the next call ends what this one began.
pub fn rotate(installation: &Installation) -> Result<Rotated, SealTrouble> {
    let sealer = Sealer::open(installation)?;
    let (path, kernel) = (key_path(&installation.data), installation.kernel());
    let beside = path.with_extension("key.next");
    let new = match SigningKey::load(&beside)? {
        Some(new) => new,
        None => {
            let mut seed = [0u8; 32];
            kernel.entropy.fill(&mut seed);
            let new = SigningKey::from_seed(&sealer.key.verifier().name, seed).map_err(SealTrouble::Name)?;
            new.save(&beside)?;
            new
        }
    };
    let (from, to) = (sealer.key.verifier().clone(), new.verifier().clone());
    let head = installation.store.read(|tx: &mut dyn Reader| tx.seal_head())?;
    // A rotation that was interrupted behind the handover has only the files left to move.
    if head.is_none_or(|head| head.vkey != to.to_string()) {
        sealer.hand_over_to(installation, &new)?;
    }
    let kept = former_path(&installation.data, &from);
    if SigningKey::load(&kept)?.is_none() {
        sealer.key.save(&kept)?;
    }
    std::fs::rename(&beside, &path).map_err(|error| SealTrouble::Seen(path, error))?;
    Ok(Rotated { from, to })
}

/// Let the present key of the data directory go on with a restored journal that one of the former keys sealed.
///
/// # Errors
/// [`SealTrouble`].
pub fn take_up(restored: &Installation, data: &Path) -> Result<(), SealTrouble> {
    let Some(present) = SigningKey::load(&key_path(data))? else { return Ok(()) };
    let Some(head) = restored.store.read(|tx: &mut dyn Reader| tx.seal_head())? else { return Ok(()) };
    if head.vkey == present.verifier().to_string() {
        return Ok(());
    }
    match ours(data)?.into_iter().find(|key| key.verifier().to_string() == head.vkey) {
        // What is seen here is of no use afterwards: the folder is removed.
        Some(key) => Sealer { key, seen: restored.data.join("journal.seen") }.hand_over_to(restored, &present),
        None => Err(SealProblem::OtherKey(head.vkey).into()),
    }
}

/// The present key of a data directory and all former ones.
///
/// # Errors
/// When a file cannot be read or is open to others.
pub fn ours(data: &Path) -> Result<Vec<SigningKey>, SealTrouble> {
    let mut keys: Vec<SigningKey> = SigningKey::load(&key_path(data))?.into_iter().collect();
    let folder = key_path(data).with_file_name(FORMER);
    let listed = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(keys),
        listed => listed.map_err(|error| SealTrouble::Seen(folder, error))?,
    };
    for file in listed.flatten() {
        keys.extend(SigningKey::load(&file.path())?);
    }
    Ok(keys)
}

/// Folder of former keys beside the present one.
const FORMER: &str = "former";

fn former_path(data: &Path, key: &VerifierKey) -> PathBuf {
    key_path(data).with_file_name(FORMER).join(format!("journal-{}.key", hex::encode(key.id())))
}

impl Sealer {
    /// Seal all that waits, and let another key go on.
    fn hand_over_to(&self, installation: &Installation, new: &SigningKey) -> Result<(), SealTrouble> {
        let facts = json!({ "from": self.key.verifier().to_string(), "to": new.verifier().to_string() });
        let who = Principal::system("journal");
        let entry = reading(&installation.kernel(), &who, act::KEY_ROTATED, act::PROGRAM, act::JOURNAL, facts);
        let sequence = installation.store.write(|tx: &mut dyn Writer| tx.append(&entry))?;
        for _ in 0..TRIES {
            self.seal_all(installation)?;
            let done = installation.store.write(|tx: &mut dyn Writer| hand_over(tx, &self.key, new, sequence))?;
            if let Some(both) = done {
                return self.remember(&both.note);
            }
        }
        let (waiting, seconds) = lag(installation)?;
        Err(SealTrouble::Late(waiting.waiting, seconds))
    }
}

/// All keys before the present one, the newest first.
///
/// # Errors
/// When the database fails or the stored key makes no sense.
pub fn former(installation: &Installation) -> Result<Vec<Handover>, SealProblem> {
    installation.store.read(|tx: &mut dyn Reader| {
        let Some(head) = tx.seal_head().map_err(|error: StoreError| SealProblem::from(error))? else {
            return Ok(Vec::new());
        };
        handovers(tx, &VerifierKey::parse(&head.vkey)?)
    })
}
