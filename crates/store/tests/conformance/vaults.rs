//! A small vault in memory for the tests of the store: AES-256-GCM under a key for each holder, as the real one does it, with
//! keys that can be destroyed. The real one has tests of its own.

use std::collections::BTreeMap;
use std::sync::Mutex;

use ledger::port::{Protection, ProtectionProblem};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::{digest, hmac};

#[derive(Default)]
pub struct SmallVault {
    erased: Mutex<BTreeMap<String, ()>>,
}

impl SmallVault {
    pub fn erase(&self, holder: &str) {
        self.erased.lock().unwrap().insert(holder.to_owned(), ());
    }

    fn key(&self, holder: &str) -> Option<[u8; 32]> {
        if self.erased.lock().unwrap().contains_key(holder) {
            return None;
        }
        digest::digest(&digest::SHA256, format!("key of {holder}").as_bytes()).as_ref().try_into().ok()
    }
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap())
}

impl Protection for SmallVault {
    fn lock(&self, holder: &str, place: &str, clear: &[u8]) -> Result<String, ProtectionProblem> {
        let key = self.key(holder).ok_or(ProtectionProblem::Erased)?;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &[place.as_bytes(), b"\0", clear].concat());
        let nonce: [u8; 12] = tag.as_ref()[..12].try_into().unwrap();
        let mut bytes = clear.to_vec();
        cipher(&key)
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.as_bytes()), &mut bytes)
            .unwrap();
        Ok(format!("locked:1:{holder}:1:{}{}", hex::encode(nonce), hex::encode(bytes)))
    }

    fn open(&self, holder: &str, place: &str, locked: &str) -> Result<Option<Vec<u8>>, ProtectionProblem> {
        let altered = || ProtectionProblem::Altered(place.to_owned());
        let text = locked.strip_prefix(&format!("locked:1:{holder}:1:")).ok_or_else(altered)?;
        let Some(key) = self.key(holder) else { return Ok(None) };
        let bytes = hex::decode(text).map_err(|_| altered())?;
        let (nonce, rest) = bytes.split_at_checked(12).ok_or_else(altered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| altered())?;
        let mut rest = rest.to_vec();
        let clear = cipher(&key).open_in_place(nonce, Aad::from(place.as_bytes()), &mut rest).map_err(|_| altered())?;
        Ok(Some(clear.to_vec()))
    }

    fn token(&self, purpose: &str, clear: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"tokens of the tests");
        hex::encode(&hmac::sign(&key, &[purpose.as_bytes(), b"\0", clear].concat()).as_ref()[..16])
    }
}
