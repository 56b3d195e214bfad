//! What the engine found out about a strategy that wants to hold capital: `findings.json`.
//!
//! Owns the words in which `royale strategy check` tells it. Facts only: which of them refuse a strategy,
//! and what its season is worth, is for their reader to say.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The file's name, beside the season's journal.
pub const FINDINGS_FILE: &str = "findings.json";

/// All that was found out.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// The module's file name, or the name of a native strategy.
    pub strategy: String,
    /// Its parameters as written.
    pub params: BTreeMap<String, String>,
    /// What the module is; none for a native strategy, and for what is no module.
    pub module: Option<ModuleFacts>,
    /// Why it could not be tried; nothing follows then.
    pub refused: Option<Refused>,
    /// What it did.
    pub trial: Option<Trial>,
}

/// A candidate that never saw an event.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// When.
    pub step: Step,
    /// What is wrong, and what to do.
    pub why: String,
}

/// Where a candidate is turned away before it sees an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Its bytes are no module that the ABI allows.
    Module,
    /// It does not start.
    Start,
}

/// A module, with the limits that it keeps.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleFacts {
    /// Of its bytes, in hex.
    pub sha256: String,
    /// Version of the ABI.
    pub abi: u32,
    /// What it asks its host for.
    pub imports: Vec<String>,
    /// Functions that it defines.
    pub functions: u32,
    /// Its length, and the longest that is allowed.
    pub bytes: Bounded,
    /// Its memory.
    pub memory_bytes: Bounded,
    /// The compiler's work, in the sandbox's units.
    pub compile_weight: Bounded,
    /// How long this machine took to compile it.
    pub compile_us: u64,
}

/// A figure and its limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounded {
    /// What was found.
    pub value: u64,
    /// The most that is allowed.
    pub limit: u64,
}

/// What a candidate did, alone in a slot, on the tapes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// File names of the tapes.
    pub tapes: Vec<String>,
    /// Events on them.
    pub tape_events: u64,
    /// Events that it was asked about: the market's, its own reports, settlements; of these, what a
    /// module that filters wants.
    pub asked: u64,
    /// Why it was disarmed, if it was.
    pub fault: Option<FaultFacts>,
    /// What each event cost it; a native strategy burns none.
    pub fuel: Option<Fuel>,
    /// Time of each event on this machine, in nanoseconds, two readings of the clock included.
    pub time_ns: Spread,
    /// The same run again, with a fresh instance.
    pub determinism: Outcome,
    /// Runs on tapes that end early, each with a fresh instance.
    pub look_ahead: LookAhead,
    /// Its state handed to a fresh instance in the middle of the tapes.
    pub hand_over: HandOver,
}

/// A candidate was disarmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultFacts {
    /// At which event.
    pub seq: u64,
    /// `trap`, `fuel`, `malformed`, `panic`.
    pub fault: String,
}

/// The two budgets of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fuel {
    /// What either may cost.
    pub limit: u64,
    /// Of instructions.
    pub instructions: Spread,
    /// Of host calls.
    pub host_calls: Spread,
}

/// A distribution, exact: p50 is the smallest value that at least half of the events do not exceed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Half of the events cost no more.
    pub p50: u64,
    /// Ninety-nine of a hundred cost no more.
    pub p99: u64,
    /// The most.
    pub max: u64,
    /// The first event that cost it.
    pub max_seq: u64,
}

/// How a comparison of two runs came out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// Equal to the last bit.
    Equal {
        /// Records that were compared.
        records: u64,
    },
    /// Not equal.
    Differs {
        /// The first difference.
        why: String,
    },
}

/// Prefixes of the tapes, replayed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookAhead {
    /// After how many events the tapes were cut.
    pub cuts: Vec<u64>,
    /// Whether everything before each cut was as in the whole run; the first cut at which it was not.
    pub outcome: Outcome,
}

/// A hand-over of state.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum HandOver {
    /// It hands nothing over.
    NotOffered {},
    /// It was asked for its state.
    Tried {
        /// After which event.
        seq: u64,
        /// Length of the state.
        bytes: u64,
        /// Whether the successor went on as it would have itself.
        outcome: Outcome,
    },
    /// It was disarmed before.
    NotReached {},
}
