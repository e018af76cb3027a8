//! Looking whether a backup is whole.

use std::path::Path;

use backup::{Manifest, Opener, file_digest, pass, sidecar};
use ledger::Principal;
use ledger::port::{Reader, StoreError, Writer};

use super::{RecoveryProblem, generation};
use crate::installation::Installation;

/// What a check found.
pub struct Checked {
    /// What stands in the backup; none where it was compared from outside only.
    pub manifest: Option<Manifest>,
    /// Whether it stands in the ledger of generations.
    pub noted: bool,
}

/// Compare a backup with its hash in the ledger or in the file beside it and, with a key, every part of it with its
/// manifest. The result is written into the ledger, a bad one too.
///
/// # Errors
/// [`RecoveryProblem`] when the backup is not whole.
pub fn check(
    installation: &Installation,
    who: &Principal,
    path: &Path,
    opener: Option<&Opener>,
) -> Result<Checked, RecoveryProblem> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let found = installation.store.read(|tx: &mut dyn Reader| generation::of_file(tx, &file))?;
    let known = found.as_ref().and_then(|found| found.text("sha256").map(str::to_owned));
    let outcome = look(path, known.as_deref(), opener);
    let kernel = installation.kernel();
    let told = outcome.as_ref().map(|manifest| if manifest.is_some() { "whole" } else { "digest" });
    let told = told.map_err(ToString::to_string);
    let noted = installation.store.write(|tx: &mut dyn Writer| {
        generation::note_check(tx, &kernel, who, &file, told.as_ref().copied().map_err(String::as_str))
    });
    let noted = noted?.is_some();
    Ok(Checked { manifest: outcome?, noted })
}

/// The check without the ledger.
fn look(path: &Path, known: Option<&str>, opener: Option<&Opener>) -> Result<Option<Manifest>, RecoveryProblem> {
    let (found, _) = file_digest(path)?;
    let beside = std::fs::read_to_string(sidecar(path)).ok();
    let beside = beside.as_deref().and_then(|line| line.split_whitespace().next());
    let expected: Vec<&str> = known.into_iter().chain(beside).collect();
    if expected.iter().any(|expected| *expected != found) {
        return Err(backup::Problem::Damaged("ファイルのSHA-256が、作ったときと違います。".into()).into());
    }
    match opener {
        Some(opener) => Ok(Some(pass(path, opener, &mut |_| Ok(()))?)),
        None if expected.is_empty() => Err(RecoveryProblem::Told(
            "照合する値がありません。世代の台帳にも、.sha256 のファイルにもない世代です。--identity で開いて点検してください。".into(),
        )),
        None => Ok(None),
    }
}

/// Whether a restored database is what the manifest says.
pub(super) fn same(installation: &Installation, manifest: &Manifest) -> Result<String, RecoveryProblem> {
    let facts = installation.store.copy_facts()?;
    // What is put in order after a restore adds entries, and records are only those of the backup.
    let pairs = [
        ("記録の数", manifest.records, facts.records, facts.records == manifest.records),
        ("証跡の数", manifest.journal.entries, facts.entries, facts.entries >= manifest.journal.entries),
        (
            "最後の証跡の番号",
            manifest.journal.last_sequence,
            facts.last_sequence,
            facts.last_sequence >= manifest.journal.last_sequence,
        ),
    ];
    for (what, expected, found, same) in pairs {
        if !same {
            return Err(RecoveryProblem::Unlike(format!("{what}が{expected}のはずが{found}です")));
        }
    }
    // Every record opens as its ledger says it should.
    let kernel = installation.kernel();
    let mut read = 0_u64;
    for ledger in kernel.catalogue.ledgers.keys() {
        let mut after = String::new();
        loop {
            let versions = installation
                .store
                .read(|tx: &mut dyn Reader| tx.versions(ledger, &after, 500))
                .map_err(|error: StoreError| RecoveryProblem::Unlike(error.to_string()))?;
            let Some(last) = versions.last() else { break };
            after = last.id.clone();
            read += versions.len() as u64;
        }
    }
    Ok(format!("記録{}件と版{read}件を読み、証跡{}件とともに目録と一致", facts.records, manifest.journal.entries))
}
