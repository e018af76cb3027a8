//! Past results of people, side by side across the change of scale: the last two ability and four performance marks,
//! which a promotion in grade (昇格) looks at.

use std::collections::BTreeMap;

use ledger::Kernel;
use ledger::access::Access;
use ledger::port::Reader;
use ledger::principal::Principal;
use ledger::query::Query;
use ledger::record::Record;
use ledger::refusal::Refusal;

use super::find;
use super::names::ledger_name::{ROUND, SHEET};
use super::names::{kind, state};
use super::scale::Scale;

/// A result as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastMark {
    /// Sheet.
    pub sheet: String,
    /// Round.
    pub round: String,
    /// Name of the round.
    pub round_name: String,
    /// First day of the period, ISO.
    pub starts_on: String,
    /// Last day of the period, ISO.
    pub ends_on: String,
    /// Words of the mark.
    pub label: String,
    /// Place in its scale, 1 for the best.
    pub order: i64,
    /// Number of marks in its scale.
    pub of: usize,
    /// Name of its scale.
    pub scale: String,
}

/// Past results of one person, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LookBack {
    /// Person.
    pub person: String,
    /// Ability, at most two.
    pub ability: Vec<PastMark>,
    /// Performance, at most four.
    pub performance: Vec<PastMark>,
}

/// Number of ability results looked back at.
pub const ABILITY: usize = 2;
/// Number of performance results looked back at.
pub const PERFORMANCE: usize = 4;

/// Past results of these people, as far as the reader may see them, in the order of `people`.
pub fn look_back(
    tx: &mut (impl Reader + ?Sized),
    kernel: &Kernel,
    who: &Principal,
    people: &[String],
) -> Result<Vec<LookBack>, Refusal> {
    let ledger = kernel.ledger(SHEET)?;
    let access = Access::new(&ledger, who);
    let rounds: BTreeMap<String, Record> = find::all(tx, ROUND, ledger::query::Filter::Everything, find::MOST)?
        .into_iter()
        .map(|round| (round.id.clone(), round))
        .collect();
    let mut scales: BTreeMap<String, Scale> = BTreeMap::new();
    for id in rounds.values().filter_map(|round| round.text("scale")) {
        if !scales.contains_key(id) {
            scales.insert(id.to_string(), Scale::load(tx, Some(id))?);
        }
    }
    let mut found: BTreeMap<String, Vec<(String, PastMark)>> = BTreeMap::new();
    for people in people.chunks(500) {
        let filter = access.readable("result").and(find::one_of("subject", people)).and(find::in_state(&state::FINAL));
        let query = Query { ledger: SHEET.into(), filter, sort: vec![], after: None, limit: find::MOST, as_of: None };
        for sheet in tx.find(&query)? {
            let sheet = access.redact(sheet);
            let (Some(person), Some(label)) = (sheet.text("subject"), sheet.text("result_mark")) else { continue };
            let Some(round) = sheet.text("round").and_then(|id| rounds.get(id)) else { continue };
            let scale = round.text("scale").and_then(|id| scales.get(id));
            let mark = PastMark {
                sheet: sheet.id.clone(),
                round: round.id.clone(),
                round_name: round.text("name").unwrap_or_default().to_string(),
                starts_on: round.text("starts_on").unwrap_or_default().to_string(),
                ends_on: round.text("ends_on").unwrap_or_default().to_string(),
                label: label.to_string(),
                order: scale.and_then(|scale| scale.find(label)).map_or(0, |mark| mark.order),
                of: scale.map_or(0, |scale| scale.marks.len()),
                scale: scale.map_or(String::new(), |scale| scale.name.clone()),
            };
            let kind = round.text("kind").unwrap_or_default().to_string();
            found.entry(person.to_string()).or_default().push((kind, mark));
        }
    }
    Ok(people
        .iter()
        .map(|person| {
            let mut marks = found.remove(person).unwrap_or_default();
            marks.sort_by(|(_, one), (_, two)| two.starts_on.cmp(&one.starts_on));
            let last = |wanted: &str, many: usize| {
                let of_kind = marks.iter().filter(|(kind, _)| kind == wanted);
                of_kind.take(many).map(|(_, mark)| mark.clone()).collect()
            };
            LookBack {
                person: person.clone(),
                ability: last(kind::ABILITY, ABILITY),
                performance: last(kind::PERFORMANCE, PERFORMANCE),
            }
        })
        .collect())
}
