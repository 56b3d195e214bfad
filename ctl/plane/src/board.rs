//! The board: journal records in, everything that people ask out.
//!
//! Owns the fold: which part takes which record, and when equity is sampled. The answers are in
//! `views`. A board that is fed the same records says the same things, byte for byte; it must never
//! read a clock or a file.

use crate::accounts::{Accounts, Stakes};
use crate::attribution::{Attributor, ShareTrail};
use crate::commands::CommandRow;
use crate::curve::{Curve, Point};
use crate::epochs::Standing;
use crate::funnel::Funnel;
use crate::metrics::Metrics;
use crate::orders::{Ask, OrderLog};
use crate::quality::{Quality, SESSION_PAUSE};
use crate::reasons::Scene;
use crate::slot_log::SlotLog;
use crate::trips::Trips;
use royale_engine::risk::Shares;
use royale_journal::{Preamble, Record};
use royale_model::{
    Action, Body, Command, CommandCode, Decision, Event, ExecType, Instrument, InstrumentId, Nanos,
    Notional, Price, Remark, Seq, SlotId, Tier, Verdict,
};

const SECOND: i64 = 1_000_000_000;

/// Where the run stands in event time.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Clock {
    /// Time of the first event.
    pub first: Nanos,
    /// Time of the newest event.
    pub now: Nanos,
    /// Sequence number of the newest event.
    pub seq: Seq,
}

/// An instrument that paid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SettlementRow {
    /// Which.
    pub instrument: InstrumentId,
    /// What each unit paid.
    pub value: Price,
    /// When.
    pub time: Nanos,
    /// Its place in the order.
    pub seq: Seq,
}

/// What is kept of one account as time passes.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) metrics: Metrics,
    pub(crate) curve: Curve,
    pub(crate) equity: Notional,
}

impl Line {
    fn new(initial: Notional) -> Self {
        Self { metrics: Metrics::new(initial), curve: Curve::default(), equity: initial }
    }
    fn sample(&mut self, time: Nanos, session: u32, equity: Option<Notional>, counts: bool) {
        // An equity that cannot be computed (a coin without a price yet) is no sample.
        let Some(equity) = equity else { return };
        self.equity = equity;
        if counts {
            self.metrics.sample(equity);
        }
        self.curve.push(Point { time, equity, session });
    }
}

/// The read model of one run.
#[derive(Debug)]
pub struct Board {
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) slots: Vec<String>,
    pub(crate) stakes: Stakes,
    pub(crate) accounts: Accounts,
    pub(crate) attributor: Attributor,
    pub(crate) share_trails: Vec<ShareTrail>,
    pub(crate) lines: Vec<Line>,
    pub(crate) house: Line,
    pub(crate) funnels: Vec<Funnel>,
    pub(crate) newest: Vec<Option<Decision>>,
    pub(crate) shares: Shares,
    pub(crate) orders: OrderLog,
    pub(crate) trips: Trips,
    pub(crate) quality: Quality,
    pub(crate) settlements: Vec<SettlementRow>,
    pub(crate) commands: Vec<CommandRow>,
    pub(crate) slot_log: SlotLog,
    remark: Remark,
    pub(crate) clock: Option<Clock>,
    pub(crate) is_halted: bool,
    pub(crate) standing: Standing,
    trips_seen: usize,
    sampled: i64,
    session: u32,
    pub(crate) last_event: Option<Event>,
    is_finished: bool,
}

impl Board {
    /// An empty board of the run that the journal's header describes.
    pub fn new(preamble: &Preamble, stakes: &Stakes) -> Self {
        let (instruments, slots) = (&preamble.instruments, &preamble.slots);
        Self {
            instruments: instruments.clone(),
            slots: slots.clone(),
            stakes: stakes.clone(),
            accounts: Accounts::new(instruments, slots.len(), &stakes.capital),
            attributor: Attributor::new(instruments.len(), slots.len()),
            share_trails: vec![ShareTrail::default(); slots.len()],
            lines: slots.iter().map(|_| Line::new(stakes.capital.per_slot)).collect(),
            house: Line::new(stakes.capital.house),
            funnels: vec![Funnel::default(); slots.len()],
            newest: vec![None; slots.len()],
            shares: stakes.shares.clone(),
            orders: OrderLog::default(),
            trips: Trips::default(),
            quality: Quality::new(instruments),
            settlements: Vec::new(),
            commands: Vec::new(),
            slot_log: SlotLog::default(),
            remark: Remark::default(),
            clock: None,
            is_halted: false,
            standing: Standing::new(slots.len(), &stakes.vacant),
            trips_seen: 0,
            sampled: 0,
            session: 0,
            last_event: None,
            is_finished: false,
        }
    }

    /// Takes the next record in.
    pub fn apply(&mut self, record: &Record) {
        match record {
            Record::Event(event) => self.event(event),
            Record::Decision(decision) => self.decision(decision),
            Record::Verdict(verdict) => self.verdict(verdict),
            Record::Order(order) => {
                self.orders.order(order);
                self.attributor.order(order);
                if let Some(funnel) = self.funnels.get_mut(order.id.account().slot().index()) {
                    let at = usize::from(order.id.account().is_house());
                    funnel.sent[at] += u64::from(!order.is_cancel());
                }
            }
            Record::Slot(change) => {
                self.standing.slot(change);
                self.slot_log.change(change);
            }
        }
    }

    /// The journal ended: takes a last sample, so that curves end where the accounts do.
    pub fn finish(&mut self) {
        if let Some(clock) = self.clock.filter(|_| !self.is_finished) {
            self.is_finished = true;
            self.sample(clock.now, true);
        }
    }

    fn event(&mut self, event: &Event) {
        self.sample_before(event.time());
        let clock = self.clock.get_or_insert(Clock { first: event.time(), ..Clock::default() });
        (clock.now, clock.seq) = (event.time(), event.seq());
        let booked = self.accounts.apply(event);
        self.attributor.event(event, booked, &self.accounts);
        self.quality.apply(event);
        match event.body() {
            Body::ExecutionReport(report) => {
                self.orders.report(event, &report);
                if let Some(funnel) = self.funnels.get_mut(report.order.account().slot().index()) {
                    funnel.report(&report);
                }
                let instrument = self.instruments.get(event.instrument().index());
                if let Some(instrument) = instrument.filter(|_| report.exec == ExecType::Trade) {
                    self.trips.fill((event.seq(), event.time()), instrument, &report);
                }
            }
            Body::Settlement(settlement) => {
                let (id, value) = (event.instrument(), settlement.value);
                let (seq, time) = (event.seq(), event.time());
                self.settlements.push(SettlementRow { instrument: id, value, time, seq });
                if let Some(instrument) = self.instruments.get(id.index()) {
                    self.trips.settle((seq, time), instrument, value);
                }
            }
            Body::Note(note) => self.remark.take(&note),
            Body::Command(command) => self.command(event, &command),
            _ => {}
        }
        self.score_new_trips();
        self.last_event = Some(*event);
    }

    fn command(&mut self, event: &Event, command: &Command) {
        let (time, seq) = (event.time(), event.seq());
        let mut remark = std::mem::take(&mut self.remark);
        if let Some(before) = self.commands.last()
            && before.is_one_with(seq, command)
        {
            remark = before.remark.clone();
        }
        let tier_before = self.tier(SlotId(command.slot));
        self.commands.push(CommandRow { command: *command, time, seq, remark, tier_before });
        self.standing.command(command.code);
        match command.code {
            CommandCode::Halt => self.is_halted = true,
            CommandCode::Resume => self.is_halted = false,
            CommandCode::Allocate => {
                self.settle_share(SlotId(command.slot));
                self.shares.set(SlotId(command.slot), command.value);
            }
            CommandCode::Tier => {
                if let Some(tier) = Tier::from_number(command.value) {
                    self.settle_share(SlotId(command.slot));
                    self.shares.set_tier(SlotId(command.slot), tier);
                }
            }
            CommandCode::Stop
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

    fn decision(&mut self, decision: &Decision) {
        self.orders.decision(&self.ask(decision));
        let slot = decision.slot.index();
        let Some(funnel) = self.funnels.get_mut(slot) else { return };
        match decision.action {
            Action::Submit => {
                funnel.submit(decision);
                self.attributor.decision(decision, self.accounts.mark(decision.instrument));
                self.newest[slot] = Some(*decision);
            }
            Action::Cancel => funnel.cancels += 1,
            Action::Abstain => funnel.abstention(decision),
        }
    }

    /// A decision with the event before it, and how things stand.
    pub(crate) fn ask(&self, decision: &Decision) -> Ask {
        let answers = |event: &Event| event.seq() == decision.seq;
        let about = self.instruments.get(decision.instrument.index()).map(|one| one.underlying);
        let scene = Scene {
            mark: self.accounts.mark(decision.instrument),
            spot: about.and_then(|underlying| self.accounts.mark(underlying)),
        };
        let asks = decision.action == Action::Submit;
        let share = self.shares.of(decision.slot);
        let size = asks.then(|| self.accounts.house_size(decision, share)).flatten();
        let tier = self.tier(decision.slot);
        Ask { decision: *decision, trigger: self.last_event.filter(answers), scene, size, tier }
    }

    fn verdict(&mut self, verdict: &Verdict) {
        let is_submit = self.orders.verdict(verdict);
        if let Some(funnel) = self.funnels.get_mut(verdict.order.account().slot().index()) {
            funnel.verdict(verdict, is_submit);
        }
    }

    /// Hands newly closed trips to the figures of their account.
    fn score_new_trips(&mut self) {
        let closed = self.trips.closed();
        for trip in closed.get(self.trips_seen..).unwrap_or_default() {
            let currency = self.instruments.get(trip.instrument.index()).map(Instrument::currency);
            let pnl = currency.and_then(|code| self.accounts.in_capital(trip.pnl, code));
            let line = if trip.account.is_house() {
                Some(&mut self.house)
            } else {
                self.lines.get_mut(trip.account.slot().index())
            };
            if let (Some(line), Some(pnl)) = (line, pnl) {
                line.metrics.trade(pnl);
                if !trip.account.is_house() {
                    self.standing.trip(trip.account.slot(), pnl);
                }
            }
        }
        self.trips_seen = closed.len();
    }

    /// Samples every full second between the last event and this one, as the accounts stood.
    fn sample_before(&mut self, now: Nanos) {
        let second = now.raw().div_euclid(SECOND);
        let Some(clock) = self.clock else {
            self.sampled = second;
            self.sample(now, false);
            return;
        };
        if now.since(clock.now) > SESSION_PAUSE {
            // The old session ends where its last event was, the new one begins here.
            self.sample(clock.now, true);
            self.session += 1;
            self.sampled = second;
            self.sample(now, false);
            return;
        }
        while self.sampled < second {
            self.sampled += 1;
            self.sample(Nanos::from_secs(self.sampled), true);
        }
    }

    /// One sample of every account; `counts` is false where a curve begins but no time has passed.
    fn sample(&mut self, time: Nanos, counts: bool) {
        for (index, line) in (0_u16..).zip(&mut self.lines) {
            let equity = self.accounts.slot_equity(SlotId(index));
            line.sample(time, self.session, equity, counts);
        }
        self.house.sample(time, self.session, self.accounts.house_equity(), counts);
    }
}
