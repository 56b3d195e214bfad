//! The order stage: journals everything in sequence, and only then lets an order leave.

use super::recorder::Recorder;
use super::states::OrderStates;
use crate::latency::OrderRecorder;
use crate::market::Market;
use crate::progress::Progress;
use crate::risk::ApprovedOrder;
use crate::sim::{SimCounters, SimVenue};
use crate::sink::{Promise, Sink};
use royale_model::{
    Action, Body, Command, CommandCode, Decision, Event, ExecType, ExecutionReport, Liquidity,
    Nanos, OrderId, Price, Qty, RejectReason, Seq, Side, SlotChange, SlotEvent, SlotId, Verdict,
};
use std::sync::Arc;

/// The last stage.
#[derive(Debug)]
pub struct OrderStage<R> {
    recorder: R,
    venue: SimVenue,
    states: OrderStates,
    reports: rtrb::Producer<Event>,
    progress: Arc<Progress>,
    latency: OrderRecorder,
    /// The last event's number and time.
    last: (Seq, Nanos),
    /// The decision that verdicts and orders belong to.
    decision: Option<(OrderId, Side, Action)>,
    /// The slot that another version took at this event.
    swapped: Option<SlotId>,
    lost_reports: u64,
    levels_dropped: u64,
}

/// What is left of the stage after a run.
#[derive(Debug)]
pub struct OrderStageOutcome<R> {
    /// The recorder, to be closed.
    pub recorder: R,
    /// Reports that made no sense in their order's state.
    pub illegal_reports: u64,
    /// Orders that were alive at the end.
    pub live_orders: usize,
    /// Orders that were sent while the table of states was full.
    pub untracked_orders: u64,
    /// What should not happen at the simulated venue.
    pub venue: SimCounters,
    /// Reports that did not fit into the ring: above zero, the run is void.
    pub lost_reports: u64,
    /// Levels that no book of the stage's market had room for.
    pub levels_dropped: u64,
    /// Last event.
    pub last_seq: Seq,
    /// Its time.
    pub last_time: Nanos,
}

impl<R: Recorder> OrderStage<R> {
    /// A stage that records into `recorder` and trades at `venue`.
    pub fn new(
        recorder: R,
        venue: SimVenue,
        orders_max: usize,
        reports: rtrb::Producer<Event>,
        progress: Arc<Progress>,
        latency: OrderRecorder,
    ) -> Self {
        Self {
            recorder,
            venue,
            states: OrderStates::with_capacity(orders_max),
            reports,
            progress,
            latency,
            last: (0, Nanos::MIN),
            decision: None,
            swapped: None,
            lost_reports: 0,
            levels_dropped: 0,
        }
    }

    /// What is left after the run.
    pub fn into_outcome(self) -> OrderStageOutcome<R> {
        OrderStageOutcome {
            recorder: self.recorder,
            illegal_reports: self.states.illegal(),
            live_orders: self.states.live(),
            untracked_orders: self.states.untracked(),
            venue: self.venue.counters(),
            lost_reports: self.lost_reports,
            levels_dropped: self.levels_dropped,
            last_seq: self.last.0,
            last_time: self.last.1,
        }
    }

    /// Takes in an event that is no market data.
    #[inline(never)]
    fn hear(&mut self, event: &Event) {
        match event.body() {
            Body::ExecutionReport(report) if !report.reject.is_our_own() => {
                if let Some(sent) = self.states.apply(&report) {
                    self.latency.order_to_ack(sent, event.time());
                }
            }
            Body::Command(command) => self.obey(&command, event.time()),
            _ => {}
        }
    }

    fn obey(&mut self, command: &Command, now: Nanos) {
        match command.code {
            CommandCode::Halt => {
                self.progress.set_halted(true);
                self.venue.cancel_all(now);
            }
            CommandCode::Stop => self.venue.cancel_all(now),
            CommandCode::Resume => self.progress.set_halted(false),
            // The strategies' business, the gate's, or nobody's.
            CommandCode::Allocate
            | CommandCode::Tier
            | CommandCode::Install
            | CommandCode::Quarantine
            | CommandCode::Release
            | CommandCode::Rollback
            | CommandCode::Freeze
            | CommandCode::Unfreeze
            | CommandCode::Regime
            | CommandCode::Refused => {}
        }
    }

    #[inline]
    fn send_reports(&mut self) {
        while let Some(report) = self.venue.pop_report() {
            // The ring holds every report that live orders can cause between two looks of the
            // sequencer; should that ever be wrong, the run is broken and says so.
            if self.reports.push(report).is_err() {
                self.lost_reports += 1;
                self.progress.set_broken();
            }
        }
    }

    /// A refusal by the gate comes back to its strategy as a report, like a venue's.
    fn report_refusal(&mut self, verdict: &Verdict) {
        let Some((order, side, Action::Submit)) = self.decision else { return };
        if verdict.order != order {
            return;
        }
        let report = ExecutionReport {
            order,
            exec: ExecType::Rejected,
            side,
            is_final: true,
            liquidity: Liquidity::Taker,
            last_price: Price::ZERO,
            last_qty: Qty::ZERO,
            fee: 0,
            reject: if verdict.code.is_limit() {
                RejectReason::RiskLimit
            } else {
                RejectReason::RiskRefused
            },
        };
        self.venue.report_refusal(verdict.instrument, report, verdict.time);
    }
}

impl<R: Recorder> Sink for OrderStage<R> {
    #[inline(always)]
    fn coming(&mut self, event: &Event, market: &Market) {
        self.venue.coming(event, market);
    }
    #[inline(always)]
    fn event(&mut self, event: &Event, _: &Market) {
        self.latency.journal.enter();
        self.recorder.event(event);
        self.latency.journal.leave();
        if !event.kind().is_market_data() {
            self.hear(event);
        }
    }
    fn slot(&mut self, change: &SlotChange) {
        self.recorder.slot(change);
        if matches!(change.event, SlotEvent::Installed | SlotEvent::RolledBack) {
            self.swapped = Some(change.slot);
        }
    }
    #[inline]
    fn decision(&mut self, decision: &Decision, _: &Market) {
        self.recorder.decision(decision);
        self.decision = Some((decision.order, decision.side, decision.action));
        self.latency.tick_to_decision(decision.slot, decision.seq);
    }
    #[inline]
    fn verdict(&mut self, verdict: &Verdict) {
        self.recorder.verdict(verdict);
        if !verdict.is_approved() {
            self.report_refusal(verdict);
        }
    }
    #[inline]
    fn order(&mut self, approved: &ApprovedOrder) {
        let order = approved.order();
        self.latency.order.enter();
        // Journal before wire: nothing leaves before its record is kept as well as was asked for, and
        // once recording has failed nothing leaves at all.
        self.recorder.order(order);
        if !self.recorder.may_send() {
            self.progress.set_broken();
            return;
        }
        self.states.sent(order);
        self.venue.submit(approved);
        self.latency.order.leave();
        self.latency.tick_to_order(order.id.account().slot(), order.seq);
    }
    #[inline(always)]
    fn end(&mut self, event: &Event, market: &Market, next_market: Nanos) {
        // Orders first: they are on their way while the venue looks at what the market did. None of
        // them arrives before the event that it answers, so the venue misses nothing.
        self.venue.on_event(event, market);
        self.venue.expect_market(next_market, market);
        self.send_reports();
        if self.recorder.failed() {
            self.progress.set_broken();
        }
        self.last = (event.seq(), event.time());
        self.latency.tick_to_end(event.seq());
        if let Some(slot) = self.swapped.take() {
            self.latency.swapped(slot, event.seq());
        }
        self.progress.publish(event.seq(), event.time(), self.venue.horizon());
    }
    fn promise(&mut self, promise: &Promise, market: &Market) {
        self.venue.on_promise(promise, market);
        self.send_reports();
        self.progress.acknowledge(promise.id, self.venue.horizon());
    }
    fn finish(&mut self, market: &Market) {
        self.levels_dropped = market.levels_dropped();
    }
}
