//! The vault: locks and opens values with keys that it keeps in memory.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use calendar::Clock;
use chrono::{DateTime, Utc};
use ledger::Entropy;
use ledger::port::{
    HolderKey, INSTALLATION, KeyCount, Keyring, KeyringState, MasterVersion, Protection, ProtectionProblem, StoreError,
};
use ring::hmac;

use crate::cipher::Cipher;
use crate::holder::HolderCipher;
use crate::locked::{self, LARGEST, is_holder};
use crate::master::{MasterKey, told};
use crate::problem::KeyProblem;
use crate::secret::Secret;

/// How long, in milliseconds, a node may go on without asking whether another node erased or rotated.
const FRESH: u64 = 250;

/// Keys kept in memory at most, about one KiB each.
const KEPT: usize = 16_384;

/// How often a key is looked for while others rotate.
const ATTEMPTS: u32 = 10;

/// Keys and what is locked with them. Shared by all threads of a program.
pub struct Vault {
    pub(crate) master: Arc<dyn MasterKey>,
    pub(crate) keyring: Arc<dyn Keyring>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Held while the master key is renewed, by one program at a time.
    pub(crate) lock_file: PathBuf,
    tokens: hmac::Key,
    inside: RwLock<Inside>,
    started: Instant,
    /// Milliseconds after `started` at which the keyring was last asked.
    looked: AtomicU64,
    pub(crate) renewing: Mutex<()>,
}

/// What is kept in memory; it belongs to one generation of the keyring and is forgotten as a whole with it.
pub(crate) struct Inside {
    pub(crate) state: KeyringState,
    pub(crate) ring: Arc<Cipher>,
    keys: HashMap<String, Kept>,
}

#[derive(Clone)]
enum Kept {
    Live(Arc<HolderCipher>),
    Erased,
}

/// What `daicho keys status` tells.
#[derive(Debug, Clone)]
pub struct Status {
    /// Kind of the master key.
    pub provider: &'static str,
    /// Where it is.
    pub place: String,
    /// Versions that the master key holds now; more than one only while a rotation is unfinished.
    pub held: Vec<u32>,
    /// Every version there was, oldest first.
    pub versions: Vec<MasterVersion>,
    /// What the keyring says about itself.
    pub state: KeyringState,
    /// How many keys there are.
    pub count: KeyCount,
}

/// What the wrapping of a holder's key is bound to.
pub(crate) fn holder_bound(holder: &str, version: u32) -> String {
    format!("daicho/holder/{holder}/{version}")
}

/// What the wrapping of a ring key is bound to.
pub(crate) fn ring_bound(version: u32) -> String {
    format!("daicho/ring/{version}")
}

impl Vault {
    /// A vault over a keyring that is open. A new keyring is begun; a rotation that was interrupted is tidied up.
    ///
    /// # Errors
    /// [`KeyProblem::Version`] when the keyring or the master key is an older copy.
    pub fn new(
        master: Arc<dyn MasterKey>,
        keyring: Arc<dyn Keyring>,
        lock_file: PathBuf,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyProblem> {
        if keyring.state()?.is_none() {
            let version = master.next_version(0, &*entropy)?;
            let ring = Secret::random(&*entropy);
            keyring.begin(&MasterVersion {
                version,
                provider: master.provider().into(),
                ring: Some(master.wrap(version, &ring_bound(version), &ring, &*entropy)?),
                made_at: clock.now(),
                retired_at: None,
            })?;
        }
        let inside = load(&*master, &*keyring)?;
        let tokens = hmac::Key::new(hmac::HMAC_SHA256, master.derive("token")?.expose());
        let vault = Self {
            master,
            keyring,
            clock,
            entropy,
            lock_file,
            tokens,
            inside: RwLock::new(inside),
            started: Instant::now(),
            looked: AtomicU64::new(0),
            renewing: Mutex::new(()),
        };
        vault.tidy()?;
        Ok(vault)
    }

    /// The key for a purpose, the same for ever; `database`, for one, encrypts the file of the embedded database.
    ///
    /// # Errors
    /// [`KeyProblem`] when the master key cannot be used.
    pub fn derive(&self, purpose: &str) -> Result<Secret, KeyProblem> {
        self.master.derive(purpose)
    }

    /// Versions, ages and numbers of keys; no secrets.
    ///
    /// # Errors
    /// [`KeyProblem`] when master key or keyring cannot be used.
    pub fn status(&self) -> Result<Status, KeyProblem> {
        self.refresh()?;
        Ok(Status {
            provider: self.master.provider(),
            place: self.master.place(),
            held: self.master.versions()?,
            versions: self.keyring.masters()?,
            state: self.inside.read().unwrap_or_else(PoisonError::into_inner).state,
            count: self.keyring.count()?,
        })
    }

    /// Holders whose keys were destroyed, and when.
    ///
    /// # Errors
    /// [`KeyProblem::Store`] when the keyring cannot be read.
    pub fn erased(&self) -> Result<Vec<(String, DateTime<Utc>)>, KeyProblem> {
        Ok(self.keyring.erased()?)
    }

    /// Ask the keyring whether another node erased or rotated, and if so forget what is in memory. Done four times a second by
    /// whoever locks or opens something.
    ///
    /// # Errors
    /// [`KeyProblem`] when master key or keyring cannot be used; nothing is opened then.
    pub fn refresh(&self) -> Result<(), KeyProblem> {
        let state = self.keyring.state()?.ok_or(KeyProblem::Foreign)?;
        if state == self.inside.read().unwrap_or_else(PoisonError::into_inner).state {
            return Ok(());
        }
        let fresh = load(&*self.master, &*self.keyring)?;
        let mut inside = self.inside.write().unwrap_or_else(PoisonError::into_inner);
        if fresh.state.generation > inside.state.generation {
            *inside = fresh;
        }
        Ok(())
    }

    pub(crate) fn look(&self) -> Result<(), KeyProblem> {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let last = self.looked.load(Ordering::Relaxed);
        if now.saturating_sub(last) < FRESH {
            return Ok(());
        }
        // One of those who come at the same time looks; it must have looked before anybody counts on it.
        self.refresh()?;
        self.looked.fetch_max(now, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn ring(&self) -> (KeyringState, Arc<Cipher>) {
        let inside = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        (inside.state, Arc::clone(&inside.ring))
    }

    /// The key of a holder, made when there is none and `make` says so.
    fn holder(&self, holder: &str, make: bool) -> Result<Option<Kept>, KeyProblem> {
        self.look()?;
        if let Some(kept) = self.inside.read().unwrap_or_else(PoisonError::into_inner).keys.get(holder) {
            return Ok(Some(kept.clone()));
        }
        // The ring key may be replaced between two looks, by one rotation after another.
        let mut attempt = 1;
        loop {
            match self.fetch(holder, make) {
                Err(KeyProblem::Store(StoreError::Stale) | KeyProblem::Foreign) if attempt < ATTEMPTS => {
                    self.refresh()?;
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    fn fetch(&self, holder: &str, make: bool) -> Result<Option<Kept>, KeyProblem> {
        let (state, ring) = self.ring();
        let row = match self.keyring.holder_key(holder)? {
            None if !make => return Ok(None),
            None => self.keyring.add(&self.new_key(holder, &ring)?, state.master)?,
            Some(row) => row,
        };
        let kept = match &row.wrapped {
            None => Kept::Erased,
            Some(wrapped) => {
                let key = ring.unwrap(&holder_bound(holder, row.version), wrapped).map_err(|_| KeyProblem::Foreign)?;
                Kept::Live(Arc::new(HolderCipher::new(&key, row.version).map_err(|_| KeyProblem::Foreign)?))
            }
        };
        let mut inside = self.inside.write().unwrap_or_else(PoisonError::into_inner);
        // What belongs to a former generation is used once and not kept: its holder may have been erased meanwhile.
        if inside.state == state {
            if inside.keys.len() >= KEPT {
                let mut every_second = false;
                inside.keys.retain(|_, _| {
                    every_second = !every_second;
                    every_second
                });
            }
            inside.keys.insert(holder.to_owned(), kept.clone());
        }
        Ok(Some(kept))
    }

    fn new_key(&self, holder: &str, ring: &Cipher) -> Result<HolderKey, KeyProblem> {
        let key = Secret::random(&*self.entropy);
        let wrapped = ring.wrap(&holder_bound(holder, 1), &key, &*self.entropy).map_err(|_| KeyProblem::Foreign)?;
        Ok(HolderKey {
            holder: holder.to_owned(),
            version: 1,
            wrapped: Some(wrapped),
            made_at: self.clock.now(),
            erased_at: None,
            fingerprint: None,
            settled: false,
        })
    }

    /// Put what a rotation made in force here.
    pub(crate) fn adopt(&self, state: KeyringState, ring: Cipher) {
        let mut inside = self.inside.write().unwrap_or_else(PoisonError::into_inner);
        if state.generation > inside.state.generation {
            *inside = Inside { state, ring: Arc::new(ring), keys: HashMap::new() };
        }
    }

    /// Make sure that a holder has a key, so that there is something to destroy.
    pub(crate) fn ensure(&self, holder: &str) -> Result<(), KeyProblem> {
        self.holder(holder, true).map(drop)
    }
}

/// The ring key in force.
fn load(master: &dyn MasterKey, keyring: &dyn Keyring) -> Result<Inside, KeyProblem> {
    let state = keyring.state()?.ok_or(KeyProblem::Foreign)?;
    let version = keyring.masters()?.into_iter().find(|version| version.version == state.master);
    let wrapped = version.and_then(|version| version.ring).ok_or(KeyProblem::Foreign)?;
    let held = master.versions()?;
    if !held.contains(&state.master) {
        return Err(KeyProblem::Version { needed: state.master, held: told(&held) });
    }
    let ring = master.unwrap(state.master, &ring_bound(state.master), &wrapped)?;
    let ring = Arc::new(Cipher::new(&ring).map_err(|_| KeyProblem::Foreign)?);
    Ok(Inside { state, ring, keys: HashMap::new() })
}

impl From<KeyProblem> for ProtectionProblem {
    fn from(problem: KeyProblem) -> Self {
        Self::Unavailable(problem.to_string())
    }
}

fn altered(reason: &str) -> ProtectionProblem {
    ProtectionProblem::Altered(reason.into())
}

impl Protection for Vault {
    fn lock(&self, holder: &str, place: &str, clear: &[u8]) -> Result<String, ProtectionProblem> {
        if !is_holder(holder) {
            return Err(ProtectionProblem::Unavailable("鍵の持ち主を表す文字が使えません".into()));
        }
        if clear.len() > LARGEST {
            return Err(ProtectionProblem::Unavailable("保護する値が大きすぎます(上限は64メガバイト)".into()));
        }
        match self.holder(holder, true)? {
            Some(Kept::Live(cipher)) => {
                cipher.lock(holder, place, clear).map_err(|_| ProtectionProblem::Unavailable("暗号化できません".into()))
            }
            Some(Kept::Erased) | None => Err(ProtectionProblem::Erased),
        }
    }

    fn open(&self, holder: &str, place: &str, locked: &str) -> Result<Option<Vec<u8>>, ProtectionProblem> {
        let mut parts = locked::read(locked).map_err(altered)?;
        if parts.holder != holder {
            return Err(altered("別の人の鍵でロックされています"));
        }
        match self.holder(holder, false)? {
            None => Err(ProtectionProblem::Unavailable(format!(
                "{holder} の鍵が鍵束にありません。古い鍵束を戻していないか確かめてください"
            ))),
            Some(Kept::Erased) => Ok(None),
            Some(Kept::Live(cipher)) if cipher.version() != parts.version => Err(altered("鍵の版が違います")),
            Some(Kept::Live(cipher)) => cipher
                .open(place, &mut parts.bytes)
                .map(Some)
                .map_err(|_| altered("書き換えられたか、別の場所から移されています")),
        }
    }

    fn token(&self, purpose: &str, clear: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.tokens);
        context.update(&(purpose.len() as u64).to_be_bytes());
        context.update(purpose.as_bytes());
        context.update(clear);
        let tag = context.sign();
        // Half of the hash: equal tokens of different values are beyond reach, and an index stays small.
        hex::encode(tag.as_ref().get(..16).unwrap_or_default())
    }

    fn settle(&self) -> Result<(), ProtectionProblem> {
        self.keyring.settle().map_err(|error| KeyProblem::from(error).into())
    }
}

/// Whether a holder's key can be destroyed: the installation's own values belong to nobody who could ask for it.
pub(crate) fn is_erasable(holder: &str) -> bool {
    is_holder(holder) && holder != INSTALLATION
}
