//! The same bits on every machine and in every build: a digest of a long mixed computation. If it
//! changes on purpose (another formula, another `libm`), journals of before replay differently:
//! say so in the commit that changes it.

use royale_quant::digital::AverageSettlement;
use royale_quant::hmm::{CovarianceType, FitSettings, GaussianHmm, RegimeSettings, RegimeTracker};
use royale_quant::indicators::{Macd, RollingMoments, Rsi};
use royale_quant::metrics::EquityStats;
use royale_quant::portfolio::kelly::{growth_optimal, simultaneous};
use royale_quant::portfolio::{
    Hrp, LeafOrder, LedoitWolf, Linkage, WindowCovariance, equal_risk, minimum_variance,
};
use royale_quant::realised::{RealisedSettings, RealisedVolatility};
use royale_quant::rng::Xoshiro256PlusPlus;

/// Fowler, Noll and Vo's hash (FNV-1a, 64 bits) over the bits of numbers.
struct Digest(u64);

impl Digest {
    fn take(&mut self, value: Option<f64>) {
        for byte in value.map_or(0, f64::to_bits).to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[test]
fn a_long_mixed_computation_has_its_digest() {
    let settings = RealisedSettings {
        grid_ns: 1_000_000_000,
        half_life_s: 300.0,
        returns_min: 30,
        gap_ns_max: 60_000_000_000,
    };
    let mut realised = RealisedVolatility::new(settings).unwrap();
    let mut rsi = Rsi::new(14).unwrap();
    let mut macd = Macd::new(12, 26, 9).unwrap();
    let mut moments = RollingMoments::new(50).unwrap();
    let mut equity = EquityStats::new(100.0, 31_557_600.0).unwrap();
    let average = AverageSettlement::unobserved(60.0, 1.0);
    let mut rng = Xoshiro256PlusPlus::from_seed(2026);
    let mut digest = Digest(0xcbf2_9ce4_8422_2325);
    let (mut price, mut time_ns) = (100.0, 0);
    for i in 0..20_000_u32 {
        price *= rng.lognormal(0.0, 1e-4);
        time_ns += rng.below(2_000_000_000);
        let volatility = realised.update(time_ns, price);
        digest.take(volatility);
        digest.take(realised.noise_corrected());
        let seconds_left = 900.0 - f64::from(i % 840);
        let digital = volatility.and_then(|v| average.at_or_above(price, 100.0, v, seconds_left));
        digest.take(digital.map(|d| d.probability));
        digest.take(digital.map(|d| d.delta));
        digest.take(rsi.update(price));
        digest.take(macd.update(price).map(|m| m.signal));
        moments.update(price);
        digest.take(moments.deviation());
        digest.take(equity.update(price));
    }
    digest.take(equity.sharpe());
    digest.take(equity.sortino());
    digest.take(equity.cagr());
    digest.take(equity.deflated_sharpe(1.0, 20));
    assert_eq!(digest.0, 0x3e02_2d79_4efc_9789, "{:#018x}", digest.0);
}

#[test]
fn a_long_look_at_regimes_has_its_digest() {
    let mut digest = Digest(0xcbf2_9ce4_8422_2325);
    let settings = RegimeSettings { window: 500, ..RegimeSettings::default() };
    let mut tracker = RegimeTracker::new(settings).unwrap();
    let mut rng = Xoshiro256PlusPlus::from_seed(2027);
    let mut pairs = Vec::new();
    for t in 0..3000 {
        let size = if t / 100 % 3 == 0 { 3e-3 } else { 1e-3 };
        let x = size * rng.normal();
        pairs.extend([x, libm::log(size) + 0.3 * rng.normal()]);
        tracker.update(x);
        for row in [tracker.probabilities(), tracker.forecast()] {
            row.unwrap_or_default().iter().for_each(|p| digest.take(Some(*p)));
        }
        digest.take(tracker.skill().log_loss());
    }
    let start = GaussianHmm::start_for(&pairs, 2, 2, CovarianceType::Full).unwrap();
    let (fitted, report) = start.fit(&pairs, FitSettings::default()).unwrap();
    digest.take(Some(report.log_likelihood));
    digest.take(Some(fitted.viterbi(&pairs).unwrap().log_probability));
    for row in fitted.smooth(&pairs).unwrap().rows() {
        row.iter().for_each(|p| digest.take(Some(*p)));
    }
    assert_eq!(digest.0, 0x4701_1ba2_cde2_a5c5, "{:#018x}", digest.0);
}

#[test]
fn allocations_and_stakes_have_their_digest() {
    let mut rng = Xoshiro256PlusPlus::from_seed(2027);
    let mut window = WindowCovariance::new(9, 60).unwrap();
    let mut digest = Digest(0xcbf2_9ce4_8422_2325);
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for period in 0..300 {
        let market = rng.normal();
        rows.push((0..9).map(|i| 0.001 * (f64::from(i) * market + rng.normal())).collect());
        window.update(&rows[period]);
        if period < 10 || period % 25 != 0 {
            continue;
        }
        let cov = window.covariance().unwrap();
        for linkage in [Linkage::Single, Linkage::Complete, Linkage::Average, Linkage::Ward] {
            for leaf_order in [LeafOrder::Preorder, LeafOrder::Turned] {
                let hrp = Hrp { linkage, leaf_order, ..Hrp::default() };
                let weights = hrp.allocate(&cov).unwrap().weights;
                weights.iter().for_each(|weight| digest.take(Some(*weight)));
            }
        }
        let shrunk = LedoitWolf::estimate(&rows).unwrap().covariance;
        let others = [minimum_variance(&cov), equal_risk(&shrunk), growth_optimal(&rows)];
        others.iter().flatten().flatten().for_each(|weight| digest.take(Some(*weight)));
        shrunk.eigenvalues().iter().for_each(|value| digest.take(Some(*value)));
    }
    let stakes = simultaneous(&[0.6, 0.35, 0.9], &[0.5, 0.25, 0.84]).unwrap();
    stakes.iter().for_each(|stake| digest.take(Some(*stake)));
    assert_eq!(digest.0, 0x3dd9_583a_4e31_6ce8, "{:#018x}", digest.0);
}
