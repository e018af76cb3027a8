//! The journal against its seal: leaf hashes, positions, tiles, checkpoints and signatures.

use std::collections::{BTreeMap, BTreeSet};

use journal::act::JOURNAL;
use journal::removal::{Removals, husk_of};
use journal::{Checkpoint, Growth, Hash, VerifierKey, leaf_bytes, leaf_hash};
use ledger::port::StoreError;
use ledger::seal::{Handover, handover, leading_to};
use store::inspect::{Inspection, RawCheckpoint, RawEntry, RawSeal};

use crate::finding::{Change, Finding, Sealed};

/// The seal as it is stored, and the leaves as the entries make them.
#[derive(Default)]
pub struct Seal {
    stored: RawSeal,
    /// The present key, and those before it.
    keys: Vec<VerifierKey>,
    handovers: Vec<Handover>,
    /// Run of each sequence: first sequence → (position, length).
    runs: BTreeMap<i64, (u64, u64)>,
    size: u64,
    leaves: Vec<Option<Hash>>,
    /// Entries that are neither sealed nor waiting.
    added: Vec<i64>,
    /// Entries that wait, with their marks; taken out as they are met.
    waiting: BTreeMap<i64, String>,
    /// Entries that wait with a wrong mark.
    unmarked: Vec<i64>,
    guard: Option<store::GuardKey>,
    vkey_fits: bool,
    /// Bodies that were disposed of, and what makes that lawful.
    removals: Removals,
}

/// Entries that wait to be sealed come behind all positions, in the order of writing.
const WAITING: u64 = 1 << 62;

impl Seal {
    /// Read everything but the tiles. `trusted` is the public key that the caller knows.
    pub fn read(inspection: &mut Inspection<'_, '_>, trusted: Option<&str>) -> Result<Self, StoreError> {
        let stored = inspection.seal()?;
        // A trusted key is the present one, or one that was handed over to it in the journal itself.
        let trusted = trusted.map(|trusted| trusted.trim().to_owned());
        let present = stored.vkey.clone().or_else(|| trusted.clone());
        let present = present.and_then(|text| VerifierKey::parse(&text).ok());
        let mut told = Vec::new();
        for entry in inspection.entries_of(JOURNAL)? {
            let Ok(read) = serde_json::from_str::<journal::Entry>(&entry.body) else { continue };
            told.extend(handover(entry.sequence, &read));
        }
        let handovers = present.as_ref().map(|key| leading_to(key, told)).unwrap_or_default();
        let keys: Vec<VerifierKey> = present.into_iter().chain(handovers.iter().map(|one| one.from.clone())).collect();
        let vkey_fits = trusted.is_none_or(|trusted| keys.iter().any(|key| key.to_string() == trusted));
        let size = stored.checkpoints.last().map_or(0, |checkpoint| checkpoint.size);
        let runs = stored.runs.iter().map(|run| (run.sequence, (run.position, run.length))).collect();
        // A size nobody could have sealed does not make us reserve the memory for it.
        let room = usize::try_from(size).unwrap_or(0).min(1 << 32);
        let sealed_in_runs: u64 = stored.runs.iter().map(|run| run.length).fold(0, u64::saturating_add);
        let leaves = vec![None; if sealed_in_runs >= size { room } else { 0 }];
        let waiting = stored.unsealed.iter().cloned().collect();
        let guard = inspection.guard_key().cloned();
        Ok(Self {
            stored,
            keys,
            handovers,
            runs,
            size,
            leaves,
            added: Vec::new(),
            waiting,
            unmarked: Vec::new(),
            guard,
            vkey_fits,
            removals: Removals::default(),
        })
    }

    /// Entries under the newest checkpoint.
    pub fn covered(&self) -> u64 {
        self.size
    }

    /// Entries whose bodies were disposed of.
    pub fn disposed(&self) -> u64 {
        self.removals.places().count() as u64
    }

    fn sequence(&self, place: u64) -> i64 {
        let sequence = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        if place >= WAITING {
            return sequence(place - WAITING);
        }
        let run = self.stored.runs.iter().rfind(|run| run.position <= place);
        run.map_or(0, |run| run.sequence.saturating_add(sequence(place - run.position)))
    }

    fn position(&self, sequence: i64) -> Option<u64> {
        let (first, (position, length)) = self.runs.range(..=sequence).next_back()?;
        let offset = u64::try_from(sequence.checked_sub(*first)?).ok()?;
        if offset < *length { position.checked_add(offset) } else { None }
    }

    /// The seal over an entry.
    pub fn over(&self, sequence: i64) -> Option<Sealed> {
        let position = self.position(sequence)?;
        let checkpoint = self.stored.checkpoints.iter().find(|checkpoint| checkpoint.size > position)?;
        Some(Sealed { position, size: checkpoint.size, at: checkpoint.sealed_at.clone() })
    }

    /// Take an entry as it is stored.
    pub fn entry(&mut self, entry: &RawEntry) {
        let waits = self.waiting.remove(&entry.sequence);
        match (self.position(entry.sequence), waits) {
            (Some(position), _) => {
                let place = usize::try_from(position).ok().and_then(|place| self.leaves.get_mut(place));
                let body = entry.body.as_bytes();
                if let Some(leaf) = place {
                    // A body that was disposed of left its hash.
                    let husk = husk_of(body).map(|husk| husk.leaf);
                    *leaf = Some(husk.unwrap_or_else(|| leaf_hash(&leaf_bytes(body))));
                }
                self.removals.take(position, body);
            }
            (None, Some(mark)) => {
                let ours = self.guard.as_ref().map(|key| key.guard("unsealed", entry.body.as_bytes()) == mark);
                if ours == Some(false) && entry.sequence > self.stored.adopted {
                    self.unmarked.push(entry.sequence);
                }
                // Without the key of guards nothing that waits speaks for a removal.
                if ours == Some(true) || husk_of(entry.body.as_bytes()).is_some() {
                    self.removals.take(WAITING + u64::try_from(entry.sequence).unwrap_or(0), entry.body.as_bytes());
                }
            }
            (None, None) => self.added.push(entry.sequence),
        }
    }

    /// What does not fit, once all entries were taken.
    pub fn judge(&mut self, inspection: &mut Inspection<'_, '_>) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        let entry = |sequence: i64, change: Change, reason: &str| Finding {
            change,
            table: "journal".into(),
            row: sequence.to_string(),
            sequence: Some(sequence),
            reason: reason.into(),
            ..Finding::default()
        };
        let seal = |row: String, reason: &str| Finding {
            table: "seal".into(),
            row,
            reason: reason.into(),
            ..Finding::default()
        };
        for sequence in &self.added {
            findings.push(entry(*sequence, Change::Added, "台帳が書いていない証跡があります"));
        }
        for sequence in &self.unmarked {
            findings.push(entry(
                *sequence,
                Change::Altered,
                "未封印の証跡が、台帳を通さずに変更または追加されています",
            ));
        }
        for sequence in self.waiting.keys() {
            findings.push(entry(*sequence, Change::Missing, "未封印の証跡が、台帳を通さずに削除されています"));
        }
        for (place, reason) in self.removals.judge() {
            findings.push(entry(self.sequence(place), Change::Missing, reason));
        }
        if !self.vkey_fits {
            findings.push(seal("vkey".into(), "データベースにある公開鍵が、指定された公開鍵と違います"));
        }
        if self.stored.size != self.size {
            findings.push(seal("size".into(), "封印された証跡の数が、最新の封印と違います"));
        }
        if self.size == 0 {
            if self.stored.vkey.is_some() || !self.stored.runs.is_empty() {
                findings.push(seal("checkpoint".into(), "封印がすべて削除されています"));
            }
            return Ok(findings);
        }
        self.positions(&mut findings);
        let keys = self.keys.clone();
        if keys.is_empty() {
            findings.push(seal("vkey".into(), "証跡の公開鍵を読めません"));
            return Ok(findings);
        }
        for one in &self.handovers {
            // Only who had the key before could sign this: a key cannot be brought in by an entry alone.
            let over = self.position(one.sequence).and_then(|position| {
                self.stored.checkpoints.iter().find(|checkpoint| {
                    let signed = |key| Checkpoint::open(&checkpoint.note, key).is_ok();
                    checkpoint.size > position && signed(&one.from) && signed(&one.to)
                })
            });
            if over.is_none() {
                findings.push(seal(
                    "vkey".into(),
                    "署名の鍵が替わっていますが、前の鍵と新しい鍵の両方が署名した封印がありません",
                ));
            }
        }
        // The leaves that the tiles hold, to name the entry that was altered.
        let mut tiles = inspection.tiles()?;
        let stored: Vec<Hash> = tiles
            .range((0, 0)..(1, 0))
            .flat_map(|(_, hashes)| hashes.chunks_exact(32).filter_map(|hash| hash.try_into().ok()))
            .collect();
        let mut growth = Growth::empty();
        let mut from_tiles = Growth::empty();
        let mut due = self.stored.checkpoints.iter().peekable();
        let mut sealed_tiles: BTreeMap<(u8, u64), Vec<u8>> = BTreeMap::new();
        let mut whole = true;
        let same = self.leaves.len() == stored.len()
            && self.leaves.iter().zip(&stored).all(|(leaf, tile)| leaf.as_ref() == Some(tile));
        for place in 0..self.leaves.len() {
            let (leaf, tile) = (self.leaves.get(place).copied().flatten(), stored.get(place));
            if leaf.is_none() || leaf.as_ref() != tile {
                whole = false;
            }
            growth.push(leaf.unwrap_or([0; 32]));
            if !same {
                from_tiles.push(tile.copied().unwrap_or([0; 32]));
            }
            while let Some(checkpoint) = due.next_if(|checkpoint| checkpoint.size == place as u64 + 1) {
                let root = growth.root();
                let other = if same { root } else { from_tiles.root() };
                // The newest one can only be of the present key, which comes first.
                let signers = if checkpoint.size == self.size { keys.get(..1).unwrap_or(&keys) } else { &keys };
                if let Some(finding) = judge_checkpoint(checkpoint, signers, root, other) {
                    whole = false;
                    findings.push(finding);
                }
            }
            if place % 256 == 255 {
                keep(&mut sealed_tiles, &mut growth);
            }
        }
        keep(&mut sealed_tiles, &mut growth);
        for checkpoint in due {
            findings.push(seal(format!("checkpoint {}", checkpoint.size), "封印が、証跡の数より先のものです"));
        }
        if !whole {
            self.name_leaves(&stored, &keys, growth.root(), &mut findings);
        }
        // The tiles above the leaves, where the leaves themselves are right.
        if same || growth.root() == from_tiles.root() {
            for (place, hashes) in sealed_tiles {
                let found = tiles.remove(&place);
                if found.as_ref() != Some(&hashes) {
                    findings
                        .push(seal(format!("tile {}/{}", place.0, place.1), "ハッシュ木のタイルが変更されています"));
                }
            }
            for (level, number) in tiles.into_keys() {
                findings.push(seal(format!("tile {level}/{number}"), "台帳が作っていないタイルがあります"));
            }
        }
        Ok(findings)
    }

    /// Positions follow one another without gap, and no sequence has two.
    fn positions(&self, findings: &mut Vec<Finding>) {
        let mut next = 0u64;
        let mut sequences = BTreeSet::new();
        for run in &self.stored.runs {
            if run.position != next || run.length == 0 {
                findings.push(Finding {
                    table: "seal".into(),
                    row: format!("seal_run {}", run.position),
                    reason: "証跡の位置の並びが変更されています".into(),
                    ..Finding::default()
                });
            }
            next = run.position.saturating_add(run.length);
            if !sequences.insert(run.sequence) {
                break;
            }
        }
        if next != self.size {
            findings.push(Finding {
                table: "seal".into(),
                row: "seal_run".into(),
                reason: format!("位置の付いた証跡は {next} 件ですが、封印は {} 件に対するものです", self.size),
                ..Finding::default()
            });
        }
    }

    /// Entries whose hash is not the one in the tile.
    fn name_leaves(&self, stored: &[Hash], keys: &[VerifierKey], root: Hash, findings: &mut Vec<Finding>) {
        let newest = self.stored.checkpoints.last();
        let signed = newest.and_then(|newest| opened(&newest.note, keys)).map(|signed| signed.root);
        for run in &self.stored.runs {
            for offset in 0..run.length.min(self.size) {
                let position = run.position.saturating_add(offset);
                let Some(place) = usize::try_from(position).ok().filter(|place| *place < self.leaves.len()) else {
                    break;
                };
                let sequence = run.sequence.saturating_add(i64::try_from(offset).unwrap_or(i64::MAX));
                let leaf = self.leaves.get(place).copied().flatten();
                if leaf.is_some() && leaf.as_ref() == stored.get(place) {
                    continue;
                }
                let (table, change, reason) = match leaf {
                    None => ("journal", Change::Missing, "封印された証跡が削除されています"),
                    Some(_) if signed == Some(root) => {
                        ("seal", Change::Altered, "ハッシュ木の葉が変更されています(証跡は封印されたとおりです)")
                    }
                    Some(_) => ("journal", Change::Altered, "証跡の内容が、封印されたものと違います"),
                };
                if findings.len() < crate::finding::MOST {
                    findings.push(Finding {
                        change,
                        table: table.into(),
                        row: sequence.to_string(),
                        sequence: Some(sequence),
                        reason: reason.into(),
                        ..Finding::default()
                    });
                }
            }
        }
    }
}

fn keep(tiles: &mut BTreeMap<(u8, u64), Vec<u8>>, growth: &mut Growth) {
    for (tile, hashes) in growth.take_tiles() {
        if let journal::Content::Level(level) = tile.content {
            tiles.insert((level, tile.number), hashes.concat());
        }
    }
}

fn judge_checkpoint(checkpoint: &RawCheckpoint, keys: &[VerifierKey], root: Hash, tiles: Hash) -> Option<Finding> {
    let finding = |reason: &str| {
        Some(Finding {
            table: "seal".into(),
            row: format!("checkpoint {}", checkpoint.size),
            sealed: None,
            at: Some(checkpoint.sealed_at.clone()),
            reason: reason.into(),
            ..Finding::default()
        })
    };
    match opened(&checkpoint.note, keys) {
        None => finding("封印の署名が正しくありません"),
        Some(signed) if signed.size != checkpoint.size => finding("封印の数が、署名されたものと違います"),
        Some(signed) if signed.root != root && signed.root != tiles => {
            finding("封印が、証跡から計算した値と一致しません")
        }
        Some(_) => None,
    }
}

/// The checkpoint, when one of the keys signed it.
fn opened(note: &str, keys: &[VerifierKey]) -> Option<Checkpoint> {
    keys.iter().find_map(|key| Checkpoint::open(note, key).ok()).map(|(checkpoint, _)| checkpoint)
}
