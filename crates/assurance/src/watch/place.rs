//! How far the watch has read the journal. Sequences are given out before their transaction commits, so on PostgreSQL an
//! entry may appear behind later ones: what was missing in between is remembered and looked for again.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long a missing sequence is looked for. A transaction that is open longer than this and then commits is found by
/// the evaluation of the past alone; one that was rolled back never appears.
const PATIENCE: TimeDelta = TimeDelta::hours(24);
/// Missing sequences remembered at most; the oldest are given up first.
const MOST: usize = 10_000;

/// A place in the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Largest sequence read.
    pub last: i64,
    /// Sequences below it that were not there, and since when they are looked for.
    pub missing: Vec<(i64, DateTime<Utc>)>,
}

impl Place {
    /// Missing sequences, as many as one question asks for.
    pub fn missing(&self) -> Vec<i64> {
        self.missing.iter().map(|(sequence, _)| *sequence).take(1_000).collect()
    }

    /// These sequences were read now, in rising order; those found late among them are no longer missing.
    pub fn read(&mut self, sequences: &[i64], now: DateTime<Utc>) {
        self.missing.retain(|(sequence, since)| !sequences.contains(sequence) && now - *since < PATIENCE);
        for &sequence in sequences {
            if sequence <= self.last {
                continue;
            }
            // The very first entry of an installation may have any number: nothing is missing before it.
            if self.last > 0 {
                let first = (self.last + 1).max(sequence - MOST as i64);
                self.missing.extend((first..sequence).map(|missing| (missing, now)));
            }
            self.last = sequence;
        }
        let over = self.missing.len().saturating_sub(MOST);
        self.missing.drain(..over);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missing_is_looked_for_until_it_appears_or_a_day_has_passed() {
        let now: DateTime<Utc> = "2026-11-20T00:00:00Z".parse().unwrap();
        let mut place = Place::default();
        place.read(&[7, 8, 11], now);
        assert_eq!((place.last, place.missing()), (11, vec![9, 10]));
        // A late commit.
        place.read(&[9], now + TimeDelta::hours(1));
        assert_eq!((place.last, place.missing()), (11, vec![10]));
        place.read(&[14], now + TimeDelta::hours(2));
        assert_eq!(place.missing(), [10, 12, 13]);
        place.read(&[], now + TimeDelta::hours(25));
        assert_eq!(place.missing(), [12, 13]);
        place.read(&[14 + 3 * MOST as i64], now + TimeDelta::hours(25));
        assert_eq!(place.missing.len(), MOST);
        assert_eq!(place.last, 14 + 3 * MOST as i64);
    }
}
