//! Importing a file: hand it in, see what was recognised, mend the bad cells in place, see what would change, store. The
//! server keeps the file; every step sends back what was corrected, so that nothing is stored before the last button.

mod drawn;

use ledger::access::Access;
use ledger::definition::Ledger;
use ledger::port::{Attachment, HistoryQuery, Reader, Writer};
use ledger::read::SeenEntry;
use ledger::{Problem, Refusal};
use std::sync::Arc;

use calendar::jst;
use exchange::{ImportEnd, ImportPlan, Read, corrected_workbook};

use crate::components::Notice;
use crate::web::{Ask, Keep, Reply, Stop};

use super::form::files;
use super::words::list_url;

/// Changes shown before storing.
const PREVIEW: usize = 30;

/// The first page: what a file must look like.
pub fn page(_: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = importable(ask)?;
    Ok(Reply::page(drawn::first(ask, &ledger, &[])))
}

fn importable(ask: &Ask<'_>) -> Result<Arc<Ledger>, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let access = Access::new(&ledger, ask.who);
    if access.may_import() {
        return Ok(ledger);
    }
    Err(match access.any() {
        true => Refusal::Denied(format!("{}へ取り込む権限がありません。", ledger.label)),
        false => Refusal::NotFound,
    }
    .into())
}

/// A file on its way, with what the person said about it.
pub(super) struct Work {
    /// The stored file.
    pub file: String,
    /// Its name.
    pub name: String,
    /// What was read of it, corrections included.
    pub read: Read,
    /// Corrections by address.
    pub corrections: Vec<(String, String)>,
    /// What is to be done.
    pub plan: ImportPlan,
}

/// Every step after the first.
pub fn run(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = importable(ask)?;
    let again = |message: &str| {
        let problem = Problem::field("file", message);
        Stop::Answer(Reply::page(drawn::first(ask, &ledger, &[problem])))
    };
    let (stored, keep) = match ask.files.iter().find(|file| file.field == "file" && !file.content.is_empty()) {
        Some(upload) if upload.content.len() > files::LARGEST => {
            return Err(again("ファイルが20MBを超えています。分けて取り込んでください。"));
        }
        Some(upload) => {
            let stored = files::attachment(ask, upload);
            let keep = Keep { files: vec![stored.clone()], ..Keep::default() };
            (stored, keep)
        }
        None => match earlier(tx, ask)? {
            Some(stored) => (stored, Keep::default()),
            None => return Err(again("ファイルを選んでください。")),
        },
    };
    let mut read = match exchange::read(&ledger, &stored.content, &stored.name) {
        Ok(read) => read,
        Err(problem) => return Err(again(&problem.to_string())),
    };
    let corrections = correct(ask, &mut read);
    let chosen = read
        .incoming
        .headings
        .iter()
        .enumerate()
        .filter_map(|(place, heading)| {
            let field = ask.form(&format!("map.{place}"))?;
            Some((heading.clone(), field.to_string()))
        })
        .collect();
    let plan = ImportPlan {
        ledger: ledger.name.clone(),
        chosen,
        accept_characters: ask.form("accept") == Some("true"),
        // Where it is not the last button, the answer itself undoes what was stored.
        dry_run: false,
    };
    let work = Work { file: stored.id.clone(), name: stored.name.clone(), read, corrections, plan };
    let before = newest(tx)?;
    let action = ask.form("_action").unwrap_or("check");
    let outcome = exchange::import(ask.kernel, tx, ask.who, &work.read.incoming, &work.plan, &|_, _| true);
    let (status, reply) = match outcome {
        Err(ImportEnd::Refusal(refusal)) => return Err(refusal.into()),
        Err(ImportEnd::Dry(report)) => (200, Reply::page(drawn::ready(tx, ask, &ledger, &work, &report, &[])?)),
        Err(ImportEnd::Refused(report)) if action == "corrected" => {
            let made_at = jst::wall_clock(ask.kernel.now());
            let content = corrected_workbook(&ledger.label, &work.read.incoming, &report.problems, made_at)
                .map_err(|problem| again(&problem.to_string()))?;
            let name = format!("{}_訂正.xlsx", work.name.rsplit_once('.').map_or(work.name.as_str(), |(name, _)| name));
            let media_type = exchange::ExportFormat::Xlsx.media_type().to_string();
            (200, Reply::File { name, media_type, content, inline: false })
        }
        Err(ImportEnd::Refused(report)) => (422, Reply::page(drawn::wrong(ask, &ledger, &work, &report))),
        Ok(report) if action == "store" => {
            let notice = Notice::success(format!("「{}」を取り込みました", work.name)).text(format!(
                "{}件を追加し、{}件を変更しました。{}件は変更がありませんでした。",
                report.created, report.amended, report.unchanged
            ));
            return Ok(Reply::to_with(list_url(&ledger.name), notice));
        }
        Ok(report) => {
            let preview = preview(tx, ask, &ledger, before)?;
            (200, Reply::page(drawn::ready(tx, ask, &ledger, &work, &report, &preview)?))
        }
    };
    Err(Stop::keeping(status, reply, keep))
}

/// The file that was handed in before, by this account.
fn earlier(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Option<Attachment>, Stop> {
    let Some(id) = ask.form("_file").filter(|id| !id.is_empty()) else { return Ok(None) };
    Ok(tx.attachment(id)?.filter(|file| file.stored_by == ask.who.actor.account))
}

/// Put corrections (`cell.C12`) into the table and return them.
fn correct(ask: &Ask<'_>, read: &mut Read) -> Vec<(String, String)> {
    let mut corrections: Vec<(String, String)> = Vec::new();
    for (name, text) in &ask.form {
        let Some(address) = name.strip_prefix("cell.") else { continue };
        corrections.retain(|(known, _)| known != address);
        corrections.push((address.to_string(), text.clone()));
    }
    for cell in read.incoming.lines.iter_mut().flat_map(|line| &mut line.cells) {
        if let Some((_, text)) = corrections.iter().find(|(address, _)| *address == cell.address) {
            cell.text.clone_from(text);
        }
    }
    corrections
}

fn newest(tx: &mut dyn Reader) -> Result<i64, Stop> {
    let query = HistoryQuery { limit: 1, ..HistoryQuery::default() };
    Ok(tx.history(&query)?.first().map_or(0, |stored| stored.sequence))
}

/// What the import wrote in this transaction, which is about to be undone. Whoever imports entered these values and sees
/// of old ones only what they may read.
fn preview(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger, after: i64) -> Result<Vec<SeenEntry>, Stop> {
    let query = HistoryQuery {
        ledger: Some(ledger.name.clone()),
        account: Some(ask.who.actor.account.clone()),
        limit: 400,
        ..HistoryQuery::default()
    };
    let access = Access::new(ledger, ask.who);
    let mut entries: Vec<SeenEntry> = Vec::new();
    for stored in tx.history(&query)?.into_iter().filter(|stored| stored.sequence > after) {
        let mut entry = stored.entry;
        let total = entry.changes.len();
        entry.changes.retain(|name, _| ledger.field(name).is_some_and(|field| !access.operand_class_hidden(field)));
        let withheld = total - entry.changes.len();
        entries.push(SeenEntry { sequence: stored.sequence, entry, withheld });
    }
    // Changes of what is there already matter more than additions.
    entries.sort_by_key(|seen| (seen.entry.act == "create", seen.sequence));
    entries.truncate(PREVIEW);
    Ok(entries)
}
