//! Every key there is: path, rule, scope and meaning. The schema is this table and nothing else.
//!
//! Unknown keys, nearest matches, environment names, types, limits, the canonical text and
//! `docs/configuration.md` all follow from it.

use crate::choices::{
    BeforeSend, FeeName, FillKind, Flush, LatencyKind, LatencyRecord, Missed, OnFault, Policy,
    QueueKind, SlotRegime, Topology, Wait,
};
use crate::rule::{Key, Rule, Scope};
use royale_model::Tier;

const DAY_MS: u64 = 86_400_000;
const YEAR_MS: u64 = 365 * DAY_MS;
/// A latency above a minute is a mistake of unit.
const LATENCY_US: Rule = Rule::Integer { min: 0, max: 60_000_000 };
const LATENCY_US_POSITIVE: Rule = Rule::Integer { min: 1, max: 60_000_000 };
const SIGMA: Rule = Rule::Number { min: 0.0, max: 5.0 };
const BP: Rule = Rule::Integer { min: 0, max: 10_000 };
const POSITIVE: Rule = Rule::Decimal { min: 1, max: i64::MAX };
const FEE_RATE: Rule = Rule::Decimal { min: -10_000_000_000, max: 10_000_000_000 };

const fn results(path: &'static str, rule: Rule, doc: &'static str) -> Key {
    Key { path, rule, scope: Scope::Results, doc }
}
const fn run(path: &'static str, rule: Rule, doc: &'static str) -> Key {
    Key { path, rule, scope: Scope::Run, doc }
}

/// Every key of the schema, section by section.
pub fn keys() -> &'static [Key] {
    KEYS
}

/// The key that `path` is, if there is one.
pub(crate) fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.matches(path))
}

#[rustfmt::skip]
static KEYS: &[Key] = &[
    results("schema_version", Rule::Integer { min: 1, max: 1 },
        "Version of this schema; this build reads 1."),

    results("run.name", Rule::Label,
        "Name of the run, for its folder and its reports. Not inherited: each file names its run."),
    results("run.seed", Rule::Integer { min: 0, max: u64::MAX },
        "Seed of every random draw; the same seed gives the same journal."),
    run("run.topology", Rule::Choice(Topology::NAMES),
        "How the stages are laid over threads; `auto` chooses by the number of cores."),
    run("run.strategy_threads", Rule::Integer { min: 1, max: 62 },
        "`sharded`: threads that the strategies are shared out over, beside one for the feed and one \
         for the gate."),
    run("run.wait", Rule::Choice(Wait::NAMES),
        "What an idle thread does: spin burns its core, yield shares it, park sleeps."),
    run("run.cpus", Rule::Cpus,
        "Cores for the pinned threads, in the order of the stages; empty lets the engine choose."),
    run("run.speed", Rule::Speed,
        "Pace of the tapes: as fast as possible, or a whole multiple of recorded time."),
    run("run.max_idle_gap_ms", Rule::Integer { min: 1, max: YEAR_MS },
        "At a paced speed, quiet stretches of recorded time longer than this are skipped."),
    results("run.tapes", Rule::Paths,
        "Recordings to play, in order, relative to the file that names them. Not inherited. \
         The canonical text holds their file names."),
    results("run.tzdb", Rule::Name,
        "Version of the time zone database that timers are reckoned by: the one that this build holds, \
         and no other. A journal holds it where a slot runs in a zone with rules."),
    results("run.on_fault", Rule::Choice(OnFault::NAMES),
        "What is done about a slot whose strategy failed or was put into quarantine: `cancel` calls its \
         live orders back, `flatten` gives up what it holds, too, at the market."),
    results("run.fuel_per_event", Rule::Integer { min: 1_000, max: 1_000_000_000 },
        "Fuel that a sandboxed strategy may burn on one event, one unit an instruction; beyond it the \
         slot is disarmed."),
    run("run.out_dir", Rule::Path,
        "Folder under which runs are written, relative to the working directory."),

    results("journal.segment_mib", Rule::Integer { min: 1, max: 4096 },
        "Size of a journal segment in MiB."),
    run("journal.flush", Rule::Choice(Flush::NAMES),
        "How records reach the disk: `group` forces all that was written since the last time, again \
         and again and at the end; `lazy` never does, for backtests, and survives a kill of the \
         process all the same."),
    run("journal.flush_ms", Rule::Integer { min: 1, max: 60_000 },
        "`group`: how long a record waits at most until it is forced to the disk, milliseconds."),
    run("journal.before_send", Rule::Choice(BeforeSend::NAMES),
        "What must hold before an order leaves: `written` survives a kill of the process; \
         `synced` the end of the machine, and makes each order wait for the disk. It needs \
         `journal.flush = \"group\"`."),
    run("journal.memory_dir", Rule::Path,
        "Folder of a memory file system, absolute, for the segments that are being written: room for \
         at least two, at most six."),

    run("control.socket", Rule::Path,
        "Control socket, absolute, at most 102 bytes; empty for \
         `$XDG_RUNTIME_DIR/royale/engine.sock`, else `/tmp/royale-<uid>/engine.sock`. Beside it, with \
         `.read` behind its name, lies a socket that answers questions and takes no commands."),
    run("control.command_uids", Rule::Uids,
        "Users who may command the engine, beside its own and root."),
    run("control.read_uids", Rule::Uids,
        "Users who may ask questions at the socket for reading, beside those who may command."),

    run("latency.record", Rule::Choice(LatencyRecord::NAMES),
        "What is recorded of the engine's own latency: `ends` from each event to decision, order \
         and end; `stages` each stage too, for two to six more clock readings an event."),

    results("capital.currency", Rule::Currency,
        "Currency in which capital and profit are counted."),
    results("capital.per_slot", POSITIVE,
        "Capital of each strategy's shadow account."),
    results("capital.house", POSITIVE,
        "Capital of the house account, shared out by allocation."),
    results("capital.pegs.<currency>", POSITIVE,
        "A currency counted at a fixed rate into the capital currency. A file's pegs replace the \
         default's."),

    results("risk.order_qty_max.binary_event", POSITIVE,
        "Largest order in an event contract, in contracts (R1)."),
    results("risk.order_qty_max.crypto_spot", POSITIVE,
        "Largest order in a coin, in coins (R1)."),
    results("risk.order_qty_max.perp_linear", POSITIVE,
        "Largest order in a linear perpetual, in contracts (R1)."),
    results("risk.order_qty_max.perp_inverse", POSITIVE,
        "Largest order in an inverse perpetual, in contracts (R1)."),
    results("risk.order_qty_max.equity", POSITIVE,
        "Largest order in a share, in shares (R1)."),
    results("risk.order_qty_max.option", POSITIVE,
        "Largest order in an option, in contracts (R1)."),
    results("risk.order_qty_max.future", POSITIVE,
        "Largest order in a dated future, in contracts (R1)."),
    results("risk.order_qty_max.fx_spot", POSITIVE,
        "Largest order in a currency pair, in units of the base currency (R1)."),
    results("risk.order_notional_max", POSITIVE,
        "Largest value of one order, in the capital currency (R2)."),
    results("risk.position_notional_max", POSITIVE,
        "Largest worst-case position of a slot in one instrument, in the capital currency (R7)."),
    results("risk.house_position_notional_max", POSITIVE,
        "Largest worst-case position of the house in one instrument, in the capital currency (R7)."),
    results("risk.price_collar_bps", Rule::Integer { min: 1, max: 10_000 },
        "Farthest price from the reference, in basis points; the wider of bps and ticks holds (R3)."),
    results("risk.price_collar_ticks", Rule::Integer { min: 1, max: 1_000_000 },
        "Farthest price from the reference, in ticks; the wider of bps and ticks holds (R3)."),
    results("risk.feed_stale_after_ms", Rule::Integer { min: 1, max: DAY_MS },
        "Age of an instrument's data from which new orders in it are refused (R13)."),
    results("risk.open_orders_max", Rule::Integer { min: 1, max: 128 },
        "Live orders that one account of a slot may have; tables are sized from it at start."),
    results("risk.allocation_bp_max", Rule::Integer { min: 1, max: 10_000 },
        "Largest share of the house that one slot may be given, in basis points; no command raises it."),

    results("meta.policy", Rule::Choice(Policy::NAMES),
        "How the house is shared out while a run goes on: not at all, equally, by risk alone, or by the \
         probability that a slot is the best one."),
    results("meta.epoch_s", Rule::Integer { min: 5, max: 86_400 },
        "Length of an epoch in seconds, counted from midnight UTC: shares change at its end only."),
    results("meta.warmup_epochs", Rule::Integer { min: 2, max: 10_000 },
        "Epochs of each run that are only watched."),
    results("meta.floor_bp", BP,
        "Least share of a slot, in basis points."),
    results("meta.cap_bp", Rule::Integer { min: 1, max: 10_000 },
        "Largest share of a slot, in basis points; at most risk.allocation_bp_max."),
    results("meta.turnover_bp", Rule::Integer { min: 1, max: 10_000 },
        "Most that changes hands at one epoch, in basis points of the house."),
    results("meta.hold_epochs", Rule::Integer { min: 0, max: 10_000 },
        "Epochs for which a slot keeps a share that it was given, unless a rule takes it away."),
    results("meta.hrp_bp", BP,
        "How much of each share hierarchical risk parity decides, in basis points of it; the rest is the \
         belief's."),
    results("meta.cost_bp", Rule::Integer { min: 0, max: 1_000 },
        "What moving capital is taken to cost, in basis points of what is moved: smaller gains move nothing."),
    results("meta.loss_streak", Rule::Integer { min: 1, max: 1_000 },
        "Losing round trips in a row after which a slot gets half, until it wins one."),
    results("meta.reference", Rule::Symbol,
        "Symbol of the instrument whose returns tell the regime; empty for the first coin or share of a run."),
    results("meta.class_caps.<class>", Rule::Integer { min: 1, max: 10_000 },
        "Largest share of all slots of a class together, in basis points."),

    results("simulation.feed_latency.kind", Rule::Choice(LatencyKind::NAMES),
        "Venue to us. Writing `kind` starts the table anew."),
    results("simulation.feed_latency.us", LATENCY_US, "`constant`: microseconds."),
    results("simulation.feed_latency.min_us", LATENCY_US, "`uniform`: shortest, microseconds."),
    results("simulation.feed_latency.median_us", LATENCY_US_POSITIVE,
        "`lognormal`: median, microseconds; no draw is below a quarter of it."),
    results("simulation.feed_latency.sigma", SIGMA,
        "`lognormal`: standard deviation of the logarithm."),
    results("simulation.feed_latency.max_us", LATENCY_US,
        "`uniform`, `lognormal`: longest, microseconds."),
    results("simulation.order_latency.kind", Rule::Choice(LatencyKind::NAMES),
        "Us to venue. Writing `kind` starts the table anew."),
    results("simulation.order_latency.us", LATENCY_US, "`constant`: microseconds."),
    results("simulation.order_latency.min_us", LATENCY_US, "`uniform`: shortest, microseconds."),
    results("simulation.order_latency.median_us", LATENCY_US_POSITIVE,
        "`lognormal`: median, microseconds; no draw is below a quarter of it."),
    results("simulation.order_latency.sigma", SIGMA,
        "`lognormal`: standard deviation of the logarithm."),
    results("simulation.order_latency.max_us", LATENCY_US,
        "`uniform`, `lognormal`: longest, microseconds."),
    results("simulation.response_latency.kind", Rule::Choice(LatencyKind::NAMES),
        "The venue's answer to us. Writing `kind` starts the table anew."),
    results("simulation.response_latency.us", LATENCY_US, "`constant`: microseconds."),
    results("simulation.response_latency.min_us", LATENCY_US, "`uniform`: shortest, microseconds."),
    results("simulation.response_latency.median_us", LATENCY_US_POSITIVE,
        "`lognormal`: median, microseconds; no draw is below a quarter of it."),
    results("simulation.response_latency.sigma", SIGMA,
        "`lognormal`: standard deviation of the logarithm."),
    results("simulation.response_latency.max_us", LATENCY_US,
        "`uniform`, `lognormal`: longest, microseconds."),
    results("simulation.queue_model", Rule::Choice(QueueKind::NAMES),
        "How a resting order moves up the queue: only by trades, or by a share of each decrease."),
    results("simulation.queue_power", Rule::Number { min: 0.01, max: 100.0 },
        "`prob-power`: the power of its f(x) = x^power; the other models do not read it."),
    results("simulation.fill_model", Rule::Choice(FillKind::NAMES),
        "Whether an order can fill in parts."),
    results("simulation.consume_liquidity", Rule::Flag,
        "Whether what an account took from a level is gone for it until the level changes."),
    results("simulation.print_slippage_ticks", Rule::Integer { min: 0, max: 1_000_000 },
        "Instruments with trades but no book: ticks by which a fill is worse than the next print."),
    results("simulation.print_liquidity", POSITIVE,
        "Instruments with trades but no book: most that one print of unknown size fills."),

    results("fees.<venue>.kind", Rule::Choice(FeeName::NAMES),
        "Formula of the fee: rate × value, rate × contracts × p × (1 − p), or rate × contracts. \
         A venue's fees here override its tape's; all three keys are needed."),
    results("fees.<venue>.maker", FEE_RATE,
        "Rate of an order that rested; a rebate is negative."),
    results("fees.<venue>.taker", FEE_RATE,
        "Rate of an order that crossed."),

    results("slot.<name>.name", Rule::Name,
        "Name of the slot, unique. Slots are `[[slot]]` tables, at most 64, in the order of their \
         ids. Not inherited."),
    results("slot.<name>.strategy", Rule::Name,
        "Name of a native strategy; `module` for a WebAssembly module, `vacant` for none yet."),
    run("slot.<name>.module", Rule::Path,
        "`module`: file of the module that the slot begins with, relative to the file that names it."),
    results("slot.<name>.sha256", Rule::Sha256,
        "`module`: SHA-256 of that file. Where it is written, the file must agree; without it, it is the \
         file's."),
    results("slot.<name>.allocation_bp", Rule::Integer { min: 0, max: 10_000 },
        "Share of the house's capital at start, in basis points; all shares together at most 10000."),
    results("slot.<name>.class", Rule::Name,
        "Class of the slot, for meta.class_caps; without it the slot is alone."),
    results("slot.<name>.regime", Rule::Choice(SlotRegime::NAMES),
        "Regime in which the slot is at its full share; in others it gets as much of it as that regime is \
         likely. Without it `any`."),
    results("slot.<name>.tier", Rule::Choice(&Tier::NAMES),
        "The most that the slot may do: trade its own shadow account, be followed by the house on paper, or \
         live. Without it `paper`."),
    results("slot.<name>.schedule", Rule::Schedule,
        "When the slot runs: on every event, or on timers, counted from the zone's midnight."),
    results("slot.<name>.timezone", Rule::Zone,
        "Timers: the zone whose clock and midnight count. Without it UTC."),
    results("slot.<name>.missed", Rule::Choice(Missed::NAMES),
        "Timers: what becomes of runs that were due while nobody was there: none, the latest, or all \
         in turn. Without it `skip`."),
    results("slot.<name>.params.<key>", Rule::Param,
        "A parameter of the strategy, passed on unread; at most 64 a slot."),
];
