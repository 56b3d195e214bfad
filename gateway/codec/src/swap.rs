//! The part of the control protocol that is about strategies: which one a slot shall run, and how it
//! takes over.
//!
//! Owns the words and their bounds. Must never judge a strategy: that is the engine's, before anything
//! happens.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest name of a slot, a strategy or a parameter, and longest value, in bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// Most parameters of one strategy.
pub const PARAMS_MAX: usize = 64;
/// Longest time that a version listens, in milliseconds: a day.
pub const LISTEN_MS_MAX: u64 = 86_400_000;
/// Bytes of a module that travel in one request.
pub const PART_BYTES_MAX: usize = 512 << 10;

/// What a slot shall run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum StrategyChoice {
    /// One that is compiled in.
    Native {
        /// Its name.
        name: String,
    },
    /// A WebAssembly module that the engine's store holds.
    Module {
        /// SHA-256 of its bytes, in hex.
        sha256: String,
    },
    /// None: the slot is free for another.
    Vacant {},
}

/// What becomes of the slot's live orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrdersChoice {
    /// The new version answers for them.
    #[default]
    HandOver,
    /// They are called back.
    Cancel,
}

/// Replace what a slot runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swap {
    /// Name or number of the slot; empty: the first that is free.
    pub slot: String,
    /// What it shall run.
    pub strategy: StrategyChoice,
    /// Parameters as written; those that are missing have their defaults.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
    /// Whether it takes over the state of the version before.
    #[serde(default)]
    pub carry: bool,
    /// So long it listens before it answers.
    #[serde(default)]
    pub shadow_ms: u64,
    /// So long the version before may take the slot back.
    #[serde(default)]
    pub probation_ms: u64,
    /// What becomes of live orders.
    #[serde(default)]
    pub orders: OrdersChoice,
    /// Only look whether it could be done.
    #[serde(default)]
    pub dry_run: bool,
    /// Why, for the journal's reader.
    pub reason: String,
}

impl Swap {
    /// Checks the bounds of everything.
    ///
    /// # Errors
    /// Names what is out of bounds.
    pub fn check(&self) -> Result<(), String> {
        let named = match &self.strategy {
            StrategyChoice::Native { name } => name.len() <= NAME_BYTES_MAX,
            StrategyChoice::Module { sha256 } => is_sha256(sha256),
            StrategyChoice::Vacant {} => true,
        };
        let short = |text: &String| text.len() <= NAME_BYTES_MAX;
        let fits = [
            (named, "the strategy's name is too long, or its SHA-256 is not 64 hex digits"),
            (short(&self.slot), "the slot's name is too long"),
            (self.params.len() <= PARAMS_MAX, "more than 64 parameters"),
            (self.params.iter().all(|(k, v)| short(k) && short(v)), "a parameter is too long"),
            (
                self.shadow_ms.max(self.probation_ms) <= LISTEN_MS_MAX,
                "more than a day of listening",
            ),
        ];
        fits.iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, why)| Err((*why).to_owned()))
    }
}

/// A part of a module on its way into the engine's store.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModulePart {
    /// SHA-256 of the whole module, in hex.
    pub sha256: String,
    /// Bytes of the whole module.
    pub total: u32,
    /// Where this part begins: parts come in order.
    pub offset: u32,
    /// The part, in base64.
    pub data: String,
}

impl ModulePart {
    /// Checks the bounds of everything.
    ///
    /// # Errors
    /// Names what is out of bounds.
    pub fn check(&self) -> Result<(), String> {
        if !is_sha256(&self.sha256) {
            return Err("the SHA-256 is not 64 hex digits".to_owned());
        }
        if self.data.len() > PART_BYTES_MAX.div_ceil(3) * 4 {
            return Err(format!("a part of more than {PART_BYTES_MAX} bytes"));
        }
        Ok(())
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What became of a swap, or of another command about a slot.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swapped {
    /// Place of the command among the inputs; 0 for a dry run.
    pub seq: u64,
    /// The slot's number.
    pub slot: u16,
    /// And its name.
    pub name: String,
    /// Number of the version that the answer is about.
    pub version: u32,
    /// SHA-256 of its manifest, in hex; empty for what the run began with.
    pub manifest: String,
    /// What happened: `installed`, `shadowing`, `dismissed`, `refused`, …; `checked` for a dry run;
    /// `pending` when the engine has taken the command and not come to it yet.
    pub outcome: String,
    /// Why: `none`, `state`, `busy`, …
    pub fault: String,
}
