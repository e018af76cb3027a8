//! What stands around a list: the filter sentence, saved views, the count, the pager.

use maud::{Markup, Render, html};

use crate::{Icon, Url, figures::grouped};

/// One condition of a list in words, and the address without it.
#[derive(Clone, Debug)]
pub struct Chip {
    /// The condition: 状態: 評価中.
    pub words: String,
    /// The same list without it.
    pub without: Url,
}

/// The conditions of a list as a sentence: 状態: 評価中 かつ 組織: 第1局以下, with the form to change them folded below.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    chips: Vec<Chip>,
    clear: Option<Url>,
    form: Option<(Url, Markup)>,
    open: bool,
}

impl Filters {
    /// No condition.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a condition.
    #[must_use]
    pub fn chip(mut self, words: impl Into<String>, without: Url) -> Self {
        self.chips.push(Chip { words: words.into(), without });
        self
    }

    /// The list without any condition.
    #[must_use]
    pub fn clear(mut self, to: Url) -> Self {
        self.clear = Some(to);
        self
    }

    /// The fields that change the conditions; they are sent by GET to the bare address of `list`, whose other query
    /// pairs must be among the fields or are lost.
    #[must_use]
    pub fn form(mut self, list: &Url, fields: impl Render) -> Self {
        self.form = Some((list.bare(), fields.render()));
        self
    }

    /// Shows the fields unfolded.
    #[must_use]
    pub fn open(mut self, open: bool) -> Self {
        self.open = open;
        self
    }
}

impl Render for Filters {
    fn render(&self) -> Markup {
        html! {
            @if !self.chips.is_empty() {
                p class="filters" {
                    span class="visually-hidden" { "絞り込みの条件: " }
                    @for (place, chip) in self.chips.iter().enumerate() {
                        @if place > 0 { span class="quiet" { "かつ" } }
                        span class="chip" {
                            (chip.words)
                            a href=(chip.without) { (Icon::Cross) span class="visually-hidden" { "条件「" (chip.words) "」を外す" } }
                        }
                    }
                    @if let (true, Some(clear)) = (self.chips.len() > 1, &self.clear) { a href=(clear) { "すべての条件を外す" } }
                }
            }
            @if let Some((to, fields)) = &self.form {
                details class="filter-panel" open[self.open] {
                    summary { "条件を変える" }
                    form method="get" action=(to) role="search" aria-label="絞り込み" {
                        div class="filter-fields" { (fields) }
                        button type="submit" class="button" { (Icon::Search) "この条件で探す" }
                    }
                }
            }
        }
    }
}

/// Links of which one is the current: saved views of a list, sheets of a year.
#[derive(Clone, Debug)]
pub struct Tabs {
    name: String,
    tabs: Vec<(String, Url, bool, Option<u64>)>,
}

impl Tabs {
    /// Tabs with a name for screen readers, such as 保存した見方.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), tabs: Vec::new() }
    }

    /// Adds a tab, with the number of records behind it when that is known.
    #[must_use]
    pub fn tab(mut self, words: impl Into<String>, to: Url, current: bool, count: Option<u64>) -> Self {
        self.tabs.push((words.into(), to, current, count));
        self
    }
}

impl Render for Tabs {
    fn render(&self) -> Markup {
        html! {
            nav class="tabs" aria-label=(self.name) {
                ul {
                    @for (words, to, current, count) in &self.tabs {
                        li {
                            a href=(to) aria-current=[current.then_some("page")] {
                                (words)
                                @if let Some(count) = count { span class="count" { (grouped(i64::try_from(*count).unwrap_or(i64::MAX))) span class="visually-hidden" { "件" } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The number of records, with what can be done to the list as a whole at the right.
#[derive(Clone, Debug)]
pub struct ListHead {
    words: String,
    tools: Vec<Markup>,
}

impl ListHead {
    /// An exact number: 128件.
    #[must_use]
    pub fn count(count: u64) -> Self {
        Self::words(format!("{}件", grouped(i64::try_from(count).unwrap_or(i64::MAX))))
    }

    /// A number of which only the least is known: 1,000件以上.
    #[must_use]
    pub fn at_least(count: u64) -> Self {
        Self::words(format!("{}件以上", grouped(i64::try_from(count).unwrap_or(i64::MAX))))
    }

    /// Any words.
    pub fn words(words: impl Into<String>) -> Self {
        Self { words: words.into(), tools: Vec::new() }
    }

    /// Adds a tool: choose columns, export.
    #[must_use]
    pub fn tool(mut self, tool: impl Render) -> Self {
        self.tools.push(tool.render());
        self
    }
}

impl Render for ListHead {
    fn render(&self) -> Markup {
        html! {
            div class="list-head" {
                p class="list-count bold" { (self.words) }
                @if !self.tools.is_empty() { div class="cluster no-print" { @for tool in &self.tools { (tool) } } }
            }
        }
    }
}

/// Previous and next page of a list that is paged by key (there are no page numbers).
#[derive(Clone, Debug, Default)]
pub struct Pager {
    previous: Option<Url>,
    next: Option<Url>,
    place: Option<String>,
}

impl Pager {
    /// Links where there is somewhere to go; renders as nothing when there is neither.
    #[must_use]
    pub fn new(previous: Option<Url>, next: Option<Url>) -> Self {
        Self { previous, next, place: None }
    }

    /// Where one is, in words: 51件目から100件目まで.
    #[must_use]
    pub fn place(mut self, words: impl Into<String>) -> Self {
        self.place = Some(words.into());
        self
    }
}

impl Render for Pager {
    fn render(&self) -> Markup {
        if self.previous.is_none() && self.next.is_none() {
            return Markup::default();
        }
        html! {
            nav class="pager" aria-label="ページ送り" {
                @if let Some(to) = &self.previous { a class="button" rel="prev" data-prev href=(to) { "前へ" } }
                @if let Some(place) = &self.place { span class="place" { (place) } }
                @if let Some(to) = &self.next { a class="button" rel="next" data-next href=(to) { "次へ" } }
            }
        }
    }
}
