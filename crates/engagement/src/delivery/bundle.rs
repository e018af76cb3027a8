//! The delivery bundle (納入一式): everything of one hand-in as a ZIP, with a list of its files and their hashes, and the
//! proofs of the journal that say who handed in, received and judged it, and when. Whoever has it can check it without
//! Daicho: `SHA256SUMS` with any tool, the proofs with the journal's public key.

use document::write::write_zip;
use journal::act::EXPORT;
use ledger::evidence::reading;
use ledger::port::{Reader, Writer};
use ledger::seal::{RecordProofs, RecordProofsProblem, proofs_of_record};
use ledger::{Problem, Record, Refusal};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use ui::web::{Ask, Reply, Stop};

use super::names::{DELIVERABLE, HAND_IN};

/// Most bytes of a bundle: it is put together in memory.
const MOST_BYTES: usize = 512 * 1024 * 1024;

/// The file.
pub fn file(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let detail = ask.kernel.detail(tx, ask.who, HAND_IN, ask.param("id"), None)?;
    if !detail.history {
        return Err(Refusal::Denied(
            "納入一式を取り出す権限がありません。統括責任者か監督職員に頼んでください。".into(),
        )
        .into());
    }
    let hand_in = &detail.record;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut listed: Vec<Value> = Vec::new();
    for (at, id) in hand_in.references("deliverables").into_iter().enumerate() {
        let deliverable = ask.kernel.detail(tx, ask.who, DELIVERABLE, id, None)?.record;
        listed.push(one(tx, &deliverable, at + 1, &mut files)?);
    }
    if let Some(own) = attached(tx, hand_in, "files", "00_納入の書類", &mut files)? {
        listed.push(json!({ "name": "納入の書類", "files": own }));
    }
    let proofs = match proofs_of_record(tx, ask.kernel, ask.who, HAND_IN, &hand_in.id) {
        Ok(found) => Some(found),
        // Nothing is sealed yet.
        Err(RecordProofsProblem::Refusal(Refusal::NotFound)) => None,
        Err(RecordProofsProblem::Refusal(other)) => return Err(other.into()),
        Err(RecordProofsProblem::Seal(_)) => {
            let words = "封印の木が正しくないため、証明を作れません。監査担当に知らせてください。";
            return Err(Refusal::Denied(words.into()).into());
        }
    };
    if let Some(RecordProofs { vkey, checkpoint, proofs, .. }) = &proofs {
        for (sequence, proof) in proofs {
            files.push((format!("proofs/{sequence}.tlog-proof"), proof.to_string().into_bytes()));
        }
        files.push(("proofs/checkpoint.txt".into(), checkpoint.note.clone().into_bytes()));
        files.push(("proofs/journal.vkey".into(), format!("{vkey}\n").into_bytes()));
    }
    let manifest = json!({
        "hand_in": { "id": hand_in.id, "revision": hand_in.revision, "state": hand_in.state, "values": hand_in.body },
        "deliverables": listed,
        "proofs": proofs.as_ref().map_or(0, |found| found.proofs.len()),
        "waiting_for_seal": proofs.as_ref().map_or(0, |found| found.waiting),
        "made_at": calendar::jst::format_iso(ask.kernel.now()),
    });
    let pretty = serde_json::to_vec_pretty(&manifest).map_err(|error| failed(&error))?;
    files.push(("manifest.json".into(), pretty));
    let sums: String = files.iter().map(|(name, content)| format!("{}  {name}\n", hash(content))).collect();
    files.push(("SHA256SUMS".into(), sums.into_bytes()));
    let content = write_zip(&files).map_err(|problem| failed(&problem))?;
    let facts = json!({ "format": "zip", "count": files.len(), "sha256": hash(&content) });
    tx.append(&reading(ask.kernel, ask.who, EXPORT, HAND_IN, &hand_in.id, facts))?;
    let name = format!("納入一式_{}.zip", safe(hand_in.text("number").unwrap_or(&hand_in.id)));
    Ok(Reply::File { name, media_type: "application/zip".into(), content, inline: false })
}

/// One deliverable: its files into the bundle, and its line of the list with what the medium's label must say.
fn one(
    tx: &mut dyn Reader,
    deliverable: &Record,
    number: usize,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<Value, Stop> {
    let text = |field: &str| deliverable.text(field).unwrap_or_default();
    let folder = safe(&format!("{number:02}_{}_{}", text("name"), text("version")));
    let own = attached(tx, deliverable, "files", &folder, files)?;
    let sources = attached(tx, deliverable, "source_files", &format!("{folder}/元データ"), files)?;
    Ok(json!({
        "id": deliverable.id,
        "name": text("name"),
        "version": text("version"),
        "revisions": deliverable.value("revisions"),
        "virus_check": {
            "product": text("virus_product"), "definition": text("virus_definition"), "checked_on": text("virus_checked_on"),
        },
        "files": own,
        "sources": sources,
    }))
}

/// Put the files of a field into the bundle; their names, sizes and hashes, none where there are none.
fn attached(
    tx: &mut dyn Reader,
    record: &Record,
    field: &str,
    folder: &str,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<Option<Vec<Value>>, Stop> {
    let ids: Vec<String> = record
        .value(field)
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|file| file.get("id").and_then(Value::as_str).map(String::from))
        .collect();
    let mut told = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(file) = tx.attachment(&id)? else { continue };
        let held: usize = files.iter().map(|(_, content)| content.len()).sum();
        if held + file.content.len() > MOST_BYTES {
            let words = "納入一式が512MBを超えるため、一つのファイルにできません。成果物を分けて納入してください。";
            return Err(Refusal::invalid(Problem::record(words)).into());
        }
        let path = unused(&format!("{folder}/{}", safe(&file.name)), files);
        told.push(json!({ "path": path, "size": file.content.len(), "sha256": hash(&file.content) }));
        files.push((path, file.content));
    }
    Ok((!told.is_empty()).then_some(told))
}

/// A path that no file has yet.
fn unused(path: &str, files: &[(String, Vec<u8>)]) -> String {
    let taken = |path: &str| files.iter().any(|(known, _)| known == path);
    let numbered = (2..).map(|number| match path.rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') => format!("{stem} ({number}).{ending}"),
        _ => format!("{path} ({number})"),
    });
    std::iter::once(path.to_string()).chain(numbered).find(|path| !taken(path)).unwrap_or_else(|| path.to_string())
}

/// A name that is one segment of a path on every system: no separators, no control characters, no dots at its ends.
fn safe(name: &str) -> String {
    let forbidden = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let name: String = name.chars().map(|c| if forbidden(c) { '_' } else { c }).take(120).collect();
    match name.trim_matches(|c: char| c == '.' || c.is_whitespace()) {
        "" => "名称なし".into(),
        name => name.into(),
    }
}

fn hash(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

fn failed(problem: &dyn std::fmt::Display) -> Stop {
    Stop::Refusal(Refusal::invalid(Problem::record(format!("納入一式を作れませんでした。{problem}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_one_segment_on_every_system() {
        let table = [
            ("設計書.pdf", "設計書.pdf"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("a\\b:c.txt", "a_b_c.txt"),
            ("..", "名称なし"),
            (" .hidden ", "hidden"),
            ("改\n行", "改_行"),
        ];
        for (name, wanted) in table {
            assert_eq!(safe(name), wanted, "{name:?}");
        }
    }

    #[test]
    fn two_files_of_one_name_both_find_a_place() {
        let files =
            [("a/b.pdf", ""), ("a/b (2).pdf", ""), ("a/c", "")].map(|(name, text)| (name.to_string(), text.into()));
        let table = [("a/b.pdf", "a/b (3).pdf"), ("a/c", "a/c (2)"), ("a/d.pdf", "a/d.pdf")];
        for (path, wanted) in table {
            assert_eq!(unused(path, &files), wanted);
        }
    }
}
