//! No `update` allocates: a counting allocator watches every streaming type at work.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use royale_quant::bandit::{Allocator, AllocatorSettings, Measure, NormalGamma, Outcome};
use royale_quant::ewma::{StepEwma, TimeEwma};
use royale_quant::flow::{BestQuotes, OrderFlow};
use royale_quant::hmm::{
    Covariances, GaussianHmm, HmmParameters, OnlineFilter, RegimeSettings, RegimeTracker,
};
use royale_quant::indicators::{
    Atr, BollingerBands, DonchianChannel, Ema, Macd, RateOfChange, RollingMax, RollingMin,
    RollingMoments, Rsi, Sma, ZScore,
};
use royale_quant::metrics::{EquityStats, TradeStats};
use royale_quant::moments::Moments;
use royale_quant::portfolio::{EwmaCovariance, EwmaMean, WindowCovariance};
use royale_quant::realised::{RealisedSettings, RealisedVolatility};
use royale_quant::rng::Xoshiro256PlusPlus;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator with a count of requests per thread.
struct Counting;

// SAFETY: every call is passed on unchanged to the system's allocator, which keeps the contract;
// the counter is a constant-initialised thread local without a destructor and does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises about the layout are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above, hence from the system's allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Fits, failed fits and changes of the model included.
#[test]
fn regimes_do_not_allocate() {
    let model = GaussianHmm::new(HmmParameters {
        start: &[0.5, 0.5],
        transition: &[0.9, 0.1, 0.1, 0.9],
        means: &[0.0, 0.0, 1.0, 1.0],
        covariances: Covariances::Full(&[1.0, 0.5, 0.5, 1.0, 4.0, 0.0, 0.0, 4.0]),
    });
    let mut filter = OnlineFilter::new(model.unwrap());
    let settings = RegimeSettings { window: 300, ..RegimeSettings::default() };
    let mut tracker = RegimeTracker::new(settings).unwrap();
    let mut rng = Xoshiro256PlusPlus::from_seed(2);

    let before = ALLOCATIONS.with(Cell::get);
    for t in 0..2000 {
        let x = if t < 300 { 0.0 } else { rng.normal() };
        filter.update(&[x, x]);
        tracker.update(x);
    }
    assert_eq!(ALLOCATIONS.with(Cell::get), before);
    assert!(tracker.fits() > 10 && tracker.failures() > 0);
}

#[test]
fn updates_do_not_allocate() {
    let settings = RealisedSettings {
        grid_ns: 1_000_000_000,
        half_life_s: 60.0,
        returns_min: 10,
        gap_ns_max: 60_000_000_000,
    };
    let mut averages = (Sma::new(20).unwrap(), Ema::new(20).unwrap(), ZScore::new(20).unwrap());
    let mut bands = BollingerBands::new(20, 2.0).unwrap();
    let mut extremes = (RollingMax::new(20).unwrap(), RollingMin::new(20).unwrap());
    let mut lines = (Rsi::new(14).unwrap(), Macd::new(12, 26, 9).unwrap());
    let mut ranges = (Atr::new(14).unwrap(), DonchianChannel::new(20).unwrap());
    let mut others = (RateOfChange::new(10).unwrap(), RollingMoments::new(20).unwrap());
    let mut ewma = (TimeEwma::new(5.0).unwrap(), StepEwma::new(0.94, 1e-4).unwrap());
    let mut realised = RealisedVolatility::new(settings).unwrap();
    let mut flow = OrderFlow::new();
    let mut metrics = (Moments::new(), TradeStats::new());
    let mut equity = EquityStats::new(100.0, 252.0).unwrap();
    let mut covariances = (
        WindowCovariance::new(3, 20).unwrap(),
        EwmaCovariance::new(3, 0.94, EwmaMean::Weighted).unwrap(),
    );
    let mut allocator = Allocator::new(AllocatorSettings {
        arms: 3,
        regimes: 2,
        prior: NormalGamma::expecting(0.0, 1.0, 2.0).unwrap(),
        discounts: vec![0.99, 0.97],
        switching: 0.02,
        measure: Measure::AgainstField,
    })
    .unwrap();
    let mut rng = Xoshiro256PlusPlus::from_seed(1);

    let before = ALLOCATIONS.with(Cell::get);
    for i in 0..10_000_u64 {
        let x = rng.lognormal(4.6, 0.01);
        averages.0.update(x);
        averages.1.update(x);
        averages.2.update(x);
        bands.update(x);
        extremes.0.update(x);
        extremes.1.update(x);
        lines.0.update(x);
        lines.1.update(x);
        ranges.0.update(x + 1.0, x - 1.0, x);
        ranges.1.update(x + 1.0, x - 1.0);
        others.0.update(x);
        others.1.update(x);
        ewma.0.update(i * 300_000_000, x);
        ewma.1.update(x - 100.0);
        realised.update(i * 300_000_000, x);
        flow.update(BestQuotes { bid: x, bid_quantity: 1.0, ask: x + 1.0, ask_quantity: x });
        metrics.0.update(x);
        metrics.1.update_with_risk(x - 100.0, 1.0);
        equity.update(x);
        // Long still, then not: computing afresh must not allocate either.
        let period = [x, if i % 100 < 50 { 0.0 } else { x * x }, 1.0];
        assert!(covariances.0.update(&period) && covariances.1.update(&period));
        assert_eq!(covariances.0.get(0, 2).is_some(), i > 0);
        let seen = [0, 1, 2].map(|arm| Outcome { arm, reward: rng.normal() });
        allocator.learn(&[0.3, 0.7], &seen);
        if i % 100 == 0 {
            let mut shares = [0.0; 3];
            allocator.shares(&[0.3, 0.7], &mut shares);
            assert!(shares[0] > 0.0);
        }
        let read = (equity.sharpe(), equity.deflated_sharpe(1.0, 10));
        assert_eq!(read.0.is_some(), read.1.is_some());
    }
    assert_eq!(ALLOCATIONS.with(Cell::get), before);
    // And the counter does count.
    std::hint::black_box(Box::new(1_u64));
    assert!(ALLOCATIONS.with(Cell::get) > before);
}
