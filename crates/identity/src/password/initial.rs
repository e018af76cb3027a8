//! Initial passwords: made up by the program, read out or handed over on paper, and changed at the first sign-in.

use ledger::Entropy;

use super::Password;

/// No 0 O o 1 I l: they are mistaken for one another on paper.
const CAPITALS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
const SMALL: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
const DIGITS: &[u8] = b"23456789";
/// Characters in a group, and groups.
const GROUP: usize = 4;
const GROUPS: usize = 4;

/// A new initial password such as `Kq7m-x3va-pd9t-hws6`: 19 characters with capital, small letter, digit and hyphen,
/// 77 bits of chance.
pub fn initial(entropy: &dyn Entropy) -> Password {
    let mut text = String::with_capacity(GROUP * GROUPS + GROUPS - 1);
    for place in 0..GROUP * GROUPS {
        if place > 0 && place % GROUP == 0 {
            text.push('-');
        }
        let alphabet = match place {
            0 => CAPITALS,
            last if last == GROUP * GROUPS - 1 => DIGITS,
            _ => SMALL,
        };
        text.push(pick(entropy, alphabet));
    }
    Password { text: Some(text) }
}

/// One character of the alphabet, each equally likely: bytes beyond the last full round are thrown away. After very many
/// such bytes in a row the source is broken, and the first character ends the search.
fn pick(entropy: &dyn Entropy, alphabet: &[u8]) -> char {
    let size = u8::try_from(alphabet.len()).unwrap_or(u8::MAX).max(1);
    let rounds = u8::MAX / size * size;
    let mut byte = [0u8; 1];
    for _ in 0..1_000 {
        entropy.fill(&mut byte);
        let [drawn] = byte;
        if drawn < rounds {
            return alphabet.get(usize::from(drawn % size)).copied().map_or('x', char::from);
        }
    }
    alphabet.first().copied().map_or('x', char::from)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;
    use crate::password::rule;
    use crate::settings::PasswordRule;

    /// A linear congruential generator: enough to walk over all bytes.
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

    proptest! {
        #[test]
        fn initial_passwords_read_well_and_satisfy_the_rule(seed: u64) {
            let password = initial(&Seeded(Mutex::new(seed)));
            let text = password.expose();
            prop_assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), vec![4, 4, 4, 4]);
            prop_assert!(!text.contains(['0', 'O', 'o', '1', 'I', 'l']) , "{}", text);
            prop_assert!(text.contains(|c: char| c.is_ascii_uppercase()));
            prop_assert!(text.contains(|c: char| c.is_ascii_digit()));
            prop_assert!(rule::problems(&PasswordRule::default(), &[], &password).is_empty());
        }
    }

    #[test]
    fn no_two_are_alike_and_every_character_comes_up() {
        let entropy = Seeded(Mutex::new(1));
        let all: Vec<String> = (0..500).map(|_| initial(&entropy).expose().to_string()).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 500);
        let used: BTreeSet<char> = all.iter().flat_map(|text| text.chars()).collect();
        assert_eq!(used.len(), CAPITALS.len() + SMALL.len() + 1);
    }

    #[test]
    fn a_broken_source_ends_the_search() {
        struct Stuck;
        impl Entropy for Stuck {
            fn fill(&self, buffer: &mut [u8]) {
                buffer.fill(255);
            }
        }
        assert_eq!(initial(&Stuck).expose(), "Aaaa-aaaa-aaaa-aaa2");
    }
}
