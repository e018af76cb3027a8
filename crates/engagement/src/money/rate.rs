//! Rates in percent, exact to four digits after the point.

use std::fmt;
use std::str::FromStr;

/// A rate in ten-thousandths of a percent: 2.5 % is 25,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u32);

/// What one whole is in the unit of [`Rate`].
pub(super) const WHOLE: i128 = 1_000_000;

impl Rate {
    /// From whole percents.
    pub const fn percent(percent: u32) -> Self {
        Self(percent.saturating_mul(10_000))
    }

    /// In ten-thousandths of a percent.
    pub(super) fn wide(self) -> i128 {
        self.0.into()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{rest:04}").trim_end_matches('0'))
    }
}

/// Why a text is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("率は0から100までの数を、小数点以下4桁までで書いてください（例: 2.5）。")]
pub struct RateError;

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, RateError> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(rest) || whole.len() > 3 || rest.len() > 4 {
            return Err(RateError);
        }
        let rate: u32 = format!("{whole}{rest:0<4}").parse().map_err(|_| RateError)?;
        if i128::from(rate) > WHOLE { Err(RateError) } else { Ok(Self(rate)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_back_as_it_was_written() {
        for (text, back) in
            [("2.5", "2.5"), ("3", "3"), ("0.1", "0.1"), ("10.21", "10.21"), ("2.50", "2.5"), ("100", "100")]
        {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), back);
        }
        for text in ["", ".", "2.", ".5", "-1", "2.12345", "100.0001", "1000", "２.5", "1e1", "+1"] {
            assert_eq!(text.parse::<Rate>(), Err(RateError), "{text}");
        }
    }
}
