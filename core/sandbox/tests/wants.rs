//! A guest that says which events it wants is shown those and no others, and is otherwise what it
//! would be if it were shown everything and looked away itself.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod duel;
mod kit;

use duel::{Answer, Duel};
use kit::random_market::{Dice, tape};
use kit::{Seat, Stage, around, end_of, guest, host, life_of, recording, run, settings};
use royale_engine::Strategy;
use royale_model::*;
use royale_sandbox::Guest;

const LAST_ONLY: u64 = 1;
const TRADES: u64 = 1 << 2;
const LEVELS: u64 = 1 << 3;
const ODDS: u64 = 1 << 5;
const REPORTS: u64 = 1 << 8;
const EVERYTHING: u64 = !LAST_ONLY;

/// Mixes every event that it looks at into one number, which is its state, and orders a lot at some of
/// them, as the number says: one event more or less, and all that follows is different.
const WATCHER: &str = r#"
  (import "royale" "submit" (func $submit (param i32) (result i64)))
  (import "royale" "take_state" (func $take_state (param i32) (result i32)))
  (data (i32.const 512) "\00\00\00\00" "\01\01\03\00")
  (func (export "on_event") (local $x i64)
    (if (i32.eqz (call $looks_at (i32.load8_u (i32.const 92)) (i32.load8_u (i32.const 93))))
      (then (return)))
    (local.set $x (i64.xor (i64.load (i32.const 1024)) (i64.load (i32.const 72))))
    (local.set $x (i64.xor (local.get $x) (i64.load (i32.const 96))))
    (local.set $x (i64.mul (i64.rotl (local.get $x) (i64.const 29)) (i64.const 0x9e3779b97f4a7c15)))
    (i64.store (i32.const 1024) (local.get $x))
    (if (i32.eq (i32.load8_u (i32.const 92)) (i32.const 8)) (then (return)))
    (if (i64.lt_u (local.get $x) (i64.const 0x0800000000000000)) (then
      (i64.store (i32.const 528) (i64.const 1000000000))
      (drop (call $submit (i32.const 512))))))
  (func (export "state_layout") (result i64) (i64.const 7))
  (func (export "export_state") (result i64) (i64.const 0x0000040000000008))
  (func (export "import_state") (param i32) (result i32)
    (i32.eq (call $take_state (i32.const 1024)) (i32.const 8)))"#;

/// Looks at everything that it is shown, which is what it says it wants.
fn filtered(mask: u64) -> Vec<u8> {
    around(&format!(
        r#"{WATCHER}
        (func $looks_at (param i32 i32) (result i32) (i32.const 1))
        (func (export "wants") (result i64) (i64.const {mask:#x}))"#
    ))
}

/// Is shown everything, and looks at the same itself.
fn looks_away(mask: u64) -> Vec<u8> {
    around(&format!(
        r#"{WATCHER}
        (func $looks_at (param $kind i32) (param $flags i32) (result i32)
          (if (i64.eqz (i64.and (i64.const {mask:#x})
                                (i64.shl (i64.const 1) (i64.extend_i32_u (local.get $kind)))))
            (then (return (i32.const 0))))
          ;; Quotes, levels and odds in mid-message, where those are not to be looked at.
          (i32.eqz (i32.and
            (i32.and (i32.const {}) (i32.eqz (i32.and (local.get $flags) (i32.const 1))))
            (i32.ne (i32.and (i32.const 0x2a) (i32.shl (i32.const 1) (local.get $kind)))
                    (i32.const 0)))))"#,
        if mask & LAST_ONLY == 0 { 0 } else { 0xff },
    ))
}

/// Wants market data of instrument 1 only, of the kinds of the mask.
fn filtered_by_instrument(mask: u64) -> Vec<u8> {
    around(&format!(
        r#"{WATCHER}
        (func $looks_at (param i32 i32) (result i32) (i32.const 1))
        (func (export "wants_instrument") (param $id i32) (result i32)
          (i32.eq (local.get $id) (i32.const 1)))
        (func (export "wants") (result i64) (i64.const {mask:#x}))"#
    ))
}

/// Is shown that of all instruments, and looks at the same itself.
fn looks_away_from_others(mask: u64) -> Vec<u8> {
    around(&format!(
        r#"{WATCHER}
        (func $looks_at (param $kind i32) (param i32) (result i32)
          ;; A settlement, a report, or of its instrument.
          (i32.or (i32.ge_u (local.get $kind) (i32.const 7))
                  (i32.eq (i32.load (i32.const 88)) (i32.const 1))))
        (func (export "wants") (result i64) (i64.const {mask:#x}))"#
    ))
}

fn state(guest: &mut dyn Strategy) -> Vec<u8> {
    let mut state = vec![0; 64];
    let length = guest.export_state(&mut state).unwrap();
    state.truncate(length);
    state
}

#[test]
fn on_a_recording_a_filter_changes_no_decision_and_no_state() {
    let host = host();
    let (table, events) = recording("kalshi-btc15m-20260514T002426Z.tapez");
    type Make = fn(u64) -> Vec<u8>;
    let by_kind = (filtered as Make, looks_away as Make);
    let by_instrument = (filtered_by_instrument as Make, looks_away_from_others as Make);
    for (mask, (filtered, looks_away)) in [
        (TRADES, by_kind),
        (TRADES | REPORTS, by_kind),
        (TRADES | LEVELS | ODDS, by_kind),
        (TRADES | LEVELS | REPORTS | LAST_ONLY, by_kind),
        (TRADES | LEVELS | REPORTS | LAST_ONLY, by_instrument),
        (EVERYTHING, by_instrument),
    ] {
        let start =
            |wasm: &[u8]| host.module(wasm).unwrap().instantiate(&settings(&[]), &table).unwrap();
        let mut duel = Duel::new(&table)
            .with("filtered", start(&filtered(mask)))
            .with("looks away", start(&looks_away(mask)));
        let mut orders = 0;
        for event in &events {
            orders += duel.play(event).len();
            duel.answer(Answer::Fill);
        }
        assert!(orders > 5, "{orders} orders show too little of {mask:#x}");
        let mut states = Vec::new();
        for seat in [0, 1] {
            // Either takes the other's state over, too.
            duel.replace(seat, |old| {
                let other = if seat == 0 { looks_away(mask) } else { filtered(mask) };
                let mut next = start(&other);
                assert_eq!(old.state_layout(), next.state_layout());
                states.push(state(old));
                assert!(next.import_state(&states[seat]));
                Box::new(next)
            });
        }
        assert!(states[0] == states[1] && states[0] != [0; 8], "{mask:#x}");
        for event in &events[..20_000] {
            duel.play(event);
            duel.answer(Answer::Fill);
        }
    }
}

#[test]
fn in_a_whole_engine_a_filter_changes_nothing_that_is_journaled() {
    let host = host();
    type Make = fn(u64) -> Vec<u8>;
    for (mask, filtered, looks_away) in [
        (TRADES | LEVELS | LAST_ONLY, filtered as Make, looks_away as Make),
        (TRADES | LEVELS | REPORTS, filtered, looks_away),
        (EVERYTHING, filtered_by_instrument, looks_away_from_others),
    ] {
        let journal = |wasm: &[u8]| {
            let guest = Box::new(guest(&host, wasm, &[]));
            run(vec![Seat::Native(Dice(5)), Seat::Stranger(guest)])
        };
        let one = journal(&filtered(mask));
        let life = life_of(&one, 1);
        assert!(life.len() > 5, "it trades: {life:?}");
        assert!(one == journal(&looks_away(mask)), "{mask:#x}");
    }
}

/// Orders on every trade, and traps on whatever is none.
fn trades_only(wants: &str) -> Vec<u8> {
    around(&format!(
        r#"(import "royale" "submit" (func $submit (param i32) (result i64)))
           (data (i32.const 512) "\00\00\00\00" "\01\01\03\00")
           (func (export "on_event")
             (if (i32.ne (i32.load8_u (i32.const 92)) (i32.const 2)) (then unreachable))
             (i64.store (i32.const 528) (i64.const 1000000000))
             (drop (call $submit (i32.const 512))))
           {wants}"#
    ))
}

const WANTS_TRADES: &str = r#"(func (export "wants") (result i64) (i64.const 4))"#;

#[test]
fn reports_on_its_own_orders_are_not_shown_to_a_guest_that_does_not_want_them() {
    let host = host();
    let journal = |wants| {
        let guest = Box::new(guest(&host, &trades_only(wants), &[]));
        run(vec![Seat::Empty, Seat::Stranger(guest)])
    };
    let records = journal(WANTS_TRADES);
    assert_eq!(end_of(&records, 1), None);
    let reports = life_of(&records, 1).iter().filter(|line| line.contains("exec: ")).count();
    assert!(reports > 10, "{reports} reports on its orders");
    assert_eq!(end_of(&journal(""), 1), Some(Fault::Trap), "it would have trapped on them");
}

/// Events of the random market: the first that this guest wants, and the first that it does not.
fn both(guest: &Guest) -> (Event, Event) {
    let first = |wanted| *tape(1, 200).iter().find(|it| guest.wants(it) == wanted).unwrap();
    (first(true), first(false))
}

#[test]
fn an_event_that_passes_a_guest_by_burns_no_fuel() {
    let host = host();
    let mut stage = Stage::new(guest(&host, &trades_only(WANTS_TRADES), &[]));
    let (wanted, passes) = both(&stage.strategy);
    assert_eq!((wanted.kind(), stage.strategy.wants(&passes)), (EventKind::Trade, false));
    assert_eq!(stage.play(&wanted).unwrap().len(), 1);
    let used = stage.strategy.fuel_used();
    assert!(used.0 > 5 && used.1 == 256, "{used:?}");
    assert_eq!(stage.play(&passes).unwrap(), []);
    assert_eq!(stage.strategy.fuel_used(), used, "still that of the last event it was asked about");
}

#[test]
fn a_guest_that_failed_says_so_at_events_that_it_does_not_want_too() {
    let host = host();
    let wasm = around(&format!(r#"(func (export "on_event") unreachable) {WANTS_TRADES}"#));
    let mut stage = Stage::new(guest(&host, &wasm, &[]));
    let (wanted, passes) = both(&stage.strategy);
    assert_eq!(stage.play(&passes), Ok(vec![]));
    assert_eq!(stage.play(&wanted), Err(Fault::Trap));
    assert_eq!(stage.play(&passes), Err(Fault::Trap));
}

#[test]
fn a_card_says_that_a_module_filters() {
    let host = host();
    assert!(host.inspect(&trades_only(WANTS_TRADES)).unwrap().filters_events);
    assert!(!host.inspect(&trades_only("")).unwrap().filters_events);
}
