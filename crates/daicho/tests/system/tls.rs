//! The doors of the program as real peers see them: `curl` and `openssl s_client` of the system.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;

use crate::browser::{Browser, PASSWORD};
use crate::program::{Ended, Program, Serving};

/// An authority of the test, with what it signs lying in files.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("an authority").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Certificate and key for a name, in files.
    fn signs(&self, program: &Program, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_string()]).expect("parameters");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let file = |kind: &str, text: &str| program.file(&format!("{name}.{kind}.pem"), text);
        let files = (file("certificate", &certificate.pem()), file("key", &key.serialize_pem()));
        mode(&files.1, 0o600);
        files
    }
}

fn mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

/// A server with TLS, and what its peers need.
struct Story {
    program: Program,
    authority: Authority,
    ca: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
}

impl Story {
    fn new() -> Self {
        let program = Program::new();
        let authority = Authority::new("見本の認証局");
        let ca = program.file("ca.pem", &authority.pem);
        let (certificate, key) = authority.signs(&program, "localhost");
        Self { program, authority, ca, certificate, key }
    }

    fn serve(&self, set: impl FnOnce(&mut Command)) -> Serving {
        self.program.serve(|command| {
            command.env("DAICHO_TLS_CERTIFICATE", &self.certificate).env("DAICHO_TLS_KEY", &self.key);
            set(command);
        })
    }

    fn curl(&self, address: SocketAddr, path: &str, more: &[&str]) -> Ended {
        let mut command = Command::new("curl");
        command.args(["-sS", "-i", "--max-time", "20", "--cacert"]).arg(&self.ca).args(more);
        command.args(["--resolve", &format!("localhost:{}:127.0.0.1", address.port())]);
        command.arg(format!("https://localhost:{}{path}", address.port()));
        let output = command.output().expect("curl runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
    }

    fn s_client(&self, address: SocketAddr, more: &[&str]) -> (bool, String) {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-connect", &address.to_string(), "-servername", "localhost", "-CAfile"]);
        command.arg(&self.ca).args(more).stdin(Stdio::null());
        let output = command.output().expect("openssl runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), text)
    }
}

fn status(ended: &Ended) -> &str {
    ended.out.split(' ').nth(1).unwrap_or_default()
}

fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port")
}

#[test]
fn pages_come_over_tls_with_the_headers_that_protect_them() {
    let story = Story::new();
    let one_time = story.program.init();
    let plain = free_port();
    let serving = story.serve(|command| {
        command.env("DAICHO_REDIRECT_LISTEN", plain.to_string());
    });
    let page = story.curl(serving.address, "/sign-in", &[]);
    assert_eq!((page.code, status(&page)), (0, "200"), "{}{}", page.out, page.err);
    let head = page.out.to_ascii_lowercase();
    for header in [
        "strict-transport-security: max-age=31536000; includesubdomains",
        "content-security-policy: default-src 'none';",
        "x-content-type-options: nosniff",
        "referrer-policy: same-origin",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
        "permissions-policy: accelerometer=()",
        "cache-control: no-store",
        "x-frame-options: deny",
    ] {
        assert!(head.contains(header), "{header}: {head}");
    }
    // The cookie is bound to host and TLS without a setting.
    let form = ["--data-urlencode", "login=kanri", "--data-urlencode", &format!("password={one_time}")];
    let entered = story.curl(serving.address, "/sign-in", &form);
    assert!(entered.out.contains("set-cookie: __Host-daicho="), "{}", entered.out);
    assert!(entered.out.contains("; HttpOnly; SameSite=Lax; Secure"), "{}", entered.out);

    // A reader who comes without TLS is led to it; what is posted without TLS is not taken.
    let redirect = |method: &str| {
        let url = format!("http://{plain}/ledgers/person?q=%E5%B1%B1");
        let output = Command::new("curl").args(["-sS", "-i", "-X", method, &url]).output().expect("curl runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let led = redirect("GET");
    assert!(led.starts_with("HTTP/1.1 308"), "{led}");
    let to = format!("location: https://127.0.0.1:{}/ledgers/person?q=%E5%B1%B1", serving.address.port());
    assert!(led.contains(&to), "{led}");
    assert!(redirect("POST").starts_with("HTTP/1.1 403"));
    serving.stop();
}

#[test]
fn only_sane_versions_and_suites_are_spoken() {
    let story = Story::new();
    story.program.init();
    let serving = story.serve(|_| {});
    for (arguments, good) in [
        (&["-tls1_3", "-verify_return_error"][..], true),
        (&["-tls1_2", "-verify_return_error"], true),
        (&["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], true),
        (&["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"], false),
        (&["-tls1_2", "-cipher", "AES256-GCM-SHA384"], false),
        (&["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"], false),
        (&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], false),
        (&["-tls1", "-cipher", "ALL:@SECLEVEL=0"], false),
    ] {
        let (done, text) = story.s_client(serving.address, arguments);
        assert_eq!(done, good, "{arguments:?}: {text}");
    }
    let (_, text) = story.s_client(serving.address, &["-tls1_2"]);
    assert!(text.contains("Compression: NONE") && text.contains("Secure Renegotiation IS supported"), "{text}");
    let (_, text) = story.s_client(serving.address, &["-alpn", "h2,http/1.1"]);
    assert!(text.contains("ALPN protocol: http/1.1"), "{text}");
    serving.stop();
}

#[test]
fn a_slow_client_keeps_nobody_waiting() {
    let story = Story::new();
    story.program.init();
    let serving = story.serve(|_| {});
    let mut slow: Vec<TcpStream> = Vec::new();
    for number in 0..60 {
        let mut stream = TcpStream::connect(serving.address).expect("a connection");
        if number % 2 == 0 {
            // Half of a first message.
            stream.write_all(&[22, 3, 1, 2, 0, 1]).expect("some bytes");
        }
        slow.push(stream);
    }
    let begun = Instant::now();
    let page = story.curl(serving.address, "/healthz", &[]);
    assert_eq!(status(&page), "200", "{}", page.err);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    drop(slow);
    serving.stop();
}

#[test]
fn a_new_certificate_is_taken_over_and_a_broken_one_is_not() {
    let story = Story::new();
    story.program.init();
    let serving = story.serve(|command| {
        command.env("DAICHO_LOG", "info");
    });
    let serial = || {
        let (_, text) = story.s_client(serving.address, &["-showcerts"]);
        text.split("-----BEGIN CERTIFICATE-----").nth(1).unwrap_or_default().chars().take(200).collect::<String>()
    };
    let first = serial();
    assert!(first.len() > 100);
    std::fs::write(&story.certificate, "not a certificate").expect("a file");
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(serial(), first, "the old one stays in force");
    let (certificate, key) = story.authority.signs(&story.program, "localhost");
    assert_eq!((certificate, key), (story.certificate.clone(), story.key.clone()));
    let begun = Instant::now();
    while serial() == first {
        assert!(begun.elapsed() < Duration::from_secs(15), "not taken over");
        std::thread::sleep(Duration::from_millis(300));
    }
    let log = serving.stop();
    assert!(log.contains("certificate not renewed") && log.contains("new certificate in force"), "{log}");
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let story = Story::new();
    story.program.init();
    let refused = |certificate: &std::path::Path, key: &std::path::Path| {
        let mut command = story.program.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        command.env("DAICHO_TLS_CERTIFICATE", certificate).env("DAICHO_TLS_KEY", key);
        let output = command.output().expect("the program runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let absent = story.program.path("nothing.pem");
    assert!(refused(&absent, &story.key).contains("nothing.pem を読めません"));
    let other = story.authority.signs(&story.program, "other").1;
    let words = refused(&story.certificate, &other);
    assert!(words.contains("証明書と鍵を使えません"), "{words}");
    mode(&story.key, 0o644);
    let words = refused(&story.certificate, &story.key);
    assert!(words.contains("ほかの利用者も読めます") && words.contains("chmod 600"), "{words}");
}

#[test]
fn only_devices_of_the_ledger_come_in() {
    let story = Story::new();
    let one_time = story.program.init();
    let (device, device_key) = story.authority.signs(&story.program, "pc-0001");
    let stranger = Authority::new("よその認証局").signs(&story.program, "pc-9999");
    let (unknown, unknown_key) = story.authority.signs(&story.program, "pc-0002");
    let digest =
        Command::new("openssl").args(["x509", "-noout", "-fingerprint", "-sha256", "-in"]).arg(&device).output();
    let digest = String::from_utf8_lossy(&digest.expect("openssl runs").stdout).into_owned();
    let fingerprint = digest.trim().rsplit('=').next().unwrap_or_default().to_string();
    let list = format!("端末の識別子,証明書の拇印（SHA-256）,種別,開始日\nPC-0001,{fingerprint},持運び,2026-01-01\n");
    let imported = story.program.import("device", &story.program.file("device.csv", list));
    assert_eq!(imported.code, 0, "{}{}", imported.out, imported.err);
    let token = story.program.token("security_officer");
    let serving = story.serve(|command| {
        command.env("DAICHO_TLS_CLIENT_CA", &story.ca).env("DAICHO_DEVICES", "require");
    });
    let ask = |path: &str, pair: Option<(&PathBuf, &PathBuf)>, more: &[&str]| {
        let mut arguments: Vec<String> = more.iter().map(|one| (*one).to_string()).collect();
        if let Some((certificate, key)) = pair {
            arguments.extend(["--cert".into(), certificate.display().to_string()]);
            arguments.extend(["--key".into(), key.display().to_string()]);
        }
        story.curl(serving.address, path, &arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let mine = Some((&device, &device_key));
    // Approved by the officer's machine; a token is no person at a device.
    let approve = |name: &str, revision: &str| {
        let bearer = format!("authorization: Bearer {token}");
        let found = ask("/api/v1/ledgers/device/records", None, &["-H", &bearer]);
        let id = found.out.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let path = format!("/api/v1/ledgers/device/records/{id}/transitions/{name}");
        let body = json!({ "reason": "見本の理由" }).to_string();
        let tag = format!("if-match: \"{revision}\"");
        ask(&path, None, &["-H", &bearer, "-H", &tag, "-H", "content-type: application/json", "-d", &body])
    };
    let refused = |reply: &Ended| {
        assert_eq!(status(reply), "403", "{}{}", reply.out, reply.err);
        assert!(reply.out.contains("この端末からは利用できません"), "{}", reply.out);
    };
    refused(&ask("/sign-in", None, &[]));
    refused(&ask("/sign-in", Some((&unknown, &unknown_key)), &[]));
    refused(&ask("/sign-in", mine, &[]));
    let approved = approve("approve", "1");
    assert_eq!(status(&approved), "200", "{}", approved.out);
    assert_eq!(status(&ask("/sign-in", mine, &[])), "200");
    let form = ["--data-urlencode", "login=kanri", "--data-urlencode", &format!("password={one_time}")];
    refused(&ask("/sign-in", None, &form));
    let entered = ask("/sign-in", mine, &form);
    assert_eq!(status(&entered), "303", "{}", entered.out);
    let cookie = entered.out.split("__Host-daicho=").nth(1).and_then(|rest| rest.split(';').next()).unwrap_or_default();
    let cookie = format!("cookie: __Host-daicho={cookie}");
    assert_eq!(status(&ask("/profile/password", mine, &["-H", &cookie])), "200");
    // A certificate of another authority does not even shake hands.
    let foreign = ask("/sign-in", Some((&stranger.0, &stranger.1)), &[]);
    assert!(foreign.out.is_empty() && foreign.code != 0, "{} {}", foreign.code, foreign.out);
    // A session that is carried to another device ends.
    refused(&ask("/profile/password", None, &["-H", &cookie]));
    assert_eq!(status(&ask("/profile/password", mine, &["-H", &cookie])), "303");
    assert_eq!(status(&approve("lose", "2")), "200");
    refused(&ask("/sign-in", mine, &[]));
    serving.stop();
}

#[test]
fn administrators_have_a_door_of_their_own() {
    let program = Program::new();
    let one_time = program.init();
    let door = free_port();
    let serving = program.serve(|command| {
        command.env("DAICHO_ADMIN_LISTEN", door.to_string());
    });
    let users = serving.first_sign_in("kanri", &one_time);
    let administrators = Browser::sign_in(door, "kanri", PASSWORD);
    for (path, at_users, at_administrators) in [
        ("/ledgers/account", 404, 200),
        ("/accounts/password", 404, 200),
        ("/api/v1/ledgers/account/records", 404, 200),
        ("/ledgers/%61ccount", 400, 400),
        ("/api/v1/ledgers/%61ccount/records", 400, 400),
        ("/ledgers/person", 200, 404),
        ("/ledgers/privilege_request", 200, 404),
        ("/profile", 200, 200),
        ("/help", 200, 200),
    ] {
        assert_eq!(users.get(path).status, at_users, "users {path}");
        assert_eq!(administrators.get(path).status, at_administrators, "administrators {path}");
    }
    assert!(!users.get("/profile").text().contains("/ledgers/role_grant"), "no place that leads nowhere");
    assert!(administrators.get("/profile").text().contains("/ledgers/role_grant"));
    serving.stop();
}
