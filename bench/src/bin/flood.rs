//! `flood`: what a flood of commands does to the engine that hears them.

use clap::Parser;
use royale_codec::FrameDecoder;
use royale_codec::control::{Command as Ask, Request, Response, decode, encode};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Measure what a flood of commands does to the engine's latency
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  cargo build --release && flood --engine target/release/royale
  flood --engine target/release/royale --rate 20000 --rounds 7

Plays the configuration at a pace, in turn without a client and with clients that command as often as
they are told to: half of it questions, half commands that are refused and so go through every stage
and onto the journal. The engine has the first cpu for itself, where there are two; the clients have
the rest. What is compared is latency from the moment at which an event was due.

Exit codes: 0 measured, 1 it could not be measured, 2 wrong arguments."
)]
struct Args {
    /// The engine: a release build of `royale`.
    #[arg(long, value_name = "FILE")]
    engine: PathBuf,
    /// What it runs.
    #[arg(long, value_name = "FILE", default_value = "deploy/battle.toml")]
    config: PathBuf,
    /// Pace of the tapes.
    #[arg(long, value_name = "PACE", default_value = "600x")]
    speed: String,
    /// Requests in a second that all clients together try to make.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    rate: u64,
    /// Clients.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=16))]
    clients: u64,
    /// Rounds, each of a calm run and a flooded one.
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What one run showed.
struct Seen {
    p50_ns: f64,
    p999_ns: f64,
    /// Requests that were answered in a second.
    answered: f64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    match measure(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flood: {error}");
            ExitCode::from(1)
        }
    }
}

fn measure(args: &Args) -> Result<(), String> {
    let (mut calm, mut flooded) = (Vec::new(), Vec::new());
    for round in 1..=args.rounds {
        eprintln!("round {round} of {}", args.rounds);
        // The order changes, so that a slow minute of the host does not always hit the same one.
        for is_flooded in if round % 2 == 0 { [true, false] } else { [false, true] } {
            let seen = run(args, is_flooded)?;
            if is_flooded { flooded.push(seen) } else { calm.push(seen) }
        }
    }
    let ratios: Vec<f64> = calm.iter().zip(&flooded).map(|(a, b)| b.p999_ns / a.p999_ns).collect();
    let of = |all: &[Seen], what: fn(&Seen) -> f64| median(all.iter().map(what).collect());
    let rows = [
        ("p50, ns", of(&calm, |seen| seen.p50_ns), of(&flooded, |seen| seen.p50_ns)),
        ("p99.9, ns", of(&calm, |seen| seen.p999_ns), of(&flooded, |seen| seen.p999_ns)),
        ("requests answered a second", 0.0, of(&flooded, |seen| seen.answered)),
    ];
    let (least, most) =
        ratios.iter().fold((f64::MAX, f64::MIN), |(a, b), r| (a.min(*r), b.max(*r)));
    let text = if args.json {
        let figures: Vec<Value> = rows
            .iter()
            .map(|(what, a, b)| json!({ "what": what, "calm": a, "flooded": b }))
            .collect();
        let ratio = json!({ "median": median(ratios), "least": least, "most": most });
        format!("{:#}\n", json!({ "figures": figures, "p999_ratio": ratio }))
    } else {
        let mut text =
            format!("{:<28}{:>14}{:>14}\n", "from due to the end of work", "calm", "flooded");
        for (what, a, b) in rows {
            text += &format!("{what:<28}{a:>14.0}{b:>14.0}\n");
        }
        text + &format!(
            "p99.9, flooded / calm: {:.3} (rounds: {least:.3} to {most:.3})\n",
            median(ratios)
        )
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// One run of the engine.
fn run(args: &Args, is_flooded: bool) -> Result<Seen, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (out, socket) = (folder.path().join("run"), folder.path().join("engine.sock"));
    let mut command = Command::new(&args.engine);
    command.arg("run").arg("--config").arg(&args.config).arg("--out").arg(&out);
    command.arg("--socket").arg(&socket).args(["--speed", &args.speed]);
    for pair in ["run.topology=fused", "latency.record=ends", "meta.policy=off"] {
        command.args(["--set", pair]);
    }
    let cpus = core_affinity::get_core_ids().unwrap_or_default();
    if let [first, rest @ ..] = cpus.as_slice()
        && !rest.is_empty()
    {
        command.args(["--set", "run.wait=spin", "--set", &format!("run.cpus=[{}]", first.id)]);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let engine = command.spawn().map_err(|error| format!("{}: {error}", args.engine.display()))?;
    let answered = flood(args, engine, &socket, &cpus, is_flooded)?;
    let path = out.join("latency.json");
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let file: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let stage = file["stages"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|row| row["name"] == "tick-to-end" && row["slot"].is_null());
    let figure = |name: &str| stage.and_then(|row| row[name].as_f64()).ok_or("no tick-to-end");
    Ok(Seen { p50_ns: figure("p50_ns")?, p999_ns: figure("p99_9_ns")?, answered })
}

/// Waits for the engine's end, commanding it all the while if it is to be flooded; requests that were
/// answered in a second.
fn flood(
    args: &Args,
    mut engine: Child,
    socket: &Path,
    cpus: &[core_affinity::CoreId],
    is_flooded: bool,
) -> Result<f64, String> {
    let (over, answered) = (AtomicBool::new(false), AtomicU64::new(0));
    let begun = Instant::now();
    let status = std::thread::scope(|scope| {
        let clients = if is_flooded { args.clients } else { 0 };
        for nth in 0..clients {
            let (over, answered) = (&over, &answered);
            scope.spawn(move || {
                // Not where the engine is.
                if let Some(cpu) = cpus.get(1 + nth as usize % cpus.len().saturating_sub(1).max(1))
                {
                    core_affinity::set_for_current(*cpu);
                }
                let every = Duration::from_secs_f64(args.clients as f64 / args.rate.max(1) as f64);
                client(socket, every, over, answered);
            });
        }
        let status = engine.wait();
        over.store(true, Ordering::Release);
        status
    });
    let status = status.map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(format!("the engine ended with {status}"));
    }
    Ok(answered.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64())
}

/// Asks and commands in turn, as often as it is told to, until the run is over.
fn client(socket: &Path, every: Duration, over: &AtomicBool, answered: &AtomicU64) {
    while !over.load(Ordering::Acquire) {
        let Ok(mut stream) = UnixStream::connect(socket) else {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(2)));
        let mut decoder = FrameDecoder::default();
        let mut due = Instant::now();
        for id in 1.. {
            let ask = if id % 2 == 0 {
                Ask::Status {}
            } else {
                Ask::Quarantine { slot: "nobody".to_owned(), reason: "a flood".to_owned() }
            };
            if over.load(Ordering::Acquire)
                || exchange(&mut stream, &mut decoder, id, ask).is_none()
            {
                break;
            }
            answered.fetch_add(1, Ordering::Relaxed);
            due += every;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

fn exchange(stream: &mut UnixStream, decoder: &mut FrameDecoder, id: u64, ask: Ask) -> Option<()> {
    stream.write_all(&encode(&Request::new(id, ask)).ok()?).ok()?;
    let mut chunk = [0_u8; 4096];
    loop {
        if let Some(body) = decoder.next_frame().ok()? {
            return decode::<Response>(&body).ok().map(drop);
        }
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        decoder.feed(&chunk[..count]);
    }
}
