//! Configuration in two steps: what was written, then what it means.
//!
//! Owns every key of the configuration: its name, its limits, its default, its documentation and
//! where its value came from. A [`Loader`] stacks layers (built-in defaults, a TOML file,
//! `BR_SECTION__KEY` variables, the command line) and resolves them into [`Settings`]: plain
//! values with units in their types, nothing left to interpret. Errors come all at once, each with
//! its place and its remedy. Must never start anything, read a clock or hold money in a float.
//! The binaries call it before anything else runs; replay calls [`Settings::from_canonical`].
//!
//! ```
//! use royale_config::{Loader, Speed};
//! let settings = Loader::battle("deploy").set("run.speed", "max").set("run.seed", "3").load()?;
//! assert_eq!((settings.run.speed, settings.run.seed), (Speed::Max, 3));
//! assert_eq!(settings.slots.len(), 6);
//! # Ok::<(), royale_config::Problems>(())
//! ```
#![forbid(unsafe_code)]

mod canonical;
mod choices;
mod files;
mod keys;
mod loader;
mod meta;
mod module;
mod names;
mod nearest;
mod overrides;
mod parse;
mod place;
mod problem;
mod read;
mod reference;
mod resolve;
mod resolve_parts;
mod rule;
mod schedule;
mod settings;
mod value;
mod written;
mod zone;

pub use canonical::OriginRow;
pub use choices::{
    BeforeSend, Flush, LatencyRecord, Missed, OnFault, Policy, SlotRegime, Topology, Wait,
};
pub use keys::keys;
pub use loader::Loader;
pub use meta::Meta;
pub use module::{MODULE, Module, Modules};
pub use place::Origin;
pub use problem::{Problem, Problems};
pub use reference::reference_markdown;
pub use rule::{Key, Rule, Scope};
pub use schedule::{Readings, Schedule, Timers};
pub use settings::{
    Capital, Control, FeeOverrides, FillModel, Journal, LatencyModel, Param, Peg, QtyByKind,
    QueueModel, Risk, Run, Settings, Simulation, Slot, Speed,
};
pub use zone::{Zone, tzdb};

/// The configuration of `ctl battle`, and the source of every default.
pub const DEFAULT: &str = include_str!("../../../deploy/battle.toml");

/// The version of the schema that this build reads.
pub const SCHEMA_VERSION: u64 = 1;
