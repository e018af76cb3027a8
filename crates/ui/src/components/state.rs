//! Pages that have nothing to show yet, work that takes time, and figures at a glance.

use maud::{Markup, Render, html};

use crate::{Icon, Url};

use super::action::{Button, PostButton};

/// What stands where there is nothing yet: it says what will appear and how to begin.
#[derive(Clone, Debug)]
pub struct Empty {
    title: String,
    teaches: String,
    actions: Vec<Markup>,
}

impl Empty {
    /// A title (まだ評価書がありません) and what will appear here, and when.
    pub fn new(title: impl Into<String>, teaches: impl Into<String>) -> Self {
        Self { title: title.into(), teaches: teaches.into(), actions: Vec::new() }
    }

    /// A way to begin.
    #[must_use]
    pub fn action(mut self, action: impl Render) -> Self {
        self.actions.push(action.render());
        self
    }
}

impl Render for Empty {
    fn render(&self) -> Markup {
        html! {
            div class="empty" {
                (Icon::Box)
                p class="empty-title" { (self.title) }
                p { (self.teaches) }
                @if !self.actions.is_empty() { div class="actions" { @for action in &self.actions { (action) } } }
            }
        }
    }
}

/// Work in the background. Script asks `poll` every second for JSON
/// `{"done": 120, "total": 3000, "words": "3,000件中120件を作成しました", "finished": false}` and loads the page again
/// when it is finished; without script there is a link.
#[derive(Clone, Debug)]
pub struct Progress {
    label: String,
    done: u64,
    total: u64,
    words: String,
    poll: Option<Url>,
    page: Option<Url>,
    cancel: Option<PostButton>,
}

impl Progress {
    /// A bar named by `label`, with its state in words.
    pub fn new(label: impl Into<String>, done: u64, total: u64, words: impl Into<String>) -> Self {
        Self { label: label.into(), done, total, words: words.into(), poll: None, page: None, cancel: None }
    }

    /// Where the state is asked for, and the page that shows it.
    #[must_use]
    pub fn poll(mut self, at: Url, page: Url) -> Self {
        self.poll = Some(at);
        self.page = Some(page);
        self
    }

    /// A button that stops it.
    #[must_use]
    pub fn cancel(mut self, to: Url, hidden: Option<(String, String)>) -> Self {
        let button = PostButton::new(to, Button::quiet("中止する"));
        self.cancel = Some(match hidden {
            Some((name, value)) => button.hidden(name, value),
            None => button,
        });
        self
    }
}

impl Render for Progress {
    fn render(&self) -> Markup {
        html! {
            div class="progress panel" data-progress=[self.poll.as_ref().map(ToString::to_string)] {
                p class="bold" { (self.label) }
                progress max=(self.total.max(1)) value=(self.done) aria-label=(self.label) {}
                div class="cluster" {
                    span role="status" data-progress-words { (self.words) }
                    @if let Some(page) = &self.page { a href=(page) { "最新の状態を見る" } }
                    @if let Some(cancel) = &self.cancel { (cancel) }
                }
            }
        }
    }
}

/// Figures in a line, each with its name, linked to the records it counts.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    items: Vec<Stat>,
}

#[derive(Clone, Debug)]
struct Stat {
    label: String,
    value: String,
    unit: String,
    note: Option<String>,
    to: Option<Url>,
}

impl Stats {
    /// No figures.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a figure with its unit, a note, and the list of what it counts.
    #[must_use]
    pub fn figure(
        mut self,
        label: impl Into<String>,
        value: impl Into<String>,
        unit: impl Into<String>,
        note: Option<String>,
        to: Option<Url>,
    ) -> Self {
        self.items.push(Stat { label: label.into(), value: value.into(), unit: unit.into(), note, to });
        self
    }
}

impl Render for Stats {
    fn render(&self) -> Markup {
        html! {
            div class="stats" {
                @for Stat { label, value, unit, note, to } in &self.items {
                    div {
                        p class="stat-label" { (label) }
                        p class="stat-value" {
                            @if let Some(to) = to { a href=(to) { (value) small { (unit) } span class="visually-hidden" { " " (label) "の一覧" } } }
                            @else { (value) small { (unit) } }
                        }
                        @if let Some(note) = note { p class="stat-note" { (note) } }
                    }
                }
            }
        }
    }
}
