//! Appending, and going from segment to segment, neither allocates nor frees.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod common;

use common::{append, create, records};
use royale_journal::Record;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

fn count() {
    // A thread that ends may free after its cells are gone; that is not the writer's thread.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

// SAFETY: every call goes to the system's allocator unchanged; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn appending_over_many_segments_neither_allocates_nor_frees() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(&folder.path().join("run"), 16 << 10);
    let all: Vec<Record> = (1..=5_000).flat_map(records).collect();
    let before = CALLS.get();
    all.iter().for_each(|record| append(&mut writer, record));
    assert_eq!(CALLS.get() - before, 0);
    assert!(writer.failure().is_none());
    assert!(writer.finish().unwrap().segments > 30);
    assert!(CALLS.get() > before, "the counter counts");
}
