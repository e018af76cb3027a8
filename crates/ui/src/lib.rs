//! The design system: typed components in the manner of the Digital Agency's design tokens, the page frame, and the
//! generic screens of every ledger.
//!
//! `ui` owns how a page looks and reads: HTML, style sheet, script, words for dates and numbers; how a page is asked for
//! and answered ([`web`]); and what any ledger gets from its declaration alone ([`screens`]). It leaves to its neighbours
//! the pages of an area (the areas' `pages.rs`), who may see what (`ledger`) and how it is sent (`daicho`). It knows no
//! database and no clock.
//!
//! ```
//! use ui::{Url, components::{LinkButton, Page}};
//! let page = Page::new("人事記録 100234 見本 花子")
//!     .under("人事記録", Url::path(["ledgers", "person"]))
//!     .action(LinkButton::primary("人事記録を直す", Url::path(["ledgers", "person", "01J", "edit"])));
//! assert_eq!(page.title(), "人事記録 100234 見本 花子");
//! ```

pub mod asked;
pub mod assets;
pub mod charts;
pub mod components;
pub mod figures;
mod icon;
pub mod screens;
mod url;
pub mod web;
pub mod when;

pub use icon::Icon;
pub use url::Url;
