//! What lies beside an event is what the guest would be told if it asked, to the byte, and costs it no
//! fuel.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod duel;
mod kit;

use duel::{Answer, Duel};
use kit::random_market::{Dice, tape};
use kit::{Seat, Stage, around, end_of, guest, host, life_of, recording, run, settings};
use royale_model::*;

/// Asks for all that lies beside the event, at 256, lays the answers down at 4096 and traps where they
/// are not the same. Its state counts the events: all, those with an order open in their instrument, those
/// with an order open elsewhere, those with a position, those about no instrument. Orders now and then,
/// in the event's instrument.
const DOUBTER: &str = r#"
  (import "royale" "market" (func $market (param i32 i32) (result i32)))
  (import "royale" "position" (func $position (param i32 i32) (result i32)))
  (import "royale" "orders" (func $orders (param i32 i32) (result i32)))
  (import "royale" "submit" (func $submit (param i32) (result i64)))
  (data (i32.const 512) "\00\00\00\00" "\01\01\03\00")
  (func (export "beside") (result i32) (i32.const 256))
  (func $count (param $at i32) (param $one i32)
    (i64.store (local.get $at)
      (i64.add (i64.load (local.get $at)) (i64.extend_i32_u (local.get $one)))))
  (func (export "on_event") (local $id i32) (local $n i32) (local $here i32) (local $x i64)
    (local.set $id (i32.load (i32.const 88)))
    (memory.fill (i32.const 4096) (i32.const 0) (i32.const 64))
    (if (call $market (local.get $id) (i32.const 6144)) (then
      (drop (call $position (local.get $id) (i32.const 7168)))
      (memory.copy (i32.const 4096) (i32.const 6144) (i32.const 32))
      (i64.store (i32.const 4128) (i64.load offset=112 (i32.const 6144)))
      (i64.store (i32.const 4136) (i64.load (i32.const 7168)))
      (i32.store (i32.const 4144) (i32.load offset=120 (i32.const 6144)))
      (local.set $n (call $orders (i32.const 8192) (i32.const 128)))
      (i32.store (i32.const 4152) (local.get $n))
      (block $done (loop $more
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (local.set $here (i32.add (local.get $here) (i32.eq (local.get $id)
          (i32.load offset=8200 (i32.mul (local.get $n) (i32.const 40))))))
        (br $more)))
      (i32.store (i32.const 4148) (local.get $here))))

    (local.set $n (i32.const 64))
    (loop $more
      (local.set $n (i32.sub (local.get $n) (i32.const 8)))
      (if (i64.ne (i64.load offset=256 (local.get $n)) (i64.load offset=4096 (local.get $n)))
        (then unreachable))
      (br_if $more (local.get $n)))

    (call $count (i32.const 1024) (i32.const 1))
    (call $count (i32.const 1032) (i32.ne (i32.load (i32.const 308)) (i32.const 0)))
    (call $count (i32.const 1040) (i32.gt_u (i32.load (i32.const 312)) (i32.load (i32.const 308))))
    (call $count (i32.const 1048) (i64.ne (i64.load (i32.const 296)) (i64.const 0)))
    (call $count (i32.const 1056) (i32.eq (local.get $id) (i32.const -1)))

    (if (i32.ge_u (i32.load8_u (i32.const 92)) (i32.const 6)) (then (return)))
    (local.set $x (i64.mul (i64.load (i32.const 64)) (i64.const 0x9e3779b97f4a7c15)))
    (if (i64.lt_u (local.get $x) (i64.const 0x0400000000000000)) (then
      (i32.store (i32.const 512) (local.get $id))
      (i32.store8 (i32.const 516) (i32.add (i32.const 1) (i32.and (i32.const 1) (i32.wrap_i64
        (i64.shr_u (local.get $x) (i64.const 20))))))
      (i64.store (i32.const 528) (i64.const 1000000000))
      (drop (call $submit (i32.const 512))))))
  (func (export "state_layout") (result i64) (i64.const 1))
  (func (export "export_state") (result i64) (i64.const 0x0000040000000028))
  (func (export "import_state") (param i32) (result i32) (i32.const 0))"#;

#[test]
fn on_a_recording_it_is_what_the_host_would_answer() {
    let (host, (table, events)) = (host(), recording("kalshi-btc15m-20260514T002426Z.tapez"));
    let module = host.module(&around(DOUBTER)).unwrap();
    // A guest that doubts traps, which the duel does not allow.
    let mut duel =
        Duel::new(&table).with("the doubter", module.instantiate(&settings(&[]), &table).unwrap());
    let timer = |event: &Event| {
        let (time, instrument) = (event.time(), InstrumentId::NONE);
        let stamp = Stamp { seq: 0, time, venue_time: Nanos::ZERO, instrument };
        Event::new(stamp, Body::Timer(Timer { id: 1, due: time }), EventFlags::LAST)
    };
    for (n, event) in events.iter().enumerate() {
        duel.play(event);
        match n % 64 {
            0 => drop(duel.play(&timer(event))),
            1 => duel.answer(Answer::Acknowledge),
            // About as often as it orders.
            2 => duel.answer(Answer::Fill),
            _ => {}
        }
    }
    let mut counts = [0; 40];
    duel.replace(0, |doubter| {
        assert_eq!(doubter.export_state(&mut counts), Some(40));
        Box::new(module.instantiate(&settings(&[]), &table).unwrap())
    });
    let counts: Vec<_> =
        counts.chunks_exact(8).map(|count| u64::from_le_bytes(count.try_into().unwrap())).collect();
    assert!(counts[0] > events.len() as u64, "{counts:?}");
    assert!(counts[1..].iter().all(|count| *count > 1_000), "they show too little: {counts:?}");
}

#[test]
fn in_a_whole_engine_too_where_messages_are_missing_and_instruments_are_settled() {
    let host = host();
    let doubter = Box::new(guest(&host, &around(DOUBTER), &[]));
    let records = run(vec![Seat::Native(Dice(5)), Seat::Stranger(doubter)]);
    assert_eq!(end_of(&records, 1), None);
    let life = life_of(&records, 1);
    assert!(life.len() > 20, "it trades: {life:?}");
}

#[test]
fn it_costs_no_fuel() {
    let host = host();
    let used = |beside: &str| {
        let wasm = around(&format!(
            r#"(func (export "on_event") (drop (i64.load (i32.const 264)))) {beside}"#
        ));
        let mut stage = Stage::new(guest(&host, &wasm, &[]));
        stage.play(&tape(1, 1)[0]).unwrap();
        stage.strategy.fuel_used()
    };
    let asked = used(r#"(func (export "beside") (result i32) (i32.const 256))"#);
    assert!(asked == used("") && asked.1 == 0, "{asked:?}");
}
