//! The parts of a profit: seven amounts of one currency whose sum is the profit.

use royale_model::Notional;

/// What a profit is made of, each part signed: below zero it cost money.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Parts {
    /// What was filled had earned if it had been filled at the mark that its decision was made at.
    pub signal: Notional,
    /// What event contracts paid out against their last mark.
    pub settlement: Notional,
    /// Moves of the mark between decision and arrival at the venue.
    pub latency: Notional,
    /// Moves of the mark between arrival and fill.
    pub queue: Notional,
    /// The price of the fill against the mark at its moment: spread and impact.
    pub slippage: Notional,
    /// Fees; above zero for rebates.
    pub fees: Notional,
    /// What the conversion between currencies rounded off: a few 10⁻¹⁸, 0 within one currency.
    pub rounding: Notional,
}

impl Parts {
    fn list(&self) -> [Notional; 7] {
        [
            self.signal,
            self.settlement,
            self.latency,
            self.queue,
            self.slippage,
            self.fees,
            self.rounding,
        ]
    }
    fn from_list(list: [Notional; 7]) -> Self {
        let [signal, settlement, latency, queue, slippage, fees, rounding] = list;
        Self { signal, settlement, latency, queue, slippage, fees, rounding }
    }

    /// The profit; `None` out of range.
    pub(crate) fn total(&self) -> Option<Notional> {
        self.list().into_iter().try_fold(Notional::ZERO, Notional::checked_add)
    }
    /// Latency, queue and slippage.
    pub(crate) fn execution(&self) -> Option<Notional> {
        self.latency.checked_add(self.queue)?.checked_add(self.slippage)
    }
    /// What the market gave for the positions that were wanted: signal and settlement.
    pub(crate) fn market(&self) -> Option<Notional> {
        self.signal.checked_add(self.settlement)
    }
    /// The sum, part by part.
    pub(crate) fn plus(&self, other: &Self) -> Option<Self> {
        let mut list = self.list();
        for (part, more) in list.iter_mut().zip(other.list()) {
            *part = part.checked_add(more)?;
        }
        Some(Self::from_list(list))
    }
    /// The difference, part by part.
    pub(crate) fn minus(&self, other: &Self) -> Option<Self> {
        self.plus(&other.map(|amount| Some(-amount))?)
    }
    /// Every part through the same function.
    pub(crate) fn map(&self, change: impl Fn(Notional) -> Option<Notional>) -> Option<Self> {
        let mut list = self.list();
        for part in &mut list {
            *part = change(*part)?;
        }
        Some(Self::from_list(list))
    }
}
