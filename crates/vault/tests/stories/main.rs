//! Stories of keys: on SQLite always, on PostgreSQL where `DAICHO_TEST_POSTGRES` names a server.

mod attack;
mod crash;
mod erasure;
mod files;
mod hardware;
mod request;
mod rotation;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use calendar::FixedClock;
use ledger::Entropy;
use vault::{KeyProblem, Settings, Vault};

/// Random bytes that are the same in every run: SplitMix64.
pub(crate) struct Seeded(Mutex<u64>);

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for chunk in buffer.chunks_mut(8) {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = *state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// Every vault that is opened gets other random bytes, as other programs do.
pub(crate) fn entropy() -> Arc<dyn Entropy> {
    static SEED: AtomicU64 = AtomicU64::new(1);
    Arc::new(Seeded(Mutex::new(SEED.fetch_add(1, Ordering::Relaxed) << 32)))
}

pub(crate) fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at("2026-11-22T00:00:00Z".parse().unwrap()))
}

/// An installation: its data directory and where its records are.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) settings: Settings,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), settings: Settings::default() }
    }

    pub(crate) fn open(&self) -> Result<Vault, KeyProblem> {
        vault::open(&self.settings, self.folder.path(), clock(), entropy())
    }

    pub(crate) fn keys(&self) -> std::path::PathBuf {
        self.folder.path().join("keys")
    }

    /// A copy of the folder of the keys, as a backup or a thief has it.
    pub(crate) fn copy_keys(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_files(&self.keys(), copy.path());
        copy
    }
}

pub(crate) fn copy_files(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Tell a story on SQLite, and on a PostgreSQL schema of its own where a server is named.
pub(crate) fn on_each_database(story: impl Fn(&Place)) {
    story(&Place::new());
    match std::env::var("DAICHO_TEST_POSTGRES") {
        Ok(url) => {
            let mut place = Place::new();
            place.settings.database_url = Some(own_schema(&url));
            story(&place);
        }
        Err(_) => {
            assert!(std::env::var("CI").is_err(), "CI must test PostgreSQL too: DAICHO_TEST_POSTGRES is not set");
            eprintln!("SKIPPED on PostgreSQL: DAICHO_TEST_POSTGRES is not set");
        }
    }
}

pub(crate) fn own_schema(url: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let schema = format!("vault_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    let sql = format!(
        "DROP SCHEMA IF EXISTS {schema} CASCADE; DROP SCHEMA IF EXISTS {schema}_keyring CASCADE; CREATE SCHEMA {schema}"
    );
    client.batch_execute(&sql).unwrap();
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}options=-csearch_path%3D{schema}")
}
