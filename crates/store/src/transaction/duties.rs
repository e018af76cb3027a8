//! Duties.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use ledger::port::{Duty, DutyFilter, DutyReader, DutyWriter, StoreError};

use ledger::query::{Filter, Operand, Order};

use super::Transaction;
use crate::locks::Locks;
use crate::sql::{Conditions, Dialect, Kind};
use crate::value::{Param, Row};

/// What makes two duties of a record the same one: the rule and its holder.
type Holder = (String, Option<String>, Option<String>, Option<String>);

fn holder(duty: &Duty) -> Holder {
    (duty.name.clone(), duty.person.clone(), duty.role.clone(), duty.office.clone())
}

/// Where a title stands: the same for all duties of a rule, so that it opens whoever holds them.
pub(super) fn place(ledger: &str, record: &str, name: &str) -> String {
    format!("duty/{ledger}/{record}/{name}")
}

fn duty(locks: &Locks, mut row: Row) -> Result<Duty, StoreError> {
    let mut duty = Duty {
        record: row.text()?,
        ledger: row.text()?,
        name: row.text()?,
        person: row.optional_text()?,
        role: row.optional_text()?,
        office: row.optional_text()?,
        due: row.optional_day()?,
        opened_at: row.instant()?,
        closed_at: row.optional_instant()?,
        title: row.text()?,
    };
    duty.title = locks.open_text(&place(&duty.ledger, &duty.record, &duty.name), duty.title)?;
    Ok(duty)
}

/// Conditions and what they bind.
struct Where<'a> {
    dialect: Dialect,
    text: String,
    params: Vec<Param<'a>>,
}

impl<'a> Where<'a> {
    fn bind(&mut self, param: impl Into<Param<'a>>) -> String {
        self.params.push(param.into());
        format!("${}", self.params.len())
    }

    fn and(&mut self, column: &str, param: impl Into<Param<'a>>) {
        let placeholder = self.bind(param);
        self.text.push_str(&format!(" AND {column} {placeholder}"));
    }

    /// Held by the person, or by one of the roles where it covers the office.
    fn held_by(&mut self, person: Option<&'a String>, roles: &'a [(String, Option<Vec<String>>)]) {
        let mut any = Vec::new();
        if let Some(person) = person {
            let person = self.bind(person);
            any.push(format!("person = {person}"));
        }
        for (role, offices) in roles {
            let role = self.bind(role);
            any.push(match offices {
                None => format!("role = {role}"),
                Some(offices) => {
                    let list = self.bind(Param::List(offices.clone()));
                    format!("(role = {role} AND (office IS NULL OR {}))", self.dialect.is_in("office", &list))
                }
            });
        }
        if !any.is_empty() {
            self.text.push_str(&format!(" AND ({})", any.join(" OR ")));
        }
    }
}

impl DutyReader for Transaction<'_> {
    fn duties(&mut self, filter: &DutyFilter) -> Result<Vec<Duty>, StoreError> {
        let text = if filter.closed_too { "TRUE" } else { "closed_at IS NULL" };
        let mut conditions = Where { dialect: self.dialect, text: text.into(), params: Vec::new() };
        conditions.held_by(filter.person.as_ref(), &filter.roles);
        if let Some(ledger) = &filter.ledger {
            conditions.and("ledger =", ledger);
        }
        if let Some(record) = &filter.record {
            conditions.and("record =", record);
        }
        if let Some(day) = filter.due_until {
            conditions.and("due <=", day);
        }
        let limit = conditions.bind(i64::try_from(filter.limit).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT record, ledger, name, person, role, office, due, opened_at, closed_at, title FROM duty \
             WHERE {} ORDER BY due NULLS LAST, opened_at, number LIMIT {limit}",
            conditions.text
        );
        let rows = self.query("duty", &sql, &conditions.params)?;
        rows.into_iter().map(|row| duty(self.locks, row)).collect()
    }

    fn duties_by_field(
        &mut self,
        ledger: &str,
        filter: &Filter,
        field: &str,
        (today, until): (NaiveDate, NaiveDate),
        limit: u64,
    ) -> Result<(Vec<(String, u64, u64)>, bool), StoreError> {
        let mut conditions = Conditions::new(self.dialect, ledger, None)?.with(self.locks);
        let text = conditions.typed(&Operand::Field { name: field.into(), order: Order::Text }, Kind::Text)?;
        let source = conditions.source();
        let filter = conditions.filter(filter)?;
        let (today, until) = (conditions.bind(today), conditions.bind(until));
        let limit_at = conditions.bind(i64::try_from(limit).unwrap_or(i64::MAX));
        let earliest = format!(
            "SELECT record, due FROM duty WHERE ledger = '{ledger}' AND closed_at IS NULL AND due <= {until} \
             ORDER BY due LIMIT {limit_at}"
        );
        // The join is written as a subselect for each duty, so that both databases go from the few duties to their records.
        let sql = format!(
            "SELECT place, sum(CASE WHEN due < {today} THEN 1 ELSE 0 END), count(*) FROM \
             (SELECT d.due, (SELECT {text} {source} AND r.id = d.record AND {filter}) AS place FROM ({earliest}) d) placed \
             GROUP BY place ORDER BY place"
        );
        let (mut counts, mut looked_at) = (Vec::new(), 0);
        for mut row in self.query("duty", &sql, &conditions.params)? {
            let (place, late, all) = (row.optional_text()?, row.count()?, row.count()?);
            looked_at += all;
            counts.extend(place.map(|place| (place, late, all - late)));
        }
        Ok((counts, looked_at >= limit))
    }

    fn duty_counts(
        &mut self,
        ledger: &str,
        today: NaiveDate,
    ) -> Result<Vec<(String, Option<String>, u64, u64)>, StoreError> {
        let sql = "SELECT name, person, count(*), sum(CASE WHEN due < $2 THEN 1 ELSE 0 END) FROM duty \
                   WHERE ledger = $1 AND closed_at IS NULL GROUP BY name, person \
                   ORDER BY name, person NULLS FIRST LIMIT 10000";
        let rows = self.query("duty", sql, &[ledger.into(), today.into()])?;
        rows.into_iter().map(|mut row| Ok((row.text()?, row.optional_text()?, row.count()?, row.count()?))).collect()
    }
}

impl DutyWriter for Transaction<'_> {
    fn set_duties(&mut self, ledger: &str, record: &str, open: &[Duty], now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut wanted: BTreeMap<Holder, &Duty> = open.iter().map(|duty| (holder(duty), duty)).collect();
        let sql = "SELECT number, name, person, role, office, due, title FROM duty \
                   WHERE ledger = $1 AND record = $2 AND closed_at IS NULL";
        for mut row in self.query("duty", sql, &[ledger.into(), record.into()])? {
            let number = row.int()?;
            let key = (row.text()?, row.optional_text()?, row.optional_text()?, row.optional_text()?);
            let (due, title) = (row.optional_day()?, row.text()?);
            let title = self.locks.open_text(&place(ledger, record, &key.0), title)?;
            match wanted.remove(&key) {
                None => {
                    let sql = "UPDATE duty SET closed_at = $1 WHERE number = $2";
                    self.execute("duty", sql, &[now.into(), number.into()])?;
                }
                Some(duty) if duty.due != due || duty.title != title => {
                    let sql = "UPDATE duty SET due = $1, title = $2 WHERE number = $3";
                    let title = self.locks.lock_text(&place(ledger, record, &duty.name), &duty.title)?;
                    self.locked = true;
                    self.execute("duty", sql, &[duty.due.into(), title.as_ref().into(), number.into()])?;
                }
                Some(_) => {}
            }
        }
        let mut rows: Vec<Param<'_>> = Vec::with_capacity(wanted.len() * 9);
        for duty in wanted.values() {
            let title = self.locks.lock_text(&place(ledger, record, &duty.name), &duty.title)?;
            self.locked = true;
            rows.extend([
                ledger.into(),
                record.into(),
                (&duty.name).into(),
                duty.person.as_ref().into(),
                duty.role.as_ref().into(),
                duty.office.as_ref().into(),
                duty.due.into(),
                duty.opened_at.into(),
                title.into(),
            ]);
        }
        self.insert("duty", "ledger, record, name, person, role, office, due, opened_at, title", 9, rows)
    }
}
