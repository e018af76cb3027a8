//! A bound on how many passwords are hashed at once.
//!
//! Each hashing takes the memory that the settings name (19 MiB by default). Without a bound, a hundred sign-ins at once
//! would take two gibibytes, and anybody could make them. More than the machine has cores would not be faster anyway.

use std::sync::{Condvar, Mutex, PoisonError};

/// Hashing is bounded for the process as a whole, because its memory is.
pub static HASHING: Gate = Gate::new();

/// Lets a few threads through at a time; the others wait.
pub struct Gate {
    inside: Mutex<usize>,
    left: Condvar,
}

impl Gate {
    const fn new() -> Self {
        Self { inside: Mutex::new(0), left: Condvar::new() }
    }

    /// Do the work once there is room for it.
    pub fn pass<T>(&self, room: usize, work: impl FnOnce() -> T) -> T {
        let inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let mut inside = self.left.wait_while(inside, |inside| *inside >= room).unwrap_or_else(PoisonError::into_inner);
        *inside += 1;
        drop(inside);
        let _place = Place(self);
        work()
    }
}

/// A place inside, given back even when the work panics.
struct Place<'a>(&'a Gate);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.inside.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.left.notify_one();
    }
}

/// As many at once as the machine has cores, eight at most.
pub fn room() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(8)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_than_the_room_are_inside_and_all_get_through() {
        let gate = Gate::new();
        let (inside, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    gate.pass(3, || {
                        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::sleep(std::time::Duration::from_millis(2));
                        inside.fetch_sub(1, Ordering::SeqCst);
                        done.fetch_add(1, Ordering::SeqCst);
                    });
                });
            }
        });
        assert_eq!(done.load(Ordering::SeqCst), 12);
        let most = most.load(Ordering::SeqCst);
        assert!((2..=3).contains(&most), "{most} were inside at once");
    }
}
