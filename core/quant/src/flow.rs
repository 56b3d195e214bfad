//! What the order book and its changes say about the next move. Owns imbalances, order flow and
//! the microprice; it must never look past the quantities given, nor call an empty book balanced.

use crate::checked::{MAGNITUDE_MAX, is_positive, is_usable};
use crate::memory::{Memory, Passage, USABLE};

/// Best bid and ask: prices in any one unit, quantities in any other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BestQuotes {
    /// Highest price bid.
    pub bid: f64,
    /// Quantity bid at that price.
    pub bid_quantity: f64,
    /// Lowest price asked.
    pub ask: f64,
    /// Quantity asked at that price.
    pub ask_quantity: f64,
}

impl BestQuotes {
    /// All numbers usable, quantities not negative.
    fn is_sound(&self) -> bool {
        is_usable(self.bid)
            && is_usable(self.ask)
            && is_quantity(self.bid_quantity)
            && is_quantity(self.ask_quantity)
    }

    /// Half way between bid and ask; `None` if a number is unusable.
    #[must_use]
    pub fn mid(&self) -> Option<f64> {
        self.is_sound().then_some(0.5 * (self.bid + self.ask))
    }

    /// Mid price weighted by the quantities of the other side,
    /// `(ask·bid_quantity + bid·ask_quantity) / (bid_quantity + ask_quantity)`: close to the ask
    /// where much is bid. `None` if both sides are empty or a number is unusable.
    ///
    /// Source: the weighted mid of J. Gatheral, R. Oomen, "Zero-intelligence realized variance
    /// estimation" (2010), first step of S. Stoikov, "The micro-price" (2018).
    #[must_use]
    pub fn microprice(&self) -> Option<f64> {
        if !self.is_sound() {
            return None;
        }
        let both = self.bid_quantity + self.ask_quantity;
        // As a share of the spread: exact on both ends, where products would round.
        (both > 0.0).then(|| self.bid + (self.ask - self.bid) * (self.bid_quantity / both))
    }

    /// [`imbalance`] of the best quotes.
    #[must_use]
    pub fn imbalance(&self) -> Option<f64> {
        imbalance(self.bid_quantity, self.ask_quantity)
    }
}

/// `(bid - ask) / (bid + ask)` in `[-1, 1]`, positive where more is bid. `None` if both sides are
/// empty or a quantity is negative or unusable.
///
/// Source: R. Cont, A. Kukanov, S. Stoikov (2014); A. Cartea, S. Jaimungal, J. Penalva,
/// "Algorithmic and High-Frequency Trading" (2015), §12.
#[must_use]
pub fn imbalance(bid_quantity: f64, ask_quantity: f64) -> Option<f64> {
    if !is_quantity(bid_quantity) || !is_quantity(ask_quantity) {
        return None;
    }
    let both = bid_quantity + ask_quantity;
    (both > 0.0).then(|| (bid_quantity - ask_quantity) / both)
}

/// Imbalance of several levels, level `i` (0 is the best) weighted by `decay^i`:
/// `Σ decay^i (b_i - a_i) / Σ decay^i (b_i + a_i)`.
///
/// The sides may have different depths; a missing level counts as empty. A decay of 1 weights all
/// levels equally, 0 looks at the best only. `None` if everything is empty, a quantity is negative
/// or unusable, or the decay is not in `[0, 1]`.
#[must_use]
pub fn depth_imbalance(bid_quantities: &[f64], ask_quantities: &[f64], decay: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&decay) {
        return None;
    }
    let bid = weighted_depth(bid_quantities, decay)?;
    let ask = weighted_depth(ask_quantities, decay)?;
    imbalance(bid, ask)
}

/// `Σ decay^i q_i`; `None` on a negative or unusable quantity.
fn weighted_depth(quantities: &[f64], decay: f64) -> Option<f64> {
    let (mut sum, mut weight) = (0.0, 1.0);
    for quantity in quantities {
        if !is_quantity(*quantity) {
            return None;
        }
        sum += weight * quantity;
        weight *= decay;
    }
    Some(sum)
}

/// Order-flow imbalance: the net quantity that arrived at the best quotes between two states of
/// the book.
///
/// With `'` for the state before,
///
/// ```text
/// e = 1{bid >= bid'} q_bid - 1{bid <= bid'} q_bid' - 1{ask <= ask'} q_ask + 1{ask >= ask'} q_ask'
/// ```
///
/// so a higher bid counts whole, an equal one by its change, a lower one as the loss of what was
/// there; the ask likewise with the sign turned. Its sum over an interval moves the mid price
/// roughly in proportion, divided by depth.
///
/// Source: R. Cont, A. Kukanov, S. Stoikov, "The Price Impact of Order Book Events", Journal of
/// Financial Econometrics 12 (2014) 47-88.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderFlow {
    previous: Option<BestQuotes>,
}

impl OrderFlow {
    /// No state seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next state of the best quotes; the flow since the state before, in the unit of
    /// quantity. `None` for the first state, and for one with unusable numbers or negative
    /// quantities, which changes nothing.
    pub fn update(&mut self, now: BestQuotes) -> Option<f64> {
        if !now.is_sound() {
            return None;
        }
        let before = self.previous.replace(now)?;
        let mut flow = 0.0;
        if now.bid >= before.bid {
            flow += now.bid_quantity;
        }
        if now.bid <= before.bid {
            flow -= before.bid_quantity;
        }
        if now.ask <= before.ask {
            flow -= now.ask_quantity;
        }
        if now.ask >= before.ask {
            flow += before.ask_quantity;
        }
        Some(flow)
    }

    /// Forgets the state before: after a gap in the feed the difference would be no flow.
    pub fn reset(&mut self) {
        self.previous = None;
    }
}

impl Memory for OrderFlow {
    fn pass(&mut self, through: &mut Passage<'_>) -> Option<()> {
        through.maybe(&mut self.previous, |through, best| {
            through.number(&mut best.bid, USABLE)?;
            through.number(&mut best.bid_quantity, 0.0..=MAGNITUDE_MAX)?;
            through.number(&mut best.ask, USABLE)?;
            through.number(&mut best.ask_quantity, 0.0..=MAGNITUDE_MAX)
        })?;
        Some(())
    }
}

/// Usable and not negative.
fn is_quantity(x: f64) -> bool {
    x == 0.0 || is_positive(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotes(bid: f64, bid_quantity: f64, ask: f64, ask_quantity: f64) -> BestQuotes {
        BestQuotes { bid, bid_quantity, ask, ask_quantity }
    }

    #[test]
    fn imbalances_by_hand() {
        assert_eq!(imbalance(3.0, 1.0), Some(0.5));
        assert_eq!(imbalance(0.0, 2.0), Some(-1.0));
        assert_eq!(imbalance(0.0, 0.0), None);
        assert_eq!(imbalance(-1.0, 2.0), None);
        assert_eq!(imbalance(f64::NAN, 2.0), None);
        // (4 + 2/2) - (1 + 4/2) over (4 + 1) + (1 + 2).
        assert_eq!(depth_imbalance(&[4.0, 2.0], &[1.0, 4.0], 0.5), Some(0.25));
        assert_eq!(depth_imbalance(&[4.0, 2.0], &[], 0.5), Some(1.0));
        assert_eq!(depth_imbalance(&[3.0, 9.0], &[1.0, 0.0], 0.0), Some(0.5));
        assert_eq!(depth_imbalance(&[], &[], 0.5), None);
        assert_eq!(depth_imbalance(&[1.0, f64::NAN], &[1.0], 0.5), None);
        assert_eq!(depth_imbalance(&[1.0], &[1.0], f64::NAN), None);
    }

    #[test]
    fn the_microprice_leans_to_the_thin_side() {
        assert_eq!(quotes(10.0, 3.0, 12.0, 1.0).microprice(), Some(11.5));
        assert_eq!(quotes(10.0, 3.0, 12.0, 1.0).mid(), Some(11.0));
        assert_eq!(quotes(10.0, 0.0, 12.0, 1.0).microprice(), Some(10.0));
        assert_eq!(quotes(10.0, 0.0, 12.0, 0.0).microprice(), None);
        assert_eq!(quotes(f64::NAN, 1.0, 12.0, 1.0).microprice(), None);
    }

    #[test]
    fn order_flow_by_hand() {
        let mut flow = OrderFlow::new();
        assert_eq!(flow.update(quotes(10.0, 5.0, 11.0, 4.0)), None);
        assert_eq!(flow.update(quotes(10.0, 8.0, 11.0, 3.0)), Some(4.0)); // +3 bid, -1 ask
        assert_eq!(flow.update(quotes(10.5, 2.0, 11.0, 3.0)), Some(2.0)); // better bid: whole
        assert_eq!(flow.update(quotes(10.0, 9.0, 11.0, 3.0)), Some(-2.0)); // bid gone: lost
        assert_eq!(flow.update(quotes(10.0, 9.0, 10.8, 7.0)), Some(-7.0)); // better ask
        assert_eq!(flow.update(quotes(10.0, 9.0, 11.0, 1.0)), Some(7.0)); // ask lifted
        assert_eq!(flow.update(quotes(10.0, f64::NAN, 11.0, 1.0)), None);
        assert_eq!(flow.update(quotes(10.0, 9.0, 11.0, 1.0)), Some(0.0));
        flow.reset();
        assert_eq!(flow.update(quotes(50.0, 9.0, 51.0, 1.0)), None);
    }
}
