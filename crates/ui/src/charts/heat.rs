//! A heat table: a number in each cell of rows and columns, with a tone that follows it.

use maud::{Markup, Render, html};

use crate::{
    Url,
    components::{Cell, Column, Narrow, Row, Table},
};

use super::figure::{WIDTH, area, figure, fitted, text, text_width, value_text};

/// Rows × columns, such as offices × steps. Every cell shows its number; the tone only helps the eye.
#[derive(Clone, Debug)]
pub struct HeatTable {
    id: String,
    title: String,
    note: String,
    unit: String,
    columns: Vec<String>,
    rows: Vec<(String, Vec<f64>)>,
    links: Vec<Vec<Option<Url>>>,
}

impl HeatTable {
    /// A chart with column names; `id` is unique on the page.
    pub fn new(id: impl Into<String>, title: impl Into<String>, unit: impl Into<String>, columns: Vec<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            note: String::new(),
            unit: unit.into(),
            columns,
            rows: Vec::new(),
            links: Vec::new(),
        }
    }

    /// What the chart shows, in a sentence.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds a row of values, and the lists behind them where one may open them.
    #[must_use]
    pub fn row(mut self, label: impl Into<String>, values: Vec<f64>, links: Vec<Option<Url>>) -> Self {
        self.rows.push((label.into(), values));
        self.links.push(links);
        self
    }

    fn link(&self, row: usize, column: usize) -> Option<&Url> {
        self.links.get(row)?.get(column)?.as_ref()
    }
}

/// The tone of a value: 0 for nothing, then five equal classes up to the greatest.
fn tone(value: f64, top: f64) -> usize {
    if !(value.is_finite() && value > 0.0 && top > 0.0) {
        return 0;
    }
    ((value / top * 5.0).ceil() as usize).clamp(1, 5)
}

impl Render for HeatTable {
    fn render(&self) -> Markup {
        let left = self.rows.iter().map(|row| text_width(&row.0)).fold(60.0, f64::max).min(200.0) + 14.0;
        let (head, line) = (30.0, 34.0);
        let cell = (WIDTH - left - 4.0) / self.columns.len().max(1) as f64;
        let height = head + self.rows.len() as f64 * line + 6.0;
        let top = self
            .rows
            .iter()
            .flat_map(|row| row.1.iter().copied())
            .filter(|value| value.is_finite())
            .fold(0.0, f64::max);
        let drawing = html! {
            @for (place, column) in self.columns.iter().enumerate() {
                (text(left + (place as f64 + 0.5) * cell, 19.0, "middle", "soft", &fitted(column, cell)))
            }
            @for (row, (label, values)) in self.rows.iter().enumerate() {
                @let y = head + row as f64 * line;
                (text(left - 12.0, y + 21.0, "end", "", &fitted(label, left - 14.0)))
                @for (column, value) in values.iter().take(self.columns.len()).enumerate() {
                    @let x = left + column as f64 * cell;
                    @let tone = tone(*value, top);
                    (area(x, y, cell - 2.0, line - 2.0, &format!("heat-{tone}")))
                    (area(x, y, cell - 2.0, line - 2.0, "cell-line"))
                    (text(x + cell / 2.0, y + 21.0, "middle", if tone >= 4 { "on-dark strong" } else { "" }, &value_text(*value, "")))
                }
            }
        };
        let mut columns = vec![Column::text("区分").names_row()];
        columns.extend(self.columns.iter().map(Column::number));
        let rows = self.rows.iter().enumerate().map(|(row, (label, values))| {
            let mut cells = vec![Cell::text(label)];
            cells.extend(values.iter().enumerate().map(|(column, value)| match self.link(row, column) {
                Some(to) => Cell::link(value_text(*value, &self.unit), to),
                None => Cell::text(value_text(*value, &self.unit)),
            }));
            Row::new(cells)
        });
        let table = Table::new(&self.title, columns).hide_caption().narrow(Narrow::Scroll).rows(rows);
        figure(&self.id, &self.title, &self.note, height, &drawing, &table)
    }
}

#[cfg(test)]
mod tests {
    use super::tone;

    #[test]
    fn tones_run_from_nothing_to_the_greatest() {
        let cases =
            [(0.0, 0), (-1.0, 0), (f64::NAN, 0), (0.1, 1), (20.0, 1), (20.1, 2), (60.0, 3), (99.0, 5), (100.0, 5)];
        for (value, wanted) in cases {
            assert_eq!(tone(value, 100.0), wanted, "{value}");
        }
        assert_eq!(tone(5.0, 0.0), 0);
    }
}
