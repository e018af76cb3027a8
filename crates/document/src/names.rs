//! Counting and inspecting characters as people see them.

use unicode_segmentation::UnicodeSegmentation;

/// Number of characters as people see them: grapheme clusters (UAX #29), so that a kanji with its variation selector
/// and an accented kana count as one.
///
/// ```
/// assert_eq!(document::names::length("葛\u{E0100}城𠮷"), 3);
/// ```
pub fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).count() }
}

/// The private-use characters (外字) of a text: they mean something only on the system that defined them.
///
/// ```
/// assert_eq!(document::names::private_use("見\u{E000}本"), ['\u{E000}']);
/// ```
pub fn private_use(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| matches!(u32::from(*c), 0xE000..=0xF8FF | 0xF0000..=0xFFFFD | 0x10_0000..=0x10_FFFD))
        .collect()
}

/// True for a variation selector of an ideograph (IVS, U+E0100–U+E01EF) or a standardised variation (U+FE00–U+FE0F).
pub fn is_variation_selector(c: char) -> bool {
    matches!(u32::from(c), 0xFE00..=0xFE0F | 0xE0100..=0xE01EF)
}
