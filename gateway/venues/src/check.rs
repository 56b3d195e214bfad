//! `royale check`: everything that `run` would refuse, without running.

use crate::args::CheckArgs;
use crate::exit::{Failure, say};
use crate::run::load;
use crate::schedules::schedules;
use crate::versions::{Store, Workshop};
use crate::{assemble, tape_table};
use royale_engine::pin::allowed_cores;

/// Checks a configuration and says what would run.
pub fn check(args: &CheckArgs) -> Result<(), Failure> {
    let allowed = allowed_cores();
    let mut settings = load(&args.config)?;
    let modules = settings.read_files()?;
    let placement = assemble::placement(&settings, &allowed)?;
    let (instruments, tapes) = tape_table::open(&settings.run.tapes, &settings.fees)?;
    assemble::check_currencies(&settings, &instruments)?;
    // Nothing is kept, and every module is brought: the store is not looked into.
    let (store, limits) = (Store::of_run(&settings.run.out_dir), assemble::sandbox(&settings));
    let workshop = Workshop::new(instruments.clone(), store, limits);
    assemble::competitors(&settings, &workshop, &modules).map_err(Failure::Configuration)?;
    schedules(&settings)?;
    say(&format!(
        "{}: ok: {} slots, {} tapes, {} instruments, topology {}",
        args.config.config.display(),
        settings.slots.len(),
        tapes.len(),
        instruments.len(),
        placement.topology.name()
    ))
}
