//! Tables of records: typed columns, sorting, kana on a second line, picking rows.

use chrono::NaiveDate;
use maud::{Markup, Render, html};

use crate::{Icon, Url, figures, when::Day};

use super::{badge::Badge, bulk::Bulk};

/// What stands in a column; it decides alignment and breaking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Words, at the left.
    #[default]
    Text,
    /// Figures, at the right with digits of one width.
    Number,
    /// A date, never broken.
    Date,
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    /// Smallest first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// The head of a column.
#[derive(Clone, Debug)]
pub struct Column {
    label: String,
    kind: Kind,
    sort: Option<(Url, Option<Sorted>)>,
    names_row: bool,
}

impl Column {
    fn new(label: impl Into<String>, kind: Kind) -> Self {
        Self { label: label.into(), kind, sort: None, names_row: false }
    }

    /// A column of words.
    pub fn text(label: impl Into<String>) -> Self {
        Self::new(label, Kind::Text)
    }

    /// A column of figures.
    pub fn number(label: impl Into<String>) -> Self {
        Self::new(label, Kind::Number)
    }

    /// A column of dates.
    pub fn date(label: impl Into<String>) -> Self {
        Self::new(label, Kind::Date)
    }

    /// The column that names the row (number or name); its cells become row headings.
    #[must_use]
    pub fn names_row(mut self) -> Self {
        self.names_row = true;
        self
    }

    /// Makes the head a link that sorts by this column, and says how it is sorted now.
    #[must_use]
    pub fn sort(mut self, link: Url, now: Option<Sorted>) -> Self {
        self.sort = Some((link, now));
        self
    }
}

impl Render for Column {
    fn render(&self) -> Markup {
        let class = (self.kind == Kind::Number).then_some("num");
        let (aria, icon) = match self.sort {
            Some((_, Some(Sorted::Ascending))) => (Some("ascending"), Icon::Up),
            Some((_, Some(Sorted::Descending))) => (Some("descending"), Icon::Down),
            _ => (None, Icon::Sort),
        };
        html! {
            th scope="col" role="columnheader" class=[class] aria-sort=[aria] {
                @if let Some((link, _)) = &self.sort {
                    a href=(link) { (self.label) (icon) span class="visually-hidden" { "で並べ替える" } }
                } @else { (self.label) }
            }
        }
    }
}

/// What stands in a cell.
#[derive(Clone, Debug)]
pub struct Cell {
    body: Markup,
    class: Option<&'static str>,
}

impl Cell {
    fn of(body: Markup) -> Self {
        Self { body, class: None }
    }

    /// Words.
    pub fn text(words: impl Into<String>) -> Self {
        let words = words.into();
        if words.is_empty() { Self::empty() } else { Self::of(html! { (words) }) }
    }

    /// Nothing, shown as a dash and read as 空欄.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(html! { span class="quiet" aria-hidden="true" { "—" } span class="visually-hidden" { "空欄" } })
    }

    /// A link.
    pub fn link(words: impl Into<String>, to: &Url) -> Self {
        Self::of(html! { a href=(to) { (words.into()) } })
    }

    /// A name with its kana on a second line, linked when there is somewhere to go.
    #[must_use]
    pub fn name(name: &str, kana: &str, to: Option<&Url>) -> Self {
        Self::of(html! {
            span {
                @if let Some(to) = to { a href=(to) { (name) } } @else { (name) }
                @if !kana.is_empty() { span class="kana" { (kana) } }
            }
        })
    }

    /// Words with a quieter second line.
    #[must_use]
    pub fn two_lines(first: &str, second: &str) -> Self {
        Self::of(html! { span { (first) span class="second" { (second) } } })
    }

    /// A whole number with separators.
    #[must_use]
    pub fn number(value: i64) -> Self {
        Self::of(html! { (figures::grouped(value)) })
    }

    /// An amount in yen with separators.
    #[must_use]
    pub fn yen(value: i64) -> Self {
        Self::of(html! { (figures::yen(value)) })
    }

    /// A day.
    #[must_use]
    pub fn day(date: NaiveDate) -> Self {
        Self::of(html! { (Day::new(date)) })
    }

    /// A state.
    #[must_use]
    pub fn badge(badge: &Badge) -> Self {
        Self::of(html! { span { (badge) } })
    }

    /// Anything else.
    pub fn of_markup(body: impl Render) -> Self {
        Self::of(html! { div { (body) } })
    }

    /// Marks the cell as one to mend (the error table of an import).
    #[must_use]
    pub fn wrong(mut self) -> Self {
        self.class = Some("cell-error");
        self
    }
}

/// A row of cells, one for each column; missing cells are shown empty.
#[derive(Clone, Debug, Default)]
pub struct Row {
    cells: Vec<Cell>,
    id: Option<String>,
    pick: Option<(String, String)>,
    changed: bool,
}

impl Row {
    /// A row.
    #[must_use]
    pub fn new(cells: Vec<Cell>) -> Self {
        Self { cells, ..Self::default() }
    }

    /// Element id, so that coming back finds the same row.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The value sent when the row is picked, and the words that name the row to a screen reader.
    #[must_use]
    pub fn pick(mut self, value: impl Into<String>, name: impl Into<String>) -> Self {
        self.pick = Some((value.into(), name.into()));
        self
    }

    /// Marks the row as changed since this person last looked.
    #[must_use]
    pub fn changed(mut self) -> Self {
        self.changed = true;
        self
    }
}

/// How a table fits a phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Narrow {
    /// Each row becomes a card; for lists of records.
    #[default]
    Stack,
    /// The table scrolls sideways; for figures that must be compared across.
    Scroll,
}

/// A table with a caption.
///
/// ```
/// use maud::Render;
/// use ui::components::{Cell, Column, Row, Table};
/// let html = Table::new("職員の一覧", vec![Column::text("氏名").names_row(), Column::number("件数")])
///     .row(Row::new(vec![Cell::name("見本 花子", "ミホン ハナコ", None), Cell::number(1234)]))
///     .render()
///     .into_string();
/// assert!(html.contains("1,234"));
/// ```
#[derive(Clone, Debug)]
pub struct Table {
    caption: String,
    caption_hidden: bool,
    columns: Vec<Column>,
    rows: Vec<Row>,
    foot: Option<Row>,
    narrow: Narrow,
    bulk: Option<Bulk>,
    empty: Option<Markup>,
}

impl Table {
    /// An empty table.
    pub fn new(caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self {
            caption: caption.into(),
            caption_hidden: false,
            columns,
            rows: Vec::new(),
            foot: None,
            narrow: Narrow::default(),
            bulk: None,
            empty: None,
        }
    }

    /// Keeps the caption for screen readers and paper only, when the heading above says the same.
    #[must_use]
    pub fn hide_caption(mut self) -> Self {
        self.caption_hidden = true;
        self
    }

    /// Adds a row.
    #[must_use]
    pub fn row(mut self, row: Row) -> Self {
        self.rows.push(row);
        self
    }

    /// Adds rows.
    #[must_use]
    pub fn rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.rows.extend(rows);
        self
    }

    /// A last row of totals.
    #[must_use]
    pub fn foot(mut self, row: Row) -> Self {
        self.foot = Some(row);
        self
    }

    /// How it fits a phone.
    #[must_use]
    pub fn narrow(mut self, narrow: Narrow) -> Self {
        self.narrow = narrow;
        self
    }

    /// Lets a person pick rows and do something to all of them.
    #[must_use]
    pub fn bulk(mut self, bulk: Bulk) -> Self {
        self.bulk = Some(bulk);
        self
    }

    /// What is shown in place of a table without rows.
    #[must_use]
    pub fn empty(mut self, empty: impl Render) -> Self {
        self.empty = Some(empty.render());
        self
    }

    fn cells(&self, row: &Row) -> Markup {
        let blank = Cell::empty();
        html! {
            @if let (Some(bulk), Some((value, name))) = (&self.bulk, &row.pick) {
                td role="cell" class="pick" {
                    label {
                        input type="checkbox" name=(bulk.name()) value=(value);
                        span class="visually-hidden" { (name) "を選ぶ" }
                    }
                }
            } @else if self.bulk.is_some() { td role="cell" class="pick" {} }
            @for (place, column) in self.columns.iter().enumerate() {
                @let cell = row.cells.get(place).unwrap_or(&blank);
                @let class = [
                    match column.kind { Kind::Text => "", Kind::Number => "num", Kind::Date => "date" },
                    cell.class.unwrap_or_default(),
                ].join(" ");
                @let class = Some(class.trim()).filter(|class| !class.is_empty());
                @if column.names_row {
                    th scope="row" role="rowheader" class=[class] data-label=(column.label) { (cell.body) }
                } @else {
                    td role="cell" class=[class] data-label=(column.label) { (cell.body) }
                }
            }
        }
    }

    fn table(&self) -> Markup {
        let wrap = if self.narrow == Narrow::Stack { "table-wrap table-stack" } else { "table-wrap" };
        // A part that scrolls must be reachable by keyboard; a stacked table scrolls too where its place is narrow.
        html! {
            div class=(wrap) tabindex="0" role="region" aria-label=(self.caption) {
                table role="table" {
                    caption class=[self.caption_hidden.then_some("visually-hidden")] { (self.caption) }
                    thead role="rowgroup" {
                        tr role="row" {
                            @if self.bulk.is_some() {
                                th scope="col" role="columnheader" class="pick" { span class="visually-hidden" { "選ぶ" } span data-pick-all {} }
                            }
                            @for column in &self.columns { (column) }
                        }
                    }
                    tbody role="rowgroup" {
                        @for row in &self.rows {
                            tr role="row" id=[row.id.as_ref()] class=[row.changed.then_some("changed")] { (self.cells(row)) }
                        }
                    }
                    @if let Some(foot) = &self.foot {
                        tfoot role="rowgroup" { tr role="row" { (self.cells(foot)) } }
                    }
                }
            }
        }
    }
}

impl Render for Table {
    fn render(&self) -> Markup {
        if let (true, Some(empty)) = (self.rows.is_empty(), &self.empty) {
            return empty.clone();
        }
        match &self.bulk {
            Some(bulk) => bulk.around(&self.table()),
            None => self.table(),
        }
    }
}
