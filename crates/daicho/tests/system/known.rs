//! A stranger who knows a sign-in name, and the owner of the name at a browser that the account knows, as HTTP sees them.

use identity::settings::LockOut;
use testkit::on_each_database;

use crate::agency::Agency;
use crate::browser::{Browser, PASSWORD, Reply, coded};

fn enter(agency: &Agency, cookie: Option<&str>, login: &str, password: &str) -> Reply {
    let body = format!("login={login}&password={}", coded(password));
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(cookie.map(|cookie| ("cookie", cookie)));
    Browser::anonymous(agency.address).call("POST", "/sign-in", &headers, body.as_bytes())
}

/// The cookie that the browser is to be known by.
fn device(reply: &Reply) -> Option<String> {
    let set = reply.headers.iter().filter(|(key, _)| key == "set-cookie").map(|(_, value)| value);
    set.filter_map(|value| value.split(';').next()).find(|pair| pair.starts_with("daicho_device=")).map(String::from)
}

#[test]
fn a_stranger_who_knows_a_name_keeps_its_owner_out_of_no_browser_they_know() {
    on_each_database(|store| {
        let agency = Agency::with(store, "2026-10-05", |settings| {
            settings.sign_in.lock_out.push(LockOut { spare_known_devices: true, ..LockOut::default() });
        });
        agency.somebody("jinji01", None, &["personnel"]);
        let mine = device(&enter(&agency, None, "jinji01", PASSWORD)).expect("the browser is to be known");
        // Five lock the account, ten use up the attempts; the clock of the story stands still.
        for _ in 0..9 {
            assert_eq!(enter(&agency, None, "jinji01", "chigau-aikotoba").status, 422);
        }
        assert_eq!(enter(&agency, None, "jinji01", PASSWORD).status, 422, "locked, with the same words");
        assert_eq!(enter(&agency, None, "jinji01", PASSWORD).status, 429);
        let forged = format!("daicho_device={}", "A".repeat(43));
        assert_eq!(enter(&agency, Some(&forged), "jinji01", PASSWORD).status, 429, "a forged cookie is a stranger's");
        assert_eq!(enter(&agency, Some(&mine), "jinji01", PASSWORD).status, 303, "the owner comes in");
        // Whoever stole the cookie learns nothing of other names by it.
        let (known, unknown) = ("soumu01", "nobody1");
        agency.somebody(known, None, &[]);
        let answers = [known, unknown].map(|login| {
            let reply = enter(&agency, Some(&mine), login, "chigau-aikotoba");
            (reply.status, reply.text().replace(login, ""), device(&reply))
        });
        assert_eq!(answers[0], answers[1]);
        // And has as many guesses as anybody.
        for _ in 0..5 {
            assert_eq!(enter(&agency, Some(&mine), "jinji01", "chigau-aikotoba").status, 422);
        }
        assert_eq!(enter(&agency, Some(&mine), "jinji01", PASSWORD).status, 422);
    });
}
