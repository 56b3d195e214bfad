//! Where a check takes place: a folder with the tapes and the configuration, kept only when asked for.

use crate::battle::write_tapes;
use crate::failure::{Code, Failure};
use royale_config::Loader;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Name of the slot that the candidate gets.
pub const SLOT: &str = "candidate";
/// Name of the configuration in the folder.
const CONFIG: &str = "check.toml";

/// The folder of a check.
pub struct Place {
    dir: PathBuf,
    is_kept: bool,
}

impl Place {
    /// Makes the folder: this one, or one that goes with the check.
    ///
    /// # Errors
    /// It is not empty, or cannot be made.
    pub fn make(out: Option<&Path>) -> Result<Self, Failure> {
        let Some(dir) = out else {
            return Ok(Self { dir: temporary()?, is_kept: false });
        };
        std::fs::create_dir_all(dir).map_err(|error| Failure::io(dir, "create", &error))?;
        let mut entries =
            std::fs::read_dir(dir).map_err(|error| Failure::io(dir, "list", &error))?;
        if entries.next().is_some() {
            return Err(Failure::new(Code::Refused, format!("{}: is not empty", dir.display()))
                .remedy("--out DIR with a new folder"));
        }
        Ok(Self { dir: dir.to_path_buf(), is_kept: true })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes the default battle's configuration with one free slot, and its recordings where no others
    /// are named; where the configuration lies.
    ///
    /// # Errors
    /// Something cannot be written.
    pub fn furnish(&self, tapes: &[PathBuf]) -> Result<PathBuf, Failure> {
        let mut document: Table = toml::from_str(royale_config::DEFAULT)
            .map_err(|error| Failure::new(Code::Configuration, error))?;
        let slot = [
            ("name", Value::String(SLOT.to_owned())),
            ("strategy", Value::String("vacant".to_owned())),
            ("allocation_bp", Value::Integer(0)),
        ];
        let slot: Table = slot.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        document.insert("slot".to_owned(), Value::Array(vec![Value::Table(slot)]));
        if tapes.is_empty() {
            let settings = Loader::battle(&self.dir).load()?;
            write_tapes(&self.dir, &settings.run.tapes)?;
        } else {
            let absolute = |tape: &PathBuf| {
                let tape = std::path::absolute(tape).unwrap_or_else(|_| tape.clone());
                Value::String(tape.to_string_lossy().into_owned())
            };
            let tapes = tapes.iter().map(absolute).collect();
            set(&mut document, "run", "tapes", Value::Array(tapes));
        }
        set(&mut document, "run", "name", Value::String("check".to_owned()));
        set(&mut document, "run", "speed", Value::String("max".to_owned()));
        // Nobody trades on it: a dead machine may lose it.
        set(&mut document, "journal", "flush", Value::String("lazy".to_owned()));
        let path = self.dir.join(CONFIG);
        let text = toml::to_string(&document).map_err(Failure::error)?;
        std::fs::write(&path, text).map_err(|error| Failure::io(&path, "write", &error))?;
        Ok(path)
    }
}

/// A new folder among the system's temporary ones.
fn temporary() -> Result<PathBuf, Failure> {
    let parent = std::env::temp_dir();
    let mut nth = 0_u32;
    loop {
        let dir = parent.join(format!("ctl-check-{}-{nth}", std::process::id()));
        // Not `create_dir_all`: a folder that somebody else made is not ours to remove.
        match std::fs::create_dir(&dir) {
            Ok(()) => return Ok(dir),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => nth += 1,
            Err(error) => return Err(Failure::io(&dir, "create", &error)),
        }
    }
}

fn set(document: &mut Table, section: &str, key: &str, value: Value) {
    let table = document.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Some(table) = table.as_table_mut() {
        table.insert(key.to_owned(), value);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.is_kept {
            // A killed engine's last records are in memory, which nobody else would give back.
            let _ = royale_journal::recover(&self.dir.join("journal"));
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}
