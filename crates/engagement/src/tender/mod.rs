//! From the notice to the award (入札公告, 入札説明書, 入札心得書).
//!
//! Rules that need nothing but what they are given: [`qualify`] who may take part, [`void`] the eleven reasons, [`evaluate`]
//! what comes next, [`lots`] equal bids. The rest binds them to the ledgers of `packs/engagement`: a bid is sealed by its
//! access class, and opened with all bids of its round in one transaction, by a second person.

mod bidding;
mod counter;
pub mod evaluate;
mod judging;
mod lot_record;
pub mod lots;
mod measure;
mod names;
pub mod pages;
mod paperwork;
mod procurement;
mod qualification;
pub mod qualify;
mod question;
mod step;
mod subcontracting;
pub mod void;

use ledger::engine::{Context, Engine};
use ledger::record::Record;
use ledger::refusal::Refusal;
use ledger::task::Daily;

use names::{
    APPLICATION, BID, ENGAGEMENT, EQUAL_GOODS, HANDOUT, INVESTIGATION, LOTTERY, MEASURE, QUALIFICATION, QUESTION,
    SUBCONTRACT, TENDER,
};

/// The engine of procurements.
#[derive(Debug, Clone, Copy, Default)]
pub struct TenderEngine;

impl Engine for TenderEngine {
    fn ledgers(&self) -> &[&str] {
        &[
            TENDER,
            BID,
            QUALIFICATION,
            QUESTION,
            LOTTERY,
            INVESTIGATION,
            ENGAGEMENT,
            HANDOUT,
            APPLICATION,
            EQUAL_GOODS,
            MEASURE,
            SUBCONTRACT,
        ]
    }

    fn complete(&self, context: &mut Context<'_>, before: Option<&Record>, after: &mut Record) -> Result<(), Refusal> {
        match after.ledger.as_str() {
            TENDER => procurement::complete(context, before, after),
            BID => bidding::complete(context, before, after),
            QUALIFICATION => qualification::complete(context, before, after),
            QUESTION => question::complete(context, before, after),
            LOTTERY => lot_record::complete(context, before, after),
            ENGAGEMENT => procurement::before_signing(context, after),
            SUBCONTRACT => subcontracting::complete(context, after),
            HANDOUT => paperwork::handout(context, before, after),
            APPLICATION => paperwork::application(context, after),
            EQUAL_GOODS => paperwork::equal_goods(context, after),
            MEASURE => measure::complete(context, after),
            _ => Ok(()),
        }
    }

    fn follow(&self, context: &mut Context<'_>, before: Option<&Record>, after: &Record) -> Result<(), Refusal> {
        match after.ledger.as_str() {
            TENDER => procurement::follow(context, after),
            BID => bidding::follow(context, before, after),
            QUESTION => question::follow(context, after),
            LOTTERY => lot_record::follow(context, after),
            MEASURE => measure::follow(context, after),
            INVESTIGATION => procurement::after_investigation(context, after),
            _ => Ok(()),
        }
    }
}

/// What falls due with the day.
pub const DAILY: &[Daily] = &[Daily { name: "tender.answers", run: question::finish }];
