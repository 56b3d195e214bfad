//! The thread that appends does nothing but append: no allocation, no page fault, no system call,
//! from segment to segment, while the flusher forces everything to the disk behind it.

#![allow(clippy::unwrap_used, reason = "a test fails by panic")]

mod common;

use common::{CHILD, append, child, event, options, preamble, records};
use royale_journal::{Purpose, Reader, Record, Writer, recover};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

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

const SEGMENT: u64 = 1 << 20;
/// Bursts, each of them shorter than a segment.
const BURSTS: u64 = 30;
const BURST: u64 = 8_000;

/// What the thread that appends has used: allocator calls, minor faults, major faults.
fn used() -> [u64; 3] {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: `usage` is room for exactly the structure that is filled, and zero is one of its values.
    let usage = unsafe {
        assert_eq!(libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()), 0);
        usage.assume_init()
    };
    [CALLS.get(), usage.ru_minflt as u64, usage.ru_majflt as u64]
}

/// Waits until a segment is ready ahead: a burst crosses into one at most, and must not meet a
/// thread that the machine was too busy to run.
fn a_segment_is_ready(path: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let named = |number| path.join(format!("{number:06}.journal"));
        let last = (1..).take_while(|&number| named(number).exists()).last().unwrap();
        if last > 1 && Reader::open(&named(last)).unwrap().next_record().unwrap().is_none() {
            break;
        }
        assert!(Instant::now() < deadline, "no segment after {last}");
        std::thread::sleep(Duration::from_millis(1));
    }
    // It has its name a moment before the writer can have it.
    std::thread::sleep(Duration::from_millis(5));
}

/// Was: the kernel's write-back took the pages away, and each next store to one was a page fault.
#[test]
fn appending_while_the_disk_is_forced_neither_allocates_nor_faults() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let mut writer = Writer::create(&path, &preamble(Purpose::Run), options(SEGMENT)).unwrap();
    let all: Vec<Record> = (1..=BURSTS * BURST).map(|seq| Record::Event(event(seq))).collect();
    // Warms up what the test itself needs.
    assert_eq!(used(), used());
    for (burst, records) in (0..).zip(all.chunks(BURST as usize)) {
        a_segment_is_ready(&path);
        let before = used();
        for few in records.chunks(500) {
            few.iter().for_each(|record| append(&mut writer, record));
            // Lets the flusher at it in the middle of the burst, wherever the machine is.
            let synced = writer.synced();
            writer.ask_sync();
            while writer.synced() == synced && writer.failure().is_none() {
                std::hint::spin_loop();
            }
        }
        assert_eq!(used(), before, "allocations, minor and major faults in burst {burst}");
        // The kernel's own write-back, of every file there is.
        // SAFETY: `sync` takes and returns nothing.
        unsafe { libc::sync() };
    }
    assert!(writer.failure().is_none());
    assert!(writer.finish().unwrap().segments >= 18);
    let after = used();
    let page = vec![1_u8; 1 << 20];
    assert!(used()[0] > after[0] && used()[1] > after[1], "the counters count");
    drop(page);
}

/// What the two threads of the next test tell each other.
static TURN: AtomicU64 = AtomicU64::new(0);
static THREAD: AtomicU64 = AtomicU64::new(0);

/// The kernel itself counts: in seccomp's strict mode the first system call but `read`, `write` or
/// `exit` is the thread's last.
#[test]
fn appending_makes_no_system_call() {
    for (test, wanted) in [("child_that_may_not_call", true), ("child_that_calls", false)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let output = child(test, &path).output().unwrap();
        recover(&path).unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(text.contains("all was appended"), wanted, "{test}: {text}");
    }
}

#[test]
#[ignore = "a child of appending_makes_no_system_call"]
fn child_that_may_not_call() {
    forbidden(false);
}

#[test]
#[ignore = "a child of appending_makes_no_system_call: what happens to a thread that does"]
fn child_that_calls() {
    forbidden(true);
}

fn forbidden(misbehave: bool) {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let path = Path::new(&path);
    let mut writer = Writer::create(path, &preamble(Purpose::Run), options(SEGMENT)).unwrap();
    let all: Vec<Vec<Record>> = (0..BURSTS)
        .map(|burst| (burst * 3_000 + 1..=(burst + 1) * 3_000).flat_map(records).collect())
        .collect();
    std::thread::spawn(move || {
        // SAFETY: a plain question.
        THREAD.store(unsafe { libc::gettid() } as u64, Ordering::Relaxed);
        // SAFETY: takes no memory; from here on this thread only computes.
        assert_eq!(unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_STRICT) }, 0);
        for (burst, records) in (0..).zip(&all) {
            while TURN.load(Ordering::Acquire) != 2 * burst + 1 {
                std::hint::spin_loop();
            }
            records.iter().for_each(|record| append(&mut writer, record));
            assert!(writer.may_send());
            if misbehave && burst == BURSTS / 2 {
                std::thread::yield_now();
            }
            TURN.store(2 * burst + 2, Ordering::Release);
        }
        // It can neither unmap its stack nor wake who waits for it, so it does not end.
        loop {
            std::hint::spin_loop();
        }
    });
    while THREAD.load(Ordering::Relaxed) == 0 {
        std::thread::yield_now();
    }
    for burst in 0..BURSTS {
        a_segment_is_ready(path);
        TURN.store(2 * burst + 1, Ordering::Release);
        while TURN.load(Ordering::Acquire) != 2 * burst + 2 {
            let id = THREAD.load(Ordering::Relaxed);
            if !Path::new(&format!("/proc/self/task/{id}")).exists() {
                println!("the thread is gone");
                std::process::exit(1);
            }
            std::thread::sleep(Duration::from_micros(100));
        }
    }
    println!("all was appended");
    std::process::exit(0);
}
