//! Judging the past again: after a rule was added, or for a time in which the watch did not run. A task with progress.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ledger::port::{DeskItem, JournalQuery, Writer};
use ledger::task::{Step, Task};
use ledger::{Kernel, Principal, Problem, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::alerts::{Raised, raise};
use super::{Fact, Kind, Memory, Roles, Rule, judge};
use crate::names::ledger_name;

/// Entries judged in one step.
const STEP: usize = 1_000;

/// The task.
pub const TASK: Task = Task { kind: "evaluate_past", label: "過去の証跡の点検", step };

/// What is evaluated: the days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First day in Japan.
    pub from: NaiveDate,
    /// Last day in Japan.
    pub until: NaiveDate,
}

/// Where an evaluation stands between two steps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Progress {
    behind: Option<(DateTime<Utc>, i64)>,
    memory: BTreeMap<String, Value>,
    /// Entries read so far, those before the span that make the habits included.
    pub read: u64,
    /// Alerts made.
    pub new: u64,
    /// Findings added to open alerts.
    pub added: u64,
    /// Nothing is left to read.
    pub finished: bool,
}

/// Judge the next entries of the span. Entries before it are read as far as windows and habits reach, so that the first
/// day is judged like every other.
pub fn proceed(tx: &mut dyn Writer, kernel: &Kernel, span: Span, progress: &mut Progress) -> Result<(), Refusal> {
    let rules: Vec<Rule> = super::rules(tx, kernel)?.into_iter().map(|(rule, _)| rule).collect();
    let by_id: BTreeMap<&str, &Rule> = rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let begin = calendar::jst::start_of_day(span.from);
    let acts: std::collections::BTreeSet<&String> = rules.iter().flat_map(|rule| &rule.acts).collect();
    let query = JournalQuery {
        from: Some(begin - reach(&rules)),
        until: span.until.succ_opt().map(calendar::jst::start_of_day),
        acts: acts.into_iter().flat_map(|act| asked(act)).collect(),
        behind: progress.behind,
        oldest_first: true,
        limit: STEP,
        ..JournalQuery::default()
    };
    let entries = tx.journal(&query)?;
    let mut memory = Memory::of(std::mem::take(&mut progress.memory));
    let mut roles = Roles::default();
    for stored in &entries {
        let mut fact = Fact::of(stored);
        roles.complete(tx, &rules, &mut fact)?;
        for finding in judge(&rules, &mut memory, &fact) {
            if finding.at < begin {
                continue;
            }
            let Some(rule) = by_id.get(finding.rule.as_str()) else { continue };
            match raise(tx, kernel, rule, &finding, true)? {
                Raised::New(_) => progress.new += 1,
                Raised::Added(_) => progress.added += 1,
                Raised::Known => {}
            }
        }
    }
    progress.memory = memory.whole().clone();
    progress.read += entries.len() as u64;
    progress.behind = entries.last().map(|stored| (stored.entry.at, stored.sequence)).or(progress.behind);
    progress.finished = entries.len() < STEP;
    Ok(())
}

/// How far back the rules look.
fn reach(rules: &[Rule]) -> TimeDelta {
    let one = |rule: &Rule| match rule.kind {
        Kind::Habit { weeks, .. } => TimeDelta::weeks(weeks) + TimeDelta::days(1),
        _ => rule.window,
    };
    rules.iter().map(one).max().unwrap_or_default()
}

/// Acts as the journal names them. Transitions carry their names.
fn asked(act: &str) -> Vec<String> {
    match act {
        "transition" => vec!["transition:".into()],
        act => vec![act.to_string()],
    }
}

fn span(input: &Value) -> Result<Span, Refusal> {
    let span: Option<Span> = serde_json::from_value(input.clone()).ok();
    let wrong = "点検する期間の初日と末日を、末日が後になるように入れてください。";
    span.filter(|span| span.from <= span.until).ok_or_else(|| Refusal::invalid(Problem::field("from", wrong)))
}

fn step(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, input: &Value, done: u64) -> Result<Step, Refusal> {
    let ledger = kernel.ledger(ledger_name::RULE)?;
    if !ledger::access::Access::new(&ledger, who).may_create() {
        return Err(Refusal::Denied("過去の証跡を点検する権限がありません。".into()));
    }
    let span = span(input)?;
    let key = format!("watch:past:{}:{}", span.from, span.until);
    let account = who.actor.account.as_str();
    let kept = if done == 0 { None } else { tx.desk(account, &key)? };
    let mut progress: Progress = kept.and_then(|item| serde_json::from_value(item.value).ok()).unwrap_or_default();
    if !progress.finished {
        proceed(tx, kernel, span, &mut progress)?;
    }
    if progress.finished {
        tx.clear_desk(account, &key)?;
    } else {
        let value = serde_json::to_value(&progress).unwrap_or(Value::Null);
        tx.set_desk(account, &DeskItem { key, value, saved_at: kernel.now() })?;
    }
    let (read, new, added) = (progress.read, progress.new, progress.added);
    Ok(Step {
        done: done + 1,
        total: if progress.finished { done + 1 } else { done + 2 },
        words: format!("証跡を{read}件点検し、警告を{new}件作り、{added}件の兆候を今ある警告に加えました"),
        finished: progress.finished,
    })
}
