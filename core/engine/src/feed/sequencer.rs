//! The sequencer: merges the tape, the venue's reports, timers and commands into the one total order.

use super::commands::Commands;
use super::epochs::{Agent, Epochs};
use super::pace::Pacer;
use super::reports::Reports;
use super::source::Source;
use super::timers::{Schedule, Timers};
use crate::latency::FeedRecorder;
use crate::link::Waiter;
use crate::market::Market;
use crate::progress::Progress;
use crate::sim::{LatencyModel, Purpose};
use crate::sink::{Promise, Sink};
use royale_model::{
    Body, Command, CommandCode, Event, EventFlags, InstrumentId, Nanos, Seq, Stamp, Timer,
};
use std::sync::Arc;

/// The first stage.
#[derive(Debug)]
pub struct FeedStage<S, T> {
    next: S,
    /// This thread's market.
    market: Market,
    tape: T,
    feed_latency: LatencyModel,
    seed: u64,
    reports: Reports,
    commands: Commands,
    timers: Timers,
    agent: Agent,
    progress: Arc<Progress>,
    latency: FeedRecorder,
    pacer: Pacer,
    waiter: Waiter,
    seq: Seq,
    now: Nanos,
    promises: u64,
    /// No input may have an earlier time: the venue has worked ahead up to here.
    promised: Nanos,
    /// True once the first event of the tape is released.
    begun: bool,
    /// True after a stop: no more of the tape, only what is still under way.
    ending: bool,
    /// True when a person said that stop.
    stopped: bool,
    /// When we see the tape's head, once computed.
    head_time: Option<Nanos>,
    /// Before this time nothing can come but the tape: no report, known or yet to be made, and no
    /// timer. `MIN` where that has to be found out anew.
    clear_until: Nanos,
}

/// How the feed ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FeedOutcome {
    /// Last sequence number.
    pub last_seq: Seq,
    /// Its time.
    pub last_time: Nanos,
    /// True when a stop command ended the run before the tape did.
    pub stopped: bool,
    /// What was wrong with the tape, or with a later stage.
    pub error: Option<String>,
}

/// When an event that happened at `time` is seen, before the order of the feed is considered.
pub fn feed_latency_of(model: &LatencyModel, seed: u64, time: Nanos) -> Nanos {
    // Drawn from the moment itself: all events of one moment travel together.
    time.plus(model.draw(seed, time.raw().unsigned_abs(), Purpose::Feed))
}

/// An input that no market and no venue made, not yet sequenced.
fn own_event(body: Body) -> Event {
    let (time, instrument) = (Nanos::ZERO, InstrumentId::NONE);
    let stamp = Stamp { seq: 0, time, venue_time: Nanos::ZERO, instrument };
    // A timer stands between two messages: books are consistent.
    let flags = if let Body::Timer(_) = body { EventFlags::LAST } else { EventFlags::default() };
    Event::new(stamp, body, flags)
}

enum Head {
    Tape(Nanos),
    Report(Nanos),
    Timer(Nanos),
    Nothing,
}

impl Head {
    fn time(&self) -> Nanos {
        match self {
            Self::Tape(time) | Self::Report(time) | Self::Timer(time) => *time,
            Self::Nothing => Nanos::MAX,
        }
    }
}

/// What a look around came to.
enum Step {
    /// It is the tape's turn, with what is seen at this time.
    Tape(Nanos),
    /// Something was released, or waited for.
    Done,
    /// All is over.
    End,
}

impl<S: Sink, T: Source> FeedStage<S, T> {
    /// A feed from `tape`, with reports coming back through `reports`.
    #[expect(clippy::too_many_arguments, reason = "called once, by the wiring")]
    pub fn new(
        next: S,
        market: Market,
        tape: T,
        feed_latency: LatencyModel,
        seed: u64,
        reports: rtrb::Consumer<Event>,
        commands: Commands,
        schedules: Vec<Option<Schedule>>,
        epochs: Option<Epochs>,
        progress: Arc<Progress>,
        latency: FeedRecorder,
        pacer: Pacer,
        waiter: Waiter,
    ) -> Self {
        // A replay takes them from the journal.
        let (schedules, epochs) =
            if commands.have_timers() { (Vec::new(), None) } else { (schedules, epochs) };
        Self {
            next,
            market,
            tape,
            feed_latency,
            seed,
            reports: Reports::new(reports),
            commands,
            timers: Timers::new(schedules, epochs),
            agent: Agent::new(epochs),
            progress,
            latency,
            pacer,
            waiter,
            seq: 0,
            now: Nanos::MIN,
            promises: 0,
            promised: Nanos::MIN,
            begun: false,
            ending: false,
            stopped: false,
            head_time: None,
            clear_until: Nanos::MIN,
        }
    }

    /// The stage behind, once the run is over.
    pub fn into_next(self) -> S {
        self.next
    }

    /// Plays the tape to its end, or to a stop command; then lets what is under way come home.
    pub fn run(&mut self) -> FeedOutcome {
        let played = self.play();
        self.next.finish(&self.market);
        FeedOutcome {
            last_seq: self.seq,
            last_time: self.now,
            stopped: self.stopped,
            error: played.err(),
        }
    }

    fn play(&mut self) -> Result<(), String> {
        loop {
            if self.progress.is_broken() {
                return Err("a later stage could not go on".to_owned());
            }
            if self.obey()? {
                continue;
            }
            // One place for all market data: what follows is inlined down to the venue.
            match self.stroll()?.map_or_else(|| self.step(), |time| Ok(Step::Tape(time)))? {
                Step::Tape(time) => self.release_market(time)?,
                Step::Done => {}
                Step::End => return Ok(()),
            }
        }
    }

    /// When the tape's next event is seen, if nothing else can come before it: most events go this way,
    /// and nobody has to be asked for it. `None`: [`Self::step`] has to look around.
    #[inline(always)]
    fn stroll(&mut self) -> Result<Option<Nanos>, String> {
        if self.clear_until == Nanos::MIN {
            return Ok(None);
        }
        let Some(seen) = self.see_tape()? else { return Ok(None) };
        let time = seen.max(self.now);
        Ok((time < self.clear_until).then_some(time))
    }

    /// Releases a command or a note (in replay also a timer), if one waits; after a stop nothing is taken any
    /// more.
    // Once an event: a call would cost a twentieth of all the feed stage does.
    #[inline(always)]
    fn obey(&mut self) -> Result<bool, String> {
        if self.ending {
            return Ok(false);
        }
        let Some((recorded, body)) = self.commands.poll(self.seq + 1) else { return Ok(false) };
        let released = self.release_own(body, recorded);
        self.stopped |= self.ending;
        if let Body::Command(command) = body {
            self.commands.accepted(self.seq);
            if command.code == CommandCode::Allocate {
                self.agent.spoke();
            }
        }
        released.map(|()| true)
    }

    /// Releases a command, a note, or a recorded timer.
    fn release_own(&mut self, body: Body, recorded: Option<Nanos>) -> Result<(), String> {
        let now = if self.now == Nanos::MIN { Nanos::ZERO } else { self.now };
        // The venue was told that nothing comes earlier; a replay says the time itself.
        let time = recorded.unwrap_or(self.promised).max(now);
        if let Body::Command(command) = body
            && command.code == CommandCode::Stop
        {
            self.ending = true;
            self.timers.end();
            self.clear_until = Nanos::MIN;
        }
        self.release(own_event(body), time, None)
    }

    /// At the end of the tape the sequencer says stop itself: orders that would rest for ever are
    /// cancelled, and strategies fall silent, so that every run ends.
    fn end_with_tape(&mut self) -> Result<bool, String> {
        if self.ending || self.commands.are_scripted() || self.tape.peek()?.is_some() {
            return Ok(false);
        }
        let nobody = Command { code: CommandCode::Stop, uid: 0, pid: 0, slot: 0, value: 0 };
        self.release_own(Body::Command(nobody), None)?;
        Ok(true)
    }

    /// Releases the next input that is not the tape's, says that it is the tape's, or waits a little for it.
    #[inline(never)]
    fn step(&mut self) -> Result<Step, String> {
        if self.end_with_tape()? {
            return Ok(Step::Done);
        }
        // The horizon first, then the reports: what the horizon promises is in the ring by then.
        let done = self.progress.is_done(self.seq);
        let horizon = self.progress.horizon();
        self.reports.receive();
        let head = self.head()?;
        self.clear_until = self.clear_until(horizon);
        if head.time() < horizon {
            return self.release_head(&head);
        }
        if !done {
            self.waiter.wait();
            return Ok(Step::Done);
        }
        // All is worked off, and yet the venue may have an earlier report: let it work ahead.
        let end = self.tape.broken_off().filter(|_| !self.ending);
        let end = end.map_or(Nanos::MAX, |end| end.seen_not_before);
        let scripted = self.commands.next_time();
        let asked = head.time().min(end).min(scripted);
        self.ask(asked)?;
        // Now every report up to that time is known; the earliest input may be a new one.
        match self.head()? {
            Head::Nothing => Ok(Step::End),
            head if head.time() <= asked => self.release_head(&head),
            // What comes now lies behind the recording's end.
            _ if asked == end => Ok(Step::End),
            _ if asked == scripted => Err("a recorded input does not fit its place".to_owned()),
            _ => Ok(Step::Done),
        }
    }

    /// Sends a promise and waits until it is worked off.
    fn ask(&mut self, input_not_before: Nanos) -> Result<(), String> {
        let market_not_before = self.next_market()?;
        self.promises += 1;
        self.promised = self.promised.max(input_not_before);
        let promise = Promise { id: self.promises, market_not_before, input_not_before };
        self.next.promise(&promise, &self.market);
        while !self.progress.is_acknowledged(promise.id) {
            if self.progress.is_broken() {
                return Err("a later stage could not go on".to_owned());
            }
            self.reports.receive();
            self.waiter.wait();
        }
        self.waiter.reset();
        self.reports.receive();
        Ok(())
    }

    /// The next market event happens at this time or later.
    #[inline]
    fn next_market(&mut self) -> Result<Nanos, String> {
        if self.ending {
            return Ok(Nanos::MAX);
        }
        let Some(event) = self.tape.peek()? else {
            return Ok(self.tape.broken_off().map_or(Nanos::MAX, |end| end.happens_not_before));
        };
        let happens = event.time();
        // The same look says when we see it. After a hole there is more to do, once it is its turn.
        if self.head_time.is_none() && !self.tape.resumes() {
            self.head_time = Some(feed_latency_of(&self.feed_latency, self.seed, happens));
        }
        Ok(happens)
    }

    /// Until when nothing can come but the tape, given the horizon at which reports were received
    /// last: those that come later are no earlier than it. After a stop there is no tape.
    fn clear_until(&self, horizon: Nanos) -> Nanos {
        if self.ending {
            return Nanos::MIN;
        }
        horizon.min(self.reports.first_time().unwrap_or(Nanos::MAX)).min(self.timers.time())
    }

    /// When the tape's next event is seen, before the order of the feed is considered; `None` at its
    /// end.
    #[inline(always)]
    fn see_tape(&mut self) -> Result<Option<Nanos>, String> {
        if self.head_time.is_none()
            && let Some(event) = self.tape.peek()?
        {
            let seen = feed_latency_of(&self.feed_latency, self.seed, event.time());
            self.head_time = Some(seen);
            if self.tape.resumes() {
                self.timers.miss(seen.max(self.now));
                self.clear_until = Nanos::MIN;
            }
        }
        Ok(self.head_time)
    }

    /// The earliest input that is known; of one moment reports go first, then timers, then market
    /// data.
    fn head(&mut self) -> Result<Head, String> {
        let seen = if self.ending { None } else { self.see_tape()? };
        let report = self.reports.first_time().map(|time| time.max(self.now));
        // A feed does not overtake itself. Timers run as long as there is a tape.
        let market = seen.map(|time| {
            let (tape, timer) = (time.max(self.now), self.timers.time());
            if timer <= tape { Head::Timer(timer.max(self.now)) } else { Head::Tape(tape) }
        });
        Ok(match (report, market) {
            (Some(report), Some(market)) if report > market.time() => market,
            (Some(report), _) => Head::Report(report),
            (None, Some(market)) => market,
            (None, None) => Head::Nothing,
        })
    }

    /// Releases what is first, when the pace allows it; the tape's events have a place of their own.
    fn release_head(&mut self, head: &Head) -> Result<Step, String> {
        if let Head::Tape(time) = *head {
            return Ok(Step::Tape(time));
        }
        if self.pacer.is_due(head.time(), false) {
            let due = self.pacer.goes(head.time(), false);
            match *head {
                Head::Report(time) => {
                    if let Some(report) = self.reports.take() {
                        self.release(report, time, due)?;
                    }
                }
                Head::Timer(time) => self.release_timer(time, due)?,
                Head::Tape(_) | Head::Nothing => {}
            }
        }
        Ok(Step::Done)
    }

    /// Releases the tape's next event, which is seen at `time`, when the pace allows it.
    #[inline(always)]
    fn release_market(&mut self, time: Nanos) -> Result<(), String> {
        if !self.pacer.is_due(time, true) {
            return Ok(());
        }
        let due = self.pacer.goes(time, true);
        let Some(event) = self.tape.peek()? else { return Ok(()) };
        // In a simulation the recorded time is the venue's; ours is when we see it.
        let event = event.released(self.seq + 1, time, event.time());
        self.tape.take();
        self.head_time = None;
        if !self.begun {
            self.begun = true;
            self.timers.begin(time);
            self.clear_until = Nanos::MIN;
        }
        self.send(&event, due)
    }

    /// Releases the next timer; at the end of an epoch its agent is waited for. Not inlined: timers
    /// are rare, and market events would pay for the registers.
    #[inline(never)]
    fn release_timer(&mut self, time: Nanos, due: Option<u64>) -> Result<(), String> {
        let Some(timer) = self.timers.take() else { return Ok(()) };
        self.release(own_event(Body::Timer(timer)), time, due)?;
        if timer.id == Timer::EPOCH { self.await_agent() } else { Ok(()) }
    }

    /// Lets time stand still until the agent has spoken about the epoch that ended.
    #[inline(never)]
    fn await_agent(&mut self) -> Result<(), String> {
        self.agent.epoch_ended();
        while !self.ending && self.agent.is_awaited() {
            if self.progress.is_broken() {
                return Err("a later stage could not go on".to_owned());
            }
            if !self.obey()? {
                self.reports.receive();
                self.waiter.wait();
            }
        }
        self.waiter.reset();
        self.pacer.stood_still(self.agent.readings());
        Ok(())
    }

    /// Sends an input on that is not of the tape. Not inlined: once is enough, for the tape's.
    #[inline(never)]
    fn release(&mut self, event: Event, time: Nanos, due: Option<u64>) -> Result<(), String> {
        self.send(&event.sequenced(self.seq + 1, time), due)
    }

    /// Sends an input on that has its place; its latency counts from `due`, or from now.
    #[inline(always)]
    fn send(&mut self, event: &Event, due: Option<u64>) -> Result<(), String> {
        self.seq = event.seq();
        self.now = event.time();
        self.latency.leaves(self.seq, due);
        self.next.coming(event, &self.market);
        self.market.apply(event);
        self.next.event(event, &self.market);
        // A tape that cannot be read on promises nothing, and ends the run after this event.
        let next_market = self.next_market();
        self.next.end(event, &self.market, *next_market.as_ref().unwrap_or(&Nanos::MIN));
        self.waiter.reset();
        next_market.map(drop)
    }
}
