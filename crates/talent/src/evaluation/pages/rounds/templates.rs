//! Handing goal templates out as a task.

use ledger::port::Writer;
use ledger::task::{Step, Task};
use ledger::{Kernel, Principal, Refusal};
use serde_json::Value;
use ui::web::{Ask, Reply, Stop};

use super::super::super::templates::hand_out;
use super::super::asked;
use super::start::queue_task;

/// The task. It is one step: what was handed out stands with the round in the same transaction.
pub const TASK: Task = Task { kind: "evaluation.templates", label: "目標のひな型を配る", step };

fn step(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, input: &Value, _done: u64) -> Result<Step, Refusal> {
    let round = input.get("round").and_then(Value::as_str).ok_or(Refusal::NotFound)?;
    let handed = u64::try_from(hand_out(tx, kernel, who, round)?).unwrap_or(u64::MAX);
    let words = match handed {
        0 => "ひな型の当たる、目標が空の評価記録書はありませんでした。".to_string(),
        handed => format!("目標のひな型を{handed}件の評価記録書に配りました。"),
    };
    Ok(Step { done: handed, total: handed, words, finished: true })
}

/// Queue it.
pub fn queue(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let round = asked::round(tx, ask, ask.param("id"))?;
    if !asked::runs(ask, &round)? {
        return Err(Refusal::Denied("目標のひな型を配る権限がありません。".into()).into());
    }
    queue_task(tx, ask, &round.id, TASK.kind)
}
