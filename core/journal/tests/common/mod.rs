//! What the journal's tests share: a small preamble, records by number, ways to read all.
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![allow(dead_code, reason = "each test file uses its own part")]

use royale_journal::{Flush, JournalError, Options, Preamble, Purpose, Reader, Record, Writer};
use royale_model::{
    Account, Action, Body, Decision, Event, EventFlags, Fault, Feature, Instrument, InstrumentId,
    InstrumentKind, Nanos, Order, OrderId, Price, Qty, Quote, Reasons, RefusalCode, Side,
    SlotChange, SlotEvent, SlotId, Stamp, Text, Venue, Verdict,
};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

pub fn preamble(purpose: Purpose) -> Preamble {
    let symbol = Text::new("TEST-1").unwrap();
    let mut instrument =
        Instrument::new(InstrumentId(0), symbol, InstrumentKind::CryptoSpot, Venue::Synthetic);
    instrument.quote = Text::new("USD").unwrap();
    Preamble {
        purpose,
        config: "mode = \"test\"\n".into(),
        instruments: vec![instrument],
        slots: vec!["momentum".into(), "fair value".into()],
    }
}

pub fn event(seq: u64) -> Event {
    let raw = seq as i64;
    let stamp = Stamp {
        seq,
        time: Nanos::from_raw(raw * 1_000),
        venue_time: Nanos::from_raw(raw * 1_000 - 7),
        instrument: InstrumentId(0),
    };
    let quote = Quote {
        bid: Price::from_raw(raw * 10),
        bid_qty: Qty::ONE,
        ask: Price::from_raw(raw * 10 + 1),
        ask_qty: Qty::ONE,
    };
    Event::new(stamp, Body::Quote(quote), EventFlags::LAST)
}

pub fn decision(seq: u64) -> Decision {
    let reasons = Reasons::new().because(Feature::EDGE, seq as f64, 0.25);
    let time = Nanos::from_raw(seq as i64 * 1_000);
    Decision::new(seq, time, SlotId(1), InstrumentId(0), Action::Submit, &reasons)
}

pub fn order_id(seq: u64) -> OrderId {
    OrderId::new(Account::shadow(SlotId(1)), seq)
}

pub fn verdict(seq: u64) -> Verdict {
    let time = Nanos::from_raw(seq as i64 * 1_000);
    let code = RefusalCode::Approved;
    Verdict::new(seq, time, order_id(seq), InstrumentId(0), code, 0, 0)
}

pub fn order(seq: u64) -> Order {
    Order::cancel(
        seq,
        Nanos::from_raw(seq as i64 * 1_000),
        order_id(seq),
        InstrumentId(0),
        Side::Buy,
    )
}

pub fn slot(seq: u64) -> SlotChange {
    let time = Nanos::from_raw(seq as i64 * 1_000);
    SlotChange::new(seq, time, SlotId(1), SlotEvent::Disarmed, Fault::Fuel).of(7, [0x5a; 32])
}

/// What event `seq` causes: every third one a decision, a verdict (every second time a slot
/// change in its place) and an order.
pub fn records(seq: u64) -> Vec<Record> {
    let mut all = vec![Record::Event(event(seq))];
    if seq.is_multiple_of(3) {
        all.push(Record::Decision(decision(seq)));
        // Equally long, so that segments end where they would.
        let other = seq.is_multiple_of(6);
        all.push(if other { Record::Slot(slot(seq)) } else { Record::Verdict(verdict(seq)) });
        all.push(Record::Order(order(seq)));
    }
    all
}

pub fn append(writer: &mut Writer, record: &Record) {
    match record {
        Record::Event(event) => writer.event(event),
        Record::Decision(decision) => writer.decision(decision),
        Record::Verdict(verdict) => writer.verdict(verdict),
        Record::Order(order) => writer.order(order),
        Record::Slot(change) => writer.slot(change),
    }
}

pub fn append_all(writer: &mut Writer, seqs: impl Iterator<Item = u64>) {
    for record in seqs.flat_map(records) {
        append(writer, &record);
    }
}

/// Segments of that size, forced to the disk all the time.
pub fn options(segment_bytes: u64) -> Options {
    let flush = Flush::Group { every: Duration::from_millis(1) };
    Options { segment_bytes, flush, ..Options::default() }
}

pub fn create(path: &Path, segment_bytes: u64) -> Writer {
    Writer::create(path, &preamble(Purpose::Run), options(segment_bytes)).unwrap()
}

/// Where a child of a test finds its journal.
pub const CHILD: &str = "ROYALE_JOURNAL_TEST_CHILD";

/// Runs one test of the calling file again, alone in a process, as the writer that gets into
/// trouble.
pub fn child(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--ignored"]).env(CHILD, path);
    command
}

/// Everything up to the end that is reached now; whether it was the end for good.
pub fn read_all(path: &Path) -> Result<(Vec<Record>, bool), JournalError> {
    let mut reader = Reader::open(path)?;
    let mut all = Vec::new();
    while let Some(record) = reader.next_record()? {
        all.push(record);
    }
    assert_eq!(reader.records_read(), all.len() as u64);
    let (known, read) = reader.progress();
    assert!(read <= known && (!reader.is_finished() || read == known));
    Ok((all, reader.is_finished()))
}
