//! What happened to a record, in sentences, and the date at which one wants to see it.

use chrono::{DateTime, NaiveDate, Utc};
use maud::{Markup, Render, html};

use crate::{
    Url,
    when::{self, Instant},
};

use super::{Date, Field, Notice};

/// What changed in one field.
#[derive(Clone, Debug)]
pub struct Change {
    /// The field's label.
    pub field: String,
    /// Its value before; empty when there was none.
    pub before: String,
    /// Its value after; empty when it was cleared.
    pub after: String,
}

/// One entry of the history.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// Who did it.
    pub who: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done when it is not only a change of fields: 提出, 差戻し.
    pub act: Option<String>,
    /// The changes.
    pub changes: Vec<Change>,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// Where the proof of this entry is explained (証明).
    pub proof: Option<Url>,
}

/// The history of a record: newest first, as given.
#[derive(Clone, Debug)]
pub struct History {
    entries: Vec<HistoryEntry>,
}

impl History {
    /// These entries in this order.
    #[must_use]
    pub fn new(entries: Vec<HistoryEntry>) -> Self {
        Self { entries }
    }
}

impl Render for History {
    fn render(&self) -> Markup {
        html! {
            ol class="history" {
                @for entry in &self.entries {
                    li {
                        div {
                            p {
                                span class="bold" { (entry.who) "さん" } "が " (Instant(entry.at)) " に"
                                @if let Some(act) = &entry.act { " 「" (act) "」をしました。" }
                                @else if entry.changes.is_empty() { " 記録しました。" }
                                @else if let [change] = entry.changes.as_slice() { " " (sentence(change)) }
                                @else { " " (entry.changes.len()) "項目を変更しました。" }
                            }
                            @if entry.changes.len() > 1 || (entry.act.is_some() && !entry.changes.is_empty()) {
                                ul { @for change in &entry.changes { li { (sentence(change)) } } }
                            }
                            @if let Some(reason) = &entry.reason { blockquote { "理由: " (reason) } }
                            @if let Some(proof) = &entry.proof {
                                a class="small" href=(proof) { "証明" span class="visually-hidden" { "(" (Instant(entry.at).text()) " の履歴)" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn sentence(change: &Change) -> Markup {
    html! {
        @if change.before.is_empty() {
            (change.field) " に " ins class="value" { (change.after) } " を記入しました。"
        } @else if change.after.is_empty() {
            (change.field) " の " del class="value" { (change.before) } " を消しました。"
        } @else {
            (change.field) " を " del class="value" { (change.before) } " から " ins class="value" { (change.after) } " に変更しました。"
        }
    }
}

/// Chooses the date as of which a record or list is shown. Script adds a slider.
#[derive(Clone, Debug)]
pub struct AsOf {
    to: Url,
    first: NaiveDate,
    last: NaiveDate,
    chosen: Option<NaiveDate>,
}

impl AsOf {
    /// Sends `as_of` to `to` by GET, together with the other query pairs of `to`; the slider runs from the first to the
    /// last day.
    #[must_use]
    pub fn new(to: Url, first: NaiveDate, last: NaiveDate, chosen: Option<NaiveDate>) -> Self {
        Self { to, first, last, chosen }
    }
}

impl Render for AsOf {
    fn render(&self) -> Markup {
        let date = match self.chosen {
            Some(chosen) => Date::new().value(chosen),
            None => Date::new(),
        };
        html! {
            @if let Some(chosen) = self.chosen {
                (Notice::warning(format!("{}の時点の内容です", when::day_text(chosen)))
                    .action(html! { a href=(self.to.without("as_of")) { "いまの内容に戻る" } }))
            }
            details class="as-of-fold" open[self.chosen.is_some()] {
                summary { "過去の時点を見る" }
                form class="as-of" method="get" action=(self.to.bare()) data-as-of
                    data-first=(self.first.format("%Y-%m-%d")) data-last=(self.last.format("%Y-%m-%d")) {
                    @for (name, value) in self.to.pairs().iter().filter(|(name, _)| name != "as_of") {
                        input type="hidden" name=(name) value=(value);
                    }
                    (Field::new("as_of", "いつの時点を見るか", date))
                    button type="submit" class="button" { "この日の内容を見る" }
                }
            }
        }
    }
}
