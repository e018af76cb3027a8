//! Reading records.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use journal::StoredEntry;
use ledger::port::{HistoryQuery, RecordReader, ReferenceRow, StoreError};
use ledger::query::{Filter, Group, Operand, Order, Query};
use ledger::record::Record;

use super::Transaction;
use crate::sql::{self, Conditions, Dialect, Kind, record_columns};
use crate::value::{Param, Row};

/// A record from the columns of [`record_columns`], as it is stored: its locked values stay locked.
pub(super) fn record_of(ledger: &str, mut row: Row) -> Result<Record, StoreError> {
    Ok(Record {
        ledger: ledger.to_owned(),
        id: row.text()?,
        revision: row.int()?,
        state: row.text()?,
        created_at: row.instant()?,
        recorded_at: row.instant()?,
        acts: {
            let acts = row.json()?;
            serde_json::from_value(acts).map_err(|_| row.corrupt("操作の記録として読めません"))?
        },
        body: row.object()?,
    })
}

impl Transaction<'_> {
    fn one(&mut self, ledger: &str, sql: &str, params: &[Param<'_>]) -> Result<Option<Record>, StoreError> {
        let Some(row) = self.first("record", sql, params)? else { return Ok(None) };
        self.opened(record_of(ledger, row)?).map(Some)
    }

    /// The record as it is stored, locked values and all.
    pub(crate) fn stored_record(&mut self, ledger: &str, id: &str) -> Result<Option<Record>, StoreError> {
        let sql = format!("SELECT {} FROM record r WHERE r.ledger = $1 AND r.id = $2", record_columns(self.dialect));
        self.first("record", &sql, &[ledger.into(), id.into()])?.map(|row| record_of(ledger, row)).transpose()
    }

    /// The plan of a query, a line a step.
    pub(crate) fn explain(&mut self, query: &Query) -> Result<Vec<String>, StoreError> {
        let (sql, params) = sql::find(self.dialect, self.locks, query)?;
        match self.dialect {
            Dialect::Sqlite => {
                let rows = self.query("record", &format!("EXPLAIN QUERY PLAN {sql}"), &params)?;
                rows.into_iter()
                    .map(|mut row| {
                        let _numbers = (row.int()?, row.int()?, row.int()?);
                        row.text()
                    })
                    .collect()
            }
            Dialect::Postgres => {
                let rows = self.query("record", &format!("EXPLAIN {sql}"), &params)?;
                rows.into_iter().map(|mut row| row.text()).collect()
            }
        }
    }

    fn many(&mut self, ledger: &str, sql: &str, params: &[Param<'_>]) -> Result<Vec<Record>, StoreError> {
        let rows = self.query("record", sql, params)?;
        rows.into_iter().map(|row| self.opened(record_of(ledger, row)?)).collect()
    }
}

impl RecordReader for Transaction<'_> {
    fn record(&mut self, ledger: &str, id: &str) -> Result<Option<Record>, StoreError> {
        let sql = format!("SELECT {} FROM record r WHERE r.ledger = $1 AND r.id = $2", record_columns(self.dialect));
        self.one(ledger, &sql, &[ledger.into(), id.into()])
    }

    fn record_at(&mut self, ledger: &str, id: &str, at: DateTime<Utc>) -> Result<Option<Record>, StoreError> {
        let sql = format!(
            "SELECT {} FROM version r WHERE r.ledger = $1 AND r.id = $2 AND r.recorded_at <= $3 \
             AND r.superseded_at > $3 ORDER BY r.revision DESC LIMIT 1",
            record_columns(self.dialect)
        );
        self.one(ledger, &sql, &[ledger.into(), id.into(), at.into()])
    }

    fn record_revision(&mut self, ledger: &str, id: &str, revision: i64) -> Result<Option<Record>, StoreError> {
        let sql = format!(
            "SELECT {} FROM version r WHERE r.ledger = $1 AND r.id = $2 AND r.revision = $3",
            record_columns(self.dialect)
        );
        self.one(ledger, &sql, &[ledger.into(), id.into(), revision.into()])
    }

    fn records(&mut self, ledger: &str, ids: &[String]) -> Result<Vec<Record>, StoreError> {
        let wanted = self.dialect.is_in("r.id", "$2");
        let sql = format!("SELECT {} FROM record r WHERE r.ledger = $1 AND {wanted}", record_columns(self.dialect));
        self.many(ledger, &sql, &[ledger.into(), Param::List(ids.to_vec())])
    }

    fn versions(&mut self, ledger: &str, after: &str, records: usize) -> Result<Vec<Record>, StoreError> {
        let sql = format!(
            "SELECT {} FROM version r WHERE r.ledger = $1 AND r.id IN \
             (SELECT id FROM record WHERE ledger = $1 AND id > $2 ORDER BY id LIMIT $3) ORDER BY r.id, r.revision",
            record_columns(self.dialect)
        );
        let most = i64::try_from(records).unwrap_or(i64::MAX);
        self.many(ledger, &sql, &[ledger.into(), after.into(), most.into()])
    }

    fn find(&mut self, query: &Query) -> Result<Vec<Record>, StoreError> {
        let (sql, params) = sql::find(self.dialect, self.locks, query)?;
        self.many(&query.ledger, &sql, &params)
    }

    fn count(
        &mut self,
        ledger: &str,
        filter: &Filter,
        as_of: Option<DateTime<Utc>>,
        ceiling: u64,
    ) -> Result<u64, StoreError> {
        let (sql, params) = sql::count(self.dialect, self.locks, ledger, filter, as_of, ceiling)?;
        self.first("record", &sql, &params)?.map_or(Ok(0), |mut row| row.count())
    }

    fn group(
        &mut self,
        ledger: &str,
        filter: &Filter,
        by: &[Operand],
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Vec<Group>, StoreError> {
        let (sql, params) = sql::group(self.dialect, self.locks, ledger, filter, by, as_of)?;
        let rows = self.query("record", &sql, &params)?;
        rows.into_iter()
            .map(|mut row| {
                let values = by.iter().map(|_| row.json()).collect::<Result<_, _>>()?;
                Ok(Group { values, count: row.count()? })
            })
            .collect()
    }

    fn lookup(
        &mut self,
        ledger: &str,
        field: &str,
        values: &[String],
    ) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
        if self.locks.plan(ledger).is_some_and(|plan| plan.fields.contains_key(field)) {
            return self.exact_lookup(ledger, field, values);
        }
        let operand = Operand::Field { name: field.into(), order: Order::Text };
        let mut conditions = Conditions::new(self.dialect, ledger, None)?;
        let value = conditions.typed(&operand, Kind::Text)?;
        let source = conditions.source();
        let list = conditions.bind(Param::List(values.to_vec()));
        let wanted = self.dialect.is_in(&value, &list);
        let sql = format!("SELECT r.id, {value} {source} AND {wanted} ORDER BY r.id");
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mut row in self.query("record", &sql, &conditions.params)? {
            let id = row.text()?;
            found.entry(row.text()?).or_default().push(id);
        }
        Ok(found)
    }

    fn referrers(&mut self, ledger: &str, id: &str, limit: usize) -> Result<Vec<ReferenceRow>, StoreError> {
        let sql = "SELECT record, ledger, field FROM reference WHERE target = $1 AND target_ledger = $2 \
                   ORDER BY ledger, field, record LIMIT $3";
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.query("reference", sql, &[id.into(), ledger.into(), limit.into()])?;
        rows.into_iter()
            .map(|mut row| {
                Ok(ReferenceRow {
                    record: row.text()?,
                    ledger: row.text()?,
                    field: row.text()?,
                    target_ledger: ledger.to_owned(),
                    target: id.to_owned(),
                })
            })
            .collect()
    }

    fn history(&mut self, query: &HistoryQuery) -> Result<Vec<StoredEntry>, StoreError> {
        self.entries(query)
    }
}
