//! The key of one holder at work.

use ring::aead::NONCE_LEN;
use ring::error::Unspecified;
use ring::hmac;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, TAG};
use crate::locked::{fill, unfill, write};
use crate::secret::Secret;

/// A holder's key, split into one that encrypts and one that makes nonces.
pub(crate) struct HolderCipher {
    cipher: Cipher,
    nonces: hmac::Key,
    version: u32,
}

impl HolderCipher {
    pub(crate) fn new(key: &Secret, version: u32) -> Result<Self, Unspecified> {
        let nonces = key.derive("nonce");
        Ok(Self {
            cipher: Cipher::new(&key.derive("value"))?,
            nonces: hmac::Key::new(hmac::HMAC_SHA256, nonces.expose()),
            version,
        })
    }

    pub(crate) fn version(&self) -> u32 {
        self.version
    }

    /// Lock a value. The nonce is a keyed hash of place and value (as in SIV, RFC 5297): equal input gives an equal text, and
    /// two different inputs share a nonce with a probability of 2⁻⁹⁶ only.
    pub(crate) fn lock(&self, holder: &str, place: &str, clear: &[u8]) -> Result<String, Unspecified> {
        let mut context = hmac::Context::with_key(&self.nonces);
        context.update(&(place.len() as u64).to_be_bytes());
        context.update(place.as_bytes());
        context.update(clear);
        let digest = context.sign();
        let nonce = *digest.as_ref().first_chunk::<NONCE_LEN>().ok_or(Unspecified)?;
        let mut bytes = Vec::with_capacity(NONCE_LEN + clear.len() + 16 + TAG);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&Zeroizing::new(fill(clear, 0)));
        let (_, text) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(Unspecified)?;
        let tag = self.cipher.seal(nonce, place.as_bytes(), text)?;
        bytes.extend_from_slice(tag.as_ref());
        Ok(write(holder, self.version, &bytes))
    }

    /// Open what [`lock`](Self::lock) made at this place: nonce, text, tag.
    pub(crate) fn open(&self, place: &str, bytes: &mut [u8]) -> Result<Vec<u8>, Unspecified> {
        let (nonce, text) = bytes.split_first_chunk_mut().ok_or(Unspecified)?;
        let filled = self.cipher.open(*nonce, place.as_bytes(), text)?;
        unfill(filled).map(<[u8]>::to_vec).ok_or(Unspecified)
    }
}
