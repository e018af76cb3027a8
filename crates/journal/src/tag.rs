//! A mark on each entry from its commit until it is sealed, so that an entry put in by somebody without the key is not
//! sealed as if it were ours.

use ring::hmac;

/// Key of the marks. Has no `Debug`.
#[derive(Clone)]
pub struct TagKey(hmac::Key);

impl TagKey {
    /// The key drawn from a secret.
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        let drawn =
            hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"daicho journal: mark of an unsealed entry");
        Self(hmac::Key::new(hmac::HMAC_SHA256, drawn.as_ref()))
    }

    /// The mark of an entry: HMAC-SHA-256 over its canonical bytes, in hexadecimal.
    pub fn tag(&self, canonical: &[u8]) -> String {
        hex::encode(hmac::sign(&self.0, canonical))
    }

    /// Whether that is the mark of that entry.
    pub fn fits(&self, canonical: &[u8], tag: &str) -> bool {
        hex::decode(tag).is_ok_and(|tag| hmac::verify(&self.0, canonical, &tag).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_fits_its_entry_and_key_only() {
        let (one, two) = (TagKey::from_secret(&[1; 32]), TagKey::from_secret(&[2; 32]));
        let tag = one.tag(b"{}");
        assert!(one.fits(b"{}", &tag));
        assert!(!one.fits(b"{ }", &tag) && !two.fits(b"{}", &tag) && !one.fits(b"{}", "") && !one.fits(b"{}", "zz"));
    }
}
