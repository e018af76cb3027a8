//! Passwords: how they are prepared, hashed, checked, made up and set.

mod gate;
mod guess;
mod hash;
mod initial;
mod renew;
mod rule;
mod set;
mod standing;

pub use hash::{HashFailed, hash, hashings_here, needs_rehash, verify, verify_none};
pub use initial::initial;
pub use renew::{Renewal, read_renewal, renew};
pub use rule::{problems, told};
pub use set::{NewPassword, set};
pub use standing::{Standing, standing};

use unicode_normalization::UnicodeNormalization;

/// Longest password in bytes. Longer ones match nothing, so that nobody makes the server hash a novel.
pub const MAX_BYTES: usize = 1_024;

/// A password as it is hashed. It has neither `Debug` nor `Display`.
///
/// The text is prepared by the `OpaqueString` profile of RFC 8265 section 4.2: spaces of any width become U+0020 and
/// the whole is brought into normalisation form C, so that it is the same password on every keyboard. Width and case
/// stay as they are.
#[derive(Clone)]
pub struct Password {
    /// None when it was too long.
    text: Option<String>,
}

impl Password {
    /// Prepare what somebody typed.
    pub fn new(typed: &str) -> Self {
        let text = (typed.len() <= MAX_BYTES)
            .then(|| typed.nfc().map(|character| if is_space(character) { ' ' } else { character }).collect());
        Self { text }
    }

    /// The text, for the one screen that shows an initial password; empty when it was too long.
    pub fn expose(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

/// Spaces of the Unicode category Zs, beside U+0020 itself.
fn is_space(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_password_is_the_same_from_every_keyboard() {
        for (typed, prepared) in [
            ("correct horse", "correct horse"),
            ("correct\u{3000}horse", "correct horse"),
            ("か\u{3099}くえん", "がくえん"),
            ("Ｗide", "Ｗide"),
        ] {
            assert_eq!(Password::new(typed).expose(), prepared);
        }
    }

    #[test]
    fn what_is_too_long_is_not_kept() {
        assert_eq!(Password::new(&"a".repeat(MAX_BYTES)).expose().len(), MAX_BYTES);
        assert!(Password::new(&"a".repeat(MAX_BYTES + 1)).text.is_none());
    }
}
