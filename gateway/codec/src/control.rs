//! The control protocol: what `ctl` may ask of the engine, and what the engine answers.
//!
//! Owns the types, their JSON and the version; `frame` cuts the stream. Must never act: a decoded
//! command is only words until the sequencer takes it. Called by both ends of the Unix socket.
//!
//! ```
//! use royale_codec::control::{Command, Request, decode, encode};
//! use royale_codec::FrameDecoder;
//! let request = Request::new(7, Command::Halt { reason: "drill".to_owned() });
//! let mut stream = FrameDecoder::default();
//! stream.feed(&encode(&request).unwrap());
//! let body = stream.next_frame().unwrap().unwrap();
//! assert_eq!(decode::<Request>(&body), Ok(request));
//! ```

use crate::frame::{FrameError, frame};
use crate::latency::{HistogramName, LatencyError, LatencyRow, check_rows};
use crate::swap::{ModulePart, NAME_BYTES_MAX, Swap, Swapped};
use royale_model::Tier;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The version of the protocol that we speak.
pub const VERSION: u32 = 4;
/// Most shares in one command: one for each slot that there can be.
pub const SHARES_MAX: usize = 64;
/// Longest reason, in bytes.
pub const REASON_BYTES_MAX: usize = 1024;

/// One question.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// [`VERSION`].
    pub version: u32,
    /// Comes back in the answer.
    pub id: u64,
    /// What is asked.
    pub command: Command,
}

impl Request {
    /// A request of our version.
    pub fn new(id: u64, command: Command) -> Self {
        Self { version: VERSION, id, command }
    }
}

/// What can be asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// How is the engine?
    Status {},
    /// No new orders; resting ones are cancelled.
    Halt {
        /// Why, for the journal's reader.
        reason: String,
    },
    /// Trading may go on.
    Resume {
        /// Why.
        reason: String,
    },
    /// End the run in good order.
    Stop {
        /// Why.
        reason: String,
    },
    /// Replace what a slot runs.
    Swap(Box<Swap>),
    /// Bring a part of a module into the store.
    Module(Box<ModulePart>),
    /// A slot stops; its orders are called back.
    Quarantine {
        /// Name or number of the slot.
        slot: String,
        /// Why.
        reason: String,
    },
    /// It may go on.
    Release {
        /// Name or number of the slot.
        slot: String,
        /// Why.
        reason: String,
    },
    /// Share the house's capital out anew; what is not named stays.
    Allocate {
        /// The slots and their shares: all of them change, or none.
        shares: Vec<Share>,
        /// What the market is taken for from now on; stays as it was where nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        regime: Option<MarketRegime>,
        /// Why.
        reason: String,
    },
    /// The meta-agent keeps its hands off.
    Freeze {
        /// Why.
        reason: String,
    },
    /// It may share out again.
    Unfreeze {
        /// Why.
        reason: String,
    },
    /// Back to the version before.
    Rollback {
        /// Name or number of the slot.
        slot: String,
        /// Why.
        reason: String,
    },
    /// Put a slot on another tier.
    Tier {
        /// Name or number of the slot.
        slot: String,
        /// `shadow`, `paper` or `live`.
        tier: String,
        /// What its record misses at the validation gate: then the command is refused, and stands on
        /// the journal with this. Empty where nothing is missed.
        missed: String,
        /// Why; who promotes names the evidence here.
        reason: String,
    },
    /// How long does it take, so far?
    Latency {
        /// This one, whole; without it all of them, in figures.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        histogram: Option<HistogramName>,
    },
}

/// What one slot is to have of the house.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// Name or number of the slot.
    pub slot: String,
    /// Basis points of the house capital.
    pub bp: u16,
}

/// A state of the market and how probable it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketRegime {
    /// Which.
    pub state: MarketState,
    /// Its probability, in basis points.
    pub bp: u16,
}

/// The states of the market.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarketState {
    /// Drifting up.
    Bull,
    /// Drifting down.
    Bear,
    /// Going nowhere.
    Sideways,
}

impl Command {
    /// Why it was said; empty for a question, which needs no reason.
    pub fn reason(&self) -> &str {
        match self {
            Self::Status {} | Self::Module(_) | Self::Latency { .. } => "",
            Self::Swap(swap) => &swap.reason,
            Self::Halt { reason }
            | Self::Resume { reason }
            | Self::Stop { reason }
            | Self::Freeze { reason }
            | Self::Unfreeze { reason }
            | Self::Quarantine { reason, .. }
            | Self::Release { reason, .. }
            | Self::Allocate { reason, .. }
            | Self::Tier { reason, .. }
            | Self::Rollback { reason, .. } => reason,
        }
    }
}

/// One answer; each request gets exactly one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// [`VERSION`].
    pub version: u32,
    /// That of the request; 0 when it could not be read.
    pub id: u64,
    /// The answer, or why there is none: `{"Ok": …}` or `{"Err": …}`.
    pub result: Result<Reply, Refusal>,
}

impl Response {
    /// An answer of our version.
    pub fn new(id: u64, result: Result<Reply, Refusal>) -> Self {
        Self { version: VERSION, id, result }
    }
}

/// A good answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Reply {
    /// To `Status`.
    Status(Box<Status>),
    /// The command has its place in the order of inputs, and is on the journal.
    Accepted {
        /// That place.
        seq: u64,
    },
    /// To a command about a slot.
    Swapped(Box<Swapped>),
    /// To `Module`: so many of its bytes are there.
    Module {
        /// Bytes.
        received: u32,
    },
    /// To `Latency`.
    Latency {
        /// A row for each histogram: first the run's, then the slots'.
        stages: Vec<LatencyRow>,
    },
}

/// Why a request was not done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// A short word for programs.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// What the engine is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineState {
    /// Trading.
    Running,
    /// Working, but without new orders.
    Halted,
    /// The tape is at its end.
    Finished,
    /// On its way out.
    Stopping,
}

/// How far a tape is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TapeProgress {
    /// Events released.
    pub done: u64,
    /// Events on the tape.
    pub total: u64,
}

/// The state of the engine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// Process id.
    pub pid: u32,
    /// Since the start, in milliseconds.
    pub uptime_ms: u64,
    /// Where the run keeps its socket and logs.
    pub run_dir: String,
    /// Where it keeps its journal.
    pub journal_dir: String,
    /// What it is doing.
    pub state: EngineState,
    /// The last sequence number.
    pub seq: u64,
    /// The sequencer's time.
    pub sim_time_ns: i64,
    /// How far the tape is; none for a live feed.
    pub tape_progress: Option<TapeProgress>,
    /// `fused` or `split`.
    pub topology: String,
    /// `max`, or a multiple of real time such as `1x`.
    pub speed: String,
    /// The strategy slots.
    pub slots: Vec<SlotStatus>,
    /// The sessions with venues and sources.
    pub sessions: Vec<SessionStatus>,
}

/// One strategy slot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotStatus {
    /// Its number.
    pub slot: u16,
    /// Its strategy.
    pub name: String,
    /// What it runs: a native strategy's name, `wasm:` and the beginning of a module's SHA-256, or
    /// `vacant`.
    pub strategy: String,
    /// Number of the version: 0 for what the run began with.
    pub version: u32,
    /// Empty while the strategy is asked; else why it is not: `panic`, `fuel`, `quarantine`, …
    pub fault: String,
    /// Who listens beside it: nobody (empty), a `newcomer`, or the `predecessor`.
    pub listener: String,
    /// Its share of the house capital, in basis points.
    pub allocation_bp: u32,
    /// Its tier: `shadow`, `paper` or `live`.
    pub tier: String,
    /// Its timers, such as `every 15m America/New_York`; empty for a slot that runs on events.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub schedule: String,
}

/// One session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionStatus {
    /// Venue or source.
    pub name: String,
    /// A word: `connected`, `replaying`, `lost`.
    pub state: String,
    /// Events that came through it.
    pub events: u64,
}

/// Why a message could not be written or read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ControlError {
    /// Too long for a frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// Not a message of this protocol.
    #[error("not a message of this protocol: {0}")]
    Json(String),
    /// A version that we do not speak.
    #[error("protocol version {0} is not {VERSION}; use the ctl that came with this engine")]
    Version(u32),
    /// A reason that does not fit.
    #[error("the reason is longer than {REASON_BYTES_MAX} bytes, or is not one line of text")]
    Reason,
    /// A latency that is none.
    #[error(transparent)]
    Latency(#[from] LatencyError),
    /// A command about a strategy that is out of bounds.
    #[error("{0}")]
    Swap(String),
}

/// A message of the protocol: [`Request`] or [`Response`].
pub trait Message: Serialize + DeserializeOwned {
    /// Checks what the types cannot.
    ///
    /// # Errors
    /// A foreign version, or a text that is too long.
    fn check(&self) -> Result<(), ControlError>;
}

fn check_version(version: u32) -> Result<(), ControlError> {
    if version == VERSION { Ok(()) } else { Err(ControlError::Version(version)) }
}

fn check_tier(slot: &str, tier: &str, missed: &str) -> Result<(), ControlError> {
    if missed.len() > REASON_BYTES_MAX || missed.contains(char::is_control) {
        return Err(ControlError::Reason);
    }
    if slot.len() > NAME_BYTES_MAX || Tier::named(tier).is_none() {
        let names = Tier::NAMES.join(", ");
        return Err(ControlError::Swap(format!("no tier, or no slot's name; tiers are: {names}")));
    }
    Ok(())
}

impl Message for Request {
    fn check(&self) -> Result<(), ControlError> {
        check_version(self.version)?;
        let reason = self.command.reason();
        if reason.len() > REASON_BYTES_MAX || reason.contains(char::is_control) {
            return Err(ControlError::Reason);
        }
        match &self.command {
            Command::Swap(swap) => swap.check().map_err(ControlError::Swap),
            Command::Module(part) => part.check().map_err(ControlError::Swap),
            Command::Quarantine { slot, .. }
            | Command::Release { slot, .. }
            | Command::Rollback { slot, .. }
                if slot.len() > NAME_BYTES_MAX =>
            {
                Err(ControlError::Swap("the slot's name is too long".to_owned()))
            }
            Command::Allocate { shares, .. }
                if shares.len() > SHARES_MAX
                    || shares.iter().any(|share| share.slot.len() > NAME_BYTES_MAX) =>
            {
                Err(ControlError::Swap(
                    "more shares than slots, or a slot's name is too long".to_owned(),
                ))
            }
            Command::Allocate { regime: Some(MarketRegime { bp: 10_001.., .. }), .. } => {
                Err(ControlError::Swap("a regime with a probability above one".to_owned()))
            }
            Command::Tier { slot, tier, missed, .. } => check_tier(slot, tier, missed),
            Command::Latency { histogram: Some(name) } => Ok(name.check()?),
            _ => Ok(()),
        }
    }
}

impl Message for Response {
    fn check(&self) -> Result<(), ControlError> {
        check_version(self.version)?;
        match &self.result {
            Ok(Reply::Latency { stages }) => Ok(check_rows(stages)?),
            _ => Ok(()),
        }
    }
}

/// Writes a message as a frame.
///
/// # Errors
/// It does not fit, or is not one that `decode` would take.
pub fn encode<M: Message>(message: &M) -> Result<Vec<u8>, ControlError> {
    message.check()?;
    let body = serde_json::to_vec(message).map_err(|e| ControlError::Json(e.to_string()))?;
    Ok(frame(&body)?)
}

/// Reads a message from a frame's body.
///
/// # Errors
/// Anything that is not one.
pub fn decode<M: Message>(body: &[u8]) -> Result<M, ControlError> {
    let json = |error: serde_json::Error| ControlError::Json(error.to_string());
    // The version first: a newer message may differ in everything else.
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let Versioned { version } = serde_json::from_slice(body).map_err(json)?;
    check_version(version)?;
    let message: M = serde_json::from_slice(body).map_err(json)?;
    message.check()?;
    Ok(message)
}
