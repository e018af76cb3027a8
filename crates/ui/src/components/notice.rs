//! What the program tells a person: at the head of a page, and the summary of what to mend in a form.

use maud::{Markup, Render, html};

use crate::Icon;

use super::field::field_id;

/// The kind of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Info,
    Success,
    Warning,
    Error,
}

/// A message: what happened, where, and what to do. Technical detail folds away under 詳細.
#[derive(Clone, Debug)]
pub struct Notice {
    kind: Kind,
    title: String,
    body: Vec<String>,
    action: Option<Markup>,
    details: Option<String>,
}

impl Notice {
    fn new(kind: Kind, title: impl Into<String>) -> Self {
        Self { kind, title: title.into(), body: Vec::new(), action: None, details: None }
    }

    /// Something to know.
    pub fn info(title: impl Into<String>) -> Self {
        Self::new(Kind::Info, title)
    }

    /// Something was done.
    pub fn success(title: impl Into<String>) -> Self {
        Self::new(Kind::Success, title)
    }

    /// Something needs care.
    pub fn warning(title: impl Into<String>) -> Self {
        Self::new(Kind::Warning, title)
    }

    /// Something did not work.
    pub fn error(title: impl Into<String>) -> Self {
        Self::new(Kind::Error, title)
    }

    /// Kind, title and paragraphs, for carrying the notice over a redirect; actions and details stay behind.
    #[must_use]
    pub fn to_parts(&self) -> (String, String, Vec<String>) {
        let kind = match self.kind {
            Kind::Info => "info",
            Kind::Success => "success",
            Kind::Warning => "warning",
            Kind::Error => "error",
        };
        (kind.to_owned(), self.title.clone(), self.body.clone())
    }

    /// The notice of such parts; `None` for an unknown kind.
    #[must_use]
    pub fn from_parts((kind, title, body): (String, String, Vec<String>)) -> Option<Self> {
        let kind = match kind.as_str() {
            "info" => Kind::Info,
            "success" => Kind::Success,
            "warning" => Kind::Warning,
            "error" => Kind::Error,
            _ => return None,
        };
        Some(Self { body, ..Self::new(kind, title) })
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn text(mut self, paragraph: impl Into<String>) -> Self {
        self.body.push(paragraph.into());
        self
    }

    /// A link or button that mends it.
    #[must_use]
    pub fn action(mut self, action: impl Render) -> Self {
        self.action = Some(action.render());
        self
    }

    /// Technical detail, with the number to quote to the desk.
    #[must_use]
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }
}

impl Render for Notice {
    fn render(&self) -> Markup {
        let (class, icon, word, role) = match self.kind {
            Kind::Info => ("notice notice-info", Icon::Info, "お知らせ", None),
            Kind::Success => ("notice notice-success", Icon::Check, "完了", Some("status")),
            Kind::Warning => ("notice notice-warning", Icon::Caution, "注意", None),
            Kind::Error => ("notice notice-error", Icon::Stop, "エラー", Some("alert")),
        };
        html! {
            div class=(class) role=[role] {
                (icon)
                div {
                    p class="notice-title" { span class="visually-hidden" { (word) ": " } (self.title) }
                    @for paragraph in &self.body { p { (paragraph) } }
                    @if let Some(action) = &self.action { p { (action) } }
                    @if let Some(details) = &self.details {
                        details { summary { "詳細" } pre { (details) } }
                    }
                }
            }
        }
    }
}

/// The list of what must be mended in a form, each linked to its field. Script moves the focus here.
#[derive(Clone, Debug, Default)]
pub struct ErrorSummary {
    errors: Vec<(Option<String>, String)>,
}

impl ErrorSummary {
    /// No errors yet; renders as nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An error of the field with this name; in a row table the name is that of the cell (`goals.0.title`).
    #[must_use]
    pub fn field(mut self, name: &str, message: impl Into<String>) -> Self {
        self.errors.push((Some(field_id(name)), message.into()));
        self
    }

    /// An error of the form as a whole.
    #[must_use]
    pub fn whole(mut self, message: impl Into<String>) -> Self {
        self.errors.push((None, message.into()));
        self
    }

    /// Whether there is nothing to mend.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }
}

impl Render for ErrorSummary {
    fn render(&self) -> Markup {
        if self.errors.is_empty() {
            return Markup::default();
        }
        html! {
            div class="error-summary" id="errors" tabindex="-1" role="alert" {
                h2 { (Icon::Stop) (self.errors.len()) "か所を直してください" }
                ul {
                    @for (target, message) in &self.errors {
                        li {
                            @if let Some(target) = target { a href={ "#" (target) } { (message) } } @else { (message) }
                        }
                    }
                }
            }
        }
    }
}
