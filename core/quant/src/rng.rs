//! The only randomness of the system. Owns two published generators and the draws made from
//! them; it must never be seeded from a clock or the operating system: a seed stands in the
//! configuration and in the journal, and the same seed gives the same draws on every machine.
//!
//! [`SplitMix64`] is counter-based: the `i`-th output is a function of seed and `i` alone, so a
//! draw can be tied to an event number and repeated without its predecessors.
//! [`Xoshiro256PlusPlus`] is the stream for long simulations. Neither is fit for secrets.

use crate::normal;

/// Increment of SplitMix64: the odd integer next to `2^64 / golden ratio`.
const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Steele, Lea and Flood's mixer of a counter.
///
/// Source: G. L. Steele, D. Lea, C. H. Flood, "Fast Splittable Pseudorandom Number Generators"
/// (2014); reference code `splitmix64.c` by S. Vigna (public domain).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// A stream; every seed is as good as another.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The output number `index` (from 0) of the stream with this seed, without the others.
    #[must_use]
    pub fn at(seed: u64, index: u64) -> u64 {
        mix(seed.wrapping_add(GOLDEN_GAMMA.wrapping_mul(index.wrapping_add(1))))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        mix(self.state)
    }
}

/// The finaliser: every input bit reaches every output bit.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Blackman and Vigna's all-purpose generator, period `2^256 - 1`.
///
/// Source: D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators" (2021);
/// reference code `xoshiro256plusplus.c` (public domain).
///
/// ```
/// use royale_quant::rng::Xoshiro256PlusPlus;
///
/// let (mut one, mut other) = (Xoshiro256PlusPlus::from_seed(7), Xoshiro256PlusPlus::from_seed(7));
/// assert_eq!(one.normal().to_bits(), other.normal().to_bits());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Xoshiro256PlusPlus {
    state: [u64; 4],
}

impl Xoshiro256PlusPlus {
    /// A stream whose state is four outputs of SplitMix64, as its authors advise. Never all zero:
    /// the mixer is a bijection, so four different counters cannot all give zero.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self { state: [0, 1, 2, 3].map(|i| SplitMix64::at(seed, i)) }
    }

    /// One of many independent streams under one seed: for strategy, path or day `stream`.
    #[must_use]
    pub fn from_stream(seed: u64, stream: u64) -> Self {
        // Mixed twice, so that neighbouring seeds and streams share no counter values.
        Self::from_seed(mix(SplitMix64::at(seed, stream)))
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform on the open interval `(0, 1)`: the centres of `2^52` equal cells, so neither 0 nor
    /// 1 can come and a logarithm or quantile of it is finite.
    pub fn uniform(&mut self) -> f64 {
        to_uniform(self.next_u64())
    }

    /// Uniform integer in `0..bound`, without bias; 0 for a bound of 0.
    ///
    /// Source: D. Lemire, "Fast Random Integer Generation in an Interval" (2019).
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(bound);
            if product as u64 >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// Standard normal, by inversion: one draw of bits gives one normal, and antithetic or
    /// stratified uniforms carry over.
    pub fn normal(&mut self) -> f64 {
        normal::quantile(self.uniform())
    }

    /// `exp(mu + sigma·Z)`: log mean and log standard deviation.
    pub fn lognormal(&mut self, mu: f64, sigma: f64) -> f64 {
        libm::exp(mu + sigma * self.normal())
    }
}

/// 64 random bits to a uniform on `(0, 1)`: the upper 52 bits and half a cell, exact in a double.
#[must_use]
pub fn to_uniform(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / (1u64 << 52) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moments::Moments;

    #[test]
    fn splitmix_gives_the_published_outputs_in_both_forms() {
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        let mut stream = SplitMix64::from_seed(1_234_567);
        for (index, expected) in (0..).zip(published) {
            assert_eq!(stream.next_u64(), expected);
            assert_eq!(SplitMix64::at(1_234_567, index), expected);
        }
    }

    #[test]
    fn xoshiro_gives_the_published_outputs() {
        let published = [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
            9_228_616_714_210_784_205,
            9_973_669_472_204_895_162,
            14_011_001_112_246_962_877,
            12_406_186_145_184_390_807,
            15_849_039_046_786_891_736,
            10_450_023_813_501_588_000,
        ];
        let mut stream = Xoshiro256PlusPlus { state: [1, 2, 3, 4] };
        for expected in published {
            assert_eq!(stream.next_u64(), expected);
        }
    }

    #[test]
    fn the_extremes_of_the_bits_stay_inside_the_open_interval() {
        assert_eq!(to_uniform(0), 0.5 / (1u64 << 52) as f64);
        assert!(to_uniform(u64::MAX) < 1.0);
        assert!(normal::quantile(to_uniform(u64::MAX)).is_finite());
    }

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        let mut rng = Xoshiro256PlusPlus::from_seed(42);
        let (mut uniform, mut gauss, mut log) = (Moments::new(), Moments::new(), Moments::new());
        for _ in 0..200_000 {
            uniform.update(rng.uniform());
            gauss.update(rng.normal());
            log.update(rng.lognormal(0.1, 0.2));
        }
        assert!((uniform.mean().unwrap() - 0.5).abs() < 0.003);
        assert!((uniform.variance().unwrap() - 1.0 / 12.0).abs() < 0.001);
        assert!(gauss.mean().unwrap().abs() < 0.01);
        assert!((gauss.variance().unwrap() - 1.0).abs() < 0.015);
        assert!(gauss.skewness().unwrap().abs() < 0.03);
        assert!((gauss.kurtosis().unwrap() - 3.0).abs() < 0.06);
        assert!((log.mean().unwrap() - libm::exp(0.12)).abs() < 0.003);
    }

    #[test]
    fn bounded_integers_cover_their_range_evenly() {
        let mut rng = Xoshiro256PlusPlus::from_seed(7);
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.below(1), 0);
        let mut counts = [0u32; 3];
        for _ in 0..30_000 {
            counts[rng.below(3) as usize] += 1;
        }
        assert!(counts.iter().all(|c| c.abs_diff(10_000) < 400), "{counts:?}");
    }

    #[test]
    fn streams_of_one_seed_differ() {
        let mut first = Xoshiro256PlusPlus::from_stream(1, 0);
        let mut second = Xoshiro256PlusPlus::from_stream(1, 1);
        assert_ne!(first.next_u64(), second.next_u64());
        // A stream number is not a shift of the seed.
        assert_ne!(Xoshiro256PlusPlus::from_stream(1, 1), Xoshiro256PlusPlus::from_stream(2, 0));
    }
}
