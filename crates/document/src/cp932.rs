//! Windows code page 932: what fits, and what does not.
//!
//! The forms that UTF-8 text and CP932 write differently for the same punctuation are mapped first (〜 to ～, — to ―,
//! − to －, ‖ to ∥, and the cent, pound and not signs to their full-width forms), because a round trip through CP932
//! turns them over anyway. Names are never mapped: 𠮷 does not become 吉 silently.
//!
//! ```
//! assert!(document::cp932::check("髙橋 﨑 ①～").is_empty());
//! let missing = document::cp932::check("𠮷田");
//! assert_eq!((missing[0].position, missing[0].character.as_str(), missing[0].code()), (0, "𠮷", "U+20BB7".to_owned()));
//! ```

use encoding_rs::SHIFT_JIS;
use unicode_segmentation::UnicodeSegmentation;

/// A character that CP932 cannot carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Position counted in characters as people see them (grapheme clusters), from 0.
    pub position: usize,
    /// The character, with its variation selector if it has one.
    pub character: String,
}

impl Missing {
    /// Its code points, such as `U+20BB7` or `U+845B U+E0100`.
    pub fn code(&self) -> String {
        codes(&self.character)
    }
}

/// Code points of a character as people see it.
pub fn codes(character: &str) -> String {
    character.chars().map(|c| format!("U+{:04X}", u32::from(c))).collect::<Vec<_>>().join(" ")
}

/// The characters of a text that CP932 cannot carry, in order.
pub fn check(text: &str) -> Vec<Missing> {
    if text.is_ascii() {
        return Vec::new();
    }
    text.graphemes(true)
        .enumerate()
        .filter(|(_, cluster)| encode_cluster(cluster).is_none())
        .map(|(position, cluster)| Missing { position, character: cluster.to_owned() })
        .collect()
}

/// Encodes a text; what does not fit is handed to `missing`, which may give a substitute (itself in CP932).
pub fn encode_with(text: &str, mut missing: impl FnMut(Missing) -> Option<&'static str>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for (position, cluster) in text.graphemes(true).enumerate() {
        match encode_cluster(cluster) {
            Some(encoded) => bytes.extend(encoded),
            None => {
                let substitute = missing(Missing { position, character: cluster.to_owned() });
                bytes.extend(substitute.and_then(encode_cluster).unwrap_or_default());
            }
        }
    }
    bytes
}

/// One cluster in CP932, `None` when any part of it does not fit.
fn encode_cluster(cluster: &str) -> Option<Vec<u8>> {
    let mapped: String = cluster.chars().map(punctuation).collect();
    // The encoder of the web platform maps the yen sign and the overline to ASCII and Greek lunate forms elsewhere:
    // only an exact way back counts as fitting.
    let (bytes, _, failed) = SHIFT_JIS.encode(&mapped);
    if failed {
        return None;
    }
    let exact = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(&bytes)? == mapped;
    exact.then(|| bytes.into_owned())
}

/// Punctuation whose Unicode form differs between JIS and Microsoft tables.
fn punctuation(c: char) -> char {
    match c {
        '\u{301C}' => '\u{FF5E}',
        '\u{2014}' => '\u{2015}',
        '\u{2212}' => '\u{FF0D}',
        '\u{2016}' => '\u{2225}',
        '\u{00A2}' => '\u{FFE0}',
        '\u{00A3}' => '\u{FFE1}',
        '\u{00AC}' => '\u{FFE2}',
        '\u{00A5}' => '\u{FFE5}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of the characters in use for names (facts on characters and names).
    #[test]
    fn names_that_fit_and_that_do_not() {
        for fits in ["髙", "﨑", "濵", "栁", "德", "瀨", "彅", "①", "㈱", "〜", "—", "−", "‖", "ｱ", "¥"]
        {
            assert_eq!(check(fits), [], "{fits}");
        }
        for lacks in ["𠮷", "鷗", "丂", "葛\u{E0100}", "辻\u{E0101}", "㋿", "か\u{3099}"] {
            assert_eq!(check(lacks).len(), 1, "{lacks}");
        }
        assert_eq!(check("葛\u{E0100}城")[0].code(), "U+845B U+E0100");
        assert_eq!(check("見本葛\u{E0100}城𠮷").iter().map(|m| m.position).collect::<Vec<_>>(), [2, 4]);
    }

    #[test]
    fn punctuation_is_written_in_its_own_form() {
        assert_eq!(encode_with("〜—−‖", |_| None), b"\x81\x60\x81\x5C\x81\x7C\x81\x61");
        assert_eq!(encode_with("髙", |_| None), b"\xFB\xFC", "the form that Windows writes");
        assert_eq!(encode_with("𠮷田", |_| Some("〓")), b"\x81\xAC\x93\x63");
        assert_eq!(encode_with("𠮷田", |_| None), b"\x93\x63");
    }
}
