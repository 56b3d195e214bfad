//! The journal that a command reads: which one, and folded into a board.

use crate::args::{SocketArgs, SourceArgs};
use crate::failure::{Code, Failure};
use crate::{out, run_folder, wire};
use royale_config::Settings;
use royale_journal::{Preamble, Purpose};
use royale_model::{InstrumentKind, SlotId};
use royale_plane::{Capital, Caps, Loaded, Shares, Stakes};
use std::path::{Path, PathBuf};

/// Finds the journal folder; tells the person when it was not named.
///
/// # Errors
/// None was named, no engine runs, and nothing lies under `runs/`.
pub fn journal(named: Option<&Path>, socket: &SocketArgs) -> Result<PathBuf, Failure> {
    if let Some(path) = named {
        return run_folder::journal_in(path);
    }
    if let Ok(status) = wire::status(socket.socket.as_deref()) {
        out::remark(&format!("journal: {} (the running engine's)", status.journal_dir));
        return run_folder::journal_in(Path::new(&status.journal_dir));
    }
    let Some(newest) = run_folder::newest_under(Path::new(run_folder::RUNS)) else {
        let message = "no journal was named, no engine is running, and runs/ holds no run";
        return Err(Failure::not_found(message).remedy("ctl battle, or --journal DIR"));
    };
    let journal = run_folder::journal_in(&newest)?;
    out::remark(&format!(
        "journal: {} (the newest under runs/; --journal DIR names another)",
        journal.display()
    ));
    Ok(journal)
}

/// Finds the journal and folds it.
///
/// # Errors
/// None found, damaged, or not that of a run.
pub fn board(args: &SourceArgs) -> Result<Loaded, Failure> {
    load(&journal(args.journal.as_deref(), &args.socket)?)
}

/// Folds the journal in a folder.
///
/// # Errors
/// Damaged, or not that of a run.
pub fn load(journal: &Path) -> Result<Loaded, Failure> {
    royale_plane::load(journal, |preamble| stakes(journal, preamble))
}

/// What the run started with, from the configuration in the journal's header.
///
/// # Errors
/// A tape, or a configuration that this build does not read.
pub fn stakes(journal: &Path, preamble: &Preamble) -> Result<Stakes, Failure> {
    if preamble.purpose == Purpose::Tape {
        let message = format!("{}: this is a tape: nobody traded on it", journal.display());
        return Err(Failure::error(message).remedy("ctl tape info shows what is on it"));
    }
    Ok(stakes_of(&settings(journal, preamble)?))
}

/// The configuration in a journal's header.
///
/// # Errors
/// One that this build does not read.
pub fn settings(journal: &Path, preamble: &Preamble) -> Result<Settings, Failure> {
    Settings::from_canonical(&preamble.config).map_err(|problems| {
        let place = journal.display();
        Failure::new(Code::Configuration, format!("{place}: in the journal's header: {problems}"))
    })
}

/// What a configuration lets a run start with.
pub fn stakes_of(settings: &Settings) -> Stakes {
    let capital = &settings.capital;
    let shares = settings.slots.iter().map(|slot| i64::from(slot.allocation_bp));
    Stakes {
        capital: Capital {
            currency: capital.currency,
            per_slot: capital.per_slot,
            house: capital.house,
            pegs: capital.pegs.iter().map(|peg| (peg.currency, peg.rate)).collect(),
        },
        shares: Shares::new(shares, settings.risk.allocation_bp_max.into())
            .with_tiers(settings.slots.iter().map(|slot| slot.tier)),
        vacant: (0..)
            .map(SlotId)
            .zip(&settings.slots)
            .filter(|(_, slot)| slot.is_vacant())
            .map(|(id, _)| id)
            .collect(),
        caps: Caps {
            order_qty: InstrumentKind::ALL
                .map(|kind| (kind, settings.risk.order_qty_max.of(kind)))
                .to_vec(),
            order: settings.risk.order_notional_max,
            position: settings.risk.position_notional_max,
            house_position: settings.risk.house_position_notional_max,
        },
    }
}
