//! `ctl report`: the HTML page of a battle or a run, made from its journals.

use crate::battle::Manifest;
use crate::failure::Failure;
use crate::report_input::{self, SeasonInput};
use crate::{out, run_folder, source};
use clap::Args;
use royale_config::Settings;
use royale_meta::Summary;
use serde_json::json;
use std::path::{Path, PathBuf};

/// `ctl report`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl report runs/battle-7\n  ctl report runs/battle-7/season-02 --out second.html"
)]
pub struct ReportArgs {
    /// A battle or a run [default: the newest under runs/]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// The page to write [default: report.html in that folder]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print JSON: where the page is, and what the meta-agent made of each epoch
    #[arg(long)]
    json: bool,
}

/// Runs it.
///
/// # Errors
/// No journal, a damaged one, or the page cannot be written.
pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    let dir = match &args.dir {
        Some(dir) => dir.clone(),
        None => run_folder::newest_under(Path::new(run_folder::RUNS)).ok_or_else(|| {
            Failure::not_found("runs/ holds no run").remedy("ctl battle, or name a folder")
        })?,
    };
    let mut folders = run_folder::seasons(&dir);
    if folders.is_empty() {
        folders.push(dir.clone());
    }
    let mut inputs = Vec::new();
    for (number, folder) in (1..).zip(&folders) {
        let loaded = source::load(&run_folder::journal_in(folder)?)?;
        let seed = Settings::from_canonical(&loaded.preamble.config)?.run.seed;
        inputs.push(SeasonInput::new(folder, number, seed, loaded.board)?);
    }
    let manifest = Manifest::read(&dir).unwrap_or_else(|| stand_in(&inputs));
    let page = report_input::html(&inputs, &manifest);
    let path = args.out.clone().unwrap_or_else(|| dir.join(run_folder::REPORT));
    std::fs::write(&path, &page).map_err(|error| Failure::io(&path, "write", &error))?;
    if args.json {
        let season = |season: &SeasonInput| {
            json!({
                "season": season.number,
                "slots": season.board.slots(),
                "agent": Summary::of(&season.steps),
                "epochs": season.steps,
            })
        };
        let seasons: Vec<_> = inputs.iter().map(season).collect();
        let path = path.display().to_string();
        return out::json(&json!({"report": path, "bytes": page.len(), "seasons": seasons}));
    }
    out::data(&format!("{}\n", path.display()))
}

/// For a run that no battle started.
fn stand_in(inputs: &[SeasonInput]) -> Manifest {
    let seed = inputs.first().map_or(0, |input| input.seed);
    Manifest {
        kind: Manifest::KIND.to_owned(),
        version: Manifest::VERSION,
        seed,
        epochs: u32::try_from(inputs.len()).unwrap_or(u32::MAX),
        reproduce: "ctl journal replay DIR".to_owned(),
    }
}
