use chrono::TimeDelta;
use identity::second::{self, Asked, Given, Purpose};
use identity::session::{self, Step};
use identity::{Arrival, Origin, Password, Secret, SignedIn, names, sign_in};
use ledger::port::{Protection, ProtectionProblem, StoreError, Writer};
use totp_rs::{Builder, Secret as TotpSecret};

use super::world::{PASSWORD, World, origin};

/// Locks by writing the place in front: enough to see that nothing is opened elsewhere and nothing is stored in clear.
struct Plain;

impl Protection for Plain {
    fn lock(&self, holder: &str, place: &str, clear: &[u8]) -> Result<String, ProtectionProblem> {
        Ok(format!("{holder}|{place}|{}", clear.iter().map(|byte| format!("{:02x}", byte ^ 0x5a)).collect::<String>()))
    }

    fn open(&self, holder: &str, place: &str, locked: &str) -> Result<Option<Vec<u8>>, ProtectionProblem> {
        let hex = locked.strip_prefix(&format!("{holder}|{place}|"));
        let hex = hex.ok_or_else(|| ProtectionProblem::Altered(place.into()))?;
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap() ^ 0x5a;
        Ok(Some((0..hex.len()).step_by(2).map(byte).collect()))
    }

    fn token(&self, _: &str, _: &[u8]) -> String {
        String::new()
    }
}

/// The code that an application would show: the library that we check with is asked for it by its secret in base 32, which
/// is read here by hand.
pub fn code(world: &World, typed: &str) -> String {
    let mut bits = String::new();
    for one in typed.chars().filter(|one| !one.is_whitespace()) {
        let five = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(one).unwrap();
        bits.push_str(&format!("{five:05b}"));
    }
    let bytes: Vec<u8> = (0..20).map(|at| u8::from_str_radix(&bits[at * 8..at * 8 + 8], 2).unwrap()).collect();
    let totp = Builder::new().with_secret(TotpSecret::new_stack(bytes.try_into().unwrap())).build().unwrap();
    totp.generate(u64::try_from(world.kernel.now().timestamp()).unwrap()).to_string()
}

fn write<T>(world: &World, act: impl Fn(&mut dyn Writer) -> Result<T, StoreError> + Send + Sync) -> T
where
    T: Send,
{
    world.store.write(|tx| act(tx)).unwrap()
}

/// Enrol one-time codes for whoever is signed in; gives the secret as typed and the recovery codes.
pub fn enrol(world: &World, signed_in: &SignedIn) -> (String, Vec<String>) {
    let who = &signed_in.principal;
    let begun = world
        .store
        .write(|tx| second::begin_totp(tx, &world.kernel, &world.settings, &Plain, who, "見本省"))
        .unwrap_or_else(|problem| panic!("{problem}"));
    let right = code(world, &begun.typed);
    let enrolled = world
        .store
        .write(|tx| second::confirm_totp(tx, &world.kernel, &Plain, who, &begun.challenge, ("机の電話", &right)))
        .unwrap_or_else(|problem| panic!("{problem}"));
    (begun.typed, enrolled.recovery.iter().map(|code| code.expose().to_string()).collect())
}

pub fn prove(
    world: &World,
    secret: &Secret,
    purpose: Purpose,
    given: Given,
) -> Result<session::Proven, session::ProofRefused> {
    let resolved = world.resolve_any(secret).expect("a session");
    let account = resolved.session.account.clone();
    let question = world.store.read(|tx| session::read_asked(tx, &world.settings, &account, purpose)).unwrap();
    let checked = session::check(&world.kernel, &world.settings, &question, given);
    let origin = origin();
    let arrival = Arrival::new(&origin);
    let (kernel, settings) = (&world.kernel, &world.settings);
    world
        .store
        .write(|tx| session::conclude(tx, kernel, settings, &Plain, None, &resolved, purpose, &checked, &arrival))
        .unwrap()
}

pub fn with_code(code: &str) -> Given {
    Given { code: Some(code.into()), ..Given::default() }
}

pub fn with_both(password: &str, code: &str) -> Given {
    Given { password: Some(Password::new(password)), code: Some(code.into()), passkey: None }
}

#[test]
fn a_role_that_requires_it_leads_to_the_first_enrolment_and_every_sign_in_then_asks_for_it() {
    let mut world = World::new();
    world.settings.second_factor.required = vec!["auditor".into()];
    let account = world.account_with_password("kansa01", "見本 花子");
    world.grant(&account, "auditor", None, "2026-04-01", None);

    let first = world.sign_in("kansa01", PASSWORD).ok().unwrap();
    assert_eq!(first.awaits, second::Awaits::Enrolment);
    assert!(first.welcome.is_none(), "nothing is told to somebody who is half in");
    assert_eq!(world.newest_entry().act, names::act::PASSWORD_ACCEPTED);
    assert!(world.resolve(&first.secret).is_none(), "it opens nothing");
    assert_eq!(world.resolve_any(&first.secret).unwrap().step, Step::Enrolment);

    let (typed, recovery) = enrol(&world, &first);
    assert_eq!(recovery.len(), second::CODES);
    let resolved = world.resolve_any(&first.secret).unwrap();
    let origin = origin();
    let arrival = Arrival::new(&origin);
    let proven = write(&world, |tx| {
        session::conclude_enrolment(tx, &world.kernel, &world.settings, &resolved, second::kind::TOTP, &arrival)
    });
    assert!(world.resolve_any(&first.secret).is_none(), "a rise of privilege takes a new secret");
    assert_eq!(world.resolve(&proven.secret).unwrap().step, Step::Open);

    let again = world.sign_in("kansa01", PASSWORD).ok().unwrap();
    assert_eq!(again.awaits, second::Awaits::Proof);
    assert!(prove(&world, &again.secret, Purpose::SignIn, with_code("000000")).is_err());
    world.advance(TimeDelta::seconds(60));
    let proven = prove(&world, &again.secret, Purpose::SignIn, with_code(&code(&world, &typed))).ok().unwrap();
    assert_ne!(proven.resolved.session.form_secret, again.session.form_secret);
    assert!(proven.welcome.is_some());
    assert!(world.resolve_any(&again.secret).is_none());
    assert!(world.resolve(&proven.secret).is_some());
}

#[test]
fn the_secret_is_stored_locked_and_no_code_or_secret_is_in_the_journal() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let signed_in = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let (typed, recovery) = enrol(&world, &signed_in);
    let factors = world.store.read(|tx| tx.second_factors(&account.id)).unwrap();
    assert_eq!(factors.len(), 1 + second::CODES);
    let device = factors.iter().find(|factor| factor.kind == second::kind::TOTP).unwrap();
    assert!(device.secret.starts_with(&format!("installation|second_factor/{}/secret|", device.id)));
    let journal: String = world.entries().iter().map(|entry| String::from_utf8(entry.canonical()).unwrap()).collect();
    for secret in recovery.iter().chain([&typed.replace(' ', ""), &typed]) {
        assert!(!journal.contains(secret.as_str()));
        assert!(factors.iter().all(|factor| !factor.handle.contains(secret.as_str())));
    }
}

#[test]
fn a_code_counts_once_also_on_another_node_and_one_of_before_it_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("daicho.db");
    let open = || store::Store::open_sqlite(&path, store::SqliteOptions::default()).unwrap();
    let world = World::over(open());
    world.account_with_password("jinji01", "見本 花子");
    let (typed, _) = enrol(&world, &world.sign_in("jinji01", PASSWORD).ok().unwrap());
    let used_to_enrol = code(&world, &typed);
    let one = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    assert!(prove(&world, &one.secret, Purpose::SignIn, with_code(&used_to_enrol)).is_err(), "enrolling used it up");
    assert_eq!(world.entries()[0].reason.as_deref(), Some("使用済みのコード"));
    world.advance(TimeDelta::seconds(30));
    let right = code(&world, &typed);
    let other_node = World { store: open(), ..World::over(open()) };
    other_node.clock.set(world.kernel.now());
    let two = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    assert!(prove(&world, &one.secret, Purpose::SignIn, with_code(&right)).is_ok());
    assert!(prove(&other_node, &two.secret, Purpose::SignIn, with_code(&right)).is_err());
    world.advance(TimeDelta::seconds(30));
    assert!(prove(&world, &two.secret, Purpose::SignIn, with_code(&right)).is_err(), "within the skew, but used");
    assert!(prove(&world, &two.secret, Purpose::SignIn, with_code(&code(&world, &typed))).is_ok());
}

#[test]
fn a_recovery_code_opens_once_and_only_for_its_owner() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    world.account_with_password("soumu01", "見本 太郎");
    let (_, recovery) = enrol(&world, &world.sign_in("jinji01", PASSWORD).ok().unwrap());
    enrol(&world, &world.sign_in("soumu01", PASSWORD).ok().unwrap());
    let other = world.sign_in("soumu01", PASSWORD).ok().unwrap();
    assert!(prove(&world, &other.secret, Purpose::SignIn, with_code(&recovery[0])).is_err());
    let sign_in = || world.sign_in("jinji01", PASSWORD).ok().unwrap();
    assert!(prove(&world, &sign_in().secret, Purpose::SignIn, with_code(&recovery[0].to_uppercase())).is_ok());
    assert!(prove(&world, &sign_in().secret, Purpose::SignIn, with_code(&recovery[0])).is_err());
    let who = sign_in().principal;
    let fresh = world.store.write(|tx| second::renew_recovery_codes(tx, &world.kernel, &who)).unwrap();
    assert!(prove(&world, &sign_in().secret, Purpose::SignIn, with_code(&recovery[1])).is_err(), "replaced");
    assert!(prove(&world, &sign_in().secret, Purpose::SignIn, with_code(fresh[1].expose())).is_ok());
}

#[test]
fn wrong_codes_lock_the_account_like_wrong_passwords() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    let (typed, _) = enrol(&world, &world.sign_in("jinji01", PASSWORD).ok().unwrap());
    world.advance(TimeDelta::seconds(60));
    let pending = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    for _ in 0..5 {
        assert!(prove(&world, &pending.secret, Purpose::SignIn, with_code("000000")).is_err());
    }
    let right = code(&world, &typed);
    assert!(prove(&world, &pending.secret, Purpose::SignIn, with_code(&right)).is_err(), "locked");
    assert!(world.sign_in("jinji01", PASSWORD).is_err(), "at the front door too");
    // The password alone does not forget the failures: only a whole sign-in does.
    world.advance(TimeDelta::minutes(31));
    for _ in 0..4 {
        let pending = world.sign_in("jinji01", PASSWORD).ok().unwrap();
        assert!(prove(&world, &pending.secret, Purpose::SignIn, with_code("000000")).is_err());
    }
    let pending = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    assert!(prove(&world, &pending.secret, Purpose::SignIn, with_code("000000")).is_err());
    assert!(world.sign_in("jinji01", PASSWORD).is_err());
}

#[test]
fn a_half_done_sign_in_runs_out() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    enrol(&world, &world.sign_in("jinji01", PASSWORD).ok().unwrap());
    let pending = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    world.advance(TimeDelta::minutes(10) - TimeDelta::seconds(1));
    assert_eq!(world.resolve_any(&pending.secret).unwrap().step, Step::SecondFactor);
    world.advance(TimeDelta::seconds(1));
    assert!(world.resolve_any(&pending.secret).is_none());
}

#[test]
fn an_idle_session_is_locked_and_resumes_with_both_kinds_of_proof_under_a_new_secret() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let (typed, _) = enrol(&world, &world.sign_in("jinji01", PASSWORD).ok().unwrap());
    world.advance(TimeDelta::seconds(60));
    let pending = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let open = prove(&world, &pending.secret, Purpose::SignIn, with_code(&code(&world, &typed))).ok().unwrap();
    let question = |purpose| world.store.read(|tx| second::asked(tx, &world.settings, &account.id, purpose)).unwrap();
    assert_eq!(question(Purpose::Resume), Asked { password: true, code: true, passkey: false });
    assert_eq!(question(Purpose::Fresh), Asked { password: false, code: true, passkey: false });

    world.advance(TimeDelta::minutes(30));
    let before = world.entries().len();
    assert!(write(&world, |tx| session::lock_idle(tx, &world.kernel, &world.settings)) >= 1);
    assert_eq!(write(&world, |tx| session::lock_idle(tx, &world.kernel, &world.settings)), 0, "once");
    let locks = world.entries().into_iter().rev().skip(before);
    let mine: Vec<_> = locks.filter(|entry| entry.act == names::act::SESSION_LOCKED).collect();
    assert!(mine.iter().all(|entry| entry.record == account.id && entry.actor.login == "jinji01"));
    assert!(world.resolve(&open.secret).is_none());
    for wrong in
        [with_both("wrong", &code(&world, &typed)), with_both(PASSWORD, "000000"), with_code(&code(&world, &typed))]
    {
        assert!(prove(&world, &open.secret, Purpose::Resume, wrong).is_err());
    }
    world.advance(TimeDelta::seconds(30));
    let resumed =
        prove(&world, &open.secret, Purpose::Resume, with_both(PASSWORD, &code(&world, &typed))).ok().unwrap();
    assert!(world.resolve_any(&open.secret).is_none(), "the secret of before is worth nothing");
    let session = world.resolve(&resumed.secret).unwrap().session;
    assert_eq!(session.form_secret, open.resolved.session.form_secret, "what was typed can still be sent");
    assert_eq!(session.opened_at, open.resolved.session.opened_at, "the absolute limit does not move");
    assert_eq!(world.newest_entry().act, names::act::SESSION_RESUMED);
}

#[test]
fn whoever_has_no_second_factor_resumes_with_the_password() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let open = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let lock = |tx: &mut dyn Writer| {
        session::lock(tx, &world.kernel, open.principal.actor.clone(), &open.session, session::Cause::Asked)
    };
    assert!(world.store.write(lock).unwrap());
    assert_eq!(world.resolve_any(&open.secret).unwrap().step, Step::Locked);
    assert!(prove(&world, &open.secret, Purpose::Resume, with_code("123456")).is_err());
    let given = Given { password: Some(Password::new(PASSWORD)), ..Given::default() };
    assert!(prove(&world, &open.secret, Purpose::Resume, given).is_ok());
    let _ = account;
}

#[test]
fn a_proof_is_fresh_for_its_minutes_and_a_new_one_takes_a_new_secret() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    let open = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    let fresh = |secret: &Secret| session::is_fresh(&world.kernel, &world.settings, &world.resolve(secret).unwrap());
    world.advance(TimeDelta::seconds(599));
    assert!(fresh(&open.secret));
    world.advance(TimeDelta::seconds(1));
    assert!(!fresh(&open.secret));
    let given = |text: &str| Given { password: Some(Password::new(text)), ..Given::default() };
    assert!(prove(&world, &open.secret, Purpose::Fresh, given("wrong")).is_err());
    assert_eq!(world.newest_entry().act, names::act::PROOF_FAILED);
    let proven = prove(&world, &open.secret, Purpose::Fresh, given(PASSWORD)).ok().unwrap();
    assert!(fresh(&proven.secret));
    assert!(world.resolve_any(&open.secret).is_none());
    assert_eq!(world.newest_entry().act, names::act::PROVEN_AFRESH);
}

#[test]
fn devices_are_named_and_removed_by_their_owner_and_the_last_required_one_stays() {
    let mut world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    let open = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    enrol(&world, &open);
    enrol(&world, &open);
    let devices = |world: &World| world.store.read(|tx| second::devices(tx, &account.id)).unwrap();
    let ids: Vec<String> = devices(&world).into_iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), 2);
    let who = &open.principal;
    for (name, good) in [("家の電話", true), ("", false), ("a\nb", false), (&*"長".repeat(41), false)] {
        let done = world.store.write(|tx| second::rename(tx, &world.kernel, who, &ids[0], name));
        assert_eq!(done.is_ok(), good, "{name}");
    }
    assert_eq!(devices(&world)[0].name, "家の電話");
    world.settings.second_factor.required_accounts = vec!["jinji01".into()];
    let remove = |world: &World, id: &str| {
        world
            .store
            .write(|tx| second::remove(tx, &world.kernel, &world.settings, who, id))
            .map_err(|problem| problem.to_string())
    };
    assert!(remove(&world, &ids[0]).is_ok());
    assert!(remove(&world, &ids[1]).unwrap_err().contains("別のものを登録してから"));
    world.settings.second_factor.required_accounts.clear();
    assert!(remove(&world, &ids[1]).is_ok());
    assert!(world.store.read(|tx| tx.second_factors(&account.id)).unwrap().is_empty(), "recovery codes went as well");
}

#[test]
fn after_a_loss_everything_is_taken_away_and_every_session_ends() {
    let world = World::new();
    let account = world.account_with_password("jinji01", "見本 花子");
    world.account_with_password("kanri01", "見本 次郎");
    let open = world.sign_in("jinji01", PASSWORD).ok().unwrap();
    enrol(&world, &open);
    let administrator = world.sign_in("kanri01", PASSWORD).ok().unwrap().principal;
    let reset = |tx: &mut dyn Writer| second::remove_all(tx, &world.kernel, &administrator, &account.id);
    assert_eq!(world.store.write(reset).unwrap(), 1);
    assert!(world.resolve_any(&open.secret).is_none());
    assert_eq!(world.newest_entry().act, names::act::FACTORS_RESET);
    assert_eq!(world.sign_in("jinji01", PASSWORD).ok().unwrap().awaits, second::Awaits::Nothing);
}

#[test]
fn a_device_is_new_once() {
    let world = World::new();
    world.account_with_password("jinji01", "見本 花子");
    let enter = |device: Option<&Secret>| {
        let candidate = world.store.read(|tx| sign_in::read_candidate(tx, "jinji01")).unwrap();
        let checked = sign_in::check(&world.kernel, &world.settings, candidate, &Password::new(PASSWORD));
        let origin: Origin = origin();
        let arrival = Arrival { device, ..Arrival::new(&origin) };
        let answer = world.store.write(|tx| sign_in::open(tx, &world.kernel, &world.settings, &checked, &arrival));
        let welcome = answer.unwrap().ok().unwrap().welcome.unwrap();
        (welcome.device, world.entries()[1].act == names::act::NEW_DEVICE)
    };
    let (device, new) = enter(None);
    assert!(new);
    let device = device.unwrap();
    let (again, new) = enter(Some(&device));
    assert!(again.is_none() && !new);
    let (_, new) = enter(None);
    assert!(new, "a browser that brings nothing along is another one");
}

#[test]
fn somebody_vouched_for_is_asked_or_not_as_the_voucher_saw() {
    let mut world = World::new();
    world.settings.second_factor.required_accounts = vec!["jinji01".into()];
    let account = world.account("jinji01", "見本 花子");
    let vouch = |second: bool| {
        let origin = origin();
        let arrival = Arrival::new(&origin);
        let open = |tx: &mut dyn Writer| {
            sign_in::open_vouched(tx, &world.kernel, &world.settings, &account.id, (second, vec![]), &arrival)
        };
        world.store.write(open).unwrap()
    };
    assert_eq!(vouch(true).ok().unwrap().awaits, second::Awaits::Nothing);
    assert_eq!(vouch(false).ok().unwrap().awaits, second::Awaits::Enrolment);
    world.take(&account, "suspend");
    assert!(vouch(true).is_err());
}
