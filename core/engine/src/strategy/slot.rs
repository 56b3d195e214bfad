//! One slot: the version that answers, the one that may listen beside it, and what belongs to both.
//!
//! Owns who is asked at an event, who is heard, and what happens when one of them fails. Must never
//! allocate, and never let one slot's trouble reach another.

use super::caretaker::{breaks_a_limit, call_back, give_up};
use super::common::Common;
use super::consult::consult;
use super::context::{Context, Outbox};
use super::portfolio::Portfolio;
use super::version::{LiveOrders, Plan, Version};
use super::{OnFault, Strategy};
use crate::market::Market;
use crate::progress::Progress;
use crate::sink::Sink;
use crate::slot_board::{Listener, SlotView};
use royale_model::{Event, EventKind, Fault, Nanos, SlotChange, SlotEvent, SlotId};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A slot that gives a position up tries again after so much event time.
const FLATTEN_EVERY: Nanos = Nanos::from_secs(1);

/// One competitor with what belongs to it.
#[derive(Debug)]
pub(super) struct Slot<C> {
    id: SlotId,
    /// The version that answers.
    active: Version<C>,
    /// The one that listens.
    beside: Option<Beside<C>>,
    /// True when it runs on timers: market events are not for it.
    scheduled: bool,
    /// Why the active version is asked no more.
    fault: Option<Fault>,
    /// Orders up to this number are called back.
    call_back: u64,
    flattened_at: Nanos,
    /// What was said of the slot last.
    last: Option<SlotChange>,
    portfolio: Portfolio,
    outbox: Outbox,
}

/// The version that sees everything and is heard by nobody.
#[derive(Debug)]
struct Beside<C> {
    version: Box<Version<C>>,
    role: Role,
    /// When it takes over, or may go.
    until: Nanos,
    /// Events that the two would have answered otherwise.
    differences: u32,
    /// The last order before the active version took over: not its own.
    last_order_before: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    /// It waits to take over.
    Newcomer,
    /// It waits to take back.
    Predecessor,
}

impl<C: Strategy> Slot<C> {
    pub fn new(id: SlotId, competitor: C, instruments: usize) -> Self {
        let (number, digest, plan) = (0, [0; 32], Plan::default());
        Self {
            id,
            active: Version { slot: id, number, digest, plan, competitor },
            beside: None,
            scheduled: false,
            fault: None,
            call_back: 0,
            flattened_at: Nanos::MIN,
            last: None,
            portfolio: Portfolio::new(instruments),
            outbox: Outbox::default(),
        }
    }

    pub fn id(&self) -> SlotId {
        self.id
    }

    pub fn schedule(&mut self, on_timers: bool) {
        self.scheduled = on_timers;
    }

    #[inline]
    pub fn is_scheduled(&self) -> bool {
        self.scheduled
    }

    /// Shows the slot an event that may be about its money, and passes on what it decides.
    #[inline(never)]
    pub fn show(
        &mut self,
        event: &Event,
        market: &Market,
        common: &mut Common<C>,
        next: &mut impl Sink,
    ) {
        if matches!(event.kind(), EventKind::ExecutionReport | EventKind::Settlement) {
            self.portfolio.apply(event);
        }
        self.show_market_data(event, market, common, next);
    }

    /// Shows the slot what only moves the market, and passes on what it decides at once: its orders
    /// do not wait for what the slots behind it have to say. Once for every slot and nearly every event, so
    /// what happens rarely is out of line.
    #[inline(always)]
    pub fn show_market_data(
        &mut self,
        event: &Event,
        market: &Market,
        common: &mut Common<C>,
        next: &mut impl Sink,
    ) {
        // Nearly always there is one version, and it is well.
        if self.beside.is_some() || self.fault.is_some() || self.call_back > 0 {
            self.show_in_care(event, market, common, next);
        } else {
            let fault = self.ask(event, market, common);
            if let Some(fault) = fault {
                self.fall_silent(event, fault, market, common, next);
            }
        }
        if !self.outbox.decisions().is_empty() {
            self.pass_on(market, next);
        }
    }

    #[inline(never)]
    fn pass_on(&mut self, market: &Market, next: &mut impl Sink) {
        for decision in self.outbox.decisions() {
            next.decision(decision, market);
        }
        self.outbox.clear();
    }

    /// The same for a slot where somebody listens, or whose version failed or was replaced.
    #[inline(never)]
    fn show_in_care(
        &mut self,
        event: &Event,
        market: &Market,
        common: &mut Common<C>,
        next: &mut impl Sink,
    ) {
        if self.beside.is_some() {
            self.show_beside(event, market, common, next);
        }
        if self.call_back > 0 && !self.speak(event, market, call_back) {
            self.call_back = 0;
        }
        let mut fault = None;
        if self.fault.is_none() {
            fault = self.ask(event, market, common);
        } else if common.on_fault == OnFault::Flatten && self.call_back == 0 {
            self.flatten(event, market);
        }
        if self.beside.is_some() {
            self.compare(&mut common.aside);
        }
        if let Some(fault) = fault {
            self.fall_silent(event, fault, market, common, next);
        }
    }

    /// Asks the active version.
    #[inline(always)]
    fn ask(&mut self, event: &Event, market: &Market, common: &mut Common<C>) -> Option<Fault> {
        let Self { id, active, portfolio, outbox, .. } = self;
        common.latency.enter();
        let fault = consult(&mut active.competitor, *id, event, market, portfolio, outbox);
        common.latency.leave();
        fault
    }

    /// The active version failed just now: its orders are called back at once.
    #[cold]
    fn fall_silent(
        &mut self,
        event: &Event,
        fault: Fault,
        market: &Market,
        common: &mut Common<C>,
        next: &mut impl Sink,
    ) {
        self.fail(event, fault, common, next);
        self.speak(event, market, call_back);
    }

    /// Says something in the slot's name.
    fn speak<T>(
        &mut self,
        event: &Event,
        market: &Market,
        words: impl FnOnce(&mut Context<'_>, u64) -> T,
    ) -> T {
        let Self { id, portfolio, outbox, call_back, .. } = self;
        let (seq, now) = (event.seq(), event.time());
        words(&mut Context::new(*id, seq, now, market, portfolio, outbox), *call_back)
    }

    /// Gives the position in the event's instrument up, at the market; at a timer, which is about none,
    /// all of them.
    #[cold]
    fn flatten(&mut self, event: &Event, market: &Market) {
        let now = event.time();
        if event.kind() == EventKind::Timer {
            for instrument in market.instruments() {
                self.speak(event, market, |context, _| give_up(context, instrument.id));
            }
            return;
        }
        if !event.is_last() || now < self.flattened_at.plus(FLATTEN_EVERY) {
            return;
        }
        if self.speak(event, market, |context, _| give_up(context, event.instrument())) {
            self.flattened_at = now;
        }
    }

    /// The active version cannot go on: the one before takes the slot back, or nobody does.
    #[cold]
    fn fail(&mut self, event: &Event, fault: Fault, common: &mut Common<C>, next: &mut impl Sink) {
        self.tell(self.change(event, SlotEvent::Disarmed, fault), next);
        self.call_back = self.portfolio.last_order();
        if self.beside.as_ref().is_some_and(|beside| beside.role == Role::Predecessor) {
            self.roll_back(event, common, next);
        } else {
            self.fault = Some(fault);
        }
        self.publish(&common.progress);
    }

    /// The version that listens takes the slot back.
    fn roll_back(&mut self, event: &Event, common: &mut Common<C>, next: &mut impl Sink) {
        let Some(mut before) = self.beside.take() else { return };
        std::mem::swap(&mut self.active, &mut before.version);
        common.versions.give_back(before.version);
        self.fault = None;
        self.tell(self.change(event, SlotEvent::RolledBack, Fault::None), next);
    }

    /// Shows an event to the version that listens; before the active one is asked, so that both see
    /// the same orders and positions. What it says stays in `aside`.
    #[cold]
    fn show_beside(
        &mut self,
        event: &Event,
        market: &Market,
        common: &mut Common<C>,
        next: &mut impl Sink,
    ) {
        let Some(mut beside) = self.beside.take() else { return };
        let is_over = event.time() >= beside.until;
        match beside.role {
            Role::Newcomer if is_over => {
                self.take_over(beside.version, beside.differences, event, common, next);
                self.publish(&common.progress);
                // The version before listens from this event on.
                let Some(before) = self.beside.take() else { return };
                beside = before;
            }
            Role::Predecessor if breaks_a_limit(event, beside.last_order_before) => {
                self.beside = Some(beside);
                return self.fail(event, Fault::Risk, common, next);
            }
            Role::Predecessor if is_over => {
                common.versions.give_back(beside.version);
                self.tell(self.change(event, SlotEvent::Confirmed, Fault::None), next);
                return self.publish(&common.progress);
            }
            Role::Newcomer | Role::Predecessor => {}
        }
        let before = self.portfolio.mark();
        let (competitor, aside) = (&mut beside.version.competitor, &mut common.aside);
        let fault = consult(competitor, self.id, event, market, &mut self.portfolio, aside);
        self.portfolio.rewind(before, aside.decisions());
        match fault {
            Some(fault) => {
                self.dismiss(beside, event, fault, common, next);
                self.publish(&common.progress);
            }
            None => self.beside = Some(beside),
        }
    }

    /// Holds the answer of the version that listens against that of the active one.
    #[cold]
    fn compare(&mut self, aside: &mut Outbox) {
        let is_compared = |b: &&mut Beside<C>| b.role == Role::Newcomer && self.fault.is_none();
        if let Some(beside) = self.beside.as_mut().filter(is_compared) {
            let differs = !aside.asks_for_the_same(&self.outbox);
            beside.differences = beside.differences.saturating_add(u32::from(differs));
        }
        aside.clear();
    }

    /// A version comes in: at once, or to listen first.
    pub fn install(
        &mut self,
        mut version: Box<Version<C>>,
        event: &Event,
        common: &mut Common<C>,
        next: &mut impl Sink,
    ) {
        let refused = if self.beside.is_some() {
            Some((SlotEvent::Refused, Fault::Busy))
        } else if version.plan.carry && !self.hand_over(&mut version, &mut common.state) {
            Some((SlotEvent::Dismissed, Fault::State))
        } else {
            None
        };
        if let Some((what, why)) = refused {
            self.tell(self.change_of(&version, event, what, why), next);
            common.versions.give_back(version);
            return self.publish(&common.progress);
        }
        if version.plan.shadow.raw() > 0 {
            let change = self.change_of(&version, event, SlotEvent::Shadowing, Fault::None);
            self.tell(change, next);
            self.beside = Some(Beside {
                until: event.time().plus(version.plan.shadow),
                version,
                role: Role::Newcomer,
                differences: 0,
                last_order_before: 0,
            });
        } else {
            self.take_over(version, 0, event, common, next);
        }
        self.publish(&common.progress);
    }

    /// Hands the active version's state to another; false when it does not fit.
    fn hand_over(&mut self, to: &mut Version<C>, through: &mut [u8]) -> bool {
        let from = &mut self.active.competitor;
        let layout = from.state_layout();
        if self.fault.is_some() || layout.is_none() || layout != to.competitor.state_layout() {
            return false;
        }
        let handed = catch_unwind(AssertUnwindSafe(|| {
            let state = from.export_state(through).and_then(|length| through.get(..length));
            state.is_some_and(|state| to.competitor.import_state(state))
        }));
        handed.unwrap_or(false)
    }

    fn take_over(
        &mut self,
        mut version: Box<Version<C>>,
        differences: u32,
        event: &Event,
        common: &mut Common<C>,
        next: &mut impl Sink,
    ) {
        std::mem::swap(&mut self.active, &mut version);
        // What had stopped before is nothing to go back to: it missed what came since.
        let may_return = self.fault.take().is_none();
        let (plan, last_order) = (self.active.plan, self.portfolio.last_order());
        if plan.live_orders == LiveOrders::Cancel {
            self.call_back = last_order;
        }
        self.tell(self.change(event, SlotEvent::Installed, Fault::None).after(differences), next);
        if may_return && plan.probation.raw() > 0 {
            self.beside = Some(Beside {
                version,
                role: Role::Predecessor,
                until: event.time().plus(plan.probation),
                differences: 0,
                last_order_before: last_order,
            });
        } else {
            common.versions.give_back(version);
        }
    }

    fn dismiss(
        &mut self,
        beside: Beside<C>,
        event: &Event,
        fault: Fault,
        common: &mut Common<C>,
        next: &mut impl Sink,
    ) {
        let change = self.change_of(&beside.version, event, SlotEvent::Dismissed, fault);
        self.tell(change.after(beside.differences), next);
        common.versions.give_back(beside.version);
        common.aside.clear();
    }

    /// A person stops the slot.
    pub fn quarantine(&mut self, event: &Event, common: &mut Common<C>, next: &mut impl Sink) {
        if self.fault.is_some() {
            self.tell(self.change(event, SlotEvent::Refused, Fault::Nothing), next);
            return self.publish(&common.progress);
        }
        self.tell(self.change(event, SlotEvent::Disarmed, Fault::Quarantine), next);
        // A newcomer that took over on its own would end what a person has ordered.
        if let Some(newcomer) = self.beside.take_if(|beside| beside.role == Role::Newcomer) {
            self.dismiss(newcomer, event, Fault::Quarantine, common, next);
        }
        self.fault = Some(Fault::Quarantine);
        self.call_back = self.portfolio.last_order();
        self.publish(&common.progress);
    }

    /// A person lets the slot go on; only after a quarantine, since what failed by itself would go on
    /// from a state that nobody knows.
    pub fn release(&mut self, event: &Event, common: &mut Common<C>, next: &mut impl Sink) {
        if self.fault != Some(Fault::Quarantine) {
            self.tell(self.change(event, SlotEvent::Refused, Fault::Nothing), next);
            return self.publish(&common.progress);
        }
        self.fault = None;
        self.tell(self.change(event, SlotEvent::Released, Fault::None), next);
        self.publish(&common.progress);
    }

    /// A person wants the version before, or the newcomer away.
    pub fn take_back(&mut self, event: &Event, common: &mut Common<C>, next: &mut impl Sink) {
        match self.beside.as_ref().map(|beside| beside.role) {
            Some(Role::Predecessor) => {
                if self.active.plan.live_orders == LiveOrders::Cancel {
                    self.call_back = self.portfolio.last_order();
                }
                self.roll_back(event, common, next);
            }
            Some(Role::Newcomer) => {
                if let Some(beside) = self.beside.take() {
                    self.dismiss(beside, event, Fault::None, common, next);
                }
            }
            None => self.tell(self.change(event, SlotEvent::Refused, Fault::Nothing), next),
        }
        self.publish(&common.progress);
    }

    /// A command spoke of a version that never came.
    pub fn miss(
        &mut self,
        number: u32,
        event: &Event,
        common: &mut Common<C>,
        next: &mut impl Sink,
    ) {
        let (seq, time) = (event.seq(), event.time());
        let change = SlotChange::new(seq, time, self.id, SlotEvent::Refused, Fault::Nothing);
        self.tell(change.of(number, [0; 32]), next);
        self.publish(&common.progress);
    }

    /// A change of the active version.
    fn change(&self, event: &Event, what: SlotEvent, why: Fault) -> SlotChange {
        self.change_of(&self.active, event, what, why)
    }

    fn change_of(
        &self,
        version: &Version<C>,
        event: &Event,
        what: SlotEvent,
        why: Fault,
    ) -> SlotChange {
        SlotChange::new(event.seq(), event.time(), self.id, what, why)
            .of(version.number, version.digest)
    }

    /// Puts a change on the journal; the board learns of it with the next `publish`.
    fn tell(&mut self, change: SlotChange, next: &mut impl Sink) {
        next.slot(&change);
        self.last = Some(change);
    }

    fn publish(&self, progress: &Progress) {
        progress.slots.publish(
            self.id,
            SlotView {
                version: self.active.number,
                fault: self.fault.unwrap_or(Fault::None),
                last: self.last.map(|change| (change.event, change.fault, change.version)),
                listener: match self.beside.as_ref().map(|beside| beside.role) {
                    None => Listener::Nobody,
                    Some(Role::Newcomer) => Listener::Newcomer,
                    Some(Role::Predecessor) => Listener::Predecessor,
                },
            },
        );
    }
}
