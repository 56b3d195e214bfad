//! What a version of a slot is, by its manifest in the run's folder `versions/`.
//!
//! Must never believe a manifest whose bytes are not those of its name.

use crate::run_folder;
use royale_codec::swap::StrategyChoice;
use royale_config::Settings;
use royale_plane::Running;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The strategy behind a version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Strategy {
    /// Its name; `module` for a stranger's, and empty where nobody can tell.
    pub strategy: String,
    /// SHA-256 of the module; empty for a native strategy.
    pub module: String,
}

#[derive(Deserialize)]
struct Manifest {
    strategy: StrategyChoice,
}

/// Finds out what ran.
pub fn strategy(journal: &Path, settings: &Settings, slot: u16, runs: &Running) -> Strategy {
    let named = |strategy: &str| Strategy { strategy: strategy.to_owned(), module: String::new() };
    if runs.version == 0 {
        let Some(slot) = settings.slots.get(usize::from(slot)) else { return named("") };
        let module = slot.module.as_ref().map_or("", |module| &module.sha256);
        return Strategy { module: module.to_owned(), ..named(&slot.strategy) };
    }
    match manifest(journal, &runs.manifest).map(|manifest| manifest.strategy) {
        Some(StrategyChoice::Native { name }) => named(&name),
        Some(StrategyChoice::Module { sha256 }) => Strategy { module: sha256, ..named("module") },
        Some(StrategyChoice::Vacant {}) => named("vacant"),
        None => named(""),
    }
}

fn manifest(journal: &Path, digest: &str) -> Option<Manifest> {
    let folder = run_folder::run_of(journal).join("versions");
    let bytes = std::fs::read(folder.join(format!("{digest}.toml"))).ok()?;
    let found = crate::commands::journal::hex(&Sha256::digest(&bytes));
    let text = String::from_utf8(bytes).ok().filter(|_| found == digest)?;
    toml::from_str(&text).ok()
}

/// What ran, in words.
pub fn sentence(runs: &Running, known: &Strategy) -> String {
    let Running { version, manifest, since } = runs;
    let Strategy { strategy, module } = known;
    let what = match (strategy.as_str(), module.as_str()) {
        ("", _) => "a strategy whose manifest is not in the run's folder".to_owned(),
        (name, "") => name.to_owned(),
        (_, sha256) => format!("a module, SHA-256 {sha256}"),
    };
    match version {
        0 => format!("{what}, as the run's configuration has it (version 0)"),
        _ => format!("{what}, version {version} since input {since}, manifest {manifest}"),
    }
}
