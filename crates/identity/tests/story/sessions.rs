use chrono::TimeDelta;
use identity::{names, session};

use super::world::{PASSWORD, World};

#[test]
fn a_session_is_locked_when_it_is_not_used_and_lives_while_it_is() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    let signed_in = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    world.advance(TimeDelta::seconds(59));
    assert!(!world.resolve(&signed_in.secret).unwrap().touch_due);
    // Used every 29 minutes, it lives for twelve hours and no longer.
    let mut used = 0;
    for _ in 0..30 {
        world.advance(TimeDelta::minutes(29));
        let Some(resolved) = world.resolve(&signed_in.secret) else { break };
        assert!(resolved.touch_due);
        world.store.write(|tx| session::touch(tx, &world.kernel, &resolved.session)).unwrap();
        assert!(!world.resolve(&signed_in.secret).unwrap().touch_due);
        used += 1;
    }
    assert_eq!(used, 24, "24 × 29 minutes and 59 seconds are within twelve hours, 25 × are not");

    let idle = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    world.advance(TimeDelta::minutes(30));
    assert!(world.resolve(&idle.secret).is_none());
    assert_eq!(world.resolve_any(&idle.secret).unwrap().step, session::Step::Locked, "it is not over, but locked");
    let swept = world.store.write(|tx| session::sweep(tx, &world.kernel, &world.settings));
    assert!(swept.unwrap() >= 1);
}

#[test]
fn signing_out_ends_one_session_and_everywhere_ends_all() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let secrets: Vec<_> = (0..3).map(|_| world.sign_in("jinji01", PASSWORD).ok().unwrap()).collect();
    let listed = world.store.read(|tx| session::list(tx, &account.id)).unwrap();
    assert_eq!(listed.len(), 3);

    let who = &secrets[0].principal;
    world.store.write(|tx| session::sign_out(tx, &world.kernel, who, &secrets[0].session)).unwrap();
    assert_eq!(world.newest_entry().act, names::act::SIGN_OUT);
    assert!(world.resolve(&secrets[0].secret).is_none());
    assert!(world.resolve(&secrets[1].secret).is_some());

    let ended = world.store.write(|tx| session::end_everywhere(tx, &world.kernel, who, &account.id)).unwrap();
    assert_eq!(ended, 2);
    let entry = world.newest_entry();
    assert_eq!((entry.act.as_str(), entry.record.as_str()), (names::act::SIGN_OUT_EVERYWHERE, account.id.as_str()));
    assert!(secrets.iter().all(|signed_in| world.resolve(&signed_in.secret).is_none()));
}

#[test]
fn nobody_ends_a_session_of_somebody_else() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    world.account_with_password("soumu01", "見本 太郎");
    let mine = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let other = world.sign_in("soumu01", PASSWORD).ok().unwrap();
    for (key, ended) in [(&other.session.key, false), (&"0".repeat(64), false), (&mine.session.key, true)] {
        let found = world.store.write(|tx| session::end(tx, &world.kernel, &mine.principal, key)).unwrap();
        assert_eq!(found, ended);
    }
    assert!(world.resolve(&other.secret).is_some());
    assert!(world.resolve(&mine.secret).is_none());
}

#[test]
fn a_form_of_another_session_is_not_accepted() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    let first = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let second = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let session = world.resolve(&first.secret).unwrap().session;
    assert!(session::is_from_session(&session, &first.session.form_secret));
    assert!(!session::is_from_session(&session, &second.session.form_secret));
    assert!(!session::is_from_session(&session, first.secret.expose()));
}

#[test]
fn a_suspended_account_is_out_at_once() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let signed_in = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    world.take(&account, "suspend");
    assert!(world.resolve(&signed_in.secret).is_none());
}
