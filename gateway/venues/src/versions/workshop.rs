//! Makes strategies from their manifests: slow work, never on a pinned thread.

use super::{Competitor, Manifest, Store};
use royale_codec::swap::StrategyChoice;
use royale_engine::strategy::Version;
use royale_engine::topology::Topology;
use royale_model::{Instrument, SlotId};
use royale_strategies::registry;

/// Everything that a strategy is made with.
#[derive(Debug)]
pub struct Workshop {
    instruments: Vec<Instrument>,
    store: Store,
}

impl Workshop {
    /// A workshop for these instruments, with this store.
    pub fn new(instruments: Vec<Instrument>, store: Store) -> Self {
        Self { instruments, store }
    }
    /// Where manifests and modules are kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Makes what a manifest describes.
    pub fn make(&self, manifest: &Manifest) -> Result<Competitor, String> {
        match &manifest.strategy {
            StrategyChoice::Native { name } => {
                let params = manifest.native_params();
                let native = registry::build(name, &params, &self.instruments);
                native.map(Competitor::Native).map_err(|error| error.to_string())
            }
            StrategyChoice::Module { .. } => {
                Err("this engine was built without the sandbox".to_owned())
            }
            StrategyChoice::Vacant {} => Ok(Competitor::Vacant),
        }
    }

    /// Looks whether bytes are a module that could run.
    pub fn inspect(&self, _: &[u8]) -> Result<(), String> {
        Err("this engine was built without the sandbox".to_owned())
    }

    /// The version that a journal speaks of, made again from the store.
    pub fn again(
        &self,
        slot: SlotId,
        number: u32,
        digest: [u8; 32],
    ) -> Result<Box<Version<Competitor>>, String> {
        let bytes = self.store.get(&digest, "toml")?;
        let text = String::from_utf8(bytes).map_err(|_| "a manifest that is not text")?;
        let manifest = Manifest::parse(&text)?;
        let competitor = self.make(&manifest)?;
        Ok(Box::new(Version { slot, number, digest, plan: manifest.plan(), competitor }))
    }
}

/// Which of the topology's strategy threads has a slot: they are shared out evenly, in order.
pub fn thread_of(topology: Topology, slot: usize, slots: usize) -> usize {
    let threads = topology.strategy_threads();
    (0..threads).find(|thread| slot < slots * (thread + 1) / threads).unwrap_or(0)
}
