//! The folder of a battle: made, locked, and cleared only of what a battle wrote.
//!
//! A folder is a battle's when it holds our manifest. From such a folder the seasons, tapes,
//! configuration and report of the former battle are removed; everything else in it stays. Any
//! other folder that is not empty is refused.

use crate::failure::{Code, Failure};
use crate::{ladder, run_folder};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::path::Path;

/// Name of the manifest.
pub const MANIFEST: &str = "battle.json";

/// What the folder says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// [`Manifest::KIND`].
    pub kind: String,
    /// [`Manifest::VERSION`].
    pub version: u32,
    /// Seed of the first season.
    pub seed: u64,
    /// Seasons.
    pub epochs: u32,
    /// The command that gives the same results.
    pub reproduce: String,
}

impl Manifest {
    /// What marks a folder as ours.
    pub const KIND: &'static str = "battle-royale battle";
    /// Version of this file.
    pub const VERSION: u32 = 1;

    /// Reads the manifest of a folder; `None` when it is not a battle's.
    pub fn read(dir: &Path) -> Option<Self> {
        let text = fs::read_to_string(dir.join(MANIFEST)).ok()?;
        serde_json::from_str(&text).ok().filter(|manifest: &Self| manifest.kind == Self::KIND)
    }
}

/// Makes the folder ready and locks it until the returned file is dropped.
///
/// # Errors
/// It is somebody else's, or a battle is under way in it.
pub fn prepare(dir: &Path, manifest: &Manifest) -> Result<File, Failure> {
    let refuse = |reason: &str| {
        Failure::new(Code::Refused, format!("{}: {reason}", dir.display()))
            .remedy("--out DIR with another folder, or move this one away")
    };
    if dir.exists() && !dir.is_dir() {
        return Err(refuse("is not a folder"));
    }
    fs::create_dir_all(dir).map_err(|error| Failure::io(dir, "create", &error))?;
    let is_ours = Manifest::read(dir).is_some();
    let mut entries = fs::read_dir(dir).map_err(|error| Failure::io(dir, "list", &error))?;
    if !is_ours && entries.next().is_some() {
        return Err(refuse("is not empty, and not the folder of a former battle"));
    }
    let path = dir.join(MANIFEST);
    let lock = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|error| Failure::io(&path, "open", &error))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(refuse("a battle is under way here")),
        Err(TryLockError::Error(error)) => return Err(Failure::io(&path, "lock", &error)),
    }
    clear(dir)?;
    let text = format!("{}\n", serde_json::to_string_pretty(manifest)?);
    fs::write(&path, text).map_err(|error| Failure::io(&path, "write", &error))?;
    Ok(lock)
}

fn clear(dir: &Path) -> Result<(), Failure> {
    let entries = fs::read_dir(dir).map_err(|error| Failure::io(dir, "list", &error))?;
    for entry in entries.filter_map(Result::ok) {
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str() else { continue };
        // A link is never followed: only real folders of ours are emptied.
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let removed = match name {
            "tapes" if is_dir => fs::remove_dir_all(&path),
            name if is_dir && run_folder::is_season(name) => {
                // A killed engine's last records are in memory, which nobody else would give back.
                let _ = royale_journal::recover(&path.join("journal"));
                fs::remove_dir_all(&path)
            }
            super::plan::CONFIG | run_folder::REPORT | ladder::FILE if !is_dir => {
                fs::remove_file(&path)
            }
            _ => continue,
        };
        removed.map_err(|error| Failure::io(&path, "remove", &error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            kind: Manifest::KIND.into(),
            version: Manifest::VERSION,
            seed: 7,
            epochs: 1,
            reproduce: "ctl battle".into(),
        }
    }

    #[test]
    fn a_foreign_folder_is_never_touched() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
        fs::create_dir(dir.path().join("season-01")).unwrap();
        assert!(prepare(dir.path(), &manifest()).is_err());
        assert!(dir.path().join("season-01").is_dir());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_former_battle_is_replaced_and_notes_in_it_stay() {
        let dir = tempfile::tempdir().unwrap();
        let battle = dir.path().join("battle-7");
        drop(prepare(&battle, &manifest()).unwrap());
        fs::create_dir_all(battle.join("season-01/journal")).unwrap();
        fs::write(battle.join("notes.md"), "mine").unwrap();
        let lock = prepare(&battle, &manifest()).unwrap();
        assert!(!battle.join("season-01").exists());
        assert!(battle.join("notes.md").exists());
        assert!(prepare(&battle, &manifest()).is_err(), "a battle is under way");
        drop(lock);
    }
}
