//! Who holds which post in which office on a day: read once, asked many times.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ledger::port::Reader;
use ledger::query::Filter;
use ledger::refusal::Refusal;
use ledger::{Kernel, Record};

use super::find;
use super::names::{CONCURRENT, RANKS, ledger_name};

/// An office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Office above.
    pub parent: Option<String>,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Name.
    pub name: String,
    /// Office it belongs to.
    pub organisation: String,
    /// Rank (職制段階).
    pub rank: String,
    /// Place of the rank, lowest first.
    pub height: usize,
}

/// That a person holds a post on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Person.
    pub person: String,
    /// Post.
    pub post: String,
    /// Beside the principal post (併任).
    pub concurrent: bool,
    /// First day.
    pub since: Option<NaiveDate>,
}

/// A member of staff, in the few facts that a round asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Member {
    /// Staff number.
    pub number: String,
    /// Name.
    pub name: String,
    /// Last day of service.
    pub retired_on: Option<NaiveDate>,
    /// Last day of conditional appointment (条件付採用).
    pub conditional_until: Option<NaiveDate>,
}

/// The staff of the agency on one day, by identifiers of records.
#[derive(Debug, Clone, Default)]
pub struct Staffing {
    /// The day.
    pub day: NaiveDate,
    /// Offices.
    pub offices: BTreeMap<String, Office>,
    /// Posts.
    pub posts: BTreeMap<String, Post>,
    /// People.
    pub people: BTreeMap<String, Member>,
    by_post: BTreeMap<String, Vec<Holding>>,
    by_person: BTreeMap<String, Vec<Holding>>,
    by_office: BTreeMap<String, Vec<String>>,
}

impl Staffing {
    /// Read offices, posts, people and the assignments in force on the day.
    pub fn load(tx: &mut (impl Reader + ?Sized), kernel: &Kernel, day: NaiveDate) -> Result<Self, Refusal> {
        let ranks = kernel.catalogue.choices.get(RANKS);
        let height = |rank: &str| {
            ranks.and_then(|set| set.choices.iter().position(|choice| choice.code == rank)).unwrap_or_default()
        };
        let mut staffing = Self { day, ..Self::default() };
        let all = |tx: &mut _, ledger| find::all(tx, ledger, Filter::Everything, find::MOST);
        let word = |record: &Record, field| record.text(field).unwrap_or_default().to_string();
        for record in all(tx, ledger_name::ORGANISATION)? {
            let office = Office {
                code: word(&record, "code"),
                name: word(&record, "name"),
                parent: find::owned(&record, "parent"),
            };
            staffing.offices.insert(record.id, office);
        }
        for record in all(tx, ledger_name::POST)? {
            let rank = word(&record, "rank");
            let post = Post {
                name: word(&record, "name"),
                organisation: word(&record, "organisation"),
                height: height(&rank),
                rank,
            };
            staffing.posts.insert(record.id, post);
        }
        for record in all(tx, ledger_name::PERSON)? {
            let member = Member {
                number: word(&record, "number"),
                name: word(&record, "name"),
                retired_on: find::date(&record, "retired_on"),
                conditional_until: find::date(&record, "conditional_until"),
            };
            staffing.people.insert(record.id, member);
        }
        let in_force = find::in_force("start_on", "end_on", day);
        for record in find::all(tx, ledger_name::ASSIGNMENT, in_force, find::MOST)? {
            staffing.add(Holding {
                person: word(&record, "person"),
                post: word(&record, "post"),
                concurrent: record.text("kind") == Some(CONCURRENT),
                since: find::date(&record, "start_on"),
            });
        }
        staffing.arrange();
        Ok(staffing)
    }

    pub(super) fn add(&mut self, holding: Holding) {
        self.by_post.entry(holding.post.clone()).or_default().push(holding.clone());
        self.by_person.entry(holding.person.clone()).or_default().push(holding);
    }

    /// Principal holders before concurrent ones, then by who came first; posts of an office from the lowest.
    pub(super) fn arrange(&mut self) {
        for holdings in self.by_post.values_mut().chain(self.by_person.values_mut()) {
            holdings.sort_by(|one, two| {
                (one.concurrent, one.since, &one.person, &one.post).cmp(&(
                    two.concurrent,
                    two.since,
                    &two.person,
                    &two.post,
                ))
            });
        }
        self.by_office.clear();
        for (id, post) in &self.posts {
            self.by_office.entry(post.organisation.clone()).or_default().push(id.clone());
        }
        for posts in self.by_office.values_mut() {
            posts.sort_by_key(|id| self.posts.get(id).map(|post| post.height));
        }
    }

    /// The principal post of a person.
    pub fn main(&self, person: &str) -> Option<&Holding> {
        self.by_person.get(person)?.iter().find(|holding| !holding.concurrent)
    }

    /// Concurrent posts of a person.
    pub fn concurrent(&self, person: &str) -> impl Iterator<Item = &Holding> {
        self.by_person.get(person).into_iter().flatten().filter(|holding| holding.concurrent)
    }

    /// Everybody with a principal post, by staff number.
    pub fn staff(&self) -> Vec<&Holding> {
        let mut staff: Vec<&Holding> = self.by_person.keys().filter_map(|person| self.main(person)).collect();
        staff.sort_by_key(|holding| self.people.get(&holding.person).map(|member| &member.number));
        staff
    }

    /// The holder of a post who is none of these; `preferred` when they hold it.
    pub fn holder(&self, post: &str, not: &[&str], preferred: Option<&str>) -> Option<&Holding> {
        let holders = self.by_post.get(post)?;
        let fit = |holding: &&Holding| !not.contains(&holding.person.as_str());
        holders
            .iter()
            .filter(fit)
            .find(|holding| Some(holding.person.as_str()) == preferred)
            .or_else(|| holders.iter().find(fit))
    }

    /// Posts that stand above a rank, nearest first: the highest post of each office on the way up.
    pub fn superiors(&self, organisation: &str, height: usize) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        let mut level = self.offices.get_key_value(organisation);
        while let Some((id, office)) = level {
            // A loop in the tree of offices ends the walk.
            if seen.contains(&id.as_str()) {
                break;
            }
            seen.push(id);
            let top = self.by_office.get(id).and_then(|posts| posts.last());
            if let Some(post) = top.filter(|post| self.posts.get(*post).is_some_and(|post| post.height > height)) {
                found.push(post);
            }
            level = office.parent.as_deref().and_then(|parent| self.offices.get_key_value(parent));
        }
        found
    }

    /// The office and those above it, nearest first.
    pub fn upwards<'a>(&'a self, organisation: &'a str) -> Vec<&'a str> {
        let mut found = vec![organisation];
        let mut level = self.offices.get(organisation);
        while let Some(parent) = level.and_then(|office| office.parent.as_deref()) {
            if found.contains(&parent) {
                break;
            }
            found.push(parent);
            level = self.offices.get(parent);
        }
        found
    }

    /// Name of a person; empty when unknown.
    pub fn name(&self, person: &str) -> &str {
        self.people.get(person).map_or("", |member| member.name.as_str())
    }

    /// Name of a post; empty when unknown.
    pub fn post_name(&self, post: &str) -> &str {
        self.posts.get(post).map_or("", |post| post.name.as_str())
    }

    /// Name of an office; empty when unknown.
    pub fn office_name(&self, office: &str) -> &str {
        self.offices.get(office).map_or("", |office| office.name.as_str())
    }
}
