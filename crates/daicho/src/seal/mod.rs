//! The seal of this installation's journal: its key, what was sealed last, sealing itself, and who is told when it fails.
//!
//! Beside the database two files stand in `keys/` of the data directory: `journal.key`, the secret key, and `journal.seen`,
//! the checkpoint that this node signed or saw last. The second makes a database that was rewritten or set back show.

pub mod archive;
pub mod proof;
pub mod rotate;
pub mod witness;

use std::path::{Path, PathBuf};

use journal::{KeyProblem, SigningKey, act};
use ledger::evidence::reading;
use ledger::port::{Mail, NewSeal, Reader, SealLag, StoreError, Writer};
use ledger::seal::{Prepared, SealProblem, prepare};
use ledger::{Kernel, Principal};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::installation::Installation;
use crate::settings::Settings;

/// Settings of the journal: the table `[journal]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalSettings {
    /// Name of the journal, for a new key: the address of the program without `https://`, then `/journal`, or a random one.
    pub origin: Option<String>,
    /// Milliseconds between two looks for entries to seal.
    pub interval_milliseconds: u64,
    /// Entries sealed in one go at most.
    pub batch: usize,
    /// Seconds that an entry may wait before the security officers are told.
    pub alarm_seconds: u64,
    /// Witnesses that are asked to cosign.
    pub witnesses: Vec<witness::WitnessSettings>,
    /// Seconds between two requests to a witness.
    pub witness_seconds: u64,
    /// Public keys (vkeys) of other journals that this installation cosigns as their witness.
    pub witness_of: Vec<String>,
    /// Hour of the day (Japan, 0 to 23) from which the running database verifies itself; without one it never does.
    pub check_hour: Option<u32>,
    /// Share of the time that this check may work, in percent; it rests for the remainder.
    pub check_share: u32,
}

impl Default for JournalSettings {
    fn default() -> Self {
        Self {
            origin: None,
            interval_milliseconds: 1_000,
            batch: 2_000,
            alarm_seconds: 60,
            witnesses: Vec::new(),
            witness_seconds: 60,
            witness_of: Vec::new(),
            check_hour: Some(3),
            check_share: 50,
        }
    }
}

/// Why sealing does not go on.
#[derive(Debug, thiserror::Error)]
pub enum SealTrouble {
    /// The key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyProblem),
    /// The journal is sealed already, and its key is not here.
    #[error("証跡の署名鍵 {0} がありません。証跡は別の場所にある鍵で封印されています。その鍵を戻してください")]
    NoKey(PathBuf),
    /// The name of the journal cannot be the name of a key.
    #[error("証跡の名前(journal.origin)が正しくありません: {0}")]
    Name(journal::NoteProblem),
    /// The file of what was seen cannot be read or written.
    #[error("{0} を読み書きできません: {1}")]
    Seen(PathBuf, std::io::Error),
    /// The stored seal is not what it should be, or the database failed.
    #[error(transparent)]
    Seal(#[from] SealProblem),
    /// Entries that were put in or altered with a database client.
    #[error("データベースに直接書き込まれた証跡があります(番号 {0} ほか)。封印していません")]
    Foreign(i64),
    /// Entries wait for longer than is allowed.
    #[error("封印が遅れています。{0}件が{1}秒以上待っています")]
    Late(u64, i64),
}

impl From<StoreError> for SealTrouble {
    fn from(error: StoreError) -> Self {
        Self::Seal(error.into())
    }
}

impl SealTrouble {
    /// Short name of the kind: for keys of mails, figures and rules.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Key(_) | Self::NoKey(_) | Self::Name(_) => "key",
            Self::Seen(..) => "file",
            Self::Seal(SealProblem::Store(_)) => "database",
            Self::Seal(SealProblem::OtherKey(_)) => "other_key",
            Self::Seal(SealProblem::Rewound { .. }) => "rewound",
            Self::Seal(_) => "altered",
            Self::Foreign(_) => "foreign",
            Self::Late(..) => "late",
        }
    }

    /// The act that tells of it in the journal: sealing stands still, or something is not what was sealed.
    fn act(&self) -> &'static str {
        match self.kind() {
            "foreign" | "altered" | "rewound" | "other_key" => act::VERIFY_FAILED,
            _ => act::SEAL_LATE,
        }
    }

    fn facts(&self) -> Value {
        match self {
            Self::Late(waiting, seconds) => json!({ "kind": self.kind(), "waiting": waiting, "seconds": seconds }),
            Self::Foreign(sequence) => json!({ "kind": self.kind(), "sequence": sequence }),
            _ => json!({ "kind": self.kind() }),
        }
    }
}

/// Seals the journal of an installation.
pub struct Sealer {
    key: SigningKey,
    seen: PathBuf,
}

/// What one round did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Round {
    /// Entries sealed.
    pub sealed: u64,
    /// Entries that were not ours.
    pub foreign: Option<i64>,
}

/// Where the secret key of the journal is.
pub fn key_path(data: &Path) -> PathBuf {
    data.join("keys").join("journal.key")
}

/// Where the checkpoint seen last is.
pub fn seen_path(data: &Path) -> PathBuf {
    data.join("keys").join("journal.seen")
}

/// Entries under the checkpoint that this node saw last.
pub fn seen_size(data: &Path) -> Option<u64> {
    std::fs::read_to_string(seen_path(data)).ok()?.lines().nth(1)?.parse().ok()
}

/// Forget what was seen last: after a backup was restored on purpose, which sets the journal back.
///
/// # Errors
/// When the file cannot be removed.
pub fn forget(data: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(seen_path(data)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The name of a new journal.
fn origin(settings: &Settings, kernel: &Kernel) -> String {
    if let Some(origin) = &settings.journal.origin {
        return origin.clone();
    }
    let address = settings.public_url.as_deref().and_then(|url| url.split_once("://")).map(|(_, rest)| rest);
    match address {
        Some(address) => format!("{}/journal", address.trim_end_matches('/')),
        None => {
            let mut random = [0u8; 8];
            kernel.entropy.fill(&mut random);
            format!("daicho-{}.invalid/journal", hex::encode(random))
        }
    }
}

impl Sealer {
    /// The sealer of an installation. Its key is made when the journal has none yet.
    ///
    /// # Errors
    /// [`SealTrouble`].
    pub fn open(installation: &Installation) -> Result<Self, SealTrouble> {
        let path = key_path(&installation.data);
        let seen = seen_path(&installation.data);
        if let Some(key) = SigningKey::load(&path)? {
            return Ok(Self { key, seen });
        }
        if installation.store.read(|tx: &mut dyn Reader| tx.seal_head())?.is_some() {
            return Err(SealTrouble::NoKey(path));
        }
        let kernel = installation.kernel();
        let mut seed = [0u8; 32];
        kernel.entropy.fill(&mut seed);
        let key = SigningKey::from_seed(&origin(&installation.settings, &kernel), seed).map_err(SealTrouble::Name)?;
        match key.save(&path) {
            Ok(()) => Ok(Self { key, seen }),
            // Another process of this installation was faster.
            Err(problem) => SigningKey::load(&path)?.map(|key| Self { key, seen }).ok_or(problem.into()),
        }
    }

    /// The key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    fn seen(&self) -> Result<Option<String>, SealTrouble> {
        match std::fs::read_to_string(&self.seen) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SealTrouble::Seen(self.seen.clone(), error)),
        }
    }

    fn remember(&self, note: &str) -> Result<(), SealTrouble> {
        let failed = |error| SealTrouble::Seen(self.seen.clone(), error);
        let new = self.seen.with_extension(format!("seen.{}", std::process::id()));
        std::fs::write(&new, note).map_err(failed)?;
        std::fs::rename(&new, &self.seen).map_err(failed)
    }

    /// Seal what waits, at most one batch.
    ///
    /// # Errors
    /// [`SealTrouble`]; nothing is sealed then.
    pub fn round(&self, installation: &Installation) -> Result<Round, SealTrouble> {
        let (now, batch) = (installation.kernel().now(), installation.settings.journal.batch.max(1));
        // An empty queue costs one small question.
        let waits = |tx: &mut dyn Reader| tx.unsealed(i64::MIN, 1).map(|waiting| !waiting.is_empty());
        if !installation.store.read(waits)? {
            return Ok(Round::default());
        }
        let seen = self.seen()?;
        let Prepared { seal, foreign } =
            installation.store.read(|tx: &mut dyn Reader| prepare(tx, &self.key, seen.as_deref(), now, batch))?;
        let mut round = Round { sealed: 0, foreign: foreign.first().copied() };
        let Some(seal) = seal else { return Ok(round) };
        if add(installation, &seal)? {
            round.sealed = seal.checkpoint.size - seal.from;
            self.remember(&seal.checkpoint.note)?;
        }
        Ok(round)
    }

    /// Seal all that waits.
    ///
    /// # Errors
    /// [`SealTrouble`].
    pub fn seal_all(&self, installation: &Installation) -> Result<Round, SealTrouble> {
        let mut whole = Round::default();
        loop {
            let round = self.round(installation)?;
            whole.foreign = whole.foreign.or(round.foreign);
            whole.sealed += round.sealed;
            if round.sealed == 0 {
                return Ok(whole);
            }
        }
    }
}

fn add(installation: &Installation, seal: &NewSeal) -> Result<bool, StoreError> {
    installation.store.write(|tx: &mut dyn Writer| tx.add_seal(seal))
}

/// How far sealing is behind, and in seconds.
///
/// # Errors
/// When the database fails.
pub fn lag(installation: &Installation) -> Result<(SealLag, i64), StoreError> {
    let lag = installation.store.read(|tx: &mut dyn Reader| tx.seal_lag())?;
    let seconds = lag.oldest.map_or(0, |oldest| (installation.kernel().now() - oldest).num_seconds().max(0));
    Ok((lag, seconds))
}

/// Tell of trouble: a line in the log, an entry in the journal by which the watch raises its alert, and a mail to each
/// security officer, once a day and kind. The one place through which trouble of the seal leaves the sealer.
pub fn tell(installation: &Installation, trouble: &SealTrouble) {
    tracing::error!(kind = trouble.kind(), %trouble, "the journal is not sealed");
    let kernel = installation.kernel();
    let settings = installation.settings.clone();
    let entry = reading(&kernel, &Principal::system("seal"), trouble.act(), act::PROGRAM, "", trouble.facts());
    let queued = installation.store.write(|tx: &mut dyn Writer| -> Result<(), StoreError> {
        tx.append(&entry)?;
        for (person, to) in crate::work::mail_of_role(tx, &kernel, "security_officer")? {
            let mail = Mail {
                id: kernel.new_id(),
                subject: format!("【{}】証跡の封印に問題があります", settings.agency),
                body: format!(
                    "{trouble}。\n\n業務は続けられますが、この間の証跡は封印されていません。\
                     「証跡の封印」の画面と「daicho verify」で確かめてください。\n"
                ),
                key: format!("seal:{}:{person}:{}", trouble.kind(), kernel.today()),
                to,
                queued_at: kernel.now(),
                tries: 0,
            };
            tx.add_mail_to(&person, &mail)?;
        }
        Ok(())
    });
    if let Err(error) = queued {
        tracing::error!(%error, "security officers could not be told");
    }
}
