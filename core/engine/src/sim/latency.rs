//! Latency as a pure function of a seed and a number: no hidden generator state.

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
    /// Lognormal around a median, cut at a maximum.
    Lognormal {
        /// Median, nanoseconds.
        median_nanos: i64,
        /// Standard deviation of the logarithm.
        sigma: f64,
        /// Longest, nanoseconds.
        max_nanos: i64,
    },
}

impl LatencyModel {
    /// stub
    pub fn draw(&self, _seed: u64, _a: u64, _b: u64) -> royale_model::Nanos {
        royale_model::Nanos::from_millis(1)
    }
    /// stub
    pub fn min(&self) -> royale_model::Nanos {
        royale_model::Nanos::from_millis(1)
    }
}
