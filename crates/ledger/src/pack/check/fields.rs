//! Fields, keys, numbering: the parts of a ledger that name its fields.

use std::collections::BTreeSet;

use super::Looking;
use crate::definition::{Field, Kind, Required, Settled};

pub(super) fn check(looking: &Looking<'_>) {
    let ledger = looking.ledger;
    if !ledger.area.is_empty() && !looking.areas.contains(&ledger.area.as_str()) {
        looking.unknown("ledger.area", "業務", &ledger.area, looking.areas.iter().copied());
    }
    looking.fields("ledger.title", &ledger.title);
    for name in &ledger.title {
        if let Some(field) = ledger.field(name)
            && !super::is_plain(&field.kind)
        {
            looking.raise(
                "ledger.title",
                format!("項目「{name}」は表か添付で、題名にできません。"),
                "文字、日付、選択などの項目を書いてください。",
            );
        }
    }
    if let Some(reading) = &ledger.reading {
        looking.field("ledger.reading", reading);
    }
    if let Some(key) = &ledger.key
        && let Some(field) = looking.field("ledger.key", key)
        && !matches!(field.kind, Kind::Text | Kind::Integer)
    {
        looking.raise(
            "ledger.key",
            format!("項目「{key}」は番号やコードの項目ではありません。"),
            "kind が text か integer の項目を書いてください。",
        );
    }
    for unique in &ledger.unique {
        looking.fields("ledger.unique", &unique.fields);
    }
    for index in &ledger.indexes {
        for name in index {
            if name != "state"
                && looking.field("ledger.indexes", name).is_some_and(|field| !super::is_plain(&field.kind))
            {
                looking.raise(
                    "ledger.indexes",
                    format!("項目「{name}」は表か添付で、索引にできません。"),
                    "ほかの項目を書いてください。",
                );
            }
        }
    }
    numbering(looking);
    if let Some(effective) = &ledger.effective {
        for name in [&effective.from, &effective.to] {
            if looking.field("ledger.effective", name).is_some_and(|field| !matches!(field.kind, Kind::Date)) {
                looking.raise(
                    "ledger.effective",
                    format!("項目「{name}」は日付ではありません。"),
                    "kind = \"date\" の項目を書いてください。",
                );
            }
        }
    }
    for (index, rule) in ledger.no_overlap.iter().enumerate() {
        let path = format!("no_overlap.{index}");
        looking.fields(&format!("{path}.fields"), &rule.fields);
        for (name, values) in &rule.conditions {
            super::views::condition(looking, &format!("{path}.where.{name}"), name, values);
        }
        if ledger.effective.is_none() {
            looking.raise(
                &path,
                "期間の重なりの検査には有効期間が要ります。",
                "[ledger] に effective = [\"初日の項目\", \"末日の項目\"] を書いてください。",
            );
        }
    }
    for (index, rule) in ledger.settled.iter().enumerate() {
        settled(looking, &format!("settled.{index}"), rule);
    }
    for check in ledger.checks.iter().enumerate() {
        if let Some(field) = &check.1.field {
            looking.field(&format!("check.{}.field", check.0), field);
        }
    }
    former_names(looking);
    for field in &ledger.fields {
        let path = format!("field.{}", field.name);
        self::field(looking, field, &path);
        if let Kind::Rows { columns } = &field.kind {
            for column in columns {
                self::field(looking, column, &format!("{path}.columns.{}", column.name));
            }
        }
        if !ledger.classes.iter().any(|class| class.name == field.class) {
            let known = ledger.classes.iter().map(|class| class.name.as_str());
            looking.unknown(&format!("{path}.class"), "項目区分", &field.class, known);
        }
        written_by_somebody(looking, field, &path);
    }
}

fn field(looking: &Looking<'_>, field: &Field, path: &str) {
    match &field.kind {
        // A set that was written in the field and could not be read has its own problem already.
        Kind::Choice { set } | Kind::Choices { set } if !looking.choices.contains_key(set) && !set.contains('.') => {
            let known = looking.choices.keys().map(String::as_str).filter(|name| !name.contains('.'));
            looking.unknown(&format!("{path}.choices"), "選択肢", set, known);
        }
        Kind::Reference { ledger, .. } if !looking.ledgers.contains_key(ledger) && !looking.broken.contains(ledger) => {
            let at = if looking.places.has(&format!("{path}.ledger")) { "ledger" } else { "kind" };
            looking.unknown(&format!("{path}.{at}"), "台帳", ledger, looking.ledgers.keys().map(String::as_str));
        }
        _ => {}
    }
}

/// Former names must not be names of today, nor claimed twice.
fn former_names(looking: &Looking<'_>) {
    let mut seen = BTreeSet::new();
    for field in &looking.ledger.fields {
        for was in &field.was {
            let path = format!("field.{}.was", field.name);
            if looking.ledger.field(was).is_some() {
                looking.raise(
                    &path,
                    format!("元の名前「{was}」は今の項目の名前です。"),
                    "今の項目の名前を変えるか、was から消してください。",
                );
            }
            if !seen.insert(was) {
                looking.raise(
                    &path,
                    format!("元の名前「{was}」を二つの項目が引き継いでいます。"),
                    "一つの項目だけに書いてください。",
                );
            }
        }
    }
}

fn numbering(looking: &Looking<'_>) {
    let Some(numbering) = &looking.ledger.numbering else { return };
    if looking.field("ledger.numbering.field", &numbering.field).is_some_and(|field| !matches!(field.kind, Kind::Text))
    {
        looking.raise(
            "ledger.numbering.field",
            format!("項目「{}」は文字の項目ではありません。", numbering.field),
            "kind = \"text\" の項目を書いてください。",
        );
    }
    let mut rest = numbering.pattern.as_str();
    let mut counts = false;
    while let Some((_, behind)) = rest.split_once('{') {
        let Some((word, behind)) = behind.split_once('}') else {
            looking.raise("ledger.numbering.pattern", "番号の形の「{」が閉じていません。", "「}」を付けてください。");
            return;
        };
        let (name, digits) = word.split_once(':').unwrap_or((word, ""));
        match name {
            "fiscal_year" | "year" if digits.is_empty() => {}
            "sequence" if digits.is_empty() || digits.parse::<u8>().is_ok_and(|digits| (1..=12).contains(&digits)) => {
                counts = true
            }
            _ => looking.raise(
                "ledger.numbering.pattern",
                format!("番号の形に「{{{word}}}」という書き方はありません。"),
                "使えるのは {fiscal_year}、{year}、{sequence:5} です。",
            ),
        }
        rest = behind;
    }
    if !counts {
        looking.raise(
            "ledger.numbering.pattern",
            "番号の形に連番がありません。",
            "{sequence:5} のように連番の桁数を書いてください。",
        );
    }
}

/// A field that must have a value must get it from somewhere. A ledger whose records nobody may make is kept by an
/// engine, which is not bound by access rules.
fn written_by_somebody(looking: &Looking<'_>, field: &Field, path: &str) {
    let ledger = looking.ledger;
    if !ledger.access.iter().any(|rule| rule.create || rule.import) {
        return;
    }
    let filled = matches!(field.required, Required::Never)
        || field.retired
        || field.default.is_some()
        || ledger.numbering.as_ref().is_some_and(|numbering| numbering.field == field.name)
        || ledger.access.iter().any(|rule| rule.write.contains(&field.class))
        || ledger.workflow.transitions.iter().any(|transition| {
            transition.fields.contains(&field.name) || transition.set.iter().any(|(name, _)| *name == field.name)
        });
    if !filled && ledger.classes.iter().any(|class| class.name == field.class) {
        looking.raise(
            &format!("{path}.required"),
            format!("必須の項目「{}」を書ける人がいません。", field.name),
            format!("[[access]] の write に「{}」を加えるか、default を書いてください。", field.class),
        );
    }
}

/// The transitions are of this ledger, the states and the field of the other, and the field refers here.
fn settled(looking: &Looking<'_>, path: &str, rule: &Settled) {
    let own = &looking.ledger.workflow.transitions;
    for name in rule.transitions.iter().filter(|name| !own.iter().any(|one| one.name == **name)) {
        let known = own.iter().map(|one| one.name.as_str());
        looking.unknown(&format!("{path}.transitions"), "操作", name, known);
    }
    if looking.broken.contains(&rule.ledger) {
        return;
    }
    let Some(other) = looking.ledgers.get(&rule.ledger) else {
        let known = looking.ledgers.keys().map(String::as_str);
        looking.unknown(&format!("{path}.ledger"), "台帳", &rule.ledger, known);
        return;
    };
    let states = &other.ledger.workflow.states;
    for name in rule.states.iter().filter(|name| !states.iter().any(|state| state.name == **name)) {
        let known = states.iter().map(|state| state.name.as_str());
        looking.unknown(&format!("{path}.states"), "状態", name, known);
    }
    match other.ledger.field(&rule.field).map(|field| field.target()) {
        None => {
            let known = other.ledger.fields.iter().map(|field| field.name.as_str());
            looking.unknown(&format!("{path}.field"), "項目", &rule.field, known);
        }
        Some(target) if target != Some(looking.ledger.name.as_str()) => looking.raise(
            &format!("{path}.field"),
            format!("台帳「{}」の項目「{}」は、この台帳を参照していません。", rule.ledger, rule.field),
            "この台帳の記録を指す項目を書いてください。",
        ),
        Some(_) => {}
    }
}
