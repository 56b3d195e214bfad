//! From what was written to what it means: one function for each section of [`Settings`].
//!
//! Everything is read even after a fault, so that all faults come out at once.

use crate::canonical::tape_name;
use crate::choices::{BeforeSend, FillKind, Flush, QueueKind};
use crate::meta::meta;
use crate::place::Origin;
use crate::problem::Problems;
use crate::read::Reader;
use crate::resolve_parts::{fee_overrides, latency, pegs, slots};
use crate::settings::{
    Capital, Control, FillModel, Journal, QtyByKind, QueueModel, Risk, Run, Settings, Simulation,
};
use crate::value::Value;
use crate::written::Written;
use royale_model::Nanos;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a path is relative to, and what the machine says.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// The configuration's text as a whole.
    pub(crate) home: Origin,
    /// The folder of the configuration file; tapes and modules that it names lie relative to it.
    pub(crate) base_dir: PathBuf,
    /// `$XDG_RUNTIME_DIR`, where it is an absolute path.
    pub(crate) runtime_dir: Option<PathBuf>,
}

/// Resolves everything.
pub(crate) fn resolve(
    written: &Written,
    surroundings: &Surroundings,
    mut problems: Problems,
) -> Result<Settings, Problems> {
    let home = surroundings.home.clone();
    let mut reader = Reader { written, home, problems: &mut problems };
    schema_version(&mut reader);
    let run = run(&mut reader, surroundings);
    let journal = journal(&mut reader);
    let control = control(&mut reader, surroundings);
    let latency_record = reader.choice("latency.record");
    let capital = capital(&mut reader);
    let risk = risk(&mut reader);
    let simulation = simulation(&mut reader);
    let fees = fee_overrides(&mut reader);
    let slots = slots(&mut reader, &surroundings.base_dir);
    let meta = meta(&mut reader);
    problems.into_result()?;
    let mut settings = Settings {
        run,
        journal,
        control,
        latency_record,
        capital,
        risk,
        simulation,
        fees,
        slots,
        meta,
        origins: BTreeMap::new(),
    };
    settings.origins = settings
        .rows()
        .into_iter()
        .map(|row| {
            let origin = written.get(&row.key).map_or(Origin::Default, |(_, at)| at.clone());
            (row.key, origin)
        })
        .collect();
    Ok(settings)
}

fn schema_version(reader: &mut Reader<'_>) {
    const PATH: &str = "schema_version";
    match reader.written.get(PATH) {
        Some((Value::Integer(version), _)) if *version != i128::from(crate::SCHEMA_VERSION) => {
            let what = format!("is {version}, and this build reads {}", crate::SCHEMA_VERSION);
            reader.fault(PATH, what, "use the build that this text was written for");
        }
        _ => {
            let _ = reader.integer(PATH);
        }
    }
}

fn run(reader: &mut Reader<'_>, surroundings: &Surroundings) -> Run {
    Run {
        name: reader.name("run.name"),
        seed: reader.integer("run.seed"),
        topology: reader.choice("run.topology"),
        strategy_threads: reader.integer_u32("run.strategy_threads"),
        wait: reader.choice("run.wait"),
        cpus: cpus(reader),
        speed: reader.speed("run.speed"),
        max_idle_gap: millis(reader, "run.max_idle_gap_ms"),
        tapes: tapes(reader, &surroundings.base_dir),
        tzdb: tzdb(reader),
        on_fault: reader.choice("run.on_fault"),
        fuel_per_event: reader.integer("run.fuel_per_event"),
        out_dir: folder(reader, "run.out_dir"),
    }
}

/// Another version could mean other instants by the same words; a replay takes them from the journal.
fn tzdb(reader: &mut Reader<'_>) -> String {
    const PATH: &str = "run.tzdb";
    let own = crate::zone::tzdb();
    if reader.written.get(PATH).is_none() {
        return own.to_owned();
    }
    let version = reader.name(PATH);
    let is_journal = matches!(reader.origin(PATH), Origin::Journal { .. });
    if version != own && !version.is_empty() && !is_journal {
        let what = format!("is {version:?}, and this build holds {own:?}");
        reader.fault(PATH, what, "remove it, or use the build that this text was written for");
    }
    version
}

fn uids(reader: &mut Reader<'_>, path: &str) -> Vec<u32> {
    reader.list(path, |element| match element {
        Value::Integer(uid) => u32::try_from(*uid).map_err(|_| "is no user id"),
        _ => Err("is no user id"),
    })
}

fn cpus(reader: &mut Reader<'_>) -> Vec<usize> {
    const PATH: &str = "run.cpus";
    let cpus = reader.list(PATH, |element| match element {
        Value::Integer(cpu @ 0..1024) => usize::try_from(*cpu).map_err(|_| "is out of range"),
        _ => Err("is no CPU number below 1024"),
    });
    if has_twice(&cpus) {
        reader.fault(PATH, "names a CPU twice", "give each thread a core of its own");
    }
    cpus
}

/// Tapes: relative to the file that names them, or to the working directory for an override.
fn tapes(reader: &mut Reader<'_>, base_dir: &Path) -> Vec<PathBuf> {
    const PATH: &str = "run.tapes";
    const TAPES_MAX: usize = 1024;
    let written = reader.list(PATH, |element| match element {
        Value::Text(text) if is_path(text) && Path::new(text).file_name().is_some() => {
            Ok(text.clone())
        }
        _ => Err("is no path of a file"),
    });
    if written.len() > TAPES_MAX {
        reader.fault(PATH, "has too many elements", "name at most 1024 tapes");
    }
    let names: Vec<_> = written.iter().map(|tape| tape_name(Path::new(tape))).collect();
    if has_twice(&names) {
        reader.fault(PATH, "has two tapes of one name", "rename one, or name each tape once");
    }
    match reader.origin(PATH) {
        Origin::Environment(_) | Origin::CommandLine => {
            written.into_iter().map(PathBuf::from).collect()
        }
        _ => written.into_iter().map(|tape| base_dir.join(tape)).collect(),
    }
}

fn folder(reader: &mut Reader<'_>, path: &'static str) -> PathBuf {
    match reader.text(path) {
        Some(text) if is_path(text) => PathBuf::from(text),
        Some(_) => {
            reader.fault(path, "is no path", "write a folder's path, such as \"runs\"");
            PathBuf::new()
        }
        None => PathBuf::new(),
    }
}

/// True for text that the system can take as a path.
pub(crate) fn is_path(text: &str) -> bool {
    const PATH_BYTES_MAX: usize = 4095;
    (1..=PATH_BYTES_MAX).contains(&text.len()) && !text.contains('\0')
}

fn has_twice<T: PartialEq>(list: &[T]) -> bool {
    list.iter().enumerate().any(|(at, element)| list[..at].contains(element))
}

fn journal(reader: &mut Reader<'_>) -> Journal {
    let memory = "journal.memory_dir";
    let memory_dir = folder(reader, memory);
    // An empty one was refused as no path.
    if memory_dir.is_relative() && memory_dir != Path::new("") {
        reader.fault(memory, "is no absolute path", "write one, such as \"/dev/shm\"");
    }
    let flush = reader.choice("journal.flush");
    let before_send = reader.choice("journal.before_send");
    if (flush, before_send) == (Flush::Lazy, BeforeSend::Synced) {
        let what = "is \"synced\", and with `journal.flush` \"lazy\" nothing is forced to the disk";
        reader.fault("journal.before_send", what, "write `flush = \"group\"`, or \"written\" here");
    }
    Journal {
        segment_bytes: reader.integer("journal.segment_mib") << 20,
        flush,
        flush_every: Duration::from_millis(reader.integer("journal.flush_ms")),
        before_send,
        memory_dir,
    }
}

fn control(reader: &mut Reader<'_>, surroundings: &Surroundings) -> Control {
    /// `sockaddr_un` holds 108 bytes, the last is zero, and the socket for reading has five more.
    const SOCKET_BYTES_MAX: usize = 102;
    let path = "control.socket";
    let text = reader.text(path).unwrap_or_default();
    let socket = if text.is_empty() {
        match (&surroundings.runtime_dir, user_id()) {
            (Some(dir), _) => dir.join("royale/engine.sock"),
            (None, Some(uid)) => PathBuf::from(format!("/tmp/royale-{uid}/engine.sock")),
            (None, None) => {
                reader.fault(path, "is empty and the user's id is unknown", "write a path");
                PathBuf::new()
            }
        }
    } else {
        if !is_path(text) || !Path::new(text).is_absolute() {
            reader.fault(path, "is no absolute path", "write one that begins with `/`");
        }
        PathBuf::from(text)
    };
    let length = socket.as_os_str().len();
    if length > SOCKET_BYTES_MAX {
        let what = format!("leads to a path of {length} bytes, and a socket's holds at most 102");
        reader.fault(path, what, "write a shorter path");
    }
    Control {
        socket,
        command_uids: uids(reader, "control.command_uids"),
        read_uids: uids(reader, "control.read_uids"),
    }
}

/// The user of this process, by the owner of its entry in `/proc`.
fn user_id() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").ok().map(|entry| entry.uid())
}

fn capital(reader: &mut Reader<'_>) -> Capital {
    let currency = reader.currency("capital.currency");
    Capital {
        currency,
        per_slot: reader.money("capital.per_slot"),
        house: reader.money("capital.house"),
        pegs: pegs(reader, currency),
    }
}

fn risk(reader: &mut Reader<'_>) -> Risk {
    let order_qty_max = QtyByKind {
        equity: reader.decimal("risk.order_qty_max.equity"),
        option: reader.decimal("risk.order_qty_max.option"),
        future: reader.decimal("risk.order_qty_max.future"),
        fx_spot: reader.decimal("risk.order_qty_max.fx_spot"),
        crypto_spot: reader.decimal("risk.order_qty_max.crypto_spot"),
        perp_linear: reader.decimal("risk.order_qty_max.perp_linear"),
        perp_inverse: reader.decimal("risk.order_qty_max.perp_inverse"),
        binary_event: reader.decimal("risk.order_qty_max.binary_event"),
    };
    Risk {
        order_qty_max,
        order_notional_max: reader.money("risk.order_notional_max"),
        position_notional_max: reader.money("risk.position_notional_max"),
        house_position_notional_max: reader.money("risk.house_position_notional_max"),
        price_collar_bps: reader.integer_u32("risk.price_collar_bps"),
        price_collar_ticks: reader.integer_u32("risk.price_collar_ticks"),
        feed_stale_after: millis(reader, "risk.feed_stale_after_ms"),
        open_orders_max: reader.integer_u32("risk.open_orders_max"),
        // The key's rule leaves no larger number.
        allocation_bp_max: reader.integer("risk.allocation_bp_max").try_into().unwrap_or(10_000),
    }
}

fn simulation(reader: &mut Reader<'_>) -> Simulation {
    const POWER: &str = "simulation.queue_power";
    let queue_kind = reader.choice("simulation.queue_model");
    // Checked wherever it is written, also where the chosen model does not read it.
    let is_read = queue_kind == QueueKind::ProbPower || reader.written.get(POWER).is_some();
    let power = if is_read { reader.number(POWER) } else { 0.0 };
    let queue = match queue_kind {
        QueueKind::RiskAverse => QueueModel::RiskAverse,
        QueueKind::ProbPower => QueueModel::ProbPower { power },
        QueueKind::ProbLog => QueueModel::ProbLog,
    };
    let fill = match reader.choice("simulation.fill_model") {
        FillKind::Partial => FillModel::Partial,
        FillKind::NoPartial => FillModel::NoPartial,
    };
    Simulation {
        feed_latency: latency(reader, "simulation.feed_latency"),
        order_latency: latency(reader, "simulation.order_latency"),
        response_latency: latency(reader, "simulation.response_latency"),
        queue,
        fill,
        consume_liquidity: reader.flag("simulation.consume_liquidity"),
        print_slippage_ticks: reader.integer_u32("simulation.print_slippage_ticks"),
        print_liquidity: reader.decimal("simulation.print_liquidity"),
    }
}

fn millis(reader: &mut Reader<'_>, path: &str) -> Nanos {
    Nanos::from_millis(i64::try_from(reader.integer(path)).unwrap_or(i64::MAX))
}
