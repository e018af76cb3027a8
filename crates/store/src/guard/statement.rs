//! What a statement of this crate does to a table, read off its text.

use super::rules::{Kind, Rule, rule_of};

/// A statement whose rows must be noted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    pub(crate) rule: &'static Rule,
    /// The rows are gone afterwards.
    pub(crate) gone: bool,
}

/// The change that a statement on the table makes; `None` for a query, for tables that are guarded in another way, and for
/// updates of volatile columns only.
pub(crate) fn change(table: &str, sql: &str) -> Option<Change> {
    let rule = rule_of(table).filter(|rule| matches!(rule.kind, Kind::Stamped | Kind::Guarded))?;
    let sql = sql.trim_start();
    let (verb, gone) =
        [("INSERT INTO", false), ("UPDATE", false), ("DELETE FROM", true)].into_iter().find_map(|(verb, gone)| {
            let start =
                if sql.starts_with("WITH ") { format!(") {verb} {table} ") } else { format!("{verb} {table} ") };
            let found = if sql.starts_with("WITH ") { sql.contains(&start) } else { sql.starts_with(&start) };
            found.then_some((verb, gone))
        })?;
    if verb == "UPDATE" && set_columns(sql).iter().all(|column| rule.volatile.contains(&column.as_str())) {
        return None;
    }
    Some(Change { rule, gone })
}

/// Columns that an update sets.
fn set_columns(sql: &str) -> Vec<String> {
    let Some((_, rest)) = sql.split_once(" SET ") else { return vec![String::new()] };
    let (mut depth, mut columns, mut part) = (0i32, Vec::new(), String::new());
    let assignments = rest.split(" WHERE ").next().unwrap_or(rest);
    for c in assignments.chars().chain([',']) {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                columns.push(part.split('=').next().unwrap_or_default().trim().to_owned());
                part.clear();
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_noted_unless_it_sets_volatile_columns_only() {
        for (table, sql, noted) in [
            ("session", "INSERT INTO session (key) VALUES ($1)", Some(false)),
            ("session", "UPDATE session SET seen_at = $2 WHERE key = $1", None),
            ("session", "UPDATE session SET seen_at = $2, address = $3 WHERE key = $1", Some(false)),
            ("session", "DELETE FROM session WHERE key = $1", Some(true)),
            ("session", "SELECT key FROM session", None),
            ("token", "UPDATE token SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1", Some(false)),
            (
                "mail",
                "WITH due AS (SELECT id FROM mail) UPDATE mail SET next_at = $2, tries = tries + 1 WHERE id = 1",
                None,
            ),
            ("mail", "UPDATE mail SET error = $2, next_at = $3, sent_at = $4 WHERE id = $1", Some(false)),
            ("job", "UPDATE job SET state = 'running', tries = tries + 1 WHERE id = (SELECT 1)", Some(false)),
            ("job", "UPDATE job SET done = $2, total = $3, message = $4, held_until = $5 WHERE id = $1", None),
            ("shape", "INSERT INTO sqlite_stat1 (tbl) VALUES ($1)", None),
            ("record", "INSERT INTO record (id) VALUES ($1)", None),
            ("desk", "DELETE FROM desk WHERE account = $1", Some(true)),
        ] {
            assert_eq!(change(table, sql).map(|change| change.gone), noted, "{sql}");
        }
    }
}
