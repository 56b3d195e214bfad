//! Commands on their way to becoming inputs: from the control thread, or from a journal in replay.

use royale_model::{Body, Command, Event, Nanos, Seq};
use std::collections::VecDeque;

/// Where commands come from.
#[derive(Debug)]
pub enum Commands {
    /// Nobody commands.
    None,
    /// The control thread's ring.
    Ring(CommandInbox),
    /// A journal that is replayed: each command at its old place in the sequence.
    Scripted(Scripted),
}

/// The feed stage's end of the command ring.
#[derive(Debug)]
pub struct CommandInbox {
    requests: rtrb::Consumer<Command>,
    accepted: rtrb::Producer<Seq>,
}

/// The control thread's end of the command ring: commands in, sequence numbers out, in order.
#[derive(Debug)]
pub struct CommandOutlet {
    /// Commands to the feed stage. Full: the client is told to try again.
    pub requests: rtrb::Producer<Command>,
    /// The sequence number that each of them got.
    pub accepted: rtrb::Consumer<Seq>,
}

/// A ring for `capacity` commands under way.
pub fn command_ring(capacity: usize) -> (CommandOutlet, CommandInbox) {
    let (requests, inbox) = rtrb::RingBuffer::new(capacity);
    let (accepted, outlet) = rtrb::RingBuffer::new(capacity);
    (CommandOutlet { requests, accepted: outlet }, CommandInbox { requests: inbox, accepted })
}

/// Commands of a journal, each with its place, and with its time where that is known.
#[derive(Debug, Default)]
pub struct Scripted(VecDeque<(Seq, Option<Nanos>, Command)>);

impl Scripted {
    /// From (sequence number, command) in rising order.
    pub fn new(commands: impl IntoIterator<Item = (Seq, Command)>) -> Self {
        Self(commands.into_iter().map(|(seq, command)| (seq, None, command)).collect())
    }
    /// The commands among a journal's events: each at its old place and its old time.
    pub fn recorded<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let command = |event: &Event| match event.body() {
            Body::Command(command) => Some((event.seq(), Some(event.time()), command)),
            _ => None,
        };
        Self(events.into_iter().filter_map(command).collect())
    }
}

impl Commands {
    /// The command that is to get number `next`, if there is one, and the time that it had.
    #[inline]
    pub(super) fn poll(&mut self, next: Seq) -> Option<(Option<Nanos>, Command)> {
        match self {
            Self::None => None,
            // Room for the answer first: a command that cannot be answered is not taken.
            Self::Ring(inbox) if inbox.accepted.slots() > 0 => {
                inbox.requests.pop().ok().map(|command| (None, command))
            }
            Self::Ring(_) => None,
            Self::Scripted(script) => match script.0.front() {
                Some(&(seq, time, command)) if seq == next => {
                    script.0.pop_front();
                    Some((time, command))
                }
                _ => None,
            },
        }
    }
    /// The time of the next recorded command: no promise may go beyond it.
    pub(super) fn next_time(&self) -> Nanos {
        match self {
            Self::Scripted(script) => {
                script.0.front().and_then(|&(_, time, _)| time).unwrap_or(Nanos::MAX)
            }
            Self::None | Self::Ring(_) => Nanos::MAX,
        }
    }
    /// True in replay, where the journal says when the run was stopped.
    pub(super) fn are_scripted(&self) -> bool {
        matches!(self, Self::Scripted(_))
    }
    /// Tells the sender which number its command got.
    pub(super) fn accepted(&mut self, seq: Seq) {
        if let Self::Ring(inbox) = self {
            // `poll` saw to the room.
            let _ = inbox.accepted.push(seq);
        }
    }
}
