//! The streaming metrics and their plain batch twins, over thousands of random curves.

mod support;

use royale_quant::metrics::{EquityStats, TradeStats, batch};
use royale_quant::rng::Xoshiro256PlusPlus;
use support::Comparison;

const SECONDS: f64 = 31_557_600.0;

/// A random curve: sometimes calm, sometimes wild, often unchanged for a while.
fn curve(rng: &mut Xoshiro256PlusPlus, length: u64) -> Vec<f64> {
    let deviation = libm::exp(-12.0 + 9.0 * rng.uniform());
    let drift = deviation * (rng.uniform() - 0.5);
    let idle = rng.uniform();
    let mut equity = 100_000.0;
    let mut next = || {
        if rng.uniform() >= idle {
            // A twentieth of the floor keeps wild curves away from ruin.
            equity *= (1.0 + drift + deviation * rng.normal()).max(0.05);
        }
        equity
    };
    (0..length).map(|_| next()).collect()
}

fn compare(equity: &[f64], periods_per_year: f64, against: &mut Comparison) {
    let initial = 100_000.0;
    let mut stats = EquityStats::new(initial, periods_per_year).expect("valid");
    for now in equity {
        stats.update(*now);
    }
    let returns = batch::returns_of(initial, equity);
    let of = stats.returns();
    let total = batch::total_return(initial, equity);
    let cagr = batch::cagr(initial, equity, periods_per_year);
    let calmar = batch::calmar(initial, equity, periods_per_year);
    against.check("total", stats.total_return(), total);
    against.check("drawdown", stats.max_drawdown(), batch::max_drawdown(initial, equity));
    against.check("cagr", stats.cagr(), cagr);
    against.check("calmar", stats.calmar(), calmar);
    against.check("volatility", stats.volatility(), batch::volatility(&returns, periods_per_year));
    against.check("sharpe", stats.sharpe(), batch::sharpe(&returns, periods_per_year));
    against.check("sortino", stats.sortino(), batch::sortino(&returns, periods_per_year));
    against.check("skewness", of.skewness(), batch::skewness(&returns));
    against.check("kurtosis", of.kurtosis(), batch::kurtosis(&returns));
    against.check("win rate", stats.win_rate(), batch::win_rate(&returns));
    against.check("factor", stats.profit_factor(), batch::profit_factor(&returns));
    against.check("expectancy", stats.expectancy(), batch::mean(&returns));
}

#[test]
fn thousands_of_short_curves() {
    let mut rng = Xoshiro256PlusPlus::from_seed(3);
    for periods_per_year in [252.0, SECONDS] {
        let mut against = Comparison::new("short curves", 1e-12, 1e-12);
        for _ in 0..4000 {
            let length = rng.below(200);
            let equity = curve(&mut rng, length);
            compare(&equity, periods_per_year, &mut against);
        }
    }
}

/// Hours of one-second samples: where a naive sum would have drifted.
#[test]
fn long_curves_do_not_drift() {
    let mut rng = Xoshiro256PlusPlus::from_seed(4);
    let mut against = Comparison::new("long curves", 1e-12, 1e-12);
    for _ in 0..4 {
        let equity = curve(&mut rng, 100_000);
        compare(&equity, SECONDS, &mut against);
    }
}

#[test]
fn thousands_of_trade_lists() {
    let mut rng = Xoshiro256PlusPlus::from_seed(5);
    let mut against = Comparison::new("trades", 1e-12, 1e-12);
    for _ in 0..4000 {
        let mut stats = TradeStats::new();
        let mut results = Vec::new();
        for _ in 0..rng.below(100) {
            let pnl = (100.0 * rng.normal()).round() / 4.0;
            stats.update(pnl);
            results.push(pnl);
        }
        let tally = stats.tally();
        against.check("win rate", stats.win_rate(), batch::win_rate(&results));
        against.check("factor", stats.profit_factor(), batch::profit_factor(&results));
        against.check("expectancy", stats.expectancy(), batch::mean(&results));
        against.check("average win", tally.average_win(), batch::average_win(&results));
        against.check("average loss", tally.average_loss(), batch::average_loss(&results));
        let largest = results.iter().copied().filter(|x| *x > 0.0).reduce(f64::max);
        against.check("largest win", tally.largest_win(), largest);
        let largest = results.iter().copied().filter(|x| *x < 0.0).reduce(f64::min);
        against.check("largest loss", tally.largest_loss(), largest);
    }
}
