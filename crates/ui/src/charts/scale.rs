//! From values to places on paper.

/// A straight scale from values to coordinates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// Maps `low..high` to `from..to`; an empty or undefined range becomes one unit wide.
    pub(super) fn new(low: f64, high: f64, from: f64, to: f64) -> Self {
        let (low, high) = if low.is_finite() && high.is_finite() && high > low { (low, high) } else { (0.0, 1.0) };
        Self { low, high, from, to }
    }

    /// From zero to a round number at or above the greatest value.
    pub(super) fn from_zero(values: impl IntoIterator<Item = f64>, from: f64, to: f64) -> Self {
        let top = values.into_iter().filter(|value| value.is_finite()).fold(0.0, f64::max);
        let step = step(top);
        let top = if top > 0.0 { (top / step).ceil() * step } else { 1.0 };
        Self::new(0.0, top, from, to)
    }

    /// The coordinate of a value, kept within the drawing.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }

    /// Round values for grid lines, at most six or so.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let step = step(self.high - self.low);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        (first..=last).take(20).map(|count| count as f64 * step).collect()
    }
}

/// A step of 1, 2 or 5 times a power of ten that divides a range into four to eight.
fn step(range: f64) -> f64 {
    if !(range.is_finite() && range > 0.0) {
        return 1.0;
    }
    let rough = range / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let factor = rough / power;
    power
        * if factor <= 1.0 {
            1.0
        } else if factor <= 2.0 {
            2.0
        } else if factor <= 5.0 {
            5.0
        } else {
            10.0
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_begin_at_zero() {
        let cases: [(f64, &[f64]); 4] = [
            (10.0, &[0.0, 2.0, 4.0, 6.0, 8.0, 10.0]),
            (97.0, &[0.0, 20.0, 40.0, 60.0, 80.0, 100.0]),
            (0.0, &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            (3_000.0, &[0.0, 1_000.0, 2_000.0, 3_000.0]),
        ];
        for (top, wanted) in cases {
            let got = Scale::from_zero([top, f64::NAN], 0.0, 100.0).ticks();
            assert_eq!(got.len(), wanted.len(), "{top}: {got:?}");
            for (a, b) in got.iter().zip(wanted) {
                assert!((a - b).abs() < 1e-9, "{top}: {got:?}");
            }
        }
    }

    #[test]
    fn no_value_falls_off_the_paper() {
        let scale = Scale::from_zero([50.0], 10.0, 110.0);
        for value in [-1e300, -1.0, 0.0, 25.0, 50.0, 1e300] {
            assert!((10.0..=110.0).contains(&scale.at(value)));
        }
        assert!((scale.at(25.0) - 60.0).abs() < 1e-9);
    }
}
