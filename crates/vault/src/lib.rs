//! Keys and what is locked with them.
//!
//! This crate owns the master key (a file, or a hardware module by PKCS#11), the keys of persons wrapped under it, the
//! locking of protected values (AES-256-GCM), rotation, and erasure by destroying a key. It leaves to `store` where wrapped
//! keys are kept and which values are locked, and to the packs which fields those are.
//!
//! Layers, from the outside in: a version of the **master key** wraps one **ring key**; the ring key wraps the **key of each
//! holder** (a person); a holder's key locks values. Every rotation and every erasure makes a new version of the master key and
//! a new ring key and destroys the old ones, so that an older copy of the keyring opens nothing. Beside the versions the master
//! key has a **root** that never changes; keys for a purpose (the database file, tokens) are derived from it.
//!
//! ```
//! # use std::sync::Arc;
//! # use ledger::port::Protection;
//! # struct Dice(std::sync::atomic::AtomicU8);
//! # impl ledger::Entropy for Dice {
//! #     fn fill(&self, buffer: &mut [u8]) {
//! #         for byte in buffer { *byte = self.0.fetch_add(7, std::sync::atomic::Ordering::Relaxed); }
//! #     }
//! # }
//! # let folder = tempfile::tempdir()?;
//! # let (data, entropy) = (folder.path(), Arc::new(Dice(1.into())));
//! let vault = vault::open(&vault::Settings::default(), data, Arc::new(calendar::SystemClock), entropy)?;
//! let locked = vault.lock("01J", "person/01J/birth_date", b"1980-04-01")?;
//! assert!(locked.starts_with("locked:1:01J:1:"));
//! assert_eq!(vault.open("01J", "person/01J/birth_date", &locked)?.as_deref(), Some(&b"1980-04-01"[..]));
//! vault.erase("01J")?;
//! assert_eq!(vault.open("01J", "person/01J/birth_date", &locked)?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod algorithms;
mod certificate;
mod cipher;
mod erasure;
mod holder;
mod locked;
mod master;
mod open;
mod problem;
mod rotation;
mod schedule;
mod secret;
mod vault;

pub use algorithms::{Algorithm, Algorithms as AlgorithmTable, algorithms};
pub use certificate::{Act, Algorithms, Certificate, CertificateProblem, DestroyedKey, ErasedIn, KIND, Sealed, jst};
pub use erasure::{Erasure, REQUESTS, signing_key};
pub use master::{FILE, FOLDER, FileMaster, MasterKey, Pkcs11Master, destroy_master, shred};
pub use open::{KEYRING, Settings, open};
pub use problem::KeyProblem;
pub use rotation::{Erased, Renewed};
pub use schedule::{RotationRule, due};
pub use secret::Secret;
pub use vault::{Status, Vault};
