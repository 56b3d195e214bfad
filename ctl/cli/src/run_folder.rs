//! Where things lie in the folder of a battle or a run, and which folder is meant.

use crate::failure::Failure;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The report's file name.
pub const REPORT: &str = "report.html";
/// The default parent of runs.
pub const RUNS: &str = "runs";

/// The journal in a folder: the folder itself, a run's `journal`, or that of the last season of a
/// battle.
///
/// # Errors
/// No journal there.
pub fn journal_in(path: &Path) -> Result<PathBuf, Failure> {
    if path.is_file() || path.join("000001.journal").is_file() {
        return Ok(path.to_path_buf());
    }
    let inner = path.join("journal");
    if inner.is_dir() {
        return Ok(inner);
    }
    if let Some(last) = seasons(path).pop() {
        return Ok(last.join("journal"));
    }
    let reason = if path.exists() { "holds no journal" } else { "does not exist" };
    Err(Failure::not_found(format!("{}: {reason}", path.display()))
        .remedy("name a battle (runs/battle-7), a season in it, or a folder of *.journal files"))
}

/// The run folder of a journal folder: where `latency.json` lies.
pub fn run_of(journal: &Path) -> PathBuf {
    let is_inner = journal.file_name().is_some_and(|name| name == "journal");
    let parent = journal.parent().filter(|_| is_inner);
    parent.map_or_else(|| journal.to_path_buf(), Path::to_path_buf)
}

/// The season folders of a battle that hold a journal, in order.
pub fn seasons(battle: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(battle) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(is_season))
        .map(|entry| entry.path())
        .filter(|path| path.join("journal").is_dir())
        .collect();
    found.sort();
    found
}

/// Name of the season folder number `n`, from 1.
pub fn season_name(n: u32) -> String {
    format!("season-{n:02}")
}

/// True for the name of a season folder.
pub fn is_season(name: &str) -> bool {
    name.strip_prefix("season-")
        .is_some_and(|rest| rest.len() >= 2 && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The newest folder under `runs/` that holds a journal.
pub fn newest_under(runs: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(runs).ok()?;
    let mut all: Vec<(SystemTime, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let journal = journal_in(&entry.path()).ok()?;
            let modified = std::fs::metadata(&journal).and_then(|data| data.modified()).ok()?;
            Some((modified, entry.path()))
        })
        .collect();
    all.sort();
    all.pop().map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_seasons_are_seasons() {
        for (name, expected) in [
            ("season-01", true),
            ("season-120", true),
            ("season-", false),
            ("season-1", false),
            ("season-0x", false),
        ] {
            assert_eq!(is_season(name), expected, "{name}");
        }
    }
}
