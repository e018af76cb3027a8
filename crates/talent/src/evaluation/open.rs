//! Opening a round: the sheets of everybody, made in batches. Whatever was made already is left as it is, so that an
//! interrupted start goes on, and a later start adds those who came since.

use std::collections::BTreeMap;

use ledger::Kernel;
use ledger::port::{Reader, Writer};
use ledger::principal::Principal;
use ledger::record::{Body, Record};
use ledger::refusal::Refusal;
use ledger::task::Step;
use ledger::write::Change;
use serde_json::{Map, Value};

use super::find;
use super::names::kind;
use super::names::ledger_name::{ITEM, ROUND, SHEET};
use super::preview::{self, Preview, Row};
use super::staffing::Staffing;
use super::templates::Templates;

/// Sheets made in one transaction of the task.
const BATCH: usize = 100;

/// What opening did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opened {
    /// Sheets made now.
    pub made: usize,
    /// Sheets that were there before.
    pub there: usize,
    /// People for whom no sheet could be made.
    pub blocked: usize,
}

/// Everything that is needed to make the sheets of a round.
struct Plan {
    round: Record,
    preview: Preview,
    items: BTreeMap<String, Value>,
    templates: Templates,
    staffing: Staffing,
}

/// Open the round and make all its sheets in the caller's transaction, telling after each how many are done of how many.
///
/// # Errors
/// Not found or denied unless the principal may open the round; what the write path refuses.
pub fn open_round(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    round: &str,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Opened, Refusal> {
    let batch = begin(tx, kernel, who, round)?;
    let plan = plan(tx, kernel, who, round)?;
    make(tx, kernel, who, &plan, &batch, usize::MAX, progress)
}

/// One step of the task that opens a round: at most 100 sheets. `input` is `{"round": id}`.
///
/// # Errors
/// As [`open_round`].
pub fn step(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, input: &Value, _done: u64) -> Result<Step, Refusal> {
    let round = input.get("round").and_then(Value::as_str).ok_or(Refusal::NotFound)?;
    let batch = begin(tx, kernel, who, round)?;
    let plan = plan(tx, kernel, who, round)?;
    let opened = make(tx, kernel, who, &plan, &batch, BATCH, &mut |_, _| {})?;
    let done = opened.made + opened.there;
    let total = plan.preview.rows.len() - opened.blocked;
    let blocked = match opened.blocked {
        0 => String::new(),
        count => format!("評価の系列が決まらない{count}人の分は作れません。"),
    };
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    Ok(Step {
        done: number(done),
        total: number(total),
        words: format!("評価記録書を{total}件のうち{done}件作りました。{blocked}"),
        finished: done >= total,
    })
}

/// Take the round from preparing to open, unless it is open. Gives the name that binds the entries together.
fn begin(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, round: &str) -> Result<String, Refusal> {
    let record = preview::round_to_open(tx, kernel, who, round)?;
    let batch = format!("open:{round}");
    match record.state.as_str() {
        "preparing" => {
            let change = Change::transition(ROUND, round, record.revision, "open").in_batch(&batch);
            kernel.commit(tx, who, change)?;
        }
        "open" => {}
        _ => return Err(Refusal::Denied("終了した評価期は開始できません。".into())),
    }
    Ok(batch)
}

fn plan(tx: &mut (impl Reader + ?Sized), kernel: &Kernel, who: &Principal, round: &str) -> Result<Plan, Refusal> {
    let round = preview::round_to_open(tx, kernel, who, round)?;
    let (preview, staffing) = preview::of_round(tx, kernel, &round)?;
    let performance = round.text("kind") == Some(kind::PERFORMANCE);
    let items = if performance { BTreeMap::new() } else { items(tx, preview.day)? };
    let templates = if performance { Templates::load(tx, preview.day)? } else { Templates::default() };
    Ok(Plan { round, preview, items, templates, staffing })
}

fn make(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    plan: &Plan,
    batch: &str,
    most: usize,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Opened, Refusal> {
    let counts = plan.preview.counts();
    let mut opened = Opened { made: 0, there: counts.made, blocked: counts.blocked };
    let total = counts.ready + counts.made;
    for row in plan.preview.rows.iter().filter(|row| row.ready()).take(most) {
        commit(tx, kernel, who, &plan.round.id, row, contents(plan, row), batch)?;
        opened.made += 1;
        progress(opened.made + opened.there, total);
    }
    Ok(opened)
}

/// What a new sheet holds beside its line: items of the rank, or goals of the template.
fn contents(plan: &Plan, row: &Row) -> Body {
    let mut values = Body::new();
    if let Some(items) = plan.items.get(&row.rank) {
        values.insert("items".into(), items.clone());
    }
    if let Some(goals) = plan.templates.goals(&plan.staffing, &row.organisation, &row.rank) {
        values.insert("goals".into(), goals);
    }
    values
}

pub(super) fn commit(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    who: &Principal,
    round: &str,
    row: &Row,
    contents: Body,
    batch: &str,
) -> Result<Record, Refusal> {
    let mut values = preview::values(round, row);
    values.extend(contents);
    let change = Change::create(SHEET, values).because("評価期の開始").in_batch(batch);
    // A personnel officer has no rights as such in their own sheet; the program makes it in the same batch.
    if who.person() == Some(row.subject.as_str()) {
        kernel.commit(tx, &Principal::system("evaluation"), change)
    } else {
        kernel.commit(tx, who, change)
    }
}

/// Items in force on a day, by rank, as rows of a sheet (標準職務遂行能力).
pub(super) fn items(
    tx: &mut (impl Reader + ?Sized),
    day: chrono::NaiveDate,
) -> Result<BTreeMap<String, Value>, Refusal> {
    let mut records = find::all(tx, ITEM, find::in_force("valid_from", "valid_to", day), find::MOST)?;
    records.sort_by_key(|record| record.value("order").as_i64());
    let mut by_rank: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for record in records {
        let rows = by_rank.entry(find::owned(&record, "rank").unwrap_or_default()).or_default();
        let mut row = Map::new();
        row.insert("no".into(), (rows.len() + 1).into());
        row.insert("title".into(), record.value("title").clone());
        row.insert("description".into(), record.value("description").clone());
        rows.push(row.into());
    }
    Ok(by_rank.into_iter().map(|(rank, rows)| (rank, rows.into())).collect())
}
