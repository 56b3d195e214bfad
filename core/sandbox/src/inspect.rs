//! Looks at a module's bytes: is it one that the ABI allows? Runs none of its code.
//!
//! Owns the list of WebAssembly's features that guests may use. Any bytes give a card or an error,
//! in time and memory that the limit on their length bounds.

use crate::abi::{
    self, BESIDE, EXPORTS, IMPORTS, STATE_EXPORTS, Signature, WANTS, WANTS_INSTRUMENT,
};
use crate::card::Card;
use crate::error::ModuleError;
use crate::limits::Limits;
use crate::weight::{self, Weight};
use sha2::{Digest, Sha256};
use wasmparser::types::{EntityType, TypesRef};
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, MemoryType, Parser, Payload, TypeRef,
    ValType, ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

/// Parameters and results of one function: the compiler gives each of them a place of its own.
const VALUES_MAX: u64 = 64;

/// What LLVM calls `lime1`, and fixed-width SIMD. All of it gives the same bits everywhere, once
/// NaNs are canonical.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::LIME1.union(WasmFeatures::SIMD).difference(WasmFeatures::GC_TYPES)
}

/// A module's card, or why it cannot be a strategy.
pub(crate) fn inspect(wasm: &[u8], limits: &Limits) -> Result<Card, ModuleError> {
    if wasm.len() > limits.module_bytes_max {
        return Err(ModuleError::TooLarge { bytes: wasm.len(), limit: limits.module_bytes_max });
    }
    let mut walk = Walk::new(limits);
    let mut validator = Validator::new_with_features(features());
    let mut parser = Parser::new(0);
    parser.set_features(features());
    for payload in parser.parse_all(wasm) {
        let payload = payload.map_err(invalid)?;
        walk.bounds(&payload)?;
        match validator.payload(&payload).map_err(invalid)? {
            ValidPayload::Func(function, body) => walk.function(function, &body)?,
            ValidPayload::End(types) => walk.interface(types.as_ref())?,
            ValidPayload::Ok | ValidPayload::Parser(_) => {}
        }
    }
    walk.card(wasm)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn invalid(error: wasmparser::Error) -> ModuleError {
    // Some of the parser's words come as a list with a line for each byte.
    let why: Vec<&str> = error.message().split_whitespace().collect();
    ModuleError::Invalid { why: why.join(" "), at: error.offset() }
}

fn bounded(what: &'static str, found: u64, limit: u64) -> Result<(), ModuleError> {
    if found > limit { Err(ModuleError::Limit { what, found, limit }) } else { Ok(()) }
}

/// What is gathered on the way through a module.
struct Walk<'a> {
    limits: &'a Limits,
    allocations: FuncValidatorAllocations,
    weight: Weight,
    functions: u32,
    memory_bytes: usize,
    imports: Vec<String>,
    hands_over_state: bool,
    filters_events: bool,
    ended: bool,
}

impl<'a> Walk<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            allocations: FuncValidatorAllocations::default(),
            weight: Weight::default(),
            functions: 0,
            memory_bytes: 0,
            imports: Vec::new(),
            hands_over_state: false,
            filters_events: false,
            ended: false,
        }
    }

    /// What the sections say of themselves, before they are read.
    fn bounds(&mut self, payload: &Payload<'_>) -> Result<(), ModuleError> {
        let limits = self.limits;
        match payload {
            Payload::StartSection { .. } => return Err(ModuleError::Start),
            Payload::ImportSection(imports) => {
                bounded("imports", imports.count().into(), 64)?;
                for import in imports.clone().into_imports() {
                    let import = import.map_err(invalid)?;
                    let known = import.module == abi::IMPORT_MODULE
                        && matches!(import.ty, TypeRef::Func(_))
                        && IMPORTS.iter().any(|known| known.name == import.name);
                    if !known {
                        let (module, name) = (import.module.into(), import.name.into());
                        return Err(ModuleError::Import { module, name });
                    }
                    self.imports.push(import.name.to_owned());
                }
            }
            Payload::FunctionSection(functions) => {
                self.functions = functions.count();
                bounded("functions", self.functions.into(), limits.functions_max.into())?;
            }
            Payload::TypeSection(types) => {
                bounded("types", types.count().into(), limits.functions_max.into())?;
                for function in types.clone().into_iter_err_on_gc_types() {
                    let function = function.map_err(invalid)?;
                    let values = function.params().len() + function.results().len();
                    bounded("parameters and results of a type", values as u64, VALUES_MAX)?;
                }
            }
            Payload::GlobalSection(globals) => {
                bounded("globals", globals.count().into(), limits.globals_max.into())?;
            }
            Payload::ExportSection(exports) => {
                bounded("exports", exports.count().into(), limits.functions_max.into())?;
            }
            Payload::ElementSection(elements) => {
                bounded("element segments", elements.count().into(), limits.globals_max.into())?;
            }
            Payload::DataSection(data) => {
                bounded("data segments", data.count().into(), limits.functions_max.into())?;
            }
            Payload::TableSection(tables) => {
                for table in tables.clone() {
                    let initial = table.map_err(invalid)?.ty.initial;
                    bounded("table elements", initial, limits.table_elements_max.into())?;
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories.clone() {
                    self.memory(memory.map_err(invalid)?)?;
                }
            }
            Payload::CodeSectionEntry(body) => {
                let length = body.range().len() as u64;
                bounded("bytes of one function", length, limits.function_bytes_max as u64)?;
                // Before validation, which would make room for each of them.
                let locals = weight::locals(body).map_err(invalid)?;
                bounded("locals of one function", locals, limits.locals_max.into())?;
            }
            _ => {}
        }
        Ok(())
    }

    fn memory(&mut self, memory: MemoryType) -> Result<(), ModuleError> {
        let limit = self.limits.memory_bytes_max;
        let wrong = |why: String| Err(ModuleError::Memory { why, limit });
        if memory.maximum != Some(memory.initial) {
            let most = memory.maximum.map_or("none".to_owned(), |most| most.to_string());
            return wrong(format!(
                "the memory may grow: minimum {} pages, maximum {most}",
                memory.initial
            ));
        }
        match usize::try_from(memory.initial.saturating_mul(1 << 16)) {
            Ok(bytes) if bytes <= limit => self.memory_bytes = bytes,
            _ => return wrong(format!("the memory has {} pages of 64 KiB", memory.initial)),
        }
        Ok(())
    }

    fn function(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<(), ModuleError> {
        let mut validator = function.into_validator(std::mem::take(&mut self.allocations));
        let valid = validator.validate(body);
        self.allocations = validator.into_allocations();
        valid.map_err(invalid)?;
        self.weight.add(body).map_err(invalid)?;
        let (found, limit) = (self.weight.total(), self.limits.compile_weight_max);
        bounded("work for the compiler (see compile_weight_max)", found, limit)
    }

    /// The whole is valid: does it have the ABI's shape?
    fn interface(&mut self, types: TypesRef<'_>) -> Result<(), ModuleError> {
        self.ended = true;
        let imports: Vec<_> = types.core_imports().into_iter().flatten().collect();
        for (_, name, entity) in imports {
            if let Some(known) = IMPORTS.iter().find(|known| known.name == name) {
                has_type(types, entity, known)?;
            }
        }
        let exports: Vec<_> = types.core_exports().into_iter().flatten().collect();
        let export = |name: &str| exports.iter().find(|(found, _)| *found == name).map(|it| it.1);
        let (mark, callbacks) = EXPORTS.split_at(1);
        if export(mark[0].name).is_none() {
            let names = exports.iter().map(|(name, _)| *name);
            let others: Vec<_> =
                names.filter(|name| name.starts_with(abi::VERSION_MARK)).take(8).collect();
            let found = if others.is_empty() {
                "says no version of the ABI".to_owned()
            } else {
                format!("speaks {} only, and this host version {}", others.join(", "), abi::VERSION)
            };
            return Err(ModuleError::Version { found });
        }
        let limit = self.limits.memory_bytes_max;
        match export(abi::MEMORY) {
            Some(EntityType::Memory(_)) => {}
            Some(_) => {
                let why = "the export `memory` is no memory".to_owned();
                return Err(ModuleError::Memory { why, limit });
            }
            None => {
                let why = "exports no memory".to_owned();
                return Err(ModuleError::Memory { why, limit });
            }
        }
        self.hands_over_state = STATE_EXPORTS.iter().any(|it| export(it.name).is_some());
        let wanted = if self.hands_over_state { STATE_EXPORTS } else { &[] };
        for signature in mark.iter().chain(callbacks).chain(wanted) {
            let Some(entity) = export(signature.name) else {
                let wanted = text(signature.params, signature.results);
                return Err(ModuleError::Missing { name: signature.name, wanted });
            };
            has_type(types, entity, signature)?;
        }
        for signature in [&WANTS, &WANTS_INSTRUMENT, &BESIDE] {
            if let Some(entity) = export(signature.name) {
                has_type(types, entity, signature)?;
            }
        }
        self.filters_events = export(WANTS.name).is_some();
        if export(WANTS_INSTRUMENT.name).is_some() && !self.filters_events {
            let wanted =
                format!("{} beside `{}`", text(WANTS.params, WANTS.results), WANTS_INSTRUMENT.name);
            return Err(ModuleError::Missing { name: WANTS.name, wanted });
        }
        Ok(())
    }

    fn card(self, wasm: &[u8]) -> Result<Card, ModuleError> {
        if !self.ended {
            return Err(ModuleError::Invalid {
                why: "the module ends early".into(),
                at: wasm.len(),
            });
        }
        Ok(Card {
            sha256: Sha256::digest(wasm).into(),
            bytes: wasm.len(),
            abi: abi::VERSION,
            memory_bytes: self.memory_bytes,
            functions: self.functions,
            compile_weight: self.weight.total(),
            imports: self.imports,
            hands_over_state: self.hands_over_state,
            filters_events: self.filters_events,
        })
    }
}

fn has_type(
    types: TypesRef<'_>,
    entity: EntityType,
    wanted: &Signature,
) -> Result<(), ModuleError> {
    let found = match entity {
        EntityType::Func(id) => {
            let function = types[id].unwrap_func();
            if function.params() == wanted.params && function.results() == wanted.results {
                return Ok(());
            }
            text(function.params(), function.results())
        }
        _ => "no function".to_owned(),
    };
    let name = wanted.name.to_owned();
    Err(ModuleError::Type { name, wanted: text(wanted.params, wanted.results), found })
}

/// `(i32, i64) -> (f64)`.
fn text(params: &[ValType], results: &[ValType]) -> String {
    let list = |types: &[ValType]| {
        let names: Vec<_> = types.iter().map(ToString::to_string).collect();
        names.join(", ")
    };
    format!("a function ({}) -> ({})", list(params), list(results))
}
