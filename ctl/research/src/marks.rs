//! What was done to the slots and the house by others than the agent: swaps, quarantines, allocations
//! by hand.
//!
//! Owns which of them are marks, and their letters. Must never leave one out silently: what does not
//! fit is counted.

use crate::chart::{Axis, HEIGHT, WIDTH};
use crate::html::{esc, table_head};
use royale_model::{Command, CommandCode, Nanos, SlotChange, SlotEvent};
use royale_plane::{Board, CommandRow, stamp};

/// Marks in the table.
const ROWS_MAX: usize = 60;
/// Marks nearer than this stand together.
const NEAR: f64 = WIDTH / 60.0;

/// One mark.
pub(crate) struct Mark {
    letter: char,
    kind: &'static str,
    time: Nanos,
    text: String,
}

/// All marks of a run, in order of time.
pub(crate) fn of(board: &Board) -> Vec<Mark> {
    let mut marks: Vec<Mark> =
        board.slot_changes().iter().filter_map(|change| of_slot(board, change)).collect();
    let by_hand = board.commands().iter().filter(|row| row.is_accepted() && !is_of_agent(row));
    for row in by_hand {
        let (letter, kind) = match row.command.code {
            CommandCode::Tier if row.tier_after() > Some(row.tier_before) => ('A', "a tier up"),
            CommandCode::Tier => ('V', "a tier down"),
            CommandCode::Allocate => ('H', "allocated by hand"),
            CommandCode::Freeze => ('F', "agent frozen"),
            CommandCode::Unfreeze => ('U', "agent unfrozen"),
            CommandCode::Halt => ('X', "trading halted"),
            CommandCode::Resume => ('G', "trading resumed"),
            // What these did is a change of a slot; the end of the run is none.
            CommandCode::Install
            | CommandCode::Quarantine
            | CommandCode::Release
            | CommandCode::Rollback
            | CommandCode::Stop
            // Only the agent says it.
            | CommandCode::Regime
            | CommandCode::Refused => continue,
        };
        let view = row.view(board.slots());
        let why = if view.reason.is_empty() { String::new() } else { format!(": {}", view.reason) };
        let text = format!("{}, by {}{why}", view.sentence(), view.by);
        marks.push(Mark { letter, kind, time: row.time, text });
    }
    marks.sort_by_key(|mark| mark.time);
    marks
}

/// True for what the agent said, be it the run's own or one that a person started: it speaks of an
/// epoch. `ctl meta verify` holds whoever borrows its words to them.
pub(crate) fn is_of_agent(row: &CommandRow) -> bool {
    let is_epoch = || row.remark.reason().starts_with("epoch ");
    row.command.uid == Command::AGENT
        || matches!(row.command.code, CommandCode::Allocate | CommandCode::Regime) && is_epoch()
}

fn of_slot(board: &Board, change: &SlotChange) -> Option<Mark> {
    let (letter, kind) = match change.event {
        SlotEvent::Installed => ('S', "swapped in"),
        SlotEvent::Confirmed => ('P', "promoted"),
        SlotEvent::RolledBack => ('B', "rolled back"),
        SlotEvent::Disarmed => ('Q', "stopped"),
        SlotEvent::Released => ('R', "released"),
        SlotEvent::Dismissed => ('D', "newcomer dismissed"),
        SlotEvent::Shadowing => ('L', "newcomer listens"),
        // Nothing happened.
        SlotEvent::Refused => return None,
    };
    let slot = board.slot_name(change.slot);
    let text = match change.event {
        SlotEvent::Disarmed => format!("{slot} stopped: {}", change.fault.name()),
        _ => format!("{slot}: version {} {kind}", change.version),
    };
    Some(Mark { letter, kind, time: change.time, text })
}

/// Lines into the picture, and letters above it.
pub(crate) fn draw(marks: &[Mark], axis: &Axis) -> (String, String) {
    let (mut lines, mut letters) = (String::new(), String::new());
    let mut groups: Vec<(f64, Vec<&Mark>)> = Vec::new();
    for mark in marks {
        let x = axis.x(mark.time);
        lines.push_str(&format!("<path class=\"mark\" d=\"M{x:.1} 0V{HEIGHT}\"/>"));
        match groups.last_mut() {
            Some((first, group)) if x - *first < NEAR => group.push(mark),
            _ => groups.push((x, vec![mark])),
        }
    }
    for (x, group) in groups {
        let mut short = String::new();
        for mark in &group {
            if !short.contains(mark.letter) {
                short.push(mark.letter);
            }
        }
        let all: Vec<&str> = group.iter().map(|mark| mark.text.as_str()).collect();
        letters.push_str(&format!(
            "<span class=\"m\" style=\"left:{:.2}%\" title=\"{}\">{short}</span>",
            x / WIDTH * 100.0,
            esc(&all.join("; "))
        ));
    }
    (lines, letters)
}

/// The table of all marks; nothing without one.
pub(crate) fn table(out: &mut String, marks: &[Mark]) {
    if marks.is_empty() {
        return;
    }
    out.push_str("<h4>Marks</h4><div class=\"wide\"><table>");
    out.push_str(&table_head(&["Mark", "Time (UTC)", "Kind", "What"]));
    out.push_str("<tbody>");
    for mark in marks.iter().take(ROWS_MAX) {
        let time = stamp(mark.time);
        out.push_str(&format!(
            "<tr><td><b class=\"letter\">{}</b></td><td class=\"when\">{}</td><td>{}</td><td>{}</td></tr>",
            mark.letter,
            time.get(..19).unwrap_or(&time),
            mark.kind,
            esc(&mark.text)
        ));
    }
    out.push_str("</tbody></table></div>");
    if let Some(more) = marks.len().checked_sub(ROWS_MAX).filter(|more| *more > 0) {
        out.push_str(&format!("<p class=\"note\">{more} more: <code>ctl commands</code>.</p>"));
    }
}
