//! Findings become alerts: the same rule and subject within its time adds to the open one.

use chrono::{DateTime, Utc};
use ledger::port::Writer;
use ledger::query::{Comparison, Filter, Operand, Order, Query, Sort};
use ledger::{Body, Change, Kernel, Principal, Record, Refusal};
use serde_json::{Value, json};

use super::{Finding, Rule};
use crate::names::{alert_state, ledger_name};

/// Entries that one alert names at most: the first ones and the newest.
const MOST_EVIDENCE: usize = 60;
/// Alerts of one rule and subject looked through for one to add to.
const LOOKED_AT: usize = 50;
/// Most characters of what an alert says and of whom it names, as its ledger has them.
const LONGEST_TOLD: usize = 2_000;
const LONGEST_SUBJECT: usize = 200;

/// What became of a finding.
#[derive(Debug, Clone, PartialEq)]
pub enum Raised {
    /// A new alert.
    New(Record),
    /// It was added to an open one.
    Added(Record),
    /// It was known already.
    Known,
}

/// Make a finding known. `past` marks what the evaluation of the past found.
///
/// # Errors
/// Those of the kernel; then nothing of it is stored.
pub fn raise(
    tx: &mut dyn Writer,
    kernel: &Kernel,
    rule: &Rule,
    finding: &Finding,
    past: bool,
) -> Result<Raised, Refusal> {
    let finding = &tellable(tx, finding)?;
    let known = of_subject(tx, &rule.id, &finding.subject)?;
    let newest = finding.evidence.last().map(|(sequence, _)| *sequence);
    let shows = |alert: &Record| sequences(alert).any(|sequence| Some(sequence) == newest);
    if known.iter().any(shows) {
        return Ok(Raised::Known);
    }
    let near = |alert: &&Record| {
        let open = alert.state == alert_state::OPEN || alert.state == alert_state::EXAMINING;
        let at = |name: &str| alert.text(name).and_then(|at| at.parse::<DateTime<Utc>>().ok());
        let (Some(first), Some(last)) = (at("first_at"), at("last_at")) else { return false };
        open && finding.at <= last + rule.gather && finding.at >= first - rule.gather
    };
    let who = Principal::system("watch");
    match known.iter().find(near) {
        Some(alert) => {
            let change = Change::amend(ledger_name::ALERT, &alert.id, alert.revision, added(alert, finding));
            Ok(Raised::Added(kernel.commit(tx, &who, change)?))
        }
        None => {
            let change = Change::create(ledger_name::ALERT, fresh(kernel, rule, finding, past));
            Ok(Raised::New(kernel.commit(tx, &who, change)?))
        }
    }
}

/// The finding as an alert can hold it. A machine acts under its token, which is no account; a client or a browser may
/// have named itself with what no field takes. None of that may refuse the alert, for the watch would stand still at it.
fn tellable(tx: &mut dyn Writer, finding: &Finding) -> Result<Finding, Refusal> {
    let mut there = |ledger: &str, id: &Option<String>| match id {
        Some(id) => Ok::<_, Refusal>(tx.record(ledger, id)?.map(|record| record.id)),
        None => Ok(None),
    };
    Ok(Finding {
        account: there(ledger_name::ACCOUNT, &finding.account)?,
        person: there(ledger_name::PERSON, &finding.person)?,
        subject: plain(&finding.subject, LONGEST_SUBJECT),
        told: plain(&finding.told, LONGEST_TOLD),
        ..finding.clone()
    })
}

/// One line of visible characters.
fn plain(text: &str, longest: usize) -> String {
    let shown = |one: char| match one {
        // The characters that reverse or join what stands around them (Unicode TR 36, section 2.5), and noncharacters.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
        one if one.is_control() => '\u{FFFD}',
        one => one,
    };
    text.chars().map(shown).take(longest).collect()
}

fn of_subject(tx: &mut dyn Writer, rule: &str, subject: &str) -> Result<Vec<Record>, Refusal> {
    let text = |name: &str| Operand::Field { name: name.into(), order: Order::Text };
    let query = Query {
        ledger: ledger_name::ALERT.into(),
        filter: Filter::All(vec![
            Filter::Compare(text("rule"), Comparison::Is, rule.into()),
            Filter::Compare(text("subject"), Comparison::Is, subject.into()),
        ]),
        sort: vec![Sort { operand: Operand::RecordedAt, descending: true }],
        after: None,
        limit: LOOKED_AT,
        as_of: None,
    };
    Ok(tx.find(&query)?)
}

fn sequences(alert: &Record) -> impl Iterator<Item = i64> {
    let rows = alert.value("evidence").as_array().into_iter().flatten();
    rows.filter_map(|row| row.get("sequence").and_then(Value::as_i64))
}

fn row((sequence, at): &(i64, DateTime<Utc>)) -> Value {
    json!({ "sequence": sequence, "at": at })
}

fn fresh(kernel: &Kernel, rule: &Rule, finding: &Finding, past: bool) -> Body {
    let values = json!({
        "name": rule.name,
        "rule": rule.id,
        "severity": rule.severity,
        "subject": finding.subject,
        "account": finding.account,
        "person": finding.person,
        "told": finding.told,
        "first_at": finding.evidence.first().map_or(finding.at, |(_, at)| *at),
        "last_at": finding.at,
        "found_on": kernel.today().to_string(),
        "count": 1,
        "evidence": finding.evidence.iter().map(row).collect::<Vec<_>>(),
        "past": past,
    });
    values.as_object().cloned().unwrap_or_default()
}

fn added(alert: &Record, finding: &Finding) -> Body {
    let mut rows: Vec<Value> = alert.value("evidence").as_array().cloned().unwrap_or_default();
    let known: Vec<i64> = sequences(alert).collect();
    rows.extend(finding.evidence.iter().filter(|(sequence, _)| !known.contains(sequence)).map(row));
    // The beginning and the newest are kept; what lies between is in the journal.
    while rows.len() > MOST_EVIDENCE {
        rows.remove(MOST_EVIDENCE / 2);
    }
    let count = alert.value("count").as_i64().unwrap_or_default() + 1;
    let last = alert.text("last_at").and_then(|at| at.parse::<DateTime<Utc>>().ok()).unwrap_or(finding.at);
    let mut values = json!({ "count": count, "evidence": rows, "last_at": last.max(finding.at) });
    if finding.at >= last {
        values["told"] = finding.told.as_str().into();
    }
    values.as_object().cloned().unwrap_or_default()
}
