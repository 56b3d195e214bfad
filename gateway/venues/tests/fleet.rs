//! A full house: 64 slots in one process from one file, native and modules, on events and on timers.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod desk;

use desk::{Desk, finish, stop};
use royale_config::{Loader, MODULE, Schedule, Settings};
use royale_journal::{Reader, Record};
use royale_model::SlotEvent;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The example of the repository.
fn fleet() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/fleet.toml")
}

fn settings() -> Settings {
    let mut settings = Loader::file(fleet()).load().unwrap_or_else(|all| panic!("{all}"));
    settings.read_files().unwrap_or_else(|all| panic!("{all}"));
    settings
}

/// Every kind of strategy that the house has, and every module of the authors' kits.
#[test]
fn the_example_holds_whatever_a_slot_can_begin_with() {
    let settings = settings();
    assert_eq!(settings.slots.len(), 64);
    let natives: BTreeSet<_> = settings.slots.iter().map(|slot| slot.strategy.as_str()).collect();
    let battle = Loader::battle("").load().unwrap();
    for slot in &battle.slots {
        assert!(natives.contains(slot.strategy.as_str()), "no {}", slot.strategy);
    }
    let modules = settings.slots.iter().filter_map(|slot| slot.module.as_ref());
    let sums: BTreeSet<_> = modules.map(|module| module.sha256.clone()).collect();
    let kits = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/sandbox/kits/SHA256SUMS");
    let kits = std::fs::read_to_string(kits).unwrap();
    let kits = kits.lines().filter(|line| !line.starts_with('#'));
    let kits: BTreeSet<_> = kits.map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(sums, kits);
    let timers = settings.slots.iter().filter(|slot| slot.schedule != Schedule::Events).count();
    assert!(timers >= 5, "{timers} slots on timers");
}

#[test]
fn sixty_four_slots_start_are_shown_are_journaled_and_are_rebuilt() {
    let desk = Desk::of(10);
    let file = fleet().display().to_string();
    let command = |out: &str, speed: &str| {
        let socket = format!("{out}.sock");
        let args = ["run", "--config", &file, "--out", out, "--socket", &socket, "--speed", speed];
        desk.royale(&args)
    };
    let settings = settings();
    let run = desk.start_command("talk", command("talk", "20x"));
    let mut client = run.client();
    run.reach(100);
    let status = client.status();
    assert_eq!(status.slots.len(), 64);
    for (shown, slot) in status.slots.iter().zip(&settings.slots) {
        let module = slot.module.as_ref().map(|module| format!("wasm:{}", &module.sha256[..12]));
        assert_eq!(shown.name, slot.name);
        assert_eq!(shown.strategy, module.unwrap_or_else(|| slot.strategy.clone()));
        assert_eq!(shown.schedule.is_empty(), slot.schedule == Schedule::Events, "{}", slot.name);
        assert_eq!((shown.fault.as_str(), shown.version), ("", 0), "{}", slot.name);
    }
    client.command(stop());
    run.end().with(0, &[]);

    // The whole recording.
    finish(command("out", "max").spawn().unwrap()).with(0, &[]);
    let reader = Reader::open(&desk.path("out/journal")).unwrap();
    assert_eq!(reader.preamble().slots.len(), 64);
    let (mut decided, mut failed) = (BTreeSet::new(), Vec::new());
    for record in desk.records("out") {
        match record {
            Record::Decision(decision) => drop(decided.insert(decision.slot.index())),
            Record::Slot(change) if change.event == SlotEvent::Disarmed => failed.push(change),
            _ => {}
        }
    }
    assert_eq!(failed, []);
    let is_module = |at: &usize| settings.slots[*at].strategy == MODULE;
    let guests = decided.iter().filter(|at| is_module(at)).count();
    let all = (0..settings.slots.len()).filter(is_module).count();
    assert_eq!(guests, all, "every guest decides something on this recording");
    assert!(decided.len() - guests > 20, "{decided:?}");
    desk.replay("out").with(0, &[]);
    desk.replay("talk").with(0, &[]);
}
