//! Addresses of these pages, used both to route and to link.

use ui::Url;

/// 人事評価の入口
pub fn entrance() -> Url {
    Url::path(["evaluation"])
}

/// My own year; the present one where none is named.
pub fn mine(year: Option<i64>) -> Url {
    Url::path(["evaluation", "mine"]).query_if("year", year)
}

/// People whom I evaluate.
pub fn people() -> Url {
    Url::path(["evaluation", "people"])
}

/// One sheet.
pub fn sheet(id: &str) -> Url {
    Url::path(["evaluation", "sheets", id])
}

/// The page of an act on a sheet that needs more words.
pub fn act(id: &str, transition: &str) -> Url {
    sheet(id).join("acts").join(transition)
}

/// Where a note on the person of a sheet is posted to.
pub fn memo(sheet_id: &str) -> Url {
    sheet(sheet_id).join("memo")
}

/// Where a draft is thrown away.
pub fn discard(sheet_id: &str) -> Url {
    sheet(sheet_id).join("discard")
}

/// Adjustment in a round.
pub fn adjustment(round: Option<&str>) -> Url {
    Url::path(["evaluation", "adjustment"]).query_if("round", round)
}

/// Confirmation in a round.
pub fn confirmation(round: Option<&str>) -> Url {
    Url::path(["evaluation", "confirmation"]).query_if("round", round)
}

/// All rounds.
pub fn rounds() -> Url {
    Url::path(["evaluation", "rounds"])
}

/// The map of a round.
pub fn round(id: &str) -> Url {
    rounds().join(id)
}

/// Before a round is opened.
pub fn start(id: &str) -> Url {
    round(id).join("start")
}

/// Sheets of a round with who holds them: of an office, of a step.
pub fn waiting(id: &str, office: Option<&str>, step: Option<&str>) -> Url {
    round(id).join("waiting").query_if("office", office).query_if("step", step)
}

/// Where reminders are posted to.
pub fn remind(id: &str) -> Url {
    round(id).join("remind")
}

/// Goal templates of a round.
pub fn templates(id: &str) -> Url {
    round(id).join("templates")
}

/// Where a special evaluation is started.
pub fn special(id: &str) -> Url {
    round(id).join("special")
}

/// Past results of people.
pub fn look_back() -> Url {
    Url::path(["evaluation", "look-back"])
}

/// The same as a file.
pub fn look_back_file() -> Url {
    look_back().join("file")
}
