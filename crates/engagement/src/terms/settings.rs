//! What is decided for one contract: a row for each setting of its terms.

use ledger::definition::{Catalogue, Every, Item, Kind, Setting, Terms};
use ledger::{Problem, Record, Refusal};
use serde_json::{Map, Value};

use crate::names::contract;

/// The value of a setting for this contract: that of its row, else the first value of the terms.
pub fn value_of(terms: &Terms, contract: &Record, name: &str) -> Option<String> {
    let written = rows(contract).iter().find(|row| cell(row, "name") == name).map(|row| cell(row, "value"));
    match written {
        Some(value) if !value.is_empty() => Some(value.to_owned()),
        _ => terms.setting(name).map(|setting| setting.value.clone()),
    }
}

/// Bring the rows in the order of the terms, add those that are missing, and refuse what cannot be followed.
///
/// # Errors
/// A problem for each wrong cell: a name that the terms do not have, a value that is not among the options or makes a
/// rule unreadable, a changed value without a reason.
pub fn complete(
    catalogue: &Catalogue,
    terms: &Terms,
    before: Option<&Record>,
    after: &mut Record,
) -> Result<(), Refusal> {
    let written = rows(after).to_vec();
    let mut problems = Vec::new();
    for (number, row) in written.iter().enumerate() {
        let wrong = |column: &str, message: String| Problem::cell(contract::SETTINGS, number, column, message);
        let name = cell(row, "name");
        let Some(setting) = terms.setting(name) else {
            // A row of other terms, or of an older version of these, goes when it comes back as it was.
            let as_it_was =
                |other: &Value| ["name", "value", "note"].iter().all(|one| cell(other, one) == cell(row, one));
            if !before.is_some_and(|before| rows(before).iter().any(as_it_was)) {
                let known: Vec<&str> = terms.settings.iter().map(|setting| setting.name.as_str()).collect();
                let message = format!(
                    "「{name}」という決めごとは「{}」にありません。行を消すか、識別名を {} から選んでください。",
                    terms.label,
                    known.join("、")
                );
                problems.push(wrong("name", message));
            }
            continue;
        };
        if written.iter().take(number).any(|other| cell(other, "name") == name) {
            problems.push(wrong("name", format!("「{}」の行が二つあります。片方を消してください。", setting.label)));
            continue;
        }
        if let Some(message) = unreadable(catalogue, terms, after, setting, cell(row, "value")) {
            problems.push(wrong("value", message));
        }
        let note = cell(row, "note");
        if cell(row, "value") != setting.value && (note.is_empty() || note == setting.note) {
            let message = format!(
                "「{}」を初めの値「{}」から改めています。「理由」に、改めた理由を書いてください。",
                setting.label, setting.value
            );
            problems.push(wrong("note", message));
        }
    }
    if !problems.is_empty() {
        return Err(Refusal::Invalid(problems));
    }
    let completed: Vec<Value> = terms
        .settings
        .iter()
        .map(|setting| row(catalogue, terms, setting, written.iter().find(|row| cell(row, "name") == setting.name)))
        .collect();
    if completed.is_empty() {
        after.body.shift_remove(contract::SETTINGS);
    } else {
        after.body.insert(contract::SETTINGS.into(), completed.into());
    }
    Ok(())
}

/// The row of a setting: value and reason as decided, what the value says in words, name, label and clause as in the terms.
fn row(catalogue: &Catalogue, terms: &Terms, setting: &Setting, decided: Option<&Value>) -> Value {
    let value = decided.map_or(setting.value.as_str(), |row| cell(row, "value"));
    let note = decided.map_or(setting.note.as_str(), |row| cell(row, "note"));
    let said = super::counted::setting_words(catalogue, terms, &setting.name, value);
    let cells = [
        ("name", setting.name.as_str()),
        ("label", &setting.label),
        ("value", value),
        ("said", &said),
        ("clause", &setting.clause),
        ("note", note),
    ];
    let cells = cells.into_iter().filter(|(_, text)| !text.is_empty());
    Value::Object(cells.map(|(name, text)| (name.to_owned(), text.into())).collect::<Map<_, _>>())
}

/// Why this value cannot be taken: it is none of the options, or a rule can no longer be read with it.
fn unreadable(
    catalogue: &Catalogue,
    terms: &Terms,
    contract: &Record,
    setting: &Setting,
    value: &str,
) -> Option<String> {
    if !setting.options.is_empty() && !setting.options.iter().any(|(_, option)| option == value) {
        let options: Vec<&str> = setting.options.iter().map(|(_, option)| option.as_str()).collect();
        return Some(format!(
            "「{}」の値は「{}」のどれかにしてください（今の値「{value}」）。",
            setting.label,
            options.join("」「")
        ));
    }
    let with = |name: &str| if name == setting.name { Some(value.to_owned()) } else { value_of(terms, contract, name) };
    for item in terms.items.iter().filter(|item| item.settings().contains(&setting.name.as_str())) {
        let told = match item.rule(&with) {
            Err(problem) => problem.to_string(),
            Ok(rule) => {
                match rule.iter().flat_map(|rule| rule.fields()).find(|name| !is_date(catalogue, terms, item, name)) {
                    Some(name) => format!("「{name}」という日付はありません。"),
                    None => continue,
                }
            }
        };
        return Some(format!(
            "「{value}」では「{}」の期限を数えられません。{told}「{}」のような形で書いてください。",
            item.label, setting.value
        ));
    }
    None
}

/// Whether the rule of an item may count from this name: a date of the contract, of the record that the item is for, or
/// the first day of its span.
fn is_date(catalogue: &Catalogue, terms: &Terms, item: &Item, name: &str) -> bool {
    let date = |ledger: &str, field: &str| {
        let field = catalogue.ledger(ledger).and_then(|ledger| ledger.field(field));
        field.is_some_and(|field| matches!(field.kind, Kind::Date | Kind::DateTime))
    };
    match (&item.every, name.split_once('.')) {
        (Every::Record { ledger }, Some((first, inner))) => {
            let through = catalogue.ledger(ledger).and_then(|ledger| super::reference(ledger, &terms.ledger));
            through.is_some_and(|field| field.name == first) && date(&terms.ledger, inner)
        }
        (Every::Record { ledger }, None) => date(ledger, name),
        (every, None) if name == "period" || name == "period_end" => every.is_span(),
        (_, None) => date(&terms.ledger, name),
        (_, Some(_)) => false,
    }
}

fn rows(record: &Record) -> &[Value] {
    record.value(contract::SETTINGS).as_array().map_or(&[], Vec::as_slice)
}

fn cell<'r>(row: &'r Value, name: &str) -> &'r str {
    row.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}
