//! Cutting the source of an expression into signs.

use rust_decimal::Decimal;

use super::tree::Fault;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Int(i64),
    /// 9223372036854775808, which is a number only behind a minus.
    IntBelow,
    Decimal(Decimal),
    Sign(&'static str),
    End,
}

impl Token {
    /// Words for an error message.
    pub fn shown(&self) -> String {
        match self {
            Token::Name(name) => format!("「{name}」"),
            Token::Text(text) => format!("文字列「{text}」"),
            Token::Int(number) => format!("数「{number}」"),
            Token::IntBelow => "大きすぎる数".into(),
            Token::Decimal(number) => format!("数「{number}」"),
            Token::Sign(sign) => format!("「{sign}」"),
            Token::End => "式の終わり".into(),
        }
    }
}

/// Signs of two characters stand before those of one.
const SIGNS: [&str; 23] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", "?", ":", ",", ".",
    "=",
];

/// Signs that people write and this language does not have, with the mend.
const FOREIGN: [(&str, &str); 5] = [
    ("=<", "「=<」は使えません。「<=」と書いてください"),
    ("=>", "「=>」は使えません。「>=」と書いてください"),
    ("<>", "「<>」は使えません。等しくないことは「!=」と書いてください"),
    ("&", "「&」は使えません。「かつ」は「&&」と書いてください"),
    ("|", "「|」は使えません。「または」は「||」と書いてください"),
];

/// Every sign with its byte offset; the last one is [`Token::End`].
pub(super) fn cut(source: &str) -> Result<Vec<(usize, Token)>, Fault> {
    let mut tokens = Vec::new();
    let mut rest = source;
    loop {
        let at = source.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            tokens.push((at, Token::End));
            return Ok(tokens);
        };
        if matches!(first, ' ' | '\t' | '\r' | '\n') {
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        if rest.starts_with("//") {
            rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or_default();
            continue;
        }
        let (token, length) = if first.is_ascii_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            (Token::Name(rest.get(..length).unwrap_or_default().into()), length)
        } else if first.is_ascii_digit() {
            number(rest, at)?
        } else if first == '"' || first == '\'' {
            text(rest, first, at)?
        } else {
            sign(rest, first, at)?
        };
        tokens.push((at, token));
        rest = rest.get(length..).unwrap_or_default();
    }
}

fn sign(rest: &str, first: char, at: usize) -> Result<(Token, usize), Fault> {
    for (foreign, mend) in FOREIGN {
        if rest.starts_with(foreign) && !rest.starts_with("&&") && !rest.starts_with("||") {
            return Err(Fault::new(at, mend));
        }
    }
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        if *sign == "=" {
            return Err(Fault::new(at, "「=」は使えません。等しいことは「==」と書いてください"));
        }
        return Ok((Token::Sign(sign), sign.len()));
    }
    let narrow = match first {
        '！'..='～' => char::from_u32(u32::from(first) - 0xFEE0),
        '　' => Some(' '),
        '“' | '”' => Some('"'),
        '‘' | '’' | '「' | '」' => Some('\''),
        _ => None,
    };
    Err(Fault::new(
        at,
        match narrow {
            Some(' ') => "全角の空白があります。半角の空白にしてください".into(),
            Some(narrow) => format!("「{first}」は使えません。半角の「{narrow}」にしてください"),
            None if first.is_alphanumeric() => {
                format!("「{first}」は名前に使えません。項目は識別名（英小文字）で、文字列は ' で囲んで書いてください")
            }
            None => format!("「{}」は式に使えない文字です。取り除いてください", first.escape_default()),
        },
    ))
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let whole = digits(rest);
    let behind = rest.get(whole..).unwrap_or_default();
    let fraction = behind.strip_prefix('.').map_or(0, digits);
    let length = if fraction > 0 { whole + 1 + fraction } else { whole };
    let written = rest.get(..length).unwrap_or_default();
    if rest.get(length..).unwrap_or_default().starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Fault::new(at, format!("数「{written}」のすぐ後に文字があります。文字列なら ' で囲んでください")));
    }
    let token = if fraction > 0 {
        Decimal::from_str_exact(written).ok().map(Token::Decimal)
    } else if written == "9223372036854775808" {
        Some(Token::IntBelow)
    } else {
        written.parse().ok().map(Token::Int)
    };
    match token {
        Some(token) => Ok((token, length)),
        None => Err(Fault::new(at, format!("数「{written}」は桁が多すぎます。18桁までにしてください"))),
    }
}

fn text(rest: &str, quote: char, at: usize) -> Result<(Token, usize), Fault> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((index, character)) = characters.next() {
        match character {
            c if c == quote => return Ok((Token::Text(text), index + 1)),
            '\n' => break,
            '\\' => {
                let written = characters.next().map(|(_, c)| c);
                text.push(match written {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some(c @ ('\\' | '\'' | '"')) => c,
                    Some('u') => {
                        let code: String = characters.by_ref().take(4).map(|(_, c)| c).collect();
                        let wrong = || Fault::new(at + index, "「\\u」の後には文字番号を16進4桁で書いてください");
                        if code.len() != 4 || !code.chars().all(|c| c.is_ascii_hexdigit()) {
                            return Err(wrong());
                        }
                        u32::from_str_radix(&code, 16).ok().and_then(char::from_u32).ok_or_else(wrong)?
                    }
                    _ => {
                        return Err(Fault::new(
                            at + index,
                            "「\\」の後に置けるのは n t r u \\ ' \" だけです。「\\」そのものは「\\\\」と書いてください",
                        ));
                    }
                });
            }
            c => text.push(c),
        }
    }
    Err(Fault::new(at, format!("文字列が閉じていません。終わりに「{quote}」を付けてください")))
}
