use chrono::{NaiveDate, TimeDelta};
use identity::password::{self, NewPassword};
use identity::settings::{HashCost, PasswordRule};
use identity::{Password, SignInRefused, names, session};
use ledger::port::Reader;
use ledger::{Principal, Problem};

use super::world::{PASSWORD, World};

fn renew(world: &World, who: &Principal, current: &str, new: &str) -> Result<NewPassword, Problem> {
    let read = |tx: &mut dyn Reader| password::read_renewal(tx, &world.kernel, &world.settings, who);
    let renewal = world.store.read(read).unwrap().unwrap();
    let (current, new) = (Password::new(current), Password::new(new));
    password::renew(&world.kernel, &world.settings, &renewal, &current, &new).map_err(|mut problems| problems.remove(0))
}

#[test]
fn an_initial_password_works_once_shown_and_must_be_changed() {
    let world = World::new();
    let account = world.account("jinji01", "見本 花子");
    let initial = password::initial(&*world.kernel.entropy);
    let new = NewPassword::initial(&world.kernel, &world.settings, &initial).unwrap();
    let system = Principal::system("init");
    world.store.write(|tx| password::set(tx, &world.kernel, &system, &account.id, &new, None)).unwrap();

    let signed_in = world.sign_in("jinji01", initial.expose()).ok().unwrap();
    assert!(signed_in.must_change);
    assert!(world.resolve(&signed_in.secret).unwrap().must_change);
    let elsewhere = world.sign_in("jinji01", initial.expose()).ok().unwrap();

    let renew =
        |current: &str, new: &str| renew(&world, &signed_in.principal, current, new).map_err(|problem| problem.field);
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
fn a_forgotten_password_is_void_once_another_is_issued_which_must_be_changed() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let open = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let (first, issued) = (password::initial(&*world.kernel.entropy), password::initial(&*world.kernel.entropy));
    assert_ne!(first.expose(), issued.expose(), "never the same twice");
    let new = NewPassword::initial(&world.kernel, &world.settings, &issued).unwrap();
    let administrator = Principal::system("kanri01");
    let ended =
        world.store.write(|tx| password::set(tx, &world.kernel, &administrator, &account.id, &new, None)).unwrap();
    assert_eq!(ended, 1);
    assert!(world.resolve_any(&open.secret).is_none(), "who was in with the forgotten one is out");
    assert!(world.sign_in("jinji01", PASSWORD).is_err(), "the forgotten one opens nothing");
    assert!(world.sign_in("jinji01", issued.expose()).ok().unwrap().must_change);
    let set = world.entries().into_iter().find(|entry| entry.act == names::act::PASSWORD_SET).unwrap();
    assert_eq!((set.record.as_str(), set.actor.login.as_str()), (account.id.as_str(), "kanri01"));
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

#[test]
fn a_password_of_before_does_not_come_back_until_so_many_others_were_used() {
    let mut world = World::new();
    world.settings.password.push(PasswordRule { history: 2, min_age_hours: 0, ..PasswordRule::default() });
    let account = world.account_with_password("jinji01", "見本 花子");
    let who = world.sign_in("jinji01", PASSWORD).ok().unwrap().principal;
    let texts = [PASSWORD, "Yama-no-midori-42", "Umi-no-aosa-53!", "Sora-no-hirosa-64", "Kaze-no-oto-75!"];
    let change = |current: &str, new: &str| {
        let hashed = renew(&world, &who, current, new).map_err(|problem| problem.message)?;
        world.store.write(|tx| password::set(tx, &world.kernel, &who, &account.id, &hashed, None)).unwrap();
        world.advance(TimeDelta::seconds(1));
        Ok::<(), String>(())
    };
    change(texts[0], texts[1]).unwrap();
    change(texts[1], texts[2]).unwrap();
    for old in [texts[0], texts[1], texts[2]] {
        let refused = change(texts[2], old).unwrap_err();
        assert!(refused.contains("前に使った") || refused.contains("現在のパスワードと違う"), "{old}: {refused}");
    }
    change(texts[2], texts[3]).unwrap();
    change(texts[3], texts[0]).unwrap();
    change(texts[0], texts[4]).unwrap();
}

#[test]
fn a_password_ages_and_is_not_changed_twice_on_one_day() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let signed_in = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let refused = renew(&world, &signed_in.principal, PASSWORD, "Yama-no-midori-42").err().unwrap();
    assert_eq!(refused.message, "パスワードは変更したばかりです。次に変更できるのは2026年11月21日 9:00からです。");
    world.advance(TimeDelta::days(1));
    assert!(renew(&world, &signed_in.principal, PASSWORD, "Yama-no-midori-42").is_ok());

    world.advance(TimeDelta::days(352));
    let near = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    assert_eq!((near.must_change, near.welcome.unwrap().password_days), (false, Some(12)));
    world.advance(TimeDelta::days(12));
    let late = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    assert!(late.must_change);
    assert_eq!(world.resolve(&late.secret).unwrap().step, session::Step::NewPassword);
    assert!(renew(&world, &late.principal, PASSWORD, "Yama-no-midori-42").is_ok(), "however young it is");
    let _ = account;
}

#[test]
fn an_initial_password_that_nobody_used_opens_nothing_and_says_nothing() {
    let world = World::new();
    let account = world.account("jinji01", "見本 花子");
    let initial = password::initial(&*world.kernel.entropy);
    let new = NewPassword::initial(&world.kernel, &world.settings, &initial).unwrap();
    let system = Principal::system("init");
    world.store.write(|tx| password::set(tx, &world.kernel, &system, &account.id, &new, None)).unwrap();
    world.advance(TimeDelta::days(7) - TimeDelta::seconds(1));
    assert!(world.sign_in("jinji01", initial.expose()).is_ok());
    world.advance(TimeDelta::seconds(1));
    assert_eq!(world.sign_in("jinji01", initial.expose()).err(), Some(SignInRefused));
    assert_eq!(world.newest_entry().reason.as_deref(), Some("一度限りのパスワードの期限切れ"));
}
