//! Swaps under fire: sixty-four slots, a tape at full speed, ten thousand installs of native and
//! sandboxed versions, good and bad, with their state and without, while strategies crash, spin, lie and
//! overreach. Nobody misses an event or sees one twice, no order is left alone, and the replay of the
//! journal is the same journal, byte for byte.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

#[path = "../../engine/tests/aftermath/mod.rs"]
mod aftermath;
mod fire_kit;
mod kit;

use fire_kit::actor::{Kind, Log, Temper, Watched};
use fire_kit::audience;
use kit::files;
use kit::random_market::{self, Dice, instruments};
use royale_engine::feed::{Commands, Scripted, Source};
use royale_engine::link::Wait;
use royale_engine::replay::{Inputs, Past};
use royale_engine::sim::SimParameters;
use royale_engine::strategy::{LiveOrders, OnFault, Plan, Swaps, Version, Versions};
use royale_engine::topology::{Engine, Placement, Topology};
use royale_journal::{Flush, Options, Preamble, Purpose, Reader, Record, Writer};
use royale_model::*;
use royale_sandbox::{Host, Limits, Module, prepare_thread};
use std::path::Path;
use std::sync::{Arc, Mutex};

const SLOTS: u16 = 64;
/// Commands to install; some find the slot busy, or a state that does not fit.
const INSTALLS: usize = 16_000;

/// What somebody does while the run goes on.
#[derive(Clone, Copy)]
struct Deed {
    at: Seq,
    code: CommandCode,
    slot: u16,
    who: (Kind, Temper),
    plan: Plan,
}

/// The installs, between them quarantines, releases and rollbacks, and the end.
fn deeds() -> Vec<Deed> {
    let mut dice = Dice(78);
    let (mut at, mut installs, mut deeds) = (20, 0, Vec::new());
    while installs < INSTALLS {
        at += 1 + dice.below(6).unsigned_abs();
        let kind = if dice.below(2) == 0 { Kind::Native } else { Kind::Guest };
        let when = 1 + dice.below(40) as u32;
        let temper = match dice.below(12) {
            0 => Temper::Crashes(when),
            1 => Temper::Spins(when),
            2 => Temper::Lies(when),
            3 => Temper::Greedy(when),
            4 => Temper::Stubborn,
            5 => Temper::Secretive,
            _ => Temper::Calm,
        };
        let code = match dice.below(12) {
            0 => CommandCode::Quarantine,
            1 => CommandCode::Release,
            2 => CommandCode::Rollback,
            _ => CommandCode::Install,
        };
        installs += usize::from(code == CommandCode::Install);
        // Most at once: a slot between two versions takes no third.
        let some = |dice: &mut Dice| Nanos::from_millis((dice.below(9) - 6).max(0) * 20);
        let (shadow, probation) = (some(&mut dice), some(&mut dice));
        let live_orders =
            if dice.below(2) == 0 { LiveOrders::Cancel } else { LiveOrders::HandOver };
        let plan = Plan { carry: dice.below(2) == 0, shadow, probation, live_orders };
        let slot = dice.below(i64::from(SLOTS)) as u16;
        deeds.push(Deed { at, code, slot, who: (kind, temper), plan });
    }
    // A script ends its run itself: resting orders are cancelled, and what is under way comes home.
    let last = deeds[deeds.len() - 1];
    deeds.push(Deed { at: at + 2_000, code: CommandCode::Stop, ..last });
    deeds
}

/// The random market's table; its contract lives as long as the tape.
fn table() -> Vec<Instrument> {
    let mut table = instruments();
    table[0].expiry = Nanos::from_secs(10_000);
    table
}

fn preamble() -> Preamble {
    Preamble {
        purpose: Purpose::Run,
        config: String::new(),
        instruments: table(),
        slots: (0..SLOTS).map(|slot| slot.to_string()).collect(),
    }
}

/// Plays into a journal; what the versions saw.
fn play<T: Source + Send>(
    deeds: &[Deed],
    tape: T,
    commands: Scripted,
    topology: Topology,
    module: &Module,
    journal: &Path,
) -> Log {
    let log = Arc::new(Mutex::new(Log::default()));
    let numbered = (1_u32..).zip(deeds);
    let threads = topology.strategy_threads();
    assert_eq!(threads, 1, "this script is for one");
    let versions = numbered
        .filter(|(_, deed)| deed.code == CommandCode::Install)
        .map(|(number, deed)| {
            let key = (deed.slot, number);
            let competitor = Watched::new(key, deed.who.0, deed.who.1, module, &log);
            let (slot, digest, plan) = (SlotId(deed.slot), [number as u8; 32], deed.plan);
            Box::new(Version { slot, number, digest, plan, competitor })
        })
        .collect();
    let competitors = (0..SLOTS)
        .map(|slot| {
            let kind = if slot % 2 == 0 { Kind::Native } else { Kind::Guest };
            Watched::new((slot, 0), kind, Temper::Calm, module, &log)
        })
        .collect();
    let options = Options { flush: Flush::Lazy, segment_bytes: 16 << 20, ..Options::default() };
    let writer = Writer::create(journal, &preamble(), options).unwrap();
    let plain = random_market::engine(competitors, tape, writer);
    let engine = Engine {
        instruments: table(),
        swaps: Swaps {
            versions: vec![Versions::Scripted(versions)],
            on_fault: OnFault::Flatten,
            prepare_thread,
        },
        allocation_bp: vec![100; usize::from(SLOTS)],
        limits: random_market::wide(&plain.limits),
        simulation: SimParameters {
            consume_liquidity: false,
            orders_max: 200 * usize::from(SLOTS),
            ..plain.simulation
        },
        commands: Commands::Scripted(commands),
        ..plain
    };
    let placement = Placement { topology, wait: Wait::Yield, cpus: vec![] };
    let outcome = engine.run(&placement).unwrap();
    assert_eq!(outcome.feed.error, None);
    outcome.order.recorder.finish().unwrap();
    // The versions that were left are dropped with their stage.
    std::mem::take(&mut *log.lock().unwrap())
}

#[test]
fn ten_thousand_swaps_under_fire_lose_nothing_and_replay_to_the_byte() {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.payload_as_str().unwrap_or_default().contains("planned") {
            quiet(info);
        }
    }));
    let host = Host::new(&Limits { guests_max: 256, ..Limits::default() }).unwrap();
    let module = host.module(&kit::module("tests/fire_kit/actor.wat")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (live, again) = (folder.path().join("live"), folder.path().join("again"));
    let deeds = deeds();
    let commands = Scripted::new((1_i64..).zip(&deeds).map(|(number, deed)| {
        let Deed { at, code, slot, .. } = *deed;
        (at, Command { code, uid: 1, pid: 2, slot, value: number })
    }));
    let log = play(
        &deeds,
        random_market::two_sided(11, 4_000),
        commands,
        Topology::Split2,
        &module,
        &live,
    );

    let mut reader = Reader::open(&live).unwrap();
    let records: Vec<Record> = std::iter::from_fn(|| reader.next_record().unwrap()).collect();
    drop(reader);
    // Everything that can become of a version became of some.
    let of_guests = [
        ("disarmed", "trap"),
        ("disarmed", "malformed"),
        ("dismissed", "trap"),
        ("dismissed", "fuel"),
        ("dismissed", "malformed"),
    ];
    let expected = aftermath::ANYWHERE.iter().chain(&of_guests);
    aftermath::happened(&records, expected, (deeds.len(), 10_000));

    // Who saw what is what the journal says, event by event, for everybody; and what a strategy counted
    // itself, over all that it took over, is what it was shown.
    let must = audience::of(&records, SLOTS, |version| {
        deeds[version as usize - 1].plan.probation.raw() > 0
    });
    for (key, seen) in &log.seen {
        assert!(must.get(key) == Some(seen), "{key:?} saw {seen:?}, and not {:?}", must.get(key));
    }
    assert_eq!(must.len(), log.seen.len(), "somebody was never asked");
    assert_eq!(log.faults, [""; 0]);
    assert!(log.agreed > 4_000, "{} states", log.agreed);
    let orders = aftermath::every_order_ends_once(&records);
    assert!(orders > 20_000, "{orders} orders");
    let until = deeds[deeds.len() - 2].at;
    let called_back = aftermath::what_a_failed_version_had_resting_is_called_back(&records, until);
    assert!(called_back > 500, "{called_back} orders");

    // The inputs again, on one thread, into another journal.
    let past = Past::read(&live).unwrap();
    let inputs = Inputs::new(Reader::open(&live).unwrap(), past.broken_off);
    let recorded = Scripted::recorded(&past.own);
    let replayed = play(&deeds, inputs, recorded, Topology::Fused, &module, &again);
    assert!(files(&live) == files(&again), "the replay is another journal");
    assert!(replayed.seen == log.seen, "somebody saw something else in the replay");
}
