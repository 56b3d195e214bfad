//! What a slot runs, and how that is changed while the engine runs: `swap-strategy` and its family.

use crate::args::SocketArgs;
use crate::failure::{Code, Failure};
use crate::table::{Cell, Table};
use crate::{out, wire};
use clap::{Args, ValueEnum};
use royale_codec::control::{Command, Reply, SlotStatus};
use royale_codec::swap::{ModulePart, OrdersChoice, PART_BYTES_MAX, StrategyChoice, Swap, Swapped};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The longest module that an engine takes, in bytes.
const MODULE_BYTES_MAX: u64 = 4 << 20;

/// What all of them take.
#[derive(Args, Debug)]
pub struct CommonArgs {
    /// Why, for the reader of the journal
    #[arg(long, value_name = "TEXT", default_value = "by hand")]
    reason: String,
    #[command(flatten)]
    socket: SocketArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What a new version begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum State {
    /// Nothing
    Fresh,
    /// The state of the version before, where the two fit
    Carry,
    /// What it has seen while it listened; needs --shadow
    Warm,
}

/// What becomes of the slot's live orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Orders {
    /// The new version answers for them
    HandOver,
    /// They are called back
    Cancel,
}

/// What shall run, and how it takes over.
#[derive(Args, Debug)]
pub struct VersionArgs {
    /// A native strategy's name, or a WebAssembly module's file (FILE.wasm)
    #[arg(long, value_name = "NAME|FILE.wasm")]
    to: String,
    /// A parameter; may be repeated
    #[arg(long = "param", value_name = "KEY=VALUE", value_parser = super::pair)]
    params: Vec<(String, String)>,
    /// What it begins with
    #[arg(long, value_enum, default_value_t = State::Fresh)]
    state: State,
    /// It listens so long before it answers: 30s, 5m, 2h
    #[arg(long, value_name = "TIME", value_parser = millis, default_value = "0s")]
    shadow: u64,
    /// The version before takes the slot back if it fails within this time
    #[arg(long, value_name = "TIME", value_parser = millis, default_value = "0s")]
    probation: u64,
    /// What becomes of the slot's live orders
    #[arg(long, value_enum, default_value_t = Orders::HandOver)]
    orders: Orders,
    /// Check everything, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// `ctl swap-strategy`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    ctl swap-strategy trend --to mean-reversion\n  \
    ctl swap-strategy trend --to trend --param fast_s=20 --state warm --shadow 5m --probation 10m\n  \
    ctl swap-strategy 3 --to my-agent.wasm --shadow 1m --dry-run\n\n\
    Times are those of the events: a tape at full speed plays a minute in an instant.\n\
    Exit codes: 0 done, or listening; 6 refused, or sent away: the slot goes on as it was")]
pub struct SwapArgs {
    /// The slot, by name or number
    slot: String,
    #[command(flatten)]
    version: VersionArgs,
}

/// `ctl add-strategy`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  ctl add-strategy --to my-agent.wasm --param drop=40\n\n\
    Needs a free slot: one with strategy = \"vacant\" in the configuration, or one that\nctl remove-strategy left.")]
pub struct AddArgs {
    #[command(flatten)]
    version: VersionArgs,
}

/// `ctl remove-strategy`, `quarantine`, `release`, `rollback`.
#[derive(Args, Debug)]
pub struct SlotArgs {
    /// The slot, by name or number
    slot: String,
    #[command(flatten)]
    common: CommonArgs,
}

/// `ctl list-strategies`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  ctl list-strategies\n  ctl list-strategies --json | jq '.[].strategy'"
)]
pub struct ListArgs {
    #[command(flatten)]
    socket: SocketArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs `ctl swap-strategy`.
///
/// # Errors
/// No engine answers, or it refuses.
pub fn swap(args: &SwapArgs) -> Result<(), Failure> {
    bring_in(&args.slot, &args.version)
}

/// Runs `ctl add-strategy`.
///
/// # Errors
/// No engine answers, or it refuses.
pub fn add(args: &AddArgs) -> Result<(), Failure> {
    bring_in("", &args.version)
}

/// Runs `ctl remove-strategy`: the slot runs nothing, and its orders are called back.
///
/// # Errors
/// No engine answers, or it refuses.
pub fn remove(args: &SlotArgs) -> Result<(), Failure> {
    let swap = Swap {
        slot: args.slot.clone(),
        strategy: StrategyChoice::Vacant {},
        params: BTreeMap::new(),
        carry: false,
        shadow_ms: 0,
        probation_ms: 0,
        orders: OrdersChoice::Cancel,
        dry_run: false,
        reason: args.common.reason.clone(),
    };
    command(&args.common, Command::Swap(Box::new(swap)))
}

/// Runs one of the commands that only name a slot.
///
/// # Errors
/// No engine answers, or it refuses.
pub fn by_name(args: &SlotArgs, make: fn(String, String) -> Command) -> Result<(), Failure> {
    command(&args.common, make(args.slot.clone(), args.common.reason.clone()))
}

/// Runs `ctl list-strategies`.
///
/// # Errors
/// No engine answers.
pub fn list(args: &ListArgs) -> Result<(), Failure> {
    let status = wire::status(args.socket.socket.as_deref())?;
    if args.json {
        return out::json(&status.slots);
    }
    out::data(&table(&status.slots).render(out::colours()))
}

/// The slots, as `ctl status` shows them too.
pub fn table(slots: &[SlotStatus]) -> Table {
    let mut table = Table::new(&["#slot", "name", "runs", "#version", "#allocation", "state"]);
    for slot in slots {
        let mut state = match slot.fault.as_str() {
            "" => "armed".to_owned(),
            fault => format!("stopped: {fault}"),
        };
        if !slot.listener.is_empty() {
            state.push_str(&format!(", a {} listens", slot.listener));
        }
        table.row(vec![
            slot.slot.to_string().into(),
            Cell::new(&slot.name),
            Cell::new(&slot.strategy),
            slot.version.to_string().into(),
            format!("{:.2} %", f64::from(slot.allocation_bp) / 100.0).into(),
            Cell::new(state),
        ]);
    }
    table
}

fn bring_in(slot: &str, args: &VersionArgs) -> Result<(), Failure> {
    if args.state == State::Warm && args.shadow == 0 {
        return Err(Failure::new(Code::Usage, "--state warm needs time to listen")
            .remedy("add --shadow, for example --shadow 5m"));
    }
    let strategy = if args.to.ends_with(".wasm") {
        StrategyChoice::Module { sha256: upload(Path::new(&args.to), &args.common)? }
    } else {
        StrategyChoice::Native { name: args.to.clone() }
    };
    let swap = Swap {
        slot: slot.to_owned(),
        strategy,
        params: args.params.iter().cloned().collect(),
        carry: args.state == State::Carry,
        shadow_ms: args.shadow,
        probation_ms: args.probation,
        orders: match args.orders {
            Orders::HandOver => OrdersChoice::HandOver,
            Orders::Cancel => OrdersChoice::Cancel,
        },
        dry_run: args.dry_run,
        reason: args.common.reason.clone(),
    };
    command(&args.common, Command::Swap(Box::new(swap)))
}

/// Brings a module into the engine's store, in parts that fit a request.
fn upload(path: &Path, common: &CommonArgs) -> Result<String, Failure> {
    let failed = |error: std::io::Error| Failure::error(format!("{}: {error}", path.display()));
    let length = std::fs::metadata(path).map_err(failed)?.len();
    if length == 0 || length > MODULE_BYTES_MAX {
        return Err(Failure::error(format!(
            "{}: {length} bytes; a module has 1 to {MODULE_BYTES_MAX}",
            path.display()
        )));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let total = u32::try_from(bytes.len()).map_err(|_| Failure::error("the module is too long"))?;
    let mut offset = 0;
    for part in bytes.chunks(PART_BYTES_MAX) {
        let data = STANDARD.encode(part);
        let part = ModulePart { sha256: sha256.clone(), total, offset, data };
        match wire::ask(common.socket.socket.as_deref(), Command::Module(Box::new(part)))? {
            Reply::Module { received } => offset = received,
            _ => return Err(Failure::error("the engine answered another question")),
        }
    }
    Ok(sha256)
}

fn command(common: &CommonArgs, command: Command) -> Result<(), Failure> {
    match wire::ask(common.socket.socket.as_deref(), command)? {
        Reply::Swapped(swapped) => tell(common, &swapped),
        _ => Err(Failure::error("the engine answered another question")),
    }
}

fn tell(common: &CommonArgs, swapped: &Swapped) -> Result<(), Failure> {
    let Swapped { seq, name, version, manifest, outcome, fault, .. } = swapped;
    if let "refused" | "dismissed" = outcome.as_str()
        && fault != "none"
    {
        let message = format!("slot {name}: {outcome} because of {fault} at input {seq}");
        return Err(Failure::new(Code::Refused, message).remedy(match fault.as_str() {
            "busy" => "another version listens there already: wait, or ctl rollback",
            "state" => "the two versions' states do not fit: use --state fresh or --state warm",
            _ => "ctl list-strategies shows what there is",
        }));
    }
    if common.json {
        return out::json(&json!(swapped));
    }
    if outcome == "checked" {
        let text =
            format!("slot {name}: could be done; manifest {manifest}; nothing has changed\n");
        return out::data(&text);
    }
    let of = match version {
        0 => "the version that the run began with".to_owned(),
        number => format!("version {number}"),
    };
    out::data(&format!("slot {name}: {of} {outcome}; it is input {seq} of the journal\n"))
}

/// A time with its unit, in milliseconds.
fn millis(text: &str) -> Result<u64, String> {
    let remedy = || "write a number with its unit: 500ms, 30s, 5m, 2h".to_owned();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| remedy())?;
    let factor = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(remedy()),
    };
    number
        .checked_mul(factor)
        .filter(|&ms| ms <= royale_codec::swap::LISTEN_MS_MAX)
        .ok_or_else(|| "at most 24h".to_owned())
}
