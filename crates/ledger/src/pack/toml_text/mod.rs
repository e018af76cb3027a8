//! TOML with places: a file is read into [`Item`]s that know where they stand, and typed questions to a [`Table`]
//! record every mistake with its place.

mod places;
mod table;

pub(in crate::pack) use places::Places;
pub(in crate::pack) use table::{Name, Table};

use std::cell::RefCell;
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::PackProblem;

/// One file of a pack.
#[derive(Debug)]
pub(in crate::pack) struct File {
    /// Pack and path: `core/person.toml`.
    pub name: String,
    pub text: String,
}

/// Where something stands.
#[derive(Debug, Clone)]
pub(in crate::pack) struct Place {
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
pub(in crate::pack) struct Item {
    pub place: Place,
    pub value: Value,
}

#[derive(Debug, Clone)]
pub(in crate::pack) enum Value {
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

pub(in crate::pack) type Problems = RefCell<Vec<PackProblem>>;

/// Read a file. `None` when it is not TOML: then only the places that break the syntax are reported, because all else
/// would follow from them. A name written twice does not keep the rest from being read.
pub(in crate::pack) fn parse(file: &Rc<File>, problems: &Problems) -> Option<Item> {
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
    const QUOTE: (&str, &str) =
        ("値が \" で囲まれていません。", "文字列は \" で囲んでください。はい・いいえは小文字で true か false です。");
    const CLOSE: (&str, &str) =
        ("閉じる記号か区切りが足りません。", "この行と前の行の \" と ] と } の対応、「,」の区切りを確かめてください。");
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
