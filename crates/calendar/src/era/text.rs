//! Brings the ways of writing to one before a date is read.

/// Half-width digits, letters and separators; ligatures spelt out; no spaces; upper-case letters.
/// A time of midnight after the date, which spreadsheets add, is dropped.
pub(crate) fn clean(input: &str) -> String {
    let mut spaced = String::with_capacity(input.len());
    for c in input.trim().chars() {
        match c {
            '\u{32FF}' => spaced.push_str("令和"),
            '\u{337B}' => spaced.push_str("平成"),
            '\u{337C}' => spaced.push_str("昭和"),
            '\u{337D}' => spaced.push_str("大正"),
            '\u{337E}' => spaced.push_str("明治"),
            '\u{3000}' | '\u{00A0}' | '\t' => spaced.push(' '),
            // The many dashes that input methods produce for the same key.
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30FC}' | '\u{FF0D}' | '\u{FF70}' => {
                spaced.push('-');
            }
            '・' | '．' => spaced.push('.'),
            '\u{FF01}'..='\u{FF5E}' => {
                let half = u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c);
                spaced.push(half.to_ascii_uppercase());
            }
            _ => spaced.push(c.to_ascii_uppercase()),
        }
    }
    let dated = [" 0:00", " 00:00", " 0:00:00", " 00:00:00", "T00:00:00"]
        .iter()
        .find_map(|midnight| spaced.strip_suffix(midnight))
        .unwrap_or(&spaced);
    dated.chars().filter(|c| *c != ' ').collect()
}

/// A number of one to `digits` ASCII digits and nothing else.
pub(crate) fn number(text: &str, digits: usize) -> Option<i32> {
    let plain = (1..=digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}
