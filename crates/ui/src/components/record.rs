//! What a record's page is made of: its state first, sections of facts, the panel at the side.

use maud::{Markup, Render, html};

use crate::{Icon, Url, when::Day};

use super::badge::Badge;

/// How far a step has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepState {
    /// Behind us.
    Done,
    /// Where it stands.
    Now,
    /// Still to come.
    Ahead,
}

/// The steps of a procedure in order, as an ordered list.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    steps: Vec<(String, StepState, Option<String>)>,
}

impl Steps {
    /// No steps.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step, with its date in words when there is one.
    #[must_use]
    pub fn step(mut self, words: impl Into<String>, state: StepState, when: Option<String>) -> Self {
        self.steps.push((words.into(), state, when));
        self
    }
}

impl Render for Steps {
    fn render(&self) -> Markup {
        html! {
            ol class="steps" {
                @for (words, state, when) in &self.steps {
                    @let (class, icon, said) = match state {
                        StepState::Done => ("done", Icon::Check, "済み"),
                        StepState::Now => ("now", Icon::Half, "いまここ"),
                        StepState::Ahead => ("ahead", Icon::Circle, "これから"),
                    };
                    li class=(class) aria-current=[(*state == StepState::Now).then_some("step")] {
                        (icon) (words)
                        span class="visually-hidden" { "(" (said) ")" }
                        @if let Some(when) = when { span class="when" { (when) } }
                    }
                }
            }
        }
    }
}

/// The first thing a record says: its state, what comes next and by when, and what this person may do.
#[derive(Clone, Debug)]
pub struct RecordState {
    badge: Badge,
    next: String,
    late: bool,
    steps: Option<Steps>,
    acts: Vec<Markup>,
}

impl RecordState {
    /// A state, and the next step in a sentence: 次は調整者の確認。期限 3月14日(金)。
    pub fn new(badge: Badge, next: impl Into<String>) -> Self {
        Self { badge, next: next.into(), late: false, steps: None, acts: Vec::new() }
    }

    /// The deadline has passed.
    #[must_use]
    pub fn late(mut self, late: bool) -> Self {
        self.late = late;
        self
    }

    /// The steps of the procedure.
    #[must_use]
    pub fn steps(mut self, steps: Steps) -> Self {
        self.steps = Some(steps);
        self
    }

    /// Adds something to press, or a refused button with its reason.
    #[must_use]
    pub fn act(mut self, act: impl Render) -> Self {
        self.acts.push(act.render());
        self
    }
}

impl Render for RecordState {
    fn render(&self) -> Markup {
        html! {
            section class=(if self.late { "record-state late" } else { "record-state" }) aria-label="いまの状態" {
                div class="cluster" {
                    (self.badge)
                    @if self.late { (Badge::new("期限を過ぎています", super::badge::Tone::Bad)) }
                }
                @if !self.next.is_empty() { p class="next" { (self.next) } }
                @if let Some(steps) = &self.steps { (steps) }
                @if !self.acts.is_empty() { (super::action::actions(&self.acts)) }
            }
        }
    }
}

/// A section of facts: names at the left, values at the right.
#[derive(Clone, Debug)]
pub struct Section {
    heading: String,
    id: Option<String>,
    tool: Option<Markup>,
    facts: Vec<Fact>,
    body: Option<Markup>,
}

#[derive(Clone, Debug)]
struct Fact {
    label: String,
    value: Markup,
    changed: bool,
}

impl Section {
    /// A section under a heading.
    pub fn new(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), id: None, tool: None, facts: Vec::new(), body: None }
    }

    /// Element id to link to.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// A link or button at the right of the heading.
    #[must_use]
    pub fn tool(mut self, tool: impl Render) -> Self {
        self.tool = Some(tool.render());
        self
    }

    /// Adds a fact; an empty text is shown as 空欄.
    #[must_use]
    pub fn fact(self, label: impl Into<String>, value: impl Render) -> Self {
        self.push(label.into(), value.render(), false)
    }

    /// Adds a fact that changed since this person last looked.
    #[must_use]
    pub fn changed_fact(self, label: impl Into<String>, value: impl Render) -> Self {
        self.push(label.into(), value.render(), true)
    }

    fn push(mut self, label: String, value: Markup, changed: bool) -> Self {
        self.facts.push(Fact { label, value, changed });
        self
    }

    /// Anything after the facts.
    #[must_use]
    pub fn body(mut self, body: impl Render) -> Self {
        self.body = Some(body.render());
        self
    }
}

impl Render for Section {
    fn render(&self) -> Markup {
        html! {
            section class="section" id=[self.id.as_ref()] {
                h2 { (self.heading) @if let Some(tool) = &self.tool { (tool) } }
                @if !self.facts.is_empty() {
                    dl class="facts" {
                        @for fact in &self.facts {
                            div class=[fact.changed.then_some("changed")] {
                                dt { (fact.label) }
                                dd {
                                    @if fact.value.0.is_empty() { span class="quiet" { "空欄" } } @else { (fact.value) }
                                    @if fact.changed { span class="mark" { (Icon::Edit) "前に見た後の変更" } }
                                }
                            }
                        }
                    }
                }
                @if let Some(body) = &self.body { (body) }
            }
        }
    }
}

/// The panel at the side of a record: duties, approvals, documents, links.
#[derive(Clone, Debug, Default)]
pub struct SidePanel {
    blocks: Vec<(String, Option<Markup>, Vec<Markup>, String)>,
}

impl SidePanel {
    /// An empty panel.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a block: heading, something at its right, its lines, and what it says while it has none.
    #[must_use]
    pub fn block(
        mut self,
        heading: impl Into<String>,
        tool: Option<Markup>,
        lines: Vec<Markup>,
        empty: impl Into<String>,
    ) -> Self {
        self.blocks.push((heading.into(), tool, lines, empty.into()));
        self
    }
}

impl Render for SidePanel {
    fn render(&self) -> Markup {
        html! {
            aside class="side-panel" aria-label="関連すること" {
                @for (heading, tool, lines, empty) in &self.blocks {
                    section class="panel" {
                        h2 { (heading) @if let Some(tool) = tool { (tool) } }
                        @if lines.is_empty() { p class="quiet small" { (empty) } } @else {
                            ul class="plain-list" { @for line in lines { li { (line) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Content with a panel at its right, below it on a narrow screen.
#[must_use]
pub fn with_side(content: &Markup, side: &SidePanel) -> Markup {
    html! { div class="with-side" { div { (content) } (side) } }
}

/// A piece of work with a date, as it stands in 今日の仕事.
#[derive(Clone, Debug)]
pub struct Duty {
    /// What is to do, as a verb with its object.
    pub words: String,
    /// Where it is done.
    pub to: Url,
    /// The record it belongs to.
    pub about: String,
    /// What gathers that record, such as its contract.
    pub of: Option<String>,
    /// The last day.
    pub deadline: Option<chrono::NaiveDate>,
    /// How far away that is: あと3開庁日, 2開庁日超過.
    pub left: String,
    /// How pressing it is.
    pub urgency: Urgency,
}

/// How pressing a duty is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// The deadline has passed.
    Late,
    /// Within a few days.
    Soon,
    /// Time is left.
    Calm,
}

impl Render for Duty {
    fn render(&self) -> Markup {
        let (class, icon) = match self.urgency {
            Urgency::Late => ("duty-when late", Icon::Stop),
            Urgency::Soon => ("duty-when soon", Icon::Clock),
            Urgency::Calm => ("duty-when", Icon::Clock),
        };
        html! {
            div class="duty" {
                a href=(self.to) { (self.words) }
                @if !self.about.is_empty() { span class="small quiet" { (self.about) } }
                @if let Some(of) = &self.of { span class="small quiet" { (of) } }
                span class=(class) {
                    span { (icon) " " (self.left) }
                    @if let Some(deadline) = self.deadline { span { "期限 " (Day::with_weekday(deadline)) } }
                }
            }
        }
    }
}

/// A column of 今日の仕事: heading with its count, its lines, and what will appear there while it has none.
///
/// `folded` are further lines that stay closed under the words that name them.
#[must_use]
pub fn day_column(heading: &str, lines: &[Markup], empty: &str, folded: Option<(&str, &[Markup])>) -> Markup {
    html! {
        section class="panel" {
            div class="column-head" {
                h2 { (heading) }
                span class="count" { (lines.len()) span class="visually-hidden" { "件" } }
            }
            @if lines.is_empty() { p class="quiet" { (empty) } } @else {
                ul class="plain-list" { @for line in lines { li { (line) } } }
            }
            @if let Some((words, lines)) = folded {
                details { summary { (words) } ul class="plain-list" { @for line in lines { li { (line) } } } }
            }
        }
    }
}
