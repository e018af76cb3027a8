//! How a server ends: on SIGTERM it finishes what it has begun, and after kill -9 everything it has acknowledged is there.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;

use crate::browser::{Browser, read_reply};
use crate::program::Program;

#[test]
fn a_server_told_to_stop_finishes_the_open_request() {
    let program = Program::new();
    program.init();
    let token = program.token("personnel");
    let serving = program.serve(|_| {});
    let machine = Browser::with_token(serving.address, &token);
    let path = "/api/v1/ledgers/person/records";
    let body = json!({ "number": "26001", "name": "見本　花子" }).to_string();
    let (first, rest) = body.as_bytes().split_at(10);
    let mut stream = machine.connect().expect("a connection");
    let head = machine.head("POST", path, &[("content-type", "application/json")], body.len());
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(first)).expect("half a request");
    std::thread::sleep(Duration::from_millis(200));

    serving.signal("TERM");
    std::thread::sleep(Duration::from_millis(500));
    assert!(machine.try_call("GET", "/healthz", &[], b"").is_err(), "no new request is taken");
    stream.write_all(rest).expect("the other half");
    let reply = read_reply(&mut stream).expect("an answer");
    assert_eq!(reply.status, 201, "{}", reply.text());
    let (code, log) = serving.end();
    assert_eq!(code, Some(0), "{log}");

    let out = program.path("out").to_string_lossy().into_owned();
    program.done(&["export", "person", "--reason", "見本", "--out", &out]);
    let csv = std::fs::read_to_string(program.path("out/person.csv")).expect("the export");
    assert!(csv.contains("26001"), "{csv}");
}

#[test]
fn what_was_acknowledged_is_there_after_kill_9() {
    let program = Program::new();
    program.init();
    let token = program.token("personnel");
    let serving = program.serve(|_| {});
    let machine = Browser::with_token(serving.address, &token);
    let acknowledged: Mutex<BTreeSet<String>> = Mutex::default();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (machine, acknowledged) = (&machine, &acknowledged);
            scope.spawn(move || {
                for round in 0.. {
                    let number = format!("{writer}{round:06}");
                    let value = json!({ "number": number, "name": "見本" }).to_string();
                    let headers = [("content-type", "application/json")];
                    match machine.try_call("POST", "/api/v1/ledgers/person/records", &headers, value.as_bytes()) {
                        Ok(reply) if reply.status == 201 => {
                            acknowledged.lock().expect("the list").insert(number);
                        }
                        // Killed within this request: it may be there or not.
                        _ => return,
                    }
                }
            });
        }
        while acknowledged.lock().expect("the list").len() < 60 {
            std::thread::sleep(Duration::from_millis(5));
        }
        serving.signal("KILL");
    });
    let (code, _) = serving.end();
    assert_eq!(code, None, "it was killed");
    let acknowledged = acknowledged.into_inner().expect("the list");
    let out = program.path("out").to_string_lossy().into_owned();
    program.done(&["export", "person", "--reason", "見本", "--out", &out]);
    let csv = std::fs::read_to_string(program.path("out/person.csv")).expect("the export");
    let stored: BTreeSet<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    let lost: Vec<&String> = acknowledged.iter().filter(|number| !stored.contains(number.as_str())).collect();
    assert!(lost.is_empty(), "acknowledged and gone: {lost:?}");
    assert!(stored.len() <= acknowledged.len() + 4, "{} stored, {} acknowledged", stored.len(), acknowledged.len());

    // It starts again on the same data.
    let serving = program.serve(|_| {});
    let page = Browser::with_token(serving.address, &token).get("/api/v1/ledgers/person/records?limit=1&count=true");
    assert_eq!(page.json()["count"].as_u64(), Some(stored.len() as u64));
    serving.stop();
}
