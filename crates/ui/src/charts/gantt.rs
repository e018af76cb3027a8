//! A Gantt chart: what runs from when to when.

use chrono::{Datelike, Days, Months, NaiveDate};
use maud::{Markup, Render, html};

use crate::components::{Cell, Column, Narrow, Row, Table};

use super::{
    figure::{WIDTH, area, figure, fitted, number, rule, text, text_width},
    scale::Scale,
};

/// One bar: a piece of work with its first and last day.
#[derive(Clone, Debug)]
pub struct Span {
    /// Its name.
    pub label: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day, which is still part of it.
    pub to: NaiveDate,
    /// Share done, 0 to 100 percent.
    pub done: u8,
    /// Whether it is late; written beside the bar, not only coloured.
    pub late: bool,
    /// What was agreed on before: a thin line below the bar.
    pub base: Option<(NaiveDate, NaiveDate)>,
    /// Whether a delay of it delays the whole: a strong frame, and 要 beside the bar.
    pub critical: bool,
}

impl Span {
    /// A bar that is neither late nor critical, without a baseline.
    pub fn new(label: impl Into<String>, from: NaiveDate, to: NaiveDate, done: u8) -> Self {
        Self { label: label.into(), from, to, done, late: false, base: None, critical: false }
    }

    /// What is written beside the bar.
    fn words(&self) -> String {
        let critical = if self.critical { " 要" } else { "" };
        let late = if self.late { " 遅れ" } else { "" };
        format!("{}%{critical}{late}", self.done)
    }
}

/// Bars over months with a line at today.
#[derive(Clone, Debug)]
pub struct GanttChart {
    id: String,
    title: String,
    note: String,
    today: NaiveDate,
    spans: Vec<Span>,
}

impl GanttChart {
    /// A chart with its line at `today`; `id` is unique on the page.
    pub fn new(id: impl Into<String>, title: impl Into<String>, today: NaiveDate) -> Self {
        Self { id: id.into(), title: title.into(), note: String::new(), today, spans: Vec::new() }
    }

    /// What the chart shows, in a sentence.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds a bar. One that ends before it begins is listed in the table only.
    #[must_use]
    pub fn span(mut self, span: Span) -> Self {
        self.spans.push(span);
        self
    }

    /// First of the first month and first of the month after the last, or the month of today when there is no bar.
    fn range(&self) -> (NaiveDate, NaiveDate) {
        let bases = || self.spans.iter().filter_map(|span| span.base);
        let first = self.spans.iter().map(|span| span.from).chain(bases().map(|base| base.0)).min();
        let last = self.spans.iter().map(|span| span.to.max(span.from)).chain(bases().map(|base| base.1)).max();
        let (first, last) = (first.unwrap_or(self.today), last.unwrap_or(self.today));
        let first = first.with_day(1).unwrap_or(first);
        let last = last.with_day(1).and_then(|day| day.checked_add_months(Months::new(1))).unwrap_or(last);
        (first, last)
    }
}

fn day_number(date: NaiveDate) -> f64 {
    f64::from(date.num_days_from_ce())
}

impl Render for GanttChart {
    fn render(&self) -> Markup {
        let left = self.spans.iter().map(|span| text_width(&span.label)).fold(60.0, f64::max).min(220.0) + 14.0;
        let (head, line) = (30.0, 34.0);
        let height = head + self.spans.len() as f64 * line + 28.0;
        let (first, last) = self.range();
        let across = Scale::new(day_number(first), day_number(last), left, WIDTH - 8.0);
        let months: Vec<NaiveDate> = (0..120)
            .map_while(|count| first.checked_add_months(Months::new(count)))
            .take_while(|month| *month < last)
            .collect();
        let every = (months.len() as f64 * 62.0 / (WIDTH - left)).ceil().max(1.0) as usize;
        let today = (first <= self.today && self.today < last).then(|| across.at(day_number(self.today)));
        let drawing = html! {
            @for (place, month) in months.iter().enumerate() {
                @let x = across.at(day_number(*month));
                (rule(x, head - 8.0, x, height - 22.0, "grid"))
                @if place % every == 0 {
                    @let words = if place == 0 || month.month() == 1 || month.month() == 4 { calendar::format_era_month(*month) } else { format!("{}月", month.month()) };
                    (text(x + 3.0, 16.0, "start", "soft", &words))
                }
            }
            @if let Some(x) = today {
                (rule(x, head - 6.0, x, height - 20.0, "reference"))
                text x=(number(x)) y=(number(height - 5.0)) text-anchor="middle" class="strong" { "今日" }
            }
            @for (place, span) in self.spans.iter().enumerate() {
                @let y = head + place as f64 * line;
                (text(left - 12.0, y + 19.0, "end", "", &fitted(&span.label, left - 14.0)))
                @if let Some((first, last)) = span.base.filter(|base| base.0 <= base.1) {
                    @let from = across.at(day_number(first));
                    @let to = across.at(day_number(last.checked_add_days(Days::new(1)).unwrap_or(last)));
                    (area(from, y + 26.0, to - from, 4.0, "bar-base"))
                }
                @if span.from <= span.to {
                    @let from = across.at(day_number(span.from));
                    @let to = across.at(day_number(span.to.checked_add_days(Days::new(1)).unwrap_or(span.to)));
                    (area(from, y + 4.0, to - from, 20.0, "bar-pale"))
                    (area(from, y + 4.0, (to - from) * f64::from(span.done.min(100)) / 100.0, 20.0, if span.late { "bar-late" } else { "bar" }))
                    @if span.critical { (area(from, y + 4.0, to - from, 20.0, "bar-critical")) }
                    @let words = span.words();
                    @if to + text_width(&words) + 10.0 < WIDTH { (text(to + 6.0, y + 19.0, "start", if span.late { "strong" } else { "soft" }, &words)) }
                    @else { (text(from - 6.0, y + 19.0, "end", if span.late { "strong" } else { "soft" }, &words)) }
                }
            }
        };
        let columns = vec![
            Column::text("作業").names_row(),
            Column::date("始まり"),
            Column::date("終わり"),
            Column::number("進み"),
            Column::text("状態"),
        ];
        let table = Table::new(&self.title, columns).hide_caption().narrow(Narrow::Scroll).rows(self.spans.iter().map(
            |span| {
                Row::new(vec![
                    Cell::text(&span.label),
                    Cell::day(span.from),
                    Cell::day(span.to),
                    Cell::text(format!("{}%", span.done)),
                    Cell::text([if span.critical { "要" } else { "" }, if span.late { "遅れ" } else { "" }].concat()),
                ])
            },
        ));
        figure(&self.id, &self.title, &self.note, height, &drawing, &table)
    }
}
