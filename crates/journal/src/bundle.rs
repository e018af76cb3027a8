//! Entry bundles of C2SP tlog-tiles: up to 256 entries, each with its length as two bytes before it.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::tile::WIDTH;

/// Longest leaf that a bundle can carry, in bytes.
pub const LONGEST: usize = 65_535;

/// The bytes of the leaf for an entry: its canonical bytes, or for an entry longer than [`LONGEST`] a short text that
/// names its length and SHA-256. Entries begin with `{"act":`, so no entry can be mistaken for such a text.
pub fn leaf_bytes(canonical: &[u8]) -> Cow<'_, [u8]> {
    if canonical.len() <= LONGEST {
        return Cow::Borrowed(canonical);
    }
    Cow::Owned(format!("{BEFORE}{}{BETWEEN}{}{AFTER}", canonical.len(), long_name(canonical)).into_bytes())
}

const BEFORE: &str = "{\"long\":{\"bytes\":";
const BETWEEN: &str = ",\"sha256\":\"";
const AFTER: &str = "\"}}";

/// Name under which a long entry is kept beside the bundles: its SHA-256 in hexadecimal.
pub fn long_name(canonical: &[u8]) -> String {
    hex::encode(Sha256::digest(canonical))
}

/// The name of the long entry that a leaf stands for; none when the leaf is an entry itself.
pub fn long_of(leaf: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(leaf).ok()?;
    let (_, name) = text.strip_prefix(BEFORE)?.split_once(BETWEEN)?;
    let name = name.strip_suffix(AFTER)?;
    (name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| name.to_string())
}

/// Write a bundle of leaves. None when there are more than 256 or one is longer than [`LONGEST`].
pub fn encode<'a>(leaves: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for (count, leaf) in leaves.into_iter().enumerate() {
        if count >= usize::from(WIDTH) {
            return None;
        }
        bytes.extend_from_slice(&u16::try_from(leaf.len()).ok()?.to_be_bytes());
        bytes.extend_from_slice(leaf);
    }
    Some(bytes)
}

/// Read a bundle of exactly `width` leaves. None when its lengths do not come out even.
pub fn decode(bytes: &[u8], width: u16) -> Option<Vec<&[u8]>> {
    let mut leaves = Vec::with_capacity(usize::from(width.min(WIDTH)));
    let mut rest = bytes;
    for _ in 0..width {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (leaf, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        leaves.push(leaf);
        rest = after;
    }
    rest.is_empty().then_some(leaves)
}

/// Most bytes that a bundle can have.
pub const LONGEST_BUNDLE: usize = WIDTH as usize * (LONGEST + 2);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_reads_back_and_a_cut_one_does_not() {
        let leaves: [&[u8]; 3] = [b"a", b"", b"{\"act\":\"create\"}"];
        let bytes = encode(leaves).unwrap();
        assert_eq!(&bytes[..5], [0, 1, b'a', 0, 0]);
        assert_eq!(decode(&bytes, 3).unwrap(), leaves);
        assert_eq!(decode(&bytes, 2), None);
        assert_eq!(decode(&bytes, 4), None);
        assert_eq!(decode(&bytes[..bytes.len() - 1], 3), None);
        assert_eq!(encode([vec![0; LONGEST + 1].as_slice()]), None);
    }

    #[test]
    fn a_long_entry_is_stood_for_by_its_hash() {
        let long = vec![b'x'; LONGEST + 1];
        let leaf = leaf_bytes(&long);
        assert!(leaf.len() < 200);
        assert_eq!(long_of(&leaf).unwrap(), long_name(&long));
        assert_eq!(long_of(b"{\"act\":\"create\"}"), None);
        let just = vec![b'x'; LONGEST];
        assert_eq!(leaf_bytes(&just).len(), LONGEST);
    }
}
