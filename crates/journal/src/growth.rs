//! Appending to the tree: only its right edge is held, and the tiles that changed are given back.

use crate::hash::{Hash, empty_root, node_hash};
use crate::tile::{Content, TileId, WIDTH, tile_root};

/// A tree that grows at its right edge. It holds the tiles there that are not full: at most 255 hashes a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    size: u64,
    edge: Vec<Vec<Hash>>,
    changed: Vec<(TileId, Vec<Hash>)>,
}

/// The stored edge does not belong to a tree of that size.
#[derive(Debug, thiserror::Error)]
#[error("木の右端({0})が大きさ {1} と合いません")]
pub struct WrongEdge(pub String, pub u64);

impl Growth {
    /// The empty tree.
    pub fn empty() -> Self {
        Self { size: 0, edge: Vec::new(), changed: Vec::new() }
    }

    /// Go on with a tree of `size` leaves. `fetch` gives the hashes of the partial tile asked for.
    ///
    /// # Errors
    /// What `fetch` reports, and [`WrongEdge`] when a tile has another width than the size says.
    pub fn resume<E: From<WrongEdge>>(
        size: u64,
        mut fetch: impl FnMut(TileId) -> Result<Vec<Hash>, E>,
    ) -> Result<Self, E> {
        let mut edge = Vec::new();
        for level in 0..TileId::levels(size) {
            let filled = size >> (u32::from(level) * 8);
            let number = filled / u64::from(WIDTH);
            let hashes = match TileId::of(Content::Level(level), number, size) {
                Some(tile) => {
                    let hashes = fetch(tile)?;
                    if hashes.len() != usize::from(tile.width) {
                        return Err(WrongEdge(tile.path(), size).into());
                    }
                    hashes
                }
                None => Vec::new(),
            };
            edge.push(hashes);
        }
        Ok(Self { size, edge, changed: Vec::new() })
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Append a leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.size += 1;
        let mut carried = Some(leaf);
        let mut level = 0u8;
        while let Some(hash) = carried.take() {
            if self.edge.len() <= usize::from(level) {
                self.edge.push(Vec::with_capacity(usize::from(WIDTH)));
            }
            let Some(hashes) = self.edge.get_mut(usize::from(level)) else { return };
            hashes.push(hash);
            if hashes.len() == usize::from(WIDTH) {
                let full = std::mem::take(hashes);
                carried = tile_root(&full);
                let number = (self.size >> (u32::from(level) * 8)) / u64::from(WIDTH) - 1;
                let tile = TileId { content: Content::Level(level), number, width: WIDTH };
                self.changed.push((tile, full));
            }
            level += 1;
        }
    }

    /// The tiles that are new or wider since the last call (the partial ones at the edge are given each time).
    pub fn take_tiles(&mut self) -> Vec<(TileId, Vec<Hash>)> {
        let mut tiles = std::mem::take(&mut self.changed);
        for (level, hashes) in self.edge.iter().enumerate() {
            let number = (self.size >> (level * 8)) / u64::from(WIDTH);
            if let Some(tile) = TileId::of(Content::Level(level as u8), number, self.size) {
                tiles.push((tile, hashes.clone()));
            }
        }
        tiles
    }

    /// Root of the tree.
    pub fn root(&self) -> Hash {
        self.folded(None).unwrap_or_else(empty_root)
    }

    /// Root of the tree with a smaller subtree of that hash to the right of all.
    pub(crate) fn root_with(&self, right: Hash) -> Hash {
        self.folded(Some(right)).unwrap_or(right)
    }

    fn folded(&self, right: Option<Hash>) -> Option<Hash> {
        let mut whole = right;
        for hashes in &self.edge {
            let mut rest = hashes.as_slice();
            // The complete subtrees of this level, the rightmost and smallest first.
            while !rest.is_empty() {
                let last = 1usize << rest.len().trailing_zeros();
                let (before, subtree) = rest.split_at(rest.len() - last);
                rest = before;
                let Some(hash) = tile_root(subtree) else { break };
                whole = Some(match whole {
                    Some(right) => node_hash(&hash, &right),
                    None => hash,
                });
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::hash::leaf_hash;
    use crate::tile::TileNodes;
    use crate::tree;

    type Tiles = BTreeMap<(Content, u64), Vec<Hash>>;

    fn fetch(tiles: &Tiles, tile: TileId) -> Result<Vec<Hash>, WrongEdge> {
        let stored = tiles.get(&(tile.content, tile.number)).cloned().unwrap_or_default();
        Ok(stored.into_iter().take(usize::from(tile.width)).collect())
    }

    /// The tiles grown in steps of any length give the root that the definition gives, at every size.
    #[test]
    fn growing_in_steps_gives_the_tree_of_the_definition() {
        let mut tiles = Tiles::new();
        let mut size = 0u64;
        for step in [1u64, 1, 5, 200, 49, 1, 255, 256, 1_000, 64_000, 4_232] {
            let mut growth = Growth::resume(size, |tile| fetch(&tiles, tile)).unwrap();
            for number in size..size + step {
                growth.push(leaf_hash(&number.to_be_bytes()));
            }
            size += step;
            assert_eq!(growth.size(), size);
            for (tile, hashes) in growth.take_tiles() {
                assert_eq!(hashes.len(), usize::from(tile.width));
                tiles.insert((tile.content, tile.number), hashes);
            }
            let mut nodes = TileNodes::new(size, |tile| fetch(&tiles, tile));
            assert_eq!(tree::root(&mut nodes, size).unwrap(), growth.root(), "{size}");
            let index = size / 3;
            let proof = tree::inclusion(&mut nodes, index, size).unwrap();
            assert!(tree::verify_inclusion(&leaf_hash(&index.to_be_bytes()), index, size, &proof, &growth.root()));
        }
        assert_eq!(size, 70_000);
        // Each size's older roots can still be had from the newest tiles.
        let mut all = Growth::empty();
        for number in 0..300u64 {
            all.push(leaf_hash(&number.to_be_bytes()));
        }
        let mut nodes = TileNodes::new(size, |tile| fetch(&tiles, tile));
        assert_eq!(tree::root(&mut nodes, 300).unwrap(), all.root());
    }

    #[test]
    fn an_edge_of_another_size_is_refused() {
        let refused = Growth::resume(3, |_| Ok::<_, WrongEdge>(vec![[0; 32]; 2]));
        assert!(refused.is_err());
        assert_eq!(Growth::empty().root(), empty_root());
    }
}
