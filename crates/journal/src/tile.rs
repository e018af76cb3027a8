//! Tiles of C2SP tlog-tiles: 256 hashes of one height of the tree at a time, and their paths.

use std::collections::BTreeMap;
use std::fmt;

use crate::hash::{Hash, node_hash};
use crate::tree::Nodes;

/// Hashes in a full tile, and entries in a full bundle.
pub const WIDTH: u16 = 256;
/// Heights of the tree that a tile spans.
const HEIGHT: u8 = 8;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Content {
    /// The entries themselves (`tile/entries/…`), each with its length before it.
    Entries,
    /// Hashes: level 0 of leaves, level 1 and above of full tiles one level below.
    Level(u8),
}

/// Which tile: its content, its number within that, and how many of 256 places are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// Entries, or the level of hashes.
    pub content: Content,
    /// Number from 0.
    pub number: u64,
    /// Filled places, 1 to 256.
    pub width: u16,
}

impl TileId {
    /// The tile of that content and number in a tree of `size` leaves; none when it would be empty.
    pub fn of(content: Content, number: u64, size: u64) -> Option<Self> {
        let level = match content {
            Content::Entries => 0,
            Content::Level(level) => level,
        };
        let filled = size.checked_shr(u32::from(level) * 8).unwrap_or(0);
        let before = number.checked_mul(u64::from(WIDTH))?;
        let width = filled.checked_sub(before).filter(|width| *width > 0)?.min(u64::from(WIDTH)) as u16;
        Some(Self { content, number, width })
    }

    /// Path of the tile: `tile/0/x001/x234/067`, with `.p/W` when it is not full.
    pub fn path(&self) -> String {
        let mut digits = format!("{:03}", self.number % 1_000);
        let mut rest = self.number / 1_000;
        while rest > 0 {
            digits = format!("x{:03}/{digits}", rest % 1_000);
            rest /= 1_000;
        }
        let content = match self.content {
            Content::Entries => "entries".to_string(),
            Content::Level(level) => level.to_string(),
        };
        match self.width {
            WIDTH => format!("tile/{content}/{digits}"),
            width => format!("tile/{content}/{digits}.p/{width}"),
        }
    }

    /// Read a path back. None unless it is exactly what [`path`](Self::path) writes.
    pub fn parse(path: &str) -> Option<Self> {
        let (content, digits) = path.strip_prefix("tile/")?.split_once('/')?;
        let content = match content {
            "entries" => Content::Entries,
            level => Content::Level(level.parse().ok().filter(|level| *level < 64)?),
        };
        let (digits, width) = match digits.split_once(".p/") {
            Some((digits, width)) => (digits, width.parse().ok().filter(|width| (1..WIDTH).contains(width))?),
            None => (digits, WIDTH),
        };
        let mut number: u64 = 0;
        for part in digits.split('/') {
            let part = part.strip_prefix('x').unwrap_or(part);
            number = number.checked_mul(1_000)?.checked_add(part.parse::<u16>().ok().map(u64::from)?)?;
        }
        let tile = Self { content, number, width };
        (tile.path() == path).then_some(tile)
    }

    /// All tiles of a tree of that size with that content, left to right.
    pub fn all(content: Content, size: u64) -> impl Iterator<Item = Self> {
        (0..).map_while(move |number| Self::of(content, number, size))
    }

    /// Levels of hash tiles in a tree of that size.
    pub fn levels(size: u64) -> u8 {
        (0..64u8).take_while(|level| size.checked_shr(u32::from(*level) * 8).unwrap_or(0) > 0).count() as u8
    }
}

impl fmt::Display for TileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// Hash over up to 256 neighbouring hashes of one level, without memory of its own. None for no hashes.
pub fn tile_root(hashes: &[Hash]) -> Option<Hash> {
    let mut row = [[0u8; 32]; WIDTH as usize];
    let mut count = hashes.len();
    row.get_mut(..count)?.copy_from_slice(hashes);
    while count > 1 {
        let mut made = 0;
        // The last one of an odd row goes up as it is: that is the tree of RFC 6962 read level by level.
        for place in (0..count).step_by(2) {
            let hash = match (row.get(place), row.get(place + 1)) {
                (Some(left), Some(right)) if place + 1 < count => node_hash(left, right),
                (Some(alone), _) => *alone,
                _ => return None,
            };
            *row.get_mut(made)? = hash;
            made += 1;
        }
        count = made;
    }
    row.first().copied().filter(|_| !hashes.is_empty())
}

/// The bytes of a hash tile.
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.concat()
}

/// The hashes of a tile; none when the bytes are not exactly `width` hashes.
pub fn tile_hashes(bytes: &[u8], width: u16) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    (rest.is_empty() && hashes.len() == usize::from(width)).then(|| hashes.to_vec())
}

/// Nodes of a tree of a given size, from its tiles, which are fetched once each.
pub struct TileNodes<F> {
    size: u64,
    fetch: F,
    known: BTreeMap<TileId, Vec<Hash>>,
}

/// Why a node cannot be had from tiles.
#[derive(Debug, thiserror::Error)]
pub enum TileProblem<E> {
    /// The tile cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] E),
    /// The tree has no such node, or the tile is shorter than the tree says.
    #[error("木の部分({0})が足りません")]
    Missing(String),
}

impl<E, F: FnMut(TileId) -> Result<Vec<Hash>, E>> TileNodes<F> {
    /// Nodes of the tree of `size` leaves. `fetch` gives the hashes of a tile: at least as many as its width.
    pub fn new(size: u64, fetch: F) -> Self {
        Self { size, fetch, known: BTreeMap::new() }
    }
}

impl<E, F: FnMut(TileId) -> Result<Vec<Hash>, E>> Nodes for TileNodes<F> {
    type Error = TileProblem<E>;

    fn node(&mut self, level: u8, index: u64) -> Result<Hash, Self::Error> {
        let missing = || TileProblem::Missing(format!("{level}/{index}"));
        let (content, within) = (Content::Level(level / HEIGHT), level % HEIGHT);
        let first = index << within;
        let tile = TileId::of(content, first / u64::from(WIDTH), self.size).ok_or_else(missing)?;
        if !self.known.contains_key(&tile) {
            let hashes = (self.fetch)(tile)?;
            self.known.insert(tile, hashes);
        }
        let place = (first % u64::from(WIDTH)) as usize;
        let hashes = self.known.get(&tile).and_then(|hashes| hashes.get(place..place + (1 << within)));
        hashes.and_then(tile_root).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_tlog_tiles() {
        let cases = [
            (Content::Level(0), 1_234_067, 256, "tile/0/x001/x234/067"),
            (Content::Level(1), 0, 8, "tile/1/000.p/8"),
            (Content::Entries, 273, 112, "tile/entries/273.p/112"),
            (Content::Level(5), 1_000, 256, "tile/5/x001/000"),
        ];
        for (content, number, width, path) in cases {
            let tile = TileId { content, number, width };
            assert_eq!(tile.path(), path);
            assert_eq!(TileId::parse(path), Some(tile));
        }
        for wrong in [
            "tile/0/1",
            "tile/0/x001/67",
            "tile/00/001",
            "tile/0/x000/001",
            "tile/64/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/08",
            "tile/0/001/002",
            "tile/0/+01",
            "tile/entries/../../x",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "tile/0/",
        ] {
            assert_eq!(TileId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_tree_of_70_000_has_the_tiles_named_in_the_specification() {
        let widths = |level| TileId::all(Content::Level(level), 70_000).map(|tile| tile.width).collect::<Vec<_>>();
        assert_eq!((widths(0).len(), widths(0)[272], widths(0)[273]), (274, 256, 112));
        assert_eq!(widths(1), [256, 17]);
        assert_eq!(widths(2), [1]);
        assert_eq!(TileId::levels(70_000), 3);
        assert_eq!(TileId::all(Content::Level(1), 256).map(|tile| tile.path()).collect::<Vec<_>>(), ["tile/1/000.p/1"]);
        assert_eq!(TileId::levels(0), 0);
    }
}
