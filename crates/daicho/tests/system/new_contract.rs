//! A contract pack written from scratch is two short files, and a running server takes it without a restart: the
//! contract made from it has all its deadlines, on its pages too. The files are those that
//! `docs/guides/add-a-contract.md` shows.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::program::Program;

const GUIDE: &str = include_str!("../../../../docs/guides/add-a-contract.md");

/// The block of the guide whose first line names this file.
fn from_guide(path: &str) -> String {
    let block = GUIDE.split("```").find(|block| block.lines().nth(1).is_some_and(|line| line == format!("# {path}")));
    block.unwrap_or_else(|| panic!("{path} is not in the guide")).lines().skip(1).collect::<Vec<_>>().join("\n")
}

fn until(what: &str, fits: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !fits() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// `item period due` of each obligation of the contract, by REST.
fn dues(officer: &Browser, contract: &str) -> Vec<String> {
    let address = format!("/api/v1/ledgers/obligation/records?filter=engagement:is:{contract}&limit=200");
    let list = officer.get(&address).json();
    let text = |values: &Value, field: &str| values[field].as_str().unwrap_or("-").to_owned();
    let records = list["records"].as_array().cloned().unwrap_or_default();
    let mut lines: Vec<String> = records
        .iter()
        .map(|one| {
            let values = &one["values"];
            let state = if one["state"] == "planned" { "" } else { " closed" };
            format!("{} {} {}{state}", text(values, "item"), text(values, "period"), text(values, "due_on"))
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn a_contract_pack_from_scratch_works_in_a_running_server() {
    let terms = from_guide("packs/contract_cleaning/terms.toml");
    let whole = terms.lines().count() + from_guide("packs/contract_cleaning/pack.toml").lines().count();
    assert!(whole < 200, "{whole} lines");
    let program = Program::new();
    let one_time = program.init();
    let offices = program.file("offices.csv", "コード,名称\r\n010000,見本庁舎管理課\r\n900001,見本清掃株式会社\r\n");
    assert_eq!(program.import("organisation", &offices).code, 0);
    let grant = program.file("grant.csv", "利用者,役割\r\nkanri,契約担当官\r\nkanri,監督職員\r\n");
    assert_eq!(program.import("role_grant", &grant).code, 0);
    let serving = program.serve(|_| {});
    let officer = serving.first_sign_in("kanri", &one_time);
    let form = "/ledgers/engagement/new";
    assert!(!officer.get(form).text().contains("庁舎の清掃役務"));

    program.file("contract_cleaning/pack.toml", from_guide("packs/contract_cleaning/pack.toml"));
    program.file("contract_cleaning/terms.toml", &terms);
    let pack = program.path("contract_cleaning").to_string_lossy().into_owned();
    program.done(&["packs", "install", &pack]);
    until("the terms can be chosen", || officer.get(form).text().contains("庁舎の清掃役務"));

    let organisations = officer.get("/api/v1/ledgers/organisation/records").json();
    let office = organisations["records"][0]["id"].clone();
    let values = json!({ "terms": "contract_cleaning", "office": office, "contract_on": "2027-03-15",
        "ends_on": "2027-09-30" });
    let made = officer.send("POST", "/api/v1/ledgers/engagement/records", None, &values);
    assert_eq!(made.status, 201, "{}", made.text());
    let contract = made.json()["id"].as_str().unwrap_or_default().to_owned();
    assert_eq!(made.json()["values"]["title"], "庁舎の清掃役務");
    // 15 March 2027 is a Monday, the 22nd is closed, and so are 3 to 5 May. Counted on a paper calendar.
    let expected = [
        "damage_report - -",
        "joint_check 2027-04-01 2027-06-30",
        "joint_check 2027-07-01 2027-09-30",
        "keys - 2027-09-30",
        "plan - 2027-03-23",
        "report 2027-04-01 2027-05-12",
        "report 2027-05-01 2027-06-07",
        "report 2027-06-01 2027-07-07",
        "report 2027-07-01 2027-08-06",
        "report 2027-08-01 2027-09-07",
        "report 2027-09-01 2027-10-07",
    ];
    assert_eq!(dues(&officer, &contract), expected);

    // The pages of the contract.
    let home = officer.get(&format!("/engagements/{contract}?year=2027")).text();
    for words in
        ["庁舎の清掃役務", "清掃実施報告書", "翌月の5開庁日目", "5(2)、別表2", "速やかに", "確認、承認、対応を待つもの"]
    {
        assert!(home.contains(words), "{words} in {home}");
    }
    let month = officer.get("/engagements/calendar?month=2027-06").text();
    assert!(month.contains("令和9年6月") && month.contains("立会い点検"), "{month}");
    let list = officer.get("/ledgers/engagement").text();
    assert!(list.contains(&format!("/engagements/{contract}")), "the list leads to the home");

    // A mistake is refused by name and line, and what is in force stays.
    program.file("contract_cleaning/terms.toml", terms.replace("1 week before", "1 weak before"));
    let refused = program.run(["packs", "install", &pack]);
    assert_eq!(refused.code, 2, "{}{}", refused.out, refused.err);
    let line =
        terms.lines().position(|line| line.starts_with("worker_change = ")).map(|line| line + 1).unwrap_or_default();
    assert!(refused.out.contains(&format!("terms.toml:{line}:")), "{}", refused.out);
    assert_eq!(dues(&officer, &contract), expected);
    serving.stop();
}
