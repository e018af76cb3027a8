//! Who uses a data directory. Programs that work with it hold it together; a restore or a deletion holds it alone, so that
//! nobody goes on writing into what is being replaced.

use std::fs::{File, TryLockError};
use std::path::Path;

/// Name of the file whose lock is held. It stays empty.
pub(crate) const FILE: &str = "daicho.lock";

/// The hold on a data directory; it ends with this value, and with the process however that ends.
pub struct Hold {
    _file: File,
}

impl Hold {
    /// Hold it together with others. `None` where no file can be locked, such as on a read-only disk.
    ///
    /// # Errors
    /// Somebody holds it alone.
    pub fn shared(data: &Path) -> Result<Option<Self>, String> {
        let Some(file) = open(data) else { return Ok(None) };
        match file.try_lock_shared() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => {
                Err("この台帳は復元または消去の途中です。終わるまで待ってから、もう一度実行してください。".into())
            }
            Err(TryLockError::Error(_)) => Ok(None),
        }
    }

    /// Hold it alone.
    ///
    /// # Errors
    /// Somebody uses it, or no file can be locked.
    pub fn alone(data: &Path) -> Result<Self, String> {
        let file = open(data).ok_or_else(|| format!("{} に書き込めません。", data.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(_) => Err(format!(
                "{} を使っているプログラム(daicho serve、daicho worker など)があります。止めてから、もう一度実行してください。",
                data.display()
            )),
        }
    }
}

fn open(data: &Path) -> Option<File> {
    File::options().create(true).truncate(false).write(true).open(data.join(FILE)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_use_it_together_and_one_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (Hold::shared(folder.path()).unwrap(), Hold::shared(folder.path()).unwrap());
        assert!(one.is_some() && two.is_some());
        assert!(Hold::alone(folder.path()).is_err());
        drop((one, two));
        let alone = Hold::alone(folder.path()).unwrap();
        assert!(Hold::shared(folder.path()).is_err() && Hold::alone(folder.path()).is_err());
        drop(alone);
        assert!(Hold::shared(folder.path()).unwrap().is_some());
        assert!(Hold::shared(&folder.path().join("nothing")).unwrap().is_none());
    }
}
