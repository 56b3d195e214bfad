//! Modules that slots begin with: a file's path as it was written, and the SHA-256 of its bytes.
//!
//! Owns both, and the reading of the files. Must never look into a module: whether it can run is the
//! engine's to say. A journal holds the SHA-256 and no path.

use crate::place::Origin;
use crate::problem::Problems;
use crate::read::Reader;
use crate::resolve::is_path;
use crate::settings::Settings;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a slot's `strategy` says where the slot begins with a module.
pub const MODULE: &str = "module";

/// The longest module; the sandbox takes none that is longer.
const BYTES_MAX: u64 = 4 << 20;

/// Bytes of modules, by their SHA-256 in hex.
pub type Modules = BTreeMap<String, Vec<u8>>;

/// A WebAssembly module that a slot begins with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Module {
    /// Its file; empty in a journal's header.
    pub path: PathBuf,
    /// SHA-256 of its bytes in hex; until [`Settings::read_files`], what was written, or empty.
    pub sha256: String,
}

/// What a slot says of its module; the keys belong to a slot that begins with one.
pub(crate) fn module(
    reader: &mut Reader<'_>,
    path: impl Fn(&str) -> String,
    strategy: &str,
    base_dir: &Path,
) -> Option<Module> {
    let (file, sum) = (path("module"), path("sha256"));
    let is_written = |reader: &Reader<'_>, path: &str| reader.written.get(path).is_some();
    if strategy != MODULE {
        for path in [file, sum] {
            if is_written(reader, &path) {
                let remedy = "write `strategy = \"module\"`, or remove it";
                reader.fault(&path, "says nothing of a slot that begins without a module", remedy);
            }
        }
        return None;
    }
    let is_journal = matches!(reader.home, Origin::Journal { .. });
    Some(Module {
        path: if is_journal { PathBuf::new() } else { located(reader, &file, base_dir) },
        sha256: if is_journal || is_written(reader, &sum) {
            reader.sha256(&sum)
        } else {
            String::new()
        },
    })
}

/// Relative to the file that names it, or to the working directory for an override.
fn located(reader: &mut Reader<'_>, path: &str, base_dir: &Path) -> PathBuf {
    let Some(text) = reader.text(path) else { return PathBuf::new() };
    if !is_path(text) {
        reader.fault(path, "is no path of a file", "write one, such as \"modules/mine.wasm\"");
    }
    match reader.origin(path) {
        Origin::Environment(_) | Origin::CommandLine => PathBuf::from(text),
        _ => base_dir.join(text),
    }
}

impl Settings {
    /// Reads the slots' modules, each file once, and notes what their SHA-256 are.
    pub(crate) fn read_modules(&mut self, problems: &mut Problems) -> Modules {
        let mut modules = Modules::new();
        let mut known = BTreeMap::<PathBuf, Option<String>>::new();
        for slot in &mut self.slots {
            let Some(module) = &mut slot.module else { continue };
            let at = |key: &str| {
                let path = format!("slot.{}.{key}", slot.name);
                (self.origins.get(&path).cloned().unwrap_or(Origin::Default), path)
            };
            let found = known.entry(module.path.clone()).or_insert_with(|| {
                let bytes = read(&module.path).map_err(|why| {
                    let (origin, key) = at("module");
                    let what = format!("names {}, which {why}", module.path.display());
                    let remedy = "correct the path; in a file it is relative to that file";
                    problems.push(origin, key, what, remedy);
                });
                let bytes = bytes.ok()?;
                let sha256 = hex(&Sha256::digest(&bytes));
                modules.insert(sha256.clone(), bytes);
                Some(sha256)
            });
            let Some(found) = found else { continue };
            if module.sha256.is_empty() {
                module.sha256.clone_from(found);
            } else if module.sha256 != *found {
                let (origin, key) = at("sha256");
                let (file, said) = (module.path.display(), &module.sha256);
                let what = format!("is {said}, and the bytes of {file} have {found}");
                let remedy = "take the module that was meant, or write its SHA-256";
                problems.push(origin, key, what, remedy);
            }
        }
        modules
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let fails = |error: std::io::Error| format!("cannot be read: {error}");
    let file = File::open(path).map_err(fails)?;
    if !file.metadata().map_err(fails)?.is_file() {
        return Err("cannot be read: not a file".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(fails)?;
    match bytes.len() as u64 {
        ..=BYTES_MAX => Ok(bytes),
        _ => Err(format!("has more than {BYTES_MAX} bytes, the most that a module may have")),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
