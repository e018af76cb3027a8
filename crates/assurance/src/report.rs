//! The monthly report of the security officer (情報保護の月次報告): counted from the journal, each figure with the search
//! that counts it.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use ledger::port::{EntryKind, JournalQuery, Reader, Writer};
use ledger::query::{Comparison, Filter, Operand, Order, Query};
use ledger::{Body, Change, Kernel, Principal, Record, Refusal};
use serde_json::{Value, json};

use crate::names::{alert_state, ledger_name};
use crate::watch;

/// Entries counted at most for one figure.
const CEILING: u64 = 1_000_000;
/// Alerts of one month looked at.
const MOST_ALERTS: usize = 10_000;

/// One figure: group, name, and what is counted as the search asks for it.
struct Line {
    group: &'static str,
    name: &'static str,
    acts: &'static [&'static str],
    ledger: Option<&'static str>,
    kind: Option<EntryKind>,
}

const fn line(group: &'static str, name: &'static str, acts: &'static [&'static str]) -> Line {
    Line { group, name, acts, ledger: None, kind: None }
}

const LINES: &[Line] = &[
    line("サインイン", "サインイン", &["sign_in"]),
    line("サインイン", "サインインの失敗", &["sign_in_failed", "second_factor_failed"]),
    line("サインイン", "利用者のロック", &["locked_out"]),
    line("サインイン", "初めての端末", &["new_device", "unknown_device"]),
    Line { ledger: Some("account"), ..line("利用者と権限", "利用者の停止", &["transition:suspend"]) },
    Line { ledger: Some("account"), ..line("利用者と権限", "利用者の廃止", &["transition:close"]) },
    Line {
        ledger: Some("role_grant"),
        kind: Some(EntryKind::Changes),
        ..line("利用者と権限", "役割の付与の変更", &[])
    },
    line("利用者と権限", "トークンの発行", &["token_created"]),
    line("保護項目", "閲覧", &["open", "read_list"]),
    line("保護項目", "ファイルへの出力", &["export"]),
    line("保護項目", "印刷", &["print"]),
    line("保護項目", "添付の取出し", &["download"]),
    line("保護項目", "範囲外の記録へのアクセス", &["denied"]),
    line("証跡", "証跡の検索", &["journal_read"]),
    line("証跡", "プログラムの開始", &["start"]),
    line("証跡", "時計の飛び", &["clock_jump"]),
    line("証跡", "証跡の書込み失敗", &["journal_failed"]),
    line("証跡", "封印の遅れ", &["seal_late"]),
    line("証跡", "立会いの別の歴史の承認", &["history_accepted"]),
    line("証跡", "検証の不一致", &["verify_failed"]),
    line("証跡", "検証の一致", &["verify_passed"]),
];

/// First and last day of a month.
fn month(first: NaiveDate) -> (NaiveDate, NaiveDate) {
    let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
    (first, next.pred_opt().unwrap_or(first))
}

fn span((first, last): (NaiveDate, NaiveDate)) -> (DateTime<Utc>, DateTime<Utc>) {
    let end = last.succ_opt().unwrap_or(last);
    (calendar::jst::start_of_day(first), calendar::jst::start_of_day(end))
}

fn question(line: &Line, days: (NaiveDate, NaiveDate)) -> JournalQuery {
    let (from, until) = span(days);
    JournalQuery {
        from: Some(from),
        until: Some(until),
        acts: line.acts.iter().map(|act| (*act).to_string()).collect(),
        ledgers: line.ledger.iter().map(|ledger| (*ledger).to_string()).collect(),
        kind: line.kind,
        ..JournalQuery::default()
    }
}

/// The search that counts a figure, as the pairs of its address.
fn search(line: &Line, (first, last): (NaiveDate, NaiveDate)) -> String {
    let mut url = ui::Url::path(["trail"]).query("from", first).query("until", last);
    for act in line.acts {
        url = url.query("act", act);
    }
    url = url.query_if("ledger", line.ledger);
    url = url.query_if("kind", line.kind.map(|_| "changes"));
    url.to_string()
}

/// What the journal says of a month.
///
/// # Errors
/// Those of the database.
pub fn values(tx: &mut dyn Reader, first: NaiveDate) -> Result<Body, Refusal> {
    let days = month(first);
    let before = first.checked_sub_months(Months::new(1)).map_or(days, month);
    let mut figures = Vec::new();
    let mut seals = [0u64; 3];
    for line in LINES {
        let count = tx.journal_count(&question(line, days), CEILING)?;
        let previous = tx.journal_count(&question(line, before), CEILING)?;
        match line.acts {
            ["seal_late"] => seals[0] = count,
            ["verify_failed"] => seals[1] = count,
            ["verify_passed"] => seals[2] = count,
            _ => {}
        }
        figures.push(json!({
            "group": line.group, "name": line.name, "count": count, "previous": previous, "search": search(line, days),
        }));
    }
    let [late, failed, passed] = seals;
    let told = match (late, failed, passed) {
        (_, 0, 0) => format!("この月に検証の記録はありません。封印の遅れは{late}回でした。"),
        (_, 0, passed) => format!("検証を{passed}回行い、すべて一致しました。封印の遅れは{late}回でした。"),
        (_, failed, passed) => {
            format!("検証を{}回行い、{failed}回が不一致でした。封印の遅れは{late}回でした。", passed + failed)
        }
    };
    let values = json!({ "month": first, "figures": figures, "alerts": alerts(tx, days)?, "seals": told });
    Ok(values.as_object().cloned().unwrap_or_default())
}

/// Alerts of the month by rule, with their judgement and the days it took.
fn alerts(tx: &mut dyn Reader, (first, last): (NaiveDate, NaiveDate)) -> Result<Vec<Value>, Refusal> {
    let found_on = || Operand::Field { name: "found_on".into(), order: Order::Text };
    let query = Query {
        ledger: ledger_name::ALERT.into(),
        filter: Filter::All(vec![
            Filter::Compare(found_on(), Comparison::AtLeast, first.to_string().into()),
            Filter::Compare(found_on(), Comparison::AtMost, last.to_string().into()),
        ]),
        sort: Vec::new(),
        after: None,
        limit: MOST_ALERTS,
        as_of: None,
    };
    let mut by_rule: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for alert in tx.find(&query)? {
        by_rule.entry(alert.text("name").unwrap_or_default().to_string()).or_default().push(alert);
    }
    Ok(by_rule.into_iter().map(|(rule, alerts)| told(&rule, &alerts)).collect())
}

fn told(rule: &str, alerts: &[Record]) -> Value {
    let of = |state: &str| alerts.iter().filter(|alert| alert.state == state).count();
    let day = |alert: &Record, name: &str| alert.text(name).and_then(|day| day.parse::<NaiveDate>().ok());
    let days: Vec<i64> = alerts
        .iter()
        .filter_map(|alert| Some((day(alert, "judged_on")? - day(alert, "found_on")?).num_days().max(0)))
        .collect();
    let mean = (!days.is_empty()).then(|| days.iter().sum::<i64>() * 10 / days.len() as i64);
    json!({
        "rule": rule,
        "count": alerts.len(),
        "false_alarm": of(alert_state::FALSE_ALARM),
        "incident": of(alert_state::INCIDENT),
        "waiting": of(alert_state::OPEN) + of(alert_state::EXAMINING),
        "days": mean.map(|tenths| format!("{}.{}", tenths / 10, tenths % 10)),
    })
}

/// Make the report of the month that ended, once.
///
/// # Errors
/// Those of the kernel.
pub fn monthly(tx: &mut dyn Writer, kernel: &Kernel) -> Result<u64, Refusal> {
    let today = kernel.today();
    let this = today.with_day(1).unwrap_or(today);
    let Some(first) = this.checked_sub_months(Months::new(1)) else { return Ok(0) };
    // An installation without rules does not use this.
    if watch::rules(tx, kernel)?.is_empty() {
        return Ok(0);
    }
    let known = tx.lookup(ledger_name::REPORT, "month", &[first.to_string()])?;
    if known.values().any(|ids| !ids.is_empty()) {
        return Ok(0);
    }
    let values = values(tx, first)?;
    kernel.commit(tx, &Principal::system("report"), Change::create(ledger_name::REPORT, values))?;
    Ok(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_where_the_next_begins() {
        let table = [("2026-02-01", "2026-02-28"), ("2028-02-01", "2028-02-29"), ("2026-12-01", "2026-12-31")];
        for (first, last) in table {
            assert_eq!(month(first.parse().unwrap()).1.to_string(), last);
        }
    }

    #[test]
    fn the_search_of_a_figure_asks_what_was_counted() {
        let days = month("2026-10-01".parse().unwrap());
        for line in LINES {
            let address = search(line, days);
            for act in line.acts {
                assert!(address.contains(&format!("act={}", act.replace(':', "%3A"))), "{address}");
            }
            assert!(address.contains("from=2026-10-01") && address.contains("until=2026-10-31"), "{address}");
            assert!(!line.acts.is_empty() || line.kind.is_some(), "{}", line.name);
        }
    }
}
