//! The seasons behind a journal: a run alone, or a battle's up to the one that was named.

use super::Chapter;
use crate::battle::Manifest;
use crate::commands::journal::hex;
use crate::failure::Failure;
use crate::{run_folder, source};
use royale_plane::Loaded;
use std::path::{Path, PathBuf};

/// A season that was read.
#[derive(Debug)]
pub struct Season {
    number: u32,
    seed: u64,
    seal: Option<String>,
    /// Its journal, folded.
    pub loaded: Loaded,
}

impl Season {
    /// As the rules look at it.
    pub fn chapter(&self) -> Chapter<'_> {
        Chapter {
            number: self.number,
            seed: self.seed,
            seal: self.seal.as_deref(),
            board: &self.loaded.board,
        }
    }
}

/// Reads the run of this journal, and where it is a season of a battle those before it.
///
/// # Errors
/// A journal is missing or damaged.
pub fn read(journal: &Path) -> Result<Vec<Season>, Failure> {
    let run = run_folder::run_of(journal);
    let earlier = earlier(&run);
    let numbered = (1..).zip(earlier.iter().map(|dir| dir.join("journal")));
    let mut seasons: Vec<Season> =
        numbered.map(|(number, dir)| season(number, &dir)).collect::<Result<_, _>>()?;
    seasons.push(season(1 + seasons.len() as u32, journal)?);
    Ok(seasons)
}

/// The seasons of the same battle before this one.
fn earlier(run: &Path) -> Vec<PathBuf> {
    let is_season =
        run.file_name().and_then(|name| name.to_str()).is_some_and(run_folder::is_season);
    let battle = run.parent().filter(|parent| is_season && Manifest::read(parent).is_some());
    let all = battle.map(run_folder::seasons).unwrap_or_default();
    all.into_iter().filter(|other| other.as_path() < run).collect()
}

fn season(number: u32, journal: &Path) -> Result<Season, Failure> {
    let loaded = source::load(journal)?;
    let seed = source::settings(journal, &loaded.preamble)?.run.seed;
    let seal = match loaded.is_finished {
        true => Some(hex(&royale_journal::verify(journal)?.seal)),
        false => None,
    };
    Ok(Season { number, seed, seal, loaded })
}
