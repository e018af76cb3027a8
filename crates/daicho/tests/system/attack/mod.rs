//! Stories of attackers. Each is one thing that somebody tries, told against the running server through the same doors
//! that everybody has; what must not happen is asserted.
//!
//! The stories of one file share a [`Scene`]: each must leave it so that the next can be told. A story that fails is named
//! with all others that fail.

mod assignment;
mod factor;
mod files;
mod forgery;
mod header;
mod injection;
mod reference;
mod script;
mod session;
mod sign_in;
mod transport;

use std::panic::{AssertUnwindSafe, catch_unwind};

use ledger::{Change, Record};
use serde_json::json;
use testkit::on_each_database;

use crate::agency::Agency;
use crate::browser::Browser;

/// What an attacker must never read.
pub const SECRET: &str = "himitsu-no-mendan-7391";

/// When the clerk was born: nobody but the clerk and personnel may know.
pub const BORN: &str = "1985-07-16";

/// An agency with people of every kind.
pub struct Scene {
    pub agency: Agency,
    /// A clerk.
    pub clerk: Browser,
    /// Another clerk, who attacks.
    pub other: Browser,
    /// Personnel office.
    pub personnel: Browser,
    /// System administrator.
    pub administrator: Browser,
    /// The clerk's person and the other's.
    pub clerk_person: Record,
    pub other_person: Record,
    /// The clerk's interview, which the other must not see.
    pub interview: Record,
    /// Account of the other.
    pub other_account: String,
}

impl Scene {
    fn new(store: store::Store) -> Self {
        let agency = Agency::with(store, "2026-11-20", |settings| {
            settings.sign_in.attempts.per_address.burst = 100_000;
            settings.upload_megabytes = 4;
        });
        let person = |number: &str, name: &str, born: &str| {
            agency.create("person", json!({ "number": number, "name": name, "birth_date": born }))
        };
        let clerk_person = person("7001", "見本　守", BORN);
        let other_person = person("7002", "見本　攻", "1990-01-02");
        let chief = person("7003", "見本　長", "1970-03-04");
        let clerk = agency.somebody("mamoru", Some(&clerk_person.id), &[]);
        let other = agency.somebody("semeru", Some(&other_person.id), &[]);
        let personnel = agency.somebody("jinji", None, &["personnel"]);
        let administrator = agency.somebody("kanri", None, &["administrator"]);
        let interview = agency.create(
            "interview_record",
            json!({ "person": clerk_person.id, "interviewer": chief.id, "kind": "career", "held_on": "2026-11-02",
                "content": SECRET }),
        );
        let interview = agency
            .commit(Change::transition("interview_record", &interview.id, interview.revision, "show"))
            .unwrap_or_else(|refusal| panic!("{refusal:?}"));
        let login = ["semeru".to_string()];
        let found = agency.installation().store.read(|tx| tx.lookup("account", "login", &login));
        let other_account = found.expect("the accounts")["semeru"][0].clone();
        Self { agency, clerk, other, personnel, administrator, clerk_person, other_person, interview, other_account }
    }

    /// Somebody unknown.
    pub fn stranger(&self) -> Browser {
        Browser::anonymous(self.agency.address)
    }

    /// The record as it stands.
    pub fn now(&self, record: &Record) -> Record {
        let read = self.agency.installation().store.read(|tx| tx.record(&record.ledger, &record.id));
        read.expect("the database").expect("the record")
    }

    /// Number of records of a ledger.
    pub fn count(&self, ledger: &str) -> u64 {
        let everything = ledger::query::Filter::Everything;
        let count = self.agency.installation().store.read(|tx| tx.count(ledger, &everything, None, 100_000));
        count.expect("the database")
    }
}

/// One story: what is tried, and the trying.
pub type Story = (&'static str, fn(&Scene));

/// Tell the stories on each database and name all that fail.
fn tell(stories: &[Story]) {
    on_each_database(|store| {
        let scene = Scene::new(store);
        let mut failed = Vec::new();
        for (what, attack) in stories {
            if let Err(cause) = catch_unwind(AssertUnwindSafe(|| attack(&scene))) {
                let text = cause.downcast_ref::<String>().cloned();
                let text = text.or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string)).unwrap_or_default();
                failed.push(format!("{what}: {text}"));
            }
        }
        assert!(failed.is_empty(), "{} of {} stories failed:\n{}", failed.len(), stories.len(), failed.join("\n"));
    });
}

/// All stories, by file.
fn all() -> [&'static [Story]; 11] {
    [
        session::STORIES,
        forgery::STORIES,
        reference::STORIES,
        assignment::STORIES,
        script::STORIES,
        header::STORIES,
        files::STORIES,
        injection::STORIES,
        sign_in::STORIES,
        factor::STORIES,
        transport::STORIES,
    ]
}

#[test]
fn there_are_at_least_a_hundred_different_stories() {
    let mut names: Vec<&str> = all().into_iter().flatten().map(|(what, _)| *what).collect();
    let told = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), told, "two stories have the same name");
    assert!(told >= 100, "{told} stories");
}

#[test]
fn sessions_cannot_be_fixed_guessed_or_kept() {
    tell(session::STORIES);
}

#[test]
fn requests_cannot_be_forged() {
    tell(forgery::STORIES);
}

#[test]
fn records_of_others_cannot_be_reached() {
    tell(reference::STORIES);
}

#[test]
fn values_cannot_be_smuggled_into_a_record() {
    tell(assignment::STORIES);
}

#[test]
fn scripts_do_not_run() {
    tell(script::STORIES);
}

#[test]
fn headers_and_logs_cannot_be_written_into() {
    tell(header::STORIES);
}

#[test]
fn files_do_no_harm() {
    tell(files::STORIES);
}

#[test]
fn nothing_is_taken_for_a_command() {
    tell(injection::STORIES);
}

#[test]
fn signing_in_tells_nothing_and_tokens_end() {
    tell(sign_in::STORIES);
}

#[test]
fn the_second_step_cannot_be_skipped_or_replayed() {
    tell(factor::STORIES);
}

#[test]
fn messages_are_taken_as_they_are_framed() {
    tell(transport::STORIES);
}
