//! Bars: how much of each.

use maud::{Markup, Render, html};

use crate::components::{Cell, Column, Row, Table};

use super::{
    figure::{WIDTH, area, figure, fitted, rule, text, text_width, value_text},
    scale::Scale,
};

/// Lying bars that start at zero, one line each, with the value at the end.
///
/// ```
/// use maud::Render;
/// let html = ui::charts::BarChart::new("late", "期限を過ぎた評価書", "件").bar("第1課", 12.0).render().into_string();
/// assert!(html.contains("12件") && html.contains("<table"));
/// ```
#[derive(Clone, Debug)]
pub struct BarChart {
    id: String,
    title: String,
    note: String,
    unit: String,
    bars: Vec<(String, f64)>,
}

impl BarChart {
    /// A chart with a unit; `id` is unique on the page.
    pub fn new(id: impl Into<String>, title: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), note: String::new(), unit: unit.into(), bars: Vec::new() }
    }

    /// What the chart shows, in a sentence.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds a bar. Values below zero are drawn as nothing: a bar is an amount.
    #[must_use]
    pub fn bar(mut self, label: impl Into<String>, value: f64) -> Self {
        self.bars.push((label.into(), value));
        self
    }
}

impl Render for BarChart {
    fn render(&self) -> Markup {
        let left = self.bars.iter().map(|bar| text_width(&bar.0)).fold(60.0, f64::max).min(220.0) + 12.0;
        let line = 34.0;
        let height = self.bars.len() as f64 * line + 12.0;
        let scale = Scale::from_zero(self.bars.iter().map(|bar| bar.1), left, WIDTH - 90.0);
        let drawing = html! {
            @for tick in scale.ticks().into_iter().skip(1) { (rule(scale.at(tick), 4.0, scale.at(tick), height - 6.0, "grid")) }
            @for (place, (label, value)) in self.bars.iter().enumerate() {
                @let y = place as f64 * line + 6.0;
                (text(left - 10.0, y + 18.0, "end", "", &fitted(label, left - 12.0)))
                @if value.is_finite() {
                    (area(left, y + 2.0, scale.at(*value) - left, 22.0, "bar"))
                    (text(scale.at(*value) + 8.0, y + 18.0, "start", "strong", &value_text(*value, &self.unit)))
                }
            }
            (rule(left, 2.0, left, height - 4.0, "axis"))
        };
        let table = Table::new(
            &self.title,
            vec![Column::text("区分").names_row(), Column::number(format!("値({})", self.unit))],
        )
        .hide_caption()
        .narrow(crate::components::Narrow::Scroll)
        .rows(
            self.bars
                .iter()
                .map(|(label, value)| Row::new(vec![Cell::text(label), Cell::text(value_text(*value, ""))])),
        );
        figure(&self.id, &self.title, &self.note, height, &drawing, &table)
    }
}
