//! 評価期: the personnel office's view of a round. [`map`] shows offices by steps, [`waiting`] who holds what, with
//! [`remind`]; [`before_start`] and [`start`] begin it, [`start_special`] the special evaluation of one person;
//! [`hand_out`] gives goals out in bulk.

mod list;
mod map;
mod remind;
mod special;
mod start;
mod templates;
mod waiting;

use ledger::task::Task;

pub use list::page as list;
pub use map::page as map;
pub use remind::send as remind;
pub use special::start as start_special;
pub use start::{page as before_start, queue as start};
pub use templates::queue as hand_out;
pub use waiting::page as waiting;

/// Tasks begun here, beside the opening of a round.
pub const TASKS: &[Task] = &[templates::TASK];
