//! Lots for equal bids by commit and reveal, so that anyone can check afterwards that nobody steered them
//! (予決令 art. 83; 入札心得書 art. 10).
//!
//! 1. When bids are closed, the agency draws a secret number (0 to 999,999,999) and a salt, and makes the SHA-256 of
//!    `number-salt` known. From then on it cannot choose another.
//! 2. Every bidder's own number (0 to 999) came with the sealed bid. Where one is missing, an official who has nothing to do
//!    with the bidding draws it in place of the bidder and is named.
//! 3. The secret is revealed. The bids stand in the order of their bid numbers, counted from 0; the place drawn is
//!    (secret + sum of all lottery numbers) mod number of bids.
//!
//! As long as one number is unknown to all others and drawn evenly, nobody can steer the place. `sha256sum` and a pocket
//! calculator suffice to check it.

use sha2::{Digest, Sha256};

/// Numbers below this are secret numbers.
pub const SECRETS: u32 = 1_000_000_000;
/// Lottery numbers of bidders are below this.
pub const NUMBERS: u32 = 1_000;

/// The secret number of the agency with its salt, of nine and 32 characters. Has no `Debug`: it is a secret until drawn.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    number: u32,
    salt: String,
}

impl Secret {
    /// A secret of even random bytes: the number is taken from the first eight, the salt from the last sixteen.
    pub fn from_random(bytes: [u8; 24]) -> Self {
        let (head, tail) = bytes.split_at(8);
        let wide = head.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        // 2^64 is no multiple of 10^9; the difference is one in 10^10 and cannot be felt.
        let number = u32::try_from(wide % u64::from(SECRETS)).unwrap_or_default();
        Self { number, salt: hex::encode(tail) }
    }

    /// A secret read back; `None` when the number is none.
    pub fn of(number: &str, salt: &str) -> Option<Self> {
        let number = number.parse().ok().filter(|number| *number < SECRETS)?;
        Some(Self { number, salt: salt.into() })
    }

    /// The number as it is written: nine digits.
    pub fn number(&self) -> String {
        format!("{:09}", self.number)
    }

    /// The salt: 32 hexadecimal digits.
    pub fn salt(&self) -> &str {
        &self.salt
    }

    /// What was promised: SHA-256 of `number-salt`, in hexadecimal digits.
    pub fn commitment(&self) -> String {
        hex::encode(Sha256::digest(format!("{}-{}", self.number(), self.salt)))
    }
}

/// A bid that takes part in the lots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Bid number.
    pub bid: String,
    /// Lottery number, 0 to 999.
    pub number: u32,
}

/// What the lots gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The bids in order of their numbers.
    pub entries: Vec<Entry>,
    /// Secret and lottery numbers together.
    pub sum: u64,
    /// The place drawn, from 0.
    pub place: usize,
}

impl Drawn {
    /// Bid numbers from the one drawn onwards, round in a circle: who comes next when the first is not awarded.
    pub fn order(&self) -> Vec<String> {
        let ring = self.entries.iter().cycle().skip(self.place).take(self.entries.len());
        ring.map(|entry| entry.bid.clone()).collect()
    }
}

/// Draw. `None` without bids or with a number out of range.
pub fn draw(secret: &Secret, mut entries: Vec<Entry>) -> Option<Drawn> {
    if entries.iter().any(|entry| entry.number >= NUMBERS) {
        return None;
    }
    entries.sort_by(|one, other| one.bid.cmp(&other.bid));
    let sum = u64::from(secret.number) + entries.iter().map(|entry| u64::from(entry.number)).sum::<u64>();
    let place = usize::try_from(sum.checked_rem(u64::try_from(entries.len()).ok()?)?).ok()?;
    Some(Drawn { entries, sum, place })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `crates/engagement/tests/lots.py` with nothing but Python's hashlib and integers.
    const VECTORS: &str = include_str!("../../tests/lots.tsv");

    #[test]
    fn lots_are_those_of_an_independent_program() {
        let mut count = 0;
        for line in VECTORS.lines().filter(|line| !line.starts_with('#')) {
            let parts: Vec<&str> = line.split('\t').collect();
            let [number, salt, commitment, entries, sum, place, order] = parts.as_slice() else { panic!("{line}") };
            let secret = Secret::of(number, salt).expect("a secret");
            assert_eq!(secret.commitment(), *commitment);
            assert_eq!(secret.number(), *number);
            let entries: Vec<Entry> = entries
                .split(' ')
                .map(|entry| {
                    let (bid, number) = entry.split_once('=').expect("an entry");
                    Entry { bid: bid.into(), number: number.parse().expect("a number") }
                })
                .collect();
            let drawn = draw(&secret, entries).expect("lots");
            assert_eq!((drawn.sum.to_string().as_str(), drawn.place.to_string().as_str()), (*sum, *place), "{line}");
            assert_eq!(drawn.order().join(" "), *order, "{line}");
            count += 1;
        }
        assert!(count >= 40, "{count} vectors");
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let secret = Secret::of("000000001", "00").expect("a secret");
        assert!(draw(&secret, vec![]).is_none());
        assert!(draw(&secret, vec![Entry { bid: "a".into(), number: 1_000 }]).is_none());
        assert!(Secret::of("1000000000", "").is_none() && Secret::of("x", "").is_none());
        let one = Secret::from_random([7; 24]);
        assert_eq!((one.number().len(), one.salt().len()), (9, 32));
    }

    #[test]
    fn one_honest_number_makes_every_place_as_likely() {
        // The agency and all bidders but one are fixed; the last number runs over all it can be.
        let secret = Secret::of("123456789", "00").expect("a secret");
        for count in 2..=8_usize {
            let mut hits = vec![0_u32; count];
            for number in 0..NUMBERS {
                let entries =
                    (0..count).map(|at| Entry { bid: format!("{at}"), number: if at == 0 { number } else { 500 } });
                hits[draw(&secret, entries.collect()).expect("lots").place] += 1;
            }
            let (least, most) = (hits.iter().min().unwrap(), hits.iter().max().unwrap());
            assert!(most - least <= 1, "{count}: {hits:?}");
        }
    }
}
