//! The text of a locked value: `locked:1:<holder>:<version of the key>:<base64url of nonce, text and tag>`.
//!
//! The clear value is filled up to a multiple of 16 bytes (ISO/IEC 7816-4: a byte 80, then zeros), so that 「有」 and 「無」,
//! or two family names, are not told apart by their length.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// How every locked text begins; the number is the version of the format.
pub(crate) const START: &str = "locked:1:";

/// Bytes to which a value is filled up.
const BLOCK: usize = 16;

/// Largest value that is locked or opened, in bytes.
pub(crate) const LARGEST: usize = 64 * 1024 * 1024;

/// Longest name of a holder, in bytes.
const LONGEST_HOLDER: usize = 128;

/// The parts of a locked text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Locked<'t> {
    pub(crate) holder: &'t str,
    pub(crate) version: u32,
    /// Nonce, encrypted text, tag.
    pub(crate) bytes: Vec<u8>,
}

/// Whether this can name a holder: identifiers do, a text with a colon does not.
pub(crate) fn is_holder(holder: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    (1..=LONGEST_HOLDER).contains(&holder.len()) && holder.bytes().all(fits)
}

pub(crate) fn write(holder: &str, version: u32, bytes: &[u8]) -> String {
    let mut text = String::with_capacity(START.len() + holder.len() + 8 + bytes.len().div_ceil(3) * 4);
    text.push_str(START);
    text.push_str(holder);
    text.push(':');
    text.push_str(&version.to_string());
    text.push(':');
    URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
    text
}

/// Read a locked text. Only what [`write`] makes is taken, so that one value has one text.
pub(crate) fn read(text: &str) -> Result<Locked<'_>, &'static str> {
    // Four characters carry three bytes; what is longer is not even decoded.
    if text.len() / 4 * 3 > LARGEST + 1024 {
        return Err("長すぎます");
    }
    let rest = text.strip_prefix(START).ok_or("ロックされた値の形ではありません")?;
    let mut parts = rest.splitn(3, ':');
    let (Some(holder), Some(version), Some(coded)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("途中で切れています");
    };
    if !is_holder(holder) {
        return Err("持ち主の形が違います");
    }
    let number: u32 = version.parse().map_err(|_| "鍵の版が数ではありません")?;
    if number == 0 || number.to_string() != version {
        return Err("鍵の版の書き方が違います");
    }
    let bytes = URL_SAFE_NO_PAD.decode(coded).map_err(|_| "本体を読めません")?;
    Ok(Locked { holder, version: number, bytes })
}

/// The value filled up to whole blocks.
pub(crate) fn fill(clear: &[u8], room_after: usize) -> Vec<u8> {
    let whole = (clear.len() / BLOCK + 1) * BLOCK;
    let mut filled = Vec::with_capacity(whole + room_after);
    filled.extend_from_slice(clear);
    filled.push(0x80);
    filled.resize(whole, 0);
    filled
}

/// The value without what [`fill`] added.
pub(crate) fn unfill(filled: &[u8]) -> Option<&[u8]> {
    let end = filled.iter().rposition(|byte| *byte != 0)?;
    let (clear, last) = filled.split_at_checked(end)?;
    (last.first() == Some(&0x80)).then_some(clear)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_one_way_of_writing_is_read() {
        let good = write("01J", 1, &[1, 2, 3]);
        assert_eq!(good, "locked:1:01J:1:AQID");
        assert_eq!(read(&good).unwrap().bytes, [1, 2, 3]);
        for bad in [
            "",
            "locked:1:",
            "locked:1:01J",
            "locked:1:01J:1",
            "locked:2:01J:1:AQID",
            "Locked:1:01J:1:AQID",
            "locked:1::1:AQID",
            "locked:1:01J:0:AQID",
            "locked:1:01J:01:AQID",
            "locked:1:01J:+1:AQID",
            "locked:1:01J:-1:AQID",
            "locked:1:01J:4294967296:AQID",
            "locked:1:01J:1:AQID=",
            "locked:1:01J:1:AQI",
            "locked:1:01J:1:AQ D",
            "locked:1:01J:1:AQID\n",
            "locked:1:山田:1:AQID",
            "locked:1:01J:1:あ",
        ] {
            // "AQI" is two bytes and two bits, which must be zero: `AQI` ends in `I` = 001000, so it is read as two bytes.
            if bad.ends_with("AQI") {
                assert_eq!(read(bad).unwrap().bytes, [1, 2]);
                continue;
            }
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read("locked:1:01J:1:AQJ").is_err(), "bits that carry nothing must be zero");
    }

    proptest! {
        #[test]
        fn what_is_filled_is_found_again(clear in proptest::collection::vec(any::<u8>(), 0..80)) {
            let filled = fill(&clear, 0);
            prop_assert_eq!(filled.len() % 16, 0);
            prop_assert!(filled.len() > clear.len());
            prop_assert_eq!(unfill(&filled).unwrap(), &clear[..]);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            if let Ok(locked) = read(&text) {
                prop_assert_eq!(write(locked.holder, locked.version, &locked.bytes), text);
            }
        }
    }
}
