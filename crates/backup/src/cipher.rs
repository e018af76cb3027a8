//! Who can open a backup: holders of age identities, or whoever knows a passphrase. None of them has a `Debug`.

use std::io::{Read, Write};

pub use age::secrecy::ExposeSecret;
use age::secrecy::SecretString;
use age::stream::{StreamReader, StreamWriter};
use age::{Decryptor, Encryptor};

use crate::Problem;

/// Shortest passphrase that is taken, in characters.
const SHORTEST: usize = 12;

/// For whom a backup is locked.
#[derive(Clone)]
pub enum Lock {
    /// Holders of the identities of these recipients; the machine that makes the backup cannot open it.
    Recipients(Vec<age::x25519::Recipient>),
    /// Whoever knows the passphrase.
    Passphrase(SecretString),
}

/// With what a backup is opened.
#[derive(Clone)]
pub enum Opener {
    /// Identities (`AGE-SECRET-KEY-1…`).
    Identities(Vec<age::x25519::Identity>),
    /// A passphrase.
    Passphrase(SecretString),
}

/// A new identity, and the recipient that belongs to it: both as text.
pub fn new_identity() -> (SecretString, String) {
    let identity = age::x25519::Identity::generate();
    (identity.to_string(), identity.to_public().to_string())
}

impl Lock {
    /// Recipients as they are written (`age1…`).
    ///
    /// # Errors
    /// [`Problem::Key`] when there is none or one makes no sense.
    pub fn recipients<'t>(texts: impl IntoIterator<Item = &'t str>) -> Result<Self, Problem> {
        let read = |text: &str| {
            text.trim()
                .parse()
                .map_err(|_| Problem::Key(format!("受取人「{text}」は、age1 で始まる公開鍵ではありません。")))
        };
        let recipients: Vec<_> = texts.into_iter().map(read).collect::<Result<_, _>>()?;
        if recipients.is_empty() {
            return Err(Problem::Key("受取人の公開鍵(age1…)がありません。".into()));
        }
        Ok(Self::Recipients(recipients))
    }

    /// A passphrase: the first line of the text.
    ///
    /// # Errors
    /// [`Problem::Key`] when it is too short.
    pub fn passphrase(text: &str) -> Result<Self, Problem> {
        let word = first_line(text);
        if word.chars().count() < SHORTEST {
            return Err(Problem::Key(format!("合言葉は{SHORTEST}文字以上にしてください。")));
        }
        Ok(Self::Passphrase(word.to_owned().into()))
    }

    pub(crate) fn wrap<W: Write>(&self, out: W) -> std::io::Result<StreamWriter<W>> {
        let encryptor = match self {
            Self::Recipients(list) => Encryptor::with_recipients(list.iter().map(|one| one as &dyn age::Recipient))
                .map_err(std::io::Error::other)?,
            Self::Passphrase(word) => Encryptor::with_user_passphrase(word.clone()),
        };
        encryptor.wrap_output(out)
    }
}

impl Opener {
    /// The identities of a file as `age-keygen` writes it: one a line, `#` before comments.
    ///
    /// # Errors
    /// [`Problem::Key`] when there is none.
    pub fn identities(text: &str) -> Result<Self, Problem> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let list: Vec<age::x25519::Identity> = lines
            .map(|line| line.parse().map_err(|_| Problem::Key("秘密鍵のファイルに、読めない行があります。".into())))
            .collect::<Result<_, _>>()?;
        if list.is_empty() {
            return Err(Problem::Key("秘密鍵(AGE-SECRET-KEY-1…)がファイルにありません。".into()));
        }
        Ok(Self::Identities(list))
    }

    /// A passphrase: the first line of the text.
    pub fn passphrase(text: &str) -> Self {
        Self::Passphrase(first_line(text).to_owned().into())
    }

    /// The lock that this opens.
    pub fn lock(&self) -> Lock {
        match self {
            Self::Identities(list) => Lock::Recipients(list.iter().map(age::x25519::Identity::to_public).collect()),
            Self::Passphrase(word) => Lock::Passphrase(word.expose_secret().to_owned().into()),
        }
    }

    /// What lies under the lock.
    ///
    /// # Errors
    /// [`Problem::Closed`] when it is no file of the age format, or is not for whoever has this.
    pub fn open<R: Read>(&self, from: R) -> Result<StreamReader<R>, Problem> {
        let wrong = |error: age::DecryptError| {
            Problem::Closed(match error {
                age::DecryptError::NoMatchingKeys | age::DecryptError::KeyDecryptionFailed => {
                    "秘密鍵または合言葉が、このバックアップのものではありません。".into()
                }
                age::DecryptError::DecryptionFailed => "合言葉が違います。".into(),
                _ => "バックアップのファイルではないか、先頭が壊れています。".into(),
            })
        };
        let decryptor = Decryptor::new(from).map_err(wrong)?;
        match self {
            Self::Identities(list) => decryptor.decrypt(list.iter().map(|one| one as &dyn age::Identity)),
            Self::Passphrase(word) => {
                let identity = age::scrypt::Identity::new(word.clone());
                decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity))
            }
        }
        .map_err(wrong)
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_end_matches('\r')
}
