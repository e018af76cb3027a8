//! The pages of personnel evaluation, each by hand because people live on them for weeks.
//!
//! In reading order: [`address`] names them; [`entrance`](routes) leads each person to what is theirs; `mine` is the
//! subject's year; `people` and `sheet` are the evaluator's desk (and everybody else's view of one sheet); `adjustment`
//! and `confirmation` belong to the adjuster and the authority; `rounds` and `look_back` to the personnel office.
//! Complaints, lines, scales and templates use the generic screens.

pub mod address;
mod adjustment;
mod asked;
mod confirmation;
mod entrance;
mod look_back;
mod mine;
mod pairs;
mod people;
mod rounds;
mod sheet;
mod shown;

use ledger::access::Access;
use ledger::query::Filter;
use ledger::task::Task;
use ledger::{Kernel, Principal};
use ui::web::{Place, Route};

use super::names::ledger_name::{ROUND, SHEET};

/// All addresses of these pages.
pub fn routes() -> Vec<Route> {
    vec![
        Route::read("/evaluation", entrance::page),
        Route::read("/evaluation/mine", mine::page),
        Route::read("/evaluation/people", people::page),
        Route::read("/evaluation/sheets/{id}", sheet::page),
        Route::write("/evaluation/sheets/{id}", sheet::save),
        Route::read("/evaluation/sheets/{id}/acts/{name}", sheet::act_page),
        Route::write("/evaluation/sheets/{id}/acts/{name}", sheet::act),
        Route::write("/evaluation/sheets/{id}/memo", sheet::keep_memo),
        Route::write("/evaluation/sheets/{id}/discard", sheet::discard),
        Route::read("/evaluation/adjustment", adjustment::page),
        Route::write("/evaluation/adjustment", adjustment::finish),
        Route::read("/evaluation/confirmation", confirmation::page),
        Route::write("/evaluation/confirmation", confirmation::confirm),
        Route::read("/evaluation/rounds", rounds::list),
        Route::read("/evaluation/rounds/{id}", rounds::map),
        Route::read("/evaluation/rounds/{id}/start", rounds::before_start),
        Route::write("/evaluation/rounds/{id}/start", rounds::start),
        Route::read("/evaluation/rounds/{id}/waiting", rounds::waiting),
        Route::write("/evaluation/rounds/{id}/remind", rounds::remind),
        Route::write("/evaluation/rounds/{id}/templates", rounds::hand_out),
        Route::write("/evaluation/rounds/{id}/special", rounds::start_special),
        Route::read("/evaluation/look-back", look_back::page),
        Route::traced("/evaluation/look-back/file", look_back::file),
    ]
}

/// Entries of the side navigation.
pub fn places() -> Vec<Place> {
    let place = |words, path, open| Place { area: "talent", words, path, open };
    vec![
        place("評価の入口", "/evaluation", |_, _| true),
        place("自分の評価", "/evaluation/mine", |_, who: &Principal| who.person().is_some()),
        place("評価する人", "/evaluation/people", |_, who: &Principal| who.person().is_some()),
        place("評価期の進み具合", "/evaluation/rounds", sees_many),
        place("過去の評語", "/evaluation/look-back", looks_back),
    ]
}

/// Tasks that these pages start, beside those of the engine.
pub const TASKS: &[Task] = rounds::TASKS;

/// Whether sheets of others are open to the principal by a role.
fn sees_many(kernel: &Kernel, who: &Principal) -> bool {
    who.roles.iter().any(|held| ["personnel", "manager", "auditor"].contains(&held.role.as_str()))
        && kernel.catalogue.ledger(ROUND).is_some_and(|ledger| Access::new(ledger, who).any())
}

/// Whether results may be taken together: whoever may export sheets.
fn looks_back(kernel: &Kernel, who: &Principal) -> bool {
    kernel.catalogue.ledger(SHEET).is_some_and(|ledger| Access::new(ledger, who).exportable() != Filter::Nothing)
}
