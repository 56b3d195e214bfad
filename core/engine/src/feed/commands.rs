//! Commands on their way to becoming inputs: from the control thread, or from a journal in replay.
//!
//! The notes before a command take the same way. In replay timers do too: what the journal alone
//! knows comes from the journal.

use royale_model::{Body, Command, Event, Nanos, Note, Seq};
use std::collections::VecDeque;

/// Where commands come from.
#[derive(Debug)]
pub enum Commands {
    /// Nobody commands.
    None,
    /// The control thread's ring.
    Ring(CommandInbox),
    /// A journal that is replayed: each command and timer at its old place in the sequence.
    Scripted(Scripted),
}

/// The feed stage's end of the command ring.
#[derive(Debug)]
pub struct CommandInbox {
    requests: rtrb::Consumer<Body>,
    accepted: rtrb::Producer<Seq>,
}

/// The control thread's end of the command ring: commands in, sequence numbers out, in order.
#[derive(Debug)]
pub struct CommandOutlet {
    requests: rtrb::Producer<Body>,
    accepted: rtrb::Consumer<Seq>,
}

impl CommandOutlet {
    /// Hands commands to the feed stage, one right after the other, with the notes about the first.
    ///
    /// # Errors
    /// The ring has no room for all of them: the client is told to try again.
    pub fn send(&mut self, notes: &[Note], commands: &[Command]) -> Result<(), RingFull> {
        let chunk = self.requests.write_chunk_uninit(notes.len() + commands.len());
        let notes = notes.iter().copied().map(Body::Note);
        let commands = commands.iter().copied().map(Body::Command);
        chunk.map_err(|_| RingFull)?.fill_from_iter(notes.chain(commands));
        Ok(())
    }
    /// The sequence number that the next command got, in the order of the commands.
    pub fn accepted(&mut self) -> Option<Seq> {
        self.accepted.pop().ok()
    }
    /// True when the feed stage is gone, and will take nothing more.
    pub fn is_abandoned(&self) -> bool {
        self.requests.is_abandoned()
    }
}

/// The command ring has no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RingFull;

/// A ring for `capacity` commands and notes under way.
pub fn command_ring(capacity: usize) -> (CommandOutlet, CommandInbox) {
    let (requests, inbox) = rtrb::RingBuffer::new(capacity);
    let (accepted, outlet) = rtrb::RingBuffer::new(capacity);
    (CommandOutlet { requests, accepted: outlet }, CommandInbox { requests: inbox, accepted })
}

/// Commands, notes and timers of a journal, each with its place, and with its time where that is known.
#[derive(Debug, Default)]
pub struct Scripted {
    inputs: VecDeque<(Seq, Option<Nanos>, Body)>,
    /// True for all that a run had: its timers are among them.
    has_timers: bool,
}

impl Scripted {
    /// From (sequence number, command) in rising order.
    pub fn new(commands: impl IntoIterator<Item = (Seq, Command)>) -> Self {
        let input = |(seq, command)| (seq, None, Body::Command(command));
        Self { inputs: commands.into_iter().map(input).collect(), has_timers: false }
    }
    /// The commands, notes and timers among a journal's events: each at its old place and its old
    /// time. No timer is computed beside them.
    pub fn recorded<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let recorded = |event: &Event| {
            event.kind().is_own().then(|| (event.seq(), Some(event.time()), event.body()))
        };
        Self { inputs: events.into_iter().filter_map(recorded).collect(), has_timers: true }
    }
}

impl Commands {
    /// What is to get number `next`, if there is something, and the time that it had.
    #[inline]
    pub(super) fn poll(&mut self, next: Seq) -> Option<(Option<Nanos>, Body)> {
        match self {
            Self::None => None,
            // Room for the answer first: a command that cannot be answered is not taken.
            Self::Ring(inbox) if inbox.accepted.slots() > 0 => {
                inbox.requests.pop().ok().map(|body| (None, body))
            }
            Self::Ring(_) => None,
            Self::Scripted(script) => match script.inputs.front() {
                Some(&(seq, time, body)) if seq == next => {
                    script.inputs.pop_front();
                    Some((time, body))
                }
                _ => None,
            },
        }
    }
    /// The time of the next recorded command or timer: no promise may go beyond it.
    pub(super) fn next_time(&self) -> Nanos {
        match self {
            Self::Scripted(script) => {
                script.inputs.front().and_then(|&(_, time, _)| time).unwrap_or(Nanos::MAX)
            }
            Self::None | Self::Ring(_) => Nanos::MAX,
        }
    }
    /// True in replay, where the journal says when the run was stopped.
    pub(super) fn are_scripted(&self) -> bool {
        matches!(self, Self::Scripted(_))
    }
    /// True where the timers are among the script's inputs.
    pub(super) fn have_timers(&self) -> bool {
        matches!(self, Self::Scripted(script) if script.has_timers)
    }
    /// Tells the sender which number its command got.
    pub(super) fn accepted(&mut self, seq: Seq) {
        if let Self::Ring(inbox) = self {
            // `poll` saw to the room.
            let _ = inbox.accepted.push(seq);
        }
    }
}
