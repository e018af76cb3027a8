//! What of a contract waits for which side, in every ledger of it, and the way into each ledger.

use ledger::Refusal;
use ledger::access::Access;
use ledger::definition::{Catalogue, Holder, Ledger, Tone};
use ledger::port::Reader;
use maud::{Markup, html};
use ui::Url;
use ui::components::{Badge, Tone as Colour};
use ui::screens::words::list_url;
use ui::web::Ask;

use super::asked;
use crate::names::ledger_name::OBLIGATION;
use crate::terms::reference;

/// A ledger of the contract as the reader sees it.
pub struct Filed {
    label: String,
    area: String,
    name: String,
    field: String,
    total: u64,
    /// State, its words, how many, and whether they wait for the company.
    waiting: Vec<(String, String, u64, bool)>,
}

/// All ledgers of a contract that are open to the reader, in order of their areas.
pub fn ledgers(tx: &mut dyn Reader, ask: &Ask<'_>, contracts: &str, id: &str) -> Result<Vec<Filed>, Refusal> {
    let catalogue = &ask.kernel.catalogue;
    let mut filed = Vec::new();
    for area in &catalogue.areas {
        for ledger in catalogue.ledgers.values().filter(|ledger| ledger.area == area.name) {
            let Some(field) = reference(ledger, contracts) else { continue };
            if !Access::new(ledger, ask.who).any() {
                continue;
            }
            let of_this = vec![asked::is(&field.name, [id])];
            let groups = asked::groups(tx, ask, &ledger.name, of_this, &["state"])?;
            let states: Vec<(String, u64)> = groups
                .iter()
                .filter_map(|group| Some((group.values.first()?.as_str()?.to_owned(), group.count)))
                .collect();
            let waiting = states.iter().filter_map(|(state, count)| {
                let company = waits_for(catalogue, ledger, state)?;
                Some((state.clone(), ledger.workflow.state_label(state).to_owned(), *count, company))
            });
            filed.push(Filed {
                label: ledger.label.clone(),
                area: area.label.clone(),
                name: ledger.name.clone(),
                field: field.name.clone(),
                total: states.iter().map(|(_, count)| count).sum(),
                waiting: waiting.collect(),
            });
        }
    }
    Ok(filed)
}

/// Whether a record in this state waits for the company (`true`), for the agency, or for nobody in particular.
fn waits_for(catalogue: &Catalogue, ledger: &Ledger, state: &str) -> Option<bool> {
    let found = ledger.workflow.state(state)?;
    // What is still to come is told by its date, not as waiting.
    if found.closed || !matches!(found.tone, Tone::Active | Tone::Caution) {
        return None;
    }
    let outside = |role: &str| catalogue.roles.get(role).is_some_and(|role| role.outside);
    let duties = ledger.duties.iter().filter(|duty| duty.states.iter().any(|one| one == state));
    let mut sides = duties.filter_map(|duty| match &duty.holder {
        Holder::Role { role, .. } => Some(outside(role)),
        Holder::Person { .. } => None,
    });
    let first = sides.next()?;
    // Of an obligation that was sent back, the side that hands it in has to act.
    if ledger.name == OBLIGATION && found.tone == Tone::Caution {
        return Some(true);
    }
    sides.all(|side| side == first).then_some(first)
}

/// What waits, side by side.
pub fn waiting(filed: &[Filed], id: &str) -> Markup {
    let side = |company: bool| {
        filed.iter().flat_map(move |one| {
            one.waiting.iter().filter(move |waiting| waiting.3 == company).map(move |waiting| (one, waiting))
        })
    };
    let number = |company: bool| side(company).map(|(_, waiting)| waiting.2).sum::<u64>();
    let list = |company: bool| {
        html! {
            ul class="plain-list" {
                @for (one, (state, words, count, _)) in side(company) {
                    li { a href=(of_contract(one, id).query("f", format!("state:is:{state}"))) { (one.label) "：" (words) } " " (count) "件" }
                }
            }
        }
    };
    html! {
        section class="section stack" {
            h2 { "やり取り" }
            div class="columns" {
                @for (company, words) in [(false, "官側の番"), (true, "相手方の番")] {
                    section class="panel" {
                        h3 { (words) " "
                            @if number(company) == 0 { (Badge::new("ありません", Colour::Good)) }
                            @else { (Badge::new(format!("{}件", number(company)), Colour::Caution)) }
                        }
                        (list(company))
                    }
                }
            }
        }
    }
}

/// Links into every ledger, by area.
pub fn links(filed: &[Filed], id: &str) -> Markup {
    let mut areas: Vec<&str> = Vec::new();
    for one in filed {
        if !areas.contains(&one.area.as_str()) {
            areas.push(&one.area);
        }
    }
    html! {
        section class="section stack no-print" {
            h2 { "この契約の台帳" }
            div class="columns" {
                @for area in areas {
                    section class="panel" {
                        h3 { (area) }
                        ul class="plain-list" {
                            @for one in filed.iter().filter(|one| one.area == area) {
                                li { a href=(of_contract(one, id)) { (one.label) } " " span class="quiet" { (one.total) "件" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn of_contract(one: &Filed, id: &str) -> Url {
    list_url(&one.name).query("f", format!("{}:is:{id}", one.field))
}
