//! The table of a pseudonymised export: locked under the installation's key, in a file apart from what was exported.

use std::io::Write;
use std::path::Path;

use exchange::Pseudonyms;
use journal::Entry;
use ledger::port::{INSTALLATION, Protection, Writer};
use ledger::read::title;
use ledger::{Principal, Refusal};

use super::{End, Failure};
use crate::installation::Installation;

/// What a table is locked as; a locked text of another kind does not open as one.
const PLACE: &str = "export/pseudonyms";

/// The table in the file; a new one where there is none.
pub fn open(installation: &Installation, path: &Path) -> Result<Pseudonyms, Failure> {
    let locked = match std::fs::read_to_string(path) {
        Ok(locked) => locked,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Pseudonyms::default()),
        Err(error) => return Err(format!("{} を読めません: {error}", path.display()).into()),
    };
    let opened = installation.vault.open(INSTALLATION, PLACE, locked.trim());
    let bytes = opened
        .map_err(|problem| format!("{} は、この導入先の対応表ではありません。{problem}", path.display()))?
        .ok_or("対応表の鍵は消去済みです。")?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// Write the table, whole or not at all, for its owner only.
pub fn save(installation: &Installation, path: &Path, table: &Pseudonyms) -> Result<(), Failure> {
    let locked = installation.vault.lock(INSTALLATION, PLACE, &serde_json::to_vec(table)?)?;
    installation.vault.settle()?;
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let told = |error: std::io::Error| format!("対応表 {} に書けません: {error}", path.display());
    let mut file = options.open(&aside).map_err(told)?;
    file.write_all(locked.as_bytes()).and_then(|()| file.sync_all()).map_err(told)?;
    std::fs::rename(&aside, path).map_err(told)?;
    Ok(())
}

/// Say who stands behind numbers. Each is an entry of the journal.
pub fn identify(
    installation: &Installation,
    path: &Path,
    numbers: &[String],
    reason: Option<&str>,
) -> Result<End, Failure> {
    let table = open(installation, path)?;
    let kernel = installation.kernel();
    let mut end = End::Done;
    for number in numbers {
        let Some((ledger, id)) = table.behind(number) else {
            eprintln!("番号「{number}」は対応表にありません。");
            end = End::Refused;
            continue;
        };
        let entry = Entry {
            at: kernel.now(),
            actor: Principal::system("export").actor,
            ledger: ledger.into(),
            record: id.into(),
            revision: 0,
            act: "identify".into(),
            reason: reason.map(str::to_owned),
            state_before: None,
            state_after: None,
            // Not the number: the journal would be a second table.
            changes: std::collections::BTreeMap::new(),
            batch: None,
        };
        let title = installation.store.write::<_, Refusal>(|tx: &mut dyn Writer| {
            tx.append(&entry)?;
            Ok(title::of_id(&kernel.catalogue, tx, ledger, id)?)
        });
        println!("{number}\t{ledger}\t{id}\t{}", title.map_err(super::refused)?);
    }
    Ok(end)
}
