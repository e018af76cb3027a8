//! Distribution: how each group spreads over the same classes, against a reference.

use maud::{Markup, Render, html};

use crate::components::{Cell, Column, Narrow, Row, Table};

use super::figure::{WIDTH, area, figure, fitted, rule, text, text_width, value_text};

/// One small histogram for each group (an evaluator), with the share of the whole as a short line over each bar.
/// A group that is too small to judge carries its caution in words.
#[derive(Clone, Debug)]
pub struct Distribution {
    id: String,
    title: String,
    note: String,
    classes: Vec<String>,
    reference: Vec<f64>,
    groups: Vec<Group>,
}

#[derive(Clone, Debug)]
struct Group {
    label: String,
    counts: Vec<u32>,
    caution: Option<String>,
}

impl Distribution {
    /// A chart over classes (marks), with the counts of the whole as reference; `id` is unique on the page.
    pub fn new(id: impl Into<String>, title: impl Into<String>, classes: Vec<String>, whole: &[u32]) -> Self {
        let reference = shares(whole, classes.len());
        Self { id: id.into(), title: title.into(), note: String::new(), classes, reference, groups: Vec::new() }
    }

    /// What the chart shows, in a sentence.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds a group with its count in each class, and a caution (人数が少ないため参考).
    #[must_use]
    pub fn group(mut self, label: impl Into<String>, counts: Vec<u32>, caution: Option<String>) -> Self {
        self.groups.push(Group { label: label.into(), counts, caution });
        self
    }
}

/// Shares in percent, one for each class.
fn shares(counts: &[u32], classes: usize) -> Vec<f64> {
    let total: f64 = counts.iter().map(|count| f64::from(*count)).sum();
    (0..classes)
        .map(|class| match counts.get(class) {
            Some(count) if total > 0.0 => f64::from(*count) / total * 100.0,
            _ => 0.0,
        })
        .collect()
}

impl Render for Distribution {
    fn render(&self) -> Markup {
        let left = self.groups.iter().map(|group| text_width(&group.label)).fold(80.0, f64::max).min(190.0) + 14.0;
        let (head, line, tall) = (30.0, 92.0, 54.0);
        let cell = (WIDTH - left - 4.0) / self.classes.len().max(1) as f64;
        let height = head + self.groups.len() as f64 * line + 26.0;
        let drawing = html! {
            @for (place, class) in self.classes.iter().enumerate() {
                (text(left + (place as f64 + 0.5) * cell, 18.0, "middle", "soft", &fitted(class, cell)))
            }
            @for (row, group) in self.groups.iter().enumerate() {
                @let base = head + row as f64 * line + tall + 18.0;
                @let total: u32 = group.counts.iter().sum();
                (text(left - 12.0, base - 16.0, "end", "strong", &fitted(&group.label, left - 14.0)))
                (text(left - 12.0, base + 2.0, "end", "soft", &format!("{total}人")))
                @if let Some(caution) = &group.caution { (text(WIDTH - 6.0, base - tall + 8.0, "end", "soft", &fitted(caution, WIDTH - left))) }
                (rule(left, base, WIDTH - 4.0, base, "axis"))
                @for (place, share) in shares(&group.counts, self.classes.len()).into_iter().enumerate() {
                    @let x = left + place as f64 * cell + cell * 0.2;
                    @let bar = share / 100.0 * tall;
                    (area(x, base - bar, cell * 0.6, bar, "bar-pale"))
                    @if let Some(count) = group.counts.get(place).filter(|count| **count > 0) {
                        (text(x + cell * 0.3, base + 16.0, "middle", "soft", &count.to_string()))
                    }
                    @if let Some(whole) = self.reference.get(place) {
                        @let y = base - whole / 100.0 * tall;
                        (rule(x - cell * 0.12, y, x + cell * 0.72, y, "tick"))
                    }
                }
            }
            (rule(left, height - 8.0, left + 26.0, height - 8.0, "tick"))
            (text(left + 34.0, height - 3.0, "start", "soft", "全体の割合"))
            (area(left + 130.0, height - 14.0, 14.0, 12.0, "bar-pale"))
            (text(left + 150.0, height - 3.0, "start", "soft", "この集まりの割合(下の数字は人数)"))
        };
        let mut columns = vec![Column::text("区分").names_row()];
        columns.extend(self.classes.iter().map(Column::number));
        columns.push(Column::number("計"));
        columns.push(Column::text("注意"));
        let rows = self.groups.iter().map(|group| {
            let mut cells = vec![Cell::text(&group.label)];
            cells.extend(
                (0..self.classes.len()).map(|class| Cell::number(group.counts.get(class).copied().unwrap_or(0).into())),
            );
            cells.push(Cell::number(group.counts.iter().map(|count| i64::from(*count)).sum()));
            cells.push(Cell::text(group.caution.clone().unwrap_or_default()));
            Row::new(cells)
        });
        let mut whole = vec![Cell::text("全体の割合")];
        whole.extend(self.reference.iter().map(|share| Cell::text(value_text(*share, "%"))));
        let table =
            Table::new(&self.title, columns).hide_caption().narrow(Narrow::Scroll).rows(rows).foot(Row::new(whole));
        figure(&self.id, &self.title, &self.note, height, &drawing, &table)
    }
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn shares_add_up_to_the_whole_and_an_empty_group_has_none() {
        assert_eq!(shares(&[1, 3], 3), vec![25.0, 75.0, 0.0]);
        assert_eq!(shares(&[], 2), vec![0.0, 0.0]);
        assert_eq!(shares(&[0, 0], 2), vec![0.0, 0.0]);
    }
}
