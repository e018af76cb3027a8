use identity::device::{self, DeviceRule, Fingerprint, Recognised};
use ledger::{Change, Principal, Record};
use serde_json::json;

use super::world::{World, origin};

fn recognise(world: &World, rule: DeviceRule, presented: Option<&Fingerprint>) -> Recognised {
    world.store.read(|tx| device::recognise(tx, &world.kernel, rule, presented)).unwrap()
}

#[test]
fn only_an_approved_device_within_its_days_is_let_in() {
    let world = World::new();
    let certificate = Fingerprint::of_der(b"a certificate");
    let shown = certificate.as_str().to_uppercase();
    let device = world
        .make("device", json!({ "name": "PC-0001", "fingerprint": shown, "kind": "laptop", "valid_to": "2026-11-20" }));
    assert_eq!(device.text("fingerprint"), Some(certificate.as_str()), "kept in one form");
    let seen = |presented| recognise(&world, DeviceRule::Require, presented);
    let stranger = Fingerprint::of_der(b"another");
    assert_eq!(seen(None), Recognised::Unknown("証明書の提示なし"));
    assert_eq!(seen(Some(&stranger)), Recognised::Unknown("登録のない端末"));
    assert_eq!(seen(Some(&certificate)), Recognised::Unknown("承認前の端末"));
    let officer = world.account("hogo", "見本 保護");
    world.grant(&officer, "security_officer", None, "2026-04-01", None);
    let officer =
        world.store.read(|tx| identity::principal::load(tx, &world.kernel, &officer.id, &origin())).unwrap().unwrap();
    let approve = Change::transition("device", &device.id, device.revision, "approve");
    let approved = world.store.write(|tx| world.kernel.commit(tx, &officer, approve.clone())).unwrap();
    let known = Recognised::Known { name: "PC-0001".into(), holder: None };
    assert_eq!(seen(Some(&certificate)), known);
    for (rule, presented, expected) in [
        (DeviceRule::Off, Some(&stranger), Recognised::Unasked),
        (DeviceRule::Off, None, Recognised::Unasked),
        (DeviceRule::Recognise, None, Recognised::Unasked),
        (DeviceRule::Recognise, Some(&certificate), known.clone()),
        (DeviceRule::Recognise, Some(&stranger), Recognised::Unknown("登録のない端末")),
    ] {
        assert_eq!(recognise(&world, rule, presented), expected, "{rule:?}");
    }
    world.advance(chrono::TimeDelta::days(1));
    assert_eq!(seen(Some(&certificate)), Recognised::Unknown("有効期間の過ぎた端末"));
    world.advance(chrono::TimeDelta::days(-1));
    world.take(&approved, "lose");
    assert_eq!(seen(Some(&certificate)), Recognised::Unknown("紛失の届のある端末"));
    world
        .store
        .write(|tx| device::refused(tx, &world.kernel, &origin(), Some(&certificate), "紛失の届のある端末"))
        .unwrap();
    let entry = world.newest_entry();
    assert_eq!((entry.act.as_str(), entry.reason.as_deref()), ("unknown_device", Some("紛失の届のある端末")));
}

#[test]
fn one_certificate_is_one_device() {
    let world = World::new();
    let make = |name: &str, fingerprint: &str| -> Result<Record, String> {
        let values = json!({ "name": name, "fingerprint": fingerprint, "kind": "desktop" });
        let change = Change::create("device", values.as_object().unwrap().clone());
        let who = Principal::system("story");
        let made = world.store.write(|tx| world.kernel.commit(tx, &who, change.clone()));
        made.map_err(|refusal| format!("{refusal:?}"))
    };
    let digits = Fingerprint::of_der(b"x").as_str().to_string();
    make("PC-1", &digits).unwrap();
    assert!(make("PC-2", &digits.to_uppercase()).unwrap_err().contains("すでに登録"));
    assert!(make("PC-3", "abc").unwrap_err().contains("64桁"));
}
