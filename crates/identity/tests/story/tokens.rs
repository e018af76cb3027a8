use chrono::TimeDelta;
use identity::token::{self, Machine, NewToken};
use identity::{Origin, Secret, names};
use journal::Channel;
use ledger::port::Token;
use ledger::{Principal, Refusal, Standing};

use super::world::World;

fn wanted(world: &World) -> NewToken {
    NewToken {
        name: "給与システム".into(),
        role: world.kernel.catalogue.roles.keys().next().unwrap().clone(),
        office: None,
        read_only: true,
        expires_at: None,
    }
}

fn create(world: &World, new: &NewToken) -> Result<(Secret, Token), Refusal> {
    let who = Principal::system("token");
    world.store.write(|tx| token::create(tx, &world.kernel, &world.settings, &who, new))
}

fn resolve(world: &World, text: &str) -> Option<Machine> {
    let origin = Origin::new(Channel::Api, Some("192.0.2.20".into()), None);
    world.store.read(|tx| token::resolve(tx, &world.kernel, text, &origin)).unwrap()
}

#[test]
fn a_token_acts_in_its_one_role_until_its_end() {
    let world = World::new();
    let ministry = world.organisation("1", "見本省", None);
    let section = world.organisation("11", "見本課", Some(&ministry));
    world.organisation("2", "別省", None);
    let new = NewToken { office: Some(ministry.id.clone()), ..wanted(&world) };
    let (text, token) = create(&world, &new).unwrap();
    assert!(text.expose().starts_with(&format!("daicho_{}_", token.id)));
    assert_eq!(token.expires_at - token.created_at, TimeDelta::days(90));

    let machine = resolve(&world, text.expose()).unwrap();
    assert!(machine.read_only);
    let principal = machine.principal;
    assert_eq!((principal.standing, principal.name.as_str()), (Standing::Machine, "給与システム"));
    assert_eq!((principal.actor.account.as_str(), principal.actor.channel), (token.id.as_str(), Channel::Api));
    assert_eq!(principal.person(), None);
    let [held] = principal.roles.as_slice() else { panic!("one role") };
    let mut offices = held.offices.clone().unwrap();
    offices.sort();
    let mut expected = vec![ministry.id, section.id];
    expected.sort();
    assert_eq!((held.role.as_str(), offices), (new.role.as_str(), expected));

    world.advance(TimeDelta::days(90) - TimeDelta::seconds(1));
    assert!(resolve(&world, text.expose()).is_some());
    world.advance(TimeDelta::seconds(1));
    assert!(resolve(&world, text.expose()).is_none());
}

#[test]
fn a_token_that_was_altered_or_withdrawn_opens_nothing() {
    let world = World::new();
    let (text, token) = create(&world, &wanted(&world)).unwrap();
    let (_, other) = create(&world, &wanted(&world)).unwrap();
    let text = text.expose();
    for altered in [
        text.replace(&token.id, &other.id),
        text[..text.len() - 1].to_string(),
        format!("{text}x"),
        format!("daicho_{}_{}", token.id, token.key),
        text.to_uppercase(),
        String::new(),
    ] {
        assert!(resolve(&world, &altered).is_none(), "{altered}");
    }
    let who = Principal::system("token");
    let revoke = |id: &str| world.store.write(|tx| token::revoke(tx, &world.kernel, &who, id)).unwrap();
    assert!(!revoke("01KAMA6T4R9E8ZJX5V0B3H7CQW"));
    assert!(resolve(&world, text).is_some());
    assert!(revoke(&token.id));
    assert!(resolve(&world, text).is_none());
    let listed = world.store.read(|tx| token::list(tx)).unwrap();
    assert_eq!(listed.iter().filter(|token| token.revoked_at.is_some()).count(), 1);
}

#[test]
fn the_journal_tells_of_tokens_but_not_their_secrets() {
    let world = World::new();
    let (text, token) = create(&world, &wanted(&world)).unwrap();
    let who = Principal::system("token");
    world.store.write(|tx| token::revoke(tx, &world.kernel, &who, &token.id)).unwrap();
    let entries = world.entries();
    let acts: Vec<&str> = entries.iter().map(|entry| entry.act.as_str()).take(2).collect();
    assert_eq!(acts, [names::act::TOKEN_REVOKED, names::act::TOKEN_CREATED]);
    assert_eq!(entries[1].changes["token"].after, token.id.as_str());
    let secret = text.expose().rsplit_once(&format!("{}_", token.id)).unwrap().1;
    for entry in &entries {
        let bytes = String::from_utf8(entry.canonical()).unwrap();
        assert!(!bytes.contains(secret) && !bytes.contains(&token.key));
    }
}

#[test]
fn a_token_without_sense_is_refused_field_by_field() {
    let world = World::new();
    let past = world.kernel.now();
    for (field, new) in [
        ("name", NewToken { name: "  ".into(), ..wanted(&world) }),
        ("name", NewToken { name: "長".repeat(101), ..wanted(&world) }),
        ("role", NewToken { role: "no_such_role".into(), ..wanted(&world) }),
        ("office", NewToken { office: Some("01KAMA6T4R9E8ZJX5V0B3H7CQW".into()), ..wanted(&world) }),
        ("expires_at", NewToken { expires_at: Some(past), ..wanted(&world) }),
    ] {
        match create(&world, &new) {
            Err(Refusal::Invalid(problems)) => assert_eq!(problems[0].field, field),
            _ => panic!("{field} was not refused"),
        }
    }
    assert_eq!(world.store.read(|tx| token::list(tx)).unwrap(), vec![]);
}
