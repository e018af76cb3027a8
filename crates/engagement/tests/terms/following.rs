//! What falls due for each record of a ledger, and what follows from the company of a contract.

use ledger::{Change, Record};
use testkit::{on_each_database, values};

use crate::desk::{Office, pack, terms, told};

fn talk(office: &Office, contract: &Record, held_on: &str, room: &str) -> Record {
    let body = values([
        ("engagement", contract.id.as_str().into()),
        ("held_on", held_on.into()),
        ("theme", "進み具合".into()),
        ("room", room.into()),
        ("remark", "人の名前".into()),
    ]);
    office.desk.commit(&office.officer, Change::create("talk", body)).expect("the talk is stored")
}

fn of_talks(office: &Office, contract: &Record) -> Vec<String> {
    let lines = office.lines(contract).into_iter();
    lines.filter(|line| line.starts_with("minutes") || line.starts_with("roster")).collect()
}

#[test]
fn each_record_has_its_own_and_they_follow_it() {
    on_each_database(|store| {
        let office = Office::new(store);
        let contract = office.contract(&[("contract_on", "2024-03-15")]);
        let first = talk(&office, &contract, "2024-05-01", "第一会議室");
        assert_eq!(of_talks(&office, &contract), ["roster - 2024-03-25"], "minutes only when it was held");
        let roster = office.one(&contract, "roster", None);
        assert_eq!((roster.text("event_ledger"), roster.text("event")), (Some("talk"), Some(first.id.as_str())));
        assert_eq!(roster.text("span"), Some("2024年5月1日 進み具合"), "protected words stay out");
        office.take(&first, "hold", values([]));
        // 3 to 6 May 2024 are closed.
        assert_eq!(of_talks(&office, &contract), ["minutes - 2024-05-08", "roster - 2024-03-25"]);
        let minutes = office.one(&contract, "minutes", None);
        let counted = "開催日（令和6年5月1日）の翌日を1日目として数えて3開庁日目";
        assert_eq!(minutes.text("counted"), Some(counted));

        let other = talk(&office, &contract, "2024-06-03", "");
        office.take(&other, "hold", values([]));
        assert_eq!(of_talks(&office, &contract).len(), 3, "no room, no minutes");
        office.set(&first, &[("held_on", "2024-05-09")]);
        let moved = of_talks(&office, &contract);
        assert_eq!(moved, ["minutes - 2024-05-14", "roster - 2024-03-25", "roster - 2024-03-25"]);

        // A date of the contract moves what counts from it, in records of other ledgers too.
        office.set(&contract, &[("starts_on", "2024-04-08")]);
        let moved = of_talks(&office, &contract);
        assert_eq!(moved, ["minutes - 2024-05-14", "roster - 2024-04-01", "roster - 2024-04-01"]);

        // A record that belongs to another contract takes what falls due along.
        let second = office.contract(&[("starts_on", "2024-05-01")]);
        office.set(&other, &[("engagement", &second.id)]);
        assert_eq!(of_talks(&office, &second), ["roster - 2024-04-24"]);
        let left = of_talks(&office, &contract);
        assert_eq!(left, ["minutes - 2024-05-14", "roster - 2024-04-01", "roster - 2024-04-01 waived"]);
        // The condition holds no more.
        office.set(&first, &[("room", "")]);
        assert!(of_talks(&office, &contract).contains(&"minutes - 2024-05-14 waived".to_owned()));
    });
}

#[test]
fn another_company_and_office_take_over_what_there_is() {
    on_each_database(|store| {
        let office = Office::new(store);
        let contract = office.contract(&[("contract_on", "2024-03-15")]);
        let meeting = talk(&office, &contract, "2024-05-01", "第一会議室");
        let chart = office.one(&contract, "chart", None);
        office.take(&chart, "submit", values([]));
        assert!(office.all(&contract).iter().all(|one| one.text("contractor").is_none()));
        office.set(&contract, &[("contractor", &office.company.id)]);
        let company = Some(office.company.id.as_str());
        assert!(office.all(&contract).iter().all(|one| one.text("contractor") == company));
        assert_eq!(office.desk.record("talk", &meeting.id).text("contractor"), company);
        // Nothing else changed, and a change without a change writes nothing.
        let revisions = |office: &Office| office.all(&contract).iter().map(|one| one.revision).sum::<i64>();
        let before = revisions(&office);
        office.set(&contract, &[("contractor", &office.company.id), ("court", "見本地方裁判所")]);
        assert_eq!(revisions(&office), before);
    });
}

#[test]
fn other_terms_withdraw_what_came_from_the_former() {
    on_each_database(|store| {
        let mut other = pack(&terms().replace("見本の役務\"", "別の役務\"").replace("[item.final]", "[item.closing]"));
        other.name = "contract_other".into();
        other.files.retain(|(path, _)| path != "talk.toml");
        let office = Office::with(store, &[pack(&terms()), other]);
        let contract = office.contract(&[("contract_on", "2024-03-28")]);
        office.set(&contract, &[("terms", "contract_other")]);
        let lines = office.lines(&contract);
        assert_eq!(lines.iter().filter(|line| line.ends_with("waived")).count(), 10);
        assert!(
            lines.contains(&"final - 2024-10-07 waived".to_owned())
                && lines.contains(&"closing - 2024-10-07".to_owned())
        );
    });
}

/// 「定期的に」: how often is decided for each contract, and may be decided anew. What was handed in for a quarter is not
/// what is due for the half that begins on the same day.
#[test]
fn how_often_something_is_due_may_be_decided_anew() {
    on_each_database(|store| {
        let setting = "[setting.span]\nlabel = \"点検の間隔（定期的）\"\nvalue = \"四半期ごと\"\noptions = { month = \"毎月\", quarter = \"四半期ごと\", half = \"半期ごと\", year = \"毎年度\" }\nclause = \"6\"\n\n[item.chart]";
        let item = "\n[item.check]\nlabel = \"点検\"\nevery = \"{span}\"\ndue = \"on period_end\"\nclause = \"6\"\n";
        let office = Office::with(store, &[pack(&(terms().replace("[item.chart]", setting) + item))]);
        let contract = office.contract(&[("contract_on", "2024-03-28")]);
        let checks = || -> Vec<String> {
            office.lines(&contract).into_iter().filter(|line| line.starts_with("check")).collect()
        };
        assert_eq!(checks(), ["check 2024-04-01 2024-06-30", "check 2024-07-01 2024-09-30"]);
        let first = office.one(&contract, "check", Some("2024-04-01"));
        let words = (first.text("span"), first.text("counted"));
        assert_eq!(words, (Some("令和6年度第1四半期"), Some("対象の四半期の末日（令和6年6月30日）")));
        office.take(&first, "submit", values([]));
        let others = |office: &Office| office.lines(&contract).len() - checks().len();
        let before = others(&office);

        let decide = |span: &str| {
            let row = serde_json::json!([{ "name": "span", "value": span, "note": "実施計画書で合意した。" }]);
            office.amend(&contract, values([("settings", row)]))
        };
        decide("半期ごと").expect("decided");
        let half = [
            "check 2024-04-01 2024-06-30 submitted",
            "check 2024-04-01 2024-09-30",
            "check 2024-07-01 2024-09-30 waived",
        ];
        assert_eq!(checks(), half);
        assert_eq!(office.one(&contract, "check", Some("2024-04-01")).text("span"), Some("令和6年度上半期"));
        decide("毎月").expect("decided");
        let open =
            |lines: Vec<String>| lines.into_iter().filter(|line| line.split(' ').count() == 3).collect::<Vec<_>>();
        assert_eq!(open(checks()).len(), 6);
        // Back to quarters: the one that was handed in is the one for its quarter, and only the other comes back.
        decide("四半期ごと").expect("decided");
        assert_eq!(open(checks()), ["check 2024-07-01 2024-09-30"]);
        assert!(checks().contains(&"check 2024-04-01 2024-06-30 submitted".to_owned()));
        assert_eq!(others(&office), before, "nothing else moved");
        let said = told(decide("毎日"));
        assert!(said.contains("「毎月」「四半期ごと」「半期ごと」「毎年度」のどれか"), "{said}");
    });
}
