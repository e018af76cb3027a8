//! A small agency: one ministry with a division and a section, and accounts as each story needs them.

use std::path::Path;
use std::sync::{Arc, Mutex};

use calendar::{BusinessCalendar, FixedClock};
use chrono::{NaiveDate, TimeDelta};
use identity::password::{self, NewPassword};
use identity::settings::HashCost;
use identity::{Arrival, Origin, Password, Secret, Settings, SignInRefused, SignedIn, names, session, sign_in};
use journal::{Channel, Entry};
use ledger::port::HistoryQuery;
use ledger::{Body, Change, Entropy, Kernel, Principal, Record, Refusal, pack};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{SqliteOptions, Store};

/// SHA-256 of a running number: never the same twice, the same on every run.
struct Seeded(Mutex<u64>);

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        let mut number = self.0.lock().unwrap();
        for part in buffer.chunks_mut(32) {
            *number += 1;
            part.copy_from_slice(&Sha256::digest(number.to_be_bytes())[..part.len()]);
        }
    }
}

pub struct World {
    pub store: Store,
    pub kernel: Kernel,
    pub clock: Arc<FixedClock>,
    pub settings: Settings,
    pub _folder: Option<tempfile::TempDir>,
}

/// A password of an account of a story.
pub const PASSWORD: &str = "Kawa-no-nagare-31";

impl World {
    /// At nine o'clock in Japan on 20 November 2026, a Friday.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("daicho.db"), SqliteOptions::default()).unwrap();
        Self { _folder: Some(folder), ..Self::over(store) }
    }

    /// The same over a database that is open already.
    pub fn over(store: Store) -> Self {
        let sources = pack::read_folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")).unwrap();
        let core: Vec<_> = sources.into_iter().filter(|source| source.name == "core").collect();
        let catalogue = Arc::new(pack::load(&core).unwrap_or_else(|problems| panic!("{problems:#?}")));
        let clock = Arc::new(FixedClock::at("2026-11-20T00:00:00Z".parse().unwrap()));
        let kernel = Kernel::new(
            catalogue,
            BusinessCalendar::government(),
            identity::accounts::engines().into(),
            clock.clone(),
            Arc::new(Seeded(Mutex::new(0))),
        );
        // As cheap as Argon2 can be: what is shown here does not hang on the cost.
        let cheap = HashCost { from: NaiveDate::MIN, memory_kib: 64, passes: 1, lanes: 1 };
        let mut settings = Settings { hashing: vec![cheap], ..Settings::default() };
        // Stories about second factors ask for them.
        settings.second_factor.required = Vec::new();
        Self { store, kernel, clock, settings, _folder: None }
    }

    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// Make a record as the program itself.
    pub fn make(&self, ledger: &str, values: Value) -> Record {
        let change = Change::create(ledger, body(values));
        self.commit(change)
    }

    fn commit(&self, change: Change) -> Record {
        let who = Principal::system("story");
        self.store
            .write(|tx| self.kernel.commit(tx, &who, change.clone()))
            .unwrap_or_else(|refusal| panic!("{refusal:?}"))
    }

    /// Take a transition as the program itself.
    pub fn take(&self, record: &Record, transition: &str) -> Record {
        let change = Change::transition(&record.ledger, &record.id, record.revision, transition).because("見本の理由");
        self.commit(change)
    }

    /// An active account of a person of that name, without a password.
    pub fn account(&self, login: &str, name: &str) -> Record {
        let person = self.make(names::person::LEDGER, person(login, name));
        let account = self.make(names::account::LEDGER, account(login, &person.id));
        assert_eq!(account.state, names::account::ACTIVE);
        account
    }

    /// An active account with [`PASSWORD`].
    pub fn account_with_password(&self, login: &str, name: &str) -> Record {
        let account = self.account(login, name);
        self.set_password(&account, PASSWORD);
        account
    }

    pub fn set_password(&self, account: &Record, text: &str) {
        let new = NewPassword::lasting(&self.kernel, &self.settings, &Password::new(text)).unwrap();
        let who = Principal::system("story");
        self.store.write(|tx| password::set(tx, &self.kernel, &who, &account.id, &new, None)).unwrap();
    }

    pub fn organisation(&self, code: &str, name: &str, parent: Option<&Record>) -> Record {
        self.make("organisation", organisation(code, name, parent))
    }

    pub fn grant(&self, account: &Record, role: &str, office: Option<&Record>, from: &str, to: Option<&str>) -> Record {
        let grant = self.make(names::role_grant::LEDGER, role_grant(account, role, office, from, to));
        assert_eq!(grant.state, names::role_grant::IN_FORCE);
        grant
    }

    pub fn sign_in(&self, login: &str, text: &str) -> Result<SignedIn, SignInRefused> {
        self.sign_in_replacing(login, text, None)
    }

    pub fn sign_in_replacing(
        &self,
        login: &str,
        text: &str,
        replaces: Option<&Secret>,
    ) -> Result<SignedIn, SignInRefused> {
        let origin = origin();
        self.sign_in_as(login, text, &Arrival { replaces, ..Arrival::new(&origin) })
    }

    /// With a browser that brings along what it is known by.
    pub fn sign_in_on(&self, device: &Secret, login: &str, text: &str) -> Result<SignedIn, SignInRefused> {
        let origin = origin();
        self.sign_in_as(login, text, &Arrival { device: Some(device), ..Arrival::new(&origin) })
    }

    fn sign_in_as(&self, login: &str, text: &str, arrival: &Arrival<'_>) -> Result<SignedIn, SignInRefused> {
        let candidate = self.store.read(|tx| sign_in::read_candidate(tx, login)).unwrap();
        let checked = sign_in::check(&self.kernel, &self.settings, candidate, &Password::new(text));
        self.store.write(|tx| sign_in::open(tx, &self.kernel, &self.settings, &checked, arrival)).unwrap()
    }

    /// The session of this secret, whatever it opens.
    pub fn resolve_any(&self, secret: &Secret) -> Option<session::Resolved> {
        self.store.read(|tx| session::resolve_any(tx, &self.kernel, &self.settings, secret, &origin())).unwrap()
    }

    pub fn resolve(&self, secret: &Secret) -> Option<session::Resolved> {
        self.store.read(|tx| session::resolve(tx, &self.kernel, &self.settings, secret, &origin())).unwrap()
    }

    /// The newest entries of the journal, newest first.
    pub fn entries(&self) -> Vec<Entry> {
        let query = HistoryQuery { limit: 1_000, ..HistoryQuery::default() };
        let found = self.store.read(|tx| tx.history(&query)).unwrap();
        found.into_iter().map(|stored| stored.entry).collect()
    }

    pub fn newest_entry(&self) -> Entry {
        self.entries().remove(0)
    }
}

pub fn origin() -> Origin {
    Origin::new(Channel::Page, Some("192.0.2.10".into()), Some("見本の端末"))
}

/// What a refused change says.
pub fn words(refused: Result<Record, Refusal>) -> String {
    match refused {
        Err(Refusal::Invalid(problems)) => problems.iter().map(|one| one.message.clone()).collect(),
        Err(other) => other.to_string(),
        Ok(record) => panic!("not refused: {record:?}"),
    }
}

fn body(values: Value) -> Body {
    match values {
        Value::Object(mut body) => {
            body.retain(|_, value| !value.is_null());
            body
        }
        _ => panic!("a body is an object"),
    }
}

fn person(number: &str, name: &str) -> Value {
    json!({ "number": number, "name": name, "kana": "ミホン" })
}

fn account(login: &str, person: &str) -> Value {
    json!({ names::account::LOGIN: login, names::account::PERSON: person })
}

fn organisation(code: &str, name: &str, parent: Option<&Record>) -> Value {
    json!({ "code": code, "name": name, "parent": parent.map(|parent| parent.id.clone()), "valid_from": "2020-04-01" })
}

fn role_grant(account: &Record, role: &str, office: Option<&Record>, from: &str, to: Option<&str>) -> Value {
    json!({
        names::role_grant::ACCOUNT: account.id,
        names::role_grant::ROLE: role,
        names::role_grant::OFFICE: office.map(|office| office.id.clone()),
        names::role_grant::VALID_FROM: from,
        names::role_grant::VALID_TO: to,
    })
}
