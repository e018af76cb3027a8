use chrono::TimeDelta;
use identity::settings::LockOut;
use identity::{Password, SignInRefused, names, password, sign_in};
use ledger::Principal;
use ledger::port::Writer;

use super::world::{PASSWORD, World, origin};

fn fail(world: &World, times: usize) {
    for _ in 0..times {
        assert_eq!(world.sign_in("jinji01", "wrong").err(), Some(SignInRefused));
    }
}

#[test]
fn failures_in_a_row_lock_the_account_for_its_time_and_the_journal_tells_it() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    fail(&world, 4);
    assert!(world.sign_in("jinji01", PASSWORD).is_ok(), "four are not yet five, and a success begins anew");
    fail(&world, 5);
    let locked = world.newest_entry();
    assert_eq!((locked.act.as_str(), locked.record.as_str()), (names::act::LOCKED_OUT, account.id.as_str()));
    assert_eq!(world.sign_in("jinji01", PASSWORD).err(), Some(SignInRefused), "even with the right password");
    assert_eq!(world.newest_entry().reason.as_deref(), Some("利用者がロックされている"));

    // Trying on while it is locked makes it no longer.
    world.advance(TimeDelta::minutes(29));
    fail(&world, 3);
    world.advance(TimeDelta::seconds(59));
    assert!(world.sign_in("jinji01", PASSWORD).is_err());
    world.advance(TimeDelta::seconds(1));
    let welcome = world.sign_in("jinji01", PASSWORD).ok().unwrap().welcome.unwrap();
    assert!(welcome.last_at.is_some());
    let acts: Vec<String> = world.entries().into_iter().map(|entry| entry.act).collect();
    assert!(acts.iter().any(|act| act == names::act::LOCK_RELEASED), "{acts:?}");
}

#[test]
fn failures_spread_over_time_lock_nothing() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    for _ in 0..4 {
        fail(&world, 4);
        world.advance(TimeDelta::minutes(16));
    }
    assert!(world.sign_in("jinji01", PASSWORD).is_ok());
}

#[test]
fn a_lock_without_end_is_released_by_an_administrator_with_a_reason_or_a_new_password() {
    let mut world = World::new();
    world.settings.lock_out.push(LockOut { release_minutes: 0, ..LockOut::default() });
    let account = world.account_with_password("jinji01", "見本 花子");
    world.account_with_password("kanri01", "見本 次郎");
    let administrator = world.sign_in("kanri01", PASSWORD).ok().unwrap().principal;
    let release = || {
        let done =
            |tx: &mut dyn Writer| sign_in::release(tx, &world.kernel, &administrator, &account.id, "本人を確認した");
        world.store.write(done).unwrap()
    };
    assert!(!release(), "nothing to release");
    fail(&world, 5);
    world.advance(TimeDelta::days(30));
    assert!(world.sign_in("jinji01", PASSWORD).is_err());
    let locked = || world.store.read(|tx| sign_in::locked(tx, &world.kernel, 10)).unwrap();
    assert_eq!(locked().len(), 1);
    assert!(release());
    let entry = world.newest_entry();
    assert_eq!((entry.act.as_str(), entry.reason.as_deref()), (names::act::LOCK_RELEASED, Some("本人を確認した")));
    assert!(world.sign_in("jinji01", PASSWORD).is_ok());

    fail(&world, 5);
    world.set_password(&account, "Yama-no-midori-42");
    assert!(locked().is_empty());
    assert!(world.sign_in("jinji01", "Yama-no-midori-42").is_ok());
    let _ = Principal::system("story");
}

#[test]
fn every_answer_costs_the_same_work() {
    let mut world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    world.account("soumu01", "見本 太郎");
    let suspended = world.account_with_password("kaikei01", "見本 次郎");
    world.take(&suspended, "suspend");
    let locked = world.account_with_password("shomu01", "見本 三郎");
    world.settings.lock_out.push(LockOut { failures: 1, ..LockOut::default() });
    let _ = world.sign_in("shomu01", "wrong");
    world.settings.lock_out.clear();
    assert!(world.store.read(|tx| tx.guard(&locked.id)).unwrap().locked_at.is_some());
    let expired = world.account("kikaku01", "見本 四郎");
    let initial = password::NewPassword::initial(&world.kernel, &world.settings, &Password::new(PASSWORD)).unwrap();
    let system = Principal::system("story");
    world.store.write(|tx| password::set(tx, &world.kernel, &system, &expired.id, &initial, None)).unwrap();
    world.settings.password.push(identity::settings::PasswordRule { initial_days: 1, ..Default::default() });
    world.advance(TimeDelta::days(2));
    // Locked for good, so that the days do not release it.
    world.store.write(|tx| tx.lock_account(&locked.id, world.kernel.now(), None)).unwrap();
    for (what, login, text) in [
        ("unknown", "nobody01", PASSWORD),
        ("wrong", "jinji01", "wrong password"),
        ("far too long", "jinji01", &"x".repeat(5_000)),
        ("without a password", "soumu01", PASSWORD),
        ("suspended", "kaikei01", PASSWORD),
        ("locked, right", "shomu01", PASSWORD),
        ("locked, wrong", "shomu01", "wrong password"),
        ("initial and over", "kikaku01", PASSWORD),
        ("no name", "", PASSWORD),
    ] {
        let before = password::hashings_here();
        let candidate = world.store.read(|tx| sign_in::read_candidate(tx, login)).unwrap();
        let checked = sign_in::check(&world.kernel, &world.settings, candidate, &Password::new(text));
        let origin = origin();
        let arrival = identity::Arrival::new(&origin);
        let hashed = password::hashings_here() - before;
        let answer =
            world.store.write(|tx| sign_in::open(tx, &world.kernel, &world.settings, &checked, &arrival)).unwrap();
        assert_eq!(answer.err(), Some(SignInRefused), "{what}");
        assert_eq!(hashed, 1, "{what}: one hashing, no more and no less");
    }
}

#[test]
fn a_lock_outlives_a_restart_and_holds_on_another_node() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daicho.db");
    let open = || store::Store::open_sqlite(&path, store::SqliteOptions::default()).unwrap();
    let world = World::over(open());
    world.account_with_password("jinji01", "見本 花子");
    fail(&world, 5);
    // Another node with the same database.
    let candidate = open().read(|tx| sign_in::read_candidate(tx, "jinji01")).unwrap();
    let checked = sign_in::check(&world.kernel, &world.settings, candidate, &Password::new(PASSWORD));
    let origin = origin();
    let arrival = identity::Arrival::new(&origin);
    let other = open().write(|tx| sign_in::open(tx, &world.kernel, &world.settings, &checked, &arrival)).unwrap();
    assert_eq!(other.err(), Some(SignInRefused));
}
