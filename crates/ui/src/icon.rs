//! Small line drawings that stand beside words; they never stand alone and screen readers skip them.

use maud::{Markup, Render, html};

/// A drawing on a 24 × 24 grid in the colour of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A tick: done, right.
    Check,
    /// A cross: take away, close.
    Cross,
    /// A circle with an i: something to know.
    Info,
    /// A triangle with a mark: take care.
    Caution,
    /// A stop sign with a mark: something is wrong.
    Stop,
    /// A clock: waiting, a deadline.
    Clock,
    /// A circle, half full: under way.
    Half,
    /// An empty circle: not begun.
    Circle,
    /// A bar in a circle: ended, not in use.
    Ended,
    /// A magnifying glass.
    Search,
    /// A person.
    Person,
    /// An arrow up.
    Up,
    /// An arrow down.
    Down,
    /// Two arrows: can be sorted.
    Sort,
    /// A plus sign.
    Plus,
    /// An arrow into a tray: a file to keep.
    Download,
    /// A sheet of paper.
    Document,
    /// A seal: proven.
    Seal,
    /// An open box: nothing here yet.
    Box,
    /// A pencil.
    Edit,
    /// A padlock: may not be seen or changed.
    Lock,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Check => "m5 12.5 5 5L19.5 7",
            Self::Cross => "M6 6l12 12M18 6 6 18",
            Self::Info => "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18ZM12 11v5.5M12 7.5v.1",
            Self::Caution => "M12 3.5 22 20.5H2ZM12 10v5M12 17.8v.1",
            Self::Stop => "M8 3h8l5 5v8l-5 5H8l-5-5V8ZM12 7.5v5.5M12 16.4v.1",
            Self::Clock => "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18ZM12 7v5l3.5 2",
            Self::Half => "M12 20a8 8 0 1 1 0-16 8 8 0 0 1 0 16ZM12 4v16M15 5v14M18 7v10",
            Self::Circle => "M12 19a7 7 0 1 1 0-14 7 7 0 0 1 0 14Z",
            Self::Ended => "M12 20a8 8 0 1 1 0-16 8 8 0 0 1 0 16ZM8 12h8",
            Self::Search => "M10.5 17a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13ZM15.5 15.5 21 21",
            Self::Person => "M12 12a4 4 0 1 1 0-8 4 4 0 0 1 0 8ZM4 21c0-4 3.5-6.5 8-6.5s8 2.5 8 6.5",
            Self::Up => "M12 20V5M6 11l6-6 6 6",
            Self::Down => "M12 4v15M6 13l6 6 6-6",
            Self::Sort => "M8 4v16M4 8l4-4 4 4M16 20V4M12 16l4 4 4-4",
            Self::Plus => "M12 5v14M5 12h14",
            Self::Download => "M12 3v12M7 10.5l5 5 5-5M4 17v4h16v-4",
            Self::Document => "M6 3h8l5 5v13H6ZM14 3v5h5M9 13h7M9 17h7",
            Self::Seal => "M12 15a6 6 0 1 1 0-12 6 6 0 0 1 0 12ZM9 14l-2 7 5-2.5L17 21l-2-7M9.5 9l2 2 3-3.5",
            Self::Box => "M3 9l9-5 9 5v8l-9 5-9-5ZM3 9l9 5 9-5M12 14v8",
            Self::Edit => "M4 20l1-5L16.5 3.5l4 4L9 19ZM14 6l4 4",
            Self::Lock => "M6 11h12v10H6ZM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
        }
    }
}

impl Render for Icon {
    fn render(&self) -> Markup {
        html! {
            svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" { path d=(self.path()) {} }
        }
    }
}
