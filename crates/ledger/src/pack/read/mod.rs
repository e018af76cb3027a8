//! Reading the files of packs into definitions. What can be said of one file alone is checked here; what needs the other
//! files is checked in [`super::check`].

mod access;
mod field;
mod ledger;
mod terms;
mod views;
mod workflow;

use std::collections::BTreeMap;
use std::rc::Rc;

pub(in crate::pack) use terms::ITEM_KEYS;

use super::PackSource;
use super::toml_text::{File, Item, Name, Place, Places, Problems, Table, Value, parse};
use crate::definition::{Area, Choice, ChoiceSet, DocumentForm, Ledger, PackInfo, Role, Terms};
use crate::principal::{EVERYONE, OUTSIDER};

/// Words that no field may be called, because expressions, lists or REST use them.
pub(super) const RESERVED: [&str; 17] = [
    "id",
    "state",
    "revision",
    "recorded_at",
    "created_at",
    "today",
    "me",
    "before",
    "true",
    "false",
    "null",
    "in",
    "and",
    "or",
    "not",
    "is",
    "has",
];

/// Everything read so far, with its places.
#[derive(Default)]
pub(in super::super) struct Draft {
    pub packs: Vec<PackInfo>,
    pub areas: Vec<Area>,
    pub roles: BTreeMap<String, Role>,
    pub choices: BTreeMap<String, ChoiceSet>,
    pub ledgers: BTreeMap<String, LedgerDraft>,
    pub documents: BTreeMap<String, DocumentForm>,
    pub terms: BTreeMap<String, TermsDraft>,
    pub problems: Problems,
    /// Where names of packs, areas, roles, sets and documents were declared, for the message about a second one.
    pub declared: BTreeMap<String, Place>,
    /// A `pack.toml` could not be read, so that its roles, areas and choices are not known.
    pub head_broken: bool,
    /// Ledgers whose files could not be read.
    pub broken: Vec<String>,
    /// Typst files of packs that no document used yet.
    pub forms: BTreeMap<String, Place>,
}

/// A ledger with its places.
pub(in super::super) struct LedgerDraft {
    pub ledger: Ledger,
    pub places: Places,
    /// For each access rule the number of the `[[access]]` it was written in.
    pub access_from: Vec<usize>,
}

/// Terms with their places.
pub(in super::super) struct TermsDraft {
    pub terms: Terms,
    pub places: Places,
}

impl Draft {
    /// Read all files of a pack.
    pub fn read_pack(&mut self, source: &PackSource) {
        let file =
            |path: &str, text: &str| Rc::new(File { name: format!("{}/{path}", source.name), text: text.to_owned() });
        let mut name = source.name.clone();
        match source.files.iter().find(|(path, _)| path == "pack.toml") {
            Some((path, text)) => {
                let info = self.read_head(&file(path, text), source);
                name = info.name.clone();
                self.packs.push(info);
            }
            None => {
                let place = Place { file: file("pack.toml", ""), start: 0, end: 0 };
                self.raise(
                    &place,
                    "pack.toml がありません。",
                    "label と version を書いた pack.toml をパックのフォルダに置いてください。",
                );
            }
        }
        for (path, text) in source.files.iter().filter(|(path, _)| path.starts_with("forms/")) {
            self.forms.insert(format!("{name}/{path}"), Place { file: file(path, text), start: 0, end: 0 });
        }
        for (path, text) in &source.files {
            let Some(stem) = path.strip_suffix(".toml") else { continue };
            match stem {
                "pack" => {}
                "terms" => self.read_terms(&file(path, text), &name),
                _ if stem.contains('/') => {}
                _ => self.read_ledger(&file(path, text), stem, &name),
            }
        }
    }

    pub fn raise(&self, place: &Place, message: impl Into<String>, mend: impl Into<String>) {
        self.problems.borrow_mut().push(place.problem(message, mend));
    }

    /// Note a declaration; a second one of the same kind and name is a problem.
    fn declare(&mut self, kind: &str, name: &Name) -> bool {
        if !is_identifier(&name.text) {
            self.raise(&name.place, format!("「{}」は識別名に使えません。", name.text), IDENTIFIER_MEND);
        }
        let key = format!("{kind} {}", name.text);
        if let Some(first) = self.declared.get(&key) {
            let first = first.problem("", "");
            self.raise(
                &name.place,
                format!("{kind}「{}」は {} の{}行目ですでに宣言されています。", name.text, first.file, first.line),
                "片方を消すか、別の名前にしてください。",
            );
            return false;
        }
        self.declared.insert(key, name.place.clone());
        true
    }

    fn read_head(&mut self, file: &Rc<File>, source: &PackSource) -> PackInfo {
        let Some(root) = parse(file, &self.problems) else {
            self.head_broken = true;
            let (label, version) = (String::new(), String::new());
            return PackInfo { name: source.name.clone(), label, version, digest: source.digest() };
        };
        let problems = std::mem::take(&mut self.problems);
        let table = Table::of(&root, &problems);
        let name = table.name("name").unwrap_or(Name { text: source.name.clone(), place: table.place.clone() });
        let info = PackInfo {
            name: name.text.clone(),
            label: table.needed("label", "pack.toml"),
            version: table.needed("version", "pack.toml"),
            digest: source.digest(),
        };
        let mut declared = vec![("パック", name)];
        let mut areas = Vec::new();
        for (name, area) in table.children("area") {
            let label = area.needed("label", "業務");
            areas.push(Area { name: name.text.clone(), label, order: area.integer("order").unwrap_or(100) });
            area.finish("業務");
            declared.push(("業務", name));
        }
        let mut roles = Vec::new();
        for (name, role) in table.children("role") {
            if [EVERYONE, OUTSIDER].contains(&name.text.as_str()) {
                let words = format!("役割「{}」は初めからあります。", name.text);
                table.raise(&name.place, words, "この宣言を消してください。");
            }
            let label = role.needed("label", "役割");
            let outside = role.flag("outside").unwrap_or(false);
            roles.push(Role { name: name.text.clone(), label, help: role.needed("help", "役割"), outside });
            role.finish("役割");
            declared.push(("役割", name));
        }
        let mut sets = Vec::new();
        for (name, item) in table.free_under("choices") {
            sets.push(choice_set(&name.text, item, &problems));
            declared.push(("選択肢", name));
        }
        table.finish("pack.toml");
        self.problems = problems;
        for (kind, name) in declared {
            self.declare(kind, &name);
        }
        self.areas.extend(areas);
        self.roles.extend(roles.into_iter().map(|role| (role.name.clone(), role)));
        self.choices.extend(sets.into_iter().map(|set| (set.name.clone(), set)));
        info
    }
}

/// A set of choices: `code = "label"`, or `code = { label = "…", from = "…", to = "…" }`.
fn choice_set(name: &str, item: &Item, problems: &Problems) -> ChoiceSet {
    let mut choices: Vec<Choice> = Vec::new();
    let table = Table::of(item, problems);
    for (code, item) in table.free() {
        let mut choice = Choice { code: code.text.clone(), label: String::new(), from: None, to: None };
        if code.text.is_empty() || code.text.len() > 40 || code.text.chars().any(char::is_control) {
            table.raise(&code.place, "選択肢の記号は1文字以上40バイトまでです。", "短い記号にしてください。");
        }
        if let Value::Text(label) = &item.value {
            choice.label = label.clone();
        } else {
            let table = Table::of(item, problems);
            choice.label = table.needed("label", "選択肢");
            choice.from = day(&table, "from");
            choice.to = day(&table, "to");
            table.finish("選択肢");
        }
        if let Some(other) = choices.iter().find(|other| other.label == choice.label) {
            table.raise(
                &code.place,
                format!("選択肢「{}」と「{}」の言葉が同じです。", other.code, choice.code),
                "取込みで区別できるように、言葉を変えてください。",
            );
        }
        choices.push(choice);
    }
    if choices.is_empty() {
        table.raise(
            &table.place,
            "選択肢が一つもありません。",
            "a = \"甲\" のように 記号 = \"言葉\" を書いてください。",
        );
    }
    ChoiceSet { name: name.to_owned(), choices }
}

/// An ISO date written as text.
fn day(table: &Table<'_>, key: &'static str) -> Option<chrono::NaiveDate> {
    let name = table.name(key)?;
    let day = chrono::NaiveDate::parse_from_str(&name.text, "%Y-%m-%d").ok();
    if day.is_none() {
        table.raise(
            &name.place,
            format!("「{}」は日付ではありません。", name.text),
            "\"2026-04-01\" の形で書いてください。",
        );
    }
    day
}

pub(super) const IDENTIFIER_MEND: &str = "英小文字で始め、英小文字・数字・「_」だけで40文字までにしてください。";

/// Identifiers become parts of addresses, of SQL views and of expressions.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && name.len() <= 40
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
