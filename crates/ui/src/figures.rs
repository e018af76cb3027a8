//! Numbers as people read them.

/// Digits in groups of three, with a true minus sign: −1,234,567.
#[must_use]
pub fn grouped(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 3);
    if value < 0 {
        out.push('−');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// An amount of money: 1,234,567円.
#[must_use]
pub fn yen(value: i64) -> String {
    format!("{}円", grouped(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_from_the_right() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (123_456, "123,456"),
            (1_234_567, "1,234,567"),
            (-1_000, "−1,000"),
            (i64::MIN, "−9,223,372,036,854,775,808"),
        ];
        for (value, wanted) in cases {
            assert_eq!(grouped(value), wanted);
        }
        assert_eq!(yen(1_358_023), "1,358,023円");
    }
}
