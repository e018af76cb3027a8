//! What falls due with the day: self-reports open, results are disclosed, transfers take effect.

use ledger::Kernel;
use ledger::port::{Reader, Writer};
use ledger::principal::Principal;
use ledger::query::{Comparison, Filter};
use ledger::record::Record;
use ledger::refusal::Refusal;
use ledger::task::{Daily, Task};
use ledger::write::Change;

use super::names::ledger_name::{ROUND, SHEET};
use super::names::state;
use super::{find, open, transfer};

/// Work in steps: what a person starts and follows, and what many assignments at once leave behind.
pub const TASKS: &[Task] = &[
    Task { kind: "evaluation.open", label: "評価期を開始する", step: open::step },
    Task { kind: transfer::JOB, label: "異動に合わせて評価の系列を改める", step: transfer::step },
];

/// Acts of the day, in this order: a transfer first, so that what opens today goes to who is there today.
pub const DAILY: &[Daily] = &[
    Daily { name: "evaluation.transfers", run: transfers },
    Daily { name: "evaluation.start_reports", run: start_reports },
    Daily { name: "evaluation.disclose", run: disclose },
];

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Move open sheets to the lines in force today.
pub fn transfers(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let moved = transfer::apply_transfers(tx, kernel, kernel.today(), usize::MAX)?;
    Ok(number(moved.len()))
}

/// Take sheets in term to the self-report from the day their round says.
pub fn start_reports(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let mut count = 0;
    for round in rounds_since(tx, kernel, "report_from")? {
        for sheet in sheets(tx, &round, state::IN_TERM)? {
            take(tx, kernel, &sheet, "start_report", "自己申告の開始日")?;
            count += 1;
        }
    }
    Ok(count)
}

/// Disclose confirmed results from the day their round says; close those that are exempt from disclosure.
pub fn disclose(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let mut count = 0;
    for round in rounds_since(tx, kernel, "disclosure_on")? {
        for sheet in sheets(tx, &round, state::CONFIRMED)? {
            let exempt = sheet.value("exempt").as_bool().unwrap_or(false);
            let transition = if exempt { "finish_undisclosed" } else { "disclose" };
            take(tx, kernel, &sheet, transition, "開示日")?;
            count += 1;
        }
    }
    Ok(count)
}

fn take(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    sheet: &Record,
    transition: &str,
    reason: &str,
) -> Result<Record, Refusal> {
    let change = Change::transition(SHEET, &sheet.id, sheet.revision, transition).because(reason);
    kernel.commit(tx, &Principal::system("evaluation"), change)
}

/// Open rounds whose date in the field has come.
fn rounds_since(tx: &mut (impl Reader + ?Sized), kernel: &Kernel, field: &str) -> Result<Vec<Record>, Refusal> {
    let come = Filter::Compare(find::text(field), Comparison::AtMost, kernel.today().to_string().into());
    Ok(find::all(tx, ROUND, find::in_state(&["open"]).and(come), 1_000)?)
}

fn sheets(tx: &mut (impl Reader + ?Sized), round: &Record, state: &str) -> Result<Vec<Record>, Refusal> {
    Ok(find::all(tx, SHEET, find::is("round", &round.id).and(find::in_state(&[state])), find::MOST)?)
}
