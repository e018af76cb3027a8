//! Telling the character set of a text file by its validity.

use encoding_rs::{SHIFT_JIS, UTF_16BE, UTF_16LE};
use std::fmt;

use super::ReadProblem;

/// Character set of a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8 without byte order mark; plain ASCII counts as this.
    Utf8,
    /// UTF-8 with byte order mark, as spreadsheets write it.
    Utf8Bom,
    /// UTF-16, little-endian, with byte order mark.
    Utf16Le,
    /// UTF-16, big-endian, with byte order mark.
    Utf16Be,
    /// Windows code page 932, both NEC-selected and IBM extensions.
    Cp932,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf8Bom => "UTF-8（BOM 付き）",
            Encoding::Utf16Le => "UTF-16LE",
            Encoding::Utf16Be => "UTF-16BE",
            Encoding::Cp932 => "シフト JIS（CP932）",
        })
    }
}

/// Decodes text. A byte order mark decides; without one, valid UTF-8 is UTF-8 and anything else must be valid CP932:
/// Japanese CP932 text is practically never valid UTF-8.
pub(super) fn decode(bytes: &[u8]) -> Result<(String, Encoding), ReadProblem> {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return match std::str::from_utf8(rest) {
            Ok(text) => Ok((text.to_owned(), Encoding::Utf8Bom)),
            Err(error) => Err(undecodable(rest, error.valid_up_to(), "UTF-8 ")),
        };
    }
    for (mark, charset, encoding, name) in [
        (b"\xFF\xFE".as_slice(), UTF_16LE, Encoding::Utf16Le, "UTF-16LE "),
        (b"\xFE\xFF".as_slice(), UTF_16BE, Encoding::Utf16Be, "UTF-16BE "),
    ] {
        if let Some(rest) = bytes.strip_prefix(mark) {
            return match charset.decode_without_bom_handling_and_without_replacement(rest) {
                Some(text) => Ok((text.into_owned(), encoding)),
                None => Err(undecodable(rest, 0, name)),
            };
        }
    }
    let utf8 = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((text.to_owned(), Encoding::Utf8)),
        Err(error) => error.valid_up_to(),
    };
    if let Some(text) = SHIFT_JIS.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok((text.into_owned(), Encoding::Cp932));
    }
    // Both fail: the one that holds out longer is what the file was meant to be.
    let cp932 = valid_cp932(bytes);
    if utf8 > cp932 {
        Err(undecodable(bytes, utf8, "UTF-8 "))
    } else {
        Err(undecodable(bytes, cp932, "シフト JIS "))
    }
}

/// Length of the longest run of whole lines from the start that is valid CP932, plus the offset in the first bad line.
fn valid_cp932(bytes: &[u8]) -> usize {
    let mut done = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if SHIFT_JIS.decode_without_bom_handling_and_without_replacement(line).is_some() {
            done += line.len();
            continue;
        }
        let mut good = 0;
        for end in 1..=line.len() {
            match line.get(..end) {
                Some(head) if SHIFT_JIS.decode_without_bom_handling_and_without_replacement(head).is_some() => {
                    good = end;
                }
                // A lone lead byte is completed by its successor; two failures in a row are final.
                _ if end > good + 1 => break,
                _ => {}
            }
        }
        return done + good;
    }
    done
}

fn undecodable(bytes: &[u8], at: usize, charset: &'static str) -> ReadProblem {
    let before = bytes.get(..at).unwrap_or(bytes);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    ReadProblem::Undecodable { line, charset, byte: bytes.get(at).copied().unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes from the CP932 table: both codings of 髙 and 﨑 (NEC-selected and IBM), ① and full-width tilde.
    #[test]
    fn both_codings_of_extended_names_are_read() {
        let (text, encoding) = decode(b"\xFB\xFC,\xEE\xE0,\xFA\xB1,\xED\x95,\x87\x40,\x81\x60").unwrap();
        assert_eq!(encoding, Encoding::Cp932);
        assert_eq!(text, "髙,髙,﨑,﨑,①,～");
    }

    #[test]
    fn marks_decide() {
        let utf16: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain("氏名\n𠮷".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decode(&utf16).unwrap(), ("氏名\n𠮷".to_owned(), Encoding::Utf16Le));
        assert_eq!(decode("\u{FEFF}氏名".as_bytes()).unwrap(), ("氏名".to_owned(), Encoding::Utf8Bom));
        assert_eq!(decode("氏名".as_bytes()).unwrap().1, Encoding::Utf8);
    }

    #[test]
    fn a_broken_byte_is_placed() {
        let problem = decode(b"a,b\nc,\x81\x20\n").unwrap_err();
        assert_eq!(problem, ReadProblem::Undecodable { line: 2, charset: "シフト JIS ", byte: 0x81 });
        let problem = decode(b"\xEF\xBB\xBFa\nb\n\xFFc").unwrap_err();
        assert_eq!(problem, ReadProblem::Undecodable { line: 3, charset: "UTF-8 ", byte: 0xFF });
    }
}
