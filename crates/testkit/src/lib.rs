//! A kernel on a temporary database with a fixed clock, for tests of stories: the same write path, rules and packs as in
//! production, on SQLite and, where `DAICHO_TEST_POSTGRES` names a server, on PostgreSQL.
//!
//! ```
//! use testkit::{Desk, on_each_database};
//! on_each_database(|store| {
//!     let desk = Desk::new(store, "2026-11-20", vec![]);
//!     let office = desk.create("organisation", &[("code", "010000"), ("name", "見本局"), ("kind", "bureau")]);
//!     assert_eq!(office.revision, 1);
//! });
//! ```

pub mod clauses;

#[cfg(feature = "pages")]
pub mod pages;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use calendar::{BusinessCalendar, FixedClock};
use chrono::{DateTime, Utc};
use journal::{Actor, Channel};
use ledger::pack::{PackSource, load, read_folders};
use ledger::port::{Reader, Shape, Writer};
use ledger::{Body, Change, Engine, Entropy, Kernel, Principal, Record, Refusal, RoleHeld, Standing};
use serde_json::Value;
use store::{DatabaseKey, PostgresOptions, SqliteOptions, Store};
use vault::Vault;

/// Random bytes that are the same in every run: SplitMix64.
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// Start from this seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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

/// Run a story on a new SQLite database, and on a new PostgreSQL schema where a server is named.
///
/// # Panics
/// When a database cannot be opened; when `CI` is set and no PostgreSQL is named.
pub fn on_each_database(story: impl Fn(Store)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    story(sqlite(folder.path()).0);
    match std::env::var("DAICHO_TEST_POSTGRES") {
        Ok(url) => {
            let folder = tempfile::tempdir().expect("a temporary folder");
            story(postgres(folder.path(), &own_schema(&url)).0);
        }
        Err(_) => {
            assert!(std::env::var("CI").is_err(), "CI must test PostgreSQL too: DAICHO_TEST_POSTGRES is not set");
            eprintln!("SKIPPED on PostgreSQL: DAICHO_TEST_POSTGRES is not set");
        }
    }
}

/// A new SQLite database in the folder, encrypted, with the vault that locks its protected values: as in production.
///
/// # Panics
/// When it cannot be opened.
pub fn sqlite(folder: &Path) -> (Store, Arc<Vault>) {
    let vault = vault(folder, None);
    let key = *vault.derive("database").expect("the key of the database").expose();
    let options =
        SqliteOptions { key: Some(DatabaseKey::new(key)), protection: Some(vault.clone()), ..SqliteOptions::default() };
    (Store::open_sqlite(&folder.join("daicho.db"), options).expect("SQLite opens"), vault)
}

/// The database at a PostgreSQL address, with its vault; the master key lies in the folder.
///
/// # Panics
/// When it cannot be opened.
pub fn postgres(folder: &Path, url: &str) -> (Store, Arc<Vault>) {
    let vault = vault(folder, Some(url));
    let options = PostgresOptions { protection: Some(vault.clone()), ..PostgresOptions::default() };
    (Store::open_postgres(url, options).expect("PostgreSQL opens"), vault)
}

fn vault(folder: &Path, url: Option<&str>) -> Arc<Vault> {
    let settings = vault::Settings { database_url: url.map(str::to_owned), ..vault::Settings::default() };
    let entropy = Arc::new(SeededEntropy::new(7));
    Arc::new(vault::open(&settings, folder, Arc::new(FixedClock::at(morning("2026-01-05"))), entropy).expect("a vault"))
}

/// A URL whose connections work in a schema that no other test uses.
fn own_schema(url: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let schema = format!("story_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut client = ::postgres::Client::connect(url, ::postgres::NoTls).expect("PostgreSQL answers");
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).expect("a schema");
    let join = if url.contains('?') { '&' } else { '?' };
    format!("{url}{join}options=-csearch_path%3D{schema}")
}

/// Everything a story needs: a store, a kernel, a clock that can be set.
pub struct Desk {
    /// The database.
    pub store: Store,
    /// The kernel.
    pub kernel: Kernel,
    /// The clock.
    pub clock: Arc<FixedClock>,
}

impl Desk {
    /// A desk with the packs of the project on the morning (9:00 in Japan) of a day.
    ///
    /// # Panics
    /// When the packs have mistakes.
    pub fn new(store: Store, today: &str, engines: Vec<Arc<dyn Engine>>) -> Self {
        let packs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        Self::with_packs(store, today, engines, &read_folders(&packs).expect("the packs"))
    }

    /// The same with these packs.
    ///
    /// # Panics
    /// When the packs have mistakes.
    pub fn with_packs(store: Store, today: &str, engines: Vec<Arc<dyn Engine>>, packs: &[PackSource]) -> Self {
        let catalogue = load(packs).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        let clock = Arc::new(FixedClock::at(morning(today)));
        let kernel = Kernel::new(
            Arc::new(catalogue),
            BusinessCalendar::government(),
            engines.into(),
            clock.clone(),
            Arc::new(SeededEntropy::new(1)),
        );
        let ledgers: Vec<_> = kernel.catalogue.ledgers.values().cloned().collect();
        store.shape(&ledgers).expect("indexes and views");
        Self { store, kernel, clock }
    }

    /// Go to the morning of a day.
    pub fn go_to(&self, day: &str) {
        self.clock.set(morning(day));
    }

    /// A new record made by the system, as a test's starting point.
    ///
    /// # Panics
    /// When the kernel refuses.
    pub fn create(&self, ledger: &str, values: &[(&str, &str)]) -> Record {
        let values = values.iter().map(|(name, value)| ((*name).to_string(), Value::from(*value))).collect();
        self.commit(&Principal::system("test"), Change::create(ledger, values)).expect("the record is stored")
    }

    /// One change by somebody.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn commit(&self, who: &Principal, change: Change) -> Result<Record, Refusal> {
        // A millisecond passes, so that identifiers and instants follow one another.
        self.clock.advance(chrono::TimeDelta::milliseconds(1));
        self.store.write(|tx: &mut dyn Writer| self.kernel.commit(tx, who, change.clone()))
    }

    /// Take a transition of a record as it is now, with values and a comment.
    ///
    /// # Errors
    /// The kernel's refusal.
    pub fn take(&self, who: &Principal, record: &Record, transition: &str, values: Body) -> Result<Record, Refusal> {
        let now = self.record(&record.ledger, &record.id);
        let change = Change::transition(&record.ledger, &record.id, now.revision, transition).with(values);
        self.commit(who, change.because("見本の理由"))
    }

    /// A record as it is stored, whoever may read it.
    ///
    /// # Panics
    /// When there is none.
    pub fn record(&self, ledger: &str, id: &str) -> Record {
        self.read(|tx| tx.record(ledger, id).map_err(Refusal::from)).expect("the database").expect("the record")
    }

    /// Read something.
    ///
    /// # Errors
    /// What the closure gives.
    pub fn read<T>(&self, work: impl FnOnce(&mut dyn Reader) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.store.read(work)
    }
}

/// Nine in the morning in Japan.
fn morning(day: &str) -> DateTime<Utc> {
    format!("{day}T09:00:00+09:00").parse::<DateTime<chrono::FixedOffset>>().expect("a day").with_timezone(&Utc)
}

/// A person who is signed in with these roles everywhere.
pub fn somebody(name: &str, person: Option<&Record>, roles: &[&str]) -> Principal {
    Principal {
        actor: Actor {
            account: format!("account-{name}"),
            login: name.into(),
            person: person.map(|person| person.id.clone()),
            channel: Channel::Page,
            address: Some("127.0.0.1".into()),
            device: None,
        },
        name: name.into(),
        roles: roles.iter().map(|role| RoleHeld { role: (*role).to_string(), offices: None, outside: false }).collect(),
        standing: Standing::Person,
    }
}

/// Values of a change.
pub fn values<const N: usize>(pairs: [(&str, Value); N]) -> Body {
    pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}
