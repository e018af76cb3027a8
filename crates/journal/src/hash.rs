//! The hashes of RFC 6962 section 2.1: a byte 0 goes before a leaf, a byte 1 before two children.

use sha2::{Digest, Sha256};

/// A SHA-256 hash: of a leaf, of a node, or of a whole tree.
pub type Hash = [u8; 32];

/// The leaf hash of RFC 6962 section 2.1: SHA-256 over a zero byte and the leaf's bytes.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0u8]);
    hasher.update(bytes);
    hasher.finalize().into()
}

/// The node hash of RFC 6962 section 2.1: SHA-256 over a byte 1 and both children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut both = [1u8; 65];
    let (one, rest) = both.split_at_mut(33);
    if let Some(place) = one.get_mut(1..) {
        place.copy_from_slice(left);
    }
    rest.copy_from_slice(right);
    Sha256::digest(both).into()
}

/// The root of the empty tree: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_leaf_and_the_empty_tree_have_the_hashes_of_rfc_6962() {
        // Published with the test vectors of Certificate Transparency.
        assert_eq!(hex::encode(leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(hex::encode(empty_root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
