//! Rotation of the master key, and erasure of a holder's key, which is a rotation that leaves one key out.
//!
//! Four steps, each safe on the disk before the next: (1) the master key gets its next version; (2) the keyring puts it in
//! force with a new ring key, in one transaction; (3) the keyring overwrites what it deleted; (4) older versions of the master
//! key are destroyed. After a crash between any two the keyring opens: before (2) under the old version, from then on under
//! the new one; the next start does (3) and (4) again. Nobody who reads or writes waits for more than step (2).

use std::fs::File;
use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use ledger::port::{Erasure, KeyringState, MasterVersion, StoreError};
use sha2::{Digest, Sha256};

use crate::cipher::Cipher;
use crate::problem::KeyProblem;
use crate::secret::Secret;
use crate::vault::{Vault, holder_bound, is_erasable, ring_bound};

/// A rotation that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewed {
    /// Version of the master key before.
    pub from: u32,
    /// Version in force now.
    pub to: u32,
    /// Generation of the keyring now.
    pub generation: i64,
    /// When.
    pub at: DateTime<Utc>,
}

/// An erasure that was done: the facts for its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Whose key was destroyed.
    pub holder: String,
    /// Version of the destroyed key.
    pub key_version: u32,
    /// SHA-256 of the wrapped key as it was before, in hexadecimal digits: says which key it was, and nothing about it.
    pub fingerprint: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Version of the master key in force now; all older ones were destroyed.
    pub master_version: u32,
    /// Generation of the keyring now.
    pub generation: i64,
}

impl Vault {
    /// Put the next version of the master key in force and destroy the older ones. Others go on reading and writing.
    ///
    /// # Errors
    /// [`KeyProblem::Unfinished`] when the new version is in force but the old one is not cleared away;
    /// [`StoreError::Stale`] when another program was faster; nothing has changed after any other.
    pub fn rotate(&self) -> Result<Renewed, KeyProblem> {
        self.renew(None)
    }

    /// Destroy the key of a holder: what is locked with it opens nowhere any more, in copies and backups neither. Done again, it
    /// answers the same facts and clears away what a crash left.
    ///
    /// # Errors
    /// [`KeyProblem::NotErasable`] for what is no person's; otherwise as [`rotate`](Self::rotate).
    pub fn erase(&self, holder: &str) -> Result<Erased, KeyProblem> {
        if !is_erasable(holder) {
            return Err(KeyProblem::NotErasable(holder.to_owned()));
        }
        self.refresh()?;
        self.ensure(holder)?;
        let row = self.keyring.holder_key(holder)?.ok_or(KeyProblem::Foreign)?;
        if let Some(wrapped) = &row.wrapped {
            let fingerprint = hex::encode(Sha256::digest(wrapped));
            self.renew(Some(&Erasure { holder: holder.to_owned(), at: self.clock.now(), fingerprint }))?;
        } else {
            self.tidy().map_err(unfinished)?;
        }
        let row = self.keyring.holder_key(holder)?.ok_or(KeyProblem::Foreign)?;
        let (state, _) = self.ring();
        match (row.wrapped, row.fingerprint, row.erased_at) {
            (None, Some(fingerprint), Some(at)) => Ok(Erased {
                holder: row.holder,
                key_version: row.version,
                fingerprint,
                at,
                master_version: state.master,
                generation: state.generation,
            }),
            _ => Err(KeyProblem::Store(StoreError::Corrupt {
                table: "holder_key",
                row: holder.to_owned(),
                reason: "消去の記録が残っていません".into(),
            })),
        }
    }

    fn renew(&self, erase: Option<&Erasure>) -> Result<Renewed, KeyProblem> {
        let _here = self.renewing.lock().unwrap_or_else(PoisonError::into_inner);
        let _alone = self.alone()?;
        self.refresh()?;
        let (before, old) = self.ring();
        let at = erase.map_or_else(|| self.clock.now(), |erasure| erasure.at);
        let version = self.master.next_version(before.master, &*self.entropy)?;
        let key = Secret::random(&*self.entropy);
        let ring = Cipher::new(&key).map_err(|_| KeyProblem::Foreign)?;
        let to = MasterVersion {
            version,
            provider: self.master.provider().into(),
            ring: Some(self.master.wrap(version, &ring_bound(version), &key, &*self.entropy)?),
            made_at: at,
            retired_at: None,
        };
        let state: KeyringState = self.keyring.renew(before.master, &to, erase, &mut |row| {
            let bound = holder_bound(&row.holder, row.version);
            let wrapped = row.wrapped.as_deref().unwrap_or_default();
            old.unwrap(&bound, wrapped).and_then(|key| ring.wrap(&bound, &key, &*self.entropy)).map_err(|_| {
                StoreError::Corrupt {
                    table: "holder_key",
                    row: row.holder.clone(),
                    reason: "鍵を今のマスター鍵で開けません".into(),
                }
            })
        })?;
        self.adopt(state, ring);
        self.clear_away(state.master).map_err(unfinished)?;
        Ok(Renewed { from: before.master, to: state.master, generation: state.generation, at })
    }

    /// Finish what a crash interrupted after the new version was put in force.
    pub(crate) fn tidy(&self) -> Result<(), KeyProblem> {
        let (state, _) = self.ring();
        if self.master.versions()?.iter().all(|version| *version >= state.master) {
            return Ok(());
        }
        let _alone = self.alone()?;
        self.clear_away(state.master)
    }

    fn clear_away(&self, current: u32) -> Result<(), KeyProblem> {
        self.keyring.scrub()?;
        self.master.retire_before(current)
    }

    /// Hold the lock that keeps other programs on this machine from renewing at the same time.
    fn alone(&self) -> Result<File, KeyProblem> {
        alone(&self.lock_file)
    }
}

/// Hold the lock file until the answer is dropped.
pub(crate) fn alone(path: &std::path::Path) -> Result<File, KeyProblem> {
    let failed = |error| KeyProblem::File(path.to_owned(), error);
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

fn unfinished(problem: KeyProblem) -> KeyProblem {
    KeyProblem::Unfinished(Box::new(problem))
}
