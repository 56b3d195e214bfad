//! How long an allocation takes: `cargo run --release -p royale-quant --example allocation_times`.
//! Owns the table in `docs/portfolio.md`; prints the best of many runs, in microseconds.

use std::hint::black_box;
use std::time::Instant;

use royale_quant::ParameterError;
use royale_quant::portfolio::kelly::{BETS_MAX, simultaneous};
use royale_quant::portfolio::{
    EwmaCovariance, EwmaMean, Hrp, LeafOrder, LedoitWolf, Linkage, WindowCovariance, equal_risk,
    minimum_variance,
};
use royale_quant::rng::Xoshiro256PlusPlus;

/// Periods in the window.
const PERIODS: usize = 500;

fn best_us(runs: u32, mut work: impl FnMut()) -> f64 {
    let once = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e6
    };
    (0..runs).map(once).fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), ParameterError> {
    let turned = Hrp { leaf_order: LeafOrder::Turned, ..Hrp::default() };
    let ward = Hrp { linkage: Linkage::Ward, ..turned };
    println!(
        "| series | window | ewma | hrp | hrp turned | ward turned | min variance | equal risk | Ledoit-Wolf | repaired |"
    );
    for series in [8, 16, 32, 64] {
        let mut rng = Xoshiro256PlusPlus::from_seed(1);
        let mut period = || {
            let market = rng.normal();
            (0..series).map(|_| 0.5 * market + rng.normal()).collect::<Vec<f64>>()
        };
        let rows: Vec<Vec<f64>> = (0..2 * PERIODS).map(|_| period()).collect();
        let mut window = WindowCovariance::new(series, PERIODS)?;
        let mut ewma = EwmaCovariance::new(series, 0.94, EwmaMean::Zero)?;
        rows.iter().for_each(|row| assert!(window.update(row)));
        let Some(cov) = window.covariance() else { continue };
        let mut next = rows.iter().cycle();
        let mut row = || next.next().map_or(&[][..], Vec::as_slice);
        let times = [
            best_us(5000, || assert!(window.update(row()))),
            best_us(5000, || assert!(ewma.update(&rows[0]))),
            best_us(50, || drop(black_box(Hrp::default().allocate(&cov)))),
            best_us(50, || drop(black_box(turned.allocate(&cov)))),
            best_us(50, || drop(black_box(ward.allocate(&cov)))),
            best_us(10, || drop(black_box(minimum_variance(&cov)))),
            best_us(10, || drop(black_box(equal_risk(&cov)))),
            best_us(10, || drop(black_box(LedoitWolf::estimate(&rows[PERIODS..])))),
            best_us(3, || drop(black_box(cov.repaired(0.5)))),
        ];
        let cells: Vec<String> = times.iter().map(|us| format!("{us:.1}")).collect();
        println!("| {series} | {} |", cells.join(" | "));
    }
    for bets in [4, 8, BETS_MAX] {
        let probabilities: Vec<f64> = (0..bets).map(|i| 0.5 + 0.03 * i as f64).collect();
        let costs = vec![0.45; bets];
        let time = best_us(10, || drop(black_box(simultaneous(&probabilities, &costs))));
        println!("{bets} contracts together: {time:.1}");
    }
    Ok(())
}
