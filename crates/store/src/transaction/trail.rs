//! Searching the journal. Each question is driven by one index that has the order of the answer; the rest are filters.

use journal::act::{DISPOSE, READS, REMOVED};
use journal::{Entry, StoredEntry};
use ledger::port::{EntryKind, JournalQuery, JournalReader, StoreError};

use super::Transaction;
use crate::guard::ROWS_ACT;
use crate::sql::{Dialect, name};
use crate::value::{Param, Row};

/// Records told by one entry at most: more are told by entries of the same batch.
const MOST: usize = 2 * journal::act::MOST_RECORDS;

impl JournalReader for Transaction<'_> {
    fn journal(&mut self, query: &JournalQuery) -> Result<Vec<StoredEntry>, StoreError> {
        let asked = Asked::new(self.dialect, query, query.limit);
        let rows = self.query("entry", &asked.sql("sequence, body"), &asked.params)?;
        let found: Vec<StoredEntry> = rows.into_iter().map(stored).collect::<Result<_, _>>()?;
        // Locked values are opened for people to read.
        found.into_iter().map(|one| Ok(StoredEntry { entry: self.opened_entry(one.entry)?, ..one })).collect()
    }

    fn journal_count(&mut self, query: &JournalQuery, ceiling: u64) -> Result<u64, StoreError> {
        let query = JournalQuery { behind: None, ..query.clone() };
        let asked = Asked::new(self.dialect, &query, usize::try_from(ceiling).unwrap_or(usize::MAX));
        let sql = format!("SELECT count(*) FROM ({}) counted", asked.sql("sequence"));
        let counted = self.first("entry", &sql, &asked.params)?.map(|mut row| row.int()).transpose()?;
        Ok(counted.and_then(|counted| u64::try_from(counted).ok()).unwrap_or_default())
    }

    fn records_ever(
        &mut self,
        ledger: &str,
        field: &str,
        person: &str,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        // The index on it is partial and on an expression: both stand in the question as they stand there.
        let (ledger, field) = (name(ledger)?, name(field)?);
        let value = self.dialect.json_text(&[field]).replace("r.", "");
        let sql = format!("SELECT DISTINCT id FROM version WHERE ledger = '{ledger}' AND {value} = $1 LIMIT $2");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.query("version", &sql, &[person.into(), limit.into()])?;
        rows.into_iter().map(|mut row| row.text()).collect()
    }

    fn explain_journal(&mut self, query: &JournalQuery) -> Result<Vec<String>, StoreError> {
        let asked = Asked::new(self.dialect, query, query.limit);
        let sql = asked.sql("sequence, body");
        match self.dialect {
            Dialect::Sqlite => {
                let rows = self.query("entry", &format!("EXPLAIN QUERY PLAN {sql}"), &asked.params)?;
                rows.into_iter()
                    .map(|mut row| {
                        let _numbers = (row.int()?, row.int()?, row.int()?);
                        row.text()
                    })
                    .collect()
            }
            Dialect::Postgres => {
                let rows = self.query("entry", &format!("EXPLAIN {sql}"), &asked.params)?;
                rows.into_iter().map(|mut row| row.text()).collect()
            }
        }
    }
}

impl Transaction<'_> {
    /// Note which records an entry about several records tells of.
    pub(super) fn touch(&mut self, sequence: i64, entry: &Entry) -> Result<(), StoreError> {
        let targets = targets(entry);
        if targets.is_empty() {
            return Ok(());
        }
        let sql = match self.dialect {
            Dialect::Sqlite => "INSERT INTO touch (target, sequence) SELECT value, $2 FROM json_each($1)",
            Dialect::Postgres => "INSERT INTO touch (target, sequence) SELECT unnest(CAST($1 AS text[])), $2",
        };
        self.execute("touch", sql, &[Param::List(targets), sequence.into()])?;
        Ok(())
    }
}

/// Records that an entry about several records tells of, each once.
pub(crate) fn targets(entry: &Entry) -> Vec<String> {
    let mut targets: Vec<String> = told(entry).take(MOST).map(str::to_owned).collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

fn told(entry: &Entry) -> impl Iterator<Item = &str> {
    let reads = entry.revision == 0 && (entry.act == DISPOSE || READS.contains(&entry.act.as_str()));
    let lists = entry.changes.values().filter(move |_| reads).filter_map(|change| change.after.get("records"));
    lists.filter_map(|list| list.as_array()).flatten().filter_map(|id| id.as_str()).filter(|id| *id != entry.record)
}

fn stored(mut row: Row) -> Result<StoredEntry, StoreError> {
    let (sequence, body) = (row.int()?, row.text()?);
    let entry = serde_json::from_str(&body).map_err(|_| row.corrupt("証跡として読めません"))?;
    Ok(StoredEntry { sequence, entry })
}

/// A question on its way into a statement.
struct Asked<'q> {
    dialect: Dialect,
    params: Vec<Param<'q>>,
    /// One condition for each part of the answer; the parts are put together in order.
    drivers: Vec<String>,
    filters: Vec<String>,
    order: &'static str,
    limit: String,
}

impl<'q> Asked<'q> {
    fn new(dialect: Dialect, query: &'q JournalQuery, limit: usize) -> Self {
        let order = match (query.after, query.oldest_first) {
            (Some(_), _) => "sequence",
            (None, true) => "at, sequence",
            (None, false) => "at DESC, sequence DESC",
        };
        let mut asked =
            Self { dialect, params: Vec::new(), drivers: Vec::new(), filters: Vec::new(), order, limit: String::new() };
        asked.drive(query);
        asked.filter(query);
        asked.limit = asked.bind(i64::try_from(limit).unwrap_or(i64::MAX).into());
        asked
    }

    fn bind(&mut self, param: Param<'q>) -> String {
        self.params.push(param);
        format!("${}", self.params.len())
    }

    /// A column as a filter that leaves the choice of the index to the driver.
    fn plain(&self, column: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("+{column}"),
            Dialect::Postgres => column.to_owned(),
        }
    }

    fn actor(&self, part: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("json_extract(body, '$.actor.{part}')"),
            Dialect::Postgres => format!("((body::jsonb) -> 'actor' ->> '{part}')"),
        }
    }

    fn body(&self, part: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("json_extract(body, '$.{part}')"),
            Dialect::Postgres => format!("((body::jsonb) ->> '{part}')"),
        }
    }

    /// The narrowest part of the question becomes the index.
    fn drive(&mut self, query: &'q JournalQuery) {
        if !query.sequences.is_empty() {
            let list = query.sequences.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
            self.drivers.push(format!("sequence IN ({list})"));
        } else if let Some(after) = query.after {
            let after = self.bind(after.into());
            self.drivers.push(format!("sequence > {after}"));
        } else if let Some(batch) = &query.batch {
            let batch = self.bind(batch.into());
            self.drivers.push(format!("batch = {batch}"));
        } else if !query.records.is_empty() {
            let list = self.bind(Param::List(query.records.clone()));
            let (own, told) = (self.dialect.is_in("record", &list), self.dialect.is_in("target", &list));
            self.drivers.push(format!(
                "sequence IN (SELECT sequence FROM entry WHERE {own} UNION SELECT sequence FROM touch WHERE {told})"
            ));
        } else if !query.accounts.is_empty() {
            self.each("account", &query.accounts);
        } else if let Some(address) = &query.address {
            let address = self.bind(address.into());
            self.drivers.push(format!("{} = {address}", self.actor("address")));
        } else if !query.acts.is_empty() && query.acts.iter().all(|act| !act.ends_with(':')) {
            self.each("act", &query.acts);
        } else if query.kind == Some(EntryKind::Reads) && query.acts.is_empty() {
            for act in READS {
                let act = self.bind(act.into());
                self.drivers.push(format!("act = {act}"));
            }
        } else if !query.ledgers.is_empty() {
            self.each("ledger", &query.ledgers);
        } else {
            self.drivers.push("TRUE".into());
        }
    }

    fn each(&mut self, column: &str, values: &'q [String]) {
        for value in values {
            let value = self.bind(value.into());
            self.drivers.push(format!("{column} = {value}"));
        }
    }

    fn filter(&mut self, query: &'q JournalQuery) {
        if query.after.is_none() && query.sequences.is_empty() {
            // Entries that tell of rows only, or of nothing any more, are for verification; nobody did anything by them.
            self.filters.push(format!("{} NOT IN ('{ROWS_ACT}', '{REMOVED}')", self.plain("act")));
        }
        let (act, ledger, account) = (self.plain("act"), self.plain("ledger"), self.plain("account"));
        for (column, list, keeps) in
            [(&account, &query.accounts, true), (&ledger, &query.ledgers, true), (&ledger, &query.except, false)]
        {
            if !list.is_empty() {
                let bound = self.bind(Param::List(list.clone()));
                let is_in = self.dialect.is_in(column, &bound);
                self.filters.push(if keeps { is_in } else { format!("NOT ({is_in})") });
            }
        }
        if !query.acts.is_empty() {
            let any: Vec<String> = query
                .acts
                .iter()
                .map(|wanted| match wanted.strip_suffix(':') {
                    None => {
                        let wanted = self.bind(wanted.into());
                        format!("{act} = {wanted}")
                    }
                    Some(_) => {
                        let wanted = self.bind(format!("{wanted}%").into());
                        format!("{act} LIKE {wanted}")
                    }
                })
                .collect();
            self.filters.push(format!("({})", any.join(" OR ")));
        }
        match query.kind {
            None => {}
            Some(EntryKind::Reads) => {
                let reads = self.bind(Param::List(READS.iter().map(|act| (*act).to_owned()).collect()));
                self.filters.push(self.dialect.is_in(&act, &reads));
            }
            Some(EntryKind::Changes) => self.filters.push(match self.dialect {
                Dialect::Sqlite => "json_extract(body, '$.revision') > 0".into(),
                Dialect::Postgres => "((body::jsonb) ->> 'revision')::bigint > 0".into(),
            }),
            Some(EntryKind::Acts) => self.filters.push(match self.dialect {
                Dialect::Sqlite => "json_extract(body, '$.revision') = 0".into(),
                Dialect::Postgres => "((body::jsonb) ->> 'revision')::bigint = 0".into(),
            }),
        }
        let address = query.address.as_ref().map(|address| (self.actor("address"), address));
        if let Some((column, address)) = address {
            let address = self.bind(address.into());
            self.filters.push(format!("{column} = {address}"));
        }
        for (column, words) in [(self.actor("device"), &query.device), (self.body("reason"), &query.reason)] {
            if let Some(words) = words {
                let pattern = words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                let pattern = self.bind(format!("%{pattern}%").into());
                self.filters.push(format!("{column} LIKE {pattern} ESCAPE '\\'"));
            }
        }
        if let Some(from) = query.from {
            let from = self.bind(from.into());
            self.filters.push(format!("at >= {from}"));
        }
        if let Some(until) = query.until {
            let until = self.bind(until.into());
            self.filters.push(format!("at < {until}"));
        }
        if let Some((at, sequence)) = query.behind {
            let (at, sequence) = (self.bind(at.into()), self.bind(sequence.into()));
            let than = if query.oldest_first { '>' } else { '<' };
            self.filters.push(format!("(at, sequence) {than} ({at}, {sequence})"));
        }
    }

    fn sql(&self, columns: &str) -> String {
        let (order, limit) = (self.order, &self.limit);
        let part = |driver: &String| {
            let mut sql = format!("SELECT sequence, at, body FROM entry WHERE {driver}");
            for filter in &self.filters {
                sql.push_str(" AND ");
                sql.push_str(filter);
            }
            format!("SELECT sequence, at, body FROM ({sql} ORDER BY {order} LIMIT {limit}) part")
        };
        let parts: Vec<String> = self.drivers.iter().map(part).collect();
        format!("SELECT {columns} FROM ({}) found ORDER BY {order} LIMIT {limit}", parts.join(" UNION ALL "))
    }
}
