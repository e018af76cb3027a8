//! Legal hold (保全): what is kept although its time is over. Erasure, disposal and the end of an installation ask the same
//! question here, so that none of them goes by a reading of its own.

use chrono::{DateTime, NaiveDate, Utc};

use crate::port::{Reader, StoreError};
use crate::query::{Filter, Operand, Query};
use crate::record::Record;

/// The ledger of holds, as packs declare it. Where no pack does, nothing is held.
pub const HOLD: &str = "legal_hold";
/// States of a hold in force: one whose lifting waits for the second person is.
const IN_FORCE: [&str; 2] = ["held", "lifting"];
/// Most holds that are looked at.
const MOST: usize = 10_000;

/// A hold in force.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hold {
    /// Identifier of its record.
    pub id: String,
    /// Its number, by which people know it.
    pub number: String,
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
            number: record.text("number").unwrap_or_default().to_owned(),
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
        in_time && self.covers_record(ledger, persons)
    }

    /// Whether it holds a record of that ledger about these persons, whenever it was written: a record is one whole.
    pub fn covers_record(&self, ledger: &str, persons: &[String]) -> bool {
        let of_person = self.persons.is_empty() || persons.iter().any(|person| self.persons.contains(person));
        let of_ledger = self.ledgers.is_empty() || self.ledgers.iter().any(|held| held == ledger);
        of_person && of_ledger
    }

    /// Whether it keeps the values of a person, which stand in these ledgers, from being erased. A key opens all of a
    /// person's values, so a hold on some of them keeps them all.
    pub fn keeps_person(&self, person: &str, ledgers: &[String]) -> bool {
        match (self.persons.is_empty(), self.ledgers.is_empty()) {
            (false, _) => self.persons.iter().any(|held| held == person),
            (true, true) => true,
            (true, false) => self.ledgers.iter().any(|held| ledgers.contains(held)),
        }
    }
}

/// Holds in force.
///
/// # Errors
/// When the database fails.
pub fn holds_in_force(tx: &mut (impl Reader + ?Sized)) -> Result<Vec<Hold>, StoreError> {
    let query = Query {
        ledger: HOLD.into(),
        filter: Filter::OneOf(Operand::State, IN_FORCE.iter().map(|state| (*state).into()).collect()),
        sort: Vec::new(),
        after: None,
        limit: MOST,
        as_of: None,
    };
    Ok(tx.find(&query)?.iter().map(Hold::of).collect())
}

/// Holds that keep the values of this person, which stand in these ledgers, from being erased.
///
/// # Errors
/// When the database fails.
pub fn holds(tx: &mut (impl Reader + ?Sized), person: &str, ledgers: &[String]) -> Result<Vec<Hold>, StoreError> {
    Ok(holds_in_force(tx)?.into_iter().filter(|hold| hold.keeps_person(person, ledgers)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_keeps_what_is_in_its_time_of_its_persons_in_its_ledgers() {
        let at = |day: &str| format!("{day}T03:00:00Z").parse::<DateTime<Utc>>().unwrap();
        let hold = |persons: &[&str], ledgers: &[&str], from: &str, to: &str| Hold {
            id: "h".into(),
            number: String::new(),
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

    #[test]
    fn a_hold_on_a_part_of_a_person_keeps_the_key_of_the_whole() {
        let hold = |persons: &[&str], ledgers: &[&str]| Hold {
            persons: persons.iter().map(|person| (*person).to_string()).collect(),
            ledgers: ledgers.iter().map(|ledger| (*ledger).to_string()).collect(),
            ..Hold::default()
        };
        let table = [
            (hold(&[], &[]), true),
            (hold(&["p"], &[]), true),
            (hold(&["q"], &[]), false),
            (hold(&["p"], &["post"]), true),
            (hold(&["q"], &["person"]), false),
            (hold(&[], &["person"]), true),
            (hold(&[], &["post"]), false),
        ];
        for (hold, wanted) in table {
            assert_eq!(hold.keeps_person("p", &["person".into()]), wanted, "{hold:?}");
        }
    }
}
