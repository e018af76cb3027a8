//! The manuals (操作手引書), kept as Markdown in `docs/manual/` and shown on the help page.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{Event, Options, Parser, Tag, html};

/// One manual.
pub struct Manual {
    /// Name of its file without the ending.
    pub name: &'static str,
    /// First heading.
    pub title: &'static str,
    text: &'static str,
}

/// All manuals in the order of their names.
pub fn pages() -> &'static [Manual] {
    MANUALS
}

const MANUALS: &[Manual] = include!(concat!(env!("OUT_DIR"), "/manual.rs"));

/// A manual as HTML. Pictures are left out: the help page shows words, the printed manual shows both.
pub fn render(manual: &Manual) -> Markup {
    let mut inside = 0_u32;
    let events = Parser::new_ext(manual.text, Options::ENABLE_TABLES).filter(|event| {
        match event {
            Event::Start(Tag::Image { .. }) => inside += 1,
            Event::End(pulldown_cmark::TagEnd::Image) => {
                inside = inside.saturating_sub(1);
                return false;
            }
            // The manuals are ours, and even so no markup of theirs goes through.
            Event::Html(_) | Event::InlineHtml(_) => return false,
            _ => {}
        }
        inside == 0
    });
    // The page has its one heading already.
    let events = events.map(|event| match event {
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: lower(level), id, classes, attrs })
        }
        Event::End(pulldown_cmark::TagEnd::Heading(level)) => Event::End(pulldown_cmark::TagEnd::Heading(lower(level))),
        // A line break of the source is no blank in Japanese.
        Event::SoftBreak => Event::Text("".into()),
        event => event,
    });
    let mut text = String::new();
    html::push_html(&mut text, events);
    PreEscaped(text)
}

fn lower(level: pulldown_cmark::HeadingLevel) -> pulldown_cmark::HeadingLevel {
    use pulldown_cmark::HeadingLevel::{H1, H2, H3, H4, H5, H6};
    match level {
        H1 => H2,
        H2 => H3,
        H3 => H4,
        H4 => H5,
        H5 | H6 => H6,
    }
}
