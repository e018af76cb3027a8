//! Sealing, as the server does it.

use journal::SigningKey;
use ledger::port::Writer;
use ledger::seal::prepare;
use store::Store;

/// Seal all that waits, in two checkpoints where there is enough.
pub fn seal(store: &Store) {
    let key = SigningKey::from_seed("example.jp/daicho", [3; 32]).unwrap();
    let mut at = "2026-11-20T00:30:00Z".parse().unwrap();
    let mut seen = None;
    for batch in [20, 10_000] {
        at += chrono::Duration::hours(2);
        let prepared = store.read(|tx| prepare(tx, &key, seen.as_deref(), at, batch)).unwrap();
        assert!(prepared.foreign.is_empty());
        let seal = prepared.seal.expect("something waits");
        seen = Some(seal.checkpoint.note.clone());
        assert!(store.write(|tx: &mut dyn Writer| tx.add_seal(&seal)).unwrap());
    }
}
