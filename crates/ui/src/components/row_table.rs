//! A table of rows inside a form: goals, members, amounts.

use maud::{Markup, html};

use crate::Icon;

use super::field::{Control, Wiring, field_id};

/// A control that stands in one cell.
pub type CellControl = Box<dyn Control>;

/// Rows that can be added, removed and moved.
///
/// The form sends `name.ROW.COLUMN`, rows counted from 0 in the order shown. Without script the buttons send
/// `_rows` with `name:add`, `name:remove:ROW`, `name:up:ROW` or `name:down:ROW`; the server answers with the
/// same form, changed by [`RowAction`], and stores nothing. With script the page does it itself.
pub struct RowTable {
    columns: Vec<(String, String)>,
    rows: Vec<Vec<CellControl>>,
    blank: Vec<CellControl>,
    errors: Vec<(usize, usize, String)>,
    add_words: String,
    fixed: bool,
}

impl RowTable {
    /// Columns as (key, label), and the controls of a new row, one for each column.
    #[must_use]
    pub fn new(columns: Vec<(String, String)>, blank: Vec<CellControl>) -> Self {
        Self {
            columns,
            rows: Vec::new(),
            blank,
            errors: Vec::new(),
            add_words: "行を追加する".to_owned(),
            fixed: false,
        }
    }

    /// Adds a row, one control for each column.
    #[must_use]
    pub fn row(mut self, cells: Vec<CellControl>) -> Self {
        self.rows.push(cells);
        self
    }

    /// An error in a cell, by row and column counted from 0.
    #[must_use]
    pub fn error(mut self, row: usize, column: usize, message: impl Into<String>) -> Self {
        self.errors.push((row, column, message.into()));
        self
    }

    /// The words of the button that adds a row, such as 目標を追加する.
    #[must_use]
    pub fn add_words(mut self, words: impl Into<String>) -> Self {
        self.add_words = words.into();
        self
    }

    /// Rows may be filled in but neither added, removed nor moved.
    #[must_use]
    pub fn fixed_rows(mut self) -> Self {
        self.fixed = true;
        self
    }

    fn row_markup(&self, wiring: &Wiring, number: Option<usize>, cells: &[CellControl]) -> Markup {
        // The blank row of the template is numbered by script.
        let row = number.map_or_else(|| "__row__".to_owned(), |number| number.to_string());
        let shown = number.map_or_else(|| "__number__".to_owned(), |number| (number + 1).to_string());
        let tool = |action: &str, icon: Icon, words: &str| {
            html! {
                button type="submit" class="button button-quiet button-small" name="_rows"
                    value={ (wiring.name) ":" (action) ":" (row) } data-row-action=(action) {
                    (icon) span class="visually-hidden" { (shown) "行目を" (words) }
                }
            }
        };
        html! {
            tr data-row {
                @for (place, ((key, label), control)) in self.columns.iter().zip(cells).enumerate() {
                    @let name = format!("{}.{row}.{key}", wiring.name);
                    @let error = number.and_then(|number| self.error_at(number, place));
                    @let id = field_id(&name);
                    @let error_id = format!("{id}-error");
                    td data-label=(label) {
                        (control.control(&Wiring {
                            name: name.clone(),
                            id: id.clone(),
                            label: format!("{label} {shown}行目"),
                            described_by: error.map(|_| error_id.clone()),
                            invalid: error.is_some(),
                            required: false,
                            bare: true,
                        }))
                        @if let Some(error) = error {
                            p class="field-error" id=(error_id) { (Icon::Stop) span { (error) } }
                        }
                    }
                }
                @if !self.fixed {
                    td class="row-tools" {
                        span class="cluster" {
                            (tool("up", Icon::Up, "上へ移す"))
                            (tool("down", Icon::Down, "下へ移す"))
                            (tool("remove", Icon::Cross, "取り除く"))
                        }
                    }
                }
            }
        }
    }

    fn error_at(&self, row: usize, column: usize) -> Option<&str> {
        self.errors.iter().find(|error| (error.0, error.1) == (row, column)).map(|error| error.2.as_str())
    }
}

impl Control for RowTable {
    fn is_group(&self) -> bool {
        true
    }

    fn control(&self, wiring: &Wiring) -> Markup {
        html! {
            div data-rows=(wiring.name) {
                div class="table-wrap table-stack" {
                    table class="rows-table" id=(wiring.id) {
                        thead {
                            tr {
                                @for (_, label) in &self.columns { th scope="col" { (label) } }
                                @if !self.fixed { th scope="col" class="row-tools" { "行の操作" } }
                            }
                        }
                        tbody {
                            @for (number, cells) in self.rows.iter().enumerate() {
                                (self.row_markup(wiring, Some(number), cells))
                            }
                        }
                    }
                }
                @if !self.fixed {
                    p class="rows-add" {
                        button type="submit" class="button" name="_rows" value={ (wiring.name) ":add" } data-row-action="add" {
                            (Icon::Plus) (self.add_words)
                        }
                    }
                    template { (self.row_markup(wiring, None, &self.blank)) }
                }
            }
        }
    }
}

/// What a button of a row table asks the server to do when there is no script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowAction {
    /// Add an empty row at the end.
    Add,
    /// Take this row out.
    Remove(usize),
    /// Exchange this row with the one above.
    Up(usize),
    /// Exchange this row with the one below.
    Down(usize),
}

impl RowAction {
    /// Reads the value of `_rows`: the field's name and the action; `None` when it is not one of ours.
    #[must_use]
    pub fn parse(sent: &str) -> Option<(&str, Self)> {
        if let Some(name) = sent.strip_suffix(":add") {
            return Some((name, Self::Add));
        }
        let (rest, row) = sent.rsplit_once(':')?;
        let (name, action) = rest.rsplit_once(':')?;
        let row = row.parse().ok()?;
        let action = match action {
            "remove" => Self::Remove(row),
            "up" => Self::Up(row),
            "down" => Self::Down(row),
            _ => return None,
        };
        Some((name, action))
    }

    /// Does it to the rows; a row that is not there changes nothing.
    pub fn apply<T: Default>(&self, rows: &mut Vec<T>) {
        match *self {
            Self::Add => rows.push(T::default()),
            Self::Remove(row) if row < rows.len() => {
                rows.remove(row);
            }
            Self::Up(row) if row > 0 && row < rows.len() => rows.swap(row - 1, row),
            Self::Down(row) if row + 1 < rows.len() => rows.swap(row, row + 1),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_buttons_are_read_and_done() {
        let cases = [
            ("goals:add", Some(("goals", vec!['a', 'b', 'c', '\0']))),
            ("goals:remove:1", Some(("goals", vec!['a', 'c']))),
            ("goals:up:2", Some(("goals", vec!['a', 'c', 'b']))),
            ("goals:down:0", Some(("goals", vec!['b', 'a', 'c']))),
            ("goals:up:0", Some(("goals", vec!['a', 'b', 'c']))),
            ("goals:down:2", Some(("goals", vec!['a', 'b', 'c']))),
            ("goals:remove:9", Some(("goals", vec!['a', 'b', 'c']))),
            ("goals:burn:1", None),
            ("goals:remove:x", None),
            ("", None),
        ];
        for (sent, wanted) in cases {
            let got = RowAction::parse(sent).map(|(name, action)| {
                let mut rows = vec!['a', 'b', 'c'];
                action.apply(&mut rows);
                (name, rows)
            });
            assert_eq!(got, wanted, "{sent}");
        }
    }
}
