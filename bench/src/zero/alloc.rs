//! An allocator that counts for each thread how often it was asked.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize, Ordering};

/// The system's allocator, with a count for each thread. To be the program's `#[global_allocator]`.
#[derive(Debug, Default)]
pub struct Counting;

/// Threads that are told apart; those that come later share the last place.
const THREADS: usize = 1024;

struct Thread {
    tid: AtomicI32,
    allocations: AtomicU64,
}

static THREADS_SEEN: AtomicUsize = AtomicUsize::new(0);
static COUNTS: [Thread; THREADS] =
    [const { Thread { tid: AtomicI32::new(0), allocations: AtomicU64::new(0) } }; THREADS];

thread_local! {
    static PLACE: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn count() {
    // A thread that is ending has no place any more, and nothing left that could be measured.
    let _ = PLACE.try_with(|place| {
        if place.get() == usize::MAX {
            let new = THREADS_SEEN.fetch_add(1, Ordering::Relaxed).min(THREADS - 1);
            // SAFETY: a plain system call without arguments.
            COUNTS[new].tid.store(unsafe { libc::gettid() }, Ordering::Relaxed);
            place.set(new);
        }
        COUNTS[place.get()].allocations.fetch_add(1, Ordering::Relaxed);
    });
}

/// How often a thread asked for memory or gave it back; 0 for one that never did.
pub(super) fn allocations_of(tid: i32) -> u64 {
    let of_thread = COUNTS.iter().filter(|thread| thread.tid.load(Ordering::Relaxed) == tid);
    of_thread.map(|thread| thread.allocations.load(Ordering::Relaxed)).sum()
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches static memory and a
// const-initialised thread-local without destructor, so it cannot allocate itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`, which is the system's.
        unsafe { System.alloc(layout) }
    }
    // Not the default, which writes to all of it: pages that nobody has touched must stay so.
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, which is the system's.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        // SAFETY: the pointer came from `alloc` above, which is the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the pointer came from `alloc` above, which is the system's.
        unsafe { System.realloc(pointer, layout, size) }
    }
}
