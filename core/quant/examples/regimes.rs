//! Three days of made-up one-minute returns under the eyes of a [`RegimeTracker`]: what it says at
//! the end of each day, and what it costs. `cargo run --release -p royale-quant --example regimes`

use std::time::{Duration, Instant};

use royale_quant::hmm::{RegimeSettings, RegimeTracker};
use royale_quant::rng::Xoshiro256PlusPlus;

const MINUTES_A_DAY: usize = 1440;

fn main() -> Result<(), royale_quant::ParameterError> {
    let mut tracker = RegimeTracker::new(RegimeSettings::default())?;
    let mut rng = Xoshiro256PlusPlus::from_seed(1);
    // Mean and standard deviation of a minute's log return: a fall, a calm and a rise.
    let worlds = [(-4e-4, 20e-4), (0.0, 5e-4), (3e-4, 5e-4)];
    let mut world = 1;
    let mut costs: Vec<Duration> = Vec::new();
    for minute in 1..=3 * MINUTES_A_DAY {
        if rng.below(50) == 0 {
            world = rng.below(3) as usize;
        }
        let (mean, deviation) = worlds[world];
        let log_return = mean + deviation * rng.normal();

        let begin = Instant::now();
        let regime = tracker.update(log_return);
        costs.push(begin.elapsed());

        if let (0, Some(regime)) = (minute % MINUTES_A_DAY, regime) {
            let probabilities = tracker.probabilities().unwrap_or_default();
            let trust = tracker.skill().trust();
            println!(
                "day {}: {} {probabilities:.3?}, trust {trust:.3}",
                minute / 1440,
                regime.name()
            );
        }
    }
    costs.sort_unstable();
    let quantile = |q: f64| costs[((costs.len() - 1) as f64 * q) as usize];
    println!("{} fits; an update took {:?} (median),", tracker.fits(), quantile(0.5));
    println!("{:?} (99 %), {:?} (most)", quantile(0.99), quantile(1.0));
    Ok(())
}
