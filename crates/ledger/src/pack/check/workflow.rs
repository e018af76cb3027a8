//! Workflow and duties: every state can be reached, every transition taken, every duty done.

use std::collections::BTreeSet;

use super::Looking;
use crate::definition::{DutyRule, Holder, Kind, Transition};

pub(super) fn check(looking: &Looking<'_>) {
    let workflow = &looking.ledger.workflow;
    for state in &workflow.states {
        let path = format!("state.{}", state.name);
        looking.fields(&format!("{path}.required"), &state.required);
        looking.fields(&format!("{path}.hidden"), &state.hidden);
        if let Some(both) = state.required.iter().find(|name| state.hidden.contains(name)) {
            looking.raise(
                &path,
                format!("項目「{both}」が必須でもあり、非表示でもあります。"),
                "required か hidden のどちらかから消してください。",
            );
        }
    }
    for (was, name) in &looking.ledger.renamed_states {
        if workflow.state(was).is_some() {
            looking.raise(
                &format!("state.{name}.was"),
                format!("元の名前「{was}」は今の状態の名前です。"),
                "was から消してください。",
            );
        }
    }
    for one in &workflow.transitions {
        transition(looking, one);
    }
    unreachable(looking);
    for duty in &looking.ledger.duties {
        self::duty(looking, duty);
    }
}

fn transition(looking: &Looking<'_>, one: &Transition) {
    let path = format!("transition.{}", one.name);
    looking.states(&format!("{path}.from"), &one.from);
    for target in &one.to {
        looking.states(&format!("{path}.to"), std::slice::from_ref(&target.state));
    }
    looking.fields(&format!("{path}.required"), &one.required);
    looking.fields(&format!("{path}.fields"), &one.fields);
    for name in &one.fields {
        if looking.ledger.field(name).is_some_and(|field| field.computed.is_some()) {
            looking.raise(
                &format!("{path}.fields"),
                format!("計算項目「{name}」には書けません。"),
                "この名前を消してください。",
            );
        }
    }
    for (name, _) in &one.set {
        if let Some(field) = looking.field(&format!("{path}.set.{name}"), name)
            && field.computed.is_some()
        {
            looking.raise(
                &format!("{path}.set.{name}"),
                format!("計算項目「{name}」には書けません。"),
                "この行を消してください。",
            );
        }
    }
    let acts = || looking.ledger.workflow.transitions.iter().map(|one| one.name.as_str()).chain(["create", "amend"]);
    for (key, named) in [("not_by", &one.not_by_actor_of), ("forgets", &one.forgets)] {
        for act in named {
            if !acts().any(|known| known == act) {
                looking.unknown(&format!("{path}.{key}"), "操作", act, acts());
            }
        }
    }
    if one.not_by_actor_of.contains(&one.name) {
        looking.raise(
            &format!("{path}.not_by"),
            "操作自身が二者確認の相手になっています。",
            "先に行う別の操作の名前を書いてください。",
        );
    }
    for field in &one.not_by_person_in {
        looking.refers_to(&format!("{path}.not_by"), field, "person", "人");
    }
    if !looking.ledger.access.iter().any(|rule| rule.transitions.contains(&one.name)) {
        looking.raise(
            &path,
            format!("操作「{}」をできる人がいません。", one.name),
            format!("[[access]] の transitions に「{}」を加えてください。", one.name),
        );
    }
}

fn unreachable(looking: &Looking<'_>) {
    let workflow = &looking.ledger.workflow;
    let mut reached = BTreeSet::from([workflow.initial.as_str()]);
    loop {
        let before = reached.len();
        for one in &workflow.transitions {
            if one.from.iter().any(|from| reached.contains(from.as_str())) {
                reached.extend(one.to.iter().map(|target| target.state.as_str()));
            }
        }
        if reached.len() == before {
            break;
        }
    }
    for state in &workflow.states {
        if !reached.contains(state.name.as_str()) {
            looking.raise(
                &format!("state.{}", state.name),
                format!("状態「{}」に移る操作がありません。", state.name),
                "to にこの状態を書いた操作を加えるか、状態を消してください。",
            );
        }
    }
}

fn duty(looking: &Looking<'_>, duty: &DutyRule) {
    let path = format!("duty.{}", duty.name);
    looking.states(&format!("{path}.states"), &duty.states);
    match &duty.holder {
        Holder::Person { field } => looking.refers_to(&format!("{path}.holder"), field, "person", "人"),
        Holder::Role { role, office } => {
            looking.role(&format!("{path}.holder"), role);
            if let Some(field) = office {
                looking.refers_to(&format!("{path}.holder"), field, "organisation", "組織");
            }
        }
    }
    if let Some(role) = &duty.escalate {
        looking.role(&format!("{path}.escalate"), role);
    }
    if let Some(due) = &duty.due {
        for name in due.fields() {
            deadline_name(looking, &format!("{path}.due"), name);
        }
    }
    let left = looking.ledger.workflow.transitions.iter().any(|one| {
        one.from.iter().any(|from| duty.states.contains(from))
            && one.to.iter().any(|target| !duty.states.contains(&target.state))
    });
    if duty.when.is_none() && !left {
        looking.raise(
            &path,
            format!("期限付き作業「{}」が終わることがありません。", duty.name),
            "states に終わりの前の状態だけを書くか、when に「まだ済んでいない」条件を書いてください。",
        );
    }
}

/// A deadline counts from a date, an instant or a part of a period, of the record or of a record it refers to.
fn deadline_name(looking: &Looking<'_>, path: &str, name: &str) {
    let mut parts = name.split('.');
    let first = parts.next().unwrap_or_default();
    let Some(field) = looking.ledger.field(first) else {
        looking.unknown(path, "項目", first, looking.field_names());
        return;
    };
    let mut field = field;
    let mut owner = looking.ledger;
    for part in parts {
        match &field.kind {
            Kind::Reference { ledger, many: false } => {
                let Some(target) = looking.ledgers.get(ledger) else { return };
                owner = &target.ledger;
                match owner.field(part) {
                    Some(found) => field = found,
                    None => {
                        let known: Vec<&str> = owner.fields.iter().map(|field| field.name.as_str()).collect();
                        let place = looking.place(path).within(part, 0);
                        looking.push(place.problem(
                            format!("台帳「{}」に項目「{part}」はありません。", owner.name),
                            super::mend(part, "項目", &known),
                        ));
                        return;
                    }
                }
            }
            Kind::Period if part == "from" || part == "to" => return,
            _ => {
                let place = looking.place(path).within(name, 0);
                looking.push(place.problem(
                    format!("「{name}」の「{part}」は読み取れません。"),
                    "期間なら .from か .to、参照先の項目なら 参照.項目 と書いてください。",
                ));
                return;
            }
        }
    }
    let mend = match &field.kind {
        Kind::Date | Kind::DateTime => return,
        Kind::Period => format!("期間なら {name}.from か {name}.to と書いてください。"),
        _ => "kind = \"date\" の項目を書いてください。".into(),
    };
    let place = looking.place(path).within(name, 0);
    looking.push(place.problem(format!("期限の起点「{name}」は日付ではありません（台帳「{}」）。", owner.name), mend));
}
