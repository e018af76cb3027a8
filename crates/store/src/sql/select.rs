//! Whole queries: pages of records in an order, counts and groups.

use chrono::{DateTime, Utc};
use ledger::port::StoreError;
use ledger::query::{Cursor, Filter, Operand, Query, Sort};

use super::dialect::Dialect;
use super::filter::Conditions;
use super::hidden::unanswerable;
use super::operand::Kind;
use crate::locks::Locks;
use crate::value::Param;

/// Columns of a record, in the order in which they are decoded.
pub(crate) fn record_columns(dialect: Dialect) -> &'static str {
    match dialect {
        // The body is kept in SQLite's binary JSON, in which a field is found without reading the whole.
        Dialect::Sqlite => "r.id, r.revision, r.state, r.created_at, r.recorded_at, r.acts, json(r.body)",
        Dialect::Postgres => "r.id, r.revision, r.state, r.created_at, r.recorded_at, r.acts, r.body",
    }
}

/// The page of records that the query asks for.
pub(crate) fn find<'a>(
    dialect: Dialect,
    locks: &'a Locks,
    query: &'a Query,
) -> Result<(String, Vec<Param<'a>>), StoreError> {
    let mut conditions = Conditions::new(dialect, &query.ledger, query.as_of)?.with(locks);
    let mut rest = conditions.source();
    if query.filter != Filter::Everything {
        rest.push_str(&format!(" AND {}", conditions.filter(&query.filter)?));
    }
    if let Some(cursor) = &query.after {
        rest.push_str(&format!(" AND {}", conditions.behind(cursor, &query.sort)?));
    }
    let order = conditions.order(&query.sort)?;
    let columns = record_columns(dialect);
    let limit = conditions.bind(i64::try_from(query.limit).unwrap_or(i64::MAX));
    // SQLite sorts whole rows. Where no index can give the order, it sorts places and fetches the rows of the page only.
    let sorted_at_last = query.as_of.is_some() || searches(&query.filter);
    let sql = if dialect == Dialect::Sqlite && sorted_at_last && !query.sort.is_empty() {
        let table = if query.as_of.is_some() { "version" } else { "record" };
        format!(
            "SELECT {columns} FROM (SELECT r.rowid AS place {rest} ORDER BY {order} LIMIT {limit}) page \
             CROSS JOIN {table} r ON r.rowid = page.place ORDER BY {order}"
        )
    } else {
        format!("SELECT {columns} {rest} ORDER BY {order} LIMIT {limit}")
    };
    Ok((sql, conditions.params))
}

/// Whether the filter asks for words, so that its records come in the order of the search index.
fn searches(filter: &Filter) -> bool {
    match filter {
        Filter::Search { .. } => true,
        Filter::All(all) | Filter::Any(all) => all.iter().any(searches),
        _ => false,
    }
}

/// The number of records, counted up to the ceiling.
pub(crate) fn count<'a>(
    dialect: Dialect,
    locks: &'a Locks,
    ledger: &'a str,
    filter: &Filter,
    as_of: Option<DateTime<Utc>>,
    ceiling: u64,
) -> Result<(String, Vec<Param<'a>>), StoreError> {
    let mut conditions = Conditions::new(dialect, ledger, as_of)?.with(locks);
    let source = conditions.source();
    let filter = conditions.filter(filter)?;
    let ceiling = conditions.bind(i64::try_from(ceiling).unwrap_or(i64::MAX));
    let sql = format!("SELECT count(*) FROM (SELECT 1 {source} AND {filter} LIMIT {ceiling}) counted");
    Ok((sql, conditions.params))
}

/// The number of records by the values of the operands: the values as JSON, then the number.
pub(crate) fn group<'a>(
    dialect: Dialect,
    locks: &'a Locks,
    ledger: &'a str,
    filter: &Filter,
    by: &[Operand],
    as_of: Option<DateTime<Utc>>,
) -> Result<(String, Vec<Param<'a>>), StoreError> {
    let mut conditions = Conditions::new(dialect, ledger, as_of)?.with(locks);
    let source = conditions.source();
    let filter = conditions.filter(filter)?;
    let (mut values, mut names, mut order) = (String::new(), String::new(), String::new());
    let nulls_first = if dialect == Dialect::Postgres { " NULLS FIRST" } else { "" };
    for (number, operand) in by.iter().enumerate() {
        if conditions.hides(operand) {
            return Err(unanswerable());
        }
        // Grouped by the JSON value, which keeps its kind; ordered by the comparable one, which it determines.
        let json = conditions.json(operand)?;
        let comparable = conditions.typed(operand, Kind::of(operand))?;
        values.push_str(&format!("{json} AS v{number}, {comparable} AS o{number}, "));
        names.push_str(&format!("v{number}, "));
        order.push_str(&format!("{}o{number}{nulls_first}", if number == 0 { "" } else { ", " }));
    }
    let sql = if by.is_empty() {
        format!("SELECT count(*) {source} AND {filter}")
    } else {
        let keys = (0..by.len()).map(|number| format!("v{number}, o{number}")).collect::<Vec<_>>().join(", ");
        format!(
            "SELECT {names}count(*) FROM (SELECT {values}1 AS one {source} AND {filter}) grouped \
             GROUP BY {keys} ORDER BY {order} LIMIT 1000"
        )
    };
    Ok((sql, conditions.params))
}

impl Conditions<'_> {
    /// The columns of the order, the identifier last.
    fn order(&mut self, sort: &[Sort]) -> Result<String, StoreError> {
        let mut order = String::new();
        for sort in sort {
            if self.hides(&sort.operand) {
                return Err(unanswerable());
            }
            let expression = self.typed(&sort.operand, Kind::of(&sort.operand))?;
            let nullable = !matches!(sort.operand, Operand::Id);
            // SQLite orders NULL before everything by itself; saying so again would keep it from using an index.
            let direction = match (self.dialect, sort.descending) {
                (Dialect::Sqlite, false) => "",
                (Dialect::Sqlite, true) => " DESC",
                (Dialect::Postgres, false) if nullable => " NULLS FIRST",
                (Dialect::Postgres, true) if nullable => " DESC NULLS LAST",
                (Dialect::Postgres, false) => "",
                (Dialect::Postgres, true) => " DESC",
            };
            order.push_str(&format!("{expression}{direction}, "));
        }
        order.push_str("r.id");
        Ok(order)
    }

    /// The condition that a record comes behind the place in the order: empty values first when ascending and last when
    /// descending, the identifier last of all.
    fn behind(&mut self, cursor: &Cursor, sort: &[Sort]) -> Result<String, StoreError> {
        let mut equal: Vec<String> = Vec::new();
        let mut cases: Vec<String> = Vec::new();
        let mut bound = None;
        for (number, sort) in sort.iter().enumerate() {
            let kind = Kind::of(&sort.operand);
            let expression = self.typed(&sort.operand, kind)?;
            let value = cursor.values.get(number).and_then(|value| self.bind_value(value, kind));
            let never_empty =
                matches!(sort.operand, Operand::State | Operand::Id | Operand::CreatedAt | Operand::RecordedAt);
            let (same, further) = match (value, sort.descending) {
                (None, false) => (format!("{expression} IS NULL"), Some(format!("{expression} IS NOT NULL"))),
                (None, true) => (format!("{expression} IS NULL"), None),
                (Some(value), false) => {
                    // What comes behind is at least this: a range of an index, where the cases below are none.
                    bound = bound.or_else(|| (number == 0).then(|| format!("{expression} >= {value}")));
                    (format!("{expression} = {value}"), Some(format!("{expression} > {value}")))
                }
                (Some(value), true) if never_empty => {
                    bound = bound.or_else(|| (number == 0).then(|| format!("{expression} <= {value}")));
                    (format!("{expression} = {value}"), Some(format!("{expression} < {value}")))
                }
                (Some(value), true) => (
                    format!("{expression} = {value}"),
                    Some(format!("({expression} < {value} OR {expression} IS NULL)")),
                ),
            };
            if let Some(further) = further {
                cases.push(conjunction(&equal, &further));
            }
            equal.push(same);
        }
        let id = self.bind(cursor.id.clone());
        if sort.is_empty() {
            return Ok(format!("r.id > {id}"));
        }
        cases.push(conjunction(&equal, &format!("r.id > {id}")));
        let cases = format!("({})", cases.join(" OR "));
        Ok(match bound {
            Some(bound) => format!("{bound} AND {cases}"),
            None => cases,
        })
    }
}

fn conjunction(equal: &[String], last: &str) -> String {
    let mut text = String::from("(");
    for equal in equal {
        text.push_str(equal);
        text.push_str(" AND ");
    }
    text.push_str(last);
    text.push(')');
    text
}
