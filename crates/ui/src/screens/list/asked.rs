//! What the address of a list asks for.
//!
//! `view` names a saved view, `f` is a condition (any number), `q` words, `sort` columns (`-` for largest first), `as_of`
//! and `in_force` days, `group` a field to count by, `cursor` the place of the page and `trail` the places before it.

use calendar::{jst, parse_date};
use chrono::{NaiveDate, NaiveTime, TimeDelta};
use ledger::definition::{Ledger, SavedView, SortColumn};
use ledger::read::{Condition, ListRequest, Test};
use ledger::{Problem, Refusal};
use serde_json::Value;

use crate::Url;
use crate::web::Ask;

use super::super::words::list_url;
use super::rows::ON_A_PAGE;

/// Places of earlier pages kept in the address; further back leads to the first page.
const LONGEST_TRAIL: usize = 12;

/// The question of an address.
pub struct Asked {
    /// For the kernel.
    pub request: ListRequest,
    /// Address of the first page of this list.
    pub url: Url,
    /// Conditions of the address itself, without those of the saved view.
    pub own: Vec<Condition>,
    /// Name of the saved view.
    pub view: Option<String>,
    /// Field to count by.
    pub group: Option<String>,
    /// Day of the state of knowledge.
    pub as_of: Option<NaiveDate>,
    /// Places of the pages before this one; the first page has the empty place.
    pub trail: Vec<String>,
}

impl Asked {
    /// Read the address.
    ///
    /// # Errors
    /// A condition or date that cannot be read.
    pub fn read(ask: &Ask<'_>, ledger: &Ledger) -> Result<Self, Refusal> {
        let today = ask.kernel.today();
        let mut url = list_url(&ledger.name);
        let view = ask.query("view").filter(|view| !view.is_empty());
        let saved = view.and_then(|name| ledger.views.saved.iter().find(|saved| saved.name == name));
        if let Some(name) = view {
            url = url.query("view", name);
        }
        let mut conditions = saved.map(of_view).unwrap_or_default();
        let mut own = Vec::new();
        for text in ask.queries("f").filter(|text| !text.trim().is_empty()) {
            let condition = Condition::parse(text).map_err(Refusal::invalid)?;
            url = url.query("f", text);
            own.push(condition);
        }
        conditions.extend(own.iter().cloned());
        let filled = |name: &str| ask.query(name).map(str::trim).filter(|text| !text.is_empty()).map(String::from);
        let words = filled("q");
        let sort_text = filled("sort");
        let group = filled("group");
        let date = |name: &str| match filled(name) {
            None => Ok(None),
            Some(text) => parse_date(&text, today)
                .map(Some)
                .map_err(|problem| Refusal::invalid(Problem::field(name, format!("{problem}{}", problem.mend())))),
        };
        let (as_of, in_force) = (date("as_of")?, date("in_force")?);
        url = url
            .query_if("q", words.clone())
            .query_if("in_force", in_force)
            .query_if("as_of", as_of)
            .query_if("sort", sort_text.clone())
            .query_if("group", group.clone());
        let trail = ask.query("trail").map(|trail| trail.split('~').map(String::from).collect()).unwrap_or_default();
        let request = ListRequest {
            ledger: ledger.name.clone(),
            conditions,
            words,
            sort: sort_text.map(|text| sort(&text)).unwrap_or_default(),
            cursor: filled("cursor"),
            limit: ON_A_PAGE,
            // The whole of that day belongs to it.
            as_of: as_of.filter(|day| *day < today).and_then(|day| {
                let midnight = day.succ_opt()?.and_time(NaiveTime::MIN);
                Some(jst::instant_of(midnight) - TimeDelta::microseconds(1))
            }),
            in_force,
        };
        Ok(Self { request, url, own, view: view.map(String::from), group, as_of, trail })
    }

    /// Whether anything narrows the list.
    pub fn narrowed(&self) -> bool {
        !self.request.conditions.is_empty() || self.request.words.is_some() || self.request.in_force.is_some()
    }

    /// Address of the next page.
    pub fn next(&self, cursor: &str) -> Url {
        let mut trail = self.trail.clone();
        trail.push(self.request.cursor.clone().unwrap_or_default());
        let trail = trail.split_off(trail.len().saturating_sub(LONGEST_TRAIL));
        self.url.clone().query("cursor", cursor).query("trail", trail.join("~"))
    }

    /// Address of the page before, when there is one.
    pub fn previous(&self) -> Option<Url> {
        self.request.cursor.as_ref()?;
        let mut trail = self.trail.clone();
        let cursor = trail.pop().unwrap_or_default();
        if cursor.is_empty() {
            return Some(self.url.clone());
        }
        Some(self.url.clone().query("cursor", cursor).query("trail", trail.join("~")))
    }
}

/// The conditions of a view that the pack brings.
fn of_view(view: &SavedView) -> Vec<Condition> {
    view.conditions
        .iter()
        .map(|(field, values)| Condition {
            field: field.clone(),
            test: Test::Is,
            values: values
                .iter()
                .map(|value| match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
                .collect(),
        })
        .collect()
}

/// `-due,number`: columns of an order.
fn sort(text: &str) -> Vec<SortColumn> {
    text.split(',')
        .filter(|part| !part.is_empty())
        .map(|part| match part.strip_prefix('-') {
            Some(field) => SortColumn { field: field.into(), descending: true },
            None => SortColumn { field: part.into(), descending: false },
        })
        .collect()
}
