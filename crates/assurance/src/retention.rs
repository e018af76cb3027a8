//! How long the journal is kept, and what a legal hold (保全) keeps longer. What is due is found each day, decided by two
//! people, and disposed of by the archive of the journal; leaf hashes stay, so that verification goes on.

use chrono::{DateTime, Months, NaiveDate, Utc};
use journal::act::READS;
use ledger::port::{EntryKind, JournalQuery, Reader, StoreError, Writer};
use ledger::query::{Filter, Operand, Query};
use ledger::{Change, Kernel, Principal, Record, Refusal};
use serde_json::{Value, json};

use crate::names::ledger_name;
use crate::search::subject_field;

/// Entries looked at for one proposal.
const MOST: usize = 10_000;

/// A hold in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hold {
    /// Identifier of its record.
    pub id: String,
    /// Persons it covers; with `ledgers` both empty it covers everything.
    pub persons: Vec<String>,
    /// Ledgers it covers.
    pub ledgers: Vec<String>,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day.
    pub to: Option<NaiveDate>,
}

impl Hold {
    fn of(record: &Record) -> Self {
        let day = |name: &str| record.text(name).and_then(|day| day.parse().ok());
        Self {
            id: record.id.clone(),
            persons: record.references("persons").into_iter().map(String::from).collect(),
            ledgers: record.text("ledgers").unwrap_or_default().split_whitespace().map(String::from).collect(),
            from: day("covers_from"),
            to: day("covers_to"),
        }
    }

    /// Whether it holds what was done at that instant, in that ledger, to these persons. Persons and ledgers narrow it
    /// together: a person's records in some ledgers.
    pub fn covers(&self, at: DateTime<Utc>, ledger: &str, persons: &[String]) -> bool {
        let day = calendar::jst_date(at);
        let in_time = self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to);
        let of_person = self.persons.is_empty() || persons.iter().any(|person| self.persons.contains(person));
        let of_ledger = self.ledgers.is_empty() || self.ledgers.iter().any(|held| held == ledger);
        in_time && of_person && of_ledger
    }
}

fn find(tx: &mut (impl Reader + ?Sized), ledger: &str, states: &[&str]) -> Result<Vec<Record>, StoreError> {
    tx.find(&Query {
        ledger: ledger.into(),
        filter: Filter::OneOf(Operand::State, states.iter().map(|state| (*state).into()).collect()),
        sort: Vec::new(),
        after: None,
        limit: MOST,
        as_of: None,
    })
}

/// Holds in force: those whose lifting waits for the second person are still in force.
pub fn holds_in_force(tx: &mut (impl Reader + ?Sized)) -> Result<Vec<Hold>, StoreError> {
    Ok(find(tx, ledger_name::HOLD, &["held", "lifting"])?.iter().map(Hold::of).collect())
}

/// Holds that keep anything about this person: while there is one, nothing of the person may be erased.
pub fn holds(tx: &mut (impl Reader + ?Sized), person: &str) -> Result<Vec<Hold>, StoreError> {
    let all = holds_in_force(tx)?.into_iter();
    Ok(all.filter(|hold| hold.persons.is_empty() || hold.persons.iter().any(|held| held == person)).collect())
}

/// Persons that an entry is about: who acted, and whom the record is about now.
fn persons(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    entry: &journal::Entry,
) -> Result<Vec<String>, StoreError> {
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
        for record in tx.records(&entry.ledger, &records)? {
            persons.extend(record.text(field).map(String::from));
        }
    }
    Ok(persons)
}

/// Entries that are due under a rule before a day, and how many of them a hold keeps.
struct Due {
    entries: u64,
    held: u64,
}

fn due(tx: &mut dyn Writer, kernel: &Kernel, query: &JournalQuery, holds: &[Hold]) -> Result<Due, Refusal> {
    let found = tx.journal(query)?;
    let mut due = Due { entries: 0, held: 0 };
    for stored in &found {
        let entry = &stored.entry;
        let persons = if holds.is_empty() { Vec::new() } else { persons(tx, kernel, entry)? };
        match holds.iter().any(|hold| hold.covers(entry.at, &entry.ledger, &persons)) {
            true => due.held += 1,
            false => due.entries += 1,
        }
    }
    Ok(due)
}

/// Propose what is past its time, once while a proposal of the same rule is undecided.
///
/// # Errors
/// Those of the kernel.
pub fn propose(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let today = kernel.today();
    let rules = find(tx, ledger_name::RETENTION, &["active"])?;
    let open = find(tx, ledger_name::DISPOSAL, &["due", "asked", "approved"])?;
    let holds = holds_in_force(tx)?;
    let named: Vec<String> = rules.iter().filter_map(|rule| rule.text("target").map(String::from)).collect();
    let mut made = 0;
    for rule in &rules {
        let day = |name: &str| rule.text(name).and_then(|day| day.parse::<NaiveDate>().ok());
        let in_force =
            day("valid_from").is_none_or(|from| from <= today) && day("valid_to").is_none_or(|to| today <= to);
        let undecided = open.iter().any(|disposal| disposal.text("rule") == Some(rule.id.as_str()));
        let years = rule.value("years").as_i64().and_then(|years| u32::try_from(years).ok()).unwrap_or(100);
        let Some(until) = today.checked_sub_months(Months::new(years.saturating_mul(12))) else { continue };
        if !in_force || undecided {
            continue;
        }
        let query = JournalQuery {
            until: Some(calendar::jst::start_of_day(until)),
            ledgers: rule.text("target").map(String::from).into_iter().collect(),
            // A rule of its own takes a ledger out of the general one.
            except: if rule.text("target").is_none() { named.clone() } else { Vec::new() },
            kind: match rule.text("kind") {
                Some("reads") => Some(EntryKind::Reads),
                Some("changes") => Some(EntryKind::Changes),
                _ => None,
            },
            oldest_first: true,
            limit: MOST,
            ..JournalQuery::default()
        };
        let due = due(tx, kernel, &query, &holds)?;
        if due.entries == 0 {
            continue;
        }
        let values = json!({
            "name": format!("{}（{}より前）", rule.text("name").unwrap_or_default(), calendar::format_date(until)),
            "rule": rule.id,
            "target": rule.text("target"),
            "until": until.to_string(),
            "entries": due.entries,
            "held": due.held,
            "found_on": today.to_string(),
        });
        let change = Change::create(ledger_name::DISPOSAL, values.as_object().cloned().unwrap_or_default());
        kernel.commit(tx, &Principal::system("retention"), change)?;
        made += 1;
    }
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_keeps_what_is_in_its_time_of_its_persons_in_its_ledgers() {
        let at = |day: &str| format!("{day}T03:00:00Z").parse::<DateTime<Utc>>().unwrap();
        let hold = |persons: &[&str], ledgers: &[&str], from: &str, to: &str| Hold {
            id: "h".into(),
            persons: persons.iter().map(|person| (*person).to_string()).collect(),
            ledgers: ledgers.iter().map(|ledger| (*ledger).to_string()).collect(),
            from: from.parse().ok(),
            to: to.parse().ok(),
        };
        let table = [
            (hold(&[], &[], "", ""), true),
            (hold(&["p"], &[], "", ""), true),
            (hold(&["q"], &[], "", ""), false),
            (hold(&["q", "p"], &["person"], "", ""), true),
            (hold(&["p"], &["post"], "", ""), false),
            (hold(&[], &["person"], "2020-01-01", "2020-12-31"), true),
            (hold(&[], &["person"], "2020-05-11", ""), false),
            (hold(&[], &["person"], "2020-05-10", "2020-05-10"), true),
            (hold(&[], &[], "", "2020-05-09"), false),
        ];
        for (hold, wanted) in table {
            assert_eq!(hold.covers(at("2020-05-10"), "person", &["p".into()]), wanted, "{hold:?}");
        }
    }
}
