//! The names and types of the ABI, version 1: what `docs/wasm-abi.md` says, as a table.
//!
//! Must agree with the closures in `imports.rs`: instantiating a module that imports all of it
//! fails otherwise, and a test does.

use wasmparser::ValType::{self, F64, I32, I64};

/// The version, and the export that says it.
pub(crate) const VERSION: u32 = 1;
/// What the exports that say a version begin with.
pub(crate) const VERSION_MARK: &str = "royale_abi_";
/// The module that imports come from.
pub(crate) const IMPORT_MODULE: &str = "royale";
/// The exported memory.
pub(crate) const MEMORY: &str = "memory";

/// A function of the ABI.
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    pub(crate) params: &'static [ValType],
    pub(crate) results: &'static [ValType],
}

const fn function(
    name: &'static str,
    params: &'static [ValType],
    results: &'static [ValType],
) -> Signature {
    Signature { name, params, results }
}

/// What a module may import.
pub(crate) const IMPORTS: &[Signature] = &[
    function("param", &[I32, I32, F64], &[F64]),
    function("instrument", &[I32, I32], &[I32]),
    function("now", &[], &[I64]),
    function("market", &[I32, I32], &[I32]),
    function("depth", &[I32, I32, I32, I32], &[I32]),
    function("position", &[I32, I32], &[I32]),
    function("orders", &[I32, I32], &[I32]),
    function("submit", &[I32], &[I64]),
    function("cancel", &[I64, I32], &[I32]),
    function("abstain", &[I32], &[I32]),
    function("take_state", &[I32], &[I32]),
];

/// What it must export.
pub(crate) const EXPORTS: &[Signature] = &[
    function("royale_abi_1", &[], &[]),
    function("init", &[I32], &[I32]),
    function("on_event", &[], &[]),
];

/// What it may export: which events it wants to see.
pub(crate) const WANTS: Signature = function("wants", &[], &[I64]);

/// What it may export beside that: of which instruments it wants to see market data.
pub(crate) const WANTS_INSTRUMENT: Signature = function("wants_instrument", &[I32], &[I32]);

/// What it may export: where it wants the usual questions answered.
pub(crate) const BESIDE: Signature = function("beside", &[], &[I32]);

/// What it exports all of, or nothing.
pub(crate) const STATE_EXPORTS: &[Signature] = &[
    function("state_layout", &[], &[I64]),
    function("export_state", &[], &[I64]),
    function("import_state", &[I32], &[I32]),
];
