//! Where a market maker with inventory should quote: Avellaneda and Stoikov's reservation price
//! and spread, for a diffusing price and for a yes/no contract. Owns the formulas; it must never
//! round to a tick or size an order.
//!
//! # The model
//!
//! The mid price `s` diffuses with variance `σ²` per second, wealth has exponential utility with
//! risk aversion `γ`, inventory is `q` units, the horizon is `τ` seconds away, and orders at
//! distance `δ` from the mid fill at a rate `A e^(-kδ)`. Then approximately
//!
//! ```text
//! reservation price   r = s - q γ σ² τ                            (equation 29)
//! half spread         δ = γ σ² τ / 2 + ln(1 + γ/k) / γ            (half of equation 30)
//! ```
//!
//! and quotes stand at `r ± δ`. As `γ → 0` the half spread tends to `1/k`.
//!
//! Source: M. Avellaneda, S. Stoikov, "High-frequency trading in a limit order book",
//! Quantitative Finance 8 (2008) 217-224.
//!
//! # The yes/no contract
//!
//! A contract that pays 1 or 0 has a price `p` that is a probability and ends at 0 or 1, so what
//! is left of its variance up to settlement is that of a Bernoulli draw, whatever the path:
//!
//! ```text
//! E[(payoff - p)²] = p (1 - p)
//! ```
//!
//! by the law of total variance. This takes the place of `σ²τ` when inventory is held to
//! settlement; no volatility has to be estimated. For a horizon `h` shorter than the time `T` to
//! settlement we take the share `h/T` of it. For a digital on a diffusion the true share is
//! smaller (at `p = 1/2` it is `(2/π) asin(h/T)`, so by up to a factor `2/π`), hence ours errs
//! towards caution. The formulas themselves are first-order in `γ`: they treat the payoff's
//! variance as if it were normal. Quotes are clamped to `[0, 1]`.

use crate::checked::{is_positive, is_usable};

/// Where to quote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quotes {
    /// Price at which one more unit would neither help nor harm, in the unit of price.
    pub reservation: f64,
    /// Distance of both quotes from the reservation price, before any clamping.
    pub half_spread: f64,
    /// `reservation - half_spread`.
    pub bid: f64,
    /// `reservation + half_spread`.
    pub ask: f64,
}

/// What the maker is like and how orders arrive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MakerModel {
    /// Risk aversion `γ` per unit of money, not negative; 0 is a maker without fear.
    pub gamma: f64,
    /// Decay `k` of the fill rate with distance from the mid, per unit of price, above zero.
    pub k: f64,
}

impl MakerModel {
    /// Quotes for a diffusing price.
    ///
    /// * `mid` - mid price;
    /// * `inventory` - units held, negative if short;
    /// * `sigma` - standard deviation of the price (not of its logarithm) per `√second`;
    /// * `seconds_left` - time to the horizon; a negative number counts as zero.
    ///
    /// `None` if an input or parameter is unusable or out of range.
    #[must_use]
    pub fn quotes(
        &self,
        mid: f64,
        inventory: f64,
        sigma: f64,
        seconds_left: f64,
    ) -> Option<Quotes> {
        if sigma < 0.0 || !is_usable(sigma) || !is_usable(seconds_left) {
            return None;
        }
        self.with_variance(mid, inventory, sigma * sigma * seconds_left.max(0.0))
    }

    /// Quotes for a contract that pays 1 or 0.
    ///
    /// * `probability` - fair price in `[0, 1]`;
    /// * `inventory` - contracts held, negative if short;
    /// * `horizon_share` - share of the time to settlement for which inventory is expected to be
    ///   held, clamped to `[0, 1]`; 1 holds to settlement.
    ///
    /// Reservation price and quotes are clamped to `[0, 1]`. `None` if an input or parameter is
    /// unusable or out of range.
    #[must_use]
    pub fn binary_quotes(
        &self,
        probability: f64,
        inventory: f64,
        horizon_share: f64,
    ) -> Option<Quotes> {
        if !(0.0..=1.0).contains(&probability) || horizon_share.is_nan() {
            return None;
        }
        let variance = probability * (1.0 - probability) * horizon_share.clamp(0.0, 1.0);
        let free = self.with_variance(probability, inventory, variance)?;
        let reservation = free.reservation.clamp(0.0, 1.0);
        Some(Quotes {
            reservation,
            half_spread: free.half_spread,
            bid: (reservation - free.half_spread).max(0.0),
            ask: (reservation + free.half_spread).min(1.0),
        })
    }

    /// Bounds how far the reservation price and the quotes of [`MakerModel::binary_quotes`] move, at one
    /// inventory, when the probability moves by at most `probability` and the share of the horizon by
    /// at most `share`, both in `[0, 1]`.
    ///
    /// The variance `p (1 - p) h` moves by no more than `p` does and a quarter of what `h` does; the quotes
    /// move with `p`, and with the variance times `γ (|q| + 1/2)`. Clamping takes nothing farther apart.
    #[must_use]
    pub fn binary_reach(&self, inventory: f64, probability: f64, share: f64) -> f64 {
        probability + self.gamma * (inventory.abs() + 0.5) * (probability + 0.25 * share)
    }

    /// The two formulas, given the variance of the price up to the horizon.
    fn with_variance(&self, mid: f64, inventory: f64, variance: f64) -> Option<Quotes> {
        let is_valid = self.gamma >= 0.0 && is_usable(self.gamma) && is_positive(self.k);
        if !is_valid || !is_usable(mid) || !is_usable(inventory) {
            return None;
        }
        let reservation = mid - inventory * self.gamma * variance;
        let half_spread = 0.5 * self.gamma * variance + self.fill_edge();
        let (bid, ask) = (reservation - half_spread, reservation + half_spread);
        (bid.is_finite() && ask.is_finite()).then_some(Quotes {
            reservation,
            half_spread,
            bid,
            ask,
        })
    }

    /// `ln(1 + γ/k) / γ`, tending to `1/k`: what the maker asks for the chance of not being
    /// filled. Below a ratio of 1e-9 the limit is exact to the last digits.
    fn fill_edge(&self) -> f64 {
        let ratio = self.gamma / self.k;
        if ratio < 1e-9 {
            return (1.0 - 0.5 * ratio) / self.k;
        }
        libm::log1p(ratio) / self.gamma
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Xoshiro256PlusPlus;

    /// The paper's example: s = 100, T = 1, σ = 2, γ = 0.1, k = 1.5.
    const PAPER: MakerModel = MakerModel { gamma: 0.1, k: 1.5 };

    #[test]
    fn the_papers_example() {
        let quotes = PAPER.quotes(100.0, 1.0, 2.0, 1.0).unwrap();
        assert!((quotes.reservation - 99.6).abs() < 1e-12);
        // 0.2 + 10 ln(16/15); the paper's average total spread at mid-horizon is 1.49.
        assert!((quotes.half_spread - 0.845_385_211_375_711_7).abs() < 1e-14);
        assert!((quotes.ask - quotes.bid - 2.0 * quotes.half_spread).abs() < 1e-12);
        let half_way = PAPER.quotes(100.0, 0.0, 2.0, 0.5).unwrap();
        assert!((half_way.ask - half_way.bid - 1.49).abs() < 0.002);
    }

    #[test]
    fn without_fear_or_time_the_mid_and_one_over_k_remain() {
        let fearless = MakerModel { gamma: 0.0, k: 2.0 };
        let quotes = fearless.quotes(100.0, 50.0, 2.0, 1.0).unwrap();
        assert_eq!((quotes.reservation, quotes.half_spread), (100.0, 0.5));
        let timid = MakerModel { gamma: 1e-8, k: 2.0 };
        assert!((timid.fill_edge() - 0.5 * (1.0 - 0.25e-8)).abs() < 1e-16);
        assert_eq!(PAPER.quotes(100.0, 9.0, 2.0, -1.0).unwrap().reservation, 100.0);
    }

    #[test]
    fn binary_variance_is_that_of_the_payoff() {
        let quotes = PAPER.binary_quotes(0.5, 2.0, 1.0).unwrap();
        assert_eq!(quotes.reservation, 0.5 - 2.0 * 0.1 * 0.25);
        let half = PAPER.binary_quotes(0.5, 2.0, 0.5).unwrap();
        assert_eq!(half.reservation, 0.5 - 2.0 * 0.1 * 0.125);
        // A settled price has no variance, and quotes never leave the range of prices.
        let sure = PAPER.binary_quotes(1.0, 5.0, 1.0).unwrap();
        assert_eq!((sure.reservation, sure.ask), (1.0, 1.0));
        let loaded = PAPER.binary_quotes(0.5, 1e6, 1.0).unwrap();
        assert_eq!((loaded.reservation, loaded.bid), (0.0, 0.0));
    }

    #[test]
    fn quotes_stay_within_their_reach() {
        let mut rng = Xoshiro256PlusPlus::from_seed(3);
        let mut nearest = f64::INFINITY;
        for _ in 0..100_000 {
            let gamma = 10.0 * rng.uniform() * rng.uniform() * rng.uniform();
            let model = MakerModel { gamma, k: 1.0 + 100.0 * rng.uniform() };
            let inventory = 40.0 * (rng.uniform() - 0.5);
            let (p, h) = (rng.uniform(), rng.uniform());
            let (dp, dh) = (0.1 * rng.uniform(), 0.1 * rng.uniform());
            let (q, i) = ((p + dp * rng.uniform()).min(1.0), (h + dh * rng.uniform()).min(1.0));
            let one = model.binary_quotes(p, inventory, h).unwrap();
            let other = model.binary_quotes(q, inventory, i).unwrap();
            let reach = model.binary_reach(inventory, dp, dh);
            for (a, b) in
                [(one.reservation, other.reservation), (one.bid, other.bid), (one.ask, other.ask)]
            {
                assert!((a - b).abs() <= reach + 1e-12, "{model:?} {inventory} {p} {q} {h} {i}");
                nearest = nearest.min(1.0 - (a - b).abs() / reach);
            }
        }
        assert!(nearest < 0.1, "a reach that nothing comes near to says little: {nearest}");
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(PAPER.quotes(f64::NAN, 0.0, 1.0, 1.0), None);
        assert_eq!(PAPER.quotes(1.0, 0.0, -1.0, 1.0), None);
        assert_eq!(PAPER.binary_quotes(1.1, 0.0, 1.0), None);
        assert_eq!(PAPER.binary_quotes(0.5, f64::INFINITY, 1.0), None);
        assert_eq!(PAPER.binary_quotes(0.5, 0.0, f64::NAN), None);
        assert_eq!(MakerModel { gamma: -1.0, k: 1.0 }.quotes(1.0, 0.0, 1.0, 1.0), None);
        assert_eq!(MakerModel { gamma: 1.0, k: 0.0 }.quotes(1.0, 0.0, 1.0, 1.0), None);
    }
}
