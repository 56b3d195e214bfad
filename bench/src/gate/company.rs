//! G11: what it costs a strategy to be one of many.

use super::probe::Probe;
use super::row::{Force, Limit, Row};
use super::{Bench, Measured};
use crate::cores::Cores;
use crate::cpu_time;
use crate::engine_of;
use crate::streams::{Stream, quotes};
use royale_engine::latency::LatencyLevel;
use royale_engine::link::Wait;
use royale_engine::order::Discard;
use royale_engine::topology::{Placement, Topology};
use royale_journal::{Preamble, Purpose};
use std::collections::VecDeque;

const QUOTES: usize = 100_000;
const ROUNDS: usize = 5;

/// Sixty-four strategies on one feed, beside sixty-four times the work of one.
pub(super) fn company(bench: &Bench<'_>) -> Result<Measured, String> {
    let stream = quotes(QUOTES, 2);
    let Cores([_, cpu]) = bench.cores;
    let counts = [1, 9, 64];
    let mut rounds = counts.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (count, rounds) in counts.iter().zip(&mut rounds) {
            rounds.push(cost_per_event(&stream, *count, cpu)?);
        }
    }
    let [one, nine, many] = rounds.map(median);
    // What each of the first few adds is one strategy's own work; the rest is the engine's.
    let own = (nine - one) / 8.0;
    let rows = vec![
        Row::told("G11", "one strategy's own work on an event", own, "ns"),
        Row::told("G11", "an event with one strategy", one, "ns"),
        Row::told("G11", "an event with 64, less the engine's share", many - (one - own), "ns")
            .held(64.0 * own, "× 64 × own work", Limit::AtMost(1.2), Force::Everywhere),
    ];
    Ok(Measured { rows, pictures: Vec::new() })
}

/// Nanoseconds of the thread's cpu time for an event with so many strategies that never order.
///
/// # Errors
/// The run broke off.
pub fn cost_per_event(stream: &Stream, strategies: usize, cpu: usize) -> Result<f64, String> {
    let preamble = Preamble {
        purpose: Purpose::Run,
        config: String::new(),
        instruments: stream.instruments.clone(),
        slots: Vec::new(),
    };
    let competitors =
        (0..strategies).map(|_| Probe::new(u64::MAX)).collect::<Result<Vec<_>, _>>()?;
    let tape: VecDeque<_> = stream.events.iter().copied().collect();
    let mut engine = engine_of(&preamble, competitors, tape, Discard, LatencyLevel::Off)?;
    engine.allocation_bp = vec![0; strategies];
    let placement = Placement { topology: Topology::Fused, wait: Wait::Spin, cpus: vec![cpu] };
    let run = || {
        let start = cpu_time::of_thread();
        let outcome = engine.run(&placement).map_err(|error| error.to_string())?;
        let took = cpu_time::of_thread().saturating_sub(start);
        outcome.feed.error.map_or(Ok(took), Err)
    };
    let took = std::thread::scope(|scope| scope.spawn(run).join())
        .map_err(|_| "the corridor panicked".to_owned())??;
    Ok(took.as_nanos() as f64 / stream.events.len().max(1) as f64)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}
