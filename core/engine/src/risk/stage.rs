//! The risk stage: passes everything through, and adds a verdict and an order to each decision.
//!
//! An abstention passes without verdict: it asks for nothing, so there is nothing to judge.
//!
//! Owns positions, live orders, allocations, tiers and the halt. For each decision the shadow account
//! is judged first; the house follows only where the shadow trades, scaled by the slot's allocation,
//! and a slot on the shadow tier only home.

use super::approved::ApprovedOrder;
use super::gate::{self, Refusal};
use super::limits::RiskLimits;
use super::live::LiveOrders;
use super::shares::Shares;
use super::sizing::{HouseSize, house_scale};
use crate::latency::SpanRecorder;
use crate::ledger::{Capital, Ledger};
use crate::market::Market;
use crate::progress::Progress;
use crate::sink::{Promise, Sink};
use royale_model::{
    Account, Action, Body, Command, CommandCode, Decision, Event, ExecType, Instrument, Nanos,
    Notional, Order, OrderId, Price, Qty, RefusalCode, SlotChange, SlotId, Tier, Verdict,
};
use std::sync::Arc;

/// What a shadow account's order is asked, in this order; the first rule that says no is told. The
/// house's twin, whose price and market are the same, is asked the quantity and what follows the collar.
pub const ASKED_IN_ORDER: [RefusalCode; 10] = [
    RefusalCode::Malformed,
    RefusalCode::Halted,
    RefusalCode::NotTradable,
    RefusalCode::FeedGap,
    RefusalCode::StaleFeed,
    RefusalCode::OrderQty,
    RefusalCode::PriceCollar,
    RefusalCode::OrderNotional,
    RefusalCode::TooManyOrders,
    RefusalCode::Position,
];

/// Judge between strategies and the order stage.
#[derive(Debug)]
pub struct RiskStage<S> {
    pub(super) next: S,
    limits: RiskLimits,
    /// R1's limit for each instrument.
    qty_max: Vec<Qty>,
    ledger: Ledger,
    progress: Arc<Progress>,
    latency: SpanRecorder,
    live: LiveOrders,
    pub(super) shares: Shares,
    /// house capital / slot capital, in 10⁻⁹: turns a shadow quantity into the house's.
    house_scale: i64,
    halted: bool,
    /// A stop cannot be resumed from.
    stopped: bool,
}

impl<S: Sink> RiskStage<S> {
    /// A gate before `next`. `allocation_bp` gives each slot its share of the house.
    pub fn new(
        next: S,
        instruments: &[Instrument],
        capital: &Capital,
        limits: RiskLimits,
        allocation_bp: &[u16],
        progress: Arc<Progress>,
    ) -> Self {
        let slots = allocation_bp.len();
        let live = LiveOrders::new(slots, instruments.len(), limits.open_orders_max);
        let qty_max = |instrument: &Instrument| limits.order_qty_max(instrument.kind);
        let shares = allocation_bp.iter().map(|&share| i64::from(share));
        let shares = Shares::new(shares, limits.allocation_bp_max.into());
        Self {
            next,
            qty_max: instruments.iter().map(qty_max).collect(),
            limits,
            ledger: Ledger::new(instruments, slots, capital),
            progress,
            latency: SpanRecorder::default(),
            live,
            shares,
            house_scale: house_scale(capital),
            halted: false,
            stopped: false,
        }
    }

    /// The stage, its slots on these tiers; one that is not named is on paper.
    #[must_use]
    pub fn with_tiers(mut self, tiers: &[Tier]) -> Self {
        self.shares = self.shares.with_tiers(tiers.iter().copied());
        self
    }

    /// The stage, recording its latency with this handle.
    #[must_use]
    pub fn with_latency(mut self, latency: SpanRecorder) -> Self {
        self.latency = latency;
        self
    }

    /// The stage behind, once the run is over.
    pub fn into_next(self) -> S {
        self.next
    }

    fn judge(&mut self, decision: &Decision, market: &Market) {
        match decision.action {
            Action::Submit => self.judge_submit(decision, market),
            Action::Cancel => self.judge_cancel(decision),
            Action::Abstain => {}
        }
    }

    /// The shadow account first; the house follows where that one may trade.
    fn judge_submit(&mut self, decision: &Decision, market: &Market) {
        let shadow = Account::shadow(decision.slot);
        self.latency.enter();
        let asked = self.ask(decision, market, shadow);
        self.latency.leave();
        let asked = match asked {
            Ok(asked) => asked,
            Err(refusal) => return self.refuse(decision, shadow, refusal),
        };
        self.approve(decision, shadow, asked.price, decision.qty);
        let house = Account::house(decision.slot);
        let qty = self.house_qty(decision, &asked);
        if !qty.is_positive() {
            // Basis points in 10⁻⁹ of the whole.
            let share = self.shares.of(decision.slot) * 100_000;
            let refusal = Refusal::new(RefusalCode::NoAllocation, share, 0);
            return self.refuse(decision, house, refusal);
        }
        // The same decision at the same moment: only what depends on the account is asked again.
        self.latency.enter();
        let allowed = gate::quantity(asked.instrument, qty, asked.qty_max)
            .and_then(|()| self.allow(decision, house, qty, &asked))
            .and_then(|()| self.allow_tier(decision, qty, &asked));
        self.latency.leave();
        match allowed {
            Ok(()) => self.approve(decision, house, asked.price, qty),
            Err(refusal) => self.refuse(decision, house, refusal),
        }
    }

    /// All rules, in order, for the account that the decision is about.
    #[inline]
    fn ask<'a>(
        &self,
        decision: &Decision,
        market: &'a Market,
        account: Account,
    ) -> Result<Asked<'a>, Refusal> {
        let (limits, now) = (&self.limits, decision.time);
        gate::well_formed(decision)?;
        if self.halted || self.stopped {
            return Err(Refusal::new(RefusalCode::Halted, 0, 0));
        }
        let found = market.instrument(decision.instrument);
        let (Some(instrument), Some(view)) = (found, market.view(decision.instrument)) else {
            return Err(Refusal::new(RefusalCode::NotTradable, 0, 0));
        };
        gate::tradable(instrument, view, now)?;
        gate::fresh(view, now, limits)?;
        let qty_max = self.qty_max.get(instrument.id.index()).copied().unwrap_or(Qty::ZERO);
        gate::quantity(instrument, decision.qty, qty_max)?;
        let reference = gate::reference(view)?;
        let price = gate::collar(instrument, reference, decision, limits)?;
        let dearest = gate::dearest(instrument, price, reference);
        let held = self.ledger.position(account, decision.instrument).qty;
        let asked = Asked { instrument, qty_max, price, dearest, held };
        self.allow(decision, account, decision.qty, &asked)?;
        Ok(asked)
    }

    /// The rules that depend on the account, for a quantity that R1 lets pass. Twice in the code, for
    /// shadow and house: called, a fifth of it would be moving its arguments.
    #[inline(always)]
    fn allow(
        &self,
        decision: &Decision,
        account: Account,
        qty: Qty,
        asked: &Asked<'_>,
    ) -> Result<(), Refusal> {
        let limits = &self.limits;
        let (id, side) = (decision.instrument, decision.side);
        let Asked { instrument, dearest, .. } = *asked;
        gate::notional(instrument, dearest, qty, limits.order_notional_max)?;
        self.live.room(account)?;
        let (held, limit) = if account.is_house() {
            (self.ledger.house_position(id).qty, limits.house_position_notional_max)
        } else {
            (asked.held, limits.position_notional_max)
        };
        let pending = self.live.pending(account, id, side);
        gate::position(instrument, dearest, side, held, pending, qty, limit)
    }

    /// R7 for a slot on the shadow tier: at the house its position may become smaller, and no more.
    #[inline]
    fn allow_tier(&self, decision: &Decision, qty: Qty, asked: &Asked<'_>) -> Result<(), Refusal> {
        // A slot with a share is not on it.
        if self.shares.of(decision.slot) > 0 || self.shares.tier(decision.slot).may_hold() {
            return Ok(());
        }
        let (house, id, side) = (Account::house(decision.slot), decision.instrument, decision.side);
        let held = self.ledger.position(house, id).qty;
        let pending = self.live.own_pending(house, id, side);
        let (instrument, dearest) = (asked.instrument, asked.dearest);
        gate::position(instrument, dearest, side, held, pending, qty, Notional::ZERO)
    }

    /// What the house trades with this decision, down to a whole lot.
    #[inline]
    fn house_qty(&self, decision: &Decision, asked: &Asked<'_>) -> Qty {
        let share = self.shares.of(decision.slot);
        let house = Account::house(decision.slot);
        let held = || self.ledger.position(house, decision.instrument).qty;
        let order = (decision.side, decision.qty);
        let lot = asked.instrument.lot;
        HouseSize::new(order, lot, (share, self.house_scale), asked.held, held).qty()
    }

    #[inline]
    fn approve(&mut self, decision: &Decision, account: Account, price: Price, qty: Qty) {
        let (seq, time, instrument) = (decision.seq, decision.time, decision.instrument);
        let id = decision.order.on(account);
        let order = ApprovedOrder::new(Order::new_single(
            seq,
            time,
            id,
            instrument,
            decision.side,
            decision.ord_type,
            decision.time_in_force,
            price,
            qty,
        ));
        self.live.add(order.order());
        let code = RefusalCode::Approved;
        self.next.verdict(&Verdict::new(seq, time, id, instrument, code, 0, 0));
        self.next.order(&order);
    }

    fn refuse(&mut self, decision: &Decision, account: Account, refusal: Refusal) {
        let (seq, time, instrument) = (decision.seq, decision.time, decision.instrument);
        let Refusal { code, actual, limit } = refusal;
        let id = decision.order.on(account);
        self.next.verdict(&Verdict::new(seq, time, id, instrument, code, actual, limit));
    }

    /// Cancels pass always, halted or not, if they name a live order; the house's twin goes too.
    fn judge_cancel(&mut self, decision: &Decision) {
        for account in [Account::shadow(decision.slot), Account::house(decision.slot)] {
            let id: OrderId = decision.order.on(account);
            let live = self.live.contains(id);
            let owned = decision.order.account() == Account::shadow(decision.slot);
            let (seq, time, instrument) = (decision.seq, decision.time, decision.instrument);
            if live && owned {
                let code = RefusalCode::Approved;
                self.next.verdict(&Verdict::new(seq, time, id, instrument, code, 0, 0));
                let cancel = Order::cancel(seq, time, id, instrument, decision.side);
                self.next.order(&ApprovedOrder::new(cancel));
            } else if !account.is_house() {
                let code = RefusalCode::UnknownOrder;
                self.next.verdict(&Verdict::new(seq, time, id, instrument, code, 0, 0));
            }
        }
    }

    /// Enters what moves money in the books.
    #[inline(never)]
    fn book(&mut self, event: &Event) {
        if self.ledger.apply(event).is_err() {
            // Money that cannot be counted cannot be traded with: the run stops, and says so.
            self.progress.set_broken();
        }
    }

    /// The slot may hold nothing any more: what the house has out for it comes back, but for what makes
    /// its position smaller. Orders that fill on the way have filled.
    #[cold]
    fn call_back(&mut self, slot: SlotId, event: &Event) {
        let house = Account::house(slot);
        let mut at = 0;
        while let Some((id, instrument, side, could_add)) = self.live.nth(house, at) {
            at += 1;
            let held = self.ledger.position(house, instrument).qty;
            if !gate::reduces(side, held, could_add) {
                let cancel = Order::cancel(event.seq(), event.time(), id, instrument, side);
                self.next.order(&ApprovedOrder::new(cancel));
            }
        }
    }

    /// Takes in an event that is no market data, and passes it on.
    #[inline(never)]
    fn hear(&mut self, event: &Event, market: &Market) {
        match event.body() {
            Body::ExecutionReport(report) => {
                self.live.apply(&report);
                if report.exec == ExecType::Trade {
                    self.book(event);
                    let account = report.order.account();
                    if account.is_house() && !self.shares.tier(account.slot()).may_hold() {
                        // What made the position smaller before it need not do so after it.
                        self.next.event(event, market);
                        return self.call_back(account.slot(), event);
                    }
                }
            }
            Body::Settlement(_) => self.book(event),
            Body::Command(command) => {
                self.obey(&command);
                self.next.event(event, market);
                // What goes back follows its command.
                let slot = SlotId(command.slot);
                if command.code == CommandCode::Tier && !self.shares.tier(slot).may_hold() {
                    self.call_back(slot, event);
                }
                return;
            }
            _ => {}
        }
        self.next.event(event, market);
    }

    #[inline(never)]
    fn obey(&mut self, command: &Command) {
        match command.code {
            CommandCode::Halt => self.halted = true,
            CommandCode::Stop => self.stopped = true,
            CommandCode::Resume => self.halted = false,
            CommandCode::Allocate => self.shares.set(SlotId(command.slot), command.value),
            CommandCode::Tier => {
                if let Some(tier) = Tier::from_number(command.value) {
                    self.shares.set_tier(SlotId(command.slot), tier);
                }
            }
            // The strategies' business, or nobody's.
            CommandCode::Install
            | CommandCode::Quarantine
            | CommandCode::Release
            | CommandCode::Rollback
            | CommandCode::Freeze
            | CommandCode::Unfreeze
            | CommandCode::Regime
            | CommandCode::Refused => {}
        }
    }
}

impl<S: Sink> Sink for RiskStage<S> {
    #[inline(always)]
    fn coming(&mut self, event: &Event, market: &Market) {
        self.next.coming(event, market);
    }
    #[inline(always)]
    fn event(&mut self, event: &Event, market: &Market) {
        // What only moves the market is in the market that comes along.
        if event.kind().is_market_data() {
            self.next.event(event, market);
        } else {
            self.hear(event, market);
        }
    }
    fn slot(&mut self, change: &SlotChange) {
        self.next.slot(change);
    }
    #[inline]
    fn decision(&mut self, decision: &Decision, market: &Market) {
        self.next.decision(decision, market);
        self.judge(decision, market);
    }
    fn verdict(&mut self, verdict: &Verdict) {
        self.next.verdict(verdict);
    }
    fn order(&mut self, order: &ApprovedOrder) {
        self.next.order(order);
    }
    #[inline(always)]
    fn end(&mut self, event: &Event, market: &Market, next_market: Nanos) {
        self.next.end(event, market, next_market);
    }
    #[inline]
    fn promise(&mut self, promise: &Promise, market: &Market) {
        self.next.promise(promise, market);
    }
    fn finish(&mut self, market: &Market) {
        self.next.finish(market);
    }
}

/// What the rules found in common for shadow and house.
#[derive(Clone, Copy)]
struct Asked<'a> {
    instrument: &'a Instrument,
    /// R1's limit.
    qty_max: Qty,
    /// What the venue gets.
    price: Price,
    /// What a unit may cost at worst.
    dearest: Price,
    /// The shadow account's position.
    held: Qty,
}
