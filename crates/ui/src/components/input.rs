//! Controls into which a person types: text, long text, numbers, yen, dates, periods, files.
//!
//! All are plain text inputs, so that full-width digits and Japanese dates are accepted as typed; the server
//! reads them and answers with an error in words.

use chrono::NaiveDate;
use maud::{Markup, html};

use crate::{figures::grouped, when};

use super::field::{Control, Wiring};

/// How wide an input looks: a hint at how much is expected, not a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// About five characters.
    Five,
    /// About ten characters.
    Ten,
    /// About twenty characters.
    Twenty,
    /// The whole column.
    #[default]
    Full,
}

impl Width {
    fn class(self) -> Option<&'static str> {
        match self {
            Self::Five => Some("w-5"),
            Self::Ten => Some("w-10"),
            Self::Twenty => Some("w-20"),
            Self::Full => None,
        }
    }
}

/// One line of text.
#[derive(Clone, Debug, Default)]
pub struct Text {
    value: String,
    width: Width,
    kind: Option<&'static str>,
    autocomplete: Option<&'static str>,
    suggestions: Vec<String>,
    read_only: bool,
}

impl Text {
    /// An empty line.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A line whose characters are hidden; its value is never sent back to the page.
    #[must_use]
    pub fn password() -> Self {
        Self { kind: Some("password"), autocomplete: Some("current-password"), ..Self::default() }
    }

    /// A mail address.
    #[must_use]
    pub fn email() -> Self {
        Self { kind: Some("email"), ..Self::default() }
    }

    /// What it holds, as typed.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// How wide it looks.
    #[must_use]
    pub fn width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }

    /// The `autocomplete` token of HTML, such as `username`.
    #[must_use]
    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = Some(token);
        self
    }

    /// Values offered while typing; any other is accepted too.
    #[must_use]
    pub fn suggestions(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.suggestions = values.into_iter().map(Into::into).collect();
        self
    }

    /// Shown but not to be changed.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

impl Control for Text {
    fn control(&self, wiring: &Wiring) -> Markup {
        let kind = self.kind.unwrap_or("text");
        let value = if kind == "password" { "" } else { self.value.as_str() };
        let list = (!self.suggestions.is_empty()).then(|| format!("{}-list", wiring.id));
        html! {
            input type=(kind) id=(wiring.id) name=(wiring.name) value=(value) class=[self.width.class()]
                list=[list.as_ref()] autocomplete=(self.autocomplete.unwrap_or("off")) readonly[self.read_only]
                aria-label=[wiring.aria_label()] aria-required=[wiring.aria_required()]
                aria-invalid=[wiring.aria_invalid()] aria-describedby=[wiring.described_by.as_ref()];
            @if let Some(list) = &list {
                datalist id=(list) { @for value in &self.suggestions { option value=(value) {} } }
            }
        }
    }
}

/// Several lines of text. It grows with what is typed.
#[derive(Clone, Debug)]
pub struct TextArea {
    value: String,
    rows: u8,
    limit: Option<u32>,
}

impl Default for TextArea {
    fn default() -> Self {
        Self { value: String::new(), rows: 4, limit: None }
    }
}

impl TextArea {
    /// Four empty lines.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What it holds, as typed.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// Lines shown at first.
    #[must_use]
    pub fn rows(mut self, rows: u8) -> Self {
        self.rows = rows;
        self
    }

    /// The greatest number of characters as people count them (grapheme clusters). Script counts along and never
    /// cuts; the server refuses what is longer.
    #[must_use]
    pub fn limit(mut self, characters: u32) -> Self {
        self.limit = Some(characters);
        self
    }
}

impl Control for TextArea {
    fn control(&self, wiring: &Wiring) -> Markup {
        html! {
            // A parser drops one line break after the start tag; giving it one keeps the value's own.
            textarea id=(wiring.id) name=(wiring.name) rows=(self.rows) data-limit=[self.limit]
                aria-label=[wiring.aria_label()] aria-required=[wiring.aria_required()]
                aria-invalid=[wiring.aria_invalid()] aria-describedby=[wiring.described_by.as_ref()] {
                "\n" (self.value)
            }
        }
    }
}

/// A number with its unit. Full-width digits and separators are accepted as typed.
#[derive(Clone, Debug)]
pub struct Number {
    value: String,
    unit: Option<String>,
    width: Width,
    decimal: bool,
}

impl Number {
    /// A whole number.
    #[must_use]
    pub fn whole() -> Self {
        Self { value: String::new(), unit: None, width: Width::Ten, decimal: false }
    }

    /// A number with decimals.
    #[must_use]
    pub fn decimal() -> Self {
        Self { decimal: true, ..Self::whole() }
    }

    /// An amount in yen, shown with separators.
    #[must_use]
    pub fn yen() -> Self {
        Self { unit: Some("円".to_owned()), ..Self::whole() }
    }

    /// What it holds, as typed.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// A stored whole number, shown with separators.
    #[must_use]
    pub fn amount(mut self, value: i64) -> Self {
        self.value = grouped(value).replace('−', "-");
        self
    }

    /// The unit shown after it.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// How wide it looks.
    #[must_use]
    pub fn width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }
}

impl Control for Number {
    fn control(&self, wiring: &Wiring) -> Markup {
        let unit_id = format!("{}-unit", wiring.id);
        let described: Vec<&str> = [wiring.described_by.as_deref(), self.unit.as_ref().map(|_| unit_id.as_str())]
            .into_iter()
            .flatten()
            .collect();
        let class = format!("input-number {}", self.width.class().unwrap_or_default());
        html! {
            span class="with-unit" {
                input type="text" inputmode=(if self.decimal { "decimal" } else { "numeric" }) id=(wiring.id)
                    name=(wiring.name) value=(self.value) class=(class.trim_end()) autocomplete="off"
                    aria-label=[wiring.aria_label()] aria-required=[wiring.aria_required()]
                    aria-invalid=[wiring.aria_invalid()]
                    aria-describedby=[(!described.is_empty()).then(|| described.join(" "))];
                @if let Some(unit) = &self.unit { span id=(unit_id) { (unit) } }
            }
        }
    }
}

/// A date: 令和8年3月14日, R8.3.14 and 2026-03-14 are all accepted; what was understood is shown in both calendars.
#[derive(Clone, Debug, Default)]
pub struct Date {
    typed: String,
    understood: Option<NaiveDate>,
}

impl Date {
    /// No date yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A stored date.
    #[must_use]
    pub fn value(mut self, date: NaiveDate) -> Self {
        self.typed = when::day_text(date);
        self.understood = Some(date);
        self
    }

    /// What a person typed, kept as it is, with what was understood of it.
    #[must_use]
    pub fn typed(mut self, typed: impl Into<String>, understood: Option<NaiveDate>) -> Self {
        self.typed = typed.into();
        self.understood = understood;
        self
    }
}

impl Control for Date {
    fn control(&self, wiring: &Wiring) -> Markup {
        let both_id = format!("{}-both", wiring.id);
        let described = match &wiring.described_by {
            Some(ids) => format!("{ids} {both_id}"),
            None => both_id.clone(),
        };
        html! {
            input type="text" id=(wiring.id) name=(wiring.name) value=(self.typed) class="w-20" autocomplete="off"
                data-date=(both_id) aria-label=[wiring.aria_label()] aria-required=[wiring.aria_required()]
                aria-invalid=[wiring.aria_invalid()] aria-describedby=(described);
            p class="date-both" id=(both_id) {
                @if let Some(date) = self.understood { (when::both_calendars(date)) }
            }
        }
    }
}

/// A first and a last day. The form sends `name.from` and `name.to`.
#[derive(Clone, Debug, Default)]
pub struct Period {
    from: Date,
    to: Date,
}

impl Period {
    /// A period of two dates, either of which may be empty.
    #[must_use]
    pub fn new(from: Date, to: Date) -> Self {
        Self { from, to }
    }
}

impl Control for Period {
    fn is_group(&self) -> bool {
        true
    }

    fn control(&self, wiring: &Wiring) -> Markup {
        let part = |suffix: &str, label: &str, id: String, date: &Date| {
            let inner = Wiring {
                name: format!("{}.{suffix}", wiring.name),
                id,
                label: label.to_owned(),
                bare: true,
                ..wiring.clone()
            };
            html! { div { (date.control(&inner)) } }
        };
        html! {
            div class="period" {
                (part("from", &format!("{} 始まりの日", wiring.label), wiring.id.clone(), &self.from))
                span { "から" }
                (part("to", &format!("{} 終わりの日", wiring.label), format!("{}.to", wiring.id), &self.to))
                span { "まで" }
            }
        }
    }
}

/// A file to hand in.
#[derive(Clone, Debug, Default)]
pub struct File {
    accept: Option<String>,
    held: Vec<(String, crate::Url)>,
    several: bool,
}

impl File {
    /// Any one file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Kinds offered by the file dialog, such as `.xlsx,.csv`.
    #[must_use]
    pub fn accept(mut self, kinds: impl Into<String>) -> Self {
        self.accept = Some(kinds.into());
        self
    }

    /// Several files at once.
    #[must_use]
    pub fn several(mut self) -> Self {
        self.several = true;
        self
    }

    /// A file that is already there, with its address.
    #[must_use]
    pub fn held(mut self, name: impl Into<String>, at: crate::Url) -> Self {
        self.held.push((name.into(), at));
        self
    }
}

impl Control for File {
    fn control(&self, wiring: &Wiring) -> Markup {
        html! {
            div class="drop" data-drop {
                input type="file" id=(wiring.id) name=(wiring.name) accept=[self.accept.as_ref()] multiple[self.several]
                    aria-label=[wiring.aria_label()] aria-required=[wiring.aria_required()]
                    aria-invalid=[wiring.aria_invalid()] aria-describedby=[wiring.described_by.as_ref()];
                @for (name, at) in &self.held {
                    p { "登録済み: " a href=(at) download { (name) } }
                }
            }
        }
    }
}
