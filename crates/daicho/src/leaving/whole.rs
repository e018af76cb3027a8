//! Everything in open formats: ledgers as CSV and JSON, every revision of every record, definitions, attached files, the
//! sealed journal, and a manifest with the hash of each file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use exchange::ExportFormat;
use journal::{Change, Entry, FolderWriter, act};
use ledger::definition::Kind;
use ledger::port::{JournalQuery, Reader, StoreError, Writer};
use ledger::read::ListRequest;
use ledger::{Kernel, Principal};
use serde_json::{Value, json};

use super::LeavingProblem;
use super::manifest::{FORMAT, MANIFEST, Manifest, Part};
use crate::installation::{Installation, sources};
use crate::seal::Sealer;

/// Told what is being written.
pub type Progress<'p> = &'p mut dyn FnMut(&str);

/// Records read at a time.
const PAGE: usize = 500;
/// Who exports, in the journal.
const PART: &str = "export";

/// Write everything into a folder that is empty or not there. The journal tells of it before it is itself exported.
///
/// # Errors
/// [`LeavingProblem`]; what was written until then stays, without a manifest.
pub fn export(installation: &Installation, out: &Path, progress: Progress<'_>) -> Result<Manifest, LeavingProblem> {
    make_empty(out)?;
    let inside = |path: &Path| path.canonicalize().ok();
    if let (Some(out), Some(data)) = (inside(out), inside(&installation.data))
        && out.starts_with(&data)
    {
        return Err(LeavingProblem::Told("出力先は、データのフォルダーの外にしてください。".into()));
    }
    let (store, kernel, who) = (&installation.store, installation.kernel(), Principal::system(PART));
    let before = store.copy_facts()?.last_sequence;
    let mut files = Files { out, parts: BTreeMap::new() };

    progress("業務パック");
    for source in sources(store, &installation.data)? {
        for (path, text) in &source.files {
            files.put(&format!("definitions/{}/{path}", source.name), text.as_bytes())?;
        }
    }
    let (mut ledgers, mut attached) = (BTreeMap::new(), BTreeSet::new());
    for (name, ledger) in &kernel.catalogue.ledgers {
        progress(&format!("台帳「{}」", ledger.label));
        let request = ListRequest { ledger: name.clone(), ..ListRequest::default() };
        for format in [ExportFormat::Csv, ExportFormat::Json] {
            let written = store.write(|tx: &mut dyn Writer| {
                exchange::export(&kernel, tx, &who, &request, &[], format, Some("全ての記録の出力"))
            })?;
            files.put(&format!("ledgers/{name}.{}", format.ending()), &written.content)?;
            ledgers.insert(name.clone(), written.records as u64);
        }
        let holding: Vec<&str> = ledger
            .fields
            .iter()
            .filter(|field| matches!(field.kind, Kind::Attachment))
            .map(|field| field.name.as_str())
            .collect();
        let (mut after, mut lines) = (String::new(), Vec::new());
        loop {
            let read = |tx: &mut dyn Reader| -> Result<_, StoreError> { tx.versions(name, &after, PAGE) };
            let versions = store.read(read)?;
            let Some(last) = versions.last() else { break };
            after = last.id.clone();
            for version in &versions {
                let line = json!({
                    "id": version.id, "revision": version.revision, "state": version.state, "values": version.body,
                    "created_at": version.created_at, "recorded_at": version.recorded_at,
                });
                lines.extend(line.to_string().into_bytes());
                lines.push(b'\n');
                let lists = holding.iter().filter_map(|field| version.value(field).as_array()).flatten();
                attached.extend(lists.filter_map(|file| Some((file.get("id")?.as_str()?.to_owned(), name.clone()))));
            }
        }
        files.put(&format!("history/{name}.jsonl"), &lines)?;
    }
    progress("添付ファイル");
    let (index, erased) = attachments(installation, &attached, &mut files)?;
    files.put("attachments/index.json", &serde_json::to_vec_pretty(&index).unwrap_or_default())?;

    let told = entry(&who, &installation.kernel(), ledgers.len(), files.parts.len());
    store.write(|tx: &mut dyn Writer| tx.append(&told))?;
    let meanwhile = meanwhile(installation, before)?;

    progress("証跡");
    let sealer = Sealer::open(installation)?;
    sealer.seal_all(installation)?;
    let folder = out.join("journal");
    let entries = store.read(|tx: &mut dyn Reader| ledger::seal::export(tx, FolderWriter::create(&folder)?))?;
    files.adopt(&folder)?;
    let manifest = Manifest {
        format: FORMAT.into(),
        program: env!("CARGO_PKG_VERSION").into(),
        agency: installation.settings.agency.clone(),
        exported_at: kernel.now(),
        ledgers,
        attachments: index.len() as u64,
        erased_attachments: erased,
        entries,
        vkey: sealer.key().verifier().to_string(),
        meanwhile,
        files: files.parts,
    };
    let path = out.join(MANIFEST);
    write(&path, &serde_json::to_vec_pretty(&manifest).unwrap_or_default())?;
    Ok(manifest)
}

/// What the journal tells of the whole export, beside the entry of each ledger.
fn entry(who: &Principal, kernel: &Kernel, ledgers: usize, files: usize) -> Entry {
    let facts = [("ledgers", ledgers), ("files", files)];
    let change = |after: usize| Change { before: Value::Null, after: after.into() };
    Entry {
        at: kernel.now(),
        actor: who.actor.clone(),
        ledger: identity::names::account::LEDGER.into(),
        record: String::new(),
        revision: 0,
        act: act::EXPORT.into(),
        reason: Some("全ての記録、定義、添付ファイル、証跡の出力".into()),
        state_before: None,
        state_after: None,
        changes: facts.into_iter().map(|(name, count)| (name.to_owned(), change(count))).collect(),
        batch: None,
    }
}

/// Entries that others wrote since.
fn meanwhile(installation: &Installation, before: i64) -> Result<u64, LeavingProblem> {
    let own = Principal::system(PART).actor;
    let (mut after, mut others) = (before, 0);
    loop {
        let query = JournalQuery { after: Some(after), limit: PAGE, ..JournalQuery::default() };
        let entries = installation.store.read(|tx: &mut dyn Reader| tx.journal(&query))?;
        let Some(last) = entries.last() else { return Ok(others) };
        after = last.sequence;
        others += entries.iter().filter(|stored| stored.entry.actor != own).count() as u64;
    }
}

/// Every file that a revision of a record holds, under its identifier; its name stands in the index.
fn attachments(
    installation: &Installation,
    attached: &BTreeSet<(String, String)>,
    files: &mut Files<'_>,
) -> Result<(Vec<Value>, u64), LeavingProblem> {
    let (mut index, mut seen, mut erased) = (Vec::new(), BTreeSet::new(), 0);
    for (id, ledger) in attached {
        if !seen.insert(id) {
            continue;
        }
        match installation.store.read(|tx: &mut dyn Reader| tx.attachment(id)) {
            Ok(Some(file)) => {
                let path = format!("attachments/{id}");
                files.put(&path, &file.content)?;
                index.push(json!({
                    "id": id, "ledger": ledger, "path": path, "name": file.name, "media_type": file.media_type,
                    "sha256": file.sha256, "stored_by": file.stored_by, "stored_at": file.stored_at,
                }));
            }
            Err(StoreError::Erased) => {
                erased += 1;
                index.push(json!({ "id": id, "ledger": ledger, "erased": true }));
            }
            Ok(None) => index.push(json!({ "id": id, "ledger": ledger, "missing": true })),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((index, erased))
}

fn make_empty(out: &Path) -> Result<(), LeavingProblem> {
    std::fs::create_dir_all(out).map_err(LeavingProblem::file(out))?;
    match std::fs::read_dir(out).map_err(LeavingProblem::file(out))?.next() {
        None => Ok(()),
        Some(_) => Err(LeavingProblem::Told(format!(
            "{} は空ではありません。空のフォルダーか、まだないフォルダーを指定してください。",
            out.display()
        ))),
    }
}

struct Files<'o> {
    out: &'o Path,
    parts: BTreeMap<String, Part>,
}

impl Files<'_> {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), LeavingProblem> {
        let path = self.out.join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(LeavingProblem::file(folder))?;
        }
        write(&path, bytes)?;
        let part = Part { size: bytes.len() as u64, sha256: super::manifest::digest(bytes) };
        self.parts.insert(name.to_owned(), part);
        Ok(())
    }

    /// Take up files that somebody else wrote into the folder.
    fn adopt(&mut self, folder: &Path) -> Result<(), LeavingProblem> {
        for found in std::fs::read_dir(folder).map_err(LeavingProblem::file(folder))? {
            let path = found.map_err(LeavingProblem::file(folder))?.path();
            if path.is_dir() {
                self.adopt(&path)?;
                continue;
            }
            let (sha256, size) =
                backup::file_digest(&path).map_err(|problem| LeavingProblem::Told(problem.to_string()))?;
            let name = path.strip_prefix(self.out).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            self.parts.insert(name, Part { size, sha256 });
        }
        Ok(())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), LeavingProblem> {
    use std::io::Write;
    let put = || -> std::io::Result<()> {
        let mut file = std::fs::File::create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    put().map_err(LeavingProblem::file(path))
}
