//! Lists, counts and groups.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Condition, in_force};
use crate::access::Access;
use crate::definition::{Ledger, SortColumn};
use crate::kernel::Kernel;
use crate::port::Reader;
use crate::principal::Principal;
use crate::query::{Cursor, Filter, Group, Query, Sort};
use crate::record::Record;
use crate::refusal::{Problem, Refusal};
use crate::search;

/// Counting under a condition stops here; a page then says "1,000件以上". A ledger as a whole is counted to its end.
pub const COUNT_CEILING: u64 = 1_000;
/// Most conditions of one request.
const MOST_CONDITIONS: usize = 50;
/// Most columns of one order, and of one grouping.
const MOST_COLUMNS: usize = 8;
/// Most characters of the words searched for.
const MOST_CHARACTERS: usize = 200;
/// At most so many records on one page.
pub const LARGEST_PAGE: usize = 1_000;

/// What a reader asks of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListRequest {
    /// Ledger.
    pub ledger: String,
    /// Conditions, all of which must hold.
    pub conditions: Vec<Condition>,
    /// Words, all of which must be found.
    pub words: Option<String>,
    /// Order; that of the ledger where empty.
    pub sort: Vec<SortColumn>,
    /// Place behind which the page begins, as given by [`Page::next`].
    pub cursor: Option<String>,
    /// Records on the page; 50 where 0.
    pub limit: usize,
    /// As the ledger stood at that instant.
    pub as_of: Option<DateTime<Utc>>,
    /// Only facts in force on that day.
    pub in_force: Option<NaiveDate>,
}

/// One page of a list, with only what the reader may see.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// Records, unreadable fields taken out.
    pub records: Vec<Record>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
}

impl Kernel {
    /// The filter of a request: what the reader may see, and what was asked for.
    pub fn request_filter(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        ledger: &Ledger,
        request: &ListRequest,
    ) -> Result<Filter, Refusal> {
        bounded(request)?;
        let access = Access::new(ledger, who);
        let mut filter = access.visible();
        if filter == Filter::Nothing {
            return Err(Refusal::NotFound);
        }
        for condition in &request.conditions {
            filter = filter.and(condition.filter(&self.catalogue, tx, ledger, who, self.today())?);
        }
        if let Some(day) = request.in_force {
            filter = filter.and(in_force(ledger, &access, day));
        }
        if let Some(words) = request.words.as_deref().filter(|words| !words.trim().is_empty()) {
            filter = filter.and(search_filter(ledger, &access, words));
        }
        Ok(filter)
    }

    /// One page of a list.
    pub fn list(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        request: &ListRequest,
    ) -> Result<Page, Refusal> {
        let ledger = self.ledger(&request.ledger)?;
        let access = Access::new(&ledger, who);
        let filter = self.request_filter(tx, who, &ledger, request)?;
        let sort = order(&ledger, &access, &request.sort)?;
        let after = match request.cursor.as_deref() {
            None => None,
            Some(text) => {
                Some(Cursor::decode(text).filter(|cursor| cursor.values.len() == sort.len()).ok_or_else(|| {
                    Refusal::invalid(Problem::record("ページの位置を読み取れません。一覧を開き直してください。"))
                })?)
            }
        };
        let limit = if request.limit == 0 { 50 } else { request.limit.min(LARGEST_PAGE) };
        let query = Query {
            ledger: ledger.name.clone(),
            filter,
            sort: sort.clone(),
            after,
            limit: limit + 1,
            as_of: request.as_of,
        };
        let mut records = tx.find(&query)?;
        let more = records.len() > limit;
        records.truncate(limit);
        // The cursor holds guarded values only: a value that may not be seen is empty in it.
        let next = records.last().filter(|_| more).map(|record| Cursor::behind(record, &sort).encode());
        // A past version is judged by its own state, and the record must still be within reach today, as with one record.
        if request.as_of.is_some() {
            let ids: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
            let today: BTreeSet<String> = tx
                .records(&ledger.name, &ids)?
                .into_iter()
                .filter(|now| access.may_read(now))
                .map(|now| now.id)
                .collect();
            records.retain(|record| today.contains(&record.id));
        }
        Ok(Page { records: records.into_iter().map(|record| access.redact(record)).collect(), next })
    }

    /// How many records the request finds, up to [`COUNT_CEILING`] under a condition.
    pub fn count(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        request: &ListRequest,
    ) -> Result<u64, Refusal> {
        let ledger = self.ledger(&request.ledger)?;
        let filter = self.request_filter(tx, who, &ledger, request)?;
        let ceiling = if filter == Filter::Everything { u64::from(u32::MAX) } else { COUNT_CEILING };
        Ok(tx.count(&ledger.name, &filter, request.as_of, ceiling)?)
    }

    /// Records counted by the values of fields.
    pub fn group(
        &self,
        tx: &mut (impl Reader + ?Sized),
        who: &Principal,
        request: &ListRequest,
        by: &[&str],
    ) -> Result<Vec<Group>, Refusal> {
        let ledger = self.ledger(&request.ledger)?;
        let access = Access::new(&ledger, who);
        let filter = self.request_filter(tx, who, &ledger, request)?;
        if by.len() > MOST_COLUMNS {
            let message = format!("集計は{MOST_COLUMNS}項目までにしてください。");
            return Err(Refusal::invalid(Problem::record(message)));
        }
        let mut operands = Vec::new();
        for name in by {
            operands.push(
                comparable(&ledger, name)
                    .then(|| access.operand(name))
                    .flatten()
                    .ok_or_else(|| Refusal::invalid(Problem::record(format!("「{name}」では集計できません。"))))?,
            );
        }
        Ok(tx.group(&ledger.name, &filter, &operands, request.as_of)?)
    }
}

/// Nobody asks for more than this by hand; whoever does would keep the database busy for others.
fn bounded(request: &ListRequest) -> Result<(), Refusal> {
    let words = request.words.as_deref().map_or(0, |words| words.chars().count());
    if request.conditions.len() > MOST_CONDITIONS || request.sort.len() > MOST_COLUMNS || words > MOST_CHARACTERS {
        let message = format!(
            "条件は{MOST_CONDITIONS}個、並べ替えは{MOST_COLUMNS}列、探す語は{MOST_CHARACTERS}文字までにしてください。"
        );
        return Err(Refusal::invalid(Problem::record(message)));
    }
    Ok(())
}

/// Words searched for in the classes that may be read.
pub(super) fn search_filter(ledger: &Ledger, access: &Access<'_>, words: &str) -> Filter {
    let grams = search::query_grams(words);
    if grams.is_empty() {
        return Filter::Everything;
    }
    let visible = access.visible();
    let classes = ledger
        .classes
        .iter()
        .map(|class| (class.name.clone(), access.readable(&class.name)))
        .filter(|(_, readable)| *readable != Filter::Nothing)
        .map(|(class, readable)| if readable == visible { (class, Filter::Everything) } else { (class, readable) })
        .collect();
    Filter::Search { grams, classes }
}

/// Whether the database can order and group by it: an encrypted value has neither order nor group.
fn comparable(ledger: &Ledger, name: &str) -> bool {
    let name = name.split('.').next().unwrap_or(name);
    ledger.field(name).is_none_or(|field| !field.encrypted)
}

fn order(ledger: &Ledger, access: &Access<'_>, asked: &[SortColumn]) -> Result<Vec<Sort>, Refusal> {
    let columns = if asked.is_empty() { &ledger.views.sort } else { asked };
    let mut sort = Vec::new();
    for column in columns {
        match access.operand(&column.field).filter(|_| comparable(ledger, &column.field)) {
            Some(operand) => sort.push(Sort { operand, descending: column.descending }),
            // The ledger's own order may name what this reader may not see; it is then passed over.
            None if asked.is_empty() => {}
            None => {
                let message = format!("「{}」では並べ替えられません。", column.field);
                return Err(Refusal::invalid(Problem::record(message)));
            }
        }
    }
    if sort.is_empty() {
        sort.push(Sort { operand: crate::query::Operand::RecordedAt, descending: true });
    }
    Ok(sort)
}
