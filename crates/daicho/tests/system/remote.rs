//! Rights of administrators on the way (付紙 第5 2(4)ウ), as HTTP sees them: by the address that the trusted proxy names.

use testkit::on_each_database;

use crate::agency::Agency;
use crate::browser::Browser;

const INSIDE: &str = "192.0.2.10";
const OUTSIDE: &str = "198.51.100.7";

#[test]
fn functions_of_administrators_are_not_found_from_outside() {
    on_each_database(|store| {
        let agency = Agency::with(store, "2026-10-05", |settings| {
            settings.trusted_proxy = Some("127.0.0.1".parse().expect("an address"));
            settings.sign_in.remote = toml::from_str("inside = [\"192.0.2.0/24\"]").expect("a rule");
        });
        let administrator = agency.somebody("kanri01", None, &["administrator", "personnel"]);
        let machine = agency.machine("administrator", false);
        let get =
            |browser: &Browser, path: &str, from: &str| browser.call("GET", path, &[("x-forwarded-for", from)], b"");
        for (path, inside, outside) in [("/accounts/locks", 200, 404), ("/ledgers/person", 200, 200)] {
            assert_eq!(get(&administrator, path, INSIDE).status, inside, "{path} inside");
            assert_eq!(get(&administrator, path, OUTSIDE).status, outside, "{path} outside");
        }
        let forged = format!("{INSIDE}, {OUTSIDE}");
        assert_eq!(get(&administrator, "/accounts/locks", &forged).status, 404, "what the client wrote does not count");
        assert!(get(&administrator, "/", OUTSIDE).text().contains("庁舎の外からの接続"));
        assert!(!get(&administrator, "/", INSIDE).text().contains("庁舎の外からの接続"));
        let records = "/api/v1/ledgers/account/records";
        // A token is no way around.
        for caller in [&administrator, &machine] {
            let shows = |from: &str| get(caller, records, from).text().contains("kanri01");
            assert_eq!((shows(INSIDE), shows(OUTSIDE)), (true, false));
        }
    });
}
