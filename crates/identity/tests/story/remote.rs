//! An administrator on the way: the rights of the role are left at home, unless somebody approved that they are taken along.

use chrono::TimeDelta;
use identity::remote::RemoteRule;
use identity::{Origin, privilege, session};
use journal::Channel;
use ledger::{Change, Record};
use serde_json::{Value, json};
use store::Store;

use super::world::{PASSWORD, World, origin};

fn from(address: &str) -> Origin {
    let rule: RemoteRule = toml::from_str("inside = [\"192.0.2.0/24\"]").unwrap();
    Origin::new(Channel::Page, Some(address.into()), None).withholding(rule.withheld(Some(address)))
}

const INSIDE: &str = "192.0.2.10";
const OUTSIDE: &str = "198.51.100.7";

/// Roles that a session opens from an address, and those that it leaves at home.
fn roles(world: &World, secret: &identity::Secret, address: &str) -> (Vec<String>, Vec<String>) {
    let read = |tx: &mut dyn ledger::port::Reader| {
        session::resolve_any(tx, &world.kernel, &world.settings, secret, &from(address))
    };
    let resolved = world.store.read(read).unwrap().unwrap();
    let held = resolved.principal.roles.iter().map(|held| held.role.clone()).collect();
    (held, resolved.withheld)
}

fn approved(world: &World, account: &Record, officer: &Record, remote: bool) -> Record {
    let load = |account: &Record| {
        let read =
            |tx: &mut dyn ledger::port::Reader| identity::principal::load(tx, &world.kernel, &account.id, &origin());
        world.store.read(read).unwrap().unwrap()
    };
    let values: Value = json!({
        "role": "administrator", "reason": "障害の復旧", "remote": remote,
        "starts_at": "2026-11-20T10:00:00+09:00", "ends_at": "2026-11-20T12:00:00+09:00",
    });
    let change = Change::create(privilege::LEDGER, values.as_object().unwrap().clone());
    let request = world.store.write(|tx| world.kernel.commit(tx, &load(account), change.clone())).unwrap();
    let change = Change::transition(privilege::LEDGER, &request.id, request.revision, "approve");
    world.store.write(|tx| world.kernel.commit(tx, &load(officer), change.clone())).unwrap()
}

fn rights_stay_at_home(store: Store) {
    let world = World::over(store);
    let (account, officer) = (world.account_with_password("kanri01", "見本 次郎"), world.account("hogo", "見本 保護"));
    world.grant(&account, "administrator", None, "2026-04-01", None);
    world.grant(&account, "personnel", None, "2026-04-01", None);
    world.grant(&officer, "security_officer", None, "2026-04-01", None);
    let secret = world.sign_in("kanri01", PASSWORD).ok().unwrap().secret;
    let none = Vec::<String>::new();
    let both = vec!["administrator".to_string(), "personnel".to_string()];
    let left = (vec!["personnel".to_string()], vec!["administrator".to_string()]);
    assert_eq!(roles(&world, &secret, INSIDE), (both.clone(), none.clone()));
    assert_eq!(roles(&world, &secret, OUTSIDE), left, "the same session, carried out of the house");

    // A request that says nothing of a distance does not help; one that does holds for its time.
    approved(&world, &account, &officer, false);
    world.advance(TimeDelta::minutes(61));
    let secret = world.sign_in("kanri01", PASSWORD).ok().unwrap().secret;
    assert_eq!(roles(&world, &secret, OUTSIDE), left);
    approved(&world, &account, &officer, true);
    assert_eq!(roles(&world, &secret, OUTSIDE), (both, none));
    world.advance(TimeDelta::minutes(119));
    let secret = world.sign_in("kanri01", PASSWORD).ok().unwrap().secret;
    assert_eq!(roles(&world, &secret, OUTSIDE), left, "and not a second longer");
}

#[test]
fn rights_of_administrators_are_withheld_outside_unless_approved() {
    testkit::on_each_database(rights_stay_at_home);
}
