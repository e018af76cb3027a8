//! The pages of plan and progress: a meeting that turns into its minutes, risks as a map, works as a Gantt chart, earned
//! value as an S-curve. Everything else of this folder uses the generic screens.

pub(crate) mod asked;
mod earned_value;
mod minutes;
mod overview;
mod risks;
mod schedule;

use ui::Url;
use ui::web::{Place, Route};

/// All addresses of these pages.
pub fn routes() -> Vec<Route> {
    vec![
        Route::read("/progress", overview::page),
        Route::read("/meetings/{id}/minutes", minutes::page),
        Route::write("/meetings/{id}/minutes", minutes::save),
        Route::write("/meetings/{id}/confirm", minutes::confirm),
        Route::write("/meetings/{id}/raise", minutes::raise),
        Route::read("/engagements/{id}/risks", risks::page),
        Route::read("/engagements/{id}/schedule", schedule::page),
        Route::read("/engagements/{id}/earned-value", earned_value::page),
    ]
}

/// Entries of the side navigation.
pub fn places() -> Vec<Place> {
    vec![overview::place()]
}

/// The page of a meeting.
pub fn minutes_url(meeting: &str) -> Url {
    Url::path(["meetings", meeting, "minutes"])
}

/// A page of a contract: `schedule`, `earned-value`, `risks`.
pub fn engagement_url(engagement: &str, page: &str) -> Url {
    Url::path(["engagements", engagement, page])
}
