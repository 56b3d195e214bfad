//! Strategies replaced over the socket while a run goes on, and again in its replay.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Client, Desk, kit, sha256, stop};
use royale_codec::control::{Command as Ask, Refusal, Reply};
use royale_codec::latency::LatencyFile;
use royale_codec::swap::{ModulePart, OrdersChoice, StrategyChoice, Swap, Swapped};
use royale_journal::Record;
use royale_model::{Fault, SlotEvent};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Slow enough to be talked to, fast enough for a test.
const TALK: [&str; 2] = ["run.speed=60x", "run.max_idle_gap_ms=200"];

fn native(slot: &str, name: &str) -> Swap {
    Swap {
        slot: slot.to_owned(),
        strategy: StrategyChoice::Native { name: name.to_owned() },
        params: BTreeMap::new(),
        carry: false,
        shadow_ms: 0,
        probation_ms: 0,
        orders: OrdersChoice::HandOver,
        dry_run: false,
        reason: "drill".to_owned(),
    }
}

fn swapped(client: &mut Client, ask: Ask) -> Swapped {
    match client.ask(ask).result {
        Ok(Reply::Swapped(swapped)) => *swapped,
        other => panic!("not swapped: {other:?}"),
    }
}

fn refused(client: &mut Client, ask: Ask) -> Refusal {
    client.ask(ask).result.unwrap_err()
}

fn swap(swap: Swap) -> Ask {
    Ask::Swap(Box::new(swap))
}

/// What became of slots, in order: (slot, event, fault, version).
fn changes(desk: &Desk, out: &str) -> Vec<(u16, SlotEvent, Fault, u32)> {
    let change = |record: &Record| match record {
        Record::Slot(change) => Some((change.slot.0, change.event, change.fault, change.version)),
        _ => None,
    };
    desk.records(out).iter().filter_map(change).collect()
}

#[test]
fn a_day_of_a_slot_over_the_socket_and_again_in_the_replay() {
    let desk = Desk::new();
    for topology in ["fused", "split2"] {
        let set = [TALK[0], TALK[1], &format!("run.topology={topology}")];
        let run = desk.start(topology, &set);
        let mut client = run.client();
        run.reach(200);

        // Looked at, and nothing changes.
        let looked =
            swapped(&mut client, swap(Swap { dry_run: true, ..native("trend", "imbalance") }));
        assert_eq!((looked.outcome.as_str(), looked.seq, looked.slot), ("checked", 0, 3));
        let wrong = refused(&mut client, swap(native("trend", "imbalanse")));
        assert!(wrong.message.contains("imbalance"), "names the nearest: {wrong:?}");
        let wrong = refused(&mut client, swap(native("trned", "imbalance")));
        assert!(wrong.remedy.contains("trend"), "{wrong:?}");
        let params = BTreeMap::from([("nonsense".to_owned(), "1".to_owned())]);
        let wrong = refused(&mut client, swap(Swap { params, ..native("trend", "imbalance") }));
        assert!(wrong.message.contains("nonsense"), "{wrong:?}");
        let module = StrategyChoice::Module { sha256: "00".repeat(32) };
        refused(&mut client, swap(Swap { strategy: module, ..native("trend", "") }));

        // Another strategy, at once.
        let first = swapped(&mut client, swap(native("trend", "imbalance")));
        assert_eq!((first.outcome.as_str(), first.version), ("installed", 1));
        assert_eq!(first.manifest, looked.manifest, "what was looked at is what came");
        let status = client.status();
        assert_eq!(status.slots[3].name, "trend");
        assert_eq!((status.slots[3].strategy.as_str(), status.slots[3].version), ("imbalance", 1));

        // One that listens first, and one that cannot come in meanwhile.
        let listens = Swap { shadow_ms: 3_600_000, ..native("3", "mean-reversion") };
        assert_eq!(swapped(&mut client, swap(listens)).outcome, "shadowing");
        assert_eq!(client.status().slots[3].listener, "newcomer");
        let busy = swapped(&mut client, swap(native("trend", "trend")));
        assert_eq!((busy.outcome.as_str(), busy.fault.as_str()), ("refused", "busy"));
        let named = |make: fn(String, String) -> Ask| make("trend".to_owned(), "drill".to_owned());
        let roll_back = || named(|slot, reason| Ask::Rollback { slot, reason });
        assert_eq!(swapped(&mut client, roll_back()).outcome, "dismissed");

        // A state goes to whom it fits; to nobody else, and one is told why.
        let carry = |name, param: &str, value: &str| {
            let params = BTreeMap::from([(param.to_owned(), value.to_owned())]);
            swap(Swap { carry: true, params, ..native("trend", name) })
        };
        let wrong = refused(&mut client, carry("trend", "entry", "1.5"));
        assert!(wrong.message.contains("what `imbalance` remembers"), "{wrong:?}");
        let wrong = refused(&mut client, carry("imbalance", "horizon_s", "20"));
        assert_eq!(wrong.code, "state");
        assert!(wrong.message.contains("horizon_s = 10"), "{wrong:?}");
        let carried = swapped(&mut client, carry("imbalance", "signal_min", "0.2"));
        assert_eq!((carried.outcome.as_str(), carried.version), ("installed", 4));

        // Stopped, let go, and back to what it was.
        let quarantined =
            swapped(&mut client, named(|slot, reason| Ask::Quarantine { slot, reason }));
        assert_eq!(quarantined.outcome, "disarmed");
        assert_eq!(client.status().slots[3].fault, "quarantine");
        let released = swapped(&mut client, named(|slot, reason| Ask::Release { slot, reason }));
        assert_eq!(released.outcome, "released");
        let back = swapped(&mut client, roll_back());
        assert_eq!(
            (back.outcome.as_str(), client.status().slots[3].strategy.as_str()),
            ("installed", "imbalance")
        );

        // Away, and another in its place.
        let away = Swap { strategy: StrategyChoice::Vacant {}, ..native("trend", "") };
        swapped(&mut client, swap(away));
        assert_eq!(client.status().slots[3].strategy, "vacant");
        let added = swapped(&mut client, swap(native("", "mean-reversion")));
        assert_eq!((added.slot, added.name.as_str()), (3, "trend"));
        assert_eq!(refused(&mut client, swap(native("", "trend"))).code, "full");

        client.command(stop());
        run.end().with(0, &[]);
        use SlotEvent::*;
        let expected = [
            (3, Installed, Fault::None, 1),
            (3, Shadowing, Fault::None, 2),
            (3, Refused, Fault::Busy, 3),
            (3, Dismissed, Fault::None, 2),
            (3, Installed, Fault::None, 4),
            (3, Disarmed, Fault::Quarantine, 4),
            (3, Released, Fault::None, 4),
            (3, Installed, Fault::None, 5),
            (3, Installed, Fault::None, 6),
            (3, Installed, Fault::None, 7),
        ];
        assert_eq!(changes(&desk, topology), expected);
        // Each exchange of the version that answers was timed, for the run and for its slot.
        let path = desk.path(topology).join("latency.json");
        let timed = LatencyFile::read(&std::fs::read_to_string(path).unwrap()).unwrap().stages;
        let timed = timed.iter().filter(|row| row.name == "swap" && row.count > 0);
        let timed: Vec<_> = timed.map(|row| (row.slot.as_deref(), row.count)).collect();
        assert_eq!(timed, [(None, 5), (Some("trend"), 5)]);
        desk.replay(topology).with(0, &[]);
    }

    // A slot that was left free, filled.
    let config = desk::config(&["short.tape"]) + &desk::slot("spare", "vacant", 0, "");
    desk.write("battle.toml", &config);
    let run = desk.start("spare", &TALK);
    let mut client = run.client();
    assert_eq!(client.status().slots[6].strategy, "vacant");
    assert_eq!(swapped(&mut client, swap(native("", "trend"))).name, "spare");
    client.command(stop());
    run.end().with(0, &[]);
    desk.replay("spare").with(0, &[]);

    // A replay needs the very manifests.
    let folder = desk.path("fused/versions");
    let one = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let kept = std::fs::read(&one).unwrap();
    std::fs::write(&one, [kept.as_slice(), b"# changed\n"].concat()).unwrap();
    let name = one.file_name().unwrap().to_str().unwrap();
    desk.replay("fused").with(1, &[name, "not those of its name"]);
    std::fs::remove_file(&one).unwrap();
    desk.replay("fused").with(1, &[name, "is missing"]);
    std::fs::write(&one, kept).unwrap();
    desk.replay("fused").with(0, &[]);
}

#[test]
fn swaps_as_fast_as_one_can_ask_are_replayed_to_the_last_bit() {
    let desk = Desk::new();
    let run = desk.start("out", &["run.speed=20x", "run.max_idle_gap_ms=500"]);
    let mut client = run.client();
    let natives = ["fair-value", "event-momentum", "market-maker", "trend", "mean-reversion"];
    let until = Instant::now() + Duration::from_secs(6);
    let mut done = 0_u64;
    while Instant::now() < until {
        let slot = (done % 6).to_string();
        let one = Swap {
            shadow_ms: (done % 3) * 20_000,
            probation_ms: (done % 2) * 30_000,
            ..native(&slot, natives[(done % 5) as usize])
        };
        match client.ask(swap(one)).result {
            Ok(Reply::Swapped(_)) => done += 1,
            // The rings are full for a moment, or the run is over.
            Err(refusal) if refusal.code == "busy" => std::thread::yield_now(),
            other => panic!("{other:?} after {done}"),
        }
    }
    assert!(done >= 50, "{done} swaps");
    client.command(stop());
    run.end().with(0, &[]);
    let installed = changes(&desk, "out");
    assert!(installed.iter().filter(|change| change.1 == SlotEvent::Installed).count() > 20);
    desk.replay("out").with(0, &[]);
}

/// Brings a module in, in parts of so many bytes; its SHA-256.
fn upload(client: &mut Client, module: &[u8], part: usize) -> String {
    use base64::Engine as _;
    let sha256 = sha256(module);
    for (nth, bytes) in module.chunks(part).enumerate() {
        let data = base64::engine::general_purpose::STANDARD.encode(bytes);
        let (total, offset) = (module.len() as u32, (nth * part) as u32);
        let part = ModulePart { sha256: sha256.clone(), total, offset, data };
        let received = offset + bytes.len() as u32;
        let answer = client.ask(Ask::Module(Box::new(part))).result;
        assert_eq!(answer, Ok(Reply::Module { received }));
    }
    sha256
}

#[test]
fn modules_of_strangers_come_in_answer_hand_over_and_are_replayed() {
    let desk = Desk::new();
    let run = desk.start("out", &TALK);
    let mut client = run.client();
    run.reach(200);

    // What is no module, or not the one that was announced, is not kept.
    let data = "AAEC".to_owned();
    let part = ModulePart { sha256: "00".repeat(32), total: 3, offset: 0, data };
    let wrong = refused(&mut client, Ask::Module(Box::new(part.clone())));
    assert!(wrong.message.contains("announced"), "{wrong:?}");
    refused(&mut client, Ask::Module(Box::new(ModulePart { offset: 1, ..part.clone() })));
    refused(&mut client, Ask::Module(Box::new(ModulePart { total: 5 << 20, ..part })));

    let dip = upload(&mut client, &kit("c/dip-c.wasm"), 300);
    let module = |sha256: &str| StrategyChoice::Module { sha256: sha256.to_owned() };
    let params = BTreeMap::from([("nonsense".to_owned(), "1".to_owned())]);
    let wrong = Swap { strategy: module(&dip), params, ..native("trend", "") };
    assert!(refused(&mut client, swap(wrong)).message.contains("nonsense"));
    let params = BTreeMap::from([("drop".to_owned(), "0.01".to_owned())]);
    let first = Swap { strategy: module(&dip), params, ..native("trend", "") };
    assert_eq!(swapped(&mut client, swap(first)).outcome, "installed");
    assert!(client.status().slots[3].strategy.starts_with("wasm:"));

    // From C to Rust with its state, but not to one that keeps another.
    let c = upload(&mut client, &kit("c/ema-cross-c.wasm"), 4096);
    let rust = upload(&mut client, &kit("rust/ema-cross-rust.wasm"), 4096);
    let in_slot_4 =
        |sha256: &str, carry| Swap { strategy: module(sha256), carry, ..native("4", "") };
    let of_a_native = swapped(&mut client, swap(in_slot_4(&c, true)));
    assert_eq!((of_a_native.outcome.as_str(), of_a_native.fault.as_str()), ("dismissed", "state"));
    assert_eq!(swapped(&mut client, swap(in_slot_4(&c, false))).outcome, "installed");
    assert_eq!(swapped(&mut client, swap(in_slot_4(&rust, true))).outcome, "installed");
    let none = swapped(&mut client, swap(in_slot_4(&dip, true)));
    assert_eq!((none.outcome.as_str(), none.fault.as_str()), ("dismissed", "state"));

    // Some thousand events later.
    run.reach(client.status().seq + 3_000);
    run.client().command(stop());
    run.end().with(0, &[]);
    let of_guest = |record: &&Record| matches!(record, Record::Decision(d) if d.slot.0 == 3);
    let decided = desk.records("out").iter().filter(of_guest).count();
    assert!(decided > 0, "the guest decided nothing");
    assert!(changes(&desk, "out").iter().all(|change| change.1 != SlotEvent::Disarmed));
    desk.replay("out").with(0, &[]);
    std::fs::remove_file(desk.path(&format!("out/versions/{dip}.wasm"))).unwrap();
    desk.replay("out").with(1, &[&dip, "is missing"]);
}
