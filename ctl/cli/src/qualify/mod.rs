//! `ctl strategy check`: a strategy's qualification, before it may hold capital.
//!
//! The engine tries the candidate and leaves what it found, with a season's journal; the figures are
//! folded from that journal here, as all figures are, and held against the gate.

mod card;
mod place;

use crate::battle::catch_interrupts;
use crate::failure::{Code, Failure};
use crate::{commands, engine, out, source};
use card::{Row, Season, Verdict};
use clap::Args;
use place::{Place, SLOT};
use royale_codec::findings::{FINDINGS_FILE, Findings};
use royale_model::SlotId;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Time between two looks at the engine.
const TICK: Duration = Duration::from_millis(20);

/// `ctl strategy check`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    ctl strategy check my-agent.wasm --param drop=5\n  \
    ctl strategy check my-agent.wasm --tape btc.tapez --trials 40 --out runs/check-my-agent\n  \
    ctl strategy check trend --json | jq '.checks[] | select(.verdict == \"fail\")'\n\n\
    Runs it alone in a slot of the default battle: the season, once more, on tapes that are cut, and with\n\
    its state handed over. docs/qualification.md says what each check means.\n\
    Exit codes: 0 qualified; 6 refused: the card is printed all the same, and says why")]
pub struct CheckArgs {
    /// A WebAssembly module (FILE.wasm), or a native strategy's name
    #[arg(value_name = "FILE.wasm|NAME")]
    strategy: String,
    /// A parameter; may be repeated
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = commands::pair)]
    params: Vec<(String, String)>,
    /// A tape to play in place of the bundled ones; may be repeated, in the order of their recording
    #[arg(long = "tape", value_name = "FILE")]
    tapes: Vec<PathBuf>,
    /// Variants that were tried before this one was chosen, itself included: the more, the better must its
    /// Sharpe ratio be
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    trials: u64,
    /// Keep the season's journal and the findings in this new folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs it, with the command line of `royale strategy` so far.
///
/// # Errors
/// No such file, a folder in use, the engine.
pub fn run(args: &CheckArgs, mut command: Command) -> Result<ExitCode, Failure> {
    if args.strategy.ends_with(".wasm") && !Path::new(&args.strategy).is_file() {
        return Err(Failure::not_found(format!("{}: is not a file", args.strategy)));
    }
    let place = Place::make(args.out.as_deref())?;
    let config = place.furnish(&args.tapes)?;
    command.args(["check", "--config"]).arg(config).arg("--out").arg(place.dir());
    for (key, value) in &args.params {
        command.arg(format!("--param={key}={value}"));
    }
    command.arg("--").arg(&args.strategy);
    let status = watch(&mut command)?;
    if !status.success() {
        // It has said why, on the same standard error.
        return engine::exit_code(status);
    }
    let findings = read(&place.dir().join(FINDINGS_FILE))?;
    let season = match &findings.trial {
        Some(_) => Some(season(&place.dir().join("journal"), args.trials)?),
        None => None,
    };
    let rows = card::rows(&findings, season.as_ref());
    let refused: Vec<&Row> = rows.iter().filter(|row| row.verdict == Verdict::Fail).collect();
    if args.json {
        out::json(&json!({
            "strategy": findings.strategy,
            "qualified": refused.is_empty(),
            "refused_by": refused.iter().map(|row| row.check).collect::<Vec<_>>(),
            "checks": rows,
            "season": season,
            "findings": findings,
        }))?;
    } else {
        let mut text = card::text(&rows, out::colours());
        if let (Some(season), Some(kept)) = (&season, &args.out) {
            let (seal, kept) = (&season.seal, kept.display());
            text.push_str(&format!(
                "\nseason   {kept}, seal {}\n  ctl why-not {SLOT} --journal {kept}\n  \
                 ctl journal replay {kept}\n",
                seal.get(..16).unwrap_or(seal)
            ));
        }
        out::data(&text)?;
    }
    Ok(if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(Code::Refused as u8) })
}

/// Runs the engine to its end, or ends it at Ctrl-C.
fn watch(command: &mut Command) -> Result<ExitStatus, Failure> {
    let interrupted = catch_interrupts()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| Failure::error(format!("the engine could not be started: {error}")))?;
    loop {
        if let Some(status) = child.try_wait().map_err(Failure::error)? {
            // The terminal has sent Ctrl-C to the engine, too.
            if !interrupted.load(Ordering::Relaxed) {
                return Ok(status);
            }
        } else if !interrupted.load(Ordering::Relaxed) {
            std::thread::sleep(TICK);
            continue;
        }
        let _ = child.kill();
        let _ = child.wait();
        return Err(Failure::new(Code::Interrupted, "interrupted; nothing was decided"));
    }
}

fn read(path: &Path) -> Result<Findings, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::io(path, "read", &error))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::error(format!("{}: {error}", path.display())))
}

fn season(journal: &Path, trials: u64) -> Result<Season, Failure> {
    let seal = commands::journal::hex(&royale_journal::verify(journal)?.seal);
    let board = source::load(journal)?.board;
    let slot = SlotId(0);
    let standing = board.standings().into_iter().find(|row| row.slot_id == slot.0);
    let Some(standing) = standing else {
        return Err(Failure::error(format!("{}: has no slot", journal.display())));
    };
    let deflated_sharpe = board.deflated_sharpe(slot, trials);
    let gate = royale_plane::gate(&standing.metrics, deflated_sharpe.as_ref());
    let currency = board.stakes().capital.currency.to_string();
    Ok(Season { currency, standing, deflated_sharpe, gate, seal })
}
