//! Latency as a pure function of a seed and a number: no hidden generator state.
//!
//! Owns the draws of the simulation. Must never keep state between two draws, nor use a
//! transcendental function of the platform: results are bit-identical on every machine.
//! The sequencer draws feed latencies, the simulated venue those of orders and reports.

use royale_model::Nanos;

/// What a latency is drawn for: draws for different purposes do not hang together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Purpose {
    /// Market data from the venue to us.
    Feed = 1,
    /// A new order from us to the venue.
    Order = 2,
    /// A cancel request from us to the venue.
    Cancel = 3,
    /// All reports of one order from the venue to us.
    Response = 4,
}

/// How long a message is under way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum LatencyModel {
    /// Always the same, in nanoseconds.
    Constant {
        /// Nanoseconds.
        nanos: i64,
    },
    /// Any value between two, equally likely.
    Uniform {
        /// Shortest, nanoseconds.
        min_nanos: i64,
        /// Longest, nanoseconds.
        max_nanos: i64,
    },
    /// Lognormal around a median, cut at a maximum and at a quarter of the median: a way has a
    /// length, and what no message can undercut is the lookahead of the simulation.
    Lognormal {
        /// Median, nanoseconds.
        median_nanos: i64,
        /// Standard deviation of the logarithm.
        sigma: f64,
        /// Longest, nanoseconds.
        max_nanos: i64,
    },
}

/// No normal deviate made from 53 random bits lies farther out: √(2·ln 2⁵³) < 8.58.
const FARTHEST_DEVIATE: f64 = 8.6;

impl LatencyModel {
    /// The latency of message `number`: at least 1 ns, and the same whenever it is asked for.
    #[inline]
    pub fn draw(&self, seed: u64, number: u64, purpose: Purpose) -> Nanos {
        match *self {
            Self::Constant { nanos } => Nanos::from_raw(nanos.max(1)),
            Self::Uniform { .. } | Self::Lognormal { .. } => {
                self.draw_random(seed, number, purpose)
            }
        }
    }

    /// One that is drawn indeed.
    #[inline(never)]
    fn draw_random(&self, seed: u64, number: u64, purpose: Purpose) -> Nanos {
        let nanos = match *self {
            Self::Constant { nanos } => nanos,
            Self::Uniform { min_nanos, max_nanos } => {
                let low = min_nanos.max(1);
                let span = max_nanos.max(low).abs_diff(low);
                let random = u128::from(hash(seed, number, purpose));
                let offset = (random * (u128::from(span) + 1)) >> 64;
                low.saturating_add(i64::try_from(offset).unwrap_or(i64::MAX))
            }
            Self::Lognormal { median_nanos, sigma, max_nanos } => {
                let deviate = normal(hash(seed, number, purpose));
                let factor = libm::exp(sane(sigma) * deviate);
                // A float becomes an integer here and nowhere else; `as` holds it in range.
                let nanos = libm::round(median_nanos.max(1) as f64 * factor) as i64;
                nanos.max(self.shortest().raw()).min(max_nanos)
            }
        };
        Nanos::from_raw(nanos.max(1))
    }

    /// No draw is shorter than this: the lookahead that the simulation can count on.
    pub fn shortest(&self) -> Nanos {
        let nanos = match *self {
            Self::Constant { nanos } => nanos,
            Self::Uniform { min_nanos, .. } => min_nanos,
            Self::Lognormal { median_nanos, sigma, max_nanos } => {
                let median = median_nanos.max(1);
                let least = median as f64 * libm::exp(-FARTHEST_DEVIATE * sane(sigma));
                (libm::floor(least) as i64).max(median / 4).min(max_nanos)
            }
        };
        Nanos::from_raw(nanos.max(1))
    }
}

/// A usable standard deviation; what is not one counts as zero.
fn sane(sigma: f64) -> f64 {
    if sigma.is_finite() && sigma > 0.0 { sigma } else { 0.0 }
}

/// SplitMix64's finalizer: every bit of the input moves every bit of the output.
pub(crate) const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn hash(seed: u64, number: u64, purpose: Purpose) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let with_purpose = mix(seed.wrapping_add(STEP.wrapping_mul(purpose as u64)));
    mix(with_purpose.wrapping_add(STEP.wrapping_mul(number)))
}

/// A standard normal deviate from 64 random bits (Box and Muller).
fn normal(bits: u64) -> f64 {
    const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
    let first = ((bits >> 11) + 1) as f64 * UNIT;
    let second = (mix(bits ^ 0x5851_f42d_4c95_7f2d) >> 11) as f64 * UNIT;
    libm::sqrt(-2.0 * libm::log(first)) * libm::cos(core::f64::consts::TAU * second)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODELS: [LatencyModel; 5] = [
        LatencyModel::Constant { nanos: -7 },
        LatencyModel::Constant { nanos: 5_000 },
        LatencyModel::Uniform { min_nanos: 1_000, max_nanos: 2_000 },
        LatencyModel::Lognormal { median_nanos: 100_000, sigma: 0.3, max_nanos: 1_000_000 },
        LatencyModel::Lognormal { median_nanos: 100_000, sigma: f64::NAN, max_nanos: 50_000 },
    ];

    #[test]
    fn no_draw_is_shorter_than_the_promised_lookahead() {
        for model in MODELS {
            for number in 0..20_000 {
                let drawn = model.draw(7, number, Purpose::Order);
                assert!(drawn >= model.shortest() && drawn.raw() >= 1, "{model:?}");
            }
        }
        assert!(MODELS[3].shortest().raw() > 5_000);
    }

    #[test]
    fn draws_have_the_shape_that_was_asked_for() {
        let mut drawn: Vec<i64> =
            (0..20_000).map(|n| MODELS[3].draw(1, n, Purpose::Response).raw()).collect();
        drawn.sort_unstable();
        assert!((drawn[10_000] - 100_000).abs() < 1_500, "median {}", drawn[10_000]);
        // One deviation up: 100,000 · e^0.3 at the 84.13th percentile.
        assert!((drawn[16_827] - 134_986).abs() < 3_000, "{}", drawn[16_827]);
        let sum: i64 = (0..20_000).map(|n| MODELS[2].draw(1, n, Purpose::Feed).raw()).sum();
        assert!((sum / 20_000 - 1_500).abs() < 10);
    }

    #[test]
    fn draws_never_change_between_versions_or_machines() {
        let drawn =
            |model: LatencyModel| [1, 2, 3].map(|n| model.draw(42, n, Purpose::Order).raw());
        assert_eq!(drawn(MODELS[2]), DRAWN_UNIFORM);
        assert_eq!(drawn(MODELS[3]), DRAWN_LOGNORMAL);
    }
    const DRAWN_UNIFORM: [i64; 3] = [1987, 1308, 1507];
    const DRAWN_LOGNORMAL: [i64; 3] = [95502, 154178, 137143];
}
