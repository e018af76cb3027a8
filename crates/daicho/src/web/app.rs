//! What every request shares.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use document::pdf::{TypesetProblem, Typesetter};
use identity::oidc::{Http, Provider};
use identity::rate::Limiter;

use crate::installation::Installation;
use crate::settings::Settings;
use crate::web::evidence::{Denials, Troubles};
use crate::web::headers::RequestLimiter;
use crate::web::metrics::Metrics;

/// What every request shares. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The installation.
    pub installation: Installation,
    /// Attempts to sign in, per node.
    pub attempts: Arc<Limiter>,
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
}

impl App {
    /// What requests to this installation share.
    pub fn new(installation: Installation) -> Self {
        let settings = &installation.settings;
        Self {
            attempts: Arc::new(Limiter::new(settings.sign_in.attempts.clone())),
            requests: Arc::new(RequestLimiter::new(settings.requests_per_minute)),
            metrics: Arc::default(),
            denials: Arc::default(),
            troubles: Arc::default(),
            draining: Arc::default(),
            provider: provider(settings),
            typesetter: Arc::default(),
            installation,
        }
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
