//! 「数え直す」: when closed days or terms change, the open deadlines of running contracts are counted again. That they
//! changed is noticed and said by itself; the counting is begun by a person, who sees before what would move.

use std::collections::{BTreeMap, BTreeSet};

use calendar::{BusinessCalendar, format_era};
use chrono::{Datelike, NaiveDate, Weekday};
use ledger::access::Access;
use ledger::definition::{Every, Terms};
use ledger::engine::Context;
use ledger::port::{DeskItem, NewJob, Reader, Writer};
use ledger::query::Filter;
use ledger::task::{Step, Task};
use ledger::{Body, Change, Kernel, Principal, Problem, Record, Refusal, Standing, find};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::of;
use super::step::{self, Difference};
use crate::names::ledger_name::{ENGAGEMENT, RECOUNT};
use crate::names::state;

/// The task. A step counts some contracts; running it again finds them in step.
pub const TASK: Task = Task { kind: "engagement.recount", label: "契約上の期限の数え直し", step: count };

/// Contracts counted in one step.
const CONTRACTS: usize = 5;
/// Desk of the program, and what stands there: by what deadlines were counted when somebody last looked.
const SYSTEM: &str = "system";
const BASIS: &str = "engagement:counted_by";
/// Who the program is here.
const PART: &str = "recount";
/// Years whose days are compared.
const YEARS: (i32, i32) = (2020, 2045);
/// Most days named one by one.
const NAMED: usize = 3;
/// Longest words for what changed, in characters.
const MOST_WORDS: usize = 600;
/// States of a recount in which it is not over.
const WAITING: &str = "waiting";
const RUNNING: &str = "running";

/// What all deadlines are counted by.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Basis {
    /// Days that are closed though they are Mondays to Fridays, or open though they are not.
    days: BTreeSet<NaiveDate>,
    /// Digest of the rules of each set of terms.
    terms: BTreeMap<String, String>,
}

impl Basis {
    fn of(kernel: &Kernel) -> Self {
        let terms = kernel.catalogue.terms.values().map(|terms| (terms.name.clone(), digest(terms))).collect();
        Self { days: unusual(&kernel.calendar), terms }
    }
}

fn unusual(calendar: &BusinessCalendar) -> BTreeSet<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(YEARS.0, 1, 1).unwrap_or_default();
    let days = first.iter_days().take_while(|day| day.year() <= YEARS.1);
    let weekday = |day: NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    days.filter(|day| calendar.is_business_day(*day) != weekday(*day)).collect()
}

/// What of the terms decides which deadlines there are and when.
fn digest(terms: &Terms) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    for setting in &terms.settings {
        add(&setting.name);
        add(&setting.value);
    }
    for item in &terms.items {
        add(&item.name);
        add(item.due.as_deref().unwrap_or_default());
        add(item.when.as_ref().map_or("", |when| when.source()));
        add(match &item.every {
            Every::Record { ledger } => ledger,
            Every::Decided { setting } => setting,
            Every::Once => "once",
            every => Every::SPANS.iter().find(|(_, span)| span == every).map_or("", |(word, _)| word),
        });
    }
    hex::encode(hash.finalize())
}

/// Notice that closed days or terms of running contracts changed since the last look, and open a recount that says so.
/// True when one was opened or told more.
///
/// # Errors
/// Those of the database and of the write path.
pub fn watch(tx: &mut dyn Writer, kernel: &Kernel) -> Result<bool, Refusal> {
    if kernel.catalogue.ledger(RECOUNT).is_none() {
        return Ok(false);
    }
    let now = Basis::of(kernel);
    if basis(tx)?.as_ref() == Some(&now) {
        return Ok(false);
    }
    // Workers of several nodes notice it at once: the first of them says so.
    tx.next_number(BASIS)?;
    let before = basis(tx)?;
    let value = serde_json::to_value(&now).unwrap_or_default();
    tx.set_desk(SYSTEM, &DeskItem { key: BASIS.into(), value, saved_at: kernel.now() })?;
    let Some(before) = before else { return Ok(false) };
    let running = running(tx, kernel)?;
    let cause = cause(kernel, &before, &now, &running);
    if cause.is_empty() || running.is_empty() {
        return Ok(false);
    }
    let who = Principal::system(PART);
    match open(tx)?.filter(|record| record.state == WAITING) {
        Some(record) => {
            let told = record.text("cause").unwrap_or_default();
            let told = [told, cause.as_str()].join(" ").chars().take(MOST_WORDS).collect::<String>();
            let values = Body::from_iter([("cause".to_string(), told.into())]);
            kernel.commit(tx, &who, Change::amend(RECOUNT, &record.id, record.revision, values))?;
        }
        None => {
            let cause: String = cause.chars().take(MOST_WORDS).collect();
            kernel.commit(tx, &who, Change::create(RECOUNT, Body::from_iter([("cause".to_string(), cause.into())])))?;
        }
    }
    Ok(true)
}

fn basis(tx: &mut dyn Writer) -> Result<Option<Basis>, Refusal> {
    Ok(tx.desk(SYSTEM, BASIS)?.and_then(|item| serde_json::from_value(item.value).ok()))
}

/// What changed, in words; empty where it touches no running contract.
fn cause(kernel: &Kernel, before: &Basis, now: &Basis, running: &[Record]) -> String {
    let mut words = Vec::new();
    let days: Vec<&NaiveDate> = before.days.symmetric_difference(&now.days).collect();
    if !days.is_empty() {
        let named = days.iter().take(NAMED).map(|day| {
            let open = kernel.calendar.is_business_day(**day);
            format!("{}が{}になりました", format_era(**day), if open { "開庁日" } else { "閉庁日" })
        });
        let named = named.collect::<Vec<_>>().join("、");
        let more = if days.len() > NAMED { format!("（ほか{}日）", days.len() - NAMED) } else { String::new() };
        words.push(format!("{named}{more}。"));
    }
    for terms in kernel.catalogue.terms.values() {
        let changed = before.terms.get(&terms.name).is_some_and(|was| now.terms.get(&terms.name) != Some(was));
        if changed && running.iter().any(|one| one.text(crate::names::contract::TERMS) == Some(&terms.name)) {
            words.push(format!("契約の決まり「{}」が改められました。", terms.label));
        }
    }
    words.join("")
}

/// The newest recount that is not over.
///
/// # Errors
/// Those of the database.
pub fn open(tx: &mut (impl Reader + ?Sized)) -> Result<Option<Record>, Refusal> {
    Ok(find::all(tx, RECOUNT, find::in_state(&[WAITING, RUNNING]), find::MOST)?.pop())
}

/// Contracts whose deadlines by terms are still followed, in order of their making.
///
/// # Errors
/// Those of the database.
pub fn running(tx: &mut (impl Reader + ?Sized), kernel: &Kernel) -> Result<Vec<Record>, Refusal> {
    let mut contracts = find::all(tx, ENGAGEMENT, Filter::Everything, find::MOST)?;
    contracts.retain(|contract| is_running(kernel, contract));
    Ok(contracts)
}

fn is_running(kernel: &Kernel, contract: &Record) -> bool {
    let closed =
        |ledger: &ledger::definition::Ledger| ledger.workflow.state(&contract.state).is_some_and(|state| state.closed);
    of(&kernel.catalogue, contract).is_some()
        && contract.state != state::CANCELLED
        && !kernel.catalogue.ledger(&contract.ledger).is_some_and(|ledger| closed(ledger))
}

/// What would move in a contract if it were counted now. Nothing is written.
///
/// # Errors
/// Those of the database.
pub fn pending(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    contract: &Record,
) -> Result<Vec<Difference>, Refusal> {
    let catalogue = kernel.catalogue.clone();
    of(&catalogue, contract).map_or(Ok(Vec::new()), |terms| step::differences(tx, kernel, terms, contract))
}

/// Whether this principal may begin a recount.
pub fn may_begin(kernel: &Kernel, who: &Principal) -> bool {
    kernel.catalogue.ledger(RECOUNT).is_some_and(|ledger| Access::new(ledger, who).may_create())
}

/// Begin: the recount that waits, or one of one's own, is counted by a task. Returns the task's identifier; `None` while
/// one is at work already.
///
/// # Errors
/// [`Refusal::Denied`] without the right.
pub fn begin(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal) -> Result<Option<String>, Refusal> {
    if !may_begin(kernel, who) {
        return Err(Refusal::Denied("期限を数え直す権限がありません。".into()));
    }
    let waiting = match open(tx)? {
        Some(record) => record,
        None => {
            let values = Body::from_iter([("cause".to_string(), "担当者が確かめのために始めました。".into())]);
            kernel.commit(tx, who, Change::create(RECOUNT, values))?
        }
    };
    let id = kernel.new_id();
    let job = NewJob {
        id: id.clone(),
        kind: TASK.kind.into(),
        input: json!({ "recount": waiting.id, "to": "engagements/recount" }),
        account: who.actor.account.clone(),
        run_at: kernel.now(),
        only_one: Some(TASK.kind.into()),
    };
    if !tx.add_job(&job, kernel.now())? {
        return Ok(None);
    }
    // In the name of whoever begins, with the right of the program: the page leads here, not the form of the record.
    let in_the_name = Principal { actor: who.actor.clone(), ..Principal::system(PART) };
    kernel.commit(tx, &in_the_name, Change::transition(RECOUNT, &waiting.id, waiting.revision, "begin"))?;
    Ok(Some(id))
}

/// A recount is begun and ended by counting, not by saying so.
///
/// # Errors
/// When a person takes the step in the form of the record.
pub fn complete(context: &Context<'_>) -> Result<(), Refusal> {
    let counts = matches!(context.transition, Some("begin" | "finish"));
    if counts && context.who.standing != Standing::System {
        let words = "数え直しは「期限の数え直し」の画面で始めます。終わると自動で「数え直し済み」になります。";
        return Err(Refusal::invalid(Problem::record(words)));
    }
    Ok(())
}

/// Count the next contracts.
fn count(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, input: &Value, done: u64) -> Result<Step, Refusal> {
    if !may_begin(kernel, who) {
        return Err(Refusal::Denied("期限を数え直す権限がありません。".into()));
    }
    let id = input.get("recount").and_then(Value::as_str).ok_or(Refusal::NotFound)?;
    let recount = tx.record_locked(RECOUNT, id)?.filter(|one| one.state == RUNNING).ok_or(Refusal::NotFound)?;
    // All contracts, so that their places stay the same while some of them end.
    let contracts = find::all(tx, ENGAGEMENT, Filter::Everything, find::MOST)?;
    let total = u64::try_from(contracts.len()).unwrap_or(u64::MAX);
    let reason = format!("期限を数え直しました。{}", recount.text("cause").unwrap_or_default());
    let from = usize::try_from(done).unwrap_or(usize::MAX);
    let (mut moved, mut made, mut gone) = (0i64, 0i64, 0i64);
    for contract in contracts.iter().skip(from).take(CONTRACTS) {
        // Locked: a change of the contract at the same moment comes before this, or counts by itself after.
        let Some(contract) = tx.record_locked(ENGAGEMENT, &contract.id)? else { continue };
        if !is_running(kernel, &contract) {
            continue;
        }
        for one in step::again(tx, kernel, &contract, id, &reason)? {
            match one {
                Difference::Moved(..) => moved += i64::from(one.moves()),
                Difference::Missing(_) => made += 1,
                Difference::Gone(_) => gone += 1,
            }
        }
    }
    let add = |name: &str, more: i64| {
        let before = recount.value(name).as_i64().unwrap_or_default();
        (name.to_string(), Value::from(before + more))
    };
    let values = Body::from_iter([add("moved", moved), add("made", made), add("gone", gone)]);
    let system = Principal::system(PART);
    let told = Change::amend(RECOUNT, id, recount.revision, values);
    let recount = kernel.commit(tx, &system, told)?;
    let done = (done + CONTRACTS as u64).min(total);
    let finished = done >= total;
    let figure = |name: &str| recount.value(name).as_i64().unwrap_or_default();
    let words = format!(
        "契約{done}件を数え直しました。動いた期限{}件、新しくできた期限{}件、取りやめた期限{}件。",
        figure("moved"),
        figure("made"),
        figure("gone")
    );
    if finished {
        kernel.commit(tx, &system, Change::transition(RECOUNT, id, recount.revision, "finish"))?;
    }
    Ok(Step { done, total, words, finished })
}
