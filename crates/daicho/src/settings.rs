//! Settings: `daicho.toml` in the data directory, each key also as an environment variable.
//!
//! A key that is not known is an error, so that a slip of the pen is not silently the default.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use identity::device::DeviceRule;
use identity::oidc::OidcSettings;
use serde::Deserialize;

/// Name of the file in the data directory.
pub const FILE: &str = "daicho.toml";

/// Everything that can be set. `DAICHO_MAIL_SERVER` sets `mail_server`, and so on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Name of the agency, shown on every page and paper.
    pub agency: String,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// PostgreSQL to use instead of the embedded SQLite (`postgres://user:password@host/database`).
    pub database_url: Option<String>,
    /// How the program is reached from outside, for links in mails (`https://daicho.example.jp`).
    pub public_url: Option<String>,
    /// Cookies are sent over TLS only. Set it when a proxy in front speaks TLS; with `tls_certificate` it is always so.
    pub secure_cookies: bool,
    /// Certificate of this server with its chain, PEM. With it and `tls_key` the program speaks TLS itself.
    pub tls_certificate: Option<PathBuf>,
    /// Private key of the certificate, PEM; nobody else on the machine may read it.
    pub tls_key: Option<PathBuf>,
    /// Authority that signs the certificates of devices, PEM. Without it no device is asked for one.
    pub tls_client_ca: Option<PathBuf>,
    /// A plain address that only leads to `https` (`0.0.0.0:80`).
    pub redirect_listen: Option<SocketAddr>,
    /// Days for which browsers remember to use `https` only (HSTS, RFC 6797); 0 for not at all. Default 365.
    pub hsts_days: u32,
    /// A second address that alone serves the functions of administrators.
    pub admin_listen: Option<SocketAddr>,
    /// What is asked of devices: `off`, `recognise` (a certificate shown must be one of the ledger 端末) or `require`.
    pub devices: DeviceRule,
    /// Header in which the trusted proxy names the certificate of the device, as fingerprint (SHA-256) or as PEM.
    pub device_header: Option<String>,
    /// Address of the proxy in front. Requests from it count for the address that it writes into `X-Forwarded-For`, in
    /// the limits as in the journal; without it all of them count for the proxy.
    pub trusted_proxy: Option<IpAddr>,
    /// Passwords, sessions, tokens, attempts (a table of its own, `[sign_in]`).
    pub sign_in: identity::Settings,
    /// The agency's identity provider (OpenID Connect), a table of its own, `[oidc]`. Needs `public_url`.
    pub oidc: Option<OidcSettings>,
    /// Mail server (`smtp.example.jp:25`); no mail is sent without one.
    pub mail_server: Option<String>,
    /// How the mail server is spoken to: `none`, `starttls` or `tls`.
    pub mail_encryption: MailEncryption,
    /// Sign-in name at the mail server.
    pub mail_user: Option<String>,
    /// Password at the mail server.
    pub mail_password: Option<Hidden>,
    /// Sender of mails.
    pub mail_from: String,
    /// Largest file that may be uploaded, in megabytes.
    pub upload_megabytes: usize,
    /// Requests a minute that one network address may make.
    pub requests_per_minute: u32,
    /// Connections that may be open at the same time, at each address listened on. Default 800: the 1,024 files that a
    /// process may open unless told otherwise are for the database too.
    pub connections: usize,
    /// Those from one network address; the trusted proxy is not bound by it. Default 200.
    pub connections_per_address: usize,
    /// Seconds within which the head of a request must come, and for which a body may pause. Default 30.
    pub request_wait_seconds: u32,
    /// Whether `serve` also does background work.
    pub work: bool,
    /// Backups (a table of its own, `[backup]`).
    pub backup: BackupSettings,
    /// Years of the age bands that stand for days of birth in a pseudonymised export.
    pub age_band_years: u32,
    /// Folder with further fonts, such as IPAmj Mincho for rare characters of names.
    pub fonts: Option<PathBuf>,
    /// The master key: `file:PATH`, relative to the data directory, or
    /// `pkcs11:module=LIBRARY;token=NAME;object=NAME;pin-file=PATH`. Default `file:keys/master.key`.
    pub master_key: String,
    /// PIN of the hardware module (`DAICHO_MASTER_KEY_PIN`), when `pin-file` does not name a file with it.
    pub master_key_pin: Option<Hidden>,
    /// After how many months the master key is to be rotated, by the day from which it holds. Default 12 at all times.
    pub key_rotation: Vec<vault::RotationRule>,
    /// For how many days the texts of sent mails and ended jobs are kept, from a day on: the table `[[work_kept]]`.
    pub work_kept: Vec<WorkKept>,
    /// Sealing of the journal (a table of its own, `[journal]`).
    pub journal: crate::seal::JournalSettings,
    /// Receiver of alerts and chosen acts as syslog (a table of its own, `[syslog]`); nothing is sent without one.
    pub syslog: Option<crate::syslog::SyslogSettings>,
}

/// A value that is never shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(伏せています)")
    }
}

/// How the mail server is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailEncryption {
    /// In clear: only for a server on the same machine.
    None,
    /// Upgraded by STARTTLS; refused when the server cannot.
    StartTls,
    /// TLS from the start.
    Tls,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            agency: "(機関名が未設定です)".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database_url: None,
            public_url: None,
            secure_cookies: false,
            tls_certificate: None,
            tls_key: None,
            tls_client_ca: None,
            redirect_listen: None,
            hsts_days: 365,
            admin_listen: None,
            devices: DeviceRule::Off,
            device_header: None,
            trusted_proxy: None,
            sign_in: identity::Settings::default(),
            oidc: None,
            mail_server: None,
            mail_encryption: MailEncryption::StartTls,
            mail_user: None,
            mail_password: None,
            mail_from: "daicho@localhost".into(),
            upload_megabytes: 50,
            requests_per_minute: 1_200,
            connections: 800,
            connections_per_address: 200,
            request_wait_seconds: 30,
            work: true,
            backup: BackupSettings::default(),
            age_band_years: 10,
            fonts: None,
            master_key: vault::Settings::default().master_key,
            master_key_pin: None,
            key_rotation: Vec::new(),
            work_kept: Vec::new(),
            journal: crate::seal::JournalSettings::default(),
            syslog: None,
        }
    }
}

/// Where backups go and who can open them. How often they are made and how long they are kept stands in the ledger
/// `backup_plan`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BackupSettings {
    /// Folder for the backups that the program makes by itself; none are made without one.
    pub folder: Option<PathBuf>,
    /// Public keys (`age1…`) of those who can open them.
    pub recipients: Vec<String>,
    /// Where the copy of the keyring goes, one generation; the folder of the backup unless given. Best on another machine.
    pub keyring_copy: Option<PathBuf>,
    /// Folder of `pg_dump`, `pg_restore` and `psql`; the path and the usual places unless given.
    pub postgres_tools: Option<PathBuf>,
}

/// For how many days the texts of mails are kept once they are sent, and what jobs were given and gave once they ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkKept {
    /// First day on which this holds.
    pub from: NaiveDate,
    /// Days.
    pub days: u32,
}

impl WorkKept {
    /// The days by the rule in force: the latest that has begun; 30 where none has. No law knows the number: it is long
    /// enough to ask what became of a mail.
    pub fn days(rules: &[Self], today: NaiveDate) -> u32 {
        let begun = rules.iter().filter(|rule| rule.from <= today);
        begun.max_by_key(|rule| rule.from).map_or(30, |rule| rule.days)
    }
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsProblem {
    /// The file cannot be read.
    #[error("設定ファイル {0} を読めません: {1}")]
    File(PathBuf, std::io::Error),
    /// A key or value is wrong.
    #[error("設定が誤っています({0}): {1}")]
    Value(String, String),
}

impl Settings {
    /// Settings of a data directory: the file, overruled by the environment (name and value pairs).
    pub fn read(data: &Path, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, SettingsProblem> {
        let path = data.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(SettingsProblem::File(path, error)),
        };
        let wrong = |error: &dyn std::fmt::Display| SettingsProblem::Value(FILE.into(), error.to_string());
        let mut table: toml::Table = text.parse().map_err(|error| wrong(&error))?;
        for (name, value) in environment {
            // Variables of the command line itself are no settings.
            let Some(key) = name.strip_prefix("DAICHO_").filter(|key| !matches!(*key, "DATA" | "LOG" | "LOG_FORMAT"))
            else {
                continue;
            };
            if key.starts_with("TEST_") {
                continue;
            }
            let key = key.to_ascii_lowercase();
            let value = if TEXTS.contains(&key.as_str()) { value.into() } else { plain(&value) };
            table.insert(key, value);
        }
        let mut settings: Self = table.try_into().map_err(|error| wrong(&error))?;
        settings.secure_cookies |= settings.tls_certificate.is_some();
        let mut problems = settings.sign_in.problems();
        if let Some(oidc) = &settings.oidc {
            problems.extend(oidc.problems());
            if settings.public_url.is_none() {
                problems.push("oidc を使うには public_url が要ります。".into());
            }
        }
        problems.extend(settings.syslog.iter().flat_map(crate::syslog::SyslogSettings::problems));
        match problems {
            none if none.is_empty() => Ok(settings),
            problems => Err(wrong(&problems.join(" "))),
        }
    }
}

/// Keys whose values are texts, whatever they look like: a password may be all digits.
const TEXTS: &[&str] = &[
    "agency",
    "listen",
    "database_url",
    "public_url",
    "mail_server",
    "mail_user",
    "mail_password",
    "mail_from",
    "fonts",
    "master_key",
    "master_key_pin",
    "tls_certificate",
    "tls_key",
    "tls_client_ca",
    "redirect_listen",
    "admin_listen",
    "device_header",
];

/// A value of the environment as the kind it looks like.
fn plain(text: &str) -> toml::Value {
    match text {
        "true" => true.into(),
        "false" => false.into(),
        _ => text.parse::<i64>().map_or_else(|_| text.into(), Into::into),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_overrules_the_file_and_unknown_keys_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), "agency = \"見本省\"\nrequests_per_minute = 8\n").unwrap();
        let environment = [
            ("DAICHO_REQUESTS_PER_MINUTE", "10"),
            ("DAICHO_MAIL_ENCRYPTION", "none"),
            ("DAICHO_MAIL_PASSWORD", "12345"),
            ("HOME", "/"),
        ];
        let pairs = environment.map(|(name, value)| (name.to_string(), value.to_string()));
        let settings = Settings::read(folder.path(), pairs).unwrap();
        assert_eq!((settings.agency.as_str(), settings.requests_per_minute), ("見本省", 10));
        assert_eq!(settings.mail_encryption, MailEncryption::None);
        assert_eq!(settings.mail_password.unwrap().0, "12345");

        std::fs::write(folder.path().join(FILE), "agencie = \"見本省\"\n").unwrap();
        assert!(Settings::read(folder.path(), []).unwrap_err().to_string().contains("agencie"));
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", Hidden("himitsu".into()));
        assert!(!shown.contains("himitsu"));
    }
}
