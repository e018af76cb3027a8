//! One connection to PostgreSQL.

use std::collections::HashMap;
use std::error::Error;

use ::postgres::fallible_iterator::FallibleIterator as _;
use ::postgres::types::private::BytesMut;
use ::postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use ::postgres::{Client, Statement};
use chrono::{DateTime, NaiveDate, Utc};

use super::Server;
use crate::connection::{Connection, Fault};
use crate::guard::GuardKey;
use crate::sql::Dialect;
use crate::value::{Cell, Param};

/// Statements that are kept prepared on a connection at most. Their texts come from definitions, so they are few.
const STATEMENTS: usize = 400;

pub(super) struct PostgresConnection {
    client: Client,
    statements: HashMap<String, Statement>,
    guard: Option<GuardKey>,
}

impl PostgresConnection {
    pub(super) fn connect(server: &Server, guard: Option<GuardKey>) -> Result<Self, Fault> {
        let client = server.connect()?;
        Ok(Self { client, statements: HashMap::new(), guard })
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, Fault> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(|error| unprepared(&error))?;
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// What an error means for the caller. The server's text may hold values and is not passed on; its code and the names of
/// table and constraint are.
pub(super) fn fault(error: &::postgres::Error) -> Fault {
    let Some(database) = error.as_db_error() else {
        let broken = error.is_closed()
            || error.source().is_some_and(|source| source.is::<std::io::Error>())
            || ["error connecting", "timeout"].iter().any(|start| error.to_string().starts_with(start));
        return if broken {
            Fault::unavailable("PostgreSQLに接続できません")
        } else {
            Fault::failed("PostgreSQLと値を受け渡せません")
        };
    };
    let code = database.code().code();
    let mut reason = format!("PostgreSQL {code}");
    if let Some(constraint) = database.constraint() {
        reason.push_str(&format!(" ({constraint})"));
    }
    // Classes of SQLSTATE: 08 connection, 53 resources, 57P shutdown, 58 system, 25006 read-only server, 28 and 3D sign-in.
    let unavailable = ["08", "53", "57P", "58", "25006", "28", "3D"].iter().any(|class| code.starts_with(class));
    Fault { unavailable, retry: matches!(code, "40001" | "40P01"), reason }
}

/// What is wrong with a statement before values are bound to it; the text can be told, as it holds names only.
fn unprepared(error: &::postgres::Error) -> Fault {
    let mut fault = fault(error);
    if let (Some(database), false) = (error.as_db_error(), fault.unavailable) {
        fault.reason = format!("{}: {}", fault.reason, database.message());
    }
    fault
}

fn bound<'p>(params: &'p [Param<'p>]) -> Vec<&'p (dyn ToSql + Sync)> {
    params.iter().map(|param| param as &(dyn ToSql + Sync)).collect()
}

impl Connection for PostgresConnection {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn execute(&mut self, sql: &str, params: &[Param<'_>]) -> Result<u64, Fault> {
        let statement = self.statement(sql)?;
        self.client.execute(&statement, &bound(params)).map_err(|error| fault(&error))
    }

    fn query(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Vec<Cell>>, Fault> {
        let statement = self.statement(sql)?;
        let rows = self.client.query(&statement, &bound(params)).map_err(|error| fault(&error))?;
        rows.iter()
            .map(|row| {
                (0..row.len()).map(|place| row.try_get(place).map_err(|error| fault(&error))).collect::<Result<_, _>>()
            })
            .collect()
    }

    fn each(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(Vec<Cell>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let statement = self.statement(sql)?;
        let mut rows = self.client.query_raw(&statement, bound(params)).map_err(|error| fault(&error))?;
        while let Some(row) = rows.next().map_err(|error| fault(&error))? {
            let cells: Result<_, Fault> =
                (0..row.len()).map(|place| row.try_get(place).map_err(|error| fault(&error))).collect();
            each(cells?)?;
        }
        Ok(())
    }

    fn guard_key(&self) -> Option<GuardKey> {
        self.guard.clone()
    }

    fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.client.batch_execute(sql).map_err(|error| fault(&error))
    }
}

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Text(text) if <&str as ToSql>::accepts(ty) => text.as_ref().to_sql(ty, out),
            Self::Int(number) if *ty == Type::INT8 => number.to_sql(ty, out),
            Self::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Self::Bool(truth) if *ty == Type::BOOL => truth.to_sql(ty, out),
            Self::Instant(at) if *ty == Type::TIMESTAMPTZ => at.to_sql(ty, out),
            Self::Day(day) if *ty == Type::DATE => day.to_sql(ty, out),
            Self::Json(text) if *ty == Type::JSONB => {
                // The binary form of jsonb is the number of its version before the text.
                out.extend_from_slice(&[1]);
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            Self::Json(text) if <&str as ToSql>::accepts(ty) => text.as_str().to_sql(ty, out),
            Self::Bytes(bytes) if *ty == Type::BYTEA => bytes.to_sql(ty, out),
            Self::List(list) if *ty == Type::TEXT_ARRAY => list.to_sql(ty, out),
            _ => Err(format!("a parameter does not fit {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            Type::BOOL => Self::Bool(bool::from_sql(ty, raw)?),
            Type::TIMESTAMPTZ => Self::Instant(DateTime::<Utc>::from_sql(ty, raw)?),
            Type::DATE => Self::Day(NaiveDate::from_sql(ty, raw)?),
            Type::JSONB | Type::JSON => Self::Json(serde_json::Value::from_sql(ty, raw)?),
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            Type::VOID => Self::Null,
            _ => Self::Text(String::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::VOID
            || <serde_json::Value as FromSql>::accepts(ty)
            || <String as FromSql>::accepts(ty)
            || [Type::INT8, Type::INT4, Type::FLOAT8, Type::BOOL, Type::TIMESTAMPTZ, Type::DATE, Type::BYTEA]
                .contains(ty)
    }
}
