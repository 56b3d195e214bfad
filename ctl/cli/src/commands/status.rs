//! `ctl status`: what the engine says of itself.

use crate::args::SocketArgs;
use crate::failure::Failure;
use crate::table::{Cell, Table};
use crate::{out, wire};
use clap::Args;
use royale_codec::control::{EngineState, Status};
use royale_model::Nanos;
use royale_plane::{share, stamp};

/// `ctl status`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  ctl status\n  ctl status --json | jq .state")]
pub struct StatusArgs {
    #[command(flatten)]
    socket: SocketArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
///
/// # Errors
/// No engine answers.
pub fn run(args: &StatusArgs) -> Result<(), Failure> {
    let status = wire::status(args.socket.socket.as_deref())?;
    if args.json {
        return out::json(&status);
    }
    out::data(&text(&status))
}

fn text(status: &Status) -> String {
    let state = match status.state {
        EngineState::Running => "running",
        EngineState::Halted => "halted: no new orders until `ctl resume`",
        EngineState::Finished => "finished: the tape is at its end",
        EngineState::Stopping => "stopping",
    };
    let mut text = format!(
        "engine     {state}, process {}, up {:.1} s\nrun        {}\njournal    {}\n\
         sequence   {} at {} UTC\npace       {}, topology {}\n",
        status.pid,
        status.uptime_ms as f64 / 1_000.0,
        out::clean(&status.run_dir),
        out::clean(&status.journal_dir),
        status.seq,
        stamp(Nanos::from_raw(status.sim_time_ns)),
        out::clean(&status.speed),
        out::clean(&status.topology),
    );
    if let Some(tape) = status.tape_progress {
        let ratio = tape.done as f64 / tape.total.max(1) as f64;
        text.push_str(&format!(
            "tape       {} of {} events, {}\n",
            tape.done,
            tape.total,
            share(ratio)
        ));
    }
    let mut slots = Table::new(&["slot", "#allocation", "runs", "state"]);
    for slot in &status.slots {
        slots.row(vec![
            Cell::new(&slot.name),
            format!("{:.2} %", f64::from(slot.allocation_bp) / 100.0).into(),
            if slot.schedule.is_empty() { "on events" } else { &slot.schedule }.into(),
            if slot.armed { "armed" } else { "disarmed" }.into(),
        ]);
    }
    if !slots.is_empty() {
        text.push('\n');
        text.push_str(&slots.render(out::colours()));
    }
    for session in &status.sessions {
        let (name, state) = (out::clean(&session.name), out::clean(&session.state));
        text.push_str(&format!("session {name}: {state}, {} events\n", session.events));
    }
    text
}
