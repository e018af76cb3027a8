//! Dots: two values of each, side by side on one line, such as this year and last year.

use maud::{Markup, Render, html};

use crate::components::{Cell, Column, Narrow, Row, Table};

use super::{
    figure::{WIDTH, figure, fitted, number, rule, text, text_width, value_text},
    scale::Scale,
};

/// One line for each label, with an open square for the first value and a full dot for the second.
#[derive(Clone, Debug)]
pub struct DotChart {
    id: String,
    title: String,
    note: String,
    unit: String,
    first: String,
    second: String,
    lines: Vec<(String, f64, f64)>,
}

impl DotChart {
    /// A chart of two values with their names; `id` is unique on the page.
    pub fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        unit: impl Into<String>,
        first: impl Into<String>,
        second: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            note: String::new(),
            unit: unit.into(),
            first: first.into(),
            second: second.into(),
            lines: Vec::new(),
        }
    }

    /// What the chart shows, in a sentence.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds a line.
    #[must_use]
    pub fn line(mut self, label: impl Into<String>, first: f64, second: f64) -> Self {
        self.lines.push((label.into(), first, second));
        self
    }
}

impl Render for DotChart {
    fn render(&self) -> Markup {
        let left = self.lines.iter().map(|line| text_width(&line.0)).fold(60.0, f64::max).min(220.0) + 24.0;
        let head = 26.0;
        let height = head + self.lines.len() as f64 * 34.0 + 26.0;
        let scale = Scale::from_zero(self.lines.iter().flat_map(|line| [line.1, line.2]), left, WIDTH - 60.0);
        let drawing = html! {
            @for tick in scale.ticks() {
                (rule(scale.at(tick), head, scale.at(tick), height - 22.0, "grid"))
                (text(scale.at(tick), height - 6.0, "middle", "soft", &value_text(tick, &self.unit)))
            }
            (square(left + 6.0, 11.0)) (text(left + 18.0, 16.0, "start", "", &self.first))
            (dot(left + 48.0 + text_width(&self.first), 11.0))
            (text(left + 60.0 + text_width(&self.first), 16.0, "start", "", &self.second))
            @for (place, (label, first, second)) in self.lines.iter().enumerate() {
                @let y = head + place as f64 * 34.0 + 17.0;
                (text(left - 22.0, y + 5.0, "end", "", &fitted(label, left - 24.0)))
                @if first.is_finite() && second.is_finite() { (rule(scale.at(*first), y, scale.at(*second), y, "axis")) }
                @if first.is_finite() { (square(scale.at(*first), y)) }
                @if second.is_finite() {
                    (dot(scale.at(*second), y))
                    // The value stands beside its dot, on the side away from the other mark.
                    @if second < first { (text(scale.at(*second) - 12.0, y + 5.0, "end", "strong", &value_text(*second, ""))) }
                    @else { (text(scale.at(*second) + 12.0, y + 5.0, "start", "strong", &value_text(*second, ""))) }
                }
            }
        };
        let columns = vec![Column::text("区分").names_row(), Column::number(&self.first), Column::number(&self.second)];
        let table = Table::new(&self.title, columns).hide_caption().narrow(Narrow::Scroll).rows(self.lines.iter().map(
            |(label, first, second)| {
                Row::new(vec![
                    Cell::text(label),
                    Cell::text(value_text(*first, &self.unit)),
                    Cell::text(value_text(*second, &self.unit)),
                ])
            },
        ));
        figure(&self.id, &self.title, &self.note, height, &drawing, &table)
    }
}

fn dot(x: f64, y: f64) -> Markup {
    html! { circle cx=(number(x)) cy=(number(y)) r="7" class="mark" {} }
}

fn square(x: f64, y: f64) -> Markup {
    html! { rect x=(number(x - 5.5)) y=(number(y - 5.5)) width="11" height="11" class="mark-2" {} }
}
