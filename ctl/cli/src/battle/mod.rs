//! A battle: seasons of the engine over the same tapes, watched live, ended with a report.
//!
//! Owns the folder of a battle and the child process; the fighting itself is the engine's. Must
//! never delete what it did not write.

mod folder;
mod frame;
mod live;
mod outcome;
mod plan;
mod season;
mod tapes;

pub use folder::Manifest;
pub use plan::Wish;
pub use season::catch_interrupts;
pub use tapes::{count as bundled_tapes, write as write_tapes};

use crate::failure::Failure;
use crate::ladder::{self, Chapter};
use crate::report_input::{self, SeasonInput};
use crate::{engine, out, run_folder};
use live::Screen;
use std::path::Path;
use std::time::Instant;

/// How the battle ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// One JSON document instead of tables.
    pub json: bool,
    /// Wall-clock figures in it.
    pub wall_clock: bool,
    /// The HTML report.
    pub report: bool,
}

/// Fights it.
///
/// # Errors
/// The configuration, the folder, the engine.
pub fn fight(wish: &Wish, out_dir: Option<&Path>, ending: Ending) -> Result<(), Failure> {
    let started = Instant::now();
    // Everything that can be wrong is looked at before a file is touched.
    engine::binary()?;
    let plan = plan::make(wish)?;
    let dir = out_dir.map_or_else(
        || Path::new(run_folder::RUNS).join(format!("battle-{}", plan.seed)),
        Path::to_path_buf,
    );
    let manifest = plan.manifest();
    let _lock = folder::prepare(&dir, &manifest)?;
    if plan.is_bundled {
        tapes::write(&dir, &plan.settings.run.tapes)?;
    }
    plan.write(&dir)?;
    let interrupted = catch_interrupts()?;
    let mut screen = Screen::new(plan.epochs, &plan.speed);
    let mut inputs: Vec<SeasonInput> = Vec::new();
    for number in 1..=plan.epochs {
        let season_dir = dir.join(run_folder::season_name(number));
        let seed = plan.seed.saturating_add(u64::from(number - 1));
        let tiers = ladder::next_tiers(&chapters(&inputs));
        let mut run = season::Season::start(&plan, &dir, &season_dir, seed, &tiers)?;
        let board = run.watch(&mut screen, number, &interrupted)?;
        drop(run);
        inputs.push(SeasonInput::new(&season_dir, number, seed, board)?);
        write_ladder(&dir, &inputs)?;
    }
    screen.close();
    let report_path = dir.join(run_folder::REPORT);
    if ending.report {
        let html = report_input::html(&inputs, &manifest);
        std::fs::write(&report_path, html)
            .map_err(|error| Failure::io(&report_path, "write", &error))?;
    }
    let shown = ending.report.then_some(report_path.as_path());
    if ending.json {
        let elapsed = ending.wall_clock.then(|| started.elapsed());
        return out::json(&outcome::document(&inputs, &manifest, &dir, shown, elapsed));
    }
    out::data(&outcome::text(&inputs, &dir, shown))
}

fn chapters(inputs: &[SeasonInput]) -> Vec<Chapter<'_>> {
    inputs.iter().map(SeasonInput::chapter).collect()
}

/// What was judged so far, after every season: also of a battle that is interrupted.
fn write_ladder(dir: &Path, inputs: &[SeasonInput]) -> Result<(), Failure> {
    let document = ladder::document(&chapters(inputs));
    let text = format!("{}\n", serde_json::to_string_pretty(&document)?);
    let path = dir.join(ladder::FILE);
    std::fs::write(&path, text).map_err(|error| Failure::io(&path, "write", &error))
}
