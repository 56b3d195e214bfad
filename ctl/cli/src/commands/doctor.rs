//! `ctl doctor`: is this machine ready?

use crate::args::SocketArgs;
use crate::failure::Failure;
use crate::out::{self, Paint};
use crate::{battle, engine, wire};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// `ctl doctor`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  ctl doctor\n\nExit codes: 0 ready, 1 something is missing")]
pub struct DoctorArgs {
    #[command(flatten)]
    socket: SocketArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

struct Finding {
    what: &'static str,
    ok: bool,
    text: String,
}

/// Runs it.
///
/// # Errors
/// Output cannot be written.
pub fn run(args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let all = [engine_binary(), tapes(), cores(), folder(), socket(args)];
    if args.json {
        let rows: Vec<_> =
            all.iter().map(|f| json!({"check": f.what, "ok": f.ok, "text": f.text})).collect();
        out::json(&rows)?;
    } else {
        let colours = out::colours();
        for finding in &all {
            let (mark, paint) = if finding.ok { ("ok", Paint::Good) } else { ("no", Paint::Bad) };
            out::data(&format!(
                "{}  {:<10} {}\n",
                paint.on(mark, colours),
                finding.what,
                finding.text
            ))?;
        }
    }
    Ok(if all.iter().all(|finding| finding.ok) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn engine_binary() -> Finding {
    match engine::binary() {
        Ok(path) => Finding { what: "engine", ok: true, text: path.display().to_string() },
        Err(_) => {
            let text = "royale is not beside ctl; cargo build --release builds both".to_owned();
            Finding { what: "engine", ok: false, text }
        }
    }
}

fn tapes() -> Finding {
    let count = battle::bundled_tapes();
    let text = format!("{count} recordings are built into this binary");
    Finding { what: "tapes", ok: count > 0, text }
}

fn cores() -> Finding {
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    let text = match count {
        0 | 1 => format!("{count} core: the engine runs fused, and shares it with everything"),
        2..=4 => format!("{count} cores: enough; the engine will not have one to each stage"),
        _ => format!("{count} cores"),
    };
    Finding { what: "cores", ok: count > 0, text }
}

fn folder() -> Finding {
    let probe = std::path::Path::new(".").join(format!(".ctl-doctor-{}", std::process::id()));
    let ok = std::fs::write(&probe, b"x").is_ok();
    let _ = std::fs::remove_file(&probe);
    let text = if ok { "runs can be written here" } else { "this folder cannot be written to" };
    Finding { what: "folder", ok, text: text.to_owned() }
}

fn socket(args: &DoctorArgs) -> Finding {
    let text = match wire::status(args.socket.socket.as_deref()) {
        Ok(status) => format!("an engine is running, process {}", status.pid),
        Err(_) => "no engine is running: nothing is in the way".to_owned(),
    };
    Finding { what: "socket", ok: true, text }
}
