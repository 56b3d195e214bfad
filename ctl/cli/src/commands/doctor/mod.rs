//! `ctl doctor`: is this machine ready, and what does it cost to leave it as it is?
//!
//! First what a run needs, then what takes latency from it: `docs/tuning.md` explains each check.
//! Reads files and changes nothing.

mod cpu;
mod finding;
mod host;
mod storage;
mod system;
#[cfg(test)]
mod tests;

use crate::args::SocketArgs;
use crate::failure::Failure;
use crate::{battle, engine, out, wire};
use clap::Args;
use finding::{Finding, State, warn_unless};
use host::{Host, cpu_text};
use royale_config::{Loader, Settings, Topology, Wait};
use std::path::PathBuf;
use std::process::ExitCode;

/// `ctl doctor`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  ctl doctor\n  ctl doctor --config desk.toml --strict\n  \
                  ctl doctor --json | jq '.[] | select(.state == \"warn\")'\n\n\
                  Exit codes: 0 ready, 1 something is missing, or with --strict could be better.\n\
                  docs/tuning.md explains each check.")]
pub struct DoctorArgs {
    #[command(flatten)]
    socket: SocketArgs,
    /// The run that this machine is to be ready for [default: the built-in battle]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Warnings fail too
    #[arg(long)]
    strict: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs it.
///
/// # Errors
/// The configuration is wrong, or output cannot be written.
pub fn run(args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let loader = match &args.config {
        Some(file) => Loader::file(file),
        None => Loader::battle(""),
    };
    let settings = loader.environment(std::env::vars_os()).load()?;
    let host = Host::here();
    let isolated = host.cpus("/sys/devices/system/cpu/isolated").unwrap_or_default();
    // The cores that the engine is meant to have: those of the configuration, else the isolated.
    let cores = if settings.run.cpus.is_empty() { isolated } else { settings.run.cpus.clone() };
    let mut all =
        vec![engine_binary(), tapes(), topology(&host, &settings), folder(), socket(args)];
    all.extend(storage::checks(&host, &settings.run.out_dir));
    all.extend(cpu::checks(&host, &cores));
    all.extend(system::checks(&host));
    if args.json {
        out::json(&all.iter().map(Finding::json).collect::<Vec<_>>())?;
    } else {
        let colours = out::colours();
        for finding in &all {
            out::data(&finding.line(colours))?;
        }
    }
    let fails = |finding: &Finding| match finding.state {
        State::Missing => true,
        State::Warn => args.strict,
        State::Ok | State::Unknown => false,
    };
    Ok(if all.iter().any(fails) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn engine_binary() -> Finding {
    match engine::binary() {
        Ok(path) => Finding::new("engine", State::Ok, path.display().to_string()),
        Err(_) => {
            let text = "royale is not beside ctl; cargo build --release builds both";
            Finding::new("engine", State::Missing, text)
        }
    }
}

fn tapes() -> Finding {
    let count = battle::bundled_tapes();
    let text = format!("{count} recordings are built into this binary");
    Finding::new("tapes", if count > 0 { State::Ok } else { State::Missing }, text)
}

/// Enough cores for the topology that was chosen, and one for everything else.
fn topology(host: &Host, settings: &Settings) -> Finding {
    // The cores that a child of ours would inherit.
    let allowed = host.field("/proc/self/status", "Cpus_allowed_list");
    let allowed = allowed.and_then(|list| host::cpu_list(&list)).filter(|list| !list.is_empty());
    let found = allowed.map(|allowed| threads_on(&allowed, settings));
    Finding::of(
        "cores",
        found,
        "threads that share a core wait for each other: 4 µs yielding, 30 ms spinning (measured)",
        "run.topology = \"fused\", or a host with a core for each thread and one more",
    )
}

fn threads_on(allowed: &[usize], settings: &Settings) -> (State, String) {
    let run = &settings.run;
    let threads = match run.topology {
        Topology::Auto => royale_engine::topology::Topology::for_cores(allowed.len()).threads(),
        Topology::Fused => 1,
        Topology::Split2 => 2,
        Topology::Pinned4 => 4,
        Topology::Sharded => run.strategy_threads as usize + 2,
    };
    let text = format!(
        "{} for {threads} thread{}, topology {}",
        allowed.len(),
        if threads == 1 { "" } else { "s" },
        run.topology.name()
    );
    let foreign: Vec<usize> =
        run.cpus.iter().copied().filter(|cpu| !allowed.contains(cpu)).collect();
    if !foreign.is_empty() {
        let text = format!("run.cpus names {}, which is not allowed here", cpu_text(&foreign));
        return (State::Missing, text);
    }
    if run.wait == Wait::Spin && threads > allowed.len() {
        return (State::Missing, format!("{text}: the engine refuses to spin so many"));
    }
    (warn_unless(threads < allowed.len()), text)
}

fn folder() -> Finding {
    let probe = std::path::Path::new(".").join(format!(".ctl-doctor-{}", std::process::id()));
    let ok = std::fs::write(&probe, b"x").is_ok();
    let _ = std::fs::remove_file(&probe);
    match ok {
        true => Finding::new("folder", State::Ok, "runs can be written here"),
        false => Finding::new("folder", State::Missing, "this folder cannot be written to"),
    }
}

fn socket(args: &DoctorArgs) -> Finding {
    let text = match wire::status(args.socket.socket.as_deref()) {
        Ok(status) => format!("an engine is running, process {}", status.pid),
        Err(_) => "no engine is running: nothing is in the way".to_owned(),
    };
    Finding::new("socket", State::Ok, text)
}
