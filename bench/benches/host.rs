//! What this host takes from a thread: the figures of `docs/tuning.md` that were measured.
//!
//! `cargo bench -p royale-bench --bench host`; some ten seconds, one table. Nothing is pinned, and
//! nothing needs privileges: this is the host as it stands.

use royale_engine::latency::{HistogramReader, HistogramWriter, Precision, Stamps, histogram};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a thread is watched.
const WATCHED: Duration = Duration::from_secs(3);
/// Pages that are touched for the first time.
const PAGES: usize = 20_000;
/// Wake-ups that are timed.
const WAKE_UPS: u64 = 2_000;
const PAGE: usize = 4096;

fn main() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{cores} cores; nanoseconds");
    println!("{:<44} {:>9} {:>9} {:>9} {:>9} {:>11}", "", "count", "p50", "p99", "p99.9", "max");
    let row = |name: &str, reader: &HistogramReader| {
        let mut all = Precision::Fine.empty().expect("a histogram");
        reader.add_to(&mut all);
        let at = |quantile| all.value_at_quantile(quantile);
        println!(
            "{name:<44} {:>9} {:>9} {:>9} {:>9} {:>11}",
            all.len(),
            at(0.5),
            at(0.99),
            at(0.999),
            all.max()
        );
    };
    row("a reading of the counter, between two", &clock(&|stamps| stamps.now()));
    row(
        "std::time::Instant, between two readings",
        &clock(&|stamps| {
            black_box(Instant::now());
            stamps.now()
        }),
    );
    row("first touch of a page of memory", &first_touch());
    row("second touch of it", &second_touch());
    row("waking a thread that sleeps", &wake_up());
    row("gaps above 1 µs, a spinning thread alone", &gaps(0));
    row("the same, one busy thread on every core", &gaps(cores));
}

/// The cost of a clock: what passes between two readings with one of it in the middle.
fn clock(read: &impl Fn(&Stamps) -> u64) -> HistogramReader {
    let stamps = Stamps::default();
    let (mut writer, reader) = histogram(Precision::Fine);
    for _ in 0..1_000_000 {
        let before = stamps.now();
        writer.record(stamps.between(before, read(&stamps)));
    }
    reader
}

fn touch(memory: &mut [u8], writer: &mut HistogramWriter) {
    let stamps = Stamps::default();
    for page in memory.chunks_mut(PAGE) {
        let before = stamps.now();
        *black_box(&mut page[0]) = 1;
        writer.record(stamps.between(before, stamps.now()));
    }
}

fn first_touch() -> HistogramReader {
    let (mut writer, reader) = histogram(Precision::Fine);
    // Zeroed memory of this size is only reserved.
    touch(&mut vec![0; PAGES * PAGE], &mut writer);
    reader
}

fn second_touch() -> HistogramReader {
    let (mut writer, reader) = histogram(Precision::Fine);
    let mut memory = vec![1; PAGES * PAGE];
    touch(&mut memory, &mut writer);
    reader
}

/// From one thread's wish to the first instruction of another that was parked.
fn wake_up() -> HistogramReader {
    let stamps = Stamps::default();
    let (mut writer, reader) = histogram(Precision::Fine);
    let wished = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let sleeper = scope.spawn(|| {
            for _ in 0..WAKE_UPS {
                let mut before = 0;
                while before == 0 {
                    std::thread::park();
                    before = wished.swap(0, Ordering::AcqRel);
                }
                writer.record(stamps.between(before, stamps.now()));
            }
        });
        while !sleeper.is_finished() {
            // Long enough to be asleep for certain.
            std::thread::sleep(Duration::from_micros(300));
            if wished.load(Ordering::Acquire) == 0 {
                wished.store(stamps.now(), Ordering::Release);
                sleeper.thread().unpark();
            }
        }
    });
    reader
}

/// A thread that only reads the counter: whatever is longer than a microsecond was taken from it.
fn gaps(company: usize) -> HistogramReader {
    let (mut writer, reader) = histogram(Precision::Fine);
    let stamps = Stamps::default();
    let over = Arc::new(AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..company {
            let over = Arc::clone(&over);
            scope.spawn(move || while !over.load(Ordering::Relaxed) {});
        }
        let begin = stamps.now();
        let mut last = begin;
        while u128::from(stamps.between(begin, last)) < WATCHED.as_nanos() {
            let now = stamps.now();
            let gap = stamps.between(last, now);
            if gap > 1_000 {
                writer.record(gap);
            }
            last = now;
        }
        over.store(true, Ordering::Relaxed);
    });
    reader
}
