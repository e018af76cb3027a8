//! Rotation without downtime.

use std::sync::atomic::{AtomicBool, Ordering};

use ledger::port::Protection;

use crate::on_each_database;

#[test]
fn after_a_rotation_everything_opens_here_and_on_other_nodes() {
    on_each_database(|place| {
        let (vault, node) = (place.open().unwrap(), place.open().unwrap());
        let texts: Vec<(String, String)> = (0..1_200)
            .map(|n| (format!("P{n}"), vault.lock(&format!("P{n}"), "a/b/c", format!("{n}").as_bytes()).unwrap()))
            .collect();
        for version in 2..5 {
            let done = vault.rotate().unwrap();
            assert_eq!((done.from, done.to), (version - 1, version));
            // A node that has not looked yet makes a key: it must not be left under the old version.
            let text = node.lock(&format!("N{version}"), "a/b/c", b"n").unwrap();
            node.settle().unwrap();
            let third = place.open().unwrap();
            assert_eq!(third.open(&format!("N{version}"), "a/b/c", &text).unwrap().unwrap(), b"n");
            for (n, (holder, text)) in texts.iter().enumerate() {
                assert_eq!(third.open(holder, "a/b/c", text).unwrap().unwrap(), format!("{n}").as_bytes());
            }
        }
        assert_eq!(vault.status().unwrap().held, [4]);
    });
}

#[test]
fn others_read_and_write_while_it_rotates() {
    on_each_database(|place| {
        let vault = place.open().unwrap();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|worker| {
                    let (vault, stop) = (&vault, &stop);
                    scope.spawn(move || {
                        let mut kept = Vec::new();
                        for n in 0.. {
                            if stop.load(Ordering::Relaxed) {
                                break;
                            }
                            let holder = format!("W{worker}N{n}");
                            let text = vault.lock(&holder, "a/b/c", holder.as_bytes()).unwrap();
                            vault.settle().unwrap();
                            assert_eq!(vault.open(&holder, "a/b/c", &text).unwrap().unwrap(), holder.as_bytes());
                            kept.push((holder, text));
                        }
                        kept
                    })
                })
                .collect();
            for _ in 0..5 {
                vault.rotate().unwrap();
            }
            stop.store(true, Ordering::Relaxed);
            let other = place.open().unwrap();
            for worker in workers {
                for (holder, text) in worker.join().unwrap() {
                    assert_eq!(other.open(&holder, "a/b/c", &text).unwrap().unwrap(), holder.as_bytes());
                }
            }
        });
    });
}
