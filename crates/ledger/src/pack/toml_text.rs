//! TOML with places: a file is read into [`Item`]s that know where they stand, and typed questions to a [`Table`]
//! record every mistake with its place.

use std::cell::RefCell;
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::near::nearest;
use super::problem::PackProblem;
use crate::expression::Expression;

/// One file of a pack.
#[derive(Debug)]
pub(super) struct File {
    /// Pack and path: `core/person.toml`.
    pub name: String,
    pub text: String,
}

/// Where something stands.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub file: Rc<File>,
    /// Byte offsets of the value.
    pub start: usize,
    pub end: usize,
}

impl Place {
    /// A problem at this place.
    pub fn problem(&self, message: impl Into<String>, mend: impl Into<String>) -> PackProblem {
        let text = &self.file.text;
        let mut end = self.start.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = text.get(..end).unwrap_or_default();
        PackProblem {
            file: self.file.name.clone(),
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
            message: message.into(),
            mend: mend.into(),
        }
    }

    /// The place of a byte offset within the text that stands here as a TOML string.
    pub fn within(&self, written: &str, offset: usize) -> Place {
        let raw = self.file.text.get(self.start..self.end).unwrap_or_default();
        match raw.find(written) {
            Some(start) if !written.is_empty() => {
                Place { file: self.file.clone(), start: self.start + start + offset, end: self.end }
            }
            _ => self.clone(),
        }
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub place: Place,
    pub value: Value,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Int(i64),
    Flag(bool),
    List(Vec<Item>),
    /// Key, place of the key, value.
    Table(Vec<(String, Place, Item)>),
    Other,
}

impl Item {
    fn kind(&self) -> &'static str {
        match &self.value {
            Value::Text(_) => "文字列",
            Value::Int(_) => "整数",
            Value::Flag(_) => "true・false",
            Value::List(_) => "一覧 [ ]",
            Value::Table(_) => "表 { }",
            Value::Other => "小数・日時",
        }
    }
}

pub(super) type Problems = RefCell<Vec<PackProblem>>;

/// Read a file. `None` when it is not TOML: then only the places that break the syntax are reported, because all else
/// would follow from them. A name written twice does not keep the rest from being read.
pub(super) fn parse(file: &Rc<File>, problems: &Problems) -> Option<Item> {
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    let mut broken: Vec<PackProblem> = Vec::new();
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let (message, mend) = in_japanese(error.message());
        // What is missing at the end of a line is noticed at the beginning of the next.
        let before = file.text.get(..span.start).unwrap_or_default();
        let written = before.trim_end();
        let wraps = before.get(written.len()..).is_some_and(|blank| blank.contains('\n'));
        let start = if wraps && error.message().starts_with("missing") { written.len() } else { span.start };
        let place = Place { file: file.clone(), start, end: span.end };
        let problem = place.problem(message, mend);
        if error.message().contains("duplicate key") {
            problems.borrow_mut().push(problem);
        } else {
            broken.push(problem);
        }
    }
    if broken.is_empty() {
        let start = Place { file: file.clone(), start: 0, end: 0 };
        return Some(Item { place: start, value: Value::Table(entries(table.get_ref(), file)) });
    }
    broken.sort_by_key(|problem| (problem.line, problem.column));
    broken.dedup_by_key(|problem| problem.line);
    // A bracket that is not closed makes every line behind it wrong; only the first place is its own.
    if broken.len() > MANY {
        broken.truncate(1);
    }
    problems.borrow_mut().append(&mut broken);
    None
}

/// More broken lines than people break by hand.
const MANY: usize = 5;

fn entries(table: &DeTable<'_>, file: &Rc<File>) -> Vec<(String, Place, Item)> {
    table
        .iter()
        .map(|(key, value)| {
            let place = Place { file: file.clone(), start: key.span().start, end: key.span().end };
            let item = item(value, file, &place);
            (key.get_ref().to_string(), place, item)
        })
        .collect()
}

fn item(value: &Spanned<DeValue<'_>>, file: &Rc<File>, key: &Place) -> Item {
    let span = value.span();
    let place = Place { file: file.clone(), start: span.start, end: span.end };
    match value.get_ref() {
        DeValue::String(text) => Item { place, value: Value::Text(text.to_string()) },
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            Item { place, value: parsed.map_or(Value::Other, Value::Int) }
        }
        DeValue::Boolean(flag) => Item { place, value: Value::Flag(*flag) },
        DeValue::Array(list) => {
            let items = list.iter().map(|one| item(one, file, &place)).collect();
            Item { place, value: Value::List(items) }
        }
        // A table under a heading stands where its heading stands.
        DeValue::Table(table) => {
            let place = if place.end > place.start { place } else { key.clone() };
            Item { place, value: Value::Table(entries(table, file)) }
        }
        DeValue::Float(_) | DeValue::Datetime(_) => Item { place, value: Value::Other },
    }
}

/// The messages of the TOML reader that people meet, in Japanese with the mend. What is not among them is told by the
/// line alone.
fn in_japanese(message: &str) -> (String, &'static str) {
    const QUOTE: (&str, &str) = ("値が \" で囲まれていません。", "文字列は \" で囲んでください。はい・いいえは小文字で true か false です。");
    const CLOSE: (&str, &str) = ("閉じる記号か区切りが足りません。", "この行と前の行の \" と ] と } の対応、「,」の区切りを確かめてください。");
    let known: [(&str, (&str, &str)); 12] = [
        ("duplicate key", ("同じ名前が二度書かれています。", "片方を消すか、名前を変えてください。")),
        ("cannot extend", ("同じ名前が二度書かれています。", "片方を消すか、名前を変えてください。")),
        ("quot", QUOTE),
        ("invalid integer", QUOTE),
        ("invalid boolean", QUOTE),
        ("invalid float", QUOTE),
        ("expected nothing", QUOTE),
        ("expected `=`", ("名前の後に「=」がありません。", "名前 = 値 の形にしてください。")),
        ("no value", ("「=」の右に値がありません。", "値を書くか、行を消してください。文字列は \" で囲みます。")),
        ("escape", ("「\\」の使い方が違います。", "「\\」を含む文字列は ' で囲んでください。")),
        ("missing", CLOSE),
        ("unclosed", CLOSE),
    ];
    let lower = message.to_lowercase();
    let (message, mend) = known.iter().find(|(part, _)| lower.contains(part)).map_or(
        (
            "TOMLの書き方に合いません。",
            "この行と前の行の = 、\" 、[ ] 、{ } を確かめてください。全角の記号は使えません。",
        ),
        |(_, words)| *words,
    );
    (message.into(), mend)
}

/// A name with its place.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub text: String,
    pub place: Place,
}

/// A table being read. Each question marks its key as known; [`Table::finish`] reports the others.
pub(super) struct Table<'t> {
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
            self.raise(&self.place, format!("{what}に「{key}」がありません。"), format!("{key} = \"…\" を書いてください。"));
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

/// Where everything in a file stands, by dotted path (`field.person.kind`, `access.0.role`).
#[derive(Debug, Clone)]
pub(super) struct Places {
    file: Rc<File>,
    by_path: std::collections::HashMap<String, Place>,
}

impl Places {
    pub fn of(file: &Rc<File>, root: &Item) -> Self {
        let mut places = Self { file: file.clone(), by_path: std::collections::HashMap::new() };
        places.walk("", root);
        places
    }

    fn walk(&mut self, path: &str, item: &Item) {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match &item.value {
            Value::Table(entries) => {
                for (name, key, item) in entries {
                    let place = if matches!(item.value, Value::Table(_)) { key } else { &item.place };
                    self.by_path.insert(below(name), place.clone());
                    self.walk(&below(name), item);
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.by_path.insert(below(&index.to_string()), item.place.clone());
                    self.walk(&below(&index.to_string()), item);
                }
            }
            _ => {}
        }
    }

    /// Whether the path is written.
    pub fn has(&self, path: &str) -> bool {
        self.by_path.contains_key(path)
    }

    /// The place of a path, of the nearest path above it that is written, or the beginning of the file.
    pub fn at(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.by_path.get(path) {
                return place.clone();
            }
            match path.rsplit_once('.') {
                Some((above, _)) => path = above,
                None => return Place { file: self.file.clone(), start: 0, end: 0 },
            }
        }
    }
}
