//! The risk stage: passes everything through, and adds a verdict and an order to each decision.
//!
//! An abstention passes without verdict: it asks for nothing, so there is nothing to judge.
//!
//! Owns positions, live orders, allocations and the halt. For each decision the shadow account is
//! judged first; the house follows only where the shadow trades, scaled by the slot's allocation.

use super::approved::ApprovedOrder;
use super::gate::{self, Refusal};
use super::limits::RiskLimits;
use super::live::LiveOrders;
use crate::latency::SpanRecorder;
use crate::ledger::{Capital, Ledger};
use crate::market::Market;
use crate::progress::Progress;
use crate::sink::{Promise, Sink};
use royale_model::{
    Account, Action, Body, Command, CommandCode, Decision, Event, EventKind, Instrument, Nanos,
    Order, OrderId, Price, Qty, RefusalCode, SCALE, SlotChange, SlotId, Verdict,
};
use std::sync::Arc;

/// Judge between strategies and the order stage.
#[derive(Debug)]
pub struct RiskStage<S> {
    pub(super) next: S,
    limits: RiskLimits,
    ledger: Ledger,
    progress: Arc<Progress>,
    latency: SpanRecorder,
    /// Two for each slot: shadow, house.
    live: Vec<LiveOrders>,
    /// Share of the house capital, in basis points.
    pub(super) allocation_bp: Vec<u16>,
    /// house capital / slot capital, in 10⁻⁹: turns a shadow quantity into the house's.
    house_scale: i64,
    halted: bool,
    /// A stop cannot be resumed from.
    stopped: bool,
}

impl<S: Sink> RiskStage<S> {
    /// A gate before `next`. `allocation_bp` gives each slot its share; together ≤ 10,000.
    pub fn new(
        next: S,
        instruments: &[Instrument],
        capital: &Capital,
        limits: RiskLimits,
        allocation_bp: &[u16],
        progress: Arc<Progress>,
    ) -> Self {
        let slots = allocation_bp.len();
        let live = (0..slots * 2).map(|_| LiveOrders::new(limits.open_orders_max)).collect();
        let scale = capital.house.raw() / (capital.per_slot.raw() / 1_000_000_000).max(1);
        Self {
            next,
            limits,
            ledger: Ledger::new(instruments, slots, capital),
            progress,
            latency: SpanRecorder::default(),
            live,
            allocation_bp: allocation_bp.to_vec(),
            house_scale: i64::try_from(scale).unwrap_or(i64::MAX),
            halted: false,
            stopped: false,
        }
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
        self.answer(decision, shadow, asked.map(|asked| (asked.price, decision.qty)));
        let Ok(asked) = asked else { return };
        let house = Account::house(decision.slot);
        let qty = self.house_qty(decision, market);
        let outcome = if qty.is_positive() {
            // The same decision at the same moment: only what depends on the account is asked again.
            self.latency.enter();
            let outcome = self.allow(decision, market, house, qty, asked);
            self.latency.leave();
            outcome.map(|()| (asked.price, qty))
        } else {
            let share = self.allocation_bp.get(decision.slot.index()).copied().unwrap_or(0);
            // Basis points in 10⁻⁹ of the whole.
            Err(Refusal::new(RefusalCode::NoAllocation, i64::from(share) * 100_000, 0))
        };
        self.answer(decision, house, outcome);
    }

    /// All rules, in order, for the account that the decision is about.
    fn ask(
        &self,
        decision: &Decision,
        market: &Market,
        account: Account,
    ) -> Result<Asked, Refusal> {
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
        gate::quantity(instrument, decision.qty, limits)?;
        let reference = gate::reference(view)?;
        let price = gate::collar(instrument, reference, decision, limits)?;
        let asked = Asked { price, reference };
        self.allow(decision, market, account, decision.qty, asked)?;
        Ok(asked)
    }

    /// The rules that depend on the account and on its quantity.
    fn allow(
        &self,
        decision: &Decision,
        market: &Market,
        account: Account,
        qty: Qty,
        asked: Asked,
    ) -> Result<(), Refusal> {
        let limits = &self.limits;
        let (id, side) = (decision.instrument, decision.side);
        let Some(instrument) = market.instrument(id) else {
            return Err(Refusal::new(RefusalCode::NotTradable, 0, 0));
        };
        let Some(live) = self.live.get(live_index(account)) else {
            return Err(Refusal::new(RefusalCode::Malformed, 0, 0));
        };
        gate::quantity(instrument, qty, limits)?;
        let prices = [asked.price, asked.reference];
        gate::notional(instrument, prices, qty, limits)?;
        if live.is_full() {
            let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX).saturating_mul(SCALE);
            let (actual, limit) = (count(live.len()), count(limits.open_orders_max));
            return Err(Refusal::new(RefusalCode::TooManyOrders, actual, limit));
        }
        let (held, pending, limit) = if account.is_house() {
            let pending = self
                .live
                .iter()
                .skip(1)
                .step_by(2)
                .fold(Qty::ZERO, |sum, live| sum.saturating_add(live.pending(id, side)));
            let held = self.ledger.house_position(id).qty;
            (held, pending, limits.house_position_notional_max)
        } else {
            let held = self.ledger.position(account, id).qty;
            (held, live.pending(id, side), limits.position_notional_max)
        };
        gate::position(instrument, prices, side, held, pending, qty, limit.raw())
    }

    /// What the house trades with this decision, down to a whole lot: of what reduces the shadow's
    /// position the same part of the house's, all of it for a full close; of the rest the slot's
    /// share. So the house follows the shadow home even where it could not follow it out exactly.
    fn house_qty(&self, decision: &Decision, market: &Market) -> Qty {
        let id = decision.instrument;
        let Some(instrument) = market.instrument(id) else { return Qty::ZERO };
        let shadow = self.ledger.position(Account::shadow(decision.slot), id).qty.raw();
        let house = self.ledger.position(Account::house(decision.slot), id).qty.raw();
        let (qty, sign) = (decision.qty.raw(), decision.side.sign());
        let closing = if shadow.signum() == -sign { qty.min(shadow.saturating_abs()) } else { 0 };
        let share = self.allocation_bp.get(decision.slot.index()).copied().unwrap_or(0);
        let opened = share_of(qty.saturating_sub(closing), share, self.house_scale);
        let closed = if closing > 0 && house.signum() == -sign {
            i128::from(house.saturating_abs()) * i128::from(closing)
                / i128::from(shadow.saturating_abs())
        } else {
            0
        };
        let whole =
            |raw: i128| Qty::from_raw(i64::try_from(raw).unwrap_or(0)).floor_to(instrument.lot);
        whole(closed).saturating_add(whole(opened))
    }

    fn answer(
        &mut self,
        decision: &Decision,
        account: Account,
        outcome: Result<(Price, Qty), Refusal>,
    ) {
        let id = decision.order.on(account);
        let verdict = |code, actual, limit| {
            Verdict::new(decision.seq, decision.time, id, decision.instrument, code, actual, limit)
        };
        match outcome {
            Ok((price, qty)) => {
                let order = Order::new_single(
                    decision.seq,
                    decision.time,
                    id,
                    decision.instrument,
                    decision.side,
                    decision.ord_type,
                    decision.time_in_force,
                    price,
                    qty,
                );
                if let Some(live) = self.live.get_mut(live_index(account)) {
                    live.add(&order);
                }
                self.next.verdict(&verdict(RefusalCode::Approved, 0, 0));
                self.next.order(&ApprovedOrder::new(order));
            }
            Err(refusal) => {
                self.next.verdict(&verdict(refusal.code, refusal.actual, refusal.limit));
            }
        }
    }

    /// Cancels pass always, halted or not, if they name a live order; the house's twin goes too.
    fn judge_cancel(&mut self, decision: &Decision) {
        for account in [Account::shadow(decision.slot), Account::house(decision.slot)] {
            let id: OrderId = decision.order.on(account);
            let live = self.live.get(live_index(account)).is_some_and(|live| live.contains(id));
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
    fn book(&mut self, event: &Event) {
        if self.ledger.apply(event).is_err() {
            // Money that cannot be counted cannot be traded with: the run stops, and says so.
            self.progress.set_broken();
        }
    }

    fn obey(&mut self, command: &Command) {
        match command.code {
            CommandCode::Halt => self.halted = true,
            CommandCode::Stop => self.stopped = true,
            CommandCode::Resume => self.halted = false,
            CommandCode::Allocate => {
                let total: i64 = self.allocation_bp.iter().map(|&bp| i64::from(bp)).sum();
                let slot = SlotId(command.slot);
                if let Some(share) = self.allocation_bp.get_mut(slot.index()) {
                    let others = total - i64::from(*share);
                    let value = command.value.clamp(0, (10_000 - others).max(0));
                    *share = u16::try_from(value).unwrap_or(0);
                }
            }
            // The strategies' business.
            CommandCode::Install
            | CommandCode::Quarantine
            | CommandCode::Release
            | CommandCode::Rollback => {}
        }
    }
}

impl<S: Sink> Sink for RiskStage<S> {
    #[inline]
    fn event(&mut self, event: &Event, market: &Market) {
        match event.kind() {
            EventKind::ExecutionReport => {
                if let Body::ExecutionReport(report) = event.body() {
                    let account = report.order.account();
                    if let Some(live) = self.live.get_mut(live_index(account)) {
                        live.apply(&report);
                    }
                }
                self.book(event);
            }
            EventKind::Settlement => self.book(event),
            EventKind::Command => {
                if let Body::Command(command) = event.body() {
                    self.obey(&command);
                }
            }
            // What only moves the market is in the market that comes along.
            _ => {}
        }
        self.next.event(event, market);
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
    #[inline]
    fn end(&mut self, next_market: Nanos) {
        self.next.end(next_market);
    }
    #[inline]
    fn promise(&mut self, promise: &Promise) {
        self.next.promise(promise);
    }
    fn finish(&mut self) {
        self.next.finish();
    }
}

/// What the rules found in common for shadow and house.
#[derive(Clone, Copy)]
struct Asked {
    /// What the venue gets.
    price: Price,
    /// What prices are held against.
    reference: Price,
}

/// `share` basis points of a quantity, times `scale` in 10⁻⁹, rounded towards zero.
fn share_of(qty: i64, share: u16, scale: i64) -> i128 {
    // The usual case without a division of 128 bits: house and slots have equal capital.
    if scale == SCALE
        && let Some(product) = qty.checked_mul(i64::from(share))
    {
        return i128::from(product / 10_000);
    }
    i128::from(qty).saturating_mul(i128::from(share)).saturating_mul(i128::from(scale))
        / (10_000 * i128::from(SCALE))
}

fn live_index(account: Account) -> usize {
    account.slot().index() * 2 + usize::from(account.is_house())
}
