//! Doing something to several rows of a list at once.

use maud::{Markup, html};

use crate::Url;

use super::action::{Button, Weight};

/// The form around a list: rows are picked, and the bar below says what will happen to how many.
///
/// Each button posts the picked values under [`Bulk::name`] and its own pair `action`. The server answers with a page
/// that says again what will happen to how many before anything is done, so that it is as safe without script.
#[derive(Clone, Debug)]
pub struct Bulk {
    to: Url,
    name: String,
    hidden: Vec<(String, String)>,
    acts: Vec<Act>,
}

#[derive(Clone, Debug)]
struct Act {
    value: String,
    words: String,
    says: String,
    weight: Weight,
}

impl Bulk {
    /// Picked values are sent to `to` under `name`.
    pub fn new(to: Url, name: impl Into<String>) -> Self {
        Self { to, name: name.into(), hidden: Vec::new(), acts: Vec::new() }
    }

    /// The name under which picked values are sent.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A pair sent along.
    #[must_use]
    pub fn hidden(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hidden.push((name.into(), value.into()));
        self
    }

    /// An act: its value, its words (選んだ評価書を提出する) and the sentence of what will happen, in which `{n}` stands
    /// for the number of picked rows ({n}件の評価書を調整者へ送ります).
    #[must_use]
    pub fn act(mut self, value: impl Into<String>, words: impl Into<String>, says: impl Into<String>) -> Self {
        let weight = if self.acts.is_empty() { Weight::Primary } else { Weight::Secondary };
        self.acts.push(Act { value: value.into(), words: words.into(), says: says.into(), weight });
        self
    }

    /// Puts the form around a table.
    pub(super) fn around(&self, table: &Markup) -> Markup {
        html! {
            form method="post" action=(self.to) data-bulk=(self.name) {
                @for (name, value) in &self.hidden { input type="hidden" name=(name) value=(value); }
                (table)
                div class="bulk-bar" data-bulk-bar {
                    p class="bulk-says" role="status" data-bulk-says { "行を選ぶと、まとめて手続できます。" }
                    @for act in &self.acts {
                        span data-says=(act.says) { (Button::new(&act.words, act.weight).value("action", &act.value)) }
                    }
                }
            }
        }
    }
}
