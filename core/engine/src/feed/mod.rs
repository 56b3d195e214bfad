//! The feed stage: the one place where inputs get their sequence number and their time.
//!
//! # Simulated time
//!
//! Live, the order of arrival *is* the sequence. On a tape with a simulated venue it is not: a
//! report caused by event *n* may belong before event *n + 1*, which this stage could already have
//! released on another thread. So before it releases an input of time *t*, every report that reaches
//! us before *t* must be known (conservative parallel simulation). The order stage publishes, after
//! each event, how far its knowledge goes ([`crate::progress::Progress`]); where that is not far
//! enough the sequencer asks with a promise. Which inputs are released in which order is therefore
//! the same in every topology; only the waiting differs.
//!
//! # Timers
//!
//! A slot on a schedule runs on timers, which are inputs: each stands in the sequence at its due time,
//! after reports and before market events of the same time, so that it sees the market as it was just
//! before. They begin after the run's first market event and end with the tape. A replay takes them
//! from the journal. What is due while nobody is there ([`Source::resumes`]) is missed: see [`Missed`].
//!
//! A promise binds commands too. One that comes while the venue works ahead stands at the time up
//! to which it was promised that nothing comes; a replay gives it the time that it had, and makes
//! no promise beyond the next recorded command, nor beyond what a broken-off journal knows.

mod commands;
mod epochs;
mod pace;
mod reports;
mod sequencer;
mod source;
mod timers;
mod timetable;

pub use commands::{CommandInbox, CommandOutlet, Commands, RingFull, Scripted, command_ring};
pub use epochs::Epochs;
pub use pace::{Pace, Pacer};
pub use sequencer::{FeedOutcome, FeedStage, feed_latency_of};
pub use source::{BrokenOff, Source};
pub use timers::{Missed, SETTLE, Schedule};
pub use timetable::{Readings, Timetable};
