//! How fast entries are sealed and an exported journal is verified: `cargo run --release -p journal --example speed [N]`.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, missing_docs, reason = "a measurement, not the program")]

use std::io;
use std::time::Instant;

use journal::{
    Checkpoint, Growth, Hash, JournalSource, SigningKey, TarWriter, TileId, export, leaf_hash, open_exported,
    verify_exported,
};

fn entry(number: u64) -> Vec<u8> {
    format!(
        "{{\"act\":\"amend\",\"actor\":{{\"account\":\"01J00000000000000000000A01\",\"address\":\"192.0.2.1\",\
         \"channel\":\"page\",\"device\":\"Mozilla/5.0\",\"login\":\"taro\",\"person\":null}},\
         \"at\":\"2026-04-01T00:00:00Z\",\"batch\":null,\"changes\":{{\"note\":{{\"after\":\"見本{number}\",\
         \"before\":null}}}},\"ledger\":\"person\",\"reason\":null,\"record\":\"{number:026}\",\"revision\":1,\
         \"state_after\":\"active\",\"state_before\":\"active\"}}"
    )
    .into_bytes()
}

struct Made(std::collections::BTreeMap<TileId, Vec<Hash>>);

impl JournalSource for Made {
    type Error = io::Error;
    fn tile(&mut self, tile: TileId) -> io::Result<Vec<Hash>> {
        Ok(self.0.get(&tile).cloned().unwrap_or_default())
    }
    fn entries(&mut self, start: u64, count: u16) -> io::Result<Vec<Vec<u8>>> {
        Ok((start..start + u64::from(count)).map(entry).collect())
    }
}

fn main() -> io::Result<()> {
    let count: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let entries: Vec<_> = (0..10_000).map(entry).collect();
    let mut growth = Growth::empty();
    let begun = Instant::now();
    for number in 0..count {
        growth.push(leaf_hash(&entries[(number % 10_000) as usize]));
    }
    let hashed = begun.elapsed().as_secs_f64();
    println!("hash and append: {:.0} entries/s on one core ({hashed:.2} s)", count as f64 / hashed);

    let mut growth = Growth::empty();
    (0..count).for_each(|number| growth.push(leaf_hash(&entry(number))));
    let key = SigningKey::from_seed("example.jp/daicho", [7; 32]).unwrap();
    let note = Checkpoint { origin: "example.jp/daicho".into(), size: count, root: growth.root() }.sign(&key);
    let path = std::env::temp_dir().join(format!("journal-speed-{}.tar", std::process::id()));
    let begun = Instant::now();
    let mut made = Made(growth.take_tiles().into_iter().collect());
    export(&mut made, count, &note.to_string(), key.verifier(), &[], TarWriter::create(&path)?)?;
    println!("export: {:.2} s, {} MB", begun.elapsed().as_secs_f64(), std::fs::metadata(&path)?.len() / 1_000_000);
    for threads in [1, 2] {
        let begun = Instant::now();
        let files = open_exported(&path)?;
        let verified = verify_exported(files.as_ref(), Some(key.verifier()), threads).map(|done| done.checkpoint.size);
        println!("verify with {threads} threads: {:.2} s, {verified:?}", begun.elapsed().as_secs_f64());
    }
    std::fs::remove_file(path)
}
