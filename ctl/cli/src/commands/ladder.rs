//! `ctl ladder`: where each slot stands between live, paper and shadow, and what moves it.

use crate::args::{SocketArgs, SourceArgs};
use crate::failure::{Code, Failure};
use crate::ladder::{self, Chapter, Move, Season};
use crate::out::{self, Paint};
use crate::table::{Cell, Table};
use crate::{names, source, wire};
use clap::{Args, Subcommand, ValueEnum};
use royale_codec::control::{Command, REASON_BYTES_MAX, Reply, SlotStatus};
use royale_model::Tier;
use royale_plane::{GateRow, Judgement, Verdict};
use serde_json::json;
use std::path::Path;

/// `ctl ladder`.
#[derive(Subcommand, Debug)]
pub enum LadderCommand {
    /// The verdict on each slot: who goes up, who goes down, and what the others miss
    #[command(
        after_help = "Examples:\n  ctl ladder judge\n  ctl ladder judge --journal runs/battle-7 --json | jq '.seasons[-1].moves'\n\nOf a battle all its seasons are looked at; of a run that goes on what there is so far."
    )]
    Judge(SourceArgs),
    /// Put a slot one tier up, if its record so far meets the validation gate
    #[command(
        after_help = "Examples:\n  ctl ladder promote trend --reason \"two good seasons\"\n  ctl ladder promote trend --to paper --reason \"two good seasons\"\n\nRefused, with exit code 6 and on the journal, where a bound is missed: 100 round trips, 45 % of\nthem won, a Sharpe ratio of 1, and more than luck gives the best of all that were tried."
    )]
    Promote(MoveArgs),
    /// Put a slot one tier down; always allowed
    #[command(
        after_help = "Examples:\n  ctl ladder relegate trend --reason \"odd quotes\"\n  ctl ladder relegate trend --to shadow --reason \"odd quotes\"\n\nOn the shadow tier the house does not follow: orders that would open something come back, and\nwhat it holds is closed when the slot closes."
    )]
    Relegate(MoveArgs),
    /// The tiers in force, and every move: when, by whom and why
    #[command(
        after_help = "Examples:\n  ctl ladder show\n  ctl ladder show --journal runs/battle-7 --json | jq '.moves'"
    )]
    Show(SourceArgs),
}

/// `ctl ladder promote` and `relegate`.
#[derive(Args, Debug)]
pub struct MoveArgs {
    /// The slot, by name or number
    slot: String,
    /// To which tier [default: the next one]
    #[arg(long, value_enum, value_name = "TIER")]
    to: Option<To>,
    /// Why, for the journal; a promotion's evidence is added to it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    socket: SocketArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum To {
    /// Its own shadow account only
    Shadow,
    /// The house follows it at simulated venues
    Paper,
    /// And at live ones
    Live,
}

impl To {
    fn tier(self) -> Tier {
        match self {
            Self::Shadow => Tier::Shadow,
            Self::Paper => Tier::Paper,
            Self::Live => Tier::Live,
        }
    }
}

/// Runs one of them.
///
/// # Errors
/// No journal or a damaged one; no engine answers, or it refuses.
pub fn run(command: &LadderCommand) -> Result<(), Failure> {
    match command {
        LadderCommand::Judge(args) => judge(args),
        LadderCommand::Promote(args) => promote(args),
        LadderCommand::Relegate(args) => relegate(args),
        LadderCommand::Show(args) => show(args),
    }
}

fn seasons(args: &SourceArgs) -> Result<Vec<Season>, Failure> {
    ladder::read(&source::journal(args.journal.as_deref(), &args.socket)?)
}

fn chapters(seasons: &[Season]) -> Vec<Chapter<'_>> {
    seasons.iter().map(Season::chapter).collect()
}

fn judge(args: &SourceArgs) -> Result<(), Failure> {
    let seasons = seasons(args)?;
    let chapters = chapters(&seasons);
    if args.json {
        return out::json(&ladder::document(&chapters));
    }
    let verdicts = ladder::verdicts(&chapters);
    let mut table = Table::new(&[
        "##",
        "slot",
        "tier",
        "#trades",
        "#win rate",
        "#sharpe",
        "#deflated",
        "verdict",
    ]);
    for one in &verdicts {
        let [trades, win_rate, sharpe, deflated] = &one.season.gate;
        let cell = |row: &GateRow| {
            Cell::painted(&row.value, if row.is_met { Paint::Good } else { Paint::Bad })
        };
        let verdict = match one.verdict {
            Verdict::Promoted => Cell::painted(format!("up to {}", one.next), Paint::Good),
            Verdict::Stays => "stays".into(),
            Verdict::Relegated => Cell::painted(format!("down to {}", one.next), Paint::Bad),
        };
        table.row(vec![
            one.rank.to_string().into(),
            Cell::new(&one.slot),
            one.tier.into(),
            cell(trades),
            cell(win_rate),
            cell(sharpe),
            cell(deflated),
            verdict,
        ]);
    }
    let mut text = table.render(out::colours());
    text.push('\n');
    for one in &verdicts {
        text.push_str(&reasons(one));
    }
    text.push('\n');
    for line in ladder::sentences(&chapters) {
        text.push_str(&format!("{}\n", out::clean(&line)));
    }
    let tried = ladder::tried(&chapters);
    let of = match (chapters.len(), seasons.last().is_some_and(|one| one.loaded.is_finished)) {
        (_, false) => "a run that goes on: this is what it would be now".to_owned(),
        (1, true) => "one season".to_owned(),
        (all, true) => format!("{all} seasons of the same recordings, pooled and counted as one"),
    };
    text.push_str(&format!("{tried} strategies tried, {of}\n"));
    out::data(&text)
}

/// Why, a line for each thing that stands against it.
fn reasons(one: &Judgement) -> String {
    let mut text = String::new();
    let mut name = one.slot.as_str();
    let mut line = |what: &str| {
        text.push_str(&format!("{name:<16}  {}\n", out::clean(what)));
        name = "";
    };
    if one.verdict != Verdict::Stays || one.missed().is_empty() {
        line(&one.why);
    }
    one.missed().iter().for_each(|missed| line(missed));
    text
}

fn show(args: &SourceArgs) -> Result<(), Failure> {
    let seasons = seasons(args)?;
    let chapters = chapters(&seasons);
    let moves = ladder::history(&chapters);
    let Some(board) = seasons.last().map(|season| &season.loaded.board) else { return Ok(()) };
    let rows = board.standings();
    if args.json {
        let mut tiers: Vec<_> = rows.iter().collect();
        tiers.sort_by_key(|row| row.slot_id);
        let tier = |row: &&royale_plane::Standing| json!({"slot": row.slot, "tier": row.tier, "allocation_bp": row.allocation_bp});
        let tiers: Vec<_> = tiers.iter().map(tier).collect();
        return out::json(&json!({ "tiers": tiers, "moves": moves }));
    }
    let mut table = Table::new(&["slot", "tier", "#share", "#rank"]);
    for row in &rows {
        table.row(vec![
            Cell::new(&row.slot),
            row.tier.into(),
            format!("{:.2} %", row.allocation_bp as f64 / 100.0).into(),
            row.rank.to_string().into(),
        ]);
    }
    out::data(&table.render(out::colours()))?;
    if moves.is_empty() {
        out::remark("nobody was moved: the tiers are what the configuration says");
        return Ok(());
    }
    out::data(&format!("\n{}", moves_table(&moves).render(out::colours())))
}

fn moves_table(moves: &[Move]) -> Table {
    let mut table =
        Table::new(&["#season", "time (UTC)", "#input", "slot", "from", "to", "by", "why"]);
    for one in moves {
        let (time, input) = match one.seq {
            0 => ("at its beginning".to_owned(), String::new()),
            seq => (one.time.clone(), seq.to_string()),
        };
        let to = if one.to.is_empty() { "refused" } else { one.to };
        table.row(vec![
            one.season.to_string().into(),
            time.into(),
            input.into(),
            Cell::new(&one.slot),
            one.from.into(),
            to.into(),
            Cell::new(&one.by),
            Cell::new(&one.why),
        ]);
    }
    table
}

fn promote(args: &MoveArgs) -> Result<(), Failure> {
    let socket = args.socket.socket.as_deref();
    let status = wire::status(socket)?;
    let (slot, now) = find(&status.slots, &args.slot)?;
    let to = target(args, slot, now, now.up(), "at the top")?;
    let seasons = ladder::read(&crate::run_folder::journal_in(Path::new(&status.journal_dir))?)?;
    let chapters = chapters(&seasons);
    let verdicts = ladder::verdicts(&chapters);
    let judged = verdicts.iter().find(|one| one.slot == slot.name);
    let inputs = chapters.last().and_then(|last| last.board.clock()).map_or(0, |c| c.seq);
    let (missed, evidence) = match judged {
        Some(one) => {
            let record = one.so_far.as_ref().unwrap_or(&one.season).figures();
            let tried = ladder::tried(&chapters);
            let of = format!("inputs 1 to {inputs}, {tried} strategies tried, {record}");
            (one.missed().join("; "), of)
        }
        None => ("nobody is in it".to_owned(), format!("inputs 1 to {inputs}")),
    };
    let reason = format!("{} (evidence: {evidence})", args.reason);
    put(args, slot, (now, to), (missed, reason))
}

fn relegate(args: &MoveArgs) -> Result<(), Failure> {
    let status = wire::status(args.socket.socket.as_deref())?;
    let (slot, now) = find(&status.slots, &args.slot)?;
    let to = target(args, slot, now, now.down(), "at the bottom")?;
    if to > now {
        let message =
            format!("{} from {} to {} is no relegation", slot.name, now.name(), to.name());
        return Err(Failure::new(Code::Usage, message).remedy("ctl ladder promote"));
    }
    put(args, slot, (now, to), (String::new(), args.reason.clone()))
}

/// The tier that was named, or the next one.
fn target(
    args: &MoveArgs,
    slot: &SlotStatus,
    now: Tier,
    next: Option<Tier>,
    end: &str,
) -> Result<Tier, Failure> {
    args.to.map(To::tier).or(next).ok_or_else(|| {
        let message = format!("{} is on the {} tier: {end} of the ladder", slot.name, now.name());
        Failure::new(Code::Refused, message).remedy("ctl ladder show")
    })
}

fn find<'a>(slots: &'a [SlotStatus], name: &str) -> Result<(&'a SlotStatus, Tier), Failure> {
    let by_name = slots.iter().find(|slot| slot.name == name);
    let by_number = || slots.iter().find(|slot| name.parse() == Ok(slot.slot));
    let slot = by_name.or_else(by_number).ok_or_else(|| {
        let known: Vec<String> = slots.iter().map(|slot| slot.name.clone()).collect();
        names::no_slot(name, &known)
    })?;
    Ok((slot, Tier::named(&slot.tier).unwrap_or_default()))
}

/// Tells the engine; `said` is what the record misses, and the reason.
fn put(
    args: &MoveArgs,
    slot: &SlotStatus,
    (from, to): (Tier, Tier),
    (missed, reason): (String, String),
) -> Result<(), Failure> {
    let command = Command::Tier {
        slot: slot.slot.to_string(),
        tier: to.name().to_owned(),
        missed: short(&missed),
        reason: short(&reason),
    };
    let Reply::Accepted { seq } = wire::ask(args.socket.socket.as_deref(), command)? else {
        return Err(Failure::error("the engine answered another question"));
    };
    let (from, to) = (from.name(), to.name());
    if args.json {
        return out::json(
            &json!({"accepted": true, "seq": seq, "slot": slot.name, "from": from, "to": to}),
        );
    }
    let name = &slot.name;
    out::data(&format!("{name}: from {from} to {to}; it is input {seq} of the journal\n"))
}

/// As much of a text as a command carries.
fn short(text: &str) -> String {
    let end = text.floor_char_boundary(REASON_BYTES_MAX);
    text[..end].to_owned()
}
