//! The corpus of hostile modules: each is turned away or disarmed as its first line says, and the
//! strategy beside it does not notice.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod kit;

use kit::random_market::{Dice, instruments, tape};
use kit::{Seat, Stage, end_of, folder, host, life_of, run, settings};
use royale_engine::Strategy;
use royale_model::Fault;
use royale_sandbox::Host;
use std::path::PathBuf;

/// A module of the corpus.
struct Case {
    name: String,
    /// What its first line says will become of it.
    outcome: String,
    wasm: Vec<u8>,
}

fn corpus() -> Vec<Case> {
    let mut files: Vec<PathBuf> =
        folder("tests/hostile").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let case = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let first = text.lines().next().unwrap();
        let (_, outcome) = first.split_once(" => ").expect("the first line says the outcome");
        let wasm = wat::parse_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Case { name, outcome: outcome.to_owned(), wasm }
    };
    files.into_iter().map(case).collect()
}

/// What becomes of it, in the words of the first lines.
fn outcome(host: &Host, wasm: &[u8], neighbour: &[String]) -> String {
    let module = match host.module(wasm) {
        Ok(module) => module,
        Err(error) => return format!("refused: {error}"),
    };
    let start = || module.instantiate(&settings(&[]), &instruments());
    let guest = match start() {
        Ok(guest) => guest,
        Err(error) => return format!("no start: {error}"),
    };
    if module.card().hands_over_state {
        return format!("hands over nothing: {}", after_handover(guest));
    }
    let records = run(vec![Seat::Native(Dice(5)), Seat::Stranger(Box::new(guest))]);
    assert_eq!(life_of(&records, 0), neighbour, "the neighbour noticed");
    let Some(fault) = end_of(&records, 1) else { return "lives".to_owned() };
    // A second instance ends at the same place, and with the same last words.
    let again = run(vec![Seat::Native(Dice(5)), Seat::Stranger(Box::new(start().unwrap()))]);
    assert!(records == again, "not the same twice");
    format!("disarmed: {}", fault.name())
}

/// Neither call hands anything over; what they leave behind shows at the next event.
fn after_handover(guest: royale_sandbox::Guest) -> &'static str {
    let mut stage = Stage::new(guest);
    assert!(stage.strategy.state_layout().is_some());
    assert_eq!(stage.strategy.export_state(&mut [0; 4096]), None);
    assert!(!stage.strategy.import_state(&[7; 16]));
    let event = tape(1, 1)[0];
    stage.play(&event).err().unwrap_or(Fault::None).name()
}

#[test]
fn every_hostile_module_ends_as_its_first_line_says_and_its_neighbour_does_not_notice() {
    let host = host();
    let neighbour = life_of(&run(vec![Seat::Native(Dice(5)), Seat::Empty]), 0);
    assert!(neighbour.len() > 200, "the neighbour is busy: {}", neighbour.len());
    let corpus = corpus();
    assert!(corpus.len() >= 190);
    let mut wrong = Vec::new();
    for case in &corpus {
        let found = outcome(&host, &case.wasm, &neighbour);
        let (kind, detail) = case.outcome.split_once(": ").unwrap_or((&case.outcome, ""));
        if !(found.starts_with(kind) && found.contains(detail)) {
            wrong.push(format!("{}: said `{}`, is `{found}`", case.name, case.outcome));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_trapping_guest_had_begun_to_say_does_not_leave() {
    let host = host();
    let case = corpus().into_iter().find(|case| case.name == "trap-after-order").unwrap();
    let guest = host.module(&case.wasm).unwrap().instantiate(&settings(&[]), &instruments());
    let records = run(vec![Seat::Empty, Seat::Stranger(Box::new(guest.unwrap()))]);
    assert_eq!(end_of(&records, 1), Some(Fault::Trap));
    assert_eq!(life_of(&records, 1), ["Disarmed Trap"]);
}

#[test]
fn a_guest_that_failed_is_never_called_again() {
    let host = host();
    // Divides by what it counts down: traps at the third event, and would go on at the fourth.
    let wasm = kit::around(
        r#"(global $n (mut i32) (i32.const 2))
           (func (export "on_event")
             (i32.store (i32.const 0) (i32.div_u (i32.const 1) (global.get $n)))
             (global.set $n (i32.sub (global.get $n) (i32.const 1))))
           (func (export "state_layout") (result i64) (i64.const 1))
           (func (export "export_state") (result i64) (i64.const 0x0000000000000004))
           (func (export "import_state") (param i32) (result i32) (i32.const 1))"#,
    );
    let mut stage = Stage::new(kit::guest(&host, &wasm, &[]));
    let events = tape(1, 10);
    assert_eq!(stage.strategy.export_state(&mut [0; 64]), Some(4));
    let ends: Vec<_> = events.iter().take(6).map(|event| stage.play(event).err()).collect();
    let trap = Some(Fault::Trap);
    assert_eq!(ends, [None, None, trap, trap, trap, trap]);
    assert_eq!(stage.strategy.export_state(&mut [0; 64]), None, "half of something");
    assert!(!stage.strategy.import_state(&[0; 4]));
}
