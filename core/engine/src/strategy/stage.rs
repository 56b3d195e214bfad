//! The strategy stage: shows every event to every slot, and passes on what they decide.

use super::Strategy;
use super::context::{Context, Outbox};
use super::portfolio::Portfolio;
use crate::latency::StrategyRecorder;
use crate::market::Market;
use crate::progress::Progress;
use crate::risk::ApprovedOrder;
use crate::sink::{Promise, Sink};
use royale_model::{
    Body, CommandCode, Decision, Event, EventKind, Feature, Instrument, Nanos, Reasons, SlotId,
    Verdict,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// One competitor with what belongs to it.
#[derive(Debug)]
struct Slot<C> {
    id: SlotId,
    competitor: C,
    portfolio: Portfolio,
    outbox: Outbox,
    /// False once it panicked: it gets no more events and trades no more.
    armed: bool,
    /// True when it runs on timers: market events are not for it.
    scheduled: bool,
}

/// All slots, in front of the risk stage.
#[derive(Debug)]
pub struct StrategyStage<C, S> {
    next: S,
    slots: Vec<Slot<C>>,
    /// Id of the first of them.
    first: usize,
    progress: Arc<Progress>,
    latency: StrategyRecorder,
    /// True after a stop: nobody is asked any more.
    ending: bool,
}

impl<C: Strategy, S: Sink> StrategyStage<C, S> {
    /// The slots from `first` on in order of their ids, all seeing the same events.
    pub fn new(
        next: S,
        instruments: &[Instrument],
        first: SlotId,
        competitors: Vec<C>,
        progress: Arc<Progress>,
    ) -> Self {
        let slots = competitors
            .into_iter()
            .zip(first.0..SlotId::LIMIT)
            .map(|(competitor, id)| Slot {
                id: SlotId(id),
                competitor,
                portfolio: Portfolio::new(instruments.len()),
                outbox: Outbox::default(),
                armed: true,
                scheduled: false,
            })
            .collect();
        Self {
            next,
            slots,
            first: first.index(),
            progress,
            latency: StrategyRecorder::default(),
            ending: false,
        }
    }

    /// The stage, recording its latency with this handle.
    #[must_use]
    pub fn with_latency(mut self, latency: StrategyRecorder) -> Self {
        self.latency = latency;
        self
    }

    /// The stage, with those slots on timers for whose id `scheduled` says so.
    #[must_use]
    pub fn with_schedules(mut self, scheduled: &[bool]) -> Self {
        for slot in &mut self.slots {
            slot.scheduled = scheduled.get(slot.id.index()).copied().unwrap_or(false);
        }
        self
    }

    /// The stage behind, once the run is over.
    pub fn into_next(self) -> S {
        self.next
    }

    /// Which slots an event is for.
    fn audience(event: &Event) -> Audience {
        match event.kind() {
            EventKind::ExecutionReport => match event.account() {
                Some(account) if !account.is_house() => Audience::Owner(account.slot()),
                // The house's fills are not the strategy's business: it sees its own account.
                _ => Audience::Nobody,
            },
            EventKind::Timer => timer_slot(event).map_or(Audience::Nobody, Audience::Owner),
            EventKind::Command => Audience::Nobody,
            // It moves money, whenever a slot runs.
            EventKind::Settlement => Audience::All,
            _ => Audience::OnEvents,
        }
    }
}

enum Audience {
    /// Every slot.
    All,
    /// Every slot that runs on events.
    OnEvents,
    Owner(SlotId),
    Nobody,
}

/// The slot that a timer is for.
fn timer_slot(event: &Event) -> Option<SlotId> {
    let Body::Timer(timer) = event.body() else { return None };
    u16::try_from(timer.id).ok().map(SlotId)
}

impl<C: Strategy> Slot<C> {
    /// Shows the slot an event, and passes on what it decides at once: its orders do not wait for
    /// what the slots behind it have to say.
    #[inline]
    fn show(
        &mut self,
        event: &Event,
        market: &Market,
        progress: &Progress,
        latency: &mut StrategyRecorder,
        next: &mut impl Sink,
    ) {
        latency.enter();
        self.ask(event, market, progress);
        latency.leave();
        if !self.outbox.decisions().is_empty() {
            for decision in self.outbox.decisions() {
                next.decision(decision, market);
            }
            self.outbox.clear();
        }
    }

    #[inline]
    fn ask(&mut self, event: &Event, market: &Market, progress: &Progress) {
        if matches!(event.kind(), EventKind::ExecutionReport | EventKind::Settlement) {
            self.portfolio.apply(event);
        }
        let Self { id, competitor, portfolio, outbox, .. } = self;
        let mut context = Context::new(*id, event.seq(), event.time(), market, portfolio, outbox);
        if !self.armed {
            retire(&mut context);
            return;
        }
        let call = AssertUnwindSafe(|| competitor.on_event(event, &mut context));
        let sane = |outbox: &Outbox| outbox.decisions().iter().all(|d| d.check().is_ok());
        if catch_unwind(call).is_err() || !sane(&self.outbox) {
            // What it had begun to say is not trusted either; what it had sent is called back.
            self.portfolio.take_back(self.outbox.decisions());
            self.outbox.clear();
            self.armed = false;
            progress.set_disarmed(self.id);
            let Self { id, portfolio, outbox, .. } = self;
            let (seq, now) = (event.seq(), event.time());
            retire(&mut Context::new(*id, seq, now, market, portfolio, outbox));
        }
    }
}

/// Cancels what a disarmed slot left behind, as far as one event's outbox goes.
fn retire(context: &mut Context<'_>) {
    let reasons = Reasons::new().because(Feature::RULE, 1.0, 0.0);
    while let Some(order) = context.open_orders().iter().find(|order| !order.cancel_sent) {
        if !context.cancel(order.id, &reasons) {
            break;
        }
    }
}

impl<C: Strategy, S: Sink> Sink for StrategyStage<C, S> {
    #[inline]
    fn event(&mut self, event: &Event, market: &Market) {
        self.next.event(event, market);
        if event.kind() == EventKind::Command
            && let Body::Command(command) = event.body()
        {
            self.ending |= command.code == CommandCode::Stop;
        }
        if self.ending {
            return;
        }
        let audience = Self::audience(event);
        match audience {
            Audience::All | Audience::OnEvents => {
                self.latency.seen(event.seq());
                let everybody = matches!(audience, Audience::All);
                for slot in self.slots.iter_mut().filter(|slot| everybody || !slot.scheduled) {
                    slot.show(event, market, &self.progress, &mut self.latency, &mut self.next);
                }
            }
            Audience::Owner(owner) => {
                let at = owner.index().checked_sub(self.first);
                if let Some(slot) = at.and_then(|at| self.slots.get_mut(at)) {
                    slot.show(event, market, &self.progress, &mut self.latency, &mut self.next);
                }
            }
            Audience::Nobody => {}
        }
    }
    #[inline]
    fn end(&mut self, next_market: Nanos) {
        self.next.end(next_market);
    }
    fn decision(&mut self, decision: &Decision, market: &Market) {
        self.next.decision(decision, market);
    }
    fn verdict(&mut self, verdict: &Verdict) {
        self.next.verdict(verdict);
    }
    fn order(&mut self, order: &ApprovedOrder) {
        self.next.order(order);
    }
    fn promise(&mut self, promise: &Promise) {
        self.next.promise(promise);
    }
    fn finish(&mut self) {
        self.next.finish();
    }
}
