//! What wants to hold capital: a module or a native strategy, made afresh for every run.
//!
//! Owns the way from bytes to an instance, and the words when there is none. A refusal is the
//! candidate's fault; a parameter that it does not know is its user's.

use crate::exit::Failure;
use crate::versions::{Competitor, Manifest, Store, hex};
use royale_codec::findings::{Bounded, ModuleFacts, Refused, Step};
use royale_codec::swap::{OrdersChoice, StrategyChoice, Swap};
use royale_model::Instrument;
use royale_sandbox::{Card, Host, Limits, Module, StartError};
use royale_strategies::{Rhythm, registry};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

/// A candidate that can be made.
pub struct Candidate {
    manifest: Manifest,
    code: Code,
}

enum Code {
    Native(String),
    Module { module: Box<Module>, bytes: Vec<u8> },
}

/// Why there is no candidate, or no instance of it.
pub enum Unfit {
    /// It is refused.
    Refused(Refused),
    /// The check cannot go on, which is not its fault.
    Failure(Failure),
}

impl From<Failure> for Unfit {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

fn refused(step: Step, why: &impl ToString) -> Unfit {
    Unfit::Refused(Refused { step, why: why.to_string() })
}

/// True for what names a module and not a native strategy.
pub fn names_module(strategy: &str) -> bool {
    strategy.ends_with(".wasm")
}

impl Candidate {
    /// A native strategy.
    pub fn native(name: &str, params: &BTreeMap<String, String>) -> Self {
        let strategy = StrategyChoice::Native { name: name.to_owned() };
        Self { manifest: manifest(strategy, params), code: Code::Native(name.to_owned()) }
    }

    /// A module, inspected and compiled; none of its code has run.
    pub fn module(
        file: &Path,
        params: &BTreeMap<String, String>,
        limits: &Limits,
    ) -> Result<(Self, ModuleFacts), Unfit> {
        let bytes = read(file, limits)?;
        let host = Host::new(limits).map_err(|error| Failure::Error(error.to_string()))?;
        let began = Instant::now();
        let module = host.module(&bytes).map_err(|error| refused(Step::Module, &error))?;
        let facts = facts(module.card(), limits, began.elapsed().as_micros());
        let strategy = StrategyChoice::Module { sha256: facts.sha256.clone() };
        let manifest = manifest(strategy, params);
        Ok((Self { manifest, code: Code::Module { module: Box::new(module), bytes } }, facts))
    }

    /// True for a module: it burns fuel.
    pub fn is_module(&self) -> bool {
        matches!(self.code, Code::Module { .. })
    }

    /// A fresh instance.
    pub fn make(&self, instruments: &[Instrument]) -> Result<Competitor, Unfit> {
        match &self.code {
            Code::Native(name) => {
                let params = self.manifest.native_params();
                registry::build_on(name, &params, instruments, Rhythm::Events)
                    .map(Competitor::Native)
                    .map_err(|error| Failure::Configuration(error.to_string()).into())
            }
            Code::Module { module, .. } => {
                let params = self.manifest.guest_params().map_err(Failure::Configuration)?;
                module.instantiate(&params, instruments).map(Competitor::Guest).map_err(|error| {
                    match error {
                        StartError::Unknown { .. } => {
                            Failure::Configuration(error.to_string()).into()
                        }
                        StartError::Room(_) => Failure::Error(error.to_string()).into(),
                        error => refused(Step::Start, &error),
                    }
                })
            }
        }
    }

    /// Keeps its manifest, and its module, where a replay of the season finds them; the manifest's
    /// SHA-256.
    pub fn keep(&self, store: &Store) -> Result<[u8; 32], Failure> {
        if let Code::Module { bytes, .. } = &self.code {
            store.put(bytes, "wasm").map_err(Failure::Error)?;
        }
        let (text, digest) = self.manifest.text().map_err(Failure::Error)?;
        store.put(text.as_bytes(), "toml").map_err(Failure::Error)?;
        Ok(digest)
    }
}

/// The manifest of a strategy that takes a slot over at once.
fn manifest(strategy: StrategyChoice, params: &BTreeMap<String, String>) -> Manifest {
    Manifest::of_swap(&Swap {
        slot: String::new(),
        strategy,
        params: params.clone(),
        carry: false,
        shadow_ms: 0,
        probation_ms: 0,
        orders: OrdersChoice::default(),
        dry_run: false,
        reason: "qualification".to_owned(),
    })
}

/// The file's bytes, and one more than it may have, so that the inspection says what is wrong.
fn read(file: &Path, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(limits.module_bytes_max as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::Error(format!("{}: {error}", file.display())))?;
    Ok(bytes)
}

fn facts(card: &Card, limits: &Limits, compile_us: u128) -> ModuleFacts {
    let bounded = |value: usize, limit: usize| Bounded { value: value as u64, limit: limit as u64 };
    ModuleFacts {
        sha256: hex(&card.sha256),
        abi: card.abi,
        imports: card.imports.clone(),
        functions: card.functions,
        bytes: bounded(card.bytes, limits.module_bytes_max),
        memory_bytes: bounded(card.memory_bytes, limits.memory_bytes_max),
        compile_weight: Bounded { value: card.compile_weight, limit: limits.compile_weight_max },
        compile_us: u64::try_from(compile_us).unwrap_or(u64::MAX),
    }
}
