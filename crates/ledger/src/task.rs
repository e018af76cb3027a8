//! Background work of an area: tasks that a person starts and follows, and acts that fall due with the day.

use serde_json::Value;

use crate::kernel::Kernel;
use crate::port::Writer;
use crate::principal::Principal;
use crate::refusal::Refusal;

/// How far a task is after a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Steps done so far; given to the next step.
    pub done: u64,
    /// Steps in all.
    pub total: u64,
    /// What is going on, in Japanese.
    pub words: String,
    /// Nothing is left to do.
    pub finished: bool,
}

/// A task: worked off in steps, each a transaction of its own, so that others write in between, a person can stop it,
/// and after a crash it goes on where it was. A step that is run again must not do its work twice.
#[derive(Clone, Copy)]
pub struct Task {
    /// Identifier.
    pub kind: &'static str,
    /// Japanese name, shown while it runs.
    pub label: &'static str,
    /// One step: the input as it was given, and how many steps are done.
    pub step: fn(&mut dyn Writer, &Kernel, &Principal, &Value, u64) -> Result<Step, Refusal>,
}

/// What is done once a day, shortly after midnight in Japan. Run twice on a day, it does nothing the second time.
#[derive(Clone, Copy)]
pub struct Daily {
    /// Identifier.
    pub name: &'static str,
    /// Do it; returns how many records it changed.
    pub run: fn(&mut dyn Writer, &Kernel) -> Result<u64, Refusal>,
}
