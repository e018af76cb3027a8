//! Lines: how something moved over time.

use maud::{Markup, Render, html};

use crate::components::{Cell, Column, Narrow, Row, Table};

use super::{
    figure::{WIDTH, figure, fitted, number, rule, text, text_width, value_text},
    scale::Scale,
};

/// One line of a chart: a value for each step, `None` where there is none.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name, written at the line's end.
    pub label: String,
    /// Its values in the order of the steps.
    pub values: Vec<Option<f64>>,
}

/// Up to three lines, told apart by solid, dashed and dotted strokes and by their names at the end.
#[derive(Clone, Debug)]
pub struct LineChart {
    id: String,
    title: String,
    note: String,
    unit: String,
    steps: Vec<String>,
    series: Vec<Series>,
}

impl LineChart {
    /// A chart over steps such as months; `id` is unique on the page.
    pub fn new(id: impl Into<String>, title: impl Into<String>, unit: impl Into<String>, steps: Vec<String>) -> Self {
        Self { id: id.into(), title: title.into(), note: String::new(), unit: unit.into(), steps, series: Vec::new() }
    }

    /// What the chart shows, in a sentence.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds a line; more than three can no longer be told apart and belong in a table.
    #[must_use]
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// Heights of the names at the line ends, moved apart until none covers another.
    fn name_places(&self, up: &Scale) -> Vec<(usize, f64)> {
        let mut ends: Vec<(usize, f64)> = self
            .series
            .iter()
            .enumerate()
            .filter_map(|(place, series)| Some((place, up.at(series.values.iter().rev().find_map(|value| *value)?))))
            .collect();
        ends.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut last = f64::MIN;
        for end in &mut ends {
            end.1 = end.1.max(last + 17.0);
            last = end.1;
        }
        ends
    }
}

impl Render for LineChart {
    fn render(&self) -> Markup {
        let height = 280.0;
        let bottom = height - 34.0;
        let names = self.series.iter().map(|series| text_width(&series.label)).fold(40.0, f64::max).min(180.0);
        let right = WIDTH - names - 24.0;
        let values = self.series.iter().flat_map(|series| series.values.iter().flatten().copied());
        let up = Scale::from_zero(values, bottom, 14.0);
        // Figures of many digits push the drawing to the right instead of being cut off.
        let figures = up.ticks().into_iter().map(|tick| text_width(&value_text(tick, &self.unit)));
        let left = figures.fold(56.0, f64::max) + 10.0;
        let across = Scale::new(0.0, self.steps.len().saturating_sub(1).max(1) as f64, left + 12.0, right - 12.0);
        // Labels of steps are thinned out when they would touch.
        let widest = self.steps.iter().map(|step| text_width(step)).fold(1.0, f64::max) + 10.0;
        let every = ((self.steps.len() as f64 * widest) / (right - left)).ceil().max(1.0) as usize;
        let drawing = html! {
            @for tick in up.ticks() {
                (rule(left, up.at(tick), right, up.at(tick), if tick == 0.0 { "axis" } else { "grid" }))
                (text(left - 8.0, up.at(tick) + 4.0, "end", "soft", &value_text(tick, &self.unit)))
            }
            @for (place, step) in self.steps.iter().enumerate().filter(|(place, _)| place % every == 0) {
                (text(across.at(place as f64), bottom + 20.0, "middle", "soft", step))
            }
            @for (place, series) in self.series.iter().enumerate() {
                path class={ "series series-" (place + 1) } d=(path(series, &across, &up)) {}
                @for (step, value) in series.values.iter().enumerate() {
                    @if let Some(value) = value {
                        circle cx=(number(across.at(step as f64))) cy=(number(up.at(*value))) r="3.5" class={ "mark" (["", "-2", "-3"].get(place).copied().unwrap_or_default()) } {}
                    }
                }
            }
            @for (place, y) in self.name_places(&up) {
                @if let Some(series) = self.series.get(place) { (text(right + 4.0, y + 5.0, "start", "strong", &fitted(&series.label, names + 8.0))) }
            }
        };
        let mut columns = vec![Column::text("時点").names_row()];
        columns.extend(self.series.iter().map(|series| Column::number(&series.label)));
        let rows = self.steps.iter().enumerate().map(|(step, label)| {
            let mut cells = vec![Cell::text(label)];
            cells.extend(self.series.iter().map(|series| {
                Cell::text(
                    series
                        .values
                        .get(step)
                        .copied()
                        .flatten()
                        .map_or_else(String::new, |value| value_text(value, &self.unit)),
                )
            }));
            Row::new(cells)
        });
        let table = Table::new(&self.title, columns).hide_caption().narrow(Narrow::Scroll).rows(rows);
        figure(&self.id, &self.title, &self.note, height, &drawing, &table)
    }
}

/// The stroke of a series, broken where a value is missing.
fn path(series: &Series, across: &Scale, up: &Scale) -> String {
    let mut out = String::new();
    let mut drawing = false;
    for (step, value) in series.values.iter().enumerate() {
        match value.filter(|value| value.is_finite()) {
            Some(value) => {
                out.push(if drawing { 'L' } else { 'M' });
                out.push_str(&format!("{} {}", number(across.at(step as f64)), number(up.at(value))));
                drawing = true;
            }
            None => drawing = false,
        }
    }
    out
}
