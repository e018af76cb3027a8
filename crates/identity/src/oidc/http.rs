//! The two calls that the provider is asked by, and their one real implementation.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// How long one call may take.
const LONGEST: Duration = Duration::from_secs(10);
/// Largest answer that is read, in bytes.
const LARGEST: u64 = 1_000_000;

/// A call that failed: the status, or none where there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("認証基盤への要求に失敗しました")]
pub struct FetchProblem(pub Option<u16>);

/// How the provider is asked.
pub trait Fetch: Send + Sync {
    /// The body of a document.
    ///
    /// # Errors
    /// When there is no answer, or none with status 200.
    fn get(&self, url: &str) -> Result<String, FetchProblem>;

    /// The body of the answer to a posted form; `basic` is the value of the `Authorization` header.
    ///
    /// # Errors
    /// When there is no answer, or none with status 200.
    fn post(&self, url: &str, basic: Option<&str>, form: &[(&str, &str)]) -> Result<String, FetchProblem>;
}

/// Over the network, with TLS by rustls. Follows no redirect.
pub struct Http(Agent);

impl Http {
    /// A client that trusts the authorities of this file, or the public ones.
    ///
    /// # Errors
    /// When the file holds no certificate, in Japanese.
    pub fn new(authority: Option<&Path>) -> Result<Self, String> {
        let roots = match authority {
            None => RootCerts::WebPki,
            Some(path) => {
                let failed =
                    |error: &dyn std::fmt::Display| format!("oidc.ca の {} を読めません: {error}", path.display());
                let read: Result<Vec<_>, _> =
                    CertificateDer::pem_file_iter(path).map_err(|error| failed(&error))?.collect();
                let read = read.map_err(|error| failed(&error))?;
                if read.is_empty() {
                    return Err(failed(&"証明書がありません"));
                }
                read.iter().map(|one| Certificate::from_der(one).to_owned()).collect::<Vec<_>>().into()
            }
        };
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(LONGEST))
            .max_redirects(0)
            .http_status_as_error(true)
            .user_agent("Daicho")
            .build();
        Ok(Self(config.into()))
    }
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<String, FetchProblem> {
    match answer {
        Ok(mut answer) if answer.status() == 200 => {
            answer.body_mut().with_config().limit(LARGEST).read_to_string().map_err(|_| FetchProblem(None))
        }
        Ok(answer) => Err(FetchProblem(Some(answer.status().as_u16()))),
        Err(ureq::Error::StatusCode(status)) => Err(FetchProblem(Some(status))),
        Err(_) => Err(FetchProblem(None)),
    }
}

impl Fetch for Http {
    fn get(&self, url: &str) -> Result<String, FetchProblem> {
        read(self.0.get(url).header("accept", "application/json").call())
    }

    fn post(&self, url: &str, basic: Option<&str>, form: &[(&str, &str)]) -> Result<String, FetchProblem> {
        let mut request = self.0.post(url).header("accept", "application/json");
        if let Some(basic) = basic {
            request = request.header("authorization", basic);
        }
        read(request.send_form(form.iter().copied()))
    }
}
