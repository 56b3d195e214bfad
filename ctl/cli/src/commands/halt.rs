//! `ctl halt`, `ctl resume`, `ctl stop`: commands that change what the engine does.

use crate::args::SocketArgs;
use crate::failure::Failure;
use crate::{out, wire};
use clap::Args;
use royale_codec::control::{Command, Reply};
use serde_json::json;

/// What all three take.
#[derive(Args, Debug)]
pub struct ReasonArgs {
    /// Why, for the reader of the engine's log
    #[arg(long, value_name = "TEXT", default_value = "by hand")]
    reason: String,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    socket: SocketArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs one of them.
///
/// # Errors
/// No engine answers, or it refuses.
pub fn run(args: &ReasonArgs, name: &str, make: fn(String) -> Command) -> Result<(), Failure> {
    let socket = args.socket.socket.as_deref();
    if args.dry_run {
        let status = wire::status(socket)?;
        let effect = match name {
            "halt" => "would refuse new orders and cancel the resting ones",
            "resume" => "would let trading go on",
            "freeze" => "would keep its shares of the house as they are",
            "auto" => "would let the meta-agent share out the house",
            _ => "would end the run and seal its journal",
        };
        if args.json {
            return out::json(&json!({"command": name, "accepted": false, "dry_run": true}));
        }
        return out::data(&format!("{name}: the engine (process {}) {effect}\n", status.pid));
    }
    match wire::ask(socket, make(args.reason.clone()))? {
        Reply::Accepted { seq } if args.json => {
            out::json(&json!({"command": name, "accepted": true, "seq": seq}))
        }
        Reply::Accepted { seq } => {
            out::data(&format!("{name}: accepted; it is input {seq} of the journal\n"))
        }
        _ => Err(Failure::error("the engine answered another question")),
    }
}
