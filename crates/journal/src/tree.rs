//! The Merkle tree of RFC 6962 section 2.1: roots, inclusion proofs, consistency proofs, and their verification.
//!
//! Proofs are made from stored nodes by the recursive definitions of RFC 6962; they are verified by the iterative
//! algorithms of RFC 9162 section 2.1.3.2 and 2.1.4.2, so that a slip in one does not hide in the other.

use crate::hash::{Hash, empty_root, node_hash};

/// Where the hashes of complete subtrees come from.
pub trait Nodes {
    /// Why a hash cannot be had.
    type Error;

    /// Hash of the complete subtree over the leaves `index << level` up to, not including, `(index + 1) << level`.
    ///
    /// # Errors
    /// When it is not stored.
    fn node(&mut self, level: u8, index: u64) -> Result<Hash, Self::Error>;
}

/// Largest power of two smaller than `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (63 - (count - 1).leading_zeros())
}

/// Hash over the leaves from `start` up to, not including, `end`; `start` is a multiple of the size of the left part.
fn subtree<N: Nodes + ?Sized>(nodes: &mut N, start: u64, end: u64) -> Result<Hash, N::Error> {
    let count = end - start;
    if count.is_power_of_two() {
        let level = count.trailing_zeros();
        return nodes.node(level as u8, start >> level);
    }
    let middle = start + split(count);
    let left = subtree(nodes, start, middle)?;
    Ok(node_hash(&left, &subtree(nodes, middle, end)?))
}

/// Root of the tree over the first `size` leaves.
///
/// # Errors
/// What the nodes report.
pub fn root<N: Nodes + ?Sized>(nodes: &mut N, size: u64) -> Result<Hash, N::Error> {
    if size == 0 { Ok(empty_root()) } else { subtree(nodes, 0, size) }
}

/// Inclusion proof of the leaf at `index` in the tree over the first `size` leaves (RFC 6962 section 2.1.1), from the
/// leaf's sibling up. Empty when there is no such leaf.
///
/// # Errors
/// What the nodes report.
pub fn inclusion<N: Nodes + ?Sized>(nodes: &mut N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let mut proof = Vec::new();
    if index >= size {
        return Ok(proof);
    }
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(subtree(nodes, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// Proof that the tree over the first `size` leaves continues the one over the first `old` (RFC 6962 section 2.1.2).
/// Empty when `old` is 0 or not smaller than `size`.
///
/// # Errors
/// What the nodes report.
pub fn consistency<N: Nodes + ?Sized>(nodes: &mut N, old: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let mut proof = Vec::new();
    if old == 0 || old >= size {
        return Ok(proof);
    }
    let (mut start, mut end) = (0, size);
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(subtree(nodes, start, middle)?);
            start = middle;
        }
    }
    // The old root itself is known to whoever asks; a part of it is not.
    if start != 0 {
        proof.push(subtree(nodes, start, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether the proof shows that a leaf with this hash is at `index` of the tree of that size and root.
/// RFC 9162 section 2.1.3.2.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut first, mut second) = (index, size - 1);
    let mut hash = *leaf;
    for other in proof {
        if second == 0 {
            return false;
        }
        if first & 1 == 1 || first == second {
            hash = node_hash(other, &hash);
            while first & 1 == 0 && first != 0 {
                first >>= 1;
                second >>= 1;
            }
        } else {
            hash = node_hash(&hash, other);
        }
        first >>= 1;
        second >>= 1;
    }
    second == 0 && hash == *root
}

/// Whether the proof shows that the tree of the new size and root continues the tree of the old size and root.
/// RFC 9162 section 2.1.4.2; every tree continues the empty one, and only itself at the same size.
pub fn verify_consistency(old: u64, old_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if old > size {
        return false;
    }
    if old == size {
        return proof.is_empty() && old_root == root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let mut rest = proof.iter();
    let (mut first, mut second) = (old - 1, size - 1);
    while first & 1 == 1 {
        first >>= 1;
        second >>= 1;
    }
    // A complete old tree is the first hash of the path itself.
    let seed = if old.is_power_of_two() {
        *old_root
    } else {
        match rest.next() {
            Some(seed) => *seed,
            None => return false,
        }
    };
    let (mut old_hash, mut new_hash) = (seed, seed);
    for other in rest {
        if second == 0 {
            return false;
        }
        if first & 1 == 1 || first == second {
            old_hash = node_hash(other, &old_hash);
            new_hash = node_hash(other, &new_hash);
            while first & 1 == 0 && first != 0 {
                first >>= 1;
                second >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, other);
        }
        first >>= 1;
        second >>= 1;
    }
    second == 0 && old_hash == *old_root && new_hash == *root
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;
    use crate::hash::leaf_hash;

    /// Leaves in memory; nodes are worked out each time.
    struct Leaves(Vec<Hash>);

    impl Nodes for Leaves {
        type Error = Infallible;
        fn node(&mut self, level: u8, index: u64) -> Result<Hash, Infallible> {
            if level == 0 {
                return Ok(self.0[index as usize]);
            }
            let left = self.node(level - 1, index * 2)?;
            Ok(node_hash(&left, &self.node(level - 1, index * 2 + 1)?))
        }
    }

    fn hash(text: &str) -> Hash {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    /// The leaves, roots and proofs published with Certificate Transparency (its `merkle_tree_test`).
    const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    const A: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
    const B: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
    const C: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
    const D: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
    const E: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
    const F: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

    fn published() -> Leaves {
        Leaves(LEAVES.iter().map(|leaf| leaf_hash(&hex::decode(leaf).unwrap())).collect())
    }

    #[test]
    fn roots_are_those_published() {
        for (index, want) in ROOTS.iter().enumerate() {
            assert_eq!(root(&mut published(), index as u64 + 1).unwrap(), hash(want));
        }
    }

    #[test]
    fn inclusion_proofs_are_those_published() {
        let cases: [(u64, u64, &[&str]); 5] = [
            (0, 1, &[]),
            (0, 8, &[A, B, C]),
            (5, 8, &[D, E, ROOTS[3]]),
            (2, 3, &[ROOTS[1]]),
            (1, 5, &[ROOTS[0], B, D]),
        ];
        for (index, size, want) in cases {
            let mut nodes = published();
            let proof = inclusion(&mut nodes, index, size).unwrap();
            assert_eq!(proof, want.iter().map(|text| hash(text)).collect::<Vec<_>>(), "{index} {size}");
            let leaf = nodes.0[index as usize];
            assert!(verify_inclusion(&leaf, index, size, &proof, &hash(ROOTS[size as usize - 1])));
        }
    }

    #[test]
    fn consistency_proofs_are_those_published() {
        let cases: [(u64, u64, &[&str]); 4] =
            [(1, 1, &[]), (1, 8, &[A, B, C]), (6, 8, &[F, E, ROOTS[3]]), (2, 5, &[B, D])];
        for (old, size, want) in cases {
            let proof = consistency(&mut published(), old, size).unwrap();
            assert_eq!(proof, want.iter().map(|text| hash(text)).collect::<Vec<_>>(), "{old} {size}");
            let (before, after) = (hash(ROOTS[old as usize - 1]), hash(ROOTS[size as usize - 1]));
            assert!(verify_consistency(old, &before, size, &after, &proof));
        }
    }

    #[test]
    fn the_empty_tree_is_continued_by_every_tree_without_proof() {
        assert!(verify_consistency(0, &empty_root(), 8, &hash(ROOTS[7]), &[]));
        assert!(!verify_consistency(0, &hash(A), 8, &hash(ROOTS[7]), &[]));
        assert!(!verify_consistency(0, &empty_root(), 8, &hash(ROOTS[7]), &[hash(A)]));
    }

    fn leaves(count: u64) -> Leaves {
        Leaves((0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect())
    }

    proptest! {
        #[test]
        fn every_proof_verifies_and_no_altered_one(size in 2u64..300, at in 0u64..300, old in 1u64..300, bit in 0usize..4096) {
            let (at, old) = (at % size, 1 + old % (size - 1));
            let mut nodes = leaves(size);
            let whole = root(&mut nodes, size).unwrap();
            let before = root(&mut nodes, old).unwrap();
            let leaf = nodes.0[at as usize];

            let mut proof = inclusion(&mut nodes, at, size).unwrap();
            prop_assert!(verify_inclusion(&leaf, at, size, &proof, &whole));
            prop_assert!(!verify_inclusion(&leaf, (at + 1) % size, size, &proof, &whole));
            proof.push(leaf);
            prop_assert!(!verify_inclusion(&leaf, at, size, &proof, &whole));
            proof.pop();
            let place = bit % (proof.len() * 256);
            proof[place / 256][place % 256 / 8] ^= 1 << (place % 8);
            prop_assert!(!verify_inclusion(&leaf, at, size, &proof, &whole));
            proof.pop();
            prop_assert!(!verify_inclusion(&leaf, at, size, &proof, &whole));

            let mut proof = consistency(&mut nodes, old, size).unwrap();
            prop_assert!(verify_consistency(old, &before, size, &whole, &proof));
            prop_assert!(!verify_consistency(old, &whole, size, &whole, &proof));
            let place = bit % (proof.len() * 256);
            proof[place / 256][place % 256 / 8] ^= 1 << (place % 8);
            prop_assert!(!verify_consistency(old, &before, size, &whole, &proof));
            proof.pop();
            prop_assert!(!verify_consistency(old, &before, size, &whole, &proof));
        }
    }
}
