//! What a stranger may ask of the server, and what it takes over without being started anew.

use ledger::Change;
use serde_json::json;
use testkit::on_each_database;

use crate::agency::Agency;
use crate::browser::Browser;

#[test]
fn a_form_of_very_many_inputs_is_refused() {
    on_each_database(|store| {
        let agency = Agency::start(store, "2026-10-05");
        let stranger = Browser::anonymous(agency.address);
        let kind = ("content-type", "application/x-www-form-urlencoded");
        assert_eq!(stranger.call("POST", "/sign-in", &[kind], "&a".repeat(100_000).as_bytes()).status, 413);
        assert_eq!(stranger.call("POST", "/sign-in", &[kind], b"login=a&password=b").status, 422);
    });
}

#[test]
fn no_answer_of_a_call_is_kept_by_whoever_passes_it_on() {
    on_each_database(|store| {
        let agency = Agency::start(store, "2026-10-05");
        let reply = agency.machine("auditor", true).get("/api/v1/ledgers/person/records");
        assert_eq!((reply.status, reply.header("cache-control")), (200, Some("no-store")));
    });
}

#[test]
fn behind_the_trusted_proxy_each_address_has_its_own_limit() {
    for (proxy, expected) in [(Some("127.0.0.1"), [200, 200, 429, 200]), (None, [200, 200, 429, 429])] {
        on_each_database(|store| {
            let agency = Agency::with(store, "2026-10-05", |settings| {
                settings.requests_per_minute = 2;
                settings.trusted_proxy = proxy.map(|address| address.parse().expect("an address"));
            });
            let stranger = Browser::anonymous(agency.address);
            let from = |address: &str| {
                // What the client itself wrote stands in front of what the proxy wrote.
                let line = format!("198.51.100.99, {address}");
                stranger.call("GET", "/sign-in", &[("x-forwarded-for", &line)], b"").status
            };
            let met = ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"].map(from);
            assert_eq!(met, expected, "{proxy:?}");
        });
    }
}

#[test]
fn a_closed_day_counts_as_soon_as_it_is_written_down() {
    on_each_database(|store| {
        let agency = Agency::start(store, "2026-10-05");
        let day = "2026-10-06".parse().expect("a day");
        let open = || agency.installation().kernel().calendar.is_business_day(day);
        assert!(open());
        assert!(!agency.installation().renew_if_changed().expect("a look"), "nothing changed");
        let values = json!({ "date": "2026-10-06", "kind": "closed", "label": "見本の休み" });
        let closed = agency.create("closed_day", values);
        assert!(agency.installation().renew_if_changed().expect("a look"));
        assert!(!open());
        let values = json!({ "kind": "open" }).as_object().cloned().expect("an object");
        agency.commit(Change::amend("closed_day", &closed.id, 1, values)).expect("a change");
        assert!(agency.installation().renew_if_changed().expect("a look"));
        assert!(open());
    });
}
