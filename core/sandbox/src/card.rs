//! What a module says of itself, before any of its code has run.

/// A module that passed inspection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Card {
    /// SHA-256 of its bytes: its name in a store and on the journal.
    pub sha256: [u8; 32],
    /// Its length.
    pub bytes: usize,
    /// Version of the ABI that it speaks.
    pub abi: u32,
    /// Size of its memory in bytes.
    pub memory_bytes: usize,
    /// Functions that it defines.
    pub functions: u32,
    /// What the compiler has to do for it, in the units of [`crate::Limits::compile_weight_max`].
    pub compile_weight: u64,
    /// What it asks its host for, in its own order.
    pub imports: Vec<String>,
    /// True when it can hand its state to a successor.
    pub hands_over_state: bool,
    /// True when it says which events it wants to see. Which those are only a running one can tell.
    pub filters_events: bool,
}
