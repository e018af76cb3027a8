//! The one writer. Callers take turns on its connection, each in a savepoint of a common transaction; whoever finds
//! nobody waiting behind him commits for all, and only then is any of them answered. So the cost of flushing the disk is
//! shared by all who come at the same time, and a lone caller waits for nobody.

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

/// What became of the transaction that several callers share.
#[derive(Default)]
struct Outcome {
    done: Mutex<Option<Result<(), Fault>>>,
    told: Condvar,
}

impl Outcome {
    fn tell(&self, result: Result<(), Fault>) {
        *lock(&self.done) = Some(result);
        self.told.notify_all();
    }

    fn wait(&self) -> Result<(), Fault> {
        let mut done = lock(&self.done);
        loop {
            if let Some(result) = &*done {
                return result.clone();
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
            seat: Mutex::new(Seat { connection, group: None }),
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
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut seat = lock(&self.seat);
        self.waiting.fetch_sub(1, Ordering::SeqCst);

        let outcome = seat.join().map_err(Fault::store_error)?;
        let result = seat.attempt(&self.locks, work);
        self.transactions.fetch_add(1, Ordering::Relaxed);
        let full = seat.group.as_ref().is_some_and(|group| group.members >= self.limit);
        if full || self.waiting.load(Ordering::SeqCst) == 0 {
            self.commit(&mut seat);
        }
        drop(seat);

        // An error is told only now as well: it may rest on what others of the group wrote.
        outcome.wait().map_err(Fault::store_error)?;
        result
    }

    fn commit(&self, seat: &mut Seat) {
        let Some(group) = seat.group.take() else { return };
        let result =
            self.identity.check().and_then(|()| seat.connection.batch("COMMIT")).and_then(|()| self.identity.check());
        match &result {
            Ok(()) => {
                self.commits.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => seat.rollback(),
        }
        group.outcome.tell(result);
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

    /// Run a closure in a savepoint, which is kept only when it succeeds. The first of a group needs none: the whole
    /// transaction is its own, and SQLite need not keep apart what it wrote (a fifth of the time of a long act).
    fn attempt<T, E: From<StoreError>>(
        &mut self,
        locks: &Locks,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let first = self.group.as_ref().is_some_and(|group| group.members == 1);
        if !first && let Err(fault) = self.connection.batch("SAVEPOINT member") {
            return Err(fault.store_error().into());
        }
        let ran = run(&mut self.connection, locks, work);
        let ended = match (&ran.result, first) {
            (Ok(_), true) => Ok(()),
            (Ok(_), false) => self.connection.batch("RELEASE member"),
            // Others may already wait to join, so the group goes on with nothing in it.
            (Err(_), true) => self.connection.batch("ROLLBACK; BEGIN IMMEDIATE"),
            (Err(_), false) => self.connection.batch("ROLLBACK TO member; RELEASE member"),
        };
        // A full or failing disk makes SQLite roll back the whole transaction, and with it what the others wrote.
        if ended.is_err() || self.connection.inner.is_autocommit() {
            self.rollback();
            let fault = ended.err().unwrap_or_else(|| Fault::unavailable("データベースが処理を取り消しました"));
            let fault = Fault { unavailable: true, ..fault };
            if let Some(group) = self.group.take() {
                group.outcome.tell(Err(fault));
            }
        }
        ran.result
    }

    /// Undo the open transaction. A failure needs no answer here: the next BEGIN fails too and says why.
    fn rollback(&mut self) {
        if !self.connection.inner.is_autocommit() {
            let _ = self.connection.batch("ROLLBACK");
        }
    }
}
