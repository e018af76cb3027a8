//! What a program meets in its life: it is killed, the disk is full or read-only, the database server goes away. Nothing
//! that was acknowledged is lost, nothing is stored by halves, and whoever asks is told honestly.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::{Browser, Reply};
use crate::cluster::Cluster;
use crate::database::on_each_place;
use crate::program::{Program, Serving};

/// Writers at the same time.
const WRITERS: usize = 16;
const RECORDS: &str = "/api/v1/ledgers/person/records";

/// How often the program is killed: three times in an ordinary run, `DAICHO_TEST_KILLS` for the whole measure.
fn kills() -> usize {
    std::env::var("DAICHO_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

fn post(machine: &Browser, number: &str) -> std::io::Result<Reply> {
    let body = json!({ "number": number, "name": "見本　花子" }).to_string();
    machine.try_call("POST", RECORDS, &[("content-type", "application/json")], body.as_bytes())
}

/// Serve, and wait until requests are answered; how long that took.
fn serve(program: &Program) -> (Serving, Duration) {
    let begun = Instant::now();
    let serving = program.serve(|_| {});
    let ready = Browser::with_token(serving.address, "");
    while ready.try_call("GET", "/readyz", &[], b"").is_ok_and(|reply| reply.status != 200) {
        std::thread::sleep(Duration::from_millis(5));
    }
    (serving, begun.elapsed())
}

#[test]
fn nothing_acknowledged_is_lost_however_often_the_program_is_killed() {
    on_each_place(|place| {
        let program = Program::at(&place);
        program.init();
        let token = program.token("personnel");
        let mut all: BTreeMap<String, String> = BTreeMap::new();
        let (mut unknown, mut slowest) = (0, Duration::ZERO);
        for round in 0..kills() {
            let (serving, took) = serve(&program);
            slowest = slowest.max(took);
            let machine = Browser::with_token(serving.address, &token);
            // What was acknowledged before the last kill is there, each of it.
            let acknowledged: Mutex<BTreeMap<String, String>> = Mutex::default();
            let open = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for writer in 0..WRITERS {
                    let (machine, acknowledged, open) = (&machine, &acknowledged, &open);
                    scope.spawn(move || {
                        for turn in 0.. {
                            let number = format!("{round:03}-{writer:02}-{turn:05}");
                            match post(machine, &number) {
                                Ok(reply) if reply.status == 201 => {
                                    let id = reply.json()["id"].as_str().expect("an identifier").to_string();
                                    acknowledged.lock().expect("the list").insert(number, id);
                                }
                                // Killed within this request: it may be there or not.
                                _ => {
                                    open.fetch_add(1, Ordering::Relaxed);
                                    return;
                                }
                            }
                        }
                    });
                }
                // Another moment in every round: from the first writes on to some hundred milliseconds later.
                while acknowledged.lock().expect("the list").is_empty() {
                    std::thread::sleep(Duration::from_millis(2));
                }
                std::thread::sleep(Duration::from_millis((round as u64).wrapping_mul(7_919) % 400));
                serving.signal("KILL");
            });
            assert_eq!(serving.end().0, None, "it was killed");
            unknown += open.into_inner();
            all.extend(acknowledged.into_inner().expect("the list"));
        }
        let (serving, took) = serve(&program);
        slowest = slowest.max(took);
        let machine = Browser::with_token(serving.address, &token);
        let page = machine.get(&format!("{RECORDS}?limit=1&count=true"));
        assert_eq!(page.status, 200);
        // The newest round by its identifiers, and the whole by the export.
        for (number, id) in all.iter().rev().take(200) {
            let found = machine.get(&format!("{RECORDS}/{id}"));
            assert_eq!(found.json()["values"]["number"].as_str(), Some(number.as_str()), "{number}");
        }
        serving.stop();
        let out = program.path("out").to_string_lossy().into_owned();
        program.done(&["export", "person", "--reason", "見本", "--out", &out]);
        let csv = std::fs::read_to_string(program.path("out/person.csv")).expect("the export");
        let stored: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        let lost: Vec<&String> = all.keys().filter(|number| !stored.contains(&number.as_str())).collect();
        assert!(lost.is_empty(), "acknowledged and gone: {lost:?}");
        assert!(stored.len() <= all.len() + unknown, "{} stored, {} acknowledged", stored.len(), all.len());
        // Stored whole: every record has its entry, its unique key and its search text. A backup of it restores.
        whole(&program, stored.len());
        let database = if place.url.is_some() { "PostgreSQL" } else { "SQLite" };
        eprintln!(
            "{database}: killed {} times, {} acknowledged, {} open requests, none lost; serving again within {} ms",
            kills(),
            all.len(),
            unknown,
            slowest.as_millis()
        );
        // A debug build on a busy machine is given more than the second that the program is measured against.
        assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    });
}

/// Make a backup and rehearse it: it reads every version and derives every unique key anew, so a half is found.
fn whole(program: &Program, persons: usize) {
    let (key, path) = (program.path("key.txt"), program.path("after.age"));
    let (key, path) = (key.to_string_lossy().into_owned(), path.to_string_lossy().into_owned());
    let out = program.done(&["backup", "key", "--out", &key]);
    let recipient = out.lines().find_map(|line| line.strip_prefix("公開鍵: ")).expect("a public key").to_string();
    let made = program.done(&["backup", "--out", &path, "--recipient", &recipient, "--json"]);
    let made: serde_json::Value = serde_json::from_str(&made).expect("JSON");
    assert!(made["manifest"]["journal"]["entries"].as_u64() >= Some(persons as u64), "{made}");
    program.done(&["backup", "rehearse", &path, "--identity", &key]);
}

/// A small file system of its own, where the machine lets us have one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(path: &Path, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(path).expect("a folder");
        let made = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m,mode=700"), "tmpfs"])
            .arg(path)
            .output();
        made.is_ok_and(|made| made.status.success()).then(|| Self(path.to_owned()))
    }

    fn remount(&self, how: &str) -> bool {
        let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).output();
        done.is_ok_and(|done| done.status.success())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
}

fn fill(disk: &Path) -> PathBuf {
    let ballast = disk.join("ballast");
    let mut file = std::fs::File::create(&ballast).expect("a file");
    while std::io::Write::write_all(&mut file, &[7; 4_096]).is_ok() {}
    ballast
}

#[test]
fn a_full_or_read_only_disk_is_told_honestly_and_heals_without_a_restart() {
    let program = Program::new();
    let Some(disk) = SmallDisk::new(&program.data(), 24) else {
        eprintln!("SKIPPED: a full and a read-only disk (no right to mount a small file system here)");
        return;
    };
    program.init();
    let token = program.token("personnel");
    let (serving, _) = serve(&program);
    let machine = Browser::with_token(serving.address, &token);
    assert_eq!(post(&machine, "before").expect("an answer").status, 201);
    let ballast = fill(&disk.0);
    let mut stored = vec!["before".to_string()];
    let mut refused = None;
    for turn in 0..500 {
        let number = format!("full{turn:04}");
        let reply = post(&machine, &number).expect("an answer");
        match reply.status {
            201 => stored.push(number),
            _ => {
                refused = Some(reply);
                break;
            }
        }
    }
    let refused = refused.expect("a full disk is noticed");
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(
        refused.text().contains("データベースを利用できません") || refused.text().contains("空き"),
        "{}",
        refused.text()
    );
    // Reading goes on.
    assert_eq!(machine.get(&format!("{RECORDS}?limit=1")).status, 200);
    // A backup onto the full disk leaves nothing.
    let key = program.path("key.txt").to_string_lossy().into_owned();
    let recipient = program.done(&["backup", "key", "--out", &key]);
    let recipient = recipient.lines().find_map(|line| line.strip_prefix("公開鍵: ")).expect("a key").to_string();
    let target = disk.0.join("one.age");
    let made = program.run(["backup", "--out", &target.to_string_lossy(), "--recipient", &recipient]);
    assert!(made.code == 1 && !target.exists(), "{}{}", made.out, made.err);
    // Room again: no restart is needed.
    std::fs::remove_file(ballast).expect("room");
    assert_eq!(post(&machine, "after").expect("an answer").status, 201);
    stored.push("after".into());
    let count = machine.get(&format!("{RECORDS}?limit=1&count=true")).json()["count"].as_u64();
    assert_eq!(count, Some(stored.len() as u64), "nothing by halves");
    serving.stop();

    // Read-only: it does not start, says why, and nothing is changed.
    if !disk.remount("ro") {
        eprintln!("SKIPPED: a read-only disk (it cannot be remounted here)");
        return;
    }
    let refused = program.run(["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.code, 1);
    let words = ["書き込めません", "読み書きできません", "開けません", "Read-only", "利用できません"];
    assert!(words.iter().any(|words| refused.err.contains(words)), "{}", refused.err);
    assert!(disk.remount("rw"));
    let (serving, _) = serve(&program);
    let machine = Browser::with_token(serving.address, &token);
    let count = machine.get(&format!("{RECORDS}?limit=1&count=true")).json()["count"].as_u64();
    assert_eq!(count, Some(stored.len() as u64));
    serving.stop();
}

#[test]
fn a_database_server_that_goes_away_and_comes_back_loses_nothing() {
    let Some(cluster) = Cluster::new() else {
        assert!(std::env::var("CI").is_err(), "CI must have the programs of PostgreSQL");
        eprintln!("SKIPPED: the loss of a PostgreSQL server (its programs were not found)");
        return;
    };
    cluster.start();
    let url = format!("postgres://daicho@127.0.0.1:{}/postgres", cluster.port);
    let place = crate::database::Where::server(&url);
    let program = Program::at(&place);
    program.init();
    let token = program.token("personnel");
    let (serving, _) = serve(&program);
    let machine = Browser::with_token(serving.address, &token);
    let acknowledged: Mutex<Vec<String>> = Mutex::default();
    let (refused, unclear) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (machine, acknowledged, refused, unclear, stop) = (&machine, &acknowledged, &refused, &unclear, &stop);
            scope.spawn(move || {
                for turn in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    let number = format!("{writer:02}-{turn:05}");
                    let reply = post(machine, &number).expect("the program itself goes on answering");
                    match reply.status {
                        201 => acknowledged.lock().expect("the list").push(number),
                        503 => {
                            assert!(reply.text().contains("データベースを利用できません"), "{}", reply.text());
                            refused.fetch_add(1, Ordering::Relaxed);
                            std::thread::sleep(Duration::from_millis(20));
                        }
                        // The server went away within the commit: whether it was stored nobody knows.
                        _ => {
                            unclear.fetch_add(1, Ordering::Relaxed);
                            assert!(reply.status >= 500, "{}: {}", reply.status, reply.text());
                        }
                    }
                }
            });
        }
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(600));
            cluster.kill();
            std::thread::sleep(Duration::from_millis(400));
            assert_eq!(machine.get("/healthz").status, 200, "the program lives");
            cluster.start();
        }
        std::thread::sleep(Duration::from_millis(600));
        stop.store(true, Ordering::Relaxed);
    });
    let acknowledged = acknowledged.into_inner().expect("the list");
    assert!(refused.load(Ordering::Relaxed) > 0, "the server was away and nobody was told");
    assert_eq!(post(&machine, "after").expect("an answer").status, 201, "it goes on without a restart");
    serving.stop();
    let out = program.path("out").to_string_lossy().into_owned();
    program.done(&["export", "person", "--reason", "見本", "--out", &out]);
    let csv = std::fs::read_to_string(program.path("out/person.csv")).expect("the export");
    let stored: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let lost: Vec<&String> = acknowledged.iter().filter(|number| !stored.contains(&number.as_str())).collect();
    assert!(lost.is_empty(), "acknowledged and gone: {lost:?}");
    eprintln!(
        "PostgreSQL server killed 3 times: {} acknowledged, {} refused, {} unclear, none lost",
        acknowledged.len(),
        refused.into_inner(),
        unclear.into_inner()
    );
    whole(&program, acknowledged.len());
}
