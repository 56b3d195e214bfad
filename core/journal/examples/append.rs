//! What an append costs: `cargo run --release -p royale-journal --example append`.
//!
//! Prints nanoseconds for each append of an event beside a plain copy of its 64 bytes into a
//! buffer of the same size, both measured in the same process over memory that is present; and
//! the distribution of single appends, clock reads included.

use royale_journal::{Options, Preamble, Purpose, Reader, Writer, verify};
use royale_model::{Body, Event, EventFlags, InstrumentId, Nanos, Price, Qty, Quote, Stamp};
use std::hint::black_box;
use std::time::Instant;

const EVENTS: u64 = 700_000;
const ROUNDS: usize = 9;
const SEGMENT: u64 = 64 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The journal goes where it is told, or into the system's folder for passing files.
    let parent = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, Into::into);
    let (mut copies, mut records, mut appends) = (Vec::new(), Vec::new(), Vec::new());
    let mut single = Vec::with_capacity(EVENTS as usize);
    for round in 0..=ROUNDS {
        copies.push(copy_round(64));
        records.push(copy_round(80));
        let path = parent.join(format!("royale-append-{}-{round}", std::process::id()));
        let mut writer = Writer::create(&path, &preamble(), Options { segment_bytes: SEGMENT })?;
        if round < ROUNDS {
            let start = Instant::now();
            for seq in 1..=EVENTS {
                writer.event(black_box(&event(seq)));
            }
            appends.push(start.elapsed().as_nanos() as f64 / EVENTS as f64);
        } else {
            for seq in 1..=EVENTS {
                let event = event(seq);
                let start = Instant::now();
                writer.event(black_box(&event));
                single.push(start.elapsed().as_nanos() as u64);
            }
        }
        assert_eq!((writer.stalls(), writer.dropped()), (0, 0));
        let start = Instant::now();
        let summary = writer.finish()?;
        if round == ROUNDS {
            let rate =
                |start: Instant| summary.records as f64 / start.elapsed().as_secs_f64() / 1e6;
            println!("finish, hash and unmap:    {:6.0} ms", start.elapsed().as_secs_f64() * 1e3);
            let start = Instant::now();
            let mut reader = Reader::open(&path)?;
            while let Some(record) = reader.next_record()? {
                black_box(&record);
            }
            println!("read back:                 {:6.1} M records/s", rate(start));
            let start = Instant::now();
            verify(&path)?;
            println!("verify:                    {:6.1} M records/s", rate(start));
        }
        std::fs::remove_dir_all(&path)?;
    }
    let (copy, record, append) = (median(&mut copies), median(&mut records), median(&mut appends));
    single.sort_unstable();
    let at = |permille: usize| single[(single.len() - 1) * permille / 10_000];
    println!("copy of 64 bytes:          {copy:6.2} ns");
    println!("copy of 80 bytes (record): {record:6.2} ns");
    println!(
        "append of an event:        {append:6.2} ns   {:.2} x the copy of a record",
        append / record
    );
    println!(
        "single appends with two clock reads: p50 {} ns, p99 {} ns, p99.9 {} ns, p99.99 {} ns",
        at(5_000),
        at(9_900),
        at(9_990),
        at(9_999)
    );
    Ok(())
}

/// Nanoseconds for each copy of the event into a slot of `stride` bytes.
fn copy_round(stride: usize) -> f64 {
    let mut buffer = vec![1_u8; EVENTS as usize * stride];
    let start = Instant::now();
    for (seq, slot) in (1..).zip(buffer.chunks_exact_mut(stride)) {
        let event = event(seq);
        let bytes = zerocopy::IntoBytes::as_bytes(black_box(&event));
        slot[stride - 64..].copy_from_slice(bytes);
        slot[..stride - 64].fill(seq as u8);
    }
    let spent = start.elapsed().as_nanos() as f64 / EVENTS as f64;
    black_box(&mut buffer);
    spent
}

fn median(rounds: &mut [f64]) -> f64 {
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

#[inline]
fn event(seq: u64) -> Event {
    let stamp = Stamp {
        seq,
        time: Nanos::from_raw(seq as i64),
        venue_time: Nanos::ZERO,
        instrument: InstrumentId(0),
    };
    let price = Price::from_raw(seq as i64);
    let quote = Quote { bid: price, bid_qty: Qty::ONE, ask: price, ask_qty: Qty::ONE };
    Event::new(stamp, Body::Quote(quote), EventFlags::LAST)
}

fn preamble() -> Preamble {
    Preamble { purpose: Purpose::Run, config: String::new(), instruments: vec![], slots: vec![] }
}
