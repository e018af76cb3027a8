//! Passwords, sessions, tokens, desks, files and packs.

use ledger::port::{Attachment, Credential, DeskItem, Session, StoreError, StoredPack, Token};
use serde_json::json;

use crate::databases::Database;
use crate::people::{at, id};

on_both!(
    a_password_is_replaced,
    sessions_are_opened_used_and_ended,
    tokens_are_withdrawn_once,
    a_desk_belongs_to_one_account,
    files_keep_every_byte,
    packs_keep_their_versions,
);

fn a_password_is_replaced(database: &Database) {
    let store = &database.store;
    let credential = |hash: &str, second| Credential {
        account: id(1),
        password_hash: hash.into(),
        must_change: second == 0,
        set_at: at(second),
    };
    let current = || store.read::<_, StoreError>(|reader| reader.credential(&id(1))).unwrap();
    assert!(current().is_none());
    for second in [0, 5] {
        let credential = credential("$argon2id$sample", second);
        store.write::<_, StoreError>(|writer| writer.set_credential(&credential)).unwrap();
        assert!(current() == Some(credential));
    }
}

fn session(key: &str, account: u64, second: i64) -> Session {
    Session {
        key: key.into(),
        account: id(account),
        form_secret: "見本".into(),
        opened_at: at(second),
        seen_at: at(second),
        address: Some("192.0.2.1".into()),
        device: None,
        proven_at: at(second),
        second_at: None,
        locked_at: None,
    }
}

fn sessions_are_opened_used_and_ended(database: &Database) {
    let store = &database.store;
    let sessions = [session("a", 1, 0), session("b", 1, 10), session("c", 2, 20), session("d", 1, 30)];
    store
        .write::<_, StoreError>(|writer| sessions.iter().try_for_each(|session| writer.open_session(session)))
        .unwrap();
    let keys = |account: u64| -> Vec<String> {
        let found = store.read::<_, StoreError>(|reader| reader.sessions(&id(account))).unwrap();
        found.into_iter().map(|session| session.key).collect()
    };
    assert_eq!(keys(1), ["d", "b", "a"]);
    store
        .write::<_, StoreError>(|writer| {
            writer.touch_session("a", at(100))?;
            writer.touch_session("gone", at(100))?;
            writer.close_session("d")
        })
        .unwrap();
    let touched = store.read::<_, StoreError>(|reader| reader.session("a")).unwrap();
    assert_eq!(touched, Some(Session { seen_at: at(100), ..session("a", 1, 0) }));
    let idle = || store.read::<_, StoreError>(|reader| reader.idle_sessions(at(20))).unwrap();
    assert_eq!(idle().into_iter().map(|one| one.key).collect::<Vec<_>>(), ["b", "c"]);
    let lock = |key: &str| store.write::<_, StoreError>(|writer| writer.lock_session(key, at(130))).unwrap();
    assert_eq!((lock("b"), lock("b"), lock("gone")), (true, false, false), "a lock keeps its instant");
    assert_eq!(idle().len(), 1);
    let renewed = Session { second_at: Some(at(140)), proven_at: at(140), ..session("b2", 1, 10) };
    store.write::<_, StoreError>(|writer| writer.renew_session("b", &renewed)).unwrap();
    let pair = store.read::<_, StoreError>(|reader| Ok((reader.session("b")?, reader.session("b2")?))).unwrap();
    assert_eq!(pair, (None, Some(renewed)));
    assert_eq!(store.write::<_, StoreError>(|writer| writer.close_old_sessions(at(10))).unwrap(), 2);
    assert_eq!((keys(1), keys(2)), (vec![], vec!["c".to_owned()]));
    store.write::<_, StoreError>(|writer| writer.open_session(&session("a", 1, 0))).unwrap();
    assert_eq!(store.write::<_, StoreError>(|writer| writer.close_sessions(&id(1))).unwrap(), 1);
    assert_eq!(keys(1), [] as [String; 0]);
}

fn tokens_are_withdrawn_once(database: &Database) {
    let store = &database.store;
    let token = |number: u64| Token {
        id: id(number),
        key: format!("key{number}"),
        name: "見本連携".into(),
        role: "linkage".into(),
        office: (number == 1).then(|| id(70)),
        read_only: number == 1,
        expires_at: at(1000),
        created_at: at(number as i64),
        revoked_at: None,
    };
    store
        .write::<_, StoreError>(|writer| {
            writer.add_token(&token(1))?;
            writer.add_token(&token(2))
        })
        .unwrap();
    let revoke =
        |number, second| store.write::<_, StoreError>(|writer| writer.revoke_token(&id(number), at(second))).unwrap();
    assert!(revoke(1, 50) && revoke(1, 60) && !revoke(3, 50));
    let (one, none, all) = store
        .read::<_, StoreError>(|reader| Ok((reader.token("key1")?, reader.token("key9")?, reader.tokens()?)))
        .unwrap();
    let withdrawn = Token { revoked_at: Some(at(50)), ..token(1) };
    assert_eq!((one, none), (Some(withdrawn.clone()), None));
    assert_eq!(all, [token(2), withdrawn]);
}

fn a_desk_belongs_to_one_account(database: &Database) {
    let store = &database.store;
    let item =
        |key: &str, second| DeskItem {
            key: key.into(), value: json!({"a": [1, "葛\u{E0100}"]}), saved_at: at(second)
        };
    store
        .write::<_, StoreError>(|writer| {
            writer.set_desk(&id(1), &item("draft:person:new", 0))?;
            writer.set_desk(&id(1), &item("draft:person:new", 5))?;
            writer.set_desk(&id(1), &item("draft:%", 5))?;
            writer.set_desk(&id(1), &item("view:x", 5))?;
            writer.set_desk(&id(2), &item("draft:post:new", 5))
        })
        .unwrap();
    let items = |prefix: &str| store.read::<_, StoreError>(|reader| reader.desk_items(&id(1), prefix)).unwrap();
    assert_eq!(items("draft:"), [item("draft:%", 5), item("draft:person:new", 5)]);
    assert_eq!(items("draft:%"), [item("draft:%", 5)]);
    assert_eq!(items("").len(), 3);
    store.write::<_, StoreError>(|writer| writer.clear_desk(&id(1), "view:x")).unwrap();
    let (gone, there) = store
        .read::<_, StoreError>(|reader| Ok((reader.desk(&id(1), "view:x")?, reader.desk(&id(1), "draft:%")?)))
        .unwrap();
    assert_eq!((gone, there), (None, Some(item("draft:%", 5))));
}

fn files_keep_every_byte(database: &Database) {
    let attachment = Attachment {
        id: id(1),
        name: "見本\u{E0100}.pdf".into(),
        media_type: "application/pdf".into(),
        sha256: "00".into(),
        content: (0..=255).cycle().take(100_000).collect(),
        stored_by: id(900),
        stored_at: at(3),
    };
    database.store.write::<_, StoreError>(|writer| writer.add_attachment(&attachment)).unwrap();
    let found = database
        .store
        .read::<_, StoreError>(|reader| Ok((reader.attachment(&id(1))?, reader.attachment(&id(2))?)))
        .unwrap();
    assert_eq!(found, (Some(attachment), None));
}

fn packs_keep_their_versions(database: &Database) {
    let store = &database.store;
    let pack = |name: &str, installation: i64| StoredPack {
        name: name.into(),
        installation,
        files: vec![("pack.toml".into(), format!("# 第{installation}版\n")), ("a/b.typ".into(), "見本".into())],
        digest: format!("{installation}"),
        installed_at: at(installation),
        installed_by: id(900),
    };
    let newest = || store.read::<_, StoreError>(|reader| reader.newest_installation()).unwrap();
    assert_eq!(newest(), 0);
    for (name, expected) in [("core", 1), ("talent", 2), ("core", 3)] {
        // The number a pack brings along is of no account.
        let given = StoredPack { installation: 77, ..pack(name, expected) };
        assert_eq!(store.write::<_, StoreError>(|writer| writer.add_pack(&given)).unwrap(), expected);
    }
    assert_eq!(newest(), 3);
    let (packs, versions) =
        store.read::<_, StoreError>(|reader| Ok((reader.packs()?, reader.pack_versions("core")?))).unwrap();
    assert_eq!(packs, [pack("core", 3), pack("talent", 2)]);
    assert_eq!(versions, [pack("core", 3), pack("core", 1)]);
}
