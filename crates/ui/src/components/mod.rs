//! The components, each in its own room, in reading order.
//!
//! Every component is a value with builder methods that implements [`maud::Render`]; it takes words, numbers, dates and
//! [`Url`](crate::Url)s, never records. Text given to it is escaped.

mod frame;

mod action;
mod badge;
mod notice;

mod choice;
mod field;
mod form;
mod input;
mod person_picker;
mod row_table;

mod bulk;
mod list;
mod table;

mod history;
mod record;
mod state;

pub use action::{Button, LinkButton, PostButton, Weight, actions};
pub use badge::{Badge, Tone};
pub use bulk::Bulk;
pub use choice::{Checkboxes, Choice, Fixed, Radios, Select, YesNo};
pub use field::{Control, Field, Wiring, field_id};
pub use form::{Form, form_section, submit_or_back};
pub use frame::{Frame, Lock, Me, NavGroup, NavItem, Page, Seal};
pub use history::{AsOf, Change, History, HistoryEntry};
pub use input::{Date, File, Number, Period, Text, TextArea, Width};
pub use list::{Chip, Filters, ListHead, Pager, Tabs};
pub use notice::{ErrorSummary, Notice};
pub use person_picker::{Offer, Picker};
pub use record::{Duty, RecordState, Section, SidePanel, StepState, Steps, Urgency, day_column, with_side};
pub use row_table::{CellControl, RowAction, RowTable};
pub use state::{Empty, Progress, Stats};
pub use table::{Cell, Column, Kind, Narrow, Row, Sorted, Table};
