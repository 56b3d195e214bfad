//! The same module and the same events give the same decisions, the same fuel and the same end, in
//! every instance; and a state that is handed over goes on where it was.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod kit;

use kit::random_market::{instruments, tape};
use kit::{Seat, Stage, around, end_of, guest, host, life_of, module, run, settings};
use royale_engine::Strategy;
use royale_model::*;
use royale_sandbox::Guest;
use zerocopy::IntoBytes;

/// Does floating-point work that depends on every event, and traps when a sum comes out right: a
/// NaN's bits, a rounding or a lost event would move the end.
const GAMBLER: &str = r#"
  (import "royale" "abstain" (func $abstain (param i32) (result i32)))
  (global $sum (mut i64) (i64.const 88172645463325252))
  (func (export "on_event") (local $x i64) (local $f f64) (local $n i32)
    (local.set $x (i64.xor (global.get $sum) (i64.load (i32.const 72))))
    (local.set $n (i32.and (i32.wrap_i64 (local.get $x)) (i32.const 63)))
    (loop $more
      (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 13))))
      (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
      (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 17))))
      (local.set $f (f64.sqrt (f64.div (f64.reinterpret_i64 (local.get $x)) (local.get $f))))
      (local.set $x (i64.add (local.get $x) (i64.reinterpret_f64 (local.get $f))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $more (i32.gt_s (local.get $n) (i32.const 0))))
    (global.set $sum (local.get $x))
    (i32.store (i32.const 512) (i32.const 0x01000000))
    (i32.store (i32.const 516) (i32.const 0x00010201))
    (i64.store (i32.const 520) (local.get $x))
    (drop (call $abstain (i32.const 512)))
    (if (i64.eqz (i64.and (local.get $x) (i64.const 0x1ff))) (then unreachable)))"#;

/// Everything that can be seen of a guest from outside, event by event, up to its end.
#[derive(PartialEq)]
struct Trace {
    said: Vec<u8>,
    fuel: Vec<(u64, u64)>,
    end: Option<(usize, Fault)>,
}

fn trace(guest: Guest) -> Trace {
    let mut stage = Stage::new(guest);
    let (mut said, mut fuel) = (Vec::new(), Vec::new());
    for (at, event) in tape(42, 3_000).iter().enumerate() {
        match stage.play(event) {
            Ok(decisions) => said.extend(decisions.iter().flat_map(|it| it.as_bytes().to_vec())),
            Err(fault) => return Trace { said, fuel, end: Some((at, fault)) },
        }
        fuel.push(stage.strategy.fuel_used());
    }
    Trace { said, fuel, end: None }
}

#[test]
fn two_instances_and_two_compilations_say_the_same_burn_the_same_and_end_the_same() {
    let wasm = around(GAMBLER);
    let host = host();
    let module = host.module(&wasm).unwrap();
    let start = || module.instantiate(&settings(&[]), &instruments()).unwrap();
    let (one, two) = (trace(start()), trace(start()));
    let (at, fault) = one.end.expect("it gambles until it loses");
    assert_eq!(fault, Fault::Trap);
    assert!(at > 50 && one.said.len() > 10_000, "ended at {at}");
    let different: std::collections::BTreeSet<(u64, u64)> = one.fuel.iter().copied().collect();
    assert!(different.len() > 20, "the fuel depends on the events");
    assert!(one == two);
    let elsewhere = self::host();
    assert!(one == trace(guest(&elsewhere, &wasm, &[])));
    // In another thread, and while the first ones were running.
    let other = start();
    assert!(one == std::thread::spawn(move || trace(other)).join().unwrap());
}

#[test]
fn a_whole_run_with_a_guest_gives_the_same_journal_twice() {
    let host = host();
    let module = host.module(&module("guests/dip.wat")).unwrap();
    let seats = || {
        let guest = module.instantiate(&settings(&[("drop", 0.02)]), &instruments()).unwrap();
        vec![Seat::Stranger(Box::new(guest)), Seat::Native(kit::random_market::Dice(5))]
    };
    let (one, two) = (run(seats()), run(seats()));
    assert_eq!(end_of(&one, 0), None);
    assert!(life_of(&one, 0).len() > 10, "it trades");
    assert!(one == two);
}

/// Counts events; says the count as a price on each. Its state is the count.
const COUNTER: &str = r#"
  (import "royale" "abstain" (func $abstain (param i32) (result i32)))
  (import "royale" "take_state" (func $take_state (param i32) (result i32)))
  (func (export "on_event")
    (i64.store (i32.const 1024) (i64.add (i64.load (i32.const 1024)) (i64.const 1)))
    (i32.store (i32.const 516) (i32.const 0x00010201))
    (i64.store (i32.const 520) (i64.load (i32.const 1024)))
    (drop (call $abstain (i32.const 512))))
  (func (export "state_layout") (result i64) (i64.const 0x636f756e74))
  (func (export "export_state") (result i64) (i64.const 0x0000040000000008))
  (func (export "import_state") (param $length i32) (result i32)
    (if (i32.ne (local.get $length) (i32.const 8)) (then (return (i32.const 0))))
    (i32.eq (call $take_state (i32.const 1024)) (i32.const 8)))"#;

#[test]
fn a_successor_goes_on_where_its_predecessor_was() {
    let host = host();
    let wasm = around(COUNTER);
    let mut before = Stage::new(guest(&host, &wasm, &[]));
    let mut after = Stage::new(guest(&host, &wasm, &[]));
    let events = tape(1, 10);
    let count = |stage: &mut Stage<Guest>| stage.play(&events[0]).unwrap()[0].price.raw();
    for n in 1..=5 {
        assert_eq!(count(&mut before), n);
    }
    assert_eq!(before.strategy.state_layout(), Some(0x63_6f75_6e74));
    assert_eq!(before.strategy.export_state(&mut [0; 7]), None, "no room, and no harm");
    let mut state = [0xff; 32];
    assert_eq!(before.strategy.export_state(&mut state), Some(8));
    assert_eq!(state[..9], [5, 0, 0, 0, 0, 0, 0, 0, 0xff]);
    assert!(!after.strategy.import_state(&state[..9]), "another length is not its own");
    assert_eq!(count(&mut after), 1, "as before");
    assert!(after.strategy.import_state(&state[..8]));
    assert_eq!((count(&mut after), count(&mut before)), (6, 6));
}

#[test]
fn a_nan_has_the_same_bits_on_every_machine() {
    let host = host();
    let wasm = around(
        r#"(import "royale" "abstain" (func $abstain (param i32) (result i32)))
           (func (export "on_event")
             (i32.store (i32.const 516) (i32.const 0x00010201))
             ;; The processor's own NaN is a negative one; and a NaN that comes in keeps its payload.
             (f64.store (i32.const 520) (f64.div (f64.load (i32.const 2048)) (f64.load (i32.const 2048))))
             (i64.store (i32.const 2056) (i64.const 0x7ff80000deadbeef))
             (f64.store (i32.const 528) (f64.add (f64.load (i32.const 2056)) (f64.const 1)))
             (drop (call $abstain (i32.const 512))))"#,
    );
    let decision = Stage::new(guest(&host, &wasm, &[])).play(&tape(1, 1)[0]).unwrap()[0];
    let canonical = 0x7ff8_0000_0000_0000;
    assert_eq!((decision.price.raw(), decision.qty.raw()), (canonical, canonical));
}

/// The costs are part of the ABI: a replay counts on them.
#[test]
fn host_calls_burn_what_the_page_says() {
    let host = host();
    let probe = module("tests/probe.wat");
    let event = tape(1, 1)[0];
    let abstains = 256;
    for (what, cost) in
        [(0.0, 0), (1.0, 64), (2.0, 32), (3.0, 32 + 2 * 8), (4.0, 64), (5.0, 32 + 3 * 8), (6.0, 16)]
    {
        let mut stage = Stage::new(guest(&host, &probe, &[("what", what), ("words", 2.0)]));
        stage.play(&event).unwrap();
        assert_eq!(stage.strategy.fuel_used().1, cost + abstains, "question {what}");
    }
    let mut stage = Stage::new(guest(&host, &probe, &[("what", 7.0)]));
    stage.play(&event).unwrap();
    assert_eq!(stage.strategy.fuel_used().1, 256, "an order");
    // With one order open, a position costs two more.
    let mut asks = Stage::new(guest(&host, &probe, &[("what", 2.0), ("words", 2.0)]));
    std::mem::swap(&mut asks.portfolio, &mut stage.portfolio);
    asks.play(&event).unwrap();
    assert_eq!(asks.strategy.fuel_used().1, 34 + abstains);
}

#[test]
fn instructions_burn_one_and_copies_their_length() {
    let host = host();
    let burns = |code: &str| {
        let wasm = around(&format!(r#"(func (export "on_event") {code})"#));
        let mut stage = Stage::new(guest(&host, &wasm, &[]));
        stage.play(&tape(1, 1)[0]).unwrap();
        stage.strategy.fuel_used().0
    };
    let nothing = burns("");
    assert_eq!(burns("(drop (i32.add (i32.const 1) (i32.const 2)))") - nothing, 3);
    let fill = |length: u32| {
        burns(&format!("(memory.fill (i32.const 128) (i32.const 0) (i32.const {length}))"))
    };
    assert_eq!(fill(0) - nothing, 3 + 32);
    assert_eq!(fill(60_000) - fill(0), 60_000);
    let copy = |length: u32| {
        burns(&format!("(memory.copy (i32.const 0) (i32.const 128) (i32.const {length}))"))
    };
    assert_eq!(copy(60_000) - copy(0), 60_000);
    assert_eq!(burns("(drop (memory.grow (i32.const 1)))") - nothing, 1 + 255);
}
