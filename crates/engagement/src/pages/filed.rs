//! What lies in the ledgers of a contract: what of it waits for which side, and the way into each.

use ledger::Refusal;
use ledger::access::Access;
use ledger::definition::{Catalogue, Holder, Ledger, Tone};
use ledger::port::Reader;
use ledger::read::Condition;
use maud::{Markup, html};
use ui::Url;
use ui::asked;
use ui::components::{Badge, Tone as Colour};
use ui::screens::words::list_url;
use ui::web::Ask;

use crate::names::ledger_name::OBLIGATION;
use crate::terms::reference;

/// Records of one ledger that stand in a state.
struct Lying {
    state: String,
    words: String,
    count: u64,
    closed: bool,
    /// Whether they wait for the company (`true`) or the agency; `None` for nobody in particular.
    company: Option<bool>,
}

/// A ledger of the contract as the reader sees it.
pub struct Filed {
    /// Its name for people.
    pub label: String,
    /// Its identifier.
    pub name: String,
    /// All records of the contract in it.
    pub total: u64,
    area: String,
    field: String,
    contract: String,
    /// Whether the reader may begin a record in it.
    may_create: bool,
    lying: Vec<Lying>,
}

impl Filed {
    /// The condition that gathers the records of the contract.
    pub fn of_this(&self) -> Condition {
        asked::is(&self.field, [self.contract.as_str()])
    }

    /// The list of the contract's records.
    pub fn list(&self) -> Url {
        list_url(&self.name).query("f", self.of_this().to_string())
    }

    /// Records that are not over.
    pub fn open(&self) -> u64 {
        self.lying.iter().filter(|lying| !lying.closed).map(|lying| lying.count).sum()
    }

    /// States in which they lie.
    pub fn open_states(&self) -> Vec<&str> {
        self.lying.iter().filter(|lying| !lying.closed).map(|lying| lying.state.as_str()).collect()
    }

    fn waiting(&self, company: bool) -> impl Iterator<Item = &Lying> {
        self.lying.iter().filter(move |lying| lying.company == Some(company))
    }
}

/// All ledgers of a contract that are open to the reader, in order of their areas.
pub fn ledgers(tx: &mut dyn Reader, ask: &Ask<'_>, contracts: &str, id: &str) -> Result<Vec<Filed>, Refusal> {
    let catalogue = &ask.kernel.catalogue;
    let mut filed = Vec::new();
    for area in &catalogue.areas {
        for ledger in catalogue.ledgers.values().filter(|ledger| ledger.area == area.name) {
            let Some(field) = reference(ledger, contracts) else { continue };
            let access = Access::new(ledger, ask.who);
            if !access.any() {
                continue;
            }
            let groups = asked::groups(tx, ask, &ledger.name, vec![asked::is(&field.name, [id])], &["state"])?;
            let states = groups.iter().filter_map(|group| Some((group.values.first()?.as_str()?, group.count)));
            let lying: Vec<Lying> = states
                .map(|(state, count)| Lying {
                    state: state.to_owned(),
                    words: ledger.workflow.state_label(state).to_owned(),
                    count,
                    closed: ledger.workflow.state(state).is_some_and(|state| state.closed || state.tone == Tone::Done),
                    company: waits_for(catalogue, ledger, state),
                })
                .collect();
            filed.push(Filed {
                label: ledger.label.clone(),
                area: area.label.clone(),
                name: ledger.name.clone(),
                field: field.name.clone(),
                contract: id.to_owned(),
                may_create: access.may_create(),
                total: lying.iter().map(|lying| lying.count).sum(),
                lying,
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

/// What waits, the reader's own side first; nothing where nothing waits.
pub fn waiting(filed: &[Filed], outside: bool) -> Markup {
    let number =
        |company: bool| -> u64 { filed.iter().flat_map(|one| one.waiting(company)).map(|lying| lying.count).sum() };
    let words = |company: bool| match (company, outside) {
        (true, true) => "貴社の番",
        (true, false) => "相手方の番",
        (false, _) => "官側の番",
    };
    html! {
        section class="section stack" id="waiting" {
            h2 { "確認、承認、対応を待つもの" }
            @if number(true) + number(false) == 0 { p { (Badge::new("待っているものはありません", Colour::Good)) } }
            @else { div class="columns" {
                @for company in [outside, !outside] {
                    section class="panel" {
                        h3 { (words(company)) " "
                            @if number(company) == 0 { (Badge::new("ありません", Colour::Good)) }
                            @else { (Badge::new(format!("{}件", number(company)), Colour::Caution)) }
                        }
                        ul class="plain-list" {
                            @for one in filed {
                                @for lying in one.waiting(company) {
                                    li { a href=(one.list().query("f", format!("state:is:{}", lying.state))) { (one.label) "：" (lying.words) } " " (lying.count) "件" }
                                }
                            }
                        }
                    }
                }
            } }
        }
    }
}

/// The ledgers that hold something, by area; those that the reader may begin are folded.
pub fn links(filed: &[Filed]) -> Markup {
    let held: Vec<&Filed> = filed.iter().filter(|one| one.total > 0).collect();
    let empty: Vec<&Filed> = filed.iter().filter(|one| one.total == 0 && one.may_create).collect();
    html! {
        section class="section stack no-print" id="ledgers" {
            h2 { "この契約の記録" }
            @if held.is_empty() { p { "まだ記録はありません。" } }
            @else {
                dl class="facts" {
                    @for (area, all) in by_area(&held) {
                        div {
                            dt { (area) }
                            dd class="cluster" {
                                @for one in all { span { a href=(one.list()) { (one.label) } " " span class="quiet" { (one.total) "件" } } }
                            }
                        }
                    }
                }
            }
            @if !empty.is_empty() {
                details {
                    summary { "始める（まだ記録のない台帳）" }
                    dl class="facts" {
                        @for (area, all) in by_area(&empty) {
                            div {
                                dt { (area) }
                                dd class="cluster" {
                                    @for one in all {
                                        a href=(list_url(&one.name).join("new").query(&one.field, &one.contract)) { (one.label) "を登録する" }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn by_area<'f>(filed: &[&'f Filed]) -> Vec<(&'f str, Vec<&'f Filed>)> {
    let mut areas: Vec<(&str, Vec<&Filed>)> = Vec::new();
    for one in filed {
        match areas.iter_mut().find(|(area, _)| *area == one.area) {
            Some((_, all)) => all.push(one),
            None => areas.push((&one.area, vec![one])),
        }
    }
    areas
}
