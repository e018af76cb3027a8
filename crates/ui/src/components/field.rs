//! The wrapper of one entry in a form: label, 必須, control, error, help.

use maud::{Markup, Render, html};

use crate::Icon;

/// The element id of the control of a field, used by labels and by links of the error summary.
#[must_use]
pub fn field_id(name: &str) -> String {
    format!("f-{name}")
}

/// What a control needs to know of the field around it.
#[derive(Clone, Debug)]
pub struct Wiring {
    /// Name sent with the form.
    pub name: String,
    /// Id of the control; its first input when it has several.
    pub id: String,
    /// The label in words, for inputs that have none of their own (cells of a row table).
    pub label: String,
    /// Ids for `aria-describedby`.
    pub described_by: Option<String>,
    /// Whether there is an error to mend.
    pub invalid: bool,
    /// Whether an answer is needed.
    pub required: bool,
    /// Whether the label must be given as `aria-label` because no `label` element points here.
    pub bare: bool,
}

impl Wiring {
    /// `aria-invalid`, when there is an error.
    #[must_use]
    pub fn aria_invalid(&self) -> Option<&'static str> {
        self.invalid.then_some("true")
    }

    /// `aria-required`, when an answer is needed.
    #[must_use]
    pub fn aria_required(&self) -> Option<&'static str> {
        self.required.then_some("true")
    }

    /// `aria-label`, when no `label` element points here.
    #[must_use]
    pub fn aria_label(&self) -> Option<&str> {
        self.bare.then_some(self.label.as_str())
    }
}

/// The part of a field that takes the answer.
pub trait Control {
    /// The control in HTML.
    fn control(&self, wiring: &Wiring) -> Markup;

    /// Whether it is several inputs, so that the field becomes a `fieldset` with a `legend`.
    fn is_group(&self) -> bool {
        false
    }
}

impl Control for Box<dyn Control> {
    fn control(&self, wiring: &Wiring) -> Markup {
        (**self).control(wiring)
    }

    fn is_group(&self) -> bool {
        (**self).is_group()
    }
}

/// One entry in a form.
///
/// Field names may contain dots, not spaces.
///
/// ```
/// use maud::Render;
/// use ui::components::{Field, Text};
/// let html = Field::new("title", "件名", Text::new().value("<会議>"))
///     .required()
///     .help("30文字まで")
///     .error("件名を入力してください。")
///     .render()
///     .into_string();
/// assert!(html.contains("aria-describedby=\"f-title-error f-title-help\""));
/// assert!(html.contains("value=\"&lt;会議&gt;\""));
/// ```
pub struct Field<C: Control> {
    name: String,
    label: String,
    control: C,
    help: Option<String>,
    error: Option<String>,
    required: bool,
    optional: bool,
}

impl<C: Control> Field<C> {
    /// A field that may be left empty.
    pub fn new(name: impl Into<String>, label: impl Into<String>, control: C) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            control,
            help: None,
            error: None,
            required: false,
            optional: false,
        }
    }

    /// Marks the field 必須.
    #[must_use]
    pub fn required(self) -> Self {
        self.required_if(true)
    }

    /// Marks the field 必須 when `required`.
    #[must_use]
    pub fn required_if(mut self, required: bool) -> Self {
        self.required = required;
        self
    }

    /// Marks the field 任意, for forms in which nearly everything is required.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Help in a sentence, shown below.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into()).filter(|text: &String| !text.is_empty());
        self
    }

    /// What is wrong with the answer and how to mend it.
    #[must_use]
    pub fn error(self, error: impl Into<String>) -> Self {
        self.error_if(Some(error))
    }

    /// The error, when there is one.
    #[must_use]
    pub fn error_if(mut self, error: Option<impl Into<String>>) -> Self {
        self.error = error.map(Into::into);
        self
    }

    fn marks(&self) -> Markup {
        html! {
            @if self.required { span class="required" { "必須" } }
            @else if self.optional { span class="optional" { "任意" } }
        }
    }
}

impl<C: Control> Render for Field<C> {
    fn render(&self) -> Markup {
        let id = field_id(&self.name);
        let error_id = format!("{id}-error");
        let help_id = format!("{id}-help");
        let described: Vec<&str> =
            [self.error.as_ref().map(|_| error_id.as_str()), self.help.as_ref().map(|_| help_id.as_str())]
                .into_iter()
                .flatten()
                .collect();
        let described_by = (!described.is_empty()).then(|| described.join(" "));
        let wiring = Wiring {
            name: self.name.clone(),
            id: id.clone(),
            label: self.label.clone(),
            described_by: described_by.clone(),
            invalid: self.error.is_some(),
            required: self.required,
            bare: false,
        };
        let class = if self.error.is_some() { "field invalid" } else { "field" };
        let below = html! {
            @if let Some(error) = &self.error {
                p class="field-error" id=(error_id) { (Icon::Stop) span { span class="visually-hidden" { "エラー: " } (error) } }
            }
            @if let Some(help) = &self.help { p class="help" id=(help_id) { (help) } }
        };
        if self.control.is_group() {
            html! {
                fieldset class=(class) aria-describedby=[described_by] {
                    legend class="label" { (self.label) (self.marks()) }
                    (self.control.control(&wiring))
                    (below)
                }
            }
        } else {
            html! {
                div class=(class) {
                    label class="label" for=(id) { (self.label) (self.marks()) }
                    (self.control.control(&wiring))
                    (below)
                }
            }
        }
    }
}
