//! The form of a record: sections, inputs with their errors, and the summary of what to mend.

use ledger::definition::{Field as LedgerField, Kind, Ledger};
use ledger::port::Reader;
use ledger::read::title;
use ledger::{Problem, Record};
use maud::{Markup, Render};

use crate::components::{ErrorSummary, Field, RowTable, TextArea, form_section};
use crate::web::{Ask, Stop};

use super::super::pairs::Pairs;
use super::super::words::Words;
use super::choices::{Choices, common};
use super::controls::{Controls, fixed, kind_help};
use super::plan::Plan;

/// One form.
pub struct Sheet<'a> {
    /// The request.
    pub ask: &'a Ask<'a>,
    /// Ledger.
    pub ledger: &'a Ledger,
    /// Fields asked for and shown.
    pub plan: &'a Plan,
    /// The record as the reader sees it.
    pub record: Option<&'a Record>,
    /// What the inputs hold.
    pub pairs: &'a Pairs,
    /// What must be mended.
    pub problems: &'a [Problem],
}

/// A section: heading, help, fields.
pub type SectionOf<'a> = (&'a str, &'a str, Vec<&'a LedgerField>);

/// Sections of a ledger in order; fields named nowhere come last.
pub fn sections(ledger: &Ledger) -> Vec<SectionOf<'_>> {
    let mut sections: Vec<SectionOf<'_>> = ledger
        .views
        .sections
        .iter()
        .map(|section| {
            let fields = section.fields.iter().filter_map(|name| ledger.field(name)).collect();
            (section.label.as_str(), section.help.as_str(), fields)
        })
        .collect();
    let named = |field: &LedgerField| ledger.views.sections.iter().any(|section| section.fields.contains(&field.name));
    let rest: Vec<&LedgerField> = ledger.fields.iter().filter(|field| !named(field)).collect();
    if !rest.is_empty() {
        sections.push((if sections.is_empty() { "内容" } else { "その他" }, "", rest));
    }
    sections
}

impl Sheet<'_> {
    /// The fields and the summary of errors.
    pub fn draw(&self, tx: &mut dyn Reader) -> Result<(Markup, ErrorSummary), Stop> {
        let here: Vec<&str> = self.plan.inputs.iter().chain(&self.plan.fixed).map(String::as_str).collect();
        self.ask.seen.shown(self.ask.who, self.ledger, self.record, Some(&here));
        let inputs: Vec<&LedgerField> = self.plan.inputs.iter().filter_map(|name| self.ledger.field(name)).collect();
        let common = common(self.ledger, self.record, self.pairs);
        let choices = Choices::read(tx, self.ask, &inputs, self.pairs, &common)?;
        let controls = Controls { ask: self.ask, pairs: self.pairs, choices: &choices };
        let stored = self.record.map(std::slice::from_ref).unwrap_or_default();
        let wanted = title::referred(self.ledger, stored);
        let titles = title::many(&self.ask.kernel.catalogue, tx, self.ask.who, wanted)?;
        let words = Words { kernel: self.ask.kernel, titles: &titles };
        let mut drawn = Vec::new();
        for (heading, help, fields) in sections(self.ledger) {
            let fields: Vec<Markup> = fields
                .into_iter()
                .filter_map(|field| {
                    if self.plan.inputs.contains(&field.name) {
                        return Some(self.input(field, &controls, &choices));
                    }
                    let found = self.record.map(|record| record.value(&field.name)).filter(|found| !found.is_null())?;
                    let shown = self.plan.fixed.contains(&field.name);
                    shown.then(|| {
                        let text = words.text(field, found);
                        Field::new(field.name.as_str(), field.label.as_str(), fixed(text)).render()
                    })
                })
                .collect();
            if !fields.is_empty() {
                drawn.push(form_section(heading, Some(help).filter(|help| !help.is_empty()), &fields));
            }
        }
        Ok((maud::html! { @for section in &drawn { (section) } }, self.summary()))
    }

    fn input(&self, field: &LedgerField, controls: &Controls<'_>, choices: &Choices) -> Markup {
        let required = self.plan.required.contains(&field.name);
        let errors: Vec<&str> = self
            .problems
            .iter()
            .filter(|problem| problem.field == field.name && problem.column.is_none())
            .map(|problem| problem.message.as_str())
            .collect();
        let error = (!errors.is_empty()).then(|| errors.join(" "));
        let help = kind_help(self.ask, field, choices, self.record.is_none());
        if let Kind::Rows { columns } = &field.kind {
            let table: RowTable = self.problems.iter().filter(|problem| problem.field == field.name).fold(
                controls.rows(&field.name, columns),
                |table, problem| {
                    let column = problem
                        .column
                        .as_deref()
                        .and_then(|c| columns.iter().filter(|k| !k.retired).position(|k| k.name == c));
                    match (problem.row, column) {
                        (Some(row), Some(column)) => table.error(row, column, problem.message.as_str()),
                        _ => table,
                    }
                },
            );
            return Field::new(field.name.as_str(), field.label.as_str(), table)
                .required_if(required)
                .help(help)
                .error_if(error)
                .render();
        }
        Field::new(field.name.as_str(), field.label.as_str(), controls.of(field, &field.name, required, false))
            .required_if(required)
            .help(help)
            .error_if(error)
            .render()
    }

    /// Every problem with a link to its input, where it has one here.
    fn summary(&self) -> ErrorSummary {
        self.problems.iter().fold(ErrorSummary::new(), |summary, problem| {
            let message = problem.message.as_str();
            match (&problem.row, &problem.column) {
                _ if problem.field == "_reason" => summary.field("_reason", message),
                _ if !self.plan.inputs.contains(&problem.field) => summary.whole(message),
                (Some(row), Some(column)) => summary.field(&format!("{}.{row}.{column}", problem.field), message),
                _ => summary.field(&problem.field, message),
            }
        })
    }
}

/// The input for a reason or comment.
pub fn reason_field(pairs: &Pairs, required: bool, error: Option<String>) -> Markup {
    Field::new("_reason", "理由", TextArea::new().rows(3).value(pairs.first("_reason")))
        .required_if(required)
        .error_if(error)
        .help("履歴に残ります。後から読む人に分かるように書いてください。")
        .render()
}
