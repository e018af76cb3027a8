//! A sheet as one reader sees it, with what its page is drawn from.

use std::sync::Arc;

use ledger::definition::{Kind, Ledger};
use ledger::port::Reader;
use ledger::read::title::Titles;
use ledger::read::{Detail, Offer};
use ledger::{Record, Refusal};
use ui::web::Ask;

use super::super::super::names::ledger_name::{ROUND, SHEET};
use super::super::super::names::state;
use super::super::super::scale::Scale;
use super::super::asked;

/// Fields that this page can take, by the state in which they are asked for, in the order of the form.
const ASKED: [(&str, &[&str]); 8] = [
    (state::GOAL_SETTING, &["goals"]),
    (state::GOAL_CHECK, &["goals", "goal_advice", "opening_on", "opening_means", "opening_record"]),
    (state::IN_TERM, &["goal_advice", "opening_on", "opening_means", "opening_record", "concurrent_views"]),
    (state::SELF_REPORT, &["reports", "self_comment", "concurrent_views"]),
    (state::EVALUATING, &["item_marks", "evaluator_mark", "evaluator_findings", "report_advice", "concurrent_views"]),
    (state::ADJUSTING, &["adjuster_mark", "adjuster_findings"]),
    (state::CONFIRMING, &["confirmer_mark", "confirmer_findings"]),
    (state::DISCLOSED, &["closing_on", "closing_means", "closing_record"]),
];

/// Whether the page's form can send the field at all.
pub fn is_asked(field: &str) -> bool {
    ASKED.iter().any(|(_, fields)| fields.contains(&field))
}

/// A sheet as one reader sees it.
pub struct Seen {
    /// The sheet with what may be seen and done.
    pub detail: Detail,
    /// Definition of sheets.
    pub ledger: Arc<Ledger>,
    /// Its round.
    pub round: Record,
    /// Scale of overall marks.
    pub scale: Scale,
    /// Scale of individual marks.
    pub item_scale: Scale,
    /// Names of people, offices and posts.
    pub titles: Titles,
}

impl Seen {
    /// Read a sheet.
    pub fn load(tx: &mut dyn Reader, ask: &Ask<'_>, id: &str) -> Result<Self, Refusal> {
        let ledger = ask.kernel.ledger(SHEET)?;
        let detail = ask.kernel.detail(tx, ask.who, SHEET, id, None)?;
        let round = match detail.record.text("round") {
            Some(round) => ask.kernel.detail(tx, ask.who, ROUND, round, None)?.record,
            None => return Err(Refusal::NotFound),
        };
        let scale = Scale::load(tx, round.text("scale"))?;
        let item_scale = Scale::load(tx, round.text("item_scale"))?;
        let titles = asked::titles(tx, ask, std::slice::from_ref(&detail.record))?;
        Ok(Self { detail, ledger, round, scale, item_scale, titles })
    }

    /// The sheet.
    pub fn sheet(&self) -> &Record {
        &self.detail.record
    }

    /// Name of the person whose sheet it is.
    pub fn subject_name(&self) -> &str {
        self.sheet()
            .text("subject")
            .map_or("", |id| self.titles.get(super::super::super::names::ledger_name::PERSON, id))
    }

    /// The reader is the person whose sheet it is.
    pub fn is_subject(&self, ask: &Ask<'_>) -> bool {
        ask.who.person().is_some() && self.sheet().text("subject") == ask.who.person()
    }

    /// The reader's place in the line; none for the subject and for those who look on.
    pub fn seat(&self, ask: &Ask<'_>) -> Option<&'static str> {
        let me = ask.who.person()?;
        ["evaluator", "adjuster", "confirmer", "concurrent_evaluators", "former_evaluators"]
            .into_iter()
            .find(|seat| self.sheet().references(seat).contains(&me))
    }

    /// Fields that the reader may write here now, in the order of the form.
    pub fn editable(&self) -> Vec<&'static str> {
        let fields = ASKED.iter().find(|(state, _)| *state == self.sheet().state).map_or(&[][..], |(_, fields)| fields);
        let with_act = |name: &str| {
            self.detail.offers.iter().filter(|offer| offer.obstacle.is_none()).any(|offer| {
                let transition = &offer.transition;
                transition.required.iter().chain(&transition.fields).any(|field| field == name)
            })
        };
        let open = |name: &&&str| {
            let class = self.ledger.field(name).map(|field| field.class.as_str());
            class.is_some_and(|class| self.detail.writable.contains(class)) || with_act(name)
        };
        fields.iter().filter(open).copied().collect()
    }

    /// Whether an act asks for nothing but what the form holds, so that it is a button of the form.
    pub fn in_form(&self, offer: &Offer, editable: &[&str]) -> bool {
        let transition = &offer.transition;
        let demanded: Vec<&String> = transition.required.iter().chain(&transition.fields).collect();
        let of_form = demanded.iter().all(|field| editable.contains(&field.as_str()));
        !editable.is_empty() && of_form && !transition.comment_required && (!demanded.is_empty() || transition.main)
    }

    /// Fields that an act asks for, as far as this page can draw them.
    pub fn fields_of(&self, offer: &Offer) -> Vec<String> {
        let transition = &offer.transition;
        let plain =
            |name: &&String| self.ledger.field(name).is_some_and(|field| !matches!(field.kind, Kind::Rows { .. }));
        transition.required.iter().chain(&transition.fields).filter(plain).cloned().collect()
    }
}
