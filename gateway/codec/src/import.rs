//! The door to all importers: which format is it, and here is the tape.
//!
//! Owns the detection of formats and what every importer takes and gives. Must never write: the
//! caller decides what becomes of the events. Called by `ctl tape import`, tests and the bundler.

use crate::error::ImportError;
use crate::lines::{Limits, Line, Lines};
use crate::report::ImportReport;
use crate::{binance_session, kalshi_files, kalshi_session};
use royale_journal::{Preamble, Purpose};
use royale_model::{Event, Instrument};
use std::path::{Path, PathBuf};

/// How an import works.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ImportOptions {
    /// Bounds.
    pub limits: Limits,
}

/// How far an import is, in bytes on disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Read so far.
    pub bytes_done: u64,
    /// To read.
    pub bytes_total: u64,
}

/// A recording as a tape.
#[derive(Clone, PartialEq, Debug)]
pub struct Imported {
    /// In order of replay; `seq` is 0, the sequencer gives it.
    pub events: Vec<Event>,
    /// Position is id.
    pub instruments: Vec<Instrument>,
    /// Which recording it was, without any path of this machine.
    pub origin: String,
    /// What was found.
    pub report: ImportReport,
}

impl Imported {
    /// What the tape's header says of itself; add licence and source to `origin` before.
    pub fn preamble(&self) -> Preamble {
        Preamble {
            purpose: Purpose::Tape,
            config: self.origin.clone(),
            instruments: self.instruments.clone(),
            slots: Vec::new(),
        }
    }
}

/// A format that we import.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Format {
    /// A folder of a recorded Kalshi session.
    Kalshi(PathBuf),
    /// Recorded Binance streams, to be merged.
    Binance(Vec<PathBuf>),
}

const REMEDY: &str = "give one folder with orderbook_delta.ndjson[.zst|.gz], or Binance .gz files";
/// Depth to which a folder is searched for Binance files.
const FOLDER_DEPTH: u32 = 2;
/// Files that one import may merge.
const FILES_MAX: usize = 256;

/// Finds out what the paths hold: one Kalshi session folder, or Binance files or folders of them.
///
/// # Errors
/// Nothing there, or nothing that we know.
pub fn detect(paths: &[PathBuf]) -> Result<Format, ImportError> {
    let unknown = |path: &Path, reason: &str| ImportError::Unrecognised {
        path: path.to_owned(),
        reason: reason.to_owned(),
        remedy: REMEDY,
    };
    let Some(first) = paths.first() else {
        return Err(unknown(Path::new(""), "no path was given"));
    };
    let is_session =
        |path: &Path| Ok::<_, ImportError>(kalshi_files::find(path, "orderbook_delta")?.is_some());
    if let [only] = paths
        && only.is_dir()
        && is_session(only)?
    {
        return Ok(Format::Kalshi(only.clone()));
    }
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            if is_session(path)? {
                return Err(unknown(path, "a Kalshi session among several paths"));
            }
            collect(path, FOLDER_DEPTH, &mut files)?;
        } else {
            files.push(path.clone());
        }
        if files.len() > FILES_MAX {
            return Err(unknown(path, "more files than one import may merge"));
        }
    }
    if files.is_empty() {
        return Err(unknown(first, "neither a Kalshi session nor a folder of .gz files"));
    }
    for file in &files {
        if !looks_like_binance(file)? {
            return Err(unknown(file, "the first line is not `<nanoseconds> {json}`"));
        }
    }
    Ok(Format::Binance(files))
}

fn collect(folder: &Path, depth: u32, files: &mut Vec<PathBuf>) -> Result<(), ImportError> {
    let entries =
        std::fs::read_dir(folder).map_err(|source| ImportError::io(folder, "list", source))?;
    let mut found = Vec::new();
    for entry in entries {
        found.push(entry.map_err(|source| ImportError::io(folder, "list", source))?.path());
    }
    found.sort();
    for path in found {
        if path.is_dir() && depth > 1 {
            collect(&path, depth - 1, files)?;
        } else if path.extension().is_some_and(|end| end == "gz") && files.len() <= FILES_MAX {
            files.push(path);
        }
    }
    Ok(())
}

fn looks_like_binance(path: &Path) -> Result<bool, ImportError> {
    let mut lines = Lines::open(path, Limits::default())?;
    Ok(match lines.next_line()? {
        Some(Line::Text(text)) => {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            digits > 0 && text[digits..].starts_with(b" {")
        }
        _ => false,
    })
}

/// Imports what the paths hold.
///
/// # Errors
/// Nothing that we know, damaged, or beyond the limits. Broken lines are not an error: they are
/// counted in the report.
pub fn import(
    paths: &[PathBuf],
    options: &ImportOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Imported, ImportError> {
    match detect(paths)? {
        Format::Kalshi(folder) => kalshi_session::import(&folder, options, progress),
        Format::Binance(files) => binance_session::import(&files, options, progress),
    }
}
