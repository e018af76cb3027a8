//! Transfers within a round: from its first day a transfer moves the sheets to who evaluates now, and the former
//! evaluator hands findings over.
//!
//! Only steps that are still to be done change hands: who has handed in an evaluation stays the one who gave it. A post
//! that nobody holds yet changes nothing; the sheet waits with whoever had it until a successor is in force. A line that
//! the personnel office set by hand is left alone.

use calendar::jst_date;
use chrono::NaiveDate;
use ledger::Kernel;
use ledger::engine::Context;
use ledger::port::{NewJob, Reader, Writer};
use ledger::principal::Principal;
use ledger::query::Filter;
use ledger::record::{Body, Record};
use ledger::refusal::Refusal;
use ledger::task::Step;
use ledger::write::Change;
use serde_json::{Value, json};

use super::find;
use super::lines::{Line, Lines, Present, Seat};
use super::names::ledger_name::{ASSIGNMENT, HANDOVER, ROUND, SHEET};
use super::names::{SEATS, state};
use super::staffing::Staffing;

/// Kind of the job that [`follow`] queues when many assignments change at once.
pub const JOB: &str = "evaluation.transfers";

/// States in which the subject's own transfer still moves the sheet to the new line.
const BEFORE_EVALUATION: [&str; 4] = [state::GOAL_SETTING, state::GOAL_CHECK, state::IN_TERM, state::SELF_REPORT];

/// A sheet that changed hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Sheet.
    pub sheet: String,
    /// Person evaluated.
    pub subject: String,
    /// Evaluator before and after, when that changed.
    pub evaluator: Option<(Option<String>, String)>,
}

/// Bring the lines of all sheets that are still running in line with the assignments in force today. Does nothing the
/// second time. At most `most` sheets are changed.
pub fn apply_transfers(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    today: NaiveDate,
    most: usize,
) -> Result<Vec<Moved>, Refusal> {
    if open_rounds(tx)?.is_empty() {
        return Ok(Vec::new());
    }
    let sheets = find::all(tx, SHEET, find::in_state(&changeable()), find::MOST)?;
    reconcile(tx, kernel, sheets, today, most)
}

/// One step of the job that [`follow`] queues: at most 100 sheets change hands.
///
/// # Errors
/// What the write path refuses.
pub fn step(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    _who: &Principal,
    _input: &Value,
    done: u64,
) -> Result<Step, Refusal> {
    const BATCH: usize = 100;
    let moved = apply_transfers(tx, kernel, kernel.today(), BATCH)?.len();
    let done = done + u64::try_from(moved).unwrap_or_default();
    let words = format!("{done}枚の評価記録書の評価の系列を改めました。");
    Ok(Step { done, total: done, words, finished: moved < BATCH })
}

/// What follows from a changed assignment: at once when it is in force today, else it is left to the day it begins.
pub fn follow(context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
    let today = context.kernel.today();
    let in_force = |record: &Record| find::in_force("start_on", "end_on", today).matches(record);
    let was = before.filter(|before| in_force(before));
    let is = Some(after).filter(|after| in_force(after));
    let facts =
        |record: &Record| (record.value("person").clone(), record.value("post").clone(), record.value("kind").clone());
    if was.map(facts) == is.map(facts) || open_rounds(context.tx)?.is_empty() {
        return Ok(());
    }
    if let Some(batch) = context.batch {
        let now = context.kernel.now();
        let job = NewJob {
            id: context.kernel.new_id(),
            kind: JOB.into(),
            input: json!({ "batch": batch }),
            account: context.who.actor.account.clone(),
            run_at: now,
            only_one: Some(JOB.into()),
        };
        context.tx.add_job(&job, now)?;
        return Ok(());
    }
    let touched = was.into_iter().chain(is);
    let mut filter = Filter::Nothing;
    for record in touched {
        for (person, post) in SEATS.into_iter().chain([("subject", "post")]) {
            filter = filter.or(find::is(person, record.text("person").unwrap_or("-")));
            filter = filter.or(find::is(post, record.text("post").unwrap_or("-")));
        }
    }
    let sheets = find::all(context.tx, SHEET, find::in_state(&changeable()).and(filter), find::MOST)?;
    if !sheets.is_empty() {
        reconcile(context.tx, context.kernel, sheets, today, usize::MAX)?;
    }
    Ok(())
}

/// A sheet that comes back for re-evaluation or re-adjustment goes to who sits there now, when its former holder has
/// left the post and somebody else holds it.
pub fn renew_seats(tx: &mut (impl Reader + ?Sized), kernel: &Kernel, sheet: &mut Record) -> Result<(), Refusal> {
    if fixed(sheet) {
        return Ok(());
    }
    let today = kernel.today();
    for (person, post) in SEATS.into_iter().take(2) {
        let Some(post) = sheet.text(post) else { continue };
        let filter = find::is("post", post).and(find::in_force("start_on", "end_on", today));
        let holders = find::all(tx, ASSIGNMENT, filter, 1_000)?;
        let holders: Vec<&str> = holders.iter().filter_map(|assignment| assignment.text("person")).collect();
        if sheet.text(person).is_some_and(|present| holders.contains(&present)) {
            continue;
        }
        let taken: Vec<&str> = ["subject", "evaluator", "adjuster", "confirmer"]
            .into_iter()
            .filter_map(|field| sheet.text(field))
            .collect();
        if let Some(next) = holders.into_iter().find(|holder| !taken.contains(holder)).map(String::from) {
            sheet.body.insert(person.into(), next.into());
        }
    }
    Ok(())
}

fn open_rounds(tx: &mut (impl Reader + ?Sized)) -> Result<Vec<Record>, Refusal> {
    Ok(find::all(tx, ROUND, find::in_state(&["open"]), 1)?)
}

fn changeable() -> Vec<&'static str> {
    state::RUNNING.into_iter().chain([state::DISCLOSED]).collect()
}

fn fixed(sheet: &Record) -> bool {
    sheet.value("line_fixed") == &Value::Bool(true)
}

fn reconcile(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    sheets: Vec<Record>,
    today: NaiveDate,
    most: usize,
) -> Result<Vec<Moved>, Refusal> {
    let staffing = Staffing::load(tx, kernel, today)?;
    let lines = Lines::load(tx, today)?;
    let mut moved = Vec::new();
    for sheet in sheets.iter().filter(|sheet| !fixed(sheet)) {
        if moved.len() >= most {
            break;
        }
        if let Some(values) = changes(&staffing, &lines, sheet) {
            moved.push(carry_out(tx, kernel, &staffing, sheet, values, today)?);
        }
    }
    Ok(moved)
}

/// New values of a sheet whose line is no longer that of today; none when nothing changes.
pub fn changes(staffing: &Staffing, lines: &Lines, sheet: &Record) -> Option<Body> {
    let subject = sheet.text("subject")?;
    let open = |states: &[&str]| states.contains(&sheet.state.as_str());
    let own_post = sheet.text("post").unwrap_or_default();
    let main = staffing.main(subject).filter(|_| open(&BEFORE_EVALUATION));
    let post = main.map_or(own_post, |main| main.post.as_str());
    let transferred = post != own_post;
    let acting = |person: &str, post: &str| sheet.text(person).zip(sheet.text(post));
    let present = Present {
        evaluator: acting("evaluator", "evaluator_post"),
        adjuster: acting("adjuster", "adjuster_post"),
        confirmer: acting("confirmer", "confirmer_post"),
    };
    let line = lines.of(staffing, subject, post, present);
    let mut seats = seats(&line, sheet);
    keep_apart(&mut seats, subject)?;

    let mut values = Body::new();
    if transferred {
        let new = staffing.posts.get(post)?;
        values.insert("post".into(), post.into());
        values.insert("organisation".into(), new.organisation.clone().into());
        values.insert("rank".into(), new.rank.clone().into());
    }
    for ((person, post), seat) in SEATS.into_iter().zip(seats) {
        if sheet.text(person) != seat.person.as_deref() {
            values.insert(person.into(), seat.person.into());
        }
        if sheet.text(post) != seat.post.as_deref() {
            values.insert(post.into(), seat.post.into());
        }
    }
    if open(&BEFORE_EVALUATION) || open(&[state::EVALUATING]) {
        let mut views: Vec<String> = sheet.references("concurrent_evaluators").into_iter().map(String::from).collect();
        let known = views.len();
        let chosen = values.get("evaluator").and_then(Value::as_str).or(sheet.text("evaluator")).unwrap_or_default();
        for seat in second_offices(staffing, lines, subject) {
            if seat.person != chosen && !views.contains(&seat.person) {
                views.push(seat.person);
            }
        }
        if views.len() > known {
            values.insert("concurrent_evaluators".into(), views.into());
        }
    }
    (!values.is_empty()).then_some(values)
}

/// Evaluators of the offices in which a person holds a concurrent post (併任先).
pub fn second_offices(staffing: &Staffing, lines: &Lines, subject: &str) -> Vec<Seat> {
    let posts = staffing.concurrent(subject);
    posts.filter_map(|holding| lines.of(staffing, subject, &holding.post, Present::default()).evaluator).collect()
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Taken {
    person: Option<String>,
    post: Option<String>,
}

/// Who sits where from now on: those whose step is done stay.
fn seats(line: &Line, sheet: &Record) -> [Taken; 3] {
    let at = state::COURSE.iter().position(|state| *state == sheet.state).unwrap_or_default();
    let before = |state: &str| state::COURSE.iter().position(|known| *known == state).is_some_and(|last| at <= last);
    let evaluator_acts = before(state::EVALUATING) || sheet.state == state::DISCLOSED;
    let present = |index: usize| {
        SEATS.get(index).map_or_else(Taken::default, |(person, post)| Taken {
            person: find::owned(sheet, person),
            post: find::owned(sheet, post),
        })
    };
    let next = |seat: &Seat| Taken { person: Some(seat.person.clone()), post: Some(seat.post.clone()) };
    let evaluator = line.evaluator.as_ref().filter(|_| evaluator_acts).map_or_else(|| present(0), next);
    let adjuster = match &line.adjuster {
        _ if !before(state::ADJUSTING) => present(1),
        Some(seat) => next(seat),
        // A sheet that waits for its adjuster needs one.
        None if sheet.state == state::ADJUSTING => present(1),
        None => Taken::default(),
    };
    let confirmer = line.confirmer.as_ref().filter(|_| before(state::CONFIRMING)).map_or_else(|| present(2), next);
    [evaluator, adjuster, confirmer]
}

/// No two of the three are one person. Without the adjuster it may come out right; else it is left to a person.
fn keep_apart(seats: &mut [Taken; 3], subject: &str) -> Option<()> {
    let [evaluator, adjuster, confirmer] = seats;
    if adjuster.person.is_some() && (adjuster.person == evaluator.person || adjuster.person == confirmer.person) {
        *adjuster = Taken::default();
    }
    let all = [&evaluator.person, &adjuster.person, &confirmer.person];
    let own = all.iter().any(|person| person.as_deref() == Some(subject));
    let same = evaluator.person.is_some() && evaluator.person == confirmer.person;
    (!own && !same).then_some(())
}

fn carry_out(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    staffing: &Staffing,
    sheet: &Record,
    values: Body,
    today: NaiveDate,
) -> Result<Moved, Refusal> {
    let who = Principal::system("evaluation");
    let former = find::owned(sheet, "evaluator");
    let stored = kernel.commit(
        tx,
        &who,
        Change {
            ledger: SHEET.into(),
            record: Some(sheet.id.clone()),
            values,
            reason: Some("異動に伴い評価の系列を改めた".into()),
            ..Change::default()
        },
    )?;
    let subject = sheet.text("subject").unwrap_or_default().to_string();
    let next = find::owned(&stored, "evaluator").filter(|next| Some(next) != former.as_ref());
    let begun = sheet.state != state::GOAL_SETTING || !sheet.value("goals").is_null();
    // After disclosure only the closing interview is left, and there is nothing to hand over for it.
    if let (Some(former), Some(next), true) = (&former, &next, begun && sheet.state != state::DISCLOSED) {
        hand_over(tx, kernel, staffing, &stored, (former, next), today)?;
    }
    Ok(Moved { sheet: stored.id, subject, evaluator: next.map(|next| (former, next)) })
}

fn hand_over(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    staffing: &Staffing,
    sheet: &Record,
    (former, next): (&str, &str),
    today: NaiveDate,
) -> Result<(), Refusal> {
    // The day of the transfer is the day the new evaluator or the subject came to their post, whichever is later.
    let since = |person: &str, post: Option<&str>| {
        let main = staffing.main(person)?;
        (post == Some(main.post.as_str())).then_some(main.since).flatten()
    };
    let days = [
        since(next, sheet.text("evaluator_post")),
        since(sheet.text("subject").unwrap_or_default(), sheet.text("post")),
    ];
    let made_on = jst_date(sheet.created_at);
    let transfer_on = days.into_iter().flatten().filter(|day| *day >= made_on).max().unwrap_or(today);
    let mut values = Body::new();
    values.insert("sheet".into(), sheet.id.clone().into());
    for field in ["subject", "organisation"] {
        values.insert(field.into(), sheet.value(field).clone());
    }
    values.insert("from_evaluator".into(), former.into());
    values.insert("to_evaluator".into(), next.into());
    values.insert("transfer_on".into(), transfer_on.to_string().into());
    kernel.commit(tx, &Principal::system("evaluation"), Change::create(HANDOVER, values))?;
    Ok(())
}
