//! The sheets of the sample: past ones carried over, current ones played to where they stand today.

use std::collections::BTreeMap;
use std::sync::Arc;

use calendar::FixedClock;
use chrono::{NaiveDate, TimeDelta};
use journal::{Actor, Channel};
use ledger::port::{Reader, Writer};
use ledger::query::{Filter, Query};
use ledger::{Body, Change, Kernel, Principal, Record, Refusal, RoleHeld, Standing};
use serde_json::json;
use talent::evaluation::scale::Scale;
use talent::evaluation::sheet::subjects_of_evaluation;
use talent::sample;

use super::at;
use super::rounds::{Plan, Rounds, body};
use crate::installation::Installation;
use crate::sample::SampleAgency;

const SHEET: &str = "evaluation_sheet";
/// Sheets changed in one transaction.
const BATCH: usize = 250;

/// Carry over the sheets of the past rounds: who was there, with the mark they got.
pub fn carry_over(
    installation: &Installation,
    clock: &Arc<FixedClock>,
    rounds: &Rounds,
    tell: &mut dyn FnMut(&str),
) -> Result<(), Refusal> {
    let kernel = installation.kernel();
    for round in [&rounds.ability, &rounds.performance] {
        let ends = round.text("ends_on").unwrap_or_default();
        let held: Vec<Record> = installation.store.read(|tx: &mut dyn Reader| holders(tx, &kernel, ends))?;
        let scale = scale(installation, round, "scale")?;
        let disclosed = round.text("disclosure_on").unwrap_or_default();
        for batch in held.chunks(BATCH) {
            clock.advance(TimeDelta::minutes(1));
            installation.store.write(|tx: &mut dyn Writer| {
                let posts: Vec<String> = batch.iter().filter_map(|one| one.text("post").map(String::from)).collect();
                let posts: BTreeMap<String, Record> =
                    tx.records("post", &posts)?.into_iter().map(|post| (post.id.clone(), post)).collect();
                for assignment in batch {
                    let Some(post) = assignment.text("post").and_then(|post| posts.get(post)) else { continue };
                    let seed = seed(assignment.text("person").unwrap_or_default(), &round.id);
                    let mark = sample::marks(&[(1, String::new())], &scale, &scale, seed).confirmer;
                    let values = body(json!({
                        "round": round.id, "subject": assignment.value("person"), "post": post.id,
                        "organisation": post.value("organisation"), "rank": post.value("rank"),
                        "carried_over": true, "result_mark": mark, "disclosed_on": disclosed,
                    }));
                    kernel.commit(tx, &Principal::system("demo"), Change::create(SHEET, values))?;
                }
                Ok::<_, Refusal>(())
            })?;
        }
        tell(&format!("　{}: {}枚", round.text("name").unwrap_or_default(), held.len()));
    }
    Ok(())
}

/// Main assignments in force on a day of those below the heads of bureaus.
fn holders(tx: &mut dyn Reader, kernel: &Kernel, day: &str) -> Result<Vec<Record>, Refusal> {
    let ledger = kernel.ledger("assignment")?;
    let who = Principal::system("demo");
    let access = ledger::access::Access::new(&ledger, &who);
    let day: NaiveDate = day.parse().map_err(|_| Refusal::NotFound)?;
    let query = Query {
        ledger: "assignment".into(),
        filter: ledger::read::in_force(&ledger, &access, day),
        sort: Vec::new(),
        after: None,
        limit: 100_000,
        as_of: None,
    };
    Ok(tx.find(&query)?.into_iter().filter(|one| one.text("kind") == Some("main")).collect())
}

fn scale(installation: &Installation, round: &Record, field: &str) -> Result<Scale, Refusal> {
    installation.store.read(|tx: &mut dyn Reader| Scale::load(tx, round.text(field)))
}

/// A number that follows from two texts (FNV-1a), so that the sample is the same every time.
fn seed(one: &str, other: &str) -> u64 {
    one.bytes()
        .chain(other.bytes().skip(10))
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// How far a sheet has come by today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reached {
    /// The self-report is late.
    LateReport,
    /// With the evaluator.
    Evaluating,
    /// With the adjuster.
    Adjusting,
    /// With the authority.
    Confirming,
    /// Waits for the day of disclosure.
    Confirmed,
}

fn reached(number: &str, agency: &SampleAgency) -> Reached {
    if number == agency.cast.staff {
        return Reached::LateReport;
    }
    match seed(number, "") % 100 {
        0..12 => Reached::LateReport,
        12..52 => Reached::Evaluating,
        52..74 => Reached::Adjusting,
        74..88 => Reached::Confirming,
        _ => Reached::Confirmed,
    }
}

/// Open the current round and take every sheet to where it stands today.
pub fn play(
    installation: &Installation,
    clock: &Arc<FixedClock>,
    agency: &SampleAgency,
    plan: &Plan,
    rounds: &Rounds,
    tell: &mut dyn FnMut(&str),
) -> Result<(), Refusal> {
    let kernel = installation.kernel();
    let round = &rounds.current;
    let input = json!({ "round": round.id });
    let mut done = 0;
    loop {
        clock.advance(TimeDelta::seconds(20));
        let step = installation.store.write(|tx: &mut dyn Writer| {
            talent::evaluation::open::step(tx, &kernel, &Principal::system("demo"), &input, done)
        })?;
        done = step.done;
        if step.finished {
            break;
        }
    }
    let scene = Scene {
        installation,
        clock,
        kernel: &kernel,
        people: people(installation)?,
        accounts: accounts(installation)?,
        scale: scale(installation, round, "scale")?,
        item_scale: scale(installation, round, "item_scale")?,
    };
    let goals = plan.begins + TimeDelta::days(6);
    let interviews = plan.begins + TimeDelta::days(16);
    tell("　目標設定と期首面談");
    scene.each(round, "goal_setting", goals, |sheet, _| {
        let rank = sheet.text("rank").unwrap_or_default();
        let goals = sample::goals(rank, seed(&sheet.id, "goals"));
        Some(("subject", "propose_goals", body(json!({ "goals": goals }))))
    })?;
    scene.each(round, "goal_check", interviews, |sheet, day| {
        let (means, record) = sample::interview(seed(&sheet.id, "opening"));
        let values = json!({ "opening_on": day.to_string(), "opening_means": means, "opening_record": record });
        Some(("evaluator", "agree_goals", body(values)))
    })?;
    tell("　自己申告");
    scene.each(round, "in_term", plan.report_from, |_, _| Some(("system", "start_report", Body::new())))?;
    scene.each(round, "self_report", plan.report_due, |sheet, _| {
        if reached(scene.number(sheet), agency) == Reached::LateReport {
            return None;
        }
        let (reports, comment) = sample::self_report(&subjects_of_evaluation(sheet), seed(&sheet.id, "report"));
        Some(("subject", "hand_in", body(json!({ "reports": reports, "self_comment": comment }))))
    })?;
    tell("　評価、調整、確認");
    let marks = |sheet: &Record| {
        let rows = subjects_of_evaluation(sheet);
        sample::marks(&rows, &scene.scale, &scene.item_scale, seed(&sheet.id, "marks"))
    };
    let yesterday = plan.today - TimeDelta::days(1);
    scene.each(round, "evaluating", plan.today - TimeDelta::days(5), |sheet, _| {
        if reached(scene.number(sheet), agency) < Reached::Adjusting {
            return None;
        }
        let marks = marks(sheet);
        let values = json!({
            "item_marks": marks.item_marks, "evaluator_mark": marks.evaluator,
            "evaluator_findings": marks.evaluator_findings,
        });
        Some(("evaluator", "submit_evaluation", body(values)))
    })?;
    scene.each(round, "adjusting", plan.today - TimeDelta::days(3), |sheet, _| {
        if reached(scene.number(sheet), agency) < Reached::Confirming {
            return None;
        }
        let marks = marks(sheet);
        let values = json!({ "adjuster_mark": marks.adjuster, "adjuster_findings": marks.adjuster_findings });
        Some(("adjuster", "adjust", body(values)))
    })?;
    scene.each(round, "confirming", yesterday, |sheet, _| {
        if reached(scene.number(sheet), agency) < Reached::Confirmed {
            return None;
        }
        let marks = marks(sheet);
        let findings = match marks.confirmer_findings.as_str() {
            "" => "全体の均衡を確かめた。（見本）",
            findings => findings,
        };
        let values = json!({ "confirmer_mark": marks.confirmer, "confirmer_findings": findings });
        Some(("confirmer", "confirm", body(values)))
    })
}

/// What the play needs at hand.
struct Scene<'a> {
    installation: &'a Installation,
    clock: &'a Arc<FixedClock>,
    kernel: &'a Kernel,
    people: BTreeMap<String, Record>,
    accounts: BTreeMap<String, String>,
    scale: Scale,
    item_scale: Scale,
}

/// Who acts (a person field of the sheet, or `system`), which transition, with which values.
type Move = (&'static str, &'static str, Body);

impl Scene<'_> {
    fn number<'a>(&'a self, sheet: &Record) -> &'a str {
        let person = sheet.text("subject").and_then(|person| self.people.get(person));
        person.and_then(|person| person.text("number")).unwrap_or_default()
    }

    /// Move every sheet that stands in the state, on a day.
    fn each(
        &self,
        round: &Record,
        state: &str,
        day: NaiveDate,
        next: impl Fn(&Record, NaiveDate) -> Option<Move>,
    ) -> Result<(), Refusal> {
        self.clock.set(at(day, 9));
        // Whoever was transferred in the meantime has handed over by now.
        self.installation.store.write(|tx: &mut dyn Writer| {
            talent::evaluation::apply_transfers(tx, self.kernel, day, usize::MAX).map(|_| ())
        })?;
        let query = Query {
            ledger: SHEET.into(),
            filter: Filter::All(vec![
                Filter::Holds { field: "round".into(), values: vec![round.id.clone()] },
                Filter::OneOf(ledger::query::Operand::State, vec![state.into()]),
            ]),
            sort: Vec::new(),
            after: None,
            limit: 100_000,
            as_of: None,
        };
        let sheets = self.installation.store.read(|tx: &mut dyn Reader| tx.find(&query))?;
        for batch in sheets.chunks(BATCH) {
            self.clock.advance(TimeDelta::minutes(5));
            self.installation.store.write(|tx: &mut dyn Writer| {
                for sheet in batch {
                    let Some((actor, transition, values)) = next(sheet, day) else { continue };
                    let who = self.actor(sheet, actor);
                    let change = Change::transition(SHEET, &sheet.id, sheet.revision, transition).with(values);
                    self.kernel.commit(tx, &who, change)?;
                }
                Ok::<_, Refusal>(())
            })?;
        }
        Ok(())
    }

    fn actor(&self, sheet: &Record, field: &str) -> Principal {
        let Some(person) = sheet.text(field).and_then(|id| self.people.get(id)) else {
            return Principal::system("evaluation");
        };
        let number = person.text("number").unwrap_or_default().to_string();
        Principal {
            actor: Actor {
                account: self.accounts.get(&person.id).cloned().unwrap_or_default(),
                login: number,
                person: Some(person.id.clone()),
                channel: Channel::Page,
                address: None,
                device: Some("見本の端末".into()),
            },
            name: person.text("name").unwrap_or_default().to_string(),
            roles: Vec::<RoleHeld>::new(),
            standing: Standing::Person,
        }
    }
}

fn all(installation: &Installation, ledger: &str) -> Result<Vec<Record>, Refusal> {
    let query = Query {
        ledger: ledger.into(),
        filter: Filter::Everything,
        sort: Vec::new(),
        after: None,
        limit: 100_000,
        as_of: None,
    };
    Ok(installation.store.read(|tx: &mut dyn Reader| tx.find(&query))?)
}

fn people(installation: &Installation) -> Result<BTreeMap<String, Record>, Refusal> {
    Ok(all(installation, "person")?.into_iter().map(|person| (person.id.clone(), person)).collect())
}

/// Accounts by person.
fn accounts(installation: &Installation) -> Result<BTreeMap<String, String>, Refusal> {
    let accounts = all(installation, "account")?;
    Ok(accounts
        .into_iter()
        .filter_map(|account| Some((account.text("person")?.to_string(), account.id.clone())))
        .collect())
}
