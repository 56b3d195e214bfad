//! What the engine answers: its state, its latency, and the number that a command got.
//!
//! Must never act itself: a command is only handed to the feed stage (`line`), which gives it its
//! place among the inputs. Called by the client threads.

use super::line::{Line, Speaker};
use super::slots::SlotDesk;
use super::socket::{Door, Peer};
use crate::latency::Latency;
use royale_codec::control::{
    self, EngineState, MarketRegime, MarketState, Refusal, Reply, Request, SessionStatus, Share,
    Status, TapeProgress,
};
use royale_codec::latency::{HistogramName, LatencyError};
use royale_engine::feed::CommandOutlet;
use royale_engine::progress::Progress;
use royale_engine::risk::Shares;
use royale_model::{Command, CommandCode, Regime, RegimeOdds, Tier};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// What the control thread may tell of a run.
pub struct RunFacts {
    pub run_dir: PathBuf,
    pub journal_dir: PathBuf,
    pub topology: &'static str,
    pub speed: String,
    /// Name and events of each tape, in order.
    pub tapes: Vec<(String, u64)>,
    /// Events of the tapes that were taken.
    pub played: Arc<AtomicU64>,
    pub progress: Arc<Progress>,
    pub latency: Latency,
    /// The process that shares out the house, where the run waits for one.
    pub agent: Option<u32>,
}

/// Everything that an answer is made of.
pub struct Desk {
    facts: RunFacts,
    slots: SlotDesk,
    line: Line,
    started: Instant,
    stopping: AtomicBool,
    finished: AtomicBool,
}

impl Desk {
    pub fn new(facts: RunFacts, slots: SlotDesk, shares: Shares, outlet: CommandOutlet) -> Self {
        Self {
            facts,
            slots,
            line: Line::new(outlet, shares),
            started: Instant::now(),
            stopping: AtomicBool::new(false),
            finished: AtomicBool::new(false),
        }
    }

    /// The run is over.
    pub fn finish(&self) {
        self.finished.store(true, Ordering::Release);
        self.line.close();
    }

    /// Answers a question; does what was commanded, or refuses it and leaves that on the journal.
    pub fn answer(&self, request: &Request, peer: Peer, door: Door) -> Result<Reply, Refusal> {
        let said = &request.command;
        match said {
            control::Command::Status {} => return Ok(Reply::Status(Box::new(self.status()))),
            control::Command::Latency { histogram } => return self.latency(histogram.as_ref()),
            _ if door == Door::Read => return Err(read_only()),
            _ => {}
        }
        let peer = if self.is_own_agent(said, peer) { Peer::AGENT } else { peer };
        let speaker = Speaker { line: &self.line, peer, reason: said.reason() };
        let done = self.obey(said, &speaker);
        if let Err(refusal) = &done {
            let (code, slot) = asked(said);
            let slot = self.slots.number(slot).unwrap_or(Command::NO_SLOT);
            speaker.was_refused(code, slot, refusal);
        }
        done
    }

    /// True for an allocation by the process that this run was started with as its agent.
    fn is_own_agent(&self, said: &control::Command, peer: Peer) -> bool {
        matches!(said, control::Command::Allocate { .. }) && self.facts.agent == Some(peer.pid)
    }

    fn obey(&self, said: &control::Command, speaker: &Speaker<'_>) -> Result<Reply, Refusal> {
        let simply = |code| speaker.say(code, 0, 0).map(|seq| Reply::Accepted { seq });
        let slots = &self.slots;
        match said {
            control::Command::Swap(swap) => slots.swap(swap, speaker),
            control::Command::Module(part) => slots.module(part),
            control::Command::Quarantine { slot, .. } => {
                slots.command(CommandCode::Quarantine, slot, speaker)
            }
            control::Command::Release { slot, .. } => {
                slots.command(CommandCode::Release, slot, speaker)
            }
            control::Command::Rollback { slot, .. } => {
                slots.command(CommandCode::Rollback, slot, speaker)
            }
            control::Command::Allocate { shares, regime, .. } => {
                let number = |share: &Share| Ok((slots.find(&share.slot)?, i64::from(share.bp)));
                let shares: Vec<_> = shares.iter().map(number).collect::<Result<_, Refusal>>()?;
                speaker.share_out(&shares, regime.map(told)).map(|seq| Reply::Accepted { seq })
            }
            control::Command::Tier { slot, tier, missed, .. } => {
                let slot = slots.find(slot)?;
                let tier = Tier::named(tier).ok_or_else(|| malformed("there is no such tier"))?;
                let seq = speaker.put_on((slot, slots.name(slot)), tier, missed)?;
                Ok(Reply::Accepted { seq })
            }
            control::Command::Halt { .. } => simply(CommandCode::Halt),
            control::Command::Resume { .. } => simply(CommandCode::Resume),
            control::Command::Freeze { .. } => simply(CommandCode::Freeze),
            control::Command::Unfreeze { .. } => simply(CommandCode::Unfreeze),
            control::Command::Stop { .. } => {
                let reply = simply(CommandCode::Stop)?;
                self.stopping.store(true, Ordering::Release);
                Ok(reply)
            }
            control::Command::Status {} | control::Command::Latency { .. } => {
                Err(malformed("a question is no command"))
            }
        }
    }

    /// Ends the run in good order, as a signal asks.
    pub fn stop(&self, reason: &str) -> Result<(), Refusal> {
        let speaker = Speaker { line: &self.line, peer: Peer::own(), reason };
        speaker.say(CommandCode::Stop, 0, 0)?;
        self.stopping.store(true, Ordering::Release);
        Ok(())
    }

    /// Drops what came back from the engine.
    pub fn tidy(&self) {
        self.slots.tidy();
    }

    fn latency(&self, wanted: Option<&HistogramName>) -> Result<Reply, Refusal> {
        let latency = &self.facts.latency;
        let stages = match wanted {
            None => latency.rows(),
            Some(name) => {
                let whole = latency.whole(name);
                whole.map_err(|error| internal(&error))?.into_iter().collect()
            }
        };
        match (stages.is_empty(), wanted) {
            (false, _) => Ok(Reply::Latency { stages }),
            (true, None) => Err(refusal(
                "off",
                "this run records no latency",
                "start it with latency.record = \"ends\" or \"stages\"",
            )),
            (true, Some(_)) => Err(refusal(
                "unknown",
                "this run has no such histogram",
                "ctl latency lists those that there are; latency.record = \"stages\" has most",
            )),
        }
    }

    fn status(&self) -> Status {
        let RunFacts { run_dir, journal_dir, topology, speed, tapes, played, progress, .. } =
            &self.facts;
        let done = played.load(Ordering::Relaxed);
        Status {
            pid: std::process::id(),
            uptime_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            run_dir: run_dir.display().to_string(),
            journal_dir: journal_dir.display().to_string(),
            state: self.state(),
            seq: progress.done(),
            sim_time_ns: progress.time().raw(),
            tape_progress: Some(TapeProgress {
                done,
                total: tapes.iter().map(|(_, events)| events).sum(),
            }),
            topology: (*topology).to_owned(),
            speed: speed.clone(),
            slots: self.slots.status(&self.line.shares()),
            sessions: sessions(tapes, done),
        }
    }

    fn state(&self) -> EngineState {
        if self.finished.load(Ordering::Acquire) {
            EngineState::Finished
        } else if self.stopping.load(Ordering::Acquire) {
            EngineState::Stopping
        } else if self.facts.progress.is_halted() {
            EngineState::Halted
        } else {
            EngineState::Running
        }
    }
}

/// What the market is taken for.
fn told(MarketRegime { state, bp }: MarketRegime) -> RegimeOdds {
    let regime = match state {
        MarketState::Bull => Regime::Bull,
        MarketState::Bear => Regime::Bear,
        MarketState::Sideways => Regime::Sideways,
    };
    RegimeOdds::new(regime, bp)
}

/// What a command asks of the engine, and of which slot.
fn asked(said: &control::Command) -> (CommandCode, &str) {
    match said {
        control::Command::Swap(swap) => (CommandCode::Install, &swap.slot),
        control::Command::Quarantine { slot, .. } => (CommandCode::Quarantine, slot),
        control::Command::Release { slot, .. } => (CommandCode::Release, slot),
        control::Command::Rollback { slot, .. } => (CommandCode::Rollback, slot),
        control::Command::Allocate { .. } => (CommandCode::Allocate, ""),
        control::Command::Tier { slot, .. } => (CommandCode::Tier, slot),
        control::Command::Halt { .. } => (CommandCode::Halt, ""),
        control::Command::Resume { .. } => (CommandCode::Resume, ""),
        control::Command::Freeze { .. } => (CommandCode::Freeze, ""),
        control::Command::Unfreeze { .. } => (CommandCode::Unfreeze, ""),
        control::Command::Stop { .. } => (CommandCode::Stop, ""),
        // A module comes to be installed; questions are not refused.
        control::Command::Module(_)
        | control::Command::Status {}
        | control::Command::Latency { .. } => (CommandCode::Install, ""),
    }
}

/// Each tape is a session: waiting, replaying, or played.
fn sessions(tapes: &[(String, u64)], done: u64) -> Vec<SessionStatus> {
    let mut rest = done;
    let mut before_done = true;
    let session = |(name, total): &(String, u64)| {
        let events = rest.min(*total);
        rest -= events;
        let state = match (before_done, events == *total) {
            (true, true) => "played",
            (true, false) => "replaying",
            (false, _) => "waiting",
        };
        before_done = events == *total;
        SessionStatus { name: name.clone(), state: state.to_owned(), events }
    };
    tapes.iter().map(session).collect()
}

fn internal(error: &LatencyError) -> Refusal {
    refusal("internal", &error.to_string(), "please report this")
}

fn read_only() -> Refusal {
    let remedy = "ask at the control socket, without .read behind its name";
    refusal("read-only", "this socket takes no commands", remedy)
}

/// A request that could not be read.
pub fn malformed(what: &str) -> Refusal {
    refusal("malformed", what, "use the ctl that came with this engine")
}

pub fn refusal(code: &str, message: &str, remedy: &str) -> Refusal {
    Refusal { code: code.into(), message: message.into(), remedy: remedy.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_does_not_call_every_tape_the_one_that_is_played() {
        let tapes = [("a".to_owned(), 10), ("b".to_owned(), 5), ("c".to_owned(), 7)];
        let at = |done| {
            let told = sessions(&tapes, done);
            told.iter().map(|s| format!("{}:{}", s.state, s.events)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(at(0), "replaying:0 waiting:0 waiting:0");
        assert_eq!(at(10), "played:10 replaying:0 waiting:0");
        assert_eq!(at(13), "played:10 replaying:3 waiting:0");
        assert_eq!(at(22), "played:10 played:5 played:7");
    }
}
