//! Looking whether a backup is whole, and whether what was restored from it is what the journal tells.

use std::path::Path;

use backup::{Manifest, Opener, file_digest, pass, sidecar};
use journal::VerifierKey;
use ledger::Principal;
use ledger::port::{Reader, StoreError, Writer};
use ledger::seal::{open_checkpoint, root_at};

use super::{Progress, RecoveryProblem, generation};
use crate::installation::Installation;
use crate::seal::rotate;
use crate::verification::summary;

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

/// Verify a restored database as `daicho verify` does, and hold its journal against the checkpoint in the manifest. `data`
/// is the directory with the keys of the installation. Comes after what is left out of backups was derived anew.
pub(super) fn intact(
    installation: &Installation,
    manifest: &Manifest,
    data: &Path,
    progress: Progress<'_>,
) -> Result<String, RecoveryProblem> {
    if !progress("証跡と照合しています", 0) {
        return Err(RecoveryProblem::Told("途中で取りやめました。".into()));
    }
    let sealed = sealed(installation, manifest, data)?;
    let report = verify::database(&installation.store, &verify::Options::default())?;
    if !report.intact() {
        let words = summary(&report, &installation.kernel().catalogue);
        return Err(RecoveryProblem::Unlike(format!("台帳を通さない変更が{}件あります。{words}", report.found)));
    }
    Ok(format!("証跡{}件と照合して変更なし(封印 {sealed}件)", report.entries))
}

/// Whether the restored journal continues the checkpoint in the manifest, and is sealed with our own key where we have
/// one. Gives the entries under its seal. That its tiles fit its entries is for the verification after it.
fn sealed(installation: &Installation, manifest: &Manifest, data: &Path) -> Result<u64, RecoveryProblem> {
    let unlike = |words: &str| RecoveryProblem::Unlike(format!("封印が合いません。{words}"));
    let ours = rotate::ours(data).map_err(|problem| RecoveryProblem::Told(problem.to_string()))?;
    installation.store.read(|tx: &mut dyn Reader| {
        let Some(head) = tx.seal_head()? else {
            return match manifest.journal.checkpoint {
                Some(_) => Err(unlike("目録には封印がありますが、データベースにはありません")),
                None => Ok(0),
            };
        };
        if !ours.is_empty() && !ours.iter().any(|key| key.verifier().to_string() == head.vkey) {
            return Err(unlike("この台帳の署名鍵による封印ではありません"));
        }
        if let Some(note) = &manifest.journal.checkpoint {
            let key = VerifierKey::parse(&head.vkey).map_err(|problem| unlike(&problem.to_string()))?;
            let (checkpoint, _) = open_checkpoint(tx, &key, note).map_err(|problem| unlike(&problem.to_string()))?;
            let there = checkpoint.size <= head.size
                && root_at(tx, checkpoint.size, head.size).map_err(|problem| unlike(&problem.to_string()))?
                    == checkpoint.root;
            if !there {
                return Err(unlike("目録にある封印の続きではありません"));
            }
        }
        Ok(head.size)
    })
}
