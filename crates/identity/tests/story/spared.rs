//! A stranger who knows a name keeps its owner out of no browser that the account knows, and gains no guess by it. On both
//! databases.

use chrono::TimeDelta;
use identity::second::Purpose;
use identity::settings::LockOut;
use identity::{Secret, SignInRefused, names, sign_in};
use ledger::port::Writer;
use store::Store;

use super::second::{code, enrol, prove, with_both, with_code};
use super::world::{PASSWORD, World};

fn world(store: Store, spare_known_devices: bool) -> World {
    let mut world = World::over(store);
    world.settings.lock_out.push(LockOut { spare_known_devices, ..LockOut::default() });
    world
}

/// What the browser is known by after a sign-in.
fn device(world: &World, login: &str) -> Secret {
    world.sign_in(login, PASSWORD).ok().unwrap().welcome.unwrap().device.unwrap()
}

fn fail(world: &World, times: usize) {
    for _ in 0..times {
        assert_eq!(world.sign_in("jinji01", "wrong").err(), Some(SignInRefused));
    }
}

fn strangers_lock_strangers(store: Store) {
    let world = world(store, true);
    let account = world.account_with_password("jinji01", "見本 花子");
    world.account_with_password("soumu01", "見本 太郎");
    let (mine, other) = (device(&world, "jinji01"), device(&world, "soumu01"));
    fail(&world, 5);
    assert!(world.sign_in("jinji01", PASSWORD).is_err(), "locked for whoever comes new");
    let forged = Secret::from_text("A".repeat(43));
    for (what, secret) in [("forged", &forged), ("of somebody else", &other), ("empty", &Secret::from_text(""))] {
        assert_eq!(world.sign_in_on(secret, "jinji01", PASSWORD).err(), Some(SignInRefused), "{what}");
    }
    let back = world.sign_in_on(&mine, "jinji01", PASSWORD).expect("the owner comes in");
    assert!(back.welcome.unwrap().failures >= 5, "and is told of the failures");
    assert!(world.sign_in("jinji01", PASSWORD).is_err(), "which releases nothing for strangers");
    assert!(world.store.read(|tx| tx.guard(&account.id)).unwrap().locked_at.is_some());
    world.advance(TimeDelta::minutes(30));
    assert!(world.sign_in("jinji01", PASSWORD).is_ok());
}

fn a_stolen_one_has_as_many_guesses_as_anybody(store: Store) {
    let world = world(store, true);
    let account = world.account_with_password("jinji01", "見本 花子");
    let mine = device(&world, "jinji01");
    for _ in 0..5 {
        assert!(world.sign_in_on(&mine, "jinji01", "wrong").is_err());
    }
    let locked = world.newest_entry();
    assert_eq!((locked.act.as_str(), locked.record.as_str()), (names::act::LOCKED_OUT, account.id.as_str()));
    assert_eq!(locked.changes["known_device"].after, true);
    assert!(world.sign_in_on(&mine, "jinji01", PASSWORD).is_err(), "even with the right password");
    assert!(world.sign_in("jinji01", PASSWORD).is_ok(), "another browser is not concerned");
    let listed = || world.store.read(|tx| sign_in::locked(tx, &world.kernel, 10)).unwrap();
    assert_eq!(listed().len(), 1);
    world.advance(TimeDelta::minutes(30));
    assert!(listed().is_empty());
    for _ in 0..5 {
        assert!(world.sign_in_on(&mine, "jinji01", "wrong").is_err());
    }
    let administrator = ledger::Principal::system("story");
    let release =
        |tx: &mut dyn Writer| sign_in::release(tx, &world.kernel, &administrator, &account.id, "本人を確認した");
    assert!(world.store.write(release).unwrap());
    assert!(!world.store.write(release).unwrap());
    assert!(world.sign_in_on(&mine, "jinji01", PASSWORD).is_ok());
}

fn the_account_is_locked_by_default(store: Store) {
    let world = world(store, false);
    world.account_with_password("jinji01", "見本 花子");
    let mine = device(&world, "jinji01");
    fail(&world, 5);
    assert!(world.sign_in_on(&mine, "jinji01", PASSWORD).is_err());
}

fn an_open_session_goes_on(store: Store) {
    let world = world(store, false);
    let account = world.account_with_password("jinji01", "見本 花子");
    let (typed, _) = enrol(&world, &world.sign_in("jinji01", PASSWORD).ok().unwrap());
    world.advance(TimeDelta::seconds(60));
    let pending = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let open = prove(&world, &pending.secret, Purpose::SignIn, with_code(&code(&world, &typed))).ok().unwrap();
    world.advance(TimeDelta::minutes(31));
    fail(&world, 5);
    let given = || with_both(PASSWORD, &code(&world, &typed));
    let open = prove(&world, &open.secret, Purpose::Resume, given()).expect("what strangers do locks nobody's screen");
    assert!(world.sign_in("jinji01", PASSWORD).is_err(), "the door stays locked");
    // Whoever sits at the screen has as many guesses as anybody at the door; then the session is over.
    world.advance(TimeDelta::minutes(31));
    for _ in 0..5 {
        assert!(world.resolve_any(&open.secret).is_some());
        assert!(prove(&world, &open.secret, Purpose::Resume, with_both("wrong", "000000")).is_err());
    }
    assert!(world.resolve_any(&open.secret).is_none());
    let ended = world.newest_entry();
    assert_eq!((ended.act.as_str(), ended.record.as_str()), (names::act::LOCKED_OUT, account.id.as_str()));
}

fn attempts_of_strangers_are_limited_apart(store: Store) {
    let world = world(store, false);
    world.account_with_password("jinji01", "見本 花子");
    let mine = device(&world, "jinji01");
    let limited =
        |login: &str, secret: Option<&Secret>| world.store.read(|tx| sign_in::limited_by(tx, login, secret)).unwrap();
    let forged = Secret::from_text("A".repeat(43));
    for (login, secret, apart) in [
        ("jinji01", None, false),
        ("jinji01", Some(&mine), true),
        ("jinji01", Some(&forged), false),
        ("nobody01", Some(&mine), false),
        ("nobody01", Some(&forged), false),
    ] {
        assert_eq!(limited(login, secret) != login, apart, "{login}");
    }
}

/// A value that somebody else put into the browser would be known to them: it is replaced by one of ours.
fn only_what_we_gave_out_is_taken_back(store: Store) {
    let world = world(store, true);
    world.account_with_password("jinji01", "見本 花子");
    world.account_with_password("soumu01", "見本 太郎");
    let planted = Secret::from_text("B".repeat(43));
    let fresh = world.sign_in_on(&planted, "jinji01", PASSWORD).ok().unwrap().welcome.unwrap().device;
    assert!(fresh.is_some_and(|fresh| fresh.expose() != planted.expose()));
    // Two who share a browser share what it is known by.
    let shared = device(&world, "jinji01");
    assert!(world.sign_in_on(&shared, "soumu01", PASSWORD).ok().unwrap().welcome.unwrap().device.is_none());
}

macro_rules! on_both {
    ($($story:ident),* $(,)?) => {
        mod both {
            $(#[test] fn $story() { testkit::on_each_database(super::$story); })*
        }
    };
}

on_both!(
    strangers_lock_strangers,
    a_stolen_one_has_as_many_guesses_as_anybody,
    the_account_is_locked_by_default,
    an_open_session_goes_on,
    attempts_of_strangers_are_limited_apart,
    only_what_we_gave_out_is_taken_back,
);
