//! The one writer. Callers take turns on its connection and share a transaction; whoever finds nobody waiting behind him
//! commits for all, and only then is any of them answered. So the cost of flushing the disk is shared by all who come at the
//! same time, and a lone caller waits for nobody.
//!
//! A refusal undoes only itself. Most refusals have written nothing. One that has is undone with the whole group, and all of
//! it is run again: that is rare, and savepoints for every caller would cost a fifth of the time, as SQLite then keeps apart
//! what each of them wrote. Right after such a failure callers do get savepoints, so that nobody is undone again and again.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use ledger::port::StoreError;

use super::connection::SqliteConnection;
use super::file::Identity;
use crate::connection::{Connection, Fault};
use crate::locks::Locks;
use crate::pool::lock;
use crate::store::Statistics;
use crate::transaction::{Transaction, run};

/// Callers that get savepoints after a group had to be undone.
const CAREFUL: usize = 64;

/// What became of the transaction that several callers share.
#[derive(Clone)]
enum End {
    /// Safe on the disk.
    Kept,
    /// Undone, because another caller failed after it had written: to be run again.
    Again,
    /// Undone by a fault.
    Lost(Fault),
}

#[derive(Default)]
struct Outcome {
    done: Mutex<Option<End>>,
    told: Condvar,
}

impl Outcome {
    fn tell(&self, end: End) {
        *lock(&self.done) = Some(end);
        self.told.notify_all();
    }

    fn wait(&self) -> End {
        let mut done = lock(&self.done);
        loop {
            if let Some(end) = &*done {
                return end.clone();
            }
            done = self.told.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// An open transaction and how many have taken part in it.
struct Group {
    outcome: Arc<Outcome>,
    members: usize,
}

struct Seat {
    connection: SqliteConnection,
    group: Option<Group>,
    /// So many more callers get savepoints.
    careful: usize,
}

pub(super) struct GroupWriter {
    seat: Mutex<Seat>,
    /// Callers on their way to the seat. Each of them will look whether it must commit, so a group is never forgotten.
    waiting: AtomicUsize,
    identity: Identity,
    limit: usize,
    locks: Arc<Locks>,
    transactions: AtomicU64,
    commits: AtomicU64,
}

impl GroupWriter {
    pub(super) fn new(connection: SqliteConnection, identity: Identity, limit: usize, locks: Arc<Locks>) -> Self {
        Self {
            seat: Mutex::new(Seat { connection, group: None, careful: 0 }),
            waiting: AtomicUsize::new(0),
            identity,
            limit: limit.max(1),
            locks,
            transactions: AtomicU64::new(0),
            commits: AtomicU64::new(0),
        }
    }

    pub(super) fn statistics(&self) -> Statistics {
        Statistics {
            transactions: self.transactions.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
        }
    }

    /// Run a closure and return when what it wrote is safe on the disk, or nothing of it is stored.
    pub(super) fn write<T, E: From<StoreError>>(
        &self,
        mut work: impl FnMut(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transactions.fetch_add(1, Ordering::Relaxed);
        loop {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let mut seat = lock(&self.seat);
            self.waiting.fetch_sub(1, Ordering::SeqCst);

            let (outcome, result) = loop {
                let outcome = seat.join().map_err(Fault::store_error)?;
                // Undone with others, it is run again as the first of a group, where its answer rests on nobody else.
                if let Some(result) = seat.attempt(&self.locks, &mut work) {
                    break (outcome, result);
                }
            };
            let full = seat.group.as_ref().is_some_and(|group| group.members >= self.limit);
            if full || self.waiting.load(Ordering::SeqCst) == 0 {
                self.commit(&mut seat);
            }
            drop(seat);

            // An error is told only now as well: it may rest on what others of the group wrote.
            match outcome.wait() {
                End::Kept => return result,
                End::Again => {}
                End::Lost(fault) => return Err(fault.store_error().into()),
            }
        }
    }

    fn commit(&self, seat: &mut Seat) {
        let Some(group) = seat.group.take() else { return };
        let result =
            self.identity.check().and_then(|()| seat.connection.batch("COMMIT")).and_then(|()| self.identity.check());
        group.outcome.tell(match result {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
                End::Kept
            }
            Err(fault) => {
                seat.rollback();
                End::Lost(fault)
            }
        });
    }
}

impl Seat {
    /// Take part in the open transaction, or begin one.
    fn join(&mut self) -> Result<Arc<Outcome>, Fault> {
        let group = match &mut self.group {
            Some(group) => group,
            None => {
                self.connection.batch("BEGIN IMMEDIATE")?;
                self.group.insert(Group { outcome: Arc::default(), members: 0 })
            }
        };
        group.members += 1;
        Ok(Arc::clone(&group.outcome))
    }

    /// Run a closure, and undo what it wrote when it fails. `None` when that undid the whole group: it is to be run again.
    fn attempt<T, E: From<StoreError>>(
        &mut self,
        locks: &Locks,
        work: impl FnMut(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Option<Result<T, E>> {
        let first = self.group.as_ref().is_some_and(|group| group.members == 1);
        let savepoint = !first && self.careful > 0;
        if savepoint {
            self.careful -= 1;
            if let Err(fault) = self.connection.batch("SAVEPOINT member") {
                return Some(Err(fault.store_error().into()));
            }
        }
        let ran = run(&mut self.connection, locks, work);
        let ended = match &ran.result {
            _ if savepoint && ran.result.is_ok() => self.connection.batch("RELEASE member"),
            _ if savepoint => self.connection.batch("ROLLBACK TO member; RELEASE member"),
            Err(_) if ran.wrote && !first && !self.connection.inner.is_autocommit() => {
                self.rollback();
                self.careful = CAREFUL;
                if let Some(group) = self.group.take() {
                    group.outcome.tell(End::Again);
                }
                return None;
            }
            // Others may already wait to join, so the group goes on with nothing in it.
            Err(_) if ran.wrote => self.connection.batch("ROLLBACK; BEGIN IMMEDIATE"),
            _ => Ok(()),
        };
        // A full or failing disk makes SQLite roll back the whole transaction, and with it what the others wrote.
        if ended.is_err() || self.connection.inner.is_autocommit() {
            self.rollback();
            let fault = ended.err().unwrap_or_else(|| Fault::unavailable("データベースが処理を取り消しました"));
            let fault = Fault { unavailable: true, ..fault };
            if let Some(group) = self.group.take() {
                group.outcome.tell(End::Lost(fault));
            }
        }
        Some(ran.result)
    }

    /// Undo the open transaction. A failure needs no answer here: the next BEGIN fails too and says why.
    fn rollback(&mut self) {
        if !self.connection.inner.is_autocommit() {
            let _ = self.connection.batch("ROLLBACK");
        }
    }
}
