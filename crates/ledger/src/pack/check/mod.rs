//! Checks that need the whole catalogue: does every name that is used exist, and can the ledger be worked with.

mod access;
mod encrypted;
mod expressions;
mod fields;
mod terms;
mod views;
mod workflow;

use std::collections::BTreeMap;

use super::near::nearest;
use super::problem::PackProblem;
use super::read::{Draft, LedgerDraft};
use super::toml_text::{Place, Places, Problems};
use crate::definition::{Choice, ChoiceSet, DocumentForm, Field, Kind, Ledger, Role};
use crate::principal::{EVERYONE, OUTSIDER};

/// Check everything that was read; what is wrong is added to the draft's problems. The roles of all packs become the
/// choice set `roles`, so that a ledger can grant them, and their terms the choice set `terms`.
pub(super) fn check(draft: &mut Draft) {
    if draft.head_broken {
        return;
    }
    let roles = draft.roles.values().map(|role| Choice {
        code: role.name.clone(),
        label: role.label.clone(),
        from: None,
        to: None,
    });
    draft.choices.insert("roles".into(), ChoiceSet { name: "roles".into(), choices: roles.collect() });
    let terms = draft.terms.values().map(|draft| Choice {
        code: draft.terms.name.clone(),
        label: draft.terms.label.clone(),
        from: None,
        to: None,
    });
    draft.choices.insert("terms".into(), ChoiceSet { name: "terms".into(), choices: terms.collect() });
    for draft_ledger in draft.ledgers.values() {
        let mut looking = Looking::new(draft, &draft_ledger.ledger, &draft_ledger.places);
        looking.access_from = &draft_ledger.access_from;
        fields::check(&looking);
        workflow::check(&looking);
        access::check(&looking);
        views::check(&looking);
        expressions::check(&looking);
        encrypted::check(&looking);
    }
    terms::check(draft);
}

/// One ledger under check, with everything it may refer to.
struct Looking<'c> {
    ledger: &'c Ledger,
    /// Places of the file under check.
    places: &'c Places,
    /// For each access rule the number of the `[[access]]` it was written in.
    access_from: &'c [usize],
    ledgers: &'c BTreeMap<String, LedgerDraft>,
    /// Ledgers whose files could not be read.
    broken: &'c [String],
    roles: &'c BTreeMap<String, Role>,
    choices: &'c BTreeMap<String, ChoiceSet>,
    documents: &'c BTreeMap<String, DocumentForm>,
    areas: Vec<&'c str>,
    problems: &'c Problems,
}

impl<'c> Looking<'c> {
    fn new(draft: &'c Draft, ledger: &'c Ledger, places: &'c Places) -> Self {
        Self {
            ledger,
            places,
            access_from: &[],
            ledgers: &draft.ledgers,
            broken: &draft.broken,
            roles: &draft.roles,
            choices: &draft.choices,
            documents: &draft.documents,
            areas: draft.areas.iter().map(|area| area.name.as_str()).collect(),
            problems: &draft.problems,
        }
    }

    fn place(&self, path: &str) -> Place {
        self.places.at(path)
    }

    fn raise(&self, path: &str, message: impl Into<String>, mend: impl Into<String>) {
        self.push(self.place(path).problem(message, mend));
    }

    fn push(&self, problem: PackProblem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Report a name that does not exist, with the nearest one that does.
    fn unknown<'n>(&self, path: &str, what: &str, name: &str, known: impl IntoIterator<Item = &'n str>) {
        let known: Vec<&str> = known.into_iter().collect();
        let place = self.place(path);
        let place = place.within(name, 0);
        self.push(place.problem(format!("{what}「{name}」はありません。"), mend(name, what, &known)));
    }

    /// The field of that name; a problem at the path when there is none.
    fn field(&self, path: &str, name: &str) -> Option<&'c Field> {
        let field = self.ledger.field(name);
        if field.is_none() {
            self.unknown(path, "項目", name, self.field_names());
        }
        field
    }

    fn field_names(&self) -> impl Iterator<Item = &'c str> {
        self.ledger.fields.iter().map(|field| field.name.as_str())
    }

    fn fields(&self, path: &str, names: &[String]) {
        for name in names {
            self.field(path, name);
        }
    }

    fn states(&self, path: &str, names: &[String]) {
        for name in names {
            if self.ledger.workflow.state(name).is_none() {
                self.unknown(path, "状態", name, self.ledger.workflow.states.iter().map(|state| state.name.as_str()));
            }
        }
    }

    fn role(&self, path: &str, name: &str) {
        if ![EVERYONE, OUTSIDER].contains(&name) && !self.roles.contains_key(name) {
            self.unknown(path, "役割", name, self.roles.keys().map(String::as_str).chain([EVERYONE, OUTSIDER]));
        }
    }

    /// Report a reference field that does not refer to the ledger demanded.
    fn refers_to(&self, path: &str, name: &str, ledger: &str, words: &str) {
        if let Some(field) = self.field(path, name)
            && field.target() != Some(ledger)
        {
            let fitting: Vec<&str> = self
                .ledger
                .fields
                .iter()
                .filter(|field| field.target() == Some(ledger))
                .map(|field| field.name.as_str())
                .collect();
            let mend = if fitting.is_empty() {
                format!("kind = \"{ledger}\" の項目を加えて、その名前を書いてください。")
            } else {
                format!("使えるのは {} です。", fitting.join("、"))
            };
            let place = self.place(path).within(name, 0);
            self.push(place.problem(format!("項目「{name}」は{words}の項目ではありません。"), mend));
        }
    }
}

fn mend(name: &str, what: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("「{near}」ではありませんか。"),
        None if known.is_empty() => format!("先に{what}を宣言してください。"),
        None if known.len() <= 30 => format!("使えるのは {} です。", known.join("、")),
        None => "名前を確かめるか、先に宣言してください。".into(),
    }
}

/// Values of this kind can be shown in one cell, sorted and grouped.
fn is_plain(kind: &Kind) -> bool {
    !matches!(kind, Kind::Rows { .. } | Kind::Attachment)
}
