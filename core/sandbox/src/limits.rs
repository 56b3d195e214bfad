//! What a module and a guest may use. Every limit has its refusal or its fault.

/// The bounds of a host. The defaults suit strategies of a few hundred lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Fuel for the instructions of one event, and as much again for its host calls. Beyond either
    /// the guest is disarmed.
    pub fuel_per_event: u64,
    /// The same for `init`, and for each of the calls that hand state over.
    pub fuel_at_start: u64,
    /// Length of a module.
    pub module_bytes_max: usize,
    /// Size of its memory, which is there as a whole from the start.
    pub memory_bytes_max: usize,
    /// Native stack that a call may use.
    pub stack_bytes_max: usize,
    /// Functions of a module, imports included.
    pub functions_max: u32,
    /// Length of one function's code.
    pub function_bytes_max: usize,
    /// Locals that one function declares.
    pub locals_max: u32,
    /// Globals of a module.
    pub globals_max: u32,
    /// Entries of its table.
    pub table_elements_max: u32,
    /// What the compiler may have to do, in units of about a microsecond: see `weight.rs`.
    pub compile_weight_max: u64,
    /// Guests alive at one time. Each has its place from the start.
    pub guests_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel_per_event: 100_000,
            fuel_at_start: 20_000_000,
            module_bytes_max: 4 << 20,
            memory_bytes_max: 16 << 20,
            stack_bytes_max: 256 << 10,
            functions_max: 4_096,
            function_bytes_max: 64 << 10,
            locals_max: 512,
            globals_max: 1_024,
            table_elements_max: 4_096,
            compile_weight_max: 10_000_000,
            guests_max: 64,
        }
    }
}
