//! Controls from which a person chooses.

use maud::{Markup, html};

use super::field::{Control, Wiring};

/// One thing to choose.
#[derive(Clone, Debug)]
pub struct Choice {
    value: String,
    label: String,
    note: Option<String>,
}

impl Choice {
    /// Value sent and label shown.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), note: None }
    }

    /// A line under the label (not shown in a select).
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// One of a list, for more than about seven choices.
#[derive(Clone, Debug)]
pub struct Select {
    choices: Vec<Choice>,
    chosen: Option<String>,
    empty: Option<String>,
}

impl Select {
    /// A list with 「選んでください」 before the choices.
    #[must_use]
    pub fn new(choices: Vec<Choice>) -> Self {
        Self { choices, chosen: None, empty: Some("選んでください".to_owned()) }
    }

    /// The words for no choice; `None` when one is always chosen.
    #[must_use]
    pub fn empty(mut self, words: Option<String>) -> Self {
        self.empty = words;
        self
    }

    /// The chosen value.
    #[must_use]
    pub fn chosen(mut self, value: Option<impl Into<String>>) -> Self {
        self.chosen = value.map(Into::into);
        self
    }
}

impl Control for Select {
    fn control(&self, wiring: &Wiring) -> Markup {
        html! {
            select id=(wiring.id) name=(wiring.name) aria-label=[wiring.aria_label()]
                aria-required=[wiring.aria_required()] aria-invalid=[wiring.aria_invalid()]
                aria-describedby=[wiring.described_by.as_ref()] {
                @if let Some(words) = &self.empty { option value="" { (words) } }
                @for choice in &self.choices {
                    option value=(choice.value) selected[self.chosen.as_ref() == Some(&choice.value)] { (choice.label) }
                }
            }
        }
    }
}

/// One of a few.
#[derive(Clone, Debug)]
pub struct Radios {
    choices: Vec<Choice>,
    chosen: Option<String>,
    in_row: bool,
}

impl Radios {
    /// One choice under the other.
    #[must_use]
    pub fn new(choices: Vec<Choice>) -> Self {
        Self { choices, chosen: None, in_row: false }
    }

    /// The chosen value.
    #[must_use]
    pub fn chosen(mut self, value: Option<impl Into<String>>) -> Self {
        self.chosen = value.map(Into::into);
        self
    }

    /// Side by side, for short labels.
    #[must_use]
    pub fn in_row(mut self) -> Self {
        self.in_row = true;
        self
    }
}

impl Control for Radios {
    fn is_group(&self) -> bool {
        true
    }

    fn control(&self, wiring: &Wiring) -> Markup {
        boxes("radio", &self.choices, self.in_row, wiring, |value| self.chosen.as_deref() == Some(value))
    }
}

/// Any number of a few. The form sends the name once for each.
#[derive(Clone, Debug)]
pub struct Checkboxes {
    choices: Vec<Choice>,
    chosen: Vec<String>,
    in_row: bool,
}

impl Checkboxes {
    /// One choice under the other.
    #[must_use]
    pub fn new(choices: Vec<Choice>) -> Self {
        Self { choices, chosen: Vec::new(), in_row: false }
    }

    /// The chosen values.
    #[must_use]
    pub fn chosen(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.chosen = values.into_iter().map(Into::into).collect();
        self
    }

    /// Side by side, for short labels.
    #[must_use]
    pub fn in_row(mut self) -> Self {
        self.in_row = true;
        self
    }
}

impl Control for Checkboxes {
    fn is_group(&self) -> bool {
        true
    }

    fn control(&self, wiring: &Wiring) -> Markup {
        boxes("checkbox", &self.choices, self.in_row, wiring, |value| self.chosen.iter().any(|held| held == value))
    }
}

fn boxes(kind: &str, choices: &[Choice], in_row: bool, wiring: &Wiring, chosen: impl Fn(&str) -> bool) -> Markup {
    html! {
        div class=[in_row.then_some("choices-row")] {
            @for (place, choice) in choices.iter().enumerate() {
                label class="choice" {
                    // The first has the field's own id: the error summary links to it.
                    input type=(kind) name=(wiring.name) value=(choice.value) checked[chosen(&choice.value)]
                        id=(if place == 0 { wiring.id.clone() } else { format!("{}-{place}", wiring.id) })
                        aria-invalid=[wiring.aria_invalid().filter(|_| kind == "checkbox")];
                    span {
                        (choice.label)
                        @if let Some(note) = &choice.note { small { (note) } }
                    }
                }
            }
        }
    }
}

/// Yes or no as one box. The form sends `true`, or nothing.
#[derive(Clone, Debug)]
pub struct YesNo {
    words: String,
    on: bool,
}

impl YesNo {
    /// A box with the words that ticking it means.
    pub fn new(words: impl Into<String>, on: bool) -> Self {
        Self { words: words.into(), on }
    }
}

impl Control for YesNo {
    fn is_group(&self) -> bool {
        true
    }

    fn control(&self, wiring: &Wiring) -> Markup {
        html! {
            label class="choice" {
                input type="checkbox" id=(wiring.id) name=(wiring.name) value="true" checked[self.on]
                    aria-invalid=[wiring.aria_invalid()];
                span { (self.words) }
            }
        }
    }
}

/// A value that is shown in the form but cannot be changed here, with the reason when there is one.
#[derive(Clone, Debug)]
pub struct Fixed {
    value: String,
}

impl Fixed {
    /// The value in words.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into() }
    }
}

impl Control for Fixed {
    fn is_group(&self) -> bool {
        true
    }

    fn control(&self, wiring: &Wiring) -> Markup {
        html! { p class="value-only" id=(wiring.id) { (if self.value.is_empty() { "（空欄）" } else { &self.value }) } }
    }
}
