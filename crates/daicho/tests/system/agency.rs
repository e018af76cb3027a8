//! A server inside the test: the composition of the program over a temporary database, with a clock that can be set.

use std::net::SocketAddr;
use std::sync::Arc;

use calendar::FixedClock;
use chrono::{DateTime, FixedOffset};
use daicho::installation::{Ambient, Installation};
use daicho::settings::Settings;
use daicho::web::{App, router};
use identity::Password;
use identity::names::{account, role_grant};
use identity::password::{self, NewPassword};
use identity::token::{self, NewToken};
use ledger::pack::PackSource;
use ledger::port::Writer;
use ledger::{Change, Principal, Record, Refusal};
use serde_json::{Value, json};
use store::Store;
use testkit::SeededEntropy;
use tokio::runtime::Runtime;

use crate::browser::{Browser, PASSWORD};

/// Name of the agency in these stories.
pub const NAME: &str = "見本省";

/// A running server.
pub struct Agency {
    pub app: App,
    pub address: SocketAddr,
    pub clock: Arc<FixedClock>,
    password: NewPassword,
    runtime: Option<Runtime>,
    _folder: tempfile::TempDir,
}

impl Agency {
    /// A server on the morning of a day.
    pub fn start(store: Store, today: &str) -> Self {
        Self::with(store, today, |_| {})
    }

    /// The same with other settings.
    pub fn with(store: Store, today: &str, set: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut settings = Settings { agency: NAME.into(), requests_per_minute: u32::MAX, ..Settings::default() };
        // Stories about second factors ask for them.
        settings.sign_in.second_factor.required = Vec::new();
        set(&mut settings);
        let clock = Arc::new(FixedClock::at(morning(today)));
        let ambient = Ambient { clock: clock.clone(), entropy: Arc::new(SeededEntropy::new(7)) };
        let installation =
            Installation::with_store(store, folder.path(), settings, ambient).expect("the installation opens");
        let kernel = installation.kernel();
        let password = NewPassword::lasting(&kernel, &installation.settings.sign_in, &Password::new(PASSWORD));
        let app = App::new(installation);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        runtime.spawn(async move { axum::serve(listener, service).await });
        let password = password.expect("a hash");
        Self { app, address, clock, password, runtime: Some(runtime), _folder: folder }
    }

    pub fn installation(&self) -> &Installation {
        &self.app.installation
    }

    /// Install a pack of one or more files while the server runs.
    pub fn install(&self, name: &str, files: &[(&str, &str)]) {
        let files = files.iter().map(|(path, text)| ((*path).to_string(), (*text).to_string())).collect();
        let source = PackSource { name: name.into(), files };
        self.installation().install(source, &Principal::system("test")).unwrap_or_else(|problem| panic!("{problem}"));
    }

    /// One change by the system.
    pub fn commit(&self, change: Change) -> Result<Record, Refusal> {
        let kernel = self.installation().kernel();
        let who = Principal::system("test");
        self.installation().store.write(|tx: &mut dyn Writer| kernel.commit(tx, &who, change.clone()))
    }

    /// A new record made by the system.
    pub fn create(&self, ledger: &str, values: Value) -> Record {
        let values = values.as_object().cloned().expect("an object");
        self.commit(Change::create(ledger, values)).unwrap_or_else(|refusal| panic!("{ledger}: {refusal:?}"))
    }

    /// Somebody with an account and these roles, signed in.
    pub fn somebody(&self, login: &str, person: Option<&str>, roles: &[&str]) -> Browser {
        let added = self.create(account::LEDGER, json!({ account::LOGIN: login, account::PERSON: person }));
        for role in roles {
            self.create(role_grant::LEDGER, json!({ role_grant::ACCOUNT: added.id, role_grant::ROLE: role }));
        }
        let kernel = self.installation().kernel();
        let who = Principal::system("test");
        let set = |tx: &mut dyn Writer| password::set(tx, &kernel, &who, &added.id, &self.password, None).map(|_| ());
        self.installation().store.write(set).expect("a password");
        Browser::sign_in(self.address, login, PASSWORD)
    }

    /// A machine with a token.
    pub fn machine(&self, role: &str, read_only: bool) -> Browser {
        let kernel = self.installation().kernel();
        let settings = self.installation().settings.sign_in.clone();
        let new =
            NewToken { name: format!("機械-{role}"), role: role.into(), office: None, read_only, expires_at: None };
        let who = Principal::system("test");
        let made = self
            .installation()
            .store
            .write(|tx: &mut dyn Writer| token::create(tx, &kernel, &settings, &who, &new))
            .expect("a token");
        Browser::with_token(self.address, made.0.expose())
    }
}

impl Drop for Agency {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Wait, so that the last hold on the database is ours: its connections may not be closed on a task.
            runtime.shutdown_timeout(std::time::Duration::from_secs(5));
        }
    }
}

/// Nine in the morning in Japan.
pub fn morning(day: &str) -> DateTime<chrono::Utc> {
    let at: DateTime<FixedOffset> = format!("{day}T09:00:00+09:00").parse().expect("a day");
    at.to_utc()
}
