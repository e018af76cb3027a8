//! Operands as SQL expressions. The same text is used for an expression index, so that the planner recognises it.

use ledger::port::StoreError;
use ledger::query::{Filter, Operand, Order};

use super::dialect::{Dialect, name};
use super::filter::Conditions;

/// The kind of the SQL expression an operand becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Bool,
    Instant,
}

impl Kind {
    /// The kind an operand naturally has.
    pub(crate) fn of(operand: &Operand) -> Self {
        match operand {
            Operand::Field { order: Order::Text, .. } | Operand::Part { .. } | Operand::State | Operand::Id => {
                Self::Text
            }
            Operand::Field { order: Order::Number, .. } => Self::Number,
            Operand::Field { order: Order::Bool, .. } => Self::Bool,
            Operand::CreatedAt | Operand::RecordedAt => Self::Instant,
            Operand::FirstOf(operands) => operands.first().map_or(Self::Text, Self::of),
            Operand::Guarded { operand, .. } => Self::of(operand),
        }
    }
}

impl Conditions<'_> {
    /// The operand as an expression of that kind; NULL where it has no value or one of another kind.
    pub(crate) fn typed(&mut self, operand: &Operand, kind: Kind) -> Result<String, StoreError> {
        Ok(match operand {
            Operand::Field { name: field, .. } => at_path(self.dialect, &[name(field)?], kind),
            Operand::Part { name: field, part } => at_path(self.dialect, &[name(field)?, name(part)?], kind),
            Operand::State => column("r.state", Kind::Text, self.dialect, kind),
            Operand::Id => column("r.id", Kind::Text, self.dialect, kind),
            Operand::CreatedAt => column("r.created_at", Kind::Instant, self.dialect, kind),
            Operand::RecordedAt => column("r.recorded_at", Kind::Instant, self.dialect, kind),
            Operand::FirstOf(operands) => {
                let none = nothing(self.dialect, kind);
                self.first(operands, none, |all, operand| all.typed(operand, kind))?
            }
            Operand::Guarded { operand, when } => {
                let none = nothing(self.dialect, kind);
                self.guard(when, none, |all| all.typed(operand, kind))?
            }
        })
    }

    /// The value of the operand as JSON, for grouping; NULL where it has none.
    pub(crate) fn json(&mut self, operand: &Operand) -> Result<String, StoreError> {
        Ok(match operand {
            Operand::Field { name: field, .. } => {
                format!("CASE WHEN {} THEN {} END", self.present(operand)?, self.dialect.json(&[name(field)?]))
            }
            Operand::Part { name: field, part } => {
                let path = [name(field)?, name(part)?];
                format!("CASE WHEN {} THEN {} END", self.present(operand)?, self.dialect.json(&path))
            }
            Operand::State | Operand::Id | Operand::CreatedAt | Operand::RecordedAt => {
                let text = self.typed(operand, Kind::Text)?;
                match self.dialect {
                    Dialect::Sqlite => format!("json_quote({text})"),
                    Dialect::Postgres => format!("to_jsonb({text})"),
                }
            }
            Operand::FirstOf(operands) => self.first(operands, "NULL", Self::json)?,
            Operand::Guarded { operand, when } => self.guard(when, "NULL", |all| all.json(operand))?,
        })
    }

    /// The condition that the operand has a value of any kind.
    pub(crate) fn present(&mut self, operand: &Operand) -> Result<String, StoreError> {
        Ok(match operand {
            Operand::Field { name: field, .. } => {
                let kinds = match self.dialect {
                    Dialect::Sqlite => "'text', 'integer', 'real', 'true', 'false'",
                    Dialect::Postgres => "'string', 'number', 'boolean'",
                };
                format!("{} IN ({kinds})", self.dialect.json_type(&[name(field)?]))
            }
            Operand::Part { name: field, part } => {
                format!("{} <> 'null'", self.dialect.json_type(&[name(field)?, name(part)?]))
            }
            Operand::State | Operand::Id | Operand::CreatedAt | Operand::RecordedAt => "TRUE".into(),
            Operand::FirstOf(operands) => {
                let mut any = Vec::new();
                for operand in operands {
                    any.push(self.present(operand)?);
                }
                if any.is_empty() { "FALSE".into() } else { format!("({})", any.join(" OR ")) }
            }
            Operand::Guarded { operand, when } => {
                let present = self.present(operand)?;
                format!("(({}) AND {present})", self.filter(when)?)
            }
        })
    }

    /// The value of the first operand that has one.
    fn first(
        &mut self,
        operands: &[Operand],
        none: &str,
        mut value: impl FnMut(&mut Self, &Operand) -> Result<String, StoreError>,
    ) -> Result<String, StoreError> {
        match operands {
            [] => return Ok(none.into()),
            [one] => return value(self, one),
            _ => {}
        }
        let mut text = String::from("CASE");
        for operand in operands {
            text.push_str(&format!(" WHEN {} THEN {}", self.present(operand)?, value(self, operand)?));
        }
        text.push_str(" END");
        Ok(text)
    }

    fn guard(
        &mut self,
        when: &Filter,
        none: &str,
        value: impl FnOnce(&mut Self) -> Result<String, StoreError>,
    ) -> Result<String, StoreError> {
        match when {
            // A value that may always be seen keeps the text that an index knows.
            Filter::Everything => value(self),
            Filter::Nothing => Ok(none.into()),
            when => Ok(format!("CASE WHEN {} THEN {} END", self.filter(when)?, value(self)?)),
        }
    }
}

fn nothing(dialect: Dialect, kind: Kind) -> &'static str {
    match (dialect, kind) {
        (Dialect::Sqlite, _) => "NULL",
        (Dialect::Postgres, Kind::Text) => "CAST(NULL AS text)",
        (Dialect::Postgres, Kind::Number) => "CAST(NULL AS numeric)",
        (Dialect::Postgres, Kind::Bool) => "CAST(NULL AS boolean)",
        (Dialect::Postgres, Kind::Instant) => "CAST(NULL AS timestamptz)",
    }
}

fn column(column: &str, own: Kind, dialect: Dialect, kind: Kind) -> String {
    match (own, kind, dialect) {
        (own, kind, _) if own == kind => column.into(),
        (Kind::Instant, Kind::Text, Dialect::Sqlite) => column.into(),
        (Kind::Instant, Kind::Text, Dialect::Postgres) => {
            format!("(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') COLLATE \"C\")")
        }
        _ => nothing(dialect, kind).into(),
    }
}

fn at_path(dialect: Dialect, path: &[&str], kind: Kind) -> String {
    let (found, text) = (dialect.json_type(path), dialect.json_text(path));
    match (dialect, kind) {
        (Dialect::Sqlite, Kind::Text) => format!("CASE {found} WHEN 'text' THEN {text} END"),
        (Dialect::Postgres, Kind::Text) => {
            format!("(CASE {found} WHEN 'string' THEN {text} END COLLATE \"C\")")
        }
        // SQLite has no exact decimal: a whole number up to 63 bits compares exactly, a fraction as a double.
        (Dialect::Sqlite, Kind::Number) => {
            let digits = format!("substr({text}, 1 + (substr({text}, 1, 1) IN ('-', '+')))");
            format!(
                "CAST(CASE WHEN {found} IN ('integer', 'real') OR ({found} = 'text' AND {digits} GLOB '*[0-9]*' \
                 AND {digits} NOT GLOB '*[^.0-9]*' AND {digits} NOT GLOB '*.*.*') THEN {text} END AS NUMERIC)"
            )
        }
        (Dialect::Postgres, Kind::Number) => format!(
            "CASE WHEN {found} IN ('number', 'string') AND ({text}) ~ '^[-+]?([0-9]+([.][0-9]*)?|[.][0-9]+)$' \
             THEN CAST({text} AS numeric) END"
        ),
        (Dialect::Sqlite, Kind::Bool) => format!("CASE {found} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"),
        (Dialect::Postgres, Kind::Bool) => {
            format!("CASE {found} WHEN 'boolean' THEN CAST({text} AS boolean) END")
        }
        (_, Kind::Instant) => nothing(dialect, Kind::Instant).into(),
    }
}
