//! Where a field, a state or a choice set is used.

use super::Touches;
use crate::definition::{Catalogue, Field, Holder, Kind, Ledger, Required, Scope};
use crate::expression::Expression;

impl Touches {
    /// Add what is not there yet.
    pub(super) fn join(&mut self, other: Touches) {
        for (mine, theirs) in [
            (&mut self.screens, other.screens),
            (&mut self.lists, other.lists),
            (&mut self.imports, other.imports),
            (&mut self.documents, other.documents),
            (&mut self.rules, other.rules),
        ] {
            for one in theirs {
                if !mine.contains(&one) {
                    mine.push(one);
                }
            }
        }
    }
}

/// Everything that uses a field.
pub(super) fn of(catalogue: &Catalogue, ledger: &Ledger, name: &str) -> Touches {
    let mut touches = Touches::default();
    let named = |names: &[String]| names.iter().any(|one| one == name);
    screens(&mut touches, ledger, name, named);
    lists(&mut touches, ledger, name);
    if let Some(field) = ledger.field(name)
        && field.computed.is_none()
        && ledger.access.iter().any(|rule| rule.import)
    {
        touches.imports.push(headings(field));
    }
    for form in ledger.documents.iter().filter_map(|document| catalogue.documents.get(document)) {
        if mentions_word(&form.source, name) {
            touches.documents.push(format!("{}（{}）", form.label, form.name));
        }
    }
    rules(&mut touches, ledger, name, named);
    for other in catalogue.ledgers.values() {
        from_elsewhere(&mut touches, other, &ledger.name, name);
    }
    touches
}

fn screens(touches: &mut Touches, ledger: &Ledger, name: &str, named: impl Fn(&[String]) -> bool) {
    let section = ledger.views.sections.iter().find(|section| named(&section.fields));
    let place = section.map_or("その他", |section| section.label.as_str());
    touches.screens.push(format!("{}の入力と詳細の区画「{place}」", ledger.label));
    for one in &ledger.workflow.transitions {
        if named(&one.required) || named(&one.fields) || one.set.iter().any(|(field, _)| field == name) {
            touches.screens.push(format!("操作「{}」", one.label));
        }
    }
    for state in &ledger.workflow.states {
        if named(&state.required) || named(&state.hidden) {
            touches.screens.push(format!("状態「{}」での必須・非表示", state.label));
        }
    }
    if named(&ledger.title) || ledger.reading.as_deref() == Some(name) {
        touches.screens.push("記録の題名".into());
    }
}

fn lists(touches: &mut Touches, ledger: &Ledger, name: &str) {
    let views = &ledger.views;
    for (word, used) in [
        ("列", views.columns.iter().any(|column| column.field == name)),
        ("絞り込み", views.filters.iter().any(|field| field == name)),
        ("集計", views.groups.iter().any(|field| field == name)),
        ("並び順", views.sort.iter().any(|sort| sort.field == name)),
    ] {
        if used {
            touches.lists.push(format!("{}の一覧の{word}", ledger.label));
        }
    }
    for view in &views.saved {
        if view.conditions.iter().any(|(field, _)| field == name) {
            touches.lists.push(format!("見出し「{}」", view.label));
        }
    }
}

fn headings(field: &Field) -> String {
    let mut headings = vec![field.label.as_str()];
    headings.extend(field.aliases.iter().map(String::as_str));
    format!("見出し「{}」", headings.join("」「"))
}

fn rules(touches: &mut Touches, ledger: &Ledger, name: &str, named: impl Fn(&[String]) -> bool) {
    let rules = &mut touches.rules;
    for (place, expression) in expressions(ledger) {
        if expression.mentions(name) {
            rules.push(place);
        }
    }
    for duty in &ledger.duties {
        let due = duty.due.iter().flat_map(|due| due.fields()).any(|field| field.split('.').next() == Some(name));
        let held = match &duty.holder {
            Holder::Person { field } => field == name,
            Holder::Role { office, .. } => office.as_deref() == Some(name),
        };
        if due || held {
            rules.push(format!("期限付き作業「{}」", duty.label));
        }
    }
    for rule in &ledger.access {
        let scoped = match &rule.scope {
            Scope::Office { field } => field == name,
            Scope::Person { fields } => named(fields),
            Scope::All | Scope::Myself => false,
        };
        let place = format!("権限「{}」", rule.role);
        if (scoped || named(&rule.except) || rule.conditions.iter().any(|(field, _)| field == name))
            && !rules.contains(&place)
        {
            rules.push(place);
        }
    }
    for one in &ledger.workflow.transitions {
        if named(&one.not_by_person_in) {
            rules.push(format!("操作「{}」の二者確認", one.label));
        }
    }
    for (word, used) in [
        ("記録を表す番号", ledger.key.as_deref() == Some(name)),
        ("番号の付け方", ledger.numbering.as_ref().is_some_and(|numbering| numbering.field == name)),
        ("一意の条件", ledger.unique.iter().any(|unique| named(&unique.fields))),
        ("索引", ledger.indexes.iter().any(|index| named(index))),
        ("有効期間", ledger.effective.as_ref().is_some_and(|e| e.from == name || e.to == name)),
        (
            "期間の重なりの検査",
            ledger.no_overlap.iter().any(|r| named(&r.fields) || r.conditions.iter().any(|(f, _)| f == name)),
        ),
    ] {
        if used {
            rules.push(word.to_owned());
        }
    }
}

/// Expressions and deadlines of another ledger that read the field through a reference.
fn from_elsewhere(touches: &mut Touches, other: &Ledger, ledger: &str, name: &str) {
    for reference in other.fields.iter().filter(|field| field.target() == Some(ledger)) {
        for (place, expression) in expressions(other) {
            if expression.members(&reference.name).iter().any(|member| member == name) {
                touches.rules.push(format!("台帳「{}」の{place}", other.label));
            }
        }
        let path = format!("{}.{name}", reference.name);
        for duty in &other.duties {
            if duty.due.iter().flat_map(|due| due.fields()).any(|field| *field == path) {
                touches.rules.push(format!("台帳「{}」の期限付き作業「{}」", other.label, duty.label));
            }
        }
    }
}

/// Every expression of a ledger with the words for its place.
fn expressions(ledger: &Ledger) -> Vec<(String, &Expression)> {
    let mut found = Vec::new();
    for field in &ledger.fields {
        if let Required::When(expression) = &field.required {
            found.push((format!("項目「{}」の必須の条件", field.label), expression));
        }
        found.extend(field.default.iter().map(|e| (format!("項目「{}」の初めの値", field.label), e)));
        found.extend(field.computed.iter().map(|e| (format!("項目「{}」の計算", field.label), e)));
    }
    found.extend(ledger.checks.iter().map(|check| (format!("検査「{}」", check.message), &check.expression)));
    for one in &ledger.workflow.transitions {
        found.extend(one.guard.iter().map(|e| (format!("操作「{}」の条件", one.label), e)));
        found.extend(one.set.iter().map(|(_, e)| (format!("操作「{}」が設定する値", one.label), e)));
        found.extend(
            one.to.iter().filter_map(|to| to.when.as_ref()).map(|e| (format!("操作「{}」の移り先", one.label), e)),
        );
    }
    found.extend(
        ledger.duties.iter().filter_map(|d| Some((format!("期限付き作業「{}」の条件", d.label), d.when.as_ref()?))),
    );
    found
}

/// Everything that uses a state.
pub(super) fn of_state(ledger: &Ledger, name: &str) -> Touches {
    let mut touches = Touches::default();
    let named = |names: &[String]| names.iter().any(|one| one == name);
    for one in &ledger.workflow.transitions {
        if named(&one.from) || one.to.iter().any(|to| to.state == name) {
            touches.screens.push(format!("操作「{}」", one.label));
        }
    }
    for view in &ledger.views.saved {
        if view.conditions.iter().any(|(field, values)| field == "state" && values.iter().any(|v| v == name)) {
            touches.lists.push(format!("見出し「{}」", view.label));
        }
    }
    for duty in ledger.duties.iter().filter(|duty| named(&duty.states)) {
        touches.rules.push(format!("期限付き作業「{}」", duty.label));
    }
    for rule in ledger.access.iter().filter(|rule| named(&rule.states)) {
        let place = format!("権限「{}」", rule.role);
        if !touches.rules.contains(&place) {
            touches.rules.push(place);
        }
    }
    touches
}

/// Fields and forms that use a choice set.
pub(super) fn of_choices(catalogue: &Catalogue, set: &str) -> Touches {
    let mut touches = Touches::default();
    for ledger in catalogue.ledgers.values() {
        for field in &ledger.fields {
            if matches!(&field.kind, Kind::Choice { set: used } | Kind::Choices { set: used } if used == set) {
                touches.join(of(catalogue, ledger, &field.name));
            }
        }
    }
    touches
}

/// Whether the name stands in the source as a word of its own.
fn mentions_word(source: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    source.match_indices(name).any(|(at, _)| {
        let before = source.get(..at).and_then(|text| text.chars().next_back());
        let behind = source.get(at + name.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(part) && !behind.is_some_and(part)
    })
}
