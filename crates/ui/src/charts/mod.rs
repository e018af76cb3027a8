//! Charts drawn by the server as SVG: few and plain, labelled where the value stands, readable in black and white and
//! on paper, each with its figures in a table.
//!
//! A chart takes words and numbers and implements [`maud::Render`]. Values that are not finite are drawn as nothing and
//! shown empty in the table. Colours come from classes, never from a style attribute, so that a strict
//! Content-Security-Policy holds.

mod figure;
mod scale;

mod bar;
mod distribution;
mod dot;
mod gantt;
mod heat;
mod line;

pub use bar::BarChart;
pub use distribution::Distribution;
pub use dot::DotChart;
pub use gantt::{GanttChart, Span};
pub use heat::HeatTable;
pub use line::{LineChart, Series};
