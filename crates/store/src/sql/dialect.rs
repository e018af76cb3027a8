//! The few places in which the two databases say the same thing in different words.

use ledger::port::StoreError;

/// Which database a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// A name from a pack as it may stand in a statement between quotes. Packs name ledgers and fields with letters, digits,
/// `_` and `-`; anything else is refused, so that nothing can end the quotes or a JSON path.
pub(crate) fn name(name: &str) -> Result<&str, StoreError> {
    let fits = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if fits { Ok(name) } else { Err(StoreError::Failed("使用できない名前が指定されました".into())) }
}

impl Dialect {
    /// The expression is one of the texts in the list bound to the placeholder.
    pub(crate) fn is_in(self, expression: &str, list: &str) -> String {
        match self {
            Self::Sqlite => format!("{expression} IN (SELECT value FROM json_each({list}))"),
            Self::Postgres => format!("{expression} = ANY({list})"),
        }
    }

    /// The expression is one of the decimals in the list of texts bound to the placeholder.
    pub(crate) fn is_in_numbers(self, expression: &str, list: &str) -> String {
        match self {
            Self::Sqlite => format!("{expression} IN (SELECT CAST(value AS NUMERIC) FROM json_each({list}))"),
            Self::Postgres => format!("{expression} = ANY(CAST(CAST({list} AS text[]) AS numeric[]))"),
        }
    }

    /// A decimal bound as text.
    pub(crate) fn number(self, placeholder: &str) -> String {
        match self {
            Self::Sqlite => format!("CAST({placeholder} AS NUMERIC)"),
            Self::Postgres => format!("CAST(CAST({placeholder} AS text) AS numeric)"),
        }
    }

    /// A bound JSON text as it is stored: in SQLite's binary JSON, or PostgreSQL's.
    pub(crate) fn stored_json(self, bound: &str) -> String {
        match self {
            Self::Sqlite => format!("jsonb({bound})"),
            Self::Postgres => bound.to_owned(),
        }
    }

    /// The value at a path in the JSON body, as JSON.
    pub(crate) fn json(self, path: &[&str]) -> String {
        match self {
            Self::Sqlite => format!("r.body -> {}", sqlite_path(path)),
            Self::Postgres => path.iter().fold("r.body".to_owned(), |text, key| format!("{text} -> '{key}'")),
        }
    }

    /// The value at a path in the JSON body, as text.
    pub(crate) fn json_text(self, path: &[&str]) -> String {
        match self {
            Self::Sqlite => format!("r.body ->> {}", sqlite_path(path)),
            Self::Postgres => match path.split_last() {
                None => "r.body".into(),
                Some((last, path)) => format!("{} ->> '{last}'", self.json(path)),
            },
        }
    }

    /// The kind of the value at a path in the JSON body.
    pub(crate) fn json_type(self, path: &[&str]) -> String {
        match self {
            Self::Sqlite => format!("json_type(r.body, {})", sqlite_path(path)),
            Self::Postgres => format!("jsonb_typeof({})", self.json(path)),
        }
    }

    /// 128 random bits as text, made by the database: they keep the stamp of a row that holds a token from being guessed.
    pub(crate) fn salt(self) -> &'static str {
        match self {
            Self::Sqlite => "lower(hex(randomblob(16)))",
            Self::Postgres => "CAST(gen_random_uuid() AS text)",
        }
    }

    /// What a lock of the selected rows until the end of the transaction is asked for with.
    pub(crate) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// The same, but rows that another transaction holds are passed over.
    pub(crate) fn for_update_skipping(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }
}

fn sqlite_path(path: &[&str]) -> String {
    let mut text = String::from("'$");
    for key in path {
        text.push_str(".\"");
        text.push_str(key);
        text.push('"');
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_quotes() {
        for good in ["person", "fiscal_year", "職員番号", "a-1"] {
            assert!(name(good).is_ok(), "{good}");
        }
        for bad in ["", "a'b", "a\"b", "a.b", "a b", "a;b", "a$1", "a\\b", "a[0]", "a\0"] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
