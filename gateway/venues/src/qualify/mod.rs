//! `royale strategy check`: what is to be known of a strategy before it may hold capital.
//!
//! Owns the order of the checks and what is left of them: a season's journal and `findings.json`. Must
//! never judge the season: its figures are folded from the journal, by `ctl`.

mod bar;
mod candidate;
mod examination;
mod examinee;
mod excerpt;
mod trial;

use crate::args::QualifyArgs;
use crate::assemble;
use crate::exit::Failure;
use crate::tape_table;
use crate::versions::Store;
use candidate::{Candidate, Unfit, names_module};
use examination::Examination;
use royale_codec::findings::{FINDINGS_FILE, Findings, Trial};
use royale_config::{Loader, Settings};
use royale_engine::Strategy;
use std::fmt::Display;
use std::path::Path;
use trial::Conditions;

/// Checks a strategy, and leaves what was found in the folder.
pub fn check(args: &QualifyArgs) -> Result<(), Failure> {
    // Nothing of the environment: all candidates are held against the same figures.
    let mut settings = Loader::file(&args.config).load()?;
    settings.read_files()?;
    match settings.slots.as_slice() {
        [only] if only.is_vacant() => {}
        _ => {
            let place = args.config.display();
            let why = "a check needs one slot, with strategy = \"vacant\"";
            return Err(Failure::Configuration(format!("{place}: {why}")));
        }
    }
    std::fs::create_dir_all(&args.out)
        .map_err(|error| Failure::Error(format!("{}: {error}", args.out.display())))?;
    let is_module = names_module(&args.strategy);
    let name = Path::new(&args.strategy).file_name().filter(|_| is_module);
    let mut findings = Findings {
        strategy: name.map_or(args.strategy.clone(), |name| name.to_string_lossy().into_owned()),
        params: args.params.iter().map(|one| (one.key.clone(), one.value.clone())).collect(),
        module: None,
        refused: None,
        trial: None,
    };
    match examine(args, settings, &mut findings) {
        Ok(trial) => findings.trial = Some(trial),
        Err(Unfit::Refused(refused)) => findings.refused = Some(refused),
        Err(Unfit::Failure(failure)) => return Err(failure),
    }
    let path = args.out.join(FINDINGS_FILE);
    let failed = |error: &dyn Display| Failure::Error(format!("{}: {error}", path.display()));
    let text = serde_json::to_string_pretty(&findings).map_err(|error| failed(&error))?;
    std::fs::write(&path, text + "\n").map_err(|error| failed(&error))
}

fn examine(
    args: &QualifyArgs,
    settings: Settings,
    findings: &mut Findings,
) -> Result<Trial, Unfit> {
    let candidate = if names_module(&args.strategy) {
        let limits = assemble::sandbox(&settings);
        let file = Path::new(&args.strategy);
        let (candidate, facts) = Candidate::module(file, &findings.params, &limits)?;
        findings.module = Some(facts);
        candidate
    } else {
        Candidate::native(&args.strategy, &findings.params)
    };
    let (instruments, tapes) = tape_table::open(&settings.run.tapes, &settings.fees)?;
    assemble::check_currencies(&settings, &instruments)?;
    let (names, counts): (Vec<_>, Vec<_>) = tapes.iter().map(|tape| tape.session()).unzip();
    drop(tapes);
    // One that does not start leaves no season.
    let first = candidate.make(&instruments)?;
    let hands_over = first.state_layout().is_some();
    drop(first);
    let digest = candidate.keep(&Store::of_run(&args.out))?;
    let examination = Examination {
        conditions: Conditions { settings, instruments, digest },
        candidate,
        journal: args.out.join("journal"),
        events: counts.iter().sum(),
        hands_over,
    };
    examination.run(names)
}
