//! Slots that begin with a module which the configuration names.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Client, Desk, config, finish, kit, refused, sha256, stop};
use royale_codec::control::{Command as Ask, Reply};
use royale_codec::swap::{OrdersChoice, StrategyChoice, Swap, Swapped};
use royale_config::Settings;
use royale_journal::{Reader, Record};
use royale_model::SlotEvent;
use std::collections::{BTreeMap, BTreeSet};

/// A slot that begins with a module beside the configuration.
fn guest(name: &str, module: &str, more: &str) -> String {
    format!(
        "[[slot]]\nname = \"{name}\"\nstrategy = \"module\"\nmodule = \"modules/{module}\"\n\
         allocation_bp = 100\n{more}\n"
    )
}

/// The house's six competitors and these, with the kits' modules beside the configuration.
fn with_guests(guests: &[String]) -> Desk {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("modules")).unwrap();
    for module in ["c/dip-c.wasm", "c/ema-cross-c.wasm", "rust/ema-cross-rust.wasm"] {
        let name = module.split('/').next_back().unwrap();
        std::fs::write(desk.path("modules").join(name), kit(module)).unwrap();
    }
    desk.write("battle.toml", &(config(&["short.tape"]) + &guests.concat()));
    desk
}

fn dip() -> String {
    guest("dip", "dip-c.wasm", "params = { drop = 0.01 }")
}

/// Slots that decided something.
fn decided(desk: &Desk, out: &str) -> BTreeSet<u16> {
    let slot = |record: &Record| match record {
        Record::Decision(decision) => Some(decision.slot.0),
        _ => None,
    };
    desk.records(out).iter().filter_map(slot).collect()
}

#[test]
fn a_slot_begins_with_a_module_in_every_topology_and_again_in_the_replay() {
    let again = guest("dip-2", "dip-c.wasm", "params = { drop = 0.02 }");
    let crosses = guest("ema", "ema-cross-rust.wasm", "params = { fast = 5, slow = 20 }");
    let desk = with_guests(&[dip(), again, crosses]);
    let checked = finish(desk.royale(&["check", "--config", "battle.toml"]).spawn().unwrap());
    assert!(checked.with(0, &[]).stdout.contains("ok: 9 slots"));
    desk.run("out", &["run.topology=fused"]).with(0, &[]);
    assert!(decided(&desk, "out").is_superset(&[6, 7, 8].into()), "{:?}", decided(&desk, "out"));
    for (out, topology) in [("split", "split2"), ("shards", "sharded")] {
        desk.run(out, &[&format!("run.topology={topology}")]).with(0, &[]);
        assert!(desk.journal(out) == desk.journal("out"), "another journal in {topology}");
    }

    // The header names the modules; the store has them, and what was made of them.
    let reader = Reader::open(&desk.path("out/journal")).unwrap();
    let settings = Settings::from_canonical(&reader.preamble().config).unwrap();
    let module = |slot: usize| settings.slots[slot].module.clone().unwrap().sha256;
    let dip = sha256(&kit("c/dip-c.wasm"));
    let ema = sha256(&kit("rust/ema-cross-rust.wasm"));
    assert_eq!([module(6), module(7), module(8)], [dip.clone(), dip.clone(), ema.clone()]);
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(desk.path("out/versions")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert_eq!(sha256(&bytes), name, "a file that is not named after its bytes");
        names.insert((path.extension().unwrap().to_owned(), name));
    }
    let manifests = names.iter().filter(|(kind, _)| kind == "toml").count();
    assert_eq!((names.len(), manifests), (5, 3), "{names:?}");

    // Neither the configuration nor the modules that it named are needed any more.
    std::fs::remove_dir_all(desk.path("modules")).unwrap();
    std::fs::remove_file(desk.path("battle.toml")).unwrap();
    desk.replay("out").with(0, &[]);

    // The run's own are, to the last byte.
    for (slot, sum) in [("dip", dip), ("ema", ema)] {
        let kept = desk.path(&format!("out/versions/{sum}.wasm"));
        let bytes = std::fs::read(&kept).unwrap();
        std::fs::write(&kept, [bytes.as_slice(), &[0]].concat()).unwrap();
        let slot = format!("slot `{slot}`");
        desk.replay("out").with(1, &["cannot be made again", &slot, &sum, "not those of its name"]);
        std::fs::remove_file(&kept).unwrap();
        desk.replay("out").with(1, &["cannot be made again", &slot, &sum, "is missing"]);
        std::fs::write(&kept, bytes).unwrap();
    }
    desk.replay("out").with(0, &[]);
}

fn swapped(client: &mut Client, ask: Ask) -> Swapped {
    match client.ask(ask).result {
        Ok(Reply::Swapped(swapped)) => *swapped,
        other => panic!("not swapped: {other:?}"),
    }
}

fn swap(strategy: StrategyChoice, carry: bool) -> Ask {
    Ask::Swap(Box::new(Swap {
        slot: "ema".to_owned(),
        strategy,
        params: BTreeMap::new(),
        carry,
        shadow_ms: 0,
        probation_ms: 0,
        orders: OrdersChoice::HandOver,
        dry_run: false,
        reason: "drill".to_owned(),
    }))
}

#[test]
fn what_a_slot_began_with_hands_over_and_comes_back_as_what_was_swapped_in_does() {
    let desk = with_guests(&[dip(), guest("ema", "ema-cross-c.wasm", "")]);
    let run = desk.start("out", &["run.speed=60x", "run.max_idle_gap_ms=200"]);
    let mut client = run.client();
    run.reach(200);
    let (c, rust) = (kit("c/ema-cross-c.wasm"), kit("rust/ema-cross-rust.wasm"));
    let label = |module: &[u8]| format!("wasm:{}", &sha256(module)[..12]);
    let shown = |client: &mut Client| {
        let slot = client.status().slots[7].clone();
        (slot.strategy, slot.version)
    };
    assert_eq!(shown(&mut client), (label(&c), 0));

    // The store has what slots began with; only the newcomer is brought.
    let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &rust);
    let (sum, total) = (sha256(&rust), rust.len() as u32);
    let part = royale_codec::swap::ModulePart { sha256: sum.clone(), total, offset: 0, data };
    assert!(client.ask(Ask::Module(Box::new(part))).result.is_ok());
    let carried = swapped(&mut client, swap(StrategyChoice::Module { sha256: sum }, true));
    assert_eq!((carried.outcome.as_str(), carried.version), ("installed", 1));
    let back = Ask::Rollback { slot: "ema".to_owned(), reason: "drill".to_owned() };
    assert_eq!(swapped(&mut client, back).outcome, "installed");
    assert_eq!(shown(&mut client), (label(&c), 2));
    let dip = StrategyChoice::Module { sha256: sha256(&kit("c/dip-c.wasm")) };
    assert_eq!(swapped(&mut client, swap(dip, false)).outcome, "installed");

    client.command(stop());
    run.end().with(0, &[]);
    let failed =
        |record: &Record| matches!(record, Record::Slot(c) if c.event == SlotEvent::Disarmed);
    assert!(!desk.records("out").iter().any(failed));
    desk.replay("out").with(0, &[]);
}

#[test]
fn a_module_that_cannot_begin_is_refused_before_anything_is_written() {
    let desk = with_guests(&[]);
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(desk.path("modules").join(name), bytes).unwrap();
    };
    write("text.wasm", b"A text about the weather, not a module.");
    let hostile = |name: &str| {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/sandbox/tests/hostile/");
        wat::parse_file(format!("{corpus}{name}.wat")).unwrap()
    };
    write("clock.wasm", &hostile("import-clock"));
    write("refuses.wasm", &hostile("init-refuses"));
    write("loops.wasm", &hostile("init-loops"));
    write("many.wasm", &hostile("memory-too-large"));
    let good = config(&["short.tape"]);
    let with = |slots: &str, named: &[&str]| {
        desk.write("battle.toml", &(good.clone() + slots));
        let ended = refused(&desk, &[], 5, named);
        assert_eq!(ended.stderr.lines().count(), slots.matches("[[slot]]").count(), "{ended:?}");
    };
    with(
        &guest("g", "none.wasm", ""),
        &["battle.toml:", "slot.g.module", "none.wasm", "correct the path"],
    );
    let sum = format!("sha256 = \"{}\"", sha256(b"another"));
    with(
        &guest("g", "dip-c.wasm", &sum),
        &["battle.toml:", "slot.g.sha256", "dip-c.wasm", "take the module"],
    );
    with(
        &guest("g", "text.wasm", ""),
        &["slot `g`", "modules/text.wasm", "not a core module", "build for wasm32"],
    );
    with(
        &guest("g", "clock.wasm", ""),
        &["slot `g`", "modules/clock.wasm", "imports", "only the functions"],
    );
    with(&guest("g", "many.wasm", ""), &["slot `g`", "modules/many.wasm", "--max-memory"]);
    with(
        &guest("g", "refuses.wasm", ""),
        &["slot `g`", "modules/refuses.wasm", "`init` refused", "look the number up"],
    );
    with(&guest("g", "loops.wasm", ""), &["slot `g`", "modules/loops.wasm", "fuel", "do less"]);
    with(
        &guest("g", "dip-c.wasm", "params = { dorp = 1 }"),
        &["slot `g`", "modules/dip-c.wasm", "`dorp`", "asks for `drop`"],
    );
    with(
        &guest("g", "dip-c.wasm", "params = { drop = \"low\" }"),
        &["slot `g`", "modules/dip-c.wasm", "drop", "are numbers"],
    );
    with(
        &guest("g", "dip-c.wasm", "params = { drop = 0 }"),
        &["slot `g`", "modules/dip-c.wasm", "refused with -2"],
    );
    // Every slot that cannot begin, not the first.
    let two = guest("g", "text.wasm", "") + &guest("h", "clock.wasm", "");
    with(&two, &["slot `g`", "slot `h`"]);
    desk.write("battle.toml", &(good + &dip()));
    desk.run("out", &[]).with(0, &[]);
}
