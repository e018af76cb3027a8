//! Encrypted fields: the database cannot see their values, so it can neither order nor compare nor group by them. Equality,
//! emptiness and search work, by keyed tokens that are kept beside the records.

use super::Looking;
use crate::definition::{Field, Kind};

pub(super) fn check(looking: &Looking<'_>) {
    let ledger = looking.ledger;
    match ledger.subject.as_deref() {
        None | Some("id") => {}
        Some(name) => looking.refers_to("ledger.subject", name, "person", "人"),
    }
    if let Some(field) = ledger.subject.as_deref().and_then(|name| ledger.field(name))
        && matches!(field.kind, Kind::Reference { many: true, .. })
    {
        looking.raise(
            "ledger.subject",
            format!("項目「{}」は何人も持てるので、だれの鍵を使うか決まりません。", field.name),
            "一人だけを選ぶ人の項目を書いてください。",
        );
    }
    for field in ledger.fields.iter().filter(|field| field.encrypted) {
        kind(looking, field);
        followed(looking, field);
    }
    ordered(looking);
}

/// Kinds that are worth encrypting: what leads to other records or is counted must stay readable to the database.
fn kind(looking: &Looking<'_>, field: &Field) {
    let words = match &field.kind {
        Kind::Reference { .. } => "参照",
        Kind::Choice { .. } | Kind::Choices { .. } => "選択",
        Kind::YesNo => "はい・いいえ",
        _ => return,
    };
    let path = format!("field.{}", field.name);
    let at = ["encrypted", "class", "kind"]
        .into_iter()
        .map(|key| format!("{path}.{key}"))
        .find(|path| looking.places.has(path))
        .unwrap_or(path);
    looking.raise(
        &at,
        format!("{words}の項目「{}」は暗号化できません。", field.name),
        "参照と選択は検索や集計に使うため、暗号化しません。encrypted を消すか、暗号化しない項目区分にしてください。",
    );
}

/// What the database itself must read: the key, numbers, effective dates, deadlines, access conditions.
fn followed(looking: &Looking<'_>, field: &Field) {
    let ledger = looking.ledger;
    let name = field.name.as_str();
    let raise = |path: &str, use_: &str| {
        looking.raise(
            path,
            format!("暗号化した項目「{name}」は{use_}に使えません。"),
            "ほかの項目を書くか、項目の encrypted を消してください。",
        );
    };
    if ledger.key.as_deref() == Some(name) {
        raise("ledger.key", "番号やコードの項目");
    }
    if ledger.numbering.as_ref().is_some_and(|numbering| numbering.field == name) {
        raise("ledger.numbering.field", "採番");
    }
    if ledger.effective.as_ref().is_some_and(|effective| effective.from == name || effective.to == name) {
        raise("ledger.effective", "有効期間");
    }
    for (number, rule) in ledger.no_overlap.iter().enumerate() {
        if rule.fields.iter().any(|field| field == name) {
            raise(&format!("no_overlap.{number}.fields"), "期間の重なりの検査");
        }
        if rule.conditions.iter().any(|(field, _)| field == name) {
            raise(&format!("no_overlap.{number}.where.{name}"), "期間の重なりの検査");
        }
    }
    for (number, rule) in ledger.access.iter().enumerate() {
        if rule.conditions.iter().any(|(field, _)| field == name) {
            let number = looking.access_from.get(number).copied().unwrap_or(number);
            raise(&format!("access.{number}.where.{name}"), "権限の条件");
        }
    }
}

/// Orders, groups, indexes.
fn ordered(looking: &Looking<'_>) {
    let ledger = looking.ledger;
    let encrypted =
        |name: &str| ledger.field(name.split('.').next().unwrap_or(name)).is_some_and(|field| field.encrypted);
    let raise = |path: &str, name: &str, use_: &str, mend: &str| {
        looking.raise(path, format!("暗号化した項目「{name}」は{use_}に使えません。"), mend);
    };
    for name in ledger.indexes.iter().flatten().filter(|name| encrypted(name)) {
        raise("ledger.indexes", name, "索引", "一致で探すための索引は自動で作られます。この項目を消してください。");
    }
    for sort in ledger.views.sort.iter().filter(|sort| encrypted(&sort.field)) {
        raise("list.sort", &sort.field, "並び順", "番号など、暗号化していない項目で並べてください。");
    }
    for name in ledger.views.groups.iter().filter(|name| encrypted(name)) {
        raise("list.groups", name, "集計", "選択や参照など、暗号化していない項目で集計してください。");
    }
    for name in &ledger.views.filters {
        let Some(field) = ledger.field(name).filter(|field| field.encrypted) else { continue };
        if matches!(field.kind, Kind::Text) {
            continue;
        }
        let mend = "絞り込みは一致だけです。文字の項目にするか、検索(searchable = true)を使ってください。";
        raise("list.filters", name, "範囲での絞り込み", mend);
    }
    for view in &ledger.views.saved {
        for (name, _) in view.conditions.iter().filter(|(name, _)| encrypted(name)) {
            let mend = "選択や参照など、暗号化していない項目を条件にしてください。";
            raise(&format!("view.{}.where.{name}", view.name), name, "保存した絞り込み", mend);
        }
    }
}
