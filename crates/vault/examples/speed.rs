//! How long locking, opening and the first use of many holders take: `cargo run --release -p vault --example speed`.

use std::sync::Arc;
use std::time::Instant;

use ledger::port::Protection;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const HOLDERS: u32 = 3_000;
    const ROUNDS: u32 = 200_000;
    let folder = std::env::temp_dir().join(format!("vault-speed-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let entropy = Arc::new(testkit::SeededEntropy::new(1));
    let vault = vault::open(&vault::Settings::default(), &folder, Arc::new(calendar::SystemClock), entropy)?;

    let began = Instant::now();
    for holder in 0..HOLDERS {
        vault.lock(&format!("P{holder}"), "person/x/name", b"name")?;
    }
    vault.settle()?;
    println!("first use of {HOLDERS} holders, one flush: {:?}", began.elapsed());
    let began = Instant::now();
    for holder in 0..100 {
        vault.lock(&format!("Q{holder}"), "person/x/name", b"name")?;
        vault.settle()?;
    }
    println!("first use of 100 holders, a flush each: {:?}", began.elapsed());

    let began = Instant::now();
    let mut text = String::new();
    for round in 0..ROUNDS {
        text = vault.lock(if round % 2 == 0 { "P1" } else { "P2" }, "person/01J/birth_date", b"1980-04-01")?;
    }
    println!("lock: {:?}", began.elapsed() / ROUNDS);
    let holder = text.split(':').nth(2).unwrap_or_default().to_owned();
    let began = Instant::now();
    for _ in 0..ROUNDS {
        vault.open(&holder, "person/01J/birth_date", &text)?;
    }
    println!("open: {:?}", began.elapsed() / ROUNDS);
    let began = Instant::now();
    for _ in 0..ROUNDS {
        std::hint::black_box(vault.token("exact/person/birth_date", b"1980-04-01"));
    }
    println!("token: {:?}", began.elapsed() / ROUNDS);
    let began = Instant::now();
    vault.rotate()?;
    println!("rotation with {} keys: {:?}", HOLDERS + 100, began.elapsed());
    let began = Instant::now();
    vault.erase("P1")?;
    println!("erasure among {} keys: {:?}", HOLDERS + 100, began.elapsed());
    drop(vault);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
