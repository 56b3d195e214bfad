//! The agent beside a running engine.

use super::audit::epoch_of;
use super::following::{Following, Progress, said};
use crate::failure::{Code, Failure};
use crate::wire::Line;
use royale_codec::control::{Command, MarketRegime, MarketState, Reply, Share};
use royale_journal::Reader;
use royale_meta::Step;
use royale_model::{Regime, RegimeOdds, SlotId};
use royale_plane::Board;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Between two looks at a journal that has not grown.
const LOOK: Duration = Duration::from_micros(200);
/// Before an engine that had no time is asked again.
const AGAIN: Duration = Duration::from_millis(5);
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
/// epoch. `told` hears of every step. What went by before it came is not answered again: the last
/// allocation stands. An engine that has no time is asked again as long as the epoch is the newest.
///
/// # Errors
/// No journal within a minute, a damaged one, a run without a meta-agent, or an engine that refuses
/// for good.
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
                let newest = unanswered.take().filter(|step| is_fresh(step, &following));
                if let Some(step) = newest
                    && !answer(&mut line, &step, following.board())?
                {
                    std::thread::sleep(AGAIN);
                    unanswered = Some(step);
                }
                if is_over || following.is_finished() {
                    return Ok(());
                }
                std::thread::sleep(LOOK);
            }
        }
    }
}

/// True for an epoch that is not answered yet, and whose successor has not come. What was refused
/// is no answer.
fn is_fresh(step: &Step, following: &Following) -> bool {
    let board = following.board();
    let mut latest = board.commands().iter().rev().take(64);
    let answered = latest.any(|row| row.seq > step.seq && epoch_of(row) == Some(step.epoch));
    let epoch = following.settings().meta.epoch.raw();
    !answered && board.clock().is_some_and(|clock| clock.now.raw() - step.time_ns < epoch)
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

/// Tells the engine; false when it has to be told again.
fn answer(line: &mut Line, step: &Step, board: &Board) -> Result<bool, Failure> {
    let reason = step.sentence(board.slots());
    let shares = allowed(step, board);
    let mut tell = |shares: Vec<(u16, i64)>| {
        let share = |(slot, bp): (u16, i64)| Share {
            slot: slot.to_string(),
            bp: u16::try_from(bp).unwrap_or(0),
        };
        let shares = shares.into_iter().map(share).collect();
        let regime = step.regime().and_then(told);
        line.ask(Command::Allocate { shares, regime, reason: reason.clone() })
    };
    let mut reply = tell(said(&shares, &step.before));
    // Somebody else has moved shares since the epoch's end: what changes is too much beside theirs.
    // All shares together never are.
    if reply.as_ref().is_err_and(|failure| failure.is_refusal("limit")) {
        reply = tell((0_u16..).zip(shares).collect());
    }
    match reply {
        Ok(Reply::Accepted { .. }) => Ok(true),
        Ok(_) => Err(Failure::error("the engine answered another question")),
        // The run has ended meanwhile: nobody needs the answer any more.
        Err(failure) if failure.is(Code::NotRunning) || failure.is_refusal("finished") => Ok(true),
        Err(failure) if failure.is_refusal("busy") || failure.is_refusal("timeout") => Ok(false),
        // A slot was relegated a moment ago: the journal will say which.
        Err(failure) if failure.is_refusal("tier") => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// The shares of an epoch, without those of slots that were relegated since its end.
fn allowed(step: &Step, board: &Board) -> Vec<i64> {
    let share = |(slot, &bp): (u16, &i64)| if board.tier(SlotId(slot)).may_hold() { bp } else { 0 };
    (0_u16..).zip(&step.shares).map(share).collect()
}

/// What the market is taken for, in the protocol's words.
fn told(odds: RegimeOdds) -> Option<MarketRegime> {
    let state = match odds.regime() {
        Regime::Bull => MarketState::Bull,
        Regime::Bear => MarketState::Bear,
        Regime::Sideways => MarketState::Sideways,
        Regime::Unknown => return None,
    };
    Some(MarketRegime { state, bp: odds.bp() })
}

#[cfg(test)]
mod tests {
    use super::super::kit::{EPOCH_END, command, journal};
    use super::*;
    use royale_model::{Body, CommandCode, Note, NotePurpose, Tier};

    /// Where a slot is relegated while the agent speaks, its first word is refused. That word stands on
    /// the journal too, and once was taken for the answer.
    #[test]
    fn a_refusal_is_no_answer_and_the_next_word_names_no_share_of_who_was_relegated() {
        let wanted = CommandCode::Allocate;
        for (code, value, is_answer) in
            [(CommandCode::Refused, i64::from(wanted as u8), false), (wanted, 0, true)]
        {
            let run = tempfile::tempdir().unwrap();
            let mut inputs = vec![EPOCH_END];
            inputs.push(command(CommandCode::Tier, 0, Tier::Shadow.number()));
            inputs.extend(Note::split(NotePurpose::Reason, "epoch 1: even").map(Body::Note));
            inputs.push(command(code, 0, value));
            let mut following = Following::open(&journal(run.path(), inputs)).unwrap();
            let step = following.all().unwrap().remove(0);
            assert_eq!(step.epoch, 1);
            assert_eq!(is_fresh(&step, &following), !is_answer);
            let shares = allowed(&step, following.board());
            assert!(step.shares[0] > 0 && shares[0] == 0, "{shares:?}");
            assert_eq!(shares[1..], step.shares[1..]);
        }
    }
}
