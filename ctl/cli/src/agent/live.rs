//! The agent beside a running engine.

use super::following::{Following, Progress, said};
use crate::failure::{Code, Failure};
use crate::wire::Line;
use royale_codec::control::{Command, Reply, Share};
use royale_journal::Reader;
use royale_meta::Step;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Between two looks at a journal that has not grown.
const LOOK: Duration = Duration::from_micros(200);
/// An engine that starts may take this long to begin its journal.
const BEGIN: Duration = Duration::from_secs(60);

/// Where an agent works.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The run's journal.
    pub journal: PathBuf,
    /// The engine's control socket.
    pub socket: PathBuf,
}

/// Follows the journal to its end, or to what there is of it once `quit` is set, and answers each
/// epoch. `told` hears of every step. What went by
/// before it came is not answered again: the last allocation stands.
///
/// # Errors
/// No journal within a minute, a damaged one, a run without a meta-agent, or an engine that refuses.
pub fn serve(
    desk: &Desk,
    quit: &AtomicBool,
    mut told: impl FnMut(&Step, &[String]),
) -> Result<(), Failure> {
    let Some(mut following) = begin(&desk.journal, quit)? else { return Ok(()) };
    let mut line = Line::new(desk.socket.clone());
    // An epoch is answered when nothing newer is on the journal: it may have been read late.
    let mut unanswered: Option<Step> = None;
    loop {
        // Asked before reading: what was written before that is then surely read.
        let is_over = quit.load(Ordering::Acquire);
        match following.next_step()? {
            Progress::Epoch(step) => {
                told(&step, following.slots());
                unanswered = Some(*step);
            }
            Progress::Busy => {}
            Progress::UpToDate => {
                if let Some(step) = unanswered.take()
                    && following
                        .board()
                        .clock()
                        .is_some_and(|clock| is_fresh(&step, clock.now.raw(), &following))
                {
                    answer(&mut line, &step, following.slots())?;
                }
                if is_over || following.is_finished() {
                    return Ok(());
                }
                std::thread::sleep(LOOK);
            }
        }
    }
}

/// True for an epoch that is not answered yet, and whose successor has not come.
fn is_fresh(step: &Step, now_ns: i64, following: &Following) -> bool {
    let answered = following.board().commands().iter().rev().take(64).any(|row| {
        row.seq > step.seq && row.remark.reason().starts_with(&format!("epoch {}:", step.epoch))
    });
    !answered && now_ns - step.time_ns < following.settings().meta.epoch.raw()
}

fn begin(journal: &Path, quit: &AtomicBool) -> Result<Option<Following>, Failure> {
    let deadline = Instant::now() + BEGIN;
    loop {
        match Reader::open(journal) {
            Ok(_) => return Following::open(journal).map(Some),
            // The engine is still reading its tapes.
            Err(_) if quit.load(Ordering::Acquire) => return Ok(None),
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(error.into()),
        }
    }
}

fn answer(line: &mut Line, step: &Step, slots: &[String]) -> Result<(), Failure> {
    let share = |(slot, bp): (u16, i64)| Share {
        slot: slot.to_string(),
        bp: u16::try_from(bp).unwrap_or(0),
    };
    let shares = said(step, &step.before).into_iter().map(share).collect();
    let reason = step.sentence(slots);
    match line.ask(Command::Allocate { shares, reason }) {
        Ok(Reply::Accepted { .. }) => Ok(()),
        Ok(_) => Err(Failure::error("the engine answered another question")),
        // The run has ended meanwhile: nobody needs the answer any more.
        Err(failure) if failure.is(Code::NotRunning) || failure.is_refusal("finished") => Ok(()),
        // A slot was relegated since the epoch's end: the shares stay until the next.
        Err(failure) if failure.is_refusal("tier") => Ok(()),
        Err(failure) => Err(failure),
    }
}
