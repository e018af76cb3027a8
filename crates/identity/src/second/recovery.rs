//! Recovery codes: on paper in a drawer, for the day on which the telephone is lost. Each opens once.

use ledger::Entropy;
use sha2::{Digest, Sha256};

/// How many are made at once.
pub const CODES: usize = 10;
/// No 0 o 1 i l: they are mistaken for one another on paper.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS: usize = 6;
const GROUP: usize = 4;

/// A recovery code in its text form: `abcd-efgh-jkmn-pqrs-tuvw-xyz2`, 24 characters of 31, 118 bits, so that a plain hash
/// of it cannot be tried out (OWASP ASVS 5.0, 6.5.2). Has neither `Debug` nor `Display`.
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// A new one.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut text = String::with_capacity(GROUPS * (GROUP + 1));
        let size = u8::try_from(ALPHABET.len()).unwrap_or(1).max(1);
        let rounds = u8::MAX / size * size;
        let mut byte = [0u8; 1];
        // A source that gives nothing usable for so long is broken; the code then stays short and opens nothing.
        for _ in 0..10_000 {
            let count = text.chars().filter(|one| *one != '-').count();
            if count == GROUPS * GROUP {
                break;
            }
            entropy.fill(&mut byte);
            let [drawn] = byte;
            if drawn < rounds {
                if count > 0 && count.is_multiple_of(GROUP) && !text.ends_with('-') {
                    text.push('-');
                }
                text.push(ALPHABET.get(usize::from(drawn % size)).copied().map_or('x', char::from));
            }
        }
        Self(text)
    }

    /// The text, for the one page that shows it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn handle(&self) -> Option<String> {
        handle(&self.0)
    }
}

/// What is stored of a code that somebody typed; `None` when it cannot be one. Case, width, spaces and hyphens count for
/// nothing.
pub fn handle(typed: &str) -> Option<String> {
    let plain: String = crate::sign_in::folded(typed).chars().filter(|one| one.is_ascii_alphanumeric()).collect();
    let possible = plain.len() == GROUPS * GROUP && plain.bytes().all(|byte| ALPHABET.contains(&byte));
    possible.then(|| hex::encode(Sha256::new().chain_update("recovery\0").chain_update(plain).finalize()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use super::*;

    struct Seeded(Mutex<u64>);

    impl Entropy for Seeded {
        fn fill(&self, buffer: &mut [u8]) {
            let mut state = self.0.lock().unwrap();
            for byte in buffer {
                *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *byte = u8::try_from(*state >> 56).unwrap();
            }
        }
    }

    #[test]
    fn codes_differ_read_well_and_are_known_as_people_type_them() {
        let entropy = Seeded(Mutex::new(3));
        let codes: Vec<RecoveryCode> = (0..200).map(|_| RecoveryCode::random(&entropy)).collect();
        assert_eq!(codes.iter().map(RecoveryCode::expose).collect::<BTreeSet<_>>().len(), 200);
        for code in &codes {
            let text = code.expose();
            assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [4; 6], "{text}");
            let stored = code.handle().unwrap();
            for typed in [text.to_uppercase(), text.replace('-', " "), text.replace('-', ""), format!(" {text}　")] {
                assert_eq!(handle(&typed).as_ref(), Some(&stored), "{typed}");
            }
        }
        for wrong in ["", "123456", "abcd-efgh", "abcd-efgh-jkmn-pqrs-tuvw-xyz0", &"a".repeat(25)] {
            assert_eq!(handle(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_broken_source_makes_a_code_that_opens_nothing() {
        struct Stuck;
        impl Entropy for Stuck {
            fn fill(&self, buffer: &mut [u8]) {
                buffer.fill(255);
            }
        }
        assert_eq!(RecoveryCode::random(&Stuck).handle(), None);
    }
}
