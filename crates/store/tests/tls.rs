//! The connection to PostgreSQL under TLS: against the private server of the tests, with certificates made on the spot.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use store::{PostgresOptions, PostgresPlace, PostgresTools, Store};

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    Authority { issuer: Issuer::new(params, key), pem }
}

/// Lay certificate and key where the server looks for them, readable for its account alone.
fn lay(data: &Path, authority: &Authority) {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".into()]).unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let owner = std::fs::metadata(data).unwrap();
    for (name, text) in [("server.crt", certificate.pem()), ("server.key", key.serialize_pem())] {
        let path = data.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
}

/// Switch TLS on or off at the server, and wait until it is.
fn switch(url: &str, on: bool) {
    let connect = || operator_in(url);
    let word = if on { "on" } else { "off" };
    connect().batch_execute(&format!("ALTER SYSTEM SET ssl = {word}")).unwrap();
    connect().batch_execute("SELECT pg_reload_conf()").unwrap();
    let began = Instant::now();
    loop {
        let now: String = connect().query_one("SHOW ssl", &[]).unwrap().get(0);
        if now == word {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the server does not switch");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn operator_in(url: &str) -> postgres::Client {
    postgres::Client::connect(url, postgres::NoTls).unwrap()
}

fn refused(url: &str) -> String {
    match Store::open_postgres(url, PostgresOptions::default()) {
        Ok(_) => panic!("not refused: {url}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_server_is_believed_as_far_as_the_address_says() {
    let (Ok(server), Ok(data)) = (std::env::var("DAICHO_TEST_POSTGRES"), std::env::var("DAICHO_TEST_POSTGRES_DATA"))
    else {
        println!("SKIPPED: TLS to PostgreSQL (no server of our own)");
        return;
    };
    // A database of its own, so that nobody else's connections are counted.
    let url = format!("{}/tls_{}", server.rsplit_once('/').unwrap().0, std::process::id());
    let name = url.rsplit_once('/').unwrap().1;
    let mut operator = postgres::Client::connect(&server, postgres::NoTls).unwrap();
    operator.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (authority("見本の認証局"), authority("見本の別の認証局"));
    let file = |name: &str, authority: &Authority| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, &authority.pem).unwrap();
        path
    };
    let (root, foreign) = (file("認証局 a.pem", &ours), file("b.pem", &other));
    let named = url.replace("127.0.0.1", "localhost");
    let full = format!("{named}?sslmode=verify-full&sslrootcert={}", root.display());

    switch(&url, false);
    for mode in ["require", "verify-ca&sslrootcert=system", "verify-full&sslrootcert=system"] {
        assert!(refused(&format!("{named}?sslmode={mode}")).contains("応じません"), "{mode}");
    }
    lay(Path::new(&data), &ours);
    switch(&url, true);

    let wrong_name = format!("{url}?sslmode=verify-full&sslrootcert={}", root.display());
    assert!(refused(&wrong_name).contains("ホスト名と合いません"), "{}", refused(&wrong_name));
    for mode in ["verify-full", "verify-ca", "require"] {
        let unknown = format!("{named}?sslmode={mode}&sslrootcert={}", foreign.display());
        assert!(refused(&unknown).contains("認証局を信頼できません"), "{mode}: {}", refused(&unknown));
    }
    assert!(refused(&format!("{named}?sslmode=verify-full&sslrootcert=system")).contains("認証局を信頼できません"));

    for (what, url, encrypted) in [
        ("verify-full", full.clone(), true),
        ("verify-ca by another name", format!("{url}?sslmode=verify-ca&sslrootcert={}", root.display()), true),
        ("require", format!("{url}?sslmode=require"), true),
        ("in clear, on the same machine", url.clone(), false),
    ] {
        let store = Store::open_postgres(&url, PostgresOptions::default()).unwrap_or_else(|e| panic!("{what}: {e}"));
        let sql = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                   WHERE application_name = 'daicho' AND datname = current_database()";
        let mut looking = operator_in(&named);
        assert_eq!(looking.query_one(sql, &[]).unwrap().get::<_, Option<bool>>(0), Some(encrypted), "{what}");
        drop(store);
        // The server notes the end of a connection a moment later.
        let began = Instant::now();
        while looking.query_one(sql, &[]).unwrap().get::<_, Option<bool>>(0).is_some() {
            assert!(began.elapsed() < Duration::from_secs(60), "{what}: the connection stays");
        }
    }

    // PostgreSQL's own programs are told the same.
    operator_in(&url).batch_execute("CREATE SCHEMA public_keyring").unwrap();
    let place = PostgresPlace::of(&full).unwrap();
    place.copy_keyring(&PostgresTools::default(), &folder.path().join("dump")).unwrap();
    switch(&url, false);
    let told = place.copy_keyring(&PostgresTools::default(), &folder.path().join("again"));
    let told = told.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(told.contains("SSL"), "pg_dump does not fall back to clear: {told}");
    operator.batch_execute(&format!("DROP DATABASE {name} (FORCE)")).unwrap();
}
