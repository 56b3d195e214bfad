//! The pressure on a book: what rests deeper in it, and what has arrived at its touch.
//!
//! Owns both parts of the signal and their memory. Must never see an unsound book: its caller
//! looks first.

use crate::depth::Depth;
use crate::parameter::Parameters;
use royale_engine::MarketView;
use royale_model::{Event, Nanos, Quote};
use royale_quant::ParameterError;
use royale_quant::ewma::TimeEwma;
use royale_quant::flow::{BestQuotes, OrderFlow};
use royale_quant::memory::{Memory, Passage};

/// Measures the pressure, one state of the book after the other.
#[derive(Debug)]
pub(crate) struct Pressure {
    flow: OrderFlow,
    averages: Averages,
    blank: Averages,
    depth: Depth,
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
            depth: Depth::new(parameters.number("levels") as usize, parameters.number("decay")),
            book_weight: parameters.number("book_weight"),
        })
    }

    /// Forgets everything: after a gap, or for another contract.
    pub(crate) fn reset(&mut self) {
        self.flow.reset();
        self.averages = self.blank;
        self.depth.forget();
    }

    /// Takes an event about the contract in: each one, also inside a batch.
    #[inline]
    pub(crate) fn see(&mut self, event: &Event, view: &MarketView) {
        self.depth.see(event, view);
    }

    /// Takes a state of the market with this best bid and ask in; the signal once both parts are known.
    pub(crate) fn signal(
        &mut self,
        now: Nanos,
        quote: &Quote,
        view: &MarketView,
    ) -> Option<Signal> {
        let best = BestQuotes {
            bid: quote.bid.to_f64(),
            bid_quantity: quote.bid_qty.to_f64(),
            ask: quote.ask.to_f64(),
            ask_quantity: quote.ask_qty.to_f64(),
        };
        let time_ns = now.raw().max(0).unsigned_abs();
        let flow = self.flow.update(best)?;
        let Averages { flow: flows, depth: depths } = &mut self.averages;
        let stands = best.bid_quantity + best.ask_quantity;
        let (flow, depth) = TimeEwma::update_both((flows, depths), time_ns, (flow, stands))?;
        // What has arrived lately, in units of what stands on a side; squeezed into −1…1.
        let arrived = flow * self.averages.flow.weight_at(time_ns);
        let flow = if depth > 0.0 { arrived / (0.5 * depth) } else { 0.0 };
        let flow = flow / (1.0 + flow.abs());
        let book = if view.has_book() { self.depth.imbalance(view)? } else { best.imbalance()? };
        let sum = self.book_weight * book + (1.0 - self.book_weight) * flow;
        Some(Signal { book, flow, sum })
    }
}

impl Memory for Pressure {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        // Whose book it was is handed over, too.
        self.depth.forget();
        self.flow.pass(through)?;
        self.averages.flow.pass(through)?;
        self.averages.depth.pass(through)
    }
}
