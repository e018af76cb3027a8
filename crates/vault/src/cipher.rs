//! AES-256-GCM (NIST SP 800-38D), by ring.

use ledger::Entropy;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey};
use ring::error::Unspecified;

use crate::secret::Secret;

/// Bytes of the tag.
pub(crate) const TAG: usize = 16;

/// A key ready for use.
pub(crate) struct Cipher(LessSafeKey);

impl Cipher {
    pub(crate) fn new(key: &Secret) -> Result<Self, Unspecified> {
        Ok(Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.expose())?)))
    }

    /// Encrypt in place; the tag is answered. A nonce must never be used for two different texts under one key.
    pub(crate) fn seal(&self, nonce: [u8; NONCE_LEN], bound: &[u8], text: &mut [u8]) -> Result<Tag, Unspecified> {
        self.0.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound), text)
    }

    /// Decrypt in place what ends with its tag. The clear text is answered.
    pub(crate) fn open<'t>(
        &self,
        nonce: [u8; NONCE_LEN],
        bound: &[u8],
        text: &'t mut [u8],
    ) -> Result<&'t [u8], Unspecified> {
        self.0.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(bound), text).map(|clear| &*clear)
    }

    /// Wrap a key under this one, bound to what it is for: nonce, encrypted key, tag. The nonce is random; a ring key wraps far
    /// fewer than the 2³² keys that SP 800-38D (8.3) allows.
    pub(crate) fn wrap(&self, bound: &str, key: &Secret, entropy: &dyn Entropy) -> Result<Vec<u8>, Unspecified> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut text = *key.expose();
        let tag = self.seal(nonce, bound.as_bytes(), &mut text)?;
        Ok([&nonce[..], &text[..], tag.as_ref()].concat())
    }

    /// The key that was wrapped.
    pub(crate) fn unwrap(&self, bound: &str, wrapped: &[u8]) -> Result<Secret, Unspecified> {
        let (nonce, text) = wrapped.split_first_chunk().ok_or(Unspecified)?;
        let mut text = zeroize::Zeroizing::new(text.to_vec());
        let clear = self.open(*nonce, bound.as_bytes(), &mut text)?;
        Secret::from_slice(clear).ok_or(Unspecified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test cases 13 to 16 of "The Galois/Counter Mode of Operation" (McGrew and Viega), for AES-256, which NIST's
    /// validation of GCM refers to: key, nonce, bound, clear, encrypted, tag.
    #[test]
    fn the_published_vectors_hold() {
        const KEY: &str = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
        const TEXT: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
        const SECRET: &str = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";
        let zero = "00".repeat(32);
        let zero_nonce = "00".repeat(12);
        let block = "00".repeat(16);
        for (key, nonce, bound, clear, encrypted, tag) in [
            (zero.as_str(), zero_nonce.as_str(), "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
            (
                zero.as_str(),
                zero_nonce.as_str(),
                "",
                block.as_str(),
                "cea7403d4d606b6e074ec5d3baf39d18",
                "d0d1c8a799996bf0265b98b5d48ab919",
            ),
            (
                KEY,
                "cafebabefacedbaddecaf888",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                TEXT,
                SECRET,
                "76fc6ece0f4e1768cddf8853bb2d551b",
            ),
        ] {
            let bytes = |text: &str| hex::decode(text).unwrap();
            let cipher = Cipher::new(&Secret::from_slice(&bytes(key)).unwrap()).unwrap();
            let nonce: [u8; 12] = bytes(nonce).try_into().unwrap();
            let mut text = bytes(clear);
            let made = cipher.seal(nonce, &bytes(bound), &mut text).unwrap();
            assert_eq!((hex::encode(&text), hex::encode(made)), (encrypted.to_string(), tag.to_string()));
            let mut whole = [text, bytes(tag)].concat();
            assert_eq!(cipher.open(nonce, &bytes(bound), &mut whole).unwrap(), bytes(clear));
        }
    }
}
