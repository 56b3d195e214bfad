//! Packed tapes: everything comes back, and nothing that is foreign gets through.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use proptest::prelude::*;
use royale_codec::{PackError, pack, unpack};
use royale_journal::{Preamble, Purpose, write_tape};
use royale_model::{
    Body, BookDelta, Command, CommandCode, Event, EventFlags, Gap, GapReason, Instrument,
    InstrumentId, InstrumentKind, Nanos, Odds, Price, Qty, Quote, Settlement, Side, Stamp, Text,
    Timer, Trade, Venue,
};
use std::path::Path;

fn preamble() -> Preamble {
    let table = (0..3).map(|id| {
        let symbol = Text::new(&format!("I{id}")).unwrap();
        let kind = InstrumentKind::CryptoSpot;
        let mut made = Instrument::new(InstrumentId(id), symbol, kind, Venue::Synthetic);
        made.quote = Text::new("USD").unwrap();
        made.tick = Price::from_raw(10_000_000);
        made.lot = Qty::from_raw(1_000);
        made
    });
    Preamble {
        purpose: Purpose::Tape,
        config: "a test ☃".to_owned(),
        instruments: table.collect(),
        slots: vec!["one".to_owned(), String::new()],
    }
}

fn body() -> impl Strategy<Value = Body> {
    let price = || prop_oneof![any::<i64>(), (0_i64..100).prop_map(|p| p * 10_000_000)];
    let price = move || price().prop_map(Price::from_raw);
    let qty = || prop_oneof![any::<i64>(), 0_i64..100_000].prop_map(Qty::from_raw);
    let side = || prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    prop_oneof![
        6 => (price(), qty(), side(), 0_u64..20).prop_map(|(price, qty, side, update_id)| {
            Body::BookDelta(BookDelta { price, qty, side, update_id })
        }),
        2 => (price(), qty(), price(), qty()).prop_map(|(bid, bid_qty, ask, ask_qty)| {
            Body::Quote(Quote { bid, bid_qty, ask, ask_qty })
        }),
        2 => (price(), qty(), any::<u64>(), prop::option::of(side())).prop_map(
            |(price, qty, trade_id, aggressor)| {
                Body::Trade(Trade { price, qty, trade_id, aggressor })
            }
        ),
        1 => (price(), price(), price(), qty())
            .prop_map(|(bid, ask, last, volume)| Body::Odds(Odds { bid, ask, last, volume })),
        1 => any::<(u64, u64)>().prop_map(|(expected, received)| {
            Body::Gap(Gap { expected, received, reason: GapReason::Corrupt })
        }),
        1 => price().prop_map(|value| Body::Settlement(Settlement { value })),
        1 => any::<(u32, u32, u16, i64)>().prop_map(|(uid, pid, slot, value)| {
            Body::Command(Command { code: CommandCode::Allocate, uid, pid, slot, value })
        }),
        1 => any::<(u64, i64)>()
            .prop_map(|(id, due)| Body::Timer(Timer { id, due: Nanos::from_raw(due) })),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let time = || prop_oneof![any::<i64>(), 0_i64..5].prop_map(Nanos::from_raw);
    let instrument = prop_oneof![0_u32..4, Just(u32::MAX)];
    (prop_oneof![any::<u64>(), Just(0)], time(), time(), instrument, body(), 0_u8..8).prop_map(
        |(seq, time, venue_time, instrument, body, flags)| {
            let instrument = InstrumentId(instrument);
            Event::new(Stamp { seq, time, venue_time, instrument }, body, EventFlags(flags))
        },
    )
}

proptest! {
    #[test]
    fn what_was_packed_comes_back(events in prop::collection::vec(event(), 0..60)) {
        // Only what a writer of ours produces can be packed.
        prop_assume!(events.iter().all(|event| event.check().is_ok()));
        let packed = pack(&preamble(), &events).unwrap();
        prop_assert_eq!(unpack(&packed).unwrap(), (preamble(), events));
    }

    #[test]
    fn any_bytes_are_a_tape_or_an_error(
        bytes in prop::collection::vec(any::<u8>(), 0..200), head: bool
    ) {
        let mut file = if head { b"RoyTapeZ\x01".to_vec() } else { Vec::new() };
        file.extend(bytes);
        prop_assert!(unpack(&file).is_err());
    }

    #[test]
    fn a_damaged_tape_is_an_error(
        events in prop::collection::vec(event(), 1..30), at: prop::sample::Index, flip in 1_u8..
    ) {
        prop_assume!(events.iter().all(|event| event.check().is_ok()));
        let mut packed = pack(&preamble(), &events).unwrap();
        let at = at.index(packed.len());
        packed[at] ^= flip;
        // A changed byte is noticed, or is one of those that do not matter to zstd.
        if let Ok(unpacked) = unpack(&packed) {
            prop_assert_eq!(unpacked, (preamble(), events));
        }
        packed.truncate(at);
        prop_assert!(unpack(&packed).is_err());
    }
}

#[test]
fn a_file_that_lies_about_its_size_is_refused_before_it_is_believed() {
    let packed = pack(&preamble(), &[]).unwrap();
    let mut lying = packed[..9].to_vec();
    lying.extend([0xff; 9]);
    lying.push(1);
    lying.extend(&packed[10..]);
    assert!(matches!(unpack(&lying), Err(PackError::Damaged { .. })));
}

#[test]
fn a_head_on_another_tapes_columns_is_noticed() {
    let tape = |value| {
        let stamp = Stamp {
            seq: 0,
            time: Nanos::from_raw(1),
            venue_time: Nanos::ZERO,
            instrument: InstrumentId(0),
        };
        let body = Body::Settlement(Settlement { value });
        pack(&preamble(), &[Event::new(stamp, body, EventFlags::LAST)]).unwrap()
    };
    let (one, zero) = (tape(Price::ONE), tape(Price::ZERO));
    // Magic and version, two lengths of one or two bytes, the frame.
    let head = |file: &[u8]| {
        let mut at = 9;
        let mut number = || {
            let (mut value, mut shift) = (0_usize, 0);
            loop {
                let byte = usize::from(file[at]);
                at += 1;
                value |= (byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    return value;
                }
            }
        };
        let (_, packed) = (number(), number());
        at + packed
    };
    let mut forged = one[..head(&one)].to_vec();
    forged.extend(&zero[head(&zero)..]);
    assert!(matches!(unpack(&forged), Err(PackError::Damaged { .. })));
}

/// Checks the bundled tapes whose name begins with `prefix` against the README's table.
fn check_bundled(prefix: &str, count: usize) {
    use sha2::{Digest, Sha256};
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/tapes");
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap();
    let rows = readme.lines().filter(|line| line.starts_with(&format!("| `{prefix}-")));
    let rows: Vec<&str> = rows.filter(|line| line.contains(".tapez`")).collect();
    assert_eq!(rows.len(), count);
    for line in rows {
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let packed = std::fs::read(folder.join(cells[1])).unwrap();
        assert_eq!(hex(&Sha256::digest(&packed)), cells[9]);
        let (preamble, events) = unpack(&packed).unwrap();
        assert_eq!(events.len().to_string(), cells[3]);
        assert!(events.windows(2).all(|pair| pair[0].time() <= pair[1].time()));
        assert!(preamble.instruments.iter().all(|instrument| instrument.check().is_ok()));
        assert!(preamble.config.contains("licence: "));
        if cfg!(debug_assertions) && events.len() > 1_000_000 {
            eprintln!("SKIPPED: {}: the whole tape is hashed in release builds only", cells[1]);
            continue;
        }
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("tape");
        write_tape(&path, &preamble, &events).unwrap();
        let plain = std::fs::read(&path).unwrap();
        assert_eq!(hex(&Sha256::digest(&plain)), cells[11], "{}", cells[1]);
    }
}

#[test]
fn the_bundled_kalshi_tapes_are_those_that_the_readme_names() {
    check_bundled("kalshi", 9);
}

#[test]
fn the_bundled_binance_tape_is_the_one_that_the_readme_names() {
    check_bundled("binance", 1);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
