//! Back to a point in time on PostgreSQL, by its own archive of the log, as the manual tells it.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::browser::Browser;
use crate::cluster::Cluster;
use crate::database::Where;
use crate::program::Program;

/// A person, acknowledged.
fn add(program: &Program, token: &str, numbers: &[&str]) {
    let serving = program.serve(|_| {});
    let machine = Browser::with_token(serving.address, token);
    for number in numbers {
        let body = json!({ "number": number, "name": "見本" }).to_string();
        let headers = [("content-type", "application/json")];
        let reply = machine.call("POST", "/api/v1/ledgers/person/records", &headers, body.as_bytes());
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
    serving.stop();
}

fn numbers(program: &Program) -> Vec<String> {
    let out = program.path("out");
    program.done(&["export", "person", "--reason", "見本", "--format", "json", "--out", &out.to_string_lossy()]);
    let people: Vec<serde_json::Value> =
        serde_json::from_slice(&std::fs::read(out.join("person.json")).unwrap()).unwrap();
    let mut numbers: Vec<String> =
        people.iter().filter_map(|one| one["values"]["number"].as_str().map(str::to_owned)).collect();
    numbers.sort();
    numbers
}

#[test]
fn a_server_goes_back_to_a_point_in_time_by_its_log() {
    let Some(cluster) = Cluster::new() else {
        assert!(std::env::var("CI").is_err(), "CI must have the programs of PostgreSQL");
        eprintln!("SKIPPED: a point in time (the programs of PostgreSQL were not found)");
        return;
    };
    let log = cluster.path("archive");
    assert!(cluster.tool("/bin/mkdir", &[&log]));
    let archiving = format!("-c archive_mode=on -c archive_command='cp %p {log}/%f' -c archive_timeout=60");
    cluster.start_on("data", &archiving);
    let url = format!("postgres://daicho@127.0.0.1:{}/postgres", cluster.port);
    let place = Where::server(&url);
    let program = Program::at(&place);
    program.init();
    let token = program.token("personnel");
    add(&program, &token, &["A0001"]);
    let port = cluster.port.to_string();
    let base = cluster.path("base");
    assert!(
        cluster.tool("pg_basebackup", &["-h", "127.0.0.1", "-p", &port, "-U", "daicho", "-D", &base, "-c", "fast"])
    );

    // The point in time: after one person, before a mistake.
    add(&program, &token, &["A0002"]);
    let ask = |sql: &str| -> String {
        let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
        client.query_one(sql, &[]).unwrap().get(0)
    };
    let then = ask("SELECT clock_timestamp()::text");
    add(&program, &token, &["A0003", "A0004"]);
    assert_eq!(numbers(&program), ["A0001", "A0002", "A0003", "A0004"]);
    let segment = ask("SELECT pg_walfile_name(pg_switch_wal())");
    // What is in the archive is what can be brought back: wait for the log to arrive there.
    let until = Instant::now() + Duration::from_secs(120);
    let archived = format!("SELECT coalesce(last_archived_wal >= '{segment}', false)::text FROM pg_stat_archiver");
    while ask(&archived) != "true" {
        assert!(Instant::now() < until, "the log is archived");
        std::thread::sleep(Duration::from_millis(50));
    }
    cluster.kill();

    let begun = Instant::now();
    assert!(cluster.tool("/usr/bin/touch", &[&format!("{base}/recovery.signal")]));
    let recovering = format!(
        "-c restore_command='cp {log}/%f %p' -c recovery_target_time='{then}' -c recovery_target_action=promote"
    );
    cluster.start_on("base", &recovering);
    while ask("SELECT pg_is_in_recovery()::text") != "false" {
        assert!(Instant::now() < until + Duration::from_secs(60), "it is promoted");
        std::thread::sleep(Duration::from_millis(50));
    }
    let checked = program.run(["verify"]);
    assert_eq!(checked.code, 0, "{}{}", checked.out, checked.err);
    assert_eq!(numbers(&program), ["A0001", "A0002"]);
    eprintln!("recovered, verified and read in {:.1} s", begun.elapsed().as_secs_f64());
    // The seal that this machine saw is newer than the database now: sealing waits until somebody says that it is meant.
    program.done(&["journal", "resume"]);
    add(&program, &token, &["A0005"]);
    program.done(&["journal", "seal"]);
    assert_eq!(program.run(["verify"]).code, 0);
    cluster.kill_on("base");
}
