//! Argon2id (RFC 9106), stored as PHC strings.

use std::cell::Cell;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use ledger::Entropy;

use super::Password;
use super::gate::{HASHING, room};
use crate::settings::HashCost;

/// Length of the salt in bytes, as RFC 9106 section 3.1 advises.
const SALT: usize = 16;

thread_local! {
    static HASHINGS: Cell<u64> = const { Cell::new(0) };
}

/// How many times this thread has done the slow work of hashing, for tests that two ways cost the same.
pub fn hashings_here() -> u64 {
    HASHINGS.get()
}

fn counted<T>(work: impl FnOnce() -> T) -> T {
    HASHINGS.set(HASHINGS.get().wrapping_add(1));
    HASHING.pass(room(), work)
}

/// A password could not be hashed: it is too long, the cost is out of bounds or the memory is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("パスワードを保存できる形に変換できません。1,024バイト以内か、hashing の設定が正しいかを確認してください")]
pub struct HashFailed;

/// Hash a password at this cost, with a fresh salt. Takes some 25 ms: keep it out of transactions.
///
/// # Errors
/// [`HashFailed`] for a password beyond [`super::MAX_BYTES`] and for a cost that Argon2 does not know.
pub fn hash(entropy: &dyn Entropy, cost: &HashCost, password: &Password) -> Result<String, HashFailed> {
    let text = password.text.as_deref().ok_or(HashFailed)?;
    let mut salt = [0u8; SALT];
    entropy.fill(&mut salt);
    let argon2id = argon2id(params(cost)?);
    let hash = counted(|| argon2id.hash_password_with_salt(text.as_bytes(), &salt));
    let hash = hash.map_err(|_| HashFailed)?;
    Ok(hash.to_string())
}

/// Whether the password belongs to the stored hash. A stored text that is no hash belongs to no password.
pub fn verify(stored: &str, password: &Password) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return false };
    // A password that is too long costs the same as any other and then fails.
    let matches = counted(|| Argon2::default().verify_password(password.expose().as_bytes(), &hash));
    matches.is_ok() && password.text.is_some()
}

/// Do the work of [`verify`] for an account that does not exist or has no password, so that the answer takes as long.
pub fn verify_none(cost: &HashCost, password: &Password) {
    std::hint::black_box(verify(&nobody(cost), password));
}

/// A hash whose salt and output are zero bytes: nobody knows a password for it.
fn nobody(cost: &HashCost) -> String {
    let (salt, output) = ("A".repeat(22), "A".repeat(43));
    format!("$argon2id$v=19$m={},t={},p={}${salt}${output}", cost.memory_kib, cost.passes, cost.lanes)
}

/// Whether a stored hash was made at another cost than the one in force, and should be made anew at the next chance.
pub fn needs_rehash(stored: &str, cost: &HashCost) -> bool {
    let Ok(hash) = PasswordHash::new(stored) else { return true };
    let Ok(params) = Params::try_from(&hash) else { return true };
    hash.algorithm != argon2::ARGON2ID_IDENT
        || hash.version != Some(Version::V0x13.into())
        || (params.m_cost(), params.t_cost(), params.p_cost()) != (cost.memory_kib, cost.passes, cost.lanes)
}

fn params(cost: &HashCost) -> Result<Params, HashFailed> {
    Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(|_| HashFailed)
}

fn argon2id(params: Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    struct Salted(u8);

    impl Entropy for Salted {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn cheap() -> HashCost {
        HashCost { memory_kib: 64, passes: 1, ..HashCost::default() }
    }

    const VECTORS: &[(&str, &str)] = &[
        // From the test of the reference C library (phc-winner-argon2).
        ("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
        ("password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"),
        // Made with argon2-cffi 25.1, which wraps that library: t = 3, m = 256, salt "0123456789abcdef".
        (
            "いろはにほへと ちりぬるを",
            "$argon2id$v=19$m=256,t=3,p=1$MDEyMzQ1Njc4OWFiY2RlZg$UHIWi6DBpbLrlGHQa02Lr/uTZYbI+r3qoxZYRapACoE",
        ),
    ];

    #[test]
    fn hashes_of_the_reference_library_are_understood() {
        for (password, hash) in VECTORS {
            assert!(verify(hash, &Password::new(password)), "{password}");
            assert!(!verify(hash, &Password::new(&format!("{password} "))), "{password}");
        }
    }

    #[test]
    fn a_hash_opens_for_its_password_alone() {
        let stored = hash(&Salted(7), &cheap(), &Password::new("春はあけぼの、やうやう白く")).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$"), "{stored}");
        assert!(verify(&stored, &Password::new("春はあけぼの、やうやう白く")));
        for wrong in ["", "春はあけぼの", "春はあけぼの、やうやう白く "] {
            assert!(!verify(&stored, &Password::new(wrong)), "{wrong}");
        }
        let other_salt = hash(&Salted(8), &cheap(), &Password::new("春はあけぼの、やうやう白く")).unwrap();
        assert_ne!(stored, other_salt);
    }

    #[test]
    fn a_password_that_is_too_long_is_never_the_empty_one() {
        let empty = hash(&Salted(1), &cheap(), &Password::new("")).unwrap();
        let long = Password::new(&"x".repeat(5_000));
        assert!(!verify(&empty, &long));
        assert_eq!(hash(&Salted(1), &cheap(), &long), Err(HashFailed));
    }

    #[test]
    fn nonsense_in_the_database_opens_nothing() {
        for stored in ["", "secret", "$argon2id$v=19$m=64,t=1,p=1$AAAA", "$2b$12$abcdefghijklmnopqrstuv"] {
            assert!(!verify(stored, &Password::new("secret")), "{stored}");
            assert!(needs_rehash(stored, &cheap()), "{stored}");
        }
    }

    #[test]
    fn another_cost_asks_for_a_new_hash() {
        let stored = hash(&Salted(7), &cheap(), &Password::new("password")).unwrap();
        assert!(!needs_rehash(&stored, &cheap()));
        assert!(needs_rehash(&stored, &HashCost { passes: 2, ..cheap() }));
        assert!(needs_rehash(&stored, &HashCost { memory_kib: 128, ..cheap() }));
        assert!(needs_rehash(&stored.replace("argon2id", "argon2i"), &cheap()));
    }

    #[test]
    fn the_hash_of_nobody_costs_what_a_new_hash_costs() {
        for cost in [cheap(), HashCost::default(), HashCost { lanes: 4, ..cheap() }] {
            let nobody = nobody(&cost);
            assert!(!needs_rehash(&nobody, &cost), "{nobody}");
            assert!(!verify(&nobody, &Password::new("")));
        }
        let (made, nobody) = (hash(&Salted(0), &cheap(), &Password::new("x")).unwrap(), nobody(&cheap()));
        assert_eq!(made.len(), nobody.len());
        assert_eq!(made.rsplit_once('$').unwrap().0, nobody.rsplit_once('$').unwrap().0, "but for the output");
    }

    #[test]
    fn nobody_takes_as_long_as_somebody() {
        let cost = HashCost { memory_kib: 4_096, passes: 2, ..HashCost::default() };
        let stored = hash(&Salted(7), &cost, &Password::new("password")).unwrap();
        let wrong = Password::new("wrong");
        let timed = |act: &dyn Fn()| {
            let start = Instant::now();
            act();
            start.elapsed()
        };
        let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
        for _ in 0..15 {
            known = known.min(timed(&|| assert!(!verify(&stored, &wrong))));
            unknown = unknown.min(timed(&|| verify_none(&cost, &wrong)));
        }
        // Without hashing the two would differ by a factor of thousands; a busy machine may be off by a few.
        let ratio = known.as_secs_f64() / unknown.as_secs_f64();
        assert!((0.2..5.0).contains(&ratio), "known {known:?}, unknown {unknown:?}");
    }
}
