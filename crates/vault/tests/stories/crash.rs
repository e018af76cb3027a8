//! A crash at any step of a rotation or an erasure leaves a keyring that opens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use ledger::Entropy;
use ledger::port::{
    Erasure, HolderKey, KeyCount, Keyring, KeyringState, MasterVersion, Protection, Rewrap, StoreError,
};
use store::KeyringStore;
use vault::{FileMaster, KeyProblem, MasterKey, Secret, Vault};

use crate::{Place, clock, entropy};

/// Counts down with every step that changes something; at zero the power goes out.
struct Fuse(AtomicU32);

impl Fuse {
    fn burn(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err()
    }
}

/// `after`: the step is done, and then the power goes out.
struct Failing<T> {
    inner: T,
    fuse: Arc<Fuse>,
    after: bool,
}

impl<T> Failing<T> {
    fn step<R, E: From<StoreError>>(&self, work: impl FnOnce(&T) -> Result<R, E>) -> Result<R, E> {
        let out = self.fuse.burn();
        if out && !self.after {
            return Err(StoreError::Unavailable("power".into()).into());
        }
        let done = work(&self.inner);
        if out { Err(StoreError::Unavailable("power".into()).into()) } else { done }
    }
}

impl MasterKey for Failing<FileMaster> {
    fn provider(&self) -> &'static str {
        self.inner.provider()
    }
    fn place(&self) -> String {
        self.inner.place()
    }
    fn versions(&self) -> Result<Vec<u32>, KeyProblem> {
        self.inner.versions()
    }
    fn next_version(&self, current: u32, entropy: &dyn Entropy) -> Result<u32, KeyProblem> {
        self.step(|inner| inner.next_version(current, entropy))
    }
    fn retire_before(&self, version: u32) -> Result<(), KeyProblem> {
        self.step(|inner| inner.retire_before(version))
    }
    fn wrap(&self, version: u32, bound: &str, key: &Secret, entropy: &dyn Entropy) -> Result<Vec<u8>, KeyProblem> {
        self.inner.wrap(version, bound, key, entropy)
    }
    fn unwrap(&self, version: u32, bound: &str, wrapped: &[u8]) -> Result<Secret, KeyProblem> {
        self.inner.unwrap(version, bound, wrapped)
    }
    fn derive(&self, purpose: &str) -> Result<Secret, KeyProblem> {
        self.inner.derive(purpose)
    }
}

impl Keyring for Failing<KeyringStore> {
    fn state(&self) -> Result<Option<KeyringState>, StoreError> {
        self.inner.state()
    }
    fn masters(&self) -> Result<Vec<MasterVersion>, StoreError> {
        self.inner.masters()
    }
    fn begin(&self, master: &MasterVersion) -> Result<(), StoreError> {
        self.inner.begin(master)
    }
    fn holder_key(&self, holder: &str) -> Result<Option<HolderKey>, StoreError> {
        self.inner.holder_key(holder)
    }
    fn add(&self, key: &HolderKey, master: u32) -> Result<HolderKey, StoreError> {
        self.inner.add(key, master)
    }
    fn settle(&self) -> Result<(), StoreError> {
        self.inner.settle()
    }
    fn count(&self) -> Result<KeyCount, StoreError> {
        self.inner.count()
    }
    fn erased(&self) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        self.inner.erased()
    }
    fn renew(
        &self,
        from: u32,
        to: &MasterVersion,
        erase: Option<&Erasure>,
        rewrap: &mut Rewrap<'_>,
    ) -> Result<KeyringState, StoreError> {
        // The power may also go out in the middle of the transaction.
        self.step(|inner| {
            inner.renew(from, to, erase, &mut |key| match self.fuse.burn() {
                true => Err(StoreError::Unavailable("power".into())),
                false => rewrap(key),
            })
        })
    }
    fn scrub(&self) -> Result<(), StoreError> {
        self.step(|inner| inner.scrub())
    }
}

fn failing(place: &Place, steps: u32, after: bool) -> Vault {
    let fuse = Arc::new(Fuse(AtomicU32::new(steps)));
    let master = FileMaster::open(&place.keys().join("master.key"), false, &*entropy()).unwrap();
    let key = *master.derive("keyring").unwrap().expose();
    let keyring = KeyringStore::open_sqlite(&place.keys().join("keyring.db"), key).unwrap();
    Vault::new(
        Arc::new(Failing { inner: master, fuse: fuse.clone(), after }),
        Arc::new(Failing { inner: keyring, fuse, after }),
        place.keys().join("rotation.lock"),
        clock(),
        entropy(),
    )
    .unwrap()
}

#[test]
fn at_whatever_step_the_power_goes_out_the_keyring_opens() {
    const ENOUGH: u32 = 8;
    for erasing in [false, true] {
        for after in [false, true] {
            let mut finished = 0;
            for steps in 0..=ENOUGH {
                let place = Place::new();
                let vault = place.open().unwrap();
                let one = vault.lock("01J", "a/b/c", b"one").unwrap();
                let two = vault.lock("01K", "a/b/c", b"two").unwrap();
                vault.settle().unwrap();
                drop(vault);

                let vault = failing(&place, steps, after);
                let done = if erasing { vault.erase("01J").map(drop) } else { vault.rotate().map(drop) };
                drop(vault);

                let vault = place.open().unwrap();
                let opened = vault.open("01J", "a/b/c", &one).unwrap();
                assert_eq!(vault.open("01K", "a/b/c", &two).unwrap().unwrap(), b"two", "step {steps}");
                let status = vault.status().unwrap();
                match done {
                    Ok(()) => {
                        finished += 1;
                        assert_eq!(opened.is_none(), erasing);
                    }
                    // Once the key is destroyed it stays so, and what was left behind has been cleared away by opening.
                    Err(KeyProblem::Unfinished(_)) => assert_eq!(opened.is_none(), erasing),
                    Err(_) => assert!(!erasing || after || opened.is_some()),
                }
                assert!(status.held.iter().all(|version| *version >= status.state.master), "step {steps}: {status:?}");

                // Whatever happened, doing it again ends well.
                if erasing {
                    vault.erase("01J").unwrap();
                    assert_eq!(vault.open("01J", "a/b/c", &one).unwrap(), None);
                } else {
                    vault.rotate().unwrap();
                    assert_eq!(vault.open("01J", "a/b/c", &one).unwrap().unwrap(), b"one");
                }
                assert_eq!(vault.status().unwrap().held.len(), 1);
            }
            assert!(finished > 0 && finished < ENOUGH, "{finished} of {ENOUGH} finished");
        }
    }
}
