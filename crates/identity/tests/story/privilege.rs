use chrono::TimeDelta;
use identity::{principal, privilege};
use ledger::{Change, Principal, Record, Refusal};
use serde_json::{Value, json};

use super::world::{World, origin, words};

fn load(world: &World, account: &Record) -> Principal {
    world.store.read(|tx| principal::load(tx, &world.kernel, &account.id, &origin())).unwrap().unwrap()
}

fn ask(world: &World, who: &Principal, values: Value) -> Result<Record, Refusal> {
    let change = Change::create(privilege::LEDGER, values.as_object().unwrap().clone());
    world.store.write(|tx| world.kernel.commit(tx, who, change.clone()))
}

fn take(world: &World, who: &Principal, request: &Record, transition: &str) -> Result<Record, Refusal> {
    let now = world.store.read(|tx| tx.record(privilege::LEDGER, &request.id)).unwrap().unwrap();
    let change = Change::transition(privilege::LEDGER, &request.id, now.revision, transition).because("見本の理由");
    world.store.write(|tx| world.kernel.commit(tx, who, change.clone()))
}

fn request(from: &str, to: &str) -> Value {
    json!({
        "role": "administrator", "reason": "利用者の登録", "starts_at": format!("2026-11-20T{from}:00+09:00"),
        "ends_at": format!("2026-11-20T{to}:00+09:00"),
    })
}

#[test]
fn a_privileged_role_holds_after_approval_by_another_and_between_two_instants_only() {
    let world = World::new();
    let (operator, officer) = (world.account("sousa", "見本 操作"), world.account("hogo", "見本 保護"));
    world.grant(&officer, "security_officer", None, "2026-04-01", None);
    let (me, other) = (load(&world, &operator), load(&world, &officer));
    let holds = || load(&world, &operator).holds("administrator");
    // It is nine o'clock.
    let asked = ask(&world, &me, request("10:00", "12:00")).unwrap();
    assert_eq!((asked.text("account"), asked.state.as_str()), (Some(operator.id.as_str()), "requested"));
    assert!(!holds());
    assert!(words(take(&world, &me, &asked, "approve")).contains("権限がありません"));
    take(&world, &other, &asked, "approve").unwrap();
    for (minutes, held) in [(0, false), (59, false), (1, true), (119, true), (1, false)] {
        world.advance(TimeDelta::minutes(minutes));
        assert_eq!(holds(), held, "{}", world.kernel.now());
    }
    assert!(world.store.read(|tx| privilege::any_expired(tx, world.kernel.now())).unwrap());
    let ended = world.store.write(|tx| privilege::end_expired(tx, &world.kernel)).unwrap();
    assert_eq!(ended, 1);
    let acts: Vec<(String, String)> = world
        .entries()
        .into_iter()
        .filter(|entry| entry.record == asked.id)
        .map(|entry| (entry.act, entry.actor.login))
        .collect();
    let told: Vec<(&str, &str)> = acts.iter().map(|(act, who)| (act.as_str(), who.as_str())).collect();
    assert_eq!(told, [("transition:end", "privilege"), ("transition:approve", "hogo"), ("create", "sousa")]);
}

#[test]
fn four_eyes_hours_and_the_past_are_kept() {
    let world = World::new();
    let officer = world.account("hogo", "見本 保護");
    world.grant(&officer, "security_officer", None, "2026-04-01", None);
    let me = load(&world, &officer);
    let asked = ask(&world, &me, request("10:00", "12:00")).unwrap();
    assert!(words(take(&world, &me, &asked, "approve")).contains("二者確認"), "nobody approves their own request");
    assert!(words(ask(&world, &me, request("10:00", "18:01"))).contains("8時間まで"));
    assert!(words(ask(&world, &me, request("07:00", "09:00"))).contains("終了の時刻が過ぎています"));
    let other = world.account("betsu", "見本 別");
    let mut foreign = request("10:00", "12:00");
    foreign["account"] = json!(other.id);
    assert!(words(ask(&world, &me, foreign)).contains("ほかの人の権限は申請できません"));
}

#[test]
fn a_role_is_given_back_before_its_time_and_a_stopped_account_gets_none() {
    let world = World::new();
    let (operator, officer) = (world.account("sousa", "見本 操作"), world.account("hogo", "見本 保護"));
    world.grant(&officer, "security_officer", None, "2026-04-01", None);
    let (me, other) = (load(&world, &operator), load(&world, &officer));
    let first = ask(&world, &me, request("09:00", "12:00")).unwrap();
    take(&world, &other, &first, "approve").unwrap();
    assert!(load(&world, &operator).holds("administrator"));
    take(&world, &me, &first, "end").unwrap();
    assert!(!load(&world, &operator).holds("administrator"));
    let second = ask(&world, &me, request("09:00", "12:00")).unwrap();
    world.take(&operator, "suspend");
    assert!(words(take(&world, &other, &second, "approve")).contains("利用中ではありません"));
}
