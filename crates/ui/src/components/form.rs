//! A whole form: errors first, sections, then its buttons.

use maud::{Markup, Render, html};

use crate::Url;

use super::{action::Button, notice::ErrorSummary};

/// A form that posts. It never validates in the browser: the server answers in words.
pub struct Form {
    to: Url,
    id: Option<String>,
    hidden: Vec<(String, String)>,
    body: Markup,
    errors: ErrorSummary,
    buttons: Vec<Markup>,
    autosave: Option<Url>,
    saved: Option<String>,
    files: bool,
}

impl Form {
    /// A form sent to `to`.
    #[must_use]
    pub fn new(to: Url) -> Self {
        Self {
            to,
            id: None,
            hidden: Vec::new(),
            body: Markup::default(),
            errors: ErrorSummary::new(),
            buttons: Vec::new(),
            autosave: None,
            saved: None,
            files: false,
        }
    }

    /// The element id, when something outside refers to the form.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// A pair sent along, such as the revision that was read.
    #[must_use]
    pub fn hidden(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hidden.push((name.into(), value.into()));
        self
    }

    /// The fields and sections.
    #[must_use]
    pub fn body(mut self, body: impl Render) -> Self {
        self.body = body.render();
        self
    }

    /// What must be mended.
    #[must_use]
    pub fn errors(mut self, errors: ErrorSummary) -> Self {
        self.errors = errors;
        self
    }

    /// Adds a button at the foot; the first is the one that Enter presses.
    #[must_use]
    pub fn button(mut self, button: impl Render) -> Self {
        self.buttons.push(button.render());
        self
    }

    /// Drafts are posted here as the person types; the answer of the server is any success status.
    #[must_use]
    pub fn autosave(mut self, to: Url) -> Self {
        self.autosave = Some(to);
        self
    }

    /// When the draft shown was saved, in words such as 10:02.
    #[must_use]
    pub fn draft_saved(mut self, at: impl Into<String>) -> Self {
        self.saved = Some(at.into());
        self
    }

    /// The form sends files.
    #[must_use]
    pub fn files(mut self) -> Self {
        self.files = true;
        self
    }
}

impl Render for Form {
    fn render(&self) -> Markup {
        html! {
            (self.errors)
            form class="form" method="post" action=(self.to) id=[self.id.as_ref()]
                enctype=[self.files.then_some("multipart/form-data")] novalidate
                data-autosave=[self.autosave.as_ref().map(ToString::to_string)] data-guard {
                @for (name, value) in &self.hidden { input type="hidden" name=(name) value=(value); }
                @if !self.buttons.is_empty() {
                    // Enter in a field presses the first button of a form; without this it could be one of a row table.
                    button type="submit" class="visually-hidden" tabindex="-1" aria-hidden="true" data-default { "送信する" }
                }
                (self.body)
                div class="form-actions" {
                    @for button in &self.buttons { (button) }
                    @if self.autosave.is_some() {
                        span class="draft-status" role="status" data-autosave-status {
                            @if let Some(at) = &self.saved { "下書きを保存しました " (at) }
                        }
                    }
                }
            }
        }
    }
}

/// Fields under a heading.
#[must_use]
pub fn form_section(heading: &str, note: Option<&str>, fields: &[Markup]) -> Markup {
    html! {
        section class="form-section" {
            h2 { (heading) }
            @if let Some(note) = note { p { (note) } }
            @for field in fields { (field) }
        }
    }
}

/// The usual foot of a form: the act, and a link back.
#[must_use]
pub fn submit_or_back(words: &str, back: &Url) -> Markup {
    html! { (Button::primary(words)) a class="button button-quiet" href=(back) { "戻る" } }
}
