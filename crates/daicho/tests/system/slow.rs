//! Clients that take their time, and many of them: the next reader does not wait, and the slow ones are let go.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::browser::Browser;
use crate::program::{Program, Serving};

/// Half a head of a request.
const HALF: &[u8] = b"GET /sign-in HTTP/1.1\r\nhost: a\r\nx-slow: ";
/// Half a body.
const DRIBBLE: &[u8] = b"POST /sign-in HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\nlogin=";

fn serving(program: &Program, seconds: &str) -> Serving {
    program.init();
    program.serve(|command| {
        command.env("DAICHO_REQUEST_WAIT_SECONDS", seconds).env("DAICHO_CONNECTIONS_PER_ADDRESS", "40");
    })
}

fn begun(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
    stream.write_all(bytes).expect("the beginning");
    stream
}

/// Wait until the server has ended the connection; gives what it said.
fn ended(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => said.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("the connection is still open: {error}"),
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn whoever_dribbles_is_let_go_and_keeps_nobody_waiting() {
    let program = Program::new();
    let serving = serving(&program, "3");
    let began = Instant::now();
    let mut slow: Vec<TcpStream> = Vec::new();
    for bytes in [HALF, DRIBBLE, b""] {
        slow.extend((0..10).map(|_| begun(serving.address, bytes)));
    }
    assert_eq!(Browser::anonymous(serving.address).get("/sign-in").status, 200);
    assert!(began.elapsed() < Duration::from_secs(3), "the next reader waited {:?}", began.elapsed());
    // One byte a second is not enough for a head.
    let mut trickle = begun(serving.address, HALF);
    while trickle.write_all(b"a").is_ok() {
        assert!(began.elapsed() < Duration::from_secs(60), "a head of a minute is still waited for");
        std::thread::sleep(Duration::from_millis(500));
    }
    for stream in &mut slow {
        assert!(!ended(stream).starts_with("HTTP/1.1 2"));
    }
    assert_eq!(Browser::anonymous(serving.address).get("/sign-in").status, 200);
}

#[test]
fn an_address_has_so_many_connections_and_no_more() {
    let program = Program::new();
    let serving = serving(&program, "60");
    let mut held: Vec<TcpStream> = (0..40).map(|_| begun(serving.address, HALF)).collect();
    let mut beyond = TcpStream::connect(serving.address).expect("a connection");
    beyond.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
    assert_eq!(ended(&mut beyond), "", "closed at once, without a word");
    held.truncate(20);
    let freed = Instant::now();
    while Browser::anonymous(serving.address).try_call("GET", "/healthz", &[], b"").is_err() {
        assert!(freed.elapsed() < Duration::from_secs(60), "the places do not come back");
    }
    // Heads that were never finished do not keep the server from stopping.
    drop(held);
    serving.signal("TERM");
    let (code, log) = serving.end();
    assert_eq!(code, Some(0), "{log}");
}
