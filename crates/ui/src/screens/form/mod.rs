//! Making and amending a record. In reading order: [`plan`] says which fields are asked for, [`choices`] what can be
//! chosen, [`controls`] draws the inputs, [`sheet`] the form, [`entered`] reads it back, [`files`] takes files in,
//! [`draft`] keeps what is not yet saved, [`conflict`] shows what somebody else changed in between.

pub(super) mod choices;
mod conflict;
mod controls;
pub(super) mod draft;
pub(super) mod entered;
pub(super) mod files;
pub(super) mod plan;
pub(super) mod sheet;

use std::sync::Arc;

use ledger::access::Access;
use ledger::definition::Ledger;
use ledger::port::{Reader, Writer};
use ledger::{Change, Problem, Record, Refusal};
use maud::html;

pub use draft::keep as draft;

use crate::components::{Button, Form, LinkButton, Notice, Page, RowAction};
use crate::web::{Ask, Keep, Reply, Stop};

use super::pairs::{FIELDS, Pairs, REVISION};
use super::words::{list_url, own_titles, record_url};
use entered::Entered;
use plan::Plan;
use sheet::Sheet;

/// The form for a new record, its defaults filled in; query pairs named like fields fill in more.
pub fn new(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = creatable(ask)?;
    let plan = Plan::new(tx, ask, &ledger)?;
    let first = plan.first_pairs(tx, ask, &ledger)?;
    let (pairs, draft) = draft::resume(tx, ask, &ledger, None, first)?;
    let place = Place { ledger: &ledger, plan: &plan, record: None, title: String::new() };
    Ok(Reply::page(place.page(tx, ask, &pairs, &[], draft)?))
}

/// The form for an old record.
pub fn edit(tx: &mut dyn Reader, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let (record, plan) = old(tx, ask, &ledger)?;
    let mut pairs = Pairs::of(&record, plan.inputs.iter().filter_map(|name| ledger.field(name)));
    pairs.0.push((REVISION.into(), record.revision.to_string()));
    let (pairs, draft) = draft::resume(tx, ask, &ledger, Some(&record), pairs)?;
    let place = Place::of(tx, ask, &ledger, &plan, &record)?;
    Ok(Reply::page(place.page(tx, ask, &pairs, &[], draft)?))
}

/// Store a new record.
pub fn create(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = creatable(ask)?;
    let plan = Plan::new(tx, ask, &ledger)?;
    let place = Place { ledger: &ledger, plan: &plan, record: None, title: String::new() };
    let entered = match place.before_saving(tx, ask)? {
        Step::Answer(reply) => return Ok(reply),
        Step::Save(entered) => entered,
    };
    let stored = ask.kernel.commit(tx, ask.who, Change::create(&ledger.name, entered.values.clone()));
    match stored {
        Ok(record) => {
            tx.clear_desk(&ask.who.actor.account, &draft::key(&ledger.name, None))?;
            Ok(Reply::to_with(
                record_url(&ledger.name, &record.id),
                Notice::success(format!("{}を登録しました", ledger.label)),
            ))
        }
        Err(Refusal::Invalid(problems)) => Err(place.again(tx, ask, entered, problems)),
        Err(other) => Err(other.into()),
    }
}

/// Store changes of an old record.
pub fn amend(tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Reply, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let (record, plan) = old(tx, ask, &ledger)?;
    let place = Place::of(tx, ask, &ledger, &plan, &record)?;
    let entered = match place.before_saving(tx, ask)? {
        Step::Answer(reply) => return Ok(reply),
        Step::Save(entered) => entered,
    };
    let seen = entered.pairs.revision().unwrap_or_default();
    let change = Change::amend(&ledger.name, &record.id, seen, entered.values.clone());
    let change = match entered.pairs.first("_reason").trim() {
        "" => change,
        reason => change.because(reason),
    };
    match ask.kernel.commit(tx, ask.who, change) {
        Ok(stored) => {
            tx.clear_desk(&ask.who.actor.account, &draft::key(&ledger.name, Some(&record.id)))?;
            let notice = if stored.revision == seen {
                Notice::info("変更した項目はありませんでした")
            } else {
                Notice::success("保存しました")
            };
            Ok(Reply::to_with(record_url(&ledger.name, &record.id), notice))
        }
        Err(Refusal::Invalid(problems)) => Err(place.again(tx, ask, entered, problems)),
        Err(Refusal::Conflict(now)) => Err(conflict::page(tx, ask, &place, entered, &now)?),
        Err(other) => Err(other.into()),
    }
}

fn creatable(ask: &Ask<'_>) -> Result<Arc<Ledger>, Stop> {
    let ledger = ask.kernel.ledger(ask.param("ledger"))?;
    let access = Access::new(&ledger, ask.who);
    if access.may_create() {
        return Ok(ledger);
    }
    Err(match access.any() {
        true => Refusal::Denied(format!("{}を新しく登録する権限がありません。", ledger.label)),
        false => Refusal::NotFound,
    }
    .into())
}

fn old(tx: &mut dyn Reader, ask: &Ask<'_>, ledger: &Ledger) -> Result<(Record, Plan), Stop> {
    let access = Access::new(ledger, ask.who);
    let record = tx.record(&ledger.name, ask.param("id"))?.filter(|record| access.may_read(record));
    let record = record.ok_or(Refusal::NotFound)?;
    let plan = Plan::old(tx, ask, ledger, &record)?;
    if plan.inputs.is_empty() {
        let state = ledger.workflow.state_label(&record.state);
        return Err(Refusal::Denied(format!("今の状態「{state}」では、あなたが直せる項目はありません。")).into());
    }
    Ok((access.redact(record), plan))
}

/// What a form is about.
pub(super) struct Place<'a> {
    /// Ledger.
    pub ledger: &'a Ledger,
    /// Fields asked for.
    pub plan: &'a Plan,
    /// The record as the reader sees it; none for a new one.
    pub record: Option<&'a Record>,
    /// Its title.
    pub title: String,
}

/// What a posted form leads to.
pub(super) enum Step {
    /// An answer without saving.
    Answer(Reply),
    /// Values to save.
    Save(Entered),
}

impl<'a> Place<'a> {
    fn of(
        tx: &mut dyn Reader,
        ask: &Ask<'_>,
        ledger: &'a Ledger,
        plan: &'a Plan,
        record: &'a Record,
    ) -> Result<Self, Stop> {
        let title =
            own_titles(ask.kernel, tx, ask.who, ledger, std::slice::from_ref(record))?.pop().unwrap_or_default();
        Ok(Self { ledger, plan, record: Some(record), title })
    }

    /// Row buttons and drafts are answered without saving; what cannot be read is answered with the form.
    fn before_saving(&self, tx: &mut dyn Writer, ask: &Ask<'_>) -> Result<Step, Stop> {
        let mut entered = entered::read(tx, ask, self.ledger, Pairs(ask.form.clone()))?;
        if let Some((field, action)) = ask.form("_rows").and_then(RowAction::parse) {
            let mut rows = entered.pairs.rows(field);
            action.apply(&mut rows);
            entered.pairs.set_rows(field, rows);
            let page = self.page(tx, ask, &entered.pairs, &[], Draft::None)?;
            return Err(Stop::keeping(200, Reply::page(page), entered.keep()));
        }
        if ask.form("_action") == Some("draft") {
            let id = self.record.map(|record| record.id.as_str());
            draft::put(tx, ask, &self.ledger.name, id, &entered.pairs)?;
            let to = match id {
                Some(id) => record_url(&self.ledger.name, id),
                None => list_url(&self.ledger.name),
            };
            return Ok(Step::Answer(Reply::to_with(
                to,
                Notice::success("下書きを保存しました。登録はまだしていません"),
            )));
        }
        if !entered.problems.is_empty() {
            let problems = std::mem::take(&mut entered.problems);
            return Err(self.again(tx, ask, entered, problems));
        }
        for file in &entered.files {
            tx.add_attachment(file)?;
        }
        Ok(Step::Save(entered))
    }

    /// The form again with what must be mended; files that came with it are kept.
    fn again(&self, tx: &mut dyn Reader, ask: &Ask<'_>, entered: Entered, problems: Vec<Problem>) -> Stop {
        match self.page(tx, ask, &entered.pairs, &problems, Draft::None) {
            Ok(page) => Stop::keeping(422, Reply::page(page), entered.keep()),
            Err(stop) => stop,
        }
    }

    /// The page with the form.
    fn page(
        &self,
        tx: &mut dyn Reader,
        ask: &Ask<'_>,
        pairs: &Pairs,
        problems: &[Problem],
        draft: Draft,
    ) -> Result<Page, Stop> {
        let ledger = self.ledger;
        let sheet = Sheet { ask, ledger, plan: self.plan, record: self.record, pairs, problems };
        let (body, errors) = sheet.draw(tx)?;
        let id = self.record.map(|record| record.id.as_str());
        let (to, back, title) = match id {
            Some(id) => {
                let to = record_url(&ledger.name, id);
                (to.clone(), to, format!("{} を直す", self.title))
            }
            None => {
                let to = list_url(&ledger.name);
                (to.clone(), to, format!("{}を登録する", ledger.label))
            }
        };
        let mut form = Form::new(to.clone())
            .hidden("_secret", ask.secret)
            .hidden(FIELDS, self.plan.inputs.join(","))
            .errors(errors)
            .autosave(draft::url(&ledger.name, id))
            .files_if(self.plan.files);
        if self.record.is_some() {
            form = form.hidden(REVISION, pairs.first(REVISION));
        }
        let reason = self.record.map(|_| sheet::reason_field(pairs, false, None));
        let form = form
            .body(html! { (body) @if let Some(reason) = reason { (reason) } })
            .button(Button::primary(if id.is_some() {
                "変更を保存する".to_string()
            } else {
                format!("{}を登録する", ledger.label)
            }))
            .button(Button::secondary("下書きとして残す").value("_action", "draft"))
            .button(LinkButton::secondary("やめる", back.clone()));
        let mut page = Page::new(title).under(ledger.label.as_str(), list_url(&ledger.name));
        if id.is_some() {
            page = page.under(self.title.as_str(), back);
        }
        let (page, below) = draft.shown(page, ask, ledger, id);
        Ok(page.body(html! { (below) (form) }))
    }
}

use draft::Draft;

impl Form {
    /// The form sends files, when it asks for any.
    #[must_use]
    pub(super) fn files_if(self, wanted: bool) -> Self {
        if wanted { self.files() } else { self }
    }
}

/// Files and nothing else, for an answer that undoes everything.
impl Entered {
    /// What outlives the answer.
    pub fn keep(&self) -> Keep {
        Keep { files: self.files.clone(), ..Keep::default() }
    }
}
