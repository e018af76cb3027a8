//! Reading under access control: every question a page, REST, a search or an export asks goes through here.
//!
//! Values that may not be seen are taken out before a record leaves this module, and are guarded inside filters,
//! orders, groups and search, so that nothing can be learned of them by asking cleverly.

mod condition;
mod detail;
mod effective;
mod history;
mod list;
mod search;
pub mod subtree;
pub mod title;
mod today;
mod trail;

pub use condition::{Condition, Test};
pub use detail::{Detail, Offer};
pub use effective::in_force;
pub use history::SeenEntry;
pub use list::{COUNT_CEILING, LARGEST_PAGE, ListRequest, Page};
pub use search::Hit;
pub use today::DutySeen;
pub use trail::{TracedEntry, Trail};
