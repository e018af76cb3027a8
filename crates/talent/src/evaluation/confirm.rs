//! Confirming many sheets at once (実施権者の一括確認): each keeps the mark it came with, and four-eyes holds for each.

use ledger::Kernel;
use ledger::access::Access;
use ledger::port::{Reader, Writer};
use ledger::principal::Principal;
use ledger::record::{Body, Record};
use ledger::refusal::Refusal;
use ledger::write::{Change, obstacle};
use serde_json::Value;

use super::names::ledger_name::SHEET;

/// A sheet that stayed as it was, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Sheet.
    pub sheet: String,
    /// Why, in Japanese.
    pub reason: String,
}

/// The mark that confirmation takes over unless another is given: the confirmer's own, the adjuster's, the evaluator's.
pub fn mark_so_far(sheet: &Record) -> Option<&str> {
    ["confirmer_mark", "adjuster_mark", "evaluator_mark"].into_iter().find_map(|field| sheet.text(field))
}

/// Confirm these sheets with the marks they have. Sheets that cannot be confirmed by the principal are left as they are
/// and named. Gives the number confirmed.
///
/// # Errors
/// What the write path refuses; the transaction must then be rolled back.
pub fn confirm_all(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    sheets: &[String],
) -> Result<(usize, Vec<Left>), Refusal> {
    let batch = format!("confirm:{}", kernel.new_id());
    let mut confirmed = 0;
    let mut left = Vec::new();
    for id in sheets {
        match ready(tx, kernel, who, id)? {
            Err(reason) => left.push(Left { sheet: id.clone(), reason }),
            Ok((sheet, mark)) => {
                let mut values = Body::new();
                values.insert("confirmer_mark".into(), Value::from(mark));
                let change = Change::transition(SHEET, id, sheet.revision, "confirm").with(values).in_batch(&batch);
                kernel.commit(tx, who, change)?;
                confirmed += 1;
            }
        }
    }
    Ok((confirmed, left))
}

/// The sheet and the mark to confirm, or why it cannot be confirmed.
fn ready(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    id: &str,
) -> Result<Result<(Record, String), String>, Refusal> {
    let ledger = kernel.ledger(SHEET)?;
    let access = Access::new(&ledger, who);
    let Some(sheet) = tx.record(SHEET, id)?.filter(|sheet| access.may_read(sheet)) else {
        return Ok(Err("評価記録書が見つかりません。".into()));
    };
    let transition = ledger.workflow.transition("confirm").ok_or(Refusal::NotFound)?;
    if let Some(reason) = obstacle(&ledger, transition, &sheet, who) {
        return Ok(Err(reason));
    }
    let sheet = access.redact(sheet);
    Ok(match mark_so_far(&sheet).map(String::from) {
        Some(mark) => Ok((sheet, mark)),
        None => Err("全体評語がありません。評価記録書を開いて評語を付けてください。".into()),
    })
}
