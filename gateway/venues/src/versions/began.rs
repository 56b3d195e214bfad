//! What slots begin with, kept in the run's store as what comes to them later is.
//!
//! Owns which files a new run's store holds. A native strategy needs none: the journal's header says
//! its name and parameters.

use super::{Manifest, Store};
use royale_config::{Modules, Settings};

/// Keeps the modules that slots begin with, and their manifests.
pub fn keep(store: &Store, settings: &Settings, modules: &Modules) -> Result<(), String> {
    for bytes in modules.values() {
        store.put(bytes, "wasm")?;
    }
    for slot in settings.slots.iter().filter(|slot| slot.module.is_some()) {
        let (text, _) = Manifest::of_slot(slot).text()?;
        store.put(text.as_bytes(), "toml")?;
    }
    Ok(())
}
