//! `ctl meta run`, `posterior`, `regret`, `verify`: the meta-agent at work, and held to its word.

use crate::agent::{self, Audit, Finding};
use crate::args::{SocketArgs, SourceArgs};
use crate::failure::{Code, Failure};
use crate::table::{Cell, Table};
use crate::{out, source, wire};
use clap::Args;
use royale_meta::{Mode, Regret, Step};
use royale_plane::{Board, stamp};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// `ctl meta run`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl meta run\n  ctl meta run --socket /run/royale/engine.sock\n\nFollows the journal of the running engine and shares out its house at the end of each epoch,\nuntil the run ends or Ctrl-C. Everything it knows is on the journal: it may be killed and\nstarted again at any time. ctl battle has one of its own."
)]
pub struct RunArgs {
    #[command(flatten)]
    socket: SocketArgs,
}

/// `ctl meta posterior`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl meta posterior\n  ctl meta posterior --epoch 40\n  ctl meta posterior --json | jq '.p_best'\n\nComputed from the journal: what the agent believed at the end of an epoch, and what came of it."
)]
pub struct PosteriorArgs {
    /// The epoch's number, from 1 [default: the newest]
    #[arg(long, value_name = "N")]
    epoch: Option<u64>,
    #[command(flatten)]
    source: SourceArgs,
}

/// Runs `ctl meta run`.
///
/// # Errors
/// No engine, an engine without a meta-agent, or one that refuses.
pub fn run(args: &RunArgs) -> Result<(), Failure> {
    let named = args.socket.socket.as_deref();
    let status = wire::status(named)?;
    let journal = PathBuf::from(status.journal_dir);
    let desk = agent::Desk { journal, socket: wire::socket_of(named)? };
    let quit: Arc<AtomicBool> = crate::battle::catch_interrupts()?;
    agent::serve(&desk, &quit, |step, slots| out::remark(&step.sentence(slots)))
}

/// Runs `ctl meta posterior`.
///
/// # Errors
/// No journal, a damaged one, no such epoch.
pub fn posterior(args: &PosteriorArgs) -> Result<(), Failure> {
    let (audit, board) = load(&args.source)?;
    let at = match args.epoch {
        None => audit.steps.len().checked_sub(1),
        Some(number) => audit.steps.iter().position(|step| step.epoch == number),
    };
    let Some(at) = at else {
        let message = format!("the run has {} epochs so far", audit.steps.len());
        return Err(Failure::not_found(message).remedy("--epoch N names one of them"));
    };
    let step = &audit.steps[at];
    if args.source.json {
        return out::json(step);
    }
    let mut text = format!(
        "{} UTC  {}\n",
        stamp(royale_model::Nanos::from_raw(step.time_ns)),
        step.sentence(board.slots())
    );
    if !step.regimes.is_empty() {
        let [bear, sideways, bull] =
            [0, 1, 2].map(|at| step.regimes.get(at).copied().unwrap_or(0.0));
        text +=
            &format!("next epoch: bearish {bear:.2}, sideways {sideways:.2}, bullish {bull:.2}\n");
    }
    let mut table =
        Table::new(&["slot", "#earned", "#P(best)", "#by risk", "#kept", "#proposed", "#share"]);
    for (slot, name) in board.slots().iter().enumerate() {
        let number = |all: &[f64]| all.get(slot).copied().unwrap_or(0.0);
        let bp = |all: &[i64]| percent(all.get(slot).copied().unwrap_or(0));
        table.row(vec![
            Cell::new(name),
            format!("{:+.4} %", 100.0 * number(&step.returns)).into(),
            format!("{:.3}", number(&step.p_best)).into(),
            format!("{:.3}", number(&step.by_risk)).into(),
            format!("{:.2}", number(&step.kept)).into(),
            bp(&step.proposed).into(),
            bp(&step.shares).into(),
        ]);
    }
    text += &table.render(out::colours());
    text += &match &audit.found[at] {
        Some(Finding::Verified) => {
            "VERIFIED: the journal has these shares and this reason\n".to_owned()
        }
        Some(Finding::Mismatch(why)) => format!("MISMATCH: {why}\n"),
        None => "the engine was not told of it\n".to_owned(),
    };
    out::data(&text)
}

/// Runs `ctl meta regret`.
///
/// # Errors
/// No journal, or a damaged one.
pub fn regret(args: &SourceArgs) -> Result<(), Failure> {
    let (audit, board) = load(args)?;
    let Some(step) = audit.steps.last() else {
        return Err(Failure::not_found("no epoch has ended yet"));
    };
    let regret = &step.regret;
    if args.json {
        return out::json(&json!({ "regret": regret, "benched": step.mode == Mode::Benched }));
    }
    let house = board.stakes().capital.house.raw() as f64 / 1e18;
    let currency = board.stakes().capital.currency;
    let mut table = Table::new(&["who", "#earned", "#of the house"]);
    let best = board.slots().get(regret.best_slot).map_or("?", String::as_str);
    for (who, earned) in [
        ("the shares in force".to_owned(), regret.earned),
        ("the agent's proposals".to_owned(), regret.proposed),
        ("equal shares".to_owned(), regret.equal),
        (format!("{best} alone, known in hindsight"), regret.best_fixed),
        ("each epoch's best, known beforehand".to_owned(), regret.oracle),
    ] {
        let money = format!("{:+.2} {currency}", earned * house);
        table.row(vec![Cell::new(who), money.into(), format!("{:+.4} %", 100.0 * earned).into()]);
    }
    let mut text = format!(
        "after {} epochs, at full size and without the house's own frictions\n",
        regret.epochs
    );
    text += &table.render(out::colours());
    text += &verdict(step, regret);
    out::data(&text)
}

fn verdict(step: &Step, regret: &Regret) -> String {
    let Some(edge) = regret.edge else { return String::new() };
    let percent = |x: f64| format!("{:+.5} %", 100.0 * x);
    let band = format!(
        "proposals less equal shares, an epoch: {} (90 %: {} to {})\n",
        percent(edge.mean),
        percent(edge.low),
        percent(edge.high)
    );
    band + regret.verdict(step.mode == Mode::Benched) + "\n"
}

/// Runs `ctl meta verify`.
///
/// # Errors
/// No journal, a damaged one, or an allocation that is not what the agent makes of its epoch (8).
pub fn verify(args: &SourceArgs) -> Result<(), Failure> {
    let (audit, board) = load(args)?;
    let untold = audit.found.iter().filter(|found| found.is_none()).count();
    if let Some((step, why)) = audit.first_mismatch() {
        let message = format!("MISMATCH: epoch {} at input {}: {why}", step.epoch, step.seq);
        return Err(Failure::new(Code::Mismatch, message));
    }
    if args.json {
        let all =
            json!({ "epochs": audit.steps.len(), "verified": audit.verified(), "untold": untold });
        return out::json(&all);
    }
    let moves = audit.steps.iter().filter(|step| step.moved > 0).count();
    let untold = match untold {
        0 => String::new(),
        count => format!("; of {count} the engine was not told"),
    };
    out::data(&format!(
        "VERIFIED: {} of {} epochs computed again from the journal, {moves} with a move, over {} slots{untold}\n",
        audit.verified(),
        audit.steps.len(),
        board.slots().len()
    ))
}

fn load(args: &SourceArgs) -> Result<(Audit, Board), Failure> {
    let journal = source::journal(args.journal.as_deref(), &args.socket)?;
    agent::audit(&journal)
}

fn percent(bp: i64) -> String {
    format!("{}.{:02} %", bp / 100, bp % 100)
}
