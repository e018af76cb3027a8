//! The ledgers `backup_generation` and `backup_rehearsal`: what was made, checked, rehearsed and removed.

use chrono::TimeDelta;
use ledger::port::{Reader, StoreError, Writer};
use ledger::query::{Filter, Operand, Query, Sort, instant_text};
use ledger::{Body, Change, Kernel, Principal, Record, Refusal};
use serde_json::{Value, json};

use super::{Plan, Taken};

/// The ledger of generations.
pub const LEDGER: &str = "backup_generation";
/// The ledger of rehearsals.
pub const REHEARSALS: &str = "backup_rehearsal";

/// States in which a generation can be restored, as far as is known.
const GOOD: [&str; 3] = ["made", "checked", "rehearsed"];

/// Who wanted a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It fell due.
    Schedule,
    /// Somebody asked for it on the page.
    Request,
    /// Somebody typed the command.
    Command,
}

impl Origin {
    fn code(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Request => "request",
            Self::Command => "command",
        }
    }
}

fn body(value: Value) -> Body {
    match value {
        Value::Object(body) => body,
        _ => Body::new(),
    }
}

fn one_decimal(seconds: f64) -> String {
    format!("{seconds:.1}")
}

/// Write a new generation into its ledger, and plan the first rehearsal when none was ever planned.
pub fn note(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    origin: Origin,
    taken: &Taken,
) -> Result<Record, Refusal> {
    let plan = Plan::in_force(tx, kernel)?;
    let (manifest, file) = (&taken.manifest, taken.file());
    let values = body(json!({
        "taken_at": instant_text(manifest.taken_at),
        "file": file,
        "place": taken.path.parent().map(|folder| folder.display().to_string()),
        "origin": origin.code(),
        "size": taken.finished.size,
        "seconds": one_decimal(taken.seconds),
        "sha256": taken.finished.sha256,
        "database": manifest.database,
        "records": manifest.records,
        "entries": manifest.journal.entries,
        "last_sequence": manifest.journal.last_sequence,
        "checkpoint": manifest.journal.checkpoint,
        "keyring": manifest.keyring,
        "check_by": (kernel.today() + TimeDelta::days(plan.check_days)).to_string(),
    }));
    let made = kernel.commit(tx, who, Change::create(LEDGER, values))?;
    plan_rehearsal(tx, kernel, who, &plan)?;
    Ok(made)
}

/// Write down that a backup could not be made; its duty begins at once.
pub fn note_failure(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    origin: Origin,
    problem: &str,
) -> Result<Record, Refusal> {
    let values = body(json!({
        "taken_at": instant_text(kernel.now()),
        "file": "(作成できませんでした)",
        "origin": origin.code(),
        "check_by": kernel.today().to_string(),
    }));
    let made = kernel.commit(tx, who, Change::create(LEDGER, values))?;
    let problem: String = problem.chars().take(1_000).collect();
    let change = Change::transition(LEDGER, &made.id, made.revision, "break");
    kernel.commit(tx, who, change.with(body(json!({ "problem": problem }))))
}

/// A rehearsal stands in the ledger as planned, unless one does already.
fn plan_rehearsal(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, plan: &Plan) -> Result<(), Refusal> {
    if newest(tx, REHEARSALS, Filter::OneOf(Operand::State, vec!["planned".into()]))?.is_none() {
        let due = kernel.today() + TimeDelta::days(plan.rehearse_days);
        kernel.commit(tx, who, Change::create(REHEARSALS, body(json!({ "due_on": due.to_string() }))))?;
    }
    Ok(())
}

/// Write down how a check ended. Nothing happens for a file that stands in no ledger.
pub fn note_check(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    file: &str,
    outcome: Result<&str, &str>,
) -> Result<Option<Record>, Refusal> {
    let Some(found) = of_file(tx, file)? else { return Ok(None) };
    let today = kernel.today().to_string();
    let (transition, values) = match outcome {
        Ok(depth) => ("check", json!({ "checked_on": today, "check_depth": depth })),
        Err(problem) => ("break", json!({ "problem": problem })),
    };
    let change = Change::transition(LEDGER, &found.id, found.revision, transition).with(body(values));
    kernel.commit(tx, who, change).map(Some)
}

/// Write down a rehearsal: at the generation, and in the ledger of rehearsals; then plan the next.
pub fn note_rehearsal(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    file: &str,
    seconds: f64,
    verified: &str,
) -> Result<bool, Refusal> {
    let Some(found) = of_file(tx, file)? else { return Ok(false) };
    let (today, plan) = (kernel.today().to_string(), Plan::in_force(tx, kernel)?);
    let values = json!({
        "checked_on": today,
        "check_depth": "whole",
        "rehearsed_on": today,
        "rehearsal_seconds": one_decimal(seconds),
    });
    let change = Change::transition(LEDGER, &found.id, found.revision, "rehearse").with(body(values));
    kernel.commit(tx, who, change)?;
    plan_rehearsal(tx, kernel, who, &plan)?;
    let planned = newest(tx, REHEARSALS, Filter::OneOf(Operand::State, vec!["planned".into()]))?;
    if let Some(planned) = planned {
        let target = plan.rto.num_seconds();
        let values = json!({
            "generation": found.id,
            "held_on": today,
            "seconds": one_decimal(seconds),
            "target_seconds": target,
            "within_target": seconds <= target as f64,
            "verified": verified,
        });
        let change = Change::transition(REHEARSALS, &planned.id, planned.revision, "hold").with(body(values));
        kernel.commit(tx, who, change)?;
    }
    plan_rehearsal(tx, kernel, who, &plan)?;
    Ok(true)
}

/// Write down that a file was removed because it is no longer kept.
pub fn note_removed(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, file: &str) -> Result<(), Refusal> {
    let Some(found) = of_file(tx, file)?.filter(|found| GOOD.contains(&found.state.as_str())) else { return Ok(()) };
    let values = body(json!({ "removed_on": kernel.today().to_string() }));
    kernel.commit(tx, who, Change::transition(LEDGER, &found.id, found.revision, "remove").with(values)).map(|_| ())
}

fn newest(tx: &mut dyn Reader, ledger: &str, filter: Filter) -> Result<Option<Record>, StoreError> {
    let query = Query {
        ledger: ledger.into(),
        filter,
        sort: vec![Sort { operand: Operand::CreatedAt, descending: true }],
        after: None,
        limit: 1,
        as_of: None,
    };
    Ok(tx.find(&query)?.into_iter().next())
}

/// The newest generation of a file of that name.
pub fn of_file(tx: &mut dyn Reader, file: &str) -> Result<Option<Record>, StoreError> {
    newest(tx, LEDGER, Filter::Holds { field: "file".into(), values: vec![file.to_string()] })
}

/// The newest generation that can be restored, as far as is known.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub fn newest_good(tx: &mut dyn Reader) -> Result<Option<Record>, StoreError> {
    newest(tx, LEDGER, Filter::OneOf(Operand::State, GOOD.iter().map(|state| (*state).into()).collect()))
}

/// The newest attempt to make a backup, whatever became of it.
pub fn newest_try(tx: &mut dyn Reader) -> Result<Option<Record>, StoreError> {
    newest(tx, LEDGER, Filter::Everything)
}

/// The newest rehearsal that was held, and the next that is planned.
pub fn rehearsals(tx: &mut dyn Reader) -> Result<(Option<Record>, Option<Record>), StoreError> {
    let in_state = |state: &str| Filter::OneOf(Operand::State, vec![state.into()]);
    Ok((newest(tx, REHEARSALS, in_state("held"))?, newest(tx, REHEARSALS, in_state("planned"))?))
}
