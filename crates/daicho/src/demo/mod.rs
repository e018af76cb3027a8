//! The sample agency (見本) in the database: staff and their history imported like an agency's own files, two past
//! evaluation rounds carried over, the current one half way. Everything goes through the one write path, each act by
//! whoever would do it and at the time they would have done it.

mod accounts;
mod contracts;
mod people;
mod rounds;
mod sheets;
mod signs;
mod tender;
mod workforce;

use std::sync::Arc;

use calendar::FixedClock;
use chrono::{NaiveDate, TimeDelta};
use ledger::Refusal;

use crate::installation::Installation;
use crate::sample::SampleAgency;

pub use accounts::{PASSWORD, SignIn, TWO_STEPS};

/// Name of the sample agency.
pub const AGENCY: &str = "見本省";

/// Settings of the sample: it is to be looked at by anybody, so nobody but one account must enrol a second factor, and no
/// password runs out. They show in the file what an agency sets otherwise.
pub const SETTINGS: &str = r#"# 見本の設定です。本番では、この2つの節を消すと、初期値(人事担当、システム管理者、監査担当、情報保護責任者に
# 二段階認証を求め、パスワードを365日で改める)になります。
agency = "見本省"

[sign_in.second_factor]
required = []
required_accounts = ["nidankai"]

[[sign_in.password]]
term_days = 0
"#;

/// Fill an empty installation whose clock is `clock`. Tells in words what is being done. Returns the sign-ins.
///
/// # Errors
/// What the write path refuses; the sample is then incomplete and the data directory to be thrown away.
pub fn fill(
    installation: &Installation,
    clock: &Arc<FixedClock>,
    staff: usize,
    today: NaiveDate,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<SignIn>, Refusal> {
    let agency = SampleAgency::generate(staff, today, 1);
    let plan = rounds::Plan::of(today);
    // The agency began to use the program two weeks before the current round.
    clock.set(at(plan.begins - TimeDelta::days(14), 9));
    tell(&format!("組織、官職、職員{}人、発令{}件を取り込んでいます", agency.people.len(), agency.assignments.len()));
    people::add(installation, &agency)?;
    tell("利用者と役割を登録しています");
    let mut sign_ins = accounts::add(installation, &agency)?;
    tell("終わった評価期を移行しています");
    let rounds = rounds::prepare(installation, clock, &plan)?;
    sheets::carry_over(installation, clock, &rounds, tell)?;
    tell("今の評価期を進めています");
    sheets::play(installation, clock, &agency, &plan, &rounds, tell)?;
    sign_ins.extend(contracts::play(installation, clock, &agency, today, tell)?);
    tell("兆候の規則を登録し、見本の兆候を起こしています");
    signs::play(installation, clock, today, &sign_ins)?;
    clock.set(at(today, 8));
    Ok(sign_ins)
}

/// An hour of a day in Japan.
fn at(day: NaiveDate, hour: i64) -> chrono::DateTime<chrono::Utc> {
    calendar::jst::start_of_day(day) + TimeDelta::hours(hour)
}
