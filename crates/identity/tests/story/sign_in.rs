use identity::{Arrival, Password, SignInRefused, names, sign_in};

use super::world::{PASSWORD, World, origin};

#[test]
fn a_right_password_opens_a_session_that_the_cookie_resolves() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let signed_in = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    assert!(!signed_in.must_change);
    assert_eq!(signed_in.session.key, signed_in.secret.key());
    assert_ne!(signed_in.session.key, signed_in.secret.expose());
    assert_ne!(signed_in.session.form_secret, signed_in.secret.expose());

    let resolved = world.resolve(&signed_in.secret).unwrap();
    assert_eq!(resolved.session, signed_in.session);
    assert_eq!(resolved.principal, signed_in.principal);
    let actor = &resolved.principal.actor;
    assert_eq!((actor.account.as_str(), actor.login.as_str()), (account.id.as_str(), "jinji01"));
    assert_eq!(actor.person.as_deref(), account.text(names::account::PERSON));
    assert_eq!((actor.address.as_deref(), actor.device.as_deref()), (Some("192.0.2.10"), Some("見本の端末")));
    assert_eq!(resolved.principal.name, "見本 花子");
    assert!(resolved.principal.holds("everyone"));

    let entry = world.newest_entry();
    assert_eq!((entry.act.as_str(), entry.ledger.as_str()), (names::act::SIGN_IN, "account"));
    assert_eq!(entry.record, account.id);
    assert_eq!(entry.actor, *actor);
}

#[test]
fn names_are_found_as_people_type_them() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    for login in ["jinji01", " jinji01 ", "Jinji01", "ｊｉｎｊｉ０１"] {
        assert!(world.sign_in(login, PASSWORD).is_ok(), "{login}");
    }
}

#[test]
fn every_failure_says_the_same_and_the_journal_says_which() {
    let world = World::new();
    let known = world.account_with_password("jinji01", "見本 花子");
    let bare = world.account("soumu01", "見本 太郎");
    let suspended = world.account_with_password("kaikei01", "見本 次郎");
    world.take(&suspended, "suspend");
    let long = "x".repeat(2_000);
    for (login, password, record, recorded_login, reason) in [
        ("jinji01", "wrong password 1", known.id.as_str(), "jinji01", "パスワードの不一致"),
        ("jinji01", "", known.id.as_str(), "jinji01", "パスワードの不一致"),
        ("jinji01", long.as_str(), known.id.as_str(), "jinji01", "パスワードの不一致"),
        ("soumu01", PASSWORD, bare.id.as_str(), "soumu01", "パスワードの設定なし"),
        ("kaikei01", PASSWORD, suspended.id.as_str(), "kaikei01", "利用者が利用できる状態にない"),
        ("kaikei01", "wrong password 2", suspended.id.as_str(), "kaikei01", "パスワードの不一致"),
        ("himitsu-password", PASSWORD, "", "unknown", "利用者名の登録なし"),
        ("", "", "", "unknown", "利用者名の登録なし"),
    ] {
        let refused = world.sign_in(login, password).err();
        assert_eq!(refused, Some(SignInRefused), "{login}");
        assert_eq!(SignInRefused.to_string(), "利用者名またはパスワードが正しくありません。");
        let entry = world.newest_entry();
        assert_eq!(entry.act, names::act::SIGN_IN_FAILED, "{login}");
        assert_eq!((entry.record.as_str(), entry.actor.login.as_str()), (record, recorded_login));
        assert_eq!((entry.actor.account.as_str(), entry.actor.person.as_deref()), ("anonymous", None));
        assert_eq!(entry.reason.as_deref(), Some(reason));
        assert_eq!(entry.actor.address.as_deref(), Some("192.0.2.10"));
    }
    let journal: String = world.entries().iter().map(|entry| String::from_utf8(entry.canonical()).unwrap()).collect();
    for secret in [PASSWORD, "wrong password", "himitsu-password", "argon2id"] {
        assert!(!journal.contains(secret), "{secret} is in the journal");
    }
}

#[test]
fn every_sign_in_has_a_new_secret_and_ends_the_session_before() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    let first = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let second = world.sign_in_replacing("jinji01", PASSWORD, Some(&first.secret)).ok().unwrap();
    assert_ne!(first.secret.expose(), second.secret.expose());
    assert_ne!(first.session.form_secret, second.session.form_secret);
    assert!(world.resolve(&first.secret).is_none());
    assert!(world.resolve(&second.secret).is_some());
    // What the database keeps opens nothing.
    assert!(world.resolve(&identity::Secret::from_text(second.session.key)).is_none());
}

#[test]
fn what_changes_while_the_password_is_checked_counts() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let check = || {
        let candidate = world.store.read(|tx| sign_in::read_candidate(tx, "jinji01")).unwrap();
        sign_in::check(&world.kernel, &world.settings, candidate, &Password::new(PASSWORD))
    };
    let open = |checked: &sign_in::Checked| {
        let origin = origin();
        let arrival = Arrival::new(&origin);
        world.store.write(|tx| sign_in::open(tx, &world.kernel, &world.settings, checked, &arrival)).unwrap().err()
    };
    let checked = check();
    world.set_password(&account, "another password 2");
    assert_eq!(open(&checked), Some(SignInRefused));
    assert_eq!(world.newest_entry().reason.as_deref(), Some("確認中にパスワードが変更された"));

    world.set_password(&account, PASSWORD);
    let checked = check();
    world.take(&account, "suspend");
    assert_eq!(open(&checked), Some(SignInRefused));
    assert_eq!(world.newest_entry().reason.as_deref(), Some("利用者が利用できる状態にない"));
}
