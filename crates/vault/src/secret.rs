//! A key of 256 bits that is overwritten when it is dropped and never shown.

use ledger::Entropy;
use ring::hkdf::{HKDF_SHA256, KeyType, Prk};
use zeroize::Zeroize;

/// Bytes of every key here.
pub(crate) const LENGTH: usize = 32;

/// A key of 256 bits. It has no `Debug` and is overwritten when it is dropped.
pub struct Secret([u8; LENGTH]);

impl Secret {
    /// A new random key.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; LENGTH];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// A key of these bytes, when there are 32 of them.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.try_into().ok()?))
    }

    /// The bytes, to hand them to the one place that uses them.
    pub fn expose(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// A key for one purpose: HKDF-Expand of RFC 5869 with SHA-256. The step of extraction is left out, as section 3.3 allows
    /// where the key is uniformly random already.
    pub(crate) fn derive(&self, purpose: &str) -> Self {
        let mut bytes = [0; LENGTH];
        expand(&self.0, info(purpose).as_bytes(), &mut bytes);
        Self(bytes)
    }
}

/// What a derivation is bound to.
pub(crate) fn info(purpose: &str) -> String {
    format!("daicho/{purpose}/1")
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-Expand. Asking for more than 255 × 32 bytes cannot happen here: callers ask for 32.
fn expand(key: &[u8], info: &[u8], out: &mut [u8]) {
    let filled =
        Prk::new_less_safe(HKDF_SHA256, key).expand(&[info], Length(out.len())).and_then(|material| material.fill(out));
    debug_assert!(filled.is_ok(), "a length that HKDF gives");
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5869, appendix A: pseudorandom key, info, output.
    #[test]
    fn keys_are_derived_as_the_rfc_does() {
        for (prk, info, okm) in [
            (
                "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
                "f0f1f2f3f4f5f6f7f8f9",
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            ),
            (
                "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
                "",
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
            ),
        ] {
            let (prk, info, okm) = (hex::decode(prk).unwrap(), hex::decode(info).unwrap(), hex::decode(okm).unwrap());
            let mut out = vec![0; okm.len()];
            expand(&prk, &info, &mut out);
            assert_eq!(out, okm);
        }
    }

    #[test]
    fn purposes_have_keys_of_their_own() {
        let root = Secret([7; 32]);
        assert_ne!(root.derive("database").expose(), root.derive("token").expose());
        assert_eq!(root.derive("database").expose(), root.derive("database").expose());
    }
}
