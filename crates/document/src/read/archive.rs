//! Bounding what a workbook may unpack to, before anything interprets it.
//!
//! A workbook is a ZIP archive whose sizes are only claims, so every part is unpacked once and counted. The count of
//! shared strings is checked too: the reader reserves memory for the number that the file claims.

use std::io::{Cursor, Read};

use super::{Amount, Limits, ReadProblem};

/// What one pass over all parts has shown.
#[derive(Debug, Default)]
pub(super) struct Inspection {
    /// Some sheet holds formulas.
    pub formulas: bool,
}

/// Ratio of compression is looked at only beyond this many bytes: small repetitive sheets pack extremely well.
const RATIO_FROM: u64 = 64 * 1024 * 1024;
/// A claimed number of shared strings above which memory would be reserved for nothing.
const SHARED_STRINGS: u64 = 10_000_000;

pub(super) fn inspect(bytes: &[u8], limits: &Limits) -> Result<Inspection, ReadProblem> {
    let broken = |detail: String| ReadProblem::Broken { detail };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(error.to_string()))?;
    if archive.len() > limits.parts {
        return Err(too_large(Amount::Parts, archive.len() as u64, limits.parts as u64));
    }
    let mut inspection = Inspection::default();
    let mut total: u64 = 0;
    for number in 0..archive.len() {
        let mut part = archive.by_index(number).map_err(|error| broken(error.to_string()))?;
        let name = part.name().map_err(|error| broken(error.to_string()))?.to_ascii_lowercase();
        let kind = PartKind::of(&name);
        let mut scan = Scan::default();
        let mut buffer = vec![0_u8; 64 * 1024];
        loop {
            let count = part.read(&mut buffer).map_err(|error| broken(format!("{name}: {error}")))?;
            let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else { break };
            total += count as u64;
            if total > limits.inflated_bytes {
                return Err(ReadProblem::TooLarge {
                    what: Amount::InflatedBytes,
                    found: None,
                    limit: limits.inflated_bytes,
                    place: Some(name),
                });
            }
            if total > RATIO_FROM && total / (bytes.len() as u64).max(1) > limits.inflation_ratio {
                return Err(ReadProblem::TooLarge {
                    what: Amount::InflationRatio,
                    found: None,
                    limit: limits.inflation_ratio,
                    place: Some(name),
                });
            }
            match kind {
                PartKind::Other => {}
                PartKind::SharedStrings | PartKind::Sheet if chunk.contains(&0) => {
                    // XML in UTF-16 would hide from the scan below; no spreadsheet writes it.
                    return Err(broken(name));
                }
                PartKind::SharedStrings => {
                    if scan.claims_too_many(chunk) {
                        return Err(broken(name));
                    }
                }
                PartKind::Sheet => inspection.formulas |= scan.sees_formula(chunk),
            }
        }
    }
    Ok(inspection)
}

fn too_large(what: Amount, found: u64, limit: u64) -> ReadProblem {
    ReadProblem::TooLarge { what, found: Some(found), limit, place: None }
}

#[derive(Clone, Copy)]
enum PartKind {
    SharedStrings,
    Sheet,
    Other,
}

impl PartKind {
    fn of(name: &str) -> PartKind {
        if name.ends_with("sharedstrings.xml") {
            PartKind::SharedStrings
        } else if name.ends_with(".xml") && name.contains("sheet") {
            PartKind::Sheet
        } else {
            PartKind::Other
        }
    }
}

/// Looks for byte patterns across chunk borders.
#[derive(Default)]
struct Scan {
    tail: Vec<u8>,
}

impl Scan {
    /// The tail of the last chunk followed by this one; keeps the last `keep` bytes.
    fn joined(&mut self, chunk: &[u8], keep: usize) -> Vec<u8> {
        let mut window = std::mem::take(&mut self.tail);
        window.extend_from_slice(chunk);
        self.tail = window.get(window.len().saturating_sub(keep)..).unwrap_or_default().to_vec();
        window
    }

    fn claims_too_many(&mut self, chunk: &[u8]) -> bool {
        let window = self.joined(chunk, 64);
        let needle = b"uniqueCount";
        let mut rest = window.as_slice();
        while let Some(at) = rest.windows(needle.len()).position(|bytes| bytes == needle) {
            rest = rest.get(at + needle.len()..).unwrap_or_default();
            let digits = rest
                .iter()
                .skip_while(|byte| byte.is_ascii_whitespace() || **byte == b'=' || **byte == b'+')
                .skip_while(|byte| **byte == b'"' || **byte == b'\'')
                .skip_while(|byte| byte.is_ascii_whitespace() || **byte == b'+')
                .take_while(|byte| byte.is_ascii_digit());
            let claim = digits.fold(0_u64, |sum, byte| sum.saturating_mul(10).saturating_add(u64::from(byte - b'0')));
            if claim > SHARED_STRINGS {
                return true;
            }
        }
        false
    }

    fn sees_formula(&mut self, chunk: &[u8]) -> bool {
        self.joined(chunk, 3).windows(3).any(|bytes| matches!(bytes, [b'<', b'f', b'>' | b' ' | b'/']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_split_over_chunks_is_seen() {
        let mut scan = Scan::default();
        assert!(!scan.claims_too_many(b"<sst count=\"3\" uniqueCo"));
        assert!(scan.claims_too_many(b"unt = '99999999999'>"));
        assert!(!Scan::default().claims_too_many(b"<sst uniqueCount=\"3000\">"));
    }
}
