//! The review of accounts (利用者棚卸し): at the start of each period a record for each office head, with everybody whose
//! account and roles that head is to confirm.
//!
//! A head is whoever holds the highest post of an office, from 室長 up. Nobody confirms themselves: a head's own account
//! is confirmed one office higher. Accounts of no person or no office go to the security officer.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use ledger::port::Writer;
use ledger::query::Filter;
use ledger::{Body, Change, Kernel, Principal, Record, Refusal};
use serde_json::Value;

use super::daily::{self, ADMINISTRATOR};
use super::stop::{self, Cause, PART};
use super::{Rule, find, grants};
use crate::names::{account, person, role_grant};

/// The ledger of reviews.
pub const LEDGER: &str = "account_review";
/// Lowest rank of a head of an office.
const LOWEST_HEAD: &str = "office_director";
/// Most lines of one review: the most rows of a field.
const MOST_LINES: usize = 500;

/// First day of the period that a day lies in: periods are counted from April.
pub fn period(day: NaiveDate, months: i64) -> NaiveDate {
    let months = u32::try_from(months.clamp(1, 12)).unwrap_or(3);
    let since_april = (day.month() + 12 - 4) % 12;
    let start = since_april - since_april % months;
    // April of the year that the period's first month belongs to.
    let year = if day.month() < 4 { day.year() - 1 } else { day.year() };
    let (year, month) = if start + 4 > 12 { (year + 1, start + 4 - 12) } else { (year, start + 4) };
    NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(day)
}

/// Open the reviews of the period that today lies in, once. In the period in which accounts were first watched nothing is
/// opened: those who set up an agency have just looked at every account.
///
/// # Errors
/// Those of the write path.
pub fn begin(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let today = kernel.today();
    let rule = Rule::on(tx, today)?;
    let from = period(today, rule.review_months);
    let known = Filter::Compare(find::text("period_from"), ledger::query::Comparison::Is, from.to_string().into());
    if !find::all(tx, LEDGER, known, 1)?.is_empty() {
        return Ok(0);
    }
    if calendar::jst_date(daily::counting_since(tx, kernel)?) >= from {
        return Ok(0);
    }
    let due = from.checked_add_days(Days::new(u64::try_from(rule.review_days).unwrap_or_default())).unwrap_or(from);
    let mut opened = 0;
    for ((organisation, reviewer), lines) in gather(tx, kernel)? {
        for part in lines.chunks(MOST_LINES) {
            let mut values = Body::new();
            values.insert("period_from".into(), from.to_string().into());
            values.insert("due_on".into(), due.to_string().into());
            values.insert("lines".into(), part.into());
            for (field, value) in [("organisation", &organisation), ("reviewer", &reviewer)] {
                if let Some(value) = value {
                    values.insert(field.into(), value.as_str().into());
                }
            }
            kernel.commit(tx, &Principal::system(PART), Change::create(LEDGER, values))?;
            opened += 1;
        }
    }
    Ok(opened)
}

/// Whose review a line belongs to: an office and its head; neither for what belongs to no office.
type Place = (Option<String>, Option<String>);

/// Lines of all accounts in use, by the head who confirms them.
fn gather(tx: &mut dyn Writer, kernel: &Kernel) -> Result<BTreeMap<Place, Vec<Value>>, Refusal> {
    let offices = Offices::read(tx, kernel)?;
    let mut lines: BTreeMap<Place, Vec<Value>> = BTreeMap::new();
    for account in find::all(tx, account::LEDGER, find::in_state(&[account::ACTIVE]), find::MOST)? {
        let place = account.text(account::PERSON).map_or((None, None), |person| offices.confirmed_by(person));
        let line = line(tx, kernel, &account)?;
        lines.entry(place).or_default().push(line);
    }
    Ok(lines)
}

fn line(tx: &mut dyn Writer, kernel: &Kernel, account: &Record) -> Result<Value, Refusal> {
    let today = kernel.today().to_string();
    let held = grants::of_account(tx, &account.id)?;
    let in_force = held.iter().filter(|grant| {
        grant.text(role_grant::VALID_FROM).is_none_or(|from| from <= today.as_str())
            && grant.text(role_grant::VALID_TO).is_none_or(|to| today.as_str() <= to)
    });
    let (mut roles, mut standing) = (Vec::new(), false);
    for grant in in_force {
        standing |= grant.text(role_grant::ROLE) == Some(ADMINISTRATOR) && grant.text(role_grant::VALID_TO).is_none();
        roles.push(grants::role_label(kernel, grant));
    }
    let name = match account.text(account::PERSON) {
        Some(person) => tx.record(person::LEDGER, person)?.and_then(|one| one.text(person::NAME).map(String::from)),
        None => None,
    };
    let used = daily::last_use(tx, &account.id)?.map(|used| calendar::jst_date(used).to_string());
    let mut line = Body::new();
    for (column, text) in [
        ("login", account.text(account::LOGIN).map(String::from)),
        ("name", name),
        ("roles", (!roles.is_empty()).then(|| roles.join("、"))),
        ("last_use", used),
    ] {
        if let Some(text) = text {
            line.insert(column.into(), text.into());
        }
    }
    line.insert("standing".into(), standing.into());
    Ok(line.into())
}

/// After a review was confirmed: whoever is to stop, stops.
pub(super) fn follow(tx: &mut dyn Writer, kernel: &Kernel, review: &Record) -> Result<(), Refusal> {
    let lines = review.value("lines").as_array().cloned().unwrap_or_default();
    for line in lines.iter().filter(|line| line.get("decision").and_then(Value::as_str) == Some("stop")) {
        let Some(login) = line.get("login").and_then(Value::as_str) else { continue };
        let found = tx.lookup(account::LEDGER, account::LOGIN, &[login.to_string()])?;
        for id in found.values().flatten() {
            if let Some(account) = tx.record(account::LEDGER, id)? {
                stop::stop(tx, kernel, &account, Cause::Reviewed)?;
            }
        }
    }
    Ok(())
}

/// What a reviewer may not change: who stands in the review, with which roles.
pub(super) fn keep_lines(before: &Record, after: &Record) -> bool {
    let facts = |record: &Record| -> Vec<Value> {
        let lines = record.value("lines").as_array().cloned().unwrap_or_default();
        lines
            .into_iter()
            .map(|mut line| {
                if let Some(line) = line.as_object_mut() {
                    line.retain(|name, value| !matches!(name.as_str(), "decision" | "note") && !value.is_null());
                }
                line
            })
            .collect()
    };
    facts(before) == facts(after)
}

/// The tree of offices with their heads, and where everybody works.
struct Offices {
    parent: BTreeMap<String, String>,
    head: BTreeMap<String, (usize, String)>,
    office_of: BTreeMap<String, String>,
}

impl Offices {
    fn read(tx: &mut dyn Writer, kernel: &Kernel) -> Result<Self, Refusal> {
        let ranks: Vec<String> = kernel
            .catalogue
            .choices
            .get("rank")
            .map_or_else(Vec::new, |set| set.choices.iter().map(|choice| choice.code.clone()).collect());
        let lowest = ranks.iter().position(|rank| rank == LOWEST_HEAD).unwrap_or(0);
        let mut all = Self { parent: BTreeMap::new(), head: BTreeMap::new(), office_of: BTreeMap::new() };
        for office in find::all(tx, "organisation", Filter::Everything, find::MOST)? {
            if let Some(parent) = office.text("parent") {
                all.parent.insert(office.id.clone(), parent.to_string());
            }
        }
        let posts: BTreeMap<String, Record> = find::all(tx, "post", Filter::Everything, find::MOST)?
            .into_iter()
            .map(|post| (post.id.clone(), post))
            .collect();
        let today = find::in_force("start_on", "end_on", kernel.today());
        for assignment in find::all(tx, "assignment", today, find::MOST)? {
            let Some(post) = assignment.text("post").and_then(|post| posts.get(post)) else { continue };
            let (Some(office), Some(person)) = (post.text("organisation"), assignment.text("person")) else { continue };
            if assignment.text("kind") == Some("main") {
                all.office_of.insert(person.to_string(), office.to_string());
            }
            let rank = post.text("rank").and_then(|rank| ranks.iter().position(|known| known == rank)).unwrap_or(0);
            if rank >= lowest && all.head.get(office).is_none_or(|(highest, _)| rank > *highest) {
                all.head.insert(office.to_string(), (rank, person.to_string()));
            }
        }
        Ok(all)
    }

    /// The nearest office with a head who is somebody else.
    fn confirmed_by(&self, person: &str) -> Place {
        let mut office = self.office_of.get(person);
        // As many steps as there are offices, should the tree have a loop.
        for _ in 0..=self.parent.len() {
            let Some(at) = office else { break };
            if let Some((_, head)) = self.head.get(at).filter(|(_, head)| head != person) {
                return (Some(at.clone()), Some(head.clone()));
            }
            office = self.parent.get(at);
        }
        (None, None)
    }
}

#[cfg(test)]
mod tests {
    use super::period;

    #[test]
    fn periods_are_counted_from_april() {
        for (day, months, from) in [
            ("2026-04-01", 3, "2026-04-01"),
            ("2026-06-30", 3, "2026-04-01"),
            ("2026-11-20", 3, "2026-10-01"),
            ("2027-01-01", 3, "2027-01-01"),
            ("2027-03-31", 3, "2027-01-01"),
            ("2027-03-31", 6, "2026-10-01"),
            ("2027-02-10", 12, "2026-04-01"),
            ("2026-12-31", 1, "2026-12-01"),
            ("2027-01-15", 4, "2026-12-01"),
        ] {
            assert_eq!(period(day.parse().unwrap(), months).to_string(), from, "{day} every {months} months");
        }
    }
}
