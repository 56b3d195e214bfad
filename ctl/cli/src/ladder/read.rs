//! The seasons behind a journal: a run alone, or a battle's up to the one that was named.

use super::Chapter;
use crate::battle::Manifest;
use crate::commands::journal::hex;
use crate::failure::{Code, Failure};
use crate::{run_folder, source};
use royale_config::Settings;
use royale_journal::Preamble;
use royale_plane::{Loaded, Played};
use std::path::{Path, PathBuf};

/// A season that was read.
#[derive(Debug)]
pub struct Season {
    number: u32,
    seed: u64,
    seal: Option<String>,
    is_vacant: Vec<bool>,
    /// Its journal, folded.
    pub loaded: Loaded,
}

impl Season {
    /// As the rules look at it.
    pub fn chapter(&self) -> Chapter<'_> {
        let is_vacant = self.is_vacant.clone();
        Chapter {
            number: self.number,
            seed: self.seed,
            seal: self.seal.as_deref(),
            played: Played { board: &self.loaded.board, is_vacant },
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
    let settings = settings(journal, &loaded.preamble)?;
    let seal = match loaded.is_finished {
        true => Some(hex(&royale_journal::verify(journal)?.seal)),
        false => None,
    };
    Ok(Season { number, seed: settings.run.seed, seal, is_vacant: vacant(&settings), loaded })
}

fn settings(journal: &Path, preamble: &Preamble) -> Result<Settings, Failure> {
    Settings::from_canonical(&preamble.config).map_err(|problems| {
        let place = journal.display();
        Failure::new(Code::Configuration, format!("{place}: in the journal's header: {problems}"))
    })
}

/// For each slot: true where it begins without a strategy.
pub fn vacant(settings: &Settings) -> Vec<bool> {
    settings.slots.iter().map(|slot| slot.strategy == "vacant").collect()
}
