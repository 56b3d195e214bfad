//! What an append costs the thread that makes it, beside a plain copy of the same bytes and beside
//! the design that was not taken (docs/journal-writer.md).
//!
//! Owns the measurement and its arithmetic; prints nothing. The time stamp counter costs more than
//! an append and on many machines moves in steps of ten nanoseconds. So the typical cost is taken
//! from batches of [`BATCH`], clocked as a whole; the tail is taken from single appends, one a
//! microsecond, less the median of an empty measurement, where a step does not matter.

use crate::file_mapped::FileMapped;
use quanta::Clock;
use royale_journal::{Flush, Options, Preamble, Purpose, Writer};
use royale_model::{Body, Event, EventFlags, InstrumentId, Nanos, Price, Qty, Quote, Stamp};
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zerocopy::IntoBytes;

/// Appends that are clocked together for the typical cost.
pub const BATCH: usize = 8;
/// Batches whose mean is taken.
const BLOCK: usize = 32;
/// Bytes of an event's record: header of 16, payload of 64.
pub const RECORD: usize = 80;
/// Records that a segment of the usual size holds, about.
const ROOM: usize = (64 << 20) / RECORD;
/// A single append begins so long after the one before, so that the flusher meets it everywhere.
const PACE_NS: u64 = 1_000;

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A copy of a record, without checksum, into present memory as large as a segment: each line
    /// is written once, as in a journal. The yardstick.
    Copy,
    /// The same into 16 KiB again and again: what the first-level cache takes.
    CachedCopy,
    /// The journal's writer.
    Writer,
    /// The design that was not taken, as a prototype, without checksum: a mapped file on the disk
    /// whose pages a helper touches ahead of the cursor and forces to the disk behind it.
    FileMapped,
}

/// What the flusher does meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Load {
    /// Nothing is forced to the disk.
    Idle,
    /// Everything is, every millisecond, and the kernel is asked to write back all it has, too.
    Busy,
}

/// Nanoseconds.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Spread {
    /// Median.
    pub p50: f64,
    /// 99 %.
    pub p99: f64,
    /// 99.9 %.
    pub p99_9: f64,
    /// 99.99 %.
    pub p99_99: f64,
    /// The worst.
    pub max: f64,
}

/// Quantiles at which a curve is drawn.
pub const QUANTILES: [f64; 16] = [
    0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999,
    0.99999,
];

/// One measurement.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Cost {
    /// Of what.
    pub subject: Subject,
    /// Beside what.
    pub load: Load,
    /// Nanoseconds an append in batches, batch by batch.
    pub batched: Spread,
    /// Nanoseconds an append: the mean of a block of 32 batches, median over all blocks.
    pub mean: f64,
    /// Single appends, the clock's own cost taken off.
    pub single: Spread,
    /// Batches at each of [`QUANTILES`].
    pub batched_curve: [f64; QUANTILES.len()],
    /// Single appends at each of [`QUANTILES`].
    pub single_curve: [f64; QUANTILES.len()],
    /// Page faults of the thread that appended.
    pub faults: u64,
    /// How often another thread took its core: where this is not zero the tail is the scheduler's.
    pub preempted: u64,
}

impl Cost {
    /// The median of several, figure by figure. `None` where there are none.
    pub fn median(all: &[Self]) -> Option<Self> {
        let first = *all.first()?;
        let of = |figure: &dyn Fn(&Self) -> f64| {
            let mut figures: Vec<f64> = all.iter().map(figure).collect();
            figures.sort_by(f64::total_cmp);
            figures[figures.len() / 2]
        };
        let spread = |part: &dyn Fn(&Self) -> Spread| Spread {
            p50: of(&|cost| part(cost).p50),
            p99: of(&|cost| part(cost).p99),
            p99_9: of(&|cost| part(cost).p99_9),
            p99_99: of(&|cost| part(cost).p99_99),
            max: of(&|cost| part(cost).max),
        };
        Some(Self {
            batched: spread(&|cost| cost.batched),
            mean: of(&|cost| cost.mean),
            single: spread(&|cost| cost.single),
            batched_curve: std::array::from_fn(|at| of(&|cost| cost.batched_curve[at])),
            single_curve: std::array::from_fn(|at| of(&|cost| cost.single_curve[at])),
            faults: of(&|cost| cost.faults as f64) as u64,
            preempted: of(&|cost| cost.preempted as f64) as u64,
            ..first
        })
    }
}

/// Measures `singles` appends one by one and as many in batches as a segment holds. The journal is
/// written under `dir`, and removed.
///
/// # Errors
/// What the journal or the disk says.
pub fn measure(dir: &Path, subject: Subject, load: Load, singles: usize) -> Result<Cost, String> {
    let batched = run(dir, subject, load, ROOM / 2, &batches)?;
    let single = run(dir, subject, load, singles, &one_by_one)?;
    // The clock's steps vanish in the sum of a block, and a stolen core spoils one block only.
    let blocks =
        batched.0.chunks_exact(BLOCK).map(|block| block.iter().sum::<f64>() / BLOCK as f64);
    let mean = spread(blocks.collect()).p50;
    let batched_curve = at_quantiles(batched.0.clone(), QUANTILES);
    let single_curve = at_quantiles(single.0.clone(), QUANTILES);
    Ok(Cost {
        subject,
        load,
        batched: spread(batched.0),
        mean,
        single: spread(single.0),
        batched_curve,
        single_curve,
        faults: batched.1.faults + single.1.faults,
        preempted: single.1.preempted,
    })
}

type Samples = (Vec<f64>, Usage);
/// Makes so many appends and clocks them.
type Loop = dyn Fn(usize, &mut dyn FnMut(&Event)) -> Samples;

/// Runs one loop over one subject.
fn run(
    dir: &Path,
    subject: Subject,
    load: Load,
    count: usize,
    samples: &Loop,
) -> Result<Samples, String> {
    let folder = dir.join(format!("royale-append-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let _kernel = (load == Load::Busy).then(WriteBack::start);
    let result = match subject {
        Subject::Copy => Ok(copy_into(ROOM, count, samples)),
        Subject::CachedCopy => Ok(copy_into((16 << 10) / RECORD, count, samples)),
        Subject::Writer => write(&folder, load, count, samples),
        Subject::FileMapped => {
            FileMapped::create(&folder.join("mapped"), (count + 1) * RECORD, load == Load::Busy)
                .map_err(|error| error.to_string())
                .map(|mut mapped| samples(count, &mut |event| mapped.append(&record(event))))
        }
    };
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    result
}

fn write(folder: &Path, load: Load, count: usize, samples: &Loop) -> Result<Samples, String> {
    let flush = match load {
        Load::Idle => Flush::Lazy,
        Load::Busy => Flush::Group { every: Duration::from_millis(1) },
    };
    let preamble = Preamble {
        purpose: Purpose::Run,
        config: String::new(),
        instruments: vec![],
        slots: vec![],
    };
    let options = Options { flush, ..Options::default() };
    let mut writer =
        Writer::create(&folder.join("run"), &preamble, options).map_err(|e| e.to_string())?;
    let taken = samples(count, &mut |event| writer.event(event));
    if writer.stalls() > 0 {
        return Err(format!("the writer waited {} times: this measures the disk", writer.stalls()));
    }
    writer.finish().map_err(|error| error.to_string())?;
    Ok(taken)
}

fn copy_into(room: usize, count: usize, samples: &Loop) -> Samples {
    let mut memory = vec![1_u8; room * RECORD];
    let mut at = 0;
    let taken = samples(count, &mut |event| {
        memory[at..at + RECORD].copy_from_slice(&record(event));
        at += RECORD;
        if at == memory.len() {
            at = 0;
        }
    });
    black_box(&memory);
    taken
}

/// A record as the journal would hold it, but for the checksum.
#[inline]
fn record(event: &Event) -> [u8; RECORD] {
    let mut record = [0_u8; RECORD];
    record[..8].copy_from_slice(&0x0001_0050_u64.to_le_bytes());
    record[8..16].copy_from_slice(&event.seq().to_le_bytes());
    record[16..].copy_from_slice(event.as_bytes());
    record
}

/// Nanoseconds an append, of each batch. The clock's cost is in it, an eighth of it an append.
fn batches(count: usize, append: &mut dyn FnMut(&Event)) -> Samples {
    let clock = Clock::new();
    // Not zeros: those would come into being, page by page, while we measure.
    let mut taken = vec![1.0; count / BATCH];
    let overhead = clock_cost(&clock);
    let mut seq = 0;
    let before = Usage::now();
    for sample in &mut taken {
        let events: [Event; BATCH] = std::array::from_fn(|at| event(seq + at as u64 + 1));
        seq += BATCH as u64;
        let start = clock.raw();
        for event in &events {
            append(black_box(event));
        }
        let spent = clock.delta_as_nanos(start, clock.raw()) as f64 - overhead;
        *sample = spent.max(0.0) / BATCH as f64;
    }
    (taken, before.until_now())
}

/// Nanoseconds of each append.
fn one_by_one(count: usize, append: &mut dyn FnMut(&Event)) -> Samples {
    let clock = Clock::new();
    let mut taken = vec![1.0; count];
    let overhead = clock_cost(&clock);
    let before = Usage::now();
    let mut last = clock.raw();
    for (seq, sample) in (1..).zip(&mut taken) {
        let event = event(seq);
        while clock.delta_as_nanos(last, clock.raw()) < PACE_NS {
            std::hint::spin_loop();
        }
        let start = clock.raw();
        append(black_box(&event));
        last = clock.raw();
        *sample = (clock.delta_as_nanos(start, last) as f64 - overhead).max(0.0);
    }
    (taken, before.until_now())
}

/// What two looks at the clock cost with nothing between them: the median, in nanoseconds.
fn clock_cost(clock: &Clock) -> f64 {
    let looks = (0..10_001).map(|_| {
        let start = clock.raw();
        clock.delta_as_nanos(start, clock.raw()) as f64
    });
    spread(looks.collect()).p50
}

fn spread(samples: Vec<f64>) -> Spread {
    let [p50, p99, p99_9, p99_99, max] = at_quantiles(samples, [0.5, 0.99, 0.999, 0.9999, 1.0]);
    Spread { p50, p99, p99_9, p99_99, max }
}

fn at_quantiles<const N: usize>(mut samples: Vec<f64>, quantiles: [f64; N]) -> [f64; N] {
    samples.sort_by(f64::total_cmp);
    quantiles.map(|quantile| samples[((samples.len() - 1) as f64 * quantile) as usize])
}

fn event(seq: u64) -> Event {
    let time = Nanos::from_raw(seq as i64);
    let stamp = Stamp { seq, time, venue_time: Nanos::ZERO, instrument: InstrumentId(0) };
    let price = Price::from_raw(seq as i64);
    let quote = Quote { bid: price, bid_qty: Qty::ONE, ask: price, ask_qty: Qty::ONE };
    Event::new(stamp, Body::Quote(quote), EventFlags::LAST)
}

/// What the kernel counts of the calling thread.
#[derive(Clone, Copy)]
struct Usage {
    faults: u64,
    preempted: u64,
}

impl Usage {
    fn now() -> Self {
        let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: `usage` is room for exactly the structure that is filled, and zeros are a value
        // of it, should the call fail.
        let usage = unsafe {
            libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr());
            usage.assume_init()
        };
        Self {
            faults: (usage.ru_minflt + usage.ru_majflt) as u64,
            preempted: usage.ru_nivcsw as u64,
        }
    }
    fn until_now(self) -> Self {
        let now = Self::now();
        Self { faults: now.faults - self.faults, preempted: now.preempted - self.preempted }
    }
}

/// The kernel's write-back, asked for again and again.
struct WriteBack {
    over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl WriteBack {
    fn start() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                // SAFETY: `sync` takes and returns nothing.
                unsafe { libc::sync() };
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        Self { over, thread: Some(thread) }
    }
}

impl Drop for WriteBack {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It cannot panic, and a measurement is over either way.
            let _ = thread.join();
        }
    }
}
