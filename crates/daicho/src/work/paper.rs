//! Printing many records into one file.

use document::write::write_zip;
use exchange::PaperProblem;
use ledger::port::{Attachment, Job, Writer};
use ledger::{Kernel, Principal, Problem, Refusal};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Finished, progress};
use crate::web::App;

/// Records in one file. Typesetting keeps a whole file in memory, some megabytes a record.
const STRIDE: usize = 25;

/// Print the records in files of 25, and keep them for their owner: as one PDF, or as an archive of several.
pub fn run(app: &App, kernel: &Kernel, who: &Principal, job: &Job) -> Result<Finished, Refusal> {
    let document = job.new.input.get("document").and_then(|name| name.as_str()).unwrap_or_default().to_string();
    let ids = job.new.input.get("records").and_then(|ids| ids.as_array()).into_iter().flatten();
    let ids: Vec<String> = ids.filter_map(|id| id.as_str().map(String::from)).collect();
    let reason = job.new.input.get("reason").and_then(|reason| reason.as_str()).map(String::from);
    let (store, agency) = (&app.installation.store, &app.installation.settings.agency);
    let typesetter = app.typesetter().map_err(|problem| refusal(problem.into()))?;
    let total = ids.len() as u64;
    let (mut files, mut pages) = (Vec::new(), 0);
    for (number, part) in ids.chunks(STRIDE).enumerate() {
        let done = (number * STRIDE) as u64;
        if !progress(app, job, done, total, &format!("{total}件中{done}件を作りました"))? {
            return Ok(None);
        }
        let pdf = crate::paper::print(store, kernel, typesetter, who, &document, part, agency, reason.as_deref())
            .map_err(refusal)?;
        pages += pdf.pages;
        files.push((format!("{document}-{:03}.pdf", number + 1), pdf.bytes));
    }
    let (name, media_type, content) = match files.len() {
        0 => return Err(Refusal::NotFound),
        1 => (format!("{document}.pdf"), "application/pdf", files.remove(0).1),
        _ => {
            let archive =
                write_zip(&files).map_err(|problem| Refusal::invalid(Problem::record(problem.to_string())))?;
            (format!("{document}.zip"), "application/zip", archive)
        }
    };
    let attachment = Attachment {
        id: kernel.new_id(),
        name,
        media_type: media_type.into(),
        sha256: hex::encode(Sha256::digest(&content)),
        content,
        stored_by: who.actor.account.clone(),
        stored_at: kernel.now(),
    };
    let id = attachment.id.clone();
    store.write(move |tx: &mut dyn Writer| tx.add_attachment(&attachment))?;
    Ok(Some((format!("{total}件、{pages}ページの帳票を作りました。"), json!({ "attachment": id }))))
}

fn refusal(problem: PaperProblem) -> Refusal {
    match problem {
        PaperProblem::Refusal(refusal) => refusal,
        PaperProblem::Typeset(problem) => Refusal::invalid(Problem::record(problem.to_string())),
    }
}
