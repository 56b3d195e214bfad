//! The pressure on a book: what rests deeper in it, and what has arrived at its touch.
//!
//! Owns both parts of the signal and their memory. Must never see an unsound book: its caller
//! looks first.

use crate::parameter::Parameters;
use royale_engine::Book;
use royale_model::{Nanos, Quote, Side};
use royale_quant::ParameterError;
use royale_quant::ewma::TimeEwma;
use royale_quant::flow::{BestQuotes, OrderFlow, depth_imbalance};
use royale_quant::memory::{Memory, Passage};

/// Most levels that can count.
const LEVELS_MAX: usize = 10;

/// Measures the pressure, one state of the book after the other.
#[derive(Debug)]
pub(crate) struct Pressure {
    flow: OrderFlow,
    averages: Averages,
    blank: Averages,
    levels: usize,
    decay: f64,
    /// Weight of the book in the signal; the rest is order flow.
    pub(crate) book_weight: f64,
}

/// Flow and depth at the touch, both by event.
#[derive(Clone, Copy, Debug)]
struct Averages {
    flow: TimeEwma,
    depth: TimeEwma,
}

/// The signal and its two parts, each in −1…1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signal {
    /// Depth-weighted imbalance.
    pub(crate) book: f64,
    /// Order flow.
    pub(crate) flow: f64,
    /// Weighted sum of both.
    pub(crate) sum: f64,
}

impl Pressure {
    /// By the parameters `levels`, `decay`, `book_weight` and `flow_half_life_s`.
    pub(crate) fn new(parameters: &Parameters<'_>) -> Result<Self, ParameterError> {
        let average = TimeEwma::new(parameters.number("flow_half_life_s"))?;
        let averages = Averages { flow: average, depth: average };
        Ok(Self {
            flow: OrderFlow::new(),
            averages,
            blank: averages,
            levels: (parameters.number("levels") as usize).min(LEVELS_MAX),
            decay: parameters.number("decay"),
            book_weight: parameters.number("book_weight"),
        })
    }

    /// Forgets everything: after a gap, or for another contract.
    pub(crate) fn reset(&mut self) {
        self.flow.reset();
        self.averages = self.blank;
    }

    /// Takes the book in; the signal once both parts are known.
    pub(crate) fn signal(
        &mut self,
        now: Nanos,
        quote: &Quote,
        book: Option<&Book>,
    ) -> Option<Signal> {
        let best = BestQuotes {
            bid: quote.bid.to_f64(),
            bid_quantity: quote.bid_qty.to_f64(),
            ask: quote.ask.to_f64(),
            ask_quantity: quote.ask_qty.to_f64(),
        };
        let time_ns = now.raw().max(0).unsigned_abs();
        let flow = self.flow.update(best)?;
        let flow = self.averages.flow.update(time_ns, flow)?;
        let depth = self.averages.depth.update(time_ns, best.bid_quantity + best.ask_quantity)?;
        // What has arrived lately, in units of what stands on a side; squeezed into −1…1.
        let arrived = flow * self.averages.flow.weight_at(time_ns);
        let flow = if depth > 0.0 { arrived / (0.5 * depth) } else { 0.0 };
        let flow = flow / (1.0 + flow.abs());
        let book = match book {
            Some(book) => self.depth_imbalance(book)?,
            None => best.imbalance()?,
        };
        let sum = self.book_weight * book + (1.0 - self.book_weight) * flow;
        Some(Signal { book, flow, sum })
    }

    fn depth_imbalance(&self, book: &Book) -> Option<f64> {
        let (mut bids, mut asks) = ([0.0; LEVELS_MAX], [0.0; LEVELS_MAX]);
        for (quantities, side) in [(&mut bids, Side::Buy), (&mut asks, Side::Sell)] {
            let counted = &mut quantities[..self.levels];
            for (slot, level) in counted.iter_mut().zip(book.levels(side)) {
                *slot = level.qty.to_f64();
            }
        }
        depth_imbalance(&bids[..self.levels], &asks[..self.levels], self.decay)
    }
}

impl Memory for Pressure {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        self.flow.pass(through)?;
        self.averages.flow.pass(through)?;
        self.averages.depth.pass(through)
    }
}
