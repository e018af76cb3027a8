//! What every request shares.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use document::pdf::{TypesetProblem, Typesetter};
use identity::oidc::{Http, Provider};
use identity::rate::Limiter;
use identity::second::Party;
use ledger::port::{Reader, StoreError};
use ui::Url;
use ui::components::Seal;

use crate::installation::Installation;
use crate::settings::Settings;
use crate::web::evidence::{Denials, Troubles};
use crate::web::headers::RequestLimiter;
use crate::web::metrics::Metrics;

/// Seconds for which a look at the seal holds.
const SEAL_SECONDS: i64 = 5;

/// What every request shares. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The installation.
    pub installation: Installation,
    /// Attempts to sign in, per node.
    pub attempts: Arc<Limiter>,
    /// The address to which passkeys are bound; none where they cannot be used.
    pub party: Arc<Option<Party>>,
    /// Requests, per node.
    pub(super) requests: Arc<RequestLimiter>,
    /// Figures for `/metrics`.
    pub metrics: Arc<Metrics>,
    /// Refused attempts, per node.
    pub denials: Arc<Denials>,
    /// Writes that failed.
    pub troubles: Arc<Troubles>,
    /// No new work is taken: the server is about to end.
    pub draining: Arc<AtomicBool>,
    /// The identity provider, where one is set.
    pub provider: Option<Arc<Provider>>,
    typesetter: Arc<OnceLock<Typesetter>>,
    /// The newest seal as it was last looked at: every page shows it, and a few seconds do not matter.
    seal: Arc<Mutex<Option<(DateTime<Utc>, Seal)>>>,
}

impl App {
    /// What requests to this installation share.
    pub fn new(installation: Installation) -> Self {
        let settings = &installation.settings;
        let party = Party::new(settings.public_url.as_deref(), &settings.agency);
        if let Err(problem) = &party {
            tracing::warn!(%problem, "passkeys are off");
        }
        Self {
            party: Arc::new(party.ok()),
            attempts: Arc::new(Limiter::new(settings.sign_in.attempts.clone())),
            requests: Arc::new(RequestLimiter::new(settings.requests_per_minute)),
            metrics: Arc::default(),
            denials: Arc::default(),
            troubles: Arc::default(),
            draining: Arc::default(),
            provider: provider(settings),
            typesetter: Arc::default(),
            seal: Arc::default(),
            installation,
        }
    }

    /// The newest seal, for the foot of every page; none before the first.
    pub fn seal(&self) -> Option<Seal> {
        let now = self.installation.kernel().now();
        let mut kept = self.seal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, seal)) = kept.as_ref().filter(|(at, _)| (now - *at).num_seconds().abs() < SEAL_SECONDS) {
            return Some(seal.clone());
        }
        let store = &self.installation.store;
        let looked = store.read(|tx: &mut dyn Reader| Ok::<_, StoreError>((tx.newest_checkpoint()?, tx.seal_lag()?)));
        let (checkpoint, lag) = looked.ok()?;
        let alarm = i64::try_from(self.installation.settings.journal.alarm_seconds).unwrap_or(i64::MAX);
        let intact = lag.oldest.is_none_or(|oldest| (now - oldest).num_seconds() <= alarm);
        let seal = Seal { at: checkpoint?.sealed_at, intact, to: Url::path(["journal"]) };
        *kept = Some((now, seal.clone()));
        Some(seal)
    }

    /// The typesetter, made when the first paper is asked for: loading fonts takes a moment and some megabytes.
    pub fn typesetter(&self) -> Result<&Typesetter, TypesetProblem> {
        if let Some(ready) = self.typesetter.get() {
            return Ok(ready);
        }
        let made = crate::paper::typesetter(&self.installation.settings)?;
        Ok(self.typesetter.get_or_init(|| made))
    }
}

/// The identity provider of the settings. One that cannot be asked is told to the log; passwords still work then.
fn provider(settings: &Settings) -> Option<Arc<Provider>> {
    let oidc = settings.oidc.as_ref()?;
    match Http::new(oidc.ca.as_deref()) {
        Ok(http) => Some(Arc::new(Provider::new(Box::new(http)))),
        Err(problem) => {
            tracing::error!(problem, "identity provider");
            None
        }
    }
}
