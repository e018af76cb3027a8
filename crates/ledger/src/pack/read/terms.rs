//! Reading `terms.toml`.

use std::rc::Rc;

use serde_json::Value as Json;

use super::workflow::name_is_fit;
use super::{Draft, Places, TermsDraft};
use crate::definition::{Every, Item, MAX_ITEMS, MAX_SETTINGS, Setting, Terms};
use crate::pack::near::nearest;
use crate::pack::toml_text::{File, Item as Written, Name, Problems, Table, Value, parse};

/// Keys of an item that are not fields of the ledger it makes.
pub(in crate::pack) const ITEM_KEYS: [&str; 6] = ["label", "every", "each", "when", "due", "clause"];

impl Draft {
    /// The terms of a pack. A ledger that an older pack calls `terms` stays a ledger.
    pub(super) fn read_terms(&mut self, file: &Rc<File>, pack: &str) {
        let Some(root) = parse(file, &self.problems) else { return };
        let is_ledger =
            |root: &Written| matches!(&root.value, Value::Table(entries) if entries.iter().any(|e| e.0 == "ledger"));
        if is_ledger(&root) {
            return self.read_ledger(file, "terms", pack);
        }
        let problems = std::mem::take(&mut self.problems);
        let places = Places::of(file, &root);
        if let Some(terms) = terms(&root, &problems, pack) {
            self.terms.insert(pack.to_owned(), TermsDraft { terms, places });
        }
        self.problems = problems;
    }
}

fn terms(root: &Written, problems: &Problems, pack: &str) -> Option<Terms> {
    let table = Table::of(root, problems);
    let Some(head) = table.table("terms") else {
        table.raise(
            &table.place,
            "[terms] がありません。",
            "label、source、for、makes を [terms] の下に書いてください。",
        );
        return None;
    };
    let values = table.free_under("values").into_iter().filter_map(|(name, item)| json(&table, &name, item)).collect();
    let settings = table.children("setting").into_iter().map(|(name, one)| setting(name, &one)).collect::<Vec<_>>();
    let items = table.children("item").into_iter().map(|(name, one)| item(name, &one)).collect::<Vec<_>>();
    for (what, key, count, most) in
        [("項目", "item", items.len(), MAX_ITEMS), ("決めごと", "setting", settings.len(), MAX_SETTINGS)]
    {
        if count > most {
            table.raise(
                &table.place_of(key),
                format!("契約の決まりの{what}が{count}個あります。"),
                format!("{most}個までにしてください。似たものは一つにまとめるか、別のパックに分けてください。"),
            );
        }
    }
    if items.is_empty() {
        table.raise(
            &head.place,
            "契約の決まりに項目が一つもありません。",
            "[item.名前] の下に label、due、clause を書いてください。",
        );
    }
    let terms = Terms {
        name: pack.to_owned(),
        label: head.needed("label", "契約の決まり"),
        source: head.needed("source", "契約の決まり"),
        ledger: head.needed("for", "契約の決まり"),
        makes: head.needed("makes", "契約の決まり"),
        values,
        settings,
        items,
    };
    head.finish("[terms]");
    table.finish("terms.toml");
    Some(terms)
}

fn setting(name: Name, table: &Table<'_>) -> Setting {
    name_is_fit(table, &name);
    let options = table.free_under("options").into_iter().filter_map(|(name, item)| {
        let (code, value) = json(table, &name, item)?;
        match value {
            Json::String(value) => Some((code, value)),
            _ => {
                table.raise(
                    &item.place,
                    format!("選べる値「{code}」は文字列で書きます。"),
                    "\"5 business days\" のように書いてください。",
                );
                None
            }
        }
    });
    let setting = Setting {
        options: options.collect(),
        label: table.needed("label", "決めごと"),
        value: table.needed("value", "決めごと"),
        clause: table.needed("clause", "決めごと"),
        note: table.text("note"),
        reading: table.flag("reading").unwrap_or(false),
        name: name.text,
    };
    table.finish("決めごと");
    setting
}

fn item(name: Name, table: &Table<'_>) -> Item {
    name_is_fit(table, &name);
    let (every, each) = (table.name("every"), table.name("each"));
    if let (Some(_), Some(each)) = (&every, &each) {
        table.raise(
            &each.place,
            "「every」と「each」を両方書くことはできません。",
            "期間ごとなら every、記録ごとなら each だけを残してください。",
        );
    }
    let when = table.expression("when");
    if table.item("when").is_some() && each.is_none() {
        table.raise(
            &table.place_of("when"),
            "「when」は「each」と共に書きます。",
            "each = \"台帳\" を書くか、この行を消してください。",
        );
    }
    let every = match (every, each) {
        (_, Some(each)) => Every::Record { ledger: each.text },
        (Some(word), None) => span(table, &word),
        (None, None) => Every::Once,
    };
    let values = table.free().filter(|(name, _)| !ITEM_KEYS.contains(&name.text.as_str()));
    Item {
        values: values.filter_map(|(name, item)| json(table, &name, item)).collect(),
        label: table.needed("label", "項目"),
        clause: table.needed("clause", "項目"),
        due: table.name("due").map(|name| name.text),
        every,
        when,
        name: name.text,
    }
}

fn span(table: &Table<'_>, word: &Name) -> Every {
    if let Some(every) = Every::of_word(&word.text) {
        return every;
    }
    if let Some(setting) = word.text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        return Every::Decided { setting: setting.to_owned() };
    }
    let words = Every::SPANS.map(|(span, _)| span);
    table.raise(
        &word.place,
        format!("「{}」という期間はありません。", word.text),
        match nearest(&word.text, words) {
            Some(near) => format!("「{near}」ではありませんか。"),
            None => format!("使えるのは {} と、決めごとの名前を入れた「{{名前}}」です。", words.join("、")),
        },
    );
    // Whatever was meant, its rule knows a period.
    Every::Month
}

/// A value as it is written; whether it fits its field is asked when all ledgers are read.
fn json(table: &Table<'_>, name: &Name, item: &Written) -> Option<(String, Json)> {
    let value = match &item.value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Int(number) => Json::from(*number),
        Value::Flag(flag) => Json::from(*flag),
        Value::List(items) => {
            Json::from(items.iter().filter_map(|item| json(table, name, item).map(|(_, one)| one)).collect::<Vec<_>>())
        }
        Value::Table(_) | Value::Other => {
            table.raise(
                &item.place,
                format!("「{}」の値をこの形で書くことはできません。", name.text),
                "文字列、整数、true・false のいずれかで書いてください。日付は \"2026-04-01\" の形の文字列です。",
            );
            return None;
        }
    };
    Some((name.text.clone(), value))
}
