//! Alerts and chosen acts reach a receiver of syslog, which can compare them with the sealed journal.

use std::io::Read;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use daicho::installation::Installation;
use daicho::seal::Sealer;
use daicho::syslog::{Sender, SyslogProblem};
use ledger::port::Reader;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;
use sha2::{Digest, Sha256};
use testkit::on_each_database;

use crate::agency::Agency;
use crate::browser::{Browser, coded};

/// Longest wait for what is known to be on its way.
const WAIT: Duration = Duration::from_secs(20);

/// Messages of one connection as they come, by octet counting (RFC 6587 section 3.4.1): a length, a space, the message.
fn frames(mut stream: impl Read, tell: &std::sync::mpsc::Sender<String>) -> Option<()> {
    loop {
        let mut length = String::new();
        loop {
            let mut byte = [0u8];
            stream.read_exact(&mut byte).ok()?;
            match byte[0] {
                b' ' => break,
                digit => length.push(char::from(digit)),
            }
        }
        let mut message = vec![0u8; length.parse().expect("a length")];
        stream.read_exact(&mut message).ok()?;
        tell.send(String::from_utf8(message).expect("UTF-8")).ok()?;
    }
}

/// A receiver of one connection, under TLS where it has a certificate.
fn receiver(listener: TcpListener, config: Option<Arc<ServerConfig>>) -> Receiver<String> {
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a connection");
        match config {
            None => frames(stream, &tell),
            Some(config) => frames(StreamOwned::new(ServerConnection::new(config).expect("a server"), stream), &tell),
        }
    });
    told
}

fn seal(installation: &Installation) {
    let sealer = Sealer::open(installation).expect("a sealer");
    while sealer.round(installation).expect("sealed").sealed > 0 {}
}

/// A parameter of the structured data.
fn value<'m>(message: &'m str, name: &str) -> &'m str {
    message.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"')).map_or("", |(value, _)| value)
}

/// Every message names the entry at its position by the hash of RFC 6962 (SHA-256 over a zero byte and the entry), and
/// the position told before it.
fn compare(installation: &Installation, messages: &[String], mut previous: String) -> String {
    for message in messages {
        let position: u64 = value(message, "position").parse().expect("a position");
        let read = |tx: &mut dyn Reader| tx.sealed_entries(position, position + 1);
        let entry = installation.store.read(read).expect("the journal").remove(0);
        let hash = Sha256::new().chain_update([0u8]).chain_update(entry.body.as_bytes()).finalize();
        assert_eq!(value(message, "hash"), hex::encode(hash), "{message}");
        assert_eq!(value(message, "previous"), previous, "{message}");
        previous = position.to_string();
        for word in ["見本", "秘密", "hanako", "127.0.0.1"] {
            assert!(!message.contains(word), "{message}");
        }
    }
    previous
}

fn take(told: &Receiver<String>, count: usize) -> Vec<String> {
    (0..count).map(|_| told.recv_timeout(WAIT).expect("a message")).collect()
}

fn agency(store: store::Store, transport: &str, server: SocketAddr) -> Agency {
    let syslog = json!({ "server": server.to_string(), "transport": transport });
    Agency::with(store, "2026-11-20", |settings| settings.syslog = serde_json::from_value(syslog).expect("settings"))
}

/// Two things that are told: somebody takes the staff list out, and somebody fails to sign in.
fn happenings(agency: &Agency, officer: &Browser) {
    assert_eq!(officer.get(&format!("/ledgers/person/export?format=csv&reason={}", coded("秘密"))).status, 200);
    let nobody = Browser::anonymous(agency.address);
    nobody.post("/sign-in", &[("login", "hanako"), ("password", "machigai-machigai")]);
    seal(agency.installation());
}

#[test]
fn messages_wait_for_a_receiver_that_is_down_and_go_on_without_a_gap() {
    on_each_database(|store| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let agency = agency(store, "tcp", address);
        let installation = agency.installation();
        agency.create("person", json!({ "number": "7001", "name": "見本　花子" }));
        let officer = agency.somebody("hanako", None, &["personnel"]);
        seal(installation);
        let mut sender = Sender::new(installation).expect("a sender");
        // It begins with what comes.
        assert_eq!(sender.round(installation).expect("sent"), 0);
        let told = receiver(listener, None);
        happenings(&agency, &officer);
        let sent = sender.round(installation).expect("sent");
        let first = take(&told, sent);
        let kinds: Vec<&str> = first.iter().map(|message| value(message, "act")).collect();
        assert!(kinds.contains(&"export") && kinds.contains(&"sign_in_failed"), "{kinds:?}");
        assert!(!kinds.contains(&"open"), "what was not chosen is not sent");
        assert!(first.iter().all(|message| message.starts_with("<1") && message.contains(">1 2026-11-20T")));
        let last = compare(installation, &first, String::new());

        // The receiver goes away: people go on writing, and what there is to tell waits.
        drop(told);
        let gone = listening_again(address, || {
            happenings(&agency, &officer);
            let refused = (0..5).find_map(|_| sender.round(installation).err());
            assert!(matches!(refused, Some(SyslogProblem::Send(_))), "nobody listens");
            happenings(&agency, &officer);
            // Not tried again at once.
            assert_eq!(sender.round(installation).expect("waits"), 0);
        });
        let told = receiver(gone, None);
        agency.clock.advance(chrono::TimeDelta::minutes(2));
        let sent = sender.round(installation).expect("sent");
        let mut messages = take(&told, sent);
        // What the lost connection took last comes again; doubles show by their position.
        let known: u64 = last.parse().expect("a position");
        messages.retain(|message| value(message, "position").parse::<u64>().expect("a position") > known);
        let twice: Vec<&str> = messages.iter().map(|message| value(message, "act")).collect();
        assert!(twice.iter().filter(|act| **act == "export").count() == 2, "{twice:?}");
        compare(installation, &messages, last);

        // Another node waits while this one sends.
        let mut other = Sender::new(installation).expect("a sender");
        happenings(&agency, &officer);
        assert_eq!(other.round(installation).expect("waits"), 0);
        assert!(sender.round(installation).expect("sent") >= 2);
    });
}

/// Do something while nobody listens at the address, then listen there again.
fn listening_again(address: SocketAddr, meanwhile: impl FnOnce()) -> TcpListener {
    meanwhile();
    TcpListener::bind(address).expect("the same port")
}

#[test]
fn messages_travel_by_udp_and_under_tls_to_a_receiver_that_proves_its_name() {
    let store = || {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store::Store::open_sqlite(&folder.path().join("daicho.db"), store::SqliteOptions::default());
        (store.expect("SQLite opens"), folder)
    };
    let send = |agency: &Agency| {
        let officer = agency.somebody("hanako", None, &["personnel"]);
        let mut sender = Sender::new(agency.installation()).expect("a sender");
        seal(agency.installation());
        assert_eq!(sender.round(agency.installation()).expect("sent"), 0);
        happenings(agency, &officer);
        sender.round(agency.installation())
    };
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(WAIT)).expect("a wait");
    let (one, _folder) = store();
    let udp = agency(one, "udp", socket.local_addr().expect("an address"));
    let sent = send(&udp).expect("sent");
    let messages: Vec<String> = (0..sent)
        .map(|_| {
            let mut room = [0u8; 2_048];
            let length = socket.recv(&mut room).expect("a message");
            String::from_utf8(room[..length].to_vec()).expect("UTF-8")
        })
        .collect();
    assert!(sent >= 2);
    compare(udp.installation(), &messages, String::new());

    // The receiver's certificate is signed by the authority of the settings, or nothing is sent.
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let pem = params.self_signed(&key).expect("an authority").pem();
    let issuer = Issuer::new(params, key);
    for (name, taken) in [("localhost", true), ("elsewhere.example", false)] {
        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new(vec![name.to_string()]).expect("parameters");
        let certificate = certificate.signed_by(&key, &issuer).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("a server");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let told = receiver(listener, Some(Arc::new(config)));
        let (one, folder) = store();
        let authority = folder.path().join("ca.pem");
        std::fs::write(&authority, &pem).expect("a file");
        let syslog = json!({ "server": format!("localhost:{port}"), "authority": authority });
        let tls = Agency::with(one, "2026-11-20", |settings| {
            settings.syslog = serde_json::from_value(syslog).expect("settings");
        });
        match send(&tls) {
            Ok(sent) => {
                assert!(taken && sent >= 2, "{name}");
                compare(tls.installation(), &take(&told, sent), String::new());
            }
            Err(problem) => assert!(!taken, "{name}: {problem}"),
        }
    }
}
