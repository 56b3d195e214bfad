//! What the simulation assumes; every number of it comes from the configuration.

use super::latency::LatencyModel;
use royale_model::Qty;

/// How a resting order moves up the queue (the names are hftbacktest's).
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum QueueModel {
    /// Only trades at the price move it; cancellations are behind it.
    RiskAverse,
    /// A share of each decrease was ahead, by f(x) = x^power.
    ProbPower {
        /// The power, above zero.
        power: f64,
    },
    /// The same with f(x) = ln(1 + x).
    ProbLog,
}

/// Whether an order can fill in parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FillModel {
    /// As much as the level or the trade gives.
    Partial,
    /// All or nothing (hftbacktest's NoPartialFillExchange).
    NoPartial,
}

/// Assumptions of the simulated venue.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SimParameters {
    /// Seed of all draws.
    pub seed: u64,
    /// Venue to us.
    pub feed_latency: LatencyModel,
    /// Us to venue.
    pub order_latency: LatencyModel,
    /// Venue's answer to us.
    pub response_latency: LatencyModel,
    /// Queue position of resting orders.
    pub queue: QueueModel,
    /// Partial fills.
    pub fill: FillModel,
    /// True: what an account took from a level is gone for it until the level changes.
    pub consume_liquidity: bool,
    /// Instruments without a book: ticks by which a fill is worse than the next print.
    pub print_slippage_ticks: u32,
    /// Instruments without a book: most that one print of unknown size fills.
    pub print_liquidity: Qty,
    /// Live orders that the venue holds in all.
    pub orders_max: usize,
}
