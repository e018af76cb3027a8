//! Secrets: random values that prove something to whoever holds them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::Entropy;
use sha2::{Digest, Sha256};

/// Random bytes in a secret: 256 bits, beyond any guessing.
const BYTES: usize = 32;

/// A secret in its text form. It has neither `Debug` nor `Display`, so that it cannot slip into a log or a page.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A new secret: 32 random bytes as base64url without padding (RFC 4648 section 5), 43 characters.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0u8; BYTES];
        entropy.fill(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A secret that somebody presented or that was just made.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that hands it over: the cookie, the form or the screen that shows it once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// SHA-256 in hexadecimal: what is stored. A plain hash suffices, because the secret is random.
    pub fn key(&self) -> String {
        hex::encode(Sha256::digest(self.0.as_bytes()))
    }
}

/// Whether two texts are equal, in a time that tells nothing about where they differ.
pub fn same(left: &str, right: &str) -> bool {
    let (left, right) = (Sha256::digest(left.as_bytes()), Sha256::digest(right.as_bytes()));
    let difference = left.iter().zip(right.iter()).fold(0u8, |all, (left, right)| all | (left ^ right));
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for (place, byte) in buffer.iter_mut().enumerate() {
                *byte = u8::try_from(place % 251).unwrap();
            }
        }
    }

    #[test]
    fn a_secret_is_43_characters_that_a_cookie_can_carry() {
        // Bytes 0, 1, … 31 as coreutils writes them: `basenc --base64url`.
        let secret = Secret::random(&Counting);
        assert_eq!(secret.expose(), "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
    }

    #[test]
    fn the_stored_key_is_sha_256() {
        // FIPS 180-2 appendix B.1.
        let key = Secret::from_text("abc").key();
        assert_eq!(key, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn equality_is_of_the_whole_text() {
        for (left, right, equal) in [("", "", true), ("ab", "ab", true), ("ab", "ac", false), ("ab", "abc", false)] {
            assert_eq!(same(left, right), equal, "{left} {right}");
        }
    }
}
