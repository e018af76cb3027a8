//! A bounded pool of connections, the same for SQLite readers and PostgreSQL clients.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Lock a mutex. No closure of a caller ever runs unguarded while one is held, so a poisoned one is whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Inside<C> {
    idle: Vec<C>,
    open: usize,
}

/// The pool.
pub(crate) struct Pool<C> {
    inside: Mutex<Inside<C>>,
    returned: Condvar,
    limit: usize,
}

impl<C> Pool<C> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { inside: Mutex::new(Inside { idle: Vec::new(), open: 0 }), returned: Condvar::new(), limit: limit.max(1) }
    }

    /// Borrow an idle connection, open a new one below the limit, or wait for one.
    pub(crate) fn take<E>(&self, open: impl FnOnce() -> Result<C, E>) -> Result<Lease<'_, C>, E> {
        let mut inside = lock(&self.inside);
        loop {
            if let Some(connection) = inside.idle.pop() {
                return Ok(Lease { pool: self, connection: Some(connection) });
            }
            if inside.open < self.limit {
                break;
            }
            inside = self.returned.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        inside.open += 1;
        drop(inside);
        // An empty lease already counts as open, so that a failure to connect frees its place when it is dropped.
        let mut lease = Lease { pool: self, connection: None };
        lease.connection = Some(open()?);
        Ok(lease)
    }
}

/// A borrowed connection. It goes back to the pool when dropped, unless it was forgotten.
pub(crate) struct Lease<'p, C> {
    pool: &'p Pool<C>,
    connection: Option<C>,
}

impl<C> Lease<'_, C> {
    /// Close the connection instead of giving it back: it is broken.
    pub(crate) fn forget(mut self) {
        self.connection = None;
    }
}

impl<C> Drop for Lease<'_, C> {
    fn drop(&mut self) {
        let mut inside = lock(&self.pool.inside);
        match self.connection.take() {
            Some(connection) => inside.idle.push(connection),
            None => inside.open -= 1,
        }
        drop(inside);
        self.pool.returned.notify_one();
    }
}

impl<C> Deref for Lease<'_, C> {
    type Target = C;
    #[expect(clippy::expect_used, reason = "the connection is taken out only by drop and forget, which end the lease")]
    fn deref(&self) -> &C {
        self.connection.as_ref().expect("a lease holds its connection")
    }
}

impl<C> DerefMut for Lease<'_, C> {
    #[expect(clippy::expect_used, reason = "the connection is taken out only by drop and forget, which end the lease")]
    fn deref_mut(&mut self) -> &mut C {
        self.connection.as_mut().expect("a lease holds its connection")
    }
}
