//! The state of something in a word, with a tone and a drawing so that colour never speaks alone.

use maud::{Markup, Render, html};

use crate::Icon;

/// What a state means to the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Not begun, or nothing to say about it.
    #[default]
    Plain,
    /// Under way.
    Progress,
    /// Done, right.
    Good,
    /// Needs care soon.
    Caution,
    /// Overdue, refused, wrong.
    Bad,
    /// Over, no longer in use.
    Ended,
}

/// A state in words.
#[derive(Clone, Debug)]
pub struct Badge {
    words: String,
    tone: Tone,
    icon: Option<Icon>,
}

impl Badge {
    /// A badge whose drawing follows from its tone.
    pub fn new(words: impl Into<String>, tone: Tone) -> Self {
        let icon = match tone {
            Tone::Plain => Icon::Circle,
            Tone::Progress => Icon::Half,
            Tone::Good => Icon::Check,
            Tone::Caution => Icon::Clock,
            Tone::Bad => Icon::Stop,
            Tone::Ended => Icon::Ended,
        };
        Self { words: words.into(), tone, icon: Some(icon) }
    }

    /// A plain word in a frame: a property, not a state, and so without a drawing.
    pub fn tag(words: impl Into<String>) -> Self {
        Self { words: words.into(), tone: Tone::Plain, icon: None }
    }

    /// Another drawing than the usual one of the tone.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }
}

impl Render for Badge {
    fn render(&self) -> Markup {
        let class = match self.tone {
            Tone::Plain => "badge",
            Tone::Progress => "badge badge-progress",
            Tone::Good => "badge badge-good",
            Tone::Caution => "badge badge-caution",
            Tone::Bad => "badge badge-bad",
            Tone::Ended => "badge badge-ended",
        };
        html! { span class=(class) { @if let Some(icon) = self.icon { (icon) } (self.words) } }
    }
}
