//! Why there is no host, a module is turned away, or a guest does not start: what is wrong, and what
//! to do about it.

use std::fmt::Write;

/// Why there is no host: its limits contradict each other, the system does not give the address
/// space, or the processor lacks what the compiler needs.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "no host for sandboxed strategies: {0}; see the limits, and `ulimit -v` (each guest reserves 4 GiB of address space)"
)]
pub struct HostError(pub(crate) String);

/// Why a module cannot be a strategy.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ModuleError {
    /// Too long.
    #[error("the module has {bytes} bytes, at most {limit}: strip names and debug sections")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Not a module, or one that uses what the ABI leaves out.
    #[error(
        "not a core module of the allowed features (Lime1 and SIMD): {why} (at byte {at}); build for wasm32 without threads, tail calls, reference types or the component model"
    )]
    Invalid {
        /// The parser's words.
        why: String,
        /// Where.
        at: usize,
    },
    /// No export says that it speaks a version of the ABI that this host speaks.
    #[error("{found}; export an empty function `royale_abi_1`, see docs/wasm-abi.md")]
    Version {
        /// What it says instead.
        found: String,
    },
    /// An import that the ABI does not have.
    #[error(
        "imports `{module}`.`{name}`, which a strategy cannot have: no system, no clock, no memory from outside, only the functions of module `royale` in docs/wasm-abi.md"
    )]
    Import {
        /// The import's module.
        module: String,
        /// Its name.
        name: String,
    },
    /// An import or an export of another type than the ABI's.
    #[error("`{name}` must be {wanted}, and is {found}")]
    Type {
        /// Which.
        name: String,
        /// The ABI's type.
        wanted: String,
        /// The module's.
        found: String,
    },
    /// Something that must be exported is not.
    #[error("exports no `{name}`, which must be {wanted}")]
    Missing {
        /// Which.
        name: &'static str,
        /// The ABI's type.
        wanted: String,
    },
    /// Its memory could grow, or none is there.
    #[error(
        "{why}: link with --initial-memory and --max-memory equal, at most {limit} bytes, and export it as `memory`"
    )]
    Memory {
        /// What is wrong.
        why: String,
        /// The limit.
        limit: usize,
    },
    /// It has a start function.
    #[error(
        "has a start function: nothing may run before `init`; link with --no-entry, or make it an export of your own"
    )]
    Start,
    /// Beyond a limit.
    #[error("{what}: {found}, at most {limit}; make it smaller, or split it")]
    Limit {
        /// Of what.
        what: &'static str,
        /// What it has.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// The compiler gave up.
    #[error("does not compile: {0}; report it with the module")]
    Compile(String),
}

/// Why a guest does not start.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StartError {
    /// `init` said no.
    #[error(
        "`init` refused with {0}: look the number up in the strategy's manual; it usually misses a parameter or an instrument"
    )]
    Refused(i32),
    /// It ran out of fuel.
    #[error("`{during}` used up {limit} units of fuel: do less, or raise fuel_at_start")]
    Fuel {
        /// Which call.
        during: &'static str,
        /// The budget.
        limit: u64,
    },
    /// It trapped, or asked for something malformed.
    #[error("`{during}` failed: {why}")]
    Trap {
        /// Which call.
        during: &'static str,
        /// What the runtime says.
        why: String,
    },
    /// The address that `init` returned is no place for an event.
    #[error(
        "`init` returned {0}, which is not the 8-aligned address of 64 bytes within the memory"
    )]
    Buffer(i32),
    /// The address that `beside` returned is no place for what lies beside an event.
    #[error(
        "`beside` returned {0}, which is not the 8-aligned address of 64 bytes within the memory, apart from the event's"
    )]
    Beside(i32),
    /// It wants no event at all.
    #[error(
        "`wants` names no kind of event, so it would never be asked: set bit k for kind k, or leave it out to be shown everything"
    )]
    Nothing,
    /// It neither wants an instrument nor does not.
    #[error("`wants_instrument` says {answer} of instrument {instrument}: 1 shows it, 0 does not")]
    Instrument {
        /// Which.
        instrument: u32,
        /// What it said.
        answer: i32,
    },
    /// Parameters that it never asked for.
    #[error("unknown parameter `{name}`; {}", list(.asked))]
    Unknown {
        /// The first of them.
        name: String,
        /// What it asked for.
        asked: Vec<String>,
    },
    /// No place is free, or the system has no memory.
    #[error("no place for another guest: {0}; drop one, or raise guests_max")]
    Room(String),
}

fn list(asked: &[String]) -> String {
    if asked.is_empty() {
        return "the strategy asks for none".to_owned();
    }
    let mut text = "the strategy asks for ".to_owned();
    for (at, name) in asked.iter().enumerate() {
        // Writing to a string does not fail.
        let _ = write!(text, "{}`{name}`", if at == 0 { "" } else { ", " });
    }
    text
}
