//! Members of a JSON object as they stand in a text, without building values: what is only hashed need not be read.

/// Iterates over the members of an object: the raw key without its quotes, and the raw value. Ends at the first mistake;
/// [`Members::whole`] tells whether there was none.
pub struct Members<'t> {
    text: &'t str,
    at: usize,
    state: State,
}

#[derive(PartialEq)]
enum State {
    Open,
    Ended,
    Wrong,
}

impl<'t> Members<'t> {
    /// Members of the object that the text is.
    pub fn of(text: &'t str) -> Self {
        let mut members = Self { text, at: 0, state: State::Open };
        members.blanks();
        if members.eat(b'{') {
            members.blanks();
            if members.eat(b'}') {
                members.state = State::Ended;
            }
        } else {
            members.state = State::Wrong;
        }
        members
    }

    /// Whether the object was read to its end without a mistake.
    pub fn whole(&self) -> bool {
        self.state == State::Ended
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.byte() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// Step over a string; the place is behind its opening quote.
    fn string(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at)? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    fn member(&mut self) -> Option<(&'t str, &'t str)> {
        self.blanks();
        self.eat(b'"').then_some(())?;
        let start = self.at;
        self.string()?;
        let key = self.text.get(start..self.at - 1)?;
        self.blanks();
        self.eat(b':').then_some(())?;
        self.blanks();
        let start = self.at;
        self.value()?;
        let value = self.text.get(start..self.at)?;
        self.blanks();
        if self.eat(b'}') {
            self.blanks();
            self.state = if self.byte().is_none() { State::Ended } else { State::Wrong };
        } else if !self.eat(b',') {
            return None;
        }
        Some((key, value))
    }

    /// Step over a value.
    fn value(&mut self) -> Option<()> {
        match self.byte()? {
            b'{' | b'[' => {
                let mut depth = 0usize;
                loop {
                    match self.byte()? {
                        b'"' => {
                            self.at += 1;
                            self.string()?;
                            continue;
                        }
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    self.at += 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
            }
            b'"' => {
                self.at += 1;
                self.string()
            }
            _ => {
                let start = self.at;
                while !matches!(self.byte(), None | Some(b',' | b'}' | b']' | b' ' | b'\n')) {
                    self.at += 1;
                }
                (self.at > start).then_some(())
            }
        }
    }
}

impl<'t> Iterator for Members<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        if self.state != State::Open {
            return None;
        }
        let member = self.member();
        if member.is_none() {
            self.state = State::Wrong;
        }
        member
    }
}

/// The text of a raw JSON string; `None` for anything else.
pub fn string(raw: &str) -> Option<std::borrow::Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    unescaped(inner)
}

/// The text of a raw key.
pub fn unescaped(inner: &str) -> Option<std::borrow::Cow<'_, str>> {
    if inner.contains('\\') {
        return serde_json::from_str::<String>(&format!("\"{inner}\"")).ok().map(Into::into);
    }
    Some(inner.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};

    #[test]
    fn members_are_those_that_serde_reads() {
        for value in [
            json!({}),
            json!({"a": 1}),
            json!({"a": null, "b": true, "c": -12, "d": "x,}]{\"\\", "e": [1, {"z": "]"}], "f": {"g": {"h": []}}}),
            json!({"葛\u{E0100}": "\n\t\"", "k\"ey": ""}),
        ] {
            for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                let mut members = Members::of(&text);
                let mut read = Map::new();
                for (key, raw) in members.by_ref() {
                    read.insert(unescaped(key).unwrap().into_owned(), serde_json::from_str(raw).unwrap());
                }
                assert!(members.whole(), "{text}");
                assert_eq!(Value::Object(read), value, "{text}");
            }
        }
        for wrong in [
            "",
            "[]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1}x",
            "{a:1}",
            "{\"a\":[1}",
            "{\"a\":\"x}",
            "{,}",
        ] {
            let mut members = Members::of(wrong);
            members.by_ref().for_each(drop);
            assert!(!members.whole(), "{wrong}");
        }
    }
}
