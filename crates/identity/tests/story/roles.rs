use std::collections::BTreeSet;

use chrono::TimeDelta;
use identity::principal;
use ledger::{Principal, Record, Standing};

use super::world::{World, origin};

fn load(world: &World, account: &Record) -> Option<Principal> {
    world.store.read(|tx| principal::load(tx, &world.kernel, &account.id, &origin())).unwrap()
}

fn ids<'a>(records: impl IntoIterator<Item = &'a Record>) -> Option<BTreeSet<String>> {
    Some(records.into_iter().map(|record| record.id.clone()).collect())
}

#[test]
fn a_role_covers_its_office_and_what_lies_under_it() {
    let world = World::new();
    let ministry = world.organisation("1", "見本省", None);
    let division = world.organisation("11", "見本局", Some(&ministry));
    let section = world.organisation("111", "見本課", Some(&division));
    let other = world.organisation("12", "別局", Some(&ministry));
    let account = world.account("jinji01", "見本 花子");
    let roles: Vec<String> = world.kernel.catalogue.roles.keys().take(3).cloned().collect();
    let [single, several, everywhere] = roles.as_slice() else { panic!("the pack has three roles") };
    world.grant(&account, single, Some(&division), "2026-04-01", None);
    world.grant(&account, several, Some(&section), "2026-04-01", None);
    world.grant(&account, several, Some(&other), "2026-04-01", None);
    world.grant(&account, everywhere, Some(&section), "2026-04-01", None);
    world.grant(&account, everywhere, None, "2026-04-01", None);

    let principal = load(&world, &account).unwrap();
    assert_eq!(principal.standing, Standing::Person);
    let offices = |role: &str| {
        let held: Vec<_> = principal.roles.iter().filter(|held| held.role == role).collect();
        assert_eq!(held.len(), 1, "{role} once");
        held[0].offices.clone().map(|offices| offices.into_iter().collect::<BTreeSet<_>>())
    };
    assert_eq!(offices(single), ids([&division, &section]));
    assert_eq!(offices(several), ids([&section, &other]));
    assert_eq!(offices(everywhere), None);
}

#[test]
fn a_role_begins_and_ends_at_midnight_in_japan() {
    let world = World::new();
    let account = world.account("jinji01", "見本 花子");
    let role = world.kernel.catalogue.roles.keys().next().unwrap().clone();
    world.grant(&account, &role, None, "2026-11-21", Some("2026-11-22"));
    // It is nine o'clock on the 20th; fifteen hours later the 21st begins.
    let holds = || load(&world, &account).unwrap().holds(&role);
    assert!(!holds());
    world.advance(TimeDelta::hours(15) - TimeDelta::seconds(1));
    assert!(!holds());
    world.advance(TimeDelta::seconds(1));
    assert!(holds());
    world.advance(TimeDelta::hours(48) - TimeDelta::seconds(1));
    assert!(holds());
    world.advance(TimeDelta::seconds(1));
    assert!(!holds());
}

#[test]
fn an_account_holds_no_role_of_another_and_a_closed_one_is_nobody() {
    let world = World::new();
    let (one, two) = (world.account("jinji01", "見本 花子"), world.account("soumu01", "見本 太郎"));
    let role = world.kernel.catalogue.roles.keys().next().unwrap().clone();
    world.grant(&one, &role, None, "2026-04-01", None);
    assert!(load(&world, &one).unwrap().holds(&role));
    assert!(!load(&world, &two).unwrap().holds(&role));
    world.take(&one, "suspend");
    assert!(load(&world, &one).is_none());
}
