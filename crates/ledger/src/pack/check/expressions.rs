//! Expressions: every name is a field, every member exists, computed fields come in an order that can be computed.

use super::{Looking, mend};
use crate::definition::{Field, Kind, Ledger, Required};
use crate::expression::{Comparison, Expression, Path};
use crate::pack::toml_text::Place;

/// Names that every expression sees beside the fields.
const GIVEN: [&str; 4] = ["state", "today", "me", "before"];
const ME: [&str; 3] = ["account", "person", "roles"];

pub(super) fn check(looking: &Looking<'_>) {
    for (path, expression) in all(looking) {
        one(looking, &path, expression);
    }
    order(looking);
}

/// One expression over the ledger, written at this path.
pub(super) fn one(looking: &Looking<'_>, path: &str, expression: &Expression) {
    for name in expression.paths() {
        self::path(looking, path, expression, &name);
    }
    for comparison in expression.comparisons() {
        self::comparison(looking, path, expression, &comparison);
    }
    for pair in expression.pairs() {
        let decimal = |names: &Vec<String>| matches!(kind(looking, names), Some(Kind::Decimal { .. }));
        if pair.sides.iter().all(decimal) {
            let place = looking.place(path).within(expression.source(), pair.offset);
            let names = pair.sides.map(|names| names.join(".")).join("」と「");
            looking.push(place.problem(
                format!("小数の項目「{names}」は、文字として比べられてしまいます。"),
                "decimal(項目) と書いて数にしてください。",
            ));
        }
    }
}

/// Every expression of the ledger with the path at which it is written.
fn all<'c>(looking: &Looking<'c>) -> Vec<(String, &'c Expression)> {
    let ledger = looking.ledger;
    let mut found = Vec::new();
    for field in &ledger.fields {
        let path = format!("field.{}", field.name);
        if let Required::When(expression) = &field.required {
            found.push((format!("{path}.required"), expression));
        }
        found.extend(field.default.iter().map(|expression| (format!("{path}.default"), expression)));
        found.extend(field.computed.iter().map(|expression| (format!("{path}.computed"), expression)));
    }
    for (index, check) in ledger.checks.iter().enumerate() {
        found.push((format!("check.{index}.holds"), &check.expression));
    }
    for transition in &ledger.workflow.transitions {
        let path = format!("transition.{}", transition.name);
        found.extend(transition.guard.iter().map(|expression| (format!("{path}.guard"), expression)));
        for (index, target) in transition.to.iter().enumerate() {
            found.extend(target.when.iter().map(|expression| (format!("{path}.to.{index}.when"), expression)));
        }
        for (field, expression) in &transition.set {
            found.push((format!("{path}.set.{field}"), expression));
        }
    }
    for duty in &ledger.duties {
        found.extend(duty.when.iter().map(|expression| (format!("duty.{}.when", duty.name), expression)));
    }
    found
}

fn path(looking: &Looking<'_>, at: &str, expression: &Expression, path: &Path) {
    let place = || looking.place(at).within(expression.source(), path.offset);
    let names: Vec<&str> = path.names.iter().map(String::as_str).collect();
    match names.as_slice() {
        [] | ["state" | "today" | "me" | "before"] => {}
        ["state" | "today", ..] => {
            looking.push(
                place()
                    .problem(format!("「{}」には項目がありません。", names.join(".")), "「.」から後を消してください。"),
            );
        }
        ["me", member, rest @ ..] => {
            if !ME.contains(member) || !rest.is_empty() {
                looking
                    .push(place().problem(format!("「{}」はありません。", names.join(".")), mend(member, "項目", &ME)));
            }
        }
        // The body before the change is as it was stored: references are identifiers.
        ["before", name, rest @ ..] => {
            if let Some(field) = field_named(looking, &place(), name) {
                below(looking, &place(), field, rest, true);
            }
        }
        [name, rest @ ..] => {
            if let Some(field) = field_named(looking, &place(), name) {
                below(looking, &place(), field, rest, false);
            }
        }
    }
}

fn field_named<'c>(looking: &Looking<'c>, place: &Place, name: &str) -> Option<&'c Field> {
    let field = looking.ledger.field(name);
    if field.is_none() {
        let known: Vec<&str> = looking.field_names().chain(GIVEN).collect();
        let hint = mend(name, "項目", &known);
        looking.push(place.problem(
            format!("式の「{name}」という項目はありません。"),
            format!("{hint}文字列なら '{name}' と囲んでください。"),
        ));
    }
    field
}

/// Members read of a field.
fn below(looking: &Looking<'_>, place: &Place, field: &Field, rest: &[&str], stored: bool) {
    let Some((member, rest)) = rest.split_first() else { return };
    let missing = |known: &[&str]| {
        looking.push(
            place.problem(format!("「{}」に「{member}」はありません。", field.name), mend(member, "項目", known)),
        );
    };
    match &field.kind {
        Kind::Reference { many: true, .. } => looking.push(place.problem(
            format!("「{}」は複数の参照なので、参照先の項目は読めません。", field.name),
            "人や組織がその中にあるかは「me.person in 項目」で調べられます。",
        )),
        Kind::Reference { ledger, .. } if !stored => {
            let Some(target) = looking.ledgers.get(ledger) else { return };
            if ["id", "state"].contains(member) && rest.is_empty() {
                return;
            }
            let Some(found) = target.ledger.field(member) else {
                let known: Vec<&str> =
                    target.ledger.fields.iter().map(|field| field.name.as_str()).chain(["id", "state"]).collect();
                looking.push(place.problem(
                    format!("台帳「{ledger}」に項目「{member}」はありません。"),
                    mend(member, "項目", &known),
                ));
                return;
            };
            if !rest.is_empty() && found.target().is_some() {
                looking.push(place.problem(
                    format!("参照は一段だけ開けます。「{}.{member}」の先は読めません。", field.name),
                    format!("台帳「{ledger}」に計算項目を作り、それを読んでください。"),
                ));
                return;
            }
            below(looking, place, found, rest, true);
        }
        Kind::Period => {
            if !["from", "to"].contains(member) || !rest.is_empty() {
                missing(&["from", "to"]);
            }
        }
        Kind::Attachment => {
            const PARTS: [&str; 5] = ["id", "name", "media_type", "size", "sha256"];
            if !PARTS.contains(member) {
                missing(&PARTS);
            }
        }
        Kind::Rows { columns } => match columns.iter().find(|column| column.name == **member) {
            Some(column) => below(looking, place, column, rest, true),
            None => missing(&columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>()),
        },
        _ => looking.push(place.problem(
            format!("「{}」には「.{member}」で読む項目がありません。", field.name),
            "「.」から後を消してください。開けるのは参照、期間、表、添付の項目です。",
        )),
    }
}

/// A state or the code of a choice that is compared with must exist.
fn comparison(looking: &Looking<'_>, at: &str, expression: &Expression, comparison: &Comparison) {
    let names: Vec<&str> = comparison.names.iter().map(String::as_str).collect();
    let states = |ledger: &Ledger| ledger.workflow.states.iter().map(|state| state.name.clone()).collect();
    let (what, known): (&str, Vec<String>) = match names.as_slice() {
        ["state"] => ("状態", states(looking.ledger)),
        [reference, "state"] => {
            let target = looking.ledger.field(reference).and_then(|field| field.target());
            let Some(target) = target.and_then(|target| looking.ledgers.get(target)) else { return };
            ("状態", states(&target.ledger))
        }
        ["me", "roles"] => ("役割", looking.roles.keys().cloned().collect()),
        _ => {
            let names = comparison.names.strip_prefix(&["before".to_owned()]).unwrap_or(&comparison.names);
            let Some(Kind::Choice { set } | Kind::Choices { set }) = kind(looking, names) else { return };
            let Some(set) = looking.choices.get(set) else { return };
            ("選択肢", set.choices.iter().map(|choice| choice.code.clone()).collect())
        }
    };
    if !known.contains(&comparison.text) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let place = looking.place(at).within(expression.source(), comparison.offset);
        looking.push(place.problem(
            format!("式の「'{}'」という{what}はありません。", comparison.text),
            mend(&comparison.text, what, &known),
        ));
    }
}

/// The kind of what a variable and its members spell, where it is known.
fn kind<'c>(looking: &Looking<'c>, names: &[String]) -> Option<&'c Kind> {
    let (first, rest) = names.split_first()?;
    let mut kind = &looking.ledger.field(first)?.kind;
    for name in rest {
        let fields = match kind {
            Kind::Reference { ledger, .. } => &looking.ledgers.get(ledger)?.ledger.fields,
            Kind::Rows { columns } => columns,
            _ => return None,
        };
        kind = &fields.iter().find(|field| field.name == *name)?.kind;
    }
    Some(kind)
}

/// Computed fields are computed in the order in which they are declared, so each may read only those above it.
fn order(looking: &Looking<'_>) {
    let place = |name: &str| looking.ledger.fields.iter().position(|field| field.name == name);
    for (index, field) in looking.ledger.fields.iter().enumerate() {
        let Some(expression) = &field.computed else { continue };
        for name in expression.names() {
            let reads_computed = looking.ledger.field(&name).is_some_and(|other| other.computed.is_some());
            if !reads_computed || place(&name).is_some_and(|place| place < index) {
                continue;
            }
            let path = format!("field.{}.computed", field.name);
            if name == field.name {
                looking.raise(
                    &path,
                    format!("計算項目「{name}」が自分を使っています。"),
                    "ほかの項目から計算する式に直してください。",
                );
            } else {
                looking.raise(
                    &path,
                    format!("計算項目「{}」が、後で計算する「{name}」を使っています。", field.name),
                    format!("「{name}」を先に書いてください。互いに使い合う計算はできません。"),
                );
            }
        }
    }
}
