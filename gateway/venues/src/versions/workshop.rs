//! Makes strategies from their manifests: slow work, never on a pinned thread.

use super::store::unhex;
use super::{Competitor, Manifest, Store};
use royale_codec::swap::StrategyChoice;
use royale_engine::strategy::Version;
use royale_engine::topology::Topology;
use royale_model::{Instrument, SlotId};
use royale_sandbox::{Host, Limits, Module};
use royale_strategies::{Rhythm, registry};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Everything that a strategy is made with.
pub struct Workshop {
    instruments: Vec<Instrument>,
    store: Store,
    limits: Limits,
    /// Made when the first module comes: most runs have none.
    host: OnceLock<Result<Host, String>>,
    /// Modules that were compiled already, by their SHA-256.
    modules: Mutex<BTreeMap<[u8; 32], Module>>,
}

/// Compiled modules that are kept.
const MODULES_KEPT: usize = 64;

impl Workshop {
    /// A workshop for these instruments, with this store.
    pub fn new(instruments: Vec<Instrument>, store: Store, limits: Limits) -> Self {
        let (host, modules) = (OnceLock::new(), Mutex::default());
        Self { instruments, store, limits, host, modules }
    }
    /// Where manifests and modules are kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What a manifest describes, for a slot that is asked in this rhythm.
    pub fn make(&self, manifest: &Manifest, rhythm: Rhythm) -> Result<Competitor, String> {
        match &manifest.strategy {
            StrategyChoice::Native { name } => {
                let params = manifest.native_params();
                let native = registry::build_on(name, &params, &self.instruments, rhythm);
                native.map(Competitor::Native).map_err(|error| error.to_string())
            }
            StrategyChoice::Module { sha256 } => {
                let module = self.module(sha256)?;
                let guest = module.instantiate(&manifest.guest_params()?, &self.instruments);
                guest.map(Competitor::Guest).map_err(|error| error.to_string())
            }
            StrategyChoice::Vacant {} => Ok(Competitor::Vacant),
        }
    }

    /// Looks whether bytes are a module that could run.
    pub fn inspect(&self, bytes: &[u8]) -> Result<(), String> {
        self.host()?.inspect(bytes).map(drop).map_err(|error| error.to_string())
    }

    fn host(&self) -> Result<&Host, String> {
        let made = || Host::new(&self.limits).map_err(|error| error.to_string());
        self.host.get_or_init(made).as_ref().map_err(Clone::clone)
    }

    /// Compiles a module of this SHA-256 that the store does not hold yet.
    pub fn bring(&self, sha256: &str, bytes: &[u8]) -> Result<(), String> {
        self.compiled(sha256, |_| Ok(bytes.into())).map(drop)
    }

    /// A module of the store, compiled.
    fn module(&self, sha256: &str) -> Result<Module, String> {
        self.compiled(sha256, |digest| self.store.get(digest, "wasm").map(Cow::Owned))
    }

    /// A module, compiled once however often it is asked for.
    fn compiled<'a>(
        &self,
        sha256: &str,
        bytes: impl FnOnce(&[u8; 32]) -> Result<Cow<'a, [u8]>, String>,
    ) -> Result<Module, String> {
        let digest = unhex(sha256).ok_or("a SHA-256 that is not one")?;
        let kept = || self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = kept().get(&digest) {
            return Ok(module.clone());
        }
        let bytes = bytes(&digest)?;
        let module = self.host()?.module(&bytes).map_err(|error| error.to_string())?;
        let mut modules = kept();
        if modules.len() >= MODULES_KEPT {
            modules.clear();
        }
        modules.insert(digest, module.clone());
        Ok(module)
    }

    /// The version that a journal speaks of, made again from the store.
    pub fn again(
        &self,
        slot: SlotId,
        rhythm: Rhythm,
        number: u32,
        digest: [u8; 32],
    ) -> Result<Box<Version<Competitor>>, String> {
        let bytes = self.store.get(&digest, "toml")?;
        let text = String::from_utf8(bytes).map_err(|_| "a manifest that is not text")?;
        let manifest = Manifest::parse(&text)?;
        let competitor = self.make(&manifest, rhythm)?;
        Ok(Box::new(Version { slot, number, digest, plan: manifest.plan(), competitor }))
    }
}

/// Which of the topology's strategy threads has a slot: they are shared out evenly, in order.
pub fn thread_of(topology: Topology, slot: usize, slots: usize) -> usize {
    let threads = topology.strategy_threads();
    (0..threads).find(|thread| slot < slots * (thread + 1) / threads).unwrap_or(0)
}
