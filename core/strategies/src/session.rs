//! Average and spread of the prices of a session.
//!
//! Owns the running sums. Every print weighs the same: Coinbase's carry no size in our recordings,
//! so this is the average by print, which a true VWAP only resembles. Must never be fed a gap:
//! whoever owns it begins a new one there.

use royale_quant::memory::{AMOUNT, Memory, Passage, USABLE};

/// Prices since the session began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Session {
    count: f64,
    mean: f64,
    /// Sum of squared distances from the mean, kept the way of Welford.
    squares: f64,
}

impl Session {
    /// Takes a print.
    pub(crate) fn add(&mut self, price: f64) {
        self.count += 1.0;
        let before = price - self.mean;
        self.mean += before / self.count;
        self.squares += before * (price - self.mean);
    }
    /// |price − average| in standard deviations of the prints; 0 where they do not differ.
    pub(crate) fn distance(&self, price: f64) -> f64 {
        let deviation = (self.squares / self.count).sqrt();
        if deviation > 0.0 { (price - self.mean).abs() / deviation } else { 0.0 }
    }
}

impl Memory for Session {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        through.number(&mut self.count, AMOUNT)?;
        through.number(&mut self.mean, USABLE)?;
        through.number(&mut self.squares, AMOUNT)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_in_deviations_of_the_prints() {
        let mut session = Session::default();
        assert_eq!(session.distance(80_000.0), 0.0, "nothing known");
        session.add(80_000.0);
        assert_eq!(session.distance(80_010.0), 0.0, "one print has no spread");
        for price in [80_002.0, 80_004.0, 80_006.0] {
            session.add(price);
        }
        // Mean 80,003, variance (9 + 1 + 1 + 9) / 4 = 5.
        let expected = 7.0 / 5.0_f64.sqrt();
        assert!((session.distance(80_010.0) - expected).abs() < 1e-9);
        assert!((session.distance(79_996.0) - expected).abs() < 1e-9, "either way");
    }
}
