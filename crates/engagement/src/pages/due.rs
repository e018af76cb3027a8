//! One obligation in a line: by when, what, who holds it, and behind it the clause with the way its date was counted.

use std::collections::BTreeMap;

use calendar::{BusinessCalendar, remaining_phrase};
use chrono::NaiveDate;
use ledger::definition::{Every, Ledger};
use ledger::{Kernel, Record, find};
use maud::{Markup, html};
use ui::Url;
use ui::components::{Badge, Tone};
use ui::screens::words::{list_url, record_url, state_badge};
use ui::when::Day;

use crate::names::{made, state};
use crate::terms::step::is_open;
use crate::terms::wanted::Contract;
use crate::terms::{self};

/// Everything that lines of one contract need.
pub struct Lines<'a> {
    /// Definitions and calendar.
    pub kernel: &'a Kernel,
    /// The ledger of obligations.
    pub ledger: &'a Ledger,
    /// The contract.
    pub contract: &'a Record,
    /// Name of the company.
    pub company: &'a str,
    /// Name of the office.
    pub office: &'a str,
    /// Today.
    pub today: NaiveDate,
}

impl Lines<'_> {
    /// Whether it is open and its day has passed.
    pub fn is_late(&self, one: &Record) -> bool {
        is_open(self.ledger, one) && find::date(one, made::DUE_ON).is_some_and(|due| due < self.today)
    }

    /// Obligations in a list. Many of one item stand in one line that leads to all of them.
    pub fn list<'r>(&self, records: impl IntoIterator<Item = &'r Record>) -> Markup {
        let gathered = by_item(records);
        let (first, rest) = gathered.split_at(gathered.len().min(AT_ONCE));
        let lines = |gathered: &[Vec<&Record>]| {
            html! {
                ul class="plain-list" {
                    @for all in gathered {
                        @match all.as_slice() {
                            [first, .., last] if all.len() > SINGLE => { li { (self.together(first, last, all.len())) } }
                            all => { @for one in all { li { (self.line(one)) } } }
                        }
                    }
                }
            }
        };
        html! {
            (lines(first))
            @if !rest.is_empty() {
                details class="print-open" {
                    summary { "ほか" (rest.iter().map(Vec::len).sum::<usize>()) "件を見る" }
                    (lines(rest))
                }
            }
        }
    }

    fn together(&self, first: &Record, last: &Record, count: usize) -> Markup {
        let day = |one: &Record| find::date(one, made::DUE_ON);
        html! {
            div class="cluster" {
                span class="bold" {
                    @if let Some(day) = day(first) { (Day::new(day)) "から" }
                    @if let Some(day) = day(last) { (Day::new(day)) "まで" }
                }
                a href=(self.list_of(first, last, true)) { (first.text(made::LABEL).unwrap_or_default()) " " (count) "件" }
                @if self.is_late(last) { (Badge::new("過ぎました", Tone::Bad)) }
                span class="quiet" { (self.holder(first)) }
                (self.folded(first))
            }
        }
    }

    /// The list of one item's obligations from one day to another, only those still to be done where that is asked.
    pub fn list_of(&self, first: &Record, last: &Record, open: bool) -> Url {
        let mut list = list_url(&first.ledger).query("f", format!("engagement:is:{}", self.contract.id));
        if let Some(item) = first.text(made::ITEM) {
            list = list.query("f", format!("item:is:{item}"));
        }
        if let Some(waive) = self.ledger.workflow.transition(state::WAIVE).filter(|_| open) {
            list = list.query("f", format!("state:is:{}", waive.from.join(",")));
        }
        for (one, test) in [(first, "from"), (last, "to")] {
            if let Some(day) = find::date(one, made::DUE_ON) {
                list = list.query("f", format!("due_on:{test}:{day}"));
            }
        }
        list
    }

    fn line(&self, one: &Record) -> Markup {
        let due = find::date(one, made::DUE_ON);
        html! {
            div class="cluster" {
                @match due {
                    Some(due) => { span class="bold" { (Day::with_weekday(due)) } }
                    None => { span class="quiet" { "求めがあったとき" } }
                }
                a href=(record_url(&one.ledger, &one.id)) { (title(one)) }
                (self.state(one, due))
                span class="quiet" { (self.holder(one)) }
                (self.folded(one))
            }
        }
    }

    /// Clause and counting, behind two words at the end of the line.
    fn folded(&self, one: &Record) -> Markup {
        html! {
            details class="small" {
                summary { "条項と数え方" span class="visually-hidden" { "（" (title(one)) "）" } }
                (self.behind(one))
            }
        }
    }

    /// The state; while it is open, what is left until its day.
    fn state(&self, one: &Record, due: Option<NaiveDate>) -> Markup {
        html! {
            @if is_open(self.ledger, one) && let Some(due) = due {
                @let late = due < self.today;
                (Badge::new(remaining_phrase(self.today, due, &self.kernel.calendar), if late { Tone::Bad } else { Tone::Plain }))
            }
            @if !is_open(self.ledger, one) || one.state != self.ledger.workflow.initial { (state_badge(self.ledger, &one.state)) }
            @if one.value(made::FIXED) == &serde_json::Value::Bool(true) { (Badge::tag("合意した期限")) }
        }
    }

    /// Whose turn it is.
    fn holder(&self, one: &Record) -> String {
        let by_company = one.text("side") != Some("agency");
        // What was handed in waits for the other side.
        let company = if is_open(self.ledger, one) { by_company } else { !by_company };
        let name = if company { self.company } else { self.office };
        let side = if company { "相手方" } else { "官側" };
        if name.is_empty() { side.to_owned() } else { format!("{side}（{name}）") }
    }

    /// The clause, and how the date was counted.
    pub fn behind(&self, one: &Record) -> Markup {
        let text = |field: &str| one.text(field).unwrap_or_default();
        let label = |field: &'static str| self.ledger.field(field).map_or(field, |field| field.label.as_str());
        let steps = self.steps(one);
        html! {
            dl class="facts" {
                @for field in [made::CLAUSE, made::SOURCE, made::COUNTED, "contents", "reason"] {
                    @if !text(field).is_empty() { div { dt { (label(field)) } dd { (text(field)) } } }
                }
                @if !steps.is_empty() {
                    div { dt { "数えた順" } dd {
                        ol { @for (day, words) in &steps { li { (Day::with_weekday(*day)) " " (words) } } }
                    } }
                }
            }
        }
    }

    /// The count day by day, for what counts from dates of the contract itself.
    fn steps(&self, one: &Record) -> Vec<(NaiveDate, String)> {
        let calendar: &BusinessCalendar = &self.kernel.calendar;
        let (Some(terms), Some(name)) = (terms::of(&self.kernel.catalogue, self.contract), one.text(made::ITEM)) else {
            return Vec::new();
        };
        let Some(item) = terms.item(name).filter(|item| !matches!(item.every, Every::Record { .. })) else {
            return Vec::new();
        };
        let contract = Contract::new(self.kernel, terms, self.contract);
        let Some(rule) = contract.rule(item) else { return Vec::new() };
        let every = contract.every(item);
        let date_of = |field: &str| match field {
            "period" => find::date(one, made::PERIOD),
            "period_end" => find::date(one, made::PERIOD).and_then(|day| terms::span::last_day(&every, day)),
            field => find::date(self.contract, field),
        };
        let contracts = self.kernel.catalogue.ledger(&self.contract.ledger);
        let label_of = |field: &str| match field {
            "period" => Some(terms::span::label(&every).to_owned()),
            "period_end" => Some(format!("{}の末日", terms::span::label(&every))),
            field => contracts.and_then(|ledger| ledger.field(field)).map(|field| field.label.clone()),
        };
        let counted = rule.count(&date_of, &label_of, calendar);
        // A date that was agreed on, or was counted before something changed, is not the one that these steps lead to.
        let counted = counted.filter(|counted| Some(counted.due) == find::date(one, made::DUE_ON));
        counted.into_iter().flat_map(|counted| counted.steps).map(|step| (step.date, step.words)).collect()
    }
}

/// So many lines stand before the rest is folded.
const AT_ONCE: usize = 5;
/// More of one item than this stand in one line.
pub const SINGLE: usize = 3;

/// Obligations gathered by item where there are many, in the order of each first one.
fn by_item<'r>(records: impl IntoIterator<Item = &'r Record>) -> Vec<Vec<&'r Record>> {
    let records: Vec<&Record> = records.into_iter().collect();
    let mut of_item: BTreeMap<&str, usize> = BTreeMap::new();
    for one in &records {
        *of_item.entry(one.text(made::ITEM).unwrap_or(&one.id)).or_default() += 1;
    }
    let mut gathered: Vec<Vec<&Record>> = Vec::new();
    for one in records {
        let many = one.text(made::ITEM).filter(|item| of_item.get(item).is_some_and(|count| *count > SINGLE));
        let same =
            |all: &&mut Vec<&Record>| many.is_some() && all.first().is_some_and(|first| first.text(made::ITEM) == many);
        match gathered.iter_mut().find(same) {
            Some(all) => all.push(one),
            None => gathered.push(vec![one]),
        }
    }
    gathered
}

/// Name and span of an obligation.
pub fn title(one: &Record) -> String {
    match one.text(made::SPAN).filter(|span| !span.is_empty()) {
        Some(span) => format!("{}（{span}）", one.text(made::LABEL).unwrap_or_default()),
        None => one.text(made::LABEL).unwrap_or_default().to_owned(),
    }
}
