//! The newest copy of the keyring, apart from the backups: one generation, replaced each time.
//!
//! No older copy is kept, and none would open: every erasure and every rotation renews the master key.

use std::fs::File;
use std::path::{Path, PathBuf};

use store::{KeyringStore, PostgresPlace};

use super::{RecoveryProblem, take};
use crate::installation::{Installation, OpenProblem};

/// Copy the keyring into the folder of the settings, or into the one of the backup; returns where it stands.
pub(super) fn copy(installation: &Installation, beside: &Path) -> Result<PathBuf, RecoveryProblem> {
    let settings = &installation.settings;
    let beside = beside.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = settings.backup.keyring_copy.as_deref().unwrap_or(beside);
    std::fs::create_dir_all(folder).map_err(RecoveryProblem::file(folder))?;
    let ending = if settings.database_url.is_some() { "dump" } else { "db" };
    let (target, scratch) = (folder.join(format!("keyring-copy.{ending}")), folder.join("keyring-copy.part"));
    match std::fs::remove_file(&scratch) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(RecoveryProblem::file(&scratch)(error));
        }
        _ => {}
    }
    match &settings.database_url {
        Some(url) => PostgresPlace::of(url)?.copy_keyring(&take::tools(installation), &scratch)?,
        None => {
            let keyring = installation.data.join(vault::FOLDER).join(vault::KEYRING);
            let key = installation.vault.derive("keyring").map_err(OpenProblem::from)?;
            KeyringStore::open_sqlite(&keyring, *key.expose())?.copy_to(&scratch)?;
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&scratch, mode).map_err(RecoveryProblem::file(&scratch))?;
    }
    File::open(&scratch).and_then(|file| file.sync_all()).map_err(RecoveryProblem::file(&scratch))?;
    std::fs::rename(&scratch, &target).map_err(RecoveryProblem::file(&target))?;
    Ok(target)
}
