//! What a page asks of the database does not grow with the number of records it shows.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use journal::{Hash, StoredEntry, TileId};
use ledger::port::{
    Attachment, Cosignature, Credential, DeskItem, DeskReader, DisposalReader, DisposedBy, Duty, DutyFilter,
    DutyReader, FactorReader, FileReader, HistoryQuery, Job, JournalQuery, JournalReader, Mail, PackReader, Reader,
    RecordReader, ReferenceRow, SealHead, SealLag, SealReader, SealRun, SealedEntry, SecondFactor, Session,
    SignInGuard, SignInReader, StoreError, StoredCheckpoint, StoredPack, Token, Unsealed, Witnessed, WorkReader,
};
use ledger::query::{Filter, Group, Operand, Query};
use ledger::{Principal, Record};

use crate::loan::story;
use crate::site::{self, Answer};

/// Counts the questions that pass through.
struct Counting<'a> {
    inner: &'a mut dyn Reader,
    calls: usize,
}

macro_rules! passed_on {
    ($($port:ident { $(fn $name:ident($($arg:ident: $kind:ty),*) -> $result:ty;)* })*) => {
        $(impl $port for Counting<'_> {
            $(fn $name(&mut self, $($arg: $kind),*) -> Result<$result, StoreError> {
                self.calls += 1;
                self.inner.$name($($arg),*)
            })*
        })*
    };
}

passed_on! {
    RecordReader {
        fn record(ledger: &str, id: &str) -> Option<Record>;
        fn record_at(ledger: &str, id: &str, at: DateTime<Utc>) -> Option<Record>;
        fn record_revision(ledger: &str, id: &str, revision: i64) -> Option<Record>;
        fn records(ledger: &str, ids: &[String]) -> Vec<Record>;
        fn versions(ledger: &str, after: &str, records: usize) -> Vec<Record>;
        fn find(query: &Query) -> Vec<Record>;
        fn count(ledger: &str, filter: &Filter, as_of: Option<DateTime<Utc>>, ceiling: u64) -> u64;
        fn group(ledger: &str, filter: &Filter, by: &[Operand], as_of: Option<DateTime<Utc>>) -> Vec<Group>;
        fn lookup(ledger: &str, field: &str, values: &[String]) -> BTreeMap<String, Vec<String>>;
        fn referrers(ledger: &str, id: &str, limit: usize) -> Vec<ReferenceRow>;
        fn history(query: &HistoryQuery) -> Vec<StoredEntry>;
    }
    DutyReader {
        fn duties(filter: &DutyFilter) -> Vec<Duty>;
        fn duties_by_field(ledger: &str, filter: &Filter, field: &str, days: (NaiveDate, NaiveDate), limit: u64) -> (Vec<(String, u64, u64)>, bool);
        fn duty_counts(ledger: &str, today: NaiveDate) -> Vec<(String, Option<String>, u64, u64)>;
    }
    DeskReader {
        fn desk(account: &str, key: &str) -> Option<DeskItem>;
        fn desk_items(account: &str, prefix: &str) -> Vec<DeskItem>;
    }
    SignInReader {
        fn credential(account: &str) -> Option<Credential>;
        fn session(key: &str) -> Option<Session>;
        fn sessions(account: &str) -> Vec<Session>;
        fn token(key: &str) -> Option<Token>;
        fn tokens() -> Vec<Token>;
    }
    WorkReader {
        fn job(id: &str) -> Option<Job>;
        fn jobs(account: &str, limit: usize) -> Vec<Job>;
        fn mails(limit: usize) -> Vec<(Mail, Option<DateTime<Utc>>, Option<String>)>;
        fn backlog() -> (u64, u64);
    }
    FileReader {
        fn attachment(id: &str) -> Option<Attachment>;
    }
    JournalReader {
        fn journal(query: &JournalQuery) -> Vec<StoredEntry>;
        fn journal_count(query: &JournalQuery, ceiling: u64) -> u64;
        fn records_ever(ledger: &str, field: &str, person: &str, limit: usize) -> Vec<String>;
        fn explain_journal(query: &JournalQuery) -> Vec<String>;
    }
    DisposalReader {
        fn disposed(ids: &[String]) -> BTreeMap<String, DisposedBy>;
        fn entries_about(ledger: &str, record: &str) -> Vec<i64>;
    }
    FactorReader {
        fn guard(account: &str) -> SignInGuard;
        fn browser_guard(account: &str, browser: &str) -> SignInGuard;
        fn locked_accounts(limit: usize) -> Vec<(String, SignInGuard)>;
        fn passwords_before(account: &str, limit: usize) -> Vec<String>;
        fn second_factors(account: &str) -> Vec<SecondFactor>;
        fn second_factor(handle: &str) -> Option<SecondFactor>;
        fn knows_device(account: &str, device: &str) -> (bool, bool);
        fn is_device(device: &str) -> bool;
        fn idle_sessions(unused_since: DateTime<Utc>) -> Vec<Session>;
    }
    SealReader {
        fn seal_head() -> Option<SealHead>;
        fn unsealed(after: i64, limit: usize) -> Vec<Unsealed>;
        fn seal_lag() -> SealLag;
        fn seal_tile(tile: TileId) -> Vec<Hash>;
        fn seal_runs(from: u64, limit: usize) -> Vec<SealRun>;
        fn sealed_entries(from: u64, until: u64) -> Vec<SealedEntry>;
        fn sealed_entries_of(ledger: &str, record: &str, limit: usize) -> Vec<SealedEntry>;
        fn seal_position(sequence: i64) -> Option<u64>;
        fn newest_checkpoint() -> Option<StoredCheckpoint>;
        fn checkpoints(limit: usize) -> Vec<StoredCheckpoint>;
        fn checkpoint_over(position: u64) -> Option<StoredCheckpoint>;
        fn cosignatures(size: u64) -> Vec<Cosignature>;
        fn newest_cosignatures() -> Vec<Cosignature>;
        fn witnessed() -> Vec<Witnessed>;
    }
    PackReader {
        fn newest_installation() -> i64;
        fn packs() -> Vec<StoredPack>;
        fn pack_versions(name: &str) -> Vec<StoredPack>;
    }
}

/// The answer, and the questions it took.
fn counted(loans: &crate::loan::Loans, who: &Principal, address: &str) -> (Answer, usize) {
    let mut calls = 0;
    let answer = site::read_through(&loans.desk, who, address, &mut |inner, work| {
        let mut counting = Counting { inner, calls: 0 };
        let outcome = work(&mut counting);
        calls = counting.calls;
        outcome
    });
    (answer, calls)
}

#[test]
fn questions_do_not_grow_with_the_records_shown() {
    story(|loans| {
        let pages = ["/ledgers/loan", "/ledgers/loan?group=kind", "/search?q=L", "/", "/ledgers/loan/new"];
        let fill = |numbers: std::ops::Range<usize>| {
            for number in numbers {
                let borrower = &loans.people[number % 3].id;
                let office = &loans.office.id;
                loans.loan(&format!("L-{number:03}"), &[("borrower", borrower), ("office", office)]);
            }
        };
        fill(0..5);
        let few: Vec<usize> = pages.iter().map(|page| counted(&loans, &loans.clerk, page).1).collect();
        fill(5..48);
        for (page, few) in pages.iter().zip(few) {
            let (answer, many) = counted(&loans, &loans.clerk, page);
            answer.is(200);
            assert!(many <= few, "{page}: {few} questions for 5 records, {many} for 48");
            assert!(many <= 20, "{page}: {many} questions");
        }
        let record = loans.loan("L-900", &[("borrower", &loans.people[0].id)]);
        for (page, most) in [("", 16), ("/edit", 16)] {
            let (answer, many) = counted(&loans, &loans.clerk, &format!("/ledgers/loan/{}{page}", record.id));
            answer.is(200);
            assert!(many <= most, "{page}: {many} questions");
        }
    });
}
