//! How long entries and records are kept. What is past its time is found each day, decided by two people, and taken away by
//! [`crate::disposal`]; leaf hashes stay, so that verification goes on. What a legal hold keeps is said by [`ledger::hold`].

use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use journal::act::{ARCHIVED, DISPOSE, KEY_ROTATED, READS, REMOVED};
use ledger::definition::{Field, Kind, Ledger};
use ledger::hold::{HOLD, Hold, holds_in_force};
use ledger::port::{DutyFilter, EntryKind, JournalQuery, Reader, StoreError, Writer};
use ledger::query::{Comparison, Filter, Operand, Order, Query};
use ledger::{Change, Kernel, Principal, Record, Refusal};
use serde_json::{Value, json};

use crate::names::ledger_name;
use crate::search::subject_field;

/// Entries counted, and records looked at, for one proposal.
const MOST: usize = 10_000;
/// Records in one proposal: as many as two people can look through.
pub const RECORDS: usize = 200;
/// Records that refer to one that is to go: with more, it is still in use.
const REFERRERS: usize = 200;
/// Days until what was kept on purpose is proposed again.
const AGAIN: u64 = 30;
/// Ledgers whose records are never disposed of: what says why something is not there any more must stay.
const NEVER: [&str; 3] = [ledger_name::DISPOSAL, ledger_name::RETENTION, HOLD];

/// A rule of retention.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its record.
    pub id: String,
    name: String,
    /// Ledger; none for entries in all ledgers without a rule of their own.
    pub target: Option<String>,
    kind: String,
    years: u32,
    starts: Option<String>,
    states: Vec<String>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    active: bool,
}

impl Rule {
    /// The rule that a record says.
    pub fn of(record: &Record) -> Self {
        let text = |name: &str| record.text(name).map(String::from);
        let day = |name: &str| record.text(name).and_then(|day| day.parse::<NaiveDate>().ok());
        Self {
            id: record.id.clone(),
            name: text("name").unwrap_or_default(),
            target: text("target"),
            kind: text("kind").unwrap_or_default(),
            years: record.value("years").as_i64().and_then(|years| u32::try_from(years).ok()).unwrap_or(100),
            starts: text("starts"),
            states: text("states").unwrap_or_default().split_whitespace().map(String::from).collect(),
            from: day("valid_from"),
            to: day("valid_to"),
            active: record.state == "active",
        }
    }

    /// The day before which everything is past its time; none while the rule is not in force.
    pub fn until(&self, today: NaiveDate) -> Option<NaiveDate> {
        let in_force = self.from.is_none_or(|from| from <= today) && self.to.is_none_or(|to| today <= to);
        let until = today.checked_sub_months(Months::new(self.years.saturating_mul(12)));
        until.filter(|_| self.active && in_force)
    }

    /// The question for entries that may go before a day; none where the rule is for records only.
    pub fn entries(&self, until: NaiveDate, except: &[String]) -> Option<JournalQuery> {
        let kind = match self.kind.as_str() {
            "reads" => EntryKind::Reads,
            // What changed a record goes with the record.
            "all" => EntryKind::Acts,
            _ => return None,
        };
        Some(JournalQuery {
            until: Some(calendar::jst::start_of_day(until)),
            ledgers: self.target.iter().cloned().collect(),
            // A rule of its own takes a ledger out of the general one.
            except: if self.target.is_none() { except.to_vec() } else { Vec::new() },
            kind: Some(kind),
            oldest_first: true,
            limit: MOST,
            ..JournalQuery::default()
        })
    }

    /// The ledger whose records go by this rule.
    fn records<'k>(&self, kernel: &'k Kernel) -> Option<&'k Ledger> {
        let target = self.target.as_deref().filter(|target| self.kind != "reads" && !NEVER.contains(target))?;
        kernel.catalogue.ledger(target).map(AsRef::as_ref)
    }

    /// States in which a record may go: those that the rule names, else those from which nothing leads on.
    fn states(&self, ledger: &Ledger) -> Vec<String> {
        if !self.states.is_empty() {
            return self.states.clone();
        }
        let (states, transitions) = (&ledger.workflow.states, &ledger.workflow.transitions);
        let ends = |name: &String| !transitions.iter().any(|transition| transition.from.contains(name));
        let ended = states.iter().filter(|state| state.closed || ends(&state.name));
        ended.map(|state| state.name.clone()).collect()
    }

    /// The field whose day begins the time; none where the last change begins it.
    fn starts<'l>(&self, ledger: &'l Ledger) -> Option<&'l Field> {
        let plain = |field: &&Field| matches!(field.kind, Kind::Date) && !field.encrypted;
        self.starts.as_deref().and_then(|name| ledger.field(name)).filter(plain)
    }

    fn past(&self, ledger: &Ledger, record: &Record, until: NaiveDate) -> bool {
        let changed = calendar::jst_date(record.recorded_at) < until;
        changed
            && match (self.starts(ledger), &self.starts) {
                (Some(field), _) => record.text(&field.name).is_some_and(|day| day < until.to_string().as_str()),
                // A beginning that the ledger does not know keeps everything.
                (None, Some(_)) => false,
                (None, None) => true,
            }
    }
}

pub(crate) fn find(tx: &mut (impl Reader + ?Sized), ledger: &str, states: &[&str]) -> Result<Vec<Record>, StoreError> {
    tx.find(&Query {
        ledger: ledger.into(),
        filter: Filter::OneOf(Operand::State, states.iter().map(|state| (*state).into()).collect()),
        sort: Vec::new(),
        after: None,
        limit: MOST,
        as_of: None,
    })
}

/// Ledgers that have a rule of their own.
pub(crate) fn named(tx: &mut (impl Reader + ?Sized)) -> Result<Vec<String>, StoreError> {
    Ok(find(tx, ledger_name::RETENTION, &["active"])?.iter().filter_map(|rule| Rule::of(rule).target).collect())
}

/// Whether an entry may go without the record it is about. What a verification needs never goes.
pub(crate) fn may_go(entry: &journal::Entry) -> bool {
    let needed = [KEY_ROTATED, ARCHIVED, DISPOSE, REMOVED].contains(&entry.act.as_str());
    entry.revision == 0 && !needed && !NEVER.contains(&entry.ledger.as_str())
}

/// Whether a hold keeps an entry: by who acted, and whom the record is about now. Where that is not known any more, every
/// hold on persons keeps it.
pub(crate) fn is_held(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    holds: &[Hold],
    entry: &journal::Entry,
) -> Result<bool, StoreError> {
    if holds.is_empty() {
        return Ok(false);
    }
    let mut persons: Vec<String> = entry.actor.person.iter().cloned().collect();
    let mut records = vec![entry.record.clone()];
    for change in entry.changes.values().filter(|_| READS.contains(&entry.act.as_str())) {
        let listed = change.after.get("records").and_then(Value::as_array).into_iter().flatten();
        records.extend(listed.filter_map(|id| id.as_str().map(String::from)));
    }
    records.retain(|id| !id.is_empty());
    if entry.ledger == ledger_name::PERSON {
        persons.extend(records);
    } else if let Some(field) = kernel.catalogue.ledger(&entry.ledger).and_then(|ledger| subject_field(ledger)) {
        let found = tx.records(&entry.ledger, &records)?;
        if found.len() < records.len() {
            persons.extend(holds.iter().flat_map(|hold| hold.persons.clone()));
        }
        persons.extend(found.iter().filter_map(|record| record.text(field).map(String::from)));
    }
    Ok(holds.iter().any(|hold| hold.covers(entry.at, &entry.ledger, &persons)))
}

/// Everybody whom a record names, now or in a former version: a hold on one of them keeps the record.
fn persons_in(tx: &mut (impl Reader + ?Sized), ledger: &Ledger, record: &Record) -> Result<Vec<String>, StoreError> {
    let fields: Vec<&str> = ledger
        .fields
        .iter()
        .filter(|field| field.target() == Some(ledger_name::PERSON))
        .map(|field| field.name.as_str())
        .collect();
    let mut persons = Vec::new();
    if ledger.name == ledger_name::PERSON {
        persons.push(record.id.clone());
    }
    let mut versions = vec![record.clone()];
    for revision in 1..record.revision {
        versions.extend(tx.record_revision(&ledger.name, &record.id, revision)?);
    }
    for version in &versions {
        persons.extend(fields.iter().flat_map(|field| version.references(field)).map(String::from));
    }
    persons.sort_unstable();
    persons.dedup();
    Ok(persons)
}

/// Why a record stays although it was proposed; none when it may go. Asked when it is proposed and again when it is taken
/// away: much may have happened in between.
///
/// # Errors
/// When the database fails.
pub fn keeps(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    rule: &Rule,
    holds: &[Hold],
    until: NaiveDate,
    record: &Record,
) -> Result<Option<String>, StoreError> {
    let Some(ledger) = rule.records(kernel).filter(|ledger| ledger.name == record.ledger) else {
        return Ok(Some("規則の対象ではない".into()));
    };
    if !rule.states(ledger).contains(&record.state) {
        return Ok(Some(format!("{}のため", ledger.workflow.state_label(&record.state))));
    }
    if !rule.past(ledger, record, until) {
        return Ok(Some("保存期間が過ぎていない".into()));
    }
    let persons = if holds.is_empty() { Vec::new() } else { persons_in(tx, ledger, record)? };
    if let Some(hold) = holds.iter().find(|hold| hold.covers_record(&ledger.name, &persons)) {
        return Ok(Some(format!("{}の対象", hold.number)));
    }
    let open = DutyFilter {
        ledger: Some(ledger.name.clone()),
        record: Some(record.id.clone()),
        limit: 1,
        ..DutyFilter::default()
    };
    if !tx.duties(&open)?.is_empty() {
        return Ok(Some("終わっていない仕事がある".into()));
    }
    if tx.referrers(&ledger.name, &record.id, REFERRERS + 1)?.len() > REFERRERS {
        return Ok(Some(format!("{REFERRERS}件を超える記録が参照している")));
    }
    Ok(None)
}

/// What one proposal is about.
#[derive(Default)]
struct Due {
    entries: u64,
    held: u64,
    list: Vec<Value>,
}

fn due_entries(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    query: &JournalQuery,
    holds: &[Hold],
    due: &mut Due,
) -> Result<(), Refusal> {
    for stored in tx.journal(query)?.iter().filter(|stored| may_go(&stored.entry)) {
        match is_held(tx, kernel, holds, &stored.entry)? {
            true => due.held += 1,
            false => due.entries += 1,
        }
    }
    Ok(())
}

fn due_records(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    rule: &Rule,
    until: NaiveDate,
    holds: &[Hold],
    due: &mut Due,
) -> Result<(), Refusal> {
    let Some(ledger) = rule.records(kernel) else { return Ok(()) };
    let states: Vec<Value> = rule.states(ledger).into_iter().map(Value::from).collect();
    let changed: DateTime<Utc> = calendar::jst::start_of_day(until);
    let mut all = vec![
        Filter::OneOf(Operand::State, states),
        Filter::Compare(Operand::RecordedAt, Comparison::Below, ledger::query::instant_text(changed).into()),
    ];
    if let Some(field) = rule.starts(ledger) {
        let operand = Operand::Field { name: field.name.clone(), order: Order::Text };
        all.push(Filter::Compare(operand, Comparison::Below, until.to_string().into()));
    }
    let query = Query {
        ledger: ledger.name.clone(),
        filter: Filter::All(all),
        sort: Vec::new(),
        after: None,
        limit: MOST,
        as_of: None,
    };
    for record in tx.find(&query)? {
        if due.list.len() == RECORDS {
            break;
        }
        if keeps(tx, kernel, rule, holds, until, &record)?.is_some() {
            due.held += 1;
            continue;
        }
        // No title: it may name a person, and this list stays when the record is gone.
        let number = ledger.numbering.as_ref().and_then(|numbering| record.text(&numbering.field));
        due.list.push(json!({
            "ledger": ledger.label,
            "record": record.id,
            "number": number,
            "changed": calendar::jst_date(record.recorded_at).to_string(),
        }));
    }
    Ok(())
}

/// Propose what is past its time, once while a proposal of the same rule is undecided, and again a month after it was kept.
///
/// # Errors
/// Those of the kernel.
pub fn propose(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let today = kernel.today();
    let rules: Vec<Rule> = find(tx, ledger_name::RETENTION, &["active"])?.iter().map(Rule::of).collect();
    let named: Vec<String> = rules.iter().filter_map(|rule| rule.target.clone()).collect();
    let recent = today.checked_sub_days(Days::new(AGAIN)).unwrap_or(today).to_string();
    let mut open = find(tx, ledger_name::DISPOSAL, &["due", "asked", "approved", "kept"])?;
    open.retain(|one| one.state != "kept" || one.text("found_on").is_some_and(|day| day > recent.as_str()));
    let holds = holds_in_force(tx)?;
    let mut made = 0;
    for rule in &rules {
        let undecided = open.iter().any(|disposal| disposal.text("rule") == Some(rule.id.as_str()));
        let Some(until) = rule.until(today).filter(|_| !undecided) else { continue };
        let mut due = Due::default();
        if let Some(query) = rule.entries(until, &named) {
            due_entries(tx, kernel, &query, &holds, &mut due)?;
        }
        due_records(tx, kernel, rule, until, &holds, &mut due)?;
        if due.entries == 0 && due.list.is_empty() {
            continue;
        }
        let values = json!({
            "name": format!("{}（{}より前）", rule.name, calendar::format_date(until)),
            "rule": rule.id,
            "target": rule.target,
            "until": until.to_string(),
            "entries": due.entries,
            "records": due.list.len(),
            "held": due.held,
            "list": due.list,
            "found_on": today.to_string(),
        });
        let change = Change::create(ledger_name::DISPOSAL, values.as_object().cloned().unwrap_or_default());
        kernel.commit(tx, &Principal::system("retention"), change)?;
        made += 1;
    }
    Ok(made)
}
