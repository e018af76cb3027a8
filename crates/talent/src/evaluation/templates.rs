//! Goal templates (目標のひな型): the nearest office wins, then the template for the rank; handed out in bulk.

use chrono::NaiveDate;
use ledger::Kernel;
use ledger::port::{Reader, Writer};
use ledger::principal::Principal;
use ledger::record::Record;
use ledger::refusal::Refusal;
use ledger::write::Change;
use ledger::{Body, query::Filter};
use serde_json::Value;

use super::names::ledger_name::{SHEET, TEMPLATE};
use super::names::state;
use super::staffing::Staffing;
use super::{find, preview};

/// Templates in force on a day.
#[derive(Debug, Clone, Default)]
pub struct Templates(Vec<Template>);

#[derive(Debug, Clone)]
struct Template {
    organisation: Option<String>,
    rank: Option<String>,
    goals: Value,
}

impl Templates {
    /// Read the templates in force on the day.
    pub fn load(tx: &mut (impl Reader + ?Sized), day: NaiveDate) -> Result<Self, Refusal> {
        let records = find::all(tx, TEMPLATE, find::in_force("valid_from", "valid_to", day), find::MOST)?;
        let template = |record: Record| Template {
            organisation: find::owned(&record, "organisation"),
            rank: find::owned(&record, "rank"),
            goals: record.value("goals").clone(),
        };
        Ok(Self(records.into_iter().map(template).collect()))
    }

    /// Goals for a person of the rank in the office; none when no template fits.
    pub fn goals(&self, staffing: &Staffing, organisation: &str, rank: &str) -> Option<Value> {
        let offices = staffing.upwards(organisation);
        let distance = |template: &Template| match &template.organisation {
            None => Some(offices.len()),
            Some(office) => offices.iter().position(|above| above == office),
        };
        self.0
            .iter()
            .filter(|template| template.rank.as_deref().is_none_or(|wanted| wanted == rank))
            .filter_map(|template| Some(((distance(template)?, template.rank.is_none()), template)))
            .min_by_key(|(nearness, _)| *nearness)
            .map(|(_, template)| template.goals.clone())
    }
}

/// Hand templates out to all sheets of the round that still wait for goals and have none. Gives their number.
///
/// # Errors
/// Not found or denied unless the principal may open the round.
pub fn hand_out(tx: &mut dyn Writer, kernel: &Kernel, who: &Principal, round: &str) -> Result<usize, Refusal> {
    let record = preview::round_to_open(tx, kernel, who, round)?;
    let day = preview::deciding_day(&record, kernel.today());
    let templates = Templates::load(tx, day)?;
    let staffing = Staffing::load(tx, kernel, day)?;
    let batch = format!("templates:{round}:{}", kernel.new_id());
    let waiting: Filter = find::is("round", round).and(find::in_state(&[state::GOAL_SETTING]));
    let mut handed = 0;
    for sheet in find::all(tx, SHEET, waiting, find::MOST)? {
        if !sheet.value("goals").is_null() {
            continue;
        }
        let place = (sheet.text("organisation").unwrap_or_default(), sheet.text("rank").unwrap_or_default());
        let Some(goals) = templates.goals(&staffing, place.0, place.1) else { continue };
        let mut values = Body::new();
        values.insert("goals".into(), goals);
        let change =
            Change::amend(SHEET, &sheet.id, sheet.revision, values).because("目標のひな型の配布").in_batch(&batch);
        // A personnel officer has no rights as such in their own sheet; the program hands it out in the same batch.
        if who.person() == sheet.text("subject") {
            kernel.commit(tx, &Principal::system("evaluation"), change)?;
        } else {
            kernel.commit(tx, who, change)?;
        }
        handed += 1;
    }
    Ok(handed)
}
