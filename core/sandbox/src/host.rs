//! The engine of all guests, and modules that passed its gate.
//!
//! Owns how the runtime is set up, and why: what makes guests deterministic, bounded and cheap to
//! call. Nothing here belongs on a pinned thread but [`prepare_thread`].

use crate::card::Card;
use crate::desk::Desk;
use crate::error::{HostError, ModuleError, StartError};
use crate::guest::Guest;
use crate::imports;
use crate::inspect;
use crate::limits::Limits;
use royale_model::Instrument;
use std::collections::BTreeMap;
use wasmparser::WasmFeatures;
use wasmtime::{
    Config, Engine, Error, InstanceAllocationStrategy, InstancePre, Linker, OperatorCost, OptLevel,
    PoolingAllocationConfig,
};

/// Compiles modules and gives their guests a place to live.
#[derive(Clone)]
pub struct Host {
    engine: Engine,
    linker: Linker<Desk>,
    limits: Limits,
}

/// A module that passed inspection, compiled.
#[derive(Clone)]
pub struct Module {
    card: Card,
    ready: InstancePre<Desk>,
    limits: Limits,
}

impl Host {
    /// A host with these limits. It reserves address space, not memory, for all guests at once.
    ///
    /// # Errors
    /// When the system does not give the address space, or the processor lacks what the compiler
    /// needs: the text says which.
    pub fn new(limits: &Limits) -> Result<Self, HostError> {
        let explain = |error: Error| HostError(format!("{error:#}"));
        let engine = Engine::new(&config(limits)).map_err(explain)?;
        let mut linker = Linker::new(&engine);
        imports::define(&mut linker).map_err(explain)?;
        Ok(Self { engine, linker, limits: limits.clone() })
    }

    /// Looks at a module without compiling or running it.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn inspect(&self, wasm: &[u8]) -> Result<Card, ModuleError> {
        inspect::inspect(wasm, &self.limits)
    }

    /// Inspects and compiles a module: milliseconds, bounded by the limits.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn module(&self, wasm: &[u8]) -> Result<Module, ModuleError> {
        let card = self.inspect(wasm)?;
        let compile = |error: Error| ModuleError::Compile(format!("{error:#}"));
        let module = wasmtime::Module::from_binary(&self.engine, wasm).map_err(compile)?;
        let ready = self.linker.instantiate_pre(&module).map_err(compile)?;
        Ok(Module { card, ready, limits: self.limits.clone() })
    }
}

impl Module {
    /// What it says of itself.
    pub fn card(&self) -> &Card {
        &self.card
    }

    /// A guest with a memory of its own, started with these parameters on this instrument table.
    /// All its memory is there when this returns.
    ///
    /// # Errors
    /// Why it does not start.
    pub fn instantiate(
        &self,
        parameters: &BTreeMap<String, f64>,
        instruments: &[Instrument],
    ) -> Result<Guest, StartError> {
        Guest::start(&self.ready, &self.limits, parameters, instruments)
    }
}

/// Does for the calling thread what the first call of a guest on it would otherwise do: maps a stack
/// for the handler of traps. For threads that are about to be pinned.
pub fn prepare_thread() {
    Engine::tls_eager_initialize();
}

/// The runtime's settings.
fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    // What guests may use is said in one place; the compiler holds to it too.
    config.wasm_features(WasmFeatures::all(), false);
    config.wasm_features(inspect::features(), true);
    // The same bits and the same trap everywhere.
    config.cranelift_nan_canonicalization(true);
    config.consume_fuel(true);
    config.operator_cost(costs());
    config.max_wasm_stack(limits.stack_bytes_max);
    config.cranelift_opt_level(OptLevel::Speed);
    // A whole address space for each memory: any 32-bit address lies in it, so that no access is
    // checked; what is not the guest's is a hole, and touching it is a trap.
    config.memory_reservation(1 << 32);
    config.memory_guard_size(32 << 20);
    config.memory_init_cow(false);
    // Tables are filled in before the first call, not at the first use of each entry.
    config.table_lazy_init(false);
    config.wasm_backtrace_max_frames(None);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    config
}

/// Where guests live: places reserved once, so that none waits for the system's memory map.
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(limits.guests_max);
    pool.total_memories(limits.guests_max);
    pool.total_tables(limits.guests_max);
    pool.max_memories_per_module(1);
    pool.max_tables_per_module(1);
    pool.max_memory_size(limits.memory_bytes_max);
    pool.table_elements(limits.table_elements_max as usize);
    pool
}

/// One unit an instruction, one a byte for copies and fills; more for what leaves the guest's code.
fn costs() -> OperatorCost {
    let mut costs = OperatorCost::new();
    // Each is a call into the host, whatever its length.
    costs.MemoryFill = 32;
    costs.MemoryCopy = 32;
    costs.MemoryGrow = 255;
    costs
}
