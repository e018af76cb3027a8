//! Reading states, transitions and duties.

use std::collections::BTreeMap;

use calendar::DeadlineRule;

use super::{IDENTIFIER_MEND, is_identifier};
use crate::definition::{DutyRule, Holder, State, Target, Tone, Transition, Workflow};
use crate::pack::near::nearest;
use crate::pack::toml_text::{Name, Table, Value};

pub(super) fn name_is_fit(table: &Table<'_>, name: &Name) {
    if !is_identifier(&name.text) {
        table.raise(&name.place, format!("「{}」は識別名に使えません。", name.text), IDENTIFIER_MEND);
    }
}

/// States and transitions of a ledger, and the former names of states.
pub(super) fn workflow(table: &Table<'_>) -> (Workflow, BTreeMap<String, String>) {
    let mut renamed = BTreeMap::new();
    let mut states = Vec::new();
    for (name, state) in table.children("state") {
        name_is_fit(&state, &name);
        for was in state.texts("was") {
            renamed.insert(was, name.text.clone());
        }
        states.push(State {
            name: name.text,
            label: state.needed("label", "状態"),
            tone: tone(&state),
            required: state.texts("required"),
            hidden: state.texts("hidden"),
            next: state.text("next"),
            closed: state.flag("closed").unwrap_or(false),
        });
        state.finish("状態");
    }
    let mut transitions = Vec::new();
    for (name, one) in table.children("transition") {
        transitions.push(transition(name, &one));
        one.finish("操作");
    }
    let Some(initial) = states.first().map(|state| state.name.clone()) else {
        if !transitions.is_empty() {
            table.raise(
                &table.place_of("transition"),
                "操作がありますが、状態がありません。",
                "[state.名前] を書いてください。初めの状態を一番上に置きます。",
            );
        }
        let mut single = Workflow::single();
        single.transitions = transitions;
        return (single, renamed);
    };
    // A state that nothing leads out of is the end of the procedure.
    for state in &mut states {
        state.closed |= !transitions.iter().any(|transition| transition.from.contains(&state.name));
    }
    (Workflow { initial, states, transitions }, renamed)
}

fn tone(table: &Table<'_>) -> Tone {
    const TONES: [(&str, Tone); 5] = [
        ("neutral", Tone::Neutral),
        ("active", Tone::Active),
        ("done", Tone::Done),
        ("caution", Tone::Caution),
        ("stopped", Tone::Stopped),
    ];
    let Some(name) = table.name("tone") else { return Tone::Neutral };
    match TONES.iter().find(|(word, _)| *word == name.text) {
        Some((_, tone)) => *tone,
        None => {
            table.raise(
                &name.place,
                format!("「{}」という色調はありません。", name.text),
                match nearest(&name.text, TONES.map(|(word, _)| word)) {
                    Some(near) => format!("「{near}」ではありませんか。"),
                    None => "使えるのは neutral、active、done、caution、stopped です。".into(),
                },
            );
            Tone::Neutral
        }
    }
}

fn transition(name: Name, table: &Table<'_>) -> Transition {
    name_is_fit(table, &name);
    if ["create", "amend"].contains(&name.text.as_str()) {
        table.raise(
            &name.place,
            format!("操作を「{}」と名付けることはできません。", name.text),
            "記録の作成と訂正を表す名前です。別の名前にしてください。",
        );
    }
    let from = table.texts("from");
    if from.is_empty() {
        table.raise(
            &name.place,
            format!("操作「{}」に「from」がありません。", name.text),
            "from = \"元の状態\" を書いてください。",
        );
    }
    let mut not_by_actor_of = Vec::new();
    let mut not_by_person_in = Vec::new();
    for act in table.texts("not_by") {
        match act.strip_prefix("person:") {
            Some(field) => not_by_person_in.push(field.to_owned()),
            None => not_by_actor_of.push(act),
        }
    }
    let guard = table.expression("guard");
    let guard_message = table.text("message");
    if guard.is_some() && guard_message.trim().is_empty() {
        table.raise(
            &table.place_of("guard"),
            "「guard」に言葉がありません。",
            "message = \"…\" に、何が足りず、どうすればよいかを書いてください。",
        );
    }
    if table.item("guard").is_none() && !guard_message.is_empty() {
        table.raise(
            &table.place_of("message"),
            "「message」がありますが「guard」がありません。",
            "guard = \"条件\" を書くか、この行を消してください。",
        );
    }
    let set = table
        .free_under("set")
        .into_iter()
        .filter_map(|(field, item)| Some((field.text.clone(), table.expression_in("set", item)?)))
        .collect();
    Transition {
        label: table.needed("label", "操作"),
        from,
        to: targets(&name, table),
        required: table.texts("required"),
        fields: table.texts("fields"),
        comment_required: table.flag("comment").unwrap_or(false),
        guard,
        guard_message,
        set,
        not_by_actor_of,
        not_by_person_in,
        forgets: table.texts("forgets"),
        main: table.flag("main").unwrap_or(false),
        confirm: table.text("confirm"),
        name: name.text,
        proof: table.flag("proof").unwrap_or(false),
    }
}

/// `to = "x"`, or `to = [{ state = "x", when = "…" }, "y"]`.
fn targets(name: &Name, table: &Table<'_>) -> Vec<Target> {
    let targets: Vec<Target> = match table.item("to").map(|item| &item.value) {
        Some(Value::List(items)) => items
            .iter()
            .filter_map(|item| match &item.value {
                Value::Text(state) => Some(Target { state: state.clone(), when: None }),
                _ => {
                    let target = table.of_item(item);
                    let state = target.needed("state", "行き先");
                    let when = target.expression("when");
                    target.finish("行き先");
                    (!state.is_empty()).then_some(Target { state, when })
                }
            })
            .collect(),
        Some(_) => table.names("to").into_iter().map(|name| Target { state: name.text, when: None }).collect(),
        None => Vec::new(),
    };
    if targets.is_empty() {
        table.raise(
            &name.place,
            format!("操作「{}」に「to」がありません。", name.text),
            "to = \"次の状態\" を書いてください。",
        );
    }
    if let Some(index) = targets.iter().position(|target| target.when.is_none())
        && index + 1 < targets.len()
    {
        table.raise(
            &table.place_of("to"),
            "条件のない行き先の後に、行き先が続いています。後の行き先は選ばれません。",
            "条件のない行き先を最後に置いてください。",
        );
    }
    targets
}

pub(super) fn duties(table: &Table<'_>) -> Vec<DutyRule> {
    table.children("duty").into_iter().filter_map(|(name, duty)| self::duty(name, &duty)).collect()
}

fn duty(name: Name, table: &Table<'_>) -> Option<DutyRule> {
    name_is_fit(table, &name);
    let label = table.needed("label", "期限付き作業");
    let states = table.texts("states");
    let when = table.expression("when");
    let due = table.name("due").and_then(|due| match DeadlineRule::parse(&due.text) {
        Ok(rule) => Some(rule),
        Err(error) => {
            let offset = due.text.char_indices().nth(error.column.saturating_sub(1)).map_or(0, |(at, _)| at);
            table.raise(
                &due.place.within(&due.text, offset),
                format!("期限「{}」: {}", due.text, error.message),
                error.mend,
            );
            None
        }
    });
    let remind = table.integers("remind");
    if remind.windows(2).any(|pair| matches!(pair, [one, two] if one >= two)) {
        table.raise(
            &table.place_of("remind"),
            "「remind」が日の順に並んでいません。",
            "[-7, -1, 3] のように早い日から書いてください。",
        );
    }
    if table.item("due").is_none() && !remind.is_empty() {
        table.raise(
            &table.place_of("remind"),
            "期限のない作業に「remind」があります。",
            "due = \"…\" を書くか、この行を消してください。",
        );
    }
    let escalate = table.name("escalate").map(|name| name.text);
    let holder = holder(&name, table);
    table.finish("期限付き作業");
    Some(DutyRule { name: name.text, label, states, when, holder: holder?, due, remind, escalate })
}

/// `person:field`, `role:name` or `role:name:office field`.
fn holder(name: &Name, table: &Table<'_>) -> Option<Holder> {
    const FORMS: &str = "\"person:人の項目\"、\"role:役割\"、\"role:役割:組織の項目\" のいずれかを書いてください。";
    let Some(holder) = table.name("holder") else {
        if table.item("holder").is_none() {
            table.raise(&name.place, format!("期限付き作業「{}」に担当者「holder」がありません。", name.text), FORMS);
        }
        return None;
    };
    let parts: Vec<&str> = holder.text.split(':').collect();
    match parts.as_slice() {
        ["person", field] if !field.is_empty() => Some(Holder::Person { field: (*field).to_owned() }),
        ["role", role] if !role.is_empty() => Some(Holder::Role { role: (*role).to_owned(), office: None }),
        ["role", role, office] if !role.is_empty() && !office.is_empty() => {
            Some(Holder::Role { role: (*role).to_owned(), office: Some((*office).to_owned()) })
        }
        _ => {
            table.raise(&holder.place, format!("担当者「{}」の書き方が違います。", holder.text), FORMS);
            None
        }
    }
}
