//! Somebody lost the telephone and the recovery codes: one administrator asks, another approves, and what was enrolled is
//! gone with the approval. On both databases.

use chrono::TimeDelta;
use identity::second::{self, Awaits, reset};
use identity::{SignedIn, names};
use ledger::{Change, Principal, Record, Refusal};
use serde_json::json;
use store::Store;

use super::second::enrol;
use super::world::{PASSWORD, World, words};

fn ask(world: &World, who: &Principal, account: &Record) -> Result<Record, Refusal> {
    let values = json!({ "account": account.id, "confirmation": "窓口で職員証と顔を見比べた", "lost": "公用の電話" });
    let change = Change::create(reset::LEDGER, values.as_object().unwrap().clone());
    world.store.write(|tx| world.kernel.commit(tx, who, change.clone()))
}

fn take(world: &World, who: &Principal, request: &Record, transition: &str) -> Result<Record, Refusal> {
    let change = Change::transition(reset::LEDGER, &request.id, request.revision, transition).because("見本の理由");
    world.store.write(|tx| world.kernel.commit(tx, who, change.clone()))
}

/// The one who lost everything, with an open session, and their account.
fn loser(world: &World) -> (Record, SignedIn) {
    let account = world.account_with_password("jinji01", "見本 花子");
    let open = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    enrol(world, &open);
    (account, open)
}

fn administrator(world: &World, login: &str, name: &str) -> (Record, Principal) {
    let account = world.account_with_password(login, name);
    world.grant(&account, "administrator", None, "2026-04-01", None);
    let who = world.sign_in(login, PASSWORD).ok().unwrap().principal;
    (account, who)
}

fn kinds(world: &World, account: &Record) -> Vec<String> {
    world.store.read(|tx| tx.second_factors(&account.id)).unwrap().into_iter().map(|factor| factor.kind).collect()
}

fn approved_by_another(store: Store) {
    let world = World::over(store);
    let (account, open) = loser(&world);
    let (_, first) = administrator(&world, "kanri01", "見本 次郎");
    let (_, other) = administrator(&world, "kanri02", "見本 三郎");
    let stranger = world.account_with_password("soumu01", "見本 太郎");
    let nobody = world.sign_in("soumu01", PASSWORD).ok().unwrap().principal;
    assert_eq!(world.sign_in("jinji01", PASSWORD).ok().unwrap().awaits, Awaits::Proof);

    assert!(ask(&world, &nobody, &account).is_err(), "whoever administers nothing asks nothing");
    let request = ask(&world, &first, &account).unwrap();
    assert_eq!(request.state, "requested");
    world.advance(TimeDelta::minutes(5));
    assert!(words(take(&world, &first, &request, "approve")).contains("二者確認"), "not by whoever asked");
    assert!(take(&world, &nobody, &request, "approve").is_err());
    assert_eq!(kinds(&world, &account).len(), 1 + second::CODES, "asking alone takes nothing away");
    assert!(world.resolve_any(&open.secret).is_some());

    let done = take(&world, &other, &request, "approve").unwrap();
    assert_eq!(done.state, "done");
    assert!(kinds(&world, &account).is_empty(), "device and recovery codes");
    assert!(world.resolve_any(&open.secret).is_none(), "and every session");
    assert_eq!(world.sign_in("jinji01", PASSWORD).ok().unwrap().awaits, Awaits::Nothing);
    let told: Vec<(String, String)> = world
        .entries()
        .into_iter()
        .filter(|entry| entry.record == request.id || entry.act == names::act::FACTORS_RESET)
        .map(|entry| (entry.act, entry.actor.login))
        .collect();
    let mut acts: Vec<(&str, &str)> = told.iter().map(|(act, who)| (act.as_str(), who.as_str())).collect();
    acts.sort_unstable();
    assert_eq!(
        acts,
        [("create", "kanri01"), (names::act::FACTORS_RESET, "kanri02"), ("transition:approve", "kanri02")]
    );
    assert!(kinds(&world, &stranger).is_empty());
}

fn refused_or_for_oneself(store: Store) {
    let world = World::over(store);
    let (account, open) = loser(&world);
    let (mine, first) = administrator(&world, "kanri01", "見本 次郎");
    let (_, other) = administrator(&world, "kanri02", "見本 三郎");
    assert!(words(ask(&world, &first, &mine)).contains("自分の二段階認証は解除できません"));
    let request = ask(&world, &first, &account).unwrap();
    let refused = take(&world, &other, &request, "refuse").unwrap();
    assert_eq!(refused.state, "refused");
    assert!(take(&world, &other, &refused, "approve").is_err(), "a refused request stays refused");
    assert_eq!(kinds(&world, &account).len(), 1 + second::CODES);
    assert!(world.resolve_any(&open.secret).is_some());
}

#[test]
fn lost_factors_are_taken_away_when_a_second_administrator_approves() {
    testkit::on_each_database(approved_by_another);
}

#[test]
fn nobody_resets_their_own_factors_and_a_refusal_takes_nothing_away() {
    testkit::on_each_database(refused_or_for_oneself);
}
