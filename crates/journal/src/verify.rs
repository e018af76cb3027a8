//! Verification of an exported journal with nothing but its files: every entry is hashed, every hash compared, the root
//! worked out and held against the signed checkpoint. What does not fit is named, the first wrong entry first.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::bundle::{LONGEST_BUNDLE, decode, long_name, long_of};
use crate::checkpoint::{Checkpoint, verify_cosignature};
use crate::entry::Entry;
use crate::export::{CHECKPOINT, Files, LONG, VKEY, WITNESSES};
use crate::growth::Growth;
use crate::hash::{Hash, leaf_hash};
use crate::key::VerifierKey;
use crate::note::{LONGEST_NOTE, SignedNote};
use crate::proof::LONGEST_PROOF;
use crate::removal::{Removals, husk_of};
use crate::tile::{Content, TileId, WIDTH, tile_hashes};

/// Something that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// An entry has another content than was sealed, or is missing.
    Entry {
        /// Its position, from 0.
        position: u64,
        /// Ledger that it names now.
        ledger: Option<String>,
        /// Record that it names now.
        record: Option<String>,
        /// Instant that it names now.
        at: Option<DateTime<Utc>>,
        /// What is wrong.
        reason: String,
    },
    /// A file is missing, superfluous or altered.
    File {
        /// Its path within the exported journal.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The checkpoint itself, or the key, cannot be believed.
    Seal {
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { position, ledger, record, at, reason } => {
                write!(f, "位置 {position} の証跡: {reason}")?;
                if let (Some(ledger), Some(record), Some(at)) = (ledger, record, at) {
                    write!(f, "(現在の内容は 台帳 {ledger}・記録 {record}・{at})")?;
                }
                Ok(())
            }
            Self::File { path, reason } => write!(f, "ファイル {path}: {reason}"),
            Self::Seal { reason } => write!(f, "封印: {reason}"),
        }
    }
}

/// A journal in which everything fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The checkpoint that covers all of it.
    pub checkpoint: Checkpoint,
    /// The key that signed it, as the export names it.
    pub key: VerifierKey,
    /// Witnesses that cosigned, with the instant in seconds since 1970.
    pub witnesses: Vec<(VerifierKey, u64)>,
}

/// Most findings that are collected.
const MOST_FINDINGS: usize = 1_000;

/// Verify an exported journal, with that many threads.
///
/// Without `trusted`, the key in the export is believed: that shows the export to be whole, not whose it is.
///
/// # Errors
/// What does not fit, entries in the order of their positions, at most 1,000 findings.
pub fn verify_exported(
    files: &dyn Files,
    trusted: Option<&VerifierKey>,
    threads: usize,
) -> Result<Verified, Vec<Finding>> {
    let verified = seal(files, trusted).map_err(|finding| vec![finding])?;
    let size = verified.checkpoint.size;
    let mut findings = Vec::new();

    // A checkpoint over more entries than there are files would keep us looking for them for ever.
    let bundles = size.div_ceil(u64::from(WIDTH));
    let present = files.paths();
    if bundles > present.len() as u64 {
        let absent = TileId::all(Content::Entries, size).map(|tile| tile.path()).find(|path| !present.contains(path));
        return Err(vec![Finding::File { path: absent.unwrap_or_default(), reason: "ありません".into() }]);
    }
    let threads = threads.clamp(1, 64) as u64;
    let parts: Vec<Part> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|part| {
                let (from, until) = (bundles * part / threads, bundles * (part + 1) / threads);
                scope.spawn(move || Part::check(files, size, from, until))
            })
            .collect();
        running.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    if parts.len() as u64 != threads {
        return Err(vec![Finding::Seal { reason: "検証が異常終了しました".into() }]);
    }

    // The tree as the entries make it, from full tiles upwards.
    let mut above = Growth::empty();
    // The same as the stored hashes of leaves make it.
    let mut stored = Growth::empty();
    let mut last = Vec::new();
    let mut long = BTreeSet::new();
    let mut differing = Vec::new();
    let mut removals = Removals::default();
    for part in parts {
        part.roots.into_iter().for_each(|root| above.push(root));
        part.stored.into_iter().for_each(|root| stored.push(root));
        last.extend(part.last);
        long.extend(part.long);
        findings.extend(part.findings);
        differing.extend(part.differing);
        removals.join(part.removals);
    }
    let whole = joined(&above, &last) == verified.checkpoint.root && findings.is_empty();
    for finding in differing {
        findings.push(match finding {
            // The entries lead to the signed root: it is the stored hash that was altered.
            Finding::Entry { position, .. } if whole => altered(Content::Level(0), position / 256, size),
            other => other,
        });
    }
    // Where an entry was altered, the hashes above it are judged by those stored of the leaves.
    check_tiles(files, if whole { &mut above } else { &mut stored }, size, &mut findings);
    if !whole && findings.is_empty() {
        findings.push(Finding::Seal {
            reason: "すべての証跡から計算した値が、署名された封印と一致しません".into()
        });
    }
    for (position, reason) in removals.judge() {
        findings.push(entry_finding(position, &[], reason));
    }
    check_paths(files, size, &long, verified.witnesses.is_empty(), &mut findings);
    if findings.is_empty() {
        return Ok(verified);
    }
    findings.dedup();
    findings.sort_by_key(|finding| match finding {
        Finding::Entry { position, .. } => (0, *position),
        Finding::File { .. } => (1, 0),
        Finding::Seal { .. } => (2, 0),
    });
    findings.truncate(MOST_FINDINGS);
    Err(findings)
}

/// Root of a tree whose full level-0 tiles have the roots grown in `above`, and whose last tile holds `last`.
fn joined(above: &Growth, last: &[Hash]) -> Hash {
    let right = crate::tile::tile_root(last);
    match (above.size(), right) {
        (0, right) => right.unwrap_or_else(crate::hash::empty_root),
        (_, None) => above.root(),
        (_, Some(right)) => above.root_with(right),
    }
}

fn altered(content: Content, number: u64, size: u64) -> Finding {
    let path = TileId::of(content, number, size).map(|tile| tile.path()).unwrap_or_default();
    Finding::File { path, reason: "ハッシュ値が書き換えられています".into() }
}

/// Key, witnesses and checkpoint.
fn seal(files: &dyn Files, trusted: Option<&VerifierKey>) -> Result<Verified, Finding> {
    let broken = |reason: String| Finding::Seal { reason };
    let text = |path: &str, needed: bool| -> Result<String, Finding> {
        let wrong = |reason: String| Finding::File { path: path.into(), reason };
        match files.read(path, LONGEST_NOTE).map_err(|error| wrong(error.to_string()))? {
            Some(bytes) => String::from_utf8(bytes).map_err(|_| wrong("文字として読めません".into())),
            None if needed => Err(wrong("ありません".into())),
            None => Ok(String::new()),
        }
    };
    let parse = |path: &str, line: &str| {
        VerifierKey::parse(line).map_err(|problem| Finding::File { path: path.into(), reason: problem.to_string() })
    };
    let line = text(VKEY, true)?;
    let key = parse(VKEY, line.strip_suffix('\n').unwrap_or_default())?;
    if trusted.is_some_and(|trusted| *trusted != key) {
        return Err(broken("指定された公開鍵のものではありません".into()));
    }
    let note = text(CHECKPOINT, true)?;
    let (checkpoint, note): (Checkpoint, SignedNote) =
        Checkpoint::open(&note, &key).map_err(|problem| broken(problem.to_string()))?;
    let lines = text(WITNESSES, false)?;
    let keys = lines.lines().map(|line| parse(WITNESSES, line)).collect::<Result<Vec<_>, _>>()?;
    let mut witnesses = Vec::new();
    for line in note.signatures.iter().filter(|line| !key.named_by(line)) {
        let witness = keys.iter().find(|witness| witness.named_by(line));
        let witness = witness.ok_or_else(|| broken(format!("鍵 {} の公開鍵がありません", line.name)))?;
        let at = verify_cosignature(line, witness, &note.text).map_err(|problem| broken(problem.to_string()))?;
        witnesses.push((witness.clone(), at));
    }
    let expected: String = witnesses.iter().map(|(key, _)| format!("{key}\n")).collect();
    if expected != lines {
        return Err(Finding::File {
            path: WITNESSES.into(), reason: "封印にある立会人と一致しません".into()
        });
    }
    Ok(Verified { checkpoint, key, witnesses })
}

/// What one thread found in its bundles.
#[derive(Default)]
struct Part {
    /// Roots of full tiles, worked out from the entries.
    roots: Vec<Hash>,
    /// Roots of full tiles, worked out from the stored hashes.
    stored: Vec<Hash>,
    /// Leaf hashes of the last tile, when it is not full.
    last: Vec<Hash>,
    /// Names of long entries.
    long: Vec<String>,
    /// Entries that do not fit the stored hash.
    differing: Vec<Finding>,
    /// Files that cannot be used.
    findings: Vec<Finding>,
    /// Removed bodies, and what makes them lawful.
    removals: Removals,
}

impl Part {
    fn check(files: &dyn Files, size: u64, from: u64, until: u64) -> Self {
        let mut part = Self::default();
        for number in from..until {
            let (hashes, stored) = part.tile(files, size, number);
            if hashes.len() == usize::from(WIDTH) {
                let root = crate::tile::tile_root(&hashes);
                part.stored.extend(if stored == hashes { root } else { crate::tile::tile_root(&stored) });
                part.roots.extend(root);
            } else {
                part.last = hashes;
            }
        }
        part
    }

    /// Leaf hashes of one bundle: worked out from its entries, and as stored. One stands for the other where that cannot
    /// be read, which is a finding of its own.
    fn tile(&mut self, files: &dyn Files, size: u64, number: u64) -> (Vec<Hash>, Vec<Hash>) {
        let (Some(bundle), Some(tile)) =
            (TileId::of(Content::Entries, number, size), TileId::of(Content::Level(0), number, size))
        else {
            return (Vec::new(), Vec::new());
        };
        let stored = self.read(files, &tile.path(), usize::from(tile.width) * 32);
        let stored = stored.and_then(|bytes| {
            let hashes = tile_hashes(&bytes, tile.width);
            if hashes.is_none() {
                self.wrong(&tile.path(), "大きさが正しくありません");
            }
            hashes
        });
        let bytes = self.read(files, &bundle.path(), LONGEST_BUNDLE);
        let leaves = bytes.as_deref().and_then(|bytes| decode(bytes, bundle.width));
        let Some(leaves) = leaves else {
            if bytes.is_some() {
                self.wrong(&bundle.path(), "証跡の区切りが正しくありません");
            }
            let stored = stored.unwrap_or_else(|| vec![[0; 32]; usize::from(tile.width)]);
            return (stored.clone(), stored);
        };
        let mut hashes = Vec::with_capacity(leaves.len());
        for (place, leaf) in leaves.iter().enumerate() {
            let position = number * u64::from(WIDTH) + place as u64;
            let long = long_of(leaf).and_then(|name| self.long(files, position, name));
            let body = long.as_deref().unwrap_or(leaf);
            self.removals.take(position, body);
            // A body that was disposed of left its hash.
            let hash = husk_of(body).map_or_else(|| leaf_hash(leaf), |husk| husk.leaf);
            if stored.as_ref().is_some_and(|stored| stored.get(place) != Some(&hash)) {
                self.differs(position, leaf);
            }
            hashes.push(hash);
        }
        let stored = stored.unwrap_or_else(|| hashes.clone());
        (hashes, stored)
    }

    fn read(&mut self, files: &dyn Files, path: &str, limit: usize) -> Option<Vec<u8>> {
        match files.read(path, limit) {
            Ok(Some(bytes)) => return Some(bytes),
            Ok(None) => self.wrong(path, "ありません"),
            Err(error) => self.wrong(path, &error.to_string()),
        }
        None
    }

    fn wrong(&mut self, path: &str, reason: &str) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(Finding::File { path: path.into(), reason: reason.into() });
        }
    }

    fn differs(&mut self, position: u64, leaf: &[u8]) {
        if self.differing.len() < MOST_FINDINGS {
            let reason = if leaf.is_empty() {
                "なくなっています"
            } else {
                "内容が封印されたものと違います"
            };
            self.differing.push(entry_finding(position, leaf, reason));
        }
    }

    fn long(&mut self, files: &dyn Files, position: u64, name: String) -> Option<Vec<u8>> {
        let path = format!("{LONG}{name}");
        let entry = self.read(files, &path, LONGEST_PROOF);
        if let Some(entry) = &entry
            && long_name(entry) != name
            && self.findings.len() < MOST_FINDINGS
        {
            self.findings.push(entry_finding(position, entry, "内容が封印されたものと違います"));
        }
        self.long.push(name);
        entry
    }
}

fn entry_finding(position: u64, bytes: &[u8], reason: &str) -> Finding {
    let entry: Option<Entry> = serde_json::from_slice(bytes).ok();
    let (ledger, record, at) = match entry {
        Some(entry) => (Some(entry.ledger), Some(entry.record), Some(entry.at)),
        None => (None, None, None),
    };
    Finding::Entry { position, ledger, record, at, reason: reason.into() }
}

/// Compare the stored tiles of level 1 and above with those that the entries make.
fn check_tiles(files: &dyn Files, above: &mut Growth, size: u64, findings: &mut Vec<Finding>) {
    for (tile, hashes) in above.take_tiles() {
        // What is level 0 of the tree over full tiles is level 1 of the whole.
        let Content::Level(level) = tile.content else { continue };
        let tile = TileId { content: Content::Level(level + 1), ..tile };
        let path = tile.path();
        let reason = match files.read(&path, usize::from(WIDTH) * 32) {
            Ok(Some(bytes)) if tile_hashes(&bytes, tile.width).as_ref() == Some(&hashes) => continue,
            Ok(Some(bytes)) => match tile_hashes(&bytes, tile.width) {
                Some(stored) => {
                    let place = stored.iter().zip(&hashes).position(|(one, two)| one != two).unwrap_or(0) as u64;
                    let span = 256u64.pow(u32::from(level) + 1);
                    let from = (tile.number * 256 + place) * span;
                    let until = (from + span).min(size);
                    format!("位置 {from} から {} までの証跡から計算した値と一致しません", until.saturating_sub(1))
                }
                None => "大きさが正しくありません".into(),
            },
            Ok(None) => "ありません".into(),
            Err(error) => error.to_string(),
        };
        findings.push(Finding::File { path, reason });
    }
}

/// Nothing but the files of the journal may be there.
fn check_paths(files: &dyn Files, size: u64, long: &BTreeSet<String>, alone: bool, findings: &mut Vec<Finding>) {
    for path in files.paths() {
        let known = match TileId::parse(&path) {
            Some(tile) => TileId::of(tile.content, tile.number, size) == Some(tile),
            None => match path.strip_prefix(LONG) {
                Some(name) => long.contains(name),
                None => path == VKEY || path == CHECKPOINT || (path == WITNESSES && !alone),
            },
        };
        if !known && findings.len() < MOST_FINDINGS {
            findings.push(Finding::File { path, reason: "この証跡にないはずのファイルです".into() });
        }
    }
}
