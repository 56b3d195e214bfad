//! What the engine answers: its state, its latency, and the number that a command got.
//!
//! Owns the control side of the command ring. Must never act itself: a command is only handed to
//! the feed stage, which gives it its place among the inputs. Called by the client threads.

use super::slots::{Line, SlotDesk};
use super::socket::Peer;
use crate::latency::Latency;
use royale_codec::control::{
    self, EngineState, Refusal, Reply, Request, SessionStatus, Status, TapeProgress,
};
use royale_codec::latency::{HistogramName, LatencyError};
use royale_engine::feed::CommandOutlet;
use royale_engine::progress::Progress;
use royale_model::{Command, CommandCode, Seq};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The feed stage has this long to take a command.
const ACCEPT_DEADLINE: Duration = Duration::from_secs(5);

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
}

/// Everything that an answer is made of.
pub struct Desk {
    facts: RunFacts,
    slots: SlotDesk,
    line: Mutex<CommandLine>,
    started: Instant,
    stopping: AtomicBool,
    finished: AtomicBool,
}

/// The command ring and its count: answers come in the order of the commands, one for each.
struct CommandLine {
    outlet: CommandOutlet,
    sent: u64,
    answered: u64,
}

impl Desk {
    pub fn new(facts: RunFacts, slots: SlotDesk, outlet: CommandOutlet) -> Self {
        Self {
            facts,
            slots,
            line: Mutex::new(CommandLine { outlet, sent: 0, answered: 0 }),
            started: Instant::now(),
            stopping: AtomicBool::new(false),
            finished: AtomicBool::new(false),
        }
    }

    /// The run is over.
    pub fn finish(&self) {
        self.finished.store(true, Ordering::Release);
    }

    pub fn answer(&self, request: &Request, peer: Peer) -> Result<Reply, Refusal> {
        match &request.command {
            control::Command::Status {} => Ok(Reply::Status(Box::new(self.status()))),
            control::Command::Latency { histogram } => self.latency(histogram.as_ref()),
            control::Command::Swap(swap) => self.slots.swap(swap, &mut Sender { desk: self, peer }),
            control::Command::Module(part) => self.slots.module(part),
            control::Command::Quarantine { slot, reason } => {
                self.of_slot(CommandCode::Quarantine, slot, reason, peer)
            }
            control::Command::Release { slot, reason } => {
                self.of_slot(CommandCode::Release, slot, reason, peer)
            }
            control::Command::Rollback { slot, reason } => {
                self.of_slot(CommandCode::Rollback, slot, reason, peer)
            }
            control::Command::Halt { .. } => self.command(CommandCode::Halt, peer),
            control::Command::Resume { .. } => self.command(CommandCode::Resume, peer),
            control::Command::Stop { .. } => self.stop(peer),
        }
    }

    /// Ends the run in good order.
    pub fn stop(&self, peer: Peer) -> Result<Reply, Refusal> {
        let reply = self.command(CommandCode::Stop, peer)?;
        self.stopping.store(true, Ordering::Release);
        Ok(reply)
    }

    fn of_slot(
        &self,
        code: CommandCode,
        slot: &str,
        reason: &str,
        peer: Peer,
    ) -> Result<Reply, Refusal> {
        self.slots.command(code, slot, reason, &mut Sender { desk: self, peer })
    }

    /// Drops what came back from the engine.
    pub fn tidy(&self) {
        self.slots.tidy();
    }

    /// A command that is about no slot.
    fn command(&self, code: CommandCode, peer: Peer) -> Result<Reply, Refusal> {
        self.send(code, peer, 0, 0).map(|seq| Reply::Accepted { seq })
    }

    /// Sends a command to the feed stage and waits for its number.
    fn send(&self, code: CommandCode, peer: Peer, slot: u16, value: i64) -> Result<Seq, Refusal> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if self.finished.load(Ordering::Acquire) {
            return Err(gone());
        }
        line.send(Command { code, uid: peer.uid, pid: peer.pid, slot, value })
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
            slots: self.slots.status(),
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

/// A peer's way to the feed stage.
struct Sender<'a> {
    desk: &'a Desk,
    peer: Peer,
}

impl Line for Sender<'_> {
    fn send(&mut self, code: CommandCode, slot: u16, value: i64) -> Result<Seq, Refusal> {
        self.desk.send(code, self.peer, slot, value)
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

impl CommandLine {
    fn send(&mut self, command: Command) -> Result<Seq, Refusal> {
        self.outlet.requests.push(command).map_err(|_| {
            refusal("busy", "commands are waiting already", "try again in a moment")
        })?;
        self.sent += 1;
        let deadline = Instant::now() + ACCEPT_DEADLINE;
        loop {
            // Asked first: what the feed stage answered before it went is then seen below.
            let engine_is_gone = self.outlet.requests.is_abandoned();
            while let Ok(seq) = self.outlet.accepted.pop() {
                // Answers that came after their deadline are before ours in the line.
                self.answered += 1;
                if self.answered == self.sent {
                    return Ok(seq);
                }
            }
            if engine_is_gone {
                return Err(gone());
            }
            if Instant::now() > deadline {
                return Err(refusal(
                    "timeout",
                    "the engine did not take the command in time; it may still do so",
                    "look at ctl status",
                ));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn internal(error: &LatencyError) -> Refusal {
    refusal("internal", &error.to_string(), "please report this")
}

fn gone() -> Refusal {
    refusal("finished", "the run has ended", "start another: ctl battle")
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
    use royale_engine::feed::{Commands, command_ring};

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

    #[test]
    fn a_command_to_an_engine_that_is_gone_is_refused_and_not_waited_for() {
        let (outlet, inbox) = command_ring(2);
        drop(Commands::Ring(inbox));
        let mut line = CommandLine { outlet, sent: 0, answered: 0 };
        let command = Command { code: CommandCode::Halt, uid: 0, pid: 0, slot: 0, value: 0 };
        let before = Instant::now();
        assert_eq!(line.send(command).unwrap_err().code, "finished");
        assert!(before.elapsed() < ACCEPT_DEADLINE);
    }
}
