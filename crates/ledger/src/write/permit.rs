//! May this principal do this? Answered before anything else, and again for every value.

use crate::access::Access;
use crate::definition::{Ledger, Transition};
use crate::port::Writer;
use crate::principal::{Principal, Standing};
use crate::record::Record;
use crate::refusal::{Problem, Refusal};
use crate::write::Change;

/// The record as it is now, locked; `None` for a new one. Not found when it is out of scope. Beside it the record as it is
/// stored, where values in it still stand under former names: the entry must tell that they move.
pub fn current(
    tx: &mut dyn Writer,
    ledger: &Ledger,
    who: &Principal,
    change: &Change,
) -> Result<(Option<Record>, Option<Record>), Refusal> {
    let access = Access::new(ledger, who);
    let Some(id) = &change.record else {
        return match access.may_create() {
            true => Ok((None, None)),
            false if access.any() => Err(Refusal::Denied(format!("{}を新しく作る権限がありません。", ledger.label))),
            false => Err(Refusal::NotFound),
        };
    };
    let mut record = tx.record_locked(&ledger.name, id)?.ok_or(Refusal::NotFound)?;
    let former = ledger.fields.iter().flat_map(|field| &field.was).any(|name| record.body.contains_key(name));
    let stored = former.then(|| record.clone());
    ledger.bring_up_to_date(&mut record);
    if !access.may_read(&record) {
        return Err(Refusal::NotFound);
    }
    match change.expected {
        Some(seen) if seen != record.revision => Err(Refusal::Conflict(Box::new(access.redact(record)))),
        None if who.standing == Standing::Person => Err(Refusal::Definition("the revision seen is missing".into())),
        _ => Ok((Some(record), stored)),
    }
}

/// The transition asked for, if any: it must start from the state, be granted, and keep four-eyes.
pub fn transition<'a>(
    ledger: &'a Ledger,
    before: Option<&Record>,
    who: &Principal,
    change: &Change,
) -> Result<Option<&'a Transition>, Refusal> {
    let Some(name) = &change.transition else { return Ok(None) };
    let transition = ledger.workflow.transition(name).ok_or(Refusal::NotFound)?;
    let Some(before) = before else {
        return Err(Refusal::Denied("新しい記録は、保存してから操作してください。".into()));
    };
    if let Some(reason) = obstacle(ledger, transition, before, who) {
        return Err(Refusal::Denied(reason));
    }
    let silent = change.reason.as_deref().is_none_or(|reason| reason.trim().is_empty());
    if transition.comment_required && silent {
        return Err(Refusal::invalid(Problem::field("reason", "理由を入力してください。")));
    }
    Ok(Some(transition))
}

/// Why the principal may not take the transition now; `None` when nothing stands against it. Pages show this reason.
pub fn obstacle(ledger: &Ledger, transition: &Transition, record: &Record, who: &Principal) -> Option<String> {
    if !transition.from.contains(&record.state) {
        return Some(format!(
            "今の状態「{}」では「{}」はできません。",
            ledger.workflow.state_label(&record.state),
            transition.label
        ));
    }
    if !Access::new(ledger, who).may_take(record, &transition.name) {
        return Some(format!("「{}」の権限がありません。", transition.label));
    }
    // Four-eyes: the same account or the same person counts, whichever name it signed in under.
    for act in &transition.not_by_actor_of {
        let Some(done) = record.acts.get(act) else { continue };
        let same_person = done.person.is_some() && done.person == who.actor.person;
        if done.account == who.actor.account || same_person {
            let label = match act.as_str() {
                "create" => "作成",
                "amend" => "修正",
                name => ledger.workflow.transition(name).map_or(name, |transition| transition.label.as_str()),
            };
            return Some(format!("「{label}」をした本人は「{}」ができません(二者確認)。", transition.label));
        }
    }
    for field in &transition.not_by_person_in {
        if who.person().is_some_and(|person| record.references(field).contains(&person)) {
            let label = ledger.field(field).map_or(field.as_str(), |field| field.label.as_str());
            return Some(format!("{label}本人は「{}」ができません(二者確認)。", transition.label));
        }
    }
    None
}

/// May every entered value be written by this principal? For a new record, also whether it lies in scope. What a state
/// hides is not asked for yet, and so nobody writes it yet, but by a transition that asks for it.
pub fn writing(
    ledger: &Ledger,
    before: Option<&Record>,
    after: &Record,
    entered: &[String],
    who: &Principal,
    transition: Option<&Transition>,
) -> Result<(), Refusal> {
    if who.standing == Standing::System {
        return Ok(());
    }
    let access = Access::new(ledger, who);
    let now = before.unwrap_or(after);
    let classes = access.writable_classes(now);
    let hidden = ledger.workflow.state(&now.state).map_or(&[][..], |state| state.hidden.as_slice());
    let with_transition = |name: &String| {
        transition.is_some_and(|transition| transition.fields.contains(name) || transition.required.contains(name))
    };
    let refused: Vec<Problem> = entered
        .iter()
        .filter(|name| hidden.contains(name) || ledger.field(name).is_none_or(|field| !classes.contains(&field.class)))
        .filter(|name| !with_transition(name))
        .map(|name| {
            let label = ledger.field(name).map_or(name.as_str(), |field| field.label.as_str());
            Problem::field(name.clone(), format!("「{label}」を今の状態で変更する権限がありません。"))
        })
        .collect();
    if !refused.is_empty() {
        return Err(Refusal::Invalid(refused));
    }
    if before.is_none() && !access.may_create_this(after) {
        return Err(Refusal::Denied(format!("この内容の{}を作る権限がありません。", ledger.label)));
    }
    Ok(())
}

/// Names of fields whose values differ.
pub fn changed_fields<'a>(before: Option<&'a Record>, after: &'a Record) -> impl Iterator<Item = &'a String> {
    let gone = before
        .into_iter()
        .flat_map(move |before| before.body.keys().filter(move |name| !after.body.contains_key(*name)));
    let set = after
        .body
        .iter()
        .filter(move |(name, value)| before.is_none_or(|before| before.body.get(*name) != Some(value)));
    gone.chain(set.map(|(name, _)| name))
}
