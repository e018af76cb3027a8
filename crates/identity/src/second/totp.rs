//! One-time codes (RFC 6238): HMAC-SHA-1, six digits, steps of thirty seconds, as every application on telephones knows
//! them.

use chrono::{DateTime, Utc};
use ledger::Entropy;
use totp_rs::{Algorithm, Builder, Secret, Totp};

/// Bytes of a secret: as many as the hash has (RFC 4226 section 4, R6).
const BYTES: usize = 20;
/// Steps that a clock may be off, before and after (RFC 6238 section 5.2).
const SKEW: u16 = 1;
/// Seconds of a step.
const STEP: u64 = 30;
const DIGITS: u8 = 6;

/// The secret of one-time codes. Has neither `Debug` nor `Display`.
#[derive(Clone)]
pub struct TotpSecret([u8; BYTES]);

impl TotpSecret {
    /// A new one.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0u8; BYTES];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// One that was unlocked; `None` when that is no secret of ours.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes, to be locked.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text that a person types where the picture cannot be read: base 32 (RFC 4648 section 6), in groups of four.
    pub fn typed(&self) -> String {
        let text = base32(&self.0);
        let groups: Vec<String> =
            text.chars().collect::<Vec<_>>().chunks(4).map(|group| group.iter().collect()).collect();
        groups.join(" ")
    }

    /// The address that applications read from the picture.
    pub fn address(&self, issuer: &str, login: &str) -> String {
        let (issuer, login) = (encoded(issuer), encoded(login));
        let secret = base32(&self.0);
        format!(
            "otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP}"
        )
    }

    /// The time step whose code this is, if it is one of now, of the step before or of the step after.
    pub fn step_of(&self, code: &str, now: DateTime<Utc>) -> Option<i64> {
        let code: String = code.chars().filter(|one| !one.is_whitespace()).map(half_width).collect();
        let seconds = u64::try_from(now.timestamp()).ok()?;
        let step = self.totp()?.check(&code, seconds)?;
        i64::try_from(step).ok()
    }

    fn totp(&self) -> Option<Totp> {
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS).with_skew(SKEW);
        builder.with_step_duration(STEP).with_secret(Secret::new_stack(self.0)).build().ok()
    }
}

/// Figures as Japanese keyboards send them: U+FF10 to U+FF19 are 0 to 9.
fn half_width(one: char) -> char {
    match one {
        '０'..='９' => u32::from(one).checked_sub(0xff10 - 0x30).and_then(char::from_u32).unwrap_or(one),
        other => other,
    }
}

/// Base 32 without padding.
fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut bits) = (0u32, 0u32);
    let push = |text: &mut String, five: u32| {
        let at = usize::try_from(five & 31).unwrap_or_default();
        text.push(ALPHABET.get(at).copied().map_or('A', char::from));
    };
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(&mut text, held >> bits);
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        push(&mut text, held << (5 - bits));
    }
    text
}

/// Percent-encoding of RFC 3986, everything but unreserved characters.
fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// RFC 6238 appendix B gives eight digits; six are their end.
    #[test]
    fn codes_of_the_rfc_are_accepted_in_their_step_and_its_neighbours() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = seconds / 30;
            assert_eq!(secret.step_of(code, at(seconds)), Some(step), "{code}");
            assert_eq!(secret.step_of(code, at(seconds + 30)), Some(step), "{code} a step late");
            assert_eq!(secret.step_of(code, at(seconds - 30)), Some(step), "{code} a step early");
            assert_eq!(secret.step_of(code, at(seconds + 60)), None, "{code} two steps late");
            if seconds > 60 {
                assert_eq!(secret.step_of(code, at(seconds - 60)), None, "{code} two steps early");
            }
        }
        assert_eq!(secret.step_of(" ００５ ９２４ ", at(1_234_567_890)), Some(41_152_263), "as people type it");
        for wrong in ["", "05924", "0005924", "+05924", "89005924", "abcdef", "００５９２"] {
            assert_eq!(secret.step_of(wrong, at(1_234_567_890)), None, "{wrong}");
        }
    }

    /// RFC 4648 section 10, without padding.
    #[test]
    fn base_32_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn the_address_carries_everything_an_application_needs() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890").unwrap();
        assert_eq!(
            secret.address("見本省", "jinji01"),
            "otpauth://totp/%E8%A6%8B%E6%9C%AC%E7%9C%81:jinji01?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=%E8%A6%8B%E6%9C%AC%E7%9C%81&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(secret.typed(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}
