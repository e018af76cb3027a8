//! Certificates from files, and taking over new ones while the program runs.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use sha2::{Digest, Sha256};

use crate::settings::Settings;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Why the files cannot be used. Each names the file and the mend.
#[derive(Debug, thiserror::Error)]
pub enum TlsProblem {
    /// Only one of certificate and key is set.
    #[error("tls_certificate と tls_key は、両方を設定してください。")]
    Half,
    /// A file cannot be read.
    #[error("{0} を読めません: {1}")]
    File(PathBuf, String),
    /// Anybody on the machine may read the private key.
    #[error("{0} はほかの利用者も読めます。chmod 600 で、台帳を動かす利用者だけが読めるようにしてください。")]
    OpenKey(PathBuf),
    /// Certificate and key do not fit, or are of a kind that is not supported.
    #[error("{0} の証明書と鍵を使えません: {1}")]
    Unusable(PathBuf, String),
}

/// The files.
#[derive(Debug, Clone)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    client_ca: Option<PathBuf>,
}

/// What is in force, and the files it came from.
pub struct Tls {
    files: Files,
    current: RwLock<Arc<ServerConfig>>,
    seen: RwLock<[u8; 32]>,
}

impl Tls {
    /// Read what the settings name; `None` when they name nothing.
    ///
    /// # Errors
    /// When a file is missing, open to others or unusable.
    pub fn of(settings: &Settings) -> Result<Option<Arc<Self>>, TlsProblem> {
        let files = match (&settings.tls_certificate, &settings.tls_key) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => {
                Files { certificate: certificate.clone(), key: key.clone(), client_ca: settings.tls_client_ca.clone() }
            }
            _ => return Err(TlsProblem::Half),
        };
        let (config, digest) = files.read()?;
        Ok(Some(Arc::new(Self { files, current: RwLock::new(Arc::new(config)), seen: RwLock::new(digest) })))
    }

    /// What new connections are given.
    pub fn current(&self) -> Arc<ServerConfig> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Read the files again; true when they had changed and are in force now.
    ///
    /// # Errors
    /// When the new ones cannot be used; the old ones stay in force.
    pub fn renew(&self) -> Result<bool, TlsProblem> {
        let (config, digest) = self.files.read()?;
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if *seen == digest {
            return Ok(false);
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        *seen = digest;
        Ok(true)
    }

    /// Take over changed files until the program ends.
    pub async fn watch(self: Arc<Self>) {
        let mut told = String::new();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let tls = self.clone();
            match tokio::task::spawn_blocking(move || tls.renew()).await {
                Ok(Ok(true)) => tracing::info!("new certificate in force"),
                // Said once, not every five seconds.
                Ok(Err(error)) if told != error.to_string() => {
                    tracing::error!(%error, "certificate not renewed; the old one stays in force");
                    told = error.to_string();
                }
                _ => {}
            }
        }
    }
}

impl Files {
    /// The configuration, and a digest of everything it was made from.
    fn read(&self) -> Result<(ServerConfig, [u8; 32]), TlsProblem> {
        let chain = certificates(&self.certificate)?;
        private(&self.key)?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| TlsProblem::File(self.key.clone(), error.to_string()))?;
        let mut digest = Sha256::new();
        chain.iter().for_each(|one| digest.update(one));
        digest.update(key.secret_der());
        let unusable =
            |error: &dyn std::fmt::Display| TlsProblem::Unusable(self.certificate.clone(), error.to_string());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| unusable(&error))?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for authority in certificates(path)? {
                    digest.update(&authority);
                    roots.add(authority).map_err(|error| TlsProblem::Unusable(path.clone(), error.to_string()))?;
                }
                // Whoever has none still gets a page that says what is missing; whether one is demanded is decided there.
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                    .allow_unauthenticated()
                    .build()
                    .map_err(|error| TlsProblem::Unusable(path.clone(), error.to_string()))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| unusable(&error))?;
        // The strongest of ours that the client knows, whatever the client would rather have.
        config.ignore_client_order = true;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok((config, digest.finalize().into()))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsProblem> {
    let failed = |error: &dyn std::fmt::Display| TlsProblem::File(path.to_path_buf(), error.to_string());
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(|error| failed(&error))?.collect();
    let chain = read.map_err(|error| failed(&error))?;
    if chain.is_empty() {
        return Err(failed(&"証明書がありません(PEMの BEGIN CERTIFICATE)"));
    }
    Ok(chain)
}

/// A private key that everybody on the machine may read is none.
fn private(path: &Path) -> Result<(), TlsProblem> {
    use std::os::unix::fs::PermissionsExt;
    let about = std::fs::metadata(path).map_err(|error| TlsProblem::File(path.to_path_buf(), error.to_string()))?;
    if about.permissions().mode() & 0o007 != 0 { Err(TlsProblem::OpenKey(path.to_path_buf())) } else { Ok(()) }
}
