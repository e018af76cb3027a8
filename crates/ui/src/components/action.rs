//! What a person can press: buttons that act and links that look like them.

use maud::{Markup, Render, html};

use crate::{Icon, Url};

/// How much a button asks to be pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// The one main action of a page.
    Primary,
    /// Any other action.
    #[default]
    Secondary,
    /// An action that takes something away.
    Danger,
    /// A small matter, such as closing or signing out.
    Quiet,
}

impl Weight {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button",
            Self::Danger => "button button-danger",
            Self::Quiet => "button button-quiet",
        }
    }
}

/// A submit button inside a form. Its words are a verb with its object: 評価書を提出する.
///
/// ```
/// use maud::Render;
/// use ui::components::Button;
/// let html = Button::primary("評価書を提出する").value("action", "submit").render().into_string();
/// assert!(html.contains("name=\"action\" value=\"submit\""));
/// ```
#[derive(Clone, Debug)]
pub struct Button {
    words: String,
    weight: Weight,
    icon: Option<Icon>,
    pair: Option<(String, String)>,
    confirm: Option<String>,
    refused: Option<String>,
    small: bool,
    hidden_words: Option<String>,
}

impl Button {
    /// A button of the given weight.
    pub fn new(words: impl Into<String>, weight: Weight) -> Self {
        Self {
            words: words.into(),
            weight,
            icon: None,
            pair: None,
            confirm: None,
            refused: None,
            small: false,
            hidden_words: None,
        }
    }

    /// The main action of the page.
    pub fn primary(words: impl Into<String>) -> Self {
        Self::new(words, Weight::Primary)
    }

    /// Any other action.
    pub fn secondary(words: impl Into<String>) -> Self {
        Self::new(words, Weight::Secondary)
    }

    /// An action that takes something away.
    pub fn danger(words: impl Into<String>) -> Self {
        Self::new(words, Weight::Danger)
    }

    /// A small matter.
    pub fn quiet(words: impl Into<String>) -> Self {
        Self::new(words, Weight::Quiet)
    }

    /// Name and value that the form sends when this button is pressed.
    #[must_use]
    pub fn value(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.pair = Some((name.into(), value.into()));
        self
    }

    /// A drawing before the words.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// A question asked in a dialog before the form is sent. Without script it is not asked, so the server must
    /// still be able to take the act back or ask on a page of its own.
    #[must_use]
    pub fn confirm(mut self, question: impl Into<String>) -> Self {
        self.confirm = Some(question.into());
        self
    }

    /// Why this person may not press it now; the reason is shown under the button.
    #[must_use]
    pub fn refused(mut self, reason: impl Into<String>) -> Self {
        self.refused = Some(reason.into());
        self
    }

    /// A smaller button for use inside a table (still a target of 44 px).
    #[must_use]
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }

    /// Words for screen readers only, put after the visible ones, when several buttons on a page look the same.
    #[must_use]
    pub fn for_whom(mut self, words: impl Into<String>) -> Self {
        self.hidden_words = Some(words.into());
        self
    }

    fn class(&self) -> String {
        format!("{}{}", self.weight.class(), if self.small { " button-small" } else { "" })
    }
}

impl Render for Button {
    fn render(&self) -> Markup {
        if let Some(reason) = &self.refused {
            return html! {
                span class="not-now" {
                    button type="button" class=(self.class()) disabled { (self.words) }
                    small { (reason) }
                }
            };
        }
        html! {
            button type="submit" class=(self.class())
                name=[self.pair.as_ref().map(|pair| &pair.0)] value=[self.pair.as_ref().map(|pair| &pair.1)]
                data-confirm=[self.confirm.as_ref()] {
                @if let Some(icon) = self.icon { (icon) }
                (self.words)
                @if let Some(words) = &self.hidden_words { span class="visually-hidden" { "(" (words) ")" } }
            }
        }
    }
}

/// A link that looks like a button: it opens a page and changes nothing.
#[derive(Clone, Debug)]
pub struct LinkButton {
    words: String,
    to: Url,
    weight: Weight,
    icon: Option<Icon>,
    download: bool,
    small: bool,
}

impl LinkButton {
    /// A link of the given weight.
    pub fn new(words: impl Into<String>, to: Url, weight: Weight) -> Self {
        Self { words: words.into(), to, weight, icon: None, download: false, small: false }
    }

    /// The main action of the page, when that action opens a form.
    pub fn primary(words: impl Into<String>, to: Url) -> Self {
        Self::new(words, to, Weight::Primary)
    }

    /// Any other link.
    pub fn secondary(words: impl Into<String>, to: Url) -> Self {
        Self::new(words, to, Weight::Secondary)
    }

    /// A link to a file. It is fetched once, by the browser itself, because reading may be journaled.
    pub fn download(words: impl Into<String>, to: Url) -> Self {
        Self { download: true, icon: Some(Icon::Download), ..Self::new(words, to, Weight::Secondary) }
    }

    /// A drawing before the words.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// A smaller button for use inside a table.
    #[must_use]
    pub fn small(mut self) -> Self {
        self.small = true;
        self
    }
}

impl Render for LinkButton {
    fn render(&self) -> Markup {
        let class = format!("{}{}", self.weight.class(), if self.small { " button-small" } else { "" });
        html! {
            a class=(class) href=(self.to) download[self.download] {
                @if let Some(icon) = self.icon { (icon) }
                (self.words)
            }
        }
    }
}

/// A form that is nothing but one button: a transition, a sign-out, a reminder.
#[derive(Clone, Debug)]
pub struct PostButton {
    to: Url,
    button: Button,
    hidden: Vec<(String, String)>,
}

impl PostButton {
    /// Pressing `button` posts to `to`.
    #[must_use]
    pub fn new(to: Url, button: Button) -> Self {
        Self { to, button, hidden: Vec::new() }
    }

    /// A pair sent along, such as the revision that was seen or a request token.
    #[must_use]
    pub fn hidden(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hidden.push((name.into(), value.into()));
        self
    }
}

impl Render for PostButton {
    fn render(&self) -> Markup {
        html! {
            form method="post" action=(self.to) {
                @for (name, value) in &self.hidden { input type="hidden" name=(name) value=(value); }
                (self.button)
            }
        }
    }
}

/// Buttons in a row: the wanted one first.
#[must_use]
pub fn actions(buttons: &[Markup]) -> Markup {
    html! { div class="actions" { @for button in buttons { (button) } } }
}
