//! Numbers nobody should send: no panic, no NaN out, and good numbers carry on as if the bad
//! ones had never come.

use royale_quant::avellaneda::MakerModel;
use royale_quant::digital::{self, AverageSettlement};
use royale_quant::ewma::{StepEwma, TimeEwma};
use royale_quant::flow::{BestQuotes, OrderFlow, depth_imbalance};
use royale_quant::hmm::{OnCollapse, RegimeSettings, RegimeTracker};
use royale_quant::indicators::{
    Atr, BollingerBands, DonchianChannel, Ema, Macd, RateOfChange, RollingMax, RollingMoments, Rsi,
    ZScore,
};
use royale_quant::metrics::{
    Correction, EquityStats, TradeStats, adjusted_p_values, effective_trials,
};
use royale_quant::portfolio::{
    Covariance, EwmaCovariance, EwmaMean, Hrp, LeafOrder, LedoitWolf, Linkage, PortfolioRisk,
    Riskless, WindowCovariance, equal_risk, hrp_weights, inverse_variance, kelly, minimum_variance,
};
use royale_quant::realised::{RealisedSettings, RealisedVolatility};
use royale_quant::rng::Xoshiro256PlusPlus;

/// Ordinary numbers mixed with the worst there are.
fn wicked(rng: &mut Xoshiro256PlusPlus) -> f64 {
    const WORST: [f64; 16] = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        1.0,
        -1.0,
        1e60,
        -1e60,
        1e61,
        1e-60,
        1e-61,
        5e-324,
        -5e-324,
        f64::MAX,
        f64::MIN,
    ];
    match rng.below(4) {
        0 => WORST[rng.below(16) as usize],
        1 => rng.lognormal(0.0, 40.0),
        _ => rng.normal(),
    }
}

fn assert_finite(name: &str, value: Option<f64>) {
    assert!(value.is_none_or(f64::is_finite), "{name}: {value:?}");
}

fn assert_not_nan(name: &str, value: Option<f64>) {
    assert!(value.is_none_or(|x| !x.is_nan()), "{name}: {value:?}");
}

#[test]
fn indicators_stay_finite() {
    let mut rng = Xoshiro256PlusPlus::from_seed(11);
    for window in [1, 2, 5] {
        let mut moments = RollingMoments::new(window).unwrap();
        let mut ema = Ema::new(window).unwrap();
        let mut rsi = Rsi::new(window).unwrap();
        let mut bands = BollingerBands::new(window, 2.0).unwrap();
        let mut atr = Atr::new(window).unwrap();
        let mut macd = Macd::new(window, window + 2, window).unwrap();
        let mut max = RollingMax::new(window).unwrap();
        let mut channel = DonchianChannel::new(window).unwrap();
        let mut score = ZScore::new(window).unwrap();
        let mut change = RateOfChange::new(window).unwrap();
        for _ in 0..20_000 {
            let (x, y, z) = (wicked(&mut rng), wicked(&mut rng), wicked(&mut rng));
            assert_finite("moments", moments.update(x));
            assert_finite("deviation", moments.deviation());
            assert_finite("ema", ema.update(x));
            let index = rsi.update(x);
            assert!(index.is_none_or(|r| (0.0..=100.0).contains(&r)), "rsi {index:?}");
            assert_finite("bands", bands.update(x).map(|v| v.upper + v.lower));
            assert_finite("atr", atr.update(x, y, z));
            assert_finite("macd", macd.update(x).map(|v| v.macd + v.signal + v.histogram));
            assert_finite("max", max.update(x));
            assert_finite("channel", channel.update(x, y).map(|v| v.middle));
            assert_finite("score", score.update(x));
            assert_finite("change", change.update(x));
        }
    }
}

#[test]
fn volatility_flow_and_metrics_stay_defined() {
    let mut rng = Xoshiro256PlusPlus::from_seed(12);
    let settings =
        RealisedSettings { grid_ns: 7, half_life_s: 1e-8, returns_min: 1, gap_ns_max: 1 << 40 };
    for _ in 0..50 {
        let mut time = TimeEwma::new(1.0).unwrap();
        let mut step = StepEwma::new(0.5, 1.0).unwrap();
        let mut realised = RealisedVolatility::new(settings).unwrap();
        let mut flow = OrderFlow::new();
        let mut equity = EquityStats::new(1.0, 252.0).unwrap();
        let mut trades = TradeStats::new();
        for _ in 0..400 {
            let (x, y) = (wicked(&mut rng), wicked(&mut rng));
            let time_ns = rng.next_u64() >> rng.below(64);
            assert_finite("time ewma", time.update(time_ns, x));
            assert_finite("time variance", time.variance());
            assert_finite("step ewma", step.update(x));
            assert_finite("realised", realised.update(time_ns, x));
            assert_finite("corrected", realised.noise_corrected());
            let quotes = BestQuotes { bid: x, bid_quantity: y.abs(), ask: y, ask_quantity: 1.0 };
            assert_finite("flow", flow.update(quotes));
            assert_finite("microprice", quotes.microprice());
            assert_finite("depth", depth_imbalance(&[x, y], &[y, 1.0], y));
            assert_finite("return", equity.update(x));
            trades.update_with_risk(x, y);
            trades.update(y);
            for value in [equity.sharpe(), equity.sortino(), equity.calmar(), equity.cagr()] {
                assert_not_nan("equity", value);
            }
            assert_not_nan("psr", equity.probabilistic_sharpe(y));
            assert_not_nan("dsr", equity.deflated_sharpe(x, time_ns));
            assert_finite("drawdown", equity.drawdown());
            assert_not_nan("factor", trades.profit_factor());
            assert_not_nan("sqn", trades.sqn());
            assert_finite("expectancy", trades.expectancy());
        }
    }
}

#[test]
fn prices_stay_in_range() {
    let mut rng = Xoshiro256PlusPlus::from_seed(13);
    let check = |digital: Option<digital::Digital>| {
        let Some(digital) = digital else { return };
        assert!((0.0..=1.0).contains(&digital.probability), "{digital:?}");
        assert!(digital.delta >= 0.0 && digital.delta.is_finite(), "{digital:?}");
    };
    for _ in 0..200_000 {
        let mut next = || wicked(&mut rng);
        let (spot, strike, volatility, seconds) = (next(), next(), next(), next());
        check(digital::at_or_above(spot, strike, volatility, seconds));
        let average = AverageSettlement {
            averaging_s: next(),
            sample_every_s: next(),
            observed_average: next(),
            observed_fraction: next(),
        };
        check(average.at_or_above(spot, strike, volatility, seconds));
        let maker = MakerModel { gamma: next(), k: next() };
        if let Some(quotes) = maker.quotes(spot, strike, volatility, seconds) {
            assert!(quotes.bid <= quotes.ask && quotes.bid.is_finite(), "{maker:?} {quotes:?}");
        }
        let share = next();
        if let Some(quotes) = maker.binary_quotes(spot, strike, share) {
            assert!(quotes.bid >= 0.0 && quotes.ask <= 1.0 && quotes.bid <= quotes.ask);
        }
    }
}

/// Whatever a window holds, each fit ends in a sound model or in a counted failure.
#[test]
fn regimes_stay_probabilities() {
    let mut rng = Xoshiro256PlusPlus::from_seed(14);
    let (mut fits, mut failures) = (0, 0);
    for case in 0..40 {
        let mut settings = RegimeSettings {
            states: 1 + case % 4,
            window: 60,
            observations_min: 40,
            refit_every: 10,
            steps_per_update: 6,
            ..RegimeSettings::default()
        };
        if case % 3 == 0 {
            settings.fit.on_collapse = OnCollapse::Refuse;
        }
        let mut tracker = RegimeTracker::new(settings).unwrap();
        for _ in 0..400 {
            // Ordinary numbers every other time, and sometimes nothing but a few of the worst.
            let x = if case % 2 == 0 { wicked(&mut rng) } else { wicked(&mut rng).round() };
            tracker.update(x);
            for row in [tracker.probabilities(), tracker.forecast(), tracker.shares()] {
                let Some(row) = row else { continue };
                assert!(row.iter().all(|p| (0.0..=1.0).contains(p)), "{row:?}");
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{row:?}");
            }
            let skill = tracker.skill();
            assert_finite("loss", skill.log_loss());
            assert_finite("gain", skill.gain());
            assert!((0.0..=1.0).contains(&skill.trust()));
        }
        fits += tracker.fits();
        failures += tracker.failures();
    }
    assert!(fits > 100 && failures > 20, "{fits} fits, {failures} failures");
}

fn assert_weights(name: &str, weights: &[f64]) {
    let sum: f64 = weights.iter().sum();
    let is_sound = weights.iter().all(|w| *w >= 0.0) && (sum - 1.0).abs() < 1e-9;
    assert!(is_sound, "{name}: {weights:?}");
}

/// Whatever passes for a covariance matrix gives weights, from whichever method answers at all.
fn check_weights(cov: &Covariance) {
    for linkage in [Linkage::Single, Linkage::Complete, Linkage::Average, Linkage::Ward] {
        for leaf_order in [LeafOrder::Preorder, LeafOrder::Turned] {
            for riskless in [Riskless::TakesAll, Riskless::LeftOut] {
                let hrp = Hrp { linkage, leaf_order, riskless, ..Hrp::default() };
                let allocation = hrp.allocate(cov).expect("no refusal was asked for");
                assert_weights("hrp", &allocation.weights);
            }
        }
    }
    assert!(cov.eigenvalues().iter().all(|value| value.is_finite()), "{cov:?}");
    let repaired = cov.repaired(1e-6).expect("a sound floor");
    assert!(repaired.variances().eq(cov.variances()));
    for cov in [cov, &repaired] {
        for weights in [minimum_variance(cov), inverse_variance(cov), equal_risk(cov)] {
            weights.iter().for_each(|weights| assert_weights("weights", weights));
        }
    }
}

#[test]
fn portfolios_stay_defined() {
    let mut rng = Xoshiro256PlusPlus::from_seed(14);
    for _ in 0..600 {
        let series = 1 + rng.below(5) as usize;
        let mut window = WindowCovariance::new(series, 6).expect("valid");
        let mut ewma = EwmaCovariance::new(series, 0.9, EwmaMean::Weighted).expect("valid");
        let mut rows: Vec<Vec<f64>> = Vec::new();
        for _ in 0..20 {
            let wild = rng.below(8) == 0;
            let row: Vec<f64> = (0..series)
                .map(|_| if wild { wicked(&mut rng) } else { rng.lognormal(-4.0, 1.0) - 0.02 })
                .collect();
            assert_eq!(window.update(&row), ewma.update(&row));
            rows.push(row);
        }
        let usable = |row: &&Vec<f64>| row.iter().all(|r| r.abs() <= 1e60);
        let sound: Vec<Vec<f64>> = rows.iter().filter(usable).cloned().collect();
        assert_eq!(Covariance::sample(&rows).is_ok(), sound.len() == rows.len());
        let shrunk = LedoitWolf::estimate(&sound).expect("most rows are sound");
        assert!((0.0..=1.0).contains(&shrunk.intensity), "{shrunk:?}");
        for cov in [window.covariance(), ewma.covariance(), Some(shrunk.covariance)] {
            let cov = cov.expect("most rows are sound");
            check_weights(&cov);
            let positions: Vec<f64> = (0..series).map(|_| wicked(&mut rng)).collect();
            if let Ok(risk) = PortfolioRisk::of(&positions, &cov) {
                assert!(risk.components.iter().all(|x| x.is_finite()), "{risk:?}");
                assert_finite("ratio", risk.diversification_ratio);
                assert_finite("positions", risk.effective_positions());
            }
            if let Some(stakes) = kelly::long_only(&positions, &cov) {
                assert!(stakes.iter().all(|f| (0.0..=1.0).contains(f)), "{stakes:?}");
            }
        }
        // Symmetric and finite is all that some matrices are.
        let cells: Vec<f64> = (0..series * series).map(|_| wicked(&mut rng)).collect();
        let symmetric: Vec<Vec<f64>> = (0..series)
            .map(|i| (0..series).map(|j| cells[i.min(j) * series + i.max(j)]).collect())
            .collect();
        if let Ok(cov) = Covariance::from_rows(&symmetric) {
            check_weights(&cov);
        }
        if let Ok(weights) = hrp_weights(&symmetric) {
            assert_weights("hrp", &weights);
        }
    }
}

#[test]
fn stakes_stay_within_the_bankroll() {
    let mut rng = Xoshiro256PlusPlus::from_seed(15);
    let is_share = |f: f64| (0.0..=1.0).contains(&f);
    for _ in 0..20_000 {
        let number = |rng: &mut Xoshiro256PlusPlus| {
            if rng.below(3) == 0 { wicked(rng) } else { rng.uniform() }
        };
        let (a, b, c) = (number(&mut rng), number(&mut rng), number(&mut rng));
        for stake in [kelly::bet(a, b), kelly::contract(a, b), kelly::certainty(a, b)] {
            assert!(stake.is_none_or(is_share), "{a} {b}: {stake:?}");
        }
        let growth = kelly::bet_growth(a, b, c);
        assert!(growth.is_none_or(|g| g < f64::INFINITY), "{a} {b} {c}: {growth:?}");
        match kelly::stake(a, kelly::ContractCosts { yes: b, no: c }) {
            Some(kelly::Stake::Yes(f) | kelly::Stake::No(f)) => assert!(is_share(f)),
            Some(kelly::Stake::Nothing) | None => {}
        }
        let periods = rng.next_u64() as u32 >> rng.below(32);
        let share = kelly::estimation_certainty(a, (b * 10.0) as u32, periods);
        assert!(share.is_none_or(is_share), "{a} {b} {periods}: {share:?}");
        let count = rng.below(4) as usize;
        let p: Vec<f64> = (0..count).map(|_| number(&mut rng)).collect();
        let costs: Vec<f64> = (0..count).map(|_| number(&mut rng)).collect();
        for stakes in [kelly::exclusive(&p, &costs), kelly::simultaneous(&p, &costs)] {
            let Some(stakes) = stakes else { continue };
            let sum: f64 = stakes.iter().sum();
            assert!(stakes.iter().all(|f| is_share(*f)) && sum <= 1.0 + 1e-12, "{stakes:?}");
        }
        let rows = [[a, b], [b, c]];
        if let Some(stakes) = kelly::growth_optimal(&rows) {
            assert!(stakes.iter().all(|f| is_share(*f)), "{rows:?}: {stakes:?}");
            assert_not_nan("growth", kelly::growth_rate(&rows, &stakes));
        }
        for correction in [Correction::Holm, Correction::BenjaminiHochberg, Correction::Bonferroni]
        {
            let adjusted = adjusted_p_values(&p, correction);
            assert!(adjusted.is_none_or(|p| p.into_iter().all(is_share)));
        }
        let trials = rng.next_u64() >> rng.below(64);
        assert!(effective_trials(trials, a).is_none_or(|n| (1..=trials).contains(&n)));
    }
}
