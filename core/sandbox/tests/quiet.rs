//! Once it is warm, an event in the sandbox asks nothing of the allocator and nothing of the kernel.
#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod kit;

use kit::random_market::{instruments, tape};
use kit::{Stage, around, guest, host, module};
use royale_engine::strategy::Portfolio;
use royale_sandbox::prepare_thread;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting what this thread asks of it.
struct Counting;

// SAFETY: every call is handed to the system's allocator unchanged; the counter is a `const`
// thread-local `Cell`, which neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Page faults of this thread so far.
fn faults() -> i64 {
    // SAFETY: zeros are a valid `rusage`, and the call writes one.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, &mut usage), 0);
        usage.ru_minflt + usage.ru_majflt
    }
}

/// Asks for everything, trades, and writes all over its sixteen megabytes.
const GREEDY: &str = r#"
  (import "royale" "submit" (func $submit (param i32) (result i64)))
  (import "royale" "cancel" (func $cancel (param i64 i32) (result i32)))
  (import "royale" "market" (func $market (param i32 i32) (result i32)))
  (import "royale" "orders" (func $orders (param i32 i32) (result i32)))
  (import "royale" "depth" (func $depth (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 256 256)
  (global $at (mut i32) (i32.const 0))
  (func (export "royale_abi_1"))
  (func (export "init") (param i32) (result i32) (i32.const 64))
  (func (export "beside") (result i32) (i32.const 128))
  (func (export "on_event")
    (global.set $at (i32.and (i32.add (global.get $at) (i32.const 4104)) (i32.const 0xfffff8)))
    (i64.store offset=2048 (i32.and (global.get $at) (i32.const 0xffe000)) (i64.const 1))
    (drop (call $market (i32.const 0) (i32.const 1024)))
    (drop (call $depth (i32.const 0) (i32.const 1) (i32.const 1024) (i32.const 64)))
    (drop (call $orders (i32.const 1024) (i32.const 128)))
    (i32.store (i32.const 516) (i32.const 0x00010201))
    (i64.store (i32.const 520) (i64.const 100000000))
    (i64.store (i32.const 528) (i64.const 1000000000))
    (drop (call $cancel (call $submit (i32.const 512)) (i32.const 600))))"#;

#[test]
fn an_event_neither_allocates_nor_faults_a_page_in() {
    let (allocations, faulted) = (ALLOCATIONS.with(Cell::get), faults());
    std::hint::black_box(vec![1_u8; 64 << 20]);
    assert!(ALLOCATIONS.with(Cell::get) > allocations && faults() > faulted, "they are counted");
    let host = host();
    let greedy = wat::parse_str(format!("(module {GREEDY})")).unwrap();
    let events = tape(9, 6_000);
    for (name, wasm) in [
        ("greedy", greedy),
        ("probe", module("tests/probe.wat")),
        ("silent", around(r#"(func (export "on_event"))"#)),
    ] {
        let (guest, events) = (guest(&host, &wasm, &[]), events.clone());
        // On a thread that has never run a guest, as after a swap.
        let play = move || {
            let at_start = (ALLOCATIONS.with(Cell::get), faults());
            // So much is always fresh from the system.
            drop(std::hint::black_box(vec![1_u8; 40 << 20]));
            let counted = (ALLOCATIONS.with(Cell::get), faults());
            assert!(counted.0 > at_start.0 && counted.1 > at_start.1, "the counters count");
            prepare_thread();
            let mut stage = Stage::new(guest);
            let mut decided = 0;
            let mut play = |stage: &mut Stage<_>, from: usize, to: usize| {
                for event in events.range(from..to) {
                    decided += stage.answer(event);
                }
            };
            play(&mut stage, 0, 100);
            stage.portfolio = Portfolio::new(instruments().len());
            let before = (ALLOCATIONS.with(Cell::get), faults());
            play(&mut stage, 100, 6_000);
            let after = (ALLOCATIONS.with(Cell::get), faults());
            assert_eq!(after.0 - before.0, 0, "{name}: allocations");
            assert_eq!(after.1 - before.1, 0, "{name}: page faults");
            assert!(name == "silent" || decided > 300, "{name}: {decided} decisions");
        };
        std::thread::spawn(play).join().unwrap();
    }
}
