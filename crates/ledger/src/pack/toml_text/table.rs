//! Typed questions to a table.

use std::cell::RefCell;

use super::{Item, Place, Problems, Value};
use crate::expression::Expression;
use crate::pack::near::nearest;

/// A name with its place.
#[derive(Debug, Clone)]
pub(in crate::pack) struct Name {
    pub text: String,
    pub place: Place,
}

/// A table being read. Each question marks its key as known; [`Table::finish`] reports the others.
pub(in crate::pack) struct Table<'t> {
    pub place: Place,
    entries: &'t [(String, Place, Item)],
    known: RefCell<Vec<&'static str>>,
    problems: &'t Problems,
}

impl<'t> Table<'t> {
    /// A table of an item; anything else is a problem and reads as empty.
    pub fn of(item: &'t Item, problems: &'t Problems) -> Self {
        let entries = match &item.value {
            Value::Table(entries) => entries.as_slice(),
            _ => {
                problems.borrow_mut().push(item.place.problem(
                    format!("ここには表が必要ですが、{}が書かれています。", item.kind()),
                    "{ label = \"…\" } のように { } で囲んで書いてください。",
                ));
                &[]
            }
        };
        Self { place: item.place.clone(), entries, known: RefCell::default(), problems }
    }

    /// A table within this one.
    pub fn of_item(&self, item: &'t Item) -> Table<'t> {
        Table::of(item, self.problems)
    }

    pub fn raise(&self, place: &Place, message: impl Into<String>, mend: impl Into<String>) {
        self.problems.borrow_mut().push(place.problem(message, mend));
    }

    fn find(&self, key: &'static str) -> Option<&'t Item> {
        self.known.borrow_mut().push(key);
        self.entries.iter().find(|(name, _, _)| name == key).map(|(_, _, item)| item)
    }

    /// Place of a key's value, or of the table.
    pub fn place_of(&self, key: &str) -> Place {
        self.entries.iter().find(|(name, _, _)| name == key).map_or(&self.place, |(_, _, item)| &item.place).clone()
    }

    fn wrong(&self, key: &str, item: &Item, wanted: &str, example: &str) {
        self.raise(
            &item.place,
            format!("「{key}」は{wanted}で書きますが、{}が書かれています。", item.kind()),
            format!("{key} = {example} のように書いてください。"),
        );
    }

    pub fn item(&self, key: &'static str) -> Option<&'t Item> {
        self.find(key)
    }

    pub fn name(&self, key: &'static str) -> Option<Name> {
        let item = self.find(key)?;
        match &item.value {
            Value::Text(text) => Some(Name { text: text.clone(), place: item.place.clone() }),
            _ => {
                self.wrong(key, item, "文字列", "\"…\"");
                None
            }
        }
    }

    pub fn text(&self, key: &'static str) -> String {
        self.name(key).map(|name| name.text).unwrap_or_default()
    }

    /// A text that must be there and say something.
    pub fn needed(&self, key: &'static str, what: &str) -> String {
        if self.find(key).is_none() {
            self.raise(
                &self.place,
                format!("{what}に「{key}」がありません。"),
                format!("{key} = \"…\" を書いてください。"),
            );
            return String::new();
        }
        let name = self.name(key);
        if let Some(name) = &name
            && name.text.trim().is_empty()
        {
            self.raise(&name.place, format!("{what}の「{key}」が空です。"), "人が読む言葉を書いてください。");
        }
        name.map(|name| name.text).unwrap_or_default()
    }

    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let item = self.find(key)?;
        match item.value {
            Value::Flag(flag) => Some(flag),
            _ => {
                self.wrong(key, item, " true か false ", "true");
                None
            }
        }
    }

    pub fn integer(&self, key: &'static str) -> Option<i64> {
        let item = self.find(key)?;
        match item.value {
            Value::Int(number) => Some(number),
            _ => {
                self.wrong(key, item, "整数", "10");
                None
            }
        }
    }

    pub fn integers(&self, key: &'static str) -> Vec<i64> {
        let Some(item) = self.find(key) else { return Vec::new() };
        let Value::List(items) = &item.value else {
            self.wrong(key, item, "整数の一覧", "[-7, 0, 3]");
            return Vec::new();
        };
        let numbers = items.iter().filter_map(|item| match item.value {
            Value::Int(number) => Some(number),
            _ => {
                self.wrong(key, item, "整数の一覧", "[-7, 0, 3]");
                None
            }
        });
        numbers.collect()
    }

    /// One name or a list of names.
    pub fn names(&self, key: &'static str) -> Vec<Name> {
        match self.find(key) {
            None => Vec::new(),
            Some(item) => self.names_in(key, item),
        }
    }

    pub fn names_in(&self, key: &str, item: &Item) -> Vec<Name> {
        let one = |item: &Item| match &item.value {
            Value::Text(text) => Some(Name { text: text.clone(), place: item.place.clone() }),
            _ => {
                self.wrong(key, item, "名前の一覧", "[\"…\", \"…\"]");
                None
            }
        };
        match &item.value {
            Value::List(items) => items.iter().filter_map(one).collect(),
            _ => one(item).into_iter().collect(),
        }
    }

    pub fn texts(&self, key: &'static str) -> Vec<String> {
        self.names(key).into_iter().map(|name| name.text).collect()
    }

    pub fn table(&self, key: &'static str) -> Option<Table<'t>> {
        self.find(key).map(|item| Table::of(item, self.problems))
    }

    /// `[[key]]`, or one `[key]` alone.
    pub fn tables(&self, key: &'static str) -> Vec<Table<'t>> {
        match self.find(key) {
            None => Vec::new(),
            Some(Item { value: Value::List(items), .. }) => {
                items.iter().map(|item| Table::of(item, self.problems)).collect()
            }
            Some(item) => vec![Table::of(item, self.problems)],
        }
    }

    /// `[key.name]` tables, or `name = { … }` lines under `[key]`, in order.
    pub fn children(&self, key: &'static str) -> Vec<(Name, Table<'t>)> {
        let Some(item) = self.find(key) else { return Vec::new() };
        let Value::Table(entries) = &item.value else {
            self.raise(
                &item.place,
                format!("「{key}」は名前ごとに書きます。"),
                format!("[{key}.名前] の見出しの下に書くか、[{key}] の下に 名前 = {{ … }} と書いてください。"),
            );
            return Vec::new();
        };
        entries
            .iter()
            .map(|(name, place, item)| {
                let mut table = Table::of(item, self.problems);
                table.place = place.clone();
                (Name { text: name.clone(), place: place.clone() }, table)
            })
            .collect()
    }

    /// All entries as they are, for tables whose keys are free.
    pub fn free(&self) -> impl Iterator<Item = (Name, &'t Item)> + use<'t> {
        self.entries.iter().map(|(name, place, item)| (Name { text: name.clone(), place: place.clone() }, item))
    }

    /// Entries of a table with free keys under a key of this one.
    pub fn free_under(&self, key: &'static str) -> Vec<(Name, &'t Item)> {
        match self.find(key) {
            None => Vec::new(),
            Some(item) => Table::of(item, self.problems).free().collect(),
        }
    }

    pub fn expression(&self, key: &'static str) -> Option<Expression> {
        let item = self.find(key)?;
        self.expression_in(key, item)
    }

    /// An expression; a bare number or truth value of TOML is one too.
    pub fn expression_in(&self, key: &str, item: &Item) -> Option<Expression> {
        let source = match &item.value {
            Value::Text(text) => text.clone(),
            Value::Int(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            _ => {
                self.wrong(key, item, "式の文字列", "\"start_on <= end_on\"");
                return None;
            }
        };
        match Expression::parse(&source) {
            Ok(expression) => Some(expression),
            Err(problem) => {
                let offset = offset(&source, problem.line, problem.column);
                let place = item.place.within(&source, offset);
                self.raise(&place, format!("「{key}」の式に誤りがあります。"), format!("{}。", problem.message));
                None
            }
        }
    }

    /// Report keys that nobody asked for.
    pub fn finish(&self, what: &str) {
        let known = self.known.borrow();
        for (name, place, _) in self.entries {
            if known.contains(&name.as_str()) {
                continue;
            }
            let mend = match nearest(name, known.iter().copied()) {
                Some(near) => format!("「{near}」ではありませんか。"),
                None => {
                    let mut words: Vec<&str> = known.clone();
                    words.sort_unstable();
                    words.dedup();
                    format!("書けるのは {} です。", words.join("、"))
                }
            };
            self.raise(place, format!("{what}に「{name}」という書き方はありません。"), mend);
        }
    }
}

/// Byte offset of a line and column.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}
