//! Hashes for comparing within one run. They are keyed anew in each run, so nobody can prepare rows that collide.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};

/// Keyed hashing (SipHash) of parts.
pub struct Keyed(RandomState);

impl Keyed {
    /// With a key of its own.
    pub fn new() -> Self {
        Self(RandomState::new())
    }

    /// Hash of the parts; where one ends and the next begins counts.
    pub fn of(&self, parts: &[&str]) -> u64 {
        let mut hasher = self.0.build_hasher();
        for part in parts {
            hasher.write_usize(part.len());
            hasher.write(part.as_bytes());
        }
        hasher.finish()
    }

    /// Hash of numbers.
    pub fn numbers(&self, parts: &[u64]) -> u64 {
        let mut hasher = self.0.build_hasher();
        parts.iter().for_each(|part| hasher.write_u64(*part));
        hasher.finish()
    }

    /// Hash of a named JSON value: equal for equal values, whatever white space and order of keys the text has.
    pub fn value(&self, name: &str, raw: &str) -> u64 {
        let nested = raw.starts_with('{') || (raw.starts_with('[') && (raw.contains('{') || raw.contains(' ')));
        match nested.then(|| serde_json::from_str(raw)) {
            Some(Ok(value)) => {
                let canonical = journal::canonical_bytes(&value);
                self.of(&[name, std::str::from_utf8(&canonical).unwrap_or(raw)])
            }
            _ => self.of(&[name, raw]),
        }
    }
}

/// A hash is its own hash.
#[derive(Default)]
pub struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// A map by hash.
pub type ByHash<T> = HashMap<u64, T, BuildHasherDefault<Same>>;
