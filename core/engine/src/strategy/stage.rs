//! The strategy stage: shows every event to every slot, and passes on what they decide.

use super::common::Common;
use super::context::Outbox;
use super::slot::Slot;
use super::version::Versions;
use super::{OnFault, Strategy};
use crate::latency::StrategyRecorder;
use crate::market::Market;
use crate::present;
use crate::progress::Progress;
use crate::risk::ApprovedOrder;
use crate::sink::{Promise, Sink};
use royale_model::{
    Body, Command, CommandCode, Decision, Event, Instrument, Nanos, SlotChange, SlotId, Verdict,
};
use std::sync::Arc;

/// The longest state that one version can hand to the next, in bytes.
pub const STATE_BYTES_MAX: usize = 64 << 10;

/// All slots, in front of the risk stage.
#[derive(Debug)]
pub struct StrategyStage<C, S> {
    next: S,
    slots: Vec<Slot<C>>,
    /// Id of the first of them.
    first: usize,
    common: Common<C>,
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
            .map(|(competitor, id)| Slot::new(SlotId(id), competitor, instruments.len()))
            .collect();
        let common = Common {
            versions: Versions::None,
            progress,
            latency: StrategyRecorder::default(),
            on_fault: OnFault::default(),
            aside: Outbox::default(),
            state: Vec::new(),
        };
        Self { next, slots, first: first.index(), common, ending: false }
    }

    /// The stage, recording its latency with this handle.
    #[must_use]
    pub fn with_latency(mut self, latency: StrategyRecorder) -> Self {
        self.common.latency = latency;
        self
    }

    /// The stage, with other versions for its slots, and what is done about one that fails.
    #[must_use]
    pub fn with_versions(mut self, versions: Versions<C>, on_fault: OnFault) -> Self {
        if !matches!(versions, Versions::None) {
            self.common.state = present::bytes(STATE_BYTES_MAX);
        }
        self.common.versions = versions;
        self.common.on_fault = on_fault;
        self
    }

    /// The stage, with those slots on timers for whose id `scheduled` says so.
    #[must_use]
    pub fn with_schedules(mut self, scheduled: &[bool]) -> Self {
        for slot in &mut self.slots {
            slot.schedule(scheduled.get(slot.id().index()).copied().unwrap_or(false));
        }
        self
    }

    /// The stage behind, once the run is over.
    pub fn into_next(self) -> S {
        self.next
    }

    /// Shows an event that is no market data to the slots that it is for.
    #[inline(never)]
    fn hear(&mut self, event: &Event, market: &Market) {
        let body = event.body();
        if let Body::Command(command) = &body {
            self.obey(event, command);
        }
        if self.ending {
            return;
        }
        let owner = match body {
            // It moves money, whenever a slot runs.
            Body::Settlement(_) => {
                let Self { next, slots, common, .. } = self;
                common.latency.seen(event.seq());
                return slots.iter_mut().for_each(|slot| slot.show(event, market, common, next));
            }
            // The house's fills are not the strategy's business: it sees its own account.
            Body::ExecutionReport(report) => {
                let account = report.order.account();
                (!account.is_house()).then_some(account.slot())
            }
            Body::Timer(timer) => u16::try_from(timer.id).ok().map(SlotId),
            _ => None,
        };
        let at = owner.and_then(|owner| owner.index().checked_sub(self.first));
        let Self { next, slots, common, .. } = self;
        if let Some(slot) = at.and_then(|at| slots.get_mut(at)) {
            slot.show(event, market, common, next);
        }
    }

    /// Does what a command says of the slots here.
    #[cold]
    fn obey(&mut self, event: &Event, command: &Command) {
        self.ending |= command.code == CommandCode::Stop;
        let Self { next, slots, first, common, .. } = self;
        let at = usize::from(command.slot).checked_sub(*first);
        let Some(slot) = at.and_then(|at| slots.get_mut(at)) else { return };
        match command.code {
            CommandCode::Install => {
                let number = u32::try_from(command.value).unwrap_or(0);
                match common.versions.take(number) {
                    Some(version) => slot.install(version, event, common, next),
                    None => slot.miss(number, event, common, next),
                }
            }
            CommandCode::Quarantine => slot.quarantine(event, common, next),
            CommandCode::Release => slot.release(event, common, next),
            CommandCode::Rollback => slot.take_back(event, common, next),
            CommandCode::Halt
            | CommandCode::Resume
            | CommandCode::Stop
            | CommandCode::Allocate
            | CommandCode::Tier
            | CommandCode::Freeze
            | CommandCode::Unfreeze
            | CommandCode::Regime
            | CommandCode::Refused => {}
        }
    }
}

impl<C: Strategy, S: Sink> Sink for StrategyStage<C, S> {
    #[inline(always)]
    fn coming(&mut self, event: &Event, market: &Market) {
        self.next.coming(event, market);
    }
    #[inline(always)]
    fn event(&mut self, event: &Event, market: &Market) {
        self.next.event(event, market);
        if !event.kind().is_market_data() {
            return self.hear(event, market);
        }
        if self.ending {
            return;
        }
        let Self { next, slots, common, .. } = self;
        common.latency.seen(event.seq());
        for slot in slots.iter_mut().filter(|slot| !slot.is_scheduled()) {
            slot.show_market_data(event, market, common, next);
        }
    }
    #[inline(always)]
    fn end(&mut self, event: &Event, market: &Market, next_market: Nanos) {
        self.next.end(event, market, next_market);
    }
    fn slot(&mut self, change: &SlotChange) {
        self.next.slot(change);
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
    fn promise(&mut self, promise: &Promise, market: &Market) {
        self.next.promise(promise, market);
    }
    fn finish(&mut self, market: &Market) {
        self.next.finish(market);
    }
}
