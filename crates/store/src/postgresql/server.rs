//! A server as its address names it: where it is, and how the connection to it is protected.
//!
//! The address takes `sslmode` and `sslrootcert` as PostgreSQL's own programs do (libpq, "SSL Support"): `verify-full`
//! compares authority and name, `verify-ca` the authority only, `require` neither unless `sslrootcert` is given, `disable`
//! goes in clear. Where nothing is said, a server on the same machine is reached in clear and any other by `verify-full`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::postgres::config::{Host, SslMode};
use ::postgres::{Client, Config, NoTls};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection;
use super::verifier::{AnyName, Anybody};
use crate::connection::Fault;

/// Where systems keep the authorities they trust: Debian, Red Hat, SUSE, Alpine.
const SYSTEM_ROOTS: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How much of the server's certificate is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Clear,
    Encrypted,
    Authority,
    Full,
}

impl Mode {
    /// As libpq calls it.
    fn word(self) -> &'static str {
        match self {
            Mode::Clear => "disable",
            Mode::Encrypted => "require",
            Mode::Authority => "verify-ca",
            Mode::Full => "verify-full",
        }
    }
}

/// A server.
#[derive(Clone)]
pub(crate) struct Server {
    /// Host, account, database.
    pub config: Config,
    tls: Option<MakeRustlsConnect>,
    mode: Mode,
    root: Option<PathBuf>,
}

impl Server {
    /// The server of an address.
    pub(crate) fn of(url: &str) -> Result<Self, Fault> {
        let (plain, asked) = Asked::of(url)?;
        let mut config: Config =
            plain.parse().map_err(|_| Fault::failed("PostgreSQLの接続先の書き方が正しくありません"))?;
        let mode = match asked.mode {
            Some(mode) => mode,
            None if config.get_ssl_mode() == SslMode::Require => Mode::Encrypted,
            None if is_local(&config) || config.get_ssl_mode() == SslMode::Disable => Mode::Clear,
            None => Mode::Full,
        };
        // As libpq does: who names an authority wants it compared.
        let mode = if mode == Mode::Encrypted && asked.root.is_some() { Mode::Authority } else { mode };
        config.ssl_mode(if mode == Mode::Clear { SslMode::Disable } else { SslMode::Require });
        let root = match mode {
            Mode::Clear | Mode::Encrypted => None,
            Mode::Authority | Mode::Full => Some(asked.root.map_or_else(system_roots, Ok)?),
        };
        let tls = match mode {
            Mode::Clear => None,
            _ => Some(MakeRustlsConnect::new(client(mode, root.as_deref())?)),
        };
        Ok(Self { config, tls, mode, root })
    }

    /// A connection.
    pub(crate) fn connect(&self) -> Result<Client, Fault> {
        let connected = match &self.tls {
            None => self.config.connect(NoTls),
            Some(tls) => self.config.connect(tls.clone()),
        };
        connected.map_err(|error| refused(&error).unwrap_or_else(|| connection::fault(&error)))
    }

    /// The same for PostgreSQL's own programs, as variables.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let root = self.root.as_ref().map(|root| ("PGSSLROOTCERT", root.display().to_string()));
        std::iter::once(("PGSSLMODE", self.mode.word().to_string())).chain(root).collect()
    }
}

/// What the address says of encryption; our library knows half of it, so it is taken out.
struct Asked {
    mode: Option<Mode>,
    root: Option<PathBuf>,
}

impl Asked {
    fn of(url: &str) -> Result<(String, Self), Fault> {
        let mut asked = Self { mode: None, root: None };
        let Some((place, options)) = url.split_once('?').filter(|(place, _)| place.contains("://")) else {
            return Ok((url.to_owned(), asked));
        };
        let mut rest = Vec::new();
        for option in options.split('&') {
            match option.split_once('=') {
                Some(("sslmode", word)) => asked.mode = mode(word)?,
                Some(("sslrootcert", "system")) => asked.root = Some(system_roots()?),
                Some(("sslrootcert", path)) => asked.root = Some(decoded(path).into()),
                _ => rest.push(option),
            }
        }
        let options = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
        Ok((format!("{place}{options}"), asked))
    }
}

fn mode(word: &str) -> Result<Option<Mode>, Fault> {
    match word {
        "disable" => Ok(Some(Mode::Clear)),
        "require" => Ok(Some(Mode::Encrypted)),
        "verify-ca" => Ok(Some(Mode::Authority)),
        "verify-full" => Ok(Some(Mode::Full)),
        // Encryption that anybody on the way may leave out is none.
        _ => Err(Fault::failed(
            "PostgreSQLの接続先の sslmode は、verify-full、verify-ca、require、disable のどれかにしてください",
        )),
    }
}

/// Percent signs with two digits as the bytes they stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *byte == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// On this machine, so that nobody is on the way.
fn is_local(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(std::net::IpAddr::is_loopback);
    }
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

fn system_roots() -> Result<PathBuf, Fault> {
    let found = SYSTEM_ROOTS.iter().map(PathBuf::from).find(|path| path.is_file());
    found.ok_or_else(|| {
        Fault::failed(
            "このコンピューターに認証局の証明書の一覧がありません。接続先に sslrootcert=ファイル名 を付けてください",
        )
    })
}

fn client(mode: Mode, root: Option<&Path>) -> Result<ClientConfig, Fault> {
    let unusable = |_| Fault::failed("PostgreSQLへの暗号化した接続を用意できません");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let roots = match root {
        Some(root) => roots(root)?,
        None => RootCertStore::empty(),
    };
    let verifier: Arc<dyn ServerCertVerifier> = match mode {
        Mode::Full => return Ok(builder.with_root_certificates(roots).with_no_client_auth()),
        Mode::Authority => Arc::new(AnyName(authority(roots, &provider)?)),
        Mode::Encrypted | Mode::Clear => Arc::new(Anybody(provider)),
    };
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

fn authority(roots: RootCertStore, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, Fault> {
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|_| Fault::failed("PostgreSQLへの暗号化した接続を用意できません"))
}

/// The authorities of a file.
fn roots(path: &Path) -> Result<RootCertStore, Fault> {
    let words = |what: &str| Fault::failed(format!("sslrootcert のファイル {} {what}", path.display()));
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(path).map_err(|_| words("を読めません"))?;
    // A system's list may hold one that our library does not take; what is left decides.
    roots.add_parsable_certificates(certificates.filter_map(Result::ok));
    if roots.is_empty() { Err(words("に、認証局の証明書（PEM）がありません")) } else { Ok(roots) }
}

/// Why TLS did not come about; none when that is not what failed.
fn refused(error: &::postgres::Error) -> Option<Fault> {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(told) = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Some(Fault::unavailable(told_as(told)));
        }
        source = cause.source();
    }
    error.to_string().starts_with("error performing TLS handshake").then(|| {
        Fault::unavailable(
            "PostgreSQLのサーバーが暗号化した接続に応じません。サーバーの設定で ssl を on にし、証明書を置いてください",
        )
    })
}

fn told_as(error: &rustls::Error) -> &'static str {
    use CertificateError as Bad;
    match error {
        rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            "PostgreSQLのサーバー証明書の名前が、接続先のホスト名と合いません。接続先を証明書の名前で書いてください"
        }
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer) => {
            "PostgreSQLのサーバー証明書を出した認証局を信頼できません。接続先に sslrootcert=認証局の証明書 を付けてください"
        }
        rustls::Error::InvalidCertificate(
            Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. },
        ) => "PostgreSQLのサーバー証明書が有効期間の外です。証明書と、このコンピューターの時計を確かめてください",
        rustls::Error::InvalidCertificate(_) => {
            "PostgreSQLのサーバー証明書を確かめられません。サーバーの管理者に証明書を確かめてください"
        }
        _ => "PostgreSQLと暗号化した接続を始められません。サーバーのTLSの版（1.2以上）を確かめてください",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_says_how_the_connection_is_protected() {
        for (url, word) in [
            ("postgres://a@localhost/d", Some("disable")),
            ("postgres://a@127.0.0.1:5433/d", Some("disable")),
            ("postgres://a@[::1]/d", Some("disable")),
            ("postgres://a@%2Frun%2Fpostgresql/d", Some("disable")),
            ("host=/run/postgresql user=a", Some("disable")),
            ("postgres://a@db.example.jp/d", Some("verify-full")),
            ("postgres://a@db.example.jp/d?application_name=x", Some("verify-full")),
            ("postgres://a@192.0.2.1/d?sslmode=disable", Some("disable")),
            ("postgres://a@db.example.jp/d?sslmode=require", Some("require")),
            ("postgres://a@db.example.jp/d?sslmode=require&sslrootcert=system", Some("verify-ca")),
            ("postgres://a@localhost/d?sslmode=verify-ca", Some("verify-ca")),
            ("postgres://a@db.example.jp/d?sslmode=prefer", None),
            ("postgres://a@db.example.jp/d?sslmode=verify-full&sslrootcert=/no/such/file", None),
            ("postgres://a@db.example.jp/d?nonsense=1", None),
        ] {
            let found = Server::of(url).ok();
            assert_eq!(found.map(|server| server.mode.word()), word, "{url}");
        }
        assert_eq!(decoded("/etc/%E8%A8%BC%E6%98%8E%20a%2.pem%"), "/etc/証明 a%2.pem%");
    }
}
