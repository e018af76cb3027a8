use chrono::TimeDelta;
use identity::accounts::{daily, review};
use identity::names::{account, role_grant};
use identity::principal;
use ledger::{Change, Principal, Record, Refusal};
use serde_json::{Value, json};

use super::world::{PASSWORD, World, origin};

fn now(world: &World, record: &Record) -> Record {
    world.store.read(|tx| tx.record(&record.ledger, &record.id)).unwrap().unwrap()
}

fn try_commit(world: &World, change: Change) -> Result<Record, Refusal> {
    let who = Principal::system("story");
    world.store.write(|tx| world.kernel.commit(tx, &who, change.clone()))
}

fn amend(world: &World, record: &Record, values: Value) -> Result<Record, Refusal> {
    let record = now(world, record);
    try_commit(world, Change::amend(&record.ledger, &record.id, record.revision, values.as_object().unwrap().clone()))
}

fn told(refused: Result<Record, Refusal>) -> String {
    match refused {
        Err(Refusal::Invalid(problems)) => problems.iter().map(|one| one.message.clone()).collect(),
        Err(other) => other.to_string(),
        Ok(record) => panic!("not refused: {record:?}"),
    }
}

fn run_day(world: &World) -> u64 {
    world.store.write(|tx| daily::follow(tx, &world.kernel)).unwrap()
}

fn roles(world: &World, account: &Record) -> Option<Vec<String>> {
    let load = world.store.read(|tx| principal::load(tx, &world.kernel, &account.id, &origin())).unwrap();
    load.map(|who| who.roles.into_iter().map(|held| held.role).collect())
}

fn person_of(account: &Record) -> String {
    account.text(account::PERSON).unwrap().to_string()
}

struct Office {
    organisation: Record,
    head: Record,
    staff: Record,
}

fn office(world: &World, code: &str, parent: Option<&Record>) -> Office {
    let organisation = world.organisation(code, &format!("見本{code}課"), parent);
    let post = |name: &str, rank: &str, code: &str| {
        world.make("post", json!({ "code": code, "name": name, "organisation": organisation.id, "rank": rank }))
    };
    Office {
        head: post("見本課長", "director", &format!("{code}1")),
        staff: post("見本係員", "staff", &format!("{code}2")),
        organisation,
    }
}

fn assign(world: &World, account: &Record, post: &Record, from: &str, to: Option<&str>) -> Record {
    world.make(
        "assignment",
        json!({ "person": person_of(account), "post": post.id, "start_on": from, "end_on": to, "kind": "main" }),
    )
}

#[test]
fn an_account_that_nobody_uses_is_warned_of_and_then_stopped() {
    let world = World::new();
    let unused = world.account_with_password("tsukawanai", "見本 一");
    world.account_with_password("tsukau", "見本 二");
    world
        .store
        .write(|tx| {
            let person = tx.record("person", &person_of(&unused))?.unwrap();
            let mail = json!({ "mail": "ichi@mihon.example" }).as_object().unwrap().clone();
            let who = Principal::system("story");
            world.kernel.commit(tx, &who, Change::amend("person", &person.id, person.revision, mail))
        })
        .unwrap();
    // Disuse is counted from the first night on.
    assert_eq!(run_day(&world), 0);
    // 20 November + 76 days is 14 days before the end.
    for (days, mails, stopped) in [(75, 0, false), (1, 1, false), (13, 1, false), (1, 1, true)] {
        world.advance(TimeDelta::days(days));
        if !stopped {
            world.sign_in("tsukau", PASSWORD).unwrap();
        }
        run_day(&world);
        let sent = world.store.read(|tx| tx.mails(10)).unwrap();
        assert_eq!(sent.len(), mails, "after {days} more days");
        assert_eq!(now(&world, &unused).state == account::SUSPENDED, stopped);
    }
    let stopped = now(&world, &unused);
    assert_eq!(stopped.text(account::STOPPED_FOR), Some("unused"));
    assert!(world.sign_in("tsukawanai", PASSWORD).is_err());
    assert!(world.sign_in("tsukau", PASSWORD).is_ok());
    let entry = world
        .entries()
        .into_iter()
        .find(|entry| entry.record == unused.id && entry.act == "transition:suspend")
        .unwrap();
    assert_eq!(entry.reason.as_deref(), Some("90日間サインインがないため"));
    // An administrator lets it go on; the ninety days begin anew.
    world.take(&stopped, "resume");
    assert_eq!(run_day(&world), 0);
    assert_eq!(now(&world, &unused).text(account::STOPPED_FOR), None);
}

#[test]
fn the_days_of_disuse_are_a_dated_setting_and_the_last_administrator_stays() {
    let world = World::new();
    let admin = world.account_with_password("kanri", "見本 三");
    let other = world.account_with_password("hoka", "見本 四");
    world.grant(&admin, "administrator", None, "2026-04-01", None);
    world.make("account_rule", json!({ "valid_from": "2026-12-01", "unused_days": 30, "warn_days": 7 }));
    assert_eq!(run_day(&world), 0);
    world.advance(TimeDelta::days(10));
    assert_eq!(run_day(&world), 0, "30 November, ten days unused");
    world.advance(TimeDelta::days(20));
    assert_eq!(run_day(&world), 1);
    assert_eq!(now(&world, &other).state, account::SUSPENDED);
    assert_eq!(now(&world, &admin).state, account::ACTIVE, "nobody else could let anybody in again");
}

#[test]
fn nobody_is_stopped_for_the_time_before_disuse_was_counted() {
    let world = World::new();
    let old = world.account("mukashi", "見本 昔");
    world.advance(TimeDelta::days(400));
    assert_eq!(run_day(&world), 0, "an installation that was brought up to date knows of no use");
    for (days, changed) in [(89, 0), (1, 1)] {
        world.advance(TimeDelta::days(days));
        assert_eq!(run_day(&world), changed);
    }
    assert_eq!(now(&world, &old).state, account::SUSPENDED);
}

#[test]
fn sign_in_names_are_never_used_twice() {
    let world = World::new();
    let old = world.account("suzuki01", "見本 五");
    let new = |login: &str, person: Value| {
        let values = json!({ account::LOGIN: login, account::PERSON: person });
        let mut values = values.as_object().unwrap().clone();
        values.retain(|_, value| !value.is_null());
        try_commit(&world, Change::create(account::LEDGER, values))
    };
    assert!(told(amend(&world, &old, json!({ "login": "sato01" }))).contains("利用者名は変えられません"));
    let other = world.make("person", json!({ "number": "9999", "name": "見本 六" }));
    assert!(told(amend(&world, &old, json!({ "person": other.id }))).contains("別の職員に移すことはできません"));
    assert!(told(new("tanaka01", json!(person_of(&old)))).contains("この職員の利用者がすでにいます"));
    let closed = world.take(&old, "close");
    for name in ["suzuki01", "SUZUKI01", "ｓｕｚｕｋｉ０１"] {
        assert!(told(new(name, Value::Null)).contains("使い回せません"), "{name}");
    }
    let back = Change::transition(account::LEDGER, &closed.id, closed.revision, "resume").because("見本の理由");
    assert!(told(try_commit(&world, back)).contains("今の状態「廃止」"));
    // The person comes back under another name.
    assert!(new("suzuki02", json!(person_of(&old))).is_ok());
}

#[test]
fn whoever_leaves_stops_with_all_roles_and_people_are_told_what_to_take_back() {
    let world = World::new();
    let leaver = world.account_with_password("taishoku", "見本 七");
    let grant = world.grant(&leaver, "personnel", None, "2026-04-01", None);
    let secret = world.sign_in("taishoku", PASSWORD).unwrap().secret;
    let person = world.store.read(|tx| tx.record("person", &person_of(&leaver))).unwrap().unwrap();
    amend(&world, &person, json!({ "retired_on": "2026-11-30" })).unwrap();
    world.advance(TimeDelta::days(10));
    world.sign_in("taishoku", PASSWORD).unwrap();
    assert_eq!(run_day(&world), 0, "the last day is a day of work");
    world.advance(TimeDelta::days(1));
    assert!(run_day(&world) > 0);
    let stopped = now(&world, &leaver);
    assert_eq!((stopped.state.as_str(), stopped.text(account::STOPPED_FOR)), (account::SUSPENDED, Some("left")));
    assert!(world.resolve(&secret).is_none());
    assert_eq!(now(&world, &grant).text(role_grant::VALID_TO), Some("2026-11-30"));
    let ends = world.store.read(|tx| tx.find(&all("access_end"))).unwrap();
    assert_eq!(ends.len(), 1);
    assert_eq!((ends[0].text("cause"), ends[0].text("occurred_on")), (Some("left"), Some("2026-11-30")));
    // It is not let go on while the person's record says so, and not finished while a key is out.
    let back = Change::transition(account::LEDGER, &stopped.id, stopped.revision, "resume").because("見本の理由");
    assert!(told(try_commit(&world, back)).contains("退職した職員の利用者は再開できません"));
    let finish = |values: Value| {
        Change::transition("access_end", &ends[0].id, 1, "finish").with(values.as_object().unwrap().clone())
    };
    assert!(told(try_commit(&world, finish(json!({ "returned": "なし" })))).contains("認証の手段"));
    let done = try_commit(&world, finish(json!({ "returned": "職員証、鍵1本", "authenticator": true }))).unwrap();
    assert_eq!((done.state.as_str(), done.text("checked_on")), ("done", Some("2026-12-01")));
    assert_eq!(run_day(&world), 0, "once is enough");
}

#[test]
fn a_retirement_written_late_takes_effect_at_once() {
    let world = World::new();
    let leaver = world.account("okure", "見本 八");
    let person = world.store.read(|tx| tx.record("person", &person_of(&leaver))).unwrap().unwrap();
    amend(&world, &person, json!({ "retired_on": "2026-11-01" })).unwrap();
    assert_eq!(now(&world, &leaver).state, account::SUSPENDED);
}

#[test]
fn roles_end_with_the_assignment_they_were_given_for() {
    let world = World::new();
    let section = office(&world, "0101", None);
    let mover = world.account("idou", "見本 九");
    let assignment = assign(&world, &mover, &section.staff, "2026-04-01", None);
    let tied =
        world.make("role_grant", json!({ "account": mover.id, "role": "personnel", "valid_from": "2026-04-01" }));
    let stays = world.make(
        "role_grant",
        json!({ "account": mover.id, "role": "auditor", "valid_from": "2026-04-01", "stays": true }),
    );
    assert_eq!(tied.text(role_grant::ASSIGNMENT), Some(assignment.id.as_str()));
    assert_eq!(stays.text(role_grant::ASSIGNMENT), None);
    assert_eq!(roles(&world, &mover).unwrap(), ["auditor", "personnel"]);
    amend(&world, &assignment, json!({ "end_on": "2026-11-25" })).unwrap();
    assert_eq!(now(&world, &tied).text(role_grant::VALID_TO), Some("2026-11-25"));
    for (days, held) in [(5, vec!["auditor", "personnel"]), (1, vec!["auditor"])] {
        world.advance(TimeDelta::days(days));
        assert_eq!(roles(&world, &mover).unwrap(), held);
    }
    let ends = world.store.read(|tx| tx.find(&all("access_end"))).unwrap();
    assert_eq!((ends[0].text("cause"), ends[0].text("roles")), (Some("transfer"), Some("人事担当")));
    // A transfer that is taken back gives the role back.
    amend(&world, &assignment, json!({ "end_on": Value::Null })).unwrap();
    assert_eq!(now(&world, &tied).text(role_grant::VALID_TO), None);
    assert_eq!(roles(&world, &mover).unwrap(), ["auditor", "personnel"]);
}

#[test]
fn whoever_is_away_stops_and_goes_on_afterwards() {
    let world = World::new();
    let away = world.account_with_password("kyuushoku", "見本 十");
    let stays = world.account_with_password("haken", "見本 十一");
    for (account, keeps) in [(&away, false), (&stays, true)] {
        world.make(
            "absence",
            json!({ "person": person_of(account), "kind": "leave", "start_on": "2026-11-25", "end_on": "2026-12-10", "keeps_account": keeps }),
        );
    }
    for (days, state) in [(4, account::ACTIVE), (1, account::SUSPENDED), (15, account::SUSPENDED), (1, account::ACTIVE)]
    {
        world.advance(TimeDelta::days(days));
        run_day(&world);
        assert_eq!(now(&world, &away).state, state);
        assert_eq!(now(&world, &stays).state, account::ACTIVE);
    }
    assert!(world.sign_in("kyuushoku", PASSWORD).is_ok());
    // An account that an administrator stopped does not go on by itself.
    let stopped = world.take(&now(&world, &stays), "suspend");
    run_day(&world);
    assert_eq!(now(&world, &stopped).state, account::SUSPENDED);
}

#[test]
fn each_head_confirms_the_accounts_of_the_office_every_quarter() {
    let world = World::new();
    let bureau = office(&world, "02", None);
    let section = office(&world, "0201", Some(&bureau.organisation));
    let (director, chief, clerk) = (
        world.account("kyokuchou", "見本 局長"),
        world.account("kachou", "見本 課長"),
        world.account("kakari", "見本 係"),
    );
    assign(&world, &director, &bureau.head, "2026-04-01", None);
    assign(&world, &chief, &section.head, "2026-04-01", None);
    assign(&world, &clerk, &section.staff, "2026-04-01", None);
    world.make("account", json!({ "login": "kikai" }));
    world.grant(&clerk, "administrator", None, "2026-04-01", None);
    let begin = || world.store.write(|tx| review::begin(tx, &world.kernel)).unwrap();
    assert_eq!(begin(), 0, "the quarter in which the accounts were made");
    world.advance(TimeDelta::days(42));
    assert_eq!(begin(), 3, "1 January: the section's, the bureau's, and of whom belongs to no office");
    assert_eq!(begin(), 0);
    let reviews = world.store.read(|tx| tx.find(&all(review::LEDGER))).unwrap();
    let of = |reviewer: Option<String>| {
        reviews.iter().find(|one| one.text("reviewer").map(String::from) == reviewer).unwrap()
    };
    let logins = |review: &Record| -> Vec<String> {
        review.value("lines").as_array().unwrap().iter().map(|line| line["login"].as_str().unwrap().into()).collect()
    };
    assert_eq!(logins(of(Some(person_of(&chief)))), ["kakari"]);
    assert_eq!(logins(of(Some(person_of(&director)))), ["kachou"], "nobody confirms themselves");
    assert_eq!(logins(of(None)), ["kyokuchou", "kikai"]);
    let mine = of(Some(person_of(&chief)));
    assert_eq!(mine.value("lines")[0]["standing"], json!(true), "a standing administrator is flagged");
    assert_eq!((mine.text("period_from"), mine.text("due_on")), (Some("2027-01-01"), Some("2027-01-31")));
    let confirm = |lines: Value| {
        Change::transition(review::LEDGER, &mine.id, mine.revision, "confirm")
            .with(json!({ "lines": lines }).as_object().unwrap().clone())
    };
    let mut lines = mine.value("lines").clone();
    assert!(told(try_commit(&world, confirm(lines.clone()))).contains("判断していない利用者"));
    lines[0]["decision"] = json!("stop");
    let mut forged = lines.clone();
    forged[0]["login"] = json!("kachou");
    assert!(told(try_commit(&world, confirm(forged))).contains("行の追加や削除"));
    try_commit(&world, confirm(lines)).unwrap();
    let stopped = now(&world, &clerk);
    assert_eq!((stopped.state.as_str(), stopped.text(account::STOPPED_FOR)), (account::SUSPENDED, Some("reviewed")));
}

fn all(ledger: &str) -> ledger::query::Query {
    ledger::query::Query {
        ledger: ledger.into(),
        filter: ledger::query::Filter::Everything,
        sort: Vec::new(),
        after: None,
        limit: 100,
        as_of: None,
    }
}
