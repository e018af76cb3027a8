//! The filter grammar of RFC 7644 section 3.4.2.2, bounded in length, depth and number of terms.

use std::cmp::Ordering;

use serde_json::Value;

use super::{ENTERPRISE, USER, Wrong};

/// Longest filter, in bytes.
const LONGEST: usize = 2_000;
/// Deepest nesting.
const DEEPEST: usize = 16;
/// Most terms.
const MOST: usize = 64;

/// A condition on a resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Both hold.
    And(Box<Filter>, Box<Filter>),
    /// One of them holds.
    Or(Box<Filter>, Box<Filter>),
    /// Does not hold.
    Not(Box<Filter>),
    /// The attribute has a value.
    Present(Path),
    /// The attribute compares so.
    Compare(Path, Comparison, Value),
    /// An element of the attribute satisfies the filter: `emails[type eq "work"]`.
    Element(Path, Box<Filter>),
}

/// Comparisons of RFC 7644 table 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// The name of an attribute, in small letters: `[schema:]name[.sub]`. The schema is left out where it is the user's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Whether it is of the extension for enterprises.
    pub enterprise: bool,
    /// Attribute.
    pub name: String,
    /// Sub-attribute.
    pub sub: Option<String>,
}

impl Path {
    /// Read a path.
    ///
    /// # Errors
    /// `invalidPath` when it is none.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let wrong = || Wrong::new("invalidPath", format!("属性の名前を読み取れません: {}", cut(text)));
        let (mut rest, mut enterprise) = (text, false);
        for (schema, is) in [(ENTERPRISE, true), (USER, false)] {
            let head = text.get(..schema.len()).is_some_and(|head| head.eq_ignore_ascii_case(schema));
            if head && let Some(after) = text.get(schema.len()..).and_then(|rest| rest.strip_prefix(':')) {
                (rest, enterprise) = (after, is);
                break;
            }
        }
        let mut parts = rest.split('.');
        let name = parts.next().unwrap_or_default();
        let sub = parts.next();
        let good = |name: &str| {
            let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'$');
            first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_$".contains(&byte))
        };
        if parts.next().is_some() || !good(name) || !sub.is_none_or(good) {
            return Err(wrong());
        }
        Ok(Self { enterprise, name: name.to_ascii_lowercase(), sub: sub.map(str::to_ascii_lowercase) })
    }

    /// The values at this path, of a resource or of an element.
    fn values<'a>(&self, resource: &'a Value) -> Vec<&'a Value> {
        let resource = if self.enterprise { resource.get(ENTERPRISE).unwrap_or(&Value::Null) } else { resource };
        let Some(value) = member(resource, &self.name) else { return Vec::new() };
        let all: Vec<&Value> = match value {
            Value::Array(elements) => elements.iter().collect(),
            one => vec![one],
        };
        match &self.sub {
            Some(sub) => all.into_iter().filter_map(|one| member(one, sub)).collect(),
            // An element with parts is compared by its value.
            None => all.into_iter().map(|one| member(one, "value").unwrap_or(one)).collect(),
        }
    }

    /// Identifiers are compared to the letter, everything else without regard to case.
    fn exact(&self) -> bool {
        matches!(self.name.as_str(), "id" | "externalid" | "meta" | "employeenumber")
    }
}

/// A member of an object, whatever the case of its name.
pub fn member<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

impl Filter {
    /// Read a filter.
    ///
    /// # Errors
    /// `invalidFilter`, with the place.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        if text.len() > LONGEST {
            return Err(Wrong::new("invalidFilter", format!("filterは{LONGEST}バイトまでです。")));
        }
        let mut reader = Reader { tokens: tokens(text)?, at: 0, terms: 0 };
        let filter = reader.any(0)?;
        match reader.tokens.get(reader.at) {
            None => Ok(filter),
            Some(_) => Err(reader.wrong("ここで終わるはずです")),
        }
    }

    /// Whether a resource satisfies it.
    pub fn holds(&self, resource: &Value) -> bool {
        match self {
            Self::And(one, two) => one.holds(resource) && two.holds(resource),
            Self::Or(one, two) => one.holds(resource) || two.holds(resource),
            Self::Not(one) => !one.holds(resource),
            Self::Present(path) => path.values(resource).iter().any(|value| present(value)),
            Self::Compare(path, Comparison::NotEqual, value) => {
                !path.values(resource).iter().any(|one| compare(one, Comparison::Equal, value, path.exact()))
            }
            Self::Compare(path, comparison, value) => {
                path.values(resource).iter().any(|one| compare(one, *comparison, value, path.exact()))
            }
            Self::Element(path, filter) => {
                let resource =
                    if path.enterprise { resource.get(ENTERPRISE).unwrap_or(&Value::Null) } else { resource };
                match member(resource, &path.name) {
                    Some(Value::Array(elements)) => elements.iter().any(|element| filter.holds(element)),
                    Some(one) => filter.holds(one),
                    None => false,
                }
            }
        }
    }

    /// The attribute and text that every answer must equal, where the filter says so: then nothing else need be read.
    pub fn equals(&self) -> Option<(&str, &str)> {
        match self {
            Self::Compare(path, Comparison::Equal, Value::String(text)) if !path.enterprise && path.sub.is_none() => {
                Some((&path.name, text))
            }
            Self::And(one, two) => one.equals().or_else(|| two.equals()),
            _ => None,
        }
    }
}

fn present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(all) => !all.is_empty(),
        Value::Object(all) => !all.is_empty(),
        _ => true,
    }
}

fn compare(left: &Value, comparison: Comparison, right: &Value, exact: bool) -> bool {
    let order = match (left, right) {
        (Value::String(left), Value::String(right)) => {
            let fold = |text: &str| if exact { text.to_string() } else { text.to_lowercase() };
            let (left, right) = (fold(left), fold(right));
            match comparison {
                Comparison::Contains => return left.contains(&right),
                Comparison::StartsWith => return left.starts_with(&right),
                Comparison::EndsWith => return left.ends_with(&right),
                _ => left.cmp(&right),
            }
        }
        (Value::Number(left), Value::Number(right)) => match (left.as_f64(), right.as_f64()) {
            (Some(left), Some(right)) => left.total_cmp(&right),
            _ => return false,
        },
        (left, right) => return comparison == Comparison::Equal && left == right,
    };
    match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        _ => false,
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(Value),
    Open,
    Close,
    OpenElement,
    CloseElement,
}

fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let used = match first {
            ' ' => 1,
            '(' | ')' | '[' | ']' => {
                tokens.push(match first {
                    '(' => Token::Open,
                    ')' => Token::Close,
                    '[' => Token::OpenElement,
                    _ => Token::CloseElement,
                });
                1
            }
            '"' => {
                let end = end_of_text(rest).ok_or_else(|| Wrong::new("invalidFilter", "引用符が閉じていません。"))?;
                let (quoted, _) = rest.split_at(end);
                let value = serde_json::from_str(quoted)
                    .map_err(|_| Wrong::new("invalidFilter", "引用符の中をJSONの文字列として読み取れません。"))?;
                tokens.push(Token::Text(value));
                end
            }
            _ => {
                let end = rest.find([' ', '(', ')', '[', ']', '"']).unwrap_or(rest.len());
                let (word, _) = rest.split_at(end);
                tokens.push(Token::Word(word.to_string()));
                end
            }
        };
        rest = rest.split_at(used).1;
    }
    Ok(tokens)
}

/// Where a quoted text ends, its quotes included.
fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    terms: usize,
}

impl Reader {
    fn wrong(&self, words: &str) -> Wrong {
        let near = match self.tokens.get(self.at) {
            Some(Token::Word(word)) => cut(word),
            Some(_) => format!("{}番目の語", self.at + 1),
            None => "終わり".into(),
        };
        Wrong::new("invalidFilter", format!("filterを読み取れません（{near}）: {words}。"))
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
        self.at += usize::from(found);
        found
    }

    fn token(&mut self, wanted: &Token) -> Result<(), Wrong> {
        if self.tokens.get(self.at) == Some(wanted) {
            self.at += 1;
            return Ok(());
        }
        Err(self.wrong("括弧が合いません"))
    }

    /// `or` binds least.
    fn any(&mut self, depth: usize) -> Result<Filter, Wrong> {
        let mut filter = self.all(depth)?;
        while self.word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.all(depth)?));
        }
        Ok(filter)
    }

    fn all(&mut self, depth: usize) -> Result<Filter, Wrong> {
        let mut filter = self.one(depth)?;
        while self.word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.one(depth)?));
        }
        Ok(filter)
    }

    fn one(&mut self, depth: usize) -> Result<Filter, Wrong> {
        self.terms += 1;
        if depth > DEEPEST || self.terms > MOST {
            return Err(self.wrong("条件が多すぎるか、深すぎます"));
        }
        if self.tokens.get(self.at) == Some(&Token::Open) {
            self.at += 1;
            let filter = self.any(depth + 1)?;
            self.token(&Token::Close)?;
            return Ok(filter);
        }
        let Some(Token::Word(word)) = self.tokens.get(self.at).cloned() else {
            return Err(self.wrong("属性の名前があるはずです"));
        };
        self.at += 1;
        if word.eq_ignore_ascii_case("not") && self.tokens.get(self.at) == Some(&Token::Open) {
            self.at += 1;
            let filter = self.any(depth + 1)?;
            self.token(&Token::Close)?;
            return Ok(Filter::Not(Box::new(filter)));
        }
        let path = Path::read(&word).map_err(|wrong| Wrong::new("invalidFilter", wrong.detail))?;
        if self.tokens.get(self.at) == Some(&Token::OpenElement) {
            self.at += 1;
            let filter = self.any(depth + 1)?;
            self.token(&Token::CloseElement)?;
            return Ok(Filter::Element(path, Box::new(filter)));
        }
        self.comparison(path)
    }

    fn comparison(&mut self, path: Path) -> Result<Filter, Wrong> {
        let Some(Token::Word(operator)) = self.tokens.get(self.at).cloned() else {
            return Err(self.wrong("eq などの比較があるはずです"));
        };
        let comparison = match operator.to_ascii_lowercase().as_str() {
            "pr" => {
                self.at += 1;
                return Ok(Filter::Present(path));
            }
            "eq" => Comparison::Equal,
            "ne" => Comparison::NotEqual,
            "co" => Comparison::Contains,
            "sw" => Comparison::StartsWith,
            "ew" => Comparison::EndsWith,
            "gt" => Comparison::Greater,
            "ge" => Comparison::GreaterOrEqual,
            "lt" => Comparison::Less,
            "le" => Comparison::LessOrEqual,
            _ => return Err(self.wrong("知らない比較です")),
        };
        self.at += 1;
        let value = match self.tokens.get(self.at) {
            Some(Token::Text(value)) => value.clone(),
            // true, false, null and numbers are JSON as they stand; names of attributes are no values.
            Some(Token::Word(word)) => match serde_json::from_str(&word.to_ascii_lowercase()) {
                Ok(value @ (Value::Bool(_) | Value::Null | Value::Number(_))) => value,
                _ => return Err(self.wrong("値は引用符で囲みます")),
            },
            _ => return Err(self.wrong("値があるはずです")),
        };
        self.at += 1;
        Ok(Filter::Compare(path, comparison, value))
    }
}

/// What a stranger wrote, short enough for a message.
fn cut(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn resource() -> Value {
        json!({
            "id": "01ABC", "userName": "bjensen@example.com", "active": true, "title": "Tour Guide",
            "name": { "familyName": "O'Malley" }, "userType": "Employee", "nothing": "",
            "emails": [
                { "value": "bjensen@example.com", "type": "work", "primary": true },
                { "value": "babs@jensen.org", "type": "home" }
            ],
            "meta": { "lastModified": "2011-05-13T04:42:34Z" },
            ENTERPRISE: { "employeeNumber": "701984" }
        })
    }

    /// The filters of RFC 7644 figure 4, and what they say of the resource above.
    #[test]
    fn the_examples_of_the_standard_mean_what_they_say() {
        for (filter, holds) in [
            (r#"userName eq "bjensen@example.com""#, true),
            (r#"userName Eq "BJensen@Example.com""#, true),
            (r#"name.familyName co "O'Malley""#, true),
            (r#"userName sw "J""#, false),
            (r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "b""#, true),
            ("title pr", true),
            ("nothing pr", false),
            ("missing pr", false),
            (r#"meta.lastModified gt "2011-05-13T04:42:33Z""#, true),
            (r#"meta.lastModified ge "2011-05-13T04:42:34Z""#, true),
            (r#"meta.lastModified lt "2011-05-13T04:42:34Z""#, false),
            (r#"meta.lastModified le "2011-05-13T04:42:34Z""#, true),
            (r#"title pr and userType eq "Employee""#, true),
            (r#"title pr or userType eq "Intern""#, true),
            (r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#, false),
            (r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#, true),
            (r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#, false),
            (r#"userType eq "Employee" and (emails.type eq "work")"#, true),
            (r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#, true),
            (r#"emails[type eq "home" and value co "@example.com"]"#, false),
            (
                r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
                true,
            ),
            ("active eq true", true),
            ("active eq False", false),
            (r#"id eq "01abc""#, false),
            (r#"userName ew ".com""#, true),
            (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "701984""#, true),
            // `and` binds more strongly than `or`.
            (r#"title pr or title pr and userName eq "x""#, true),
            (r#"(title pr or title pr) and userName eq "x""#, false),
        ] {
            let read = Filter::read(filter).unwrap_or_else(|wrong| panic!("{filter}: {wrong}"));
            assert_eq!(read.holds(&resource()), holds, "{filter}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let (deep, many) = ("(".repeat(20) + "title pr" + &")".repeat(20), vec!["title pr"; 70].join(" and "));
        for filter in [
            "",
            " ",
            "title",
            "title xx \"a\"",
            "title eq",
            "title eq a",
            "title eq \"a",
            "title eq \"\\q\"",
            "(title pr",
            "title pr)",
            "title pr title pr",
            "and",
            "not title pr",
            "a..b pr",
            "a.b.c pr",
            ".a pr",
            "1a pr",
            "emails[type eq \"x\"",
            "title eq {}",
            "title eq [1]",
            "あ pr",
            &deep,
            &many,
            &"a".repeat(3_000),
        ] {
            assert_eq!(Filter::read(filter).map_err(|wrong| wrong.kind), Err("invalidFilter"), "{filter}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "[a-zA-Z0-9 ()\\[\\].\"\\\\:あ-ん]{0,60}") {
            if let Ok(filter) = Filter::read(&text) {
                filter.holds(&resource());
            }
        }

        #[test]
        fn words_of_the_grammar_in_any_order(words in proptest::collection::vec(
            proptest::sample::select(vec!["title", "eq", "pr", "and", "or", "not", "(", ")", "[", "]", "\"a\"", "emails.type", "true"]), 0..30)) {
            if let Ok(filter) = Filter::read(&words.join(" ")) {
                filter.holds(&resource());
            }
        }
    }
}
