//! The recordings that this binary carries, and their way to the disk.

use crate::failure::{Code, Failure};
use std::path::{Path, PathBuf};

/// Name and packed bytes of each.
const BUNDLED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/tapes.rs"));

/// How many there are.
pub fn count() -> usize {
    BUNDLED.len()
}

/// Writes the tapes of these names into the folder's `tapes`, packed as they are: the engine unpacks and
/// checks them.
///
/// # Errors
/// One is not in this binary, or cannot be written.
pub fn write(dir: &Path, tapes: &[PathBuf]) -> Result<(), Failure> {
    let folder = dir.join("tapes");
    std::fs::create_dir_all(&folder).map_err(|error| Failure::io(&folder, "create", &error))?;
    for tape in tapes {
        let name = tape.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some((_, bytes)) = BUNDLED.iter().find(|(known, _)| *known == name) else {
            let message = format!("the recording {name} is not built into this binary");
            return Err(Failure::new(Code::Configuration, message).remedy(
                "name a file of your own with --config or --tape, or build from a full checkout",
            ));
        };
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(|error| Failure::io(&path, "write", &error))?;
    }
    Ok(())
}
