//! Failures and locks, passwords of before, second factors, challenges, devices.

use ledger::port::{Challenge, SecondFactor, SignInGuard, StoreError, Writer};

use crate::databases::Database;
use crate::people::{at, id};

on_both!(
    failures_are_counted_locked_and_released,
    failures_at_the_same_moment_are_all_counted,
    failures_of_a_browser_are_counted_apart,
    passwords_of_before_are_kept_in_number,
    second_factors_belong_to_one_account,
    a_time_step_is_used_up_once,
    a_challenge_is_taken_once,
    devices_are_known_by_account,
);

fn failures_are_counted_locked_and_released(database: &Database) {
    let store = &database.store;
    let fail = |second: i64| {
        store.write::<_, StoreError>(|writer| writer.count_failure(&id(1), at(second), at(second - 100))).unwrap()
    };
    let guard = || store.read::<_, StoreError>(|reader| reader.guard(&id(1))).unwrap();
    assert_eq!(guard(), SignInGuard::default());
    assert_eq!((fail(0).failures, fail(50).failures, fail(100).failures), (1, 2, 3));
    assert_eq!(guard().counted_from, Some(at(0)));
    assert_eq!(fail(101).failures, 1, "a run that began too long ago begins anew");
    store.write::<_, StoreError>(|writer| writer.lock_account(&id(1), at(110), Some(at(999)))).unwrap();
    let locked = store.read::<_, StoreError>(|reader| reader.locked_accounts(10)).unwrap();
    assert_eq!(locked.len(), 1);
    assert_eq!((locked[0].0.as_str(), locked[0].1.locked_until), (id(1).as_str(), Some(at(999))));
    let release = || store.write::<_, StoreError>(|writer| writer.release_account(&id(1))).unwrap();
    assert_eq!((release(), release()), (true, false));
    fail(200);
    store.write::<_, StoreError>(|writer| writer.note_sign_in(&id(1), at(300), Some("192.0.2.1"), true)).unwrap();
    let after =
        SignInGuard { last_at: Some(at(300)), last_address: Some("192.0.2.1".into()), ..SignInGuard::default() };
    assert_eq!(guard(), after);
    // The row that failures of unknown names write locks nobody and is shown to nobody.
    store
        .write::<_, StoreError>(|writer| {
            writer.count_failure("", at(0), at(-1))?;
            writer.lock_account("", at(0), None)
        })
        .unwrap();
    assert!(store.read::<_, StoreError>(|reader| reader.locked_accounts(10)).unwrap().is_empty());
}

fn failures_of_a_browser_are_counted_apart(database: &Database) {
    let store = &database.store;
    let fail = |browser: &str, second: i64| {
        let count =
            |writer: &mut dyn Writer| writer.count_browser_failure(&id(3), browser, at(second), at(second - 100));
        store.write::<_, StoreError>(count).unwrap().failures
    };
    let guard = |browser: &str| store.read::<_, StoreError>(|reader| reader.browser_guard(&id(3), browser)).unwrap();
    assert_eq!((fail("a", 0), fail("a", 50), fail("b", 60), fail("a", 100)), (1, 2, 1, 3));
    assert_eq!(store.read::<_, StoreError>(|reader| reader.guard(&id(3))).unwrap(), SignInGuard::default());
    assert_eq!(fail("a", 101), 1, "a run that began too long ago begins anew");
    assert_eq!(fail("c", 161), 1);
    assert_eq!(guard("b"), SignInGuard::default(), "an old run of another browser is forgotten");
    store.write::<_, StoreError>(|writer| writer.lock_browser(&id(3), "a", at(170), Some(at(999)))).unwrap();
    assert_eq!((guard("a").locked_until, guard("c").locked_at), (Some(at(999)), None));
    let locked = store.read::<_, StoreError>(|reader| reader.locked_accounts(10)).unwrap();
    assert_eq!(locked.len(), 1);
    // A sign-in of a known browser leaves the lock of the account, of any other takes it.
    store.write::<_, StoreError>(|writer| writer.count_failure(&id(3), at(180), at(0))).unwrap();
    store.write::<_, StoreError>(|writer| writer.lock_account(&id(3), at(180), None)).unwrap();
    let note =
        |release| store.write::<_, StoreError>(|writer| writer.note_sign_in(&id(3), at(181), None, release)).unwrap();
    let locked = || store.read::<_, StoreError>(|reader| reader.guard(&id(3))).unwrap().locked_at;
    note(false);
    assert_eq!(locked(), Some(at(180)));
    note(true);
    assert_eq!(locked(), None);
    let release = |browser| store.write::<_, StoreError>(|writer| writer.release_browser(&id(3), browser)).unwrap();
    assert!(!release(Some("c")), "it was not locked");
    assert_eq!((guard("c"), guard("a").locked_at), (SignInGuard::default(), Some(at(170))));
    assert_eq!((release(None), release(None)), (true, false));
    assert_eq!(guard("a"), SignInGuard::default());
}

fn failures_at_the_same_moment_are_all_counted(database: &Database) {
    let store = &database.store;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                store.write::<_, StoreError>(|writer| writer.count_failure(&id(7), at(5), at(0))).unwrap();
            });
        }
    });
    assert_eq!(store.read::<_, StoreError>(|reader| reader.guard(&id(7))).unwrap().failures, 8);
}

fn passwords_of_before_are_kept_in_number(database: &Database) {
    let store = &database.store;
    for second in 0..5 {
        let hash = format!("hash{second}");
        store.write::<_, StoreError>(|writer| writer.keep_password(&id(1), at(second), &hash, 3)).unwrap();
    }
    store.write::<_, StoreError>(|writer| writer.keep_password(&id(2), at(0), "other", 3)).unwrap();
    let before = |limit| store.read::<_, StoreError>(|reader| reader.passwords_before(&id(1), limit)).unwrap();
    assert_eq!(before(10), ["hash4", "hash3", "hash2"]);
    assert_eq!(before(1), ["hash4"]);
}

fn factor(number: u64, account: u64, handle: &str) -> SecondFactor {
    SecondFactor {
        id: id(number),
        account: id(account),
        kind: "totp".into(),
        name: "見本の電話".into(),
        secret: "locked".into(),
        handle: handle.into(),
        step: 0,
        added_at: at(number as i64),
        used_at: None,
    }
}

fn second_factors_belong_to_one_account(database: &Database) {
    let store = &database.store;
    let add = |one: &SecondFactor| store.write::<_, StoreError>(|writer| writer.add_second_factor(one)).unwrap();
    assert!(add(&factor(1, 1, "a")) && add(&factor(2, 1, "b")) && add(&factor(3, 2, "c")));
    assert!(!add(&factor(4, 2, "a")), "a handle is taken once");
    let (renamed, foreign, removed, none) = store
        .write::<_, StoreError>(|writer| {
            Ok((
                writer.name_second_factor(&id(1), &id(1), "机の電話")?,
                writer.name_second_factor(&id(2), &id(1), "横取り")?,
                writer.remove_second_factor(&id(1), &id(2))?,
                writer.remove_second_factor(&id(1), &id(3))?,
            ))
        })
        .unwrap();
    assert_eq!((renamed, foreign, removed, none), (true, false, true, false));
    let mine = store.read::<_, StoreError>(|reader| reader.second_factors(&id(1))).unwrap();
    assert!(mine == [SecondFactor { name: "机の電話".into(), ..factor(1, 1, "a") }]);
    let found = store.read::<_, StoreError>(|reader| reader.second_factor("c")).unwrap();
    assert!(found == Some(factor(3, 2, "c")));
}

fn a_time_step_is_used_up_once(database: &Database) {
    let store = &database.store;
    store.write::<_, StoreError>(|writer| writer.add_second_factor(&factor(1, 1, "a"))).unwrap();
    let take = |step| store.write::<_, StoreError>(|writer| writer.use_step(&id(1), step, at(9))).unwrap();
    assert_eq!([take(5), take(5), take(4), take(6)], [true, false, false, true]);
    // Sixteen at once, as from sixteen nodes: one gets through.
    let through = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let taken = store.write::<_, StoreError>(|writer| writer.use_step(&id(1), 7, at(9))).unwrap();
                through.fetch_add(usize::from(taken), std::sync::atomic::Ordering::SeqCst);
            });
        }
    });
    assert_eq!(through.into_inner(), 1);
}

fn a_challenge_is_taken_once(database: &Database) {
    let store = &database.store;
    let challenge = |key: &str, until| Challenge {
        key: key.into(),
        account: id(1),
        purpose: "passkey".into(),
        state: "{}".into(),
        expires_at: at(until),
    };
    store
        .write::<_, StoreError>(|writer| {
            writer.add_challenge(&challenge("old", 10), at(0))?;
            writer.add_challenge(&challenge("new", 100), at(10))
        })
        .unwrap();
    let take = |key: &str| store.write::<_, StoreError>(|writer| writer.take_challenge(key)).unwrap();
    assert!(take("old").is_none(), "what no longer counts is forgotten");
    assert!(take("new") == Some(challenge("new", 100)));
    assert!(take("new").is_none());
}

fn devices_are_known_by_account(database: &Database) {
    let store = &database.store;
    let knows = |account, device: &str| {
        store.read::<_, StoreError>(|reader| reader.knows_device(&id(account), device)).unwrap()
    };
    assert_eq!(knows(1, "a"), (false, false));
    for second in [0, 5] {
        store.write::<_, StoreError>(|writer| writer.note_device(&id(1), "a", at(second))).unwrap();
    }
    assert_eq!((knows(1, "a"), knows(1, "b"), knows(2, "a")), ((true, true), (false, true), (false, false)));
    let any = |device: &str| store.read::<_, StoreError>(|reader| reader.is_device(device)).unwrap();
    assert_eq!((any("a"), any("b")), (true, false));
}
