//! How a date was counted, in words for both sides: 「契約締結日（令和6年4月1日）の翌日を1日目として数えて7日目」.

use calendar::{DeadlineRule, format_era};
use chrono::NaiveDate;
use ledger::definition::{Catalogue, Every, Terms};

use super::span;

/// The longest words that are kept, in characters.
const MOST: usize = 200;
/// What stands where an item has no rule.
pub const ON_REQUEST: &str = "求めがあったとき";

/// The rule of something due so often in words, with the labels of its fields and their dates.
pub fn words(
    catalogue: &Catalogue,
    terms: &Terms,
    every: &Every,
    rule: &DeadlineRule,
    date_of: &dyn Fn(&str) -> Option<NaiveDate>,
) -> String {
    let named = |name: &str| {
        let label = label(catalogue, terms, every, name);
        match date_of(name) {
            Some(day) if name == "period" => format!("{label}（{}）", span::words(every, day)),
            Some(day) => format!("{label}（{}）", format_era(day)),
            None => label,
        }
    };
    if let Some(missing) = rule.fields().iter().find(|name| date_of(name).is_none()) {
        return format!("「{}」が入ると決まります", label(catalogue, terms, every, missing));
    }
    let mut said = rule.explain_with(&|name| Some(named(name)));
    for name in rule.fields() {
        said = said.replace(&format!("「{}」", named(name)), &named(name));
        if name == "period_end" {
            // 「末日（…）の日」 says the day twice.
            said = said.replace("）の日", "）");
        }
    }
    about_span(every, rule, &said).chars().take(MOST).collect()
}

/// What a setting of a contract says, in words: the rule or the length that is put into the rules of items. What stands in
/// no rule, and what cannot be read, says itself.
pub fn setting_words(catalogue: &Catalogue, terms: &Terms, setting: &str, value: &str) -> String {
    let item = terms.items.iter().find(|item| item.settings().contains(&setting));
    let Some(every) = item.map(|item| &item.every) else { return value.to_owned() };
    if let Ok(rule) = DeadlineRule::parse(value) {
        return about_span(every, &rule, &rule.explain_with(&|name| Some(label(catalogue, terms, every, name))));
    }
    match DeadlineRule::parse_length(value) {
        Ok(length) => length.to_string(),
        // The name of a date, or words that no rule is made of.
        Err(_) => label(catalogue, terms, every, value),
    }
}

/// A span is no day that lies in a month: it is the month itself, or begins with one.
fn about_span(every: &Every, rule: &DeadlineRule, said: &str) -> String {
    if !rule.fields().iter().any(|name| name == "period") {
        return said.to_owned();
    }
    let (month, year) = match every {
        Every::Month => ("", "の属する年度"),
        Every::Year => ("の初めの月", ""),
        Every::BusinessDay => ("の属する月", "の属する年度"),
        _ => ("の初めの月", "の属する年度"),
    };
    said.replace("の属する月", month).replace("の属する年度", year)
}

/// What a name in a rule is called.
fn label(catalogue: &Catalogue, terms: &Terms, every: &Every, name: &str) -> String {
    let field = |ledger: &str, field: &str| {
        catalogue.ledger(ledger).and_then(|ledger| ledger.field(field)).map(|field| field.label.clone())
    };
    let found = match (every, name.split_once('.')) {
        (Every::Record { .. }, Some((_, inner))) => field(&terms.ledger, inner),
        (Every::Record { ledger }, None) => field(ledger, name),
        (every, _) if name == "period" => Some(span::label(every).to_owned()),
        (every, _) if name == "period_end" => Some(format!("{}の末日", span::label(every))),
        _ => field(&terms.ledger, name),
    };
    found.unwrap_or_else(|| name.to_owned())
}
