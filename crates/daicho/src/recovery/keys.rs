//! Who can open a backup: what the command line and the settings say.

use std::path::Path;

use backup::{Lock, Opener};

use super::RecoveryProblem;
use crate::settings::Settings;

/// For whom a backup is locked: recipients or a file with a passphrase; the recipients of the settings where neither is
/// given. Never for nobody.
///
/// # Errors
/// [`RecoveryProblem`] when nothing is given or what is given makes no sense.
pub fn lock_of(settings: &Settings, recipients: &[String], passphrase: Option<&Path>) -> Result<Lock, RecoveryProblem> {
    if let Some(path) = passphrase {
        return Ok(Lock::passphrase(&read(path)?)?);
    }
    let recipients = if recipients.is_empty() { &settings.backup.recipients } else { recipients };
    if recipients.is_empty() {
        return Err(RecoveryProblem::Told(
            "バックアップはいつも暗号化します。--recipient age1… か --passphrase-file を指定するか、設定 [backup] に recipients を\
             書いてください。鍵は「daicho backup key --out ファイル」で作れます。"
                .into(),
        ));
    }
    Ok(Lock::recipients(recipients.iter().map(String::as_str))?)
}

/// With what a backup is opened: a file with identities or one with a passphrase.
///
/// # Errors
/// [`RecoveryProblem`] when neither is given or the file makes no sense.
pub fn opener_of(identity: Option<&Path>, passphrase: Option<&Path>) -> Result<Opener, RecoveryProblem> {
    match (identity, passphrase) {
        (Some(path), _) => Ok(Opener::identities(&read(path)?)?),
        (None, Some(path)) => Ok(Opener::passphrase(&read(path)?)),
        (None, None) => Err(RecoveryProblem::Told(
            "バックアップを開く鍵がありません。--identity に秘密鍵のファイルか、--passphrase-file に合言葉のファイルを指定してください。"
                .into(),
        )),
    }
}

fn read(path: &Path) -> Result<String, RecoveryProblem> {
    std::fs::read_to_string(path).map_err(RecoveryProblem::file(path))
}
