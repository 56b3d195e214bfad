//! What a trade print does to our orders.
//!
//! Owns no state but the shares of the print at hand. Must never give an account more of a print
//! than its quantity (`FillModel::Partial`): its orders share it, best price first, then oldest.
//! `market` calls it for each trade.

use super::exchange::{Exchange, Moment};
use super::floor::Source;
use super::orders::{Live, NONE, is_better};
use super::parameters::FillModel;
use super::queue;
use royale_model::{ExecType, Liquidity, Price, Qty, Side, TimeInForce, Trade};

/// A print whose quantity is known or assumed.
#[derive(Clone, Copy, Debug)]
struct Print {
    price: Price,
    qty: Qty,
    lot: Qty,
}

impl Exchange {
    /// A trade happens.
    pub(super) fn print(&mut self, at: usize, trade: &Trade, moment: Moment) {
        let floor = &mut self.floors[at];
        floor.source = floor.source.max(Source::Prints);
        if floor.void || floor.settled || trade.qty < Qty::ZERO || !trade.price.is_positive() {
            return;
        }
        let qty = if trade.qty.is_positive() { trade.qty } else { self.print_liquidity };
        let print = Print { price: trade.price, qty, lot: floor.instrument.lot };
        let has_touch = floor.has_touch();
        self.shares.clear();
        if !has_touch {
            self.print_without_book(at, Side::Buy, print, moment);
            self.print_without_book(at, Side::Sell, print, moment);
            return;
        }
        match trade.aggressor {
            Some(aggressor) => self.print_on_book(at, aggressor.opposite(), print, true, moment),
            // Nobody knows which queue it took from: only orders that it went through fill.
            None => {
                self.print_on_book(at, Side::Buy, print, false, moment);
                self.print_on_book(at, Side::Sell, print, false, moment);
            }
        }
    }

    /// Fills the resting orders of the side that a print took from.
    fn print_on_book(
        &mut self,
        at: usize,
        side: Side,
        print: Print,
        takes_queue: bool,
        moment: Moment,
    ) {
        let mut place = self.orders.first(at, side);
        while place != NONE {
            let live = self.orders.get_mut(place);
            let is_through = is_better(side, live.price, print.price);
            if !is_through && (live.price != print.price || !takes_queue) {
                return;
            }
            let beyond = if is_through {
                // Traded through: nothing is ahead any more.
                live.front = Qty::ZERO;
                print.qty
            } else {
                live.front = live.front.saturating_sub(print.qty);
                live.traded = live.traded.saturating_add(print.qty);
                let beyond = queue::beyond(live.front, print.lot);
                if beyond.is_positive() {
                    live.front = Qty::ZERO;
                }
                beyond
            };
            let live = *live;
            let qty = match self.fill {
                FillModel::NoPartial if is_through || beyond.is_positive() => live.leaves,
                FillModel::NoPartial => Qty::ZERO,
                FillModel::Partial => self.share_of_print(&live, beyond, print, is_through),
            };
            if qty.is_positive() {
                self.shares.add(live.id.account(), qty, !is_through);
                place = self.fill_resting(place, qty, moment);
            } else {
                place = self.orders.next(place);
            }
        }
    }

    /// What an order gets of a print: no more than went beyond its queue and past the account's
    /// orders that stand before it.
    fn share_of_print(&self, live: &Live, beyond: Qty, print: Print, is_through: bool) -> Qty {
        let (of_print, at_price) = self.shares.of(live.id.account());
        let left = print.qty.saturating_sub(of_print);
        let here = if is_through { left } else { beyond.saturating_sub(at_price).min(left) };
        live.leaves.min(here.floor_to(print.lot)).max(Qty::ZERO)
    }

    /// Judges the orders of a side by a print alone, where there is no book.
    fn print_without_book(&mut self, at: usize, side: Side, print: Print, moment: Moment) {
        let mut place = self.orders.first(at, side);
        while place != NONE {
            let live = self.orders.get_mut(place);
            let was_untested = live.untested;
            live.untested = false;
            let mut live = *live;
            let fills = if was_untested {
                live.accepts(print.price)
            } else {
                is_better(side, live.price, print.price)
            };
            let qty = if fills { self.size_without_book(&live, print) } else { Qty::ZERO };
            if qty.is_positive() {
                self.shares.add(live.id.account(), qty, false);
                let (price, liquidity) = if was_untested {
                    (self.slipped(at, &live, print.price), Liquidity::Taker)
                } else {
                    (live.price, Liquidity::Maker)
                };
                self.fill(&mut live, price, qty, liquidity, moment);
                self.orders.get_mut(place).leaves = live.leaves;
            }
            place = if !live.leaves.is_positive() {
                self.orders.remove(place)
            } else if live.rests() {
                self.orders.next(place)
            } else {
                self.end(place, ExecType::Canceled, moment)
            };
        }
    }

    fn size_without_book(&self, live: &Live, print: Print) -> Qty {
        if self.fill == FillModel::NoPartial {
            return live.leaves;
        }
        let (had, _) = self.shares.of(live.id.account());
        let left = print.qty.saturating_sub(had).max(Qty::ZERO).floor_to(print.lot);
        match live.time_in_force {
            TimeInForce::FillOrKill if left < live.leaves => Qty::ZERO,
            _ => live.leaves.min(left),
        }
    }

    /// A print's price made worse by the slippage, but never beyond the limit.
    fn slipped(&self, at: usize, live: &Live, print: Price) -> Price {
        let instrument = &self.floors[at].instrument;
        let ticks = i64::from(self.print_slippage_ticks);
        let slippage = Price::from_raw(instrument.tick.raw().saturating_mul(ticks));
        let slipped = match live.side {
            Side::Buy => print.saturating_add(slippage).min(live.price),
            Side::Sell => print.saturating_sub(slippage).max(live.price),
        };
        if instrument.allows(slipped) { slipped } else { print }
    }
}
