//! The request on which an installation is destroyed: two people agreed, the day has come, nothing is held.

use ledger::port::{Reader, StoreError};
use ledger::{Kernel, Record};
use vault::Act;

use super::{LeavingProblem, told};
use crate::installation::Installation;

/// Ledger of the requests.
const REQUESTS: &str = "destruction_request";

/// An approved request.
pub(super) struct Request {
    pub(super) record: Record,
    pub(super) requested: Act,
    pub(super) approved: Act,
}

/// The request of this number, when it may be carried out now.
pub(super) fn approved(installation: &Installation, number: &str) -> Result<Request, LeavingProblem> {
    let kernel = installation.kernel();
    let (found, holds) = installation.store.read(|tx: &mut dyn Reader| -> Result<_, StoreError> {
        let ids = tx.lookup(REQUESTS, "number", &[number.to_owned()])?.remove(number).unwrap_or_default();
        let id = ids.first().map_or(number, String::as_str);
        Ok((tx.record(REQUESTS, id)?, ledger::hold::holds_in_force(tx)?))
    })?;
    let record = found.ok_or_else(|| told(format!("「台帳の消去の申請」に {number} はありません。")))?;
    if !holds.is_empty() {
        return Err(told(format!("保全が{}件あります。すべて解除されるまで、台帳を消去できません。", holds.len())));
    }
    permitted(&kernel, record)
}

fn permitted(kernel: &Kernel, record: Record) -> Result<Request, LeavingProblem> {
    let number = record.text("number").unwrap_or_default().to_owned();
    if record.state != "approved" {
        let label =
            kernel.catalogue.ledger(REQUESTS).map(|ledger| ledger.workflow.state_label(&record.state).to_owned());
        return Err(told(format!(
            "申請 {number} は「{}」です。申請した人とは別の情報保護責任者が承認してから実行してください。",
            label.unwrap_or_default()
        )));
    }
    let act = |name: &str| {
        record.acts.get(name).ok_or_else(|| told(format!("申請 {number} に申請か承認の記録がありません。")))
    };
    let (asked, agreed) = (act("create")?, act("approve")?);
    let same_person = asked.person.is_some() && asked.person == agreed.person;
    if asked.account == agreed.account || same_person {
        return Err(told(format!("申請 {number} は、申請した人と承認した人が同じです。")));
    }
    let planned = record.text("planned_on").and_then(|day| day.parse::<chrono::NaiveDate>().ok());
    if let Some(planned) = planned.filter(|planned| *planned > kernel.today()) {
        return Err(told(format!(
            "消去する予定の日は{}です。それより前には実行できません。",
            calendar::format_date(planned)
        )));
    }
    let (requested, approved) = (Act::new(&asked.account, asked.at), Act::new(&agreed.account, agreed.at));
    Ok(Request { requested, approved, record })
}
