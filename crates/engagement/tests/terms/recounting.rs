//! When closed days or terms change, deadlines are counted again by a task that a person begins.

use std::sync::Arc;

use calendar::{AgencyDay, BusinessCalendar};
use chrono::NaiveDate;
use engagement::terms::TermsEngine;
use engagement::terms::recount::{self, TASK};
use engagement::terms::step::Difference;
use ledger::pack::{PackSource, load};
use ledger::port::{HistoryQuery, Writer};
use ledger::query::Filter;
use ledger::task::Step;
use ledger::{Kernel, Principal, Record, Refusal, find};
use serde_json::json;
use testkit::{SeededEntropy, on_each_database, somebody, values};

use crate::desk::{Office, pack, packs, terms};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn closed(kernel: &Kernel, date: &str) -> Kernel {
    let closed = AgencyDay { date: day(date), closed: true, label: "庁舎点検".into() };
    let mut kernel = kernel.clone();
    kernel.calendar = BusinessCalendar::new([closed]);
    kernel
}

fn watch(office: &Office, kernel: &Kernel) -> bool {
    office.desk.store.write(|tx: &mut dyn Writer| recount::watch(tx, kernel)).expect("the look is taken")
}

fn begin(office: &Office, kernel: &Kernel, who: &Principal) -> Result<Option<String>, Refusal> {
    office.desk.store.write(|tx: &mut dyn Writer| recount::begin(tx, kernel, who))
}

/// Work the task off from a step on, as the worker does: a transaction for each.
fn work(office: &Office, kernel: &Kernel, who: &Principal, recount: &Record, mut done: u64) -> Result<Step, Refusal> {
    let input = json!({ "recount": recount.id });
    loop {
        let step = office.desk.store.write(|tx: &mut dyn Writer| (TASK.step)(tx, kernel, who, &input, done))?;
        if step.finished {
            return Ok(step);
        }
        done = step.done;
    }
}

/// `item: old → new` of everything that would happen to a contract.
fn pending(office: &Office, kernel: &Kernel, contract: &Record) -> Vec<String> {
    let contract = office.desk.record("engagement", &contract.id);
    let told = |one: Difference| match one {
        Difference::Moved(record, wanted) => {
            format!("{}: {} → {}", wanted.key.item, record.text("due_on").unwrap_or("-"), wanted.due.expect("a day"))
        }
        Difference::Missing(wanted) => format!("{}: new", wanted.key.item),
        Difference::Gone(record) => format!("{}: gone", record.text("item").unwrap_or("-")),
    };
    let found = office.desk.read(|tx| recount::pending(tx, kernel, &contract)).expect("the differences");
    found.into_iter().map(told).collect()
}

fn recounts(office: &Office) -> Vec<Record> {
    office.desk.read(|tx| Ok(find::all(tx, "recount", Filter::Everything, 10)?)).expect("the recounts")
}

#[test]
fn a_day_that_is_closed_later_moves_what_is_open_when_somebody_counts_again() {
    on_each_database(|store| {
        let office = Office::new(store);
        let kernel = &office.desk.kernel;
        let dates = [("contract_on", "2024-03-15"), ("ends_on", "2024-04-30")];
        let [open, submitted, agreed, over] = [0; 4].map(|_| office.contract(&dates));
        office.take(&office.one(&submitted, "chart", None), "submit", values([]));
        let other = values([("due_on", "2024-04-10".into()), ("reason", "合意した".into())]);
        office.take(&office.one(&agreed, "chart", None), "agree", other);
        office.take(&over, "cancel", values([]));
        assert!(!watch(&office, kernel), "the first look only remembers");
        assert!(!watch(&office, kernel));
        let before: Vec<_> = [&open, &submitted, &agreed, &over].map(|one| office.lines(one)).into();
        assert!(before[0].contains(&"chart - 2024-03-25".to_owned()), "{before:?}");

        // 21 March is one of the five business days after the 15th.
        let kernel = &closed(kernel, "2024-03-21");
        assert!(watch(&office, kernel), "it is said");
        assert!(!watch(&office, kernel), "once");
        let waiting = recounts(&office);
        let said = waiting[0].text("cause").unwrap_or_default();
        assert_eq!((waiting.len(), waiting[0].state.as_str()), (1, "waiting"));
        assert_eq!(said, "令和6年3月21日が閉庁日になりました。");
        assert_eq!(pending(&office, kernel, &open), ["chart: 2024-03-25 → 2024-03-26"]);
        assert_eq!(pending(&office, kernel, &submitted), [""; 0]);
        assert_eq!(pending(&office, kernel, &agreed), [""; 0]);
        let unmoved: Vec<_> = [&open, &submitted, &agreed, &over].map(|one| office.lines(one)).into();
        assert_eq!(unmoved, before, "looking moves nothing");

        let stranger = somebody("stranger", None, &["supervisor"]);
        assert!(matches!(begin(&office, kernel, &stranger), Err(Refusal::Denied(_))));
        assert!(begin(&office, kernel, &office.officer).expect("begun").is_some());
        assert_eq!(begin(&office, kernel, &office.officer).expect("refused in words"), None, "one at a time");
        let step = work(&office, kernel, &office.officer, &waiting[0], 0).expect("counted");
        assert_eq!((step.done, step.total), (4, 4));
        let mut wanted = before;
        wanted[0]
            .iter_mut()
            .filter(|line| line.starts_with("chart"))
            .for_each(|line| *line = "chart - 2024-03-26".into());
        let after: Vec<_> = [&open, &submitted, &agreed, &over].map(|one| office.lines(one)).into();
        assert_eq!(after, wanted, "what is open moved, and nothing else");
        let done = recounts(&office).remove(0);
        let figure = |name: &str| done.value(name).as_i64();
        assert_eq!(
            (done.state.as_str(), figure("moved"), figure("made"), figure("gone")),
            ("done", Some(1), Some(0), Some(0))
        );

        let chart = office.one(&open, "chart", None);
        let query = HistoryQuery { record: Some(chart.id.clone()), limit: 1, ..HistoryQuery::default() };
        let entry = office.desk.read(|tx| Ok(tx.history(&query)?)).expect("the entries").remove(0).entry;
        assert_eq!(entry.reason.as_deref(), Some("期限を数え直しました。令和6年3月21日が閉庁日になりました。"));
        assert_eq!((entry.batch.as_deref(), entry.act.as_str()), (Some(done.id.as_str()), "amend"));
        // A task that is run again after its end finds nothing to do.
        assert!(matches!(work(&office, kernel, &office.officer, &done, 0), Err(Refusal::NotFound)));
    });
}

#[test]
fn a_new_version_of_terms_is_said_and_its_deadlines_come_with_the_count() {
    on_each_database(|store| {
        let office = Office::new(store);
        let contract = office.contract(&[("contract_on", "2024-03-15"), ("ends_on", "2024-04-30")]);
        assert!(!watch(&office, &office.desk.kernel));
        let newer = terms()
            .replace("7 days counting from ends_on, next business day", "10 days counting from ends_on")
            .replace("[item.material]\nlabel = \"求めに応じた資料\"", "[item.closing]\nlabel = \"終了の届\"");
        let kernel = &with(&office, &[pack(&newer)]);
        assert!(watch(&office, kernel));
        let waiting = recounts(&office).remove(0);
        assert_eq!(waiting.text("cause"), Some("契約の決まり「見本の役務」が改められました。"));
        // A closed day more, before anybody counted: the same recount says both.
        let kernel = &closed(kernel, "2024-03-21");
        assert!(watch(&office, kernel));
        let waiting = recounts(&office);
        let said = waiting[0].text("cause").unwrap_or_default();
        assert!(
            waiting.len() == 1 && said.ends_with("改められました。 令和6年3月21日が閉庁日になりました。"),
            "{said}"
        );
        let told =
            ["chart: 2024-03-25 → 2024-03-26", "final: 2024-05-07 → 2024-05-09", "closing: new", "material: gone"];
        assert_eq!(pending(&office, kernel, &contract), told);
        begin(&office, kernel, &office.officer).expect("begun");
        work(&office, kernel, &office.officer, &waiting[0], 0).expect("counted");
        assert_eq!(pending(&office, kernel, &contract), [""; 0]);
        let done = recounts(&office).remove(0);
        let figures = ["moved", "made", "gone"].map(|name| done.value(name).as_i64());
        assert_eq!((done.state.as_str(), figures), ("done", [Some(2), Some(1), Some(1)]));
        let lines = office.lines(&contract);
        assert!(
            lines.contains(&"closing - -".to_owned()) && lines.contains(&"material - - waived".to_owned()),
            "{lines:?}"
        );
    });
}

#[test]
fn nobody_is_told_of_what_touches_no_contract_and_nobody_ends_a_count_by_hand() {
    on_each_database(|store| {
        let office = Office::new(store);
        assert!(!watch(&office, &office.desk.kernel));
        let kernel = &closed(&office.desk.kernel, "2024-03-21");
        assert!(!watch(&office, kernel), "no contract is running");
        assert!(recounts(&office).is_empty());
        let made = values([("cause", json!("仕様書の読み方が変わった。"))]);
        let own = office.desk.commit(&office.officer, ledger::Change::create("recount", made)).expect("by hand");
        for act in ["begin", "finish"] {
            let taken = office.desk.take(&office.officer, &own, act, values([]));
            assert!(taken.is_err(), "{act}");
        }
        begin(&office, kernel, &office.officer).expect("begun");
        let ended = work(&office, kernel, &office.officer, &own, 0).expect("counted");
        assert_eq!((ended.total, recounts(&office)[0].state.as_str()), (0, "done"));
    });
}

/// The kernel of the office after these packs were installed.
fn with(office: &Office, contracts: &[PackSource]) -> Kernel {
    let catalogue = load(&packs(contracts)).expect("the packs");
    let engines: Vec<Arc<dyn ledger::Engine>> = vec![Arc::new(TermsEngine)];
    let kernel = &office.desk.kernel;
    Kernel::new(
        Arc::new(catalogue),
        kernel.calendar.clone(),
        engines.into(),
        kernel.clock.clone(),
        Arc::new(SeededEntropy::new(2)),
    )
}
