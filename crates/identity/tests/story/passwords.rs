use chrono::NaiveDate;
use identity::Password;
use identity::password::{self, NewPassword};
use identity::settings::HashCost;
use ledger::Principal;

use super::world::{PASSWORD, World};

#[test]
fn an_initial_password_works_once_shown_and_must_be_changed() {
    let mut world = World::new();
    world.settings.password.min_length = 14;
    let account = world.account("jinji01", "見本 花子");
    let initial = password::initial(&*world.kernel.entropy);
    let new = NewPassword::initial(&world.kernel, &world.settings, &initial).unwrap();
    let system = Principal::system("init");
    world.store.write(|tx| password::set(tx, &world.kernel, &system, &account.id, &new, None)).unwrap();

    let signed_in = world.sign_in("jinji01", initial.expose()).ok().unwrap();
    assert!(signed_in.must_change);
    assert!(world.resolve(&signed_in.secret).unwrap().must_change);
    let elsewhere = world.sign_in("jinji01", initial.expose()).ok().unwrap();

    let credential = world.store.read(|tx| tx.credential(&account.id)).unwrap().unwrap();
    let renew = |current: &str, new: &str| {
        password::renew(&world.kernel, &world.settings, &credential, &Password::new(current), &Password::new(new))
            .map_err(|problems| problems[0].field.clone())
    };
    assert_eq!(renew("wrong", PASSWORD).err().as_deref(), Some("current_password"));
    assert_eq!(renew(initial.expose(), "too short").err().as_deref(), Some("new_password"));
    assert_eq!(renew(initial.expose(), initial.expose()).err().as_deref(), Some("new_password"));
    let changed = renew(initial.expose(), PASSWORD).ok().unwrap();
    let (who, keep) = (&signed_in.principal, &signed_in.session.key);
    let set =
        |tx: &mut dyn ledger::port::Writer| password::set(tx, &world.kernel, who, &account.id, &changed, Some(keep));
    assert_eq!(world.store.write(set).unwrap(), 1, "the session elsewhere ends");

    assert!(!world.resolve(&signed_in.secret).unwrap().must_change);
    assert!(world.resolve(&elsewhere.secret).is_none());
    assert!(world.sign_in("jinji01", initial.expose()).is_err());
    assert!(!world.sign_in("jinji01", PASSWORD).ok().unwrap().must_change);
}

#[test]
fn a_hash_follows_the_cost_in_force_at_the_next_sign_in() {
    let mut world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let stored = |world: &World| world.store.read(|tx| tx.credential(&account.id)).unwrap().unwrap();
    let before = stored(&world);
    let from: NaiveDate = "2026-11-20".parse().unwrap();
    world.settings.hashing.push(HashCost { from, memory_kib: 128, passes: 2, lanes: 1 });
    assert!(world.sign_in("jinji01", "wrong").is_err());
    assert_eq!(stored(&world).password_hash, before.password_hash, "a failure changes nothing");
    assert!(world.sign_in("jinji01", PASSWORD).is_ok());
    let after = stored(&world);
    assert!(after.password_hash.starts_with("$argon2id$v=19$m=128,t=2,p=1$"));
    assert_eq!((after.set_at, after.must_change), (before.set_at, before.must_change), "it is the same password");
    assert!(world.sign_in("jinji01", PASSWORD).is_ok());
}
